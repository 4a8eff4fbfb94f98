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


class Target(Struct, frozen=True):
    """Where a suggestion leads: a list of the app, an item in it, and the deed (key press) to do there.

    `tab` is the list ("": any list of people). `item_name` is the name of the item ("": none yet).

    Some deeds are done on a row below the item, such as an attached policy. Then `row_id` is that row's
    id, `row_name` its name, and `row_noun` its kind. The deed's text has `{it}`, `{them}` and `{of}` in
    place of names. Without such a row, `row_id` is "".
    """

    tab: str
    item_name: str
    deed: Deed
    row_id: str = ""
    row_name: str = ""
    row_noun: Noun | None = None

    @property
    def key(self) -> str:
        """Return the key to press there."""
        return self.deed.key

    @property
    def does(self) -> str:
        """Return what the key does, as text: "deletes it"."""
        return (
            self.deed.text.format(**WORDS_WITHOUT_NAME) if self.row_id else self.deed.text
        )

    @property
    def deed_text(self) -> str:
        """Return the key and its text: "d deletes it"."""
        return f"{self.key} {self.does}"

    @property
    def text_on_row(self) -> str:
        """Return what the key does, for a learner who is on the row: "deletes the policy receipts of robin"."""
        if not self.row_id:
            return self.does
        if self.row_noun == "membership":  # a person and a group, from either side
            if self.tab == "groups":
                person, group = self.row_name, self.item_name
            else:
                person, group = self.item_name, self.row_name
            return self.deed.text.format(them=short(person), it=short(group))
        noun, of = ATTACHED_KINDS[self.row_noun]
        names = {
            "it": f"{noun}{short(self.row_name)}",
            "of": of and f"{of}{short(self.item_name)}",
        }
        return self.deed.text.format(**names)

    @property
    def from_anywhere(self) -> tuple[str, str]:
        """Return the key that opens the list from anywhere, and a text that describes how to go on from there."""
        return (
            "3" if self.tab in IN_POLICIES else "2",
            f"{LIST_PATHS[self.tab]}, {self.text_on_arrival}",
        )

    @property
    def text_on_arrival(self) -> str:
        """Return the text for a learner who comes to the list. The cursor may be on the item already."""
        if self.item_name:
            return f"on {short(self.item_name)}: {self.text_on_item}"
        return self.deed_text

    @property
    def text_in_list(self) -> str:
        """Return the text for a learner in the list whose cursor is on another item."""
        if self.item_name:
            return f"choose {short(self.item_name)}, {self.text_on_item}"
        return self.deed_text

    @property
    def text_on_item(self) -> str:
        """Return the text for a learner who has chosen the item."""
        if self.row_id:
            return f"tab to {short(self.row_name)}, {self.deed_text}"
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
    means that the parameter is better left out. `target` is the place of the deed. `other_target` is a second
    place, for a learner who is in its list already. A step without `target` shows `other_target` in every
    list.

    `about` is what fails behind a step whose sentence doesn't say it. `full` is the step before it was
    faded (None: it is the full step), and `level` is how far it was. `opens`: key C opens its call, filled in.
    """

    cause: str
    deed: Deed = Deed()
    fails: Failure | None = None
    advice: str = ""
    want: str = ""
    target: Target | None = None
    other_target: Target | None = None
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
            untried = self.fails is not None and self.fails.kind is Fails.UNTRIED
            return f"{text[:-1]} can't be tried yet." if untried else f"{text[:-1]}."
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
        if self.target is None:
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


def list_step(
    cause: str,
    tab: str,
    item_name: str,
    deed: Deed,
    values: Mapping[str, str] = MappingProxyType({}),
    row_id: str = "",
    row_name: str = "",
    row_noun: Noun | None = None,
    fails: Failure | None = None,
    advice: str = "",
) -> Step:
    """Return the suggestion to do a deed in the list `tab`, on the item `item_name`, or on its row `row_id`.

    `cause` is why. `values` are known parameters of the call. `row_name` and `row_noun` are the name and
    kind of the row `row_id`.
    """
    target = Target(tab, item_name, deed, row_id, row_name, row_noun)
    # IAM has no user root.
    if item_name and tab in NAME_PARAMETERS:
        named = {NAME_PARAMETERS[tab]: "" if item_name == "root" else item_name}
    else:
        named = {}
    from_anywhere = replace(deed.at(*target.from_anywhere), given={**named, **values})
    return Step(cause, from_anywhere, fails, advice, target=target)


def joins(
    cause: str,
    group: str,
    user: str = "",
    fails: Failure | None = None,
    advice: str = "",
) -> Step:
    """Return the suggestion to add a user to a group ("": not chosen yet), in the list of users or in that of groups."""
    user_value = {"UserName": user} if user else {}
    group_step = list_step(
        cause, "groups", group, ADDS_MEMBER, user_value, fails=fails, advice=advice
    )
    if not user:
        return group_step
    group_value = {"GroupName": group} if group else {}
    step = list_step(
        cause, "users", user, JOINS_GROUP, group_value, fails=fails, advice=advice
    )
    return replace(step, other_target=group_step.target)


def show_first(step: Step, operation: tuple[str, str]) -> Step:
    """Return the suggestion with an operation that only shows the policy, so that the learner reads it before changing it."""
    deed = replace(step.deed, operations=(operation,), goal=Goal.SHOW)
    return replace(step, deed=deed)


def is_joining(step: Step) -> bool:
    """Return whether a step adds a user to a group."""
    return step.deed.operations == ADDS_MEMBER.operations


def remaining_step(
    step: Step, tabs: Sequence[str], tab: str, item_name: str, row_id: str | None = None
) -> Step:
    """Return what is left of a suggestion for a cursor on `item_name` in the list `tab`.

    `tabs` are the lists of this screen. `row_id` is the id of the row below the thing that has the
    cursor. None: the cursor is in the list itself.
    """
    other_target = step.other_target
    uses_other_target = other_target and (
        step.target is None
        or (other_target.tab == tab and (row_id is None or other_target.row_id))
    )
    target = step.other_target if uses_other_target else step.target
    if target is None or (target.tab or "users") not in tabs:
        return step
    is_this_list = target.tab in ("", tab)
    is_this_thing = target.item_name.lower() in ("", item_name.lower())
    if row_id is not None:
        if is_this_list and is_this_thing and target.row_id:
            return _step_among_rows(step, target, row_id)
        return back_to_list(step, tabs)
    if not is_this_list:
        distance = (tabs.index(target.tab) - tabs.index(tab)) % len(tabs)
        way_back = len(tabs) - distance
        arrows = "→" * distance if distance <= way_back else "←" * way_back
        return _with_key(
            step, arrows, f"to {LIST_NAMES[target.tab]}, then {target.text_on_arrival}"
        )
    if not is_this_thing:
        return _with_key(step, "↑↓", target.text_in_list)
    if target.row_id:
        return _with_key(step, "tab", f"to {short(target.row_name)}, {target.deed_text}")
    here = target.deed
    return replace(
        step, deed=replace(step.deed.at(here.key, here.say, here.letter), place=here.place)
    )


def back_to_list(step: Step, tabs: Sequence[str]) -> Step:
    """Return the suggestion for a learner below another list: the screen's key goes back to its first list."""
    target = step.target
    if target is None or (target.tab or "users") not in tabs:
        return step
    turn = f"{LIST_ARROWS[target.tab]}, " if target.tab in LIST_ARROWS else ""
    say = f"goes back to {LIST_NAMES[tabs[0]]}, {turn}{target.text_on_arrival}"
    return _with_key(step, step.deed.key, say)


def _step_among_rows(step: Step, target: Target, row_id: str) -> Step:
    """Return what is left of a suggestion for a cursor among the rows below the right thing."""
    if row_id == target.row_id:
        return _with_key(step, target.key, target.text_on_row)
    return _with_key(step, "↑↓", f"to {short(target.row_name)}, {target.deed_text}")


def _with_key(step: Step, key: str, say: str) -> Step:
    """Return the suggestion with the next key, for a learner who is nearer to the place."""
    return replace(step, deed=step.deed.at(key, say))


def first_item(items: Sequence[Item], kind: str, step: Step, account: Account) -> str:
    """Return the id of the item on which the cursor begins, or "" if there is none.

    It is an item that the next step names, else the first. A group that allows everything is
    skipped in both cases, so that nobody is added to it by mistake.
    """
    targets = [
        target
        for target in (step.target, step.other_target)
        if target and target.tab == kind
    ]
    named = {target.item_name.lower() for target in targets if target.item_name}
    named_items = [item for item in items if item.row.word.lower() in named]
    listed = account.groups.values() if kind == "groups" else ()
    wide = {group.id for group in listed if opens_everything(account, group)}
    return next((item.id for item in (*named_items, *items) if item.id not in wide), "")
