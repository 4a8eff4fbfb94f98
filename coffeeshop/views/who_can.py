"""What Next says of an act that AWS refuses to whoever acts: that undo takes the loss back, or who can do it."""

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
from coffeeshop.views.things.item_actions import NEW, deeds
from coffeeshop.views.things.items import Item, hanging
from coffeeshop.views.things.lists import LISTS

RETAKES = "goes back to"


def for_who_acts(step: Step, play: Play, profile: str) -> Step:
    """Return the step, where AWS lets whoever acts do it; else the one that makes it possible. `profile` is the badge in hand;
    of one that doesn't exist nothing is known.
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
        _undoing(play, profile, call),
        _badge(play, call),
        _sign_in(play, call),
        _as_root(play),
    )
    return next(way for way in ways if way is not None)


def proposed_call(account: Account, step: Step) -> Call | None:
    """Return the first call that a step comes to, as far as it is known; None where it makes none."""
    if step.calls:
        service, _, name = step.calls[0].partition(" ")
        row = find_operation(service, name)
        if row and service != "console":
            return _call(row, step.values)
        return None
    way = step.way or step.other
    return _of_way(account, way) if way else None


def proposed_calls(account: Account, step: Step) -> tuple[Call, ...]:
    """Return the calls that a step comes to: the first that is typed, and that of the key on its thing, where that is another."""
    typed = proposed_call(account, step)
    way = step.way or step.other
    pressed = _of_way(account, way) if way else None
    return tuple(
        call
        for nth, call in enumerate((typed, pressed))
        if call is not None and not (nth and call == typed)
    )


def _of_way(account: Account, way: Way) -> Call | None:
    """The call of the deed that a key picks on the thing of a list, or on what hangs on it."""
    if way.key.isalpha() and len(way.key) == 1:
        letter = way.key
    else:
        letter = way.does.removeprefix("and ")[:1]
    if letter == "n" and way.tab in NEW:
        return _call(OPERATIONS[NEW[way.tab].service, NEW[way.tab].operation], {})
    for item in _items(account, way):
        for deed in deeds(item, letter):
            return _call(OPERATIONS[deed.service, deed.operation], item.names)
    return None


def _items(account: Account, way: Way) -> Iterator[Item]:
    """Yield the item that a way leads to."""
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
def _undoing(play: Play, profile: str, call: Call) -> Step | None:
    """Tell that undo gives back what an act of this play took away."""
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


def _badge(play: Play, call: Call) -> Step | None:
    """Tell which badge that the learner holds is let through."""
    for profile in profiles(play):
        if not _is_refused(play, profile, call):
            message = f"AWS refuses you {call.operation}; {short(profile)} can call it:"
            return Step(message, "s", f"{RETAKES} {short(profile)}", badge=profile)
    return None


def _sign_in(play: Play, call: Call) -> Step | None:
    """Tell which administrator can sign in and is let through."""
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


def _as_root(play: Play) -> Step:
    """Tell that the root user is left."""
    message = "AWS refuses you this, and everybody whose badge or password you have; the root user can do it:"
    return Step(
        message,
        "s",
        "signs in as root",
        calls=("console sign-in",),
        values=owner_signs_in(play),
    )
