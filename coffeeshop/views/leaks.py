"""Steps for leaks, the refusals of the brief that AWS allows: the credential or the policy behind each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.iam_resources import Entity, Group, Role, User, is_reserved_role
from coffeeshop.account.model import Call
from coffeeshop.lessons.grading.near_denies import allowed_decisions, leaking_decisions
from coffeeshop.lessons.grading.workforce import WORKFORCE_PREFIX
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
from coffeeshop.views.boundary_steps import EDITS_POLICY, loosened_boundary_step
from coffeeshop.views.center_steps import reserved_role_step
from coffeeshop.views.credential_steps import access_key, mfa_device_step
from coffeeshop.views.identity import policy_bearer
from coffeeshop.views.loose_ends import by_groups, meant_groups
from coffeeshop.views.step import (
    EXPLAIN_DEED,
    MAKES_GROUP,
    WRITE_DEEDS,
    Fails,
    Failure,
    Step,
    Target,
    console,
    is_joining,
    joins,
    list_step,
    press,
    short,
    show_first,
    ticket_failure,
)
from coffeeshop.views.text import capital
from coffeeshop.views.thefts import (
    is_stolen,
    is_theft,
    stolen_leaks,
)
from coffeeshop.views.things.items import ATTACHED_KINDS, INLINE_KINDS, members
from coffeeshop.views.things.key_items import key_name


def leak_cause_step(play: Play, tickets: Sequence[Ticket], leak: Ticket) -> Step | None:
    """Return the suggested step to the credential or policy that allows a leak. Its text names the cause, not the fix.

    None: the account shows no such policy (root needs none), or every policy found must stay.
    """
    step = _credential_step(play, tickets, leak.want)
    if step or is_stolen(play.account, tickets, leak):
        return step  # None for a stolen session: its owner needs the same permissions
    return next(_policy_steps(play, tickets, leak), None)


def let_in(play: Play, tickets: Sequence[Ticket], leak: Ticket) -> Step:
    """Return the suggestion about a request that must be refused and is allowed: its cause, or else its explanation."""
    detour = ", by a detour" if leak.detour else ""
    if (step := leak_cause_step(play, tickets, leak)) is not None:
        return replace(step, fails=refusal_failure(leak, detour), want=leak.want.id)
    action = leak.decision.request.action if leak.decision else "this"
    deed = EXPLAIN_DEED.at("y", "says who let it in")
    cause = f"{action} is allowed{detour}."
    return Step(cause, deed, refusal_failure(leak), want=leak.want.id)


def theft_step(play: Play, tickets: Sequence[Ticket]) -> Step | None:
    """Return the suggestion about a stolen credential that still works, or None.

    No call ends a stolen session, so other leaks that Next can close come before it. In a
    diagnosis the thief is stopped first.
    """
    leak = next(iter(stolen_leaks(play.account, tickets)), None)
    if leak is None:
        return None
    is_ended_by_call = leak_cause_step(play, tickets, leak) is not None
    if is_ended_by_call or play.scenario.cases or not any(_closable_leaks(play, tickets)):
        return let_in(play, tickets, leak)
    return None


def leak_to_close(play: Play, tickets: Sequence[Ticket]) -> Ticket | None:
    """Return the first leak that Next knows a step for. Without one, return the first leak. None: nothing leaks."""
    return next(chain(_closable_leaks(play, tickets), _leaks(tickets)), None)


def _leaks(tickets: Sequence[Ticket]) -> list[Ticket]:
    """Return the tickets of the refusals that AWS allows."""
    return [ticket for ticket in tickets if ticket.mark is Mark.LEAK]


def _closable_leaks(play: Play, tickets: Sequence[Ticket]) -> Iterator[Ticket]:
    """Yield the leaks that Next knows a step for."""
    for leak in _leaks(tickets):
        if leak_cause_step(play, tickets, leak) is not None:
            yield leak


def refusal_failure(leak: Ticket, by: str = "") -> Failure:
    """Return the failure of a request that must be refused and isn't. `by` says by which detour."""
    return ticket_failure(leak, Fails.REFUSAL, by)


