"""One step for the Next box: the failure, its reason, and the step that fixes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, IntEnum
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.identity_policies import opens_everything
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.model import Account
from coffeeshop.policy.model import Values
from coffeeshop.shop.want import Ticket
from coffeeshop.views.cells import shorten_text
from coffeeshop.views.deed import PROFILE_KEY, Deed, Goal
from coffeeshop.views.things.item import Item, Noun
from coffeeshop.views.things.item_actions import CREATION_ACTIONS, MENU_ACTIONS

# By kind of row below a thing: the words before the row's name and before the thing's.
ATTACHED_KINDS: dict[Noun | None, tuple[str, str]] = {
    "inline-user": ("the policy ", " of "),
    "inline-group": ("the policy ", " of "),
    "inline-role": ("the policy ", " of "),
    "attached-user": ("the policy ", " from "),
    "attached-group": ("the policy ", " from "),
    "attached-role": ("the policy ", " from "),
    "login": ("", " of "),
    "key": ("the key ", " of "),
    "version": ("version ", ""),
    "assignment": ("the assignment to ", ""),
    "set-managed": ("the policy ", " from "),
    "set-reference": ("the policy ", " from "),
}
# The words of a deed whose row has no name yet.
WORDS_WITHOUT_NAME = {"it": "it", "them": "them", "of": ""}


class Way(Struct, frozen=True):
    """Where a suggestion leads: a list of the app, a thing in it, and the deed (key press) to do there.

    `tab` is the list ("": any list of people). `thing` is the name of the row ("": none yet). `hung`
    is the id of a row below the thing, such as an attached policy, on which the key is pressed ("": on
    the thing itself). `called` is that row's name, and `noun` its kind. The text of a deed on such a
    row has `{it}`, `{them}` and `{of}` for their names.
    """

    tab: str
    thing: str
    deed: Deed
    hung: str = ""
    called: str = ""
    noun: Noun | None = None

    @property
    def key(self) -> str:
        """Return the key to press at the place."""
        return self.deed.key

    @property
    def does(self) -> str:
        """Return what the key does, as text: "deletes it"."""
        return self.deed.text.format(**WORDS_WITHOUT_NAME) if self.hung else self.deed.text

    @property
    def deed_text(self) -> str:
        """Return the key and its text: "d deletes it"."""
        return f"{self.key} {self.does}"

    @property
    def text_here(self) -> str:
        """Return what the key does, for a learner who is on the row: "deletes the policy receipts of robin"."""
        if not self.hung:
            return self.does
        if self.noun == "membership":  # a person and a group, from either side
            if self.tab == "groups":
                person, group = self.called, self.thing
            else:
                person, group = self.thing, self.called
            return self.deed.text.format(them=short(person), it=short(group))
        noun, of = ATTACHED_KINDS[self.noun]
        names = {
            "it": f"{noun}{short(self.called)}",
            "of": of and f"{of}{short(self.thing)}",
        }
        return self.deed.text.format(**names)

    @property
    def whole(self) -> tuple[str, str]:
        """Return the key that opens the list from anywhere, and a text that describes how to go on from there."""
        return (
            "3" if self.tab in IN_POLICIES else "2",
            f"{LIST_PATHS[self.tab]}, {self.text_there}",
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


class Level(IntEnum):
    """How much a step says: all, what is wrong and where, or only what fails."""

    FULL = 0
    PLACE = 1
    FAILURE = 2


class Fails(Enum):
    """The kinds of failure that a suggestion is about. The value is the beginning of its sentence."""

    JOB = "“{say}” doesn't work yet."
    TASK = "{say}."
    UNTRIED = "“{say}”:"  # a job or a refusal whose call can't be decided
    REFUSAL = "“{say}” is still allowed{by}:"
    FINDING = "{say}"


class Failure(Struct, frozen=True):
    """What a suggestion is about: a job that fails, a request that isn't refused, or a finding of the grade.

    `say` is its sentence, and `id` the id of its want, or the key of the finding. `by` says by which
    detour a request gets around its refusal.
    """

    kind: Fails
    say: str
    id: str = ""
    by: str = ""

    @property
    def text(self) -> str:
        """Return the beginning of the step's sentence."""
        return self.kind.value.format(say=self.say, by=self.by)


