"""Each practice rule: who breaks it, in words, and the play beside it that keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from coffeeshop.account.model import Reply
from coffeeshop.lessons.grading.practice import RULES, rule_sentence
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Offence, Options, Scenario
from coffeeshop.lessons.scenario.find import find
from coffeeshop.policy.comparison.budgets import GRADE_STEPS, StepsError
from tests.lessons.folder import (
    ALL,
    FILES,
    RECEIPTS,
    folder,
    graded,
    keys,
    played,
    policy,
    put,
    scenario,
)

RIGHT = FILES["solution.sh"]
ROOT = "arn:aws:iam::111122223333:root"
KEY = "aws iam create-access-key --user-name casey\n"
LATER = "#@ +91d\nconsole sign-in --root-email owner@coffeeshop.example --password House-blend-1\n"
MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def role(name: str, principal: object, **more: object) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
        **more,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return f"aws iam create-role --role-name {name} --assume-role-policy-document '{document}'\n"


def bucket(
    principal: object, on: str = ALL, actions: tuple[str, ...] = ("s3:GetObject",)
) -> str:
    document = policy(*actions, on=on, Principal=principal)
    unblocked = "aws s3api delete-public-access-block --bucket coffeeshop-receipts\n"
    return f"{unblocked}aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{document}'\n"


def group(document: str, *members: str, name: str = "Tills") -> str:
    joined = "".join(
        f"aws iam add-user-to-group --group-name {name} --user-name {who}\n"
        for who in members
    )
    put_on = f"aws iam put-group-policy --group-name {name} --policy-name p --policy-document '{document}'\n"
    return f"aws iam create-group --group-name {name}\n{put_on}{joined}"


def version(text: str, default: bool = False) -> str:
    flag = "--set-as-default" if default else "--no-set-as-default"
    return f"aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Till {flag} --policy-document '{text}'\n"


def till(text: str) -> str:
    return f"aws iam create-policy --policy-name Till --policy-document '{text}'\n"


SHARED = "".join(
    f"aws iam create-group --group-name {name}\naws iam add-user-to-group --group-name {name} --user-name casey\n"
    f"aws iam attach-group-policy --group-name {name} --policy-arn arn:aws:iam::111122223333:policy/Till\n"
    for name in ("Tills", "Others")
)
CODE = (
    "aws iam create-virtual-mfa-device --virtual-mfa-device-name root --outfile q.png --bootstrap-method QRCodePNG\n"
    "console enroll-root-mfa --serial-number arn:aws:iam::111122223333:mfa/root --authentication-code1 @phone --authentication-code2 @phone+1\n"
)
ALL_BUT_ONE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "NotAction": "aws-portal:*", "Resource": "*"},
    }
)
HALVES = put(
    policy("iam:CreateAccessKey", on="arn:aws:iam::111122223333:user/a*"), name="a"
) + put(
    json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Action": "iam:CreateAccessKey",
                "NotResource": "arn:aws:iam::111122223333:user/a*",
            },
        }
    ),
    name="b",
)
COURIER = {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Courier"}}
PATTERN = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}
BOSS = (
    "aws iam remove-user-from-group --group-name Admins --user-name ada\n"
    + role("Boss", {"AWS": ROOT})
    + f"aws iam attach-role-policy --role-name Boss --policy-arn {ADMIN}\n"
)
PROVIDER = {"Federated": "accounts.google.com"}
WEB = role("Web", PROVIDER, Action="sts:AssumeRoleWithWebIdentity")
WEB_OF_ONE = role(
    "Web",
    PROVIDER,
    Action="sts:AssumeRoleWithWebIdentity",
    Condition={"StringEquals": {"accounts.google.com:aud": "us"}},
)
BLANKET = put(
    policy(
        "*", on="*", effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}
    ),
    name="no",
)
SIX = (
    "dynamodb:GetItem",
    "sqs:ReceiveMessage",
    "iam:ListUsers",
    "ec2:StopInstances",
    "s3:PutObject",
    "s3:DeleteObject",
)
TLS = policy(
    "s3:*",
    on=[RECEIPTS, ALL],
    effect="Deny",
    Principal="*",
    Condition={"Bool": {"aws:SecureTransport": "false"}},
)
ENCRYPTED = f"aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{TLS}'\n"  # takes from root alone
TILL = role("Till", {"AWS": "arn:aws:iam::111122223333:user/casey"})
SIX_NOES = put(policy(*SIX, on="*", effect="Deny"), name="no")
DENY_ALL_ELSE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"},
    }
)
NOT_ACTION = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": ALL},
    }
)
QUEUE = "arn:aws:sqs:us-east-1:111122223333:tickets"  # S3 takes no Allow with NotPrincipal
NOT_PRINCIPAL = f"aws sqs create-queue --queue-name tickets --attributes '{json.dumps({'Policy': policy('sqs:SendMessage', on=QUEUE, NotPrincipal={'AWS': 'arn:aws:iam::444455556666:user/x'})})}'\n"
OLD = policy("s3:GetObject", Principal={"AWS": ROOT}).replace("2012-10-17", "2008-10-17")
SELF = policy("iam:ChangePassword", on="arn:aws:iam::111122223333:user/casey")
GUARDED = put(policy("*", on="*", effect="Deny", Condition=MFA), name="guard")

# rule -> options, what breaks it, what is said of whom; and what keeps it
CASES: list[tuple[str, Options, str, str, str]] = [
    ("root-no-keys", {}, "aws iam create-access-key\n", "the owner: the root user has the access key AKIA", ""),
    ("root-mfa", {}, "", "the owner: the root user can sign in with only a password", CODE),
    ("root-unused", {}, RIGHT, "the owner: the root user made a call after an administrator could sign in (PutUserPolicy)", "console sign-out\n"),
    ("admin-in-group", {}, f"aws iam attach-user-policy --user-name casey --policy-arn {ADMIN}\n", "casey: the policy “AdministratorAccess” is attached to the user casey, not to a group", RIGHT),
    ("admin-mfa", {}, "", "ada: ada can work with an access key alone", f"aws iam put-group-policy --group-name Admins --policy-name code --policy-document '{policy('*', on='*', effect='Deny', Condition=MFA)}'\n"),
    ("no-admin-elsewhere", {}, put(policy("*", on="*")), "casey: statement 1 of policy “receipts” (casey) allows everything", RIGHT),
    ("no-admin-elsewhere", {}, put(policy("iam:*", on="*")), "casey: statement 1 of policy “receipts” (casey) allows everything", put(policy("iam:*", on=ALL))),
    ("individual-users", {}, "aws iam create-user --user-name shared\naws iam create-access-key --user-name shared\n", "shared: shared still has a password or an active key, and is no one in the story", "aws iam create-user --user-name shared\n"),
    ("individual-users", {}, "aws iam create-user --user-name shared\naws iam create-login-profile --user-name shared --password Ristretto-1-2-3\n", "shared: shared still has a password", KEY),
    ("one-active-key", {}, KEY + KEY, "casey: casey has two working keys", KEY),
    ("key-age", {"days": 90}, KEY + LATER, "casey: casey's key AKIA", KEY + LATER.replace("91d", "89d")),
    ("no-unused-credentials", {"days": 90}, KEY + LATER, "casey: no one used casey's key AKIA", KEY + LATER + "aws sts get-caller-identity --profile casey\n"),
    ("no-unused-credentials", {}, "aws iam create-login-profile --user-name casey --password Ristretto-1-2-3\n" + LATER, "casey: no one used casey's password for 91 days", ""),
    ("leavers-gone", {"who": ["casey", "robin"]}, "", "casey: the user casey is still there", "aws iam delete-user --user-name casey\n"),
    ("no-machine-users", {}, "", "robot: robot is a machine, but has an IAM user", "aws iam delete-user --user-name robot\n"),
    ("no-direct-user-policies", {}, RIGHT, "casey: the user casey has a policy of their own, “receipts”", group(policy("s3:GetObject"), "casey")),
    ("no-direct-user-policies", {}, bucket({"AWS": "arn:aws:iam::111122223333:user/casey"}), "casey: statement 1 of the bucket policy", put(policy("s3:*", on="*", effect="Deny"))),
    ("said-once", {}, group(policy("s3:Get*"), "casey") + group(policy("s3:GetObject"), "casey", name="Others"), "group Others: statement 1 of policy “p” (group Others) repeats what group Tills gives", till(policy("s3:GetObject")) + SHARED),
    ("said-once", {}, group(policy("s3:GetObject"), "casey") + group(policy("s3:GetObject"), "casey", name="Others"), "group Others: statement 1 of policy “p” (group Others) repeats what group Tills gives", group(policy("s3:GetObject"), "casey") + group(policy("s3:PutObject"), "casey", name="Others")),
    ("no-wildcard-action", {}, put(policy("s3:Get*")), "casey: statement 1 of policy “receipts” (casey) says s3:Get*", RIGHT),
    ("no-wildcard-action", {}, put(NOT_ACTION), "casey: statement 1 of policy “receipts” (casey) says NotAction", put(policy("s3:*", on="*", effect="Deny"))),
    ("no-wildcard-action", {}, group(policy("s3:Get?bject"), "casey"), "group Tills: statement 1 of policy “p” (group Tills) says s3:Get?bject", group(policy("s3:Get*"))),
    ("no-wildcard-action", {}, role("Till", {"AWS": ROOT}) + f"aws iam put-role-policy --role-name Till --policy-name p --policy-document '{policy('s3:*')}'\n", "role Till: statement 1 of policy “p” (role Till) says s3:*", f"aws iam attach-user-policy --user-name casey --policy-arn {ADMIN}\n"),
    ("no-unknown-actions", {}, put(policy("s3:ListObject")), "casey: statement 1 of policy “receipts” (casey) says s3:ListObject, which isn't an IAM action", put(policy("s3:Lis*"))),
    ("named-principals", {}, bucket("*"), "statement 1 of the bucket policy (arn:aws:s3:::coffeeshop-receipts) names *", bucket({"AWS": ROOT})),
    ("named-principals", {}, bucket({"AWS": "444455556666"}), "names 444455556666", bucket({"AWS": "arn:aws:iam::444455556666:role/Courier"})),
    ("named-principals", {}, role("Till", {"AWS": "444455556666"}, Condition=PATTERN), "names 444455556666", role("Till", {"AWS": "444455556666"}, Condition=COURIER)),
    ("named-principals", {}, role("Till", {"AWS": "444455556666"}, Condition={"ForAllValues:ArnEquals": COURIER["ArnEquals"]}), "names 444455556666", role("Till", {"AWS": "444455556666"}, Condition={"ForAnyValue:ArnEquals": COURIER["ArnEquals"]})),
    ("named-principals", {}, NOT_PRINCIPAL, "names NotPrincipal", RIGHT),
    ("named-principals", {}, role("Till", {"AWS": "arn:aws:iam::444455556666:root"}), "the trust policy of the role Till: statement 1 of the trust policy of the role Till names arn:aws:iam::444455556666:root", role("Till", {"AWS": ROOT})),
    ("no-idle-grants", {}, RIGHT + put(policy("s3:ListBucket", on=RECEIPTS), name="idle"), "casey: no job uses statement 1 of policy “idle” (casey)", RIGHT),
    ("no-idle-grants", {}, put(policy("s3:GetObject", on=f"{RECEIPTS}/2025/*")) + put(policy("s3:GetObject"), name="all"), "casey: no job uses statement 1 of policy “receipts” (casey)", ""),
    ("no-blanket-deny", {}, put(policy("*", on="*", effect="Deny")), "casey: statement 1 of policy “receipts” (casey) denies requests that nothing allows", RIGHT + BLANKET),
    ("no-blanket-deny", {}, put(DENY_ALL_ELSE), "casey: statement 1 of policy “receipts” (casey) denies requests that nothing allows", put(policy("s3:*")) + put(policy("s3:DeleteObject", effect="Deny"), name="no")),
    ("no-blanket-deny", {}, RIGHT + SIX_NOES, "casey: statement 1 of policy “no” (casey) denies requests that nothing allows", put(policy("s3:*", on="*")) + SIX_NOES),
    ("no-blanket-deny", {}, group(policy("s3:GetObject"), "casey") + group(policy("s3:PutObject", effect="Deny"), "casey", name="Noes"), "group Noes: statement 1 of policy “p” (group Noes) denies requests that nothing allows", group(policy("s3:Get*"), "casey") + group(policy("s3:GetObjectAcl", effect="Deny"), "casey", name="Noes")),
    ("no-blanket-deny", {}, TILL + f"aws iam put-role-policy --role-name Till --policy-name p --policy-document '{policy('s3:PutObject', effect='Deny')}'\n", "role Till: statement 1 of policy “p” (role Till) denies requests that nothing allows", ENCRYPTED),
    ("explicit-no", {}, RIGHT, "casey: “Casey shreds a receipt” is refused only because nothing allows it", put(policy("s3:DeleteObject", effect="Deny"))),
    ("no-dead-principals", {}, "aws iam create-user --user-name robin\n" + role("Till", {"AWS": "arn:aws:iam::111122223333:user/robin"}) + "aws iam delete-user --user-name robin\n", "the trust policy of the role Till: statement 1 of the trust policy of the role Till names AIDA", role("Till", {"AWS": "arn:aws:iam::111122223333:user/casey"})),
    ("no-sleeping-versions", {}, till(policy("s3:GetObject")) + version(policy("s3:*")), "Till: version v2 of Till allows more than its default", till(policy("s3:*")) + version(policy("s3:GetObject"))),
    ("session-fits-shift", {"role": "Till", "hours": 4}, role("Till", {"AWS": ROOT}) + "aws iam update-role --role-name Till --max-session-duration 18000\n", "Till: Till allows sessions of 5 hours", role("Till", {"AWS": ROOT})),
    ("session-fits-shift", {"role": "Till", "hours": 8}, role("Till", {"AWS": ROOT}), "Till: Till allows sessions of 1 hours", role("Till", {"AWS": ROOT}) + "aws iam update-role --role-name Till --max-session-duration 28800\n"),
    ("session-fits-shift", {"role": "Till", "hours": 1}, "", "Till: there is no role Till", role("Till", {"AWS": ROOT})),
    ("leavers-gone", {"who": ["casey"]}, "aws iam update-user --user-name casey --new-user-name cassie\n", "casey: the user casey is still there, now called cassie", "aws iam delete-user --user-name casey\n"),
    ("no-machine-users", {}, "aws iam update-user --user-name robot --new-user-name human\n", "robot: robot is a machine, but has an IAM user", "aws iam delete-user --user-name robot\n"),
    ("admin-in-group", {}, put(policy("*:*", on="*")), "casey: the policy “receipts” is attached to the user casey, not to a group", RIGHT),
    ("admin-in-group", {}, put(ALL_BUT_ONE), "casey: the policy “receipts” is attached to the user casey, not to a group", RIGHT),
    ("admin-in-group", {}, HALVES, "casey: several policies are attached to the user casey", RIGHT),
    ("no-admin-elsewhere", {}, HALVES, "casey: the policies of casey together allow everything", RIGHT),
    ("no-admin-elsewhere", {}, f"aws iam attach-user-policy --user-name casey --policy-arn {ADMIN}\n", "casey: statement 1 of policy “AdministratorAccess” (casey) allows everything", RIGHT),
    ("admin-in-group", {}, put(policy("*", on="*")) + put(policy("iam:GetAccountSummary", on="*", effect="Deny"), name="no"), "casey: the policy “receipts” is attached to the user casey, not to a group", put(policy("iam:Get*", on="*"))),
    ("no-admin-elsewhere", {}, put(policy("iam:AttachUserPolicy", on="*")), "casey: statement 1 of policy “receipts” (casey) allows everything", put(policy("iam:AttachUserPolicy", on="arn:aws:iam::111122223333:user/staff/*"))),
    ("no-direct-user-policies", {}, bucket({"AWS": ROOT}).replace('"Principal"', '"Condition": {"StringLike": {"aws:username": "casey"}}, "Principal"'), "casey: statement 1 of the bucket policy", bucket({"AWS": ROOT}).replace('"Principal"', '"Condition": {"StringNotLike": {"aws:username": "casey"}}, "Principal"')),
    ("no-unknown-actions", {}, put(policy("s3:GetObjekt*")), "casey: statement 1 of policy “receipts” (casey) says s3:GetObjekt*, which isn't an IAM action", put(policy("s3:ListBucket*", on="arn:aws:s3:::coffeeshop-receipts"))),
    ("no-unknown-actions", {}, put(policy("s3:GetObject", "s3:ListBucket")), "casey: statement 1 of policy “receipts” (casey) says s3:ListBucket, which acts on none of its resources", put(policy("s3:GetObject", "s3:ListBucket", on=["arn:aws:s3:::coffeeshop-receipts", ALL]))),
    ("no-unknown-actions", {}, put(policy("s3:DeleteBucket", effect="Deny")), "casey: statement 1 of policy “receipts” (casey) says s3:DeleteBucket, which acts on none of its resources", put(policy("s3:DeleteObject", effect="Deny"))),
    ("no-sleeping-versions", {}, till(policy("s3:DeleteObject", effect="Deny")) + version(policy("s3:DeleteBucket", effect="Deny")), "Till: version v2 of Till allows more than its default", till(policy("s3:DeleteObject", effect="Deny")) + version(policy("s3:Delete*", effect="Deny"))),
    ("explicit-no", {}, put(policy("s3:DeleteObject", effect="Deny", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})), "casey: “Casey shreds a receipt” is denied explicitly only for some requests", put(policy("s3:DeleteObject", effect="Deny", Condition={"StringNotLike": {"aws:username": "ada"}}))),
    ("explicit-no", {}, put(policy("s3:DeleteObject", effect="Deny", Condition={"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}})), "casey: “Casey shreds a receipt” is denied explicitly only for some requests", bucket("*", actions=("s3:DeleteObject",)).replace("Allow", "Deny")),
    ("no-dead-principals", {}, "aws iam delete-user --user-name robot\n" + group(policy("s3:GetObject", Condition={"StringEquals": {"aws:username": "robot"}})), "group Tills: statement 1 of policy “p” (group Tills) names robot, who is gone", group(policy("s3:GetObject", Condition={"StringEquals": {"aws:username": "robot"}}))),
    ("named-principals", {}, WEB, "names accounts.google.com", WEB_OF_ONE),
    ("an-administrator-remains", {}, "aws iam remove-user-from-group --group-name Admins --user-name ada\n", "the owner: only the root user can administer the account", RIGHT),
    ("an-administrator-remains", {}, "aws iam put-user-policy --user-name ada --policy-name no --policy-document '" + policy("iam:*", on="*", effect="Deny") + "'\n", "the owner: only the root user can administer the account", RIGHT),
    ("an-administrator-remains", {}, BOSS, "the owner: only the root user can administer the account", BOSS + put(policy("sts:AssumeRole", on="arn:aws:iam::111122223333:role/Boss")).replace("casey", "ada")),
    ("admin-in-group", {}, BOSS + put(policy("sts:AssumeRole", on="arn:aws:iam::111122223333:role/Boss")), "casey: the role Boss, which can do everything, can be assumed by casey without a group", BOSS),
    ("mfa-required", {"who": "casey"}, RIGHT, "casey: casey can work with an access key alone", RIGHT + GUARDED),
    ("mfa-required", {"who": ["casey"]}, RIGHT + put(policy("*", on="*", effect="Deny", Condition={"Null": {"aws:MultiFactorAuthPresent": "true"}}), name="guard"), "casey: casey can work with the password alone", put(SELF)),
    ("current-version", {}, f"aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{OLD}'\n", "the policy of arn:aws:s3:::coffeeshop-receipts does not say Version 2012-10-17", bucket({"AWS": ROOT})),
]  # fmt: skip


def lesson_of(below: Path, refusal: str) -> Scenario:
    """The small scenario with the owner at the desk, a machine in the cast, and a refusal of that kind."""
    return scenario(
        folder(
            below,
            {
                **FILES,
                "world.sh": FILES["world.sh"] + "aws iam create-user --user-name robot\n",
            },
            a=("[people]", 'desk = ["root"]\n\n[people]'),
            b=('admins = ["ada"]', 'admins = ["ada"]\nmachines = ["robot"]'),
            c=('id = "shred"', f'id = "shred"\nkind = "{refusal}"'),
        )
    )


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return lesson_of(tmp_path_factory.mktemp("any"), "any")


@pytest.fixture(scope="module")
def explicit(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Shredding should be denied in words."""
    return lesson_of(tmp_path_factory.mktemp("explicit"), "explicit")


