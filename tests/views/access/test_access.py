from __future__ import annotations

import json
from collections import Counter
from functools import cache

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.access import Subject, survey_access
from coffeeshop.lessons.grading.access_table import Access
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.things import Thing
from coffeeshop.views.access.drawing import drawing
from coffeeshop.views.access.table import Spans, cell, legend_text, table, visible_part
from coffeeshop.views.access.words import access_rows, explain_cell, subject_name
from coffeeshop.views.cells import width
from coffeeshop.views.made_up import with_made_up_names
from coffeeshop.views.report import COUNTED_PRINCIPALS
from coffeeshop.views.rows import lines
from tests.views.plays import graded, played

HOSTILE = (
    "[red]x[/]",
    "\x1b]0;title\x07\x1b[2J",
    "\u202etxt.exe",
    "👩‍👩‍👧‍👦" * 20,
    "e\u0301" * 40,
    "a\nb",
    "名前" * 40,
    "",
)
SIZES = [(80, 12), (66, 9), (116, 30), (60, 3), (200, 60)]


@cache
def reached(name: str, script: str = "") -> Access:
    return survey_access(played(name, script), graded(name, script))


def texts(shown: tuple[Spans, ...]) -> list[str]:
    return ["".join(text for text, _ in line) for line in shown]


def test_a_cell_shows_a_letter_for_each_level_and_marks_what_is_not_as_it_should_be() -> (
    None
):
    found = reached("10")
    shown = {
        who: texts((cell(found.cell(Subject(who), found.things[0])),))[0]
        for who in ("casey", "robin", "sam", "ada")
    }
    assert shown == {"casey": "LR", "robin": "LR◆W", "sam": "✗LR", "ada": "LRWTP"}
    assert texts((cell(found.cell(Subject("robin"), found.things[0]), ascii=True),)) == [
        "LR!!W"
    ]


@pytest.mark.parametrize("number", ["00", "10", "25"])
def test_whom_the_grade_counts_and_no_row_shows_is_a_service_a_stranger_or_in_future(
    number: str,
) -> None:
    found = reached(number, "solution")
    rows = {subject.who.removeprefix("user/") for subject in found.subjects}
    counted = {
        check.subject.removeprefix("user/")
        for check in graded(number, "solution").checks
        if check.kind is CheckKind.EXCESS
    }
    kinds = {subject.partition("/")[0] for subject in counted - rows}
    assert kinds <= {"newcomer", "service", "account", "anyone"}
    assert COUNTED_PRINCIPALS.endswith("(also services, strangers and future users)")


def test_every_letter_and_mark_of_a_cell_is_in_the_legend() -> None:
    for found in (reached("10"), reached("15", "solution"), reached("26")):
        for reasons in found.distinct_cells:
            assert all(
                f"{sign} " in legend_text() for sign in "".join(texts((cell(reasons),)))
            )


def test_the_legend_fits_a_line() -> None:
    assert max(width(legend_text(ascii)) for ascii in (False, True)) <= 78


def test_the_words_say_of_everybody_what_the_table_shows() -> None:
    said = lines(access_rows(reached("10")))
    assert "casey, bo\n  ✓ coffeeshop-receipts: list, read\n" in said
    assert "robin\n  ◆ coffeeshop-receipts: list, read; write (must be refused)\n" in said
    assert "sam\n  ✗ coffeeshop-receipts: list, read (missing)\n" in said
    assert "function espresso-api, role espresso-role\n  other resources: write\n" in said


def test_of_one_alone_it_is_told_why_with_the_statement_that_decides() -> None:
    said = lines(access_rows(reached("26"), "Indra"))
    assert (
        "▲ write, more than needed: iam:PassRole on arn:aws:iam::111122223333:role/AdminMachine"
        in said
    )
    assert "Statement “Pass” of policy “reports” allows it" in said
    assert "ada" not in said.split()
    assert access_rows(reached("26"), "nobody") == ()


def test_a_refusal_that_leaks_says_what_was_to_be_refused_and_a_gap_which_job_it_stops() -> (
    None
):
    found = reached("10")
    assert "must be refused: Robin shreds a receipt" in lines(
        explain_cell(found, Subject("robin"), found.things[0])
    )
    assert "asked for by: Sam lists the receipts" in lines(
        explain_cell(found, Subject("sam"), found.things[0])
    )


