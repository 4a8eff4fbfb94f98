"""What someone could come to hold: each way, the paths it gives, and where it stops."""

import json
from collections.abc import Iterable
from io import BytesIO
from itertools import product
from shlex import quote
from zipfile import ZipFile

import pytest

from coffeeshop.account.access.callers import credential_owner, find_caller
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.door import handle, replay
from coffeeshop.account.escalation import reach as search
from coffeeshop.account.escalation.attacker import Unfinished
from coffeeshop.account.escalation.powers import build_powers
from coffeeshop.account.escalation.reach import ESCALATION_WAYS, Path
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Caller,
    Key,
    Nobody,
    Outsider,
    Reply,
)
from coffeeshop.account.same import Same
from coffeeshop.account.values import Document, Json
from coffeeshop.policy.comparison.budgets import CALL_COST, LAYER_COST, Steps
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import (
    PRESENT,
    Allowed,
    Kind,
    Layer,
    Principal,
    Request,
    Standing,
)
from tests.account.shop import (
    ADMIN,
    AT,
    ID,
    READ_ONLY,
    Shop,
    allow,
    deny,
    local,
    organized,
    policy,
    role,
    statement,
    trust,
    user,
)
from tests.examples import pairs

ROOT = f"arn:aws:iam::{ID}:root"
HIRE = Request("iam:CreateUser", f"arn:aws:iam::{ID}:user/anybody", account=ID)


def reach(*asked: object) -> list[Path]:
    """The paths of a search, whatever it left out."""
    return [found for found in search.reach(*asked) if isinstance(found, Path)]


def left_out(shop: Shop, who: str) -> list[str]:
    """What a search did not try, in its own words."""
    found = search.reach(shop.account, find_caller(shop.account, who), shop.at)
    return [one.reason for one in found if isinstance(one, Unfinished)]


def chained(shop: Shop, roles: int) -> Account:
    """The account with so many roles more: casey may take the first, and each the next."""
    account, callers = (
        shop.account,
        (user("casey"), *(role(f"r{number}") for number in range(roles))),
    )
    taking = {"p": Document("", parse(allow("sts:AssumeRole")))}
    for number, taker in enumerate(callers[:-1]):
        trusting = Document("", parse(trust(taker), Kind.TRUST))
        account = account.put(
            Role(
                f"AROA{number:017}",
                f"r{number}",
                "/",
                account.created,
                trusting,
                inline=taking,
            )
        )
    return account


def paths(shop: Shop, who: str, *ways: str) -> list[Path]:
    caller = find_caller(shop.account, who)
    found = list(
        reach(
            shop.account,
            caller,
            shop.at,
            {way: ESCALATION_WAYS[way] for way in ways} if ways else None,
        )
    )
    for path in found:
        outcomes = replay(shop.account, path.acts)
        assert all(isinstance(outcome.answer, Reply) for outcome in outcomes)
        assert (outcomes[-1].account if outcomes else shop.account) == path.account
        assert len(path.ways) <= len(path.acts)
    return found


def calls(found: Iterable[Path]) -> list[list[str]]:
    return [[act.call.operation for act in path.acts] for path in found]


def may(path: Path, request: Request = HIRE) -> bool:
    who = build_standing(path.account, path.caller, AT)
    return isinstance(who, Standing) and isinstance(authorize(who, request), Allowed)


def only_when(operator: str, key: str, value: str) -> dict[str, object]:
    return {"Condition": {operator: {key: value}}}


def test_the_first_path_is_what_they_hold_now():
    shop = Shop()
    key = shop.hire("casey", allow("s3:*"))
    assert paths(shop, "casey") == [Path((), shop.account, key, (), (key,))]


def test_a_bad_credential_reaches_nothing():
    assert list(reach(Shop().account, Key("AKIANOBODYKNOWSTHIS1"), AT)) == []


def test_roles_are_taken_through_chains():
    shop = Shop()
    shop.hire("bo", allow("sts:AssumeRole", role("Cashier")))
    shop.role("Cashier", trust(ROOT), allow("sts:AssumeRole"))
    shop.role("Manager", trust(role("Cashier")), allow("iam:CreateUser"))
    shop.role("Safe", trust("arn:aws:iam::444455556666:root"), allow("*"))
    found = paths(shop, "bo")
    assert [(path.ways, len(path.acts)) for path in found] == [
        ((), 0),
        (("assume",), 1),
        (("assume", "assume"), 2),
    ]
    assert [may(path) for path in found] == [False, False, True]
    assert found[2].held == (found[0].caller, found[1].caller, found[2].caller)


TRUSTS = (
    trust(ROOT),
    trust(ID),
    trust("*"),
    trust(user("casey")),
    trust(user("bo")),
    trust(service="lambda.amazonaws.com"),
)
HELD = (
    "",
    allow("s3:*"),
    allow("sts:*"),
    allow("sts:Assume*", role("Barista")),
    allow("sts:AssumeRole", role("Other")),
    deny("sts:AssumeRole"),
    policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
)


@pytest.mark.parametrize(("held", "trusting"), pairs(HELD, TRUSTS))
def test_every_role_that_the_door_gives_is_tried_and_no_other_is_won(
    trusting: str, held: str
):
    shop = Shop()
    key = shop.hire("casey", held) if held else shop.hire("casey")
    shop.hire("bo")
    shop.role("Barista", trusting)
    taking = Call(
        "sts", "AssumeRole", {"RoleArn": role("Barista"), "RoleSessionName": "canary"}
    )
    given = isinstance(handle(shop.account, Act(shop.at, key, taking)).answer, Reply)
    assert [path.ways for path in paths(shop, "casey", "assume")] == [(), ("assume",)][
        : 1 + given
    ]


