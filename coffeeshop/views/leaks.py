"""Where a refusal leaks: the credential that lets somebody in, or the policy that does and on whom it hangs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.model import Account, Group, Key, Outcome, Role, User
from coffeeshop.lessons.model import Play
from coffeeshop.policy.language.arn import Arn, arn_glob
from coffeeshop.policy.model import Allowed, Decision, Kind, Matched, Policy, Statement
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket, Want
from coffeeshop.views.identity import bearer
from coffeeshop.views.step import Step, go, short
from coffeeshop.views.text import capital


def way_in(play: Play, tickets: Sequence[Ticket], leak: Ticket) -> Step | None:
    """Returns the step to what lets a leak in, which says what is there and not what to do about it; None where the
    account shows no such thing (root's power hangs nowhere), or all of it is to stay.
    """
    return _credential(play.account, leak.want) or next(_policies(play, tickets, leak), None)


def let_in(play: Play, tickets: Sequence[Ticket], leak: Ticket) -> Step:
    """Returns the step to what lets a leak in; where nothing of it is to be changed, to why."""
    said, detour = f"“{leak.want.say}” does not hold yet", ", by a detour" if leak.detour else ""
    if (found := way_in(play, tickets, leak)) is not None:
        return replace(found, text=f"{said}{detour}: {found.text}", want=leak.want.id)
    action = leak.decision.request.action if leak.decision else "this"
    return Step(f"{said}: {action} is allowed{detour}.", "y", "says who let it in", leak.want.id)


def stolen(account: Account, tickets: Sequence[Ticket]) -> Ticket | None:
    """Returns the first leak by a credential that somebody else holds, where one of those is of somebody who works here:
    theirs was stolen. An old key that is to be replaced is of nobody who does.
    """
    held = [ticket for ticket in tickets if ticket.want.held]
    works = {ticket.want.who.lower() for ticket in tickets if ticket.want.mode is Mode.MUST}
    if not any(_whose(account, ticket.want) in works for ticket in held):
        return None
    return next((ticket for ticket in held if ticket.mark is Mark.LEAK), None)


def _whose(account: Account, want: Want) -> str:
    found = account.credentials.get(want.held.id) if isinstance(want.held, Key) else None
    owner = account.of_id(found.owner) if found else None
    return owner.name.lower() if isinstance(owner, User) else ""


def _credential(account: Account, want: Want) -> Step | None:
    """Returns the step to a key that should be gone, or to whoever signs in without a code for want of a device."""
    held = account.credentials.get(want.held.id) if isinstance(want.held, Key) else None
    owner = account.of_id(held.owner) if isinstance(held, AccessKey) else None
    if isinstance(held, AccessKey) and isinstance(owner, User):
        said = f"{short(owner.name)}'s access key still works:"
        return go(said, "users", owner.name, "tab", "to its key, d deletes it", DELETES_KEY, {"AccessKeyId": held.id})
    user = user_named(account, want.who)
    if want.badge == "password" and not want.minted and user and not account.devices_of(user.id):
        return device(account, user, f"{capital(short(user.name))} has no device for codes:")
    return None


DELETES_KEY, DEVICE = ("iam delete-access-key",), "m gives one"


def device(account: Account, user: User | None, text: str) -> Step:
    """Returns the step to a device for a user's codes, or for the owner's; one that was made already is only enrolled."""
    made = next((d.serial for d in account.devices.values() if not d.owner), "")
    name = user.name if user else "owner"
    named = {"VirtualMFADeviceName": name, "SerialNumber": made or f"arn:aws:iam::{account.id}:mfa/{name}"}
    enrols = "iam enable-mfa-device" if user else "console enroll-root-mfa"
    calls = (enrols,) if made else ("iam create-virtual-mfa-device", enrols)
    return go(text, "users", user.name if user else "root", "⏎", f"and {DEVICE}", calls, named)


def _policies(play: Play, tickets: Sequence[Ticket], leak: Ticket) -> Iterator[Step]:
    """Yields the step to each policy that let the last call through, then to those that let the role be taken; of a
    detour, to those that let its calls through. What is to stay is none of them.
    """
    taking = leak.outcomes[:1] if leak.want.via else ()
    for decision in _allowed(leak.detour or (*leak.outcomes[-1:], *taking)):
        for matched in decision.by:
            stays = _meant(play, decision, matched) or _needed(tickets, leak.want, decision, matched)
            if not stays and (step := _policy(play.account, decision, matched)):
                yield step


def _allowed(outcomes: Iterable[Outcome]) -> Iterator[Allowed]:
    for outcome in outcomes:
        yield from (decision for decision in outcome.decisions[-1:] if isinstance(decision, Allowed))


def _meant(play: Play, decision: Allowed, matched: Matched) -> bool:
    """Tells whether a policy is an administrator's, who is to hold all that it gives: what else bounds them is elsewhere."""
    kind, _, name = decision.standing.principal.arn.rpartition(":")[2].partition("/")
    admins = {admin.lower() for admin in play.scenario.people.admins}
    return matched.layer.kind is Kind.IDENTITY and kind == "user" and name.rpartition("/")[2].lower() in admins


def _needed(tickets: Sequence[Ticket], leak: Want, decision: Allowed, matched: Matched) -> bool:
    """Tells whether a job asks the very same and is let in by that statement, so that it is not what says who may come by
    it: by a session that is held, or by a role that somebody else works in. Else a condition there tells the two apart.
    """
    jobs = (ticket for ticket in tickets if ticket.want.mode is Mode.MUST)
    others = (ticket for ticket in jobs if leak.held or (leak.via and ticket.want.who != leak.who))
    return any(
        _same(found, decision, ticket.want) and (matched.statement, matched.policy) in _cited(found)
        for ticket in others
        for found in _allowed(ticket.outcomes)
    )


def _cited(decision: Allowed) -> list[tuple[Statement, Policy]]:
    return [(matched.statement, matched.policy) for matched in decision.by]


def _same(asked: Allowed, leaked: Allowed, job: Want) -> bool:
    """Tells whether two ask the same, of one resource or of another that the job covers, as one person or in one role."""
    (asks, one), (leaks, other) = ((it.standing.principal, it.request) for it in (asked, leaked))
    covered = (one.resource, *job.covers)
    return (
        (asks.role_arn or asks.arn) == (leaks.role_arn or leaks.arn)
        and one.action == other.action
        and any(arn_glob(pattern)(other.resource) for pattern in covered)
    )


def _policy(account: Account, decision: Decision, matched: Matched) -> Step | None:
    allows = f"allows {decision.request.action}:"
    match matched.layer.kind:
        case Kind.IDENTITY:
            return _hanging(account, decision, matched, allows)
        case Kind.TRUST:
            name = matched.layer.on.rpartition("/")[2]
            said = f"the trust policy of the role {short(name)} {allows}"
            there = name.lower() in account.roles
            return go(said, "roles", name, "e", "changes who may wear it", ("iam get-role",)) if there else None
        case _:
            return _on_a_thing(account, matched.layer.on, allows)


def _hanging(account: Account, decision: Decision, matched: Matched, allows: str) -> Step | None:
    """Returns the step to a policy of somebody's own; of a group of theirs, to what hangs on that: the policy, and they."""
    asker = decision.standing.principal
    found = bearer(account, asker, matched.policy)
    if found is None:
        return None
    entity, hung = found
    kind, name = type(entity), hung.rpartition("/")[2]
    noun, person = kind.__name__.lower(), short(asker.arn.rpartition("/")[2])
    whose = {
        User: capital(short(entity.name)),
        Group: f"the group {short(entity.name)}, in which {capital(person)} is,",
        Role: f"the role {short(entity.name)}",
    }[kind]
    attached = hung in entity.attached
    call = f"iam list-attached-{noun}-policies" if attached else f"iam get-{noun}-policy"
    named = {} if attached else {"PolicyName": name}
    goal = f"to {person} or {short(name)}" if kind is Group else f"to {short(name)}"
    said = f"the policy {short(name)} on {whose} {allows}"
    return go(said, f"{noun}s", entity.name, "tab", goal, (call,), named)


def _on_a_thing(account: Account, arn: str, allows: str) -> Step | None:
    """Returns the step to the policy of a bucket, a queue or a function."""
    thing = Arn.read(arn)
    assert thing is not None, "what a policy hangs on has an ARN"
    name = thing.resource.rpartition(":")[2]
    if thing.service == "s3" and name in account.buckets:
        said = f"the policy of the bucket {short(name)} itself {allows}"
        return go(said, "policies", name, "⏎", "edits it", ("s3 get-bucket-policy",), {"Bucket": name})
    change, noun = ELSEWHERE.get(thing.service, ("", ""))
    said = f"the policy of the {noun} {short(name)} itself {allows}"
    return Step(said, ":", f"the console, aws {change}", calls=(change,)) if change else None


ELSEWHERE = {  # things whose policies stand in no list: the call that changes one, and what they are
    "sqs": ("sqs set-queue-attributes", "queue"),
    "lambda": ("lambda remove-permission", "function"),
}
