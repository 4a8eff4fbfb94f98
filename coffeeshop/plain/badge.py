"""The word `as` of plain mode: another badge in hand, or the same one again where its session has ended."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.sitting.sitting import profiles
from coffeeshop.plain.shell import Shell, call, notes, renewal, who
from coffeeshop.views.rows import Row

WORD = 64  # characters of a name that are repeated


def take(shell: Shell, rest: str) -> Iterator[Row]:
    """Take up a badge; whose console session has ended, and whose password the learner knows, signs in again."""
    if line := renewal(shell, rest):
        yield Row(f"$ {line}", role="code")
        yield from call(shell, line)
        return
    taken = shell.player.take(rest)
    if isinstance(taken, Refused):
        yield Row(_lacking(shell, rest))
        return
    yield from notes(taken)
    yield from who(shell, "")


def _lacking(shell: Shell, name: str) -> str:
    """What a badge that is not in hand needs."""
    play = shell.sitting.play
    held = f"You hold: {', '.join(profiles(play))}. `as NAME` takes one of them up."
    user = play.account.users.get(name.partition("@")[0].lower())
    if not name:
        return held
    if user is None:
        return f"There is no badge called {name[:WORD]}. {held}"
    made = f"`console sign-in --user-name {user.name} --password PASSWORD`, with `--mfa-code @phone` where she has a device"
    return f"{user.name}'s badge is not in your hand: {made}; or with a key of hers. {held}"
