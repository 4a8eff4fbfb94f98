"""Rewrite the policies of a solution in every way that changes no decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from coffeeshop.lessons.authoring.mutants import DENY_NOTHING, Mutant
from coffeeshop.lessons.authoring.policy_slots import put_policy, spots, standing_so
from coffeeshop.lessons.grading.practice.in_force import CEILING_KINDS
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Element, Policy, Statement

Rewrite = Callable[[Policy], Policy]


def rewrites(play: Play) -> Iterator[Mutant]:
    """Yield a mutant for each policy and each rewrite that changes no decision."""
    for spot in spots(play):
        for note, rewrite in POLICY_REWRITES.items():
            if spot.kind in CEILING_KINDS and rewrite is _with_a_deny:
                continue  # over administrators every Deny meets something
            policy = rewrite(spot.policy)
            if policy != spot.policy:
                account = put_policy(play.account, spot, policy)
                yield Mutant(
                    "rewrite",
                    f"{spot.holder}, {spot.policy.name or 'trust'}: {note}",
                    standing_so(play, account),
                )


def _one_statement_for_each_action(policy: Policy) -> Policy:
    """Return the policy with one statement for each action. A NotAction stays whole."""
    return replace(
        policy, statements=tuple(part for s in policy.statements for part in _parts(s))
    )


def _parts(statement: Statement) -> Iterator[Statement]:
    """Yield a statement for each action."""
    if statement.actions.negated or len(statement.actions.values) == 1:
        yield statement
        return
    for action in statement.actions.values:
        yield replace(statement, actions=Element((action,)), sid="")


def _merge_allows(policy: Policy) -> Policy:
    """Return the policy with all its plain Allows in one statement, where no new pair of action and resource can match."""
    plain = [
        s
        for s in policy.statements
        if s.effect == "Allow" and not s.conditions and not s.principals
    ]
    named = [s.resources for s in plain if s.resources and not s.resources.negated]
    if len(plain) < 2 or len(named) < len(plain) or any(s.actions.negated for s in plain):
        return policy
    actions = dict.fromkeys(value for s in plain for value in s.actions.values)
    resources = dict.fromkeys(value for element in named for value in element.values)
    merged = Statement("Allow", Element(tuple(actions)), Element(tuple(resources)))
    rest = (s for s in policy.statements if s not in plain)
    return replace(policy, statements=(merged, *rest))


def _upper_case_actions(policy: Policy) -> Policy:
    """Return the policy with its actions in capitals."""

    def recase(s: Statement) -> Statement:
        return replace(
            s,
            actions=replace(
                s.actions, values=tuple(value.upper() for value in s.actions.values)
            ),
        )

    return replace(policy, statements=tuple(map(recase, policy.statements)))


def _without_sids(policy: Policy) -> Policy:
    """Return the policy without its statements' Sids."""
    return replace(policy, statements=tuple(replace(s, sid="") for s in policy.statements))


def _double_statements(policy: Policy) -> Policy:
    """Return the policy with every statement twice."""
    return replace(
        policy,
        statements=(*policy.statements, *(replace(s, sid="") for s in policy.statements)),
    )


def _with_a_deny(policy: Policy) -> Policy:
    """Return the policy with a Deny that no request of the shop matches."""
    if any(s.principals for s in policy.statements):
        return policy
    return replace(policy, statements=(*policy.statements, DENY_NOTHING))


POLICY_REWRITES: dict[str, Rewrite] = {
    "backwards": lambda policy: replace(policy, statements=policy.statements[::-1]),
    "one statement an action": _one_statement_for_each_action,
    "one statement for all": _merge_allows,
    "in capitals": _upper_case_actions,
    "without Sids": _without_sids,
    "said twice": _double_statements,
    "with a Deny that meets nothing": _with_a_deny,
}
