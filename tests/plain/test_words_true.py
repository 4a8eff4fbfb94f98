"""What plain mode says of a lesson, an undo, a missing role and an expired session is so."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.cli import COMMANDS
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.teaching.glossary import glossary
from coffeeshop.plain.words import PROGRAM_COMMANDS as ELSEWHERE
from coffeeshop.plain.words import WORDS
from tests.plain.session import session

NO_GUESS = "There is nothing to guess on this page."


@pytest.mark.parametrize(
    ("number", "typed"),
    [("25", "lesson 1 a"), ("22", "lesson 3 tell"), ("31", "lesson 4 a")],
)
def test_a_page_without_a_question_says_that_there_is_nothing_to_guess(
    tmp_path: Path, number: str, typed: str
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain(f"play {number}")
        assert plain(typed)[0] == NO_GUESS
        assert NO_GUESS not in plain(typed.rsplit(" ", 1)[0])


def test_undo_says_that_the_call_had_failed(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 05")
        plain("aws iam create-user --user-name casey")
        assert plain("undo")[0] == (
            "Undone: iam CreateUser (it had failed, and changed nothing). `redo` brings it back."
        )


def test_why_says_that_the_role_does_not_exist(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 25")
        assert "    There is no role OrdersExport in this account." in plain("next why")


def test_the_trail_and_the_grade_say_that_an_expired_session_failed(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 05")
        plain("wait 2d")
        plain("aws iam create-user --user-name dora")
        assert plain("trail x")[0].startswith("1 failed with ExpiredToken: ")
        assert any(
            "CreateUser on dora failed (ExpiredToken)." in line for line in plain("grade")
        )


def test_a_job_that_starts_working_is_said_to_work_now(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 05")
        said = plain(
            "aws iam put-user-policy --user-name casey --policy-name r "
            "--policy-document file://policies/receipts.json"
        )
        assert any(line.startswith("This works now: Casey ") for line in said), said


def test_the_back_doors_case_names_the_call_that_it_asks_about(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 26")
        said = plain("cause")[0]
        assert "Indra created a function report-night" in said
        assert "The function and her access key have been deleted" in said


def test_what_is_not_done_yet_is_nothing_that_the_learner_got_wrong(tmp_path: Path) -> None:
    role = "aws iam create-role --role-name OrdersExport --assume-role-policy-document"
    policy = "aws iam put-role-policy --role-name OrdersExport --policy-name export"
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 25")
        plain(f"{role} file://policies/trust.json")
        plain("grade")
        assert not any("got wrong once" in row for row in plain("progress"))
        plain(f"{policy} --policy-document file://policies/export-every-bucket.json")
        plain("grade")
        assert any("got wrong once" in row for row in plain("progress"))


def test_a_case_by_a_key_that_nobody_has_now_says_that_it_is_gone(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 20")
        assert any("That key is deleted" in row for row in plain("cause"))


def test_the_points_for_causes_are_no_count_of_causes(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 26")
        plain("cause 1 identity reports Deploy")
        plain("cause 1 identity reports Pass")
        said = plain("grade more")
    assert any("points for causes: 50%" in row for row in said)
    assert any("Points for the fix: " in row for row in said)


def test_a_statement_that_allows_a_part_of_a_call_is_not_said_to_decide_nothing(
    tmp_path: Path,
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 26")
        said = " ".join(plain("cause 1 identity reports Deploy"))
    assert "A call can need two permissions." in said
    assert "doesn't decide" not in said


def test_a_shop_of_ones_own_has_no_lesson_and_names_no_task(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play own-shop")
        assert plain("lesson") == ["There is no lesson here. `brief` tells the story."]


def test_help_says_that_a_diagnosis_shows_cases_in_place_of_sentences() -> None:
    assert "A diagnosis shows its cases" in WORDS["brief"].say
    assert "A diagnosis lists what was wrong" in WORDS["open"].say


def test_the_glossary_says_where_keys_are_those_of_the_app() -> None:
    for name in ("console", "trail", "AWS CLI"):
        term = glossary().find(name)
        assert term is not None
        assert "In the app" in f"{term.says} {term.example}"


def test_the_glossary_says_that_some_commands_take_no_alias() -> None:
    term = glossary().find("alias")
    assert term is not None
    assert "only the key's id or ARN" in term.says


def test_calls_say_that_a_key_is_named_by_its_id_or_arn(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 31")
        assert "  aws kms get-key-policy --key-id ID-OR-ARN" in plain("calls")


def test_a_hint_does_not_ask_to_create_a_role_that_exists(tmp_path: Path) -> None:
    trust = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",'
        '"Principal":{"AWS":"arn:aws:iam::444455556666:role/Driver"}}}'
    )
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 25")
        plain(
            "aws iam create-role --role-name OrdersExport "
            f"--assume-role-policy-document '{trust}'"
        )
        last_hint = [plain("hint") for _ in range(3)][-1]
        assert any(
            "update-assume-role-policy for one that exists" in line for line in last_hint
        )


def test_why_names_the_file_that_the_line_named(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play own-shop")
        for line in (
            "aws s3api get-object --bucket coffeeshop-receipts --key app/q3.pdf mine.txt",
            "aws s3api get-object mine.txt --key app/q3.pdf --bucket coffeeshop-receipts",
            "aws iam create-virtual-mfa-device --virtual-mfa-device-name sam "
            "--outfile mine.txt --bootstrap-method Base32StringSeed",
        ):
            plain(line)
            command = next(row for row in plain("why") if row.strip().startswith("$ aws"))
            assert "mine.txt" in command
        plain("aws s3api get-object --bucket coffeeshop-receipts --key a/b.csv c.csv")
        plain("aws iam list-users")
        plain("undo")
        assert "b.csv b.csv" not in "\n".join(plain("why"))


def test_the_brief_of_the_own_shop_lists_everything_that_is_judged(tmp_path: Path) -> None:
    with session(tmp_path / "own.sqlite3") as plain:
        plain("play own-shop")
        plain("day")
        said = plain("brief")
    checks = said[next(n for n, row in enumerate(said) if row.startswith("This must")) :]
    assert [row.strip() for row in checks] == [
        "This must work",
        "· Casey lists the receipts",
        "· Casey opens a receipt",
        "This must be refused",
        "· Casey shreds a receipt",
        "And nothing more",
        "· Apart from administrators, no one can do more than the jobs need. This also holds "
        "for people you hire later",
    ]


def test_a_command_of_the_terminal_is_no_word_here_and_it_is_said_where_it_is(
    tmp_path: Path,
) -> None:
    assert set(COMMANDS) - set(WORDS) - {"scenarios", "grade", "roster"} == ELSEWHERE
    with session(tmp_path / "ana.sqlite3") as plain:
        for word in ("validate", "simulate"):
            assert plain(word) == [
                f"`{word}` isn't a command here. In a terminal, try `coffeeshop {word} --help`."
            ]


def test_the_setting_says_that_full_help_shows_the_whole_solution(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        said = plain("settings help full")[0]
        plain("play 05")
        player = plain.shell.player
        scenario = replace(player.playing.scenario, solution="")
        player.sitting = replace(
            player.playing, play=replace(player.playing.play, scenario=scenario)
        )
        own_said = plain("settings help full")[0]
    solution = "every next call, up to the scenario's whole solution"
    assert said == f"help full: `next` says {solution}."
    assert own_said == (
        "help full: `next` says every next step. There is no solution here, so you fill in names and policies."
    )


def test_to_begin_again_without_a_question_says_that_the_acts_are_gone(
    tmp_path: Path,
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play own-shop")
        plain("aws iam create-user --user-name kim")
        assert plain("again")[-1] == "This play's 1 act can't be brought back."
        assert plain("again") == [
            "The scenario begins again: the shop is as it was at the start."
        ]


def test_another_variant_takes_no_act_of_this_one(tmp_path: Path) -> None:
    hire = "aws iam create-user --user-name kim"
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 10")
        plain(hire)
        assert (
            plain("again 4")[-1]
            == "The scenario begins again: the shop is as it was at the start."
        )
        plain(hire)
        plain(hire.replace("kim", "noa"))
        assert plain("again 0")[-1] == "Variant 0's 1 act can't be brought back."
        assert plain("again 4")[-1] == "Variant 4's 2 acts can't be brought back."


def test_words_say_what_has_to_be_deleted_first_and_what_morning_asks() -> None:
    term = glossary().find("inline policy")
    assert term is not None
    assert "Delete it before" in term.says
    assert WORDS["morning"].say.startswith("Answer questions about what you got wrong")


ANYONE_WITH_THE_ID = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", '
    '"Condition": {"StringEquals": {"sts:ExternalId": "shop-7f3a"}}}}'
)


def test_a_role_that_an_external_id_opens_is_drawn_with_that_id_for_who_can_send_it(
    tmp_path: Path,
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 25")
        plain(
            f"aws iam create-role --role-name OrdersExport --assume-role-policy-document '{ANYONE_WITH_THE_ID}'"
        )
        drawn = [row.strip() for row in plain("draw ada")]
        drawn_role = [row.strip() for row in plain("draw OrdersExport")]
        access = " ".join(plain("access"))
    assert "assume: only with the external ID shop-7f3a (sts:AssumeRole)" in drawn
    assert not any(row.endswith("OrdersExport: no trust policy allows it") for row in drawn)
    held_back = drawn_role.index(
        "✗ held back: service lambda.amazonaws.com → trust policy → role OrdersExport (new)"
    )
    assert "has an unmet condition on sts:ExternalId" in drawn_role[held_back + 1]
    assert "a service" not in access
    assert "lambda.amazonaws.com ✓ role espresso-role: write No identity" in " ".join(
        access.split()
    )


def test_access_and_draw_say_in_which_call_a_request_carries_another_calls_key(
    tmp_path: Path,
) -> None:
    hiring = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*User", '
        '"Resource": "arn:aws:iam::111122223333:user/staff/*", "Condition": {"StringEquals": '
        '{"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/StaffBoundary"}}}}'
    )
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 22")
        plain(
            f"aws iam put-user-policy --user-name mina --policy-name Hiring --policy-document '{hiring}'"
        )
        access = [row.strip() for row in plain("access mina")]
        drawn = [row.strip() for row in plain("draw mina")]
    assert (
        "Statement 1 of policy “Hiring” allows it (as a part of iam:CreateUser)" in access
    )
    assert "tagging: only as a part of iam:CreateUser (iam:TagUser)" in drawn


def test_who_could_be_given_everything_is_not_said_to_have_it(tmp_path: Path) -> None:
    wide = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 22")
        plain(
            "aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/StaffBoundary "
            f"--set-as-default --policy-document '{wide}'"
        )
        said = " ".join(plain("grade"))
        drawn = plain("draw robin")
    assert "For later: 1 user can do more than needed." in said
    assert "No policy gives robin access to anything." in drawn


def test_next_does_not_lead_on_with_a_role_whose_name_only_resembles_the_jobs(
    tmp_path: Path,
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 25")
        said = plain(
            f"aws iam create-role --role-name OrderExport --assume-role-policy-document '{ANYONE_WITH_THE_ID}'"
        )
    assert "there is no OrdersExport role yet, only OrderExport." in said[-1]
    assert "has no permissions yet" not in said[-1]


@pytest.mark.parametrize("begins", ["aws", "console", "quit"])
def test_help_explains_whatever_a_line_can_begin_with(tmp_path: Path, begins: str) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        (said,) = plain(f"help {begins}")
        assert said.startswith((f"{begins}: ", f"{begins} …: "))
        assert said in plain("help")


CASHIER_TRUST = (
    '--assume-role-policy-document \'{"Version":"2012-10-17","Statement":{"Effect":"Allow",'
    '"Principal":{"AWS":"arn:aws:iam::111122223333:user/bo"},"Action":"sts:AssumeRole"}}\''
)


def test_the_own_shop_lists_the_calls_that_help_with_what_fails(tmp_path: Path) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play own-shop")
        for _ in range(3):
            while not plain("day")[-1].endswith("You can change the account first."):
                pass
        plain("day")
        plain("as ada")
        said = plain("calls")
        assert said[0].startswith("The calls for the jobs that don't work yet.")
        listed = [line.split()[2] for line in said if line.startswith("  aws ")]
        assert "create-user" in listed
        assert "update-assume-role-policy" not in listed
        every_call = plain("calls all")
        assert every_call[0].startswith("The calls for the jobs here.")
        assert any("update-assume-role-policy" in line for line in every_call)
        assert listed.index("create-role") < listed.index("put-role-policy")
        for name in ("casey", "indra", "bo"):
            plain(f"aws iam create-user --user-name {name}")
            plain(f"aws iam create-access-key --user-name {name}")
            plain(
                f"aws iam attach-user-policy --user-name {name} "
                "--policy-arn arn:aws:iam::aws:policy/AmazonS3FullAccess"
            )
            plain(
                f"aws iam attach-user-policy --user-name {name} "
                "--policy-arn arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"
            )
        listed = [line.split()[2] for line in plain("calls") if line.startswith("  aws ")]
        assert "create-user" not in listed
        assert "create-role" in listed  # Bo's
        assert "update-assume-role-policy" not in listed
        of_casey = CASHIER_TRUST.replace("bo", "casey")
        plain(f"aws iam create-role --role-name Cashier {of_casey}")
        listed = [line.split()[2] for line in plain("calls") if line.startswith("  aws ")]
        assert "create-role" not in listed
        assert "update-assume-role-policy" in listed
        plain("aws iam delete-role --role-name Cashier")
        write = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:PutItem","Resource":"*"}}'
        plain(f"aws iam create-role --role-name Cashier {CASHIER_TRUST}")
        plain(
            "aws iam put-role-policy --role-name Cashier --policy-name work "
            f"--policy-document '{write}'"
        )
        listed = [line.split()[2] for line in plain("calls") if line.startswith("  aws ")]
        assert listed == ["put-role-policy"]
        assert any("create-user" in line for line in plain("calls all"))
        hints = "\n".join(line for _ in range(3) for line in plain("hint"))
        assert "the brief" not in hints


def test_a_job_that_a_deny_of_older_sessions_stops_is_told_with_that_time(
    tmp_path: Path,
) -> None:
    cut = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":'
        '{"DateLessThan":{"aws:TokenIssueTime":"2026-03-02T09:00:00Z"}}}}'
    )
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 26")
        put = plain(
            f"aws iam put-role-policy --role-name ReportRole --policy-name cut --policy-document '{cut}'"
        )
        phrase = "to sessions from before 2026-03-02T09:00:00Z"
        assert any(phrase in line for line in put)
        for said in (plain("open"), plain("next full")):
            assert any(phrase in line for line in said), said
