"""The lists of identity providers and KMS keys: their rows, parts, forms and what can be done with each."""

from __future__ import annotations

from coffeeshop.account.model import Account, Act, Call
from coffeeshop.account.services.iam.saml_providers import (
    METADATA_NAMESPACE,
    SIGNATURE_NAMESPACE,
)
from coffeeshop.lessons.model import Play
from coffeeshop.shop.things import Thing
from coffeeshop.views.grant.here import focus_of_item
from coffeeshop.views.things.dialog import operation_form
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import (
    ALSO_NEW,
    CREATION_ACTIONS,
    action_label,
    list_removals,
    menu_actions,
)
from coffeeshop.views.things.items import document_of, item_parts, policies
from coffeeshop.views.things.key_items import kms_keys
from coffeeshop.views.things.lists import LISTS_BY_MODE
from coffeeshop.views.things.provider_items import providers
from tests.views.plays import played, scenario

GITHUB = "token.actions.githubusercontent.com"
MAKES = (
    f"aws iam create-open-id-connect-provider --url https://{GITHUB} "
    "--client-id-list sts.amazonaws.com --tags Key=team,Value=bakery\n"
)


def pressed(play: Play, items: tuple[Item, ...], operation: str, **typed: str) -> Play:
    """The play after a menu's action on the only item, with what was typed in its form."""
    (item,) = items
    action = next(each for each in menu_actions(item) if each.operation == operation)
    form = operation_form(play.account, action, item.names)
    assert {field.member.name for field in form.fields} >= typed.keys()
    return made(play, form.call(typed))


def made(play: Play, call: Call) -> Play:
    after = play.do(Act(play.now, play.outcomes[0].act.caller, call))
    assert after.outcomes[-1].has_succeeded, after.outcomes[-1].answer
    return after


def words(account: Account, item: Item) -> dict[str, str]:
    return {part.row.word: part.row.text for part in item_parts(account, item)}


def test_a_provider_is_listed_with_its_client_ids_and_the_roles_that_trust_it() -> None:
    account = played("33", scenario("33").solution).account
    (item,) = providers(account)
    assert (item.row.word, item.row.text) == (GITHUB, "OIDC")
    assert words(account, item) == {
        "": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}",
        "trusted by": "MenuDeploy",
        "sts.amazonaws.com": "client id",
    }
    assert LISTS_BY_MODE["people"]["providers"].lister(account) == (item,)


def test_d_draws_what_a_workload_gets_by_a_provider_and_who_gets_a_key() -> None:
    account = played("33", scenario("33").solution).account
    (item,) = providers(account)
    focus = focus_of_item(account, item)
    assert focus
    assert focus.subject == "workload/menu"
    key = next(
        key for key in kms_keys(played("31").account) if key.row.word == "alias/recipes"
    )
    drawn = focus_of_item(played("31").account, key)
    assert drawn
    assert drawn.thing == Thing("kms-key", "alias/recipes")


def test_the_form_of_a_new_provider_asks_for_what_it_needs_and_offers_what_exists() -> None:
    account = played("33").account
    form = operation_form(account, CREATION_ACTIONS["providers"], {})
    fields = {field.member.name: field for field in form.fields}
    assert [name for name, field in fields.items() if not field.optional] == [
        "Url",
        "ClientIDList",
    ]
    assert f"https://{GITHUB}" in fields["Url"].choices
    assert "sts.amazonaws.com" in fields["ClientIDList"].choices
    assert {"ThumbprintList", "Tags"} == {n for n, f in fields.items() if f.optional}


def test_what_a_provider_s_form_types_is_a_list_and_not_a_text() -> None:
    play = played("33", "aws iam get-user\n")
    form = operation_form(play.account, CREATION_ACTIONS["providers"], {})
    typed = {
        "Url": "https://gitlab.com",
        "ClientIDList": "mill, bakery",
        "Tags": "Key=team,Value='our bakery'",
    }
    play = made(play, form.call(typed))
    (provider,) = play.account.oidc_providers.values()
    assert provider.client_ids == ("mill", "bakery")
    assert provider.tags == {"team": "our bakery"}


