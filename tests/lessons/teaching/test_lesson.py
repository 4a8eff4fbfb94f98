"""A lesson is played on a copy of the scenario's account; what does not compute says where, and what would."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.authoring.assertions import teaching
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.find import find, folders, heading
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.teaching.lesson import (
    Demonstration,
    Document,
    Prediction,
    Reach,
    lesson,
)
from coffeeshop.lessons.teaching.markdown import LENGTH_LIMIT, Paragraph, pages
from coffeeshop.policy.model import ImplicitlyDenied, Problem, Problems
from coffeeshop.views.lesson import answered_rows, page_rows
from tests.examples import some
from tests.lessons.folder import FILES, folder

POLICY = '```policy mine.json\n{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}}\n```\n'
GIVEN = "```acts\n# Kim comes\naws iam create-user --user-name kim\naws iam put-user-policy --user-name kim \\\n  --policy-name p --policy-document file://mine.json\n```\n"
ASKED = '```request\nas = "kim"\ndo = """\naws s3api list-objects-v2\n  --bucket coffeeshop-payroll"""\nwhy = "It is allowed."\n```\n'
REACH = '```reach\nwho = ["kim", "casey"]\n[to]\n"payroll" = "aws s3api list-objects-v2 --bucket coffeeshop-payroll"\n```\n'


def taught(tmp_path: Path, text: str) -> Scenario:
    return load(folder(tmp_path, {**FILES, "lesson.md": text}))


def test_each_block_goes_on_from_the_account_that_the_ones_before_it_made(
    tmp_path: Path,
) -> None:
    before = ASKED.replace("kim", "casey")
    found = lesson(
        taught(tmp_path, f"# One\n{before}# Two\nWords.\n\n{POLICY}{GIVEN}{ASKED}{REACH}")
    )
    assert [page.title for page in found.pages] == ["One", "Two"]
    refused = found.pages[0].prediction
    assert refused is not None
    assert isinstance(refused.ticket.decision, ImplicitlyDenied)
    _, document, acts, asked, reach = found.pages[1].parts
    assert isinstance(document, Document)
    assert document.name == "mine.json"
    assert isinstance(acts, Demonstration)
    assert [(deed.say, deed.command.split()[2]) for deed in acts.calls] == [
        ("Kim comes", "create-user"),
        ("", "put-user-policy"),
    ]
    assert isinstance(asked, Prediction)
    assert asked.ticket.has_succeeded
    assert isinstance(reach, Reach)
    assert [[ticket.has_succeeded for ticket in row] for row in reach.tickets] == [
        [True],
        [False],
    ]


def test_a_chapter_is_taught_before_its_first_lesson_on_the_same_account(
    tmp_path: Path,
) -> None:
    whole = {"chapter.md": f"# Chapter\n{POLICY}{GIVEN}", "lesson.md": f"# Lesson\n{ASKED}"}
    found = lesson(load(folder(tmp_path, {**FILES, **whole})))
    assert [page.title for page in found.pages] == ["Chapter", "Lesson"]
    wrong = {**whole, "chapter.md": "# A\n\n> no\n"}
    with pytest.raises(Problems) as problems:
        lesson(load(folder(tmp_path / "wrong", {**FILES, **wrong})))
    assert problems.value.problems[0].place.path == "chapter.md"


def test_what_a_lesson_does_changes_no_play(tmp_path: Path) -> None:
    scenario = taught(tmp_path, f"# One\n{POLICY}{GIVEN}")
    before = scenario.opening
    lesson(scenario)
    assert scenario.opening is before
    assert "kim" not in scenario.opening.users


def test_a_machine_is_called_by_its_name(tmp_path: Path) -> None:
    asked = '[to]\n"users" = "aws iam list-users"\n'
    found = lesson(
        taught(
            tmp_path,
            f'# One\n\n```reach\nwho = ["function/espresso-api", "casey", "root"]\n{asked}```\n',
        )
    )
    (reach,) = (part for part in found.pages[0].parts if isinstance(part, Reach))
    assert reach.people == ("The function espresso-api", "Casey", "The owner")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("words\n", 1, "before the first page's heading"),
        ("", 1, "no page"),
        ("# A\n\n## B\n", 3, "one heading"),
        ("# A\n\n```python\n1\n```\n", 3, "no block is called python"),
        ("# A\n\n```\n1\n```\n", 3, "no block is called (nothing)"),
        ("# A\n\n> quoted\n", 3, "holds no blockquote"),
        ("# A\n\na [link](https://example.com)\n", 3, "hold no link"),
        ("# A\n\n---\n", 3, "holds no hr"),
        ("# A\n", 1, "is empty"),
        ("# A\n\n```policy\n{\n```\n", 5, ""),
        ("# A\n\n```policy gone.json\n```\n", 3, "there is no file gone.json"),
        ("# A\n\n```acts\naws iam create-usr --user-name kim\n```\n", 4, "create-usr"),
        ("# A\n\n```acts\n# casey is there\naws iam create-user --user-name casey\n```\n", 5, "AWS refuses this"),
        ('# A\n\n```request\nas = "casey"\ndo = "aws iam list-users"\n```\n', 3, "why"),
        ('# A\n\n```request\nas = "casey"\ndo = "aws iam list-usrs"\nwhy = "w"\n```\n', 3, "policies don't decide"),
        ('# A\n\n```request\nas = "casey as Ghost"\ndo = "aws iam list-users"\nwhy = "w"\n```\n', 3, "there is no role Ghost for casey"),
        ('# A\n\n```request\nas = "nobody at all"\ndo = "aws iam list-users"\nwhy = "w"\n```\n', 3, "is no one"),
        ('# A\n\n```request\nas = "zoe"\ndo = "aws iam list-users"\nwhy = "w"\n```\n', 3, "there is no user zoe"),
        ('# A\n\n```request\nas = "ada"\ndo = "aws iam get-user --user-name zoe"\nwhy = "w"\n```\n', 3, "policies don't decide"),
        ('# A\n\n```reach\nwho = []\n[to]\n```\n', 3, "no cell"),
        ('# A\n\n```reach\nwho = "kim"\n```\n', 4, "who"),
    ],
)  # fmt: skip
def test_what_does_not_compute_says_on_which_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(Problems) as found:
        lesson(taught(tmp_path, text))
    problem = found.value.problems[0]
    assert problem.place.line == line, problem
    assert said in problem.text


def test_all_that_is_wrong_comes_at_once(tmp_path: Path) -> None:
    with pytest.raises(Problems) as found:
        lesson(
            taught(
                tmp_path, "# A\n\n```policy\n{\n```\n\n# B\n\n```acts\naws nonsense\n```\n"
            )
        )
    assert [problem.place.line for problem in found.value.problems] == [5, 10]


@pytest.mark.parametrize("place", folders(), ids=lambda place: place.name)
def test_no_lesson_shows_the_marks_of_its_emphasis(place: Path) -> None:
    pages = lesson(load(place)).pages
    shown = (
        row for page in pages for row in (*page_rows(page), *answered_rows(page, True))
    )
    said = [row.text for row in shown if row.role != "code"]
    assert [
        text for text in said if re.search(r"`|(?<![\w:/*.])\*\w[^*]*\*(?!\w)", text)
    ] == []


def test_a_lesson_that_means_harm_is_bounded() -> None:
    with pytest.raises(Problems, match="five short pages"):
        pages("# A\n" + "x" * LENGTH_LIMIT)
    with pytest.raises(Problems, match="more than 100 parts"):
        pages("# A\n\n" + "a\n\n" * 101)
    deep = pages("# A\n\n" + "*a" * 2_000 + "\n\n" + "[" * 4_000 + "a")
    assert deep[0].title == "A"


def test_words_are_told_apart_by_what_they_are_for() -> None:
    (page,) = pages("# A\n\na *role* and\n**weight** and `code`\n\n- one\n")
    words, point = page.parts
    assert isinstance(words, Paragraph)
    assert [(span.text, span.style) for span in words.spans if span.text.strip()] == [
        ("a ", "text"),
        ("role", "term"),
        (" and", "text"),
        ("weight", "strong"),
        (" and ", "text"),
        ("code", "code"),
    ]
    assert isinstance(point, Paragraph)
    assert (point.bullet, point.text) == (True, "one")


# ------------------------------------------------------------------- author check
@pytest.mark.parametrize(
    ("text", "assertion", "said"),
    [
        ("# A\n\nOnly one page.\n", teaching.lesson_is_short, "has 1 pages"),
        ("# A\n\n" + "word " * 111 + "\n\n# B\n\nb\n", teaching.lesson_is_short, "has 111 words"),
        ("# A\n\n" + "x" * 67 + "\n\n# B\n\nb\n", teaching.lesson_is_short, "this line has 67 characters"),
        ("# A\n\n" + 2 * ASKED.replace("kim", "casey") + "# B\n\nb\n", teaching.lesson_is_short, "has more than one question"),
        ("# A\n\na *zebra*\n\n# B\n\nb\n", teaching.terms_are_explained, "`zebra` isn't in the glossary"),
        ("# A\n\nan *explicit deny* is *allowed*\n\n# B\n\nb\n", teaching.terms_are_explained, "uses `implicit deny`"),
        ("# A\n\n```policy\n{\n```\n", teaching.lesson_computes, ""),
        ('# A {teaches="create-usr"}\n\na\n\n# B\n\nb\n', teaching.skills_exist, "teaches create-usr, but there is no such skill"),
        ("# A {create-user}\n\na\n\n# B\n\nb\n", teaching.lesson_computes, "braces in a heading"),
    ],
)  # fmt: skip
def test_author_check_says_what_a_lesson_lacks(
    tmp_path: Path, text: str, assertion: Callable[[Scenario], Iterator[Problem]], said: str
) -> None:
    found = [problem.text for problem in assertion(taught(tmp_path, text))]
    assert any(said in text for text in found), found


def test_a_page_can_have_a_hundred_and_ten_words(tmp_path: Path) -> None:
    line = "word " * 11 + "\n"
    text = f"# A\n\n{line * 10}\n# B\n\nb\n"
    assert [*teaching.lesson_is_short(taught(tmp_path, text))] == []


def test_a_heading_says_which_skills_its_page_teaches(tmp_path: Path) -> None:
    text = '# One idea, in a line of this length {teaches="create-user join-group"}\n\na\n'
    read = lesson(taught(tmp_path, f"{text}\n# B\n\nb\n"))
    assert [(page.title, page.teaches) for page in read.pages] == [
        ("One idea, in a line of this length", ("create-user", "join-group")),
        ("B", ()),
    ]
    assert [*teaching.lesson_is_short(taught(tmp_path, f"{text}\n# B\n\nb\n"))] == []


FAILS = "```fails\n# A group has no password\naws iam create-login-profile --user-name Bakers --password Oat-flat-white-3\n```\n"


def test_a_call_that_fails_is_shown_with_the_error_that_aws_answers(tmp_path: Path) -> None:
    read = lesson(taught(tmp_path, f"# One\n\n{FAILS}"))
    (shown,) = read.pages[0].parts
    assert isinstance(shown, Demonstration)
    assert not shown.calls[0].outcome.has_succeeded
    text = "\n".join(row.text for row in page_rows(read.pages[0]))
    assert "A group has no password" in text
    assert "AWS answers: NoSuchEntity" in text


def test_a_value_that_a_lesson_writes_on_two_lines_is_shown_as_the_shell_joins_it(
    tmp_path: Path,
) -> None:
    block = "```acts\naws iam create-user \\\n  --user-name k\\\nim\n```\n"
    (shown,) = lesson(taught(tmp_path, f"# One\n\n{block}")).pages[0].parts
    assert isinstance(shown, Demonstration)
    assert shown.calls[0].command == "aws iam create-user --user-name kim"


def test_a_block_of_failing_calls_has_none_that_aws_carries_out(tmp_path: Path) -> None:
    works = "```fails\naws iam create-user --user-name kim\n```\n"
    (problem,) = teaching.lesson_computes(taught(tmp_path, f"# One\n\n{works}"))
    assert (problem.text, problem.mend) == ("AWS carries this out", "write it into acts")
    refused = FAILS.replace("fails", "acts")
    (problem,) = teaching.lesson_computes(taught(tmp_path, f"# One\n\n{refused}"))
    assert "write it into fails" in problem.mend


def test_a_heading_says_what_its_page_refutes_and_why_it_stays(tmp_path: Path) -> None:
    text = (
        '# One {teaches="create-user" refutes="M14 M15" kept="half of a contrast"}\n\na\n'
    )
    (page,) = lesson(taught(tmp_path, text)).pages
    assert (page.title, page.teaches) == ("One", ("create-user",))
    assert page.marks.refutes == ("M14", "M15")
    assert page.marks.kept == "half of a contrast"


def test_what_the_solution_needs_is_taught_before_a_guess() -> None:
    coloured = load(find("23"))
    taught = coloured.text("lesson.md")
    untaught = taught.replace("s3:ExistingObjectTag", "a tag")
    before, asks, after = untaught.rpartition("```request")
    question, ends, rest = after.partition("\n```\n")
    after_the_guess = (
        f"{before}{asks}{question}{ends}The key is `s3:ExistingObjectTag/oven`.\n{rest}"
    )
    assert list(teaching.solution_words_are_introduced(coloured)) == []
    for text in (untaught, after_the_guess):
        lesson = replace(coloured, files={**coloured.files, "lesson.md": text.encode()})
        (problem,) = teaching.solution_words_are_introduced(lesson)
        assert problem.text.startswith("the solution needs s3:ExistingObjectTag/branch, ")


READ = some(folders(), 5, lambda place: place.name)


@pytest.mark.parametrize("place", READ, ids=lambda place: place.name)
def test_every_lesson_of_the_course_holds_what_author_check_asserts_in_other_names_too(
    place: Path,
) -> None:
    begun = [
        other.name
        for other in folders()
        if heading(other).chapter == heading(place).chapter
    ]
    for variant in (0, 3):
        scenario = load(place, variant)
        assert "lesson.md" in scenario.files
        assert ("chapter.md" in scenario.files) == (place.name == begun[0])
        for assertion in (
            teaching.lesson_computes,
            teaching.lesson_is_short,
            teaching.skills_exist,
            teaching.terms_are_explained,
        ):
            assert list(assertion(scenario)) == []
