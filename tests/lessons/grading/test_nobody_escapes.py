"""Whoever can do more than is needed is found: everybody, every session, everything and every moment. Each row once earned
three stars, on top of a right answer.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coffeeshop.account.access.public_access import is_public
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading import trial
from coffeeshop.lessons.grading.grade import grade, judge_trial
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.find import find
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Kind
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import FILES, SCENARIO, folder, keys, played, scenario
from tests.lessons.grading.arbitrary_answers import RIGHT
from tests.lessons.grading.arbitrary_answers import lesson as drawn

pytestmark = pytest.mark.slow
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ROOT = "arn:aws:iam::111122223333:root"


def document(*statements: dict[str, object]) -> str:
    rows = [{"Effect": "Allow", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": rows})


def trust(name: str, *statements: dict[str, object]) -> str:
    rows = ({"Action": "sts:AssumeRole", **statement} for statement in statements)
    return f"aws iam update-assume-role-policy --role-name {name} --policy-document '{document(*rows)}'\n"


def role(name: str, *statements: dict[str, object], holds: str = "") -> str:
    rows = ({"Action": "sts:AssumeRole", **statement} for statement in statements)
    made = f"aws iam create-role --role-name {name} --assume-role-policy-document '{document(*rows)}'\n"
    held = f"aws iam put-role-policy --role-name {name} --policy-name p --policy-document '{holds}'\n"
    return made + (
        held
        if holds
        else f"aws iam attach-role-policy --role-name {name} --policy-arn {ADMINISTRATOR}\n"
    )


def bucket(*statements: dict[str, object], name: str = "coffeeshop-payroll") -> str:
    on = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    text = document(*({"Resource": on, **statement} for statement in statements))
    public = is_public(parse(text, Kind.RESOURCE))  # S3 takes no such policy before
    unblocked = f"aws s3api delete-public-access-block --bucket {name}\n" if public else ""
    return f"{unblocked}aws s3api put-bucket-policy --bucket {name} --policy '{text}'\n"


def put(who: str, *statements: dict[str, object], name: str = "more") -> str:
    return f"aws iam put-user-policy --user-name {who} --policy-name {name} --policy-document '{document(*statements)}'\n"


def hired(name: str) -> str:
    return (
        f"aws iam create-user --user-name {name}\naws iam create-access-key --user-name {name}\n"
        f"aws iam attach-user-policy --user-name {name} --policy-arn {ADMINISTRATOR}\n"
    )


OURS = {"Principal": {"AWS": ROOT}}
EVERYBODY = {"Principal": {"AWS": "*"}}
CODE = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
LATER = "2027-01-01T00:00:00Z"
WEB = {
    "Principal": {"Federated": "accounts.google.com"},
    "Action": "sts:AssumeRoleWithWebIdentity",
}
GITHUB = {
    "Principal": {
        "Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    },
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
        "StringLike": {"token.actions.githubusercontent.com:sub": "repo:someone/*"}
    },
}
THIRTEEN = [f"w{n}" for n in range(13)]
DECOY = role(
    "Aaa-decoy",
    {
        "Principal": {"AWS": "arn:aws:iam::111122223333:user/bo"},
        "Condition": {
            "StringEquals": {
                "sts:RoleSessionName": THIRTEEN,
                "sts:ExternalId": THIRTEEN,
                "sts:SourceIdentity": THIRTEEN,
            }
        },
    },
    {"Effect": "Deny", "Principal": {"AWS": "*"}},
    holds=document({"Action": "s3:GetObject", "Resource": "*"}),
)

BO = {"Principal": {"AWS": "arn:aws:iam::111122223333:user/bo"}}
CASHIER = "arn:aws:iam::111122223333:role/Cashier"
ELSEWHERE = {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}


def named(operator: str, *names: str, **more: dict[str, str]) -> dict[str, object]:
    return {**BO, "Condition": {operator: {"sts:RoleSessionName": names}, **more}}


def gained(name: str, **condition: object) -> str:
    text = document({"Action": "*", "Resource": "*", **condition})
    return f"aws iam put-role-policy --role-name {name} --policy-name gained --policy-document '{text}'\n"


def known_as(pattern: str) -> str:
    return gained("Cashier", Condition={"StringLike": {"aws:userid": pattern}})


def stations(condition: dict[str, object]) -> str:
    roles = [f"arn:aws:iam::111122223333:role/{name}" for name in ("Cashier", "Inventory")]
    text = document({"Action": "sts:AssumeRole", "Resource": roles, "Condition": condition})
    return f"aws iam put-group-policy --group-name Baristas --policy-name stations --policy-document '{text}'\n"


NEW_BRANCH = {
    "StringNotEquals": {"aws:PrincipalTag/branch": ["north", "south"]},
    "Null": {"aws:PrincipalTag/branch": "false"},
}
SHREDDING = document(
    {"Action": "s3:DeleteObject", "Resource": "*", "Condition": NEW_BRANCH}
)
NEW_BRANCHES = f"aws iam put-group-policy --group-name Cashiers --policy-name new --policy-document '{SHREDDING}'\n"


def machine(function: str) -> str:
    """More for the machine's role, in the code of some functions."""
    of_it = {
        "ArnLike": {
            "lambda:SourceFunctionArn": f"arn:aws:lambda:us-east-1:111122223333:function:{function}"
        }
    }
    more = document(
        {
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::coffeeshop-payroll/*",
            "Condition": of_it,
        }
    )
    return f"aws iam put-role-policy --role-name espresso-role --policy-name more --policy-document '{more}'\n"


ESCAPES = {
    "a user called anyone": ("05", hired("anyone"), "excess:user/anyone"),
    "a user called root": ("05", hired("root"), "excess:user/root"),
    "a user called function": ("05", hired("function"), "excess:function"),
    "a user called account": ("05", hired("account"), "excess:account"),
    "a user called newcomer": ("05", hired("newcomer"), "excess:user/newcomer"),
    "a function by its own ARN": ("19", machine("espresso-api"), "excess:function/espresso-api"),
    "a role of Lambda's by the ARN of whatever function": ("19", machine("*"), "excess:role/espresso-role"),
    "a provider without a condition": ("15", trust("Manager", OURS, WEB), "excess:federated/accounts.google.com"),
    "a provider with claims that anyone can have": ("15", trust("Manager", OURS, GITHUB), "excess:federated/"),
    "a stranger with a code": (
        "15",
        trust("Manager", OURS, {"Principal": {"AWS": "999988887777"}, "Condition": CODE}),
        "excess:account/999988887777",
    ),
    "anyone with a code, of whatever account": (
        "15",
        trust("Manager", OURS, {**EVERYBODY, "Condition": CODE}),
        "excess:newcomer",
    ),
    "a colleague of tomorrow with a code": (
        "15",
        trust(
            "Manager",
            OURS,
            {
                **EVERYBODY,
                "Condition": {
                    **CODE,
                    "StringEquals": {"aws:PrincipalAccount": "111122223333"},
                    "StringNotEquals": {"aws:username": ["bo", "casey"]},
                },
            },
        ),
        "excess:newcomer",
    ),
    "a colleague of tomorrow of a certain name": (
        "05",
        bucket({**EVERYBODY, "Action": "s3:GetObject", "Condition": {"StringLike": {"aws:username": "zx*"}}}),
        "excess:newcomer",
    ),
    "a colleague of tomorrow, once at work": ("23", NEW_BRANCHES, "excess:newcomer"),
    "a grant that begins when sessions are issued later": (
        "15",
        put("bo", {"Action": "*", "Resource": "*", "Condition": {"DateGreaterThan": {"aws:TokenIssueTime": LATER}}}),
        "",
    ),
    "a grant that begins on a day": (
        "05",
        put("casey", {"Action": "s3:*", "Resource": "*", "Condition": {"DateGreaterThan": {"aws:CurrentTime": LATER}}}),
        "",
    ),
    "any service, at payroll": (
        "05",
        bucket({**EVERYBODY, "Action": "s3:GetObject", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}}),
        "excess:service",
    ),
    "a service that is named": (
        "05",
        bucket({"Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject"}),
        "excess:service/cloudtrail.amazonaws.com",
    ),
    "a service for anyone's resource": (
        "05",
        bucket(
            {
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Condition": {"StringEquals": {"aws:SourceAccount": "999988887777"}},
            }
        ),
        "excess:service/logging.s3.amazonaws.com",
    ),
    "an account by its canonical id": (
        "05",
        bucket({"Principal": {"CanonicalUser": "a" * 64}, "Action": "s3:GetObject"}),
        "excess:canonical/",
    ),
    "a root user elsewhere": (
        "05",
        bucket({"Principal": {"AWS": "999988887777"}, "Action": "s3:GetObject", "Condition": CODE}),
        "excess:account/999988887777",
    ),
    "another account's queue": (
        "15",
        put("bo", {"Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:999988887777:theirs"}),
        "excess:bo",
    ),
    "another account's table": (
        "15",
        put("bo", {"Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*:99998888777?:table/*"}),
        "excess:bo",
    ),
    "another account's role": (
        "15",
        put("bo", {"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::999988887777:role/x"}),
        "excess:bo",
    ),
    "a decoy of many claims": ("15", DECOY + role("Zzz", {"Principal": {"AWS": "arn:aws:iam::111122223333:user/bo"}}), "bo"),
    "a role that knows a session by its name": (
        "17",
        "aws iam put-role-policy --role-name Cashier --policy-name boss --policy-document '"
        + document({"Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "*:boss"}}})
        + "'\n",
        "excess:bo",
    ),
    "a service by a condition on its name": (
        "05",
        bucket({**EVERYBODY, "Action": "s3:GetObject", "Condition": {"StringEquals": {"aws:PrincipalServiceName": "x.amazonaws.com"}}}),
        "excess:service",
    ),
    "someone who is not signed in, by their id": (
        "05",
        "aws s3api delete-public-access-block --bucket coffeeshop-payroll\n"
        + bucket({**EVERYBODY, "Action": "s3:GetObject", "Condition": {"StringEquals": {"aws:userid": "anonymous"}}}),
        "excess:anyone",
    ),
    "a role that is made tomorrow": (
        "15",
        bucket(
            {
                **EVERYBODY,
                "Action": "s3:GetObject",
                "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/tomorrow"}},
            }
        ),
        "excess:newcomer",
    ),
    "a federated user of another account": (
        "05",
        bucket({"Principal": {"AWS": "arn:aws:sts::999988887777:federated-user/kim"}, "Action": "s3:GetObject"}),
        "excess:account/999988887777/federated-user/kim",
    ),
    "someone of another account by three keys that agree": (
        "05",
        bucket(
            {
                **EVERYBODY,
                "Action": "s3:GetObject",
                "Condition": {
                    "StringEquals": {"aws:PrincipalType": "User", "aws:username": "kim"},
                    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::999988887777:user/*/kim"},
                },
            }
        ),
        "excess:account/999988887777",
    ),
    "a federated user of another account by two keys that agree": (
        "05",
        bucket(
            {
                **EVERYBODY,
                "Action": "s3:GetObject",
                "Condition": {
                    "StringEquals": {"aws:userid": "999988887777:kim", "aws:PrincipalAccount": "999988887777"},
                    "ArnLike": {"aws:PrincipalArn": "arn:aws:sts::999988887777:federated-user/k*"},
                },
            }
        ),
        "excess:account/999988887777",
    ),
    "someone of another account with a code that is old": (
        "05",
        bucket(
            {
                **EVERYBODY,
                "Action": "s3:GetObject",
                "Condition": {**CODE, "NumericGreaterThan": {"aws:MultiFactorAuthAge": "60"}},
            }
        ),
        "excess:account/stranger",
    ),
    "a role of another account that someone vouches for": (
        "05",
        bucket(
            {
                **EVERYBODY,
                "Action": "s3:GetObject",
                "Condition": {"StringEquals": {"aws:PrincipalType": "AssumedRole", "aws:SourceIdentity": "kim"}},
            }
        ),
        "excess:account/stranger",
    ),
    "someone of another organization by id and path": (
        "05",
        bucket(
            {
                **EVERYBODY,
                "Action": "s3:GetObject",
                "Condition": {
                    "StringEquals": {"aws:PrincipalOrgID": "o-aaaa111111"},
                    "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-aaaa111111/*"},
                },
            }
        ),
        "excess:account/stranger",
    ),
    "a name that a trust lets through by its pattern": (
        "17", trust("Cashier", named("StringLike", "bo", "boss*")) + known_as("*:boss-7*"), "excess:bo",
    ),
    "a name that a trust does not rule out": (
        "17", trust("Cashier", named("StringNotLike", "canary", "an*")) + known_as("*:boss-7"), "excess:bo",
    ),
    "a name that the taker's own policies do not rule out": (
        "17", stations({"StringNotLike": {"sts:RoleSessionName": ["another", "x*"]}}) + known_as("*:boss-7"), "excess:bo",
    ),
    "a name by which the role is taken from elsewhere": (
        "17",
        trust("Cashier", named("StringEquals", "bo"), named("StringLike", "boss*", **ELSEWHERE)) + known_as("*:boss-7"),
        "excess:bo",
    ),
    "a role that gains for those who wear it from elsewhere": (
        "15", trust("Manager", {**OURS, "Condition": ELSEWHERE}) + gained("Manager"), "excess:mina",
    ),
    "a role that gains for those who wear it later": (
        "15",
        trust("Manager", {**OURS, "Condition": {"DateGreaterThan": {"aws:CurrentTime": LATER}}}) + gained("Manager"),
        "excess:mina",
    ),
    "a role behind a role that is worn from elsewhere": (
        "15",
        trust("Manager", {**OURS, "Condition": ELSEWHERE})
        + role("Deep", {"Principal": {"AWS": "arn:aws:iam::111122223333:role/Manager"}}),
        "excess:mina",
    ),
    "a bucket that knows a session by its name": (
        "17",
        bucket({"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/Cashier/boss"}, "Action": "s3:GetObject"}),
        "excess:bo",
    ),
}  # fmt: skip


