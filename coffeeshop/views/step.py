"""One step for the Next box: a sentence, a list of the app, and a key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.policy.model import Values
from coffeeshop.views.cells import shorten_text

# By kind of row below a thing: the words before the row's name and before the thing's.
HUNG: dict[str, tuple[str, str]] = {
    "inline": ("the policy ", " of "),
    "login": ("", " of "),
    "attached": ("the policy ", " from "),
    "key": ("the key ", " of "),
    "version": ("version ", ""),
}


class Way(Struct, frozen=True):
    """A place in the app: a list, a thing in it, a key, and the text of that key.

    `tab` is the list ("": any list of people). `thing` is the row ("": none yet). `hung` is the id
    of the row below the thing where the key is pressed ("": on the thing itself). `called` is that
    row's name.
    """

    tab: str
    thing: str
    key: str
    does: str
    hung: str = ""
    called: str = ""

    @property
    def deed_text(self) -> str:
        """Return the key and its text: "d deletes it"."""
        return f"{self.key} {self.does}"

    @property
    def text_here(self) -> str:
        """Return the key's text with the names of the row and its owner: "deletes the policy receipts of robin"."""
        if not self.hung:
            return self.does
        kind = re.split("[:-]", self.hung)[0]
        noun, of = HUNG.get(kind, ("", ""))
        named = {"it": f"{noun}{short(self.called)}"}
        if kind == "membership":  # a person and a group, from either side
            person, group = (
                (self.called, self.thing)
                if self.tab == "groups"
                else (self.thing, self.called)
            )
            named = {"them": short(person), "it": short(group)}
        does = re.sub(r"\b(it|them)\b", lambda word: named.get(word[0], word[0]), self.does)
        if of:
            return f"{does}{of}{short(self.thing)}"
        return does

    @property
    def whole(self) -> tuple[str, str]:
        """Return the key that opens the list from anywhere, and the text of the rest of the way."""
        return (
            "3" if self.tab == "policies" else "2",
            f"{PLACES[self.tab]}, {self.text_there}",
        )

    @property
    def text_there(self) -> str:
        """Return the text for a learner who comes to the list. The cursor may be on the thing already."""
        if self.thing:
            return f"on {short(self.thing)}: {self.onward}"
        return self.deed_text

    @property
    def choice(self) -> str:
        """Return the text for a learner in the list whose cursor is on another thing."""
        if self.thing:
            return f"choose {short(self.thing)}, {self.onward}"
        return self.deed_text

    @property
    def onward(self) -> str:
        """Return the text for a learner who has chosen the thing."""
        if self.hung:
            return f"tab to {short(self.called)}, {self.deed_text}"
        return self.deed_text


class Step(Struct, frozen=True):
    """A sentence with the key that goes on from there and the key's text.

    `want` is the id of the want that y explains. `way` is the place of the act. `other` is a second
    place, for a learner who is in its list already. A step without `way` shows `other` in every
    list.

    `calls` are the typed forms ("iam create-user"). `values` are the known parameters ({"UserName":
    "casey"}). The value "" means that the parameter is better left out. `badge` is the profile that
    the step changes to.
    """

    text: str
    key: str = ""
    does: str = ""
    want: str = ""
    way: Way | None = None
    other: Way | None = None
    calls: Values = ()
    values: Mapping[str, str] = {}
    badge: str = ""

    @property
    def letter(self) -> str:
        """Return the menu letter of the step: w of "w writes one", m of "⏎ and m gives one". "": there is none."""
        match = self.way and re.match(r"(?:⏎ and )?(\w) ", f"{self.key} {self.does}")
        return match[1] if match else ""


CALLS: dict[tuple[str, str], Values] = {  # by the list and the text of the key
    ("users", "hires"): ("iam create-user",),
    ("users", "and s gives one"): ("iam create-login-profile",),
    ("users", "and k makes one"): ("iam create-access-key",),
    ("groups", "makes one"): ("iam create-group",),
    ("groups", "and ⏎ add somebody"): ("iam add-user-to-group",),
    ("users", "and ⏎ add to the group"): ("iam add-user-to-group",),
    ("users", "writes one"): ("iam put-user-policy",),
    ("groups", "writes one"): ("iam put-group-policy",),
    ("groups", "writes its policy"): ("iam put-group-policy",),
    ("groups", "and p attaches AdministratorAccess"): ("iam attach-group-policy",),
    ("roles", "makes one"): ("iam create-role",),
    ("roles", "writes what it may do"): ("iam put-role-policy",),
    ("roles", "writes one"): ("iam put-role-policy",),
}

