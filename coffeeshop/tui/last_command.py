"""The last AWS command and its result, for the foot of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coffeeshop.harmless import show_as_pictures
from coffeeshop.views.text import command_of

if TYPE_CHECKING:  # the engine comes with the first scenario
    from coffeeshop.account.model import Outcome
    from coffeeshop.lessons.model import Play


def last_command(play: Play, message: tuple[str, str] | None) -> str:
    """Return the last AWS command. While there is a message, return "", unless it reports a success."""
    if not play.outcomes or (message is not None and message[1] != "ok"):
        return ""
    return command_of(play.outcomes[-1].act.call)


def result_text(play: Play, is_from_other_window: bool) -> tuple[str, str]:
    """Return the result of the last AWS command, and its style: an error's code, or what the call did."""
    from coffeeshop.account.model import ServiceError
    from coffeeshop.views.things.item_actions import made_key_text, removed_name
    from coffeeshop.views.things.taking_away import has_taken_away

    if not play.outcomes:
        return "your commands appear here", "muted"
    outcome = play.outcomes[-1]
    window_suffix = _other_window_suffix(outcome) if is_from_other_window else ""
    if isinstance(outcome.answer, ServiceError):
        return f"{outcome.answer.code}{window_suffix}", "error"
    has_removed = has_taken_away(play, (outcome,))
    undo_hint = "; u takes it back" if has_removed else ""
    if has_removed and (removed := removed_name(outcome.act.call)):
        return f"{show_as_pictures(removed)}{window_suffix}{undo_hint}", "warning"
    if key := made_key_text(outcome.answer):
        return f"{key}{window_suffix}; secret kept", "ok"
    if not outcome.has_succeeded:
        return f"refused in part{window_suffix}{undo_hint}", "error"
    return f"done{window_suffix}{undo_hint}", "ok"


def _other_window_suffix(outcome: Outcome) -> str:
    """Return that another window made a call, and with which profile."""
    from coffeeshop.views.identity import profile_of

    return f", elsewhere, by {show_as_pictures(profile_of(outcome))}"
