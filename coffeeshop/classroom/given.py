"""Keep the variants that an earlier roster gave to a class, by matching the learners of both rosters.

An ambiguous match is a Problem. A learner who is matched wrongly would lose their variant and their play.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from coffeeshop.classroom.headings import letters_and_digits
from coffeeshop.classroom.roster import (
    ID_FIELDS,
    NAME_FIELDS,
    Learner,
    Roster,
    roster_of_rows,
)
from coffeeshop.policy.problem import Level, Place, Problem, Problems

DRAWN_COLUMNS = ("variant", "practice", "pseudonym")
LEFT_COLUMN = "left"  # the column that marks learners who left the class
LEFT_VALUE = "yes"  # its value for them
MOST_PROBLEMS = 20  # problems, at most
INCOMPARABLE_ROSTERS = "add a column with each learner's id or email to both rosters"
SIMILAR_FIX = "if this is the same person, use the same id and email in both rosters; if not, delete the values that they share"


def copy_drawn_entries(current_roster: Roster, earlier_roster: Roster) -> Roster:
    """Return the current roster with every variant, practice seed and pseudonym that the
    earlier one gave.

    Rows of learners who left the class are added below. They get their variants back if
    they return, and no other learner gets them. Raise Problems if learners can't be
    matched, or if the two rosters give a learner different values.
    """
    people = (*current_roster.learners, *current_roster.former_learners)
    earlier_learners = (*earlier_roster.learners, *earlier_roster.former_learners)
    earlier_by_key = match_learners(people, earlier_learners)
    if any(map(_has_drawn_entry, earlier_learners)) and people and not earlier_by_key:
        message = "none of the learners in this file are in the class, so it may be the file of another class"
        raise Problems(_problem("other-class", message, "choose another file with --out"))
    if problems := [*_entry_conflicts(earlier_by_key, people)]:
        raise Problems(*problems[:MOST_PROBLEMS])
    matched_rows = {learner.row_index for learner in earlier_by_key.values()}
    learners_gone = [
        learner
        for learner in earlier_learners
        if learner.row_index not in matched_rows and _has_drawn_entry(learner)
    ]
    extra_fields = [
        field
        for field in (*ID_FIELDS, *DRAWN_COLUMNS)
        if field in earlier_roster.fields and field not in current_roster.fields
    ]
    extra_fields += (
        [LEFT_COLUMN] if learners_gone and LEFT_COLUMN not in current_roster.fields else []
    )
    headings = (
        *current_roster.headings,
        *(_heading(earlier_roster, field) for field in extra_fields),
    )
    fields = (*current_roster.fields, *extra_fields)
    earlier_by_row = {
        learner.row_index: earlier_by_key[learner.key]
        for learner in people
        if learner.key in earlier_by_key
    }
    rows = [
        _fill_cells(
            (*row, *("" for _ in extra_fields)), fields, earlier_by_row.get(row_index)
        )
        for row_index, row in enumerate(current_roster.rows)
    ]
    rows += [
        _row_of_learner_gone(learner, earlier_roster, headings, fields)
        for learner in learners_gone
    ]
    return roster_of_rows(headings, tuple(rows), file_problems=())


def match_learners(
    current_learners: Sequence[Learner], earlier_learners: Sequence[Learner]
) -> dict[str, Learner]:
    """Return the earlier learner for each current learner's key. Raise Problems if a match is ambiguous."""
    return _Matches(current_learners, earlier_learners).find_matches()


def _heading(earlier_roster: Roster, field: str) -> str:
    """Return the heading of a field in the earlier roster, or the field's name."""
    if field in earlier_roster.fields:
        return earlier_roster.headings[earlier_roster.fields.index(field)]
    return field


def _fill_cells(
    row: tuple[str, ...], fields: Sequence[str], earlier_learner: Learner | None
) -> tuple[str, ...]:
    """Return a row with its empty cells filled from the same learner's earlier entries.

    Only identifiers, variants, seeds and pseudonyms are filled. None: there is no earlier learner.
    """
    if earlier_learner is None:
        return row
    assigned_fields = {*ID_FIELDS, *DRAWN_COLUMNS}
    return tuple(
        cell
        if cell.strip() or field not in assigned_fields
        else earlier_learner.entries.get(field, "")
        for cell, field in zip(row, fields, strict=True)
    )


