from __future__ import annotations

from itertools import pairwise, product

import pytest
from msgspec.structs import replace

from coffeeshop.shop.model import Station
from coffeeshop.tui.theme import PALETTES, picture_paints
from coffeeshop.views.cells import width
from coffeeshop.views.picture.model import EMPTY_FLOOR, Bay, Floor, Person, State
from coffeeshop.views.picture.picture import Motion, look_at_bay, paint_floor, words
from coffeeshop.views.picture.pixels import (
    FADE_STEPS,
    bay_pixels,
    light_colour,
    people_with_places,
    sprite_kit,
)
from coffeeshop.views.picture.sprites import LOW_SPRITES, TALL_SPRITES, THEME_PAINTS
from coffeeshop.views.rows import line
from tests.tables import each_row
from tests.views.picture.canvas import lines

INK = picture_paints("dark-roast")
BO = Person("bo", "Baristas", "Cashier", mfa=True)
NASTY = (
    "[/]",
    "[@click=app.bell]x",
    "\x1b]0;title\x07",
    "\u202eevil",
    "e\u0301" * 30,
    "コーヒー" * 16,
    "",
    "a\nb\tc",
)


def changed(*bays: Bay) -> Floor:
    """An empty floor but for these bays."""
    by_place = {bay.place: bay for bay in bays}
    return Floor(tuple(by_place.get(bay.place, bay) for bay in EMPTY_FLOOR.bays))


FLOORS = [
    EMPTY_FLOOR,
    changed(*(Bay(place, State.SHUT) for place in Station)),
    changed(
        *(
            Bay(place, State.WORKS, (BO, BO, BO, BO), 4, 5, ("a", "b", "c", "d"), True, 23)
            for place in Station
        )
    ),
    *(
        changed(
            *(
                Bay(
                    place,
                    State.LEAKS,
                    (Person(name, name, name, refused=name),),
                    queue=(name,),
                )
                for place in Station
            )
        )
        for name in NASTY
    ),
]


@each_row(
    product(
        FLOORS, [(80, 12), (80, 13), (80, 21), (81, 24), (116, 23), (199, 60)], PALETTES
    )
)
def test_a_painted_row_is_exactly_as_wide_as_asked(
    floor: Floor, size: tuple[int, int], theme: str
) -> None:
    canvas = paint_floor(floor, *size, picture_paints(theme), 3)
    assert [width(text) for text in lines(canvas)] == [size[0]] * size[1]
    assert all(text.isprintable() for text in lines(canvas))


@pytest.mark.parametrize("floor", FLOORS)
@pytest.mark.parametrize("size", [(60, 12), (80, 4), (80, 21), (33, 3)])
def test_a_row_of_words_is_exactly_as_wide_as_asked(
    floor: Floor, size: tuple[int, int]
) -> None:
    canvas = words(floor, *size, INK, 1, ascii=True)
    assert [width(text) for text in lines(canvas)] == [size[0]] * size[1]


def test_every_sprite_is_rectangular_and_painted_in_known_letters() -> None:
    for each in (TALL_SPRITES, LOW_SPRITES):
        for name, sprite in each.sprites.items():
            assert len({len(row) for row in sprite}) == 1, name
            assert set("".join(sprite)) <= set(THEME_PAINTS["latte"]) | set(".hstuaT"), name


def test_the_sign_says_name_mark_and_word_and_the_cursor_is_a_pointer_too() -> None:
    canvas = lines(
        paint_floor(changed(Bay(Station.INVENTORY, State.EXTRA)), 80, 12, INK, 0)
    )
    assert canvas[0].startswith("▸Inventory ▲ extra")
    assert "Recipes   · quiet" in canvas[0]


def test_the_awning_has_stripes_of_three_cells() -> None:
    awning = paint_floor(EMPTY_FLOOR, 80, 21, INK, 0)[0]
    colors = [run.fg for run in awning for _ in run.text][:9]
    assert colors == [INK["p"]] * 3 + [INK["R"]] * 3 + [INK["p"]] * 3


