"""Turn a standing into a formula of the statements that must match for an action to be allowed.

`authorize` walks the layers with one request. Here the same rules become *alternatives*.
Each is a row of *groups*, and a group is a tuple of statements of which one must match. A
request is allowed if in some alternative every group has a match, and no Deny of any layer
matches. Take a user with a permissions boundary and a bucket with a policy. One alternative
is an identity statement and one of the boundary. The other is a bucket statement that names
this user or everyone.

More terms: a *rule* is a statement in force. A *cap* is an Allow that grants nothing by
itself: of a boundary, a session policy, an SCP or an RCP. A key is *settled* if its value
is known because a session fixes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, TypeAlias

from coffeeshop.policy.evaluation.authorize import (
    GRANTING_KINDS,
    KINDS_WITHOUT_ROOT,
    RESOURCE_KINDS,
    is_key_layer,
    lacks_identity_policies,
)
from coffeeshop.policy.evaluation.match import Clause, compiled_policy
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.model import (
    PRESENT,
    Element,
    Fixed,
    Kind,
    Layer,
    Matched,
    Policy,
    Standing,
    Statement,
    Values,
)

# As if: nothing need allow root.
ROOT_POLICY = Policy((Statement("Allow", Element(("*",)), Element(("*",))),), name="root")


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A statement in force: compiled, in its layer, with how closely its Principal element names the principal."""

    clause: Clause
    layer: Layer
    naming: Naming

    @property
    def on(self) -> str:
        """Return the resource that the policy is attached to, or "*" for a policy of the principal."""
        return self.layer.on if self.layer.kind in RESOURCE_KINDS else "*"

    @property
    def cited_statement(self) -> Matched:
        """Return the statement as an excess cites it."""
        return Matched(self.clause.statement, self.clause.policy, self.layer)

    def covers(self, other_rule: Rule) -> bool:
        """Return whether the statement obviously matches every request that another statement matches.

        Only their words are compared, so False proves nothing.
        """
        statement = self.clause.statement
        other_statement = other_rule.clause.statement
        return (
            self.clause.policy.version == other_rule.clause.policy.version
            and _covers_element(statement.actions, other_statement.actions)
            and (
                statement.resources is None
                or (
                    other_statement.resources is not None
                    and _covers_element(statement.resources, other_statement.resources)
                )
            )
            and set(statement.conditions) <= set(other_statement.conditions)
        )


@dataclass(frozen=True, slots=True)
class NoneOfResources:
    """A group that a request satisfies if its resource is none of these roles or KMS keys.

    The roles in the standing have trust policies, and the keys have key policies. On any
    other resource no such policy decides.
    """

    resources: tuple[str, ...]


def _covers_element(wide: Element, narrow: Element) -> bool:
    """Return whether one Action or Resource element obviously matches all that another matches.

    Patterns aren't expanded.
    """
    if wide.negated or narrow.negated:
        return wide.negated is narrow.negated and set(wide.values) <= set(narrow.values)
    return "*" in wide.values or set(narrow.values) <= set(wide.values)


Rules: TypeAlias = tuple[Rule, ...]
Group: TypeAlias = "Rules | NoneOfResources"


class Alternative(NamedTuple):
    """One way to be allowed: one of `grants` matches, and something in each group of
    `needs` matches.
    """

    grants: Rules
    needs: tuple[Group, ...] = ()


