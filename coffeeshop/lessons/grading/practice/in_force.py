"""What is in force: the policies on graded people, their groups, the roles of the shop, and on resources.

AWS managed policies are left out of rules about form, which are for those who wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.control_policies import TYPES
from coffeeshop.account.access.identity_policies import (
    attached_policies,
    policies_of_entity,
)
from coffeeshop.account.access.resource_policies import resource_policies
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.model import Account
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Kind, Layer, Matched, Policy, Statement

CONTROLS = (Kind.SCP, Kind.RCP)
CEILINGS = (*CONTROLS, Kind.BOUNDARY)
GROUP = "group "  # how the holder of a group's policy begins
AWS_MANAGED = ("arn:aws:iam::aws:policy/", "arn:aws:organizations::aws:policy/")


class InForce(Struct, frozen=True):
    """One policy where it hangs: the person, "group Cashiers", "role Cashier", "bucket …"."""

    holder: str
    policy: Policy
    kind: Kind

    def cite_statement(self, statement: Statement) -> Matched:
        """Returns one of its statements, to be cited."""
        return Matched(statement, self.policy, Layer(self.kind, (self.policy,)))


def customer_policies(play: Play) -> Iterator[InForce]:
    """Yields every policy in force, its own form's author being somebody of this account or of its organization."""
    return (
        in_force
        for in_force in policies_in_force(play)
        if not in_force.policy.name.startswith(AWS_MANAGED)
    )


def policies_in_force(play: Play) -> Iterator[InForce]:
    """Yields every policy in force, AWS's own as well."""
    yield from (*_identity_policies(play), *_boundary_policies(play))
    yield from (
        *_policies_of_resources(play.account),
        *_trust_policies(play),
        *_control_policies(play.account),
    )


def graded_users(play: Play) -> tuple[User, ...]:
    """Returns the graded people who exist."""
    users = (play.account.users.get(name.lower()) for name in play.scenario.people.graded)
    return tuple(user for user in users if user)


def graded_groups(play: Play) -> tuple[Group, ...]:
    """Returns the groups that graded people are in."""
    ids = dict.fromkeys(id for user in graded_users(play) for id in user.groups)
    return tuple(
        group for id in ids if isinstance(group := play.account.entity_by_id(id), Group)
    )


def graded_roles(play: Play) -> tuple[Role, ...]:
    """Returns the roles that the shop asks for, those that its functions with a check wear, and those that were made in play."""
    wants = play.scenario.wants
    account = play.account
    session_roles = {want.via.lower() for want in wants if want.via}
    names = (
        want.who.partition("/")[2] for want in wants if want.who.startswith("function/")
    )
    functions = (account.functions.get(name) for name in names)
    function_roles = {
        function.role.rpartition("/")[2].lower() for function in functions if function
    }
    new_roles = account.roles.keys() - play.scenario.opening.roles.keys()
    roles = (
        account.roles.get(name)
        for name in sorted(session_roles | function_roles | new_roles)
    )
    return tuple(role for role in roles if role)


def own_policies(account: Account, entity: Entity) -> tuple[Policy, ...]:
    """Returns what hangs on this entity itself; of a user, not what its groups give."""
    return policies_of_entity(
        account, replace(entity, groups=()) if isinstance(entity, User) else entity
    )


def _identity_policies(play: Play) -> Iterator[InForce]:
    yield from policies_on_people(play)
    judged_groups = graded_groups(play)
    judged_roles = graded_roles(play)
    other_groups = (
        group
        for group in play.account.groups.values()
        if group not in judged_groups and _has_other_members(play, group)
    )
    yield from (
        in_force
        for group in judged_groups
        for in_force in _policies_on(play.account, f"{GROUP}{group.name}", group)
    )
    yield from (
        in_force
        for group in other_groups
        for in_force in _new_policies_on(play, f"{GROUP}{group.name}", group)
    )
    yield from (
        in_force
        for role in judged_roles
        for in_force in _policies_on(play.account, f"role {role.name}", role)
    )
    other_roles = (role for role in play.account.roles.values() if role not in judged_roles)
    yield from (
        in_force
        for role in other_roles
        for in_force in _new_policies_on(play, f"role {role.name}", role)
    )


def policies_on_people(play: Play) -> Iterator[InForce]:
    """Yields what hangs on people themselves: on those who are graded, and on others what came in the play, administrators aside."""
    judged = graded_users(play)
    yield from (
        in_force
        for user in judged
        for in_force in _policies_on(play.account, user.name, user)
    )
    other_users = (
        user
        for user in play.account.users.values()
        if user not in judged and not is_administrator(play, user)
    )
    yield from (
        in_force
        for user in other_users
        for in_force in _new_policies_on(play, user.name, user)
    )


