"""The register of a class: whose each hand-in is, who is late and by how much, the best of several tries, who is missing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from coffeeshop.classroom.formats import GRADEBOOKS
from coffeeshop.classroom.formats.gradebooks import has_column
from coffeeshop.classroom.judge import Task, graded_report, judge
from coffeeshop.classroom.register import Entry, Register, duration_text
from coffeeshop.classroom.roster import parse_roster
from coffeeshop.lessons.exercises.choice import Choice
from coffeeshop.lessons.exercises.exercise import draft, scenario_of_files
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.handin import handin_text
from coffeeshop.lessons.play.record import Record
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.problem import Problems
from tests.lessons.folder import VARIED, folder, played

CLASS = "learner,name,email,variant,pseudonym\nana,Ana Smith,ana@x.example,0,p-1\nbo,Bo Łukasz,bo@x.example,3000,p-2\ncy,=1+1,cy@x.example,,p-3\ndee,Dee,dee@x.example,5000,p-4\n"
DUE = datetime(2026, 11, 20, tzinfo=UTC)
GOOD, BAD = "solution.sh", "wrong/tonight.sh"


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("register"), VARIED)


class Desk:
    """Takes in hand-ins, as `grade` does."""

    def __init__(
        self,
        lesson: Path,
        text: str = CLASS,
        veiled: bool = False,
        due: datetime | None = DUE,
    ) -> None:
        self.lesson, self.register, self.number = (
            lesson,
            Register(parse_roster(text), due, veiled),
            0,
        )

    def takes(
        self,
        name: str,
        script: str = GOOD,
        variant: int = 0,
        days: float = 0,
        shown: bool = False,
    ) -> str:
        scenario = load(self.lesson, variant)
        record = Record(DUE + timedelta(days=days), 1, shown=shown)
        return self.receives(
            name, handin_text(played(scenario, scenario.text(script)), record).encode()
        )

    def receives(self, name: str, data: bytes) -> str:
        self.number += 1
        task = self.register.with_owners(Task(name, data, str(self.lesson)), self.number)
        return self.register.record_grade(task, judge(task, lambda: None)).summary_line

    @property
    def results(self) -> list[str]:
        return [str(result) for result in self.register.results()]


def test_each_learner_has_a_line_and_who_handed_in_nothing_is_missing(lesson: Path):
    desk = Desk(lesson)
    desk.takes("ana.handin.jsonl")
    desk.takes("class/cy/05.handin.jsonl", BAD)
    assert desk.results == [
        "Ana Smith: 90-a-small-one: ★★★ 100", "Bo Łukasz: 90-a-small-one: missing",
        "=1+1: 90-a-small-one: ☆☆☆ 0 “Casey can open any receipt” works only in part.", "Dee: 90-a-small-one: missing",
    ]  # fmt: skip


def test_nobody_handed_in_anything(lesson: Path):
    assert Desk(lesson).results == [
        "Ana Smith: missing",
        "Bo Łukasz: missing",
        "=1+1: missing",
        "Dee: missing",
    ]


@pytest.mark.parametrize(("tries", "said"), [
    ([(BAD, 0), (GOOD, 0)], "★★★ 100, the best of 2 hand-ins"), ([(GOOD, 2), (GOOD, -1), (GOOD, 1)], "★★★ 100, the best of 3 hand-ins"),
    ([(GOOD, 2.5)], "★★★ 100, late by 2 d 12 h"), ([(GOOD, 1), (BAD, -1)], "★★★ 100, the best of 2 hand-ins, late by 1 d"),
])  # fmt: skip
def test_the_best_of_several_tries_counts_in_time_before_late(
    lesson: Path, tries: list[tuple[str, float]], said: str
):
    desk = Desk(lesson)
    for number, (script, days) in enumerate(tries):
        desk.takes(f"class/ana/{number}.handin.jsonl", script, days=days)
    assert desk.results[0] == f"Ana Smith: 90-a-small-one: {said}"


def test_what_cannot_be_graded_is_no_missing_and_a_good_one_beside_it_counts(lesson: Path):
    desk = Desk(lesson)
    desk.receives("ana.handin.jsonl", b"{}")
    assert desk.results[0].startswith(
        "Ana Smith: ungradable: its first line isn't the header"
    )
    desk.takes("ana.handin-1.jsonl")
    assert desk.results[0] == "Ana Smith: 90-a-small-one: ★★★ 100"


def test_who_handed_in_something_else_is_missing_and_it_is_told(lesson: Path):
    desk = Desk(lesson)
    desk.register.pass_over("class/ana/photo.png")
    desk.register.pass_over("somebody/photo.png")
    desk.register.pass_over("bo.docx")
    desk.takes("bo.handin.jsonl", variant=3000)
    assert desk.results[:2] == [
        "Ana Smith: 90-a-small-one: missing, 1 file skipped",
        "Bo Łukasz: 90-a-small-one: ★★★ 100",
    ]


def test_a_sentence_goes_on_where_more_is_told(lesson: Path):
    desk = Desk(lesson)
    desk.takes("ana.handin.jsonl", BAD, days=1)
    desk.takes("cy.handin.jsonl", BAD)
    assert desk.results[0].endswith(" works only in part, late by 1 d")
    assert desk.results[2].endswith(" works only in part.")


def test_a_solution_that_was_shown_earns_nothing(lesson: Path):
    desk = Desk(lesson)
    assert (
        desk.takes("ana.handin.jsonl", shown=True)
        == "☆☆☆ 0 The solution was shown in this variant."
    )


def test_a_variant_tells_whose_a_hand_in_is_where_its_name_does_not(lesson: Path):
    desk = Desk(lesson)
    assert desk.takes("download (1)", variant=3001) == "★★★ 100"
    assert desk.results[1] == "Bo Łukasz: 90-a-small-one: ★★★ 100"
    assert desk.register.files_without_owner == []


def test_a_play_in_anothers_variant_is_none_and_says_whose(lesson: Path):
    desk = Desk(lesson)
    assert desk.takes("ana.handin.jsonl", variant=3000) == (
        "ungradable: it was played in variant 3000, which is Bo Łukasz's, not in the variant of Ana Smith"
    )
    assert desk.takes("cy.handin.jsonl", variant=9) == "★★★ 100"


def test_an_exercise_of_another_seed_is_none_and_those_of_a_class_are_one_task():
    text = "learner,name,practice\nana,Ana,7000\nbo,Bo,9000\n"
    register, said = Register(parse_roster(text)), ""
    for number, (who, seed) in enumerate((("ana", 7000), ("bo", 9001), ("bo", 7000)), 1):
        scenario = scenario_of_files(choice := Choice("any", 1, seed), draft(choice, 0))
        task = register.with_owners(
            Task(f"{who}/{number}.handin.jsonl", b"", choice.id), number
        )
        play = Play(scenario)
        said = register.record_grade(
            task, graded_report(task, play, grade(play))
        ).summary_line
    assert said == "ungradable: it is the exercise with seed 7000, but Bo has another seed"
    assert [str(result).split(" ☆")[0] for result in register.results()] == [
        "Ana: practice-any-level1:",
        "Bo: practice-any-level1:",
    ]


def test_a_scenario_that_has_no_variants_is_everybody_s_own(tmp_path: Path):
    desk = Desk(folder(tmp_path))
    assert desk.takes("bo/05.handin.jsonl").startswith("★★★")


def test_without_a_roster_what_came_late_is_told_by_file_and_of_what_nobody_knows(
    lesson: Path,
):
    desk = Desk(lesson)
    desk.register = Register(due=DUE)
    desk.takes("ana.handin.jsonl", days=1)
    desk.takes("bo.handin.jsonl", days=-1)
    desk.receives("cy.handin.jsonl", b"{")
    assert [*desk.register.lateness_lines()] == [
        "ana.handin.jsonl: late by 1 d",
        "1 hand-in of 3 came late",
        "1 hand-in of 3 came at an unknown time, because the file has no date",
    ]
    desk.register = Register()
    desk.takes("ana.handin.jsonl", days=1)
    assert [*desk.register.lateness_lines()] == []


def test_what_canvas_marks_as_late_is_late_whatever_the_learners_clock_said(lesson: Path):
    desk = Desk(lesson)
    desk.takes("smithana_LATE_1_2_05.handin.jsonl")
    assert desk.results[0].endswith("★★★ 100, late according to the file's name")


def test_a_mark_of_late_without_a_delay_says_that_it_costs_nothing():
    entry = Entry("x", "passed", 3, 100, "", "", None, True, "10%/day")
    costs = "late according to the file's name, but without a date, so there is no penalty"
    assert (entry.lateness, entry.share_left) == (costs, 1)
    assert structs.replace(entry, late_rule="").lateness == costs.partition(", but")[0]


def test_whose_nobody_knows_is_told(lesson: Path):
    desk = Desk(lesson, "learner,name\n1001,Ana Smith\n1002,Ana Smith\n")
    desk.takes("eve.handin.jsonl")
    desk.takes("Ana Smith/05.handin.jsonl")
    assert desk.register.files_without_owner == [
        "eve.handin.jsonl: it isn't from anyone in the roster", "Ana Smith/05.handin.jsonl: it could be from Ana Smith (1001) or Ana Smith (1002)",
    ]  # fmt: skip


def test_pseudonyms_stand_for_every_name(lesson: Path):
    desk = Desk(lesson, veiled=True)
    desk.takes("class/Ana Smith/05.handin.jsonl")
    desk.takes("class/Bo Łukasz/05.handin.jsonl", variant=5000)
    desk.takes("download", variant=5000)
    desk.takes("Eve", variant=0)
    told = "\n".join(
        (
            *desk.results,
            *desk.register.files_without_owner,
            *map(str, desk.register.likenesses()),
        )
    )
    assert {"p-1", "p-2", "p-3", "p-4"} <= {
        *told.replace(":", " ").replace("'", " ").split()
    }
    assert not any(name in told for name in ("Ana", "Bo", "Eve", "Dee"))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 min"),
        (59 * 60, "59 min"),
        (3600, "1 h"),
        (90061, "1 d 1 h"),
        (10**7, "115 d 17 h"),
    ],
)
def test_how_late_is_told_in_two_units(seconds: int, said: str):
    assert duration_text(timedelta(seconds=seconds)) == said


# ------------------------------------------------------------------- gradebooks
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,A small one (77),90-other (78)
,,,,,Manual Posting,
    Points Possible,,,,,20,5
"Smith, Ana",12,ana,ana@x.example,A,,3
"Łukasz, Bo",13,bo,bo@x.example,A,7,4
"""