def test_a_refusal_that_other_calls_break_says_that_they_come_first() -> None:
    policy = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", '
        '"Action": "iam:AttachUserPolicy", "Resource": "*"}}'
    )
    line = f"aws iam put-group-policy --group-name Managers --policy-name more --policy-document '{policy}'"
    said = lines(access_rows(reached("22", line), "mina"))
    edits = said[said.index("must be refused: Mina edits StaffBoundary") :]
    assert "It isn't allowed yet: AttachUserPolicy has to come first." in edits
    # Of two requests of one level, the one that is allowed now is shown.
    assert "must be refused: Mina removes Robin's boundary" not in said
    ada = said[said.index("must be refused: Mina attaches a policy to Ada") :]
    assert "isn't allowed yet" not in ada[: ada.index("\n  policies")]


def test_a_cell_without_anything_says_that_no_policy_allows_it() -> None:
    found = reached("10")
    assert "no policy allows it" in lines(
        explain_cell(found, Subject("casey"), found.things[-1])
    )


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_table_and_drawing_are_exactly_as_wide_as_asked_whatever_names_are_in_them(
    columns: int, rows: int
) -> None:
    found = reached("10")
    things = tuple(Thing("bucket", what) for what in HOSTILE)
    of_each = {
        Subject(who): dict.fromkeys(things, found.distinct_cells[0]) for who in HOSTILE
    }
    hostile = Access(tuple(map(Subject, HOSTILE)), things, of_each, True)
    for shown in (found, hostile):
        for at in (None, (0, 0), (len(shown.subjects) - 1, len(shown.things) - 1)):
            for ascii in (False, True):
                drawn = table(shown, columns, rows, at, ascii)
                assert all(width(text) == columns for text in texts(drawn)), texts(drawn)
                assert len(drawn) <= rows
                lined = drawing(shown, columns, rows, at and at[0], ascii)
                assert [width(text) for text in texts(lined)] == [columns] * rows
                assert not set("".join(texts((*drawn, *lined)))) & set("\x1b\x07\n\u202e")


def test_the_cell_under_the_cursor_is_in_sight_and_framed_wherever_it_is() -> None:
    found = reached("15", "solution")
    for subject in range(len(found.subjects)):
        for thing in range(len(found.things)):
            shown = texts(table(found, 60, 6, (subject, thing)))
            assert sum(text.count("[") for text in shown) == 1
            row = next(text for text in shown if "[" in text)
            who = subject_name(found.subjects[subject])
            assert row.startswith(who[:5])


def test_what_is_of_interest_stands_before_what_only_administrators_reach() -> None:
    assert reached("10").things[0] == Thing("bucket", "coffeeshop-receipts")


def test_a_line_leads_from_the_chosen_one_to_each_thing_that_they_reach_and_nowhere_else() -> (
    None
):
    found = reached("15", "solution")
    nth = next(
        n
        for n, subject in enumerate(found.subjects)
        if subject_name(subject) == "mina ▸ Manager"
    )
    shown = texts(drawing(found, 80, 40, nth))
    marked = [text for text in shown if text.rstrip().endswith("LR")]
    assert ["coffeeshop-payroll" in text for text in marked] == [True]


def test_nobody_and_nothing_is_drawn_without_a_fault() -> None:
    nothing = Access((), (), {})
    assert len(drawing(nothing, 40, 5, 0)) == 5
    assert len(table(nothing, 40, 5, (0, 0))) == 2
    assert visible_part(nothing, 40, 5).subjects == 0


def test_a_crowd_beside_as_many_things_is_told_and_drawn_by_the_cells_that_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowd = {Subject(f"user{n}"): Thing("bucket", f"bucket{n}") for n in range(120)}
    rows = {who: {mine: reached("10").distinct_cells[0]} for who, mine in crowd.items()}
    found = Access((*crowd,), (*crowd.values(),), rows)
    asked = Counter[str]()
    ask = Thing.__hash__

    def counted(thing: Thing) -> int:
        asked["thing"] += 1
        return ask(thing)

    monkeypatch.setattr(Thing, "__hash__", counted)
    assert "user119\n  bucket119: " in lines(access_rows(found))
    table(found, 80, 12, (0, 0))
    assert asked["thing"] < 10 * len(crowd)


@pytest.mark.parametrize("columns", [60, 78, 96, 116])
@pytest.mark.parametrize("number", ["05", "10", "25", "26"])
def test_names_in_the_table_are_shortened_in_their_middle_and_never_alike(
    columns: int, number: str
) -> None:
    found = reached(number)
    heads, ends = set[str](), set[str]()
    for thing in range(len(found.things)):
        at = (0, thing)
        seen = visible_part(found, columns, 30, at)
        named = texts(table(found, columns, 30, at))[1][seen.names :]
        start = (thing - seen.thing) * seen.column
        shown = named[start : start + seen.column].strip()
        heads.add(shown)
        name = found.things[thing].name
        if "…" in shown:
            first, _, last = shown.partition("…")
            assert name.startswith(first)
            assert name.endswith(last)
            ends.add(first)
    assert len(heads) == len(found.things)
    assert any(ends)