def test_the_sign_over_the_door_counts_the_line_and_the_rail_its_messages() -> None:
    canvas = lines(
        paint_floor(
            changed(Bay(Station.ORDERS, tickets=3), Bay(Station.DOOR, queue=("a", "b"))),
            80,
            12,
            INK,
        )
    )
    assert "Orders   · 3 wait" in canvas[6]
    assert "Door  2 jobs wait" in canvas[6]


def test_the_plank_says_who_it_is_what_they_wear_and_that_they_gave_a_code() -> None:
    assert (
        " bo ■ ▸Cashier"
        in lines(paint_floor(changed(Bay(Station.INVENTORY, people=(BO,))), 80, 12, INK))[5]
    )
    assert (
        " root the owner"
        in lines(
            paint_floor(
                changed(Bay(Station.INVENTORY, people=(Person("root", kind="owner"),))),
                80,
                12,
                INK,
            )
        )[5]
    )


@pytest.mark.parametrize("rows", [12, 21])
def test_the_letter_of_the_role_is_sewn_on_the_apron_in_the_cloth_of_the_role(
    rows: int,
) -> None:
    canvas = paint_floor(changed(Bay(Station.ESPRESSO, State.WORKS, (BO,))), 80, rows, INK)
    letters = [
        run
        for line in canvas
        for run in line
        if run.text == "C" and run.bold and run.bg == "#b8452f"
    ]
    assert len(letters) == 1


def test_the_open_sign_hangs_only_in_an_open_shop() -> None:
    signs = [
        "".join(
            lines(
                paint_floor(
                    changed(Bay(Station.DOOR, State.WORKS, open=is_open)), 80, 12, INK
                )
            )
        )
        for is_open in (True, False)
    ]
    assert ["OPEN" in text for text in signs] == [True, False]


def brightness(image: tuple[tuple[str, ...], ...]) -> float:
    return (
        sum(
            int(colour[i : i + 2], 16) for row in image for colour in row for i in (1, 3, 5)
        )
        / len(image)
        / len(image[0])
    )


def test_a_bay_that_works_is_lighter_than_a_quiet_one_and_a_stuck_one_is_darkest() -> None:
    works, quiet, stuck = (
        brightness(bay_pixels(Bay(Station.RECIPES, state), 20, 16, INK))
        for state in (State.WORKS, State.QUIET, State.STUCK)
    )
    assert works > quiet > stuck


def test_every_state_looks_another_way() -> None:
    assert len(
        {bay_pixels(Bay(Station.RECIPES, state), 20, 8, INK) for state in State}
    ) == len(State)


def test_the_sky_behind_the_door_follows_the_hour() -> None:
    skies = [
        {
            colour
            for row in bay_pixels(Bay(Station.DOOR, hour=hour), 20, 16, INK)
            for colour in row
        }
        for hour in (3, 12)
    ]
    assert "#16233f" in skies[0] - skies[1]
    assert "#8fc6e8" in skies[1] - skies[0]


def test_cups_tickets_and_customers_are_drawn_up_to_what_there_is_room_for() -> None:
    counts = [bay_pixels(Bay(Station.REGISTER, cups=n), 20, 16, INK) for n in range(6)]
    assert len(set(counts)) == 5
    assert counts[4] == counts[5]
    assert bay_pixels(Bay(Station.ORDERS, tickets=1), 20, 16, INK) != bay_pixels(
        Bay(Station.ORDERS, tickets=2), 20, 16, INK
    )
    assert bay_pixels(Bay(Station.DOOR, queue=("a",)), 20, 16, INK) != bay_pixels(
        Bay(Station.DOOR, queue=("a", "b")), 20, 16, INK
    )


def test_owner_stranger_staff_and_guest_are_told_apart() -> None:
    people = [Person("sam", kind=kind) for kind in ("staff", "owner", "stranger", "guest")]
    people += [Person("sam", "Cashiers"), Person("sam", "", "Cashier")]
    assert len(
        {
            bay_pixels(Bay(Station.BADGES, people=(person,)), 20, 16, INK)
            for person in people
        }
    ) == len(people)


