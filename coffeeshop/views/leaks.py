"""Where a refusal leaks: the credential that lets somebody in, or the policy that does and on whom it hangs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account.api.operations import kebab
from coffeeshop.account.command.grammar import find_operation
from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.model import Account, Call
from coffeeshop.lessons.grading.near_denies import allowed_decisions, leaking_decisions
from coffeeshop.lessons.model import Play
from coffeeshop.policy.language.arn import Arn, arn_glob
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    Kind,
    Layer,
    Matched,
    Policy,
    Principal,
    Statement,
)
from coffeeshop.shop.losses import ends_a_job
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket, Want
from coffeeshop.views.identity import bearer
from coffeeshop.views.loose_ends import by_groups, meant_groups
from coffeeshop.views.step import Step, Way, go, is_joining, joins, short
from coffeeshop.views.text import capital
from coffeeshop.views.things.items import members


def way_in(play: Play, tickets: Sequence[Ticket], leak: Ticket) -> Step | None:
    """Returns the step to what lets a leak in, which says what is there and not what to do about it; None where the
    account shows no such thing (root's power hangs nowhere), or all of it is to stay.
    """
    step = _credential(play, tickets, leak.want)
    if step or (leak.want.held and _is_theft(play.account, tickets)):
        return step  # nothing for a stolen session: what it opens, its person needs, too
    return next(_policies(play, tickets, leak), None)


def let_in(play: Play, tickets: Sequence[Ticket], leak: Ticket) -> Step:
    """Returns the step to what lets a leak in; where nothing of it is to be changed, to why."""
    message = holds_not(leak)
    detour = ", by a detour" if leak.detour else ""
    if (step := way_in(play, tickets, leak)) is not None:
        return replace(step, text=f"{message}{detour}: {step.text}", want=leak.want.id)
    action = leak.decision.request.action if leak.decision else "this"
    return Step(
        f"{message}: {action} is allowed{detour}.", "y", "says who let it in", leak.want.id
    )


def holds_not(leak: Ticket) -> str:
    """Returns the beginning of what is said of a leak."""
    return f"“{leak.want.say}” does not hold yet"


def stolen_leak(account: Account, tickets: Sequence[Ticket]) -> Ticket | None:
    """Returns the first leak by a credential that somebody else holds, where there was a theft."""
    held_tickets = (
        ticket for ticket in tickets if ticket.want.held and ticket.mark is Mark.LEAK
    )
    if _is_theft(account, tickets):
        return next(held_tickets, None)
    return None


def _is_theft(account: Account, tickets: Sequence[Ticket]) -> bool:
    """Tells whether a credential that somebody else holds is of somebody who works here: an old one that is to be
    replaced is of nobody who does.
    """
    works = {ticket.want.who.lower() for ticket in tickets if ticket.want.mode is Mode.MUST}
    return any(
        _credential_owner_name(account, ticket.want) in works
        for ticket in tickets
        if ticket.want.held
    )


def _credential_owner_name(account: Account, want: Want) -> str:
    credential = account.credential_of(want.held)
    owner = account.entity_by_id(credential.owner) if credential else None
    if isinstance(owner, User):
        return owner.name.lower()
    return ""


def _credential(play: Play, tickets: Sequence[Ticket], want: Want) -> Step | None:
    """Returns the step to a key that should be gone, stolen or one by which no job works; or to whoever signs in without a
    code for want of a device.
    """
    account = play.account
    held_credential = account.credential_of(want.held)
    if isinstance(held_credential, AccessKey):
        owner = account.entity_by_id(held_credential.owner)
    else:
        owner = None
    if isinstance(held_credential, AccessKey) and isinstance(owner, User):
        gone = Call(
            "iam",
            "DeleteAccessKey",
            {"UserName": owner.name, "AccessKeyId": held_credential.id},
        )
        if _is_theft(account, tickets) or not ends_a_job(
            account, tickets, [gone], play.now
        ):
            return access_key(
                held_credential.id,
                owner.name,
                f"{short(owner.name)}'s access key still works:",
            )
    user = user_named(account, want.who)
    if (
        want.badge == "password"
        and not want.minted
        and user
        and not account.devices_of(user.id)
    ):
        return device(
            account, user, f"{capital(short(user.name))} has no device for codes:"
        )
    return None


DEVICE = "m gives one"


def access_key(id: str, of: str, text: str) -> Step:
    """Returns the step to an access key of somebody in the list of people ("root": the owner), where it is deleted."""
    calls = ("iam delete-access-key",)
    named = {"AccessKeyId": id}
    return go(
        text, "users", of, "d", "deletes it", calls, named, hung=f"key:{id}", called=id
    )


def device(account: Account, user: User | None, text: str) -> Step:
    """Returns the step to a device for a user's codes, or for the owner's; one that was made already is only enrolled."""
    line = next((d.serial for d in account.devices.values() if not d.owner), "")
    name = user.name if user else "owner"
    named = {
        "VirtualMFADeviceName": name,
        "SerialNumber": line or f"arn:aws:iam::{account.id}:mfa/{name}",
    }
    if user:
        enrols = "iam enable-mfa-device"
    else:
        enrols = "console enroll-root-mfa"
    if line:
        calls = (enrols,)
    else:
        calls = ("iam create-virtual-mfa-device", enrols)
    return go(
        text, "users", user.name if user else "root", "⏎", f"and {DEVICE}", calls, named
    )


def _policies(play: Play, tickets: Sequence[Ticket], leak: Ticket) -> Iterator[Step]:
    """Yields the step to each policy that let the last call through, then to those that let the role be taken; of a
    detour, to those that let its calls through. What is to stay is none of them.
    """
    for decision in leaking_decisions(leak):
        for matched in decision.by:
            stays = _is_for_administrators(play, decision, matched) or _is_needed(
                tickets, leak.want, decision, matched
            )
            if not stays and (step := _policy(play, tickets, decision, matched)):
                yield step


def _is_for_administrators(play: Play, decision: Allowed, matched: Matched) -> bool:
    """Tells whether a policy is an administrator's, who is to hold all that it gives: what else bounds them is elsewhere."""
    kind, _, name = decision.standing.principal.arn.rpartition(":")[2].partition("/")
    admins = {admin.lower() for admin in play.scenario.people.admins}
    return (
        matched.layer.kind is Kind.IDENTITY
        and kind == "user"
        and name.rpartition("/")[2].lower() in admins
    )


def _is_needed(
    tickets: Sequence[Ticket], leak: Want, decision: Allowed, matched: Matched
) -> bool:
    """Tells whether a job asks the very same and is let in by that statement, so that it is not what says who may come by
    it: by a session that is held, or by a role that somebody else works in. Else a condition there tells the two apart.
    """
    jobs = (ticket for ticket in tickets if ticket.want.mode is Mode.MUST)
    other_tickets = (
        ticket for ticket in jobs if leak.held or (leak.via and ticket.want.who != leak.who)
    )
    return any(
        _asks_the_same(allowed, decision, ticket.want)
        and (matched.statement, matched.policy) in _cited_statements(allowed)
        for ticket in other_tickets
        for allowed in allowed_decisions(ticket.outcomes)
    )


def _cited_statements(decision: Allowed) -> list[tuple[Statement, Policy]]:
    return [(matched.statement, matched.policy) for matched in decision.by]


def _asks_the_same(asked_allowed: Allowed, leaked: Allowed, job: Want) -> bool:
    """Tells whether two ask the same, of one resource or of another that the job covers, as one person or in one role."""
    (asks, request), (leaks, other_request) = (
        (allowed.standing.principal, allowed.request) for allowed in (asked_allowed, leaked)
    )
    covered = (request.resource, *job.covers)
    return (
        asks.principal_arn == leaks.principal_arn
        and request.action == other_request.action
        and any(arn_glob(pattern)(other_request.resource) for pattern in covered)
    )


def _policy(
    play: Play, tickets: Sequence[Ticket], decision: Decision, matched: Matched
) -> Step | None:
    allows = f"allows {decision.request.action}:"
    if matched.layer.kind is Kind.IDENTITY:
        return _hanging(play, tickets, decision, matched, allows)
    return of_a_thing(play, matched.layer, allows)


def of_a_thing(play: Play, layer: Layer, says: str) -> Step | None:
    """Returns the step to a trust policy, or to the policy of a bucket, a queue or a function, which `says` something."""
    if layer.kind is not Kind.TRUST:
        return _on_a_thing(play, layer.on, says)
    name = layer.on.rpartition("/")[2]
    message = f"the trust policy of the role {short(name)} {says}"
    step = go(message, "roles", name, "e", "changes who may wear it", ("iam get-role",))
    if name.lower() in play.account.roles:
        return _once_seen(play, step, "iam update-assume-role-policy")
    return None


def _hanging(
    play: Play, tickets: Sequence[Ticket], decision: Decision, matched: Matched, allows: str
) -> Step | None:
    """Returns the step to a policy of somebody's own, or of a group of theirs: the first that ends no job of now. Else
    what keeps the job comes first: a group that gives it, or another text.
    """
    asker = decision.standing.principal
    bearer_found = bearer(play.account, asker, matched.policy)
    if bearer_found is None:
        return None
    entity, hung = bearer_found
    message = f"{carried_by(asker, entity, hung)} {allows}"
    if isinstance(entity, Role):
        user = None
    else:
        user = user_named(play.account, asker.arn.rpartition("/")[2])
    if isinstance(entity, Group) and user and _has_another_admin(play, entity, user):
        return _way_out(play, tickets, entity, hung, user, message)
    return _taken_away(play, tickets, entity, hung, user, message) or rewriting(
        play, entity, hung, message
    )


def _has_another_admin(play: Play, group: Group, user: User) -> bool:
    """Tell whether a group is one by which an administrator other than this user works: what it allows is to stay."""
    names = {each.name.lower() for each in members(play.account, group)} - {
        user.name.lower()
    }
    return bool(names & {admin.lower() for admin in play.scenario.people.admins})


def _way_out(
    play: Play, tickets: Sequence[Ticket], group: Group, hung: str, user: User, message: str
) -> Step:
    """Return the step by which somebody leaves a group; where a job of theirs ends with it, the one that keeps the job."""
    leaving = _leaving(message, group.name, user.name, *_shown_by(group, hung))
    out = Call(
        "iam", "RemoveUserFromGroup", {"GroupName": group.name, "UserName": user.name}
    )
    if not ends_a_job(play.account, tickets, [out], play.now):
        return _once_seen(play, leaving, "iam remove-user-from-group")
    person = capital(short(user.name))
    works = f"{_end_sentence(message)}{person} works by it, so first"
    for group_to_join in meant_groups(play):
        named = {"GroupName": group_to_join.name, "UserName": user.name}
        calls = [Call("iam", "AddUserToGroup", named), out]
        if group_to_join.id not in user.groups and not ends_a_job(
            play.account, tickets, calls, play.now
        ):
            first = f"{works} put {person} in the group {short(group_to_join.name)}:"
            return joins(first, group_to_join.name, user.name)
    if by_groups(play):
        return go(f"{works} make a group for that job:", "groups", "", "n", "makes one")
    first = f"{works} write a policy on {person} that allows the job alone:"
    return go(first, "users", user.name, "w", "writes one")


def _shown_by(group: Group, hung: str) -> tuple[str, dict[str, str]]:
    """Return the call that shows a policy of a group, and what names it there."""
    if hung in group.attached:
        return "iam list-attached-group-policies", {"PolicyArn": hung}
    return "iam get-group-policy", {"PolicyName": hung}


def carried_by(asker: Principal, entity: Entity, hung: str) -> str:
    """Returns what a policy is called, and on whom it hangs that bears on whoever asks."""
    person = short(asker.arn.rpartition("/")[2])
    owner = {
        User: capital(short(entity.name)),
        Group: f"the group {short(entity.name)}, in which {capital(person)} is,",
        Role: f"the role {short(entity.name)}",
    }[type(entity)]
    return f"the policy {short(hung.rpartition('/')[2])} on {owner}"


def carried_policy_step(
    play: Play, tickets: Sequence[Ticket], people: Iterable[str]
) -> Step | None:
    """Returns the step by which somebody can do without a policy that they carry alone, as long as one of them cannot;
    then that by which one goes.
    """
    found_users = (play.account.users.get(name.lower()) for name in people)
    users = (user for user in found_users if user is not None)
    hung = ((user, name) for user in users for name in (*_inline(user), *user.attached))
    ways = (_taken_away(play, tickets, user, name, user, "") for user, name in hung)
    steps = [step for step in ways if step is not None]
    return min(steps, key=lambda step: not is_joining(step), default=None)


def joins_first(play: Play, tickets: Sequence[Ticket]) -> Step | None:
    """Returns the step by which somebody joins a group before policies are taken away, as they work by one that goes, too."""
    workers = dict.fromkeys(
        ticket.want.who for ticket in tickets if ticket.want.mode is Mode.MUST
    )
    step = carried_policy_step(play, tickets, workers)
    return step if step and is_joining(step) else None


def _inline(entity: Entity) -> Iterator[str]:
    yield from (document.policy.name or key for key, document in entity.inline.items())


def _taken_away(
    play: Play,
    tickets: Sequence[Ticket],
    entity: Entity,
    hung: str,
    user: User | None,
    message: str,
) -> Step | None:
    """Returns the first step that shuts a way in and ends no job; None where each ends one."""
    steps = _removals(play, entity, hung, user, message)
    fit = (
        each for each in steps if not ends_a_job(play.account, tickets, each[1], play.now)
    )
    if (removal := next(fit, None)) is None:
        return None
    step, calls = removal
    return _once_seen(play, step, f"iam {kebab(calls[0].operation)}")


def _once_seen(play: Play, step: Step, deed: str) -> Step:
    """Returns the step with the call that does it, typed, once what it begins with, a call that shows, was made: of this
    very thing, or of another copy, a policy of that name on somebody else.
    """
    service, _, name = step.calls[0].partition(" ")
    shows = find_operation(service, name)
    known_entries = step.values
    other_items = BEARERS if "PolicyName" in known_entries else ()
    made_calls = (outcome.act.call for outcome in play.outcomes if outcome.has_succeeded)
    seen = any(
        shows is not None
        and (call.service, call.operation) == (shows.service, shows.name)
        and all(
            known_entries.get(parameter, value) == value
            for parameter, value in call.parameters.items()
            if parameter not in other_items
        )
        for call in made_calls
    )
    return replace(step, calls=(deed,)) if seen else step


BEARERS = (
    "UserName",
    "GroupName",
    "RoleName",
)  # the parameters that name the bearer of an inline policy


Removal: TypeAlias = tuple[Step, tuple[Call, ...]]


def _removals(
    play: Play, entity: Entity, hung: str, user: User | None, message: str
) -> Iterator[Removal]:
    """Yields what would shut the way in, and by which calls: the policy goes; of a group's, the person goes; the person
    joins a group that this play made or that the story names, and then their own goes.
    """
    kind = type(entity).__name__
    attached = hung in entity.attached
    name = hung.rpartition("/")[2]
    tab = f"{kind.lower()}s"
    noun = kind.lower()
    named = {"PolicyArn": hung} if attached else {"PolicyName": name}
    gone = Call(
        "iam",
        f"{'Detach' if attached else 'Delete'}{kind}Policy",
        {f"{kind}Name": entity.name, **named},
    )
    if attached:
        call = f"iam list-attached-{noun}-policies"
    else:
        call = f"iam get-{noun}-policy"
    if attached:
        row = f"attached-{noun}:{hung}"
    else:
        row = f"inline:{entity.id}:{name.lower()}"
    does = "detaches it" if attached else "deletes it"
    yield (
        go(message, tab, entity.name, "d", does, (call,), named, hung=row, called=name),
        (gone,),
    )
    if user is None:
        return
    if isinstance(entity, Group):
        out = Call(
            "iam", "RemoveUserFromGroup", {"GroupName": entity.name, "UserName": user.name}
        )
        yield _leaving(message, entity.name, user.name, call, named), (out,)
        return
    for group in meant_groups(play):
        if group.id not in user.groups:
            join = Call(
                "iam", "AddUserToGroup", {"GroupName": group.name, "UserName": user.name}
            )
            person = capital(short(user.name))
            location = short(group.name)
            by = "it" if message else f"a policy on {person} alone"
            first = (
                f"{person} works by {by}, so first put {person} in the group {location}:"
            )
            yield (
                joins(f"{_end_sentence(message)}{first}", group.name, user.name),
                (join, gone),
            )


def removing(play: Play, entity: Entity, hung: str, message: str) -> Step:
    """Returns the step to where a policy is deleted, or detached."""
    return next(_removals(play, entity, hung, None, message))[0]


def _leaving(message: str, group: str, user: str, call: str, named: dict[str, str]) -> Step:
    """Returns the step by which somebody leaves a group: on that person, and for whoever stands in the list of groups, on
    the group.
    """
    key = "d"
    does = "takes them out of it"
    named = {**named, "GroupName": group}
    step = go(
        message,
        "users",
        user,
        key,
        does,
        (call,),
        named,
        hung=f"membership:{group}",
        called=group,
    )
    return replace(step, other=Way("groups", group, key, does, f"membership:{user}", user))


def _end_sentence(message: str) -> str:
    return f"{message.rstrip(':')}. " if message else ""


def rewriting(play: Play, entity: Entity, hung: str, message: str) -> Step:
    """Returns the step to where a policy that a job needs is written anew; beside one of AWS's own, another one."""
    noun = type(entity).__name__.lower()
    name = hung.rpartition("/")[2]
    if (policy := play.account.policies.get(hung)) is not None:
        known_entries = {"PolicyArn": hung, "VersionId": policy.default}
        step = go(
            message,
            "policies",
            name,
            "⏎",
            "edits it",
            ("iam get-policy-version",),
            known_entries,
        )
        return _once_seen(play, step, "iam create-policy-version")
    if hung in entity.attached:
        first = f"{_end_sentence(message)}A job is done by it, so first write a small policy, then take this one away:"
        return go(
            first, f"{noun}s", entity.name, "w", "writes one", (f"iam put-{noun}-policy",)
        )
    row = f"inline:{entity.id}:{name.lower()}"
    call = (f"iam get-{noun}-policy",)
    step = go(
        message,
        f"{noun}s",
        entity.name,
        "e",
        "edits it",
        call,
        {"PolicyName": name},
        hung=row,
        called=name,
    )
    return _once_seen(play, step, f"iam put-{noun}-policy")


def _on_a_thing(play: Play, arn: str, allows: str) -> Step | None:
    """Returns the step to the policy of a bucket, a queue or a function."""
    thing = Arn.read(arn)
    assert thing is not None, "what a policy hangs on has an ARN"
    name = thing.resource.rpartition(":")[2]
    if thing.service == "s3" and name in play.account.buckets:
        message = f"the policy of the bucket {short(name)} itself {allows}"
        step = go(
            message,
            "policies",
            name,
            "⏎",
            "edits it",
            ("s3 get-bucket-policy",),
            {"Bucket": name},
        )
        return _once_seen(play, step, "s3 put-bucket-policy")
    change, noun = ELSEWHERE.get(thing.service, ("", ""))
    message = f"the policy of the {noun} {short(name)} itself {allows}"
    if change:
        return Step(message, ":", f"the console, aws {change}", calls=(change,))
    return None


ELSEWHERE = {  # things whose policies stand in no list: the call that changes one, and what they are
    "sqs": ("sqs set-queue-attributes", "queue"),
    "lambda": ("lambda remove-permission", "function"),
}
