"""Draw one bay as pixels: wall, furniture, lamp, people, counter and cups, in the light of its state."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from math import hypot
from sys import intern
from typing import NamedTuple, TypeAlias
from zlib import crc32

from msgspec import Struct

from coffeeshop.shop.model import Station
from coffeeshop.views.picture import sprites
from coffeeshop.views.picture.model import COUNTER_STATIONS, MAX_CUPS, Bay, Person, State
from coffeeshop.views.picture.sprites import LOW_SPRITES, TALL_SPRITES, Kit, Sprite

Pixels: TypeAlias = list[list[str]]


class Paints(Struct, frozen=True, eq=False):
    """The colours of a theme, by paint letter and by text role, and whether the theme shows the shop in the evening.

    Two objects are compared by identity, so that they are fast keys of a cache.
    """

    colours: Mapping[str, str]
    evening: bool

    def __getitem__(self, name: str) -> str:
        """Return the colour of a paint letter or a role."""
        return self.colours[name]


class Light(NamedTuple):
    """The light in a bay: its brightness without the lamp, what the lamp adds, and the tint (red, green, blue)."""

    ambient: float
    lamp: float
    tint: tuple[float, float, float]


EVENING_LIGHTS: dict[State, Light] = {
    State.LEAKS: Light(0.64, 0.50, (1.26, 0.80, 0.72)),
    State.STUCK: Light(0.56, 0.00, (0.86, 0.96, 1.20)),
    State.EXTRA: Light(0.78, 0.72, (1.18, 1.04, 0.62)),
    State.WORKS: Light(0.84, 0.66, (1.12, 1.00, 0.84)),
    State.QUIET: Light(0.82, 0.14, (1.04, 1.00, 0.96)),
    State.SHUT: Light(0.62, 0.00, (0.94, 0.98, 1.04)),
}
DAY_LIGHTS: dict[State, Light] = {
    State.LEAKS: Light(0.82, 0.30, (1.14, 0.80, 0.76)),
    State.STUCK: Light(0.70, 0.00, (0.90, 0.97, 1.10)),
    State.EXTRA: Light(0.94, 0.40, (1.04, 1.00, 0.72)),
    State.WORKS: Light(0.96, 0.36, (1.03, 1.00, 0.92)),
    State.QUIET: Light(0.86, 0.06, (1.00, 1.00, 1.02)),
    State.SHUT: Light(0.80, 0.00, (0.98, 0.99, 1.02)),
}
LIT_STATES = (State.LEAKS, State.EXTRA, State.WORKS)  # states in which the bay's lamp is on
LAMPLIGHT_LEVELS = 8  # steps of lamplight
COMPRESSION_START = 215  # colour value above which `shade` compresses
FADE_STEPS = 8  # steps from one light to the next


PLASTER_LETTERS = dict(zip(Station, "12345678", strict=True))
MIN_PEOPLE_DRAWN = (
    2  # people drawn in any bay, even if the second one hides a part of the furniture
)
MAX_TICKETS_SHOWN = 3  # tickets on the rail at most
# Letters of pixels that give light, such as lamps and screens.
GLOWING_LETTERS = frozenset("LYbgrv")


class Frame(NamedTuple):
    """One frame of the animation after an event: the bay before it, and how many of the `FADE_STEPS` steps are over."""

    was: Bay
    step: int


@lru_cache(maxsize=8)  # the cursor only changes the sign of a bay
def bay_pixels(
    bay: Bay, width: int, height: int, paints: Paints, frame: Frame | None = None
) -> tuple[tuple[str, ...], ...]:
    """Return the colours of the picture of a bay (workstation), in `height` rows of `width` pixels.

    The last column is the post between this bay and the next. `frame` is a step of an animation.
    """
    if bay.state is State.SHUT:
        grid = _shutter_pixels(width, height)
    else:
        grid = _furnish_bay(bay, width, height, frame)
    for row in grid:
        row[-1] = "d"
    return light_grid(grid, bay, paints, frame or Frame(bay, FADE_STEPS))


def sprite_kit(height: int) -> Kit:
    """Return the set of sprites for a bay of this height in pixels: tall or low ones."""
    return TALL_SPRITES if height >= 16 else LOW_SPRITES


def people_with_places(
    bay: Bay, width: int, height: int
) -> tuple[tuple[Person, int, int], ...]:
    """Return the people drawn in a bay, each with the column and row of their upper left pixel.

    Staff come before waiting jobs, which are drawn as guests. Only as many are drawn as fit left of
    the furniture, but at least `MIN_PEOPLE_DRAWN`. The label below the bay names the others.
    """
    size = sprite_kit(height)
    pitch = len(size["body"][0]) + 1
    beside_count = (width - 2 - len(size[bay.place.value][0])) // pitch
    people = (*bay.people, *(Person(name, kind="guest") for name in bay.queue))[
        : max(MIN_PEOPLE_DRAWN, beside_count)
    ]
    if bay.place in COUNTER_STATIONS:
        foot = height
    else:
        foot = height - size.foot // 2
    top = foot - len(size["head0"]) - len(size["body"])
    return tuple(
        (person, (len(people) == 1) + index * pitch, top)
        for index, person in enumerate(people)
    )


# --------------------------------------------------------------------- room
def _furnish_bay(bay: Bay, width: int, height: int, frame: Frame | None) -> Pixels:
    """Return the grid of an open bay, with everything that is drawn in it."""
    size = sprite_kit(height)
    grid = room_pixels(bay.place, width, height)
    stand_prop(grid, bay, size)
    draw_sprite(
        grid, size["lamp" if bay.state in LIT_STATES else "dark"], width // 2 - 2, 0
    )
    for person, x, y in people_with_places(bay, width, height):
        back, hop = _person_shift(person, bay, frame)
        draw_sprite(
            grid, person_sprite(person, size), x - back, y - hop, person_colours(person)
        )
    if bay.place in COUNTER_STATIONS:
        lay_counter(grid, size.front)
    cup = size["cup"]
    apart = len(cup[0]) + 1
    for index in range(min(bay.cups, MAX_CUPS)):
        draw_sprite(grid, cup, 1 + index * apart, height - len(cup))
    if frame and bay.place is Station.ESPRESSO and bay.state in LIT_STATES:
        _draw_steam(grid, width, frame.step)
    return grid


def stand_prop(grid: Pixels, bay: Bay, size: Kit) -> None:
    """Draw the furniture of the station at the right of the bay, and the messages of a queue on its rail."""
    height = len(grid)
    width = len(grid[0])
    prop = size[bay.place.value]
    if bay.place is Station.ORDERS:
        top = height // 8
        draw_sprite(grid, prop, width - 2 - len(prop[0]), top)
        for index in range(min(bay.tickets, MAX_TICKETS_SHOWN)):
            draw_sprite(grid, size["ticket"], width - 6 - 4 * index, top + 1)
    else:
        if bay.place in COUNTER_STATIONS:
            floor_height = size.front
        else:
            floor_height = size.foot // 2
        draw_sprite(grid, prop, width - 2 - len(prop[0]), height - floor_height - len(prop))


def draw_sprite(
    grid: Pixels, sprite: Sprite, x: int, y: int, swap: Mapping[str, str] | None = None
) -> None:
    """Draw a sprite into the grid at column `x` and row `y`. Parts outside are left out. `swap` gives colours for letters."""
    for row, line in enumerate(sprite, y):
        for column, letter in enumerate(line, x):
            if letter != "." and 0 <= row < len(grid) and 0 <= column < len(grid[0]):
                grid[row][column] = swap.get(letter, letter) if swap else letter


def room_pixels(place: Station, width: int, height: int) -> Pixels:
    """Return the pixels of an empty room: plaster in the station's colour above, panels below a rail, floor boards."""
    size = sprite_kit(height)
    rail = height - size.rail
    foot = height - size.foot

    def row(y: int) -> list[str]:
        """Return the letters of row `y`: floor boards, panels, the rail, or plaster."""
        if y >= foot:
            return ["F" if (x + y) % 7 else "e" for x in range(width)]
        if y > rail:
            return ["w" if x % 4 else "x" for x in range(width)]
        return ["d" if y == rail else PLASTER_LETTERS[place]] * width

    return [row(y) for y in range(height)]