def test_motion_begins_in_the_old_light_ends_in_the_new_one_and_leaves_other_bays_alone() -> (
    None
):
    was = changed(Bay(Station.RECIPES, State.STUCK))
    now = changed(Bay(Station.RECIPES, State.WORKS))
    first, last = (
        paint_floor(now, 80, 12, INK, None, Motion(was, step)) for step in (0, FADE_STEPS)
    )
    assert last == paint_floor(now, 80, 12, INK)
    assert first != last
    assert [line[-1] for line in first] == [line[-1] for line in last]


def test_who_is_refused_steps_back_under_a_sign_that_says_what_and_only_for_a_moment() -> (
    None
):
    refused = changed(
        Bay(Station.PAYROLL, State.QUIET, (Person("casey", refused="s3:ListBucket"),))
    )
    moving = paint_floor(refused, 80, 12, INK, None, Motion(EMPTY_FLOOR, 3))
    assert "✗ s3:ListBucket" in lines(moving)[0]
    assert "s3:ListBucket" not in "".join(lines(paint_floor(refused, 80, 12, INK)))


def test_a_newcomer_hops_and_the_machine_steams() -> None:
    now = changed(Bay(Station.ESPRESSO, State.WORKS, (BO,)))
    frames = {
        paint_floor(
            now,
            80,
            21,
            INK,
            None,
            Motion(changed(Bay(Station.ESPRESSO, State.WORKS)), step),
        )
        for step in range(FADE_STEPS)
    }
    assert len(frames) > 2


def test_a_person_looks_the_same_in_every_bay_and_every_day() -> None:
    there = [
        bay_pixels(Bay(place, State.QUIET, (BO,)), 20, 16, INK)
        for place in (Station.RECIPES, Station.PAYROLL)
    ]
    faces = [tuple(row[2:7] for row in image[3:5]) for image in there]
    assert faces[0] == faces[1]


def test_words_tell_people_roles_line_messages_and_cups() -> None:
    told = "\n".join(
        lines(
            words(
                changed(
                    Bay(Station.INVENTORY, State.EXTRA, (BO, Person("root", kind="owner"))),
                    Bay(
                        Station.PAYROLL,
                        State.LEAKS,
                        (Person("anyone", kind="stranger"), Person("kim", kind="guest")),
                    ),
                    Bay(Station.REGISTER, State.WORKS, (Person("casey"),), cups=1),
                    Bay(Station.ORDERS, tickets=2),
                    Bay(Station.DOOR, queue=("Casey lists the receipts",)),
                ),
                80,
                21,
                INK,
            )
        )
    )
    for said in (
        "Inventory  ▲ extra", "bo, as Cashier, MFA", "root, the owner", "anyone, not ours", "casey, no group",
        "kim, no user",
        "1 job works here", "2 messages wait", "waits: Casey lists the receipts", "1 job waits", "◆ leaks", "Espresso   · quiet",
    ):  # fmt: skip
        assert said in told


def test_in_ascii_no_sign_needs_more_than_ascii() -> None:
    told = "".join(
        lines(
            words(
                changed(
                    *(
                        Bay(place, state)
                        for place, state in zip(Station, State, strict=False)
                    )
                ),
                80,
                12,
                INK,
                0,
                ascii=True,
            )
        )
    )
    assert told.isascii()
    assert ">Inventory" in told


def test_painted_in_ascii_no_mark_needs_more_than_ascii() -> None:
    bays = [Bay(place, state, (BO,)) for place, state in zip(Station, State, strict=False)]
    told = "".join(lines(paint_floor(changed(*bays), 80, 12, INK, 0, ascii=True))).replace(
        "▀", ""
    )
    assert told.isascii()
    assert all(said in told for said in (">Inventory", "x stuck", "bo MFA >Cashier"))


def test_in_words_every_bay_has_a_rule_over_it() -> None:
    heads = lines(words(EMPTY_FLOOR, 80, 12, INK))[::3]
    assert all(head.count("──── ") == 2 for head in heads)


