"""Temporary credentials: duration, chaining, session policies, tags, MFA, federation."""

import json
from base64 import urlsafe_b64encode
from shlex import quote
from zlib import compress

import pytest

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.model import Key, Nobody, Outsider, Service
from coffeeshop.account.services import sts
from coffeeshop.policy.model import Standing
from tests.account.shop import (
    ID,
    READ_ONLY,
    Shop,
    allow,
    policy,
    role,
    statement,
    trust,
    user,
)

ROOT = f"arn:aws:iam::{ID}:root"
REFUSED = "User: {who} is not authorized to perform: sts:AssumeRole on resource: {role}"


def json_trust(*principals: str) -> str:
    """A trust for sessions with tags."""
    actions = ["sts:AssumeRole", "sts:TagSession"]
    return policy(
        {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": actions}
    )


def workplace() -> Shop:
    """Casey may take the roles that trust the account; Till lists users and lasts two hours."""
    shop = Shop()
    shop.hire("casey", allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]))
    shop.role("Till", trust(ROOT), allow(["iam:ListUsers", "sts:*"]))
    shop("iam update-role --role-name Till --max-session-duration 7200")
    return shop


def test_who_am_i_is_answered_to_anyone_with_a_credential():
    shop = workplace()
    assert shop("sts get-caller-identity", "casey") == {
        "UserId": shop.account.users["casey"].id,
        "Account": ID,
        "Arn": user("casey"),
    }
    assert (
        shop("sts get-caller-identity", shop.wear("Till", "casey"))["Arn"]
        == f"arn:aws:sts::{ID}:assumed-role/Till/shift"
    )
    assert shop("sts get-caller-identity") == {"UserId": ID, "Account": ID, "Arn": ROOT}


def test_a_session_has_the_roles_rights_and_not_the_takers():
    shop = workplace()
    shop("iam create-group --group-name G")
    key = shop.wear("Till", "casey")
    shop("iam list-users", key)
    assert shop.refused("iam list-users", "casey")[0] == "AccessDenied"
    shop("iam delete-role-policy --role-name Till --policy-name p0")
    assert (
        shop.refused("iam list-users", key)[0] == "AccessDenied"
    )  # policies are read at the call


def test_both_sides_must_agree():
    shop = workplace()
    shop.hire("robin")
    line = f"sts assume-role --role-arn {role('Till')} --role-session-name shift"
    assert shop.refused(line, "robin") == (
        "AccessDenied",
        REFUSED.format(who=user("robin"), role=role("Till")),
    )
    shop.role("Safe", trust("arn:aws:iam::444455556666:role/Courier"))
    assert shop.refused(line.replace("Till", "Safe"), "casey")[0] == "AccessDenied"
    assert shop.refused(line.replace("Till", "None"), "casey") == (
        "AccessDenied",
        REFUSED.format(who=user("casey"), role=role("None")),
    )
    shop(
        f"iam update-assume-role-policy --role-name Safe --policy-document {quote(trust(user('robin')))}"
    )
    shop.wear("Safe", "robin")  # a trust that names the very user suffices


def test_a_role_that_is_gone_is_refused_like_one_that_says_no():
    shop = workplace()
    shop.hire("ada", allow("*"))
    shop(
        "iam create-role --role-name Path --path /x/ --assume-role-policy-document "
        + quote(trust(ROOT))
    )
    for arn in (role("None"), role("Path"), "arn:aws:iam::444455556666:role/Theirs"):
        told = shop.refused(
            f"sts assume-role --role-arn {arn} --role-session-name shift", "ada"
        )
        assert told == ("AccessDenied", REFUSED.format(who=user("ada"), role=arn))


@pytest.mark.parametrize("name", ["Till", "Caseys", "Nobodys"])
def test_root_cannot_assume_roles_whether_they_trust_it_or_exist(name: str):
    shop = workplace()
    shop.role("Caseys", trust(user("casey")))
    told = shop.refused(
        f"sts assume-role --role-arn {role(name)} --role-session-name shift"
    )
    assert told == ("AccessDenied", "Roles may not be assumed by root accounts.")


