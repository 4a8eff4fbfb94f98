"""Keep one play in memory alone, where nothing outlives the program: as the value that it is, since none but us reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.play.progress import Kept, Progress

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Play, Scenario


class InMemory(Progress):
    """Progress without a file, which no other window moves on. Of its play no row is written, so no list tells of it."""

    def __init__(self) -> None:
        super().__init__(None)

    def resume(self, scenario: Scenario, known_play: Play | None = None) -> Play:
        """Returns the play as it was left; a fresh one if there is none."""
        from coffeeshop.lessons.model import Play

        return self._kept_state_of(scenario).play or Play(scenario)

    def has_changed_elsewhere(self, scenario: Scenario) -> bool:
        """Tells that nobody moved it on: nobody else has what is in memory alone."""
        return False

    def profile(self, scenario: Scenario) -> str:
        """Returns the badge that was in hand when the play was left; "" where none was taken."""
        return self._kept_state_of(scenario).profile

    def keep(self, play: Play, profile: str = "") -> None:
        """Keep where the play stands, and the badge in hand ("": it stays as it is)."""
        self._kept[name_of(play.scenario)] = Kept(
            play, profile=profile or self.profile(play.scenario)
        )

    def _kept_state_of(self, scenario: Scenario) -> Kept:
        return self._kept.get(name_of(scenario), Kept())
