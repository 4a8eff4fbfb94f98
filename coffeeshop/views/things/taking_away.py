"""What takes something away, by one rule: a key asks first, and whatever took something away says at once how to take it back.

A deed is asked in its form, in the editor, or in a question (`question`). A line is typed in full, so it isn't asked. Whoever is
about to lock somebody out is asked in every case (`warning`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from coffeeshop.account.model import Account, Call, Outcome, Reply
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.lock_out import LockOut, has_changed
from coffeeshop.views.text import few
from coffeeshop.views.things.item_actions import Deed, deed_label
from coffeeshop.views.things.items import Item

AWAY = {  # verbs of operations that take something away
    "Close", "Deactivate", "Delete", "Detach", "Disable", "Leave", "Purge", "Remove", "Stop", "Untag",
}  # fmt: skip
REPLACES = {
    "Change",
    "Move",
    "Put",
    "Set",
    "Update",
}  # verbs of those that put something in the place of another
BY_VERB = re.compile("[A-Z][a-z]+")

KEEP, DO = "keep", "do"  # the rows of a question


class Question(Struct, frozen=True):
    """Is asked before an act: `title`, what is to be known (`about`), and the row that does it, which `key` picks."""

    title: str
    does: str
    key: str
    operation: str = ""
    about: str = ""


def question(deed: Deed, item: Item, locks: LockOut | None, cells: int) -> Question:
    """Return what is asked before a deed that has neither form nor editor, with the thing's name in so many cells. Where it
    locks somebody out, the key that began it doesn't do it.
    """
    title = f"{deed_label(item, deed, cells)}?"
    operation = f"{deed.service}:{deed.operation}"
    if locks is None:
        return Question(title, deed.say, deed.key, operation, deed.note)
    return Question(
        title, f"{deed.say}, all the same", ANYWAY, operation, lock_out_text(locks)
    )


def warning(locks: LockOut) -> Question:
    """Return what is asked before an act that locks somebody out, and was written in a form, in the editor or as a line."""
    call = locks.call
    if locks.actor_loses:
        title = "This locks you out"
    else:
        title = "This leaves no administrator"
    return Question(
        title,
        "Do it all the same",
        ANYWAY,
        f"{call.service}:{call.operation}",
        lock_out_text(locks),
    )


ANYWAY = "y"


def lock_out_text(locks: LockOut) -> str:
    """Tell whom an act locks out, of what, and who could undo it."""
    messages = [*_lost(locks), _undone(locks), "In this game, undo takes it back."]
    return " ".join(messages)


def _lost(locks: LockOut) -> Iterable[str]:
    you = f"you ({locks.who})"
    if locks.ends:
        yield f"After this, the credential that {you} act with no longer works."
    elif locks.refused:
        yield f"After this, AWS refuses {you} {locks.call.service}:{locks.refused}."
    elif locks.shut:
        yield f"Once this session ends, {you} can't sign in and do this again."
    elif locks.stripped:
        yield f"After this, {you} can't administer the account any more."
    for account in locks.orphaned:
        yield f"No user can administer the account {account} any more, only its root user."


def _undone(locks: LockOut) -> str:
    if locks.able:
        return f"On AWS, only root and {few(locks.able)} could undo it."
    return "On AWS, only the root user could undo it."


# ------------------------------------------------------------------ what is said afterwards
def takes_away(before: Account, call: Call) -> bool:
    """Tell whether a call takes something away, or puts something in the place of what stood in the account before."""
    if call.operation == "CreatePolicyVersion":
        return bool(call.parameters.get("SetAsDefault"))
    if call.operation in STOOD:
        book, name = STOOD[call.operation]
        entity = getattr(before, book).get(call.text(name).lower())
        return entity is not None and call.text("PolicyName").lower() in entity.inline
    verb = BY_VERB.match(call.operation)
    return verb is not None and verb[0] in AWAY | REPLACES


STOOD = {  # what puts an inline policy: in which book the account keeps whose it is, and what is called so
    "PutUserPolicy": ("users", "UserName"),
    "PutGroupPolicy": ("groups", "GroupName"),
    "PutRolePolicy": ("roles", "RoleName"),
}


def took_away(play: Play, outcomes: Sequence[Outcome]) -> bool:
    """Tell whether one of these acts, the last of the play, took something away, so that undo gives it back."""
    stood = [
        play.back(len(play.outcomes) - len(outcomes)).account,
        *(outcome.account for outcome in outcomes),
    ]
    done_part = zip(stood, outcomes, strict=False)
    return any(
        isinstance(each_outcome.answer, Reply)
        and takes_away(before, each_outcome.act.call)
        and has_changed(before, each_outcome.account)
        for before, each_outcome in done_part
    )


TYPED = "Type undo to take it back."  # where one types