def gradebook(form: str, desk: Desk, points: float = 100, column: str = "") -> list[str]:
    return "".join(GRADEBOOKS[form](desk.register, points, column)).splitlines()


@pytest.fixture
def marked(lesson: Path) -> Desk:
    desk = Desk(lesson)
    desk.takes("ana.handin.jsonl", "wrong/shred-too.sh", days=1)
    desk.receives("bo.handin.jsonl", b"{}")
    desk.takes("cy.handin.jsonl")
    return desk


def test_canvas_gets_a_row_of_points_and_one_for_each_who_has_a_grade(marked: Desk):
    assert gradebook("canvas", marked, 20) == [
        "Student,ID,SIS User ID,SIS Login ID,Section,A small one", "    Points Possible,,,,,20",
        '"Smith, Ana",,ana,ana@x.example,,3.33', "'=1+1,,cy,cy@x.example,,20",
    ]  # fmt: skip


def test_canvas_gets_its_own_column_and_scale_back(lesson: Path):
    desk = Desk(lesson, CANVAS)
    desk.takes("ana.handin.jsonl")
    assert gradebook("canvas", desk) == [
        "Student,ID,SIS User ID,SIS Login ID,Section,A small one (77)", "    Points Possible,,,,,20", '"Smith, Ana",12,ana,ana@x.example,A,20',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "heading", "points"),
    [("90-other", "90-other (78)", "5"), ("Other (1)", "Other (1)", "100")],
)
def test_a_column_is_called_as_the_gradebook_calls_it(
    lesson: Path, column: str, heading: str, points: str
):
    desk = Desk(lesson, CANVAS)
    desk.takes("ana.handin.jsonl")
    table = [line.rpartition(",")[2] for line in gradebook("canvas", desk, column=column)]
    assert table == [heading, points, points]
    bare = column.removesuffix(" (1)")
    assert gradebook("moodle", desk, column=column)[0].endswith(
        f",{bare},{bare} (feedback)"
    )


