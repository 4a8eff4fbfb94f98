"""Keep a learner's settings: how the game looks, the first of their variants, and their class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coffeeshop.lessons.play.save_file import SaveFile
from coffeeshop.lessons.play.variants import read_first_variant, variant_block
from coffeeshop.policy.problem import Problem, Problems

if TYPE_CHECKING:
    from coffeeshop.lessons.play.membership import Membership

FIRST_VARIANT = "first-variant"
CLASS_CODE = "class-code"  # the code with which the learner joined


class SettingRows(SaveFile):
    """The part of a save about settings. `own` is the range of the learner's variants."""

    own: range

    def settings(self) -> dict[str, str]:
        """Return the learner's settings by name: theme, motion, picture and others."""
        return dict(self._rows("SELECT name, value FROM setting"))

    def set_setting(self, name: str, value: str) -> Problem | None:
        """Store a setting. Return a Problem if the disk couldn't be written."""
        return self._execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, value)

    def first_variant(self) -> int | None:
        """Return the first of the learner's own variants. Return None if none was assigned."""
        return read_first_variant(self.settings().get(FIRST_VARIANT, ""))

    def keep_first_variant(self, first: int) -> Problem | None:
        """Keep the first of the learner's own variants."""
        return self.set_setting(FIRST_VARIANT, str(first))

    @property
    def membership(self) -> Membership | None:
        """Return what the save knows of the learner's class. Return None if the learner has joined none."""
        code = self.settings().get(CLASS_CODE, "")
        if not code:
            return None
        from coffeeshop.lessons.play.membership import parse_join_code

        try:
            return parse_join_code(code)
        except Problems:  # a damaged setting counts as none
            return None

    def join_class(self, membership: Membership) -> Problem | None:
        """Keep the learner's class, with their variants, in one transaction."""
        from coffeeshop.lessons.play.membership import join_code

        rows = [
            (CLASS_CODE, join_code(membership)),
            (FIRST_VARIANT, str(membership.first)),
        ]
        problem = self._write_rows("INSERT OR REPLACE INTO setting VALUES (?, ?)", rows)
        if problem is None:
            self.own = variant_block(membership.first)
        return problem