def offences(lesson: Scenario, rule: str, options: Options, script: str) -> list[Offence]:
    play = played(lesson, script)
    refused = [outcome.answer for outcome in play.outcomes if not outcome.has_succeeded]
    assert refused == [], refused
    return [*RULES[rule].offences(Trial(play), options)]


@pytest.mark.parametrize(
    ("rule", "options", "broken", "said", "kept"),
    CASES,
    ids=[f"{n} {rule}" for n, (rule, *_) in enumerate(CASES)],
)
def test_a_rule_names_who_breaks_it_and_nobody_where_it_is_kept(
    lesson: Scenario,
    explicit: Scenario,
    rule: str,
    options: Options,
    broken: str,
    said: str,
    kept: str,
):
    lesson = explicit if rule == "explicit-no" else lesson
    found = [
        f"{offence.who}: {offence.text}"
        for offence in offences(lesson, rule, options, broken)
    ]
    assert any(said in text for text in found), found
    before = {offence.text for offence in offences(lesson, rule, options, kept)}
    assert not any((said.partition(": ")[2] or said) in text for text in before), before


def test_every_rule_has_a_case():
    # What `given-by` asks stands in a job: tests/lessons/grading/test_given_by.py.
    # A permission set needs Identity Center: tests/lessons/grading/test_workforce.py.
    others = {
        "given-by",
        "provisioned",
        "keys-stay",
        "leaked-keys-deleted",
        "boundaries-stay",
    }
    assert {rule for rule, *_ in CASES} == set(RULES) - others