class AccessFormula:
    """The formula of one standing. A key that it leaves free takes the value that the other standing fixes.

    `settled` are the keys with a known value, `absent` those known to be missing, `present`
    those with an unknown value. `lent` has, by lower-case key, the name and values of each
    key that only the other standing fixes. A witness must carry those. Keys are in lower
    case.
    """

    def __init__(self, standing: Standing, other_fixed: Mapping[str, Fixed]) -> None:
        """Prepare the formula of a standing. `other_fixed` are the keys that the standing compared with it fixes.

        Root's own policies don't apply to root, so their layers are left out.
        """
        own_fixed = {key.lower(): value for key, value in standing.fixed.items()}
        merged = {key.lower(): value for key, value in other_fixed.items()} | own_fixed
        self.principal = standing.principal
        self._standing = standing
        self.settled: dict[str, Values] = _known_values(merged)
        fixed_by_other = _known_values(
            {
                name: value
                for name, value in other_fixed.items()
                if name.lower() not in own_fixed
            }
        )
        self.lent = {
            name.lower(): (name, values) for name, values in fixed_by_other.items()
        }
        self.absent = frozenset(key for key, value in merged.items() if not value)
        self.present = frozenset(key for key, value in merged.items() if value is PRESENT)
        root = self.principal.kind == "root"
        self._layers = tuple(
            layer
            for layer in standing.layers
            if not (root and layer.kind in KINDS_WITHOUT_ROOT)
        )
        self._compiled = tuple(
            tuple(map(compiled_policy, layer.policies)) for layer in self._layers
        )
        self._trusting = tuple(
            layer.on for layer in self._layers if layer.kind is Kind.TRUST
        )
        self._keys = tuple(layer.on for layer in self._layers if is_key_layer(layer))
        self._rules: dict[tuple[int, int], Rule] = {}

    @property
    def has_only_identity_policies(self) -> bool:
        """Return whether the standing is a user with identity policies and nothing else."""
        return self.principal.kind == "user" and all(
            layer.kind is Kind.IDENTITY for layer in self._layers
        )

    @property
    def has_key_policies(self) -> bool:
        """Return whether the standing has the policy of a KMS key, or of any resource."""
        return bool(self._keys)

    def is_settled(self, name: str) -> bool:
        """Return whether a key's value, or its absence, is known."""
        return name.lower() in self.settled or name.lower() in self.absent

    def settled_value(self, name: str) -> Values | None:
        """Return the known values of a key, or None if they aren't known."""
        return self.settled.get(name.lower())

    def is_cross_account(self, account: str) -> bool:
        """Return whether an account differs from the principal's. "" is the principal's own."""
        return (
            bool(account and self.principal.account) and account != self.principal.account
        )

    def granting_rules(self) -> Rules:
        """Return the Allows that can grant something by themselves, so not those of
        boundaries, session policies, SCPs or RCPs.
        """
        rules = tuple(
            rule
            for rule in self.rules
            if rule.clause.allows and rule.layer.kind in GRANTING_KINDS
        )
        if self.principal.kind == "root":
            return (*rules, *_ROOT_RULES)
        return rules

    @cached_property
    def rules(self) -> Rules:
        """Return every statement of the standing that applies to the principal."""
        return tuple(
            rule
            for number, policies in enumerate(self._compiled)
            for policy in policies
            for rule in self._naming_rules(number, policy.clauses)
        )

    def _naming_rules(self, number: int, clauses: Iterable[Clause]) -> list[Rule]:
        """Return the rules of a layer's statements.

        Those whose Principal element doesn't name the principal are left out.
        """
        rules = [self._rule_for(number, clause) for clause in clauses]
        return [rule for rule in rules if rule.naming]

    def _rule_for(self, number: int, clause: Clause) -> Rule:
        """Return the rule of a statement in the layer of this number: always the same
        object.
        """
        rule = self._rules.get((number, id(clause)))
        if rule is None:
            rule = Rule(clause, self._layers[number], clause.naming_of(self._standing))
            self._rules[number, id(clause)] = rule
        return rule

    def rules_by_effect(self, action: str) -> tuple[Rules, tuple[Rules, ...]]:
        """Return the Denies of all layers about an action (in lower case), and the Allows
        of each layer.
        """
        denies: list[Rule] = []
        allows: list[Rules] = []
        is_sts_action = action.startswith("sts:")
        for number, (layer, policies) in enumerate(
            zip(self._layers, self._compiled, strict=True)
        ):
            allowing: list[Rule] = []
            if is_sts_action or layer.kind is not Kind.TRUST:
                for policy in policies:
                    denied, allowed = policy.clauses_about(action)
                    if denied:
                        denies += self._naming_rules(number, denied)
                    if allowed:
                        allowing += self._naming_rules(number, allowed)
            allows.append(tuple(allowing))
        return tuple(denies), tuple(allows)

    def rules_about(self, action: str) -> Rules:
        """Return every statement about an action, in any case."""
        denies, allows = self.rules_by_effect(action.lower())
        return (*denies, *(rule for rules in allows for rule in rules))

    def alternatives(
        self, action: str, allows: tuple[Rules, ...], is_cross_account: bool
    ) -> tuple[Alternative, ...]:
        """Return the ways in which an action can be allowed, as `authorize` combines the layers.

        `allows` are the Allows about the action, one tuple for each layer. In the principal's own
        account, an identity policy or a resource policy is enough. Across accounts, both must allow. A
        role's trust policy and a KMS key's policy must allow in any case.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
        """
        deciding_arns = self._deciding_resources(action)
        identity_rules = self._rules_of_kind(allows, Kind.IDENTITY)
        resource_side_rules = [
            rule
            for kind in (Kind.RESOURCE, Kind.TRUST)
            for rule in self._rules_of_kind(allows, kind)
        ]

        def named_at_least(least: Naming) -> Rules:
            """Return the Allows of resource and trust policies that name the principal this
            closely.
            """
            return tuple(rule for rule in resource_side_rules if rule.naming >= least)

        naming_allows = named_at_least(Naming.ACCOUNT)
        issuer_allows = named_at_least(Naming.ISSUER)
        exact_allows = named_at_least(Naming.VERY)
        rules_of_kinds = tuple(
            (layer.kind, rules) for layer, rules in zip(self._layers, allows, strict=True)
        )
        caps = tuple(rules for kind, rules in rules_of_kinds if kind not in GRANTING_KINDS)
        organization_caps = tuple(
            rules for kind, rules in rules_of_kinds if kind in (Kind.SCP, Kind.RCP)
        )
        elsewhere: tuple[Group, ...] = ()
        if "*" in deciding_arns:
            # The deciding policy is on every resource, so none is elsewhere: nothing meets an empty group.
            elsewhere = ((),)
        elif deciding_arns:
            elsewhere = (NoneOfResources(deciding_arns),)
        alternatives: list[Alternative] = []
        if self.principal.kind == "root" or lacks_identity_policies(self.principal):
            alternatives.append(Alternative(naming_allows, caps))
            if self.principal.kind == "root" and not is_cross_account:
                alternatives.append(
                    Alternative(_ROOT_RULES, (*elsewhere, *organization_caps))
                )
        else:
            if is_cross_account:
                # Both must allow: the resource's policy names the principal, and identity policies are needed too.
                alternatives.append(Alternative(naming_allows, (identity_rules, *caps)))
            elif deciding_arns:
                alternatives.append(Alternative(identity_rules, (naming_allows, *caps)))
            if not is_cross_account:
                alternatives += (
                    Alternative(identity_rules, (*elsewhere, *caps)),
                    Alternative(issuer_allows, caps),
                )
        if not is_cross_account:
            alternatives.append(Alternative(exact_allows, organization_caps))
        return tuple(
            dict.fromkeys(
                alternative
                for alternative in alternatives
                if alternative.grants and all(alternative.needs)
            )
        )

    @staticmethod
    def deciding_service(action: str) -> str:
        """Return the service of an action if its resources' own policies must allow it, or ""."""
        service = action.partition(":")[0]
        return service if service in ("sts", "kms") else ""

    def _deciding_resources(self, action: str) -> tuple[str, ...]:
        """Return the roles or the KMS keys whose own policy must allow this action."""
        match self.deciding_service(action):
            case "sts":
                return self._trusting
            case "kms":
                return self._keys
            case _:
                return ()

    def _rules_of_kind(self, allows: tuple[Rules, ...], kind: Kind) -> Rules:
        """Return the Allows of all layers of one kind."""
        return tuple(
            rule
            for layer, rules in zip(self._layers, allows, strict=True)
            if layer.kind is kind
            for rule in rules
        )


