"""The brief: everything that will be checked is said before it is, each once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coffeeshop.account.api.operations import OPERATIONS, kebab, services
from coffeeshop.account.command import read_act
from coffeeshop.account.command.grammar import operation_options
from coffeeshop.account.command.own_words import OWN_COMMANDS
from coffeeshop.account.command.parse import simulated_services
from coffeeshop.account.door import handle
from coffeeshop.account.model import Act
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.views.brief import (
    SHORTENED_MARK,
    brief,
    call_usage,
    calls,
    command_usage,
    says,
    takes_document,
)
from coffeeshop.views.rows import lines
from coffeeshop.views.step import Level
from coffeeshop.views.text import headed_text
from tests.lessons.folder import FILES, SCENARIO, folder
from tests.lessons.folder import scenario as load
from tests.tables import each_row
from tests.views.plays import played, scenario

NAMES = [path.name for path in folders()]


def test_the_root_users_sign_in_asks_for_no_user_name() -> None:
    known = {"RootEmail": "owner@coffeeshop.example", "Password": "House-blend-1"}
    assert call_usage("console sign-in", known) == (
        "console sign-in --root-email owner@coffeeshop.example --password House-blend-1"
    )


@each_row((name,) for name in NAMES)
def test_every_check_and_rule_is_in_the_brief(name: str):
    lesson = scenario(name)
    rows = brief(lesson)
    texts = [row.text for row in rows]
    assert texts[0] == headed_text(lesson.title, lesson.objective)
    for say in [each.say for each in lesson.cases or lesson.wants]:
        assert texts.count(say) >= 1
    assert all(row.mark in (None, Mark.QUIET) for row in rows)


@each_row((name,) for name in NAMES)
def test_every_call_that_a_scenario_introduces_is_shown_with_what_it_must_be_told(
    name: str,
):
    lesson = scenario(name)
    begins = [
        call if call.startswith("console") else f"aws {call.replace('s3', 's3api')}"
        for call in lesson.calls
    ]
    shown = [row.text for row in calls(lesson)]
    assert [
        begin for text in shown for begin in begins if f"{text} ".startswith(f"{begin} ")
    ] == begins


def test_where_nobody_is_graded_by_name_the_second_star_is_still_about_everybody():
    assert (
        "  · Apart from administrators, no one can do more than needed"
        in lines(brief(scenario("01"))).splitlines()
    )


def test_the_brief_of_the_receipts_drawer():
    assert lines(brief(scenario("05"))).splitlines()[3:] == [
        "Star 1, this must work",
        "  · Casey lists the receipts",
        "Star 1, this must be refused",
        "  · Casey lists the payroll",
        "  · Casey opens a receipt",
        "Star 2, and nothing more",
        "  · Casey can do only what the jobs need, and no one else gets more than needed",
        "Star 3, good practice",
        "  · Every allowed action is written out, without * or ?",
        "  · Every word in a policy has an effect",
    ]


def test_what_is_also_fine_and_for_whom_is_in_the_brief(tmp_path: Path):
    slack = '\n[slack]\nlook = { action = "s3:ListAllMyBuckets" }\nlogs = { as = ["casey"], action = "logs:PutLogEvents" }\nmenu = { as = ["casey"], action = "s3:GetObject", resource = "arn:aws:s3:::coffeeshop-receipts/menu/*" }\n'
    files = {
        **FILES,
        "scenario.toml": SCENARIO.replace('[[practice]]\nrule = "no-wildcard-action"\n', "")
        + slack,
    }
    said = lines(brief(load(folder(tmp_path, files))))
    assert "  · Also fine for everyone: s3:ListAllMyBuckets" in said
    assert (
        "  · Also fine for Casey: logs:PutLogEvents; s3:GetObject on coffeeshop-receipts/menu/*"
        in said
    )
    assert "Star 3" not in said


def test_what_is_fine_for_several_people_is_said_once():
    (said,) = (
        row.text for row in brief(scenario("20")) if row.text.startswith("Also fine for ")
    )
    assert said.startswith("Also fine for Casey and Sam: iam:ChangePassword, iam:GetUser, ")
    assert said.endswith(
        "; with a code, 20 calls on their own user such as iam:CreateAccessKey, iam:DeleteAccessKey, "
        "iam:GetAccessKeyLastUsed"
    )


def test_a_sentence_that_several_checks_share_is_said_once(tmp_path: Path):
    text = SCENARIO.replace(
        'id = "shred"\nas = "casey"', 'id = "shred"\nas = ["casey", "ada"]'
    )
    lesson = load(folder(tmp_path, {**FILES, "scenario.toml": text}))
    assert says(lesson, Mode.NEVER) == ("Casey shreds a receipt",)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("iam create-user", "aws iam create-user --user-name NAME"),
        ("iam list-users", "aws iam list-users"),
        (
            "s3 put-bucket-policy",
            "aws s3api put-bucket-policy --bucket BUCKET --policy POLICY",
        ),
        ("sts assume-role", "aws sts assume-role --role-arn ARN --role-session-name NAME"),
        ("kms list-aliases", "aws kms list-aliases"),
        ("kms get-key-policy", "aws kms get-key-policy --key-id ID-OR-ARN"),
    ],
)
def test_a_call_is_shown_with_what_it_must_be_told(call: str, said: str):
    assert call_usage(call) == said


@each_row(
    [
        ("", "aws SERVICE OPERATION, with one of these services: iam, sts, s3api"),
        ("aws", "aws SERVICE OPERATION"),
        ("aws s3 ", "aws s3 COMMAND, with one of these commands: ls, cp"),
        ("aws s3 ls", "aws s3 ls [s3://BUCKET/PREFIX] [--recursive] [--human-readable]"),
        ("aws s3 cp", "aws s3 cp FROM TO [--dryrun]"),
        ("aws configure get", "aws configure get NAME"),
        ("aws iam", "iam OPERATION; tab lists the operations"),
        (
            "aws iam list-user",
            "iam has no operation list-user; maybe you meant: list-users",
        ),
        ("aws iam zzz", "iam has no operation zzz; tab lists the operations"),
        ("aws iam create-user --user-name", "aws iam create-user --user-name NAME"),
        ("aws s3api get-object", "aws s3api get-object --bucket BUCKET --key KEY"),
        (
            "aws iam upload-ssh-public-key",
            "upload-ssh-public-key is an operation of AWS that is not simulated here",
        ),
        ("console switch-role", "console switch-role --role-name NAME"),
    ]
)
def test_whatever_is_typed_its_use_or_what_could_stand_there_is_told(typed: str, said: str):
    assert command_usage(typed).startswith(said)


def test_every_operation_can_be_shown():
    for service, operation in OPERATIONS:
        assert f" {kebab(operation)}" in call_usage(f"{service} {kebab(operation)}")


def test_a_new_version_is_shown_with_what_puts_it_in_force() -> None:
    assert call_usage("iam create-policy-version").split()[-1] == "--set-as-default"


def test_a_call_that_attaches_is_shown_with_the_one_that_detaches() -> None:
    shown = [row.text for row in calls(scenario("05"))]
    attaches = next(i for i, text in enumerate(shown) if "attach-user-policy" in text)
    assert shown[attaches + 1] == shown[attaches].replace("attach", "detach")
    assert len(set(shown)) == len(shown)


def told(id: str, begins: str) -> list[str]:
    lesson = scenario(id)
    return [row.text for row in calls(lesson, lesson.opening) if begins in row.text]


def test_where_there_is_no_user_and_none_comes_no_call_is_told_one():
    assert told("01", "access-key") == [
        "aws iam list-access-keys",
        "aws iam delete-access-key --access-key-id ID",
    ]
    assert told("02", "create-login") == [
        "aws iam create-login-profile --user-name NAME --password PASSWORD"
    ]


def test_signing_in_is_told_a_code_where_a_job_is_done_with_one():
    assert told("02", "sign-in") == [
        "console sign-in --user-name NAME --password PASSWORD --mfa-code @phone"
    ]


@pytest.mark.parametrize(
    ("call", "takes"),
    [
        ("iam put-user-policy", True),
        ("iam create-role", True),
        ("s3 put-bucket-policy", True),
        ("organizations create-policy", True),
        ("iam attach-user-policy", False),
        ("sts assume-role", False),
        ("console sign-in", False),
    ],
)
def test_a_call_takes_a_document_where_it_must_be_told_one(call: str, takes: bool):
    assert takes_document(call) is takes


def test_the_usage_lists_the_services_that_can_follow_aws_and_console_by_itself():
    services, _, console = command_usage("").partition("services: ")[2].partition("; or ")
    assert services.split(", ") == simulated_services()
    assert console == "console OPERATION"


def test_the_usage_shows_every_option_and_marks_the_optional_ones() -> None:
    usage = command_usage("aws iam create-role ")
    assert usage.startswith(
        "aws iam create-role --role-name NAME --assume-role-policy-document DOCUMENT ["
    )
    for service, operation in OPERATIONS:
        row = OPERATIONS[service, operation]
        if not row.simulated:
            continue
        cli = next(name for name, each in services().items() if each.name == service)
        typed = f"{'' if cli == 'console' else 'aws '}{cli} {row.cli}"
        shown = command_usage(typed)
        for option in operation_options(service, operation).values():
            is_of_any = option.name in ("--cli-input-json", "--generate-cli-skeleton")
            if option.on and not is_of_any:
                assert option.name in shown.replace("[", "").replace("]", "").split()
            if option.required:
                assert f"[{option.name} " not in shown


def test_the_usage_of_the_clis_own_commands_names_what_works() -> None:
    for command, subcommands in OWN_COMMANDS.items():
        listed = command_usage(f"aws {command} ").partition("commands: ")[2]
        assert listed.split(", ") == [*subcommands]
        assert command in command_usage("aws ")
        for name, options in subcommands.items():
            shown = command_usage(f"aws {command} {name}")
            assert all(f"[{option}" in shown for option in options)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            "identitystore create-user",
            ("--display-name NAME", "GivenName=NAME,FamilyName=NAME"),
        ),
        ("identitystore create-group", ("--display-name NAME",)),
        ("kms create-grant", ("--grantee-principal ARN",)),
        ("organizations update-policy", ("--content DOCUMENT",)),
    ],
)
def test_a_usage_has_what_the_service_demands_beyond_its_model(
    call: str, words: tuple[str, ...]
) -> None:
    usage = call_usage(call)
    assert all(word in usage for word in words)


def test_no_printed_call_of_the_course_fails_for_a_missing_parameter() -> None:
    """Each call is answered as printed, once the words in capitals are replaced."""
    values = {
        "--identity-store-id ID": "--identity-store-id @identity-store",
        "--instance-arn ARN": "--instance-arn @instance",
        "--key-id ID-OR-ARN": "--key-id alias/recipes",
        "--grantee-principal ARN": "--grantee-principal arn:aws:iam::111122223333:user/ada",
        "OPERATIONS": "Decrypt",
        "NAME": "zoe",
    }
    answered_calls = set[str]()
    for name in NAMES:
        play = played(name)
        for call in scenario(name).calls:
            line = call_usage(call)
            for words, value in values.items():
                line = line.replace(words, value)
            act = read_act(line, play.account, play.now, {}, scenario(name).desk[0])
            if not isinstance(act, Act):  # another capital word has no value here
                continue
            answered_calls.add(call)
            answer = handle(play.account, act).answer
            assert not re.search(r"(is|a) required( attribute)?\b", str(answer)), (
                name,
                line,
            )
    assert answered_calls >= {
        "identitystore create-user",
        "kms create-grant",
        "iam create-user",
    }


ARN = "arn:aws:iam::111122223333:policy/Something"
VALUES = {  # what the words in capitals of a listed call stand for
    **dict.fromkeys(("DOCUMENT", "POLICY", "CONTENT"), "'{}'"),
    **dict.fromkeys(("ARN", "BOUNDARY"), ARN), "CONFIGURATION": "BlockPublicAcls=true", "ID": "7b1b1214-9f89-34b4-593b-f36f2a7892ef",
}  # fmt: skip
MAKES_FIRST = {  # by what makes a thing: the calls that need it
    "create-user": ("add-user-to-group", "attach-user-policy", "put-user-policy", "create-login-profile", "create-access-key"),
    "create-group": ("add-user-to-group", "attach-group-policy", "put-group-policy"),
    "create-role": ("attach-role-policy", "put-role-policy"),
    "create-virtual-mfa-device": ("enable-mfa-device", "enroll-root-mfa"),
    "create-policy": ("attach-group-policy", "attach-user-policy", "attach-role-policy"),
}  # fmt: skip


@pytest.mark.parametrize("id", NAMES)
def test_a_shortened_call_begins_as_the_full_one_does(id: str) -> None:
    listed = scenario(id)
    full_rows = calls(listed, listed.opening)
    short_rows = calls(listed, listed.opening, lambda _: Level.PLACE)
    for full, short in zip(full_rows, short_rows, strict=True):
        beginning = short.text.removesuffix(f" {SHORTENED_MARK}")
        assert f"{full.text} ".startswith(f"{beginning} "), short.text


@pytest.mark.parametrize("id", NAMES)
def test_each_listed_call_is_a_line_that_can_be_typed_after_those_above_it(id: str) -> None:
    listed = scenario(id)
    rows = [row.text for row in calls(listed, listed.opening)]
    for text in rows:
        filled = re.sub(
            r"(?<![\w-])[A-Z][A-Z0-9_-]+(?![\w-])",
            lambda word: VALUES.get(word[0], "something"),
            text,
        )
        typed = re.sub(r"@phone(\+1)?", "123456", filled)
        act = read_act(typed, listed.opening, listed.now, {}, listed.desk[0])
        assert isinstance(act, Act), (text, act)
    names = [
        text.split()[2] if text.startswith("aws ") else text.split()[1] for text in rows
    ]
    for maker, users in MAKES_FIRST.items():
        for user in users:
            if maker in names and user in names:
                assert names.index(maker) < names.index(user), (maker, user)