def test_a_session_lives_its_time_and_no_longer():
    shop = workplace()
    key = shop.wear("Till", "casey", more="--duration-seconds 7200")
    shop.later(seconds=7199)("sts get-caller-identity", key)
    assert shop.later(seconds=1).refused("sts get-caller-identity", key) == (
        "ExpiredToken",
        "The security token included in the request is expired",
    )
    told = shop.refused(
        f"sts assume-role --role-arn {role('Till')} --role-session-name shift --duration-seconds 7201",
        "casey",
    )
    assert told == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_a_chained_session_lasts_an_hour_at_most():
    shop = workplace()
    shop.role("Stock", trust(role("Till")), allow("iam:ListGroups"))
    shop("iam update-role --role-name Stock --max-session-duration 43200")
    key = shop.wear("Till", "casey")
    assert shop.refused(
        f"sts assume-role --role-arn {role('Stock')} --role-session-name shift --duration-seconds 3601",
        key,
    ) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )
    second = shop.wear("Stock", key, more="--duration-seconds 3600")
    assert shop.account.credentials[second.id].taker == shop.account.users["casey"].id  # type: ignore[union-attr]


def test_session_policies_cap_the_session():
    shop = workplace()
    shop.role("Admin", trust(ROOT), allow("*"))
    inline = quote(allow("iam:ListUsers"))
    key = shop.wear("Admin", "casey", more=f"--policy {inline}")
    shop("iam list-users", key)
    assert shop.refused("iam list-groups", key)[1].endswith(
        "because no session policy allows the iam:ListGroups action"
    )
    shop.wear("Admin", "casey", more=f"--policy-arns arn={READ_ONLY}")
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    shop(
        "s3api list-objects-v2 --bucket coffeeshop-receipts",
        find_caller(shop.account, "shift"),
    )
    told = shop.refused(
        f"sts assume-role --role-arn {role('Admin')} --role-session-name shift --policy-arns arn=arn:aws:iam::{ID}:policy/none",
        "casey",
    )
    assert told[0] == "ValidationError"
    many = " ".join([f"arn={READ_ONLY}"] * 11)
    line = f"sts assume-role --role-arn {role('Admin')} --role-session-name shift --policy-arns"
    assert shop.refused(f"{line} {many}", "casey")[0] == "ValidationError"
    shop(f"{line} {many.removeprefix(f'arn={READ_ONLY} ')}", "casey")
    assert shop.refused(
        f"sts assume-role --role-arn {role('Admin')} --role-session-name shift --policy '{{'",
        "casey",
    ) == ("MalformedPolicyDocument", "Syntax errors in policy.")


def test_a_session_policy_that_is_too_long():
    shop = workplace()
    fits = policy(statement("s3:GetObject", "arn:aws:s3:::" + "x" * 1800))
    shop.wear("Till", "casey", more=f"--policy {quote(fits + ' ' * (2048 - len(fits)))}")
    over = shop.call(
        "sts",
        "AssumeRole",
        "casey",
        RoleArn=role("Till"),
        RoleSessionName="shift",
        Policy=fits + " " * (2049 - len(fits)),
    )
    assert getattr(over.answer, "code", "") in {"PackedPolicyTooLarge", "ValidationError"}