def solved(number: str) -> tuple[Scenario, str]:
    found = course(find(number).name)
    return found, found.solution


@pytest.mark.parametrize("name", ESCAPES)
def test_somebody_who_can_do_more_is_found(name: str):
    number, more, key = ESCAPES[name]
    lesson, right = solved(number)
    play = played(lesson, right + more)
    assert [str(o.answer) for o in play.outcomes if not o.has_succeeded] == []
    report = grade(play)
    assert report.stars <= 1
    beyond = (
        f"excess:{check.subject}"
        for check in report.checks
        if check.kind is CheckKind.EXCESS and check.passed is False
    )
    assert any(key in finding for finding in (*keys(report), *beyond)), keys(report)


# ------------------------------------------------------------------ roles behind roles, by a name
def only_from(name: str, by: str) -> str:
    """A role that trusts another's sessions, of one name."""
    asked = {"StringLike": {"aws:userid": name}}
    return role(
        "Deep",
        {"Principal": {"AWS": f"arn:aws:iam::111122223333:role/{by}"}, "Condition": asked},
    )


MIDDLE = {
    "Principal": {"AWS": CASHIER},
    "Condition": {"StringNotLike": {"sts:RoleSessionName": "c*"}},
}
BEHIND = {
    "a name that the first trust lets through": (
        trust("Cashier", named("StringLike", "bo", "boss*"))
        + only_from("*:boss-7*", "Cashier"),
        True,
    ),
    "a name that the first trust rules out": (
        trust("Cashier", named("StringLike", "bo", "b*x")) + only_from("*:c*", "Cashier"),
        False,
    ),
    "the name of the second of three": (
        trust("Cashier", named("StringLike", "bo"))
        + role("Middle", MIDDLE)
        + only_from("*:night-7", "Middle"),
        True,
    ),
    "a name that the second of three does not have": (
        trust("Cashier", named("StringLike", "bo"))
        + role("Middle", MIDDLE)
        + only_from("*:c-7", "Middle"),
        False,
    ),
}