ALL_OF_SQS = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
BOUNDARY = "arn:aws:iam::111122223333:policy/BoardBoundary"
DETACHED = "aws iam delete-role-permissions-boundary --role-name OrderBoard\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (DETACHED, "had the boundary BoardBoundary"),
        (
            f"aws iam create-policy-version --policy-arn {BOUNDARY} --policy-document '{ALL_OF_SQS}' --set-as-default\n",
            "allows everything",
        ),
        (
            "aws iam put-role-permissions-boundary --role-name OrderBoard --permissions-boundary arn:aws:iam::aws:policy/AmazonSQSFullAccess\n",
            "had the boundary BoardBoundary",
        ),
    ],
)
def test_a_boundary_stays_even_if_the_same_is_allowed_without_it(more: str, said: str):
    lesson = scenario(find("39"))
    narrow = lesson.text("policies/three-sends.json").replace("\n", " ").replace("'", "")
    without = (
        "aws iam detach-role-policy --role-name OrderBoard --policy-arn arn:aws:iam::aws:policy/AmazonSQSFullAccess\n"
        f"aws iam put-role-policy --role-name OrderBoard --policy-name sends --policy-document '{narrow}'\n"
    )
    report = graded(lesson, lesson.solution + without + more)
    assert keys(report) == ["practice:boundaries-stay"]
    (found,) = offences(lesson, "boundaries-stay", {}, lesson.solution + without + more)
    assert (found.who, found.text.endswith(said)) == ("OrderBoard", True)
    again = f"aws iam put-role-permissions-boundary --role-name OrderBoard --permissions-boundary {BOUNDARY}\n"
    assert not offences(lesson, "boundaries-stay", {}, lesson.solution + DETACHED + again)


