"""What a job that does not work needs next: somebody, a badge of theirs, a role, a trust, or a policy, and where that is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coffeeshop.account.iam_resources import Group, User
from coffeeshop.account.model import Account, ServiceError
from coffeeshop.lessons.model import Play, Report
from coffeeshop.policy.evaluation.authorize import GRANTS
from coffeeshop.policy.evaluation.explain import LAYER, nearest_miss
from coffeeshop.policy.model import ImplicitlyDenied, Kind
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket
from coffeeshop.views.denials import denial_step
from coffeeshop.views.identity import bearer
from coffeeshop.views.leaks import DEVICE, device, rewriting
from coffeeshop.views.loose_ends import by_groups
from coffeeshop.views.step import TO_DO, Step, Way, go, short
from coffeeshop.views.text import capital
from coffeeshop.views.things.items import members


def failing_job(tickets: Sequence[Ticket]) -> Ticket | None:
    """Returns the first job that does not work."""
    jobs = (ticket for ticket in tickets if ticket.want.mode is Mode.MUST)
    return next((job for job in jobs if job.mark is Mark.MISS), None)


def what_it_lacks(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Tells what the first job lacks that does not work: a badge, something that it names, a role, a trust, a policy; or
    which policy denies it.
    """
    failing = failing_job(tickets)
    if failing is None:
        return None
    person = failing.want.who.partition("/")[0]
    if failing.missing:
        return absent(play, failing)
    if (step := lost(failing)) is not None:
        return step
    if role := _unmade(play, failing):
        return go(
            f"{failing.want.say}: there is no role {role} to wear yet.",
            "roles",
            "",
            "n",
            "makes one",
        )
    if (step := denial_step(play, failing)) is not None:
        return step
    if not failing.in_session:
        return _handshake(play, failing, person)
    if _nothing_said(failing) and (
        failing.want.via or person.lower() in play.account.users
    ):
        return _no_policy(
            play, failing, person
        )  # else of one who comes when it is judged, or of a machine
    if in_part(failing):
        message = "Not all of it works so far"
    elif (
        isinstance(failing.decision, ImplicitlyDenied) and failing.decision.silent in BESIDE
    ):
        silent = failing.decision.silent
        message = f"No {LAYER[silent]} allows {failing.decision.request.action}"
    else:
        message = "It is refused so far"
    text = f"{TO_DO}{failing.want.say}. {message}."
    return Step(text, "y", "says why", failing.want.id, other=closest(play, failing))


BESIDE = (Kind.BOUNDARY, Kind.SCP, Kind.RCP, Kind.SESSION)  # layers beside those that grant


def _no_policy(play: Play, failing: Ticket, person: str) -> Step:
    """Tells that nobody has said anything of a role, or of a person, and where that is written."""
    role = failing.want.via
    text = f"{TO_DO}{failing.want.say}. {f'The role {role}' if role else capital(person)} has no policy yet."
    if role or not by_groups(play):
        noun = "role" if role else "user"
        return go(text, f"{noun}s", role or person, *_writes(play, noun))
    group = next(_groups_of(play, person), "")
    return go(text, "groups", group, *(_writes(play, "group") if group else MENU))


MENU = ("⏎", "shows what can be done")


def _writes(play: Play, noun: str) -> tuple[str, str]:
    """The key by which somebody comes to a policy: where the lesson is to write one, that."""
    if f"iam put-{noun}-policy" in play.scenario.calls:
        return ("w", "writes one")
    return MENU


def in_part(failing: Ticket) -> bool:
    """Tells whether its own calls are let through, and what else the job covers is refused."""
    own_count = bool(failing.want.via) + max(1, len(failing.want.do))
    return len(failing.outcomes) > own_count


def absent(play: Play, failing: Ticket) -> Step:
    """Tells what somebody who is to work lacks: a badge at all, a device for codes, a password."""
    user = user_named(play.account, failing.want.who)
    message = f"{failing.want.say}: {failing.missing}."
    if user is None and failing.want.who != "root":
        return go(
            message,
            "users",
            "",
            "n",
            "hires",
            values={"UserName": failing.want.who.rpartition("/")[2]},
        )
    lacking = failing.missing.rpartition(" has no ")[2]
    key = next((key for word, key in LACKS.items() if word in lacking), "")
    if key == DEVICE:
        return device(play.account, user, message)
    does = f"and {key}" if key else "shows what can be done"
    return go(message, "users", user.name if user else "root", "⏎", does)


LACKS = {"device": DEVICE, "password": "s gives one", "key": "k makes one"}


def _unmade(play: Play, failing: Ticket) -> str:
    """Returns the role of ours that is to be taken first, by `via` or by a line of the job, and that is not there."""
    if failing.stopping_call:
        call = failing.stopping_call.act.call
    else:
        call = None
    if call and call.operation == "AssumeRole":
        named = call.text("RoleArn")
    else:
        named = ""
    role = (
        failing.want.via
        or named.partition(f"::{play.account.id}:role/")[2].rpartition("/")[2]
    )
    if role.lower() not in play.account.roles:
        return role
    return ""


