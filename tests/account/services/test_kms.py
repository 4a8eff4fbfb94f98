"""KMS: who can use a key, by key policy, identity policy and grant, and what its calls leave behind."""

from __future__ import annotations

import json
from shlex import quote
from typing import Any

import pytest

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.kms_requests import grant_token
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.command.script import write_script
from coffeeshop.account.command.script_undo import write_undo_script
from coffeeshop.account.escalation.reach import Path, reach
from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.model import Act, Call, Origin, Outsider, ServiceError
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.policy.model import Allowed, Request, Standing
from tests.account.shop import (
    AT,
    ID,
    Shop,
    allow,
    deny,
    policy,
    role,
    statement,
    trust,
    user,
)
from tests.tables import each_row

ROOT = f"arn:aws:iam::{ID}:root"
PARTNER = "444455556666"
DENIED = "AccessDeniedException"
NO_IDENTITY = "because no identity-based policy allows the kms:{} action"
NO_RESOURCE = "because no resource-based policy allows the kms:{} action"
BYPASS = "--bypass-policy-lockout-safety-check"


class Keys(Shop):
    """A shop with a KMS key, `alias/recipes`, and Casey, who has no permissions."""

    def __init__(self, *policies: str) -> None:
        super().__init__()
        self.hire("casey", *policies)
        answer = self("kms create-key --description Recipes")
        self.id: str = answer["KeyMetadata"]["KeyId"]
        self.arn: str = answer["KeyMetadata"]["Arn"]
        self(f"kms create-alias --alias-name alias/recipes --target-key-id {self.id}")

    def put_policy(self, *statements: dict[str, object]) -> None:
        text = quote(policy(*statements))
        self(f"kms put-key-policy --key-id {self.id} --policy {text} {BYPASS}")

    def encrypt(self, by: str = "root", **context: str) -> bytes:
        answer = self.call(
            "kms",
            "Encrypt",
            by,
            KeyId=self.id,
            Plaintext=b"beans",
            EncryptionContext=context,
        ).answer
        assert not isinstance(answer, Exception), answer
        blob = answer.body["CiphertextBlob"]
        assert isinstance(blob, bytes)
        return blob

    def decrypt(self, blob: bytes, by: Any = "casey", **context: str) -> bytes | str:
        """The plaintext, or the refusal's text."""
        answer = self.call(
            "kms", "Decrypt", by, CiphertextBlob=blob, EncryptionContext=context
        ).answer
        if isinstance(answer, Exception):
            return f"{answer}"
        plaintext = answer.body["Plaintext"]
        assert isinstance(plaintext, bytes)
        return plaintext

    def grant(self, more: str = "", to: str = "casey", operations: str = "Decrypt") -> str:
        line = f"kms create-grant --key-id {self.id} --grantee-principal {user(to)}"
        return str(self(f"{line} --operations {operations} {more}")["GrantId"])


def _for(principal: str, action: object = "kms:*", **more: object) -> dict[str, object]:
    return statement(action, Principal={"AWS": principal}, **more)


# -------------------------------------------------------------------- who can use a key
def test_with_the_default_key_policy_identity_policies_decide():
    shop = Keys(allow("kms:Decrypt"))
    assert shop.decrypt(shop.encrypt()) == b"beans"
    refused = shop.refused(f"kms describe-key --key-id {shop.id}", "casey")
    assert refused[0] == DENIED
    assert refused[1].endswith(
        f"on resource: {shop.arn} {NO_IDENTITY.format('DescribeKey')}"
    )


def test_without_the_account_in_the_key_policy_an_identity_policy_is_not_enough():
    shop = Keys(allow("*"))
    blob = shop.encrypt()
    shop.hire("dana")
    shop.put_policy(_for(user("dana")))
    for by in ("casey", "root"):
        assert NO_RESOURCE.format("Decrypt") in str(shop.decrypt(blob, by))
    assert shop.decrypt(blob, "dana") == b"beans"


def test_a_key_policy_that_names_a_user_needs_no_identity_policy():
    shop = Keys()
    shop.put_policy(_for(ROOT), _for(user("casey"), "kms:Decrypt"))
    assert shop.decrypt(shop.encrypt()) == b"beans"


