"""The brief in pages that fit a window: the story, and every check in as few lines as possible.

Nothing of a page is below the fold, and no check is left out. Jobs are grouped by person, and so are
refusals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.lessons.grading.diagnosis import diagnoses_of
from coffeeshop.lessons.grading.practice import rule_sentence
from coffeeshop.lessons.model import Scenario
from coffeeshop.shop.mark import Mode
from coffeeshop.views.brief import CASES_FIXED, no_excess_sentence, says, slack_rows
from coffeeshop.views.cells import fit, wrap_words
from coffeeshop.views.rows import Role
from coffeeshop.views.text import paragraphs

LABEL_WIDTH = 11  # cells of the name of a group of checks
FEW_ACTIONS = 4  # actions of a list that is written out
CHECKS_HEADING = "What will be checked"


class BriefLine(Struct, frozen=True):
    """One line of a page: the name of a group of checks, or blanks, and then a text."""

    text: str
    label: str = ""
    role: Role = "text"


class CheckGroup(Struct, frozen=True):
    """Checks of one kind, with the star that they belong to. Each text is one person's, or one rule."""

    label: str
    star: str
    texts: tuple[str, ...]


def brief_pages(
    scenario: Scenario, columns: int, rows: int
) -> tuple[tuple[BriefLine, ...], ...]:
    """Return the story and the checks as pages of at most `rows` lines, each of at most `columns` cells.

    A group of checks is split only if it is longer than a page. Paragraphs have blank lines between them,
    and the checks have a heading, if everything then fits on one page. The loosest density that needs
    one page wins. If none does, paragraphs follow each other without blank lines.
    """
    layouts = (_pages(scenario, columns, rows, density) for density in Density)
    paged = list(layouts)
    return next((pages for pages in paged if len(pages) == 1), paged[-2])


class Density(Enum):
    """How close the text stands: with blank lines everywhere, between paragraphs, nowhere, or in one paragraph."""

    ROOMY = 0
    AIRY = 1
    TIGHT = 2
    JOINED = 3


def _pages(
    scenario: Scenario, columns: int, rows: int, density: Density
) -> tuple[tuple[BriefLine, ...], ...]:
    """Return the pages in one density. Only those with blank lines have a heading above the checks."""
    has_blanks = density in (Density.ROOMY, Density.AIRY)
    blocks = [[*_story_lines(scenario, columns, density)]]
    groups = [[*_group_lines(group, columns, density)] for group in check_groups(scenario)]
    if groups and has_blanks:
        groups[0].insert(0, BriefLine(CHECKS_HEADING, role="title"))
    if density is Density.ROOMY:
        for group in groups:
            group.insert(0, BriefLine(""))
    return tuple(map(tuple, _fill_pages([*blocks, *groups], max(rows, 4))))


def _fill_pages(blocks: Sequence[list[BriefLine]], rows: int) -> Iterator[list[BriefLine]]:
    """Yield pages: each block whole, on the page before it if there is room."""
    page: list[BriefLine] = []
    for block in blocks:
        if page and len(page) + len(block) > rows:
            yield page
            page = []
        page = [*page, *block]
        while len(page) > rows:
            yield page[:rows]
            page = page[rows:]
    if page:
        yield page


def _story_lines(scenario: Scenario, columns: int, density: Density) -> Iterator[BriefLine]:
    """Yield the lines of the story."""
    texts = paragraphs(scenario.story)
    if density is Density.JOINED:
        texts = (" ".join(texts),)
    for nth, text in enumerate(texts):
        if nth and density in (Density.ROOMY, Density.AIRY):
            yield BriefLine("")
        yield from map(BriefLine, wrap_words(text, columns))


def _group_lines(group: CheckGroup, columns: int, density: Density) -> Iterator[BriefLine]:
    """Yield the lines of a group of checks. Its name and its star are beside the first two."""
    lines = [
        text for each in group.texts for text in _text_lines(each, columns - LABEL_WIDTH)
    ]
    if len(lines) == 1 and density is Density.ROOMY:
        lines.append("")
    labels = (group.label, group.star)
    for nth, text in enumerate(lines):
        yield BriefLine(text, fit(labels[nth] if nth < len(labels) else "", LABEL_WIDTH))


def _text_lines(text: str, columns: int) -> Iterator[str]:
    """Yield the lines of a check. Lines after its first are details, and stand below it."""
    first, *details = text.split("\n")
    yield from wrap_words(f"· {first}", columns, 2)
    for detail in details:
        yield from (f"  {line}" for line in wrap_words(detail, columns - 2))