def _row_of_learner_gone(
    learner: Learner, earlier_roster: Roster, headings: Sequence[str], fields: Sequence[str]
) -> tuple[str, ...]:
    """Return the row of a learner who left the class, in the columns of the new roster."""
    by_heading = dict(
        zip(earlier_roster.headings, earlier_roster.rows[learner.row_index], strict=True)
    )
    entry_by_field = {
        **learner.entries,
        LEFT_COLUMN: LEFT_VALUE,
        **({} if "name" in earlier_roster.fields else {"name": learner.name}),
    }
    return tuple(
        entry_by_field.get(field, "") if field else by_heading.get(heading, "")
        for heading, field in zip(headings, fields, strict=True)
    )


def _has_drawn_entry(learner: Learner) -> bool:
    """Return whether the earlier roster gave a learner anything that must stay theirs: a
    variant, a seed or a pseudonym.
    """
    return any(learner.entries.get(field) for field in DRAWN_COLUMNS)


def _entry_conflicts(
    earlier_by_key: Mapping[str, Learner], learners: Iterable[Learner]
) -> Iterator[Problem]:
    """Yield a problem for each entry (variant, seed or pseudonym) that the two rosters give
    differently to one learner.

    `earlier_by_key` has the learner of the earlier roster by the key of the current one.
    """
    for learner in learners:
        for field in DRAWN_COLUMNS if learner.key in earlier_by_key else ():
            current_entry = learner.entries.get(field)
            earlier_entry = earlier_by_key[learner.key].entries.get(field)
            if current_entry and earlier_entry and current_entry != earlier_entry:
                message = f"{_learner_text(learner)} has the {field} {earlier_entry} in this file, but {current_entry} in the class"
                yield _problem(
                    "given-otherwise", message, "delete the value in one of the two cells"
                )


class _Matches:
    """Matches the learners of the current roster with those of the earlier one.

    Identifiers are compared first, in the order of ID_FIELDS. Names are compared only for two
    learners who share no kind of identifier, because names repeat. A pair that might be one
    person but can't be told is noted as a problem.
    """

    def __init__(
        self, current_learners: Sequence[Learner], earlier_learners: Sequence[Learner]
    ) -> None:
        """Note the learners of the class and those of the earlier roster."""
        self._current = {learner.key: learner for learner in current_learners}
        self._earlier = {learner.key: learner for learner in earlier_learners}
        self._earlier_by_key: dict[str, Learner] = {}
        self._problems: list[Problem] = []

    def find_matches(self) -> dict[str, Learner]:
        """Return the earlier learner for each current learner's key. Raise Problems if a match is ambiguous.

        Compare one kind of identifier after the other, then identifiers of any kind, then names.
        Learners who match nobody are left out.
        """
        for field in ID_FIELDS:
            self._match_by_values(
                lambda learner, field=field: _values(learner, (field,)), _may_be_same
            )
        # The same in another column: a login that was an id.
        self._match_by_values(_identifier_values, lambda learner, other_learner: True)
        self._match_by_values(
            _name_values,
            lambda learner, other_learner: not _share_identifier(learner, other_learner),
        )
        self._doubt_incomparable()
        if self._problems:
            raise Problems(*self._problems[:MOST_PROBLEMS])
        return self._earlier_by_key

    def _match_by_values(
        self,
        values_of: Callable[[Learner], frozenset[str]],
        fits: Callable[[Learner, Learner], bool],
    ) -> None:
        """Match learners who share a value, if `fits` allows the pair.

        `values_of` returns the values of a learner to compare. Learners who share one but
        don't fit are noted as a doubt. Names are an exception: different people can have
        the same name.
        """
        by_value = defaultdict[str, list[Learner]](list)
        for earlier_learner in self._earlier.values():
            for value in values_of(earlier_learner):
                by_value[value].append(earlier_learner)
        matches = dict[str, list[Learner]]()
        for learner in self._current.values():
            shared = {
                earlier_learner.key: earlier_learner
                for value in values_of(learner)
                for earlier_learner in by_value.get(value, ())
            }
            fitting = [
                earlier_learner
                for earlier_learner in shared.values()
                if fits(learner, earlier_learner)
            ]
            if fitting:
                matches[learner.key] = fitting
            elif shared and values_of is not _name_values:
                self._note_doubt(learner, next(iter(shared.values())), SIMILAR_FIX)
        self._accept_matches(matches)

    def _accept_matches(self, matches: Mapping[str, Sequence[Learner]]) -> None:
        """Accept pairs that match only each other, and note a doubt about the others.

        `matches` has the possible earlier learners, by the key of the current one. Take all of them
        out of later comparisons.
        """
        match_counts = Counter(
            earlier_learner.key
            for earlier_learners in matches.values()
            for earlier_learner in earlier_learners
        )
        for key, other_learners in matches.items():
            learner = self._current.pop(key)
            if len(other_learners) > 1 or match_counts[other_learners[0].key] > 1:
                self._note_doubt(learner, other_learners[0], SIMILAR_FIX)
            else:
                self._earlier_by_key[key] = other_learners[0]
        for key in match_counts:
            self._earlier.pop(key)

    def _doubt_incomparable(self) -> None:
        """Note a doubt about each unmatched learner who may be someone of the earlier
        roster.

        Two learners can't be told apart if the rosters have no kind of identifier in common
        for them.
        """
        earlier_by_kinds = {
            _identifier_kinds(earlier_learner): earlier_learner
            for earlier_learner in self._earlier.values()
            if _has_drawn_entry(earlier_learner)
        }
        for learner in self._current.values():
            earlier_learner = next(
                (
                    earlier_learner
                    for kind, earlier_learner in earlier_by_kinds.items()
                    if not kind & _identifier_kinds(learner)
                ),
                None,
            )
            if earlier_learner is not None:
                self._note_doubt(learner, earlier_learner, INCOMPARABLE_ROSTERS)

    def _note_doubt(self, learner: Learner, earlier_learner: Learner, fix: str) -> None:
        """Note that two learners may be the same person."""
        message = (
            f"it isn't clear whether {_learner_text(learner)} in the class is the same person as "
            f"{_learner_text(earlier_learner)} in this file"
        )
        self._problems.append(_problem("who-is-who", message, fix))


