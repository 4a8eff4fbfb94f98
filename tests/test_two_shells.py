"""The app and plain mode are two shells of one player: the same words leave the same sitting and tell the same rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coffeeshop.lessons.play.progress import Best, Progress
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.plain.call import NO_CREDENTIAL, NO_REFUSAL, WHY_HINT
from coffeeshop.tui.screens.console import ConsoleScreen, Prompt
from coffeeshop.tui.stage import Stage
from coffeeshop.views.rows import lines
from coffeeshop.views.text import capital
from coffeeshop.views.tickets import tickets
from tests.examples import examples
from tests.lessons.folder import FILES, folder, policy, put
from tests.plain.session import Session, session
from tests.tui.driver import Person, person

RIGHT = FILES["solution.sh"].strip()
LOGIN = "aws iam create-login-profile --user-name casey --password Ristretto-1-2-3"
SIGN_IN = "console sign-in --user-name casey --password Ristretto-1-2-3"
KEY = "aws iam create-access-key --user-name casey"
HIRE = "aws iam create-user --user-name {}"
MISSPELT = put(policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-recipts/*")).strip()
TYPED = (RIGHT, LOGIN, SIGN_IN, KEY, HIRE.format("sam"), HIRE.format("casey"), MISSPELT,
         "aws iam list-users", "aws iam create-usr", "aws iam list-users --profile nobody", "aws iam delete-user --user-name sam")  # fmt: skip
# What plain mode says around an answer; the app's bars say it.
FRAME = (
    "done", WHY_HINT, NO_REFUSAL, NO_CREDENTIAL, "You are: ", "  Your sign-in ended on ", "Next: ",
)  # fmt: skip
# What the app shows on the floor, and not in the console: a job that starts or stops.
REPLAYED = ("This works now: ", "Casey is turned away: ")


@cache
def small() -> Path:
    return folder(Path(mkdtemp()))


class Both:
    """One learner at each shell, each at a play of their own of the same scenario."""

    def __init__(self, plain: Session, app: Person) -> None:
        self.plain, self.app = plain, app

    @property
    def sittings(self) -> tuple[Sitting, Sitting]:
        return self.plain.shell.sitting, self.app.app.sitting

    async def say(self, word: str) -> tuple[list[str], list[str]]:
        """A word of plain mode, and what is the same in the app: what both of them say to it."""
        said, game = self.plain(word), self.app.app
        before = len(self.console.lines)
        match word.partition(" "):
            case "undo", _, _:
                game.undo()
            case "redo", _, _:
                game.redo()
            case "as", _, name:
                game.use_profile(name)
            case _:
                prompt = self.console.query_one(Prompt)
                prompt.post_message(Prompt.Entered(word))
        await self.app.rest()
        shown = [
            row for line in self.console.lines[before:] for row in line.plain.splitlines()
        ]
        return said, [row for row in shown if not row.startswith("$ ")]

    @property
    def console(self) -> ConsoleScreen:
        screen = self.app.app.screen
        assert isinstance(screen, ConsoleScreen)
        return screen

    async def graded(
        self,
    ) -> tuple[tuple[list[str], dict[str, Best]], tuple[list[str], dict[str, Best]]]:
        """The play graded in both: what is next, and what is kept as a result."""
        self.plain("grade")
        game = self.app.app
        game.grade()
        await self.app.rest()
        game.keep_result(game.sitting.assessment)
        (said,) = self.plain("next")
        step = capital(game.step.text).rstrip(":.")  # behind the word Next the lead goes
        if step.startswith("Your sign-in ended on "):
            step = step.partition(": ")[0]  # plain mode has a word to sign in again
        told = said.removeprefix("Next: ")[: len(step)]
        return ([told], self.plain.progress.best_results()), (
            [step],
            game.player.progress.best_results(),
        )


@asynccontextmanager
async def both(home: Path) -> AsyncGenerator[Both]:
    """Both shells at the small scenario, the app's console open. Their saves would draw secrets of their own."""
    with patch.object(Progress, "proof_key", b""), session(home / "plain.sqlite3") as plain:
        plain(f"play {small()}")
        async with person(home, str(small())) as app:
            await app.press("escape")
            await app.press("colon")
            yield Both(plain, app)