def test_what_somebody_could_be_given_is_told_as_that_beside_what_they_have() -> None:
    said = lines(access_rows(reached("22"), "Robin"))
    assert said.startswith(
        "robin\n  nothing\nrobin, if given more policies\n  coffeeshop-receipts\n"
    )


def test_a_request_that_a_job_makes_with_a_code_is_not_said_to_be_asked_for_by_no_job() -> (
    None
):
    said = lines(access_rows(reached("20"), "casey"))
    assert "no job asks for this with an access key and without an MFA code" in said
    assert "no job asks for this request\n      Statement List" not in said


def test_what_the_brief_calls_fine_stays_so_beside_a_policy_that_allows_more() -> None:
    put = "aws iam put-group-policy --group-name Staff --policy-name code --policy-document"
    with_code = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    statement = {**everything, "Condition": with_code}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    access = reached("20", f"{put} '{document}'\n")
    rows = access_rows(access, "sam")
    (creates,) = (row for row in rows if row.text.startswith("iam:CreateVirtualMFADevice"))
    assert creates.mark is Mark.OK
    said = lines(with_made_up_names(played("20"), rows, access.all_decisions))
    assert "access-grants/default" in said
    assert "“default” is a made-up name" not in said


def test_what_a_job_asks_only_of_a_tag_is_told_with_the_tag() -> None:
    said = lines(access_rows(reached("40"), "kim"))
    assert "the job needs it only when aws:ResourceTag/station is waffles" in said


def test_a_resource_that_the_proof_made_up_is_told_to_be_made_up() -> None:
    access = reached("40")
    rows = access_rows(access, "kim")
    said = lines(with_made_up_names(played("40"), rows, access.all_decisions))
    assert "“x” is a made-up name. It stands for any name that fits." in said
    assert "“waffle-orders” is a made-up name" not in said


def test_a_user_of_the_same_name_is_not_told_to_be_made_up() -> None:
    hired = "aws iam create-user --user-name x\n"
    access = reached("40", hired)
    rows = access_rows(access, "x")
    said = lines(with_made_up_names(played("40", hired), rows, access.all_decisions))
    assert said.startswith("x\n")
    assert "is a made-up name" not in said


TRUST_NO_ID = "aws iam create-role --role-name OrdersExport --assume-role-policy-document file://policies/trust-no-id.json\n"


@pytest.mark.parametrize(
    "name",
    [
        "Courier",
        "role/Courier",
        "444455556666/role/Courier",
        "account/444455556666/role/courier",
        "account 444455556666/role/Courier",
        "arn:aws:iam::444455556666:role/Courier",
    ],
)
def test_a_stranger_is_found_by_every_name_that_screens_have_for_them(name: str) -> None:
    assert lines(access_rows(reached("25"), name)).startswith(
        "role/Courier in account 444455556666\n"
    )


def test_another_accounts_role_whose_job_works_has_a_row_and_answers_to_its_name() -> None:
    found = reached("25", "solution")
    named = lines(access_rows(found, "account 444455556666/role/Courier"))
    assert "role/Courier in account 444455556666 ▸ OrdersExport\n" in named
    assert "✓ read, fine: s3:GetObject" in named


def test_a_call_of_a_partners_job_that_is_allowed_is_shown_before_the_whole_job_works() -> (
    None
):
    trust = "aws iam create-role --role-name OrdersExport --assume-role-policy-document file://policies/trust.json\n"
    assert "role OrdersExport\n    ✓ write, fine: sts:AssumeRole" in lines(
        access_rows(reached("25", trust), "Courier")
    )


def test_a_user_who_has_no_credential_yet_has_a_row_where_credentials_are_not_lent() -> (
    None
):
    play = played("10", "aws iam create-user --user-name noa\n")
    unlent = tuple(replace(want, minted=False) for want in play.scenario.wants)
    play = replace(play, scenario=replace(play.scenario, wants=unlent))
    access = survey_access(play, graded("10"))
    assert lines(access_rows(access, "noa")) == "noa\n  nothing"


def test_of_someone_whose_requests_were_not_all_tried_nothing_is_not_said() -> None:
    subject = Subject("noa")
    bucket = Thing("bucket", "menu")
    access = Access((subject,), (bucket,), {}, untried=frozenset({"noa"}))
    untold = "not every request was tried"
    for rows in (
        access_rows(access),
        access_rows(access, "noa"),
        access_rows(access, "menu"),
        explain_cell(access, subject, bucket),
    ):
        assert untold in lines(rows).lower()
    assert "?" in "".join(text for line in table(access, 60, 4) for text, _ in line)


