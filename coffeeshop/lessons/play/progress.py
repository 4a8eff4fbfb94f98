"""Keep a learner's progress in one SQLite file, or in a school's database. Only this module and save_file write it.

Every change of a play is one transaction, committed before its result appears, so that a crash loses nothing.
A file that is damaged or newer than this program stays as it is. Where the disk can't be written, play goes
on in memory and `problem` says so.
"""

from __future__ import annotations

import gc
import os
import re
import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.lessons.play.cause_rows import CauseRows
from coffeeshop.lessons.play.help_rows import HelpRows
from coffeeshop.lessons.play.play_name import name_of, play_name
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.play.save_connection import try_twice
from coffeeshop.lessons.play.save_place import SavePlace
from coffeeshop.lessons.play.save_problems import (
    ANSWER_SHOWN,
    IN_MEMORY,
    MOVED_ON,
    SOLUTION_SHOWN,
    unsaved_problem,
)
from coffeeshop.lessons.play.variants import ALL_VARIANTS, variant_block
from coffeeshop.policy.problem import Problem, Problems

if TYPE_CHECKING:  # the list of scenarios needs neither plays nor the account
    from coffeeshop.account.model import Act
    from coffeeshop.lessons.model import Play, Report, Scenario
    from coffeeshop.lessons.play.record import Record

PLAYS_IN_USE = (
    "SELECT play FROM shown UNION SELECT play FROM act UNION SELECT play FROM draft"
)
PROOF_KEY = "proof-key"  # a setting that the program sets
MAX_HISTORY = 500  # lines of console history
# Acts that are replayed at once when a play is resumed. Any number leads to the same play.
REPLAY_BATCH = 500


class Best(Struct, frozen=True):
    """The best result of a learner in a scenario, and the number of gradings."""

    stars: int
    score: float
    tries: int


class LastSeenPlay(Struct, frozen=True):
    """A play as this program last saw it in the file, with its revision and the profile in use.

    A play's revision is a number that grows with every change, so that a window notices
    another's. `play` is None if the file had none.
    """

    play: Play | None = None
    revision: int = 0
    profile: str = ""