@pytest.mark.parametrize("what", BEHIND)
def test_a_role_behind_a_role_is_worn_under_whatever_name_leads_there(what: str):
    more, worn = BEHIND[what]
    lesson, right = solved("17")
    badges = {
        held.badge for held in trial.Trial(played(lesson, right + more)).sessions_of("bo")
    }
    assert ("role/Deep" in badges) is worn


# ------------------------------------------------------------------ sessions that live on
LIVE = {
    "a session taken while she was an administrator, though the key is gone": (
        "02",
        "aws iam create-access-key --user-name casey --profile ada@console\n"
        f"aws iam attach-user-policy --user-name casey --policy-arn {ADMINISTRATOR} --profile ada@console\n"
        "aws sts get-session-token --duration-seconds 129600 --profile casey\n"
        "aws iam delete-access-key --user-name casey --access-key-id @key --profile ada@console\n",
        "excess:casey",
    ),
    "a role's session that no one could take now": (
        "15",
        trust("Manager", OURS, {"Principal": {"AWS": "arn:aws:iam::111122223333:user/bo"}})
        + "aws iam create-access-key --user-name bo\n"
        "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Manager --role-session-name left --profile bo\n"
        + trust("Manager", OURS),
        "excess:bo",
    ),
}


LIVE["a session that is called service, of someone who is gone"] = (
    "17",
    "aws iam create-user --user-name kim\naws iam create-access-key --user-name kim\n"
    + put("kim", {"Action": "*", "Resource": "*"})
    + role("Big", OURS)
    + "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Big --role-session-name service --profile kim\n"
    "aws iam delete-user-policy --user-name kim --policy-name more\n"
    "aws iam delete-access-key --user-name kim --access-key-id @key\n"
    "aws iam delete-user --user-name kim\n"
    + trust("Big", {"Principal": {"AWS": "arn:aws:iam::111122223333:user/ada"}}),
    "excess:session/service",
)


