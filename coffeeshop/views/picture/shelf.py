"""Draw the shelf of cups: a board for each chapter, and a cup for each scenario, filled by a third for each star."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate, groupby, pairwise, product
from math import hypot
from typing import NamedTuple, Protocol

from msgspec import Struct

from coffeeshop.lessons.scenario.course import Headed, advised_scenario
from coffeeshop.lessons.scenario.find import number
from coffeeshop.views.cells import fit, shorten_text, show_on_one_line, width
from coffeeshop.views.picture.picture import Canvas, Line, Run, half_block_rows, join_runs
from coffeeshop.views.picture.pixels import Paints, light_colour
from coffeeshop.views.picture.sprites import LOW_SPRITES, TALL_SPRITES
from coffeeshop.views.text import stars

TITLE_WIDTH = 24  # cells left of the cups, for the chapter
LONGEST_NUMBER = 8  # cells of a cup's number
MIN_CUP_WIDTH = 10  # cells that a cup takes at the small size, at least
MAX_CUP_WIDTH = (
    40  # cells of a cup at most, so that few cups don't spread over a wide window
)
NARROW_COLUMNS = 64  # columns up to which the counter is empty
COUNTER_ROWS = 4  # rows of the counter below the boards
NEXT_SIGN = " next "  # the sign behind the cup of the scenario to play next
GLASS_SPRITE = (  # digits are the coffee, from the bottom up. `i` is the steam of a full cup
    "..i.i.....",
    ".p3333q...",
    ".p2222qpp.",
    ".p1111q.p.",
    ".pppppqpp.",
    "..qqqq....",
)


class Cup(Struct, frozen=True):
    """A scenario, drawn as a cup that fills with the learner's stars.

    `stars` is the best result. `advised` marks the scenario to play next.
    """

    id: str
    title: str
    stars: int = 0
    advised: bool = False

    @property
    def number(self) -> str:
        """Return the scenario number that the learner sees."""
        return number(self.id)


class Board(Struct, frozen=True):
    """A chapter of the course, drawn as a shelf board with its cups (scenarios).

    `hidden_stars` are those of the chapter's cups that are on no board or on another one, by cup.
    """

    chapter: str
    cups: tuple[Cup, ...]
    hidden_stars: tuple[int, ...] = ()

    @property
    def stars(self) -> int:
        """Return the sum of the stars in the whole chapter."""
        return sum(cup.stars for cup in self.cups) + sum(self.hidden_stars)

    @property
    def most_stars(self) -> int:
        """Return how many stars the whole chapter has."""
        return 3 * (len(self.cups) + len(self.hidden_stars))

    def with_cups(self, cups: tuple[Cup, ...]) -> Board:
        """Return a board of the same chapter with some of its cups."""
        hidden_stars = [cup.stars for cup in self.cups if cup not in cups]
        return Board(self.chapter, cups, (*self.hidden_stars, *hidden_stars))


class Titled(Headed, Protocol):
    """The attributes of a scenario that the shelf shows."""

    @property
    def title(self) -> str: ...
    @property
    def chapter(self) -> int: ...


def shelf(
    course: Iterable[Titled],
    best: Mapping[str, int],
    chapters: Mapping[int, str],
    sought: Container[str] | None = None,
    last: str = "",
    known_ids: Collection[str] = (),
) -> tuple[Board, ...]:
    """Return the boards in the order of the course.

    `best` holds the best stars by scenario id, and `chapters` the titles by number. `sought`
    limits the scenarios to these ids, and None means all. `last` is the id of the scenario
    played last. `known_ids` are those that a check-up let the learner skip.
    """
    course = tuple(course)
    ready = advised_scenario(course, best, last, known_ids)
    boards = list[Board]()
    for chapter, group in groupby(course, key=lambda s: s.chapter):
        cups = tuple(Cup(s.id, s.title, best.get(s.id, 0), s is ready) for s in group)
        sought_cups = tuple(cup for cup in cups if sought is None or cup.id in sought)
        board = Board(chapters.get(chapter, f"Chapter {chapter}"), cups)
        boards += [board.with_cups(sought_cups)] if sought_cups else []
    return tuple(boards)


# ------------------------------------------------------------------ picture
class CupShelf(NamedTuple):
    """The painted shelf: a board for each chapter, with its cups side by side.

    `columns` and `rows` are the size of the window in cells. `size` is the size of the
    cups, 2 or 1. `slot` is the width in cells of a cup's place.
    """

    boards: tuple[Board, ...]
    columns: int
    rows: int
    size: int
    slot: int

    @property
    def board_rows(self) -> int:
        """Return the height of a board in rows."""
        return 3 * self.size + 1

    @property
    def least_rows(self) -> int:
        """Return how many rows the boards take with small cups."""
        return len(self.boards) * (3 + 1)

    def sign(self, cup: Cup, ascii: bool = False) -> str:
        """Return "": behind a painted cup there is always room for the word "next"."""
        return ""

    def cup_at(self, x: int, y: int) -> str:
        """Return the id of the cup at a cell of the window, or "" if there is none."""
        index = y // self.board_rows
        if index >= len(self.boards):
            return ""
        board = self.boards[index]
        ends = accumulate(cup_widths(board, self), initial=TITLE_WIDTH)
        places = zip(board.cups, pairwise(ends), strict=True)
        return next((cup.id for cup, (left, end) in places if left <= x < end), "")

    def neighbour(self, id: str, right: int, down: int) -> str:
        """Return the cup that an arrow key leads to, or the same cup if there is none further.

        `right` and `down` are the steps of the key, such as -1 for left and up. Right of a board's
        last cup comes the next board's first.
        """
        cups = [cup.id for board in self.boards for cup in board.cups]
        if id not in cups:
            return id
        if right:
            return cups[min(max(cups.index(id) + right, 0), len(cups) - 1)]
        rows = [[cup.id for cup in board.cups] for board in self.boards if board.cups]
        row = next(index for index, ids in enumerate(rows) if id in ids)
        target = rows[min(max(row + down, 0), len(rows) - 1)]
        return target[min(rows[row].index(id), len(target) - 1)]

    def draw(self, paints: Paints, chosen: str = "", ascii: bool = False) -> Canvas:
        """Return the shelf as a canvas of the window's size. `chosen` is the cup under the cursor."""
        lines = [
            line
            for board in self.boards
            for line in _painted_board(board, self, paints, chosen, ascii)
        ]
        foot = _counter_rows(self.columns, self.rows - len(lines), paints)
        return (*lines, *foot)


