"""Several accounts at once: which one answers, what an organization lays over its members, and what it does not reach."""

from shlex import quote

import pytest
from msgspec.structs import replace

from coffeeshop.account.access import sessions
from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.control_policies import POLICY_TYPES
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle
from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import Account, Act, Call, Key, Outsider, ServiceError
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.policy.model import Kind, Standing
from tests.account.shop import (
    ADMIN,
    AT,
    FRANCHISE,
    ID,
    Shop,
    allow,
    answered,
    deny,
    policy,
    statement,
    trust,
)

NORTH = "333344445555"
NO_LEAVING = deny("organizations:LeaveOrganization")
PASSWORD = "Cold-brew-at-5"


def account(id: str, name: str) -> Account:
    """An account to stand beside the shop's, with a key of its root's under its name."""
    return sessions.new_key(
        new_account(id, name.encode(), AT, f"owner@{name}.example", PASSWORD, name),
        id,
        name,
        AT,
    )[0]


@pytest.fixture
def franchise() -> Shop:
    """The shop and a shop in the north, both in the unit Shops of the franchise's organization."""
    shop = Shop()
    shop.set(
        others=SortedMap(
            [(FRANCHISE, account(FRANCHISE, "franchise")), (NORTH, account(NORTH, "north"))]
        )
    )
    shop("organizations create-organization", "franchise")
    shop(
        "organizations create-organizational-unit --parent-id @root --name Shops",
        "franchise",
    )
    for id, name in ((ID, "root"), (NORTH, "north")):
        shop(
            f"organizations invite-account-to-organization --target Id={id},Type=ACCOUNT",
            "franchise",
        )
        shop("organizations accept-handshake --handshake-id @invitation", name)
        place = "--source-parent-id @root --destination-parent-id @unit:Shops"
        shop(f"organizations move-account --account-id {id} {place}", "franchise")
    return shop


def hang(
    shop: Shop,
    text: str,
    target: str,
    name: str = "Rules",
    type: str = "SERVICE_CONTROL_POLICY",
) -> None:
    written = f"--content {quote(text)} --name {name} --description d --type {type}"
    shop(f"organizations create-policy {written}", "franchise")
    shop(
        f"organizations attach-policy --policy-id @policy:{name} --target-id {target}",
        "franchise",
    )


# ------------------------------------------------------------- which account it is
def test_a_call_is_answered_by_the_account_of_its_credential_and_the_shop_stays_in_front(
    franchise: Shop,
):
    for by, id in (("root", ID), ("franchise", FRANCHISE), ("north", NORTH)):
        assert franchise("sts get-caller-identity", by)["Account"] == id
        assert franchise.account.id == ID


def test_accounts_turn_to_each_of_them_and_back_without_a_change(franchise: Shop):
    for id in franchise.account.others:
        assert franchise.account.seen_from(id).id == id
        assert franchise.account.seen_from(id).seen_from(ID) == franchise.account


def test_the_record_of_a_call_names_the_account_that_answered_it(franchise: Shop):
    record = cloudtrail_event(franchise.outcome("iam list-users", "north"))
    identity = record["userIdentity"]
    assert isinstance(identity, dict)
    assert (record["recipientAccountId"], identity["type"], identity["accountId"]) == (
        NORTH,
        "Root",
        NORTH,
    )


def test_whoever_signs_in_names_the_account_that_they_mean(franchise: Shop):
    franchise("iam create-user --user-name noor", "franchise")
    franchise(
        f"iam create-login-profile --user-name noor --password {PASSWORD}", "franchise"
    )
    sign_in = f"console sign-in --user-name noor --password {PASSWORD}"
    assert franchise.refused(sign_in)[0] == "AccessDenied"
    franchise(f"{sign_in} --account-id {FRANCHISE}")
    assert (
        franchise("sts get-caller-identity", "noor@console")["Arn"]
        == f"arn:aws:iam::{FRANCHISE}:user/noor"
    )


# ------------------------------------------------------------- what lies over an account
def test_a_policy_on_the_unit_binds_every_account_below_and_their_roots_and_not_the_managing_one(
    franchise: Shop,
):
    hang(franchise, NO_LEAVING, "@unit:Shops")
    for by in ("root", "north"):
        code, text = franchise.refused("organizations leave-organization", by)
        assert code == "AccessDeniedException"
        assert (
            "with an explicit deny in a service control policy: arn:aws:organizations::"
            in text
        )
    code, _ = franchise.refused("organizations leave-organization", "franchise")
    assert code == "MasterCannotLeaveOrganizationException"


def test_a_policy_on_one_account_leaves_its_sisters_alone(franchise: Shop):
    hang(franchise, NO_LEAVING, ID)
    assert (
        franchise.refused("organizations leave-organization")[0] == "AccessDeniedException"
    )
    franchise("organizations leave-organization", "north")


