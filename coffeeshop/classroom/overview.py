"""Where a class stands: who has which stars, which findings and misconceptions stand in the way, how long it took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.json import encode
from msgspec.structs import replace

from coffeeshop.classroom.register import late_by, lateness, task_of
from coffeeshop.classroom.roster import Roster, names_apart
from coffeeshop.classroom.whose import Owners, is_marked_late, sender
from coffeeshop.lessons.grading.report_document import (
    GradedReport,
    ReportDocument,
    ToldFinding,
)
from coffeeshop.lessons.scenario.find import number
from coffeeshop.lessons.scenario.variant import Renaming, by_words

PASSED = 3


class Mark(Struct, frozen=True):
    """What a learner came to in a scenario: the best of the hand-ins that could be graded; `stars` is None where none
    could. `took` is the time from the first grading to the hand-in, by the learner's clock; `late` tells how late it came.
    """

    stars: int | None
    score: float | None = None
    status: str = "missing"
    tries: int | None = None
    calls: int | None = None
    took: timedelta | None = None
    late: str = ""
    hand_ins: int = 0
    hints: int = 0
    findings: tuple[ToldFinding, ...] = ()
    names: Mapping[str, str] = {}  # how names of the scenario are written in their variant
    said: str = ""  # why nothing could be graded


class Pupil(Struct, frozen=True):
    """Somebody of the class, with a mark for each scenario by its id."""

    name: str
    marks: Mapping[str, Mark]

    @property
    def stars(self) -> int:
        """Returns all stars together."""
        return sum(mark.stars or 0 for mark in self.marks.values())


class Obstacle(Struct, frozen=True):
    """A finding, or a misconception, that stands between somebody and the next star: how it is told, in which
    scenarios, and in whose way.
    """

    key: str
    said: str
    scenarios: tuple[str, ...]
    names: tuple[str, ...]


class Overview(Struct, frozen=True):
    """A class at one look: `scenarios` are titles by id, in their order."""

    pupils: tuple[Pupil, ...]
    scenarios: Mapping[str, str]
    findings: tuple[Obstacle, ...]
    misconceptions: tuple[Obstacle, ...]

    def spread(self, scenario: str) -> tuple[int, ...]:
        """Returns how many have 0, 1, 2 and 3 stars in a scenario, and how many have no mark there."""
        stars = [pupil.marks[scenario].stars for pupil in self.pupils]
        return (*(stars.count(count) for count in range(PASSED + 1)), stars.count(None))


def overview(
    documents: Iterable[ReportDocument],
    roster: Roster | None = None,
    veiled: bool = False,
    due: datetime | None = None,
) -> Overview:
    """Returns where the class stands, by its reports; with a roster, also who is missing. `veiled` calls learners by
    their pseudonyms; `due` is when it should have been handed in.
    """
    owners = Owners(roster.learners if roster else ())
    if roster:
        names = names_apart(roster.learners, veiled)
    else:
        names = dict[str, str]()
    titles = dict[str, str]()
    reports_by_learner = defaultdict[_Who, dict[str, list[ReportDocument]]](
        lambda: defaultdict(list)
    )
    findings = dict[bytes, ToldFinding]()
    for key, name in names.items():
        reports_by_learner[_Who(name, key)] = defaultdict(list)
    for document in documents:
        name = document.handin.name
        owners_known = owners.possible_owners(name, document.variant)
        if document.scenario:
            id = task_of(document.scenario.id)
        else:
            id = ""
        if len(owners_known) == 1:
            learner_key = _Who(names[owners_known[0].key], owners_known[0].key)
        else:
            learner_key = _Who(_stranger(name, id))
        if document.scenario:
            titles.setdefault(id, document.scenario.title)
        reports_by_learner[learner_key][id].append(_light(document, findings))
    scenarios = dict(sorted(titles.items()))
    in_order = sorted(
        reports_by_learner,
        key=lambda learner_key: (learner_key.name.casefold(), learner_key),
    )
    pupils = tuple(
        _pupil(learner_key.name, reports_by_learner[learner_key], scenarios, due)
        for learner_key in in_order
    )
    return Overview(pupils, scenarios, _findings(pupils), _misconceptions(pupils))


class _Who(NamedTuple):
    """Somebody of a class, by the name that is shown and the key; without a key, a stranger."""

    name: str
    key: str = ""


def _light(
    document: ReportDocument, known_told_findings_by_name: dict[bytes, ToldFinding]
) -> ReportDocument:
    """Return a report with only the parts that a class page shows.

    Equal findings become one object, since a class hands in thousands. `known_told_findings_by_name` has them by their JSON.
    """
    findings = tuple(
        known_told_findings_by_name.setdefault(encode(finding), finding)
        for finding in document.findings
    )
    return replace(document, findings=findings, results=(), praise=(), sizes=None)


def _stranger(name: str, scenario: str) -> str:
    """Returns what to call whoever handed in a file of that name: where it is named for its scenario, by its folder."""
    whole = sender(name).strip("/")
    folder, _, own_name = whole.rpartition("/")
    named_for_scenario = own_name in (
        scenario,
        scenario.partition("-")[0],
        number(scenario or "-"),
    )
    if folder and named_for_scenario:
        return folder
    return "/".join(filter(None, (folder, own_name))) or name


def _pupil(
    name: str,
    handed: Mapping[str, list[ReportDocument]],
    scenarios: Mapping[str, str],
    due: datetime | None,
) -> Pupil:
    """Returns somebody with a mark for each scenario; what could not be graded stands where nothing else is."""
    odd = handed.get("", [])
    return Pupil(name, {id: _mark(handed.get(id, []) or odd, due) for id in scenarios})


def _mark(documents: list[ReportDocument], due: datetime | None) -> Mark:
    graded = [document for document in documents if isinstance(document, GradedReport)]
    if not graded:
        if documents and documents[-1].problems:
            message = documents[-1].problems[0].text
        else:
            message = ""
        return Mark(
            None,
            status=documents[-1].status if documents else "missing",
            hand_ins=len(documents),
            said=message,
        )
    best = min(
        graded,
        key=lambda document: (
            -document.stars,
            -document.score,
            _late(document, due) or timedelta(),
        ),
    )
    handin = best.handin
    return Mark(
        stars=best.stars,
        score=best.score,
        status=best.status,
        tries=handin.tries,
        calls=handin.calls,
        took=_span(handin.first_try, handin.handed_in),
        late=lateness(_late(best, due), is_marked_late(handin.name)),
        hand_ins=len(documents),
        hints=sum((handin.hints or {}).values()),
        findings=tuple(finding for finding in best.findings if finding.costs_star),
        names=best.names,
    )


def _late(document: GradedReport, due: datetime | None) -> timedelta | None:
    return late_by(document.handin.handed_in, due)


def _span(first: str | None, last: str | None) -> timedelta | None:
    """Returns the time between two instants that a learner's machine told; None where they tell nothing sensible."""
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
    """Yields every finding with whose it is, in which scenario, and how the names of its variant are written."""
    for pupil in pupils:
        for id, mark in pupil.marks.items():
            written = by_words(mark.names)
            yield from ((pupil.name, id, finding, written) for finding in mark.findings)


def _findings(pupils: Iterable[Pupil]) -> tuple[Obstacle, ...]:
    """Returns the findings, the most frequent first; those of one key in one scenario are one, in whatever names."""
    rows = [
        (f"{id} {written(finding.key)}", written(finding.text.what), id, name)
        for name, id, finding, written in _all_findings(pupils)
    ]
    return _gather_obstacles(rows)


def _misconceptions(pupils: Iterable[Pupil]) -> tuple[Obstacle, ...]:
    """Returns the misconceptions that findings speak of, the most frequent first."""
    from coffeeshop.lessons.teaching.misconceptions import misconceptions

    known_misconceptions_by_name = misconceptions()
    rows = [
        (
            told_finding.misconception,
            known_misconceptions_by_name[told_finding.misconception].believed,
            id,
            name,
        )
        for name, id, told_finding, _ in _all_findings(pupils)
        if told_finding.misconception in known_misconceptions_by_name
    ]
    return _gather_obstacles(rows)


def _gather_obstacles(rows: Iterable[tuple[str, str, str, str]]) -> tuple[Obstacle, ...]:
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
        sorted(obstacles, key=lambda obstacle: (-len(obstacle.names), obstacle.key))
    )
