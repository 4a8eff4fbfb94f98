"""Draw one moment of the replay: a single room, enlarged.

A person comes in by the door and asks for something. It is handed over, or the shutter comes
down, or a thief carries it away.

The picture depends on the beats and the time only, so each moment can be drawn by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from msgspec.structs import replace

from coffeeshop.shop.mark import Mark
from coffeeshop.shop.model import Station
from coffeeshop.views.cells import cut, fit, shorten_text, width
from coffeeshop.views.picture.beats import Beat, BeatCall, End, Moment
from coffeeshop.views.picture.model import COUNTER_STATIONS, Bay, State, came_to
from coffeeshop.views.picture.picture import Canvas, Line, Run
from coffeeshop.views.picture.pixels import (
    FADE_STEPS,
    Frame,
    Paints,
    Pixels,
    draw_sprite,
    lay_counter,
    light_grid,
    person_colours,
    person_sprite,
    room_pixels,
    stand_prop,
)
from coffeeshop.views.picture.sprites import TALL_SPRITES, Sprite
from coffeeshop.views.rows import ASCII_MARKS, MARK_ROLES

CAPTION_ROWS = 3  # rows of words below the picture
MIN_ROOM_HEIGHT = 18  # pixels that a room is high, at least, before it is enlarged
WALK_SHARE = 0.35  # the share of a step after which the person has walked in
ASK_SHARE = 0.6  # the share of a step after which AWS answers
SHUTTER_STEPS = 6  # steps in which the shutter comes down

END_STATES = {
    End.SERVED: State.WORKS,
    End.STOPPED: State.STUCK,
    End.BROKEN: State.STUCK,
    End.HELD: State.WORKS,
    End.STOLEN: State.LEAKS,
    End.FAILED: State.STUCK,
    End.NOBODY: State.STUCK,
}
PAPER_SPRITE: Sprite = ("ppp", "pqp", "ppp")
GOODS_SPRITES = {
    Station.REGISTER: TALL_SPRITES["cup"],
    Station.ESPRESSO: TALL_SPRITES["cup"],
    Station.ORDERS: TALL_SPRITES["ticket"],
}


def draw_moment(
    played: Sequence[Beat],
    at: Moment,
    columns: int,
    rows: int,
    paints: Paints,
    ascii: bool = False,
    captioned: bool = True,
) -> Canvas:
    """Return the picture of a moment, exactly `columns` by `rows` cells.

    It has the sign of the station, its room, and a caption with the request and the answer.
    """
    beat = played[at.nth]
    step = beat.steps[at.step]
    high = max(rows - 1 - CAPTION_ROWS * captioned, 2)
    room = _enlarge_pixels(
        _room_pixels(beat, at, columns, 2 * high, paints),
        columns,
        high,
        _enlarging_factor(columns, 2 * high),
    )
    caption = _caption_lines(played, at, columns, paints, ascii) if captioned else ()
    return (
        _station_sign(beat, step, at, len(played), columns, paints, ascii),
        *room,
        *caption,
    )[:rows]


def _is_answered(beat: Beat, at: Moment) -> bool:
    """Return whether the answer to the last call of the beat is in sight."""
    return at.step == len(beat.steps) - 1 and at.part >= ASK_SHARE


# ---------------------------------------------------------------------------- room
def _enlarging_factor(columns: int, high: int) -> int:
    """Return the factor by which the room is enlarged, at least 1."""
    return max(1, min(high // MIN_ROOM_HEIGHT, columns // (2 * MIN_ROOM_HEIGHT)))


def _room_pixels(
    beat: Beat, at: Moment, columns: int, high: int, paints: Paints
) -> Sequence[Sequence[str]]:
    """Return the pixels of the room, before they are enlarged."""
    scale = _enlarging_factor(columns, high)
    step = beat.steps[at.step]
    across = -(-columns // scale)
    down = -(-high // scale)
    over = _is_answered(beat, at)
    ended = (at.part - ASK_SHARE) / (1 - ASK_SHARE)
    state = _light(beat) if over else State.QUIET
    bay = Bay(step.place, state, tickets=1)
    grid = room_pixels(step.place, across, down)
    stand_prop(grid, bay, TALL_SPRITES)
    draw_sprite(
        grid,
        TALL_SPRITES["lamp" if state in (State.WORKS, State.LEAKS) else "dark"],
        across // 2 - 2,
        0,
    )
    if step.place is not Station.DOOR:
        draw_sprite(
            grid,
            TALL_SPRITES["Door"],
            1,
            down - len(TALL_SPRITES["Door"]) - TALL_SPRITES.foot // 2,
        )
    _draw_caller(grid, beat, step, at, ended if over else -1.0)
    if step.place in COUNTER_STATIONS:
        lay_counter(grid, TALL_SPRITES.front)
    if over:
        _draw_answer(grid, beat, step, ended)
    if over:
        faded = min(FADE_STEPS, int(FADE_STEPS * max(ended, 0) * 2))
    else:
        faded = FADE_STEPS
    return light_grid(grid, bay, paints, Frame(Bay(step.place, State.QUIET), faded))


def _light(beat: Beat) -> State:
    """Return the state of the station after the answer."""
    if beat.end is End.NOBODY and beat.ticket.mark is Mark.OK:
        return State.WORKS
    return END_STATES[beat.end]


def _draw_caller(
    grid: Pixels, beat: Beat, step: BeatCall, at: Moment, ended: float
) -> None:
    """Draw the person who walks in and asks.

    They step back if AWS refuses, and a thief walks out again. `ended` is the share of the
    answer that is over, or negative before the answer.
    """
    person = step.who
    stop = _stopping_column(grid, step)
    shape = person_sprite(person, TALL_SPRITES)
    start = -len(shape[0]) if at.step == 0 else stop // 2
    x = round(start + (stop - start) * min(at.part / WALK_SHARE, 1.0))
    if ended >= 0:
        match beat.end:
            case End.STOLEN if ended > 0.4:
                person = replace(person, kind="stranger")
                x = round(stop - (stop + len(shape[0])) * (ended - 0.4) / 0.6)
            case End.STOPPED | End.BROKEN | End.HELD | End.FAILED | End.NOBODY:
                x -= min(2, round(4 * ended))
            case _:
                pass
    bob = 1 if 0 < at.part < WALK_SHARE and x % 2 else 0
    if step.place in COUNTER_STATIONS:
        foot = len(grid)
    else:
        foot = len(grid) - TALL_SPRITES.foot // 2
    draw_sprite(grid, shape, x, foot - len(shape) - bob, person_colours(person))
    if ended > 0.4 and beat.end is End.STOLEN:
        draw_sprite(
            grid,
            GOODS_SPRITES.get(step.place, PAPER_SPRITE),
            x + len(shape[0]) - 2,
            foot - 6,
        )


def _stopping_column(grid: Pixels, step: BeatCall) -> int:
    """Return the column at which a person stops to ask, left of the station's furniture."""
    return max(len(grid[0]) - len(TALL_SPRITES[step.place.value][0]) - 11, 2)