def saying(condition: dict[str, object], *more: str) -> str:
    """A trust policy that lets the account take the role, and do `more`, when the call says what it asks."""
    actions = ["sts:AssumeRole", *more]
    return policy(
        {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": actions, **condition}
    )


CLAIMS: list[tuple[str, dict[str, object]]] = [
    (
        saying(only_when("StringLike", "sts:RoleSessionName", "${aws:username}")),
        {"RoleSessionName": "casey"},
    ),
    (
        saying(only_when("StringEquals", "sts:ExternalId", "till-7")),
        {"ExternalId": "till-7"},
    ),
    (
        saying(
            only_when("StringEquals", "sts:SourceIdentity", "${aws:username}"),
            "sts:SetSourceIdentity",
        ),
        {"SourceIdentity": "casey"},
    ),
    (
        saying(only_when("StringEquals", "aws:RequestTag/post", "owner"), "sts:TagSession"),
        {"Tags": ({"Key": "post", "Value": "owner"},)},
    ),
]


@pytest.mark.parametrize(("trusting", "claim"), CLAIMS)
def test_a_role_is_taken_by_saying_what_its_trust_policy_asks_to_hear(
    trusting: str, claim: dict[str, object]
):
    shop = Shop()
    shop.hire("casey", allow("sts:*"))
    shop.role("Manager", trusting, allow("iam:CreateUser"))
    (found, *_) = [path for path in paths(shop, "casey") if may(path)]
    assert claim.items() <= dict(found.acts[0].call.parameters).items()


def test_nobody_of_another_account_knows_an_external_id():
    shop = Shop()
    partner = "arn:aws:iam::444455556666:root"
    shop.role(
        "Auditor",
        trust(partner, **only_when("StringEquals", "sts:ExternalId", "till-7")),
        allow("s3:*"),
    )
    assert calls(reach(shop.account, Outsider(partner), AT)) == [[]]


@pytest.mark.parametrize("more", [(), ("sts:TagSession",)])
def test_a_session_wears_a_colour_of_its_own_where_the_trust_policy_lets_it(
    more: tuple[str, ...],
):
    shop = Shop()
    shop.hire("casey", allow("sts:*"))
    owners = only_when("StringEquals", "aws:PrincipalTag/post", "owner")
    shop.role("Manager", saying({}, *more), allow("iam:CreateUser", **owners))
    assert any(may(path) for path in paths(shop, "casey")) is bool(more)


def test_a_stranger_is_followed_through_what_trusts_them():
    shop = office()
    stranger = Outsider("arn:aws:iam::444455556666:root")
    found = list(reach(shop.account, stranger, AT))
    assert calls(found)[:2] == [[], ["AssumeRole"]]
    assert may(found[1])
    assert calls(reach(shop.account, Nobody(), AT)) == [[]]


def test_the_search_ends_whatever_could_be_tried():
    """Seven tags with a handful of values each: more claims than anybody could play one by one."""
    shop = Shop()
    shop.hire("casey", allow("sts:*"))
    colours = {f"aws:RequestTag/t{n}": ["a", "b", "c", "d"] for n in range(7)}
    shop.role(
        "Manager",
        saying({"Condition": {"StringEquals": colours}}, "sts:TagSession"),
        allow("iam:CreateUser"),
    )
    assert calls(paths(shop, "casey"))[0] == []
    assert left_out(shop, "casey") == [
        "claims: there is more to say when taking a role than can be tried"
    ]


def test_no_more_moves_are_tried_than_the_budget_allows(monkeypatch: pytest.MonkeyPatch):
    shop = Shop()
    shop.hire("casey", allow("iam:PutUserPolicy"))
    assert len(paths(shop, "casey")) > 1
    assert left_out(shop, "casey") == []
    monkeypatch.setattr("coffeeshop.account.escalation.reach.MAX_MOVES", 0)
    assert calls(paths(shop, "casey")) == [[]]
    assert left_out(shop, "casey") == [
        "moves: there are more ways to edit than can be tried"
    ]


def test_a_deny_for_want_of_a_code_stops_nobody_who_gave_one():
    shop = Shop()
    shop.hire(
        "ada",
        allow("*"),
        deny("*", **only_when("BoolIfExists", "aws:MultiFactorAuthPresent", "false")),
    )
    shop("iam create-login-profile --user-name ada --password Latte-art-7")
    shop.role("Manager", trust(ROOT), allow("iam:*"))
    shop.phone("ada")
    ada = shop.later(minutes=2).sign_in("ada", "--mfa-code @phone")
    assert calls(reach(shop.account, ada, shop.at)) == [[]]
    shop(
        f"iam put-user-policy --user-name ada --policy-name no --policy-document {quote(deny('s3:*'))}"
    )
    assert len(list(reach(shop.account, ada, shop.at))) > 1


def test_who_can_do_everything_is_not_followed():
    shop = Shop()
    shop.hire("ada")
    shop(f"iam attach-user-policy --user-name ada --policy-arn {ADMIN}")
    shop.role("Manager", trust(ROOT), allow("iam:*"))
    assert calls(paths(shop, "ada")) == [[]]
    assert calls(paths(shop, "root")) == [[]]


def test_what_a_thing_denies_even_who_can_do_everything_is_taken_away():
    shop = office(allow("iam:PutUserPolicy", user("casey")))
    for name in ("pay", "tills"):
        shop(f"s3api create-bucket --bucket {name}")
    closed = {"Principal": "*", **statement("s3:GetObject", "arn:aws:s3:::pay/*", "Deny")}
    shop(f"s3api put-bucket-policy --bucket pay --policy {quote(policy(closed))}")
    pay = Request("s3:GetObject", "arn:aws:s3:::pay/k", account=ID)
    found = [path for path in paths(shop, "casey") if may(path, pay)]
    assert calls(found) == [
        ["PutUserPolicy", "PutBucketPolicy"],
        ["PutUserPolicy", "DeleteBucketPolicy"],
    ]


def test_who_can_do_almost_everything_is():
    shop = Shop()
    shop.hire("ada", policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}))
    shop.role("Manager", trust(ROOT), allow("iam:*"))
    assert ["AssumeRole"] in calls(paths(shop, "ada"))


# ------------------------------------------------------------------------ pass
def kitchen(*policies: str) -> Shop:
    shop = Shop()
    shop.role("AdminMachine", trust(service="lambda.amazonaws.com"), allow("*"))
    shop.role("ReportRole", trust(service="lambda.amazonaws.com"), allow("s3:GetObject"))
    shop.role("Human", trust("arn:aws:iam::444455556666:root"), allow("*"))
    make = "lambda create-function --function-name report-daily --runtime python3.13 --handler m.h --zip-file fileb://receipt.json --role"
    shop(f"{make} {role('ReportRole')}")
    shop.hire("indra", *policies)
    return shop


def test_a_passed_role_is_worn_by_the_function():
    shop = kitchen(
        allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])
    )
    found = paths(shop, "indra", "pass")
    assert ["CreateFunction", "Invoke", "AssumeRole"] in calls(found)
    assert any(may(path) for path in found)
    worn = [credential_owner(path.account, path.caller) for path in found[1:]]
    assert {held.name for held in worn if isinstance(held, Role)} == {
        "AdminMachine",
        "ReportRole",
    }


def test_the_function_takes_a_name_that_the_policy_speaks_of():
    names = [f"arn:aws:lambda:us-east-1:{ID}:function:report-*", role("ReportRole")]
    shop = kitchen(
        allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], names)
    )
    found = paths(shop, "indra", "pass")
    assert [act.call.text("FunctionName") for act in found[1].acts][:2] == [
        "report-canary",
        "report-canary",
    ]
    assert not any(may(path) for path in found)


