"""Define the learner's folder: the files that a line of the AWS CLI can list and open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.spoilers import SCENARIO_SUFFIXES, files_for_learner


class Folder(Mapping[str, bytes]):
    """The learner's files by name. It lists only the files that the learner was given or wrote.

    Other documents open by their exact name. `opened` collects the names, because such a file can contain the
    answer. The scenario's own files never open.
    """

    def __init__(self, scenario: Scenario, drafts: Mapping[str, bytes]) -> None:
        self._scenario = scenario
        self._drafts = drafts
        self.opened: set[str] = set()

    def __getitem__(self, name: str) -> bytes:
        if name in self._drafts:
            return self._drafts[name]
        if name not in self:
            raise KeyError(name)
        self.opened.add(name)
        return self._scenario.files[name]

    def __contains__(self, name: object) -> bool:
        is_theirs = name in self._scenario.files and not str(name).endswith(
            SCENARIO_SUFFIXES
        )
        return is_theirs or name in self._drafts

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._files_given, *self._drafts}))

    @cached_property
    def _files_given(self) -> frozenset[str]:
        """Return the files of the scenario that a learner may list."""
        return files_for_learner(self._scenario)

    def __len__(self) -> int:
        return sum(1 for _ in self)