def _draw_answer(grid: Pixels, beat: Beat, step: BeatCall, ended: float) -> None:
    """Draw the answer of the station: the goods, or a shutter that comes down over its furniture."""
    prop = TALL_SPRITES[step.place.value]
    left_column = len(grid[0]) - 2 - len(prop[0])
    down = len(grid)
    if beat.end in (End.SERVED, End.STOLEN):
        goods = GOODS_SPRITES.get(step.place, PAPER_SPRITE)
        if beat.end is End.SERVED or ended <= 0.4:
            x = left_column - 1 - min(3, round(8 * ended))
            draw_sprite(
                grid,
                goods,
                x,
                down
                - TALL_SPRITES.front
                - len(goods)
                + (0 if step.place in COUNTER_STATIONS else -1),
            )
        return
    fallen = min(SHUTTER_STEPS, 1 + round(2 * SHUTTER_STEPS * ended)) / SHUTTER_STEPS
    bottom = down - (
        TALL_SPRITES.front if step.place in COUNTER_STATIONS else TALL_SPRITES.foot // 2
    )
    top = max(bottom - len(prop) - 1, 0)
    first = left_column - 1
    wide = len(prop[0]) + 2
    for y in range(top, top + round((bottom - top) * fallen)):
        grid[y][first : first + wide] = ["S" if y % 2 else "s"] * wide


