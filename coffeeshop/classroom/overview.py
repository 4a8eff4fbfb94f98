"""Summarize a class: the stars of each learner, common findings and misconceptions, and the time taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.json import encode
from msgspec.structs import replace

from coffeeshop.classroom.class_gain import ClassGain
from coffeeshop.classroom.register import Result, assignment_of, delay_after, lateness_text
from coffeeshop.classroom.roster import Roster, unique_names
from coffeeshop.classroom.whose import Owners, is_marked_late, sender_key
from coffeeshop.lessons.grading.report_document import (
    GradedReport,
    ReportDocument,
    ToldFinding,
)
from coffeeshop.lessons.scenario.find import number
from coffeeshop.lessons.scenario.variant import Renaming, word_replacer

PASSING_STARS = 3


class Mark(Struct, frozen=True):
    """A learner's best graded hand-in of a scenario. `stars` is None if none could be graded.

    `time_taken` is the time from the first grading to the hand-in, by the learner's clock. `delay_text` is the delay in words.
    """

    stars: int | None
    score: float | None = None
    status: str = "missing"
    tries: int | None = None
    calls: int | None = None
    time_taken: timedelta | None = None
    delay_text: str = ""
    hand_ins: int = 0
    hints: int = 0
    findings: tuple[ToldFinding, ...] = ()
    # The name that the author wrote, by the name in the learner's variant.
    original_names: Mapping[str, str] = {}
    ungraded_reason: str = ""  # why nothing could be graded
    teacher_mark: str = ""  # the points of 100 that the teacher gave, and the reason


class Pupil(Struct, frozen=True):
    """A learner of the class, with a mark for each scenario by its id."""

    name: str
    marks: Mapping[str, Mark]

    @property
    def stars(self) -> int:
        """Return the total of the learner's stars."""
        return sum(mark.stars or 0 for mark in self.marks.values())


class Obstacle(Struct, frozen=True):
    """A finding or a misconception that costs learners a star, with its text, its scenarios, and the learners'
    names.
    """

    key: str
    text: str
    scenarios: tuple[str, ...]
    learner_names: tuple[str, ...]


class Overview(Struct, frozen=True):
    """The summary of a class. `scenarios` has the titles by id, in order.

    `strangers` sent files that are nobody's. `gain` is what its check-ups show.
    """

    pupils: tuple[Pupil, ...]
    scenarios: Mapping[str, str]
    findings: tuple[Obstacle, ...]
    misconceptions: tuple[Obstacle, ...]
    strangers: tuple[Pupil, ...] = ()
    gain: ClassGain | None = None

    @property
    def has_other_names(self) -> bool:
        """Return whether a finding names people otherwise than in a learner's variant."""
        marks = [mark for pupil in self.pupils for mark in pupil.marks.values()]
        return any(mark.findings and mark.original_names for mark in marks)

    def star_counts(self, scenario: str) -> tuple[int, ...]:
        """Return how many learners have 0, 1, 2 and 3 stars in a scenario, then how many have no mark."""
        stars = [pupil.marks[scenario].stars for pupil in self.pupils]
        return (
            *(stars.count(count) for count in range(PASSING_STARS + 1)),
            stars.count(None),
        )


class ClassFacts(Struct, frozen=True):
    """What a kept class knows: whose each file is and of which assignment, the titles, and each learner's results.

    `owner_keys` and `assignments` are by the hand-in's name, `results` by the learner's key and the assignment.
    """

    owner_keys: Mapping[str, str] = {}
    assignments: Mapping[str, str] = {}
    titles: Mapping[str, str] = {}
    results: Mapping[tuple[str, str], Result] = {}


