"""What a standing might be allowed at all: asked of many actions at each step of a search, and found out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property, lru_cache

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


@lru_cache(maxsize=256)  # within a search a credential has its turn again after each step
def powers(of: Same[Standing], account: str, at: datetime) -> Powers:
    """Returns what a standing might do in the account of that id, at a time."""
    return Powers(of.value, account, at)


class Powers(Struct, frozen=True, dict=True):
    """Answers what `who` might do in the account of that id, at a time."""

    who: Standing
    account: str
    at: datetime

    def may(self, action: str) -> bool:
        """Tells whether anything might allow the action: what no statement speaks of need not be tried, nor what one
        denies on everything, nor what is allowed to other sessions or at other times only. Each is asked of many things,
        and found out once.
        """
        if action not in self._known:
            self._known[action] = self._may(action)
        return self._known[action]

    @cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    def _may(self, action: str) -> bool:
        if self.who.principal.kind == "root":
            return True
        lowered = action.lower()
        if self._spoken.isdisjoint(index_keys(lowered)):
            return False
        spoken = [
            (layer.kind, *policy.clauses_about(lowered))
            for layer, policy in self._about(lowered)
        ]
        if any(self._bars(clause) for _, denies, _ in spoken for clause in denies):
            return False
        granting = (allows for kind, _, allows in spoken if kind in self._grants)
        clauses = (clause for allows in granting for clause in allows)
        return any(
            clause.naming_of(self.who) and False not in self._met(clause)
            for clause in clauses
        )

    @cached_property
    def _grants(self) -> frozenset[Kind]:
        """The kinds of policies that can grant here what no other does: to whoever is of another account, only those of the
        things. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
        """
        ours = self.who.principal.account == self.account
        return frozenset(
            {Kind.IDENTITY, Kind.RESOURCE} if ours else {Kind.RESOURCE, Kind.TRUST}
        )

    @cached_property
    def _spoken(self) -> frozenset[str]:
        """Where the Allows that can grant stand in the indexes of their policies: most actions are in none of these places."""
        granting = (
            policy for layer, policy in self._compiled if layer.kind in self._grants
        )
        return frozenset[str]().union(*(policy.allow_index_keys for policy in granting))

    def _about(self, action: str) -> list[tuple[Layer, CompiledPolicy]]:
        """The policies that can be about an action: those of trust, of which there are as many as roles, only of STS's."""
        if action.startswith("sts:"):
            return self._compiled
        return self._but_trust

    @cached_property
    def _compiled(self) -> list[tuple[Layer, CompiledPolicy]]:
        return [
            (layer, compiled_policy(policy))
            for layer in self.who.layers
            for policy in layer.policies
        ]

    @cached_property
    def _but_trust(self) -> list[tuple[Layer, CompiledPolicy]]:
        return [
            (layer, policy)
            for layer, policy in self._compiled
            if layer.kind is not Kind.TRUST
        ]

    def _bars(self, clause: Clause) -> bool:
        """Tells whether a Deny is about every request of this session."""
        return clause.resource is None and clause.names is None and all(self._met(clause))

    def _met(self, clause: Clause) -> Iterator[bool | None]:
        """Tells of each condition whether it is met; None where that is for the request to say, and not for the session or
        the clock.
        """
        for condition, test in zip(
            clause.statement.conditions, clause.conditions, strict=True
        ):
            read = {
                condition.key.lower(),
                *(
                    name.lower()
                    for value in condition.values
                    for name in variable_names(value)
                ),
            }
            yield test(self._context) if read <= self._settled.keys() else None

    @cached_property
    def _settled(self) -> Mapping[str, Values | None]:
        """What the session and the clock say of each key that they settle; None: that it is absent."""
        fixed = {
            key.lower(): value
            for key, value in self.who.fixed.items()
            if value is not PRESENT
        }
        return {
            **fixed,
            **{key.lower(): values for key, values in time_keys(self.at).items()},
        }

    @cached_property
    def _context(self) -> Context:
        return {key: values for key, values in self._settled.items() if values}
