"""Pictures of the real app for the README: plays are prepared, keys are pressed, and each screen is written as SVG.

    python -m tools.gallery [FOLDER]          (assets/gallery by default)
    python -m tools.gallery --course FOLDER   every brief, list, hint and debrief of the course, at 80x24 and 120x40

A picture is drawn from the cells of the screen: pixels as paths, one for each colour, and text in runs that are stretched
to their cells, so that it looks the same in every browser, without a font or a script from elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager, closing
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

from rich.cells import cell_len
from rich.style import Style
from textual.app import App
from textual.pilot import Pilot
from textual.strip import Strip

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find, folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.tui.app import CoffeeshopApp
from coffeeshop.tui.screens.editor import READING_DELAY, EditorScreen
from tests.tui.driver import pilots_wait_for_keys

WIDE, HIGH = 10, 20  # of a cell
Box: TypeAlias = tuple[int, int, int, int]  # left, top, width and height, in the cell


def _lines(shapes: str, thick: int) -> dict[str, tuple[Box, ...]]:
    """Frames as boxes: `shapes` are a vertical, a horizontal, and the corners left and right, top and bottom."""
    up, down = (4, 0, thick, 10 + thick), (4, 9, thick, 11)
    left, right = (0, 9, 4 + thick, thick), (4, 9, 6, thick)
    parts = (
        (up, down),
        (left, right),
        (down, right),
        (down, left),
        (up, right),
        (up, left),
    )
    return dict(zip(shapes, parts, strict=True))


DRAWN: dict[str, tuple[Box, ...]] = {  # characters that are drawn, not written
    "▀": ((0, 0, 10, 10),), "▄": ((0, 10, 10, 10),), "█": ((0, 0, 10, 20),), "▌": ((0, 0, 5, 20),),
    **_lines("│─╭╮╰╯", 1), **_lines("┃━┏┓┗┛", 2),
}  # fmt: skip
UNDRAWN = str.maketrans(dict.fromkeys(DRAWN, " "))


def strips(app: App[Any]) -> list[Strip]:
    """The screen as it stands."""
    return app.screen._compositor.render_strips(app.size)  # pyright: ignore[reportPrivateUsage]  # no public door


def text(app: App[Any]) -> str:
    """The screen's text, a line for each row."""
    return "\n".join(strip.text.rstrip() for strip in strips(app)) + "\n"


def svg(app: App[Any]) -> str:
    """The screen as a picture."""
    columns, rows = app.size
    grounds, marks = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    words: list[str] = []
    ground = app.current_theme.background or "#000000"
    for y, strip in enumerate(strips(app)):
        x = 0
        for segment in strip:
            colour, behind = _colours(segment.style, ground)
            if behind != ground:
                grounds[behind].append(_box(x, y, 0, 0, segment.cell_length * WIDE, HIGH))
            for nth, char in enumerate(
                segment.text if set(segment.text) & DRAWN.keys() else ""
            ):
                marks[colour] += [_box(x + nth, y, *box) for box in DRAWN.get(char, ())]
            words += _words(segment.text.translate(UNDRAWN), x, y, colour, segment.style)
            x += segment.cell_length
    drawn = "".join(
        f'<path fill="{colour}" d="{"".join(boxes)}"/>'
        for layer in (grounds, marks)
        for colour, boxes in layer.items()
    )
    size = f'viewBox="0 0 {columns * WIDE} {rows * HIGH}"'
    font = 'font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="16"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}><rect width="100%" height="100%" fill="{ground}"/>'
        f'<g shape-rendering="crispEdges">{drawn}</g>{"".join(words)}</svg>\n'
    )


def _colours(style: Style | None, ground: str) -> tuple[str, str]:
    if style is None:
        return "#ffffff", ground
    colour, behind = (
        otherwise if found is None or found.triplet is None else found.triplet.hex
        for found, otherwise in ((style.color, "#ffffff"), (style.bgcolor, ground))
    )
    return (behind, colour) if style.reverse else (colour, behind)


def _box(x: int, y: int, left: int, top: int, wide: int, high: int) -> str:
    return f"M{x * WIDE + left} {y * HIGH + top}h{wide}v{high}h-{wide}z"


def _words(text: str, x: int, y: int, colour: str, style: Style | None) -> list[str]:
    """Text in runs between gaps of two blanks, each as wide as its cells."""
    found: list[str] = []
    for part in text.replace("\u00a0", " ").split("  "):
        bare, blanks = part.strip(), len(part) - len(part.lstrip())
        if bare:
            look = ' font-weight="bold"' if style and style.bold else ""
            look += ' text-decoration="underline"' if style and style.underline else ""
            place = f'x="{(x + blanks) * WIDE}" y="{y * HIGH + 15}" textLength="{cell_len(bare) * WIDE}"'
            found.append(
                f'<text {place} lengthAdjust="spacingAndGlyphs" fill="{colour}"{look}>{escape(bare)}</text>'
            )
        x += cell_len(part) + 2
    return found


