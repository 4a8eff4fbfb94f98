from __future__ import annotations

from collections.abc import Iterable
from itertools import count

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from coffeeshop.lessons.scenario.course import Completed
from coffeeshop.shop.model import Station
from coffeeshop.tui.theme import PALETTES, QR_INK, QR_PAPER, THEMES, picture_paints
from coffeeshop.tui.widgets.feast import FRAMES_PER_SECOND, FeastStrip
from coffeeshop.tui.widgets.phone import Phone
from coffeeshop.tui.widgets.picture import Picture
from coffeeshop.tui.widgets.qr import Qr, qr_modules
from coffeeshop.tui.widgets.receipt import ReceiptStrip
from coffeeshop.tui.widgets.shelf import Shelf
from coffeeshop.views.cells import width
from coffeeshop.views.picture.feast import FEAST_SECONDS
from coffeeshop.views.picture.model import EMPTY_FLOOR, Bay, Floor, Person, State
from coffeeshop.views.picture.receipt import Receipt
from coffeeshop.views.picture.shelf import Board, Cup

BUSY = Floor(
    (Bay(Station.INVENTORY, State.WORKS, (Person("indra"),)), *EMPTY_FLOOR.bays[1:])
)
BOARDS = (
    Board(
        "Policies",
        (Cup("05-drawer", "The drawer", 3), Cup("06-reading", "Reading", 1, advised=True)),
    ),
    Board("Groups", (Cup("10-cashiers", "The Cashiers"),)),
)
PAPER = Receipt("5 The drawer", "08:14", (("Every job works", "1 of 1"),), 100.0, 3)


class Bench(App[None]):
    """One widget, and what it said."""

    CSS = "Picture, Shelf { width: 100%; height: 100%; }"

    def __init__(self, widget: Widget, theme: str = "dark-roast") -> None:
        super().__init__()
        self.shown, self.heard = widget, list[Message]()
        for each in THEMES.values():
            self.register_theme(each)
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield self.shown

    def on_picture_bay_chosen(self, message: Picture.BayChosen) -> None:
        self.heard.append(message)

    def on_picture_bay_highlighted(self, message: Picture.BayHighlighted) -> None:
        self.heard.append(message)

    def on_shelf_cup_chosen(self, message: Shelf.CupChosen) -> None:
        self.heard.append(message)

    def on_shelf_cup_highlighted(self, message: Shelf.CupHighlighted) -> None:
        self.heard.append(message)


def screen(widget: Widget) -> list[str]:
    return [widget.render_line(y).text for y in range(widget.size.height)]


def colours(widget: Widget) -> set[str]:
    segments = (
        segment for y in range(widget.size.height) for segment in widget.render_line(y)
    )
    styles = [segment.style for segment in segments if segment.style]
    return {each.name for style in styles for each in (style.color, style.bgcolor) if each}


# ------------------------------------------------------------------- picture
@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ((), Station.REGISTER),
        (("right",), Station.ESPRESSO),
        (("up", "left"), Station.INVENTORY),
        (("down", "right", "right", "right", "right"), Station.DOOR),
    ],
)
async def test_the_arrows_walk_from_bay_to_bay_and_stop_at_the_walls(
    keys: Iterable[str], place: Station
) -> None:
    app = Bench(Picture())
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.press(*keys)
        assert app.query_one(Picture).place is place


async def test_walking_and_choosing_is_told() -> None:
    app = Bench(Picture())
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.press("right", "enter", "up")
        assert app.heard == [
            Picture.BayHighlighted(Station.ESPRESSO), Picture.BayChosen(Station.ESPRESSO), Picture.BayHighlighted(Station.RECIPES),
        ]  # fmt: skip


async def test_a_click_moves_the_cursor_and_a_second_one_chooses() -> None:
    app = Bench(Picture())
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.click(Picture, offset=(50, 2))
        await pilot.click(Picture, offset=(50, 2))
        assert app.heard == [
            Picture.BayHighlighted(Station.PAYROLL),
            Picture.BayChosen(Station.PAYROLL),
        ]


