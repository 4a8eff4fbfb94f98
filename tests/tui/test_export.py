"""x writes the play to a new file; the palette finds whatever has a name."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from pathlib import Path

import pytest

from coffeeshop.lessons.play.export import EXPORT_FORMS, export_play
from tests.tui.driver import Person, person

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the app is started in."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


async def hire(ui: Person) -> None:
    await ui.press("escape 2 n")
    await ui.type("lee\n")


class Stopped(datetime):
    """A clock on the wall that stands still, since a hand-in says when it was written."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime(2026, 3, 6, 12, tzinfo=tz)


async def test_every_form_is_written_as_the_command_writes_it(
    tmp_path: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coffeeshop.tui.export.datetime", Stopped)
    async with person(tmp_path, "05") as ui:
        await hire(ui)
        for nth, (name, form) in enumerate(EXPORT_FORMS.items()):
            assert form.say.split(",")[0] in await ui.see("x")
            await ui.press("down " * nth + "enter")
            file = desk / f"05-receipts-drawer{form.suffix}"
            record = ui.app.player.progress.handin_record(
                ui.play.scenario, Stopped.now(UTC)
            )
            text = file.read_text(encoding="utf-8")
            assert text == export_play(ui.play, name, record), name
            assert f"written: {file.name}" in ui.screen
            file.unlink()


async def test_what_stands_there_stays(tmp_path: Path, desk: Path) -> None:
    async with person(tmp_path, "05") as ui:
        await hire(ui)
        (desk / "05-receipts-drawer.sh").write_text("mine")
        (desk / "05-receipts-drawer-2.sh").write_text("mine too")
        await ui.press("x")
        assert "as 05-receipts-drawer-3.sh" in await ui.see("down")
        await ui.press("enter")
        assert (desk / "05-receipts-drawer.sh").read_text() == "mine"
        assert (desk / "05-receipts-drawer-2.sh").read_text() == "mine too"
        assert (
            "create-user --user-name lee" in (desk / "05-receipts-drawer-3.sh").read_text()
        )


async def test_a_name_that_is_taken_while_one_chooses_stays_too(
    tmp_path: Path, desk: Path
) -> None:
    async with person(tmp_path, "05", (120, 40)) as ui:
        await hire(ui)
        await ui.press("x down")
        (desk / "05-receipts-drawer.sh").write_text("mine")
        assert "Nothing was written" in await ui.see("enter")
        assert (desk / "05-receipts-drawer.sh").read_text() == "mine"


async def test_without_an_act_only_the_account_can_be_written(
    tmp_path: Path, desk: Path
) -> None:
    async with person(tmp_path, "05", (120, 40)) as ui:
        assert "nothing was done in 05-receipts-drawer" in " ".join(
            (await ui.see("escape x enter")).split()
        )
        assert [*desk.iterdir()] == []
        await ui.press("x down down down enter")
        assert [file.name for file in desk.iterdir()] == ["05-receipts-drawer.details.json"]


async def test_escape_writes_nothing(tmp_path: Path, desk: Path) -> None:
    async with person(tmp_path, "05") as ui:
        await hire(ui)
        await ui.press("x escape")
        assert [*desk.iterdir()] == []


# ---------------------------------------------------------------------- find
@pytest.mark.parametrize(
    ("typed", "where", "title"),
    [
        ("mina", "PeopleScreen", "mina"),
        ("managers", "PeopleScreen", "Managers"),
        ("payroll", "PoliciesScreen", "payroll"),
    ],
)
async def test_the_palette_goes_to_whatever_has_that_name(
    tmp_path: Path, typed: str, where: str, title: str
) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await ui.press("y full_stop")
        await ui.type(f"{typed}\n")
        await ui.pilot.pause()
        assert ui.where == where
        item = ui.app.screen.item_here  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        assert item.row.word == title
