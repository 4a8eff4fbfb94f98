"""Draw the feast, a short celebration of three stars, of a finished chapter or of the full shelf.

Three stars rise one by one. A chapter also has bunting, and the whole shelf has people who hop.
The picture is a function of the time, so it ends and then stays still.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from coffeeshop.lessons.scenario.course import Completed
from coffeeshop.views.picture.model import Person
from coffeeshop.views.picture.picture import Canvas, half_block_rows, join_runs
from coffeeshop.views.picture.pixels import (
    Paints,
    Pixels,
    draw_sprite,
    person_colours,
    person_sprite,
)
from coffeeshop.views.picture.sprites import TALL_SPRITES, Sprite
from coffeeshop.views.rows import Row

FEAST_SECONDS = 2.4  # seconds
STAR_TIMES = (0.2, 0.6, 1.0)  # the second at which each star appears
PERSON_GAP = 8  # pixels between two people
MIN_ROOM_HEIGHT = 14  # pixels of height that large stars and hopping people need
CONFETTI_SPEED = 8  # pixels that confetti falls in a second
GUEST_NAMES = ("casey", "robin", "bo", "mina", "indra", "sam", "ada")

LARGE_STAR: Sprite = (
    "....y....",
    "....y....",
    "...yyy...",
    "yyyyyyyyy",
    ".yyyyyyy.",
    "..yyyyy..",
    "..yyyyy..",
    ".yyy.yyy.",
    ".y.....y.",
)
SPARK_SPRITE: Sprite = ("...", ".y.", "...")
SMALL_STAR: Sprite = ("..y..", ".yyy.", "yyyyy", ".yyy.", ".y.y.")

COMPLETION_TEXTS = {
    Completed.CHAPTER: "The chapter is finished: three stars in each of its stories.",
    Completed.SHELF: "Every cup on the shelf is full. You have finished the course: the shop is yours.",
}


def celebration_rows(completed: Completed) -> tuple[Row, ...]:
    """Return a sentence for a finished chapter or a full shelf, and no row for three stars alone."""
    if completed in COMPLETION_TEXTS:
        return (Row(COMPLETION_TEXTS[completed], role="ok"),)
    return ()


def draw_celebration(
    completed: Completed, seconds: float, columns: int, rows: int, paints: Paints
) -> Canvas:
    """Return the picture of the feast at `seconds`, exactly `columns` by `rows` cells."""
    if not columns or not rows:
        return ((),) * rows
    grid = [["K"] * columns for _ in range(2 * rows)]
    if completed is not Completed.STARS:
        _draw_bunting(grid)
    _draw_confetti(
        grid, min(seconds, FEAST_SECONDS), 6 if completed is Completed.STARS else 12
    )
    room = len(grid) >= MIN_ROOM_HEIGHT
    if (
        completed is not Completed.SHELF
        or columns >= 3 * len(LARGE_STAR[0]) + 9 + 4 * PERSON_GAP
    ):
        star = LARGE_STAR
    else:
        star = SMALL_STAR
    star = star if room else SMALL_STAR
    if completed is Completed.SHELF and room:
        _draw_hopping_people(grid, seconds, 3 * len(star[0]) + 9)
    _draw_stars(grid, seconds, star)
    return tuple(map(join_runs, half_block_rows([_paint_row(row, paints) for row in grid])))


def _paint_row(row: Sequence[str], paints: Paints) -> list[str]:
    """Return the colours of a row of pixels.

    A letter names a paint, K is the blackboard, and a value that begins with # is a colour
    already.
    """
    colours = {"K": paints["board"]}
    return [
        colours.get(letter) or (letter if letter[0] == "#" else paints[letter])
        for letter in row
    ]


def _draw_stars(grid: Pixels, seconds: float, star: Sprite) -> None:
    """Draw the three stars. Each begins as a spark and grows."""
    middle = len(grid[0]) // 2
    y = max((len(grid) - len(star)) // 2, 1)
    for index, at in enumerate(STAR_TIMES):
        gone = seconds - at
        if gone < 0:
            continue
        if gone < 0.12:
            shape = SPARK_SPRITE
        elif gone < 0.24:
            shape = SMALL_STAR
        else:
            shape = star
        x = middle + (index - 1) * (len(star[0]) + 3)
        draw_sprite(grid, shape, x - len(shape[0]) // 2, y + (len(star) - len(shape)) // 2)


def _draw_confetti(grid: Pixels, seconds: float, many: int) -> None:
    """Draw the confetti.

    Each piece has a column, a colour and a first height that depend on its number only. It
    falls until the feast ends.
    """
    high = len(grid)
    wide = len(grid[0])
    for piece in range(many * wide // 8):
        dice = crc32(f"confetti {piece}".encode())
        y = (dice // 7 + int(seconds * CONFETTI_SPEED)) % (3 * high)
        if y < high:
            grid[y][dice % wide] = "oyGRBr"[dice // 11 % 6]


def _draw_bunting(grid: Pixels) -> None:
    """Draw bunting along the upper edge, if there is room for its three rows of pixels."""
    if len(grid) < 3:
        return
    for x in range(len(grid[0])):
        grid[0][x] = "d"
        if x % 4 != 3:
            grid[1][x] = "RyBGo"[x // 4 % 5]
        if x % 4 == 1:
            grid[2][x] = "RyBGo"[x // 4 % 5]


def _draw_hopping_people(grid: Pixels, seconds: float, middle: int) -> None:
    """Draw the people at both sides of the middle.

    They hop by turns until the feast ends.
    """
    wide = len(grid[0])
    high = len(grid)
    for index, name in enumerate(GUEST_NAMES[: 2 * ((wide - middle) // (2 * PERSON_GAP))]):
        person = Person(name, uniform=name, cloth=index)
        shape = person_sprite(person, TALL_SPRITES)
        place = index // 2 * PERSON_GAP
        x = wide - PERSON_GAP - place if index % 2 else 1 + place
        hop = int(4 * seconds + index) % 2 if seconds < FEAST_SECONDS else 0
        draw_sprite(grid, shape, x, high - len(shape) + 2 - hop, person_colours(person))