def _enlarge_pixels(
    pixels: Sequence[Sequence[str]], columns: int, rows: int, scale: int
) -> Canvas:
    """Return the cells of the enlarged room.

    Each pixel becomes a square of `scale` by `scale` half cells.
    """
    halves = ((2 * y // scale, (2 * y + 1) // scale) for y in range(rows))
    return tuple(
        _stretch_row(pixels[upper], pixels[lower], columns, scale)
        for upper, lower in halves
    )


def _stretch_row(
    upper: Sequence[str], lower: Sequence[str], columns: int, scale: int
) -> Line:
    """Return one row of cells from two rows of pixels.

    Each pixel is `scale` cells wide, and the row ends at `columns`.
    """
    runs = list[Run]()
    remaining = columns
    for (above, below), same_items in groupby(zip(upper, lower, strict=True)):
        cells = min(scale * sum(1 for _ in same_items), remaining)
        runs.append(Run((" " if above == below else "▀") * cells, above, below))
        remaining -= cells
    return tuple(runs)


# ---------------------------------------------------------------------------- words
def _station_sign(
    beat: Beat,
    step: BeatCall,
    at: Moment,
    many: int,
    columns: int,
    paints: Paints,
    ascii: bool,
) -> Line:
    """Return the blackboard over the room.

    The station is at the left. The result and the number of the ticket are at the right.
    """
    mark = beat.ticket.mark
    role = "chalk"
    message = f"{at.nth + 1} of {many} "
    if _is_answered(beat, at):
        if MARK_ROLES[mark] == "muted":
            role = "chalk"
        else:
            role = f"chalk_{MARK_ROLES[mark]}"
        message = f"{ASCII_MARKS[mark] if ascii else mark.value} {came_to(beat.ticket.want.mode, mark)}   {message}"
    name = fit(f" {step.place_name or step.place.value}", columns - width(message))
    return Run(name, paints["chalk"], paints["board"], True), Run(
        message, paints[role], paints["board"], True
    )


def _caption_lines(
    played: Sequence[Beat], at: Moment, columns: int, paints: Paints, ascii: bool
) -> tuple[Line, ...]:
    """Return three lines: the want, the caller with the request, and the answer as soon as it is in sight."""
    beat = played[at.nth]
    step = beat.steps[at.step]
    if beat.end is End.NOBODY:
        request_text = cut(beat.ticket.missing, columns - 2)
    else:
        person = shorten_text(step.who.name, 20) + (
            f" as {shorten_text(step.who.apron, 20)}" if step.who.apron else ""
        )
        on = f" on {step.on}" if step.on else ""
        if at.part < WALK_SHARE and at.step == 0:
            request_text = ""
        else:
            request_text = cut(f"{person}: {step.asks}{on}", columns - 2)
    answer = beat.answer if _is_answered(beat, at) else ""
    if at.step < len(beat.steps) - 1 and at.part >= ASK_SHARE:
        answer = f"AWS {'allows' if step.allowed else 'refuses'} it: one step of {len(beat.steps)}"
    if _is_answered(beat, at):
        role = MARK_ROLES[beat.ticket.mark]
    else:
        role = "muted"
    lines = (
        (beat.ticket.want.demand, "text", True),
        (request_text, "code", False),
        (answer, role, True),
    )
    return tuple(
        (
            Run(
                fit(" " + text, columns),
                paints[_paint_of_role(colour)],
                paints["background"],
                bold,
            ),
        )
        for text, colour, bold in lines
    )


def _paint_of_role(role: str) -> str:
    """Return the paint of a text role. Code is painted as muted text."""
    return {"code": "muted"}.get(role, role)