def _values(learner: Learner, fields: Iterable[str]) -> frozenset[str]:
    """Return a learner's entries in these columns, for a comparison without case."""
    return frozenset(
        learner.entries[field].casefold() for field in fields if learner.entries.get(field)
    )


def _identifier_values(learner: Learner) -> frozenset[str]:
    """Return a learner's ids, logins and emails, whichever column they are in.

    Plain numbers are left out: each system numbers learners from 1, so equal numbers prove
    nothing.
    """
    return frozenset(
        value for value in _values(learner, ("id", "login", "email")) if not value.isdigit()
    )


def _name_values(learner: Learner) -> frozenset[str]:
    """Return a learner's name as one value that doesn't depend on the order of first and last name.

    Empty without a name.
    """
    if not any(learner.entries.get(field) for field in NAME_FIELDS):
        return frozenset()
    return frozenset(
        (" ".join(sorted(map(letters_and_digits, learner.name.replace(",", " ").split()))),)
    )


def _share_identifier(learner: Learner, other_learner: Learner) -> bool:
    """Return whether both learners have an entry in the same identifier column, so that names needn't decide."""
    return any(
        learner.entries.get(field) and other_learner.entries.get(field)
        for field in ID_FIELDS
    )


def _may_be_same(learner: Learner, other_learner: Learner) -> bool:
    """Return whether no identifier says that two learners differ.

    Only the first column that both have an entry in counts: the columns are in order of
    reliability.
    """
    shared_fields = [
        field
        for field in ID_FIELDS
        if learner.entries.get(field) and other_learner.entries.get(field)
    ]
    return (
        not shared_fields
        or learner.entries[shared_fields[0]].casefold()
        == other_learner.entries[shared_fields[0]].casefold()
    )


def _identifier_kinds(learner: Learner) -> frozenset[str]:
    """Return the identifier columns that a learner has entries in, and `name` if they have
    a name.
    """
    kinds = frozenset(field for field in ID_FIELDS if learner.entries.get(field))
    if _name_values(learner):
        return kinds | {"name"}
    return kinds


def _learner_text(learner: Learner) -> str:
    """Return a learner's name and key for a message."""
    name = learner.name
    if name == learner.key:
        return f"{name[:80]!a}"
    return f"{name[:80]!a} ({learner.key[:80]})"


def _problem(code: str, text: str, fix: str) -> Problem:
    """Return an error about two rosters, with its fix."""
    return Problem(Level.ERROR, code, Place(), text, fix)
