"""Keep what a learner has done in one SQLite file: with save_file, the only module that writes progress to disk.

Every change of a play is one committed transaction, made before its result is shown, so that nothing acknowledged is
lost by a crash. A file that is damaged or newer than this program is named and left untouched; where nothing can be
written, play goes on in memory and `problem` says so.
"""

from __future__ import annotations

import gc
import re
import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.lessons.play.play_name import name_of, play_name
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.play.record import FIRST, LAST, Record, bad_clock, is_walls
from coffeeshop.lessons.play.save_file import SaveFile
from coffeeshop.lessons.play.save_problems import (
    IN_MEMORY,
    MOVED_ON,
    SHOWN,
    TOLD,
    unsaved_problem,
)
from coffeeshop.lessons.play.variants import EVERY, block, first_kept
from coffeeshop.policy.problem import Problem, Problems

if (
    TYPE_CHECKING
):  # a list of scenarios and its stars do without plays and the account behind them
    from coffeeshop.account.model import Act
    from coffeeshop.lessons.model import Play, Report, Scenario

KNOWN = "SELECT play FROM shown UNION SELECT play FROM act UNION SELECT play FROM draft"
FIRST_VARIANT = "first-variant"  # a setting
PROOF_KEY = "proof-key"  # a setting that no learner chooses
HISTORY = 500  # lines of console history that are kept
AT_ONCE = 500  # acts that are worked out at once as a play is taken up


class Best(Struct, frozen=True):
    """What a learner has reached in a scenario, and how often it was graded."""

    stars: int
    score: float
    tries: int


class Kept(Struct, frozen=True):
    """A play as this program last saw it in the file, none where nothing was in it; its revision, and the badge in hand."""

    play: Play | None = None
    revision: int = 0
    profile: str = ""