def test_a_client_id_and_a_tag_are_added_and_removed_by_the_menu() -> None:
    play = played("33", MAKES)
    play = pressed(
        play, providers(play.account), "AddClientIDToOpenIDConnectProvider", ClientID="mill"
    )
    play = pressed(
        play, providers(play.account), "TagOpenIDConnectProvider", Tags="Key=cost,Value=7"
    )
    (item,) = providers(play.account)
    for removal in list_removals(play.account, item):
        form = operation_form(play.account, removal.action, removal.item.names)
        assert not form.fields
        play = made(play, form.call({}))
    (provider,) = play.account.oidc_providers.values()
    assert (provider.client_ids, provider.tags) == ((), {})
    (item,) = providers(play.account)
    assert words(play.account, item)["client ids"] == "none, so AWS accepts no token"
    play = pressed(play, (item,), "DeleteOpenIDConnectProvider")
    assert not providers(play.account)


def test_a_saml_provider_is_made_from_a_file_or_a_pasted_document() -> None:
    document = (
        f'<EntityDescriptor xmlns="{METADATA_NAMESPACE}" entityID="https://idp.example.com">'
        f'<IDPSSODescriptor><X509Certificate xmlns="{SIGNATURE_NAMESPACE}">'
        f"{'A' * 1000}</X509Certificate></IDPSSODescriptor></EntityDescriptor>"
    )
    play = played("33", "aws iam get-user\n")
    form = operation_form(play.account, ALSO_NEW["providers"][0], {})
    named = {"Name": "Mill", "SAMLMetadataDocument": "file://idp.xml"}
    caller = play.outcomes[0].act.caller
    files = {"idp.xml": document.encode()}
    read = form.resolve_values(named, play.account, caller, play.now, files)
    play = made(play, form.call(read))
    (item,) = providers(play.account)
    assert (item.row.word, item.row.text) == ("Mill", "SAML")
    assert words(play.account, item)["metadata"] == f"{len(document)} characters"


def test_a_key_is_listed_with_its_policy_its_aliases_and_its_grants() -> None:
    play = played("31")
    account = play.account
    items = kms_keys(account)
    assert items
    for item in items:
        key = account.kms_keys[item.id]
        parts = item_parts(account, item)
        grants = [part for part in parts if part.noun == "grant"]
        assert len(grants) == len(key.grants)
        assert document_of(account, item) == key.policy.text
        assert any(part.noun == "key-policy" for part in parts) == (
            key.manager == "CUSTOMER"
        )
    listed = {item.row.word for item in policies(account) if item.noun == "key-policy"}
    assert listed == {item.row.word for item in items if item.noun != "aws-key"}


def test_a_key_is_made_named_disabled_enabled_deleted_and_kept_by_the_menu() -> None:
    play = played("33", "aws iam get-user\n")
    form = operation_form(play.account, CREATION_ACTIONS["keys"], {})
    assert form.document is None, "AWS writes the default key policy"
    play = made(play, form.call({"Description": "menus", "Tags": "TagKey=a,TagValue=b"}))
    for operation, typed, state in (
        ("CreateAlias", {"AliasName": "alias/menus"}, "enabled"),
        ("DisableKey", {}, "disabled"),
        ("EnableKey", {}, "enabled"),
        (
            "ScheduleKeyDeletion",
            {"PendingWindowInDays": "7"},
            "to be deleted on 2026-03-09",
        ),
        ("CancelKeyDeletion", {}, "disabled"),
    ):
        play = pressed(play, kms_keys(play.account), operation, **typed)
        assert [item.row.text for item in kms_keys(play.account)] == [state]
    (item,) = kms_keys(play.account)
    assert item.row.word == "alias/menus"
    assert words(play.account, item)["description"] == "menus"
    assert action_label(item, 24) == "Schedule deletion"
    for removal in list_removals(play.account, item):
        form = operation_form(play.account, removal.action, removal.item.names)
        play = made(play, form.call({}))
    assert not play.account.kms_aliases
    assert [key.tags for key in play.account.kms_keys.values()] == [{}]


def test_nothing_can_be_done_with_a_key_of_an_aws_service() -> None:
    lines = "aws s3api put-object --bucket coffeeshop-menu --key a --server-side-encryption aws:kms\n"
    account = played("33", lines).account
    items = [item for item in kms_keys(account) if item.row.word == "alias/aws/s3"]
    assert [(item.noun, item.row.text) for item in items] == [("aws-key", "AWS manages it")]
    assert not menu_actions(items[0])
    assert not list_removals(account, items[0])