class Step(Struct, frozen=True):
    """A suggestion of the Next box: the failure, its reason, and the deed (key press) that
    goes on from there.

    `cause` is why it fails, or what is so. `advice` holds other facts that the learner
    needs before the step. `lead` says that a day waits. `want` is the id of the want (job
    or refusal) that key y explains.

    `deed` is the key from any screen, with its operations and their known parameters. The value ""
    means that the parameter is better left out. `way` is the place of the deed. `other` is a second
    place, for a learner who is in its list already. A step without `way` shows `other` in every
    list.

    `about` is what fails behind a step whose sentence doesn't say it. `full` is the step before it was
    faded (None: it is the full step), and `level` is how far it was. `opens`: key C opens its call, filled in.
    """

    cause: str
    deed: Deed = Deed()
    fails: Failure | None = None
    advice: str = ""
    want: str = ""
    way: Way | None = None
    other: Way | None = None
    lead: str = ""
    about: Failure | None = None
    full: Step | None = None
    level: Level = Level.FULL
    opens: bool = False

    @property
    def headline(self) -> str:
        """Return what fails: the job or the finding alone, or a refusal with its cause."""
        if self.fails is None:
            return self.cause
        if self.cause and self.fails.kind in (Fails.REFUSAL, Fails.UNTRIED):
            return self._closed(f"{self.fails.text} {self.cause}")
        return self._closed(self.fails.text)

    @property
    def subject(self) -> str:
        """Return what fails, why, and the advice: all but the lead."""
        failure = self.fails.text if self.fails else ""
        text = " ".join(filter(None, (failure, self.cause)))
        if self.advice and text:
            return f"{text.rstrip(':.')}. {self.advice}"
        return self._closed(text or self.advice)

    def _closed(self, text: str) -> str:
        """Return a text with a full stop in place of a last colon, if neither a cause nor an act follows it."""
        says_nothing_more = self.level is not Level.FULL or not (self.cause or self.advice)
        if text.endswith(":") and says_nothing_more:
            return f"{text[:-1]}."
        return text

    @property
    def text(self) -> str:
        """Return the whole sentence."""
        return f"{self.lead}{self.subject}"

    @property
    def key(self) -> str:
        """Return the key of the deed, or ""."""
        return self.deed.key

    @property
    def does(self) -> str:
        """Return the text of the key."""
        return self.deed.text

    @property
    def calls(self) -> Values:
        """Return the commands of the operations: "iam create-user"."""
        return tuple(f"{each[0]} {OPERATIONS[each].cli}" for each in self.deed.operations)

    @property
    def values(self) -> Mapping[str, str]:
        """Return the known parameters of the operations."""
        return {name: str(value) for name, value in self.deed.given.items()}

    @property
    def badge(self) -> str:
        """Return the profile whose credential the step takes, or ""."""
        return self.values.get(PROFILE_KEY, "")

    @property
    def letter(self) -> str:
        """Return the letter that chooses the deed in the menu of a thing. Return "" if the step needs no menu."""
        if self.way is None:
            return ""
        return self.deed.letter if self.deed.letter.isalpha() else self.deed.key

    def advise(self, advice: str) -> Step:
        """Return the step with one more sentence before its deed."""
        before = f"{self.advice.rstrip(':.')}. " if self.advice else ""
        return replace(self, advice=f"{before}{advice}")


def ticket_failure(ticket: Ticket, kind: Fails = Fails.JOB, by: str = "") -> Failure:
    """Return the failure of a ticket's job or refusal."""
    return Failure(kind, ticket.want.say, ticket.want.id, by)


# ------------------------------------------------------------------ the deeds that Next names
def press(noun: Noun, operation: str, say: str, key: str = "", letter: str = "") -> Deed:
    """Return the menu action that makes an API operation on a kind of thing, with the text that Next shows.

    `letter` picks the action in the menu that the key opens.
    """
    row = next(deed for deed in MENU_ACTIONS[noun] if deed.operation == operation)
    return row.at(key or row.key, say, letter)