def test_session_tags_and_source_identity_ask_for_more_and_travel():
    shop = workplace()
    shop.hire("robin", allow("sts:AssumeRole"))
    tagged = (
        "--tags Key=branch,Value=north Key=shift,Value=late --transitive-tag-keys branch"
    )
    line = f"sts assume-role --role-arn {role('Till')} --role-session-name shift"
    for more, action in (
        (tagged, "sts:TagSession"),
        ("--source-identity robin", "sts:SetSourceIdentity"),
    ):
        told = f"User: {user('robin')} is not authorized to perform: {action} on resource: {role('Till')}"
        # Without a reason, as people met it.
        assert shop.refused(f"{line} {more}", "robin") == ("AccessDenied", told)
    open_ = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": ROOT},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        }
    )
    shop(f"iam update-assume-role-policy --role-name Till --policy-document {quote(open_)}")
    # One's own policy is asked, too.
    assert shop.refused(f"{line} --source-identity robin", "robin")[0] == "AccessDenied"
    body = shop(f"{line} {tagged} --source-identity casey", "casey")
    assert body["SourceIdentity"] == "casey"
    key = find_caller(shop.account, "shift")
    who = build_standing(shop.account, key, shop.at)
    assert isinstance(who, Standing)
    assert {k: v for k, v in who.fixed.items() if "Tag" in k or "Identity" in k} == {
        "aws:PrincipalTag/branch": ("north",),
        "aws:PrincipalTag/shift": ("late",),
        "aws:SourceIdentity": ("casey",),
    }
    inner = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": role("Till")},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        }
    )
    shop.role("Closed", trust(role("Till")))
    closed = f"sts assume-role --role-arn {role('Closed')} --role-session-name shift"
    assert "sts:SetSourceIdentity" in shop.refused(closed, key)[1]
    shop.role("Stock", inner)
    stocked = f"sts assume-role --role-arn {role('Stock')} --role-session-name shift"
    assert shop.refused(f"{stocked} --source-identity robin", key)[0] == "AccessDenied"
    shop(f"{stocked} --source-identity casey", key)
    stock = shop.wear("Stock", key)
    second = shop.account.credentials[stock.id]
    assert (second.tags, second.source_identity) == ({"branch": "north"}, "casey")  # type: ignore[union-attr]
    clash = shop.refused(
        f"sts assume-role --role-arn {role('Stock')} --role-session-name shift --tags Key=BRANCH,Value=south",
        key,
    )
    assert clash == ("InvalidParameterValue", sts.SET_AGAIN)


def test_a_key_goes_on_to_the_next_role_whatever_its_case_and_only_with_its_tag():
    shop = workplace()
    shop.role("Inner", json_trust(role("Till")), allow("sts:*"))
    shop(
        "iam update-assume-role-policy --role-name Till --policy-document "
        + quote(json_trust(user("casey")))
    )
    line = f"sts assume-role --role-arn {role('Till')} --role-session-name shift"
    unknown = shop.refused(
        f"{line} --tags Key=Team,Value=bar --transitive-tag-keys Team shift", "casey"
    )
    assert unknown == ("InvalidParameterValue", sts.TRANSITIVE_TAG_MISSING)
    shop(f"{line} --tags Key=Team,Value=bar --transitive-tag-keys team", "casey")
    worn = shop.wear("Inner", "shift")
    inner = shop.account.credentials[worn.id]
    assert (inner.tags, inner.transitive) == ({"Team": "bar"}, ("Team",))  # type: ignore[union-attr]


@pytest.mark.parametrize("tags", ["Key=a,Value=1 Key=A,Value=2", "Key=aws:a,Value=1"])
def test_tags_of_a_session_are_unique_without_case_and_not_awss(tags: str):
    shop = workplace()
    shop(
        "iam update-assume-role-policy --role-name Till --policy-document "
        + quote(json_trust(user("casey")))
    )
    line = (
        f"sts assume-role --role-arn {role('Till')} --role-session-name shift --tags {tags}"
    )
    assert shop.refused(line, "casey")[0] == "InvalidParameterValue"
    shop(
        f"iam put-user-policy --user-name casey --policy-name f --policy-document {quote(allow('sts:*'))}"
    )
    assert (
        shop.refused(f"sts get-federation-token --name guest --tags {tags}", "casey")[0]
        == "InvalidParameterValue"
    )