_ROOT_RULES: Rules = (
    Rule(
        compiled_policy(ROOT_POLICY).clauses[0],
        Layer(Kind.IDENTITY, (ROOT_POLICY,)),
        Naming.VERY,
    ),
)


def covering_allows(new: AccessFormula, old: AccessFormula) -> Rules:
    """Return the old Allows that settle a comparison without a search: what they match, old
    certainly allows.

    A new statement that one of these covers can't be an excess, and that is so for most
    statements. It is certain if old has only identity policies, and new has every Deny that
    old has. Otherwise return ().
    """
    if (
        old.has_only_identity_policies
        and old.settled == new.settled
        and old.absent == new.absent
    ):
        rules = old.rules
    else:
        rules = ()
    denied = {
        (rule.clause.statement, rule.clause.policy.version)
        for rule in new.rules
        if not rule.clause.allows
    }
    if not all(
        (r.clause.statement, r.clause.policy.version) in denied
        for r in rules
        if not r.clause.allows
    ):
        return ()
    return tuple(rule for rule in rules if rule.clause.allows)


class Focus:
    """Makes copies of a standing in which one statement is the only Allow.

    Shared parts are built once, since an account can have a thousand roles with a policy
    each.
    """

    def __init__(self, standing: Standing) -> None:
        """Note where each statement is, and prepare the layers without Allows, from which
        `standing_with_only` makes its copies.
        """
        self._standing = standing
        # The layer and the policy that each statement is in, by the statement's identity.
        self._places: dict[int, list[tuple[int, int]]] = {}
        for layer_index, layer in enumerate(standing.layers):
            for policy_index, policy in enumerate(layer.policies):
                for statement in policy.statements:
                    places = self._places.setdefault(id(statement), [])
                    places.append((layer_index, policy_index))
        self._silent = tuple(
            replace(layer, policies=tuple(map(_with_denies_and, layer.policies)))
            for layer in standing.layers
        )

    def standing_with_only(self, statement: Statement) -> Standing:
        """Return the standing in which this statement is the only Allow among the layers of
        its kind.

        The caller compares one Allow after another in this way, to cite the one that causes
        an excess. Denies stay, since they also limit what this Allow gives.
        """
        layers_before = self._standing.layers
        places = self._places.get(id(statement), ())
        kinds = {layers_before[layer_index].kind for layer_index, _ in places}
        layers = [
            layer_of_denies if layer.kind in kinds else layer
            for layer, layer_of_denies in zip(layers_before, self._silent, strict=True)
        ]
        for layer_index, policy_index in places:
            policies = [*layers[layer_index].policies]
            policies[policy_index] = _with_denies_and(
                layers_before[layer_index].policies[policy_index], statement
            )
            layers[layer_index] = replace(layers[layer_index], policies=tuple(policies))
        return replace(self._standing, layers=tuple(layers))


def _with_denies_and(policy: Policy, statement: Statement | None = None) -> Policy:
    """Return the policy with its Denies, and with this statement as its only Allow; None: without
    any.
    """
    kept_statements = (
        candidate
        for candidate in policy.statements
        if candidate is statement or candidate.effect == "Deny"
    )
    return replace(policy, statements=tuple(kept_statements))


def restore_citation(standing: Standing, by: Matched) -> Matched:
    """Return a statement that a reduced copy of the standing cited, with its policy and layer in the whole
    standing.

    If the standing doesn't have the statement, return `by` as it is.
    """
    for layer in standing.layers:
        for policy in layer.policies:
            if _contains_statement(policy, by.statement):
                return Matched(by.statement, policy, layer)
    return by


def _contains_statement(policy: Policy, statement: Statement) -> bool:
    """Return whether the policy has this very statement. An equal one can be in another policy."""
    return any(candidate is statement for candidate in policy.statements)


def _known_values(fixed: Mapping[str, Fixed]) -> dict[str, Values]:
    """Return the keys with known values, without those that are only known to be present or
    absent.
    """
    return {key: value for key, value in fixed.items() if value and value is not PRESENT}