async def test_the_picture_falls_back_to_words_when_it_has_no_room_and_the_arrows_follow() -> (
    None
):
    app = Bench(Picture(BUSY))
    async with app.run_test(size=(70, 12)) as pilot:
        assert screen(app.shown)[0].startswith(" Inventory  ✓ works")
        await pilot.press("up", "left")
        assert app.query_one(Picture).place is Station.PAYROLL


async def test_without_colour_the_picture_is_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Bench(Picture(BUSY))
    async with app.run_test(size=(80, 12)):
        assert "▀" not in "".join(screen(app.shown))


async def test_who_wants_words_gets_words_and_ascii_marks() -> None:
    app = Bench(Picture(BUSY))
    async with app.run_test(size=(80, 12)) as pilot:
        app.query_one(Picture).variant, app.query_one(Picture).ascii = "words", True
        await pilot.pause()
        assert screen(app.shown)[0].startswith(" Inventory  ok works")
        assert "".join(screen(app.shown)).isascii()


async def test_the_cursor_is_drawn_only_while_the_picture_has_the_focus() -> None:
    app = Bench(Picture())
    async with app.run_test(size=(80, 12)) as pilot:
        assert "▸Register" in screen(app.shown)[6]
        app.shown.blur()
        await pilot.pause()
        assert "▸" not in "".join(screen(app.shown))


async def test_another_floor_moves_for_a_moment_and_then_no_timer_is_alive() -> None:
    app = Bench(Picture(BUSY))
    async with app.run_test(size=(80, 12)) as pilot:
        picture = app.query_one(Picture)
        picture.show(Floor((Bay(Station.INVENTORY, State.LEAKS), *EMPTY_FLOOR.bays[1:])))
        assert picture.is_moving
        await pilot.pause()
        for _ in range(20):
            picture.tick()
        assert not picture.is_moving


@pytest.mark.parametrize("why", ["still", "first", "same"])
async def test_nothing_moves_without_an_event_or_when_stillness_is_wished(why: str) -> None:
    app = Bench(Picture(EMPTY_FLOOR if why == "first" else BUSY))
    async with app.run_test(size=(80, 12)):
        picture = app.query_one(Picture)
        picture.still = why == "still"
        picture.show(BUSY if why in ("first", "same") else EMPTY_FLOOR)
        assert not picture.is_moving


async def test_another_theme_paints_in_another_light() -> None:
    app = Bench(Picture(BUSY))
    async with app.run_test(size=(80, 12)) as pilot:
        before = colours(app.shown)
        app.theme = "latte"
        await pilot.pause()
        assert PALETTES["dark-roast"].board in before
        assert PALETTES["dark-roast"].board not in colours(app.shown)


# --------------------------------------------------------------------- shelf
async def test_the_cursor_starts_on_the_cup_that_is_advised_and_walks_cup_by_cup() -> None:
    app = Bench(Shelf(BOARDS))
    async with app.run_test(size=(76, 14)) as pilot:
        shelf = app.query_one(Shelf)
        assert shelf.cursor == "06-reading"
        await pilot.press("right", "right", "left", "left", "left", "down", "enter", "up")
        assert app.heard == [
            Shelf.CupHighlighted("10-cashiers"), Shelf.CupHighlighted("06-reading"), Shelf.CupHighlighted("05-drawer"),
            Shelf.CupHighlighted("10-cashiers"), Shelf.CupChosen("10-cashiers"), Shelf.CupHighlighted("05-drawer"),
        ]  # fmt: skip


@pytest.mark.parametrize("variant", ["painted", "words"])
async def test_a_click_on_a_cup_takes_it_at_the_second_time(variant: str) -> None:
    app = Bench(Shelf(BOARDS))
    async with app.run_test(size=(76, 14)) as pilot:
        shelf = app.query_one(Shelf)
        shelf.variant = "words" if variant == "words" else "painted"
        await pilot.pause()
        for _ in range(2):
            await pilot.click(Shelf, offset=(30, 1 if variant == "words" else 9))
        await pilot.click(Shelf, offset=(2, 0))
        assert app.heard == [
            Shelf.CupHighlighted("10-cashiers"),
            Shelf.CupChosen("10-cashiers"),
        ]