def test_a_key_policy_that_names_a_role_is_for_its_sessions():
    shop = Keys()
    shop.role("Baker", trust(user("casey")))
    shop.put_policy(_for(ROOT), _for(role("Baker"), "kms:Decrypt"))
    blob = shop.encrypt()
    assert shop.decrypt(blob, shop.wear("Baker", "casey")) == b"beans"
    assert DENIED in str(shop.decrypt(blob))


def test_a_deny_of_an_identity_policy_wins_over_key_policy_and_grant():
    shop = Keys(deny("kms:Decrypt"))
    shop.put_policy(_for(ROOT), _for(user("casey")))
    shop.grant()
    text = str(shop.decrypt(shop.encrypt()))
    assert "with an explicit deny in an identity-based policy" in text


def test_a_deny_of_the_key_policy_wins_even_over_the_root_user():
    shop = Keys(allow("*"))
    blob = shop.encrypt()
    shop.put_policy(_for(ROOT), _for("*", "kms:Decrypt", Effect="Deny"))
    for by in ("casey", "root"):
        text = str(shop.decrypt(blob, by))
        assert "with an explicit deny in a resource-based policy" in text


def test_another_account_needs_the_key_policy_and_learns_nothing_else():
    shop = Keys()
    blob = shop.encrypt()
    visitor = Outsider(f"arn:aws:iam::{PARTNER}:user/robin")
    hidden = "on this resource because the resource does not exist in this Region"
    assert hidden in str(shop.decrypt(blob, visitor))
    shop.put_policy(_for(ROOT), _for(f"arn:aws:iam::{PARTNER}:root", "kms:Decrypt"))
    assert shop.decrypt(blob, visitor) == b"beans"


@each_row(
    [
        ({"StringEquals": {"kms:EncryptionContext:shop": "main"}}, {"shop": "main"}, True),
        ({"StringEquals": {"kms:EncryptionContext:shop": "main"}}, {"shop": "west"}, False),
        (
            {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["shop"]}},
            {"shop": "main", "till": "1"},
            False,
        ),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, {}, False),
        ({"StringEquals": {"kms:CallerAccount": ID}}, {}, True),
        ({"StringEquals": {"kms:CallerAccount": PARTNER}}, {}, False),
        ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, {}, True),
        (
            {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/recipes"}},
            {},
            True,
        ),
        ({"StringEquals": {"kms:RequestAlias": "alias/recipes"}}, {}, False),
        ({"StringEquals": {"aws:ResourceTag/team": "bakery"}}, {}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "till"}}, {}, False),
    ]
)
def test_conditions_of_policies_see_the_key_and_the_encryption_context(
    condition: dict[str, object], context: dict[str, str], is_allowed: bool
):
    shop = Keys(allow("kms:Decrypt", Condition=condition))
    shop(f"kms tag-resource --key-id {shop.id} --tags TagKey=team,TagValue=bakery")
    assert (shop.decrypt(shop.encrypt(**context), **context) == b"beans") is is_allowed


def test_the_alias_of_a_call_is_a_condition_key():
    condition = {"StringEquals": {"kms:RequestAlias": "alias/recipes"}}
    shop = Keys(allow("kms:DescribeKey", Condition=condition))
    assert shop("kms describe-key --key-id alias/recipes", "casey")
    assert shop.refused(f"kms describe-key --key-id {shop.id}", "casey")[0] == DENIED


# ------------------------------------------------------------------------------ grants
def test_a_grant_lets_its_grantee_use_the_key_until_it_is_revoked():
    shop = Keys()
    blob = shop.encrypt()
    assert DENIED in str(shop.decrypt(blob))
    grant = shop.grant()
    assert shop.decrypt(blob) == b"beans"
    assert shop.refused(f"kms describe-key --key-id {shop.id}", "casey")[0] == DENIED
    shop(f"kms revoke-grant --key-id {shop.id} --grant-id {grant}")
    assert DENIED in str(shop.decrypt(blob))


def test_a_decision_cites_the_grant_that_allows_and_not_the_delegation():
    shop = Keys()
    shop.grant("--name till")
    shop.decrypt(shop.encrypt())
    (decision,) = shop.outcomes[-1].decisions
    assert explain_decision(decision) == "grant till allows this kms:Decrypt request"