def test_moodle_gets_a_grade_and_the_first_finding(marked: Desk):
    first, ana, cy = gradebook("moodle", marked)
    assert first == "ID number,Email address,A small one,A small one (feedback)"
    assert ana.startswith("ana,ana@x.example,16.67,")
    assert ana.endswith("; late by 1 d")
    assert cy == "cy,cy@x.example,100,★★★ 100"


def test_brightspace_gets_number_signs_and_a_scale(marked: Desk):
    assert gradebook("brightspace", marked, 10) == [
        "OrgDefinedId,Username,A small one Points Grade <Numeric MaxPoints:10>,End-of-Line Indicator",
        "#ana,#ana@x.example,1.67,#", "#cy,#cy@x.example,10,#",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("named", "called"), [("Lab (2) of March", "Lab (2) of March"), ("Lab 2 (77)", "Lab 2")]
)
def test_a_new_column_loses_no_number_but_the_one_by_which_canvas_knows_it(
    marked: Desk, named: str, called: str
):
    assert (
        gradebook("brightspace", marked, 10, named)[0].split(",")[2]
        == f"{called} Points Grade <Numeric MaxPoints:10>"
    )


BRIGHTSPACE = """OrgDefinedId,Username,A small one Points Grade <Numeric MaxPoints:20 Weight:10 Category:Labs>,A small one Text Grade,End-of-Line Indicator
#ana,#ana@x.example,,,#
#bo,#bo@x.example,3,,#
"""