@pytest.mark.parametrize("name", LIVE)
def test_a_session_that_lives_on_is_found(name: str):
    number, more, key = LIVE[name]
    lesson, right = solved(number)
    play = played(lesson, right + more)
    assert [str(o.answer) for o in play.outcomes if not o.has_succeeded] == []
    report = grade(play)
    assert report.stars <= 1
    assert any(key in finding for finding in keys(report)), keys(report)


def test_a_bucket_that_knows_a_federated_user_of_a_bystander_is_found(tmp_path: Path):
    lesson = drawn(tmp_path)  # in whose world Robin may sign in federated users
    kim = {
        "Principal": {"AWS": "arn:aws:sts::111122223333:federated-user/kim"},
        "Action": "s3:GetObject",
    }
    assert "excess:robin" not in keys(grade(played(lesson, RIGHT)))
    assert "excess:robin" in keys(grade(played(lesson, RIGHT + bucket(kim))))


# ------------------------------------------------------------------ the age of a code
def of_age(*conditions: tuple[str, str, str]) -> str:
    found: dict[str, dict[str, str]] = {}
    for operator, key, value in conditions:
        found.setdefault(operator, {})[f"aws:{key}"] = value
    return put("casey", {"Action": "s3:DeleteObject", "Resource": "*", "Condition": found})