def test_what_a_job_does_in_other_circumstances_is_not_said_to_be_refused_at_all() -> None:
    found = reached("25", TRUST_NO_ID)
    said = "role OrdersExport: write (must be refused outside the job's conditions)"
    assert said in lines(access_rows(found))
    alone = lines(access_rows(found, "Courier"))
    said = (
        "no job asks for this in a session of the role Courier and without sts:ExternalId"
    )
    assert said in alone


def test_the_statement_that_somebody_wrote_is_cited_before_what_another_account_allows() -> (
    None
):
    said = lines(access_rows(reached("25", TRUST_NO_ID), "Courier"))
    assert "Statement “Partner” of the trust policy allows it" in said
    assert "A policy of their own account allows" not in said


def test_a_level_is_followed_by_what_the_grade_holds_of_it() -> None:
    said = lines(access_rows(reached("26")))
    assert "role ReportPayroll, other resources: write (more than needed)" in said


@pytest.mark.parametrize(
    ("scenario", "script"), [("01", ""), ("01", "solution"), ("24", "")]
)
def test_roots_row_shows_what_the_engine_decides_for_root(
    scenario: str, script: str
) -> None:
    found = reached(scenario, script)
    (root,) = (subject for subject in found.subjects if subject == Subject("root"))
    for thing in found.things:
        if thing.exists and thing.name:
            said = lines(explain_cell(found, root, thing))
            assert found.cell(root, thing), thing
            assert "no policy allows it" not in said


def test_a_policy_that_denies_root_is_why_an_empty_cell_of_roots_is_empty() -> None:
    found = reached("01")
    nowhere = Thing("bucket", "nowhere")
    said = lines(explain_cell(found, Subject("root"), nowhere))
    assert said == "Root has no access here: a policy denies it."


def test_a_job_whose_person_lost_a_credential_is_still_their_job() -> None:
    keyless = """aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
"""
    report = graded("03", keyless)
    assert not [
        c.id
        for c in report.checks
        if c.kind == "only" and c.subject != "till" and c.passed is False
    ]
    said = lines(access_rows(reached("03", keyless)))
    both = "casey, if given a credential, robin, if given a credential"
    assert f"{both}\n  ✓ coffeeshop-receipts: list\n" in said


def test_what_nobodys_job_needs_is_more_than_needed_without_a_credential_too() -> None:
    more = """aws iam create-user --user-name casey
aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
"""
    (row,) = (
        c
        for c in graded("03", more).checks
        if c.kind is CheckKind.EXCESS and c.subject == "casey"
    )
    assert row.passed is False


def test_a_row_of_the_table_says_what_somebody_would_have_to_be_given() -> None:
    line = "aws iam create-user --user-name casey\naws iam add-user-to-group --group-name Cashiers --user-name casey\n"
    shown = texts(table(reached("03", line), 78, 12))
    assert any(row.startswith("casey + credential") for row in shown)


def test_a_level_that_is_more_than_needed_is_listed_once() -> None:
    found = reached("10")
    casey = Subject("casey")
    thing = found.things[0]
    needed = found.cell(casey, thing)
    too_much = replace(needed[0], mark=Mark.EXTRA)
    row = {thing: (*needed, too_much)}
    access = Access((casey,), (thing,), {casey: row}, True, ())
    said = lines(access_rows(access))
    assert "coffeeshop-receipts: read; list (more than needed)" in said


def test_a_user_without_any_credential_is_said_to_have_none() -> None:
    hired = "aws iam create-user --user-name pat\naws iam add-user-to-group --group-name Staff --user-name pat\n"
    says = "Pat has no password and no active access key."
    play = played("20", hired)
    assert says in lines(access_rows(reached("20", hired), "pat", (), play.account))
    with_key = f"{hired}aws iam create-access-key --user-name pat\n"
    play = played("20", with_key)
    assert says not in lines(access_rows(reached("20", with_key), "pat", (), play.account))


def test_a_table_with_requests_behind_other_calls_says_that_it_lists_only_the_refused() -> (
    None
):
    remark = "Requests that need other calls first are listed only if they must be refused."
    assert remark in lines(access_rows(reached("26")))
    assert remark not in lines(access_rows(reached("10")))


def test_a_user_of_identity_center_and_an_iam_user_of_one_name_are_told_apart() -> None:
    iam_user, workforce_user = Subject("casey"), Subject("workforce/casey")
    assert subject_name(iam_user) == "casey"
    assert subject_name(workforce_user) == "casey (Identity Center)"
    access = Access((iam_user, workforce_user), (), {})
    named = [row.text for row in access_rows(access, "casey") if row.role == "name"]
    assert named == ["casey", "casey (Identity Center)"]