# ------------------------------------------------------------------- scenes
def prepare(
    progress: Progress, name: str, script: str = "solution", graded: bool = False
) -> None:
    """Keep a play of that scenario: after its solution, or after these lines."""
    folder = find(name)
    scenario = load(folder)
    play = run_play(scenario, scenario.solution if script == "solution" else script)
    progress.keep(play)
    if graded:
        progress.record_result(scenario, grade(play), scenario.now)


async def press(pilot: Pilot[Any], keys: str) -> None:
    """Keys by name, apart by blanks; `=words` types the rest as it is. After each, the screen comes to rest."""
    names, _, literal = keys.partition("=")
    for key in (*names.split(), *(_NAMES.get(char, char) for char in literal)):
        await pilot.press(key)
        await rest(pilot)
    if isinstance(
        pilot.app.screen, EditorScreen
    ):  # it reads the text when the keys have paused
        await pilot.pause(1.5 * READING_DELAY)
        await rest(pilot)


async def rest(pilot: Pilot[Any]) -> None:
    """Wait for what is reckoned in threads, and for the screen; an open dialog is waited for by a worker of its own."""
    await pilot.pause()
    if busy := [worker for worker in pilot.app.workers if worker.group != "default"]:
        await pilot.app.workers.wait_for_complete(busy)
        await pilot.pause()


_NAMES = {" ": "space", "\n": "enter"}


@asynccontextmanager
async def stage(
    progress: Progress, name: str = "", size: tuple[int, int] = (120, 40)
) -> AsyncGenerator[Pilot[Any]]:
    """The app on the shelf or in a scenario, at rest, without motion."""
    progress.set_setting("motion", "none")
    if "lessons" not in progress.settings():
        progress.set_setting("lessons", "on request")
    player = Player(progress)
    if name:
        player.open(name)
    app = CoffeeshopApp(player)
    with pilots_wait_for_keys(app):
        async with app.run_test(size=size) as pilot:
            await rest(pilot)
            yield pilot


CASHIERS = """
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name sam
"""
SCENES = {  # file: the scenario, and the keys that lead to the picture
    "shelf": ("", ""),
    "shop": ("10", ""),
    "why": ("10", "tab y"),
    "policy": (
        "10",
        "3 down down down enter ctrl+home"
        + 12 * " down"
        + " end left left"
        + 9 * " backspace"
        + " =*",
    ),
    "receipt": ("10", "g"),
    "open": ("15", "r"),
    "lesson": ("05", "l right right right right"),
    "access": ("10", "4"),
}


async def pictures(folder: Path) -> None:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        progress = Progress(Path(place) / "gallery.sqlite3")
        prepare(progress, "05", graded=True)
        prepare(progress, "10", CASHIERS, graded=True)
        prepare(progress, "15", graded=True)
        for name, (scenario, keys) in SCENES.items():
            async with stage(progress, scenario) as pilot:
                await press(pilot, keys)
                drawn = svg(pilot.app)
            (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")
            print(f"{folder / name}.svg  {len(drawn) // 1024} KB")
        progress.close()


# ---------------------------------------------------------------- the course
SIZES = ((80, 24), (120, 40))
VIEWS = {  # a screen of a play that begins: the keys that lead to it from the floor
    "brief": "b",
    "floor": "",
    "people": "2",
    "policies": "3",
    "hint": "c",
}


async def course_pictures(folder: Path, names: Iterable[str]) -> None:
    """Write the shelf, and every brief, list, hint and debrief of these scenarios, each in both sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        with closing(Progress(Path(place) / "shelf.sqlite3")) as progress:
            await _write_views(folder, progress, "", {"shelf": ""})
        for name in names:
            with closing(Progress(Path(place) / f"{name}-begun.sqlite3")) as progress:
                await _write_views(folder, progress, name, VIEWS)
            with closing(Progress(Path(place) / f"{name}-done.sqlite3")) as progress:
                prepare(progress, name, graded=True)
                await _write_views(folder, progress, name, {"debrief": "g"})


async def _write_views(
    folder: Path, progress: Progress, name: str, views: Mapping[str, str]
) -> None:
    """Write these screens of a scenario, "" for the shelf. Each is opened anew, since it depends on the window's size."""
    for view, keys in views.items():
        for size in SIZES:
            async with stage(progress, name, size) as pilot:
                await press(pilot, keys)
                drawn = svg(pilot.app)
            parts = (name, view, "x".join(map(str, size)))
            file = folder / f"{'-'.join(filter(None, parts))}.svg"
            file.write_text(drawn, encoding="utf-8")


def main() -> None:
    """Write the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    assets = Path(__file__).parent.parent / "assets" / "gallery"
    parser.add_argument("folder", type=Path, nargs="?", default=assets)
    parser.add_argument("--course", action="store_true", help="all screens of the course")
    options = parser.parse_args()
    if options.course:
        names = [folder.name for folder in folders()]
        asyncio.run(course_pictures(options.folder, names))
    else:
        asyncio.run(pictures(options.folder))


if __name__ == "__main__":
    main()