def test_a_trust_may_ask_for_a_code_of_this_very_call():
    shop = workplace()
    serial = shop.phone("casey")
    coded = trust(ROOT, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    shop.role("Safe", coded)
    shop.later(minutes=1)
    assert (
        shop.refused(
            f"sts assume-role --role-arn {role('Safe')} --role-session-name shift", "casey"
        )[0]
        == "AccessDenied"
    )
    key = shop.wear("Safe", "casey", more=f"--serial-number {serial} --token-code @phone")
    who = build_standing(shop.account, key, shop.at)
    assert isinstance(who, Standing)
    assert who.fixed["aws:MultiFactorAuthPresent"] == (
        "false",
    )  # the code counted for that call only


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        ("--serial-number SERIAL --token-code 000000", "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. "),
        ("--serial-number arn:aws:iam::111122223333:mfa/none --token-code 000000", "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."),
        ("--serial-number SERIAL", "ValidationError", "Both SerialNumber and TokenCode are required for MFA."),
        ("--token-code 000000", "ValidationError", "Both SerialNumber and TokenCode are required for MFA."),
    ],
)  # fmt: skip
def test_a_code_that_is_wrong_is_told_so(options: str, code: str, text: str):
    shop = workplace()
    serial = shop.phone("casey")
    line = f"sts get-session-token {options.replace('SERIAL', serial)}"
    assert shop.refused(line, "casey") == (code, text)


def test_the_root_of_another_account_stands_for_anyone_there():
    shop = Shop()
    open_ = trust("*")
    shop.role("Anyones", open_)
    shop.role("Theirs", trust("arn:aws:iam::444455556666:root"))
    shop.role("Couriers", trust("arn:aws:iam::444455556666:role/Courier"))
    stranger, partner = (
        Outsider(f"arn:aws:iam::{account}:root")
        for account in ("777788889999", "444455556666")
    )
    shop.wear("Anyones", stranger)
    shop.wear("Theirs", partner)
    for name, who in (("Theirs", stranger), ("Couriers", partner)):
        assert (
            shop.refused(
                f"sts assume-role --role-arn {role(name)} --role-session-name shift", who
            )[0]
            == "AccessDenied"
        )


def test_a_stranger_and_a_service_may_take_what_trusts_them():
    shop = Shop()
    courier = "arn:aws:iam::444455556666:role/Courier"
    shop.role(
        "Export",
        trust(courier, Condition={"StringEquals": {"sts:ExternalId": "shop-7f3a"}}),
    )
    shop.role("Machine", trust(service="lambda.amazonaws.com"))
    outsider, line = (
        Outsider(courier),
        f"sts assume-role --role-arn {role('Export')} --role-session-name orders",
    )
    assert shop.refused(line, outsider)[0] == "AccessDenied"
    shop(f"{line} --external-id shop-7f3a", outsider)
    shop.wear("Machine", Service("lambda.amazonaws.com"))
    assert (
        shop.refused(line.replace("Export", "Machine"), Service("ec2.amazonaws.com"))[0]
        == "AccessDenied"
    )
    assert shop.refused("iam list-users", outsider)[0] == "AccessDenied"
    assert shop.refused(line, Nobody()) == (
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    )


# ------------------------------------------------------------------ own sessions
def test_a_session_of_ones_own_without_a_code_may_not_call_iam():
    shop = Shop()
    shop.hire("casey", allow("*"))
    shop("sts get-session-token", "casey")
    key = find_caller(shop.account, "casey-session")
    shop("s3api list-buckets", key)
    assert shop.refused("iam list-users", key) == (
        "InvalidClientTokenId",
        "The security token included in the request is invalid",
    )
    assert shop.refused("sts get-session-token", key) == (
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    )
    assert (
        shop.refused("sts get-access-key-info --access-key-id AKIAWHATEVERITIS2345", key)[0]
        == "AccessDenied"
    )
    shop("sts get-caller-identity", key)