def test_brightspace_gets_its_own_column_and_scale_back(lesson: Path):
    desk = Desk(lesson, BRIGHTSPACE)
    desk.takes("1-2 - Ana Smith - Nov 26, 2026 644 PM - ana.handin.jsonl")
    assert gradebook("brightspace", desk) == [
        "OrgDefinedId,Username,A small one Points Grade <Numeric MaxPoints:20 Weight:10 Category:Labs>,End-of-Line Indicator",
        "#ana,#ana@x.example,20,#",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "heading",
    [
        "Assignment: A small one (Real)",
        "Assignment: A small one",
        "Quiz:a small ONE (Real)",
        "90-a-small-one",
        "Aufgabe: A small one (Punkte)",
        "Devoir\xa0: A small one (Brute)",
        "Tarea:A small one (Real)",
        "課題：A small one（評点）",
        "Taak: A small one (Reële waarde)",
    ],
)
def test_moodle_calls_a_column_as_it_is_called_there(lesson: Path, heading: str):
    desk = Desk(lesson, f"ID number,Something,{heading}\nana,,-\n")
    desk.takes("ana.handin.jsonl")
    match = re.search("a small one", heading, re.IGNORECASE)
    called = match[0] if match else heading
    assert gradebook("moodle", desk) == [
        f"ID number,{called},{called} (feedback)",
        "ana,100,★★★ 100",
    ]


@pytest.mark.parametrize(
    ("headings", "called"),
    [
        (["A small one (Punkte)", "Kurs gesamt (Punkte)"], "A small one"),
        (["Quiz: A (Note)", "Aufgabe: A small one (Punkte)", "Aufgabe: A small one (Prozentsatz)"], "A small one"),
        (["Assignment: A small one (Real)", "Assignment: A small one (Letter)", "Assignment: A small one (Feedback)"], "A small one"),
        (["Assignment: A small one (Real)", "Assignment: A small one (bonus) (Real)"], "A small one"),
        (["A small one (Real)", "A small one (Percentage)", "Course total (Real)", "Course total (Percentage)"], "A small one"),
        (["A small one (bonus)", "Other"], ""),
    ],
)  # fmt: skip
def test_a_column_of_moodle_is_found_whatever_it_shows_and_whatever_language_it_is_in(
    lesson: Path, headings: list[str], called: str
):
    desk = Desk(lesson, f"ID number,{','.join(headings)}\nana{',-' * len(headings)}\n")
    desk.takes("ana.handin.jsonl")
    assert desk.register.roster
    (result,) = desk.register.results()
    assert has_column(desk.register.roster, result, "") == bool(called)
    assert gradebook("moodle", desk)[0] == ("ID number,A small one,A small one (feedback)")


