"""What somebody typed is data: the safe constructs, and the rule that nothing else reaches the screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from textual.widgets import Input, TextArea

import coffeeshop.tui
from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.iam_resources import Group, User
from coffeeshop.account.model import Account, Act, Call, Key
from coffeeshop.harmless import is_harmless, show_as_pictures, show_on_one_line
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.teaching.glossary import glossary
from coffeeshop.policy.validation.issues import issue_table
from coffeeshop.tui.text import line, plain, row, sentence_content
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.views.rows import Row
from coffeeshop.views.text import bare
from tests.examples import choose_cases, share_cases
from tests.tables import each_row
from tests.tui.driver import Person, person

HOSTILE = (
    "[/]", "[red]x", "[@click=app.bell]x[/]", "[", "[b", "$accent", "\x1b]0;title\x07", "\x1b[31mred", "\u202edlrow", "a\u0301\u0301\u0301",
    "漢" * 64, "", "line\nfeed", "\ttab", "\u200b\u2028zero", "\ud800", "\x9b31m",
)  # fmt: skip


@each_row((text,) for text in HOSTILE)
def test_a_hostile_text_is_shown_as_characters(text: str) -> None:
    shown = plain(text).plain
    assert not any(
        (ord(char) < 0x20 and char != "\n")
        or 0x7F <= ord(char) < 0xA0
        or char in "\u202e\u200b\u2028\ud800"
        for char in shown
    )
    assert line((text, "bold"), text).plain == show_as_pictures(text) * 2
    assert row(Row(text)).plain == show_on_one_line(text)
    assert "\n" not in show_on_one_line(text)


def test_what_a_sentence_sets_off_is_coloured_and_what_was_typed_keeps_its_backticks() -> (
    None
):
    assert (
        sentence_content("write it as `s3:*`; or `a b`").plain == "write it as s3:*; or a b"
    )
    assert sentence_content("there is no action `a`b`").plain == "there is no action `a`b`"
    assert sentence_content("`[red]`, `$accent`").plain == "[red], $accent"


@each_row((text,) for issue in issue_table().values() for text in (issue.text, issue.mend))
def test_no_problem_shows_the_backticks_by_which_it_sets_off_names(sentence: str) -> None:
    assert "`" not in sentence_content(sentence).plain


def test_no_word_of_the_glossary_shows_marks_of_code() -> None:
    texts = {term.name: f"{term.says}{bare(term.example)}" for term in glossary().terms}
    assert [name for name, text in texts.items() if "`" in text] == []


def test_what_is_plain_stays_as_it_is() -> None:
    assert (
        show_as_pictures("Casey lists the receipts, ünïcödé [ok] $x")
        == "Casey lists the receipts, ünïcödé [ok] $x"
    )


def cursed(account: Account, name: str) -> Account:
    """The account with a user of that name, whom no call could have made."""
    ada = account.users["ada"]
    return account.put(
        User(
            "AIDAHOSTILE000000000",
            name,
            "/",
            ada.created,
            attached=(f"arn:aws:iam::aws:policy/{name}",),
        )
    )


async def begin(ui: Person, name: str) -> None:
    """A play in which everything that can be named is named so."""
    folder = find("10")
    scenario = load(folder)
    wants = tuple(replace(want, say=f"{name} {want.say}", by=()) for want in scenario.wants)
    told = replace(
        scenario,
        title=name,
        story=f"{name}\n\n{name}",
        debrief=name,
        objective=name,
        wants=wants,
        opening=cursed(scenario.opening, name),
    )
    play = Play(told)
    ui.app.player._make_sitting(play)
    ui.app.begin()
    ui.app.switch_mode("shop")
    await ui.pilot.pause()
    await ui.press("b")
    await ui.read_on()
    await ui.press("enter")  # before the first act
    assert ui.where == "QuizDialog"
    assert {cell_len(text) for text in ui.rows} == {ui.app.size.width}
    await ui.press("a y escape escape")
    policy = Call(
        "iam",
        "PutUserPolicy",
        {
            "UserName": "sam",
            "PolicyName": "p",
            "PolicyDocument": f'{{"Statement": "{name}"',
        },
    )
    for call in (
        Call("iam", "CreateUser", {"UserName": name}),
        policy,
        Call("iam", name, {name: name}),
    ):
        play = play.do(Act(play.now, find_caller(play.account, scenario.desk[0]), call))
    play = play.do(Act(play.now, Key(name), Call("sts", "GetCallerIdentity")))
    last = play.outcomes[-1]
    # Of which Next speaks: it is new, and grants nothing.
    group = Group("AGPAHOSTILE000000000", name, "/", play.now)
    play = replace(
        play, outcomes=(*play.outcomes[:-1], replace(last, account=last.account.put(group)))
    )
    ui.app.player._make_sitting(play)
    ui.app.begin()
    ui.app.switch_mode("shop")
    await ui.pilot.pause()


TOUR = (
    "tab tab tab y down escape b escape 2 tab escape 2 enter escape n escape slash escape right right 3 enter "
    "down down down down down down f9 escape f4 f8 escape 1 r y escape escape g p c escape x down down escape s escape "
    "colon escape full_stop escape question_mark escape comma escape l right left escape W escape u U"
)
SEEN = {
    *(
        "ShopScreen",
        "WhyScreen",
        "BriefScreen",
        "PeopleScreen",
        "PickDialog",
        "FormDialog",
        "PoliciesScreen",
    ),
    *(
        "EditorScreen",
        "TicketsScreen",
        "GradeScreen",
        "BadgeDialog",
        "ConsoleScreen",
        "HelpScreen",
        "SettingsScreen",
    ),
    *("LessonScreen", "WordsDialog"),
}


# By day an empty name, and one that holds all the others.
NAMES = ("[/]", "[", "漢" * 64, " ".join(HOSTILE), "")
SIZES = ((80, 24), (120, 40))
DRAWN = choose_cases(zip(SIZES, NAMES[3:], strict=True), product(SIZES, NAMES))


@pytest.mark.slow
@pytest.mark.parametrize(("size", "name"), DRAWN, ids=ascii)
async def test_hostile_names_end_no_screen_and_widen_no_row(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    async with person(tmp_path, size=size) as ui:
        await begin(ui, name)
        assert "grants nothing yet:" in ui.screen
        assert "w writes its policy" in ui.screen
        seen = set[str]()
        for key in TOUR.split():
            await ui.press(key)
            seen.add(ui.where)
            assert [cell_len(text) for text in ui.rows] == [size[0]] * size[1]
            assert not any(char in ui.screen for char in "\x1b\x07\u202e\u200b\u2028\x9b")
        assert seen >= SEEN


@pytest.mark.slow
@pytest.mark.parametrize(
    ("opening", "words"), share_cases(["2 slash", "3 slash", "full_stop"], HOSTILE)
)
async def test_hostile_words_are_looked_for_as_they_are(
    tmp_path: Path, opening: str, words: list[str]
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press(f"{opening}")
        for text in words:
            await ui.paste(text)
            await ui.press("down")
            assert [cell_len(text) for text in ui.rows] == [80] * 24
        assert ui.app.is_running


# "" pastes nothing, and no terminal's driver makes a paste of half a character.
PASTED = sorted(set(HOSTILE) - {"", "\ud800"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("opening", "texts"),
    share_cases(["3 e", "2 slash", "2 n", "colon", "full_stop"], PASTED),
)
async def test_what_is_pasted_is_painted_as_what_no_terminal_obeys_and_stays_as_it_is(
    tmp_path: Path, opening: str, texts: list[str]
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press(f"{opening}")
        for text in texts:
            await ui.paste(text)
            await ui.press("left right end")
            assert is_harmless(ui.screen)
            assert {cell_len(text) for text in ui.rows} == {80}
        field = ui.app.focused
        typed = field.text if isinstance(field, TextArea) else cast("Input", field).value
        assert all(text.splitlines()[0] in typed for text in texts)


@pytest.mark.slow
async def test_hostile_lines_end_neither_console_nor_form(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("colon")
        for text in HOSTILE:
            await ui.paste(f"aws iam create-user --user-name '{text}'")
            await ui.see("enter tab up down")
        await ui.press("escape 2 n")
        for text in HOSTILE:
            await ui.paste(text)
            await ui.see("enter")
        assert ui.where in ("FormDialog", "PeopleScreen")
        assert ui.app.is_running


# ---------------------------------------------------------------------- the rule
TAKES_MARKUP = {
    "Static",
    "Label",
    "Button",
    "OptionList",
    "Option",
    "notify",
    "Checkbox",
    "RadioButton",
    "TabPane",
    "Tab",
    "Collapsible",
}
OURS = {"plain", "line", "row", "stack", "key", "sign", "content"}


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else getattr(node.func, "id", "")
            )
            yield node, name


def is_safe(node: ast.Call) -> bool:
    """Whether markup is off, or what is shown is a literal of ours or made by `text`."""
    if any(
        word.arg == "markup"
        and isinstance(word.value, ast.Constant)
        and word.value.value is False
        for word in node.keywords
    ):
        return True
    return all(_made_safely(shown) for shown in node.args[:1])


def _made_safely(shown: ast.expr) -> bool:
    match shown:
        case ast.Constant():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in OURS
        case ast.Name(id=name):
            return name in OURS
        case ast.IfExp(body=body, orelse=orelse):
            return _made_safely(body) and _made_safely(orelse)
        case _:
            return False


FILES = sorted(Path(coffeeshop.tui.__file__).parent.rglob("*.py"))


@each_row((file,) for file in FILES)
def test_nothing_but_the_safe_constructs_reaches_a_widget(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert [
        ast.unparse(node)
        for node, name in calls(tree)
        if name in TAKES_MARKUP and not is_safe(node)
    ] == []


@each_row((file,) for file in FILES)
def test_titles_of_frames_are_made_by_text_or_written_here(file: Path) -> None:
    """A title that is a str is markup: none may hold a value that is not ours."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    titles = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and any(
            isinstance(t, ast.Attribute) and t.attr.startswith("border_")
            for t in node.targets
        )
    ]
    loose = [ast.unparse(value) for value in titles if isinstance(value, ast.JoinedStr)]
    assert loose == []


def test_no_markup_is_ever_read() -> None:
    forbidden = ("from_markup", "Text.from_", "markup=True", "escape(")
    assert [
        file.name
        for file in FILES
        if any(word in file.read_text(encoding="utf-8") for word in forbidden)
    ] == []


def test_a_pane_that_has_lost_its_text_scrolls_nowhere() -> None:
    pane = ProsePane(id="closing")
    pane.keep_in_sight("a line")
    assert pane.scroll_offset.y == 0