def test_every_key_stays_but_the_one_that_somebody_else_has():
    lesson = scenario(find("42"))
    assert not offences(lesson, "keys-stay", {}, lesson.solution)
    switch = "aws iam update-access-key --user-name mina --access-key-id @key --status "
    (found,) = offences(lesson, "keys-stay", {}, f"{switch}Inactive\n")
    assert (found.who, found.text.endswith("doesn't work any more")) == ("mina", True)
    assert not offences(lesson, "keys-stay", {}, f"{switch}Inactive\n{switch}Active\n")
    renewed = "aws iam delete-access-key --user-name robin --access-key-id @key\naws iam create-access-key --user-name robin\n"
    (found,) = offences(lesson, "keys-stay", {}, renewed)
    assert found.who == "robin"


def test_a_key_that_somebody_else_has_is_deleted_and_not_only_inactive():
    lesson = scenario(find("42"))
    rule = "leaked-keys-deleted"
    assert not offences(lesson, rule, {}, lesson.solution)
    stolen = "--user-name kiosk --access-key-id @key:2"
    off = f"aws iam update-access-key {stolen} --status Inactive\n"
    (found,) = offences(lesson, rule, {}, off)
    assert (found.who, found.text.endswith("is inactive, not deleted")) == ("kiosk", True)
    assert not offences(lesson, rule, {}, f"{off}aws iam delete-access-key {stolen}\n")


