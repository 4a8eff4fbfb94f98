"""Keys are never lost and never go to another screen: as fast as they come, they do what they do when each is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from pathlib import Path

import pytest

from coffeeshop.account.command import script_lines
from coffeeshop.tui import key_queue
from coffeeshop.tui.screens import form
from tests.examples import some
from tests.tui.driver import person
from tools.key_storm import SCENARIOS, drawn_keys, fixed_password


async def played(
    folder: Path,
    scenario: str,
    keys: Sequence[str],
    waiting: bool,
    first: Sequence[str] = (),
) -> tuple[list[str], str]:
    """What comes of the keys in a play of its own."""
    async with person(folder / ("waiting" if waiting else "burst"), scenario) as ui:
        return await ui.press_all(keys, waiting, first)


PLAYS = [
    *[("10", tuple(keys.split())) for keys in (
        "escape 2 down n d a c k i e enter", "escape 2 down enter w", "escape 2 n a b enter d enter d enter u",
        "escape 4 down right enter", "escape 4 y escape g down enter n", "escape 4 tab down",
        "escape 4 W", "escape g W", "escape g escape escape", "escape 2 n a b enter escape y W", "escape 2 tab tab d enter",
        "escape 3 n x enter f9 down enter f8 f2 escape tab tab", "escape colon h e l p enter escape full_stop d a y enter",
    )],
    *[("05", tuple(keys.split())) for keys in (
        "escape 3 down enter x y f1", "escape 3 down enter f7 x y f3",
    )],
    ("20", ("escape", "3", "enter", "escape")),
    ("", ("escape", "enter", "enter", "right", "escape", "escape", "2", "n", "z", "enter")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scenario", "keys"),
    some(PLAYS, 5),
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
async def test_keys_in_one_burst_do_what_they_do_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: str, keys: Sequence[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(form, "_proposed_password", fixed_password)
    assert await played(tmp_path, scenario, keys, False) == await played(
        tmp_path, scenario, keys, True
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", some(range(1000), 1))
async def test_random_keys_in_one_burst_do_what_they_do_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(form, "_proposed_password", fixed_password)
    scenario, keys = SCENARIOS[seed % len(SCENARIOS)], drawn_keys(seed, 40)
    assert await played(tmp_path, scenario, keys, False) == await played(
        tmp_path, scenario, keys, True
    )


COPY_FOR_SAM = """\
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name bo
aws iam delete-user-policy --user-name casey --policy-name receipts
aws iam delete-user-policy --user-name robin --policy-name receipts
aws iam delete-user-policy --user-name bo --policy-name receipts
aws iam put-user-policy --user-name sam --policy-name receipts --policy-document file://policies/receipts.json
"""
MAKE_BENCH = ("colon", *"aws iam create-group --group-name Bench", "enter", "escape")


@pytest.mark.parametrize(
    "keys",
    some([
        "2 enter", "2 a", "3 2 enter", "full_stop p e o enter a",
        "g escape escape", "1 escape", "1 escape o escape escape escape", "1 escape p", "1 escape right enter escape escape",
    ], 2),
)  # fmt: skip
async def test_a_key_whose_effect_the_grade_decides_waits_for_it(
    tmp_path: Path, keys: str
) -> None:
    ends = list[tuple[list[str], str]]()
    for is_waiting in (True, False):
        async with person(tmp_path / str(is_waiting), "10") as ui:
            for _, line in script_lines(COPY_FOR_SAM):
                ui.app.run_line(line)
            ends.append(await ui.press_all(keys.split(), is_waiting, MAKE_BENCH))
    assert ends[0] == ends[1]


WIDE = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
PUT = f"aws iam put-group-policy --group-name Admins --policy-name all --policy-document '{WIDE}'"


async def test_a_key_that_scrolls_the_console_waits_for_remarks_on_a_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The line has more keys than MAX_TYPED. On a busy machine they would be dropped as a flood.
    monkeypatch.setattr(key_queue, "FLOOD_SECONDS", inf)
    line, keys = ("escape", "colon", *PUT), ("enter", "pageup")
    assert await played(tmp_path, "05", keys, False, line) == await played(
        tmp_path, "05", keys, True, line
    )


async def test_a_picture_that_moves_ends_alike_below_a_box(tmp_path: Path) -> None:
    turn_on = ("comma", "down", "down", "left", "escape")
    keys = (
        "escape",
        *turn_on,
        *MAKE_BENCH[:-1],
        *"aws iam delete-user --user-name ada",
        "enter",
    )
    assert await played(tmp_path, "05", keys, False) == await played(
        tmp_path, "05", keys, True
    )


async def test_letters_typed_while_a_form_opens_stand_in_its_field(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down")
        for key in ("n", *"dackie", "enter"):
            ui.hit(key)
        await ui.heard()
        (act,) = ui.play.acts
        assert (act.call.operation, act.call.parameters) == (
            "CreateUser",
            {"UserName": "dackie"},
        )


async def test_two_keys_in_a_burst_open_no_box_over_a_box(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down")
        ui.hit("enter")
        ui.hit("w")
        await ui.heard()
        assert len(ui.app.screen_stack) == 2


async def test_pages_turned_in_one_burst_are_as_many_as_one_by_one(tmp_path: Path) -> None:
    keys = ("pagedown", "pagedown")
    assert await played(tmp_path, "C2", keys, False) == await played(
        tmp_path, "C2", keys, True
    )


@pytest.mark.parametrize("key", ["u", "down", "tab", "f12"])
async def test_a_key_is_painted_once_where_it_takes_a_notice_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr(key_queue, "MAX_FRAME_SECONDS", 60.0)  # on a slow machine, too
    async with person(tmp_path, "05", frames=True, floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws iam create-group --group-name Bench\n")
        await ui.press("escape f4")
        ui.app.say("said")
        await ui.heard()
        painted = list[object]()
        monkeypatch.setattr(
            ui.app, "_display", lambda _, frame: painted.extend([frame] if frame else [])
        )
        ui.hit(key)
        await ui.heard()
        assert "said" not in ui.rows[-2]
        assert len(painted) == 1


async def test_a_word_on_the_shelf_goes_with_the_next_key(tmp_path: Path) -> None:
    async with person(tmp_path) as ui:
        await ui.press("escape")
        assert "y does nothing here" in await ui.see("y")
        assert "does nothing" not in await ui.see("down")


async def test_a_hint_that_was_asked_for_is_read_however_fast_the_next_key_comes(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        ui.hit("c")
        ui.hit("escape")
        await ui.heard()
        assert list(ui.app.sitting.hints_read.values()) == [1]
