"""Draw the shelf of cups: a board for each chapter, and a cup for each scenario, filled by a third for each star."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate, groupby, product
from math import hypot
from typing import NamedTuple, Protocol

from msgspec import Struct

from coffeeshop.lessons.scenario.course import Headed, advised_scenario
from coffeeshop.lessons.scenario.find import number
from coffeeshop.views.cells import cut, fit, shorten_text, width
from coffeeshop.views.picture.picture import Canvas, Line, Run, half_block_rows, join_runs
from coffeeshop.views.picture.pixels import Paints, light_colour
from coffeeshop.views.picture.sprites import LOW, TALL
from coffeeshop.views.text import stars

TITLE = 24  # cells left of the cups, for the chapter
NARROW_TITLE = 12  # cells of the chapter, where the titles of its scenarios need the room
LEAST_TITLE = 10  # cells that the chapter keeps of TITLE, if many cups need the room
LONGEST_NUMBER = 8  # cells of a cup's number
CUP = 10  # cells that a cup takes at the small size, at least
WIDEST = 40  # cells of a cup at most, so that few cups don't spread over a wide window
NARROW = 64  # columns up to which the counter is empty
LEAST_COUNTER = 8  # rows below lines of text, from which on the counter is painted there
COUNTER = 4  # rows of the counter below the boards
TITLED = 16  # cells of a slot that has room for a title
NEXT = " next "  # the sign behind the cup of the scenario to play next
# The same sign in one cell, by whether marks are ASCII.
SIGNS = {False: "»", True: "+"}
GLASS = (  # digits are the coffee, from the bottom up. `i` is the steam of a full cup
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
    played last. A check-up has shown those in `known_ids`.
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
class Plan(NamedTuple):
    """The layout of the shelf of cups, computed for one window size.

    `size` is the size of the cups: 2, 1, or 0 for lines of text. `slot` is the width of a cup
    in cells. `first` and `shown` are the index of the first visible board and the number of visible
    boards. `title` is the width in cells of the column of titles left of the cups.
    """

    size: int
    slot: int
    first: int
    shown: int
    title: int = TITLE

    @property
    def rows(self) -> int:
        """Return the height of a board in rows."""
        return 3 * self.size + 1 if self.size else 1


@lru_cache(maxsize=4)
def shelf_layout(
    boards: tuple[Board, ...],
    columns: int,
    rows: int,
    cursor: str = "",
    words: bool = False,
) -> Plan:
    """Choose the layout of the shelf: the largest cups with which all boards (chapters) fit.

    Otherwise the cups are small, and the boards around the cursor are in sight. The layout is
    lines of text if fewer than two boards fit, or if `words` asks for it.
    """
    most = max((len(board.cups) for board in boards), default=1)
    needed = _titled_cells(boards) if words else starred_cells(boards)
    title = max(min(TITLE, columns - most * needed), NARROW_TITLE if words else LEAST_TITLE)
    slot = min((columns - title) // most, WIDEST)
    need = {
        2: len(boards),
        1: min(len(boards), 2),
    }  # boards that must fit, by the size of their cups
    fits = [
        size
        for size, least in need.items()
        if CUP * size <= slot and least * (3 * size + 1) <= rows
    ]
    size = 0 if words or not fits else fits[0]
    shown_count = min(rows // (3 * size + 1), len(boards))
    first = min(
        max(_board_of(boards, cursor) - shown_count // 2, 0), len(boards) - shown_count
    )
    return Plan(size, slot, first, shown_count, title)


@lru_cache(maxsize=4)
def arranged_boards(
    boards: tuple[Board, ...], columns: int, rows: int, words: bool = False
) -> tuple[tuple[Board, ...], bool]:
    """Return the boards as they are drawn, and whether they are lines of text.

    A reader sees what each scenario is about. So cups are painted only if every title has room below
    its cup. Otherwise a line has as many scenarios as their titles allow.
    """
    needs = (_board_cells(board) for board in boards)
    if words or len(boards) * 4 > rows or max(needs, default=0) > columns - TITLE:
        return _text_boards(boards, columns), True
    return split_boards(boards, columns), False


def _board_cells(board: Board) -> int:
    """Return how many cells the cups of a board take with their titles."""
    words = len(NEXT) * any(cup.advised for cup in board.cups)
    return sum(max(_label_cells(cup) + 1, CUP) for cup in board.cups) + words


def _label_cells(cup: Cup) -> int:
    """Return how many cells a cup's label takes, with its sign and title."""
    return 1 + width(_number_and_stars(cup)) + 1 + width(cup.title)


