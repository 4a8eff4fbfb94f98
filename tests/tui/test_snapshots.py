"""Every screen as text and as a picture, at two sizes; `pytest --snapshot-update` draws them anew."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual._compositor import Compositor

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.course import headings
from coffeeshop.lessons.scenario.schema import Heading
from coffeeshop.lessons.teaching.help_setting import FULL_HELP, HELP_SETTING
from tests.plain.session import without_solution
from tests.tui.driver import compose_no_frame
from tools.gallery import CASHIERS, prepare, press, stage, svg, text

pytestmark = pytest.mark.slow

SIZES = [(80, 24), (120, 40)]


@pytest.fixture(autouse=True)
def between_stops() -> Generator[None]:
    """Compose no frame on the way from one stop to the next. A stop itself is painted when it is looked at."""
    with patch.object(Compositor, "render_update", compose_no_frame):
        yield


class Text(SingleFileSnapshotExtension):
    """A screen's text, to be read in a diff."""

    _write_mode = WriteMode.TEXT
    _file_extension = file_extension = "txt"


class Picture(Text):
    """A screen as a picture."""

    _file_extension = file_extension = "svg"


@dataclass(frozen=True)
class Tour:
    """A scenario ("" for the shelf), the play that is kept of it, and the stops: a name, and the keys that lead there."""

    scenario: str
    stops: dict[str, str]
    script: str | None = None
    drawn: tuple[str, ...] = ()  # stops that are kept as pictures too
    settings: dict[str, str] = field(default_factory=dict[str, str])


FRESH = Tour(
    "05",
    {
        "opening": "",
        "brief": "b",
        "predict": "p",
        "predicted": "a",
        "shop-empty": "enter escape",
        "why": "y",
        "tickets": "escape r",
        "badges": "escape s",
        "people": "escape 2",
        "people-none": "slash =zoe",
        "person-deeds": "escape enter",
        "hire": "escape n",
        "hire-refused": "=casey\n",
        "groups": "escape right",
        "roles": "right",
        "policies": "3",
        "policy-new": "n =Receipts\n",
        "policy-problems": "=fly",
        "console": "escape escape colon",
        "console-error": "=aws iam creat-user\n",
        "grade": "escape g",
        "hint": "c",
        "palette": "escape full_stop",
        "help": "escape question_mark",
        "settings": "escape comma",
    },
    drawn=("opening", "brief", "predicted", "shop-empty"),
)
TAUGHT = Tour(
    "00",
    {
        "lesson": "l",
        "lesson-asks": "right",
        "lesson-told": "a",
        "lesson-policy": "right",
        "lesson-reach": "right",
        "words": "W",
        "words-found": "=trust",
    },
    drawn=("lesson-told", "lesson-policy", "words"),
    settings={"lessons": "offered"},
)
SHARED = (
    "aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy '"
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},'
    '"Action":"s3:GetObject","Resource":"arn:aws:s3:::coffeeshop-recipes/*"}}\'\n'
    "aws accessanalyzer create-analyzer --analyzer-name shop --type ACCOUNT\n"
)
TOURS = {
    "newcomer": Tour(
        "", {"welcome": ""}, drawn=("welcome",), settings={"lessons": "offered"}
    ),
    "taught": TAUGHT,
    "shelf": Tour(
        "",
        {"shelf": "", "shelf-next": "down", "shelf-found": "slash =role"},
        drawn=("shelf",),
    ),
    "fresh": FRESH,
    "leaking": Tour(
        "10",
        {
            "shop-leaks": "",
            "why-leak": "tab y",
            "person": "escape 2 down",
            "grade-findings": "g",
            "access": "4 down",
            "access-lines": "v",
            "grant": "v D",
            "grant-person": "right",
            "grant-thing": "right",
        },
        CASHIERS,
        ("shop-leaks", "grade-findings", "access", "access-lines", "grant-thing"),
    ),
    "solved": Tour(
        "15",
        {"shop-open": "", "roles": "2 right right", "receipt": "g"},
        "solution",
        ("shop-open", "receipt"),
    ),
    "center": Tour(
        "36",
        {
            "center": "2 right right right",
            "center-set": "enter",
            "center-assign": "a",
            "center-user": "escape down down down",
            "center-new": "n",
        },
        "",
    ),
    "findings": Tour(
        "05",
        {
            "findings": "3 left",
            "finding-menu": "enter",
            "finding-policy": "escape tab end",
            "analyzer-new": "shift+tab n",
        },
        SHARED,
    ),
    "latte": Tour(
        "10",
        {"shop-leaks": "", "grade-findings": "g", "access": "4 down"},
        CASHIERS,
        ("shop-leaks", "grade-findings", "access"),
        {"theme": "latte"},
    ),
    "ascii": Tour(
        "10",
        {
            "shelf": "escape",
            "shop": "enter",
            "people": "2",
            "grade": "g",
            "access": "4",
            "access-lines": "v",
        },
        CASHIERS,
        (),
        {"marks": "ascii", "picture": "words"},
    ),
}


def three(extra: Path | None) -> dict[str, Heading]:
    """The shelf with three cups, however long the course becomes."""
    return {
        id: form
        for id, form in headings(extra).items()
        if id.startswith(("05", "10", "15"))
    }


async def tour(
    name: str, size: tuple[int, int], tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    taken = TOURS[name]
    progress = Progress(tmp_path / "learner.sqlite3")
    for setting, value in {HELP_SETTING: FULL_HELP, **taken.settings}.items():
        progress.set_setting(setting, value)
    if taken.script is not None:
        prepare(progress, taken.scenario, taken.script)
    async with stage(progress, taken.scenario, size) as pilot:
        for stop, keys in taken.stops.items():
            await press(pilot, keys)
            shown = text(pilot.app)
            assert max(map(len, shown.splitlines())) <= size[0]
            assert snapshot(name=f"{name}-{stop}-{size[0]}", extension_class=Text) == shown
            if stop in taken.drawn:
                assert snapshot(
                    name=f"{name}-{stop}-{size[0]}", extension_class=Picture
                ) == svg(pilot.app)
    progress.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", TOURS)
async def test_every_screen_looks_as_it_did(
    name: str,
    size: tuple[int, int],
    tmp_path: Path,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for who in ("screens.home", "screens.grade", "palette"):
        monkeypatch.setattr(f"coffeeshop.tui.{who}.headings", three)
    with without_solution():
        await tour(name, size, tmp_path, snapshot)


@pytest.mark.parametrize("size", SIZES)
async def test_without_colour_every_state_can_still_be_told(
    size: tuple[int, int],
    tmp_path: Path,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    progress = Progress(tmp_path / "learner.sqlite3")
    prepare(progress, "10", CASHIERS)
    async with stage(progress, "10", size) as pilot:
        shown = text(pilot.app)
        # But the bar of focus.
        assert not any(
            "▀" in row for row in shown.splitlines() if "Must be refused" not in row
        )
        assert "◆ leaks" in shown
        assert snapshot(name=f"no-colour-{size[0]}", extension_class=Text) == shown
    progress.close()


@pytest.mark.parametrize("size", [(59, 20), (60, 19)])
async def test_a_window_that_is_too_small_says_so_and_nothing_else(
    size: tuple[int, int], tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    progress = Progress(tmp_path / "learner.sqlite3")
    async with stage(progress, "05", size) as pilot:
        assert snapshot(name=f"small-{size[0]}", extension_class=Text) == text(pilot.app)
    progress.close()
