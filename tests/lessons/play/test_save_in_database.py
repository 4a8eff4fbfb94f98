"""A save in a PostgreSQL database answers as a save in a file does, and loses nothing when the server is killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account.command import read_act
from coffeeshop.account.model import Act
from coffeeshop.cli import group
from coffeeshop.cli.output import existing_save, open_save
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.play.save_place import (
    DATABASE_VARIABLE,
    DatabasePlace,
    SavePlace,
    last_change,
    saved_learners,
)
from coffeeshop.policy.problem import Problem, Problems
from tests.lessons.folder import folder, scenario
from tests.postgres import PostgresServer, needs_postgres

pytestmark = [pytest.mark.peers, needs_postgres()]
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAMES = count()


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    running = PostgresServer()
    yield running
    running.stop()


@pytest.fixture
def lesson(tmp_path: Path) -> Scenario:
    return scenario(folder(tmp_path))


def hire(play: Play, name: str) -> Play:
    line = f"aws iam create-user --user-name {name}"
    act = read_act(line, play.account, play.now, play.scenario.files, play.scenario.desk[0])
    assert isinstance(act, Act), act
    return play.do(act)


class Learner:
    """A learner in two windows of one save, who does random things. `answers` is all that the save told them."""

    def __init__(self, place: SavePlace, lesson: Scenario) -> None:
        self.lesson = lesson
        self.windows = [Progress(place), Progress(place)]
        self.plays = [window.resume(lesson) for window in self.windows]
        self.answers: list[object] = []

    def live(self, steps: list[tuple[int, int]]) -> list[object]:
        for number, (which, choice) in enumerate(steps):
            do = self.acts()[choice % len(self.acts())]
            self.answers.append((number, do.__name__, self.told(do(which, number))))
            self.answers.append(self.all_rows(self.windows[which]))
        for window in self.windows:
            window.close()
        return self.answers

    def told(self, answer: object) -> object:
        return answer.code if isinstance(answer, Problem) else answer

    def acts(self) -> list[Callable[[int, int], object]]:
        return [
            self.hire, self.hire, self.undo, self.resume, self.restart, self.draft, self.grade, self.meet,
            self.hint, self.ask, self.set, self.type, self.open_day, self.show, self.choose_profile,
        ]  # fmt: skip

    def hire(self, which: int, step: int) -> object:
        self.plays[which] = hire(self.plays[which], f"u{step}")
        return self.windows[which].keep(self.plays[which])

    def choose_profile(self, which: int, step: int) -> object:
        return self.windows[which].keep(self.plays[which], f"profile{step % 3}")

    def undo(self, which: int, step: int) -> object:
        self.plays[which] = (
            self.plays[which].undo() if self.plays[which].outcomes else self.plays[which]
        )
        return self.windows[which].keep(self.plays[which])

    def resume(self, which: int, step: int) -> object:
        changed = self.windows[which].has_changed_elsewhere(self.lesson)
        self.plays[which] = self.windows[which].resume(self.lesson)
        return changed, self.plays[which].acts, self.plays[which].undone

    def restart(self, which: int, step: int) -> object:
        answer = self.windows[which].restart(self.lesson)
        if isinstance(answer, Play):
            self.plays[which] = answer
            return "begun again"
        return answer

    def draft(self, which: int, step: int) -> object:
        return self.windows[which].write_draft(
            self.lesson, f"é{step % 2}.json", f"{{'%s?': {step}}} \u2603"
        )

    def grade(self, which: int, step: int) -> object:
        return self.windows[which].record_result(
            self.lesson, grade(self.plays[which]), AT + timedelta(hours=step)
        )

    def meet(self, which: int, step: int) -> object:
        meetings = (Met(AT, f"subject{step % 3}", bool(step % 2)), Met(AT, "deny", True))
        return self.windows[which].record_meetings(*meetings)

    def hint(self, which: int, step: int) -> object:
        return self.windows[which].record_hint(self.lesson, f"job{step % 2}", step % 4)

    def ask(self, which: int, step: int) -> object:
        return self.windows[which].record_help(
            "p@1", ["s1", f"s{step % 3}"], Help(1 + step % 3)
        )

    def set(self, which: int, step: int) -> object:
        return self.windows[which].set_setting("help", ("full", "none")[step % 2])

    def type(self, which: int, step: int) -> object:
        return self.windows[which].append_history(f"aws iam list-users --query '{step}?%'")

    def open_day(self, which: int, step: int) -> object:
        return self.windows[which].record_day(self.lesson, f"day{step}" if step % 2 else "")

    def show(self, which: int, step: int) -> object:
        return self.windows[which].mark_solution_shown(self.lesson)

    def all_rows(self, window: Progress) -> object:
        lesson = self.lesson
        return (
            window.settings(), window.profile(lesson), window.day(lesson), window.drafts(lesson), window.history(),
            window.best_results(), window.meetings(), window.hints_read(lesson), window.help_asked("p@1"),
            window.act_counts(), window.plays_with_stars(), window.handin_record(lesson, AT),
            window.variant(lesson.id, lesson.digest), window.can_vary(lesson.id), window.has_older_version_only(lesson),
            window.was_solution_shown(lesson), window.problem,
        )  # fmt: skip


@pytest.fixture(scope="module")
def shared_lesson(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return scenario(folder(tmp_path_factory.mktemp("lesson")))


@given(steps=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 14)), max_size=25))
def test_a_database_answers_as_a_file_does_whatever_a_learner_does(
    server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
    shared_lesson: Scenario,
    steps: list[tuple[int, int]],
) -> None:
    in_file = Learner(tmp_path_factory.mktemp("saves") / "ana.sqlite3", shared_lesson)
    in_database = Learner(DatabasePlace(server.url, f"ana{next(NAMES)}"), shared_lesson)
    assert in_database.live(steps) == in_file.live(steps)


def test_no_act_that_was_kept_is_lost_when_the_server_is_killed(
    server: PostgresServer, lesson: Scenario
) -> None:
    place = DatabasePlace(server.url, "killed")
    with closing(Progress(place)) as window:
        play = window.resume(lesson)
        for round_number in range(3):
            play = hire(play, f"before{round_number}")
            assert window.keep(play) is None
            server.kill()
            server.start()
            play = hire(play, f"after{round_number}")
            assert window.keep(play) is None
            with closing(Progress(place)) as elsewhere:
                assert elsewhere.resume(lesson).acts == play.acts


def test_a_server_that_stays_away_is_said_and_the_next_act_saves_all(
    server: PostgresServer, lesson: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coffeeshop.lessons.play.postgres.RESTART_TIMEOUT", 0.0)
    place = DatabasePlace(server.url, "away")
    with closing(Progress(place)) as window:
        play = hire(window.resume(lesson), "one")
        assert window.keep(play) is None
        server.kill()
        play = hire(play, "two")
        problem = window.keep(play)
        assert problem is not None
        assert problem.code == "not-saved"
        assert "tell whoever runs the database" in (problem.mend or "")
        server.start()
        play = hire(play, "three")
        assert window.keep(play) is None
        with closing(Progress(place)) as elsewhere:
            assert elsewhere.resume(lesson).acts == play.acts


def test_a_read_that_the_database_does_not_answer_begins_no_play_in_memory(
    server: PostgresServer, lesson: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coffeeshop.lessons.play.postgres.RESTART_TIMEOUT", 0.0)
    with closing(Progress(DatabasePlace(server.url, "read"))) as window:
        play = hire(window.resume(lesson), "one")
        assert window.keep(play) is None
        server.kill()
        with pytest.raises(Problems, match="can't be used"):
            window.act_counts()
        server.start()
        assert window.act_counts() == {lesson.id: 1}


def test_a_save_opens_although_the_connection_is_lost_meanwhile(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coffeeshop.lessons.play.postgres_save import PostgresSave

    make_save = PostgresSave._create_or_upgrade_save  # pyright: ignore[reportPrivateUsage]
    lost = list[str]()

    def lose_connection_once(save: PostgresSave) -> None:
        if not lost:
            lost.append("once")
            save.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        make_save(save)

    monkeypatch.setattr(PostgresSave, "_create_or_upgrade_save", lose_connection_once)
    with closing(Progress(DatabasePlace(server.url, "opening"))) as window:
        assert lost == ["once"]
        assert window.problem is None


def test_a_commit_without_an_answer_is_looked_up(
    server: PostgresServer, lesson: Scenario
) -> None:
    """The server commits, and the connection is lost before it says so."""
    with closing(Progress(DatabasePlace(server.url, "unsure"))) as window:
        play = hire(window.resume(lesson), "one")
        connection = window._db._server._db  # pyright: ignore[reportAttributeAccessIssue]

        class LosesAnswer(type(connection)):  # pyright: ignore[reportUntypedBaseClass]
            def commit(self) -> None:
                super().commit()
                self.pgconn.finish()
                raise __import__("psycopg").OperationalError("lost")

        connection.__class__ = LosesAnswer
        assert window.keep(play) is None
        assert window.resume(lesson).acts == play.acts


def test_a_commit_that_a_crash_undid_is_written_again_although_another_has_its_number(
    server: PostgresServer, lesson: Scenario
) -> None:
    """After a crash, the server gives the number of a transaction that wasn't written to another one."""
    psycopg = __import__("psycopg")
    place = DatabasePlace(server.url, "number")
    with closing(Progress(place)) as window:
        play = hire(window.resume(lesson), "one")
        connection = window._db._server._db  # pyright: ignore[reportAttributeAccessIssue]

        class LosesServer(type(connection)):  # pyright: ignore[reportUntypedBaseClass]
            def commit(self) -> None:
                server.kill()
                server.start()
                with psycopg.connect(server.url, autocommit=True) as other:
                    for _ in range(5):
                        other.execute("UPDATE coffeeshop.save SET format = format")
                self.pgconn.finish()
                raise psycopg.OperationalError("lost")

        connection.__class__ = LosesServer
        assert window.keep(play) is None
        with closing(Progress(place)) as elsewhere:
            assert elsewhere.resume(lesson).acts == play.acts
        assert window.keep(hire(play, "two")) is None
    with closing(Progress(place)) as other_machine:
        assert len(other_machine.resume(lesson).acts) == 2


