"""The practice rules: each a row with the sentence the learner reads and an exact predicate over existing answers.

"In force" is what hangs on a graded person, one of their groups, a role they can wear, or a resource. AWS managed
policies are exempt from rules about form: nobody here wrote them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from coffeeshop.account.model import Account, Entity, Group, Role, User
from coffeeshop.account.standing import held, resource_policies
from coffeeshop.lessons.model import Offence, Play
from coffeeshop.policy import catalog
from coffeeshop.policy.model import Kind, Layer, Matched, Policy, Statement, Values

Options = Mapping[str, object]
AWS_MANAGED = "arn:aws:iam::aws:policy/"


@dataclass(frozen=True, slots=True)
class Rule:
    """`say` is what the learner reads, its {options} filled in; `offences` who breaks it; `misconception` why."""

    say: str
    offences: Callable[[Play, Options], Iterator[Offence]]
    misconception: str = ""


def sentence(rule: str, options: Options) -> str:
    """The rule as the learner reads it."""
    return RULES[rule].say.format(**options)


# ------------------------------------------------------------ what is in force
@dataclass(frozen=True, slots=True)
class InForce:
    """One policy where it hangs: the person, "group Cashiers", "role Cashier", "bucket …"."""

    holder: str
    policy: Policy
    kind: Kind

    def matched(self, statement: Statement) -> Matched:
        """One of its statements, to be cited."""
        return Matched(statement, self.policy, Layer(self.kind, (self.policy,)))


def in_force(play: Play) -> Iterator[InForce]:
    """Every policy in force, its own form's author being somebody of this account."""
    for found in (*_identity(play), *_resource(play.account), *_trusts(play)):
        if not found.policy.name.startswith(AWS_MANAGED):
            yield found


def graded(play: Play) -> tuple[User, ...]:
    """The graded people who exist."""
    found = (play.account.users.get(who.lower()) for who in play.scenario.people.graded)
    return tuple(user for user in found if user)


def _groups(play: Play) -> tuple[Group, ...]:
    ids = dict.fromkeys(id for user in graded(play) for id in user.groups)
    return tuple(group for id in ids if isinstance(group := play.account.of_id(id), Group))


def _roles(play: Play) -> tuple[Role, ...]:
    """The roles that the shop asks for, and those that were made in play."""
    asked = {want.via.lower() for want in play.scenario.wants if want.via}
    made = play.account.roles.keys() - play.scenario.opening.roles.keys()
    return tuple(play.account.roles[name] for name in sorted(asked | made) if name in play.account.roles)


def own(account: Account, entity: Entity) -> tuple[Policy, ...]:
    """What hangs on this entity itself; of a user, not what its groups give."""
    alone = entity if not isinstance(entity, User) else _without_groups(entity)
    return held(account, alone)


def _without_groups(user: User) -> User:
    return User(user.id, user.name, user.path, user.created, attached=user.attached, inline=user.inline)


def _identity(play: Play) -> Iterator[InForce]:
    holders: list[tuple[str, Entity]] = [(user.name, user) for user in graded(play)]
    holders += [(f"group {group.name}", group) for group in _groups(play)]
    holders += [(f"role {role.name}", role) for role in _roles(play)]
    for holder, entity in holders:
        yield from (InForce(holder, policy, Kind.IDENTITY) for policy in own(play.account, entity))


def _resource(account: Account) -> Iterator[InForce]:
    for arn, document in resource_policies(account):
        yield InForce(arn, document.policy, Kind.RESOURCE)


def _trusts(play: Play) -> Iterator[InForce]:
    for role in _roles(play):
        yield InForce(f"the trust of role {role.name}", role.trust.policy, Kind.TRUST)


def allows(play: Play) -> Iterator[tuple[InForce, Statement]]:
    """Every Allow in force."""
    for found in in_force(play):
        yield from ((found, s) for s in found.policy.statements if s.effect == "Allow")


def cited(found: InForce, statement: Statement) -> str:
    """A statement as people point at it: Receipts in policy receipts of casey."""
    index = found.policy.statements.index(statement)
    label = statement.sid or f"statement {index + 1}"
    policy = found.policy.name.rpartition("/")[2]
    return f"{label} in {policy} ({found.holder})" if policy else f"{label} in {found.holder}"


# ---------------------------------------------------------------------- rules
def _no_direct_user_policies(play: Play, _: Options) -> Iterator[Offence]:
    for user in graded(play):
        for policy in own(play.account, user):
            if allow := next((s for s in policy.statements if s.effect == "Allow"), None):
                found = InForce(user.name, policy, Kind.IDENTITY)
                text = f"{user.name} carries the policy {policy.name.rpartition('/')[2]} herself"
                yield Offence(user.name, text, found.matched(allow))
    for found, statement in allows(play):
        if found.kind is Kind.RESOURCE and (user := _names_user(play, statement)):
            yield Offence(user, f"{cited(found, statement)} names the user {user}", found.matched(statement))


def _names_user(play: Play, statement: Statement) -> str:
    values = [value for _, value in statement.principals.entries] if statement.principals else []
    ids = {user.id: user.name for user in play.account.users.values()}
    arns = {play.account.arn(user): user.name for user in play.account.users.values()}
    return next((ids.get(value) or arns.get(value) or "" for value in values if value in ids or value in arns), "")


def _no_wildcard_action(play: Play, _: Options) -> Iterator[Offence]:
    for found, statement in allows(play):
        wild: Values = tuple(a for a in statement.actions.values if "*" in a or "?" in a)
        if wild or statement.actions.negated:
            word = "NotAction" if statement.actions.negated else wild[0]
            yield Offence(found.holder, f"{cited(found, statement)} says {word}", found.matched(statement))


def _no_unknown_actions(play: Play, _: Options) -> Iterator[Offence]:
    for found in in_force(play):
        for statement in found.policy.statements:
            for action in statement.actions.values:
                if not ("*" in action or "?" in action) and catalog.action(action) is None:
                    text = f"{cited(found, statement)} says {action}, which is no IAM action"
                    yield Offence(found.holder, text, found.matched(statement))


def _named_principals(play: Play, _: Options) -> Iterator[Offence]:
    for found, statement in allows(play):
        principals = statement.principals
        if principals is None:
            continue
        broad = [value for _, value in principals.entries if _is_broad(value, play.account.id)]
        if broad or principals.negated:
            word = "NotPrincipal" if principals.negated else broad[0]
            yield Offence(found.holder, f"{cited(found, statement)} names {word}", found.matched(statement))


def _is_broad(value: str, account: str) -> bool:
    other = value.endswith(":root") or (value.isdigit() and len(value) == 12)
    return value == "*" or (other and account not in value)


RULES: Mapping[str, Rule] = {
    "no-direct-user-policies": Rule(
        "Permissions hang on groups and roles, not on people", _no_direct_user_policies, "M14"
    ),
    "no-wildcard-action": Rule("Each permission is named", _no_wildcard_action, "M15"),
    "no-unknown-actions": Rule("Every word in a policy means something", _no_unknown_actions, "M04"),
    "named-principals": Rule("Every trust says who", _named_principals, "M17"),
}