def test_a_session_of_ones_own_with_a_code_may():
    shop = Shop()
    shop.hire(
        "casey",
        allow(
            "iam:ListUsers",
            "*",
            Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
        ),
    )
    serial = shop.phone("casey")
    shop.later(minutes=1)(
        f"sts get-session-token --serial-number {serial} --token-code @phone --duration-seconds 7200",
        "casey",
    )
    key = find_caller(shop.account, "casey+code")
    shop.later(seconds=3599)("iam list-users", key)
    assert shop.later(seconds=1).refused("iam list-users", key)[0] == "AccessDenied"
    assert shop.refused("iam list-users", "casey")[0] == "AccessDenied"


def test_the_newest_session_that_a_key_took_has_a_name():
    shop = Shop()
    shop.hire("casey", allow("sts:GetCallerIdentity", "*"))
    shop("sts get-session-token", "casey")
    newest = shop.later(minutes=1)("sts get-session-token", "casey")["Credentials"][
        "AccessKeyId"
    ]
    assert find_caller(shop.account, "casey+key") == Key(newest)
    assert find_caller(shop.account, "casey+code") == Nobody()


def test_roots_own_session_is_root_and_lasts_an_hour_at_most():
    shop = Shop()
    body = shop("sts get-session-token --duration-seconds 7200")
    assert body["Credentials"]["Expiration"] == "2026-03-02T09:00:00+00:00"
    assert (
        shop("sts get-caller-identity", find_caller(shop.account, "root-session"))["Arn"]
        == ROOT
    )


def test_a_role_session_takes_no_session_of_its_own():
    shop = workplace()
    key = shop.wear("Till", "casey")
    for line in ("sts get-session-token", "sts get-federation-token --name guest"):
        assert shop.refused(line, key)[0] == "AccessDenied"


def test_a_federated_user_has_what_the_session_policy_leaves():
    shop = Shop()
    shop.hire("casey", allow("*"))
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    body = shop(
        f"sts get-federation-token --name guest --policy {quote(allow('s3:ListBucket'))} --tags Key=a,Value=b",
        "casey",
    )
    assert body["FederatedUser"] == {
        "FederatedUserId": f"{ID}:guest",
        "Arn": f"arn:aws:sts::{ID}:federated-user/guest",
    }
    key = find_caller(shop.account, "guest")
    shop("s3api list-objects-v2 --bucket coffeeshop-receipts", key)
    assert shop.refused("s3api list-buckets", key)[0] == "AccessDenied"
    assert shop.refused("iam list-users", key)[0] == "InvalidClientTokenId"
    assert shop.refused("sts get-session-token", key)[0] == "AccessDenied"
    shop("sts get-federation-token --name nothing", "casey")
    assert (
        shop.refused("s3api list-buckets", find_caller(shop.account, "nothing"))[0]
        == "AccessDenied"
    )
    shop(f"sts get-federation-token --name owner --policy {quote(allow('s3:*'))}")
    shop("s3api list-buckets", find_caller(shop.account, "owner"))


