"""Which boundary or tag of somebody, changed in a play, is why a job fails or a refusal doesn't hold: the policies may be right."""

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

NOUNS = {  # by the book in which the account keeps them
    "users": "user", "roles": "role", "policies": "policy",
    "buckets": "bucket", "tables": "table", "queues": "queue", "functions": "function",
}  # fmt: skip


class Change(Struct, frozen=True):
    """A setting of a thing that is another one than when the play began: `says` tells which, `call` and `values` set it back
    where it is a boundary ("": a tag).
    """

    says: str
    call: str = ""
    values: Mapping[str, str] = {}


def changed_setting(play: Play, ticket: Ticket) -> Change | None:
    """Return the change without which a ticket would be as it should be; None where it's already so, where no change is
    why, or where a boundary of whoever asks decides: that layer itself is named.
    """
    if ticket.mark is Mark.OK or _is_by_boundary(ticket.decision):
        return None
    for change, account in _set_back(play.scenario.opening, play.account):
        if serve(account, ticket.want, play.now).mark is Mark.OK:
            return change
    return None


def _is_by_boundary(decision: Decision | None) -> bool:
    match decision:
        case ExplicitlyDenied(by=by):
            return any(matched.layer.kind is Kind.BOUNDARY for matched in by)
        case ImplicitlyDenied(silent=silent):
            return silent is Kind.BOUNDARY
        case _:
            return False


def _set_back(opening: Account, account: Account) -> Iterator[tuple[Change, Account]]:
    """Yield each setting that is another one than before, with the account in which it is set back."""
    for book, noun in NOUNS.items():
        things: Any = getattr(account, book)
        before: Any = getattr(opening, book)
        for key, thing in things.items():
            was = before.get(key)
            if was is None or was is thing:
                continue
            for field, change in _changes(noun, was, thing):
                thing_before = replace(thing, **{field: getattr(was, field)})
                yield change, replace(account, **{book: things.put(key, thing_before)})


def _changes(noun: str, was: Any, thing: Any) -> Iterator[tuple[str, Change]]:
    called = f"The {noun} {thing.name}"
    old = getattr(was, "boundary", "")
    new = getattr(thing, "boundary", "")
    if old != new:
        yield "boundary", _boundary(noun, thing.name, old, new)
    tags_before = getattr(was, "tags", {})
    tags = getattr(thing, "tags", {})
    for tag in sorted({*tags_before, *tags}):
        if tags_before.get(tag) != tags.get(tag):
            said = f"{called} had no tag {tag} before."
            if tag in tags_before:
                said = f"{called} had the tag {tag} = {tags_before[tag]} before."
            yield "tags", Change(said)
            return


def _boundary(noun: str, name: str, old: str, new: str) -> Change:
    whose = {f"{noun.capitalize()}Name": name}
    if not old:
        said = f"The {noun} {name} carries the permissions boundary {_short(new)} now, and carried none before."
        return Change(said, f"iam delete-{noun}-permissions-boundary", whose)
    if new:
        said = f"The permissions boundary of the {noun} {name} is {_short(new)} now, and was {_short(old)} before."
    else:
        said = (
            f"The {noun} {name} no longer carries the permissions boundary {_short(old)}."
        )
    values = {**whose, "PermissionsBoundary": old}
    return Change(said, f"iam put-{noun}-permissions-boundary", values)


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]