def _text_boards(boards: tuple[Board, ...], columns: int) -> tuple[Board, ...]:
    """Return a board for each line of text. The chapter's title goes on from line to line, and its stars follow."""
    widest = _titled_cells(boards)
    most = max((columns - NARROW_TITLE) // widest, 1)
    cells = max(min(columns - most * widest, TITLE), NARROW_TITLE)
    cells -= cells > NARROW_TITLE  # the blank before it
    lines: list[Board] = []
    for board in boards:
        starts = range(0, max(len(board.cups), 1), most)
        texts = _chapter_lines(board, cells, len(starts))
        lines += (
            Board(text, board.cups[start : start + most])
            for text, start in zip(texts, starts, strict=True)
        )
    return tuple(lines)


def _chapter_lines(board: Board, cells: int, rows: int) -> list[str]:
    """Return the text at the left of each line of a chapter: its title in one line or two, then its stars."""
    titles = _two_lines(board.chapter, cells) if rows > 1 else [board.chapter]
    texts = [*titles, f"{board.stars} of {3 * len(board.cups)} ★"][:rows]
    return texts + [""] * (rows - len(texts))


def _two_lines(text: str, cells: int) -> list[str]:
    """Return a text as one line if it fits, else cut at a space into two."""
    head = cut(text, cells + 1)[:-1].rpartition(" ")[0]
    if width(text) <= cells or not head:
        return [text]
    return [head, text[len(head) + 1 :]]


@lru_cache(maxsize=4)
def split_boards(boards: tuple[Board, ...], columns: int) -> tuple[Board, ...]:
    """Return the boards, each with as many cups as fit in a row. Further cups go on another board with the same title."""
    most = max((columns - LEAST_TITLE) // starred_cells(boards), 1)
    return tuple(
        board.with_cups(board.cups[start : start + most])
        for board in boards
        for start in range(0, max(len(board.cups), 1), most)
    )


@lru_cache(maxsize=4)
def _titled_cells(boards: tuple[Board, ...]) -> int:
    """Return the widest label of any cup with its title, in cells. The word "next" gives way to a sign."""
    return max(
        (
            _label_cells(cup) - len(NEXT) * cup.advised
            for board in boards
            for cup in board.cups
        ),
        default=1,
    )


@lru_cache(maxsize=4)
def starred_cells(boards: tuple[Board, ...]) -> int:
    """Return the widest sign, number and stars of any cup, in cells."""
    return max(
        (1 + width(_number_and_stars(cup)) for board in boards for cup in board.cups),
        default=1,
    )


def _board_of(boards: tuple[Board, ...], cursor: str) -> int:
    """Return the index of the board that has the cup under the cursor, or 0 if there is none."""
    holding = (
        index
        for index, board in enumerate(boards)
        if cursor in (cup.id for cup in board.cups)
    )
    return next(holding, 0)


def cup_widths(board: Board, plan: Plan, columns: int) -> tuple[int, ...]:
    """Return the width of each cup on a board, in cells.

    The widths are those of all boards. If a title would be cut and there is room for all
    titles, each cup is as wide as its title needs.
    """
    room = columns - plan.title
    items = (_cup_label(cup, plan) for cup in board.cups)
    needs = [max(sum(map(width, parts)) + 1, CUP * plan.size) for parts in items]
    widths = [plan.slot] * len(needs)
    if needs:  # the last cup takes the other cells of the row
        widths[-1] = min(max(plan.slot, needs[-1]), room - sum(widths[:-1]))
    cut = any(need > slot for need, slot in zip(needs, widths, strict=True))
    fits = sum(needs) <= room
    return tuple(needs if plan.slot >= TITLED and cut and fits else widths)


def at(board: Board, plan: Plan, columns: int, x: int) -> str:
    """Return the id of the cup at a column of a board, or "" if there is none."""
    ends = [plan.title + end for end in accumulate(cup_widths(board, plan, columns))]
    return next(
        (
            cup.id
            for cup, end in zip(board.cups, ends, strict=True)
            if plan.title <= x < end
        ),
        "",
    )


def draw_shelf(
    boards: tuple[Board, ...],
    columns: int,
    rows: int,
    plan: Plan,
    paints: Paints,
    chosen: str = "",
    ascii: bool = False,
) -> Canvas:
    """Return the visible boards as a canvas of exactly `columns` by `rows` cells.

    They are painted, or lines of text if the layout's size is 0. `chosen` is the id of the cup under
    the cursor.
    """
    draw = _painted_board if plan.size else _text_board
    seen = boards[plan.first : plan.first + plan.shown]
    notes = [""] * len(seen)
    if seen and plan.first:
        notes[0] = f" {'^' if ascii else '↑'} {plan.first} more"
    if seen and (below := len(boards) - plan.first - plan.shown):
        notes[-1] += f" {'v' if ascii else '↓'} {below} more"
    each = [
        draw(board, columns, plan, paints, chosen, ascii, note)
        for board, note in zip(seen, notes, strict=True)
    ]
    lines = [line for board in each for line in board]
    has_counter = plan.size or rows - len(lines) >= LEAST_COUNTER
    foot = _counter_rows(columns, rows - len(lines), paints) if has_counter else ()
    blank = (Run(" " * columns, paints["text"], paints["background"]),)
    return (*lines, *foot, *(blank,) * (rows - len(lines) - len(foot)))


@lru_cache(maxsize=8)
def _counter_rows(columns: int, rows: int, paints: Paints) -> Canvas:
    """Return the rows below the last board: wall, and a counter with till and espresso machine if there is room."""
    high = min(rows, COUNTER)
    bar = 2 * (rows - high)
    pixels = [[_wall_colour(y, paints)] * columns for y in range(bar)]
    edge = [paints["C"]] * columns
    boarded = [paints["d" if x % 12 == 11 else "c"] for x in range(columns)]
    pixels += [list(edge if y < 2 else boarded) for y in range(2 * high)]
    kit = TALL if 2 * len(TALL["Espresso"]) < bar else LOW
    for name, left_column in (("Register", 6), ("Espresso", columns - 32)):
        sprite = kit[name]
        if columns > NARROW and 2 * len(sprite) < bar:
            for y, x in product(range(2 * len(sprite)), range(2 * len(sprite[0]))):
                if (letter := sprite[y // 2][x // 2]) != ".":
                    pixels[bar - 2 * len(sprite) + y][left_column + x] = paints[letter]
    return tuple(map(join_runs, half_block_rows(pixels)))


@lru_cache(maxsize=64)
def _painted_board(
    board: Board,
    columns: int,
    plan: Plan,
    paints: Paints,
    chosen: str,
    ascii: bool,
    note: str,
) -> Canvas:
    """Return a painted board: its chapter's title and stars at the left, its cups, and the plank with labels below.

    `plan` is the layout of the whole shelf. `chosen` is the id of the cup under the cursor. `note` is
    the text at the plank's right end.
    """
    size = plan.size
    wall = [[_wall_colour(y, paints)] * columns for y in range(6 * size)]
    lefts = accumulate(cup_widths(board, plan, columns), initial=plan.title)
    for cup, left_column in zip(board.cups, lefts, strict=False):
        _draw_cup(wall, cup, left_column, size, paints)
    lines = half_block_rows(wall)
    count = f"{board.stars} of {board.most_stars} {'*' if ascii else '★'}"
    for row, (text, ink) in enumerate(
        ((board.chapter, "chalk"), (count, "chalk_muted")), size - 1
    ):
        lines[row][: plan.title - 1] = [
            Run(
                fit(" " + text, plan.title - 1),
                paints[ink],
                paints["board"],
                ink == "chalk",
            )
        ]
    return (
        *map(join_runs, lines),
        _label_line(board, columns, plan, paints, chosen, ascii, note),
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
        for x in range(CUP * size):
            letter = GLASS[y // size][x // size]
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
    """Return the colour for one letter of the sprite GLASS. A digit is coffee, if the cup has that many stars (`level`)."""
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
    board: Board,
    columns: int,
    plan: Plan,
    paints: Paints,
    chosen: str,
    ascii: bool,
    note: str,
) -> Line:
    """Return the row below a board's cups: number and stars of each, and its title where there is room."""
    wood = paints["d"]
    names = _cup_label_runs(
        board, columns, plan, (paints["p"], wood), paints, chosen, ascii
    )
    return (
        Run(fit(note, plan.title), paints["q"], wood),
        *names,
        Run(" " * _cells_after_cups(board, plan, columns), paints["p"], wood),
    )


def _cup_label_runs(
    board: Board,
    columns: int,
    plan: Plan,
    look: tuple[str, str],
    paints: Paints,
    chosen: str,
    ascii: bool,
) -> Iterator[Run]:
    """Yield the labels below the cups of a board, each as wide as its cup's place."""
    chalk = paints["chalk_warning"], paints["board"]
    inks = {"": look, **dict.fromkeys((NEXT, *SIGNS.values()), chalk)}
    for cup, slot in zip(board.cups, cup_widths(board, plan, columns), strict=True):
        if cup.id == chosen:
            colours = {**inks, "": (paints["background"], paints["text"])}
        else:
            colours = inks
        sign, head, title, word = _cup_label(cup, plan, ascii)
        room = slot - len(sign + head + word) - (1 if plan.size else 0)
        title = " " + shorten_text(title[1:], room - 1) if title else ""
        yield from (
            Run(text, *colours.get(text, colours[""]), text != title)
            for text in (sign, head, title, word)
            if text
        )
        yield Run(" " * (slot - len(sign + head + word) - width(title)), *look)


def _cup_label(cup: Cup, plan: Plan, ascii: bool = False) -> tuple[str, str, str, str]:
    """Return the four parts of a cup's label: sign, number with stars, title, and the word "next".

    Parts without room are "".
    """
    return (
        sign(cup, plan, ascii) or " ",
        _number_and_stars(cup, ascii),
        f" {cup.title}" * (plan.slot >= TITLED),
        NEXT * _says_next(cup, plan),
    )


def _says_next(cup: Cup, plan: Plan) -> bool:
    """Return whether a cup's label says "next". In a line of text its title has the room first."""
    if plan.size:
        return cup.advised and plan.slot >= TITLED
    return cup.advised and plan.slot >= _label_cells(cup) + len(NEXT)


def _number_and_stars(cup: Cup, ascii: bool = False) -> str:
    """Return a cup's number and stars."""
    return f"{shorten_text(cup.number, LONGEST_NUMBER):<2} {stars(cup.stars, ascii)}"


def sign(cup: Cup, plan: Plan, ascii: bool = False) -> str:
    """Return the sign that marks the scenario to play next, if there is no room for the word "next", else ""."""
    if cup.advised and not _says_next(cup, plan):
        return SIGNS[ascii]
    return ""


def _cells_after_cups(board: Board, plan: Plan, columns: int) -> int:
    """Return how many cells are free at the right of the last cup."""
    return columns - plan.title - sum(cup_widths(board, plan, columns))


# -------------------------------------------------------------------- words
def _text_board(
    board: Board,
    columns: int,
    plan: Plan,
    paints: Paints,
    chosen: str,
    ascii: bool,
    note: str,
) -> Canvas:
    """Return a line of a chapter: number, stars and title of its scenarios. `note` takes the chapter's place."""
    look = paints["text"], paints["background"]
    names = _cup_label_runs(board, columns, plan, look, paints, chosen, ascii)
    rest = Run(" " * _cells_after_cups(board, plan, columns), *look)
    is_note = bool(note) or "★" in board.chapter
    chapter = (note or board.chapter).strip()
    shown_chapter = chapter.replace("★", "*") if ascii else chapter
    lead = " " * (plan.title > NARROW_TITLE)
    title = Run(
        fit(lead + shorten_text(shown_chapter, plan.title - len(lead)), plan.title),
        paints["chalk_muted" if is_note else "chalk"],
        paints["board"],
        not is_note,
    )
    return ((title, *names, rest),)
