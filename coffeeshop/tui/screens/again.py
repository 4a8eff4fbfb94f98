"""Begin a scenario again, after a question."""

from __future__ import annotations

from coffeeshop.tui.screens.question import ask_to_confirm
from coffeeshop.tui.stage import Stage
from coffeeshop.views.text import count_noun
from coffeeshop.views.things.taking_away import ANYWAY_KEY, Question


async def begin_again(game: Stage, id: str, title: str, acts: int) -> None:
    """Play a scenario from its beginning. If it has acts, ask first, since they can't be restored."""
    about = f"{title} begins without its {count_noun(acts, 'act')}. Its stars stay."
    question = Question("Begin again?", "Begin again", ANYWAY_KEY, about=about)
    if not acts or await ask_to_confirm(game, question):
        await game.run_action(("app", "play", (id, True)))