def same(one: Sitting, other: Sitting) -> bool:
    """Whether two sittings are of the same trail, badge, clock and files; their scenario was loaded twice."""
    mine, theirs = (
        (
            s.play.outcomes,
            s.play.undone,
            s.profile,
            s.now,
            s.drafts,
            s.hints_read,
            s.predicted,
            s.mastered,
        )
        for s in (one, other)
    )
    return mine == theirs


def same_rows(said: Sequence[str], shown: Sequence[str]) -> bool:
    """Whether each row of an answer in one shell is told in the other; plain mode names a problem's level and place.

    The app shows commands in a color where plain mode writes backticks.
    """
    answers = [row.replace("`", "") for row in said if not row.startswith(FRAME + REPLAYED)]
    return all(any(row in one for one in answers) for row in shown) and all(
        any(row in one for row in shown) for one in answers
    )


words = st.one_of(
    st.sampled_from(TYPED),
    st.sampled_from(["undo", "redo", "as casey", "as casey@console", "as ada@console"]),
)


@pytest.mark.slow
@examples(6)
@given(said=st.lists(words, min_size=1, max_size=8))
@example(said=["console sign-out"])  # alone: `as` signs in again, and the app asks first
@example(said=["console sign-in --user-name casey --password Ristretto-1-2-3"])
def test_the_same_words_leave_the_same_sitting_and_tell_the_same_rows(said: list[str]):
    async def through_both() -> None:
        with TemporaryDirectory() as home:
            async with both(Path(home)) as shells:
                for word in said:
                    plain, app = await shells.say(word)
                    assert same(*shells.sittings), word
                    if word.partition(" ")[0] not in ("undo", "redo", "as"):
                        assert same_rows(plain, app), (word, plain, app)
                one, other = (
                    lines(tickets(sitting.tickets)) for sitting in shells.sittings
                )
                assert one == other
                plain_graded, app_graded = await shells.graded()
                assert plain_graded == app_graded
                assert same(*shells.sittings)

    asyncio.run(through_both())


# --------------------------------------------------------- where the two shells once disagreed
async def test_a_play_that_another_window_moved_on_is_taken_up_by_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        Stage, "SECONDS_BETWEEN_WINDOW_CHECKS", 3600.0
    )  # neither shell has looked since
    async with both(tmp_path) as shells:
        for name in ("plain", "casey"):
            with session(tmp_path / f"{name}.sqlite3") as other:
                other(f"play {small()}")
                other(HIRE.format("sam"))
        plain, app = await shells.say(HIRE.format("kim"))
        assert any("moved on in another window" in row for row in plain)
        assert any("moved on in another window" in row for row in app)
        for sitting in shells.sittings:
            assert [act.call.parameters["UserName"] for act in sitting.play.acts] == ["sam"]
        await shells.say(HIRE.format("lee"))
        assert same(*shells.sittings)
        with session(tmp_path / "casey.sqlite3") as later:
            later(f"play {small()}")
            assert len(later("trail")) == 2


async def test_a_policy_that_names_a_bucket_that_is_not_there_is_remarked_on_by_both(
    tmp_path: Path,
):
    told = "there is no bucket coffeeshop-recipts in this account; did you mean coffeeshop-receipts?"
    async with both(tmp_path) as shells:
        for said in await shells.say(MISSPELT):
            assert any(
                told in row.replace("`", "") for row in said
            )  # marks, or a colour in their place


@pytest.mark.slow
@pytest.mark.parametrize("line", [SIGN_IN, "console switch-role --role-name Till"])
async def test_a_session_of_the_console_that_is_typed_is_taken_up_by_both(
    tmp_path: Path, line: str
):
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}}'
    async with both(tmp_path) as shells:
        await shells.say(LOGIN)
        await shells.say(
            f"aws iam create-role --role-name Till --assume-role-policy-document '{trust}'"
        )
        before = [sitting.caller for sitting in shells.sittings]
        await shells.say(line)
        assert same(*shells.sittings)
        assert all(
            sitting.caller != was
            for sitting, was in zip(shells.sittings, before, strict=True)
        )
        assert {sitting.profile for sitting in shells.sittings} == {
            "casey@console" if line == SIGN_IN else "ada@console"
        }