def lost(failing: Ticket) -> Step | None:
    """Tells that a call was let through and failed for another reason than permission: nothing was refused. Somebody or
    something that it names is mostly to be made first.
    """
    stopped = failing.stopping_call
    if (
        stopped is None
        or failing.was_refused
        or not isinstance(stopped.answer, ServiceError)
    ):
        return None
    message = f"{TO_DO}{failing.want.say}."
    named = stopped.act.call.parameters
    if stopped.answer.code == "NoSuchEntity":
        for parameter, (tab, noun, does) in MISSING.items():
            name = str(named.get(parameter, ""))
            if name and name.lower() not in getattr(stopped.account, tab):
                full_message = f"{message} There is no {noun} {short(name)} yet."
                return go(full_message, tab, "", "n", does, values={parameter: name})
    full_message = f"Nothing refuses it, but AWS answers {stopped.answer.code}."
    return Step(f"{message} {full_message}", "y", "says what it lacks", failing.want.id)


MISSING = {  # a parameter that names somebody: in which list they are made, what they are, what its key does
    "UserName": ("users", "user", "hires"),
    "GroupName": ("groups", "group", "makes one"),
    "RoleName": ("roles", "role", "makes one"),
}


def _handshake(play: Play, failing: Ticket, person: str) -> Step:
    """Tells that a role which cannot be taken has two sides, each with its place; a silent trust comes first. Where something
    that only narrows is silent, neither side lacks anything.
    """
    decision = failing.decision
    role = failing.want.via
    location = _carrier(play, person, failing.want.via)
    if isinstance(decision, ImplicitlyDenied) and decision.silent not in GRANTS:
        message = f"No {LAYER[decision.silent]} allows {decision.request.action}."
        return Step(
            f"{TO_DO}{failing.want.say}. {message}", "y", "says why", failing.want.id
        )
    delegated = isinstance(decision, ImplicitlyDenied) and decision.silent is Kind.IDENTITY
    text = f"{role}'s trust policy is to name {person}; or the account, and then {location} is to allow sts:AssumeRole."
    if delegated:
        text = f"{role} only delegates, to the account. Its trust policy could name {person}; or {location} could allow sts:AssumeRole."
    return go(f"{failing.want.say}: not yet. {text}", "", "", "←→", "to Roles or Groups")


def _carrier(play: Play, person: str, role: str) -> str:
    """Tells who is to carry the policy that lets somebody take a role: the person, or where the brief wants none on
    people, a group of theirs in which nobody is who has no job in that role.
    """
    account = play.account
    if person.lower() not in account.users or not by_groups(play):
        return person
    own_values = account.users[person.lower()].groups
    jobs = (
        want for want in play.scenario.wants if want.mode is Mode.MUST and want.via == role
    )
    wearers = {want.who.lower() for want in jobs}
    joined = (group for group in account.groups.values() if group.id in own_values)
    fit = (group.name for group in joined if _names(account, group) <= wearers)
    group = min(fit, default="")
    if group:
        return f"{person}'s group {group}"
    return f"a group of {person}'s own"


def _names(account: Account, group: Group) -> set[str]:
    return {user.name.lower() for user in members(account, group)}


def _groups_of(play: Play, person: str) -> Iterator[str]:
    """Yields the groups of a user, by name."""
    own_values = play.account.users[person.lower()].groups
    yield from sorted(
        group.name for group in play.account.groups.values() if group.id in own_values
    )


def _nothing_said(ticket: Ticket) -> bool:
    """Tells whether the person carries no policy at all."""
    decision = ticket.decision
    return isinstance(decision, ImplicitlyDenied) and not any(
        layer.policies for layer in decision.standing.layers if layer.on == "*"
    )


def closest(play: Play, refused: Ticket) -> Way | None:
    """Returns the way to where the policy is written that came nearest to letting a job through; None where that one is
    not the learner's to change, is not about who asks, or speaks for somebody who does not have that job; or where it hangs
    on a person, which is what the brief wants to end.
    """
    decision = refused.decision
    if isinstance(decision, ImplicitlyDenied):
        missed = nearest_miss(decision)
    else:
        missed = None
    if decision is None or missed is None or missed.matched.layer.kind is not Kind.IDENTITY:
        return None
    bearer_found = bearer(play.account, decision.standing.principal, missed.matched.policy)
    if bearer_found is None or (
        bearer_found[1] in bearer_found[0].attached
        and bearer_found[1] not in play.account.policies
    ):
        return None
    if isinstance(bearer_found[0], User) and by_groups(play):
        return None
    way = rewriting(play, *bearer_found, "").way
    job = refused.want.id.partition("@")[0]
    names = {
        want.who.lower() for want in play.scenario.wants if want.id.partition("@")[0] == job
    }
    if way and _spoken_for(play.account, way) <= names:
        return way
    return None


def _spoken_for(account: Account, way: Way) -> set[str]:
    """Returns for whom a policy of a group, or one that is attached here and there, speaks."""
    if way.tab == "policies":
        managed = account.policies.items()
    else:
        managed = ()
    arns = {arn for arn, policy in managed if policy.name == way.thing}
    ending = way.thing.lower() if way.tab == "groups" else ""
    groups = [
        group
        for group in account.groups.values()
        if group.name.lower() == ending or arns & set(group.attached)
    ]
    by_group = {user.name.lower() for group in groups for user in members(account, group)}
    themselves = {
        user.name.lower() for user in account.users.values() if arns & set(user.attached)
    }
    return by_group | themselves
