"""The Next box's steps for an act that AWS refuses the caller: undo the loss, or change to another credential."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.door import is_refused
from coffeeshop.account.model import Account, Act, Call, Caller, Nobody
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.lessons.sitting.lock_out import REVOCATION_WINDOW
from coffeeshop.views.deed import Deed, Goal
from coffeeshop.views.identity import root_sign_in_parameters, sign_in_parameters
from coffeeshop.views.step import UNDO_DEED, Step, Target, short, sign_in, take_credential
from coffeeshop.views.text import capital
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.items import item_parts
from coffeeshop.views.things.lists import LISTS_BY_MODE


def for_who_acts(
    step: Step, play: Play, profile: str, calls: Sequence[Call] | None = None
) -> Step:
    """Return a suggestion that the caller may carry out: `step` itself, or one that makes it possible first.

    `profile` names the credential in use. `calls` are those that the step needs (None:
    those it proposes). The alternatives: undo the act that took the permission away, use
    another credential, sign in as another user, and last, sign in as root.
    """
    caller = find_caller(play.account, profile)
    if isinstance(caller, Nobody):
        return step
    if calls is None:
        calls = proposed_calls(play.account, step)
    call = next(
        (each for each in calls if _refuses_call(play, play.account, caller, each)), None
    )
    if call is None:
        return step
    steps = (
        _undo_step(play, profile, call),
        _credential_step(play, call),
        _sign_in_step(play, call),
        _root_step(play, call),
    )
    return next(step for step in steps if step is not None)


def proposed_calls(account: Account, step: Step) -> tuple[Call, ...]:
    """Return the API calls that a suggestion proposes: the one to type, and the one that its key makes, if they differ."""
    typed = _call(step.deed, step.values)
    target = step.target or step.other_target
    pressed = None
    if target:
        item = next(_items(account, target), None)
        if item or not target.item_name:
            known_values = {**step.values, **item.names} if item else step.values
            pressed = _call(target.deed, known_values)
    if pressed == typed:
        pressed = None
    return tuple(call for call in (typed, pressed) if call is not None)


def _items(account: Account, target: Target) -> Iterator[Item]:
    """Yield the list item to which a suggestion leads, if the account has it."""
    for tabs in LISTS_BY_MODE.values():
        if target.tab in tabs:
            things = [
                item
                for item in tabs[target.tab].lister(account)
                if item.row.word.lower() == target.item_name.lower()
            ]
            hung = [
                below
                for item in things
                for below in item_parts(account, item)
                if below.id == target.row_id
            ]
            yield from hung if target.row_id else things


def _call(deed: Deed, known_entries: Mapping[str, str]) -> Call | None:
    """Return the API call of a deed's first operation, with the known parameters it takes.

    Return None if it makes no call, or only the console can make it.
    """
    if not deed.operations or deed.service == "console":
        return None
    named = {
        member.name: known_entries[member.name]
        for member in OPERATIONS[deed.operations[0]].members
        if known_entries.get(member.name)
    }
    return Call(deed.service, deed.operation, named)


def _is_refused(play: Play, profile: str, call: Call) -> bool:
    """Return whether AWS refuses a call with the credential of a profile."""
    return _refuses_call(play, play.account, find_caller(play.account, profile), call)


def _refuses_call(play: Play, account: Account, caller: Caller, call: Call) -> bool:
    """Return whether AWS refuses a caller this call in an account, at the play's time."""
    return is_refused(account, Act(play.now, caller, call))


# ------------------------------------------------------------------ who can
def _undo_step(play: Play, profile: str, call: Call) -> Step | None:
    """Return the suggestion to undo the act that took this permission from the caller.

    Return None if they never had it.
    """
    stood = [play.scenario.opening, *(outcome.account for outcome in play.outcomes)]
    could = [
        index
        for index, account in enumerate(stood)
        if not _refuses_call(play, account, find_caller(account, profile), call)
    ]
    if not could:
        return None
    by = play.outcomes[could[-1]].act.call.operation
    back = len(play.outcomes) - could[-1]
    if back == 1:
        many = "Undo takes it back:"
    else:
        many = f"Undo takes it back, with the acts since ({back} in all):"
    cause = f"Since {by}, {short(profile)} can't call {call.operation}."
    return Step(cause, UNDO_DEED, advice=many)


def _credential_step(play: Play, call: Call) -> Step | None:
    """Return the suggestion to use another credential of the learner's that can make the call. Return None if none can."""
    for profile in profiles(play):
        if not _is_refused(play, profile, call):
            message = f"You can't call {call.operation}, but {short(profile)} can:"
            return Step(message, take_credential(profile))
    return None


def _sign_in_step(play: Play, call: Call) -> Step | None:
    """Return the suggestion to sign in as a user who may make the call, now or soon. Return None if no user may."""
    for wait in (timedelta(), REVOCATION_WINDOW):
        for user in play.account.users.values():
            typed = sign_in_parameters(play, user.name)
            if user.login is None or "Password" not in typed:
                continue
            at = play.now + wait
            other_account, caller = mint_credential(
                play.account,
                play.account.arn(user),
                "code" if "MfaCode" in typed else "password",
                at,
            )
            if not is_refused(other_account, Act(at, caller, call)):
                when = "after signing in some minutes later" if wait else "after signing in"
                message = f"You can't call {call.operation}. {capital(short(user.name))} can {when}:"
                return Step(message, sign_in(typed))
    return None


def _root_step(play: Play, call: Call) -> Step:
    """Return the suggestion to sign in as root, which is the last resort because root should stay unused."""
    message = f"You can't call {call.operation}, and neither can any user whose badge or password you have. The root user can:"
    return Step(
        message, sign_in(root_sign_in_parameters(play), "signs in as root", Goal.ACT)
    )