def _shutter_pixels(width: int, height: int) -> Pixels:
    """Return a roller shutter that is down."""
    slats = [["S" if y % 2 else "s"] * width for y in range(height - 1)]
    return [*slats, ["k"] * width]


def lay_counter(grid: Pixels, front: int) -> None:
    """Draw the counter over the lowest `front` rows."""
    top = len(grid) - front
    columns = len(grid[0])
    grid[top:] = [
        ["d" if x % 6 == 5 else "c" for x in range(columns)] for _ in range(front)
    ]
    grid[top] = ["C"] * columns


def _draw_steam(grid: Pixels, width: int, step: int) -> None:
    """Draw three wisps of steam over the espresso machine."""
    for index in range(3):
        x = width - 10 + 3 * index + (step + index) % 2
        draw_sprite(grid, ("q",), x, (FADE_STEPS - step + 2 * index) % 4)


# ------------------------------------------------------------------- people
def _person_shift(person: Person, bay: Bay, frame: Frame | None) -> tuple[int, int]:
    """Return by how many pixels a person moves back and up in this frame: a refused one steps back, a new one hops."""
    if frame is None or frame.step >= FADE_STEPS:
        return 0, 0
    if person.refused:
        return 1, 0
    return 0, frame.step % 2 if person.name not in {
        each.name for each in frame.was.people
    } else 0