def older(than: str) -> tuple[str, str, str]:
    return "NumericGreaterThan", "MultiFactorAuthAge", than


AGED = {
    "an hour old": (of_age(older("3600")), ["leak:shred@casey"]),
    "young": (
        of_age(("NumericLessThan", "MultiFactorAuthAge", "60")),
        ["leak:shred@casey"],
    ),
    "older than a day at the console": (of_age(older("50000")), ["leak:shred@casey"]),
    "older than any session": (of_age(older("129600")), []),
    "given before it was asked for": (
        of_age(("NumericLessThan", "MultiFactorAuthAge", "0")),
        [],
    ),
    "an hour old within the first half hour": (
        of_age(older("3600"), ("DateLessThan", "CurrentTime", "2026-03-02T08:30:00Z")),
        [],
    ),
    "an hour old within the second hour": (
        of_age(older("3600"), ("DateLessThan", "CurrentTime", "2026-03-02T10:00:00Z")),
        ["leak:shred@casey"],
    ),
    "young in a session that is old by then": (
        of_age(
            ("NumericLessThan", "MultiFactorAuthAge", "60"),
            ("DateLessThan", "TokenIssueTime", "2026-03-02T10:00:00Z"),
            ("DateGreaterThan", "CurrentTime", "2026-03-02T11:00:00Z"),
        ),
        [],
    ),
}


