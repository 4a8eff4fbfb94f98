"""Pictures of the real app for the README: plays are prepared, keys are pressed, and each screen is written as SVG.

    python -m tools.gallery [FOLDER]          (assets by default)

A picture is drawn from the cells of the screen: pixels as paths, one for each colour, and text in runs that are stretched
to their cells, so that it looks the same in every browser, without a font or a script from elsewhere.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from textual.app import App
from textual.strip import Strip

from coffeeshop.lessons.find import find
from coffeeshop.lessons.grade import grade
from coffeeshop.lessons.load import load
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.progress import Progress
from coffeeshop.lessons.run import run_play
from coffeeshop.tui.app import CoffeeshopApp

WIDE, HIGH = 10, 20  # of a cell
HALVES = {"▀": (0, HIGH // 2), "▄": (HIGH // 2, HIGH // 2), "█": (0, HIGH)}


def strips(app: App[Any]) -> list[Strip]:
    """The screen as it stands."""
    return app.screen._compositor.render_strips(app.size)  # pyright: ignore[reportPrivateUsage]  # no public door


def text(app: App[Any]) -> str:
    """The screen's text, a line for each row."""
    return "\n".join(strip.text.rstrip() for strip in strips(app)) + "\n"


def svg(app: App[Any]) -> str:
    """The screen as a picture."""
    columns, rows = app.size
    paths: defaultdict[str, list[str]] = defaultdict(list)
    words: list[str] = []
    ground = app.current_theme.background or "#000000"
    for y, strip in enumerate(strips(app)):
        x = 0
        for segment in strip:
            style, wide = segment.style, segment.cell_length
            if style and wide:
                colour, behind = (_hex(style.color, "#ffffff"), _hex(style.bgcolor, ground))
                if style.reverse:
                    colour, behind = behind, colour
                if behind != ground:
                    paths[behind].append(_box(x, y, wide, 0, HIGH))
                if segment.text[0] in HALVES and len(set(segment.text)) == 1:
                    paths[colour].append(_box(x, y, wide, *HALVES[segment.text[0]]))
                elif segment.text.strip():
                    words += _words(segment.text, x, y, colour, bool(style.bold), bool(style.underline))
            x += wide
    drawn = "".join(f'<path fill="{colour}" d="{"".join(boxes)}"/>' for colour, boxes in paths.items())
    size = f'viewBox="0 0 {columns * WIDE} {rows * HIGH}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="16">'
        f'<rect width="100%" height="100%" fill="{ground}"/><g shape-rendering="crispEdges">{drawn}</g>{"".join(words)}</svg>\n'
    )


def _hex(colour: Any, otherwise: str) -> str:
    return otherwise if colour is None or colour.triplet is None else colour.triplet.hex


def _box(x: int, y: int, wide: int, top: int, high: int) -> str:
    return f"M{x * WIDE} {y * HIGH + top}h{wide * WIDE}v{high}h-{wide * WIDE}z"


def _words(text: str, x: int, y: int, colour: str, bold: bool, underline: bool) -> list[str]:
    """Text in runs between gaps of two blanks, each as wide as its cells."""
    found: list[str] = []
    for part in text.replace("\u00a0", " ").split("  "):
        wide = Strip([]).cell_length + sum(1 + (ord(char) > 0x2E7F) for char in part)
        if part.strip():
            blanks = len(part) - len(part.lstrip())
            look = (' font-weight="bold"' if bold else "") + (' text-decoration="underline"' if underline else "")
            cells = (wide - blanks - (len(part) - len(part.rstrip()))) * WIDE
            at = f'x="{(x + blanks) * WIDE}" y="{y * HIGH + 15}" textLength="{cells}" lengthAdjust="spacingAndGlyphs"'
            found.append(f'<text {at} fill="{colour}"{look}>{escape(part.strip())}</text>')
        x += wide + 2
    return found


# ------------------------------------------------------------------- scenes
def prepared(progress: Progress, name: str, script: str = "solution", graded: bool = False) -> None:
    """Keep a play of that scenario: after its solution, or after these lines."""
    folder = find(name)
    assert isinstance(folder, Path), folder
    scenario = load(folder)
    assert isinstance(scenario, Scenario), scenario
    play = run_play(scenario, scenario.solution if script == "solution" else script)
    assert isinstance(play, Play), play
    progress.keep(play)
    if graded:
        progress.graded(scenario, grade(play), scenario.now)


async def scene(
    progress: Progress, size: tuple[int, int], name: str, keys: Sequence[str], theme: str = "dark-roast"
) -> str:
    """The picture after these keys, in that scenario or on the shelf."""
    progress.choose("theme", theme)
    progress.choose("motion", "none")
    app = CoffeeshopApp(progress, name)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await app.workers.wait_for_complete()
            await pilot.pause()
        return svg(app)


def typed(line: str) -> list[str]:
    """A line as keys, into the console."""
    return ["colon", *(_KEYS.get(char, char) for char in line), "enter"]


_KEYS = {" ": "space", "-": "minus", ":": "colon", "/": "slash", ".": "full_stop", "_": "underscore", "*": "asterisk"}

SOME = """
aws iam create-group --group-name Cashiers
aws iam add-user-to-group --group-name Cashiers --user-name sam
"""


async def pictures(folder: Path) -> None:
    """Write the six."""
    with tempfile.TemporaryDirectory() as place:
        progress = Progress(Path(place) / "gallery.sqlite3")
        prepared(progress, "05", graded=True)
        prepared(progress, "10", SOME, graded=True)
        scenes = {
            "shelf": ((120, 40), "", ()),
            "shop": ((120, 40), "10", ()),
            "open": ((120, 40), "15", ()),
            "policy": ((120, 40), "05", ("3", "e")),
            "why": ((120, 40), "10", ("y",)),
            "receipt": ((120, 40), "10", ("g",)),
        }
        prepared(progress, "15")
        for name, (size, scenario, keys) in scenes.items():
            drawn = await scene(progress, size, scenario, keys)
            (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")
            print(f"{folder / name}.svg  {len(drawn) // 1024} KB")
        progress.close()


if __name__ == "__main__":
    asyncio.run(pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "assets"))
