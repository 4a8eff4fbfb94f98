"""Keep what a class was given before: tell who in one roster is who in another, and what each of them has there.

Nobody guesses: who could be somebody, and could be somebody else, is a Problem, since a learner who is taken for another loses
their variant, and with it what they played.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from coffeeshop.classroom.headings import plain
from coffeeshop.classroom.roster import IDS, NAMES, Learner, Roster, roster_of_rows
from coffeeshop.policy.problem import Level, Place, Problem, Problems

DRAWN = ("variant", "practice", "pseudonym")
LEFT, YES = (
    "left",
    "yes",
)  # the column of those who are in the class no more, and what it says of them
TOLD = 20  # problems, at most
INCOMPARABLE = "give both rosters a column with the id or email of each learner"
ALIKE = "if it is one person, write the same id and email in both rosters; if not, empty there what they share"


def keep_given(now: Roster, before: Roster) -> Roster:
    """Return the roster of a class with all that another gave out: to its learners what is theirs, and below them the rows
    of those who are in the class no more, so that they find it when they come back and nobody else is given it. Raises
    Problems where it can't be told who is who, or where the two rosters give somebody different things.
    """
    people = (*now.learners, *now.left)
    known = (*before.learners, *before.left)
    same = _Matches(people, known).found()
    if any(map(_was_given, known)) and people and not same:
        said = "none of the learners to whom it gave a variant is in the class: it may be another class's"
        raise Problems(_problem("other-class", said, "name another file with --out"))
    if problems := [*_disagreements(same, people)]:
        raise Problems(*problems[:TOLD])
    found = {one.row for one in same.values()}
    gone = [one for one in known if one.row not in found and _was_given(one)]
    extra = [
        field
        for field in (*IDS, *DRAWN)
        if field in before.fields and field not in now.fields
    ]
    extra += [LEFT] if gone and LEFT not in now.fields else []
    headings = (*now.headings, *(_heading(before, field) for field in extra))
    fields = (*now.fields, *extra)
    by_row = {one.row: same[one.key] for one in people if one.key in same}
    rows = [
        _filled((*row, *("" for _ in extra)), fields, by_row.get(at))
        for at, row in enumerate(now.rows)
    ]
    rows += [_row_of(one, before, headings, fields) for one in gone]
    return roster_of_rows(headings, tuple(rows), odd=())


def _heading(before: Roster, field: str) -> str:
    if field in before.fields:
        return before.headings[before.fields.index(field)]
    return field


def _filled(
    row: tuple[str, ...], fields: Sequence[str], known: Learner | None
) -> tuple[str, ...]:
    """Return a row in which the empty cells of what is kept hold what a learner has elsewhere."""
    if known is None:
        return row
    kept = {*IDS, *DRAWN}
    return tuple(
        cell if cell.strip() or field not in kept else known.says.get(field, "")
        for cell, field in zip(row, fields, strict=True)
    )


def _row_of(
    gone: Learner, before: Roster, headings: Sequence[str], fields: Sequence[str]
) -> tuple[str, ...]:
    """Return the row of somebody who is in the class no more, in the columns of the new roster."""
    by_heading = dict(zip(before.headings, before.rows[gone.row], strict=True))
    says = {
        **gone.says,
        LEFT: YES,
        **({} if "name" in before.fields else {"name": gone.name}),
    }
    return tuple(
        says.get(field, "") if field else by_heading.get(heading, "")
        for heading, field in zip(headings, fields, strict=True)
    )


def _was_given(learner: Learner) -> bool:
    return any(learner.says.get(field) for field in DRAWN)


def _disagreements(
    same: Mapping[str, Learner], people: Iterable[Learner]
) -> Iterator[Problem]:
    """Yield where the roster of the class says something else than what somebody was given."""
    for one in people:
        for field in DRAWN if one.key in same else ():
            wanted = one.says.get(field)
            given = same[one.key].says.get(field)
            if wanted and given and wanted != given:
                said = (
                    f"{_told(one)} has the {field} {given} there, and {wanted} in the class"
                )
                yield _problem("given-otherwise", said, "empty one of the two cells")


class _Matches:
    """Finds who of some people is who of others: by what tells them apart most surely, and by the name where nothing else
    can be compared.
    """

    def __init__(self, people: Sequence[Learner], known: Sequence[Learner]) -> None:
        self._people = {one.key: one for one in people}
        self._known = {one.key: one for one in known}
        self._same: dict[str, Learner] = {}
        self._problems: list[Problem] = []

    def found(self) -> dict[str, Learner]:
        """Return the known ones by the keys of the people that they are. Raises Problems."""
        for field in IDS:
            self._match(lambda one, field=field: _values(one, (field,)), _can_be)
        self._match(
            _words_of_ids, lambda one, other: True
        )  # the same in another column: a login that was an id
        self._match(_name_words, lambda one, other: not _comparable(one, other))
        self._check_rest()
        if self._problems:
            raise Problems(*self._problems[:TOLD])
        return self._same

    def _match(
        self,
        values: Callable[[Learner], frozenset[str]],
        fits: Callable[[Learner, Learner], bool],
    ) -> None:
        """Match those who share a value, each with one; take nobody for somebody whom they do not fit."""
        by_value = defaultdict[str, list[Learner]](list)
        for other in self._known.values():
            for value in values(other):
                by_value[value].append(other)
        matches = dict[str, list[Learner]]()
        for one in self._people.values():
            shared = {
                other.key: other
                for value in values(one)
                for other in by_value.get(value, ())
            }
            fitting = [other for other in shared.values() if fits(one, other)]
            if fitting:
                matches[one.key] = fitting
            elif shared and values is not _name_words:
                self._doubt(one, next(iter(shared.values())), ALIKE)
        self._settle(matches)

    def _settle(self, matches: Mapping[str, Sequence[Learner]]) -> None:
        """Take those for the same who match each other alone, and leave nobody of them for what tells apart less surely."""
        wanted = Counter(other.key for others in matches.values() for other in others)
        for key, others in matches.items():
            one = self._people.pop(key)
            if len(others) > 1 or wanted[others[0].key] > 1:
                self._doubt(one, others[0], ALIKE)
            else:
                self._same[key] = others[0]
        for key in wanted:
            self._known.pop(key)

    def _check_rest(self) -> None:
        """Note who is left in both, and can't be told apart by anything that both rosters say."""
        kinds = {
            _kinds(other): other for other in self._known.values() if _was_given(other)
        }
        for one in self._people.values():
            other = next(
                (other for kind, other in kinds.items() if not kind & _kinds(one)), None
            )
            if other is not None:
                self._doubt(one, other, INCOMPARABLE)

    def _doubt(self, one: Learner, other: Learner, mend: str) -> None:
        said = f"nobody can tell whether {_told(one)} of the class is {_told(other)}, who was given a variant there"
        self._problems.append(_problem("who-is-who", said, mend))