def build_overview(
    documents: Iterable[ReportDocument],
    roster: Roster | None = None,
    shows_pseudonyms: bool = False,
    due: datetime | None = None,
    facts: ClassFacts | None = None,
) -> Overview:
    """Return the summary of a class from its reports: a row for each learner, with all
    their hand-ins by scenario.

    With a roster, learners who handed in nothing get a row too. A file whose learner isn't
    known gets a row named after its path. `shows_pseudonyms` shows pseudonyms instead of names. `due`
    is the deadline. With `facts`, the class has told all of that: its marks are those of `class grade`, and a file of
    nobody counts nowhere.
    """
    is_kept_class = facts is not None
    facts = facts or ClassFacts()
    owners = Owners(roster.learners if roster else ())
    if roster:
        names = unique_names(roster.learners, shows_pseudonyms)
    else:
        names = dict[str, str]()
    titles = dict(facts.titles)
    reports_by_learner = defaultdict[_ShownLearner, dict[str, list[ReportDocument]]](
        lambda: defaultdict(list)
    )
    findings = dict[bytes, ToldFinding]()
    for key, name in names.items():
        reports_by_learner[_ShownLearner(name, key)] = defaultdict(list)
    for document in documents:
        name = document.handin.name
        possible_keys = _possible_keys(document, owners, facts)
        if document.scenario:
            id = assignment_of(document.scenario.id)
        else:
            id = facts.assignments.get(name, "")
        if len(possible_keys) == 1:
            learner_key = _ShownLearner(names[possible_keys[0]], possible_keys[0])
        else:
            learner_key = _ShownLearner(_unknown_sender_name(name, id))
        if document.scenario:
            titles.setdefault(id, document.scenario.title)
        reports_by_learner[learner_key][id].append(_shrink_report(document, findings))
    scenarios = dict(sorted(titles.items()))
    sorted_keys = sorted(
        reports_by_learner,
        key=lambda learner_key: (learner_key.name.casefold(), learner_key),
    )
    rows = [
        (who, _pupil_row(who, reports_by_learner[who], scenarios, facts, due))
        for who in sorted_keys
    ]
    pupils = tuple(pupil for who, pupil in rows if who.key or not is_kept_class)
    strangers = tuple(pupil for who, pupil in rows if is_kept_class and not who.key)
    findings = _frequent_findings(pupils)
    beliefs = _frequent_misconceptions(pupils)
    return Overview(pupils, scenarios, findings, beliefs, strangers)


def _possible_keys(
    document: ReportDocument, owners: Owners, facts: ClassFacts
) -> list[str]:
    """Return the keys of the learners who may own a hand-in."""
    name = document.handin.name
    if name in facts.owner_keys:
        return [facts.owner_keys[name]]
    return [learner.key for learner in owners.possible_owners(name, document.variant)]


class _ShownLearner(NamedTuple):
    """A learner of the class by shown name and key. The key is "" if the roster doesn't have the learner."""

    name: str
    key: str = ""


def _shrink_report(
    document: ReportDocument, findings_by_json: dict[bytes, ToldFinding]
) -> ReportDocument:
    """Return a report without the parts that an overview doesn't use.

    Equal findings share one object, because a class has thousands.
    """
    findings = tuple(
        findings_by_json.setdefault(encode(finding), finding)
        for finding in document.findings
    )
    return replace(document, findings=findings, results=(), praise=(), sizes=None)


def _unknown_sender_name(name: str, scenario: str) -> str:
    """Return a name for the sender of a file that belongs to no learner of the roster: its
    path.

    A file named after its scenario says nothing about the sender, so its folder's name is
    enough then.
    """
    path = sender_key(name).strip("/")
    folder, _, file_name = path.rpartition("/")
    named_for_scenario = file_name in (
        scenario,
        scenario.partition("-")[0],
        number(scenario or "-"),
    )
    if folder and named_for_scenario:
        return folder
    return "/".join(filter(None, (folder, file_name))) or name


def _pupil_row(
    learner: _ShownLearner,
    reports_by_scenario: Mapping[str, list[ReportDocument]],
    scenarios: Mapping[str, str],
    facts: ClassFacts,
    due: datetime | None,
) -> Pupil:
    """Return a learner with a mark for each scenario.

    If `facts` has the class's result for a scenario, that gives the mark, else the best hand-in does.
    A hand-in whose scenario couldn't be read counts for each scenario in which the learner
    has no other.
    """
    ungraded = reports_by_scenario.get("", [])
    marks = dict[str, Mark]()
    for id in scenarios:
        documents = reports_by_scenario.get(id, []) or ungraded
        result = facts.results.get((learner.key, id))
        marks[id] = _class_mark(documents, result) if result else _best_mark(documents, due)
    return Pupil(learner.name, marks)


def _class_mark(documents: Sequence[ReportDocument], result: Result) -> Mark:
    """Return the mark of a learner's result in a kept class. Its own hand-in counts, which may not have most stars."""
    given = (
        f"{result.teacher_mark.score:g} of 100 {result.teacher_mark}"
        if result.teacher_mark
        else ""
    )
    if result.best is None:
        return Mark(None, status=result.status, teacher_mark=given)
    name = result.best.name
    document = next(each for each in documents if each.handin.name == name)
    if isinstance(document, GradedReport):
        mark = _graded_mark(document, result.best.lateness, result.hand_in_count)
    else:
        mark = _ungraded_mark(document, result.hand_in_count)
    return replace(mark, teacher_mark=given)


