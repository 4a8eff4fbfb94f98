"""Things of a play that have no effect yet: an unattached policy, a version not in force, an empty role or group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.iam_resources import (
    Entity,
    Group,
    ManagedPolicy,
    Role,
    is_reserved_role,
)
from coffeeshop.account.model import Account, Call
from coffeeshop.lessons.model import Play
from coffeeshop.policy.evaluation.explain import nearest_miss
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.model import ImplicitlyDenied, Kind
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.deed import Deed
from coffeeshop.views.step import (
    MENU_DEED,
    Step,
    console,
    joins,
    list_step,
    press,
    short,
)
from coffeeshop.views.text import capital
from coffeeshop.views.things.items import members

GIVES_ALL = press("group", "AttachGroupPolicy", "attaches AdministratorAccess", "⏎", "p")
ADMINISTRATOR_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"
N = TypeVar("N", Role, Group)


def kept_versions(
    play: Play, ends_a_job: Callable[[Sequence[Call]], bool] = lambda _: False
) -> Iterator[Step]:
    """Yield a suggestion for each newest policy version that isn't the default and would end no job.

    AWS keeps a new version without using it, unless it is set as default:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
    """
    for policy in play.account.policies.values():
        newest = policy.versions[-1].id
        named = {"PolicyArn": policy.arn, "VersionId": newest}
        puts = Call("iam", "SetDefaultPolicyVersion", named)
        if (
            newest != policy.default
            and _is_creation_last(play, policy)
            and not ends_a_job([puts])
        ):
            message = f"Version {newest} of the policy “{short(policy.name)}” isn't the default, {policy.default} still is:"
            yield list_step(
                message,
                "policies",
                policy.name,
                press("version", "SetDefaultPolicyVersion", "makes {it} the default"),
                named,
                row_id=f"version:{newest}",
                row_name=newest,
                row_noun="version",
            )


def _is_creation_last(play: Play, policy: ManagedPolicy) -> bool:
    """Return whether the last act on a policy's versions created one. Going back to an older version is intended."""
    calls = (
        outcome.act.call for outcome in reversed(play.outcomes) if outcome.has_succeeded
    )
    about = (call.operation for call in calls if call.text("PolicyArn") == policy.arn)
    return (
        next((name for name in about if name in VERSION_OPERATIONS), "")
        == "CreatePolicyVersion"
    )


VERSION_OPERATIONS = ("CreatePolicyVersion", "SetDefaultPolicyVersion")


def assumed_roles(ticket: Ticket) -> Iterator[str]:
    """Yield the names of the roles that a job assumes."""
    for outcome in ticket.outcomes:
        if outcome.act.call.operation == "AssumeRole":
            yield outcome.act.call.text("RoleArn").rpartition("/")[2]


def untrusting_role(ticket: Ticket) -> str:
    """Return the role, in lower case, whose trust policy misses a job by a condition alone. "": there is none."""
    stopped, decision = ticket.stopping_call, ticket.decision
    if ticket.want.mode is not Mode.MUST or stopped is None or decision is None:
        return ""
    if not isinstance(decision, ImplicitlyDenied) or decision.silent is not Kind.TRUST:
        return ""
    missed = nearest_miss(decision)
    if missed is None or missed.failed > 1 or missed.element != "condition":
        return ""
    return stopped.act.call.text("RoleArn").rpartition("/")[2].lower()


def job_roles(ticket: Ticket) -> Iterator[str]:
    """Yield the names of the roles that a ticket's job assumes. A refusal has none."""
    if ticket.want.mode is Mode.MUST:
        yield from assumed_roles(ticket)


def similar_role(account: Account, missing_role: str) -> str:
    """Return the role whose name resembles one that doesn't exist: OrderExport for OrdersExport. "": none does."""
    if missing_role.lower() in account.roles:
        return ""
    return nearest_name(missing_role, [role.name for role in account.roles.values()]) or ""


def loose_ends(
    play: Play, person: str = "", tickets: Sequence[Ticket] = ()
) -> Iterator[Step]:
    """Yield a suggested step for each policy, role and group of this play that has no effect yet.

    `person` is the user whose job fails ("": none). By `tickets`, a role whose job works may need no permission,
    and one whose name only resembles that of a job's missing role gets no step: the name is the mistake. Neither
    does one whose trust policy misses a job by a condition: that comes first. A policy that allows everything
    gets no step.
    """
    account = play.account
    working_roles = {
        role.lower()
        for ticket in tickets
        if ticket.mark is Mark.OK
        for role in job_roles(ticket)
    }
    untrusting_roles = {untrusting_role(ticket) for ticket in tickets}
    job_role_names = [role for ticket in tickets for role in job_roles(ticket)]
    before = play.scenario.opening
    holders = (*account.users.values(), *account.groups.values(), *account.roles.values())
    for arn in sorted(set(account.policies) - set(before.policies)):
        policy = account.policies[arn]
        if not policy.document.policy.allows_everything and not any(
            arn in _managed_arns(holder) for holder in holders
        ):
            yield _attaching_step(play, policy, person)
    yield from _unattached_control_policies(account, before)
    for role in new(account.roles.values(), before):
        if is_reserved_role(role):
            continue  # Identity Center gives it its permissions
        has_no_policy = not role.inline and not role.attached
        is_misnamed = role.name not in job_role_names and any(
            similar_role(account, name) == role.name for name in job_role_names
        )
        waits = role.name.lower() in untrusting_roles or is_misnamed
        if has_no_policy and role.name.lower() not in working_roles and not waits:
            message = f"The role {short(role.name)} has no permissions yet:"
            deed = press("role", "PutRolePolicy", "writes what it can do")
            yield list_step(message, "roles", role.name, deed)
    for group in useful_groups(play):
        yield from _group_steps(play, group, person)