def test_an_offence_against_form_cites_its_statement(lesson: Scenario):
    (found,) = offences(lesson, "no-wildcard-action", {}, put(policy("s3:Get*")))
    assert found.by is not None
    assert (found.by.policy.name, found.by.statement.actions.values) == (
        "receipts",
        ("s3:Get*",),
    )


def test_what_a_role_holds_is_in_force_where_the_shop_asks_something_of_it_or_it_was_changed():
    wide = policy("s3:Get*", on="arn:aws:s3:::coffeeshop-orders-export/*")
    put_on = f"aws iam put-role-policy --role-name %s --policy-name export --policy-document '{wide}'\n"
    lesson = scenario(find("26"))
    (found,) = offences(lesson, "no-wildcard-action", {}, put_on % "ReportRole")
    assert found.text == "statement 1 of policy “export” (role ReportRole) says s3:Get*"
    # Which nobody asks about.
    (changed,) = offences(lesson, "no-wildcard-action", {}, put_on % "ReportPayroll")
    assert (
        changed.text == "statement 1 of policy “export” (role ReportPayroll) says s3:Get*"
    )


def test_a_rule_is_read_with_its_options_filled_in():
    assert rule_sentence("key-age", {"days": 90}) == "No access key is older than 90 days"
    assert (
        rule_sentence("leavers-gone", {"who": ["robin", "sam"]})
        == "These users are deleted: robin, sam"
    )
    assert (
        rule_sentence("session-fits-shift", {"role": "Till", "hours": 8})
        == "A session as Till can last 8 hours, not longer"
    )


