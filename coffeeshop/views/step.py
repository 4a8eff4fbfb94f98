"""One step of the way, as the Next box shows it: a sentence, the list where something is to be done, and by which key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.policy.model import Values
from coffeeshop.views.cells import shortened


class Way(Struct, frozen=True):
    """Where something is done: in which list ("": any of people), with which thing of it ("": none yet), by which key, and
    what that does.
    """

    tab: str
    thing: str
    key: str
    does: str

    @property
    def choice(self) -> str:
        """Tells what is to be done in the list."""
        return f"choose {short(self.thing)}, {self.key} {self.does}" if self.thing else f"{self.key} {self.does}"


class Step(Struct, frozen=True):
    """A sentence, and the key that goes there, with what that key does; `want` is the one that `y` is to explain.

    `calls` do it for whoever types them ("iam create-user"); `values` are what is known of their parameters, as AWS
    spells them ({"UserName": "casey"}; "" for one that is better left out).
    """

    text: str
    key: str = ""
    does: str = ""
    want: str = ""
    way: Way | None = None
    calls: Values = ()
    values: Mapping[str, str] = {}


CALLS: dict[tuple[str, str], Values] = {  # by the list and what is done in it
    ("users", "hires"): ("iam create-user",),
    ("users", "and g gives one"): ("iam create-login-profile",),
    ("users", "and k makes one"): ("iam create-access-key",),
    ("groups", "makes one"): ("iam create-group",),
    ("groups", "and ⏎ add somebody"): ("iam add-user-to-group",),
    ("groups", "writes its policy"): ("iam put-group-policy",),
    ("groups", "and p attaches AdministratorAccess"): ("iam attach-group-policy",),
    ("roles", "makes one"): ("iam create-role",),
    ("roles", "writes what it may do"): ("iam put-role-policy",),
}

NAME = 24  # cells of a name, so that the key is always seen; AWS allows 128


def short(name: str) -> str:
    """Returns a name, cut where the key behind it would not be seen."""
    return shortened(name, NAME)


PLACES = {
    "": "People",
    "users": "People, Users",
    "groups": "People, → Groups",
    "roles": "People, ← Roles",
    "policies": "Policies",
}


NAMED = {"users": "UserName", "groups": "GroupName", "roles": "RoleName"}  # the parameter that a list's things fill


def go(
    text: str,
    tab: str,
    thing: str,
    key: str,
    does: str,
    calls: Values = (),
    values: Mapping[str, str] = MappingProxyType({}),
) -> Step:
    """Returns the step to a list, and to a thing of it, where a key does what is to be done; `calls`, where the table
    knows none.
    """
    way = Way(tab, thing, key, does)
    named = {NAMED[tab]: "" if thing == "root" else thing} if thing and tab in NAMED else {}  # IAM knows no user root
    place, calls = "3" if tab == "policies" else "2", calls or CALLS.get((tab, does), ())
    return Step(text, place, f"{PLACES[tab]}, {way.choice}", way=way, calls=calls, values={**named, **values})


def left(step: Step, tabs: Sequence[str], tab: str, thing: str) -> Step:
    """Tells what is left of the way to whoever stands in one of these lists, with that thing under the cursor."""
    way = step.way
    if way is None or (way.tab or "users") not in tabs:
        return step
    if way.tab not in ("", tab):
        far = (tabs.index(way.tab) - tabs.index(tab)) % len(tabs)
        return replace(step, key="→" if far == 1 else "←", does=f"to {way.tab.capitalize()}, then {way.choice}")
    if way.thing.lower() not in ("", thing.lower()):
        return replace(step, key="↑↓", does=way.choice)
    return replace(step, key=way.key, does=way.does)