TO_DO = "To do: "  # begins the text of a failing job; removed after the word Next

NAME = 24  # cells of a name, so that the key stays visible; AWS allows 128 characters


def short(name: str) -> str:
    """Return a name, shortened so that the key after it stays visible."""
    return shorten_text(name, NAME)


PLACES = {
    "": "People",
    "users": "People, Users",
    "groups": "People, → Groups",
    "roles": "People, ← Roles",
    "policies": "Policies",
}


# The parameter that names a thing of a list.
NAMED = {"users": "UserName", "groups": "GroupName", "roles": "RoleName"}


def go(
    text: str,
    tab: str,
    thing: str,
    key: str,
    does: str,
    calls: Values = (),
    values: Mapping[str, str] = MappingProxyType({}),
    hung: str = "",
    called: str = "",
) -> Step:
    """Return the step to a key in a list, on a thing or on the row `hung` below it.

    `calls` are needed only if the table CALLS has no entry for the list and the text.
    """
    way = Way(tab, thing, key, does, hung, called)
    # IAM has no user root.
    if thing and tab in NAMED:
        named = {NAMED[tab]: "" if thing == "root" else thing}
    else:
        named = {}
    calls = calls or CALLS.get((tab, does), ())
    return Step(text, *way.whole, way=way, calls=calls, values={**named, **values})


def joins(text: str, group: str, user: str = "") -> Step:
    """Return the step that adds a user to a group ("": none yet), in the list of users or in that of groups."""
    group_step = go(
        text,
        "groups",
        group,
        "a",
        "and ⏎ add somebody",
        values={"UserName": user} if user else {},
    )
    if not user:
        return group_step
    step = go(
        text,
        "users",
        user,
        "a",
        "and ⏎ add to the group",
        values={"GroupName": group} if group else {},
    )
    return replace(step, other=group_step.way)


def is_joining(step: Step) -> bool:
    """Return whether a step adds a user to a group."""
    return step.calls == CALLS["groups", "and ⏎ add somebody"]


def remaining_step(
    step: Step, tabs: Sequence[str], tab: str, thing: str, hung: str | None = None
) -> Step:
    """Return the rest of a step for a cursor on `thing` in the list `tab`, one of the lists `tabs` of the screen.

    `hung` is the row below the thing that has the cursor. None: the cursor is in the list.
    """
    other_way = step.other
    uses_other_way = other_way and (
        step.way is None or (other_way.tab == tab and (hung is None or other_way.hung))
    )
    way = step.other if uses_other_way else step.way
    if way is None or (way.tab or "users") not in tabs:
        return step
    is_this_list = way.tab in ("", tab)
    is_this_thing = way.thing.lower() in ("", thing.lower())
    if hung is not None:
        if is_this_list and is_this_thing and way.hung:
            return _below(step, way, hung)
        return back(step, tabs)
    if not is_this_list:
        distance = (tabs.index(way.tab) - tabs.index(tab)) % len(tabs)
        return replace(
            step,
            key="→" if distance == 1 else "←",
            does=f"to {way.tab.capitalize()}, then {way.text_there}",
        )
    if not is_this_thing:
        return replace(step, key="↑↓", does=way.choice)
    if way.hung:
        return replace(step, key="tab", does=f"to {short(way.called)}, {way.deed_text}")
    return replace(step, key=way.key, does=way.does)


def back(step: Step, tabs: Sequence[str]) -> Step:
    """Return the step for a learner outside these lists: the screen's key goes back to its first list."""
    way = step.way
    if way is None or (way.tab or "users") not in tabs:
        return step
    first = tabs[0]
    to = way.tab or tabs[0]
    if to == first:
        turned = ""
    else:
        turned = f"{PLACES[to].partition(', ')[2]}, "
    return replace(step, does=f"back to {first.capitalize()}, {turned}{way.text_there}")


def _below(step: Step, way: Way, hung: str) -> Step:
    """Return the rest of a way for a cursor among the rows below its thing."""
    if hung == way.hung:
        return replace(step, key=way.key, does=way.text_here)
    return replace(step, key="↑↓", does=f"to {short(way.called)}, {way.deed_text}")
