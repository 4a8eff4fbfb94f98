"""What a learner of a platform hands in is graded, and the platform gets the score: once, never a worse one, never lost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from coffeeshop.browser.places import Place
from coffeeshop.browser.score_runner import ScoreRunner
from coffeeshop.browser.session import Program
from coffeeshop.browser.ways_in import WaysIn
from coffeeshop.cli.lti_files import hand_in_folder
from coffeeshop.lti.launch import LTI_CLAIM_PREFIX
from coffeeshop.lti.store import LtiStore, Score
from tests.browser.school import School, ok, school
from tests.cli.class_steps import coffeeshop, solving_lines

CUSTOM = {LTI_CLAIM_PREFIX + "custom": {"assignment": "05"}}
TASK = "05-receipts-drawer"


class Ready:
    """A learner who was sent to assignment 05, with the place where they play."""

    def __init__(self, here: School, place: Place) -> None:
        self.here = here
        self.place = place
        self.platform = here.platform

    @property
    def waiting(self) -> tuple[Score, ...]:
        return self.here.store.waiting_scores()

    async def play(self, lines: str) -> None:
        """Play in the browser's session, and hand in with x."""
        words = [word for word in self.place.program.words if word != TASK]
        done = await asyncio.to_thread(
            coffeeshop, *words, TASK, "--plain", stdin=f"{lines}\nquit\n"
        )
        assert done.exit_code == 0, done.output
        out = Path("handed.jsonl")
        await asyncio.to_thread(
            ok, "export", "05", "--learner", self.place.user, "--out", str(out)
        )
        await self.here.server._keep_file(self.place, out.read_text())

    async def solve(self) -> None:
        """Play the solution, and hand it in."""
        variant = next(
            member.first_variant
            for member in self.here.kept.members
            if member.learner.key == self.place.user
        )
        await self.play(solving_lines(variant))

    async def send(self) -> str:
        """Grade and send, as the server does by itself."""
        return await asyncio.to_thread(ok, "class", "lti", "send", "--jobs=1")


@asynccontextmanager
async def ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **claims: Any
) -> AsyncGenerator[Ready]:
    async with school(tmp_path, monkeypatch) as here:
        grades = here.platform.grade_claim()
        came = await here.launch(**{**grades, **CUSTOM, **claims})
        assert came.status == 303
        place = here.place_at(came.location)
        runner = ScoreRunner(
            place.program, hand_in_folder("IAM-101").absolute(), lambda: False
        )
        here.server._ways_in = here.server._ways_in._replace(score_runner=runner)
        yield Ready(here, place)


async def test_what_is_handed_in_is_graded_and_the_platform_gets_the_points_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with ready(tmp_path, monkeypatch) as learner:
        await learner.solve()
        assert "Sent 1 score" in await learner.send()
        (score,) = learner.platform.scores
        assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == (
            "user-9",
            20,
            20,
        )
        assert (score["activityProgress"], score["gradingProgress"]) == (
            "Submitted",
            "FullyGraded",
        )
        assert score["timestamp"].endswith("+00:00")
        assert "Robin" not in score["comment"]
        assert learner.platform.score_addresses == ["/items/1/scores?type=3"]
        assert "already has all scores" in await learner.send()
        assert "sent" not in await asyncio.to_thread(ok, "class", "grade")
        assert len(learner.platform.scores) == 1
        assert len(learner.platform.assertions) == 1
        # The hand-in is the learner's own, and collecting it again changes nothing.
        assert not [*hand_in_folder("IAM-101").glob("*/*")]
        collected = await asyncio.to_thread(ok, "class", "collect")
        assert "1 hand-in, 0 of them new" in collected


async def test_a_worse_hand_in_never_replaces_a_better_score_and_a_better_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with ready(tmp_path, monkeypatch) as learner:
        first = learner.here.store
        await learner.solve()
        await learner.send()
        (person,) = first.people()
        first.note_credit(person.first, TASK, 30.0, "worse")
        assert "already has all scores" in await learner.send()
        first.note_credit(person.first, TASK, 100.0, "as good")
        assert learner.waiting == ()
        assert [score["scoreGiven"] for score in learner.platform.scores] == [20]


async def test_a_score_that_the_platform_has_better_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with ready(tmp_path, monkeypatch) as learner:
        store = learner.here.store
        (person,) = store.people()
        learner.platform.results["user-9"] = (0.8, 1)
        store.note_credit(person.first, TASK, 70.0, "")
        await learner.send()
        assert (learner.platform.scores, learner.waiting) == ([], ())
        store.note_credit(person.first, TASK, 90.0, "")
        await learner.send()
        assert [score["scoreGiven"] for score in learner.platform.scores] == [18]


async def test_a_score_waits_on_disk_until_the_platform_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with ready(tmp_path, monkeypatch) as learner:
        learner.platform.refuses = 2
        await learner.solve()
        said = await learner.send()
        assert "1 score could not be sent yet" in said
        assert "the platform answered with status 503" in said
        assert learner.waiting[0].tries == 1
        # The server is patient. A teacher who asks again isn't made to wait.
        patient = await asyncio.to_thread(ok, "class", "lti", "send", "--patient")
        assert "could not be sent yet" in patient
        assert learner.waiting[0].tries == 1
        await learner.send()
        assert learner.waiting[0].due - 60 > 0
        await learner.send()
        assert (
            [score["scoreGiven"] for score in learner.platform.scores],
            learner.waiting,
        ) == ([20], ())