def key_of(lesson: Scenario, script: str) -> str:
    """The id of the access key that a script makes last; the same whenever it is played."""
    answer = played(lesson, script).outcomes[-1].answer
    assert isinstance(answer, Reply)
    made = answer.body["AccessKey"]
    assert isinstance(made, Mapping)
    return str(made["AccessKeyId"])


def test_what_only_the_owner_can_do_is_no_use_of_the_owners_badge(lesson: Scenario):
    key = "aws iam create-access-key\n"
    gone = f"aws iam delete-access-key --access-key-id {key_of(lesson, key)}\n"
    listed = "aws iam list-access-keys\n"
    (found,) = offences(lesson, "root-unused", {}, key + listed + gone)
    assert (
        "made a call after an administrator could sign in (CreateAccessKey)" in found.text
    )
    (found,) = offences(
        lesson, "root-unused", {}, "aws iam list-access-keys --user-name ada\n"
    )
    assert "(ListAccessKeys)" in found.text


def test_a_machine_whose_settings_hold_a_key_is_told(lesson: Scenario):
    settings = "aws lambda update-function-configuration --function-name espresso-api --environment Variables={KEY=id:%s:x}\n"
    (_, found) = offences(
        lesson, "no-machine-users", {}, KEY + settings % key_of(lesson, KEY)
    )
    assert (found.who, found.text) == (
        "espresso-api",
        "the settings of espresso-api hold an access key",
    )
    assert [
        offence.who
        for offence in offences(lesson, "no-machine-users", {}, settings % "today")
    ] == ["robot"]


