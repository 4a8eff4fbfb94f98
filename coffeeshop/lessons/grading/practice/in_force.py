"""Which policies are in force: on people who are judged, their groups, the shop's roles,
and on resources.

AWS managed policies are left out of rules about form: those are for whoever wrote a policy.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.control_policies import POLICY_TYPES
from coffeeshop.account.access.identity_policies import (
    attached_policies,
    policies_of_entity,
)
from coffeeshop.account.access.resource_policies import resource_policies
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.model import Account
from coffeeshop.account.resources import KmsKey
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Kind, Layer, Matched, Policy, Statement
from coffeeshop.shop.mark import Mode

CONTROL_KINDS = (Kind.SCP, Kind.RCP)
CEILING_KINDS = (*CONTROL_KINDS, Kind.BOUNDARY)
GROUP_PREFIX = "group "  # how the holder of a group's policy begins
AWS_MANAGED = ("arn:aws:iam::aws:policy/", "arn:aws:organizations::aws:policy/")


class InForce(Struct, frozen=True):
    """One policy where it is attached: `holder` is the person, "group Cashiers", "role
    Cashier", or the ARN of a bucket.
    """

    holder: str
    policy: Policy
    kind: Kind

    def cite_statement(self, statement: Statement) -> Matched:
        """Return one of its statements as a match that a finding can cite."""
        return Matched(statement, self.policy, Layer(self.kind, (self.policy,)))


def customer_policies(play: Play) -> Iterator[InForce]:
    """Yield every policy in force that AWS didn't write."""
    return (
        in_force
        for in_force in policies_in_force(play)
        if not in_force.policy.name.startswith(AWS_MANAGED)
    )


def policies_in_force(play: Play) -> Iterator[InForce]:
    """Yield every policy in force, AWS's own as well."""
    yield from (*_identity_policies(play), *_boundary_policies(play))
    yield from (
        *_policies_of_resources(play.account),
        *_trust_policies(play),
        *_control_policies(play.account),
    )


def graded_users(play: Play) -> tuple[User, ...]:
    """Return the users who are judged by name and exist."""
    users = (play.account.users.get(name.lower()) for name in play.scenario.people.graded)
    return tuple(user for user in users if user)


def graded_groups(play: Play) -> tuple[Group, ...]:
    """Return the groups of the users who are judged by name."""
    ids = dict.fromkeys(id for user in graded_users(play) for id in user.groups)
    return tuple(
        group for id in ids if isinstance(group := play.account.entity_by_id(id), Group)
    )


