"""The lists of People and of Policies: their titles and their items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account.model import Account
from coffeeshop.views.things.center_items import center_things, has_center
from coffeeshop.views.things.finding_items import analyzer_things
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.items import groups, people, policies, roles
from coffeeshop.views.things.key_items import kms_keys
from coffeeshop.views.things.provider_items import providers


def _always(account: Account) -> bool:
    """Return that a list is shown in every account."""
    return True


class ThingList(Struct, frozen=True):
    """A list of things: its title, and the sentence that it shows when it is empty.

    `lister` returns its items. `timed` does so instead for a list that depends on the time, too.
    `is_shown` returns whether an account shows the list.
    """

    title: str
    empty: str
    lister: Callable[[Account], tuple[Item, ...]] = lambda account: ()
    timed: Callable[[Account, datetime], tuple[Item, ...]] | None = None
    is_shown: Callable[[Account], bool] = _always

    def items(self, account: Account, at: datetime) -> tuple[Item, ...]:
        """Return the items of the list at a time."""
        return self.timed(account, at) if self.timed else self.lister(account)


Tabs: TypeAlias = dict[str, ThingList]
LISTS_BY_MODE: dict[str, Tabs] = {  # by mode
    "people": {
        "users": ThingList("Users", "No users: n creates one.", people),
        "groups": ThingList("Groups", "No groups: n creates one.", groups),
        "roles": ThingList("Roles", "No roles: n creates one.", roles),
        "center": ThingList(
            "Identity Center",
            "No permission sets, groups or users: n creates one.",
            center_things,
            is_shown=has_center,
        ),
        "providers": ThingList("Providers", "No providers: n creates one.", providers),
    },
    "policies": {
        "policies": ThingList("Policies", "No policies: n writes one.", policies),
        "keys": ThingList("KMS keys", "No KMS keys: n creates one.", kms_keys),
        "findings": ThingList(
            "Findings",
            "No analyzers: n creates one, which lists its findings.",
            timed=analyzer_things,
        ),
    },
}


def shown_lists(mode: str, account: Account) -> Tabs:
    """Return the lists of a mode that an account shows."""
    return {
        tab: each for tab, each in LISTS_BY_MODE[mode].items() if each.is_shown(account)
    }


def titles_that_fit(titles: Sequence[str], current: int, room: int) -> range:
    """Return the numbers of the titles to show in `room` cells, around the current one, the first ones if possible."""
    for first in range(current + 1):
        for last in range(len(titles) - 1, current - 1, -1):
            shown = range(first, last + 1)
            cuts = (first > 0) + (last < len(titles) - 1)
            # a line between two titles, a space on both sides of the current one, and "…" at each cut
            cells = sum(len(titles[n]) for n in shown) + len(shown) - 1 + 2 + 2 * cuts
            if cells <= room:
                return shown
    return range(current, current + 1)
