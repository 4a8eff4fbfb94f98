"""A day at the shop on the screen: the clock, the incident, what is done in the midst of it, the evening, the map."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.account.model import Call
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.shop.radius import BlastRadius
from coffeeshop.tui.screens.clock import MINUTES_PER_SECOND
from coffeeshop.tui.screens.day import DayScreen
from coffeeshop.tui.screens.evening import EveningScreen
from coffeeshop.views import playback
from coffeeshop.views.day.evening import evening
from coffeeshop.views.rows import lines
from coffeeshop.views.step import Step
from tests.tui.driver import Person, person
from tools.gallery import prepare

pytestmark = pytest.mark.slow


def day(ui: Person) -> DayScreen:
    shown = ui.app.screen
    assert isinstance(shown, DayScreen)
    return shown


def flat(screen: str) -> str:
    """The screen as one line, however it was wrapped."""
    return " ".join(screen.split())


async def test_5_shows_the_shop_closed_and_space_opens_it_at_six(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        screen = await ui.see("5")
        assert "The day begins on Tuesday 03 March" in screen
        assert "this is number 1" in await ui.see("n")
        await ui.press("space")
        assert ui.app.sitting.day is not None


async def test_the_floor_calls_only_requests_of_the_clocks_day_todays(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", motion="some", floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws iam create-group --group-name Monday\n")
        assert "Today 08:00  ada  iam:CreateGroup" in await ui.see("escape")
        assert "Today no requests yet" in await ui.see("5 space space 1")
        await ui.resize(120, 40)
        assert "Today and before" in ui.screen
        assert "no requests yet" not in ui.screen, "Monday's are in the list"
        await ui.resize(80, 24)
        assert "Today no requests yet" in ui.screen
        await ui.press("tab tab")
        assert "Today and before" in ui.screen
        assert "Mon 08:00  ada  iam:CreateGroup" in ui.screen
        await ui.press("s enter enter colon")
        await ui.type("aws iam create-group --group-name Tuesday\n")
        await ui.press("escape")
        assert "Today and before" in ui.screen
        assert "group/Tuesday" in ui.screen


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("e", "the evening comes at 22:00 (space lets the clock run)"),
        ("a", "a opens a day again once it is over"),
        ("right", "space begins the day"),
        ("i", "space begins the day"),
    ],
)
async def test_a_key_that_waits_for_something_says_for_what(
    tmp_path: Path, key: str, said: str
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("5")
        assert said in await ui.see(key)
        assert ui.app.sitting.day is None


async def test_a_day_without_an_incident_says_whose_credentials_it_looked_at(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "01", motion="some", floor=True) as ui:
        screen = flat(await ui.see("5 space space i"))
        assert "no IAM user or function with a job had a credential to steal" in screen


async def test_an_open_day_goes_on_as_it_was_drawn_and_its_clock_has_an_end_to_its_paces(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", motion="some", floor=True) as ui:
        await ui.press("5 space space")
        assert (
            "this day continues as it was drawn, and the next can be another"
            in await ui.see("n")
        )
        assert f"{MINUTES_PER_SECOND[-1]} shop minutes a second" in await ui.see(
            "right_square_bracket " * len(MINUTES_PER_SECOND)
        )
        assert f"{MINUTES_PER_SECOND[0]} shop minutes a second" in await ui.see(
            "left_square_bracket " * len(MINUTES_PER_SECOND)
        )


async def test_one_space_opens_the_shop_and_lets_the_clock_run(tmp_path: Path) -> None:
    async with person(tmp_path, "10", motion="some", floor=True) as ui:
        screen = await ui.see("5 space")
        assert day(ui).clock_runs
        assert "The clock runs." in screen
        await ui.press("space")
        assert not day(ui).clock_runs
        assert "Your sign-in ended on Monday at 20:00: s signs in again." in flat(ui.screen)


async def test_the_day_that_is_over_opens_again_with_the_same_theft_under_other_policies(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("5")
        assert "a opens a day again once it is over" in await ui.see("a")
        await ui.press("space s enter enter colon")
        await ui.type("aws iam create-group --group-name Later\n")
        await ui.press("escape 5 space")
        await ui.rest()
        first = ui.app.screen.day  # pyright: ignore[reportAttributeAccessIssue]  # an EveningScreen
        assert "the same customers and the same incident" in flat(await ui.see("end"))
        await ui.press("escape a")
        again = day(ui).day
        assert again is not None
        assert again.course is not None
        assert again.date == first.date + timedelta(days=1)
        assert again.course.theft == replace(
            first.course.theft, at=first.course.theft.at + timedelta(days=1)
        )


async def test_the_clock_runs_by_its_pace_and_stands_while_other_screens_are_shown(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", motion="some", floor=True) as ui:
        await ui.press("5 space")
        shown = day(ui)
        assert shown._timer is not None
        shown._timer.pause()
        shown.now = shown.opening and shown.opening.opens
        shown.advance(1.5)
        await ui.pilot.pause()
        assert "Tue 06:12" in ui.screen
        await ui.press("right_square_bracket")
        shown.advance(1.0)
        await ui.pilot.pause()
        assert "Tue 06:42" in ui.screen
        await ui.press("2")
        assert (ui.where, shown._timer) == ("PeopleScreen", None)
        told = ui.app.sitting.day
        assert told is not None
        assert f"{told.seen_until:%H:%M}" == "06:42"
        await ui.press("5")
        assert (ui.where, ui.app.sitting.day) == ("DayScreen", told)


async def test_the_arrows_go_from_event_to_event_and_y_says_why(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("5 space")
        await ui.press("i")
        shown, seen = day(ui), len(day(ui).past_happenings)
        await ui.press("left")
        assert len(shown.past_happenings) < seen
        assert "looking back" in ui.screen
        await ui.press("right")
        assert len(shown.past_happenings) == seen
        ticket = shown.decision_here()
        assert ticket is not None
        await ui.press("y")
        assert ui.where == "WhyScreen"
        await ui.press("escape")
        assert ui.where == "DayScreen"


async def test_what_is_explained_after_an_undo_in_a_day_was_decided_by_the_clock_that_is_shown(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("5 space i")
        ui.app.do(Call("iam", "CreateUser", {"UserName": "sam"}))
        await ui.resize(120, 40)
        await ui.press("u 1 end y")
        clock = ui.app.sitting.now
        assert ui.where == "WhyScreen"
        assert f"{clock:%a %H:%M}" in ui.screen
        assert f"{clock:%Y-%m-%dT%H:%M}" in flat(ui.screen)


async def test_the_incident_has_a_short_screen_to_itself_and_the_keys_that_scroll(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", (80, 24), floor=True) as ui:
        await ui.press("5 space")
        case, board = (ui.app.screen.query_one(id) for id in ("#case", "#board"))
        assert case.has_focus
        assert (case.size.height > 12, case.max_scroll_y) == (True, 0)
        await ui.press("i")
        assert (board.has_focus, board.size.height > 0) == (True, True)
        await ui.press("i")
        assert case.has_focus
        await ui.resize(80, 20)
        assert case.max_scroll_y > 0
        await ui.press("pagedown")
        assert case.scroll_offset.y > 0


async def test_it_stops_where_somebody_notices_and_what_is_done_then_is_done_then(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        screen = await ui.see("5 n space")
        assert "Tue 10:21" in screen
        assert "A stranger copied Robin's session" in flat(screen)
        assert "one refused call after another" in screen
        assert "Your sign-in ended on Monday at 20:00" in flat(screen)
        asked = ui.app.sitting.now
        screen = await ui.see("s enter enter")
        assert "Noticed, and not stopped" in screen
        assert "narrow its permissions, or deny older sessions" in flat(screen)
        for elsewhere, key in (("2", "3"), ("3", "↑↓")):
            screen = await ui.see(elsewhere)
            assert "Noticed, and not stopped: Robin's session." in flat(screen)
            assert "narrow its permissions, or deny older sessions" in flat(screen)
            said = ui.app.screen.step_here(ui.app.step)  # pyright: ignore[reportAttributeAccessIssue]  # a PlayScreen
            assert said.key == key
        screen = await ui.see("5")
        assert ui.calls == ["SignIn"]
        await ui.press("u")
        assert ui.app.sitting.now >= asked
        await ui.press("U")
        await ui.press("colon")
        await ui.type(
            "aws iam delete-user-policy --user-name robin --policy-name receipts\n"
        )
        await ui.press("escape")
        screen = await ui.see("5")
        assert "Contained Nothing is within reach now." in flat(screen)
        assert f"Tue {ui.app.sitting.now:%H:%M}" in screen
        await ui.press("2")
        # Not: give back what was taken away; but what was lacking before the day opened.
        assert "A day is open, at 10:2" in ui.screen
        said = ui.app.step.text
        assert "cashiers" in said.lower()
        assert "robin" not in said.lower()
        await ui.press("5")
        assert "Create the group Cashiers" in flat(ui.screen)
        assert "n makes one; space lets the clock run" in flat(ui.screen)
        await ui.press("2")
        await ui.press("5")
        await ui.press("space")
        await ui.rest()
        assert "It was contained 15 minutes after it began" in flat(
            await ui.see("home pagedown")
        )
        assert "Your change stopped a job." in flat(ui.screen)
        screen = await ui.see("end up up up")
        assert (
            "No longer works Robin lists the receipts; Robin can open any receipt."
            in flat(screen)
        )
        assert "aws iam put-user-policy --user-name robin --policy-name receipts" in flat(
            screen
        )


async def test_the_evening_is_that_of_plain_and_its_lines_can_be_copied(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", (120, 40), floor=True) as ui:
        await ui.press("5 n space space")
        screen = await ui.see_at_rest()
        shown = ui.app.screen
        assert isinstance(shown, EveningScreen)
        assert "Tue 22:00" in ui.rows[0], "the evening's hour, not that of the last act"
        found = shown.evening
        assert found is not None
        assert found.course is not None
        for row in evening(found):
            assert row.text[:40] in screen
        for is_needed, text in (
            (True, "No more than the jobs need"),
            (False, "tried single calls"),
        ):
            reached = (replace(found.course.radius.reached[0], is_needed=is_needed),)
            course = replace(found.course, radius=BlastRadius(reached))
            unaided_day = replace(found.day, course=course)
            shown.evening = replace(found, day=unaided_day, changes=())
            assert text in shown.step_here(Step("")).text
        shown.evening = found
        types = [line.types for line in playback.evening_lines(found)]
        first = next(nth for nth, line in enumerate(types) if line)
        await ui.press(" ".join(["down"] * first))
        await ui.press("Y")
        assert ui.app.clipboard == types[first].replace("\n", "␊")
        await ui.press("m")
        assert ui.where == "BlastScreen"
        assert (
            lines(playback.thief_call_rows(found.course)).splitlines()[1].split()[1]
            in ui.screen
        )
        assert "Before you changed anything" in ui.screen


async def test_the_map_of_a_day_that_goes_on_tells_nothing_of_what_comes(
    tmp_path: Path,
) -> None:
    async with person(
        tmp_path, "10", marks="ascii", picture="words", theme="latte", floor=True
    ) as ui:
        await ui.press("5 n space")
        day(ui)._go_to(day(ui).opening.opens)  # pyright: ignore[reportOptionalMemberAccess]  # it is open
        await ui.press("m")
        assert "nothing has gone wrong so far" in ui.screen
        assert "A stranger copied Robin's session" in flat(await ui.see("i"))
        screen = await ui.see("m")
        assert "++ write" in screen
        assert "someone, not ours" in screen
        assert "No one contained it" not in screen
        assert "Within reach, on the map above: Today" in screen
        assert (
            "Within reach, on the map above: Before you changed anything"
            in await ui.see("v")
        )
        await ui.resize(120, 40)
        assert "Today and before" in ui.screen, "both maps are shown"
        assert "on the map above" not in ui.screen


async def test_the_own_shop_opens_from_home_tells_its_news_and_goes_on(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        await ui.press("o enter 5")
        assert "Monday 02 March" in ui.screen
        screen = await ui.see("space")
        assert "Casey starts today" in screen
        await ui.press("space")
        await ui.rest()
        assert ui.where == "EveningScreen"
        assert "Tuesday 03 March" in await ui.see("escape")
        await ui.press("escape escape")
        assert ui.where == "HomeScreen"
        assert "The first morning" in ui.screen


async def test_a_day_is_offered_after_the_chapter_on_roles_and_its_key_always_works(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "06") as ui:
        await ui.press("colon")
        for text in ui.play.scenario.solution.splitlines():
            if text.startswith("aws "):
                await ui.type(text + "\n")
        await ui.press("escape g")
        await ui.rest()
        await ui.press("end")
        assert "runs the shop for a day" not in ui.screen
        assert "The day begins on" in await ui.see("5")
    progress = Progress(tmp_path / "casey.sqlite3")
    prepare(progress, "15", graded=True)
    progress.close()
    async with person(tmp_path, "06") as ui:
        await ui.press("g")
        await ui.rest()
        await ui.press("end")
        assert "runs the shop for a day" in ui.screen


async def test_the_owner_whose_sign_in_ran_out_signs_in_again_by_what_stands_there(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "01", floor=True) as ui:
        ui.app.player.wait(timedelta(days=1))
        await ui.press("s home enter")
        assert "owner@coffeeshop.example" in ui.screen
        await ui.press("enter")
        assert ui.calls[-1] == "SignIn"
        assert not ui.app.identity.ended


async def test_the_day_its_map_and_the_lists_show_the_same_clock(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("5 space s enter enter")
        shown = ui.rows[0].split()[-1]
        assert shown in ui.rows[1]
        assert (await ui.see("m")).split("\n")[0].split()[-1] == shown
        assert (await ui.see("2")).split("\n")[0].split()[-1] == shown


async def test_the_map_of_an_evening_shows_the_hour_of_the_evening(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("5 space space")
        await ui.rest()
        assert "Tue 22:00" in ui.rows[0]
        await ui.press("m")
        assert (ui.where, "Tue 22:00" in ui.rows[0]) == ("BlastScreen", True)


async def test_the_header_shows_one_time_and_the_credential_at_that_time(
    tmp_path: Path,
) -> None:
    """The day's clock passes the end of ada's sign-in, and no popup has to close for the header to say so."""
    async with person(tmp_path, "10", motion="some", floor=True) as ui:
        await ui.press("5 space")
        assert "session ended Mon 20:00" in ui.rows[0]
        await ui.press("space s enter enter")
        assert "ended" not in ui.rows[0]
        shown = day(ui)
        shown._go_to(shown.opening.closes - timedelta(minutes=1))  # pyright: ignore[reportOptionalMemberAccess]  # it is open
        await ui.pilot.pause()
        assert "Tue 21:59" in ui.rows[0]
        assert "ended" in ui.rows[0]


@pytest.mark.parametrize("motion", ["some", "none"])
async def test_the_keys_of_the_day_s_row_do_something_at_each_moment(
    tmp_path: Path, motion: str
) -> None:
    async with person(tmp_path, "10", (120, 40), motion=motion, floor=True) as ui:
        assert "Incident" not in await ui.see("5")
        assert not {"←→ Event", "y Why", "[ ] Pace", "m Map"} & set(ui.rows[-1].split("  "))
        assert "n Draw anew" in ui.rows[-1]
        await ui.press("space space" if motion == "some" else "space")
        assert ("[ ] Pace" in ui.rows[-1]) is (motion == "some")
        if motion == "none":
            said = await ui.see("right_square_bracket")
            assert "shop minutes a second" not in said
            assert "with motion off" in said
        await ui.press("i")
        assert "m Map" in ui.rows[-1]


async def test_the_evening_offers_why_only_on_a_line_that_has_a_decision(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", (120, 40), floor=True) as ui:
        await ui.press("5 space space")
        await ui.rest()
        assert ui.where == "EveningScreen"
        for _ in range(12):
            await ui.press("down")
            screen = ui.app.screen
            assert ("y Why" in ui.rows[-1]) is (screen.decision_here() is not None)  # pyright: ignore[reportAttributeAccessIssue]  # an EveningScreen
            assert ("Y Copy line" in ui.rows[-1]) is bool(screen.text_to_copy())  # pyright: ignore[reportAttributeAccessIssue]  # likewise


async def test_after_the_evening_the_shop_says_when_the_next_call_is(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", (120, 40), floor=True) as ui:
        await ui.press("5 space space")
        await ui.rest()
        screen = flat(await ui.see("escape"))
        assert "Mon 08:00" in ui.rows[0]
        assert "Your next call is at Monday 08:00" in screen