def graded_roles(play: Play) -> tuple[Role, ...]:
    """Return the roles that jobs use, those of functions with a job, and those created in
    the play.
    """
    wants = play.scenario.wants
    account = play.account
    session_roles = {want.via.lower() for want in wants if want.via}
    names = (
        want.who.partition("/")[2]
        for want in wants
        if want.who.startswith("function/") and want.mode is Mode.MUST
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
    """Return the policies on an entity itself; for a user, without those of its groups."""
    if isinstance(entity, User):
        entity = replace(entity, groups=())
    return policies_of_entity(account, entity)


def _identity_policies(play: Play) -> Iterator[InForce]:
    """Yield the identity-based policies to judge: on people, and on the groups and roles that their jobs use.

    On all others only those count that came in the play: the rest isn't the learner's.
    """
    yield from policies_on_people(play)
    judged_groups = graded_groups(play)
    judged_roles = graded_roles(play)
    for group in judged_groups:
        yield from _policies_on(play.account, f"{GROUP_PREFIX}{group.name}", group)
    for group in play.account.groups.values():
        if group not in judged_groups and _has_other_members(play, group):
            yield from _new_policies_on(play, f"{GROUP_PREFIX}{group.name}", group)
    for role in judged_roles:
        yield from _policies_on(play.account, f"role {role.name}", role)
    for role in play.account.roles.values():
        if role not in judged_roles:
            yield from _new_policies_on(play, f"role {role.name}", role)


def policies_on_people(play: Play) -> Iterator[InForce]:
    """Yield the policies on users themselves: all on those judged by name, and on others those that came in the
    play.

    Administrators are left out.
    """
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
    """Yield the policies on an entity itself."""
    return (
        InForce(holder, policy, Kind.IDENTITY) for policy in own_policies(account, entity)
    )


def _new_policies_on(play: Play, holder: str, entity: Entity) -> Iterator[InForce]:
    """Yield the policies on an entity that weren't there before the play."""
    former_policies = _policies_before(play, entity)
    return (
        in_force
        for in_force in _policies_on(play.account, holder, entity)
        if in_force.policy not in former_policies
    )


def _policies_before(play: Play, entity: Entity) -> tuple[Policy, ...]:
    """Return the policies on an entity before the play."""
    former_entity = play.scenario.opening.entity_by_id(entity.id)
    if isinstance(former_entity, type(entity)):
        return own_policies(play.scenario.opening, former_entity)
    return ()


def is_rewritten(play: Play, in_force: InForce) -> bool:
    """Tell whether a user who isn't judged by name had a policy of that name before the play.

    Then it was there, and the learner only changed its text.
    """
    user = play.account.users.get(in_force.holder.lower())
    if user is None or user in graded_users(play):
        return False
    return in_force.policy.name in {policy.name for policy in _policies_before(play, user)}


def _has_other_members(play: Play, group: Group) -> bool:
    """Tell whether a group has a member who is no administrator."""
    members = (user for user in play.account.users.values() if group.id in user.groups)
    return not all(is_administrator(play, user) for user in members)


def is_administrator(play: Play, user: User) -> bool:
    """Tell whether a user is one of the story's administrators."""
    return user.name.lower() in {name.lower() for name in play.scenario.people.admins}


def _boundary_policies(play: Play) -> Iterator[InForce]:
    """Yield the permissions boundaries of judged users and roles, each once."""
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
    """Yield the policies of buckets, queues and so on.

    Of a key policy, the statement that delegates to the account is left out, since every key needs it. So
    is the policy of a key that AWS manages.
    """
    for arn, document in resource_policies(account):
        key = account.kms_keys.get(arn.rpartition("/")[2])
        if key is None:
            yield InForce(arn, document.policy, Kind.RESOURCE)
        elif key.manager == "CUSTOMER":
            yield InForce(arn, _without_delegation(account, key), Kind.RESOURCE)


def _without_delegation(account: Account, key: KmsKey) -> Policy:
    """Return a key policy without the statements that only let the account's own policies decide.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    policy = key.policy.policy
    account_only = frozenset({("AWS", account.root_arn)})
    statements = tuple(
        statement
        for statement in policy.statements
        if statement.principals is None
        or statement.effect == "Deny"
        or frozenset(statement.principals.entries) != account_only
    )
    return dataclasses.replace(policy, statements=statements)


def _trust_policies(play: Play) -> Iterator[InForce]:
    """Yield the trust policies of judged roles, and of others those that changed in the
    play.
    """
    judged_roles = graded_roles(play)
    former_roles = play.scenario.opening.roles
    for name, role in play.account.roles.items():
        if role in judged_roles or former_roles[name].trust != role.trust:
            yield InForce(
                f"the trust policy of the role {role.name}", role.trust.policy, Kind.TRUST
            )


def _control_policies(account: Account) -> Iterator[InForce]:
    """Yield the organization's policies over the account, for each place they are attached
    to.
    """
    if (organization := account.joined_organization) is None:
        return
    for place in organization.path(account.id):
        for id in organization.attached.get(place, ()):
            if policy := organization.policies.get(id):
                yield InForce(
                    "the organization",
                    policy.document.policy,
                    POLICY_TYPES[policy.type].kind,
                )


def all_policies(play: Play) -> Iterator[InForce]:
    """Yield every policy in the account and over it that AWS didn't write, in each of its
    versions.
    """
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
        yield InForce(
            f"the trust policy of the role {role.name}", role.trust.policy, Kind.TRUST
        )
    yield from (*_policies_of_resources(account), *_control_policies(account))


def allow_statements(policies: Iterable[InForce]) -> Iterator[tuple[InForce, Statement]]:
    """Yield every Allow that can give something: those of boundaries and the organization's
    policies can't.
    """
    for in_force in (
        candidate for candidate in policies if candidate.kind not in CEILING_KINDS
    ):
        yield from (
            (in_force, s) for s in in_force.policy.statements if s.effect == "Allow"
        )


def describe_statement(in_force: InForce, statement: Statement) -> str:
    """Return a statement as people point at it: statement “List” of policy “receipts” (casey)."""
    index = in_force.policy.statements.index(statement)
    label = f"statement “{statement.sid}”" if statement.sid else f"statement {index + 1}"
    policy = in_force.policy.display_name
    if in_force.kind is Kind.TRUST or not policy:
        return f"{label} of {in_force.holder}"
    if " " in policy:  # a description, such as bucket policy
        return f"{label} of the {policy} ({in_force.holder})"
    return f"{label} of policy “{policy}” ({in_force.holder})"