def _credential_step(play: Play, tickets: Sequence[Ticket], want: Want) -> Step | None:
    """Return the suggestion that closes a leak through a credential. Return None if it isn't the credential's fault.

    A stolen or unneeded key is deleted. A user whose password alone works gets an MFA device.
    """
    account = play.account
    credential = account.credential_of(want.opening_credential)
    if isinstance(credential, AccessKey):
        owner = account.entity_by_id(credential.owner)
    else:
        owner = None
    if isinstance(credential, AccessKey) and isinstance(owner, User):
        deletion = Call(
            "iam",
            "DeleteAccessKey",
            {"UserName": owner.name, "AccessKeyId": credential.id},
        )
        if is_theft(account, tickets) or not ends_a_job(
            account, tickets, [deletion], play.now
        ):
            return access_key(
                credential.id,
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
        return mfa_device_step(
            account, user, f"{capital(short(user.name))} has no MFA device:"
        )
    return None


def _policy_steps(play: Play, tickets: Sequence[Ticket], leak: Ticket) -> Iterator[Step]:
    """Yield alternative suggestions: one for each policy that allows the leak and may be changed.

    First come the policies that allowed the last call, then those that let the role be assumed.
    Policies of administrators and of jobs must stay.
    """
    for decision in leaking_decisions(leak):
        for matched in decision.by:
            stays = _is_for_administrators(play, decision, matched) or _is_needed(
                tickets, leak.want, decision, matched
            )
            if not stays and (step := _policy_step(play, tickets, decision, matched)):
                yield step


def _is_for_administrators(play: Play, decision: Allowed, matched: Matched) -> bool:
    """Return whether the policy that allows a leak belongs to one of the scenario's administrators, who must keep it."""
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
    """Return whether a job needs the statement that allows the leak, because it makes the same request with it.

    The leak then uses a stolen credential or a shared role, and another cause must be changed.
    """
    jobs = (ticket for ticket in tickets if ticket.want.mode is Mode.MUST)
    jobs_to_compare = (
        ticket
        for ticket in jobs
        if leak.opening_credential or (leak.via and ticket.want.who != leak.who)
    )
    return any(
        _is_same_request(allowed, decision, ticket.want)
        and (matched.statement, matched.policy) in _cited_statements(allowed)
        for ticket in jobs_to_compare
        for allowed in allowed_decisions(ticket.outcomes)
    )


def _cited_statements(decision: Allowed) -> list[tuple[Statement, Policy]]:
    """Return the statements that allowed a request, each with its policy."""
    return [(matched.statement, matched.policy) for matched in decision.by]


def _is_same_request(asked_allowed: Allowed, leaked: Allowed, job: Want) -> bool:
    """Return whether a job and a leak make the same call as the same principal, on a resource that the job covers."""
    (asks, request), (leaks, other_request) = (
        (allowed.standing.principal, allowed.request) for allowed in (asked_allowed, leaked)
    )
    covered = (request.resource, *job.covers)
    return (
        asks.principal_arn == leaks.principal_arn
        and request.action == other_request.action
        and any(arn_glob(pattern)(other_request.resource) for pattern in covered)
    )


def _policy_step(
    play: Play, tickets: Sequence[Ticket], decision: Decision, matched: Matched
) -> Step | None:
    """Return the suggestion for the policy that allowed a leak. Return None if no list of the app shows it."""
    allows = f"allows {decision.request.action}:"
    if matched.layer.kind is Kind.IDENTITY:
        if step := loosened_boundary_step(play, decision, allows):
            return _show_first_if_unread(play, step, ("iam", "GetPolicyVersion"))
        return _identity_policy_step(play, tickets, decision, matched, allows)
    return attached_policy_step(play, matched.layer, allows)


def attached_policy_step(play: Play, layer: Layer, says: str) -> Step | None:
    """Return the suggestion to change a trust policy or a resource policy. `says` completes its sentence.

    Return None if no list of the app shows that policy.
    """
    if layer.kind is not Kind.TRUST:
        return _resource_policy_step(play, layer.on, says)
    name = layer.on.rpartition("/")[2]
    message = f"the trust policy of the role {short(name)} {says}"
    deed = press("trust", "UpdateAssumeRolePolicy", "changes who can assume it")
    if name.lower() in play.account.roles:
        return _show_first_if_unread(
            play, list_step(message, "roles", name, deed), ("iam", "GetRole")
        )
    return None


def _identity_policy_step(
    play: Play, tickets: Sequence[Ticket], decision: Decision, matched: Matched, allows: str
) -> Step | None:
    """Return the suggestion to change an identity policy of the caller or their group.

    Return None if it isn't in the account. The first change that ends no job is preferred. If each ends
    one, the policy is edited instead.
    """
    asker = decision.standing.principal
    bearer = policy_bearer(play.account, asker, matched.policy)
    if bearer is None:
        return None
    entity, hung = bearer
    message = f"{policy_and_holder_phrase(asker, entity, hung)} {allows}"
    if isinstance(entity, Role) and is_reserved_role(entity):
        person = asker.arn.rpartition("/")[2]
        has_job = any(
            ticket.want.mode is Mode.MUST
            and ticket.want.who == f"{WORKFORCE_PREFIX}{person}"
            for ticket in tickets
        )
        idle_person = "" if has_job else person
        return reserved_role_step(play.account, entity, hung, message, idle_person)
    if isinstance(entity, Role):
        user = None
    else:
        user = user_named(play.account, asker.arn.rpartition("/")[2])
    if isinstance(entity, Group) and user and _has_another_admin(play, entity, user):
        return _leave_group_step(play, tickets, entity, hung, user, message)
    return _harmless_removal(play, tickets, entity, hung, user, message) or narrowing_step(
        play, entity, hung, message
    )


def _has_another_admin(play: Play, group: Group, user: User) -> bool:
    """Return whether a group has another administrator than this user. Its policies must then stay."""
    names = {each.name.lower() for each in members(play.account, group)} - {
        user.name.lower()
    }
    return bool(names & {admin.lower() for admin in play.scenario.people.admins})


def _leave_group_step(
    play: Play,
    tickets: Sequence[Ticket],
    group: Group,
    policy_id: str,
    user: User,
    message: str,
) -> Step:
    """Return the suggestion to take a user out of a group. If that would end their job, return what to do first."""
    operation, named = _showing_operation(group, policy_id)
    leaving = _leaving_step(message, group.name, user.name, named)
    leave_call = Call(
        "iam", "RemoveUserFromGroup", {"GroupName": group.name, "UserName": user.name}
    )
    if not ends_a_job(play.account, tickets, [leave_call], play.now):
        return _show_first_if_unread(play, leaving, operation)
    person = capital(short(user.name))
    reason = "A job uses this group, so first"
    for group_to_join in meant_groups(play):
        named = {"GroupName": group_to_join.name, "UserName": user.name}
        calls = [Call("iam", "AddUserToGroup", named), leave_call]
        if group_to_join.id not in user.groups and not ends_a_job(
            play.account, tickets, calls, play.now
        ):
            first = f"{reason} put {person} in the group {short(group_to_join.name)}:"
            return joins(message, group_to_join.name, user.name, advice=first)
    if by_groups(play):
        first = f"{reason} make a group for that job:"
        return list_step(message, "groups", "", MAKES_GROUP, advice=first)
    first = f"{reason} write a policy on {person} that allows the job alone:"
    return list_step(message, "users", user.name, WRITE_DEEDS["user"], advice=first)


def _showing_operation(
    entity: Entity, policy_id: str
) -> tuple[tuple[str, str], dict[str, str]]:
    """Return the operation that shows a policy (an inline name or an ARN), and the parameters that name the policy."""
    kind = type(entity).__name__
    if policy_id in entity.attached:
        return ("iam", f"ListAttached{kind}Policies"), {"PolicyArn": policy_id}
    return ("iam", f"Get{kind}Policy"), {"PolicyName": policy_id.rpartition("/")[2]}


def policy_and_holder_phrase(asker: Principal, entity: Entity, policy_id: str) -> str:
    """Return a noun phrase for a policy (an inline name or an ARN) and its holder: "the policy “receipts” on Casey"."""
    person = short(asker.arn.rpartition("/")[2])
    owner = {
        User: capital(short(entity.name)),
        Group: f"{capital(person)}'s group {short(entity.name)}",
        Role: f"the role {short(entity.name)}",
    }[type(entity)]
    return f"the policy “{short(policy_id.rpartition('/')[2])}” on {owner}"


def carried_policy_step(
    play: Play, tickets: Sequence[Ticket], people: Iterable[str]
) -> Step | None:
    """Return the suggestion to take a needless policy off one of these users. Joining a group first wins. None: all are needed."""
    found_users = (play.account.users.get(name.lower()) for name in people)
    users = (user for user in found_users if user is not None)
    hung = (
        (user, name) for user in users for name in (*_inline_names(user), *user.attached)
    )
    ways = (_harmless_removal(play, tickets, user, name, user, "") for user, name in hung)
    steps = [step for step in ways if step is not None]
    return min(steps, key=lambda step: not is_joining(step), default=None)


def joins_first(play: Play, tickets: Sequence[Ticket]) -> Step | None:
    """Return the suggestion to put a worker into a group that can replace their own policy. None: nobody needs one."""
    workers = dict.fromkeys(
        ticket.want.who for ticket in tickets if ticket.want.mode is Mode.MUST
    )
    step = carried_policy_step(play, tickets, workers)
    return step if step and is_joining(step) else None


def _inline_names(entity: Entity) -> Iterator[str]:
    """Yield the names of an entity's inline policies."""
    yield from (document.policy.name or key for key, document in entity.inline.items())


def _harmless_removal(
    play: Play,
    tickets: Sequence[Ticket],
    entity: Entity,
    policy_id: str,
    user: User | None,
    message: str,
) -> Step | None:
    """Return the first way to remove a policy's effect on a user that ends no job. Return None if each ends one."""
    steps = _removals(play, entity, policy_id, user, message)
    harmless_steps = (
        each for each in steps if not ends_a_job(play.account, tickets, each[1], play.now)
    )
    if (removal := next(harmless_steps, None)) is None:
        return None
    step, _ = removal
    if is_joining(step):
        return step
    return _show_first_if_unread(play, step, _showing_operation(entity, policy_id)[0])


def _show_first_if_unread(play: Play, step: Step, showing: tuple[str, str]) -> Step:
    """Return the suggestion. If no call of this play has read the policy by `showing`, first suggest only that."""
    known_parameters = step.values
    ignored_parameters = ENTITY_PARAMETERS if "PolicyName" in known_parameters else ()
    made_calls = (outcome.act.call for outcome in play.outcomes if outcome.has_succeeded)
    seen = any(
        (call.service, call.operation) == showing
        and all(
            known_parameters.get(parameter, value) == value
            for parameter, value in call.parameters.items()
            if parameter not in ignored_parameters
        )
        for call in made_calls
    )
    return step if seen else show_first(step, showing)


# The parameters that name an inline policy's entity.
ENTITY_PARAMETERS = ("UserName", "GroupName", "RoleName")


Removal: TypeAlias = tuple[Step, tuple[Call, ...]]


def _removals(
    play: Play, entity: Entity, policy_id: str, user: User | None, message: str
) -> Iterator[Removal]:
    """Yield alternative ways to remove a policy's effect on a user, each with the API calls that it consists of.

    The policy is deleted or detached, or the user leaves its group, or first joins one that replaces it.
    """
    kind = type(entity).__name__
    name = policy_id.rpartition("/")[2]
    _, named = _showing_operation(entity, policy_id)
    if policy_id in entity.attached:
        noun = ATTACHED_KINDS[kind.lower()]
        row = f"{noun}:{policy_id}"
        deed = press(noun, f"Detach{kind}Policy", "detaches {it}{of}")
    else:
        noun = INLINE_KINDS[kind.lower()]
        row = f"inline:{entity.id}:{name.lower()}"
        deed = press(noun, f"Delete{kind}Policy", "deletes {it}{of}")
    tab = f"{kind.lower()}s"
    step = list_step(
        message, tab, entity.name, deed, named, row_id=row, row_name=name, row_noun=noun
    )
    removal = Call("iam", deed.operation, {f"{kind}Name": entity.name, **named})
    yield step, (removal,)
    if user is None:
        return
    if isinstance(entity, Group):
        out = Call(
            "iam", "RemoveUserFromGroup", {"GroupName": entity.name, "UserName": user.name}
        )
        yield _leaving_step(message, entity.name, user.name, named), (out,)
        return
    for group in meant_groups(play):
        if group.id not in user.groups:
            join = Call(
                "iam", "AddUserToGroup", {"GroupName": group.name, "UserName": user.name}
            )
            person = capital(short(user.name))
            location = short(group.name)
            by = "this policy" if message else f"a policy on {person} alone"
            first = f"A job uses {by}, so first put {person} in the group {location}:"
            yield joins(message, group.name, user.name, advice=first), (join, removal)


def removal_step(play: Play, entity: Entity, hung: str, message: str) -> Step:
    """Return the suggestion to delete an inline policy or detach a managed one. It shows the policy first."""
    step, _ = next(_removals(play, entity, hung, None, message))
    return show_first(step, _showing_operation(entity, hung)[0])


def _leaving_step(message: str, group: str, user: str, named: dict[str, str]) -> Step:
    """Return the suggestion to take a user out of a group. It can be done in the list of users or of groups."""
    deed = press("membership", "RemoveUserFromGroup", "takes {them} out of {it}")
    named = {**named, "GroupName": group}
    step = list_step(
        message,
        "users",
        user,
        deed,
        named,
        row_id=f"membership:{group}",
        row_name=group,
        row_noun="membership",
    )
    other = Target("groups", group, deed, f"membership:{user}", user, "membership")
    return replace(step, other_target=other)


def narrowing_step(play: Play, entity: Entity, policy_id: str, message: str) -> Step:
    """Return the suggestion to narrow a policy of an entity: `policy_id` is the name of an inline policy, or an ARN.

    A policy of AWS's can't be edited, so the suggestion is to write a small policy first.
    """
    noun = type(entity).__name__.lower()
    name = policy_id.rpartition("/")[2]
    if (policy := play.account.policies.get(policy_id)) is not None:
        known_entries = {"PolicyArn": policy_id, "VersionId": policy.default}
        step = list_step(message, "policies", name, EDITS_POLICY, known_entries)
        return _show_first_if_unread(play, step, ("iam", "GetPolicyVersion"))
    if policy_id in entity.attached:
        first = (
            "A job uses this policy, so first write a small policy, then remove this one:"
        )
        return list_step(message, f"{noun}s", entity.name, WRITE_DEEDS[noun], advice=first)
    operation, named = _showing_operation(entity, policy_id)
    row_noun = INLINE_KINDS[noun]
    deed = press(row_noun, f"Put{type(entity).__name__}Policy", "edits {it}{of}")
    row = f"inline:{entity.id}:{name.lower()}"
    tab = f"{noun}s"
    step = list_step(message, tab, entity.name, deed, named, row, name, row_noun)
    return _show_first_if_unread(play, step, operation)


EDITS_BUCKET_POLICY = press("bucket-policy", "PutBucketPolicy", "edits it", "⏎")
EDITS_KEY_POLICY = press("key-policy", "PutKeyPolicy", "edits it", "⏎")


def _resource_policy_step(play: Play, arn: str, allows: str) -> Step | None:
    """Return the suggestion to change the own policy of a bucket, key, queue or function. None: the app can't change it."""
    thing = Arn.read(arn)
    assert thing is not None, "a resource with a policy has an ARN"
    name = thing.resource.rpartition(":")[2]
    if thing.service == "s3" and name in play.account.buckets:
        message = f"the policy of the bucket {short(name)} itself {allows}"
        step = list_step(message, "policies", name, EDITS_BUCKET_POLICY, {"Bucket": name})
        return _show_first_if_unread(play, step, ("s3", "GetBucketPolicy"))
    key = play.account.kms_keys.get(thing.resource.removeprefix("key/"))
    if thing.service == "kms" and key is not None:
        name = key_name(play.account, key)
        message = f"the key policy of {short(name)} itself {allows}"
        step = list_step(message, "policies", name, EDITS_KEY_POLICY, {"KeyId": key.id})
        return _show_first_if_unread(play, step, ("kms", "GetKeyPolicy"))
    if thing.service not in POLICY_OPERATIONS:
        return None
    operation, noun = POLICY_OPERATIONS[thing.service]
    cause = f"the policy of the {noun} {short(name)} itself {allows}"
    return Step(cause, console((thing.service, operation)))


# By service without a list in the app: the operation that changes a policy, and the noun.
POLICY_OPERATIONS = {
    "sqs": ("SetQueueAttributes", "queue"),
    "lambda": ("RemovePermission", "function"),
}