@pytest.mark.parametrize("what", AGED)
def test_a_code_is_as_old_as_it_can_really_be(what: str, tmp_path: Path):
    more, expected = AGED[what]
    with_a_code = (
        '[[refuse]]\nid = "shred"\nas = "casey"\n',
        '[[refuse]]\nid = "shred"\nas = "casey"\nbadge = "code"\n',
    )
    lesson = scenario(folder(tmp_path, change=with_a_code))
    play = played(lesson, lesson.solution + more)
    assert [str(o.answer) for o in play.outcomes if not o.has_succeeded] == []
    assert keys(grade(play)) == expected


# ------------------------------------------------------------------ sessions by an outside provider
GOOGLE = {"Federated": "accounts.google.com"}
HUB = {
    "Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
}
OKTA = {"Federated": "arn:aws:iam::111122223333:saml-provider/Okta"}
BRANCH = {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:beans/*"}}


def of_provider(
    provider: dict[str, str], asked: dict[str, object] | None = None, *more: str
) -> str:
    """A role that a provider's identities may take, and which holds nothing yet."""
    action = (
        "sts:AssumeRoleWithSAML"
        if "saml" in provider["Federated"]
        else "sts:AssumeRoleWithWebIdentity"
    )
    conditions = {"Condition": asked} if asked else {}
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": provider,
                "Action": [action, *more],
                **conditions,
            }
        ],
    }
    return f"aws iam create-role --role-name Web --assume-role-policy-document '{json.dumps(document)}'\n"


def holding(condition: dict[str, object]) -> str:
    text = document({"Action": "s3:GetObject", "Resource": "*", "Condition": condition})
    return f"aws iam put-role-policy --role-name Web --policy-name p --policy-document '{text}'\n"


SIGNED_IN = {
    "by who signed them in": (of_provider(GOOGLE), {"StringEquals": {"aws:FederatedProvider": "accounts.google.com"}}, True),
    "by another who did not": (of_provider(GOOGLE), {"StringEquals": {"aws:FederatedProvider": "www.amazon.com"}}, False),
    "by a claim of theirs": (of_provider(GOOGLE), {"StringEquals": {"accounts.google.com:sub": "17"}}, True),
    "by a claim of another provider": (of_provider(GOOGLE), {"StringEquals": {"www.amazon.com:user_id": "17"}}, False),
    "by a claim that the trust lets through": (
        of_provider(HUB, BRANCH), {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:beans/till:*"}}, True,
    ),
    "by a claim that the trust rules out": (
        of_provider(HUB, BRANCH), {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:leaves/*"}}, False,
    ),
    "by a claim of SAML": (of_provider(OKTA), {"StringEquals": {"saml:sub": "kim"}}, True),
    "by their name": (of_provider(OKTA), {"StringLike": {"aws:userid": "*:kim"}}, True),
    "by a name that the trust rules out": (
        of_provider(OKTA, {"StringLike": {"sts:RoleSessionName": "staff-*"}}), {"StringLike": {"aws:userid": "*:kim"}}, False,
    ),
    "by a source identity that they may set": (
        of_provider(OKTA, None, "sts:SetSourceIdentity"), {"StringEquals": {"aws:SourceIdentity": "kim"}}, True,
    ),
    "by a source identity that they may not set": (of_provider(OKTA), {"StringEquals": {"aws:SourceIdentity": "kim"}}, False),
    "by a tag that they may give": (
        of_provider(OKTA, None, "sts:TagSession"), {"StringEquals": {"aws:PrincipalTag/team": "till"}}, True,
    ),
    "by a tag that they may not give": (of_provider(OKTA), {"StringEquals": {"aws:PrincipalTag/team": "till"}}, False),
    "by being signed in by no one": (of_provider(OKTA), {"Null": {"aws:FederatedProvider": "true"}}, False),
}  # fmt: skip


@pytest.mark.parametrize("what", SIGNED_IN)
def test_whoever_a_provider_signs_in_is_known(what: str, tmp_path: Path):
    made, condition, found = SIGNED_IN[what]
    lesson = scenario(folder(tmp_path, {**FILES, "world.sh": FILES["world.sh"] + made}))
    play = played(lesson, lesson.solution + holding(condition))
    assert [str(o.answer) for o in play.outcomes if not o.has_succeeded] == []
    assert keys(grade(play)) == (["excess:role/Web"] if found else [])


# ------------------------------------------------------------------ jobs that end
ENDS = {"DateLessThan": {"aws:CurrentTime": LATER}}
AFTER = {
    "Effect": "Deny",
    "Resource": "*",
    "Condition": {"DateGreaterThan": {"aws:CurrentTime": LATER}},
}


def denied(group: str, action: str) -> str:
    text = document({**AFTER, "Action": action})
    return f"aws iam put-group-policy --group-name {group} --policy-name ends --policy-document '{text}'\n"


LAMBDA = {"Principal": {"Service": "lambda.amazonaws.com"}}
ENDING = {
    "the permission to take its role": ("17", stations(ENDS), "job-narrow:till@bo"),
    "the trust of its role": ("17", trust("Cashier", {**OURS, "Condition": ENDS}), "job-narrow:till@bo"),
    "what its first line asks for": ("20", denied("Staff", "iam:CreateVirtualMFADevice"), "job-narrow:enrol@sam"),
    "the role that it hands on": ("26", denied("Developers", "iam:PassRole"), "job-narrow:deploy@indra"),
    "what lets Lambda put on its role": (
        "26", trust("ReportRole", {**LAMBDA, "Condition": ENDS}), "job-narrow:export@function/report-daily",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ENDING)
def test_a_job_that_ends_with_something_it_needs_does_not_work(what: str):
    number, more, key = ENDING[what]
    lesson, right = solved(number)
    report = grade(played(lesson, right + more))
    assert report.stars == 0
    assert key in keys(report)


def test_a_job_of_another_account_that_ends_does_not_work(tmp_path: Path):
    job = """
[[job]]
id = "courier"
as = "account/444455556666"
do = "aws s3api list-objects-v2 --bucket coffeeshop-receipts"
say = "The courier lists the receipts"
"""
    lesson = scenario(folder(tmp_path, {**FILES, "scenario.toml": SCENARIO + job}))
    lets = {
        "Principal": {"AWS": "444455556666"},
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::coffeeshop-receipts",
    }
    right, ended = (
        bucket({**lets, **condition}, name="coffeeshop-receipts")
        for condition in ({}, {"Condition": ENDS})
    )
    assert "job-narrow:courier@account/444455556666" not in keys(
        grade(played(lesson, lesson.solution + right))
    )
    assert "job-narrow:courier@account/444455556666" in keys(
        grade(played(lesson, lesson.solution + ended))
    )


# ------------------------------------------------------------------ answers that take too long to judge
def open_roles(count: int) -> str:
    anybody = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "sts:AssumeRole",
            },
        }
    )
    return "".join(
        f"aws iam create-role --role-name r{n} --assume-role-policy-document '{anybody}'\n"
        for n in range(count)
    )


def test_a_judging_takes_no_more_than_its_steps_and_what_it_leaves_out_is_not_proven(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(trial, "GRADE_STEPS", 100_000)
    lesson, right = solved("15")
    play = played(lesson, right + open_roles(30))
    judging = trial.Trial(play)
    found = judge_trial(judging)
    assert judging.steps.remaining < 1_000
    assert {
        check.subject for check in found if check.kind == "only" and check.passed
    } == set()
    assert any(key.startswith("not-proven:") for key in keys(grade(play)))
