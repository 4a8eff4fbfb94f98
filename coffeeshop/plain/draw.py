"""The word `draw` of the plain shell: one grant in lines."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.plain.shell import Shell
from coffeeshop.views.rows import Row


def draw(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the principals with access, the policies that give it, and those that deny it,
    for a person, a thing or a request."""
    # Imported with the comparison of policies, because opening a shop doesn't need it.
    from coffeeshop.views.grant.focus import find_focus
    from coffeeshop.views.grant.pictures import draw_grant
    from coffeeshop.views.grant.words import grant_rows
    from coffeeshop.views.made_up import with_made_up_names

    play = shell.sitting.play
    focus = find_focus(play, rest)
    if isinstance(focus, str):
        yield Row(focus)
        return
    sitting = shell.sitting
    drawing = draw_grant(play, focus, sitting.tickets, sitting.unnamed_statements)
    yield from with_made_up_names(play, grant_rows(drawing))
