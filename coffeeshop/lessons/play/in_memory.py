"""Keep one play in memory only. It ends with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.play.progress import LastSeenPlay, Progress

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Play, Scenario


class InMemory(Progress):
    """Progress without a file. No other window can change its play, and no list of plays shows it."""

    def __init__(self) -> None:
        super().__init__(None)

    def resume(self, scenario: Scenario, known_play: Play | None = None) -> Play:
        """Return the play as the learner left it, or a new one."""
        from coffeeshop.lessons.model import Play

        return self._state_of_play(scenario).play or Play(scenario)

    def has_changed_elsewhere(self, scenario: Scenario) -> bool:
        """Return False: no other window can change a play in memory."""
        return False

    def profile(self, scenario: Scenario) -> str:
        """Return the profile of the credential in use when the learner left the play.

        Return "" if none was chosen.
        """
        return self._state_of_play(scenario).profile

    def keep(self, play: Play, profile: str = "") -> None:
        """Keep the play and the profile of the credential in use. "" keeps the profile as it is."""
        self._last_seen[name_of(play.scenario)] = LastSeenPlay(
            play, profile=profile or self.profile(play.scenario)
        )

    def _state_of_play(self, scenario: Scenario) -> LastSeenPlay:
        """Return the play as it was last kept, or an empty state."""
        return self._last_seen.get(name_of(scenario), LastSeenPlay())
