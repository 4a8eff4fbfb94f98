"""What plain mode says is true, fits where the learner stands, and is said once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plain.session import printed, session


@pytest.mark.parametrize(
    ("typed", "mend"),
    [
        (
            "iam enable-mfa-device --user-name root --serial-number arn:aws:iam::111122223333:mfa/owner "
            "--authentication-code1 123456 --authentication-code2 123457",
            "`console enroll-root-mfa` enrols its device.",
        ),
        (
            "iam create-access-key --user-name Root",
            "Signed in as root, leave out --user-name",
        ),
        (
            "iam create-login-profile --user-name root --password Oat-flat-white-3",
            "Calls about users can't change it.",
        ),
    ],
)
def test_whoever_takes_root_for_a_user_is_told_by_the_call_and_by_why_that_it_is_none(
    tmp_path: Path, typed: str, mend: str
):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 01")
        plain(
            "aws iam create-virtual-mfa-device --virtual-mfa-device-name owner --outfile o --bootstrap-method QRCodePNG"
        )
        for said in (plain(f"aws {typed}"), plain("why")):
            assert "NoSuchEntity" in " ".join(said)
            assert (
                said[-1]
                .strip()
                .startswith(f"Root isn't an IAM user: it came with the account. {mend}")
            )


def test_why_of_an_allowed_call_that_failed_says_that_no_policy_stopped_it(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 05")
        plain("aws iam delete-user --user-name nobody")
        assert (
            "No policy stopped it. AWS allowed it, and then it failed with this error"
            in " ".join(plain("why"))
        )
        assert "No policy stopped it" not in " ".join(plain("why 1"))


def test_why_of_a_call_that_the_service_refuses_does_not_say_that_aws_allowed_it(
    tmp_path: Path,
):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 44")
        plain("aws organizations update-policy --policy-id p-FullAWSAccess --description x")
        said = " ".join(plain("why"))
    assert "The service itself refused it, with this error" in said
    assert "AWS allowed it" not in said


def test_a_reference_to_nobody_is_told_once(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 01")
        said = plain("aws iam delete-access-key --user-name root --access-key-id @key")
        assert [row for row in said if row.startswith("error")] == said[:1]
        assert "there is no user root" in said[0]


def test_what_is_next_as_before_leads_where_next_leads(tmp_path: Path):
    """`next` says how only where it names a call; else what it leads to is said at once."""
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 05")
        plain(
            "aws iam put-user-policy --user-name casey --policy-name r --policy-document file://policies/receipts.json"
        )
        more = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}}'
        plain(
            f"aws iam put-user-policy --user-name casey --policy-name more --policy-document '{more}'"
        )
        said = plain("aws iam list-users")[-1]
        assert said.startswith("Still next: ")
        assert said.endswith(" `grade` says more about star 2, and `hint` gives a hint.")
        plain("aws iam delete-user-policy --user-name casey --policy-name more")
        plain("grade")
        plain("next")
        said = plain("aws iam list-users")[-1]
        assert said.startswith("Still next: Three stars!")
        assert said.endswith(" begins the next one, “Reading a receipt”.")


def test_the_grade_the_list_and_next_name_the_story_that_comes_next_for_this_learner(
    tmp_path: Path,
):
    with session(tmp_path / "ana.sqlite") as plain:
        assert plain("list 1")[-1].startswith(
            "`play 00-the-first-morning` begins the next one for you"
        )
        plain("play 00")
        plain("aws iam create-user --user-name casey")
        plain("aws iam add-user-to-group --group-name Cashiers --user-name casey")
        for word in ("grade", "next", "list", "list 1"):
            assert "`play 01-keys-to-the-shop` begins the next one" in plain(word)[-1]


def test_a_grade_tells_one_number_and_how_it_comes_about_where_one_asks(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 05")
        assert sum("of 100 points" in row for row in plain("grade")) == 1
        assert "is not counted" not in " ".join(plain("grade"))
        assert any(
            row.strip().startswith("jobs that work: ") for row in plain("grade more")
        )


def test_only_the_questions_that_are_asked_now_are_counted_and_each_keeps_its_number(
    tmp_path: Path,
):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 00")
        alone = plain("predict")
        assert not alone[0].startswith("Question")
        assert plain("predict 1") == alone
        assert plain("predict 2") == [
            "`predict` takes the number 1 here: there is one question."
        ]
        plain("aws iam create-user --user-name casey")
        plain("aws iam add-user-to-group --group-name Cashiers --user-name casey")
        plain("grade")
        assert [plain(f"predict {nth}")[0] for nth in (1, 2)] == [
            "Question 1 of 2",
            "Question 2 of 2",
        ]
        assert plain("predict 1")[1] == alone[0]


BUCKET = "arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"


def allows(action: str, on: str) -> str:
    document = f'{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"{on}"}}}}'
    return f"aws iam put-user-policy --user-name casey --policy-name r --policy-document '{document}'"


def test_a_hint_speaks_of_what_is_wrong_now_and_begins_at_its_first_rung(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 05")
        for rung in (1, 2):
            assert any(f"hint {rung} of 3: " in row for row in plain("hint"))
        plain(allows("s3:ListObject", f"{BUCKET}/*"))
        said = " ".join(plain("hint"))
        assert "hint 1 of 3: Casey has the policy, but AWS still refuses." in said
        assert (
            "has no effect until you attach it" not in f"{said} {' '.join(plain('hint'))}"
        )
        plain("undo")
        assert any("hint 3 of 3: " in row for row in plain("hint"))


def test_what_is_wrong_with_a_policy_is_told_once_and_in_words(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 05")
        document = f'{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:ListObject","Resource":"{BUCKET}/*"}}}}'
        told = plain("write p.json", document, ".")
        (said,) = (row for row in told if "there is no action" in row)
        assert said.endswith("It acts on the bucket itself, not on the objects in it")
        put = "aws iam put-user-policy --user-name casey --policy-name p --policy-document"
        again = plain(f"{put} file://p.json")
        assert (
            "AWS accepts the policy as it is, although the check found something." in again
        )
        assert "there is no action" not in " ".join(again)
        assert "there is no action" in " ".join(plain(f"{put} ' {document}'"))


def test_help_with_a_word_tells_that_one(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        assert plain("help write") == [
            next(row for row in plain("help") if row.startswith("write: "))
        ]
        assert plain("help writee") == [
            "`writee` isn't a command. Did you mean `write`? `help` lists the commands."
        ]


def test_a_brief_is_not_told_unasked(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 05")
        told = plain("brief")
        again = plain("play 05")
        assert len(again) < len(told) / 2
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 10")
        plain("play 05")
        assert "Star 1, this must work" in plain("brief")


def test_links_are_told_after_three_stars_where_one_asks(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 00")
        plain("aws iam create-user --user-name casey")
        plain("aws iam add-user-to-group --group-name Cashiers --user-name casey")
        assert "https://" not in " ".join(plain("grade"))
        assert "https://" in " ".join(plain("grade more"))


def test_whoever_looked_at_one_copy_is_told_how_the_others_go(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 10")
        plain("aws iam create-group --group-name Cashiers")
        document = "file://policies/receipts.json"
        plain(
            f"aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document {document}"
        )
        for who in ("casey", "robin", "bo", "sam"):
            plain(f"aws iam add-user-to-group --group-name Cashiers --user-name {who}")
        plain("aws iam get-user-policy --user-name robin --policy-name receipts")
        for who in ("robin", "casey", "bo"):
            goes = f"aws iam delete-user-policy --user-name {who} --policy-name receipts"
            assert f"`{goes}`" in plain("next")[-1]
            plain(goes)


def test_a_role_session_says_who_aws_sees_whatever_its_name(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 16")
        plain(
            "aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Inventory --role-session-name bo"
        )
        said = plain("as bo")[0]
        assert said.startswith(
            "You are: the role Inventory, in the session bo of ada (role session)"
        )


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("aws iam add-user-to-group --group-name Nobody --user-name casey", "NoSuchEntity"),
        ("aws iam delete-user --user-name bo", "DeleteConflict"),
        ("aws iam create-user --user-name casey", "EntityAlreadyExists"),
        ("aws s3api get-bucket-policy --bucket coffeeshop-receipts", "NoSuchBucketPolicy"),
    ],
)
def test_an_error_that_is_no_refusal_is_never_called_refused(
    tmp_path: Path, call: str, code: str
):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 10")
        plain("aws iam create-access-key --user-name bo")
        told = plain(call)
        assert "not a refusal" in told[-1]
        assert plain("trail")[-1].startswith(f"2 failed with {code}: ")
        assert "AWS refused" not in "\n".join(plain("grade"))


def test_a_call_without_permission_is_called_refused(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 10")
        plain("aws iam create-access-key --user-name bo")
        plain("as bo")
        assert plain("aws iam list-users")[-1] == "`why` says what decided."
        assert plain("trail")[-1].startswith("2 refused: ")


LEAVE = "aws iam remove-user-from-group --user-name ada --group-name Admins"


@pytest.mark.parametrize(("answer", "left"), [("yes", True), ("no", False), ("", False)])
def test_whoever_types_at_a_terminal_is_asked_before_they_lock_themselves_out(
    tmp_path: Path, answer: str, left: bool
) -> None:
    with session(tmp_path / "casey.sqlite3") as say:
        say("play 10")
        say.shell.is_interactive = True
        said = say(LEAVE, answer)
        assert said[0].startswith(
            "Careful: After this, you (ada) can't call iam:RemoveUserFromGroup."
        )
        assert "Type yes to do it anyway" in said[0]
        assert ("Not done: everything is as it was." in said) != left
        assert len(say.shell.sitting.play.acts) == left


def test_a_script_that_is_piped_in_is_told_of_a_lock_out_and_goes_on(
    tmp_path: Path,
) -> None:
    said = printed(tmp_path, "play 10", LEAVE, "aws iam list-users")
    assert any(
        line.startswith("Careful: After this, you (ada) can't call") for line in said
    )
    assert not any("Type yes" in line for line in said)
    assert "Type undo to take it back." in said


def test_what_took_something_away_says_at_once_how_to_take_it_back(tmp_path: Path) -> None:
    with session(tmp_path / "casey.sqlite3") as say:
        say("play 10")
        assert "Type undo to take it back." in say(
            "aws iam delete-user-policy --user-name bo --policy-name receipts"
        )
        assert "Type undo to take it back." not in say(
            "aws iam create-user --user-name kim"
        )


@pytest.mark.parametrize(("answer", "left"), [("yes", 0), ("no", 1)])
def test_to_begin_again_is_asked_at_a_terminal_since_undo_does_not_bring_it_back(
    tmp_path: Path, answer: str, left: int
) -> None:
    with session(tmp_path / "casey.sqlite3") as say:
        say("play 10")
        say("aws iam create-user --user-name kim")
        say.shell.is_interactive = True
        said = say("again", answer)
        assert said[0].startswith("This play's 1 act can't be brought back. Type yes")
        assert len(say.shell.sitting.play.acts) == left


def test_a_wrong_password_of_a_user_without_a_device_leads_to_no_code(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 20")
        said = "\n".join(plain("console sign-in --user-name sam --password Wrong-pass-1"))
        assert "Sam signs in with only a password" in said
        assert "@phone" not in said


def test_a_job_that_still_fails_for_another_reason_is_told_with_that_reason(
    tmp_path: Path,
) -> None:
    allow = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "%s", "Resource": "arn:aws:s3:::%s"}}'
    puts = "aws iam put-user-policy --user-name casey --policy-name work --policy-document '{}'"
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 05")
        plain(puts.format(allow % ("s3:GetBucketLocation", "coffeeshop-receipts")))
        plain("next")
        told = plain(puts.format(allow % ("s3:ListBucket", "coffeeshop-recipes")))[-1]
        assert told.startswith(
            "Still next: “Casey lists the receipts” doesn't work yet. The reason has changed. Nothing allows this s3:ListBucket request"
        )
        assert plain("aws iam list-users")[-1].startswith(
            "Still next: “Casey lists the receipts” doesn't work yet. "
        )


def test_a_new_name_that_is_tried_is_no_other_reason(tmp_path: Path) -> None:
    statement = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "arn:aws:iam::999999999999:user/staff/*"}}'
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 22")
        plain(
            f"aws iam put-group-policy --group-name Managers --policy-name hire --policy-document '{statement}'"
        )
        told = [plain("aws iam list-groups")[-1] for _ in range(2)]
        assert [line.partition(":")[0] for line in told] == ["Still next", "Still next"]
        assert not any("reason has changed" in line for line in told)


def test_a_credential_that_ended_is_not_said_to_be_refused_by_a_policy(
    tmp_path: Path,
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 10")
        plain("aws iam create-access-key --user-name bo")
        plain("as bo")
        plain("as ada@console")
        plain(
            "aws iam update-access-key --user-name bo --access-key-id @key:1 --status Inactive"
        )
        plain("as bo")
        said = plain("aws iam list-users")
        assert "InvalidClientTokenId" in said[0]
        assert said[-1].startswith("No policy decided this:")


def test_a_wrong_password_with_a_code_is_not_answered_with_advice_to_show_a_code(
    tmp_path: Path,
) -> None:
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 20")
        wrong = "console sign-in --user-name casey --password Wrong-pass-1"
        assert any("also needs a code" in line for line in plain(wrong))
        said = plain(f"{wrong} --mfa-code @phone")
        assert any(line.startswith("AWS doesn't give the reason.") for line in said)
        assert not any("also needs a code" in line for line in said)
        assert said[-1].startswith("You are: ada")


def test_a_call_is_not_credited_with_a_job_that_works_because_of_the_time(tmp_path: Path):
    policy = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", '
        '"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2026-03-02T08:01:30Z"}}}}'
    )
    line = "aws iam put-user-policy --user-name casey --policy-name p --policy-document"
    with session(tmp_path / "ana.sqlite") as plain:
        plain("play 05")
        plain(f"{line} '{policy}'")
        said = " ".join(plain("aws iam create-user --user-name bo"))
        assert "“Casey lists the payroll” is still allowed" in said
        assert "This works now" not in said
        assert "Casey is turned away" in " ".join(
            plain("aws iam delete-user-policy --user-name casey --policy-name p")
        )