def test_a_newer_save_is_left_as_it_is(server: PostgresServer, lesson: Scenario) -> None:
    place = DatabasePlace(server.url, "newer")
    with closing(Progress(place)) as window:
        window._db.execute("UPDATE coffeeshop.save SET format = 99 WHERE name = 'newer'")
        assert window.keep(hire(window.resume(lesson), "one")) is not None
    with closing(Progress(place)) as window:
        assert window.problem is not None
        assert "format 99" in window.problem.text


def test_the_commands_find_saves_in_the_database(
    server: PostgresServer,
    lesson: Scenario,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, server.url)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path))
    assert existing_save("Zoë / %") is None
    with closing(open_save("Zoë / %")) as window:
        assert window.keep(hire(window.resume(lesson), "one")) is None
    place = existing_save("Zoë / %")
    assert place is not None
    assert str(place) == "Zoë / % in the database"
    assert "Zoë / %" in saved_learners(tmp_path)
    assert abs(last_change(place) - datetime.fromtimestamp(time.time(), UTC)) < timedelta(
        minutes=1
    )
    assert not list(tmp_path.glob("*.sqlite3"))


def test_a_database_that_cannot_be_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "mysql://ana:secret@host/db")
    with pytest.raises(Problems) as refused:
        open_save("ana")
    (problem,) = refused.value.problems
    assert "doesn't name a PostgreSQL database" in problem.text
    assert "secret" not in str(problem)


