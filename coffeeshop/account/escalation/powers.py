"""Find which actions a standing might be allowed at all. A search asks this often, so the answers are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import chain

from msgspec import Struct

from coffeeshop.account.access.request_context import time_keys
from coffeeshop.account.same import Same
from coffeeshop.policy.evaluation.match import (
    Clause,
    CompiledPolicy,
    compiled_policy,
    index_keys,
)
from coffeeshop.policy.language.conditions import Context
from coffeeshop.policy.language.variables import variable_names
from coffeeshop.policy.model import PRESENT, Kind, Layer, Standing, Values


@lru_cache(maxsize=64)  # in a search, a credential has its turn again after each step
def build_powers(standing: Same[Standing], account: str, at: datetime) -> Powers:
    """Return what a standing might do in the account with that id, at a time."""
    return Powers(standing.value, account, at)


class Powers(Struct, frozen=True, dict=True):
    """What `who` might do in the account with that id, at a time."""

    who: Standing
    account: str
    at: datetime

    def may(self, action: str) -> bool:
        """Return whether anything might allow the action, so that calling it is worth a try.

        It isn't if no statement mentions the action, if a Deny covers all its requests, or if the Allows are for other
        sessions or other times.
        """
        if action not in self._answers:
            self._answers[action] = self._might_allow(action)
        return self._answers[action]

    @cached_property
    def _answers(self) -> dict[str, bool]:
        """Return the answers so far, by action."""
        return {}

    def _might_allow(self, action: str) -> bool:
        """Return the answer of `may`, from the index, the Denies and the Allows in this order: the cheapest is first."""
        if self.who.principal.kind == "root":
            return True
        lowered = action.lower()
        if self._allow_index_keys.isdisjoint(index_keys(lowered)):
            return False
        clauses_of_layers = [
            (layer.kind, *policy.clauses_about(lowered))
            for layer, policy in self._policies_about(lowered)
        ]
        for _, denies, _ in clauses_of_layers:
            if any(map(self._denies_always, denies)):
                return False
        grants = (
            allows for kind, _, allows in clauses_of_layers if kind in self._granting_kinds
        )
        return any(map(self._might_grant, chain.from_iterable(grants)))

    def _might_grant(self, clause: Clause) -> bool:
        """Return whether an Allow might be for this session at this time."""
        if not clause.naming_of(self.who):
            return False
        return False not in self._condition_results(clause)

    @cached_property
    def _granting_kinds(self) -> frozenset[Kind]:
        """Return the kinds of policies that can grant a request here. For a caller of another account, only resource
        policies can.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
        """
        if self.who.principal.account == self.account:
            return frozenset({Kind.IDENTITY, Kind.RESOURCE})
        return frozenset({Kind.RESOURCE, Kind.TRUST})

    @cached_property
    def _allow_index_keys(self) -> frozenset[str]:
        """Return the index keys of all Allows that can grant. Most actions are under none of them."""
        granting_policies = (
            policy
            for layer, policy in self._compiled_policies
            if layer.kind in self._granting_kinds
        )
        return frozenset[str]().union(
            *(policy.allow_index_keys for policy in granting_policies)
        )

    def _policies_about(self, action: str) -> list[tuple[Layer, CompiledPolicy]]:
        """Return the policies that can decide an action: a resource's own policy only those of its service."""
        service = action.partition(":")[0]
        if service not in self._policies_by_service:
            self._policies_by_service[service] = [
                (layer, policy)
                for layer, policy in self._compiled_policies
                if _counts_for(layer, service)
            ]
        return self._policies_by_service[service]

    @cached_property
    def _policies_by_service(self) -> dict[str, list[tuple[Layer, CompiledPolicy]]]:
        """Return the answers of `_policies_about` so far, by service."""
        return {}

    @cached_property
    def _compiled_policies(self) -> list[tuple[Layer, CompiledPolicy]]:
        """Return every policy that applies to the principal, compiled, with its layer."""
        return [
            (layer, compiled_policy(policy))
            for layer in self.who.layers
            for policy in layer.policies
        ]

    def _denies_always(self, clause: Clause) -> bool:
        """Return whether a Deny covers every request of this session."""
        if clause.resource is not None or clause.names is not None:
            return False
        return all(self._condition_results(clause))

    def _condition_results(self, clause: Clause) -> Iterator[bool | None]:
        """Yield for each condition whether it is met, or None if that depends on the request."""
        for condition, test in zip(
            clause.statement.conditions, clause.conditions, strict=True
        ):
            variables = (
                name for value in condition.values for name in variable_names(value)
            )
            keys_read = {condition.key.lower(), *map(str.lower, variables)}
            yield test(self._context) if keys_read <= self._fixed_keys.keys() else None

    @cached_property
    def _fixed_keys(self) -> Mapping[str, Values | None]:
        """Return the context keys that the session and the time fix. None stands for an absent key."""
        session_keys = {
            key.lower(): value
            for key, value in self.who.fixed.items()
            if value is not PRESENT
        }
        return {
            **session_keys,
            **{key.lower(): values for key, values in time_keys(self.at).items()},
        }

    @cached_property
    def _context(self) -> Context:
        """Return the context keys whose values the session and the time fix."""
        return {key: values for key, values in self._fixed_keys.items() if values}


def _counts_for(layer: Layer, service: str) -> bool:
    """Return whether a layer counts for a service's actions.

    A role's trust policy counts for STS only, and a resource's policy for the service in its ARN, even if its
    Action is "*".
    """
    if layer.kind is Kind.TRUST:
        return service == "sts"
    if layer.kind is Kind.RESOURCE and layer.on != "*":
        return service == layer.on.split(":", 3)[2]
    return True