@contextmanager
def _pause_collector() -> Generator[None]:
    """Leaves garbage where it is meanwhile: what comes of a trail is kept whole, and the collector would walk it in vain."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class Progress(SaveFile):
    """One learner's file, open; without a path, what is kept in memory alone. `own` are the variants that are this
    learner's, None: those that the file remembers. `problem` says why nothing is kept on disk, if it should be.
    """

    condenses = False  # whether plays are taken up without what came of long ago: for whoever serves programs

    def __init__(self, path: Path | None, own_variants: range | None = None) -> None:
        self._kept: dict[str, Kept] = {}  # by play name
        self._unwritten: dict[
            tuple[str, str], str
        ] = {}  # drafts that the disk has not taken yet
        super().__init__(path)
        first = self.first_variant() if own_variants is None else None
        self.own = own_variants or (EVERY if first is None else block(first))

    def _due(self, copy: sqlite3.Connection) -> dict[str, int]:
        """Returns the revisions that whatever stands in the file's place has to hold: those of the copy, or seen by us."""
        revisions = super()._due(copy)
        seen = {
            name: max(kept_state.revision, revisions.get(name, 0))
            for name, kept_state in self._kept.items()
        }
        return revisions | seen

    def _give_up(self, error: Exception) -> None:
        """Go on in memory, with every play as it was last seen, where less of it could be read."""
        super()._give_up(error)
        for name, kept_state in [*self._kept.items()]:
            if kept_state.play is not None and self._revision(name) < kept_state.revision:
                self._db.execute("DELETE FROM act WHERE play = ?", (name,))
                self._kept[name] = Kept(revision=self._revision(name))
                self.keep(kept_state.play, kept_state.profile)

    @cached_property
    def proof_key(self) -> bytes:
        """Return the key from which the secrets of this learner's credentials are drawn as well. Without it, everybody who
        has the program could work out the secrets that a play hands out to real clients. It never leaves the save. In
        memory alone there is none: b"".
        """
        if self.path is None:
            return b""
        new_key = token_bytes(32).hex()
        self._put(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT DO NOTHING", PROOF_KEY, new_key
        )
        kept_key = self.settings().get(
            PROOF_KEY, ""
        )  # perhaps another window's, or damaged
        return bytes.fromhex(
            kept_key if re.fullmatch(r"[0-9a-f]{64}", kept_key) else new_key
        )

    # ------------------------------------------------------------------ plays
    @_pause_collector()
    def resume(self, scenario: Scenario, known_play: Play | None = None) -> Play:
        """Returns the play of a scenario as it was left; a fresh one if there is none. A changed scenario begins
        afresh, and its old play stays in the file. Where an act cannot be read, the play goes on in memory from the one
        before it. What came of the acts with which a `known` play of the scenario begins is not worked out again.
        """
        from coffeeshop.lessons.model import Play
        from coffeeshop.lessons.play.acts_json import UnreadableError, loads

        name = name_of(scenario)
        acts: list[Act] = []
        stored_rows = self._rows("SELECT acts, revision FROM play WHERE name = ?", name)
        count, revision = next(iter(stored_rows), (0, 0))
        for (body,) in self._rows("SELECT body FROM act WHERE play = ? ORDER BY n", name):
            try:
                acts.append(loads(body))
            except UnreadableError as error:
                self.forsake(
                    UnreadableError(
                        f"act {len(acts) + 1} of {scenario.id} is no act: {error}"
                    )
                )
                break
        count = min(count, len(acts))
        profile = self.profile(scenario)
        play = known_play or Play(scenario)
        play = play.back(min(_count_same_acts(play.acts, acts), count))
        if self.condenses:
            play = play.with_condensed_past()
        for begin in range(len(play.outcomes), count, AT_ONCE):
            play = play.do(*acts[begin : min(begin + AT_ONCE, count)])
        play = replace(play, undone=tuple(acts[count:]))
        if self.problem is None:
            self._kept[name] = Kept(play, revision, profile)
        return play

    def has_changed_elsewhere(self, scenario: Scenario) -> bool:
        """Tells whether another window has changed the play of a scenario since it was last read or kept here."""
        name = name_of(scenario)
        self._hold_on()
        try:
            return self._revision(name) != self._kept.get(name, Kept()).revision
        except sqlite3.Error:  # the next act tells what is wrong
            return False

    def profile(self, scenario: Scenario) -> str:
        """Returns the badge that was in hand when the play was left; "" where none was taken."""
        rows = self._rows("SELECT profile FROM badge WHERE play = ?", name_of(scenario))
        return next((name for (name,) in rows), "")

    def keep(self, play: Play, profile: str = "") -> Problem | None:
        """Commit where the play stands, its undone acts with it, and the badge in hand ("": it stays as it is); a Problem
        says why it could not be, and the next `keep` catches up. Another window that moved the same play on is a Problem
        too ("moved-on"); one that only took another badge is none.
        """
        self._hold_on()
        name = name_of(play.scenario)
        kept_state = self._kept.get(name, Kept())
        before = kept_state.play or play.back(0)
        moved = not (before.last is play.last and before.undone == play.undone)
        if not moved and profile in ("", kept_state.profile):
            return self._take_news()
        try:
            with self._writing():
                if moved:
                    if self._revision(name) != kept_state.revision:
                        return MOVED_ON
                    self._write_acts(name, before, play)
                    self._turn(name, len(play.outcomes), kept_state.revision + 1)
                if profile:
                    self._db.execute(
                        "INSERT OR REPLACE INTO badge VALUES (?, ?)", (name, profile)
                    )
        except sqlite3.Error as error:
            return unsaved_problem(error, IN_MEMORY)
        self._kept[name] = Kept(
            play, kept_state.revision + moved, profile or kept_state.profile
        )
        return self._take_news()

    def _write_acts(self, name: str, before: Play, play: Play) -> None:
        """Write the acts from the first on that is another than before."""
        from coffeeshop.lessons.play.acts_json import dumps

        same_count = len(before.outcomes)
        if 0 < same_count <= len(play.outcomes):
            last_same = play.outcomes[same_count - 1]
        else:
            last_same = None
        if (
            before.undone or play.undone or last_same is not before.last
        ):  # it did not only grow
            same_count = _count_same_acts(
                (*before.acts, *before.undone), (*play.acts, *play.undone)
            )
            self._db.execute(
                "DELETE FROM act WHERE play = ? AND n >= ?", (name, same_count)
            )
        undone = play.undone[max(0, same_count - len(play.outcomes)) :]
        new = (*(outcome.act for outcome in play.outcomes[same_count:]), *undone)
        rows = [(name, n, dumps(act)) for n, act in enumerate(new, same_count)]
        self._db.executemany("INSERT INTO act VALUES (?, ?, ?)", rows)

    def _revision(self, name: str) -> int:
        row = self._db.execute(
            "SELECT revision FROM play WHERE name = ?", (name,)
        ).fetchone()
        return row[0] if row else 0

    def _turn(self, name: str, count: int, revision: int) -> None:
        """Note how many acts count. A revision never comes back, so that no window mistakes another's play for its own."""
        self._db.execute(
            "INSERT OR REPLACE INTO play VALUES (?, ?, ?)", (name, count, revision)
        )

    def forget(self, scenario: Scenario) -> Play | Problem:
        """Forget the acts of a play, and return it begun again; its results stay. What cannot be written now, the next
        `keep` writes. A Problem ("moved-on"): another window moved the play on, and nobody here has seen what is there.
        """
        from coffeeshop.lessons.model import Play

        name = name_of(scenario)
        with suppress(sqlite3.Error):
            with self._writing():
                revision = self._revision(name) + 1
                if name in self._kept and revision != self._kept[name].revision + 1:
                    return MOVED_ON
                self._db.execute("DELETE FROM act WHERE play = ?", (name,))
                self._db.execute("DELETE FROM draft WHERE play = ?", (name,))
                self._db.execute("DELETE FROM badge WHERE play = ?", (name,))
                self._db.execute("DELETE FROM day WHERE play = ?", (name,))
                self._turn(name, 0, revision)
            self._kept[name] = Kept(revision=revision)
        self._unwritten = {
            key: text for key, text in self._unwritten.items() if key[0] != name
        }
        return Play(scenario)

    def day(self, scenario: Scenario) -> str:
        """Returns the day at the shop that is open in a play, as it was written; "" where none is."""
        rows = self._rows("SELECT opening FROM day WHERE play = ?", name_of(scenario))
        return next((day for (day,) in rows), "")

    def record_day(self, scenario: Scenario, day: str) -> Problem | None:
        """Note which day is open in a play; "": none is."""
        if day:
            return self._put(
                "INSERT OR REPLACE INTO day VALUES (?, ?)", name_of(scenario), day
            )
        return self._put("DELETE FROM day WHERE play = ?", name_of(scenario))

    # --------------------------------------------------------------- variants
    def first_variant(self) -> int | None:
        """Return the first of the learner's own variants, as it was given once; None where none was."""
        return first_kept(self.settings().get(FIRST_VARIANT, ""))

    def keep_first_variant(self, first: int) -> Problem | None:
        """Keep the first of the learner's own variants for every day to come."""
        return self.set_setting(FIRST_VARIANT, str(first))

    def variant(self, id: str, digest: str) -> int:
        """Returns the variant in which this version of a scenario was last played, of the learner's own; where it was in
        none of them, the first.
        """
        plain = play_name(id, digest)
        rows = self._rows(
            "SELECT name FROM play WHERE instr(name, ?) = 1 ORDER BY rowid DESC", plain
        )
        seeds = (name.removeprefix(plain).removeprefix("~") or "0" for (name,) in rows)
        own_seeds = (
            int(seed) for seed in seeds if seed.isdecimal() and int(seed) in self.own
        )
        return next(own_seeds, self.own.start)

    def varies(self, id: str) -> bool:
        """Tells whether a scenario may be taken up in other names than those in which it is written."""
        varied = "SELECT 1 FROM play WHERE instr(name, ?) = 1 AND instr(name, '~') LIMIT 1"
        return self.own.start > 0 or bool(self._rows(varied, f"{id}@"))

    def fresh(self, id: str, digest: str, variant: int) -> int:
        """Returns the variant in which to begin again: this one; if its solution was shown, the next of the learner's own
        that is unknown: its solution was not shown, nothing was done or written in it. Where none is left, this one.
        """
        if not self._has_shown_row(play_name(id, digest, variant)):
            return variant
        known_names = {name for (name,) in self._rows(KNOWN)}
        own_range, at = self.own, variant - self.own.start
        seeds = (own_range[(at + n) % len(own_range)] for n in range(1, len(own_range) + 1))
        return next(
            (seed for seed in seeds if play_name(id, digest, seed) not in known_names),
            variant,
        )

    def was_solution_shown(self, scenario: Scenario) -> bool:
        """Tells whether the solution was shown in this variant."""
        return self._has_shown_row(name_of(scenario))

    def _has_shown_row(self, name: str) -> bool:
        return bool(self._rows("SELECT play FROM shown WHERE play = ?", name))

    def record_exposure(self, scenario: Scenario, names: Iterable[str]) -> Problem | None:
        """Note that these files were printed or used. Where one of them tells the answer, and there is another variant,
        that is a Problem ("told"), once.
        """
        from coffeeshop.lessons.play.spoilers import telling

        if scenario.varies:
            tells = telling(scenario) - self.drafts(scenario).keys()
        else:
            tells = frozenset[str]()
        if tells.isdisjoint(names) or self.was_solution_shown(scenario):
            return None
        return self.mark_solution_shown(scenario) or TOLD

    def mark_solution_shown(self, scenario: Scenario) -> Problem | None:
        """Note that the solution was shown: from now on, stars come from another variant only, where there is one."""
        if not scenario.varies:
            return None
        return self._put("INSERT OR REPLACE INTO shown VALUES (?)", name_of(scenario))

    # ----------------------------------------------------------------- drafts
    def drafts(self, scenario: Scenario) -> dict[str, bytes]:
        """Tells what the learner wrote: file name -> text, laid over the scenario's own files."""
        play = name_of(scenario)
        drafts_by_name = dict(
            self._rows("SELECT name, body FROM draft WHERE play = ? ORDER BY name", play)
        )
        drafts_by_name |= {
            name: text for (of, name), text in self._unwritten.items() if of == play
        }
        return {name: text.encode() for name, text in drafts_by_name.items()}

    def write(self, scenario: Scenario, name: str, text: str) -> Problem | None:
        """Keep a draft; one that the disk does not take stays in memory, and the next `write` catches up."""
        self._unwritten[name_of(scenario), name] = text
        rows = [(*key, text) for key, text in self._unwritten.items()]
        try:
            with self._writing():
                self._db.executemany("INSERT OR REPLACE INTO draft VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            return unsaved_problem(error, IN_MEMORY)
        self._unwritten.clear()
        return self._take_news()

    # ---------------------------------------------------------------- results
    def record_result(
        self, scenario: Scenario, report: Report, at: datetime
    ) -> Problem | None:
        """Keep what a grading came to; `at` is the wall clock's, which only a shell reads. Where nothing is asked there is
        nothing to keep, nor where the solution was shown, which is a Problem ("shown").
        """
        if not report.asks:
            return None
        if self.was_solution_shown(scenario):
            return SHOWN
        row = (scenario.id, at.isoformat(timespec="seconds"), report.stars, report.score)
        return self._put(
            "INSERT INTO result (scenario, at, stars, score) VALUES (?, ?, ?, ?)", *row
        )

    def stars(self) -> dict[str, int]:
        """Returns the most stars that were ever reached, by scenario id."""
        return {id: best_result.stars for id, best_result in self.best().items()}

    def best(self) -> dict[str, Best]:
        """Returns the best of all gradings, by scenario id."""
        rows = self._rows(
            "SELECT scenario, max(stars), max(score), count(*) FROM result GROUP BY scenario"
        )
        return {id: Best(stars, score, tries) for id, stars, score, tries in rows}

    def meet(self, *meetings: Met) -> Problem | None:
        """Keep what the learner met of what AWS does, and whether it was right."""
        rows = [
            (met.at.isoformat(timespec="seconds"), met.subject, met.right)
            for met in meetings
        ]
        return self._put_all(
            "INSERT INTO met (at, subject, correct) VALUES (?, ?, ?)", rows
        )

    def meetings(self) -> tuple[Met, ...]:
        """Returns all that the learner met, oldest first."""
        rows = self._rows("SELECT at, subject, correct FROM met ORDER BY id")
        return tuple(
            Met(datetime.fromisoformat(at), subject, bool(right))
            for at, subject, right in rows
        )

    def record_hint(self, scenario: Scenario, key: str, rung: int) -> Problem | None:
        """Note that so many rungs of a finding's hints were read in this play."""
        return self._put(
            "INSERT OR REPLACE INTO hint VALUES (?, ?, ?)", name_of(scenario), key, rung
        )

    def hints(self, scenario: Scenario) -> dict[str, int]:
        """Tells how many rungs of hints were read in this play, by the ladder of the finding."""
        return dict(
            self._rows(
                "SELECT key, rung FROM hint WHERE play = ? ORDER BY key", name_of(scenario)
            )
        )

    def record(self, scenario: Scenario, at: datetime) -> Record:
        """Returns what travels with a play that is handed in at that instant of the wall's clock. Raises Problems where no
        wall's shows it; a grade of such an instant counts, and says nothing of when the first was.
        """
        if not is_walls(at):
            raise Problems(bad_clock(at, "nothing can be handed in"))
        query = "SELECT count(*), min(at) FILTER (WHERE at >= ? AND at < ?) FROM result WHERE scenario = ?"
        graded = self._rows(query, str(FIRST), str(LAST + 1), scenario.id)
        tries, first = next(iter(graded), (0, None))
        first_try = datetime.fromisoformat(first) if first else None
        return Record(
            at.replace(microsecond=0),
            tries,
            first_try,
            self.hints(scenario),
            self.was_solution_shown(scenario),
        )

    def begun(self) -> dict[str, int]:
        """Returns, by scenario id, how many acts are kept of the play that was last moved on."""
        rows = self._rows("SELECT name, acts FROM play ORDER BY rowid")
        last = {name.partition("@")[0]: acts for name, acts in rows}
        return {id: acts for id, acts in last.items() if acts}

    # ------------------------------------------------------ history, settings
    def history(self) -> tuple[str, ...]:
        """Returns the lines typed into the console, oldest first."""
        newest = self._rows("SELECT body FROM line ORDER BY id DESC LIMIT ?", HISTORY)
        return tuple(body for (body,) in reversed(newest))

    def append_history(self, line: str) -> Problem | None:
        """Keep a line of history."""
        return self._put("INSERT INTO line (body) VALUES (?)", line)

    def settings(self) -> dict[str, str]:
        """Tells what the learner chose: theme, motion, picture."""
        return dict(self._rows("SELECT name, value FROM setting"))

    def set_setting(self, name: str, value: str) -> Problem | None:
        """Keep a setting."""
        return self._put("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, value)


def _count_same_acts(first_acts: Sequence[Act], second_acts: Sequence[Act]) -> int:
    """Tells with how many of the same acts both begin."""
    most = min(len(first_acts), len(second_acts))
    if [*first_acts[:most]] == [*second_acts[:most]]:  # as nearly always
        return most
    return next(n for n in range(most) if first_acts[n] != second_acts[n])
