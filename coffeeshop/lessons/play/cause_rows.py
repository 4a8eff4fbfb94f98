"""Keep the causes that a learner named for the cases of a diagnosis. Whether they are right is computed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from coffeeshop.lessons.play.save_file import SaveFile
from coffeeshop.policy.problem import Problem

if TYPE_CHECKING:  # the list of scenarios doesn't need the engine
    from coffeeshop.lessons.model import NamedCause


class CauseRows(SaveFile):
    """The part of a save about diagnoses. An undo doesn't take back what was named."""

    def record_cause(self, play: str, named: NamedCause) -> Problem | None:
        """Add a cause that the learner named to the causes of a play. Return a Problem if it isn't saved."""
        statement = "INSERT INTO cause SELECT ?, coalesce(max(n) + 1, 0), ? FROM cause WHERE play = ?"
        return self._execute(statement, play, msgspec.json.encode(named).decode(), play)

    def named_causes(self, play: str) -> tuple[NamedCause, ...]:
        """Return the causes that were named in a play, oldest first. A row that can't be read is left out."""
        from coffeeshop.lessons.model import NamedCause

        named_causes = list[NamedCause]()
        for (text,) in self._rows("SELECT said FROM cause WHERE play = ? ORDER BY n", play):
            with suppress(msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
                named_causes.append(msgspec.json.decode(text, type=NamedCause))
        return tuple(named_causes)