@pytest.mark.parametrize(
    ("headings", "column", "heading"),
    [
        ("Quiz: Homework 1 (Real),Assignment: Homework 1 (Real)", "Assignment: Homework 1 (Real)", ""),
        ("Quiz: Homework 1 (Real),Assignment: Homework 1 (Real)", "assignment: homework 1", "Assignment: Homework 1 (Real)"),
        ("Lab 1: IAM (11),Lab 2: IAM (11)", "Lab 2: IAM (11)", ""),
        ("Lab 1: IAM (11),Lab 2: IAM (12)", "Lab 2: IAM", "Lab 2: IAM (12)"),
        ("IAM,Lab 2: IAM", "Lab 2: IAM", ""),
        ("Lab 2: IAM,IAM", "IAM", ""),
        ("lab,Lab", "Lab", ""),
        ("Lab 1: IAM (11),Lab 1: IAM (12)", "Lab 1: IAM (12)", ""),
        ("Assignment: A small one (Real),A small one", "", "A small one"),
        # what another is called stays another's
        ("Lab 1: IAM (Real)", "Lab 2: IAM (Real)", ""),
        ("IAM", "Lab 2: IAM", ""),
        ("Homework 1 (77)", "Homework 1 (78)", ""),
    ],
)  # fmt: skip
def test_of_columns_that_are_called_alike_the_one_that_was_named_gets_the_marks(
    lesson: Path, headings: str, column: str, heading: str
):
    desk = Desk(lesson, f"Student,SIS User ID,{headings}\nAna,ana,,\n")
    desk.takes("ana.handin.jsonl")
    assert gradebook("canvas", desk, column=column)[0].rpartition("Section,")[2] == (
        heading or column
    )


@pytest.mark.parametrize("form", GRADEBOOKS)
@pytest.mark.parametrize(
    ("headings", "column"),
    [
        ("Quiz: A small one (Real),Assignment: A small one (Real)", ""),
        ("A small one (1),90-a-small-one (2)", ""),
        ("Aufgabe: A small one (Punkte),Test: A small one (Punkte)", ""),
        ("Lab (11),Lab (12)", "Lab"),
        ("Lab,Lab", "Lab"),
    ],
)
def test_where_two_columns_could_be_meant_nobody_guesses(
    lesson: Path, form: str, headings: str, column: str
):
    desk = Desk(lesson, f"Student,SIS User ID,{headings}\nAna,ana,1,2\n")
    desk.takes("ana.handin.jsonl")
    with pytest.raises(
        Problems, match=r"could be any of these columns: .*; choose one with --column"
    ) as found:
        gradebook(form, desk, column=column)
    assert headings.replace(",", ", ") in str(found.value)


@pytest.mark.parametrize(
    "heading", ["a{}b", "a{}(Real", "a{}(1", "a{}Points Grad", '"a:{}\nb"']
)
def test_a_heading_of_a_hundred_thousand_blanks_is_nobodys_at_once(
    lesson: Path, heading: str
):
    desk = Desk(lesson, f"Student,SIS User ID,{heading.format(' ' * 100_000)}\nAna,ana,1\n")
    desk.takes("ana.handin.jsonl")
    assert gradebook("canvas", desk)[0].endswith("Section,A small one")


def test_a_column_that_is_named_is_not_two_scenarios(lesson: Path, tmp_path: Path):
    desk = Desk(lesson)
    desk.takes("ana.handin.jsonl")
    desk.lesson = folder(
        tmp_path, VARIED, id="91-another", other=('"90-a-small-one"', '"91-another"')
    )
    desk.takes("ana.handin.jsonl")
    with pytest.raises(
        Problems,
        match="Homework is only one column, but these hand-ins are from 2 scenarios",
    ):
        gradebook("canvas", desk, column="Homework")


def test_what_no_system_writes_of_a_title_stays_in_it(lesson: Path):
    desk = Desk(lesson)
    desk.takes("ana.handin.jsonl")
    assert gradebook("moodle", desk, column="Lab: one")[0].endswith(
        ",Lab: one,Lab: one (feedback)"
    )


@pytest.mark.parametrize("form", GRADEBOOKS)
def test_a_class_without_a_grade_is_a_gradebook_without_rows(lesson: Path, form: str):
    assert len(gradebook(form, Desk(lesson))) == (2 if form == "canvas" else 1)
