"""The word `draw` of the plain shell: a grant in lines that read well aloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plain.session import Session, session
from tests.views.plays import scenario


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Session]:
    with session(tmp_path / "ana.sqlite", tmp_path / "mine") as opened:
        opened("play 10")
        yield opened


def test_draw_tells_what_a_person_gets_and_through_what(plain: Session) -> None:
    assert plain("draw casey") == [
        "What casey can access",
        "  ✓ allowed: casey → inline policy receipts → bucket coffeeshop-receipts: list, read",
    ]


def test_draw_follows_each_act(plain: Session) -> None:
    plain("aws iam delete-user-policy --user-name casey --policy-name receipts")
    assert plain("draw casey") == [
        "What casey can access",
        "gone: casey → inline policy receipts → bucket coffeeshop-receipts: your last act took this away",
        "No policy gives casey access to anything.",
    ]


def test_draw_names_the_deny_of_a_person_who_is_allowed_nothing(plain: Session) -> None:
    plain("aws iam delete-user-policy --user-name casey --policy-name receipts")
    document = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}'
    plain(
        f"aws iam put-user-policy --user-name casey --policy-name no-touch --policy-document '{document}'"
    )
    deny = "A Deny applies to casey as well, in the policy no-touch."
    for typed in ("draw casey", "draw user/casey coffeeshop-payroll"):
        assert plain(typed)[-1] == deny


def test_draw_takes_a_person_and_a_command(plain: Session) -> None:
    title, reason = plain("draw casey s3 ls")
    assert title == "Casey can't call s3:ListAllMyBuckets"
    assert reason.startswith(
        "Nothing allows this s3:ListAllMyBuckets request (implicit deny)."
    )


def test_draw_alone_names_people_and_things(plain: Session) -> None:
    (usage,) = plain("draw")
    assert "People: ada, bo, casey, robin, sam." in usage


def test_draw_changes_nothing(plain: Session) -> None:
    before = plain("trail")
    plain("draw ada s3api delete-bucket --bucket coffeeshop-payroll")
    assert plain("trail") == before
    assert any("coffeeshop-payroll" in row for row in plain("aws s3 ls"))


def test_a_role_of_another_account_has_its_name_in_every_word(plain: Session) -> None:
    plain("play 25")
    assert (
        plain("draw Courier")[0] == "What role Courier in account 444455556666 can access"
    )
    assert plain("access Courier")[0] == "role/Courier in account 444455556666"


def test_reach_and_access_know_the_roles_that_a_trust_policy_joins(tmp_path: Path) -> None:
    with session(tmp_path / "bo.sqlite", tmp_path / "his") as opened:
        opened("play 25")
        for line in scenario("25").solution.splitlines():
            opened(line)
        assert opened("reach Courier") == [
            "Not checked: role Courier in account 444455556666, "
            "named in the trust policy of OrdersExport."
        ]
        assert any("Courier" in row for row in opened("access OrdersExport"))


def test_reach_knows_a_role_of_another_account_before_a_policy_trusts_it(
    plain: Session,
) -> None:
    plain("play 25")
    assert plain("reach Courier") == [
        "Not checked: role Courier in account 444455556666. "
        "`reach` starts from users and roles of this account."
    ]


def test_help_names_nobody_who_may_be_missing(plain: Session) -> None:
    assert not any(
        "casey" in row or "receipts" in row for row in plain("help") if "draw" in row
    )


def run_solution(opened: Session, number: str) -> None:
    """Make the calls of a scenario's solution."""
    opened(f"play {number}")
    for line in scenario(number).solution.splitlines():
        opened(line)


def test_what_only_a_code_opens_is_drawn_with_the_code(plain: Session) -> None:
    run_solution(plain, "20")
    (receipts,) = (row for row in plain("draw sam") if "receipts" in row)
    assert receipts.endswith("list, read with an MFA code")
    title = plain("draw sam s3 ls s3://coffeeshop-receipts")[0]
    assert title == "Sam can call s3:ListBucket on coffeeshop-receipts with an MFA code"


def test_a_request_in_a_role_is_drawn_as_the_roles(plain: Session) -> None:
    plain("play 25")
    assert (
        "No policy here gives role Courier in account 444455556666 access to anything."
        in plain("draw Courier")
    )
    run_solution(plain, "25")
    call = "s3api get-object --bucket coffeeshop-orders-export --key day.csv x"
    assert plain(f"draw Courier {call}")[0] == (
        "Role Courier in account 444455556666, as role OrdersExport, can call "
        "s3:GetObject on coffeeshop-orders-export/day.csv"
    )


def test_a_function_gets_through_its_role_and_not_beside_it(plain: Session) -> None:
    plain("play 26")
    assert plain("draw report-daily")[1:] == [
        "  ✓ allowed: function report-daily → role ReportRole → inline policy export "
        "→ bucket coffeeshop-orders-export: read"
    ]


def test_a_session_with_a_code_needs_a_password_or_a_key_and_the_way_says_which(
    plain: Session,
) -> None:
    run_solution(plain, "20")
    rows = [row.strip() for row in plain("reach sam")]
    assert "could gain more access" in rows
    assert any(row.startswith("console sign-in --user-name sam") for row in rows)
    assert not any("get-session-token" in row for row in rows)
    plain("aws iam delete-login-profile --user-name sam")
    rows = [row.strip() for row in plain("reach sam")]
    assert "could gain more access, if the user has an access key" in rows
    assert any("get-session-token" in row for row in rows)


def test_a_policy_whose_key_the_request_lacks_is_said_to_have_an_unmet_condition(
    plain: Session,
) -> None:
    run_solution(plain, "22")
    said = " ".join(plain("draw mina iam create-user --user-name x --path /staff/"))
    assert "has an unmet condition on iam:PermissionsBoundary" in said
    assert "another" not in said


def test_one_call_on_several_things_is_drawn_as_no_way_of_several_steps(
    plain: Session,
) -> None:
    run_solution(plain, "22")
    assert "AttachUserPolicy by mina, then" not in " ".join(plain("draw mina"))


@pytest.mark.parametrize(
    ("name", "focus"), [("37", "s3://coffeeshop-recipes"), ("40", "kim")]
)
def test_a_made_up_name_is_explained_and_is_neither_new_nor_gone(
    plain: Session, name: str, focus: str
) -> None:
    plain(f"play {name}")
    for line in scenario(name).solution.splitlines():
        plain(line)
    plain("aws iam create-group --group-name Others")
    rows = plain(f"draw {focus}")
    assert any("is a made-up name" in row for row in rows)
    assert not any("(new)" in row or row.startswith("gone:") for row in rows)


def test_access_knows_the_roles_of_another_account_that_draw_knows(plain: Session) -> None:
    plain("play 37")
    who = "role/Cashier in account 222233334444"
    assert plain("access Cashier")[:2] == [who, "  nothing"]
    for line in scenario("37").solution.splitlines():
        plain(line)
    who, thing, read, *_ = plain("access Cashier")
    assert who == "role/Cashier in account 222233334444"
    assert (thing, read.split(":")[0]) == ("  coffeeshop-recipes", "    ✓ read, fine")