@pytest.mark.parametrize(
    ("constraint", "context", "is_allowed"),
    [
        ("EncryptionContextSubset", {"shop": "main"}, True),
        ("EncryptionContextSubset", {"shop": "main", "till": "1"}, True),
        ("EncryptionContextSubset", {"till": "1"}, False),
        ("EncryptionContextSubset", {"shop": "west"}, False),
        ("EncryptionContextEquals", {"shop": "main"}, True),
        ("EncryptionContextEquals", {"shop": "main", "till": "1"}, False),
        ("EncryptionContextEquals", {}, False),
    ],
)
def test_a_grants_constraint_is_about_the_encryption_context(
    constraint: str, context: dict[str, str], is_allowed: bool
):
    shop = Keys()
    shop.grant(f"--constraints {constraint}={{shop=main}}")
    assert (shop.decrypt(shop.encrypt(**context), **context) == b"beans") is is_allowed


def test_a_grantee_can_pass_on_no_more_than_the_grant_has():
    shop = Keys()
    shop.hire("dana")
    shop.grant(operations="Decrypt CreateGrant")
    line = f"kms create-grant --key-id {shop.id} --grantee-principal {user('dana')} --operations"
    assert shop.refused(f"{line} Encrypt", "casey")[0] == DENIED
    assert shop(f"{line} Decrypt", "casey")["GrantId"]
    assert shop.decrypt(shop.encrypt(), "dana") == b"beans"


def test_a_grant_is_retired_by_its_own_retiring_principal_alone():
    shop = Keys()
    shop.hire("dana")
    own = shop.grant(f"--retiring-principal {user('casey')}")
    other = shop.grant(f"--retiring-principal {user('dana')}", to="dana")
    line = f"kms retire-grant --key-id {shop.id} --grant-id"
    assert shop.refused(f"{line} {other}", "casey")[0] == DENIED
    shop(f"{line} {own}", "casey")
    grant = shop.account.kms_keys[shop.id].grants[0]
    assert grant.id == other
    shop(f"kms retire-grant --grant-token {grant_token(shop.account, grant)}", "dana")
    assert not shop.account.kms_keys[shop.id].grants


def test_a_named_grant_that_is_made_twice_is_one_grant():
    shop = Keys()
    first, again = (shop.grant("--name till") for _ in range(2))
    assert first == again
    assert shop.grant() != shop.grant()


def test_a_deleted_users_grant_is_not_for_the_next_user_of_that_name():
    shop = Keys()
    shop.grant()
    blob = shop.encrypt()
    key = shop("iam list-access-keys --user-name casey")["AccessKeyMetadata"][0][
        "AccessKeyId"
    ]
    shop(f"iam delete-access-key --user-name casey --access-key-id {key}")
    shop("iam delete-user --user-name casey")
    shop.hire("casey")
    assert DENIED in str(shop.decrypt(blob))


def test_nobody_changes_an_alias_of_awss():
    shop = Keys(allow("*"))
    for by in ("root", "casey"):
        line = f"kms create-alias --alias-name alias/aws/mine --target-key-id {shop.id}"
        assert shop.refused(line, by)[0] == "NotAuthorizedException"


# ------------------------------------------------------------------- policies and state
def test_nobody_locks_everybody_out_unless_they_say_so():
    shop = Keys()
    text = quote(policy(_for(user("casey"), "kms:Decrypt")))
    line = f"kms put-key-policy --key-id {shop.id} --policy {text}"
    assert shop.refused(line) == (
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    )
    shop(f"{line} {BYPASS}")
    assert shop.refused(f"kms get-key-policy --key-id {shop.id}")[0] == DENIED


def test_a_key_is_gone_when_its_scheduled_deletion_is_due():
    shop = Keys()
    blob = shop.encrypt()
    shop(f"kms schedule-key-deletion --key-id {shop.id} --pending-window-in-days 7")
    assert shop.decrypt(blob, "root").endswith("is pending deletion.")  # type: ignore[arg-type]
    shop.later(days=7)
    assert shop.refused(f"kms describe-key --key-id {shop.id}") == (
        "NotFoundException",
        f"Key '{shop.arn}' does not exist",
    )
    assert shop("kms list-keys")["Keys"] == ()


def test_a_key_that_rotates_can_stop():
    shop = Keys()
    for verb, rotates in (("enable", True), ("disable", False)):
        shop(f"kms {verb}-key-rotation --key-id {shop.id}")
        status = shop(f"kms get-key-rotation-status --key-id {shop.id}")
        assert status["KeyRotationEnabled"] is rotates


