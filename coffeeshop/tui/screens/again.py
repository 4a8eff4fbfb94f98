"""Beginning a scenario again: asked first, wherever it is asked for."""

from __future__ import annotations

from coffeeshop.tui.screens.question import ask_to_confirm
from coffeeshop.tui.stage import Stage
from coffeeshop.views.text import count_noun
from coffeeshop.views.things.taking_away import ANYWAY, Question


async def begin_again(game: Stage, id: str, title: str, acts: int) -> None:
    """Play a scenario from its beginning, after a question where it has acts: they cannot be brought back."""
    does = f"Begin {title} again, without its {count_noun(acts, 'act')}; its stars are kept"
    if not acts or await ask_to_confirm(game, Question("Begin again?", does, ANYWAY)):
        await game.run_action(("app", "play", (id, True)))
