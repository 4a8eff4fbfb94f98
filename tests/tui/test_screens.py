"""What each screen shows and does, by its keys."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import closing
from heapq import heapify
from pathlib import Path
from typing import Any
from weakref import ReferenceType, ref

import pytest
from click.testing import CliRunner
from rich.segment import Segment
from rich.style import Style
from textual._compositor import Compositor
from textual.color import Color
from textual.geometry import Region, Size
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from coffeeshop.account.access.totp import device_code
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import Outcome, ServiceError
from coffeeshop.account.records.authorization_details import export_details
from coffeeshop.cli import group
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.course import advised_scenario, headings
from coffeeshop.lessons.scenario.find import find, number
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.sitting.telling import told_story
from coffeeshop.tui.keys import ACTIONS, shown_keys
from coffeeshop.tui.screens import home
from coffeeshop.tui.screens.base import PLAY_STYLES
from coffeeshop.tui.widgets.dimmed import dimmed_style
from coffeeshop.tui.widgets.prose import Prose, ProsePane
from coffeeshop.tui.widgets.row_list import JointedLine, RowList
from tests.account.shop import AT
from tests.tui.driver import Person, person
from tests.tui.test_editor import open_editor
from tests.tui.test_layout import keep
from tools.gallery import prepare


async def take(ui: Person, id: str) -> str:
    """Enter on that row of who acts."""
    ui.app.screen.query_one("#picks", RowList).choose(id)
    return await ui.see("enter")


def refused(ui: Person) -> str:
    """The code of the last answer."""
    last: Outcome = ui.play.outcomes[-1]
    return last.answer.code if isinstance(last.answer, ServiceError) else ""


# -------------------------------------------------------------------- shelf, brief
async def test_the_shelf_opens_the_cup_under_the_cursor(tmp_path: Path) -> None:
    async with person(tmp_path) as ui:
        assert "0 of" in ui.screen
        assert ui.where == "HomeScreen"
        await ui.press("down down enter")
        assert ui.where == "ShopScreen"
        assert "⏎  opens “Hire someone”" in ui.screen
        await ui.press("escape")
        assert ui.where == "HomeScreen"


async def test_how_play_looks_is_read_with_its_first_screen_and_not_again(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        looks = ui.app.stylesheet
        assert not looks.has_source(str(PLAY_STYLES))
        await ui.press("enter")
        assert looks.has_source(str(PLAY_STYLES))


async def test_the_scenario_to_take_next_says_so_beside_its_title_or_has_a_mark(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        assert "»0  ☆☆☆ The first morning" in ui.screen
        assert "»0  ☆☆☆ The first morning" in await ui.see("right")
        await ui.resize(120, 40)
        assert "The first morning next" in ui.screen


async def test_a_story_that_takes_its_time_to_open_says_so_before_it_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with person(tmp_path) as ui:
        painted, seen = list[str](), list[str]()
        load = ui.app.player.open

        def slow(name: str, afresh: bool = False) -> object:
            seen.extend(painted)
            return load(name, afresh=afresh)

        monkeypatch.setattr(ui.app.player, "open", slow)
        monkeypatch.setattr(
            ui.app, "_display", lambda *_: painted.append(ui.rows[-1].strip())
        )
        await ui.press("enter")
        assert seen[-1] == "opening …"
        assert (ui.where, "Help" in ui.rows[-1]) == ("ShopScreen", True)
        await ui.press("escape")
        assert (ui.where, ui.rows[-1].strip()[:6]) == ("HomeScreen", "⏎ Play")


async def test_a_key_that_was_hit_while_a_story_opens_waits_for_it(tmp_path: Path) -> None:
    async with person(tmp_path) as ui:
        ui.hit("enter")
        ui.hit("enter")
        await ui.heard()
        assert ui.where == "FormDialog"


async def test_a_key_of_play_says_that_a_cup_is_taken_first(tmp_path: Path) -> None:
    async with person(tmp_path) as ui:
        assert "y does nothing here" in " ".join((await ui.see("y")).split())
        assert ui.where == "HomeScreen"


async def test_a_number_goes_to_its_cup(tmp_path: Path) -> None:
    async with person(tmp_path, size=(120, 40)) as ui:
        assert "esc Show all" in await ui.see("1 5")
        assert "15 Three workstations" in ui.screen
        assert "esc Show all" not in await ui.see("enter")
        await ui.press("enter")
        assert ui.play.scenario.id == "15-three-workstations"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_shelf_promises_no_key_of_play_while_they_are_text(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    keep(tmp_path, "10", "solution")
    async with person(tmp_path, size=size) as ui:
        for number, key in (("14", "⏎ play"), ("10", "n begin again")):
            await ui.press("escape slash")
            await ui.type(number)
            assert "minutes" in ui.screen
            assert key not in ui.screen
            assert key in await ui.see("enter")


async def test_tab_is_named_for_a_letter_only_where_it_leads_to_its_list(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        shown = await ui.see("3 right a")
        assert "a does nothing here" in shown
        assert "tab" not in shown.splitlines()[-1]
    async with person(tmp_path, "01", floor=True) as ui:
        shown = await ui.see("2 d")
        assert "d does nothing with root; tab goes to the list where it does" in shown


async def test_help_names_no_cause_where_there_are_no_cases_and_no_other_lists(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", (120, 40), floor=True) as ui:
        shown = await ui.see("3 question_mark")
        assert "To the next list, or the one before." in shown
        assert "Name the cause" not in shown


async def test_a_letter_that_a_number_begins_with_goes_to_its_cup(tmp_path: Path) -> None:
    async with person(tmp_path, size=(120, 40)) as ui:
        await ui.press("c 1")
        assert "C1 Opening week" in ui.screen


async def test_the_story_on_the_shelf_is_scrolled_by_pages(tmp_path: Path) -> None:
    async with person(tmp_path, size=(80, 30)) as ui:
        assert "⏎ play" not in await ui.see("2 6 enter")
        assert "⏎ play" in await ui.see("pagedown pagedown pagedown")
        await ui.press("pageup pageup pageup")
        assert "See what iam:PassRole really allows" in ui.screen


async def test_the_story_on_the_shelf_is_told_in_the_names_of_the_variant_that_goes_on(
    tmp_path: Path,
) -> None:
    written, varied = (" ".join(load(find("05"), seed).story.split()) for seed in (0, 7))
    assert varied[:30] != written[:30]
    with closing(Progress(tmp_path / "casey.sqlite3")) as progress:
        Player(progress, None).open("05", 7, afresh=True)
    async with person(tmp_path, size=(120, 40)) as ui:
        shown = " ".join((await ui.see("0 5")).replace("│", " ").split())
        assert varied[:30] in shown
        assert written[:30] not in shown
        shown = " ".join((await ui.see("escape 0 6")).replace("│", " ").split())
        assert " ".join(load(find("06")).story.split())[:30] in shown


async def test_no_star_of_the_shelf_is_a_sign_where_marks_are_ascii(tmp_path: Path) -> None:
    async with person(tmp_path, size=(120, 40), marks="ascii") as ui:
        assert f"0 of {3 * len(headings())} *" in ui.screen
        assert "★" not in ui.screen


async def test_help_on_the_shelf_says_where_the_other_keys_work(tmp_path: Path) -> None:
    async with person(tmp_path, size=(120, 40)) as ui:
        screen = await ui.see("question_mark")
        assert "In the shop, after ⏎" in screen
        assert "W, or F3 while you type" in screen


PLACES = ("b", "1", "2", "3", "4", "5", "r", "g", "c", "y", "3 enter", "2 m enter")


@pytest.mark.slow
async def test_help_says_of_every_key_once_what_it_does_and_not_only_its_label(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", (120, 60)) as ui:
        for keys in PLACES:
            await ui.go_back()
            await ui.press(keys)
            await ui.rest()
            labels = dict(shown_keys(getattr(ui.app.screen, "KEYS", ())))
            await ui.press("f1")
            rows = ui.app.screen.query_one("#keys", Prose).lines
            told = [
                (key.plain.strip(), said.plain) for key, said in rows if key.plain.strip()
            ]
            assert len({key for key, _ in told}) == len(told), keys
            for key, word in labels.items():
                assert dict(told).get(key, word) != word, f"{key} {word} after {keys}"


async def test_the_brief_stands_in_the_row_of_keys_of_the_smallest_shop(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        assert {"b Brief", "r Open the shop", "2 3 Edit", "? Help"} < set(
            ui.rows[-1].strip().split("  ")
        )
        await ui.press("b")
        assert ui.where == "BriefScreen"


async def test_a_note_of_what_cannot_be_read_shows_no_backtick(tmp_path: Path) -> None:
    async with person(tmp_path, "05", (120, 40), floor=True) as ui:
        ui.app.show_note(
            "This scenario cannot be opened", "`titel` is no key; did you mean `title`?"
        )
        assert "titel is no key; did you mean title?" in await ui.see("f12")


@pytest.mark.slow
async def test_a_play_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 n")
        await ui.type("lee\n")
        assert ui.calls == ["CreateUser"]
    async with person(tmp_path, "05") as ui:
        assert ui.calls == ["CreateUser"]
        assert ui.where == "ShopScreen"
        assert "iam:CreateUser" in ui.screen


async def test_the_shelf_begins_at_the_cup_that_was_played_last(tmp_path: Path) -> None:
    async with person(tmp_path, "15", size=(120, 40)):
        pass
    async with person(tmp_path, size=(120, 40)) as ui:
        assert "15 Three workstations" in ui.screen
        await ui.press("enter")
        assert ui.play.scenario.id == "15-three-workstations"


async def test_the_cursor_of_the_shelf_stays_on_the_cup_that_was_left(
    tmp_path: Path,
) -> None:
    progress = Progress(tmp_path / "casey.sqlite3")
    prepare(progress, "05", graded=True)
    progress.close()
    async with person(tmp_path, "05", size=(120, 40)) as ui:
        await ui.press("escape")
        assert "5 The receipts drawer" in ui.screen
        assert ui.where == "HomeScreen"
        await ui.press("down enter")
        assert ui.play.scenario.id.startswith("06-")


async def test_escape_from_a_brief_goes_back_to_where_one_came_from(tmp_path: Path) -> None:
    async with person(tmp_path) as ui:
        await ui.press("enter b")
        assert ui.where == "BriefScreen"
        await ui.press("escape")
        assert ui.where == "ShopScreen"
        await ui.press("b")
        await ui.read_on()
        await ui.press("enter")
        assert ui.where == "QuizDialog"
        while ui.where != "ShopScreen":
            await ui.press("escape")
        await ui.press("b escape")
        assert ui.where == "ShopScreen"


async def test_a_cup_that_is_full_is_left_for_the_one_to_take_next(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "casey.sqlite3")
    prepare(progress, "15", graded=True)
    progress.set_setting("last cup", "15-three-workstations")
    progress.close()
    async with person(tmp_path, size=(120, 40)) as ui:
        following = advised_scenario(
            headings().values(), {"15-three-workstations": 3}, "15-three-workstations"
        )
        assert following is not None
        assert f"{number(following.id)} {following.title}" in ui.screen


@pytest.mark.slow
async def test_beginning_again_is_asked_for_and_forgets_the_acts(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 n")
        await ui.type("lee\n")
        await ui.press("escape escape")
        assert ui.where == "HomeScreen"
        await ui.press("n")
        assert "Begin again?" in ui.screen
        assert "▸ k Keep it as it is" in ui.screen
        box = " ".join(row.split("┃")[1] for row in ui.rows if row.count("┃") == 2)
        assert "without its 1 act. Its stars stay" in " ".join(box.split())
        await ui.press("k n y")
        assert ui.play.outcomes == ()


async def test_a_scenario_that_cannot_be_opened_is_said_where_one_is(
    tmp_path: Path,
) -> None:
    async with person(
        tmp_path, size=(80, 60)
    ) as ui:  # room for the ids of the whole course
        ui.app.action_play("99-nothing")
        await ui.pilot.pause()
        assert "cannot be opened" in ui.screen
        assert ui.where == "HomeScreen"


# ---------------------------------------------------------------------- shop, why
async def test_why_explains_the_job_under_the_cursor(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("y")
        assert ui.where == "WhyScreen"
        assert ui.screen.count("implicit deny") == 1
        assert "Does anything deny?" in ui.screen
        assert "casey runs aws s3" in ui.screen
        assert "as AWS saw it" not in ui.screen  # the job is tried on a copy


@pytest.mark.slow
async def test_why_explains_what_was_really_asked(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 n")
        await ui.type("lee\n")
        await ui.press("1 tab tab")
        assert ui.app.focused is not None
        assert ui.app.focused.id == "today"
        await ui.press("y")
        assert "create-user --user-name lee" in ui.screen
        assert "AdministratorAccess" in ui.screen
        await ui.press("end")
        assert "CloudTrail's record" in ui.screen
        assert '"eventVersion": "1.11"' in ui.screen


@pytest.mark.slow
async def test_a_request_for_data_is_not_said_to_be_on_record(tmp_path: Path) -> None:
    async with person(tmp_path, "04", floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws s3 ls s3://coffeeshop-receipts\n")
        screen = await ui.see("escape 1 tab tab y")
        assert "CloudTrail records it only if a trail logs data events" in screen
        assert "CloudTrail keeps a record" not in screen


async def test_a_dead_key_says_why_it_is_dead(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        assert "nothing to undo yet" in await ui.see("u")
        assert "nothing to redo" in await ui.see("U")
        assert "y explains a decision" in await ui.see("3 y")
        assert "o does nothing with " in await ui.see("o")


def painted(screen: Widget) -> Iterator[ReferenceType[Any]]:
    """Refers to what stands on a screen, and to the lines that it painted, and keeps none of it."""
    for widget in screen.walk_children(Widget, with_self=True):
        yield from (ref(widget), ref(widget._styles_cache))


def forget_cancelled_timers() -> None:
    """Drop the cancelled timers of asyncio now. It keeps each, with the screen that set it, until its time is over."""
    timers: list[asyncio.TimerHandle] = asyncio.get_running_loop()._scheduled  # pyright: ignore  # has no public interface
    timers[:] = [timer for timer in timers if not timer.cancelled()]
    heapify(timers)


@pytest.mark.slow
async def test_a_closed_screen_is_gone_with_what_it_painted(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        opened = list[ReferenceType[Any]]()
        for key in ("b", "question_mark", "comma"):
            await ui.press(key)
            assert len(ui.app.screen_stack) == 2
            opened += painted(ui.app.screen)
            await ui.press("escape")
        await ui.rest()
        forget_cancelled_timers()
        gc.collect()
        assert [kept for each in opened if (kept := each()) is not None] == []


async def test_what_widgets_stand_on_is_one_line_painted_once(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        for ground in (ui.app.screen, ui.app.screen.query_one("#body")):
            assert len({id(line) for line in ground.render_lines(ground.size.region)}) == 1
            assert [
                line.cell_length for line in ground.render_lines(Region(30, 4, 40, 3))
            ] == [40] * 3


async def test_a_closed_screen_lets_its_lines_go_before_it_is_collected(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.see("b")
        kept = [
            w._styles_cache for w in ui.app.screen.walk_children(Widget, with_self=True)
        ]
        assert any(lines._cache for lines in kept)
        await ui.press("escape")
        await ui.pilot.pause()
        assert not any(lines._cache for lines in kept)


async def test_undo_takes_an_act_back_and_redo_does_it_again(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 n")
        await ui.type("lee\n")
        assert "lee" in ui.play.account.users
        assert "undone" in await ui.see("u")
        assert "lee" not in ui.play.account.users
        await ui.press("U")
        assert "lee" in ui.play.account.users


async def test_opening_the_shop_changes_nothing(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("r")
        assert "6 of 8 jobs work, the refusal doesn't hold yet" in ui.screen
        assert ui.play.outcomes == ()


# ------------------------------------------------------------------ forms, people
async def test_a_form_says_what_is_needed_before_aws_is_asked(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        assert "this is needed: the name in the brief" in await ui.see("2 n enter")
        assert ui.play.outcomes == ()


async def test_where_any_name_will_do_a_form_says_so_of_an_empty_one_too(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        assert "this is needed: any name of letters" in await ui.see("3 n enter")
        assert ui.play.outcomes == ()


async def test_a_refusal_stands_beside_the_field_it_names(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 n")
        screen = await ui.see_typed("no blanks please\n")
        assert "The specified value for userName is invalid" in " ".join(screen.split())
        assert refused(ui) == "ValidationError"
        assert ui.where == "FormDialog"
        assert "create-user --user-name 'no blanks please'" in screen


async def test_a_refusal_without_a_field_stands_at_the_foot(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 n")
        assert "EntityAlreadyExists" in await ui.see_typed("casey\n")


async def test_the_aws_line_grows_as_one_types(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 n")
        assert "$ aws iam create-user --user-name le" in await ui.see_typed("le")


@pytest.mark.slow
async def test_arrows_choose_among_what_exists(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await ui.press("2 down a enter")
        assert ui.app.screen.query_one(Input).value == ""
        await ui.press("down")
        assert ui.app.screen.query_one(Input).value == "Admins"
        await ui.press("enter")
        assert ui.calls == ["AddUserToGroup"]


@pytest.mark.slow
async def test_a_form_says_how_to_choose_and_what_is_known_of_each_choice(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 right a enter")
        assert "↓ chooses one, or type it" in ui.screen
        assert "casey  no group" in ui.screen
        assert "55 to choose from" in await ui.see("escape a p")
        assert "1 of 55" in await ui.see("down")


async def test_on_what_the_shop_wants_the_keys_are_of_that_and_letters_of_the_chosen_one(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        words = (await ui.see("2 down down tab tab")).splitlines()[-1].split()
        assert words[:2] == ["↑↓", "Scroll"]  # of what the policy means not all is in sight
        shown = (await ui.see("tab")).splitlines()[-1].split()
        assert shown[:2] == ["⏎", "Why"]
        assert "Add" not in shown
        assert "d does nothing here; tab goes to the list where it does" in await ui.see(
            "d"
        )
        assert ui.calls == []
        await ui.press("a")
        assert ui.where in ("PickDialog", "FormDialog")


@pytest.mark.slow
async def test_tab_goes_past_a_list_that_is_empty(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        seen = list[str | None]()
        for _ in range(3):
            await ui.press("tab")
            seen.append(ui.app.screen.focused.id if ui.app.screen.focused else None)
        assert seen == ["refusals", "picture", "jobs"]
        await ui.press("2 n")
        await ui.type("lee\n")
        await ui.press("1 tab tab")
        assert ui.app.screen.focused is not None
        assert ui.app.screen.focused.id == "today"
        await ui.press("u")
        assert ui.app.screen.focused is not None
        assert ui.app.screen.focused.id == "refusals"


async def test_a_deed_without_fields_is_asked_first(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        assert "Delete receipts of bo?" in await ui.see("2 down tab d")
        assert ui.calls == []
        assert "u takes it back" in await ui.see("d")
        assert ui.calls == ["DeleteUserPolicy"]
        assert ui.where == "PeopleScreen"


async def test_what_was_made_is_under_the_cursor(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 n")
        await ui.type("lee\n")
        assert "▸ lee" in ui.screen


async def test_a_password_is_proposed_and_shown(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down k down enter")
        field = ui.app.screen.query_one(Input)
        assert field.value.startswith("Crema-")
        assert not field.password
        await ui.press("enter")
        assert ui.calls == ["CreateLoginProfile"]


# ------------------------------------------------------------------------ editor
@pytest.mark.slow
async def test_grammar_alone_keeps_a_text_from_being_saved(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await open_editor(ui)
        await ui.press("f7")
        await ui.paste(
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Actions": "s3:*"}]}'
        )
        assert "not saved" in await ui.see("f2")
        assert ui.play.outcomes == ()
        await ui.press("f7")
        await ui.paste(
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
        )
        await ui.press("f2")
        assert ui.calls == ["CreatePolicy"]


@pytest.mark.slow
async def test_the_editor_says_what_would_change(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 down w")
        await ui.type("all\n")
        await ui.press("f7")
        await ui.paste(
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}'
        )
        screen = " ".join((await ui.see_at_rest()).split())
        assert "starts to work" in screen
        assert "stops being refused" in screen


@pytest.mark.slow
async def test_a_group_takes_one_after_the_other_whom_the_shop_means_and_then_asks_no_more(
    tmp_path: Path,
) -> None:
    file = "file://policies/receipts.json"
    async with person(tmp_path, "10") as ui:
        ui.app.run_line("aws iam create-group --group-name Cashiers")
        ui.app.run_line(
            f"aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document {file}"
        )
        assert "No one is in it yet." in await ui.see("escape 2 right down a enter")
        assert "In it: sam." in await ui.see("enter")
        assert "esc Done" in ui.screen
        await ui.press("enter enter enter")
        assert (ui.where, ui.calls[-4:]) == ("PeopleScreen", ["AddUserToGroup"] * 4)
        joined = {user.name for user in ui.play.account.users.values() if len(user.groups)}
        assert joined == {"ada", "bo", "casey", "robin", "sam"}


@pytest.mark.slow
async def test_whoever_is_put_where_the_shop_means_nobody_is_the_only_one(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        assert "In it: ada. Its policies allow everything." in await ui.see(
            "2 right a enter"
        )
        await ui.type("casey\n")
        assert (ui.where, ui.calls) == ("PeopleScreen", ["AddUserToGroup"])


async def test_enter_closes_what_is_only_to_be_read(tmp_path: Path) -> None:
    async with person(tmp_path, "03", floor=True) as ui:
        assert "DeleteConflict" in await ui.see("2 end d d")
        assert "⏎ esc Close" in ui.screen
        await ui.press("enter")
        assert ui.where == "PeopleScreen"


@pytest.mark.slow
async def test_the_arrows_go_no_further_than_the_first_and_the_last_choice(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 right a enter")
        assert "▸ bo" in await ui.see("down up up")
        assert "▸ sam" in await ui.see("down down down down down")


async def test_a_group_that_has_everybody_asks_no_more(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 right a enter enter")
        # The last one left is nobody's choice until it is made.
        assert (ui.where, ui.calls) == ("FormDialog", [])
        await ui.type("casey\n")
        assert (ui.where, ui.calls) == ("PeopleScreen", ["AddUserToGroup"])


async def test_every_row_of_a_menu_has_a_letter_of_its_own(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 down enter")
        assert "  a Add to a group" in ui.screen
        assert "  p Attach a policy" in ui.screen
        assert "▸ w Write a policy on this person" in ui.screen  # as Next says
        assert "Give a password · casey" in await ui.see("s")


async def test_what_was_removed_can_be_taken_back_and_says_so(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("colon")
        await ui.type(
            "aws iam delete-user-policy --user-name robin --policy-name receipts\n"
        )
        assert "receipts on user robin deleted; u takes it back" in await ui.see("escape")


@pytest.mark.slow
async def test_lists_end_where_they_end(tmp_path: Path) -> None:
    async with person(tmp_path, "10", (120, 40), floor=True) as ui:
        await ui.press("3")
        assert "▸ receipts on user bo" in await ui.see("up")
        assert "▸ espresso-role trust policy" in await ui.see("end down")
        await ui.press("home d d")
        assert "receipts on user bo deleted; u takes it back" in ui.screen


@pytest.mark.parametrize(
    ("name", "size"), [("10", (80, 24)), ("20", (60, 20)), ("05", (120, 40))]
)
async def test_enter_in_a_brief_turns_its_pages_and_only_then_goes_on(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    async with person(tmp_path, name, size) as ui:
        while "⏎ Read on" in ui.rows[-1]:
            assert not ui.app.screen.query_one("#story", ProsePane).max_scroll_y
            await ui.press("enter")
            assert ui.where == "BriefScreen"
        assert "⏎ A guess" in ui.rows[-1]
        await ui.press("enter")
        assert ui.where == "QuizDialog"


async def test_the_pages_of_a_brief_skip_no_check(tmp_path: Path) -> None:
    async with person(tmp_path, "C1") as ui:
        pages = [ui.screen]
        while "⏎ Read on" in ui.rows[-1]:
            pages.append(await ui.see("enter"))
        assert len(pages) > 1
        seen = " ".join(" ".join(pages).split())
        for check in ("Casey", "Must work", "Refused", "Limits", "Practice", "enrols"):
            assert check in seen
        assert await ui.see(" ".join(["left"] * len(pages))) == pages[0]


async def test_a_setting_is_lit_as_soon_as_it_is_chosen(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("comma")
        picks = ui.app.screen.query_one(RowList)
        before = picks.get_option("theme").prompt
        await ui.press("enter")
        after = picks.get_option("theme").prompt
        assert isinstance(before, JointedLine)
        assert isinstance(after, JointedLine)
        assert not before.content.is_same(after.content)


# --------------------------------------------------------------- badges and codes
async def test_both_sides_of_the_handshake_are_shown_before_the_try(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        screen = await ui.see("s")
        assert "✓ Manager trusts you · one of your policies allows it" in screen
        assert "✗ espresso-role does not trust you" in screen


async def test_a_role_is_worn_and_taken_off(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await ui.press("s down")
        await ui.press("enter")
        assert ui.calls == ["SwitchRole"]
        assert "ada ▸ Manager" in ui.screen
        await ui.press("s")
        await take(ui, "back:")
        assert ui.calls == ["SwitchRole", "SwitchBack"]
        assert "▸ Manager" not in ui.rows[0]


async def test_a_refused_role_leaves_the_dialog_open_with_awss_words(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await ui.press("s")
        screen = await take(ui, "role:espresso-role")
        assert refused(ui) == "AccessDenied"
        assert "is not authorized to" in " ".join(screen.split())
        assert ui.where == "BadgeDialog"


async def enrol(ui: Person, user: str) -> str:
    """Give a user a device by the shop's own phone; the serial."""
    await ui.press("m m")
    assert ui.where == "EnrolScreen"
    device = next(
        d for d in ui.play.account.devices.values() if d.serial.endswith(f"/{user}")
    )
    await ui.type(
        device_code(device, ui.app.sitting.now)
        + "\t"
        + device_code(device, ui.app.sitting.now, 1)
    )
    await ui.press("enter")
    return device.serial