def _policies_on(account: Account, holder: str, entity: Entity) -> Iterator[InForce]:
    return (
        InForce(holder, policy, Kind.IDENTITY) for policy in own_policies(account, entity)
    )


def _new_policies_on(play: Play, holder: str, entity: Entity) -> Iterator[InForce]:
    """What hangs there and did not before the play."""
    former_policies = _policies_before(play, entity)
    return (
        in_force
        for in_force in _policies_on(play.account, holder, entity)
        if in_force.policy not in former_policies
    )


def _policies_before(play: Play, entity: Entity) -> tuple[Policy, ...]:
    former_entity = play.scenario.opening.entity_by_id(entity.id)
    if isinstance(former_entity, type(entity)):
        return own_policies(play.scenario.opening, former_entity)
    return ()


def is_rewritten(play: Play, in_force: InForce) -> bool:
    """Tells whether a policy of that name hung there before, on somebody who is not judged by name."""
    user = play.account.users.get(in_force.holder.lower())
    if user is None or user in graded_users(play):
        return False
    return in_force.policy.name in {policy.name for policy in _policies_before(play, user)}


def _has_other_members(play: Play, group: Group) -> bool:
    """Whether somebody is in a group who is no administrator."""
    members = (user for user in play.account.users.values() if group.id in user.groups)
    return not all(is_administrator(play, user) for user in members)


def is_administrator(play: Play, user: User) -> bool:
    """Tells whether somebody is one of the administrators of the story."""
    return user.name.lower() in {name.lower() for name in play.scenario.people.admins}


def _boundary_policies(play: Play) -> Iterator[InForce]:
    """The ceilings of those who are graded, and of roles, each once."""
    for arn in dict.fromkeys(
        entity.boundary
        for entity in (*graded_users(play), *graded_roles(play))
        if entity.boundary
    ):
        yield from (
            InForce("a boundary", policy, Kind.BOUNDARY)
            for policy in attached_policies(play.account, (arn,))
        )


def _policies_of_resources(account: Account) -> Iterator[InForce]:
    for arn, document in resource_policies(account):
        yield InForce(arn, document.policy, Kind.RESOURCE)


def _trust_policies(play: Play) -> Iterator[InForce]:
    """The trusts of these roles, and of others those that came in the play."""
    judged_roles = graded_roles(play)
    former_roles = play.scenario.opening.roles
    for name, role in play.account.roles.items():
        if role in judged_roles or former_roles[name].trust != role.trust:
            yield InForce(f"the trust of role {role.name}", role.trust.policy, Kind.TRUST)


def _control_policies(account: Account) -> Iterator[InForce]:
    """The control policies over the account, each where it hangs."""
    if (above := account.joined_organization) is None:
        return
    for place in above.path(account.id):
        for id in above.attached.get(place, ()):
            if policy := above.policies.get(id):
                yield InForce(
                    "the organization", policy.document.policy, TYPES[policy.type].kind
                )


def all_policies(play: Play) -> Iterator[InForce]:
    """Yields every policy of the account, and over it, that somebody wrote, whoever's it is, in each of its versions."""
    account = play.account
    for kind, book in (
        ("user", account.users),
        ("group", account.groups),
        ("role", account.roles),
    ):
        for entity in book.values():
            own_words = (document.policy for document in entity.inline.values())
            yield from (
                InForce(f"{kind} {entity.name}", policy, Kind.IDENTITY)
                for policy in own_words
            )
    for policy in account.policies.values():
        yield from (
            InForce(policy.name, version.document.policy, Kind.IDENTITY)
            for version in policy.versions
        )
    for role in account.roles.values():
        yield InForce(f"the trust of role {role.name}", role.trust.policy, Kind.TRUST)
    yield from (*_policies_of_resources(account), *_control_policies(account))


def allow_statements(policies: Iterable[InForce]) -> Iterator[tuple[InForce, Statement]]:
    """Yields every Allow of these policies that gives something: a control policy's is no more than a ceiling."""
    for in_force in (candidate for candidate in policies if candidate.kind not in CEILINGS):
        yield from (
            (in_force, s) for s in in_force.policy.statements if s.effect == "Allow"
        )


def describe_statement(in_force: InForce, statement: Statement) -> str:
    """Returns a statement as people point at it: Receipts in policy receipts of casey."""
    index = in_force.policy.statements.index(statement)
    label = statement.sid or f"statement {index + 1}"
    policy = in_force.policy.display_name
    if policy:
        return f"{label} in {policy} ({in_force.holder})"
    return f"{label} in {in_force.holder}"