@contextmanager
def _pause_collector() -> Generator[None]:
    """Pause the garbage collector.

    A replay keeps every outcome, so the collector would find nothing to free and cost time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class Progress(HelpRows, CauseRows):
    """One learner's save, open. Without a place it exists in memory only.

    `problem` says why nothing reaches the disk. Until then every change is committed before its result is shown.
    """

    condenses = False  # whether resumed plays keep only the acts of their past: servers of programs set it

    def __init__(self, place: SavePlace | None, own_variants: range | None = None) -> None:
        """Open a save.

        `own_variants` are the variants that this learner can get. None: they follow from the save's first variant,
        or are all variants if it has none.
        """
        self._last_seen: dict[str, LastSeenPlay] = {}  # by play name
        # Drafts that are not on the disk yet.
        self._unwritten_drafts: dict[tuple[str, str], str] = {}
        super().__init__(place)
        if own_variants is None:
            first = self.first_variant()
        else:
            first = None
        self.own = own_variants or (ALL_VARIANTS if first is None else variant_block(first))

    def _expected_revisions(self, copy: sqlite3.Connection) -> dict[str, int]:
        """Return the least revision that each play must have in a file that took this save's place, by play name.

        It is the higher one of the memory copy's and the one seen here. A file with less
        would lose acts.
        """
        revisions = super()._expected_revisions(copy)
        seen = {
            name: max(kept_state.revision, revisions.get(name, 0))
            for name, kept_state in self._last_seen.items()
        }
        return revisions | seen

    def _continue_in_memory(self, error: Exception) -> None:
        """Go on in memory. Restore each play as last seen where the copy has an older one."""
        super()._continue_in_memory(error)
        for name, kept_state in [*self._last_seen.items()]:
            if kept_state.play is not None and self._revision(name) < kept_state.revision:
                self._db.execute("DELETE FROM act WHERE play = ?", (name,))
                self._last_seen[name] = LastSeenPlay(revision=self._revision(name))
                self.keep(kept_state.play, kept_state.profile)

    @cached_property
    def proof_key(self) -> bytes:
        """Return the key from which the secrets of this learner's credentials are drawn.

        Without it, another learner with the program could compute the secrets that a play gives to real clients.
        The key never leaves the save. A save in memory has no key and returns b"".
        """
        if self.place is None:
            return b""
        new_key = os.urandom(32).hex()
        self._execute(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT DO NOTHING", PROOF_KEY, new_key
        )
        # Another window can have written it, or it can be damaged.
        saved_key = self.settings().get(PROOF_KEY, "")
        return bytes.fromhex(
            saved_key if re.fullmatch(r"[0-9a-f]{64}", saved_key) else new_key
        )

    # ------------------------------------------------------------------ plays
    @_pause_collector()
    def resume(self, scenario: Scenario, known_play: Play | None = None) -> Play:
        """Return the play of a scenario as the learner left it, or a new one.

        A changed scenario begins a new play, and its old play stays in the file. Where an act can't be read,
        the play goes on in memory from the act before it. Acts that `known_play` already has are not replayed
        again.
        """
        from coffeeshop.lessons.model import Play
        from coffeeshop.lessons.play.acts_json import UnreadableError, parse_saved_act

        name = name_of(scenario)
        acts: list[Act] = []
        stored_rows = self._rows("SELECT acts, revision FROM play WHERE name = ?", name)
        count, revision = next(iter(stored_rows), (0, 0))
        for (body,) in self._rows("SELECT body FROM act WHERE play = ? ORDER BY n", name):
            try:
                acts.append(parse_saved_act(body))
            except UnreadableError as error:
                self.abandon_file(
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
        for begin in range(len(play.outcomes), count, REPLAY_BATCH):
            play = play.do(*acts[begin : min(begin + REPLAY_BATCH, count)])
        play = replace(play, undone=tuple(acts[count:]))
        if self.problem is None:
            self._last_seen[name] = LastSeenPlay(play, revision, profile)
        return play

    def has_changed_elsewhere(self, scenario: Scenario) -> bool:
        """Return whether another window has changed the play since it was last read or kept here."""
        name = name_of(scenario)
        self._check_file()
        try:
            return (
                self._revision(name) != self._last_seen.get(name, LastSeenPlay()).revision
            )
        except sqlite3.Error:  # the next act reports the error
            return False

    def profile(self, scenario: Scenario) -> str:
        """Return the profile of the credential in use when the learner left the play, or "" if none was chosen."""
        rows = self._rows("SELECT profile FROM badge WHERE play = ?", name_of(scenario))
        return next((name for (name,) in rows), "")

    def keep(self, play: Play, profile: str = "") -> Problem | None:
        """Commit the play with its undone acts, and the profile in use ("" leaves it as it is).

        Return a Problem if the disk couldn't be written: the next `keep` writes everything again. Return
        "moved-on" if another window has changed the play meanwhile, since its acts would be lost. A change
        of the profile alone is no conflict.
        """
        self._check_file()
        name = name_of(play.scenario)
        kept_state = self._last_seen.get(name, LastSeenPlay())
        before = kept_state.play or play.back(0)
        moved = not (before.last is play.last and before.undone == play.undone)
        if not moved and profile in ("", kept_state.profile):
            return self._take_file_problem()

        def write_change() -> Problem | None:
            with self._transaction():
                if moved:
                    if self._revision(name) != kept_state.revision:
                        return MOVED_ON
                    self._write_acts(name, before, play)
                    self._write_act_count(name, len(play.outcomes), kept_state.revision + 1)
                if profile:
                    row = (name, profile)
                    self._db.execute("INSERT OR REPLACE INTO badge VALUES (?, ?)", row)
            return None

        try:
            moved_on = try_twice(write_change)
        except sqlite3.Error as error:
            return unsaved_problem(error, IN_MEMORY)
        if moved_on:
            return moved_on
        self._last_seen[name] = LastSeenPlay(
            play, kept_state.revision + moved, profile or kept_state.profile
        )
        return self._take_file_problem()

    def _write_acts(self, name: str, before: Play, play: Play) -> None:
        """Write the acts from the first one that differs from `before`, the play as it is in the file."""
        from coffeeshop.lessons.play.acts_json import act_line

        same_count = len(before.outcomes)
        if 0 < same_count <= len(play.outcomes):
            last_same = play.outcomes[same_count - 1]
        else:
            last_same = None
        # Acts were undone or replaced.
        if before.undone or play.undone or last_same is not before.last:
            same_count = _count_same_acts(
                (*before.acts, *before.undone), (*play.acts, *play.undone)
            )
            self._db.execute(
                "DELETE FROM act WHERE play = ? AND n >= ?", (name, same_count)
            )
        undone = play.undone[max(0, same_count - len(play.outcomes)) :]
        new = (*(outcome.act for outcome in play.outcomes[same_count:]), *undone)
        rows = [(name, n, act_line(act)) for n, act in enumerate(new, same_count)]
        self._db.executemany("INSERT INTO act VALUES (?, ?, ?)", rows)

    def _revision(self, name: str) -> int:
        """Return a play's revision in the file, or 0 if it isn't there."""
        row = self._db.execute(
            "SELECT revision FROM play WHERE name = ?", (name,)
        ).fetchone()
        return row[0] if row else 0

    def _write_act_count(self, name: str, count: int, revision: int) -> None:
        """Write how many acts of a play are done (later ones are undone), and its new revision.

        A revision is never used twice, so a window can't mistake another's play for its
        own.
        """
        self._db.execute(
            "INSERT OR REPLACE INTO play VALUES (?, ?, ?)", (name, count, revision)
        )

    def restart(self, scenario: Scenario) -> Play | Problem:
        """Delete the acts, drafts and open day of a play, and return it as new. Its results stay.

        If the disk can't be written, the next `keep` repeats the deletion. Return the
        Problem "moved-on" if another window changed the play since it was last read here.
        """
        from coffeeshop.lessons.model import Play

        name = name_of(scenario)
        with suppress(sqlite3.Error):
            with self._transaction():
                revision = self._revision(name) + 1
                if (
                    name in self._last_seen
                    and revision != self._last_seen[name].revision + 1
                ):
                    return MOVED_ON
                self._db.execute("DELETE FROM act WHERE play = ?", (name,))
                self._db.execute("DELETE FROM draft WHERE play = ?", (name,))
                self._db.execute("DELETE FROM badge WHERE play = ?", (name,))
                self._db.execute("DELETE FROM day WHERE play = ?", (name,))
                self._db.execute("DELETE FROM asked WHERE play = ?", (name,))
                self._db.execute("DELETE FROM cause WHERE play = ?", (name,))
                self._write_act_count(name, 0, revision)
            self._last_seen[name] = LastSeenPlay(revision=revision)
        self._unwritten_drafts = {
            key: text for key, text in self._unwritten_drafts.items() if key[0] != name
        }
        return Play(scenario)

    def day(self, scenario: Scenario) -> str:
        """Return the open day of a play as `record_day` stored it, or "" if no day is open."""
        rows = self._rows("SELECT opening FROM day WHERE play = ?", name_of(scenario))
        return next((day for (day,) in rows), "")

    def record_day(self, scenario: Scenario, day: str) -> Problem | None:
        """Keep the open day of a play. "" means that no day is open."""
        if day:
            return self._execute(
                "INSERT OR REPLACE INTO day VALUES (?, ?)", name_of(scenario), day
            )
        return self._execute("DELETE FROM day WHERE play = ?", name_of(scenario))

    # --------------------------------------------------------------- variants
    def variant(self, id: str, digest: str) -> int:
        """Return the learner's own variant in which this version of a scenario was last played, or else their first
        one.
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

    def last_played_variant(self, id: str, digest: str) -> int | None:
        """Return the variant in which a scenario was last played and something was done, also one that isn't the learner's own."""
        plain = play_name(id, digest)
        rows = self._rows(
            "SELECT name FROM play WHERE instr(name, ?) = 1 AND acts > 0 ORDER BY rowid DESC",
            plain,
        )
        seeds = (name.removeprefix(plain).removeprefix("~") or "0" for (name,) in rows)
        return next((int(seed) for seed in seeds if seed.isdecimal()), None)

    def has_older_version_only(self, scenario: Scenario) -> bool:
        """Return whether the learner has acts in another version of a scenario, and none in this one."""
        rows = self._rows(
            "SELECT name FROM play WHERE instr(name, ?) = 1 AND acts > 0", f"{scenario.id}@"
        )
        this_version = play_name(scenario.id, scenario.digest)
        return bool(rows) and not any(name.startswith(this_version) for (name,) in rows)

    def can_vary(self, id: str) -> bool:
        """Return whether the learner can play a scenario in a variant other than 0.

        They can if they were assigned variants, or if the save has a play in one: its name
        is ID@DIGEST~VARIANT.
        """
        varied = (
            "SELECT 1 FROM play WHERE instr(name, ?) = 1 AND instr(name, '~') > 0 LIMIT 1"
        )
        return self.own.start > 0 or bool(self._rows(varied, f"{id}@"))

    def fresh_variant(self, id: str, digest: str, variant: int) -> int:
        """Return the variant in which to begin again.

        It is this variant, unless its solution was revealed. Then it is the learner's next
        variant without acts, drafts or a revealed solution, if there is one.
        """
        if not self._has_shown_row(play_name(id, digest, variant)):
            return variant
        known_names = {name for (name,) in self._rows(PLAYS_IN_USE)}
        own_range = self.own
        at = variant - self.own.start
        seeds = (own_range[(at + n) % len(own_range)] for n in range(1, len(own_range) + 1))
        return next(
            (seed for seed in seeds if play_name(id, digest, seed) not in known_names),
            variant,
        )

    def was_solution_shown(self, scenario: Scenario) -> bool:
        """Return whether the learner has seen the solution in this variant."""
        return self._has_shown_row(name_of(scenario))

    def _has_shown_row(self, name: str) -> bool:
        """Return whether the table `shown` has this play."""
        return bool(self._rows("SELECT play FROM shown WHERE play = ?", name))

    def record_exposure(self, scenario: Scenario, names: Iterable[str]) -> Problem | None:
        """Mark the solution as seen where one of these files contains it and the scenario has other variants.

        Return the Problem "told" the first time.
        """
        from coffeeshop.lessons.play.spoilers import spoiler_files

        if scenario.varies:
            spoilers = spoiler_files(scenario) - self.drafts(scenario).keys()
        else:
            spoilers = frozenset[str]()
        if spoilers.isdisjoint(names) or self.was_solution_shown(scenario):
            return None
        return self.mark_solution_shown(scenario) or ANSWER_SHOWN

    def mark_solution_shown(self, scenario: Scenario) -> Problem | None:
        """Mark the solution as seen. Only other variants can earn stars from now on. A scenario without variants isn't marked."""
        if not scenario.varies:
            return None
        return self._execute("INSERT OR REPLACE INTO shown VALUES (?)", name_of(scenario))

    # ----------------------------------------------------------------- drafts
    def drafts(self, scenario: Scenario) -> dict[str, bytes]:
        """Return the learner's drafts by file name. A draft replaces the scenario's file of that name."""
        play = name_of(scenario)
        drafts_by_name = dict(
            self._rows("SELECT name, body FROM draft WHERE play = ? ORDER BY name", play)
        )
        drafts_by_name |= {
            name: text for (of, name), text in self._unwritten_drafts.items() if of == play
        }
        return {name: text.encode() for name, text in drafts_by_name.items()}

    def write_draft(self, scenario: Scenario, name: str, text: str) -> Problem | None:
        """Keep a draft. Where the disk can't be written it stays in memory, and the next `write` tries again."""
        self._unwritten_drafts[name_of(scenario), name] = text
        rows = [(*key, text) for key, text in self._unwritten_drafts.items()]
        try:
            with self._transaction():
                self._db.executemany("INSERT OR REPLACE INTO draft VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            return unsaved_problem(error, IN_MEMORY)
        self._unwritten_drafts.clear()
        return self._take_file_problem()

    # ---------------------------------------------------------------- results
    def record_result(
        self, scenario: Scenario, report: Report, at: datetime
    ) -> Problem | None:
        """Keep the result of a grading. `at` is the wall clock's time, which only a shell reads.

        Nothing is kept if the scenario has no checks, or if the learner has seen the solution. In the second case
        the Problem "shown" is returned.
        """
        if not report.gives_stars:
            return None
        if self.was_solution_shown(scenario):
            return SOLUTION_SHOWN
        row = (scenario.id, at.isoformat(timespec="seconds"), report.stars, report.score)
        return self._execute(
            "INSERT INTO result (scenario, at, stars, score) VALUES (?, ?, ?, ?)", *row
        )

    def most_stars(self) -> dict[str, int]:
        """Return the most stars the learner ever reached, by scenario id."""
        return {id: best_result.stars for id, best_result in self.best_results().items()}

    def best_results(self) -> dict[str, Best]:
        """Return the best result of all gradings, by scenario id."""
        rows = self._rows(
            "SELECT scenario, max(stars), max(score), count(*) FROM result GROUP BY scenario"
        )
        return {id: Best(stars, score, tries) for id, stars, score, tries in rows}

    def record_meetings(self, *meetings: Met) -> Problem | None:
        """Keep meetings: the subjects that the learner answered, and whether they were right."""
        rows = [
            (met.at.isoformat(timespec="seconds"), met.subject, met.right)
            for met in meetings
        ]
        return self._write_rows(
            "INSERT INTO met (at, subject, correct) VALUES (?, ?, ?)", rows
        )

    def meetings(self) -> tuple[Met, ...]:
        """Return all meetings, oldest first."""
        rows = self._rows("SELECT at, subject, correct FROM met ORDER BY id")
        return tuple(
            Met(datetime.fromisoformat(at), subject, bool(right))
            for at, subject, right in rows
        )

    def record_hint(self, scenario: Scenario, key: str, number: int) -> Problem | None:
        """Keep how many hints of a ladder the learner has read in this play."""
        return self._execute(
            "INSERT OR REPLACE INTO hint VALUES (?, ?, ?)", name_of(scenario), key, number
        )

    def hints_read(self, scenario: Scenario) -> dict[str, int]:
        """Return how many hints the learner has read in this play, by the finding's ladder."""
        return dict(
            self._rows(
                "SELECT key, rung FROM hint WHERE play = ? ORDER BY key", name_of(scenario)
            )
        )

    def handin_record(self, scenario: Scenario, at: datetime) -> Record:
        """Return the record that goes with a hand-in made at `at`, a time of the wall clock.

        Raise Problems where the year can't be right. Gradings with such a time count as tries, but don't set
        the first try.
        """
        from coffeeshop.lessons.play import record  # the values of plays

        if not record.is_plausible_year(at):
            raise Problems(record.bad_clock_problem(at, "nothing can be handed in"))
        query = "SELECT count(*), min(at) FILTER (WHERE at >= ? AND at < ?) FROM result WHERE scenario = ?"
        years = (str(record.FIRST_YEAR), str(record.LAST_YEAR + 1))
        graded = self._rows(query, *years, scenario.id)
        tries, first = next(iter(graded), (0, None))
        first_try = datetime.fromisoformat(first) if first else None
        return record.Record(
            at.replace(microsecond=0),
            tries,
            first_try,
            self.hints_read(scenario),
            self.was_solution_shown(scenario),
            self.named_causes(name_of(scenario)),
        )

    def act_counts(self) -> dict[str, int]:
        """Return, by scenario id, how many acts the play has that changed last."""
        rows = self._rows("SELECT name, acts FROM play ORDER BY rowid")
        last = {name.partition("@")[0]: acts for name, acts in rows}
        return {id: acts for id, acts in last.items() if acts}

    # ------------------------------------------------------ history, settings
    def history(self) -> tuple[str, ...]:
        """Return the lines typed into the console, oldest first."""
        newest = self._rows("SELECT body FROM line ORDER BY id DESC LIMIT ?", MAX_HISTORY)
        return tuple(body for (body,) in reversed(newest))

    def append_history(self, line: str) -> Problem | None:
        """Add a line to the console's history."""
        return self._execute("INSERT INTO line (body) VALUES (?)", line)


def _count_same_acts(first_acts: Sequence[Act], second_acts: Sequence[Act]) -> int:
    """Return how many acts at the beginning of both sequences are equal."""
    shorter_length = min(len(first_acts), len(second_acts))
    # Nearly always true.
    if [*first_acts[:shorter_length]] == [*second_acts[:shorter_length]]:
        return shorter_length
    return next(n for n in range(shorter_length) if first_acts[n] != second_acts[n])