async def test_a_form_shows_of_whom_it_is_however_long_the_name(tmp_path: Path) -> None:
    long = "a" * 64
    async with person(tmp_path, "03") as ui:
        ui.app.run_line(f"aws iam create-user --user-name {long}")
        await ui.press("escape 2")
        ui.app.screen.query_one("#list", RowList).choose(ui.play.account.users[long].id)
        shown = await ui.see("k enter")
        assert "Person             aaaaaaaa" in shown


async def test_where_the_cursor_falls_after_a_deletion_the_next_one_is_asked(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10") as ui:
        ui.app.run_line("aws iam create-user --user-name pat")
        ui.app.run_line("aws iam create-user --user-name zoe")
        await ui.press("escape 2")
        ui.app.screen.query_one("#list", RowList).choose(ui.play.account.users["pat"].id)
        assert "d Delete pat" in await ui.see("down up")
        await ui.press("d d")
        assert "pat" not in ui.play.account.users
        told = len(ui.calls)
        assert "▸ k Keep it as it is" in await ui.see("d")
        await ui.press("enter")
        assert len(ui.calls) == told


async def test_d_never_takes_away_the_thing_on_which_the_last_thing_hung(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10") as ui:
        ui.app.run_line("aws iam create-user --user-name pat")
        ui.app.run_line("aws iam create-access-key --user-name pat")
        await ui.press("escape 2")
        ui.app.screen.query_one("#list", RowList).choose(ui.play.account.users["pat"].id)
        await ui.press("tab d d")
        assert ui.calls[-1] == "DeleteAccessKey"
        assert "▸ k Keep it as it is" in await ui.see("d")
        await ui.press("k")
        assert "pat" in ui.play.account.users


async def test_a_device_is_enrolled_with_two_codes_of_the_shops_phone(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down")
        serial = await enrol(ui, "bo")
        assert ui.calls == ["CreateVirtualMFADevice", "EnableMFADevice"]
        assert ui.play.account.devices[serial].enabled
        assert "MFA" in ui.screen


async def test_next_leads_on_from_a_list_in_which_nothing_stands_yet(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "02", floor=True) as ui:
        await ui.press("2 right")
        assert "No groups: n creates one" in ui.screen
        assert "←  to Users, then n hires" in ui.screen


# ------------------------------------------------------------------------ console
async def test_the_console_answers_as_the_cli_does(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws iam get-user --user-name nobody\n")
        assert (
            "An error occurred (NoSuchEntity) when calling the GetUser operation"
            in " ".join(ui.screen.replace("┃", "").split())
        )
        await ui.type("aws iam creat-user\n")
        assert "create-user" in ui.screen
        assert ui.calls == ["GetUser"]


async def test_help_in_the_console_lists_the_calls_of_the_scenario(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("colon colon")
        assert "aws iam attach-user-policy --user-name NAME" in await ui.see_typed("help\n")
        assert ui.play.outcomes == ()


@pytest.mark.slow
async def test_a_line_is_recalled_by_how_it_begins(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws iam list-users\naws iam list-groups\n")
        await ui.type("aws iam list-u")
        await ui.press("up")
        assert ui.app.screen.query_one(Input).value == "aws iam list-users"
    async with person(tmp_path, "05") as ui:
        await ui.press("colon up")
        assert ui.app.screen.query_one(Input).value == "aws iam list-groups"


async def test_a_colon_takes_the_whole_height(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("colon colon")
        assert "Console" in ui.rows[0]


async def test_tab_shows_what_may_follow(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("colon")
        assert "list-role-tags" in await ui.see_typed("aws iam list-ro\t")
        assert ui.app.screen.query_one(Input).value == "aws iam list-role"


# ------------------------------------------------------- grade, hints, help, look
async def test_hints_come_one_rung_at_a_time(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("g")
        assert "c gives hint 1 of" in await ui.see_at_rest()
        assert "Hint 1" in await ui.see("c")
        assert "Hint 2" in await ui.see("c")


@pytest.mark.slow
async def test_what_stands_before_a_star_is_not_counted_and_slips_stand_apart(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", (120, 40), floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws iam add-user-to-group --group-name Admins --user-name ca\n")
        await ui.press("escape g")
        screen = await ui.see_at_rest()
        assert "━ Before star 1" in screen  # what follows it may be more than one thing
        assert "Along the way" in screen
        assert "· AddUserToGroup" in screen


async def test_the_result_is_kept_for_the_shelf(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("g")
        await ui.rest()
        assert ui.app.player.progress.best_results()["05-receipts-drawer"].tries == 1


@pytest.mark.slow
async def test_settings_show_at_once_and_are_kept(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("comma enter down enter down down enter down enter escape")
        assert ui.app.theme == "latte"
        assert "x  Casey lists the receipts" in ui.screen
        assert "Next" not in ui.screen.split("Policies")[0].splitlines()[-1]
    async with person(tmp_path, "05") as ui:
        assert ui.app.theme == "latte"
        assert ui.app.settings["picture"] == "words"


async def test_arrows_take_the_next_value_and_the_one_before(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("comma right right left")
        assert ui.app.theme == "latte"
        await ui.press("left left")
        assert ui.app.theme == "high-contrast"


async def test_help_names_every_key_of_the_screen(tmp_path: Path) -> None:
    async with person(tmp_path, "05", (120, 40), floor=True) as ui:
        screen = await ui.see("question_mark")
        assert "The shop is a picture of the account" in screen
        assert all(
            row.help[:30] in screen
            for row in [row for row in ACTIONS.values() if row.name != "cause"][:10]
        )


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "left"), [("k", ["CreateGroup"]), ("y", [])])
async def test_the_palette_begins_again_after_a_question(
    tmp_path: Path, answer: str, left: list[str]
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws iam create-group --group-name Cashiers\n")
        await ui.press("escape full_stop")
        await ui.type("begin again")
        await ui.press("enter")
        while "Begin again?" not in ui.screen:
            await ui.pilot.pause()
        assert "without its 1 act. Its stars" in ui.screen
        await ui.press(answer)
        while "Begin again?" in ui.screen:
            await ui.pilot.pause()
        assert ui.calls == left


async def test_the_palette_runs_an_action_by_name(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("full_stop")
        await ui.type("grade")
        await ui.press("enter")
        assert ui.where == "GradeScreen"


async def test_every_key_row_fits_eighty_columns_whole(tmp_path: Path) -> None:
    async with person(tmp_path, "05") as ui:
        for keys in ("", "2", "3", "y", "r", "g", "b", "2 n", "s", "colon", "comma"):
            await ui.go_back()
            await ui.press(keys)
            listed = getattr(ui.app.screen, "KEYS", ()) or ui.app.screen.keys  # pyright: ignore
            wide = ("access", "badge", "lesson")  # the shop names them where there is room
            listed = [row for row in listed if row not in wide]
            last = (
                [row for row in listed if not isinstance(row, str)][-1][1]
                if not isinstance(listed[-1], str)
                else ACTIONS[listed[-1]].word
            )
            assert any(f" {last} " in row for row in ui.rows), keys


def test_each_action_has_a_plain_key_of_its_own() -> None:
    keys = [key for row in ACTIONS.values() for key in row.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert all(
        any(not key.startswith("ctrl") for key in row.keys.split(",")) or row.name == "quit"
        for row in ACTIONS.values()
    )


@pytest.mark.slow
async def test_enter_takes_the_choice_under_the_cursor_and_an_empty_field_keeps_its_list(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 right a enter enter")
        assert "this is needed" in ui.screen
        assert "casey" in ui.screen
        assert "▸ casey" in await ui.see_typed("ca")
        assert "casey member" in await ui.see("enter")
        await ui.press("a enter")
        assert (
            "NoSuchEntity: The user with name zoe cannot be found."
            in await ui.see_typed("zoe\n")
        )


async def test_a_note_that_comes_up_after_its_time_asks_for_no_timer_that_runs_backwards(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05") as ui:
        ui.app.show_note("Late", "as on a busy machine")
        await ui.pilot.pause()
        (note,) = ui.app._notifications  # pyright: ignore[reportPrivateUsage]  # no public door
        assert (note.message, note.has_expired) == ("as on a busy machine", False)
        note.raised_at -= 60
        assert note.has_expired
        assert note.time_left > 0


async def test_in_an_account_of_ones_own_nothing_is_asked_and_no_stars_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path))
    details = tmp_path / "details.json"
    details.write_text(
        export_details(
            new_account("111122223333", b"", AT, "owner@shop.example", "Espresso-Doppio-7")
        )
    )
    assert (
        CliRunner().invoke(group, ["import", str(details), "--as", "acme"]).exit_code == 0
    )
    async with person(tmp_path, str(tmp_path / "accounts" / "acme"), (120, 40)) as ui:
        assert "There are no tasks here. Look around" in await ui.see_at_rest()
        await ui.press("g")
        shown = await ui.see_at_rest()
        assert "Nothing is asked here, so there are" in shown
        assert "★" not in shown
        assert "Three stars" not in shown


async def test_the_shelf_reads_a_story_once_as_long_as_nothing_else_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(
        home, "told_story", lambda id, *given: read.append(id) or told_story(id, *given)
    )
    async with person(tmp_path, size=(120, 40)) as ui:
        await ui.press("right left right left")
        await ui.resize(120, 40)
        assert len(read) == len(set(read)) == 2


@pytest.mark.parametrize("key", ["1", "2"])
async def test_a_screen_that_is_shown_again_is_laid_out_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    laid_out: list[object] = []
    lay_out = Compositor.reflow

    def counted(self: Compositor, parent: Widget, size: Size) -> object:
        laid_out.append(parent)
        return lay_out(self, parent, size)

    monkeypatch.setattr(Compositor, "reflow", counted)
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("1 2 3")
        laid_out.clear()
        await ui.press(key)
        assert laid_out.count(ui.app.screen) == 1


async def test_a_screen_that_was_shown_before_is_not_styled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    styled: list[object] = []
    style = Screen.update_node_styles

    def counted(self: Screen[object], animate: bool = True) -> None:
        styled.append(self)
        style(self, animate)

    monkeypatch.setattr(Screen, "update_node_styles", counted)
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("?")
        styled.clear()
        await ui.press("escape")
        assert (ui.where, styled) == ("ShopScreen", [])
        await ui.press("2 1")
        styled.clear()
        await ui.press("2")
        assert (ui.where, styled) == ("PeopleScreen", [])


def test_what_is_dimmed_below_a_box_is_what_textual_dims() -> None:
    looks = [
        Style(color=f"rgb({9 * n},9,9)", bgcolor="blue", bold=n % 2 == 0, link="x")
        for n in range(9)
    ]
    segments = [Segment("ab", look) for look in (*looks, *looks)] + [
        Segment("x"),
        Segment.line(),
    ]
    for colour in (Color(10, 20, 30, 0.6), Color(0, 0, 0, 0)):
        dimmed = BackgroundScreen.process_segments(segments, colour)
        assert [dimmed_style(segment.style, colour) for segment in segments] == [
            segment.style for segment in dimmed
        ]


async def test_a_box_dims_each_cell_of_the_screen_below_and_keeps_its_text(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", (120, 40), floor=True) as ui:
        floor = [strip.text for strip in ui.app.screen._compositor.render_strips()]
        await ui.press("?")
        box = ui.app.screen
        strips = box.render_lines(box.size.region)
        columns = slice(0, 20)  # left of the box
        assert [strip.text[columns] for strip in strips][:30] == [
            row[columns] for row in floor
        ][:30]


async def test_a_wide_shelf_is_laid_out_once_when_the_program_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    show = home.HomeScreen._story_beginning

    def counted(self: home.HomeScreen, id: str) -> object:
        shown.append(id)
        return show(self, id)

    monkeypatch.setattr(home.HomeScreen, "_story_beginning", counted)
    async with person(tmp_path, size=(120, 40)) as ui:
        await ui.rest()
        about = ui.app.screen_stack[0].query_one("#cup")
        assert not about.styles.inline.has_rule("height")
        assert not about.styles.inline.has_rule("display")
        assert len(shown) <= 2  # before and after the first layout


async def test_the_lists_of_the_floor_say_what_the_worst_mark_in_them_means(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10") as ui:
        floor = await ui.see("escape")
        assert "Must work 6 of 8 ✗ stuck" in floor
        assert "Must be refused 0 of 1 ◆ leaks" in floor
    async with person(tmp_path, "05") as ui:
        assert "Must be refused 2 of 2─" in await ui.see("escape")


async def test_what_the_marks_mean_stands_behind_the_checks_or_in_the_help(
    tmp_path: Path,
) -> None:
    meaning = "◆ allowed, and must be refused"
    async with person(tmp_path, "00", (120, 40)) as ui:
        assert meaning in ui.screen
    async with person(tmp_path, "00") as ui:
        assert meaning not in ui.screen  # a short window leaves it to the help
        assert "◆  allowed, and it must be refused" in await ui.see("question_mark end")


async def test_a_badge_called_after_the_console_says_what_that_is(tmp_path: Path) -> None:
    async with person(tmp_path, "02", floor=True) as ui:
        assert "root@console  signed in at AWS's console, with MFA" in await ui.see("s")


async def test_a_key_of_the_shelf_that_cannot_do_anything_says_why(tmp_path: Path) -> None:
    async with person(tmp_path) as ui:
        await ui.press("escape")
        assert "No question waits now." in await ui.see("m")
        assert "This is the whole shelf" in await ui.see("escape")


async def test_the_key_of_the_screen_that_is_shown_says_so(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        for key in "12345":
            await ui.press(key)
            assert "you are on that screen already" in await ui.see(key)


async def test_a_notice_about_a_key_goes_with_the_next_key(tmp_path: Path) -> None:
    async with person(tmp_path, "00", floor=True) as ui:
        await ui.press("g")
        assert "⏎ does nothing here" in await ui.see("enter")
        assert "does nothing here" not in await ui.see("escape")
        assert "you are on that screen already" in await ui.see("1")
        assert "you are on that screen already" not in await ui.see("down")


async def test_a_key_that_leads_back_to_the_list_is_not_told_that_it_did_nothing(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "03") as ui:
        for moves in ("tab", "right"):
            await ui.press("escape 2")
            await ui.press(moves)
            assert "you are on that screen already" not in await ui.see("2"), moves
            assert "you are on that screen already" in await ui.see("2"), moves


WORRY = (
    "aws iam put-user-policy --user-name robin --policy-name worry --policy-document "
    """'{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:ListBucket", """
    """"Resource": "arn:aws:s3:::coffeeshop-payroll"}}'"""
)


async def test_no_hint_is_promised_where_all_for_a_finding_are_read(tmp_path: Path) -> None:
    async with person(tmp_path, "04") as ui:
        ui.app.run_line("aws iam add-user-to-group --group-name Cashiers --user-name casey")
        ui.app.run_line(WORRY)
        await ui.rest()
        await ui.press("escape g")
        await ui.rest()
        assert "c  gives a hint" in await ui.see("c")
        used = await ui.see("c c")
        assert "no further hint" not in used
        assert "gives a hint" not in used
        assert "there's no further hint for this finding" in await ui.see("c")


async def test_the_palette_finds_what_can_be_created_by_its_usual_words(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "33") as ui:
        for words in ("create", "provider", "oidc", "kms", "key"):
            await ui.go_back()
            await ui.press("full_stop")
            await ui.type(words)
            shown = ui.screen
            assert "Create an OIDC provider" in shown or "Create a KMS key" in shown, words


async def test_the_palette_opens_the_form_of_what_it_creates(tmp_path: Path) -> None:
    async with person(tmp_path, "33", floor=True) as ui:
        await ui.press("full_stop")
        await ui.type("kms createkey")
        await ui.press("enter")
        assert "$ aws kms create-key" in ui.screen
        await ui.type("menus\n")
        assert "$ aws kms create-alias" in ui.screen, (
            "a key without an alias is hard to find"
        )
        await ui.type("menus\n")
        assert ui.calls[-2:] == ["CreateKey", "CreateAlias"]
        assert "alias/menus enabled" in ui.screen
        assert ui.where == "PoliciesScreen"


async def test_a_provider_is_made_by_the_keys_that_next_names(tmp_path: Path) -> None:
    async with person(tmp_path, "33", floor=True) as ui:
        assert "← Providers, n makes one" in " ".join(ui.screen.split())
        await ui.press("2 left n enter")
        assert "$ aws iam create-open-id-connect-provider" in ui.screen
        await ui.press("down down tab")
        await ui.type("sts.amazonaws.com\n")
        assert ui.calls == ["CreateOpenIDConnectProvider"]
        (provider,) = ui.play.account.oidc_providers.values()
        assert provider.client_ids == ("sts.amazonaws.com",)
        assert "there is no MenuDeploy role yet" in " ".join(ui.screen.split())
        await ui.press("left n")
        await ui.type("MenuDeploy\n")
        assert '"Federated": ""' in ui.screen
        assert "sts:AssumeRoleWithWebIdentity" in ui.screen
