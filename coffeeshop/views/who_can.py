"""The Next box's steps for an act that AWS refuses the caller: undo the loss, or change to another credential."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.api.operations import OPERATIONS, Operation
from coffeeshop.account.command.grammar import find_operation
from coffeeshop.account.door import is_refused
from coffeeshop.account.model import Account, Act, Call, Caller, Nobody
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.views.identity import owner_signs_in, signs_in
from coffeeshop.views.step import Step, Way, short
from coffeeshop.views.text import capital
from coffeeshop.views.things.item_actions import NEW, menu_actions
from coffeeshop.views.things.items import Item, hanging
from coffeeshop.views.things.lists import LISTS

RETAKES = "goes back to"


def for_who_acts(step: Step, play: Play, profile: str) -> Step:
    """Return the step if AWS allows the caller each of its calls, otherwise the step that makes them possible.

    `profile` is the credential in hand. A step stays as it is if that credential doesn't exist.
    """
    caller = find_caller(play.account, profile)
    if isinstance(caller, Nobody):
        return step
    calls = proposed_calls(play.account, step)
    call = next(
        (each for each in calls if _refuses(play, play.account, caller, each)), None
    )
    if call is None:
        return step
    ways = (
        _undo_step(play, profile, call),
        _credential_step(play, call),
        _sign_in_step(play, call),
        _root_step(play),
    )
    return next(way for way in ways if way is not None)


def proposed_call(account: Account, step: Step) -> Call | None:
    """Return the first call of a step, with its known parameters. None: the step makes no call."""
    if step.calls:
        service, _, name = step.calls[0].partition(" ")
        row = find_operation(service, name)
        if row and service != "console":
            return _call(row, step.values)
        return None
    way = step.way or step.other
    return _call_of_way(account, way) if way else None


def proposed_calls(account: Account, step: Step) -> tuple[Call, ...]:
    """Return the first typed call of a step and the call of its key, if the two differ."""
    typed = proposed_call(account, step)
    way = step.way or step.other
    pressed = _call_of_way(account, way) if way else None
    return tuple(
        call
        for nth, call in enumerate((typed, pressed))
        if call is not None and not (nth and call == typed)
    )


def _call_of_way(account: Account, way: Way) -> Call | None:
    """Return the call that a way's key makes on its item. None: the key makes no call."""
    if way.key.isalpha() and len(way.key) == 1:
        letter = way.key
    else:
        letter = way.does.removeprefix("and ")[:1]
    if letter == "n" and way.tab in NEW:
        return _call(OPERATIONS[NEW[way.tab].service, NEW[way.tab].operation], {})
    for item in _items(account, way):
        for action in menu_actions(item, letter):
            return _call(OPERATIONS[action.service, action.operation], item.names)
    return None


def _items(account: Account, way: Way) -> Iterator[Item]:
    """Yield the item to which a way leads."""
    for tabs in LISTS.values():
        if way.tab in tabs:
            _, lister, _ = tabs[way.tab]
            things = [
                item
                for item in lister(account)
                if item.row.word.lower() == way.thing.lower()
            ]
            hung = [
                below
                for item in things
                for below in hanging(account, item)
                if below.id == way.hung
            ]
            yield from hung if way.hung else things


def _call(row: Operation, known_entries: Mapping[str, str]) -> Call:
    """Return a call of an operation with the known entries that are among its parameters."""
    named = {
        member.name: known_entries[member.name]
        for member in row.members
        if known_entries.get(member.name)
    }
    return Call(row.service, row.name, named)


def _is_refused(play: Play, profile: str, call: Call) -> bool:
    return _refuses(play, play.account, find_caller(play.account, profile), call)


def _refuses(play: Play, account: Account, caller: Caller, call: Call) -> bool:
    return is_refused(account, Act(play.now, caller, call))


# ------------------------------------------------------------------ who can
def _undo_step(play: Play, profile: str, call: Call) -> Step | None:
    """Return the step that undoes the act which took this permission away. None: the caller never had it."""
    if _refuses(
        play, play.scenario.opening, find_caller(play.scenario.opening, profile), call
    ):
        return None
    stood = [play.scenario.opening, *(outcome.account for outcome in play.outcomes)]
    could = [
        nth
        for nth, account in enumerate(stood)
        if not _refuses(play, account, find_caller(account, profile), call)
    ]
    by = play.outcomes[could[-1]].act.call.operation
    back = len(play.outcomes) - could[-1]
    if back == 1:
        many = "Undo takes it back"
    else:
        many = f"Undo takes it back, with the acts since ({back} in all)"
    return Step(
        f"{by} took it from you: AWS refuses {short(profile)} {call.operation} now. {many}:",
        "u",
        UNDOES,
    )


UNDOES = "undoes the last act"


def _credential_step(play: Play, call: Call) -> Step | None:
    """Return the step to a credential in hand that may make the call. None: no credential may."""
    for profile in profiles(play):
        if not _is_refused(play, profile, call):
            message = f"AWS refuses you {call.operation}; {short(profile)} can call it:"
            return Step(message, "s", f"{RETAKES} {short(profile)}", badge=profile)
    return None


def _sign_in_step(play: Play, call: Call) -> Step | None:
    """Return the step that signs in a user who may make the call. None: no user may."""
    for user in play.account.users.values():
        typed = signs_in(play, user.name)
        if user.login is None or "Password" not in typed:
            continue
        other_account, caller = mint_credential(
            play.account,
            play.account.arn(user),
            "code" if "MfaCode" in typed else "password",
            play.now,
        )
        if not _refuses(play, other_account, caller, call):
            message = f"AWS refuses you {call.operation}; {capital(short(user.name))} can call it, once signed in:"
            return Step(message, "s", "signs in", calls=("console sign-in",), values=typed)
    return None


def _root_step(play: Play) -> Step:
    """Return the step that signs in as root, the last resort."""
    message = "AWS refuses you this, and everybody whose badge or password you have; the root user can do it:"
    return Step(
        message,
        "s",
        "signs in as root",
        calls=("console sign-in",),
        values=owner_signs_in(play),
    )