async def test_new_boards_keep_the_cursor_on_its_cup_or_put_it_on_the_advised_one() -> None:
    app = Bench(Shelf(BOARDS))
    async with app.run_test(size=(76, 14)) as pilot:
        shelf = app.query_one(Shelf)
        await pilot.press("down")
        shelf.show(BOARDS)
        assert shelf.cursor == "10-cashiers"
        shelf.show(BOARDS[:1])
        assert shelf.cursor == "06-reading"


async def test_an_empty_shelf_takes_no_key() -> None:
    app = Bench(Shelf())
    async with app.run_test(size=(76, 14)) as pilot:
        await pilot.press("right", "down", "enter")
        assert (app.heard, app.query_one(Shelf).cup) == ([], None)


# ------------------------------------------------------- receipt, code, phone
async def test_a_receipt_is_as_long_as_what_is_printed_on_it() -> None:
    app = Bench(ReceiptStrip(PAPER))
    async with app.run_test(size=(80, 40)) as pilot:
        assert "█" in screen(app.shown)[-2]
        assert screen(app.shown)[-1].strip(" ▀") == ""
        app.query_one(ReceiptStrip).show(
            Receipt("5", "08:14", (("a", "1"), ("b", "2")), 0.0, 0, tampered=True)
        )
        await pilot.pause()
        assert screen(app.shown)[-1].strip(" ▀") == ""
        assert "something fixed was changed" in "".join(screen(app.shown))


URI = (
    "otpauth://totp/Coffeeshop:bo?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=Coffeeshop"
)


@pytest.mark.parametrize("theme", THEMES)
async def test_an_enrolment_is_a_code_of_41_by_21_cells_black_on_white(theme: str) -> None:
    app = Bench(Qr(URI), theme)
    async with app.run_test(size=(80, 24)):
        assert tuple(app.shown.size) == (41, 21)
        assert colours(app.shown) == {QR_INK, QR_PAPER}


async def test_the_cells_of_a_code_are_its_modules() -> None:
    app = Bench(Qr(URI))
    async with app.run_test(size=(80, 24)) as pilot:
        rows: list[list[bool]] = []
        for y in range(21):
            cells = [
                (char, segment.style)
                for segment in app.shown.render_line(y)
                for char in segment.text
            ]
            looks = [(style.color, style.bgcolor) for _, style in cells if style]
            rows += [
                [getattr(look[half], "name", "") == QR_INK for look in looks]
                for half in (0, 1)
            ]
        assert tuple(map(tuple, rows[:41])) == qr_modules(URI)
        app.query_one(Qr).show("short")
        await pilot.pause()
        assert app.shown.size.width == 25


async def test_the_phone_shows_whose_it_is_the_digits_and_the_time() -> None:
    app = Bench(Phone("481920", "bo", "08:14:30"))
    async with app.run_test(size=(80, 24)) as pilot:
        assert all(
            said in "\n".join(screen(app.shown)) for said in ("bo", "481 920", "08:14:30")
        )
        app.query_one(Phone).show("", "\x1b[31mコーヒーコーヒーコーヒー", "08:15")
        await pilot.pause()
        assert "--- ---" in "\n".join(screen(app.shown))
        assert "\x1b" not in "".join(screen(app.shown))


async def test_a_feast_moves_to_its_end_and_rests_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    instants = count(0.0, FEAST_SECONDS / 2)
    monkeypatch.setattr("coffeeshop.tui.widgets.feast.monotonic", lambda: next(instants))
    strip = FeastStrip()
    async with Bench(strip).run_test() as pilot:
        assert strip.seconds == FEAST_SECONDS
        strip.begin(Completed.STARS, still=False)
        assert strip.seconds == 0
        seen = [strip.seconds]
        while strip.seconds < FEAST_SECONDS:
            await pilot.pause(1 / FRAMES_PER_SECOND)
            seen.append(strip.seconds)
        assert seen == sorted(seen)
        began = strip.facts()
        strip.begin(Completed.STARS, still=True)
        assert strip.facts() == began


def test_each_row_of_the_phone_is_twenty_cells_wide() -> None:
    rows = Phone("481920", "bo", "08:14:30").draw(picture_paints("dark-roast"))
    assert {sum(width(run.text) for run in row) for row in rows} == {20}
