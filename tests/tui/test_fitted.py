"""Panes that share a column: the urgent one first, and no row is wasted."""

from __future__ import annotations

import pytest

from coffeeshop.tui.widgets.fitted import share_room


@pytest.mark.parametrize(
    ("wants", "room", "given"),
    [
        ([4, 4, 4], 20, [4, 4, 12]),
        ([9, 6, 5], 20, [9, 6, 5]),
        ([9, 17, 5], 21, [4, 13, 4]),
        ([9, 9, 9], 21, [4, 9, 8]),
        ([2, 30, 2], 21, [2, 17, 2]),
    ],
)
def test_what_is_urgent_gets_its_room_first(
    wants: list[int], room: int, given: list[int]
) -> None:
    assert share_room(wants, room, (1, 2, 0)) == given