def test_each_level_must_let_a_request_through(franchise: Shop):
    hang(franchise, allow("s3:*"), "@unit:Shops")
    franchise("iam list-users")
    franchise(
        "organizations detach-policy --policy-id p-FullAWSAccess --target-id @unit:Shops",
        "franchise",
    )
    code, text = franchise.refused("iam list-users")
    assert (code, text.rpartition(" because ")[2]) == (
        "AccessDenied",
        "no service control policy allows the iam:ListUsers action",
    )
    franchise("s3api list-buckets")


def test_who_has_left_is_bound_no_more_and_a_new_policy_acts_at_once(franchise: Shop):
    hang(franchise, deny("iam:ListUsers"), "@unit:Shops")
    assert franchise.refused("iam list-users")[0] == "AccessDenied"
    franchise(
        f"organizations update-policy --policy-id @policy:Rules --content {quote(deny('iam:ListRoles'))}",
        "franchise",
    )
    franchise("iam list-users")
    assert franchise.refused("iam list-roles")[0] == "AccessDenied"
    franchise("organizations leave-organization")
    franchise("iam list-roles")


def test_a_control_policy_is_cited_by_its_name_also_where_it_was_renamed(franchise: Shop):
    hang(franchise, deny("iam:ListUsers"), "@unit:Shops")
    for renamed, name in (("", "Rules"), ("--name Guardrails", "Guardrails")):
        franchise(
            f"organizations update-policy --policy-id @policy:Rules {renamed}", "franchise"
        )
        refused = franchise.outcome("iam list-users", "root")
        assert explain_decision(refused.decisions[-1]).startswith(
            f"statement 1 of policy “{name}” denies this iam:ListUsers request"
        )
        assert isinstance(refused.answer, ServiceError)
        assert "/service_control_policy/p-" in refused.answer.message  # as AWS cites it


def test_roles_that_services_have_for_themselves_are_bound_by_no_service_control_policy(
    franchise: Shop,
):
    franchise.role("Plain", trust(f"arn:aws:iam::{ID}:root"), allow("iam:ListUsers"))
    hang(franchise, deny("iam:*"), "@unit:Shops")
    role = franchise.account.roles["plain"]
    for path, bound in (("/", True), ("/aws-service-role/lambda.amazonaws.com/", False)):
        held = franchise.account.put(replace(role, path=path))
        there, session = sessions.new_session(
            held, "Role", role.id, "s", AT, AT - AT.replace(hour=7), name="s"
        )
        who = build_standing(there, Key(session.id), AT)
        assert isinstance(who, Standing)
        assert any(layer.kind is Kind.SCP for layer in who.layers) is bound


def test_an_outsider_of_the_organization_is_bound_by_what_hangs_above_their_account(
    franchise: Shop,
):
    hang(franchise, deny("s3:*"), NORTH)
    for id, bound in ((NORTH, True), ("999999999999", False)):
        who = build_standing(
            franchise.account, Outsider(f"arn:aws:iam::{id}:user/someone"), AT
        )
        assert isinstance(who, Standing)
        assert any(layer.kind is Kind.SCP for layer in who.layers) is bound
        assert (who.fixed["aws:PrincipalOrgID"] is not None) is bound


def test_a_resource_control_policy_bounds_what_anybody_may_do_with_a_members_things(
    franchise: Shop,
):
    root = franchise.account.others[FRANCHISE].organization
    assert root is not None
    franchise(
        f"organizations enable-policy-type --root-id {root.root.id} --policy-type RESOURCE_CONTROL_POLICY",
        "franchise",
    )
    text = policy(statement("s3:GetObject", "*", "Deny", Principal="*"))
    hang(franchise, text, "@unit:Shops", type="RESOURCE_CONTROL_POLICY")
    franchise("s3api create-bucket --bucket coffeeshop-receipts")
    franchise("s3api put-object --bucket coffeeshop-receipts --key x")
    assert (
        franchise.refused("s3api get-object --bucket coffeeshop-receipts --key x out")[0]
        == "AccessDenied"
    )


# ------------------------------------------------------------- from one account into another
def test_taking_a_role_of_another_account_needs_both_sides_and_leads_there(franchise: Shop):
    franchise("iam create-user --user-name noor", "franchise")
    franchise("iam create-access-key --user-name noor", "franchise")
    franchise.role("Visit", trust(f"arn:aws:iam::{FRANCHISE}:root"), allow("iam:ListUsers"))
    line = (
        f"sts assume-role --role-arn arn:aws:iam::{ID}:role/Visit --role-session-name visit"
    )
    assert franchise.refused(line, "noor")[0] == "AccessDenied"
    franchise(f"iam attach-user-policy --user-name noor --policy-arn {ADMIN}", "franchise")
    franchise(line, "noor")
    assert (
        franchise("sts get-caller-identity", "visit")["Arn"]
        == f"arn:aws:sts::{ID}:assumed-role/Visit/visit"
    )
    franchise("iam list-users", "visit")
    assert franchise.refused("iam list-roles", "visit")[0] == "AccessDenied"