async def test_a_program_that_is_killed_while_it_sends_loses_no_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with ready(tmp_path, monkeypatch) as learner:
        await learner.solve()
        learner.platform.answers.clear()
        words = (sys.executable, "-m", "coffeeshop", "class", "lti", "send", "--jobs=1")
        program = await asyncio.create_subprocess_exec(*words)
        await asyncio.wait_for(learner.platform.asked.wait(), 120)
        program.kill()
        await program.wait()
        assert len(learner.waiting) == 1
        learner.platform.answers.set()
        await learner.send()
        assert learner.waiting == ()
        assert {score["scoreGiven"] for score in learner.platform.scores} == {20}


async def test_a_program_that_ends_while_it_grades_loses_no_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with ready(tmp_path, monkeypatch) as learner:
        await learner.solve()
        with monkeypatch.context() as crashing:

            def crash(*_: object) -> None:
                raise SystemExit(9)

            crashing.setattr("coffeeshop.cli.lti_scores.note_credits", crash)
            assert (
                await asyncio.to_thread(coffeeshop, "class", "lti", "send")
            ).exit_code == 9
        assert len([*hand_in_folder("IAM-101").glob("*/*")]) == 1
        assert "Sent 1 score" in await learner.send()
        assert not [*hand_in_folder("IAM-101").glob("*/*")]


async def test_the_server_grades_and_sends_by_itself_when_something_is_handed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with ready(tmp_path, monkeypatch) as learner:
        words = ("class", "lti", "send", "--patient", "--jobs=1", "--class=IAM-101")
        program = Program(words, Path("data").absolute())
        folder = hand_in_folder("IAM-101").absolute()
        runner = ScoreRunner(program, folder, lambda: bool(learner.waiting))
        runner.start()
        learner.here.server._ways_in = WaysIn(score_runner=runner)
        await learner.solve()
        await asyncio.wait_for(learner.platform.asked.wait(), 120)
        runner.stop()


async def test_another_export_is_no_hand_in_and_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with ready(tmp_path, monkeypatch) as learner:
        for text in ("", "aws iam list-users\n", '{"a": 1}\n', "\udcff"):
            await learner.here.server._keep_file(learner.place, text)
        assert len([*hand_in_folder("IAM-101").glob("*/*")]) == 4
        assert "already has all scores" in await learner.send()
        assert not [*hand_in_folder("IAM-101").glob("*/*")]


async def test_an_access_token_is_kept_until_it_expires_and_renewed_if_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with ready(tmp_path, monkeypatch) as learner:
        store = learner.here.store
        (person,) = store.people()
        for credit in (10.0, 20.0):
            store.note_credit(person.first, TASK, credit, "")
            await learner.send()
        assert len(learner.platform.assertions) == 1
        learner.platform.tokens.clear()
        store.note_credit(person.first, TASK, 30.0, "")
        await learner.send()
        assert len(learner.platform.assertions) == 2
        assert [score["scoreGiven"] for score in learner.platform.scores] == [2, 4, 6]


async def test_a_column_is_made_once_where_the_platform_names_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        for user in ("u-1", "u-2"):
            claims = {**here.platform.grade_claim(line_item=False), **CUSTOM}
            assert (await here.launch(sub=user, **claims)).status == 303
        for person in here.store.people():
            here.store.note_credit(person.first, TASK, 50.0, "")
        await asyncio.to_thread(ok, "class", "lti", "send")
        (item,) = here.platform.line_items.values()
        assert (item["label"], item["scoreMaximum"]) == ("05 The receipts drawer", 20)
        assert (item["resourceId"], item["resourceLinkId"]) == (TASK, "link-1")
        assert {score["userId"] for score in here.platform.scores} == {"u-1", "u-2"}
        asked = here.platform.items_asked
        for person in here.store.people():
            here.store.note_credit(person.first, TASK, 60.0, "")
        await asyncio.to_thread(ok, "class", "lti", "send")
        assert (len(here.platform.scores), here.platform.items_asked) == (4, asked)


async def test_what_the_platform_doesn_t_permit_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    name = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
    endpoint = {"scope": [], "lineitem": "https://lms.example/items/1"}
    async with ready(tmp_path, monkeypatch, **{name: endpoint}) as learner:
        (person,) = learner.here.store.people()
        learner.here.store.note_credit(person.first, TASK, 50.0, "")
        assert "allow the tool to send grades" in await learner.send()
        shown = await asyncio.to_thread(ok, "class", "lti", "show")
        assert "1 score not sent yet" in shown


async def test_a_platform_on_the_internet_can_t_send_us_to_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        platform = here.platform.registration
        from coffeeshop.exchange import split_address

        local = split_address("http://127.0.0.1:8000/items/1")
        assert platform.may_ask(local)
        from msgspec.structs import replace

        elsewhere = replace(platform, token="https://lms.example/token")
        assert not elsewhere.may_ask(local)
        assert not elsewhere.may_ask(split_address("http://lms.example/items/1"))
        assert elsewhere.may_ask(split_address("https://lms.example/items/1"))


async def test_a_scenario_that_isn_t_assigned_has_no_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        custom = {LTI_CLAIM_PREFIX + "custom": {"assignment": "10"}}
        came = await here.launch(**here.platform.grade_claim(), **custom)
        assert here.place_at(came.location).program.words[1].startswith("10-")
        (person,) = here.store.people()
        here.store.note_credit(person.first, person.task, 50.0, "")
        assert here.store.waiting_scores() == ()


async def test_a_damaged_store_is_said_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        path = Path("data/lti/IAM-101.lti.sqlite3")
        path.write_bytes(b"x" * 5000)
        refused = coffeeshop("class", "lti", "show")
        assert (refused.exit_code, "can't be used" in refused.stderr) == (2, True)
        came = await here.login()
        assert (came.status, "Tell your teacher" in came.text) == (500, True)
        assert path.read_bytes() == b"x" * 5000
        assert isinstance(here.store, LtiStore)