def test_a_database_that_does_not_answer_is_said_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("coffeeshop.lessons.play.postgres.OPENING_PATIENCE", 0.0)
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://ana:secret@127.0.0.1:1/db")
    with pytest.raises(Problems) as refused:
        existing_save("ana")
    (problem,) = refused.value.problems
    assert "can't be used: connection" in problem.text
    assert "secret" not in str(problem)
    with pytest.raises(Problems) as unopened:
        open_save("ana")
    assert str(unopened.value) == str(refused.value)


def test_a_class_in_the_database_is_the_same_on_two_machines(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, server.url)
    roster = tmp_path / "class.csv"
    roster.write_text("learner,name\nana,Ana Vidal\nkim,Kim Lee\n")
    commands = (
        ["class", "new", "Machines", "--roster", str(roster)],
        ["class", "assign", "05", "--class", "Machines"],
        ["class", "show", "--class", "machines"],
        ["class", "new", "machines", "--roster", str(roster)],
    )
    results = list[Result]()
    for number, words in enumerate(commands):
        monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / f"machine{number}"))
        results.append(CliRunner().invoke(group, words))
    assert [result.exit_code for result in results] == [0, 0, 0, 2]
    assert "Kim Lee" in results[2].output
    assert "05 The receipts drawer" in results[2].output
    assert "there is already a class called machines" in results[3].output
    assert not list(tmp_path.rglob("*.class.sqlite3"))