def test_a_key_that_is_pending_deletion_does_not_rotate_until_that_is_canceled():
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html"""
    shop = Keys()
    shop(f"kms enable-key-rotation --key-id {shop.id}")
    shop(f"kms schedule-key-deletion --key-id {shop.id}")
    status = shop(f"kms get-key-rotation-status --key-id {shop.id}")
    assert status == {"KeyRotationEnabled": False, "KeyId": shop.id}
    shop(f"kms cancel-key-deletion --key-id {shop.id}")
    assert shop(f"kms get-key-rotation-status --key-id {shop.id}")["KeyRotationEnabled"]


def test_a_key_can_have_each_spec_of_signatures_or_says_that_it_is_not_simulated():
    """https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html"""
    shop = Keys()
    made = {
        "ML_DSA_65": ("ML_DSA_SHAKE_256",),
        "ECC_NIST_EDWARDS25519": ("ED25519_SHA_512", "ED25519_PH_SHA_512"),
    }
    for spec, algorithms in made.items():
        answer = shop(f"kms create-key --key-spec {spec} --key-usage SIGN_VERIFY")
        assert answer["KeyMetadata"]["SigningAlgorithms"] == algorithms
    assert shop.refused("kms create-key --key-spec SM2 --key-usage SIGN_VERIFY") == (
        "NotSimulated",
        "The key spec SM2 is not simulated in this account.",
    )


def test_a_key_of_a_service_is_made_when_its_alias_is_described():
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html"""
    shop = Keys()
    metadata = shop("kms describe-key --key-id alias/aws/s3")["KeyMetadata"]
    assert metadata["KeyManager"] == "AWS"
    aliases = shop("kms list-aliases")["Aliases"]
    assert ("alias/aws/s3", metadata["KeyId"]) in {
        (alias["AliasName"], alias["TargetKeyId"]) for alias in aliases
    }
    assert shop.refused("kms describe-key --key-id alias/aws/ssm")[0] == "NotSimulated"


def test_the_keys_of_one_region_are_in_no_other():
    shop = Keys()
    blob = shop.encrypt()
    shop("kms create-alias --alias-name alias/menus --target-key-id " + shop.id)
    there = "--region eu-west-1"
    assert shop(f"kms list-keys {there}")["Keys"] == ()
    assert shop(f"kms list-aliases {there}")["Aliases"] == ()
    foreign_arn = shop.arn.replace("us-east-1", "eu-west-1")
    for line, refusal in (
        (f"describe-key --key-id {shop.id}", f"Key '{foreign_arn}' does not exist"),
        (f"describe-key --key-id {shop.arn}", "Invalid arn us-east-1"),
        ("delete-alias --alias-name alias/menus", None),
    ):
        code, text = shop.refused(f"kms {line} {there}")
        assert code == "NotFoundException"
        assert text == (
            refusal or f"Alias arn:aws:kms:eu-west-1:{ID}:alias/menus is not found."
        )
    assert shop.refused(f"kms create-key {there}") == (
        "NotSimulated",
        "KMS keys in eu-west-1 are not simulated in this account: all are in us-east-1.",
    )
    call = Call("kms", "Decrypt", {"CiphertextBlob": blob}, Origin(region="eu-west-1"))
    answer = shop.do(Act(shop.at, find_caller(shop.account, "root"), call)).answer
    assert isinstance(answer, ServiceError)
    assert answer.code == "AccessDeniedException"
    assert answer.message.startswith("The ciphertext refers to a customer master key")


def test_the_same_calls_make_the_same_ciphertexts_and_equal_plaintexts_different_ones():
    first, again = ([shop.encrypt(), shop.encrypt()] for shop in (Keys(), Keys()))
    assert first == again
    assert first[0] != first[1]


def test_a_data_key_can_be_decrypted_again():
    shop = Keys()
    line = "kms generate-data-key --key-id alias/recipes --key-spec AES_128"
    answer = shop(line)
    assert len(answer["Plaintext"]) == 16
    assert shop.decrypt(answer["CiphertextBlob"], "root") == answer["Plaintext"]


def test_lists_of_kms_come_in_pages():
    shop = Keys()
    shop("kms create-key")
    first = shop.call("kms", "ListKeys", Limit=1).answer.body  # type: ignore[union-attr]
    rest = shop.call("kms", "ListKeys", Limit=1, Marker=first["NextMarker"]).answer.body  # type: ignore[union-attr]
    assert first["Truncated"] is True
    assert rest["Truncated"] is False
    assert first["Keys"] != rest["Keys"]