def person_sprite(person: Person, size: Kit) -> Sprite:
    """Return the sprite of a person: a head chosen by the name, and an owner's coat, an apron or a plain shirt."""
    if person.kind == "owner":
        body = "coat"
    elif person.apron:
        body = "apron"
    else:
        body = "body"
    return size[f"head{_dice(person.name) % sprites.HEAD_COUNT}"] + size[body]


def person_colours(person: Person) -> Mapping[str, str]:
    """Return the colours of a person by the letters that sprites use for their parts.

    h: hair, s: skin, t: shirt, u: the shirt's shadow, a: apron, T: trousers. Hair and skin depend on
    the name only, so that a person looks the same everywhere. A stranger and a prying insider are
    dark all over.
    """
    dice = _dice(person.name)
    if person.kind in ("stranger", "prying"):
        return dict.fromkeys("hstuaTy", sprites.NIGHT_COLOUR) | {"k": "p"}
    cloth = _shirt_colour(person, dice)
    return {
        "h": sprites.HAIR_COLOURS[dice // 7 % len(sprites.HAIR_COLOURS)],
        "s": sprites.SKIN_COLOURS[dice // 61 % len(sprites.SKIN_COLOURS)],
        "t": cloth,
        "u": light_colour(cloth, 0.76, 0.76, 0.76),
        "a": uniform_colours(person.linen)[0],
        "T": sprites.TROUSERS_COLOUR,
    }


def _shirt_colour(person: Person, dice: int) -> str:
    """Return the colour of a person's shirt. `dice` chooses the colour of a guest."""
    match person.kind:
        case "owner":
            return sprites.COAT_CLOTH
        case "guest":
            return sprites.GUEST_COLOURS[dice % len(sprites.GUEST_COLOURS)]
        case _:
            if person.uniform:
                return uniform_colours(person.cloth)[0]
            return sprites.NO_CLOTH


def uniform_colours(number: int) -> tuple[str, str]:
    """Return the colour of a uniform or an apron, and of the letter on it."""
    return sprites.UNIFORM_COLOURS[number % len(sprites.UNIFORM_COLOURS)]


def _dice(name: str) -> int:
    """Return a pseudorandom number that depends only on the name, so that a person always looks the same."""
    return crc32(name.encode("utf-8", "replace"))


# -------------------------------------------------------------------- light
def light_colour(colour: str, red: float, green: float, blue: float) -> str:
    """Return a colour under a light.

    Values above `COMPRESSION_START` are compressed, so bright parts keep their detail.
    """
    lit = (
        part * light
        for part, light in zip(bytes.fromhex(colour[1:]), (red, green, blue), strict=True)
    )
    return "#" + "".join(f"{min(255, int(_compress_bright(part))):02x}" for part in lit)


def _compress_bright(part: float) -> float:
    """Return a colour value, compressed above `COMPRESSION_START`."""
    if part <= COMPRESSION_START:
        return part
    return COMPRESSION_START + (part - COMPRESSION_START) * 60 / (
        60 + part - COMPRESSION_START
    )


@cache
def _light_levels(width: int, height: int) -> tuple[tuple[int, ...], ...]:
    """Return the lamplight on each pixel, from 0 to `LAMPLIGHT_LEVELS`. It falls as a cone below the lamp."""
    middle = width // 2
    reach = max(width, height) * 0.72

    def level(x: int, y: int) -> int:
        """Return the lamplight at a pixel, which falls with the distance from the lamp."""
        away = hypot(x - middle, (y - 2) * 0.75)
        return max(0, round(LAMPLIGHT_LEVELS * (1 - away / reach)))

    return tuple(tuple(level(x, y) for x in range(width)) for y in range(height))


def light_grid(
    grid: Pixels, bay: Bay, paints: Paints, frame: Frame
) -> tuple[tuple[str, ...], ...]:
    """Return the grid with every letter replaced by a colour under the light of the bay's state.

    During an animation the light fades from the old state to the new one. Lamps and screens
    (`GLOWING_LETTERS`) keep their own colour.
    """
    lights = EVENING_LIGHTS if paints.evening else DAY_LIGHTS
    light = _mix_lights(lights[frame.was.state], lights[bay.state], frame.step / FADE_STEPS)
    sky = next(sky for until, sky in sprites.SKY_COLOURS if bay.hour < until)
    seen: dict[tuple[str, int], str] = {}

    def colour(letter: str, level: int) -> str:
        """Return the colour of a letter at a level of lamplight. A value that begins with # is a colour already."""
        text = seen.get((letter, level))
        if text is None:
            text = letter if letter[0] == "#" else sky if letter == "v" else paints[letter]
            if letter not in GLOWING_LETTERS:
                lit = light_colour(
                    text,
                    *(
                        _light_on_pixel(light, level, tint, letter[0] == "#")
                        for tint in light.tint
                    ),
                )
                text = intern(lit)  # bays and frames share most of their colours
            seen[letter, level] = text
        return text

    levels = _light_levels(len(grid[0]), len(grid))
    return tuple(
        tuple(map(colour, row, line)) for row, line in zip(grid, levels, strict=True)
    )


def _light_on_pixel(light: Light, level: int, tint: float, person: bool) -> float:
    """Return the light on a pixel. A person is lit more than the room, so that a face can be seen."""
    factor = (light.ambient + light.lamp * level / LAMPLIGHT_LEVELS) * tint
    return 0.45 * factor + 0.50 if person else factor


def _mix_lights(light: Light, other_light: Light, part: float) -> Light:
    """Return the light between two lights. `part` is the share of the second one."""

    def mix(a: float, b: float) -> float:
        """Return the value between two values."""
        return a + (b - a) * part

    red, green, blue = map(mix, light.tint, other_light.tint)
    return Light(
        mix(light.ambient, other_light.ambient),
        mix(light.lamp, other_light.lamp),
        (red, green, blue),
    )
