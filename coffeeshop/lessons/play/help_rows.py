"""Keep the help that a learner asked for, by skill, and list the plays that can show a skill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from msgspec import Struct

from coffeeshop.lessons.play.setting_rows import SettingRows
from coffeeshop.policy.problem import Problem


class Help(IntEnum):
    """What a learner asked for: why a job or refusal fails, a hint, or the full step of Next."""

    CAUSE = 1
    HINT = 2
    STEP = 3


class KeptPlay(Struct, frozen=True):
    """A play in a save: its name, its acts that aren't undone, its revision, and its scenario's most stars."""

    name: str
    acts: int
    revision: int
    stars: int

    @property
    def id(self) -> str:
        """Return the id of its scenario."""
        return self.name.partition("@")[0]

    @property
    def variant(self) -> int:
        """Return its variant. A name that no version of this program wrote counts as variant 0."""
        seed = self.name.partition("~")[2]
        return int(seed) if seed.isascii() and seed.isdigit() else 0


class HelpRows(SettingRows):
    """The part of a save about skills. What a play shows is computed from its acts; only the help is stored."""

    def record_help(self, play: str, skills: Iterable[str], help: Help) -> Problem | None:
        """Keep that a play's learner asked for help with these skills. The most help counts."""
        statement = (
            "INSERT INTO asked VALUES (?, ?, ?) ON CONFLICT (play, skill) "
            "DO UPDATE SET help = excluded.help WHERE asked.help < excluded.help"
        )
        rows = [(play, skill, int(help)) for skill in sorted(skills)]
        return self._write_rows(statement, rows) if rows else None

    def help_asked(self, play: str) -> Mapping[str, Help]:
        """Return the most help that was asked for in a play, by skill."""
        rows = self._rows("SELECT skill, help FROM asked WHERE play = ?", play)
        return {skill: Help(help) for skill, help in rows}

    def plays_with_stars(self) -> tuple[KeptPlay, ...]:
        """Return the plays with acts whose scenario has a star, the one that changed last first."""
        rows = self._rows(
            "SELECT name, acts, revision, max(stars) FROM play JOIN result "
            "ON scenario = substr(name, 1, instr(name, '@') - 1) "
            "WHERE acts > 0 AND stars > 0 GROUP BY name ORDER BY play.rowid DESC"
        )
        return tuple(KeptPlay(*row) for row in rows)

    def act_count(self, name: str) -> int:
        """Return how many acts a play has that aren't undone, by its name."""
        rows = self._rows("SELECT acts FROM play WHERE name = ?", name)
        return rows[0][0] if rows else 0

    def act_lines(self, play: KeptPlay) -> tuple[str, ...]:
        """Return the acts of a play that aren't undone, as `act_line` wrote them."""
        rows = self._rows(
            "SELECT body FROM act WHERE play = ? AND n < ? ORDER BY n", play.name, play.acts
        )
        return tuple(body for (body,) in rows)