def test_the_plank_tells_as_many_whole_names_as_it_can_and_counts_the_others() -> None:
    def plank(*names: str) -> str:
        crowd = tuple(map(Person, names))
        return lines(
            paint_floor(changed(Bay(Station.BADGES, State.QUIET, crowd)), 80, 12, INK)
        )[5][-20:].strip()

    assert plank("casey", "robin", "bo", "sam") == "casey robin bo sam"
    assert plank("casey", "robin", "bo", "kim", "sam") == "casey robin bo +2"
    assert plank("bartholomew-the-third", "bo", "kim") == "barthol…e-third +2"


def test_what_is_waited_for_is_cut_between_two_words() -> None:
    door, busy = (
        Bay(Station.DOOR, queue=("Casey lists the receipts",)),
        Bay(Station.ORDERS, people=(Person("bo"),)),
    )
    assert lines(paint_floor(changed(door, busy), 80, 12, INK))[11].endswith(
        "  Casey lists the…   "
    )


def test_what_is_waited_for_is_whole_where_nobody_stands_to_its_left() -> None:
    plank = lines(
        paint_floor(
            changed(Bay(Station.DOOR, queue=("Casey lists the receipts",))), 80, 12, INK
        )
    )[11]
    assert plank.endswith("  Casey lists the receipts ")
    assert len(plank) == 80


@pytest.mark.parametrize("height", [8, 16])
@pytest.mark.parametrize("width", [20, 30, 60])
def test_nobody_is_drawn_over_anybody_and_more_than_two_only_where_there_is_room(
    width: int, height: int
) -> None:
    crowd = tuple(map(Person, ("ada", "bo", "casey", "dee", "eve")))
    drawn = people_with_places(Bay(Station.BADGES, State.QUIET, crowd), width, height)
    body, prop = len(sprite_kit(height)["body"][0]), len(sprite_kit(height)["Badges"][0])
    assert [person.name for person, _, _ in drawn] == [
        person.name for person in crowd[: len(drawn)]
    ]
    assert len(drawn) >= 2
    assert len({y for _, _, y in drawn}) == 1
    assert all(right - left > body for (_, left, _), (_, right, _) in pairwise(drawn))
    assert len(drawn) == 2 or drawn[-1][1] + body <= width - 2 - prop


def test_in_words_everybody_is_named_however_few_lines_there_are() -> None:
    crowd = tuple(map(Person, ("casey", "ada", "robin")))
    floor = changed(Bay(Station.BADGES, people=crowd, cups=2))
    shown = "\n".join(lines(words(floor, 80, 12, INK)))
    assert "casey ada robin" in shown
    assert "2 jobs work here" in shown


def test_a_bay_that_is_looked_at_says_everything_whole() -> None:
    barista = Person("bartholomew-the-third", "InventorySpecialists", mfa=True)
    assert line(
        look_at_bay(Bay(Station.REGISTER, State.STUCK, (barista, Person("casey")), cups=1))
    ) == (
        "✗ Register: stuck. bartholomew-the-third, InventorySpecialists, MFA. casey, no group. 1 job works here"
    )
    waiting = Bay(Station.DOOR, queue=("Bo, as Cashier, records sales in Register",))
    assert (
        line(look_at_bay(waiting))
        == "· Door: 1 job waits. waits: Bo, as Cashier, records sales in Register"
    )


def test_light_never_burns_out_and_never_turns_black_to_grey() -> None:
    assert light_colour("#000000", 3, 3, 3) == "#000000"
    assert light_colour("#ffffff", 5, 5, 5) <= "#ffffff"
    assert light_colour("#808080", 1, 1, 1) == "#808080"


def test_bays_that_did_not_change_are_not_painted_again() -> None:
    paint_floor(EMPTY_FLOOR, 80, 12, INK)
    before = bay_pixels.cache_info().misses
    paint_floor(
        replace(
            EMPTY_FLOOR,
            bays=(
                Bay(Station.INVENTORY, State.EXTRA, (Person("never seen before"),)),
                *EMPTY_FLOOR.bays[1:],
            ),
        ),
        80,
        12,
        INK,
    )
    assert bay_pixels.cache_info().misses == before + 1