def check_groups(scenario: Scenario) -> tuple[CheckGroup, ...]:
    """Return every check of a scenario, in groups: jobs, refusals, the limit of access, and good practice.

    A diagnosis has what people report in place of jobs and refusals.
    """
    if not scenario.wants:
        return ()
    slack_texts = (row.text for row in slack_rows(scenario, FEW_ACTIONS))
    limits = (no_excess_sentence(scenario), *slack_texts)
    rules = (rule_sentence(rule.rule, rule.options) for rule in scenario.practice)
    groups = (
        *(_case_groups(scenario) if scenario.cases else _job_groups(scenario)),
        CheckGroup("Limits", "star 2", tuple(_joined_rules(limits))),
        CheckGroup("Practice", "star 3", tuple(_joined_rules(rules))),
    )
    if scenario.is_growing_shop:
        groups = tuple(replace(group, star="") for group in groups)
    return tuple(group for group in groups if group.texts)


def _job_groups(scenario: Scenario) -> Iterator[CheckGroup]:
    """Yield the jobs and the refusals."""
    yield CheckGroup("Must work", "star 1", grouped_sentences(says(scenario, Mode.MUST)))
    yield CheckGroup("Refused", "star 1", grouped_sentences(says(scenario, Mode.NEVER)))


def _case_groups(scenario: Scenario) -> Iterator[CheckGroup]:
    """Yield the people's reports, with AWS's error texts and CloudTrail's records, and the
    needs of star 1."""
    # Imported late, since most scenarios have no cases.
    from coffeeshop.views.cases import evidence

    cases = (
        "\n".join((f"Case {number}, {diagnosis.case.say}", *evidence(diagnosis)))
        for number, diagnosis in enumerate(diagnoses_of(scenario), 1)
    )
    yield CheckGroup("Reported", "name causes", tuple(cases))
    yield CheckGroup("Solved", "star 1", (CASES_FIXED,))


def _joined_rules(rules: Iterable[str]) -> Iterator[str]:
    """Yield the rules as one text, which takes fewer lines than one for each."""
    if joined := " · ".join(rules):
        yield joined


def grouped_sentences(sentences: Sequence[str]) -> tuple[str, ...]:
    """Return sentences about people with one line for each person, and one for people with the same demands.

    "Casey, using MFA, lists the receipts" and "Casey, using MFA, can open any receipt" become "Casey,
    with a code: lists the receipts; opens any receipt".
    """
    demands: dict[tuple[str, str], list[str]] = {}
    for sentence in sentences:
        name, way, demand = _sentence_parts(sentence)
        demands.setdefault((name, way), []).append(demand)
    people: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (name, way), texts in demands.items():
        clause, shorter_texts = _common_clause(texts)
        people.setdefault((way + clause, shorter_texts), []).append(name)
    return tuple(
        _line_of_people(names, way, texts) for (way, texts), names in people.items()
    )


def _sentence_parts(sentence: str) -> tuple[str, str, str]:
    """Return the person, the way in which they ask (", with a code"), and what they do.

    A sentence that begins with an article is about a thing or a class of people, which keeps its words.
    """
    name, _, rest = sentence.partition(" ")
    if name in KEPT_WHOLE or "'" in name:
        return sentence, "", ""
    if name.endswith(","):
        way, comma, demand = rest.partition(", ")
        if comma:
            return name[:-1], f", {way}", demand
    return name, "", rest


def _common_clause(demands: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the clause with which all demands end (", if Mina attaches a policy for it"), and their beginnings."""
    heads = [demand.rpartition(", ") for demand in demands]
    clauses = {tail for head, _, tail in heads if head}
    is_clause = len(clauses) == 1 and next(iter(clauses)).startswith(CLAUSE_STARTS)
    if len(demands) < 2 or not is_clause or not all(head for head, _, _ in heads):
        return "", tuple(demands)
    return f", {clauses.pop()}", tuple(head for head, _, _ in heads)


CLAUSE_STARTS = ("if ", "once ", "when ", "while ", "with ", "without ")
KEPT_WHOLE = frozenset({"A", "An", "The", "Someone", "Somebody", "Anyone", "Nobody", "No"})


def _line_of_people(names: Sequence[str], way: str, demands: Sequence[str]) -> str:
    """Return one line for people with the same demands."""
    if len(names) == 1 and len(demands) == 1:
        joint = ", " if way else " "
        return f"{names[0]}{way}{joint}{demands[0]}" if demands[0] else names[0]
    if not any(demands):
        return "; ".join(names)
    return f"{', '.join(names)}{way}: {'; '.join(demands)}"