@lru_cache(maxsize=4)
def cup_shelf(boards: tuple[Board, ...], columns: int, rows: int) -> CupShelf | None:
    """Return the painted shelf with the largest cups for which there is room. Return None if there is too little.

    A reader sees what each scenario is about. So cups are painted only if every chapter is in
    sight, and every title has room below its cup.
    """
    room = columns - TITLE_WIDTH
    most = max((len(board.cups) for board in boards), default=1)
    needs = (sum(_label_needs(board)) for board in boards)
    if max(needs, default=0) > room:
        return None
    slot = min(room // most, MAX_CUP_WIDTH)
    fitting = (
        size
        for size in (2, 1)
        if MIN_CUP_WIDTH * size <= slot and len(boards) * (3 * size + 1) <= rows
    )
    size = next(fitting, 0)
    return CupShelf(boards, columns, rows, size, slot) if size else None


def _label_needs(board: Board) -> list[int]:
    """Return how many cells each cup of a board takes with its title."""
    return [max(width("".join(_label_parts(cup))) + 1, MIN_CUP_WIDTH) for cup in board.cups]


def cup_widths(board: Board, plan: CupShelf) -> tuple[int, ...]:
    """Return the width of each cup on a board, in cells.

    All boards have the same widths, and the last cup takes the rest of the row. If a title would
    be cut, each cup of this board is instead as wide as its title needs.
    """
    needs = [max(need, MIN_CUP_WIDTH * plan.size) for need in _label_needs(board)]
    widths = [plan.slot] * len(needs)
    if needs:  # the last cup takes the other cells of the row
        room = plan.columns - TITLE_WIDTH - sum(widths[:-1])
        widths[-1] = min(max(plan.slot, needs[-1]), room)
    is_cut = any(need > slot for need, slot in zip(needs, widths, strict=True))
    return tuple(needs if is_cut else widths)


@lru_cache(maxsize=8)
def _counter_rows(columns: int, rows: int, paints: Paints) -> Canvas:
    """Return the rows below the last board: wall, and a counter with till and espresso machine if there is room."""
    high = min(rows, COUNTER_ROWS)
    bar = 2 * (rows - high)
    pixels = [[_wall_colour(y, paints)] * columns for y in range(bar)]
    edge = [paints["C"]] * columns
    boarded = [paints["d" if x % 12 == 11 else "c"] for x in range(columns)]
    pixels += [list(edge if y < 2 else boarded) for y in range(2 * high)]
    kit = TALL_SPRITES if 2 * len(TALL_SPRITES["Espresso"]) < bar else LOW_SPRITES
    for name, left_column in (("Register", 6), ("Espresso", columns - 32)):
        sprite = kit[name]
        if columns > NARROW_COLUMNS and 2 * len(sprite) < bar:
            for y, x in product(range(2 * len(sprite)), range(2 * len(sprite[0]))):
                if (letter := sprite[y // 2][x // 2]) != ".":
                    pixels[bar - 2 * len(sprite) + y][left_column + x] = paints[letter]
    return tuple(map(join_runs, half_block_rows(pixels)))


@lru_cache(maxsize=64)
def _painted_board(
    board: Board, plan: CupShelf, paints: Paints, chosen: str, ascii: bool
) -> Canvas:
    """Return a painted board: its chapter's title and stars at the left, its cups, and the plank with labels below.

    `chosen` is the id of the cup under the cursor.
    """
    size = plan.size
    wall = [[_wall_colour(y, paints)] * plan.columns for y in range(6 * size)]
    lefts = accumulate(cup_widths(board, plan), initial=TITLE_WIDTH)
    for cup, left_column in zip(board.cups, lefts, strict=False):
        _draw_cup(wall, cup, left_column, size, paints)
    lines = half_block_rows(wall)
    count = f"{board.stars} of {board.most_stars} {'*' if ascii else '★'}"
    for row, (text, ink) in enumerate(
        ((board.chapter, "chalk"), (count, "chalk_muted")), size - 1
    ):
        lines[row][: TITLE_WIDTH - 1] = [
            Run(
                fit(" " + text, TITLE_WIDTH - 1),
                paints[ink],
                paints["board"],
                ink == "chalk",
            )
        ]
    return (
        *map(join_runs, lines),
        _label_line(board, plan, paints, chosen, ascii),
    )


def _wall_colour(y: int, paints: Paints) -> str:
    """Return the colour of the wall in a row of pixels.

    The first row is in the shadow of the board above. The wall is dark enough for white cups.
    """
    level = (0.50 if paints.evening else 0.84) * (1 if y else 0.8)
    return light_colour(paints["5"], *(level * tint for tint in (1.02, 0.98, 0.90)))


def _draw_cup(
    pixels: list[list[str]], cup: Cup, left_column: int, size: int, paints: Paints
) -> None:
    """Draw a cup into the pixels, with coffee for its stars. A full one steams and warms the wall behind it."""
    full = cup.stars == 3
    for y in range(6 * size):
        for x in range(MIN_CUP_WIDTH * size):
            letter = GLASS_SPRITE[y // size][x // size]
            near = hypot(x / size - 3.5, y / size - 3) / 6
            if letter not in ".i" or (letter == "i" and full):
                pixels[y][left_column + x] = _cup_paint(letter, cup.stars, paints)
            elif full and near < 1:
                pixels[y][left_column + x] = light_colour(
                    pixels[y][left_column + x],
                    1.7 - 0.7 * near,
                    1.45 - 0.45 * near,
                    1.05 - 0.05 * near,
                )


def _cup_paint(letter: str, level: int, paints: Paints) -> str:
    """Return the colour for one letter of the sprite GLASS_SPRITE. A digit is coffee, if the cup has that many stars (`level`)."""
    if not letter.isdigit():
        return paints["q" if letter == "i" else letter]
    if int(letter) > level:
        if paints.evening:
            return paints["k"]
        return light_colour(paints["5"], 0.72, 0.71, 0.70)
    if letter == "3":
        return light_colour(paints["f"], 1.4, 1.4, 1.4)
    return paints["f"]


def _label_line(
    board: Board, plan: CupShelf, paints: Paints, chosen: str, ascii: bool
) -> Line:
    """Return the row below a board's cups: number, stars and title of each."""
    wood = paints["p"], paints["d"]
    widths = cup_widths(board, plan)
    labels = (
        label_runs(("", *_label_parts(cup, ascii)), slot, wood, paints, cup.id == chosen)
        for cup, slot in zip(board.cups, widths, strict=True)
    )
    rest = plan.columns - TITLE_WIDTH - sum(widths)
    return (
        Run(" " * TITLE_WIDTH, *wood),
        *(run for label in labels for run in label),
        Run(" " * rest, *wood),
    )


def _label_parts(cup: Cup, ascii: bool = False) -> tuple[str, str, str]:
    """Return the parts of a painted cup's label: number with stars, title, and the word "next"."""
    head = f" {number_and_stars(cup, ascii)}"
    return head, f" {cup.title}", NEXT_SIGN * cup.advised


def label_runs(
    parts: tuple[str, str, str, str],
    slot: int,
    look: tuple[str, str],
    paints: Paints,
    chosen: bool,
) -> Iterator[Run]:
    """Yield a cup's label in exactly `slot` cells: its sign, number with stars, title, and the word "next".

    `look` is the ink and the background. `chosen`: the cursor is on the cup.
    """
    sign, head, title, word = parts
    chalk = paints["chalk_warning"], paints["board"]
    colours = (paints["background"], paints["text"]) if chosen else look
    signed = chalk if sign.strip() else colours
    shown_title = show_on_one_line(title)
    pieces = (
        (sign, signed, True),
        (head, colours, True),
        (shown_title, colours, False),
        (word, chalk, True),
    )
    yield from (Run(text, *inks, bold) for text, inks, bold in pieces if text)
    used = width(sign + head + shown_title + word)
    yield Run(" " * (slot - used), *look)


def number_and_stars(cup: Cup, ascii: bool = False) -> str:
    """Return a cup's number and stars."""
    return f"{shorten_text(cup.number, LONGEST_NUMBER):<2} {stars(cup.stars, ascii)}"
