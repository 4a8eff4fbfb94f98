"""Confirm acts that take something away, and tell how to undo them.

A menu action is confirmed in its form, in the editor, or by a question (`question`). A typed
command is not confirmed, because it was typed in full. An act that would lock a principal out
is always confirmed (`warning`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from coffeeshop.account.model import Account, Call, Outcome, Reply
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.lock_out import LockOut, has_changed
from coffeeshop.views.cells import shorten_text
from coffeeshop.views.text import list_few_names
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import (
    TAKE_AWAY,
    Deed,
    Removal,
    action_label,
    removal_kinds,
)

REMOVAL_VERBS = {  # verbs of operations that take something away
    "Abort", "Close", "Deactivate", "Delete", "Detach", "Disable", "Leave", "Purge", "Remove", "Retire",
    "Revoke", "Schedule", "Stop", "Untag",
}  # fmt: skip
# Verbs of operations that replace something.
REPLACEMENT_VERBS = {"Change", "Move", "Provision", "Put", "Reset", "Set", "Update"}
BY_VERB = re.compile("[A-Z][a-z]+")

KEEP_CHOICE, DO_CHOICE = "keep", "do"  # the rows of a question


class Question(Struct, frozen=True):
    """A question before an act.

    `title` asks it, `about` tells what the learner should know, and `does` is the row that does
    the act, which `key` picks. `begins` is the row with the cursor: the act if it takes nothing
    away, since it was asked for, otherwise the row that keeps everything as it is.
    """

    title: str
    does: str
    key: str
    operation: str = ""
    about: str = ""
    begins: str = KEEP_CHOICE


def confirming_question(
    action: Deed,
    item: Item,
    locks: LockOut | None,
    cells: int,
    removals: Sequence[Removal] = (),
) -> Question:
    """Return the question before a menu action that has neither form nor editor.

    The name of the thing has at most `cells` cells. If the act locks a principal out, the key
    that began it does not confirm it. `removals` are the parts of the thing that can be taken away.
    """
    if action.key == "d":
        title = f"{action_label(item, cells)}?"
    else:
        title = f"{shorten_text(item.row.word, cells)}: {action.say}?"
    operation = f"{action.service}:{action.operation}"
    if locks is None:
        about = missing_steps(action, item, removals) or action.note
        begins = KEEP_CHOICE if _is_taking(action.operation) else DO_CHOICE
        return Question(title, action.say, action.key, operation, about, begins)
    return Question(
        title, f"{action.say}, all the same", ANYWAY_KEY, operation, lock_out_text(locks)
    )


# AWS deletes these only when nothing is left in them or attached to them:
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
NEEDS_BARE = ("DeleteUser", "DeleteGroup", "DeleteRole", "DeletePolicy")
CONFLICTS = ("DeleteConflict", "ConflictException")  # AWS's codes where something is left


def missing_steps(action: Deed, item: Item, removals: Sequence[Removal]) -> str:
    """Return that AWS refuses to delete a thing, and what has to go before it.

    Return "" if nothing stands in the way.
    """
    in_the_way = _removals_in_the_way(action, removals)
    if not in_the_way:
        return ""
    return (
        f"AWS refuses this now: first take away its {removal_kinds(in_the_way)}. "
        f"⏎ on {shorten_text(item.row.word, SHORT_NAME)}, then {TAKE_AWAY}, lists what is left."
    )


def _removals_in_the_way(action: Deed, removals: Sequence[Removal]) -> Sequence[Removal]:
    """Return the parts that AWS wants gone before it deletes a thing. The default version goes with its policy."""
    if action.operation == "DeletePermissionSet":
        return [removal for removal in removals if removal.item.noun == "assignment"]
    if action.service != "iam" or action.operation not in NEEDS_BARE:
        return ()
    versions = [removal for removal in removals if removal.item.noun == "version"]
    attached = [removal for removal in removals if removal not in versions]
    return (*attached, *(versions if len(versions) > 1 else ()))


SHORT_NAME = 24  # cells of a name in a sentence


def lock_out_warning(locks: LockOut) -> Question:
    """Return the question before an act that locks a principal out, from a form, the editor or the command line."""
    call = locks.call
    if locks.again:
        title = "Lock out your current credential?"
    elif locks.actor_loses:
        title = "Lock yourself out?"
    else:
        title = "Leave no administrator?"
    return Question(
        title,
        "Do it anyway",
        ANYWAY_KEY,
        f"{call.service}:{call.operation}",
        lock_out_text(locks),
    )


ANYWAY_KEY = "y"


def lock_out_text(locks: LockOut) -> str:
    """Return the principals that an act locks out, what they lose, and the principals that could undo it."""
    messages = [*_losses(locks), _who_can_undo(locks), "In this game, undo takes it back."]
    return " ".join(messages)


def _losses(locks: LockOut) -> Iterable[str]:
    """Yield a sentence for each loss of access."""
    you = f"you ({locks.who})"
    if locks.ends:
        yield f"After this, the credential that {you} act with no longer works."
    elif locks.refused:
        with_it = " with the credential in use" if locks.again else ""
        yield f"After this, {you} can't call {locks.call.service}:{locks.refused}{with_it}."
    elif locks.shut:
        yield f"Once this session ends, {you} can't sign in and do this again."
    elif locks.stripped:
        yield f"After this, {you} can't administer the account."
    for account in locks.orphaned:
        yield f"After that, only the root user can administer account {account}."


def _who_can_undo(locks: LockOut) -> str:
    """Return a sentence about the principals that could undo the act."""
    if locks.again:
        return "You could undo it on AWS too, with a new sign-in or another credential of yours."
    if not locks.root_able:
        others = (
            f"only {list_few_names(locks.able)}" if locks.able else "not even the root user"
        )
        return f"On AWS, {others} could undo it."
    if locks.able:
        return f"On AWS, only root and {list_few_names(locks.able)} could undo it."
    return "On AWS, only the root user could undo it."


# ------------------------------------------------------------------ after the act
def takes_away(before: Account, call: Call) -> bool:
    """Return whether a call takes something away, or replaces something that was in the account before."""
    if call.operation == "CreatePolicyVersion":
        return bool(call.parameters.get("SetAsDefault"))
    if call.operation in INLINE_POLICY_WRITES:
        book, name = INLINE_POLICY_WRITES[call.operation]
        entity = getattr(before, book).get(call.text(name).lower())
        return entity is not None and call.text("PolicyName").lower() in entity.inline
    return _is_taking(call.operation)


def _is_taking(operation: str) -> bool:
    """Return whether an operation takes something away or replaces something, as its verb says."""
    verb = BY_VERB.match(operation)
    return verb is not None and verb[0] in REMOVAL_VERBS | REPLACEMENT_VERBS


INLINE_POLICY_WRITES = {  # operations that write an inline policy, with its attribute and parameter
    "PutUserPolicy": ("users", "UserName"),
    "PutGroupPolicy": ("groups", "GroupName"),
    "PutRolePolicy": ("roles", "RoleName"),
}


def has_taken_away(play: Play, outcomes: Sequence[Outcome]) -> bool:
    """Return whether one of these acts took something away, so that undo brings it back.

    `outcomes` are the last outcomes of the play.
    """
    accounts_before = [
        play.back(len(play.outcomes) - len(outcomes)).account,
        *(outcome.account for outcome in outcomes),
    ]
    pairs = zip(accounts_before, outcomes, strict=False)
    return any(
        isinstance(each_outcome.answer, Reply)
        and takes_away(before, each_outcome.act.call)
        and has_changed(before, each_outcome.account)
        for before, each_outcome in pairs
    )


TYPED_UNDO_HINT = "Type undo to take it back."  # for shells with a command line
