"""A grade that was asked for is kept, whatever key or click comes before it ends."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from textual.events import MouseDown, MouseEvent, MouseScrollDown, MouseUp
from textual.geometry import Offset

from coffeeshop.account.command import script_lines
from coffeeshop.tui.widgets.picture import Picture
from tests.tui.driver import Person, all_done, all_heard, person, results_come_late
from tests.tui.test_key_order import COPY_FOR_SAM

RECEIPTS = "05-receipts-drawer"
LIST_USERS = ("colon", *"aws iam list-users", "enter")


def results_of(ui: Person) -> dict[str, tuple[int, int]]:
    """Return the stars and the number of gradings of each scenario."""
    best_results = ui.app.player.progress.best_results()
    return {id: (best.stars, best.tries) for id, best in best_results.items()}


async def press_late(ui: Person, keys: tuple[str, ...]) -> None:
    """Press keys in one burst, and give results as late as can be."""
    with results_come_late(ui.app):
        for key in keys:
            ui.hit(key)
        await all_done(ui.app)


@pytest.mark.parametrize(
    ("keys", "gradings"),
    [
        (("g", "escape", *LIST_USERS), 1),
        (("g", *LIST_USERS, "escape", "escape", "escape", "down", "enter"), 2),
        (("g", "escape", "escape", "down", "enter"), 1),
        (("g", "full_stop", *"play 10", "enter"), 1),
    ],
    ids=["act", "act and another scenario", "another scenario", "the palette"],
)
async def test_a_grade_that_was_asked_for_is_kept_whatever_comes_before_it_ends(
    tmp_path: Path, keys: tuple[str, ...], gradings: int
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await press_late(ui, keys)
        assert results_of(ui) == {RECEIPTS: (0, gradings)}


@pytest.mark.parametrize("keys", [("g",), ("g", "escape"), ("g", "escape", *LIST_USERS)])
async def test_ctrl_q_leaves_once_a_running_grade_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    async with person(tmp_path, "05") as ui:
        kept = list[dict[str, tuple[int, int]]]()
        monkeypatch.setattr(ui.app, "exit", lambda *_: kept.append(results_of(ui)))
        await ui.press("escape")
        await press_late(ui, (*keys, "ctrl+q"))
        assert kept == [{RECEIPTS: (0, 1)}]


async def test_a_key_after_ctrl_q_does_nothing_before_the_app_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with person(tmp_path, "05") as ui:
        acts = list[int]()
        monkeypatch.setattr(ui.app, "exit", lambda *_: acts.append(len(ui.play.acts)))
        await ui.press("escape")
        await press_late(ui, ("g", "ctrl+q", *LIST_USERS))
        assert acts == [0]


async def test_a_second_ctrl_q_leaves_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with person(tmp_path, "05") as ui:
        kept = list[dict[str, tuple[int, int]]]()
        monkeypatch.setattr(ui.app, "exit", lambda *_: kept.append(results_of(ui)))
        await ui.press("escape")
        with results_come_late(ui.app):
            ui.hit("g")
            ui.hit("ctrl+q")
            ui.hit("ctrl+q")
            ui.hit("down")  # without a key that waits, the grade would begin at once
            await ui.heard()
        assert kept[0] == {}


async def screens_after_click(folder: Path, is_waiting: bool) -> tuple[bool, str]:
    """Return whether a click on a bay of the floor waited for the grade, and the screen after it."""
    async with person(folder, "10") as ui:
        for _, line in script_lines(COPY_FOR_SAM):
            ui.app.run_line(line)
        await ui.press("escape")
        floor = ui.app.screen.query_one(Picture)
        at = floor.region.offset + Offset(1, 1)
        lateness = nullcontext() if is_waiting else results_come_late(ui.app)
        with lateness:
            ui.app.run_line("aws iam create-group --group-name Bench")
            if is_waiting:
                await all_done(ui.app)
            else:
                assert ui.app.is_grading
            for kind in (MouseDown, MouseUp):
                ui.app.post_message(mouse_event(kind, at))
            await all_heard(ui.app)
            was_graded = not ui.app.is_grading
            await all_done(ui.app)
        return was_graded, ui.screen


def mouse_event(kind: type[MouseEvent], at: Offset) -> MouseEvent:
    """Return an event of the mouse's left button, as a terminal sends it."""
    return kind(None, at.x, at.y, 0, 0, 1, False, False, False, at.x, at.y)


async def test_a_click_waits_for_the_grade_as_enter_does(tmp_path: Path) -> None:
    screens = [
        await screens_after_click(tmp_path / str(is_waiting), is_waiting)
        for is_waiting in (True, False)
    ]
    assert screens[0] == screens[1]
    assert screens[1][0], "the click came after the grade"


async def test_the_wheel_waits_for_the_report_that_it_scrolls(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        with results_come_late(ui.app):
            ui.hit("g")
            ui.app.post_message(mouse_event(MouseScrollDown, Offset(60, 10)))
            await all_done(ui.app)
        assert ui.app.screen.query_one("#findings").scroll_offset.y > 0