def _best_mark(documents: list[ReportDocument], due: datetime | None) -> Mark:
    """Return the mark of a learner's hand-ins in one scenario, which is that of the best.

    The best has most stars, then most points, then least delay. Without a graded one, the
    mark has the last one's problem.
    """
    if not documents:
        return Mark(None)
    graded = [document for document in documents if isinstance(document, GradedReport)]
    if not graded:
        return _ungraded_mark(documents[-1], len(documents))
    best = min(
        graded,
        key=lambda document: (
            -document.stars,
            -document.score,
            _delay(document, due) or timedelta(),
        ),
    )
    late = lateness_text(_delay(best, due), is_marked_late(best.handin.name))
    return _graded_mark(best, late, len(documents))


def _ungraded_mark(document: ReportDocument, hand_ins: int) -> Mark:
    """Return the mark of a hand-in that can't be graded, with the reason."""
    reason = document.problems[0].text if document.problems else ""
    return Mark(None, status=document.status, hand_ins=hand_ins, ungraded_reason=reason)


def _graded_mark(document: GradedReport, late: str, hand_ins: int) -> Mark:
    """Return the mark of a graded hand-in. `hand_in_count` is the number of those of which it is the best."""
    handin = document.handin
    return Mark(
        stars=document.stars,
        score=document.score,
        status=document.status,
        tries=handin.tries,
        calls=handin.calls,
        time_taken=_time_between(handin.first_try, handin.handed_in),
        delay_text=late,
        hand_ins=hand_ins,
        hints=sum((handin.hints or {}).values()),
        findings=tuple(finding for finding in document.findings if finding.costs_star),
        original_names=document.names,
    )


def _delay(document: GradedReport, due: datetime | None) -> timedelta | None:
    """Return how long after the deadline a graded hand-in was written, or None if it was in time or has no date."""
    return delay_after(document.handin.handed_in, due)


def _time_between(first: str | None, last: str | None) -> timedelta | None:
    """Return the time between two instants from a learner's machine.

    Return None if they are missing, invalid or reversed.
    """
    try:
        if first and last:
            span = datetime.fromisoformat(last) - datetime.fromisoformat(first)
        else:
            span = None
    except (ValueError, TypeError):
        return None
    if span is not None and span >= timedelta():
        return span
    return None


def _all_findings(
    pupils: Iterable[Pupil],
) -> Iterator[tuple[str, str, ToldFinding, Renaming]]:
    """Yield each finding with the learner's name, the scenario's id, and a function that
    turns the variant's names into the original ones.
    """
    for pupil in pupils:
        for id, mark in pupil.marks.items():
            rename_to_original = word_replacer(mark.original_names)
            yield from (
                (pupil.name, id, finding, rename_to_original) for finding in mark.findings
            )


def _frequent_findings(pupils: Iterable[Pupil]) -> tuple[Obstacle, ...]:
    """Return the findings, most frequent first.

    Findings of one key in one scenario count together in all variants.
    """
    rows = [
        (
            f"{id} {rename_to_original(finding.key)}",
            rename_to_original(finding.text.what),
            id,
            name,
        )
        for name, id, finding, rename_to_original in _all_findings(pupils)
    ]
    return _gather_obstacles(rows)


def _frequent_misconceptions(pupils: Iterable[Pupil]) -> tuple[Obstacle, ...]:
    """Return the misconceptions that findings refer to, most frequent first."""
    from coffeeshop.lessons.misconceptions.table import misconceptions

    misconceptions_by_name = misconceptions()
    rows = [
        (
            finding.misconception,
            misconceptions_by_name[finding.misconception].believed,
            id,
            name,
        )
        for name, id, finding, _ in _all_findings(pupils)
        if finding.misconception in misconceptions_by_name
    ]
    return _gather_obstacles(rows)


def _gather_obstacles(rows: Iterable[tuple[str, str, str, str]]) -> tuple[Obstacle, ...]:
    """Return one obstacle for each key, most frequent first. A row has a key, a text, a scenario and a learner."""
    texts_by_key = dict[str, str]()
    scenarios_by_key = defaultdict[str, dict[str, None]](dict)
    people_by_key = defaultdict[str, dict[str, None]](dict)
    for key, text, id, name in rows:
        texts_by_key.setdefault(key, text)
        scenarios_by_key[key][id] = people_by_key[key][name] = None
    obstacles = (
        Obstacle(key, texts_by_key[key], (*scenarios_by_key[key],), (*people_by_key[key],))
        for key in texts_by_key
    )
    return tuple(
        sorted(obstacles, key=lambda obstacle: (-len(obstacle.learner_names), obstacle.key))
    )
