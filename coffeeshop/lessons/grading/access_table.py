"""The table of who can reach what: a row for each subject, a cell for each thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias, TypeVar

from msgspec import Struct

from coffeeshop.account.access.resource_keys import with_real_keys
from coffeeshop.account.ids import REGION
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.grading.subjects import Session, Subject
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Decision, Excess
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.things import ACCESS_LEVELS, Thing, access_level_of

T = TypeVar("T")


Level: TypeAlias = tuple[AccessLevel, Mark]


MARKS_WORST_FIRST = (Mark.LEAK, Mark.MISS, Mark.EXTRA, Mark.OK, Mark.QUIET)


def requests_elsewhere(account_id: str) -> Iterator[tuple[str, str]]:
    """Yield a request of each access level on an access point that doesn't exist: its action and resource."""
    point = f"arn:aws:s3:{REGION}:{account_id}:accesspoint/x"
    yield "s3:ListBucket", point
    yield "s3:GetObject", f"{point}/object/x"
    yield "s3:PutObject", f"{point}/object/x"
    yield "s3:PutObjectTagging", f"{point}/object/x"
    yield "s3:PutAccessPointPolicy", point


class Reason(Struct, frozen=True):
    """Why a cell says what it says at one level: a request with its decision, and how the
    grade marks it.

    `mark` is OK (permitted), EXTRA (allowed and not permitted), MISS (needed and refused),
    LEAK (allowed, and must be refused) or QUIET (allowed, and not judged). `badge` is the
    weakest credential that suffices: key, password or code. `say` is the job or refusal
    that asks for the request, or why it is too much, "" if neither is known. `under` are the circumstances of a request
    that a job makes under others. `detour` are the calls that have to come first, since nothing allows the request
    without them.
    """

    level: AccessLevel
    mark: Mark
    outcome: Outcome
    badge: str = ""
    say: str = ""
    under: str = ""
    detour: tuple[Outcome, ...] = ()

    @property
    def decision(self) -> Decision:
        """Return what the policy engine decided."""
        return self.outcome.main_decisions[0]

    @property
    def is_allowed(self) -> bool:
        """Tell whether the request is allowed."""
        return self.mark is not Mark.MISS


class Access(Struct, frozen=True, dict=True):
    """The table: a row for each subject, in which the cell of a thing holds a reason for
    each level and mark.

    A missing cell means that nothing is allowed, or that not every request was tried: `untried`
    names whose. `judged` is true if anything is marked. `remarks` are sentences about omitted
    parts, with reasons. In each row those things come
    first that the grade marks, or that not only all-powerful subjects reach.
    """

    subjects: tuple[Subject, ...]
    things: tuple[Thing, ...]
    rows: Mapping[Subject, Mapping[Thing, tuple[Reason, ...]]]
    judged: bool = False
    remarks: tuple[str, ...] = ()
    untried: frozenset[str] = frozenset()

    def is_untried(self, subject: Subject) -> bool:
        """Tell whether a subject may be allowed more than its row says."""
        return subject.who in self.untried

    def row(self, subject: Subject) -> Mapping[Thing, tuple[Reason, ...]]:
        """Return the subject's cells that aren't empty."""
        return self.rows.get(subject, {})

    def cell(self, subject: Subject, thing: Thing) -> tuple[Reason, ...]:
        """Return the reasons of a cell, in the order of the levels, the gravest of each
        first.
        """
        return self.row(subject).get(thing, ())

    def sparse_row(self, subject: Subject) -> Mapping[Thing, tuple[Reason, ...]]:
        """Return the subject's cells; none if they fill more than half of the row."""
        return sparse_row(self.row(subject), len(self.things))

    @property
    def all_decisions(self) -> tuple[Decision, ...]:
        """Return the decision behind each reason of the table."""
        cells = (cell for row in self.rows.values() for cell in row.values())
        return tuple(reason.decision for cell in cells for reason in cell)

    @cached_property
    def distinct_cells(self) -> tuple[tuple[Reason, ...], ...]:
        """Return one cell for each combination of levels and marks that occurs: enough to find how wide a
        column must be.
        """
        cells = (cell for row in self.rows.values() for cell in row.values())
        return (
            *{
                tuple((reason.level, reason.mark) for reason in cell): cell
                for cell in cells
            }.values(),
        )


