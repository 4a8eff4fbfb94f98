"""Names that obey nothing: escape sequences, markup, marks of direction and long names on the newer screens."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
from rich.cells import cell_len

from coffeeshop.harmless import is_hidden
from coffeeshop.lessons.play.membership import Assignment, Membership
from coffeeshop.lessons.scenario.find import find
from coffeeshop.plain.shell import current_wall_time
from tests.examples import pairs
from tests.lessons.folder import folder, put
from tests.tui.driver import Person, person

SIZES = [(80, 24), (120, 40)]
MARKUP = "[bold red on white]red[/][@click=app.quit]quit[/]"
HOSTILE = f"{MARKUP}\x1b[2J\x1b]0;owned\x07\u202egnp.exe\u200b\u2066\r\u0085\t\U000e0041end"
IN_TOML = "".join(f"\\U{ord(character):08x}" for character in HOSTILE)
LONG_USER = "casey-" + "n" * 58
LONG_PATH = f"/{'p' * 126}/"
DOCUMENT = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", '
    f'"Resource": "arn:aws:s3:::coffeeshop-receipts/{MARKUP}"}}}}'
)
TEN = current_wall_time().replace(second=0, microsecond=0)


def check_frame(ui: Person, *, quoted: str = "") -> str:
    """Check that each row is as wide as the window and has no character that a terminal obeys. Return the screen."""
    columns, count = ui.app.size
    assert len(ui.rows) == count
    assert {cell_len(row) for row in ui.rows} == {columns}
    assert not [repr(row) for row in ui.rows if any(map(is_hidden, row))]
    assert ui.app.is_running
    if quoted:
        assert quoted in ui.screen
    return ui.screen


def hostile_folder(place: Path) -> Path:
    """A teacher's folder with a scenario, a job and a chapter of such names."""
    root = folder(
        place,
        title=('title = "A small one"', f'title = "{IN_TOML}"'),
        objective=("One action on the things in one drawer", IN_TOML),
        chapter=("chapter = 2", "chapter = 9"),
        job=('say = "Casey can open any receipt"', f'say = "{IN_TOML}"'),
        why=("Nothing allows it yet.", IN_TOML),
    )
    (root / "chapters.toml").write_text(
        f'[[chapter]]\nnumber = 9\ntitle = "{IN_TOML}"\n', encoding="utf-8"
    )
    return root


@pytest.mark.parametrize("size", SIZES)
async def test_the_drawing_shows_hostile_names_as_text(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    root = hostile_folder(tmp_path / "extra")
    async with person(tmp_path, str(root), size, brief=False) as ui:
        for line in (
            f"aws iam create-user --user-name {LONG_USER} --path {LONG_PATH} --tags Key=Note,Value=+-=._:/@",
            put(DOCUMENT, LONG_USER, "p" * 128),
            put(DOCUMENT, "casey"),
        ):
            ui.app.player.type(line.strip())
        ui.app.adopt_other_window()
        await ui.press("D")
        check_frame(ui)
        await ui.press("escape 2")
        check_frame(ui)
        for _ in range(3):
            await ui.press("down")
            await ui.press("D")
            check_frame(ui)
            await ui.press("right")
            check_frame(ui)
            await ui.press("escape")
            check_frame(ui)


@pytest.mark.parametrize("size", SIZES)
async def test_the_cause_of_a_case_is_named_among_hostile_names(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    original = find("28")
    root = tmp_path / "extra" / original.name
    copytree(original, root)
    form = root / "scenario.toml"
    text = form.read_text(encoding="utf-8")
    for say in ("Robin: ", "Bo: ", "Mina: "):
        text = text.replace(f'say = "{say}', f'say = "{say}{IN_TOML} ')
    form.write_text(text, encoding="utf-8")
    async with person(tmp_path, str(root), size, brief=False) as ui:
        assert ui.where == "ShopScreen"
        check_frame(ui)
        await ui.press("N")
        check_frame(ui, quoted="[bold")
        for key in ("enter", "enter", "enter", "enter", "escape"):
            await ui.press(key)
            check_frame(ui)


@pytest.mark.parametrize(
    ("keys", "columns", "rows"), pairs(["e", "k", "p", "m", "W", "slash"], SIZES)
)
async def test_the_dialogs_of_the_shelf_stand_over_hostile_names(
    tmp_path: Path, keys: str, columns: int, rows: int
) -> None:
    hostile_folder(tmp_path / "extra")
    size = (columns, rows)
    async with person(tmp_path, size=size, extra=tmp_path / "extra") as ui:
        await ui.press("escape end")
        ui.app.screen.query_one("#shelf").cursor = "90-a-small-one"  # pyright: ignore[reportAttributeAccessIssue]
        await ui.rest()
        check_frame(ui)
        await ui.press(keys)
        check_frame(ui)
        for key in ("down", "right", "enter"):
            await ui.press(key)
            check_frame(ui)


@pytest.mark.parametrize("size", SIZES)
async def test_an_exam_of_a_class_with_a_hostile_name_shows_it_as_text(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    hostile_folder(tmp_path / "extra")
    exam = Assignment("90-a-small-one", TEN + timedelta(hours=2), "", TEN)
    later = Assignment("10", TEN + timedelta(days=2), HOSTILE)
    member = Membership(HOSTILE, 412000, 412000, 99, (exam, later))
    async with person(tmp_path, size=size, extra=tmp_path / "extra") as ui:
        await ui.press("escape")
        vars(ui.app.player)["membership"] = member
        ui.app._tell_assignments()  # pyright: ignore[reportPrivateUsage]  # it is told at the start
        await ui.rest()
        check_frame(ui)
        ui.app.player.clock = lambda: TEN
        ui.app.adopt_other_window()
        await ui.rest()
        check_frame(ui)
        for key in ("b", "escape", "x", "g"):
            await ui.press(key)
            check_frame(ui)