def test_an_account_that_is_made_lets_the_managing_one_in_by_its_role_alone(
    franchise: Shop,
):
    franchise(
        "organizations create-account --email east@shop.example --account-name East",
        "franchise",
    )
    (made,) = (one for one in franchise.account.others.values() if one.name == "East")
    franchise("iam create-user --user-name noor", "franchise")
    franchise(f"iam attach-user-policy --user-name noor --policy-arn {ADMIN}", "franchise")
    franchise("iam create-access-key --user-name noor", "franchise")
    line = f"sts assume-role --role-arn arn:aws:iam::{made.id}:role/OrganizationAccountAccessRole --role-session-name east"
    franchise(line, "noor")
    franchise("iam create-user --user-name first", "east")
    assert "first" in franchise.account.others[made.id].users
    assert franchise.refused(line, "north")[0] == "AccessDenied"


def test_a_created_account_can_be_removed_after_a_week(franchise: Shop):
    franchise(
        "organizations create-account --email east@shop.example --account-name East",
        "franchise",
    )
    (made,) = (each for each in franchise.account.others.values() if each.name == "East")
    line = f"organizations remove-account-from-organization --account-id {made.id}"
    franchise.later(days=6)
    refusal = franchise.refused(line, "franchise")
    assert refusal[0] == "ConstraintViolationException"
    franchise.later(days=1)
    franchise(line, "franchise")


def test_an_organization_has_as_many_policies_of_a_type_as_its_quota_and_no_more(
    franchise: Shop, monkeypatch: pytest.MonkeyPatch
):
    kept = POLICY_TYPES["SERVICE_CONTROL_POLICY"]
    monkeypatch.setitem(POLICY_TYPES, "SERVICE_CONTROL_POLICY", replace(kept, most=2))
    line = f"organizations create-policy --content {quote(NO_LEAVING)} --description d --type SERVICE_CONTROL_POLICY --name"
    franchise(f"{line} first", "franchise")
    franchise(f"{line} second", "franchise")
    assert franchise.refused(f"{line} third", "franchise")[0] == (
        "ConstraintViolationException"
    )


def test_a_bucket_of_another_account_opens_by_its_own_policy_only(franchise: Shop):
    franchise("s3api create-bucket --bucket coffeeshop-receipts")
    franchise("s3api put-object --bucket coffeeshop-receipts --key x")
    get = "s3api get-object --bucket coffeeshop-receipts --key x out"
    assert franchise.refused(get, "north") == ("AccessDenied", "Access Denied")
    letting = allow(
        "s3:GetObject", "arn:aws:s3:::coffeeshop-receipts/*", Principal={"AWS": NORTH}
    )
    franchise(
        f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(letting)}"
    )
    franchise(get, "north")


# ------------------------------------------------------------- what lines say
def test_names_of_places_stand_for_ids_and_what_is_not_there_is_told(franchise: Shop):
    from coffeeshop.account.command import read_act  # of lines that cannot be read

    line = "aws organizations list-accounts-for-parent --parent-id @unit:Bars"
    found = read_act(line, franchise.account, AT, {}, "franchise")
    assert not isinstance(found, Act)
    assert "@unit:Bars: there are 0 such things" in str(found[0])


def test_a_page_of_accounts_goes_on_where_the_one_before_ended(franchise: Shop):
    caller, names = find_caller(franchise.account, "franchise"), list[str]()
    token: dict[str, str] = {}
    while True:
        call = Call("organizations", "ListAccounts", {"MaxResults": 2, **token})
        body = answered(franchise.do(Act(AT, caller, call)))
        names += [row["Id"] for row in body["Accounts"]]
        if "NextToken" not in body:
            break
        token = {"NextToken": body["NextToken"]}
    assert names == sorted((ID, FRANCHISE, NORTH))


def test_a_refused_call_in_another_account_changes_nothing_but_its_record_of_use(
    franchise: Shop,
):
    before = franchise.account
    outcome = handle(
        before, Act(AT, find_caller(before, "north"), Call("organizations", "ListRoots"))
    )
    assert not outcome.has_succeeded
    was, there = before.others[NORTH], outcome.account.others[NORTH]
    assert replace(there, usage=was.usage, calls=was.calls) == was
    assert outcome.account.others[FRANCHISE] == before.others[FRANCHISE]


def test_a_list_of_policies_of_a_type_that_cannot_be_created_is_empty(franchise: Shop):
    """Tools that read an organization ask for every type, as prowler does."""
    for words in ("list-policies", "list-policies-for-target --target-id @root"):
        line = f"organizations {words} --filter TAG_POLICY"
        assert franchise(line, "franchise")["Policies"] == ()