def sparse_row(row: Mapping[Thing, T], of: int) -> Mapping[Thing, T]:
    """Return the row; an empty one if it fills more than half of the `of` columns.

    A row of somebody who reaches nearly everything doesn't tell which things matter.
    """
    return row if 2 * len(row) <= of else {}


def reason_order(reason: Reason) -> tuple[int, int]:
    """Return a sort key: by level, the gravest mark first."""
    return ACCESS_LEVELS.index(reason.level), MARKS_WORST_FIRST.index(reason.mark)


def new_reasons(
    cell: Mapping[Level, Reason], former_cell: Mapping[Level, Reason]
) -> dict[Level, Reason]:
    """Return the reasons of a cell that the former cell doesn't have.

    A reason is new if its access level is, or if its mark says that something is wrong
    (neither OK nor QUIET).
    """
    levels = {level for level, mark in former_cell if mark is not Mark.MISS}
    fine = (Mark.OK, Mark.QUIET)
    unusual = (
        (key, reason)
        for key, reason in cell.items()
        if reason.level not in levels or reason.mark not in fine
    )
    return {key: reason for key, reason in unusual if key not in former_cell}


def call_reason(mark: Mark, outcome: Outcome, badge: str = "key", say: str = "") -> Reason:
    """Return a call as a reason for a cell: its last decision counts, at the access level of the
    action.
    """
    return Reason(
        access_level_of(outcome.main_decisions[0].request.action), mark, outcome, badge, say
    )


def confirms_proof(session: Session, excess: Excess, mark: Mark) -> bool:
    """Tell whether the session decides the request as the proof's mark says: allowed for
    EXTRA, else refused.

    An excess on something that is there must be allowed with the tags and the boundary that it has.
    """
    if mark is not Mark.EXTRA:
        return not isinstance(authorize(session.allowed, excess.witness), Allowed)
    real_request = with_real_keys(session.member.account, excess.witness)
    return all(
        isinstance(authorize(session.allowed, request), Allowed)
        for request in (excess.witness, real_request)
    )


def untried_remark(names: Sequence[str]) -> str:
    """Return a remark that names those who are allowed too much to try all of it."""
    shown_names = ", ".join(names[:5])
    hidden_count = len(names) - 5
    more_note = f" and {hidden_count} more" if hidden_count > 0 else ""
    return f"so much is allowed that not all of it was tried: {shown_names}{more_note}"


def add_reason(cell: dict[Level, Reason], reason: Reason) -> None:
    """Enter a reason into a cell. The first of a level and mark stays, unless the new one shows more.

    A request that is allowed now shows more than one that needs other calls first.
    """
    key = reason.level, reason.mark
    known = cell.get(key)
    if known is None:
        cell[key] = reason
    elif reason.detour or known.detour:
        if not reason.detour:
            cell[key] = reason
    elif shows_more(reason.level, resource_of(reason), resource_of(known)):
        cell[key] = reason


def is_shown(cell: Mapping[Level, Reason], sought: Level, resource: str) -> bool:
    """Tell whether a cell needs no further example of a level and mark, on that resource.

    An allowed request that isn't judged adds nothing to one that a job makes.
    """
    level, mark = sought
    marks = (Mark.QUIET, Mark.OK) if mark is Mark.QUIET else (mark,)
    known_reasons = [cell[level, each] for each in marks if (level, each) in cell]
    return bool(known_reasons) and not any(
        shows_more(level, resource, resource_of(known)) for known in known_reasons
    )


def resource_of(reason: Reason) -> str:
    """Return the ARN that a reason's request is about."""
    return reason.decision.request.resource


def shows_more(level: AccessLevel, resource: str, known_resource: str) -> bool:
    """Tell whether an example on `resource` shows more than one on `known_resource`.

    That is so only for a bucket and its objects. Access to an object shows more than access to the bucket's
    settings. But to list objects is an action on the bucket, so there the bucket shows more.
    """
    if not all(arn.startswith(BUCKET_ARN_PREFIX) for arn in (resource, known_resource)):
        return False
    is_object = "/" in resource
    if is_object is ("/" in known_resource):
        return False
    return is_object is (level is not AccessLevel.LIST)


BUCKET_ARN_PREFIX = "arn:aws:s3:::"