HIRE_DEED = CREATION_ACTIONS["users"].at("n", "hires")
MAKES_GROUP = CREATION_ACTIONS["groups"].at("n", "makes one")
MAKES_ROLE = CREATION_ACTIONS["roles"].at("n", "makes one")
MAKES_PROVIDER = CREATION_ACTIONS["providers"].at("n", "makes one")
ADDS_MEMBER = press("group", "AddUserToGroup", "choose whom to add", letter="⏎")
JOINS_GROUP = press("user", "AddUserToGroup", "choose the group", letter="⏎")
WRITE_DEEDS: dict[str, Deed] = {  # by the noun of the entity on which a policy is written
    "user": press("user", "PutUserPolicy", "writes one"),
    "group": press("group", "PutGroupPolicy", "writes one"),
    "role": press("role", "PutRolePolicy", "writes one"),
}
MENU_DEED = Deed("⏎", "shows what can be done")
EXPLAIN_DEED = Deed("y", "says why", goal=Goal.EXPLAIN)
GRADE_DEED = Deed("g", "grades it", goal=Goal.GRADE)
UNDO_DEED = Deed("u", "undoes the last act", goal=Goal.UNDO)
OPEN_DAY = Deed("5", "runs the shop for a day", goal=Goal.OPEN_DAY)
RETURN_TO_DAY = Deed("5", "goes back to it", goal=Goal.RETURN_TO_DAY)


def take_credential(profile: str, say: str = "") -> Deed:
    """Return the key press that goes back to the credential of a profile."""
    say = say or f"goes back to {short(profile)}"
    return Deed("s", say, given={PROFILE_KEY: profile}, goal=Goal.TAKE_CREDENTIAL)


def sign_in(
    values: Mapping[str, str], say: str = "signs in", goal: Goal = Goal.SIGN_IN
) -> Deed:
    """Return the key press that signs in at the console, with the parameters that are known."""
    return Deed("s", say, (("console", "SignIn"),), given=values, goal=goal)


def console(
    operation: tuple[str, str], values: Mapping[str, str] = MappingProxyType({})
) -> Deed:
    """Return the key press that opens the command line, for an API operation that no menu of the app makes."""
    say = f"the console, aws {operation[0]} {OPERATIONS[operation].cli}"
    return Deed(":", say, (operation,), given=values)


MAX_NAME_WIDTH = (
    24  # cells of a name, so that the key stays visible; AWS allows 128 characters
)


def short(name: str) -> str:
    """Return a name, shortened so that the key after it stays visible."""
    return shorten_text(name, MAX_NAME_WIDTH)


LIST_ARROWS = {  # from the first list of the screen
    "groups": "→ Groups",
    "roles": "→→ Roles",
    "providers": "← Providers",
    "keys": "→ KMS keys",
    "center": "→→→ Identity Center",
    "findings": "← Findings",
}
LIST_NAMES = {
    "users": "Users",
    "groups": "Groups",
    "roles": "Roles",
    "providers": "Providers",
    "policies": "Policies",
    "keys": "KMS keys",
    "center": "Identity Center",
    "findings": "Findings",
}
IN_POLICIES = ("policies", "keys", "findings")
LIST_PATHS = {
    "": "People",
    "users": "People, Users",
    **{
        tab: f"{'Policies' if tab in IN_POLICIES else 'People'}, {turn}"
        for tab, turn in LIST_ARROWS.items()
    },
    "policies": "Policies",
}


# The parameter that names a thing of a list.
NAME_PARAMETERS = {"users": "UserName", "groups": "GroupName", "roles": "RoleName"}


