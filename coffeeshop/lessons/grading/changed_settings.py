"""Which boundary or tag that changed in the play, or which resource's policy that is gone, makes a
job fail or a refusal leak: the other policies may be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Decision, ExplicitlyDenied, ImplicitlyDenied, Kind
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket

COLLECTION_NOUNS = {  # by the book in which the account keeps them
    "users": "user", "roles": "role", "policies": "policy",
    "buckets": "bucket", "tables": "table", "queues": "queue", "functions": "function",
}  # fmt: skip


class Change(Struct, frozen=True):
    """A boundary or tag that differs from when the play began, or a policy of a resource that is gone.

    `says` is the sentence about it. `operation` and `values` are the call that sets a boundary
    back; `operation` is None for a tag and for a resource's policy.
    """

    says: str
    operation: tuple[str, str] | None = None
    values: Mapping[str, str] = {}


def changed_setting(play: Play, ticket: Ticket) -> Change | None:
    """Return the change of a boundary, a tag or a resource's policy that alone makes a job fail or a refusal leak.

    It is found by undoing one change after the other and trying the ticket again. Return None if there is no
    such change, or if a permissions boundary decided: then the explanation names that layer anyway.
    """
    if ticket.mark is Mark.OK or _is_by_boundary(ticket.decision):
        return None
    for change, account in _accounts_with_change_undone(
        play.scenario.opening, play.account
    ):
        if serve(account, ticket.want, play.now).mark is Mark.OK:
            return change
    return None


def _is_by_boundary(decision: Decision | None) -> bool:
    """Tell whether a permissions boundary decided."""
    match decision:
        case ExplicitlyDenied(by=by):
            return any(matched.layer.kind is Kind.BOUNDARY for matched in by)
        case ImplicitlyDenied(silent=silent):
            return silent is Kind.BOUNDARY
        case _:
            return False


def _accounts_with_change_undone(
    opening: Account, account: Account
) -> Iterator[tuple[Change, Account]]:
    """Yield each boundary and tag that changed, and each resource's policy that is gone, with a copy
    of the account in which just that is as it was before.
    """
    for kind, noun in COLLECTION_NOUNS.items():
        things: Any = getattr(account, kind)
        before: Any = getattr(opening, kind)
        for name, thing in things.items():
            former_thing = before.get(name)
            if former_thing is None or former_thing is thing:
                continue
            for field, change in _changes(noun, former_thing, thing):
                restored = replace(thing, **{field: getattr(former_thing, field)})
                yield change, replace(account, **{kind: things.put(name, restored)})


def _changes(noun: str, former_thing: Any, thing: Any) -> Iterator[tuple[str, Change]]:
    """Yield each field of a thing that differs from before the play: its name, and the change.

    At most one boundary and one tag are yielded, since undoing a field restores all its tags.
    """
    subject = f"The {noun} {thing.name}"
    if getattr(former_thing, "policy", None) and not thing.policy:
        yield "policy", Change(f"{subject} no longer has its resource-based policy.")
    old_boundary = getattr(former_thing, "boundary", "")
    new_boundary = getattr(thing, "boundary", "")
    if old_boundary != new_boundary:
        yield "boundary", _boundary_change(noun, thing.name, old_boundary, new_boundary)
    tags_before = getattr(former_thing, "tags", {})
    tags = getattr(thing, "tags", {})
    for key in sorted({*tags_before, *tags}):
        if tags_before.get(key) != tags.get(key):
            sentence = f"{subject} had no tag {key} before."
            if key in tags_before:
                sentence = f"{subject} had the tag {key} = {tags_before[key]} before."
            yield "tags", Change(sentence)
            return


def _boundary_change(noun: str, name: str, old: str, new: str) -> Change:
    """Return the change of a permissions boundary (`old` and `new` are ARNs, or ""), with the call that sets it
    back.
    """
    name_parameter = {f"{noun.capitalize()}Name": name}
    if not old:
        sentence = f"The {noun} {name} has the permissions boundary {_short(new)} now, and had none before."
        return Change(
            sentence,
            ("iam", f"Delete{noun.capitalize()}PermissionsBoundary"),
            name_parameter,
        )
    if new:
        sentence = f"The permissions boundary of the {noun} {name} is {_short(new)} now, and was {_short(old)} before."
    else:
        sentence = (
            f"The {noun} {name} no longer has the permissions boundary {_short(old)}."
        )
    values = {**name_parameter, "PermissionsBoundary": old}
    return Change(sentence, ("iam", f"Put{noun.capitalize()}PermissionsBoundary"), values)


def _short(arn: str) -> str:
    """Return the name at the end of an ARN."""
    return arn.rpartition("/")[2]
