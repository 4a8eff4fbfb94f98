"""The console of the app: words that it knows beside the lines of the CLI, and answers in colours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.widgets import Static

from coffeeshop.tui.screens.console import ConsoleScreen, Prompt
from coffeeshop.tui.text import json
from tests.lessons.folder import folder
from tests.tui.driver import Person, person, text_of

HIRE = "aws iam create-user --user-name sam"
WIDE = '\'{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}\''


async def typed(app: Person, line: str) -> None:
    app.app.screen.query_one(Prompt).post_message(Prompt.Entered(line))
    await app.rest()


def shown(app: Person) -> str:
    screen = app.app.screen
    assert isinstance(screen, ConsoleScreen)
    return "\n".join(row.plain for row in screen.lines)


@pytest.mark.slow
async def test_the_words_of_plain_mode_do_what_they_say(tmp_path: Path):
    async with person(tmp_path, str(folder(tmp_path))) as app:
        await app.press("escape")
        await app.press("colon")
        await typed(app, HIRE)
        assert '"UserName": "sam"' in shown(app)
        await typed(app, "undo")
        assert app.app.sitting.play.acts == ()
        assert "undone" in shown(app)
        await typed(app, "redo")
        assert len(app.app.sitting.play.acts) == 1
        await typed(app, "next")
        assert app.app.step.text[:20] in shown(app)
        for word, screen in (
            ("why", "WhyScreen"),
            ("grade", "GradeScreen"),
            ("hint", "HintScreen"),
        ):
            await typed(app, word)
            assert type(app.app.screen).__name__ == screen
            await app.press("escape")
            assert isinstance(app.app.screen, ConsoleScreen)


@pytest.mark.slow
async def test_a_line_that_calls_nothing_and_one_that_calls_often_are_printed(
    tmp_path: Path,
):
    async with person(tmp_path, str(folder(tmp_path))) as app:
        await app.press("escape")
        await app.press("colon")
        await typed(app, "aws s3 help")
        assert "    sync" in shown(app)
        await typed(
            app, "aws iam list-users --query 'Users[].UserName' --output text --debug"
        )
        assert "--debug does nothing here" in shown(app)
        await typed(app, "aws s3 mb s3://coffeeshop-new")
        assert "make_bucket: coffeeshop-new" in shown(app)


def test_json_has_the_colours_of_the_editor():
    content = json(
        '{\n    "Name": "a: \\"b\\"",\n    "Size": 4.5,\n    "Tags": [null, true]\n}'
    )
    styles = [
        (content.plain[span.start : span.end], str(span.style)) for span in content.spans
    ]
    assert styles == [
        ('"Name"', "$accent"),
        ('"a: \\"b\\""', "$text-success"),
        ('"Size"', "$accent"),
        ("4.5", "$secondary"),
        ('"Tags"', "$accent"),
        ("null", "$secondary"),
        ("true", "$secondary"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            "aws iam put-user-policy --user-name casey --policy-name p --policy-document "
            + WIDE,
            "s3:* allows 180",
        ),
        ("aws iam creat-user", "create-user"),
        ("aws s3 ls s3://x --foo", "--foo"),
        ("aws iam list-users --query 'Users[?'", "--query"),
    ],
)
async def test_what_is_said_of_a_line_shows_no_backtick(
    tmp_path: Path, asked: str, said: str
):
    async with person(tmp_path, "05", (120, 40)) as app:
        await app.press("escape colon colon")
        await typed(app, asked)
        screen = await app.see_at_rest()
        assert said in screen
        assert "`" not in screen


async def test_of_many_completions_the_first_are_listed_and_the_others_counted(
    tmp_path: Path,
):
    async with person(tmp_path, "05") as app:
        await app.press("escape colon")
        await app.type("aws iam list-user")
        await app.press("tab")
        proposals = app.app.screen.query_one("#proposals", Static)
        assert " more" not in text_of(proposals)
        await app.press("ctrl+u")
        await app.type("aws iam ")
        await app.press("tab")
        assert re.search(r"… \d+ more$", text_of(proposals))


async def test_help_names_the_services_that_can_be_called(tmp_path: Path):
    async with person(tmp_path, "05") as app:
        await app.press("escape")
        await app.press("colon")
        await typed(app, "help")
        assert "Any other aws line" not in shown(app)
        assert "You can also call these services: iam, sts, s3api" in shown(app)


async def test_help_and_a_command_say_what_it_needs_and_undo_says_what_it_undid(
    tmp_path: Path,
):
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("colon")
        shown = await ui.see_typed("help iam create-user\n")
        assert "--user-name" in shown
        assert "command not found" not in shown
        await ui.type("aws iam list-users\n")
        await ui.press("escape")
        assert "undone: aws iam list-users" in await ui.see("u")


async def test_undo_of_a_call_that_failed_says_that_it_had_changed_nothing(tmp_path: Path):
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws iam delete-user --user-name nobody\n")
        await ui.press("escape")
        assert "undone (it had failed, and changed nothing): aws" in await ui.see("u")


async def test_a_pasted_line_that_is_broken_by_backslashes_is_one_line(tmp_path: Path):
    async with person(tmp_path, str(folder(tmp_path))) as app:
        await app.press("escape")
        await app.press("colon")
        await app.paste("aws iam create-user \\\n    --user-name sam\naws iam list-users\n")
        assert app.app.screen.query_one(Prompt).value == (
            "aws iam create-user     --user-name sam"
        )
