"""The actions by which a principal can grant itself or others more, and how: `granting.toml` and AWS's own level.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple, TypedDict, cast

from coffeeshop.policy import catalog


class Way(NamedTuple):
    """How an action grants more access.

    `how` is a clause that follows the action's name. `anything`: it leads to every
    permission. `own`: it is harmless on the user's own user.
    """

    how: str = "changes who can do what"
    anything: bool = False
    own: bool = False


OF_THE_LEVEL: Final = Way()


class _Row(TypedDict, total=False):
    how: str
    anything: bool
    own: bool
    actions: Sequence[str]


class _Table(TypedDict):
    harmless: _Row
    way: Sequence[_Row]


def escalation_way(action: str) -> Way | None:
    """Return how an action lets a principal grant more access, or None if it doesn't."""
    return _ways_of_service(action.partition(":")[0]).get(action)


@lru_cache(maxsize=1024)  # each wildcard of a policy can need every service
def _ways_of_service(prefix: str) -> Mapping[str, Way]:
    """Return the ways of a service's actions that grant more access."""
    service = catalog.find_service(prefix)
    ways = {action: _find_way(action) for action in (service.actions if service else ())}
    return {action: way for action, way in ways.items() if way}


def _find_way(action: str) -> Way | None:
    """Return how an action grants more access: as listed in granting.toml, or in general if
    AWS's level is Permissions management.
    """
    listed = listed_ways().get(action)
    if listed is not None or action in _granting_table()["harmless"].get("actions", ()):
        return listed
    if catalog.access_level(action) is catalog.AccessLevel.PERMISSIONS:
        return OF_THE_LEVEL
    return None


@cache
def listed_ways() -> Mapping[str, Way]:
    """Return the listed ways, by action."""
    return {
        action: Way(row.get("how", ""), row.get("anything", False), row.get("own", False))
        for row in _granting_table()["way"]
        for action in row.get("actions", ())
    }


@cache
def _granting_table() -> _Table:
    """Return the table in `granting.toml`."""
    import tomllib
    from pathlib import Path

    return cast(
        "_Table",
        tomllib.loads(Path(__file__).with_name("granting.toml").read_text("utf-8")),
    )