@pytest.mark.parametrize(
    ("effect", "condition", "session", "opens"),
    [
        ("Allow", {}, allow("s3:*"), True),
        ("Allow", {}, allow("sqs:*"), False),
        ("Deny", {}, allow("s3:*"), False),
        (
            "Deny",
            {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:sts::{ID}:federated-user/guest"}},
            allow("s3:*"),
            False,
        ),
        ("Deny", {"ArnEquals": {"aws:PrincipalArn": user("casey")}}, allow("s3:*"), True),
    ],
)
def test_who_names_a_user_names_whom_they_federate_and_the_session_policy_limits_that(
    effect: str, condition: dict[str, object], session: str, opens: bool
):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html"""
    shop = Shop()
    rights = (
        "sts:GetFederationToken"
        if effect == "Allow"
        else ["sts:GetFederationToken", "s3:*"]
    )
    shop.hire("casey", allow(rights))
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    named = statement(
        "s3:ListBucket",
        "arn:aws:s3:::coffeeshop-receipts",
        effect,
        Principal={"AWS": user("casey")},
    )
    text = policy(named | ({"Condition": condition} if condition else {}))
    shop(f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(text)}")
    shop(f"sts get-federation-token --name guest --policy {quote(session)}", "casey")
    outcome = shop.outcome(
        "s3api list-objects-v2 --bucket coffeeshop-receipts",
        find_caller(shop.account, "guest"),
    )
    assert outcome.has_succeeded is opens


def test_a_session_outlives_the_key_that_took_it_and_dies_with_its_owner():
    shop = Shop()
    shop.hire("casey", allow("s3:*"))
    shop("sts get-session-token", "casey")
    key = find_caller(shop.account, "casey-session")
    shop("iam delete-access-key --user-name casey --access-key-id @key")
    shop("s3api list-buckets", key)
    shop("iam delete-user-policy --user-name casey --policy-name p0")
    shop("iam delete-user --user-name casey")
    assert shop.refused("s3api list-buckets", key)[0] == "InvalidAccessKeyId"


# ----------------------------------------------------------------------- reading
def test_a_key_tells_its_account():
    shop = Shop()
    key = shop.hire("casey")
    assert shop(f"sts get-access-key-info --access-key-id {key.id}") == {"Account": ID}
    assert (
        shop.refused("sts get-access-key-info --access-key-id AKIAWHATEVERITIS2345")[0]
        == "ValidationError"
    )


def test_what_ec2_says_can_be_read():
    shop = Shop()
    shop.hire(
        "casey",
        policy(
            statement("ec2:StopInstances", effect="Deny", Sid="KeepTheBoard"),
            statement("ec2:*"),
        ),
    )
    code, text = shop.refused(
        "ec2 stop-instances --instance-ids i-0123456789abcdef0", "casey"
    )
    assert code == "UnauthorizedOperation"
    assert text.startswith(
        f"You are not authorized to perform this operation. User: {user('casey')} is not authorized to perform: ec2:StopInstances"
    )
    message = text.rsplit(" ", 1)[-1]
    told = json.loads(
        str(
            shop(f"sts decode-authorization-message --encoded-message {message}")[
                "DecodedMessage"
            ]
        )
    )
    assert (told["explicitDeny"], told["matchedStatements"]["items"]) == (
        True,
        [{"policy": "p0", "sid": "KeepTheBoard"}],
    )
    shop.hire("robin")
    silent = shop.refused("ec2 describe-instances", "robin")[1].rsplit(" ", 1)[-1]
    told = json.loads(
        str(
            shop(f"sts decode-authorization-message --encoded-message {silent}")[
                "DecodedMessage"
            ]
        )
    )
    assert told["matchedStatements"]["items"] == []


def packed(text: bytes) -> str:
    return urlsafe_b64encode(compress(text)).decode()


@pytest.mark.parametrize(
    "message",
    [
        *("bm9uZQ==", "%%%", urlsafe_b64encode(b"x\x9c").decode()),
        *(packed(b"[" * 200_000), packed(b"9" * 5000), packed(b" " * 2**21 + b"{}")),
        urlsafe_b64encode(compress(b"{}")[:-4]).decode(),  # cut off before its sum
    ],
)
def test_what_is_no_message_is_refused(message: str):
    assert Shop().refused(
        f"sts decode-authorization-message --encoded-message {message}"
    ) == (
        "InvalidAuthorizationMessageException",
        "The message is not valid.",
    )


def test_nobodys_key_is_no_key():
    shop = Shop()
    assert (
        shop.refused("sts get-caller-identity", Key("AKIANOBODYKNOWSTHIS1"))[0]
        == "InvalidClientTokenId"
    )