def test_what_has_the_name_that_a_search_makes_up_hides_no_way():
    shop = kitchen(
        allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])
    )
    make = "lambda create-function --runtime python3.13 --handler m.h --zip-file fileb://receipt.json --role"
    for name in ("canary", "canary-2"):
        shop(f"{make} {role('ReportRole')} --function-name {name}")
    found = paths(shop, "indra", "pass")
    assert "canary-3" in {
        act.call.text("FunctionName") for path in found for act in path.acts
    }
    assert any(may(path) for path in found)


def test_an_old_function_is_given_another_role_or_other_code():
    shop = kitchen(
        allow(
            ["iam:PassRole", "lambda:UpdateFunctionConfiguration", "lambda:InvokeFunction"]
        )
    )
    assert ["UpdateFunctionConfiguration", "Invoke", "AssumeRole"] in calls(
        paths(shop, "indra", "pass")
    )
    shop = kitchen(allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"]))
    found = paths(shop, "indra", "pass")
    assert calls(found) == [[], ["UpdateFunctionCode", "Invoke", "AssumeRole"]]
    assert may(found[1], Request("s3:GetObject", "arn:aws:s3:::b/k", account=ID))


def test_a_function_whose_role_trusts_lambda_no_more_wears_nothing():
    shop = kitchen(allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"]))
    shop(
        f"iam update-assume-role-policy --role-name ReportRole --policy-document {quote(trust(ROOT))}"
    )
    assert calls(paths(shop, "indra", "pass")) == [[]]


def test_nobody_gets_round_what_the_organization_keeps_from_all_alike_but_round_what_binds_only_some():
    spared = {"StringNotEquals": {"aws:PrincipalArn": user("casey")}}
    for scp, followed in (
        (allow("*"), False),
        (allow(["iam:*", "s3:*"]), False),
        (policy(statement("*"), statement("sqs:*", effect="Deny")), False),
        (policy(statement("*"), statement("sqs:*", effect="Deny", Condition=spared)), True),
    ):
        shop = Shop()
        shop.hire("casey")
        shop.set(organization=organized((scp,)))
        assert (["CreateAccessKey"] in calls(paths(shop, "root"))) is followed


RECEIPT = Request("s3:GetObject", "arn:aws:s3:::b/k", account=ID)
OPENED = [
    (
        allow(["iam:PassRole", "lambda:CreateFunction", "lambda:AddPermission"]),
        HIRE,
        ["CreateFunction", "AddPermission"],
    ),
    (
        allow(["lambda:UpdateFunctionCode", "lambda:AddPermission"]),
        RECEIPT,
        ["AddPermission", "UpdateFunctionCode"],
    ),
    (allow("lambda:AddPermission"), RECEIPT, ["AddPermission", "UpdateFunctionCode"]),
]


@pytest.mark.parametrize(("document", "request_", "won"), OPENED)
def test_a_function_that_one_may_not_run_is_opened_to_oneself(
    document: str, request_: Request, won: list[str]
):
    found = calls(path for path in paths(kitchen(document), "indra") if may(path, request_))
    assert [*won, "Invoke", "AssumeRole"] in found


def test_what_a_resource_allows_is_tried_too():
    shop = kitchen(allow("lambda:UpdateFunctionCode"))
    naming = f"--principal {user('indra')} --action lambda:InvokeFunction --statement-id s"
    assert calls(paths(shop, "indra")) == [[]]
    shop(f"lambda add-permission --function-name report-daily {naming}")
    assert ["UpdateFunctionCode", "Invoke", "AssumeRole"] in calls(paths(shop, "indra"))


def test_nothing_is_passed_by_who_may_not_run_it():
    assert calls(
        paths(kitchen(allow(["iam:PassRole", "lambda:CreateFunction"])), "indra", "pass")
    ) == [[]]


# ------------------------------------------------------------------------ edit
EDITS = [
    (allow("iam:PutUserPolicy", user("casey")), [["PutUserPolicy"]]),
    (allow("iam:AttachUserPolicy", user("casey")), [["AttachUserPolicy"]]),
    (allow("iam:AttachUserPolicy", user("casey"), Condition={"ArnEquals": {"iam:PolicyARN": local("Big")}}), [["AttachUserPolicy"]]),
    (allow("iam:PutGroupPolicy"), [["PutGroupPolicy"]]),
    (allow("iam:AttachGroupPolicy"), [["AttachGroupPolicy"]]),
    (allow("iam:AddUserToGroup"), [["AddUserToGroup"]]),
    (allow("iam:CreatePolicyVersion"), [["CreatePolicyVersion"]]),
    (allow("iam:SetDefaultPolicyVersion"), [["SetDefaultPolicyVersion"]]),
    (allow("iam:UpdateAssumeRolePolicy"), [["UpdateAssumeRolePolicy", "AssumeRole"]]),
    (allow("iam:CreateAccessKey"), [["CreateAccessKey"]]),
    (allow("iam:CreateLoginProfile"), [["CreateLoginProfile", "SignIn"]]),
    (allow("iam:PutRolePolicy"), []),
    (allow(["iam:PutRolePolicy", "sts:AssumeRole"]), [["PutRolePolicy", "AssumeRole"]]),
    (allow(["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"], role("Till")), [["PutRolePolicy", "UpdateAssumeRolePolicy", "AssumeRole"]]),
    (allow(["iam:PutUserPolicy", "iam:CreateAccessKey"], user("robin")), [["PutUserPolicy", "CreateAccessKey"]]),
    (allow("iam:PutUserPolicy", user("robin")), []),
    (allow("iam:CreateUser"), []),
    (allow("s3:*"), []),
]  # fmt: skip


def office(*policies: str) -> Shop:
    """Casey holds these; there are an administrator Ada, a Robin with nothing, groups, and a policy with an old version."""
    shop = Shop()
    shop.hire("ada", allow("iam:*"))
    shop.hire("casey", *policies)
    shop.hire("robin")
    shop("iam create-group --group-name Cashiers")
    shop("iam create-group --group-name Admins")
    shop(f"iam attach-group-policy --group-name Admins --policy-arn {ADMIN}")
    shop("iam add-user-to-group --user-name casey --group-name Cashiers")
    shop(f"iam create-policy --policy-name Till --policy-document {quote(allow('*'))}")
    shop(
        f"iam create-policy-version --policy-arn {local('Till')} --policy-document {quote(allow('s3:GetObject'))} --set-as-default"
    )
    shop(f"iam attach-group-policy --group-name Cashiers --policy-arn {local('Till')}")
    shop(f"iam create-policy --policy-name Big --policy-document {quote(allow('iam:*'))}")
    shop.role("Till", trust(ROOT), allow("s3:GetObject"))
    shop.role("Manager", trust("arn:aws:iam::444455556666:root"), allow("iam:*"))
    return shop


@pytest.mark.parametrize(("document", "won"), EDITS)
def test_what_an_edit_opens(document: str, won: list[list[str]]):
    """The shortest path to making badges, for someone who may do one thing only."""
    shop = office(document)
    found = [path for path in paths(shop, "casey", "edit", "assume") if may(path)]
    shortest = [c for c in calls(found) if found and len(c) == min(map(len, calls(found)))]
    opened = [c for c in shortest if not document.count("CreateUser")]
    assert opened[: len(won)] == won or (not won and not opened)


def test_a_version_is_deleted_where_a_new_one_needs_room():
    shop = office(allow(["iam:CreatePolicyVersion", "iam:DeletePolicyVersion"]))
    for _ in range(3):
        shop(
            f"iam create-policy-version --policy-arn {local('Till')} --policy-document {quote(allow('s3:*'))}"
        )
    assert ["DeletePolicyVersion", "CreatePolicyVersion"] in calls(
        paths(shop, "casey", "edit")
    )


def test_a_key_is_deleted_where_a_new_one_needs_room():
    shop = office(allow(["iam:CreateAccessKey", "iam:DeleteAccessKey"]))
    shop("iam create-access-key --user-name ada")
    assert ["DeleteAccessKey", "CreateAccessKey"] in calls(paths(shop, "casey", "edit"))


def test_a_colleague_with_a_phone_is_entered_by_taking_it_away_first():
    shop = office(allow(["iam:UpdateLoginProfile", "iam:DeactivateMFADevice"]))
    shop("iam create-login-profile --user-name ada --password Latte-art-7")
    shop.phone("ada")
    assert ["DeactivateMFADevice", "UpdateLoginProfile", "SignIn"] in calls(
        paths(shop, "casey", "edit")
    )


WITH_A_CODE = only_when("Bool", "aws:MultiFactorAuthPresent", "true")
ENROLS = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"]


@pytest.mark.parametrize("scope", ["*", f"arn:aws:iam::{ID}:mfa/${{aws:username}}"])
def test_whoever_may_enrol_a_phone_of_their_own_has_codes(scope: str):
    for held, opened in ((ENROLS, True), (ENROLS[:1], False)):
        shop = Shop()
        own = policy(
            statement(held, [scope, user("casey")]),
            statement("iam:CreateUser", **WITH_A_CODE),
        )
        shop.hire("casey", own)
        won = calls(path for path in paths(shop, "casey", "edit") if may(path))
        assert won == (
            [["CreateVirtualMFADevice", "EnableMFADevice", "GetSessionToken"]]
            if opened
            else []
        )


def test_a_second_phone_of_a_colleague_opens_what_their_code_opens():
    shop = Shop()
    shop.hire("casey", allow([*ENROLS, "iam:UpdateLoginProfile"]))
    shop.hire("ada", allow("iam:CreateUser", **WITH_A_CODE))
    shop("iam create-login-profile --user-name ada --password Latte-art-7")
    shop.phone("ada")
    won = ["CreateVirtualMFADevice", "EnableMFADevice", "UpdateLoginProfile", "SignIn"]
    assert won in calls(path for path in paths(shop, "casey", "edit") if may(path))


def test_a_key_of_ones_own_slips_past_a_deny_that_needs_the_code_to_be_missing_in_so_many_words():
    shop = Shop()
    closed = deny(
        "iam:CreateUser", **only_when("Bool", "aws:MultiFactorAuthPresent", "false")
    )
    shop.hire("casey", allow(["iam:CreateAccessKey", "iam:CreateUser"]), closed)
    shop("iam create-login-profile --user-name casey --password Latte-art-7")
    signed = shop.sign_in("casey")
    found = reach(shop.account, signed, shop.at)
    assert calls(path for path in found if may(path)) == [["CreateAccessKey"]]


def test_denies_are_taken_off():
    shop = office(allow("*"), deny("iam:CreateUser"))
    shop(
        f"iam create-policy --policy-name NoHiring --policy-document {quote(deny('iam:CreateUser'))}"
    )
    shop("iam delete-user-policy --user-name casey --policy-name p0")
    shop(
        f"iam put-user-policy --user-name casey --policy-name p0 --policy-document {quote(allow(['iam:Detach*', 'iam:DeleteUserPolicy', 'iam:CreateUser', 'iam:DeleteGroupPolicy']))}"
    )
    shop(f"iam attach-user-policy --user-name casey --policy-arn {local('NoHiring')}")
    shop(f"iam attach-user-policy --user-name casey --policy-arn {READ_ONLY}")
    found = [path for path in paths(shop, "casey", "edit") if may(path)]
    assert {frozenset(c) for c in calls(found)} == {
        frozenset({"DetachUserPolicy", "DeleteUserPolicy"})
    }


def test_who_can_do_everything_but_for_a_deny_is_followed_past_it():
    shop = Shop()
    shop.hire("casey", allow("*"), deny("iam:CreateUser"))
    assert ["DeleteUserPolicy"] in calls(path for path in paths(shop, "casey") if may(path))


def test_a_deny_is_written_over_under_its_own_name():
    shop = Shop()
    shop.hire("casey", deny("iam:CreateUser"), allow("iam:PutUserPolicy"))
    (found, *_) = [path for path in paths(shop, "casey") if may(path)]
    assert [act.call.text("PolicyName") for act in found.acts] == ["p0"]


def test_a_group_that_denies_is_left_and_no_other():
    shop = office(allow(["iam:RemoveUserFromGroup", "iam:CreateUser"]))
    assert calls(paths(shop, "casey", "edit")) == [[]]
    forbid = f"iam put-group-policy --group-name Cashiers --policy-name no --policy-document {quote(deny('iam:CreateUser'))}"
    shop(forbid)
    assert calls(path for path in paths(shop, "casey", "edit") if may(path)) == [
        ["RemoveUserFromGroup"]
    ]


def test_a_boundary_is_raised_by_another_version_of_it():
    for action in ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"):
        shop = office(allow([action, "iam:CreateUser"]))
        shop(
            f"iam create-policy --policy-name Ceiling --policy-document {quote(allow('*'))}"
        )
        low = quote(allow(action))
        shop(
            f"iam create-policy-version --policy-arn {local('Ceiling')} --policy-document {low} --set-as-default"
        )
        shop(
            f"iam put-user-permissions-boundary --user-name casey --permissions-boundary {local('Ceiling')}"
        )
        found = [path for path in paths(shop, "casey", "edit") if may(path)]
        assert calls(found)[0] == [action.partition(":")[2]]


def test_a_boundary_is_lifted_or_raised():
    for action in ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"):
        shop = office(allow(["iam:CreateUser", action]))
        shop(
            f"iam create-policy --policy-name Ceiling --policy-document {quote(allow([action]))}"
        )
        shop(
            f"iam put-user-permissions-boundary --user-name casey --permissions-boundary {local('Ceiling')}"
        )
        found = [path for path in paths(shop, "casey", "edit") if may(path)]
        assert calls(found)[0] == [action.partition(":")[2]]


def test_badges_are_repainted_where_a_policy_reads_their_colour():
    own = {"StringEquals": {"s3:ExistingObjectTag/branch": "${aws:PrincipalTag/branch}"}}
    for may_tag in (True, False):
        shop = office(
            allow("s3:GetObject", "*", Condition=own),
            *([allow("iam:TagUser")] if may_tag else []),
        )
        shop("iam detach-group-policy --group-name Cashiers --policy-arn " + local("Till"))
        shop("iam tag-user --user-name casey --tags Key=branch,Value=north")
        shop("iam tag-user --user-name robin --tags Key=branch,Value=south")
        south = Request(
            "s3:GetObject",
            "arn:aws:s3:::b/k",
            {"s3:ExistingObjectTag/branch": ("south",)},
            ID,
        )
        assert any(may(path, south) for path in paths(shop, "casey")) is may_tag


AWS = "arn:aws:iam::aws:policy"
GUARDED = [
    (only_when("ArnEquals", "iam:PolicyARN", f"{AWS}/IAMFullAccess"), ["AttachUserPolicy"]),
    (only_when("ArnNotEquals", "iam:PolicyARN", ADMIN), ["AttachUserPolicy"]),
    (only_when("ArnLike", "iam:PolicyARN", f"{AWS}/IAMFull*"), ["AttachUserPolicy"]),
    (
        only_when("ArnLike", "iam:PolicyARN", local("shop/*")),
        ["CreatePolicy", "AttachUserPolicy"],
    ),
    (only_when("ArnLike", "iam:PolicyARN", f"{AWS}/IAMReadOnly*"), None),
]


@pytest.mark.parametrize(("guard", "won"), GUARDED)
def test_a_guard_on_what_may_be_attached_is_kept_and_no_more(
    guard: dict[str, object], won: list[str] | None
):
    shop = Shop()
    shop.hire("casey", allow("iam:AttachUserPolicy", **guard), allow("iam:CreatePolicy"))
    found = calls(path for path in paths(shop, "casey", "edit") if may(path))
    assert found[:1] == ([won] if won else [])


def test_an_empty_group_is_joined_and_given_something():
    shop = Shop()
    shop.hire("casey", allow(["iam:AddUserToGroup", "iam:PutGroupPolicy"]))
    shop("iam create-group --group-name Nobody")
    assert ["AddUserToGroup", "PutGroupPolicy"] in calls(
        path for path in paths(shop, "casey") if may(path)
    )


def test_a_password_is_as_long_as_the_account_asks():
    shop = office(allow("iam:CreateLoginProfile"))
    shop(
        "iam update-account-password-policy --minimum-password-length 20 --require-symbols --require-numbers"
    )
    assert ["CreateLoginProfile", "SignIn"] in calls(
        path for path in paths(shop, "casey") if may(path)
    )


PAINTS = [
    (
        "iam:TagUser",
        allow(
            "iam:CreateUser", **only_when("StringEquals", "aws:PrincipalTag/post", "owner")
        ),
    ),
    (
        "iam:TagUser",
        allow(
            "iam:CreateUser",
            **only_when("StringNotEquals", "aws:PrincipalTag/post", "trainee"),
        ),
    ),
    (
        "iam:UntagUser",
        allow("iam:CreateUser", **only_when("Null", "aws:PrincipalTag/Post", "true")),
    ),
]


@pytest.mark.parametrize(("action", "painted"), PAINTS)
def test_a_colour_that_only_a_policy_names_is_painted_on_or_washed_off(
    action: str, painted: str
):
    for held, opened in ((action, True), ("iam:GetUser", False)):
        shop = Shop()
        shop.hire("casey", allow(held), painted)
        shop("iam tag-user --user-name casey --tags Key=post,Value=trainee")
        assert (
            [action.partition(":")[2]] in calls(p for p in paths(shop, "casey") if may(p))
        ) is opened


def test_a_role_repaints_the_badge_of_whoever_took_it():
    shop = Shop()
    shop.hire(
        "casey",
        allow(
            "iam:CreateUser", **only_when("StringEquals", "aws:PrincipalTag/post", "owner")
        ),
    )
    shop.role("Painter", trust(user("casey")), allow("iam:TagUser"))
    found = [path for path in paths(shop, "casey") if may(path)]
    assert (calls(found)[0], found[0].caller) == (
        ["AssumeRole", "TagUser"],
        find_caller(shop.account, "casey"),
    )


def test_a_bucket_is_opened_to_oneself():
    shop = office(allow("s3:PutBucketPolicy"))
    shop("s3api create-bucket --bucket coffeeshop-payroll")
    shop.role("Clerk", trust(user("casey")), allow("s3:PutBucketPolicy"))
    payroll = Request(
        "s3:DeleteObject", "arn:aws:s3:::coffeeshop-payroll/march.csv", account=ID
    )
    found = [path for path in paths(shop, "casey") if may(path, payroll)]
    assert ["PutBucketPolicy"] in calls(found)
    assert ["AssumeRole", "PutBucketPolicy"] in calls(found)


def test_a_queue_is_opened_to_oneself():
    shop = office(allow("sqs:SetQueueAttributes"))
    shop("sqs create-queue --queue-name orders")
    orders = Request("sqs:ReceiveMessage", f"arn:aws:sqs:us-east-1:{ID}:orders", account=ID)
    assert ["SetQueueAttributes"] in calls(
        path for path in paths(shop, "casey") if may(path, orders)
    )


def test_a_bucket_policy_that_denies_is_taken_away():
    shop = office(allow(["s3:DeleteBucketPolicy", "s3:GetObject"]))
    shop("s3api create-bucket --bucket pay")
    assert calls(paths(shop, "casey", "edit")) == [[]]
    closed = {"Principal": "*", **statement("s3:GetObject", "arn:aws:s3:::pay/*", "Deny")}
    shop(f"s3api put-bucket-policy --bucket pay --policy {quote(policy(closed))}")
    pay = Request("s3:GetObject", "arn:aws:s3:::pay/k", account=ID)
    assert calls(path for path in paths(shop, "casey", "edit") if may(path, pay)) == [
        ["DeleteBucketPolicy"]
    ]


def test_many_things_that_can_be_opened_are_opened_one_by_one_and_all_at_once():
    shop = office(allow(["s3:PutBucketPolicy", "sqs:SetQueueAttributes"]))
    for n in range(12):
        shop(f"s3api create-bucket --bucket coffeeshop-b{n}")
        shop(f"sqs create-queue --queue-name q{n}")
    found = paths(shop, "casey", "edit")
    assert sorted(len(path.acts) for path in found) == [0, *[1] * 24, 24]
    assert left_out(shop, "casey") == []


def afterwards(path: Path, asked: Iterable[Request]) -> frozenset[tuple[str, str]]:
    """What somebody may do at the end of a path, with the credential that it won or strengthened."""
    return frozenset((one.action, one.resource) for one in asked if may(path, one))


TWICE = {
    "two buckets, one denying": (
        ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetObject"],
        (),
    ),
    "things and oneself": (
        ["s3:PutBucketPolicy", "sqs:SetQueueAttributes", "iam:PutUserPolicy"],
        (),
    ),
    "things and a group that denies": (
        ["s3:PutBucketPolicy", "iam:RemoveUserFromGroup"],
        ("s3:PutObject",),
    ),
    "things by a role": (["s3:PutBucketPolicy", "sts:AssumeRole"], ("iam:*",)),
}


@pytest.mark.parametrize("what", TWICE)
def test_whatever_two_moves_open_is_opened_on_some_path(what: str):
    actions, denied = TWICE[what]
    shop = office(allow(actions))
    for name in ("pay", "tills"):
        shop(f"s3api create-bucket --bucket {name}")
    closed = {"Principal": "*", **statement("s3:GetObject", "arn:aws:s3:::tills/*", "Deny")}
    shop(f"s3api put-bucket-policy --bucket tills --policy {quote(policy(closed))}")
    shop("sqs create-queue --queue-name orders")
    shop.role("Clerk", trust(user("casey")), allow(["s3:PutBucketPolicy", "s3:PutObject"]))
    shop("iam create-group --group-name Closed")
    if denied:
        shop(
            f"iam put-group-policy --group-name Closed --policy-name no --policy-document {quote(deny(list(denied)))}"
        )
        shop("iam add-user-to-group --group-name Closed --user-name casey")
    asked = [
        *(
            Request(a, f"arn:aws:s3:::{b}/k", account=ID)
            for a in ("s3:GetObject", "s3:PutObject")
            for b in ("pay", "tills")
        ),
        Request("sqs:ReceiveMessage", f"arn:aws:sqs:us-east-1:{ID}:orders", account=ID),
        HIRE,
    ]
    start = Path(
        (),
        shop.account,
        find_caller(shop.account, "casey"),
        held=(find_caller(shop.account, "casey"),),
    )
    once = [
        found for found in search.further_paths(start, shop.at) if isinstance(found, Path)
    ]
    twice = [
        two
        for one in once
        for two in search.further_paths(one, shop.at)
        if isinstance(two, Path)
    ]
    found = [afterwards(path, asked) for path in paths(shop, "casey")]
    assert len({afterwards(path, asked) for path in twice}) > 1
    for path in twice:
        assert any(afterwards(path, asked) <= more for more in found), calls([path])


# ------------------------------------------------------------------------ hire
def test_somebody_new_is_hired_with_whatever_the_calls_let_through():
    shop = office(
        allow(
            ["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"],
            "arn:aws:iam::*:user/staff/*",
        )
    )
    found = [path for path in paths(shop, "casey", "hire") if may(path)]
    assert calls(found) == [["CreateUser", "PutUserPolicy", "CreateAccessKey"]]
    assert found[0].acts[0].call.parameters == {"UserName": "canary", "Path": "/staff/"}


def test_a_hire_joins_a_group_or_is_a_role():
    shop = office(allow(["iam:CreateUser", "iam:AddUserToGroup", "iam:CreateLoginProfile"]))
    assert ["CreateUser", "AddUserToGroup", "CreateLoginProfile", "SignIn"] in calls(
        paths(shop, "casey", "hire")
    )
    shop = office(allow(["iam:CreateRole", "iam:AttachRolePolicy"]))
    found = [path for path in paths(shop, "casey", "hire") if may(path)]
    assert calls(found)[0] == ["CreateRole", "AttachRolePolicy", "AssumeRole"]


def test_a_hire_stays_below_the_boundary_that_the_call_must_set():
    asked = {"StringEquals": {"iam:PermissionsBoundary": local("Ceiling")}}
    shop = office(
        allow(["iam:CreateUser", "iam:PutUserPolicy"], user("staff/*"), Condition=asked),
        allow("iam:CreateAccessKey"),
    )
    shop("iam detach-group-policy --group-name Cashiers --policy-arn " + local("Till"))
    shop(
        f"iam create-policy --policy-name Ceiling --policy-document {quote(allow('sqs:*'))}"
    )
    found = [path for path in paths(shop, "casey", "hire") if path.acts]
    assert {
        act.call.text("PermissionsBoundary") for path in found for act in path.acts[:1]
    } == {local("Ceiling")}
    assert not any(
        may(path, Request("s3:GetObject", "arn:aws:s3:::b/k", account=ID)) for path in found
    )


def test_names_that_nobody_can_read_off_a_policy_are_not_tried():
    shop = office(
        allow(
            ["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"],
            "arn:aws:iam::*:user/${aws:username}/*",
        )
    )
    assert calls(paths(shop, "casey", "hire")) == [[]]


def test_a_canary_that_exists_makes_way_for_another():
    shop = office(
        allow(
            [
                "iam:CreateUser",
                "iam:PutUserPolicy",
                "iam:CreateRole",
                "iam:AttachRolePolicy",
            ]
        )
    )
    shop("iam create-user --user-name canary")
    shop(
        "iam create-role --role-name canary --assume-role-policy-document "
        + quote(trust("arn:aws:iam::444455556666:root"))
    )
    hired = {
        act.call.text("UserName") or act.call.text("RoleName")
        for path in paths(shop, "casey", "hire")
        for act in path.acts
        if act.call.operation.startswith("Create")
    }
    assert hired == {"canary-2"}


def test_the_search_ends():
    shop = office(policy(statement(["iam:AddUserToGroup", "sts:AssumeRole"])))
    for n in range(9):
        shop(f"iam create-group --group-name g{n}")
        shop(
            f"iam put-group-policy --group-name g{n} --policy-name p --policy-document {quote(allow(f'sqs:{n}'))}"
        )
    found = list(reach(shop.account, find_caller(shop.account, "casey"), AT))
    assert len(found) <= 300


def test_a_thiefs_deed_is_a_path_replayed():
    shop = office(allow("iam:PutUserPolicy", user("casey")))
    (_, path, *_) = paths(shop, "casey")
    account = shop.account
    for act in path.acts:
        account = handle(account, act).account
    thief: Caller = path.caller
    assert may(Path((), account, thief))


# ------------------------------------------------------------------------- law
IN = {"Password": "Canary-4-you"}
HERS = [{"UserName": name} for name in ("casey", "robin")]
ALL = {"PolicyDocument": allow("*")}
TRIED: list[tuple[str, list[dict[str, Json]]]] = [
    ("iam:CreateAccessKey", [{**who} for who in HERS]),
    ("iam:CreateLoginProfile", [{**who, **IN} for who in HERS]),
    ("console:SignIn", [{**who, **IN} for who in HERS]),
    (
        "iam:PutUserPolicy",
        [
            {**who, **ALL, "PolicyName": name}
            for who in HERS
            for name in ("p0", "p1", "new")
        ],
    ),
    ("iam:DeleteUserPolicy", [{**who, "PolicyName": "p1"} for who in HERS]),
    (
        "iam:AttachUserPolicy",
        [{**who, "PolicyArn": arn} for who in HERS for arn in (ADMIN, local("Ceiling"))],
    ),
    ("iam:DeleteUserPermissionsBoundary", [{**who} for who in HERS]),
    (
        "iam:PutUserPermissionsBoundary",
        [{**who, "PermissionsBoundary": ADMIN} for who in HERS],
    ),
    (
        "iam:TagUser",
        [{**who, "Tags": ({"Key": "post", "Value": "owner"},)} for who in HERS],
    ),
    ("iam:UntagUser", [{**who, "TagKeys": ("post",)} for who in HERS]),
    ("iam:AddUserToGroup", [{**who, "GroupName": "Staff"} for who in HERS]),
    ("iam:RemoveUserFromGroup", [{**who, "GroupName": "Staff"} for who in HERS]),
    (
        "iam:PutGroupPolicy",
        [{**ALL, "GroupName": "Staff", "PolicyName": name} for name in ("no", "new")],
    ),
    ("iam:DeleteGroupPolicy", [{"GroupName": "Staff", "PolicyName": "no"}]),
    (
        "iam:CreatePolicyVersion",
        [{**ALL, "PolicyArn": local("Ceiling"), "SetAsDefault": True}],
    ),
    ("iam:SetDefaultPolicyVersion", [{"PolicyArn": local("Ceiling"), "VersionId": "v1"}]),
    (
        "iam:UpdateAssumeRolePolicy",
        [{"RoleName": "Safe", "PolicyDocument": trust(user("casey"))}],
    ),
    (
        "iam:PutRolePolicy",
        [{**ALL, "RoleName": name, "PolicyName": "new"} for name in ("Safe", "Till")],
    ),
    (
        "sts:AssumeRole",
        [{"RoleArn": role(name), "RoleSessionName": "canary"} for name in ("Safe", "Till")],
    ),
]
OWNER = only_when("StringEquals", "aws:PrincipalTag/post", "owner")
SHUT = [
    (deny("iam:CreateUser"), allow("iam:CreateUser")),
    (allow("iam:CreateUser", **OWNER),),
    (allow("iam:CreateUser"),),
    (),
]
BOUND = f"iam put-user-permissions-boundary --user-name casey --permissions-boundary {local('Ceiling')}"
JOINED = "iam add-user-to-group --user-name casey --group-name Staff"


def opens_by_any_calls(
    account: Account, held: tuple[Caller, ...], action: str, calls_left: int
) -> bool:
    """Whether some sequence of the calls that an action allows leads to making badges, by sheer trying."""
    if any(may(Path((), account, caller)) for caller in held):
        return True
    # All else is refused.
    tried = [row for row in TRIED if row[0] in {action, "sts:AssumeRole", "console:SignIn"}]
    for caller, (called, choices) in product(held, tried if calls_left else ()):
        service, _, operation = called.partition(":")
        for parameters in choices:
            by = Nobody() if operation == "SignIn" else caller
            outcome = handle(account, Act(AT, by, Call(service, operation, parameters)))
            won = tuple(
                Key(id)
                for id in outcome.account.credentials
                if id not in account.credentials
            )
            if isinstance(outcome.answer, Reply) and opens_by_any_calls(
                outcome.account, (*held, *won), action, calls_left - 1
            ):
                return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize(
    "action", [action for action, _ in TRIED if not action.startswith("console:")]
)
def test_whatever_sheer_trying_opens_is_claimed(action: str):
    shop = Shop()
    shop.hire("robin", allow("iam:CreateUser"))
    shop("iam create-group --group-name Staff")
    shop(
        f"iam put-group-policy --group-name Staff --policy-name no --policy-document {quote(deny('iam:CreateUser'))}"
    )
    shop(f"iam create-policy --policy-name Ceiling --policy-document {quote(allow('*'))}")
    low = quote(allow([action, "sts:*"]))
    shop(
        f"iam create-policy-version --policy-arn {local('Ceiling')} --policy-document {low} --set-as-default"
    )
    shop.role("Till", trust(ROOT), allow(action))
    shop.role("Safe", trust("arn:aws:iam::444455556666:root"), allow("iam:CreateUser"))
    for shut, line in product(SHUT, (BOUND, JOINED, "iam get-user --user-name casey")):
        world = Shop(shop.account)
        world.hire("casey", allow(action), *shut)
        world(line)
        if opens_by_any_calls(
            world.account, (find_caller(world.account, "casey"),), action, 2
        ):
            assert any(may(path) for path in paths(world, "casey")), (shut, line)


def but_nobody(document: str) -> str:
    """A trust policy with a Deny for everybody behind it."""
    said = json.loads(document)
    rows = said["Statement"] if isinstance(said["Statement"], list) else [said["Statement"]]
    said["Statement"] = [
        *rows,
        {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:*"},
    ]
    return json.dumps(said)


WORDS = [f"w{n}" for n in range(13)]
CLAIMED = {
    "StringEquals": {
        "sts:RoleSessionName": WORDS,
        "sts:ExternalId": WORDS,
        "sts:SourceIdentity": WORDS,
    }
}


def test_a_role_that_nobody_can_take_costs_no_budget_however_many_claims_it_asks_for():
    """A decoy with 13 x 13 x 13 claims and a Deny, before a role that is there to be taken."""
    shop = Shop()
    shop.hire("casey", allow("sts:*"))
    shop.role("Aaa", but_nobody(saying({"Condition": CLAIMED})), allow("s3:*"))
    shop.role("Zzz", trust(ROOT), allow("iam:CreateUser"))
    assert any(may(path) for path in paths(shop, "casey"))
    assert left_out(shop, "casey") == []


def test_a_role_with_many_claims_hides_no_other_and_says_what_was_left_out():
    shop = Shop()
    shop.hire("casey", allow("sts:*"))
    shop.role("Aaa", saying({"Condition": CLAIMED}, "sts:SetSourceIdentity"), allow("s3:*"))
    shop.role("Zzz", trust(ROOT), allow("iam:CreateUser"))
    assert any(may(path) for path in paths(shop, "casey"))
    assert left_out(shop, "casey") == [
        "claims: there is more to say when taking a role than can be tried"
    ]


def test_a_session_is_taken_under_the_name_by_which_a_policy_knows_it():
    shop = Shop()
    shop.hire("casey", allow("sts:*"))
    shop.role("Till", trust(ROOT))
    shop.role(
        "Zzz", trust(f"arn:aws:sts::{ID}:assumed-role/Till/boss"), allow("iam:CreateUser")
    )
    assert any(may(path) for path in paths(shop, "casey"))


@pytest.mark.parametrize("roles", [20, 80])
def test_a_chain_of_roles_is_gone_to_its_end_and_each_link_is_played_once(roles: int):
    shop = office(allow("sts:AssumeRole"))
    account, steps = chained(shop, roles), Steps()
    found = list(search.reach(account, find_caller(account, "casey"), shop.at, steps=steps))
    assert {len(path.acts) for path in found if isinstance(path, Path)} == set(
        range(roles + 1)
    )
    assert steps.total_taken < roles * roles * CALL_COST / 4


def test_a_search_is_charged_for_what_bears_on_whom_it_looks_at_and_says_where_it_ends():
    shop = office(allow("sts:AssumeRole"))
    account = chained(shop, 80)
    steps = Steps()
    assert (
        len(
            list(search.reach(account, find_caller(account, "robin"), shop.at, steps=steps))
        )
        == 1
    )
    assert steps.total_taken >= 80 * LAYER_COST
    short = list(
        search.reach(
            account, find_caller(account, "casey"), shop.at, steps=Steps(20 * CALL_COST)
        )
    )
    assert len(short) < 40
    assert isinstance(short[-1], Unfinished)


@pytest.mark.parametrize(
    ("operator", "age", "limits"),
    [
        ("NumericGreaterThan", 129_600, False),
        ("NumericGreaterThanEquals", 259_200, False),
        ("NumericGreaterThan", 129_599, True),
        ("NumericGreaterThan", 3_600, True),
        ("NumericLessThan", 0, False),
        ("NumericLessThan", 1, True),
        ("NumericNotEquals", 7, True),
    ],
)
def test_who_gave_a_code_is_not_limited_by_what_is_said_of_an_age_that_no_code_has(
    operator: str, age: int, *, limits: bool
):
    old = {operator: {"aws:MultiFactorAuthAge": str(age)}}
    rules = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": old},
    ]
    guardrail = parse(json.dumps({"Version": "2012-10-17", "Statement": rules}), Kind.SCP)
    standing = Standing(
        Principal(ROOT, ID, ID, "root"),
        (Layer(Kind.SCP, (guardrail,)),),
        {"aws:MultiFactorAuthPresent": ("true",), "aws:MultiFactorAuthAge": PRESENT},
    )
    assert search.may_do_everything(Shop().account, standing) is not limits


@pytest.mark.parametrize(
    ("rules", "limits"),
    [
        ([("Allow", "iam:*", {}), ("Deny", "*", {"aws:FederatedProvider": "x"})], False),
        ([("Allow", "iam:*", {}), ("Deny", "*", {"aws:PrincipalTag/fired": "y"})], False),
        ([("Allow", "iam:*", {"aws:PrincipalTag/chief": "y"})], True),
        ([("Allow", "*", {}), ("Deny", "*", {"aws:PrincipalArn": ROOT})], True),
    ],
)
def test_what_an_organization_allows_everybody_limits_nobody_in_particular(
    rules: list[tuple[str, str, dict[str, str]]], *, limits: bool
):
    statements = [
        {
            "Effect": effect,
            "Action": action,
            "Resource": "*",
            "Condition": {"StringEquals": condition} if condition else {},
        }
        for effect, action, condition in rules
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    standing = Standing(
        Principal(ROOT, ID, ID, "root"),
        (Layer(Kind.SCP, (parse(text, Kind.SCP),)),),
        {
            "aws:FederatedProvider": None,
            "aws:PrincipalArn": (ROOT,),
            "aws:PrincipalTag/fired": None,
        },
    )
    assert search.may_do_everything(Shop().account, standing) is not limits


@pytest.mark.parametrize(
    ("arn", "asked", "answer"),
    [
        (f"arn:aws:kms:us-east-1:{ID}:key/1", "iam:CreateUser", False),
        (f"arn:aws:kms:us-east-1:{ID}:key/1", "kms:Decrypt", True),
        ("arn:aws:s3:::receipts", "s3:GetObject", True),
        ("arn:aws:s3:::receipts", "sqs:SendMessage", False),
        ("*", "iam:CreateUser", True),  # the resource isn't known
    ],
)
def test_a_resource_policy_that_allows_every_action_does_so_for_its_own_service(
    arn: str, asked: str, answer: bool
):
    text = policy({**statement("*"), "Principal": "*"})
    own = Layer(Kind.RESOURCE, (parse(text, Kind.RESOURCE),), arn)
    casey = Standing(Principal(f"arn:aws:iam::{ID}:user/casey", ID), (own,))
    assert build_powers(Same(casey), ID, AT).may(asked) is answer


def test_the_code_that_an_attacker_brings_is_a_zip_file_with_its_handler():
    shop = kitchen(allow(["iam:PassRole", "lambda:*"]))
    given = [
        act.call.map("Code")["ZipFile"]
        for path in paths(shop, "indra", "pass")
        for act in path.acts
        if act.call.operation == "CreateFunction"
    ]
    with ZipFile(BytesIO(given[0])) as archive:
        assert archive.read("f.py") == b"f=print"