# ----------------------------------------------------------------------- what is left behind
def test_cloudtrail_records_the_key_and_no_secret():
    shop = Keys()
    shop.decrypt(shop.encrypt(shop="main"), "root", shop="main")
    record = cloudtrail_event(shop.outcomes[-1])
    assert record["eventSource"] == "kms.amazonaws.com"
    assert record["readOnly"] is True
    assert record["requestParameters"] == {"encryptionContext": {"shop": "main"}}
    assert record["responseElements"] is None
    assert record["resources"] == (
        {"accountId": ID, "type": "AWS::KMS::Key", "ARN": shop.arn},
    )


def test_a_script_of_kms_captures_ids_and_its_undo_finds_the_key_by_alias():
    shop = Keys()
    text = quote(policy(_for(ROOT), _for(user("casey"), "kms:Decrypt", Resource=shop.arn)))
    shop(f"kms put-key-policy --key-id {shop.id} --policy {text}")
    script = write_script(shop.outcomes)
    assert shop.id not in script
    assert "--query 'KeyMetadata.KeyId' --output text" in script
    undo = write_undo_script(Shop().account, shop.outcomes)
    assert "remove_alias alias/recipes" in undo


def test_a_script_looks_up_the_keys_that_its_reader_has():
    shop = Keys()
    before = len(shop.outcomes)
    shop(f"kms disable-key --key-id {shop.id}")
    script = write_script(shop.outcomes[before:], shop.outcomes[:before])
    assert "$(aws kms describe-key --key-id alias/recipes" in script
    assert shop.id not in script


def test_whom_a_key_policy_names_calls_themselves_and_the_undo_leaves_the_key_to_them():
    shop = Keys()
    opening = shop.account
    before = len(shop.outcomes)
    shop.put_policy(_for(user("casey")))
    made = len(shop.outcomes)
    shop(f"kms disable-key --key-id {shop.id}", "casey")
    script = write_script(shop.outcomes[made:], shop.outcomes[:made], desk="casey")
    assert 'aws kms disable-key --key-id "${RECIPES_KEY}" --profile casey' in script
    undo = write_undo_script(Shop().account, shop.outcomes)
    assert "remove_alias alias/recipes" not in undo
    assert "by hand: the policy of the KMS key alias/recipes lets no other" in undo
    undo = write_undo_script(opening, shop.outcomes[before:])
    assert "\ngone kms" not in undo
    assert "by hand: the play changed the KMS key alias/recipes" in undo


def test_an_undo_script_gives_a_key_its_policy_back():
    shop = Keys()
    opening = shop.account
    before = len(shop.outcomes)
    shop.put_policy(_for(ROOT), _for(user("casey")))
    shop.grant()
    undo = write_undo_script(opening, shop.outcomes[before:])
    assert "kms put-key-policy" in undo
    assert "list-grants" in undo


def test_the_key_policy_that_aws_writes_is_as_documented():
    shop = Keys()
    document = json.loads(shop(f"kms get-key-policy --key-id {shop.id}")["Policy"])
    assert document["Id"] == "key-default-1"
    assert document["Statement"] == [
        {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": ROOT},
            "Action": "kms:*",
            "Resource": "*",
        }
    ]
    assert shop.account.kms_keys[shop.id].created == AT


# --------------------------------------------------------------------------- escalation
@pytest.mark.parametrize(
    ("action", "is_way"),
    [("kms:PutKeyPolicy", True), ("kms:CreateGrant", True), ("kms:DescribeKey", False)],
)
def test_changing_a_key_policy_and_granting_are_ways_to_more(action: str, is_way: bool):
    shop = Keys(allow(action))
    caller = find_caller(shop.account, "casey")
    paths = [path for path in reach(shop.account, caller, AT) if isinstance(path, Path)]
    request = Request("kms:Decrypt", shop.arn, account=ID)
    standings = [build_standing(path.account, path.caller, AT) for path in paths]
    allowed = [
        standing
        for standing in standings
        if isinstance(standing, Standing)
        and isinstance(authorize(standing, request), Allowed)
    ]
    assert bool(allowed) is is_way
