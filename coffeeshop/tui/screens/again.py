"""Beginning a scenario again: asked first, wherever it is asked for."""

from __future__ import annotations

from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import key, one_line
from coffeeshop.views.text import counted


async def begin_again(game: Stage, id: str, title: str, acts: int) -> None:
    """Play a scenario from its beginning, after a question where it has acts: they cannot be brought back."""
    rows = [
        ("k", key("k", "Keep it as it is")),
        (
            "y",
            key(
                "y", f"Begin {one_line(title)} again, without its {counted(acts, 'act')}; its stars are kept"
            ),
        ),
    ]
    if not acts or await game.ask(PickDialog("Begin again?", rows)) == "y":
        await game.run_action(("app", "play", (id, True)))