def _values(learner: Learner, fields: Iterable[str]) -> frozenset[str]:
    return frozenset(
        learner.says[field].casefold() for field in fields if learner.says.get(field)
    )


def _words_of_ids(learner: Learner) -> frozenset[str]:
    """Return what tells a learner apart, whatever the column; no number, which means another thing in each."""
    return frozenset(
        value for value in _values(learner, ("id", "login", "email")) if not value.isdigit()
    )


def _name_words(learner: Learner) -> frozenset[str]:
    """Return a name as one value, in whatever order its words are written; none, where there is no name."""
    if not any(learner.says.get(field) for field in NAMES):
        return frozenset()
    return frozenset(
        (" ".join(sorted(map(plain, learner.name.replace(",", " ").split()))),)
    )


def _comparable(one: Learner, other: Learner) -> bool:
    return any(one.says.get(field) and other.says.get(field) for field in IDS)


def _can_be(one: Learner, other: Learner) -> bool:
    """Tell whether nothing surer than what two learners share says that they are two."""
    both = [field for field in IDS if one.says.get(field) and other.says.get(field)]
    return not both or one.says[both[0]].casefold() == other.says[both[0]].casefold()


def _kinds(learner: Learner) -> frozenset[str]:
    """Return by what a learner can be compared with others."""
    kinds = frozenset(field for field in IDS if learner.says.get(field))
    return kinds | {"name"} if _name_words(learner) else kinds


def _told(learner: Learner) -> str:
    name = learner.name
    if name == learner.key:
        return f"{name[:80]!a}"
    return f"{name[:80]!a} ({learner.key[:80]})"


def _problem(code: str, text: str, mend: str) -> Problem:
    return Problem(Level.ERROR, code, Place(), text, mend)