def go(
    cause: str,
    tab: str,
    thing: str,
    deed: Deed,
    values: Mapping[str, str] = MappingProxyType({}),
    hung: str = "",
    called: str = "",
    noun: Noun | None = None,
    fails: Failure | None = None,
    advice: str = "",
) -> Step:
    """Return the suggestion to do a deed in the list `tab`, on the row `thing`, or on the row `hung` below it.

    `cause` is why. `values` are known parameters of the call. `called` and `noun` are the name and
    kind of the row `hung`.
    """
    way = Way(tab, thing, deed, hung, called, noun)
    # IAM has no user root.
    if thing and tab in NAME_PARAMETERS:
        named = {NAME_PARAMETERS[tab]: "" if thing == "root" else thing}
    else:
        named = {}
    from_anywhere = replace(deed.at(*way.whole), given={**named, **values})
    return Step(cause, from_anywhere, fails, advice, way=way)


def joins(
    cause: str,
    group: str,
    user: str = "",
    fails: Failure | None = None,
    advice: str = "",
) -> Step:
    """Return the suggestion to add a user to a group ("": not chosen yet), in the list of users or in that of groups."""
    user_value = {"UserName": user} if user else {}
    group_step = go(
        cause, "groups", group, ADDS_MEMBER, user_value, fails=fails, advice=advice
    )
    if not user:
        return group_step
    group_value = {"GroupName": group} if group else {}
    step = go(cause, "users", user, JOINS_GROUP, group_value, fails=fails, advice=advice)
    return replace(step, other=group_step.way)


def show_first(step: Step, operation: tuple[str, str]) -> Step:
    """Return the suggestion with an operation that only shows the policy, so that the learner reads it before changing it."""
    deed = replace(step.deed, operations=(operation,), goal=Goal.SHOW)
    return replace(step, deed=deed)


def is_joining(step: Step) -> bool:
    """Return whether a step adds a user to a group."""
    return step.deed.operations == ADDS_MEMBER.operations


def remaining_step(
    step: Step, tabs: Sequence[str], tab: str, thing: str, hung: str | None = None
) -> Step:
    """Return what is left of a suggestion for a cursor on `thing` in the list `tab`.

    `tabs` are the lists of this screen. `hung` is the id of the row below the thing that has the
    cursor. None: the cursor is in the list itself.
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
        way_back = len(tabs) - distance
        arrows = "→" * distance if distance <= way_back else "←" * way_back
        return _turn(step, arrows, f"to {LIST_NAMES[way.tab]}, then {way.text_there}")
    if not is_this_thing:
        return _turn(step, "↑↓", way.choice)
    if way.hung:
        return _turn(step, "tab", f"to {short(way.called)}, {way.deed_text}")
    here = way.deed
    return replace(
        step, deed=replace(step.deed.at(here.key, here.say, here.letter), place=here.place)
    )


def back(step: Step, tabs: Sequence[str]) -> Step:
    """Return the suggestion for a learner below another list: the screen's key goes back to its first list."""
    way = step.way
    if way is None or (way.tab or "users") not in tabs:
        return step
    turn = f"{LIST_ARROWS[way.tab]}, " if way.tab in LIST_ARROWS else ""
    say = f"goes back to {LIST_NAMES[tabs[0]]}, {turn}{way.text_there}"
    return _turn(step, step.deed.key, say)


def _below(step: Step, way: Way, hung: str) -> Step:
    """Return what is left of a suggestion for a cursor among the rows below the right thing."""
    if hung == way.hung:
        return _turn(step, way.key, way.text_here)
    return _turn(step, "↑↓", f"to {short(way.called)}, {way.deed_text}")


def _turn(step: Step, key: str, say: str) -> Step:
    """Return the suggestion with the next key on the way, for a learner who is nearer to the place."""
    return replace(step, deed=step.deed.at(key, say))


def first_item(items: Sequence[Item], kind: str, step: Step, account: Account) -> str:
    """Return the id of the item on which the cursor begins, or "" if there is none.

    It is an item that the next step names, else the first. A group that allows everything is
    skipped in both cases, so that nobody is added to it by mistake.
    """
    ways = [way for way in (step.way, step.other) if way and way.tab == kind]
    named = {way.thing.lower() for way in ways if way.thing}
    named_items = [item for item in items if item.row.word.lower() in named]
    listed = account.groups.values() if kind == "groups" else ()
    wide = {group.id for group in listed if opens_everything(account, group)}
    return next((item.id for item in (*named_items, *items) if item.id not in wide), "")