def test_a_blanket_deny_that_an_explicit_refusal_rests_on_is_no_offence(explicit: Scenario):
    blanket = put(policy("*", on="*", effect="Deny"), name="no")
    assert offences(explicit, "no-blanket-deny", {}, blanket) == []
    narrow = put(policy("s3:DeleteObject", effect="Deny"), name="shred")
    assert [
        offence.who
        for offence in offences(explicit, "no-blanket-deny", {}, blanket + narrow)
    ] == ["casey"]


def test_a_grant_that_a_job_covers_more_by_is_not_idle(lesson: Scenario):
    last_year = put(policy("s3:GetObject", on=f"{RECEIPTS}/2025/*"), name="past")
    found = offences(lesson, "no-idle-grants", {}, RIGHT + last_year)
    assert [offence.text for offence in found] == [
        "no job uses statement 1 of policy “past” (casey)"
    ]


def test_of_two_grants_that_a_job_uses_neither_is_idle_for_the_other_s_sake(
    lesson: Scenario,
):
    for resource in (ALL, f"{RECEIPTS}/2026/03/0412.json"):
        again = put(policy("s3:GetObject", on=resource), name="again")
        assert offences(lesson, "no-idle-grants", {}, RIGHT + again) == []


def test_whoever_has_a_job_as_a_whole_may_be_named_so(tmp_path: Path):
    files = FILES["scenario.toml"].replace(
        "[[refuse]]",
        '[[job]]\nid = "all"\nas = "account/777788889999"\nsay = "Everybody there"\ndo = "aws s3api list-objects-v2 --bucket coffeeshop-receipts"\n\n[[refuse]]',
    )
    lesson = scenario(folder(tmp_path, {**FILES, "scenario.toml": files}))
    theirs, others = (
        {"AWS": id} for id in ("arn:aws:iam::777788889999:root", "444455556666")
    )
    assert offences(lesson, "named-principals", {}, bucket(theirs)) == []
    assert [o.text for o in offences(lesson, "named-principals", {}, bucket(others))] == [
        "statement 1 of the bucket policy (arn:aws:s3:::coffeeshop-receipts) names 444455556666"
    ]


def test_what_a_group_says_of_a_role_is_not_idle_for_the_trust_s_sake():
    lesson = scenario(find("17"))
    named = {"AWS": "arn:aws:iam::111122223333:user/bo"}
    trusts = "".join(
        role(name, named)
        .replace("create-role", "update-assume-role-policy")
        .replace("--assume-role-policy-", "--policy-")
        for name in ("Cashier", "Inventory")
    )
    assert offences(lesson, "no-idle-grants", {}, lesson.solution + trusts) == []
    alone = (
        "aws iam delete-group-policy --group-name Baristas --policy-name stations\n"
        + trusts
    )
    assert offences(lesson, "no-idle-grants", {}, alone) == []


def test_a_word_beside_another_that_says_as_much_is_no_idle_one(lesson: Scenario):
    assert (
        offences(
            lesson,
            "no-idle-grants",
            {},
            put(policy("s3:GetObject", on=[ALL, f"{RECEIPTS}/2026/*"])),
        )
        == []
    )
    recipes = "arn:aws:s3:::coffeeshop-recipes/*"
    (found,) = offences(
        lesson, "no-idle-grants", {}, put(policy("s3:GetObject", on=[ALL, recipes]))
    )
    assert (
        found.text
        == f"statement 1 of policy “receipts” (casey) says {recipes}, which no job uses"
    )


def test_where_the_steps_are_spent_no_grant_is_said_to_be_idle_or_in_use(lesson: Scenario):
    last_year = put(policy("s3:GetObject", on=f"{RECEIPTS}/2025/*"), name="past")
    for lines, said in (
        (
            put(policy("s3:GetObject", on=[ALL, f"{RECEIPTS}/2026/*"])),
            f"{ALL} in statement 1 of policy “receipts” (casey)",
        ),
        (RIGHT + last_year, "statement 1 of policy “past” (casey)"),
    ):
        trial = Trial(played(lesson, lines))
        trial.steps.spend(GRADE_STEPS)
        told = [offence.text for offence in RULES["no-idle-grants"].offences(trial, {})]
        assert f"no one could prove that a job needs {said}: {StepsError()}" in told
        assert all(text.endswith(str(StepsError())) for text in told)


