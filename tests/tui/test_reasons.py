"""What stands beside a cursor is about the thing under it, and about nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.content import Content

from coffeeshop.account.model import Call
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.tui.screens.things import ThingsScreen
from coffeeshop.tui.screens.why import WhyScreen
from coffeeshop.tui.theme import PALETTES
from coffeeshop.tui.widgets.bars import NextBox, star_content
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.deed import Deed
from coffeeshop.views.step import EXPLAIN_DEED, Step
from coffeeshop.views.things.items import shown_policies
from tests.examples import pairs
from tests.tui.driver import Person, person
from tests.views.plays import LOOSE, TRUSTED
from tools.gallery import prepare

pytestmark = pytest.mark.slow
TWO_VERSIONS = """
aws iam create-policy --policy-name Receipts --policy-document '{"Version":"2012-10-17","Statement":{"Sid":"Old","Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}'
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --policy-document '{"Version":"2012-10-17","Statement":{"Sid":"New","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'
aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/Receipts
aws iam put-user-policy --user-name casey --policy-name Own --policy-document '{"Version":"2012-10-17","Statement":{"Sid":"Mine","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'
"""


ONE_ACTION = '"Sid":"New","Effect":"Allow","Action":"s3:GetObject"'
BOTH_ACTIONS = ONE_ACTION.replace('"s3:GetObject"', '["s3:GetObject","s3:ListBucket"]')


def keep(folder: Path, name: str, script: str, graded: bool = False) -> None:
    progress = Progress(folder / "casey.sqlite3")
    prepare(progress, name, script, graded)
    progress.close()


def at(ui: Person) -> int | None:
    return ui.app.screen.query_one("#list", RowList).highlighted


def title(ui: Person, pane: str) -> str:
    shown = ui.app.screen.query_one(pane, ProsePane)
    told = Content.from_markup(shown.border_title or "").plain if shown.display else ""
    return told.partition("  tab ↓")[0]


async def test_why_shows_the_policy_of_the_step_under_the_cursor(tmp_path: Path) -> None:
    keep(tmp_path, "15", "solution")
    async with person(tmp_path, "15") as ui:
        await ui.press("y")
        assert title(ui, "#cited") == "Policy: sales of role Cashier"
        assert "dynamodb:PutItem" in ui.screen
        await ui.press("home")
        assert title(ui, "#cited") == "Policy: stations of group Baristas"


async def test_why_shows_no_policy_of_another_step(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await ui.press("tab down down y")
        assert title(ui, "#cited") == "Policy: trust policy"
        await ui.press("down down down")
        assert title(ui, "#cited") == "Policy"
        assert "No policy is involved in this step" in ui.screen


async def test_the_words_below_are_those_of_the_policy_under_the_cursor(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "05", TWO_VERSIONS)
    async with person(tmp_path, "05", (120, 40)) as ui:
        await ui.press("2 down")
        assert title(ui, "#reads") == "Own in plain words"
        await ui.press("tab down")
        assert title(ui, "#reads") == "Receipts in plain words"
        assert "(Old)" in ui.screen


@pytest.mark.parametrize(("name", "tab"), pairs(["11", "15", "C2"], [0, 1, 2]))
async def test_the_words_below_are_about_the_row_that_has_the_cursor(
    tmp_path: Path, name: str, tab: int
) -> None:
    async with person(tmp_path, name, (120, 40)) as ui:
        await ui.press(" ".join(["escape", "2", *["right"] * tab]))
        shown = ui.app.screen
        assert isinstance(shown, ThingsScreen)
        for _ in shown.items:
            assert_about(ui, shown)
            await ui.press("tab")
            for _ in shown.attached:
                assert_about(ui, shown)
                await ui.press("down")
            await ui.press("shift+tab down")


def assert_about(ui: Person, shown: ThingsScreen) -> None:
    """The pane is gone, or of the policy under the cursor, or of one on the group that is under it."""
    hung, said = shown.chosen_item("attached"), title(ui, "#reads")
    read = shown_policies(ui.play.account, hung) if hung else ()
    assert bool(said) is bool(read)
    if hung and read:
        whose = "" if read[0] is hung else f" of {hung.row.word}"
        assert said.startswith(f"{read[0].row.word}{whose} in plain words")


BACK = "".join(
    f"aws iam set-default-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --version-id {id}\n"
    for id in ("v2", "v1")
)


async def test_a_version_that_was_never_the_default_is_where_tab_leads(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "05", TWO_VERSIONS.replace(ONE_ACTION, BOTH_ACTIONS))
    async with person(tmp_path, "05", (120, 40)) as ui:
        assert "Version v2 of the policy “Receipts” isn't the default" in await ui.see("3")
        assert "(New)" in await ui.see("tab")
        assert title(ui, "#reads") == "v2 in plain words"


async def test_a_policy_is_read_in_its_version_in_force_until_another_is_chosen(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "05", TWO_VERSIONS + BACK)
    async with person(tmp_path, "05", (120, 40)) as ui:
        assert "(Old)" in await ui.see("3")
        await ui.press("tab")
        assert title(ui, "#reads") == ""
        assert "(New)" in await ui.see("down")
        assert title(ui, "#reads") == "v2 in plain words"


async def test_why_names_the_action_before_the_role_exists(tmp_path: Path) -> None:
    async with person(tmp_path, "15", (120, 40), floor=True) as ui:
        await ui.press("y")
        assert "Not reached" in ui.screen
        assert "dynamodb:PutItem" in ui.screen


async def test_the_bay_under_the_cursor_is_told_whole_and_today_comes_back(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "15") as ui:
        assert "─Today" in await ui.see("escape")
        await ui.press("shift+tab right right right")
        assert (
            "Door 3 jobs wait. waits: Bo, as Cashier, records sales in Register"
            in ui.screen
        )
        assert "─Today" not in ui.screen
        assert "─Today" in await ui.see("tab")


async def test_a_bay_explains_its_worst_job_or_refusal(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await ui.press("shift+tab home enter")
        assert ui.where == "WhyScreen"
        assert "✗ doesn't work: Bo, as Cashier, records sales in Register" in ui.screen


async def test_the_policy_beside_a_reason_is_that_of_the_step_under_the_cursor(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "15", TRUSTED)
    async with person(tmp_path, "15", (120, 40)) as ui:
        await ui.press("y")
        assert title(ui, "#cited") == "Policy: trust policy"
        assert "delegates: it names the account" in ui.screen
        assert "No policy is involved in this step" in await ui.see("down down down")
        assert "esc  goes back" not in ui.screen


async def test_where_nothing_refused_a_call_what_aws_answers_comes_first(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "18", floor=True) as ui:
        await ui.press("shift+tab y")
        assert (
            "▸ The CLI prints: aws: [ERROR]: An error occurred (ValidationError)"
            in ui.screen
        )


async def test_the_shop_is_entered_at_the_line_of_which_next_speaks(tmp_path: Path) -> None:
    async with person(tmp_path, "08", floor=True) as ui:
        assert "◆ allowed, but must be refused: Casey shreds a receipt" in await ui.see("y")


async def test_a_leak_is_titled_by_what_the_shop_wants(tmp_path: Path) -> None:
    async with person(tmp_path, "10", (120, 40), floor=True) as ui:
        await ui.press("tab y")
        assert "◆ allowed, but must be refused: Robin shreds a receipt" in ui.screen
        assert "▸ ◆ allowed Statement “Open” of policy “receipts”" in ui.screen


async def test_three_stars_are_seen_at_once_wherever_one_is(tmp_path: Path) -> None:
    keep(tmp_path, "05", "solution")
    async with person(tmp_path, "05") as ui:
        await ui.press("2")
        assert "Three stars!" in await ui.see_at_rest()
        box = ui.app.screen.query_one(NextBox)
        assert box.styles.border_top[1].hex.lower() == PALETTES["dark-roast"].ok
        await ui.press("u")
        assert box.styles.border_top[1].hex.lower() != PALETTES["dark-roast"].ok


def test_stars_that_are_won_stand_out_from_those_that_are_not() -> None:
    looks = [
        [str(span.style) for span in star_content(stars).spans if span.start < span.end]
        for stars in ("☆☆☆", "★☆☆", "★★★", "**-")
    ]
    none, one, three, ascii = looks
    assert none == ["$text-muted"]
    assert one == ascii == ["bold $accent", "$text-muted"]
    assert three == ["bold $text-success"]


async def test_a_full_receipt_names_the_next_scenario_and_n_opens_it(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "05", "solution")
    async with person(tmp_path, "05", (120, 40)) as ui:
        await ui.rest()
        await ui.press("g")
        await ui.rest()
        said = re.search(r"The next scenario is (.+):   n  opens it", ui.screen)
        assert said is not None
        assert "n Next scenario" in ui.rows[-1]
        await ui.press("n")
        assert ui.play.scenario.title == said[1] != "The receipts drawer"


async def test_next_names_no_key_that_leads_to_where_one_is(tmp_path: Path) -> None:
    drawer = "aws iam put-user-policy --user-name casey --policy-name p --policy-document file://policies/things-in-the-drawer.json"
    keep(tmp_path, "05", drawer)
    async with person(tmp_path, "05", (120, 40)) as ui:
        assert " y  says why" in ui.screen
        assert " 2  People, Users, on casey: tab to p, e edits it" in await ui.see("y")
        await ui.press("escape g")
        assert " 1  the shop: there y says why" in await ui.see_at_rest()


async def test_next_on_a_reason_leads_out_or_on_wherever_y_would_explain_nothing_new(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", (120, 40), floor=True) as ui:
        explained, other, *_ = ui.app.sitting.tickets
        ui.app.push_screen(WhyScreen(explained))
        await ui.rest()
        screen = ui.app.screen
        assert isinstance(screen, WhyScreen)
        step = Step("It is so.", replace(EXPLAIN_DEED, then=Deed("c", "gives a hint")))
        for want in ("", "no-such-want", explained.want.id):
            shown_deed = screen.step_here(replace(step, want=want)).deed
            assert (shown_deed.key, shown_deed.text) == ("esc", "goes back, c gives a hint")
        assert screen.step_here(replace(step, want=other.want.id)).key == "y"


async def test_y_explains_what_next_speaks_of_where_the_cursor_is_on_no_decision(
    tmp_path: Path,
) -> None:
    joined = "".join(
        f"aws iam add-user-to-group --group-name Cashiers --user-name {who}\n"
        for who in ("casey", "sam")
    )
    keep(tmp_path, "10", LOOSE + joined)
    async with person(tmp_path, "10", (120, 40)) as ui:
        for keys in ("2", "right"):
            assert "is still allowed" in await ui.see(keys)
            assert "and ⏎ choose" in ui.screen
        for keys in ("y", "escape 3 y"):
            await ui.press(keys)
            assert isinstance(screen := ui.app.screen, WhyScreen)
            assert isinstance(screen.about, Ticket)
            assert screen.about.mark is Mark.LEAK
        assert "on that line" not in await ui.see("escape 2 down down tab tab")


async def test_a_reason_follows_the_play(tmp_path: Path) -> None:
    async with person(tmp_path, "05", (120, 40), floor=True) as ui:
        assert "✗ doesn't work: Casey lists" in await ui.see("y")
        text = ui.play.scenario.text("policies/receipts.json")
        names = {"UserName": "casey", "PolicyName": "receipts"}
        ui.app.do(Call("iam", "PutUserPolicy", {**names, "PolicyDocument": text}))
        assert "✓ works: Casey lists" in await ui.see_at_rest()
        assert "✗ doesn't work: Casey lists" in await ui.see("u")


async def test_a_key_of_a_mode_leads_to_its_own_screen_whatever_was_open_on_it(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "10", "")
    async with person(tmp_path, "10", (120, 40), floor=True) as ui:
        await ui.press("y")
        assert ui.where == "WhyScreen"
        await ui.press("2 1")
        assert ui.where == "ShopScreen"
        await ui.press("2 g 1 2")
        assert ui.where == "PeopleScreen"
        await ui.press("g 1 2 escape")
        assert ui.where == "ShopScreen"


async def test_a_text_that_was_begun_is_kept_when_a_mode_is_chosen_over_it(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "10", "")
    async with person(tmp_path, "10", (120, 40), floor=True) as ui:
        await ui.press("3 enter")
        assert ui.where == "EditorScreen"
        await ui.type("x")
        ui.app.action_go("people")
        await ui.rest()
        assert ui.where == "PeopleScreen"
        await ui.press("3")
        assert "not saved" in await ui.see("enter")
        # A text that was kept is a change, and can be taken back.
        assert "not saved" not in await ui.see("ctrl+z")


async def test_each_list_of_people_keeps_its_own_cursor(tmp_path: Path) -> None:
    keep(tmp_path, "15", "")
    async with person(tmp_path, "15", (120, 40)) as ui:
        await ui.press("2 down down")
        assert at(ui) == 2
        await ui.press("right")
        assert at(ui) == 1  # past the administrators
        await ui.press("up left")
        assert at(ui) == 2
        await ui.press("right")
        assert at(ui) == 0


async def test_a_list_in_which_nothing_is_left_has_no_cursor_to_go_back_to(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "10", "")
    async with person(tmp_path, "10", (120, 40)) as ui:
        await ui.press("2 slash z z enter right left right")
        assert ui.where == "PeopleScreen"


async def test_what_is_taken_back_under_the_cursor_is_not_looked_for(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "10", LOOSE)
    async with person(tmp_path, "10", (120, 40)) as ui:
        await ui.press("tab tab end u u u")
        assert ui.where == "ShopScreen"
        assert "opens “Make a group”" in ui.screen  # the opening, without lists
        assert "Today" not in ui.screen


async def test_next_says_where_y_is_to_be_pressed_as_the_cursor_moves(
    tmp_path: Path,
) -> None:
    drawer = "aws iam put-user-policy --user-name casey --policy-name p --policy-document file://policies/things-in-the-drawer.json"
    keep(tmp_path, "05", drawer)
    async with person(tmp_path, "05", (120, 40)) as ui:
        assert " y  says why" in ui.screen
        assert " y  on that line says why" in await ui.see("tab")
        assert " y  says why" in await ui.see("shift+tab")


async def test_an_address_longer_than_a_line_breaks_behind_a_slash(tmp_path: Path) -> None:
    keep(tmp_path, "15", "solution")
    async with person(tmp_path, "15", (120, 40)) as ui:
        await ui.rest()
        await ui.press("g")
        await ui.rest()
        assert "/latest/UserGuide/ " in await ui.see("pagedown")


async def test_a_job_is_told_whole_on_a_wide_floor_and_a_refusal_of_aws_too(
    tmp_path: Path,
) -> None:
    keep(
        tmp_path,
        "15",
        "aws iam attach-user-policy --user-name zoe --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess",
    )
    async with person(tmp_path, "15", (120, 40)) as ui:
        await ui.rest()
        jobs = " ".join(row[81:119].strip(" ┃│▸") for row in ui.rows[2:11])
        assert "Bo, as Cashier, records sales in Register" in " ".join(jobs.split())
        assert "✗ NoSuchEntity" in ui.screen


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_the_key_of_next_is_seen_however_long_its_sentence_is(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(
        tmp_path, "07", size
    ) as ui:  # a leak of one of AWS's own policies, by which a job is done
        assert "w writes one" in " ".join((await ui.see("escape")).split())


async def test_a_refusal_that_holds_because_nobody_can_ask_names_no_way_to_ask(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "02", (120, 40), floor=True) as ui:
        missing = next(
            ticket
            for ticket in ui.app.sitting.tickets
            if ticket.missing and ticket.want.mode is Mode.NEVER
        )
        ui.app.push_screen(WhyScreen(missing))
        screen = await ui.see_at_rest()
        assert "there is no user ada" in screen
        assert "no one can make this one yet" not in screen


async def test_a_key_that_the_row_lacks_has_nothing_to_do_there(tmp_path: Path) -> None:
    """An empty list has no menu, and one pane alone has no other to go to."""
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 slash z z z enter")
        assert "Menu" not in ui.rows[-1]
        await ui.press("escape")
        ui.app.run_line("aws iam create-user --user-name zoe")
        assert "▸ zoe" in await ui.see("end")
        assert "Menu" in ui.rows[-1]
        assert "Panes" not in ui.rows[-1]


async def test_tab_leads_from_the_steps_to_the_request_and_the_policy(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", (200, 100)) as ui:
        await ui.press("r enter")
        focused = list[str | None]()
        for _ in range(3):
            await ui.press("tab")
            focused.append(ui.app.focused.id if ui.app.focused else None)
        assert focused == ["request", "cited", "steps"]