def _managed_arns(holder: Entity) -> tuple[str, ...]:
    """Return the ARNs of an entity's managed policies: those attached, and the permissions boundary."""
    return (*holder.attached, "" if isinstance(holder, Group) else holder.boundary)


def _group_steps(play: Play, group: Group, person: str) -> Iterator[Step]:
    """Yield the steps that give a group its missing permissions and members.

    A group for administrators also gets a step if it has a policy, but doesn't allow everything.
    """
    has_no_policy = not group.inline and not group.attached
    name = short(group.name)
    deed = _group_deed(play, group)
    parameters = {"PolicyArn": ADMINISTRATOR_ARN} if deed is GIVES_ALL else {}
    if has_no_policy:
        message = f"The group {name} grants nothing yet:"
        yield list_step(message, "groups", group.name, deed, parameters)
    users = members(play.account, group)
    if not users:
        yield joins(f"No one is in the group {name} yet:", group.name, person)
    elif deed is GIVES_ALL and not has_no_policy:
        message = (
            f"The group {name} allows less than {capital(short(users[0].name))} needs:"
        )
        yield list_step(message, "groups", group.name, deed, parameters)


def _unattached_control_policies(account: Account, before: Account) -> Iterator[Step]:
    """Yield the suggested step that attaches each control policy of this play that has no target yet."""
    if (organization := account.joined_organization) is None:
        return
    if before.joined_organization:
        ids_before = set(before.joined_organization.policies)
    else:
        ids_before = set[str]()
    attached_ids = {
        id for policy_ids in organization.attached.values() for id in policy_ids
    }
    for policy in organization.policies.values():
        if policy.id not in attached_ids and policy.id not in ids_before:
            message = f"The policy “{short(policy.name)}” has no effect yet, because it isn't attached:"
            operation = ("organizations", "AttachPolicy")
            yield Step(message, console(operation, {"PolicyId": policy.id}))


def _attaching_step(play: Play, policy: ManagedPolicy, person: str) -> Step:
    """Return the suggested step that attaches a policy to a group, a role, or the user `person`, as the lesson wants it."""
    wanted = [
        noun for noun in ATTACH_KEYS if f"iam attach-{noun}-policy" in play.scenario.calls
    ]
    if by_groups(play):
        noun = "group"
    else:
        noun = next(iter(wanted), "user")
    if noun == "user" and person:
        people_by_key = {"UserName": person}
    else:
        people_by_key = {}
    message = (
        f"The policy “{short(policy.name)}” has no effect yet, because it isn't attached:"
    )
    operation = f"Attach{noun.capitalize()}Policy"
    deed = press("policy", operation, "ask to attach it", letter=ATTACH_KEYS[noun])
    values = {"PolicyArn": policy.arn, **people_by_key}
    return list_step(message, "policies", policy.name, deed, values)


# The keys of the menu by which a policy is attached.
ATTACH_KEYS = {"user": "⏎", "group": "g", "role": "r"}


def _group_deed(play: Play, group: Group) -> Deed:
    """Return the deed that gives a group its policy.

    The first administrators' group gets AWS's AdministratorAccess.
    """
    if not any(practice.rule == "admin-in-group" for practice in play.scenario.practice):
        return press("group", "PutGroupPolicy", "writes its policy")
    groups = new(play.account.groups.values(), play.scenario.opening)
    enough = any(
        policy.allows_everything
        for each in groups
        for policy in policies_of_entity(play.account, each)
    )
    if not enough and _is_for_administrators(play, group):
        return GIVES_ALL
    return MENU_DEED


def _is_for_administrators(play: Play, group: Group) -> bool:
    """Return whether a group is for administrators: it has no other member.

    An empty group counts if no job of a graded person could need it.
    """
    users = members(play.account, group)
    people = play.scenario.people
    if users:
        return {user.name.lower() for user in users} <= set(map(str.lower, people.admins))
    return not any(
        want.mode is Mode.MUST and want.who in people.graded for want in play.scenario.wants
    )


def by_groups(play: Play) -> bool:
    """Return whether the brief wants policies on groups rather than on users."""
    return any(
        practice.rule in ("no-direct-user-policies", "admin-in-group")
        for practice in play.scenario.practice
    )


def required_groups(play: Play) -> frozenset[str]:
    """Return the names of the groups that a job has to get its permission from."""
    sources = (source for want in play.scenario.wants for source in want.by)
    return frozenset(
        source.removeprefix("group/") for source in sources if source.startswith("group/")
    )


def useful_groups(play: Play) -> list[Group]:
    """Return the groups that the learner made and that help a job, sorted by name.

    If the jobs name their groups, another one helps no job.
    """
    required = required_groups(play)
    made_groups = new(play.account.groups.values(), play.scenario.opening)
    return [group for group in made_groups if not required or group.name in required]


def meant_groups(play: Play) -> list[Group]:
    """Return the groups that the scenario's story names or that the learner made, sorted by name."""
    named = play.scenario.named.groups
    before = play.scenario.opening
    groups = sorted(play.account.groups.values(), key=lambda group: group.name.lower())
    return [
        group
        for group in groups
        if group.name in named or before.entity_by_id(group.id) is None
    ]


def new(entities: Iterable[N], before: Account) -> list[N]:
    """Return the entities that this play made, sorted by name."""
    items = (entity for entity in entities if before.entity_by_id(entity.id) is None)
    return sorted(items, key=lambda entity: entity.name.lower())