def test_where_the_steps_are_spent_no_deny_is_blanket_or_in_use_and_nobody_works_without_a_code(
    lesson: Scenario,
):
    blanket = put(
        policy("s3:DeleteObject", on="arn:aws:s3:::elsewhere/*", effect="Deny"),
        name="never",
    )
    trial = Trial(played(lesson, RIGHT + blanket))
    trial.steps.spend(GRADE_STEPS)
    for rule, options, said in (
        (
            "no-blanket-deny",
            {},
            "that statement 1 of policy “never” (casey) denies anything",
        ),
        (
            "mfa-required",
            {"who": ["casey"]},
            "that casey can do nothing with an access key alone",
        ),
    ):
        told = [offence.text for offence in RULES[rule].offences(trial, options)]
        assert f"no one could prove {said}: {StepsError()}" in told, told


def test_while_no_job_works_every_grant_is_idle(tmp_path: Path):
    lesson = scenario(folder(tmp_path, a=(f'covers = "{ALL}"\n', "")))
    found = offences(
        lesson, "no-idle-grants", {}, put(policy("s3:ListBucket", on=RECEIPTS))
    )
    assert [offence.text for offence in found] == [
        "no job uses statement 1 of policy “receipts” (casey)"
    ]
    assert offences(lesson, "no-idle-grants", {}, put(policy("s3:GetObject"))) == []


def test_a_grant_for_a_session_that_has_ended_is_idle(tmp_path: Path):
    table = "arn:aws:dynamodb:us-east-1:111122223333:table/Register"
    late = (
        '[[job]]\nid = "till"\nas = "casey"\nvia = "Till"\nused = "+2h"\nsay = "Casey writes every sale"\n'
        f"""covers = "{table}"\ndo = \'\'\'aws dynamodb put-item --table-name Register --item '{{"sale": {{"S": "1"}}}}'\'\'\'\n\n[[job]]"""
    )
    lesson = scenario(folder(tmp_path, change=("[[job]]", late)))
    worn = role("Till", {"AWS": "arn:aws:iam::111122223333:user/casey"})
    task = f"aws iam put-role-policy --role-name Till --policy-name t --policy-document '{policy('dynamodb:PutItem', on=table)}'\n"
    found = offences(lesson, "no-idle-grants", {}, RIGHT + worn + task)
    assert [offence.text for offence in found] == [
        "no job uses statement 1 of policy “t” (role Till)"
    ]


# ------------------------------------------------------------------ who is named
@pytest.mark.parametrize(
    ("operator", "key", "value", "named"),
    [
        ("StringEquals", "aws:username", "casey", True),
        ("StringEqualsIgnoreCase", "aws:username", "CASEY", True),
        ("StringLike", "aws:username", "case?", True),
        ("StringLike", "aws:username", "?????", True),
        ("StringLikeIfExists", "aws:username", "c*", True),
        ("ForAnyValue:StringLike", "aws:PrincipalArn", "*/casey", True),
        ("ArnLike", "aws:PrincipalArn", "arn:*:iam::*:user/case?", True),
        ("StringLike", "aws:username", "*", False),
        ("StringLike", "aws:userid", "AIDA*", False),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/*", False),
        ("StringNotLike", "aws:username", "case?", False),
        ("StringEquals", "aws:username", "CASEY", False),
        ("StringEquals", "s3:prefix", "casey", False),
    ],
)
def test_a_user_is_named_by_whatever_fits_one_name(
    lesson: Scenario, operator: str, key: str, value: str, named: bool
):
    text = group(policy("s3:GetObject", Condition={operator: {key: value}}), "casey")
    found = offences(lesson, "no-direct-user-policies", {}, text)
    assert ("casey" in {offence.who for offence in found}) is named


@pytest.mark.parametrize(
    "principal", [{"AWS": "444455556666"}, {"Service": "cloudtrail.amazonaws.com"}]
)
def test_a_principal_names_no_user_who_is_only_called_so(
    lesson: Scenario, principal: dict[str, str]
):
    (name,) = principal.values()
    text = f"aws iam create-user --user-name {name}\n{bucket(principal)}"
    assert offences(lesson, "no-direct-user-policies", {}, text) == []


@pytest.mark.parametrize(
    ("operator", "value", "named"),
    [
        ("StringLike", "robo?", True),
        ("StringEqualsIgnoreCase", "ROBOT", True),
        ("StringNotLike", "robo?", True),
        ("StringLike", "*", False),
        ("StringLike", "[rc]*", False),
        ("StringLike", "?????", False),
    ],
)
def test_somebody_who_is_gone_is_named_by_whatever_fits_nobody_else(
    lesson: Scenario, operator: str, value: str, named: bool
):
    condition = {operator: {"aws:username": value}}
    text = "aws iam delete-user --user-name robot\n" + group(
        policy("s3:GetObject", Condition=condition), "casey"
    )
    found = offences(lesson, "no-dead-principals", {}, text)
    assert [offence.text.rpartition(" names ")[2] for offence in found] == (
        [f"{value}, who is gone"] if named else []
    )
