"""External access: which resources let in principals from outside the zone of trust. The comparison engine decides.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-concepts.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from msgspec import structs

from coffeeshop.account.model import Account
from coffeeshop.account.resources import Analyzer
from coffeeshop.account.services.access_analyzer.analyzed_resources import (
    AnalyzedResource,
    analyzed_resources,
    trusted_accounts,
)
from coffeeshop.account.services.access_analyzer.earlier_policies import (
    PolicyState,
    policy_states,
)
from coffeeshop.account.services.access_analyzer.finding import Finding
from coffeeshop.account.services.access_analyzer.strangers import (
    denied_with,
    granted_differences,
    public_statements,
    strangers,
)
from coffeeshop.account.values import JsonObject
from coffeeshop.policy import catalog
from coffeeshop.policy.comparison.representatives import distinct_principals
from coffeeshop.policy.language.principals import naming_test
from coffeeshop.policy.model import (
    Condition,
    Element,
    Excess,
    Policy,
    Principal,
    Principals,
    Standing,
    Statement,
    Values,
)

MOST_ACTIONS = 200  # of a finding


def external_access(account: Account, analyzer: Analyzer) -> Iterator[Finding]:
    """Yield a finding for each statement and principal by which somebody from outside gets in."""
    trusted = trusted_accounts(account, analyzer)
    organization = account.joined_organization
    is_organization = analyzer.type == "ORGANIZATION"
    organization_id = organization.id if organization and is_organization else ""
    fence = tuple(_zone_fence(trusted, organization_id))
    for resource in analyzed_resources(account, analyzer):
        findings = tuple(_findings_about(resource, trusted, fence))
        if findings:
            states = policy_states(account, analyzer, resource)
            yield from _dated_findings(findings, states, trusted, fence)


def _dated_findings(
    findings: Sequence[Finding],
    states: Iterator[PolicyState],
    trusted: frozenset[str],
    fence: tuple[Statement, ...],
) -> Iterator[Finding]:
    """Yield a resource's findings with two times: since when each has existed, and the last policy change.

    `states` are the states of the resource's policy, the present one first.
    """
    updated = next(states).since
    created = {finding.mark: updated for finding in findings}
    unbroken_marks = set(created)
    for state in states:
        if not unbroken_marks or state.resource is None:
            break
        earlier = _findings_about(state.resource, trusted, fence)
        unbroken_marks &= {finding.mark for finding in earlier}
        created |= dict.fromkeys(unbroken_marks, state.since)
    for finding in findings:
        yield structs.replace(finding, created=created[finding.mark], updated=updated)


def _zone_fence(trusted: frozenset[str], organization_id: str) -> Iterator[Statement]:
    """Yield Denies of all requests that come from the zone of trust, by the keys that tell it."""
    accounts = tuple(sorted(trusted))
    arns = tuple(f"arn:aws:*:*:{id}:*" for id in accounts)
    for key in ("aws:PrincipalAccount", "aws:SourceAccount"):
        yield denied_with(Condition("StringEquals", key, accounts))
    for key in ("aws:PrincipalArn", "aws:SourceArn"):
        yield denied_with(Condition("ArnLike", key, arns))
    if organization_id:
        for key in ("aws:PrincipalOrgID", "aws:SourceOrgID"):
            yield denied_with(Condition("StringEquals", key, (organization_id,)))


def _findings_about(
    resource: AnalyzedResource, trusted: frozenset[str], fence: tuple[Statement, ...]
) -> Iterator[Finding]:
    """Yield the findings about one resource."""
    limits = (*fence, *_all_denies(resource))
    for policy in resource.policies:
        public = public_statements(
            replace(policy, statements=(*policy.statements, *limits))
        )
        for number, statement in enumerate(policy.statements):
            if statement.effect == "Deny" or statement.principals is None:
                continue
            for entry in statement.principals.entries:
                lone_entry = _for_entry(statement, entry)
                visitors = _visitors(lone_entry, trusted)
                actions = _granted_actions(lone_entry, limits, visitors, resource)
                if actions:
                    details = _access_details(
                        resource, statement, entry, actions, number in public
                    )
                    yield Finding(
                        "ExternalAccess",
                        resource.arn,
                        resource.type,
                        resource.owner,
                        resource.made,
                        (details,),
                        repr((policy.name, entry, actions, details["condition"])),
                    )


def _all_denies(resource: AnalyzedResource) -> Iterator[Statement]:
    """Yield the Denies of a resource's policies and of the RCPs that bind it."""
    for policy in (*resource.policies, *resource.control_policies):
        yield from (each for each in policy.statements if each.effect == "Deny")


def _for_entry(statement: Statement, entry: tuple[str, str]) -> Statement:
    """Return a statement for one of its principals. A NotPrincipal stays whole."""
    principals = statement.principals
    if principals is None or principals.negated:
        return statement
    return replace(statement, principals=Principals((entry,)))


def _visitors(statement: Statement, trusted: frozenset[str]) -> tuple[Principal, ...]:
    """Return principals from outside that a statement names. AWS's services aren't among them."""
    principals = statement.principals
    if principals is None:
        return ()
    names = naming_test(principals, "Allow")
    candidates = (*strangers(), *distinct_principals(Standing.of(Policy((statement,)))))
    return tuple(
        candidate
        for candidate in dict.fromkeys(candidates)
        if candidate.account not in trusted
        and candidate.kind != "service"
        and names(Standing(candidate, ()))
    )


def _granted_actions(
    statement: Statement,
    limits: tuple[Statement, ...],
    visitors: tuple[Principal, ...],
    resource: AnalyzedResource,
) -> Values:
    """Return the actions that a statement grants to at least one visitor within the limits.

    If no visitor gets any, return ().
    """
    policy = (Policy((statement,)),)
    if not any(_is_granted(policy, limits, visitor) for visitor in visitors):
        return ()
    actions = _named_actions(statement.actions, resource.service)
    if len(actions) <= 1:
        return actions
    return tuple(
        action
        for action in actions
        if any(_is_granted(policy, limits, visitor, (action,)) for visitor in visitors)
    )


def _is_granted(
    policies: tuple[Policy, ...],
    limits: tuple[Statement, ...],
    visitor: Principal,
    actions: Values = (),
) -> bool:
    """Return whether the engine finds a request of a visitor that is allowed. In doubt, it counts as allowed."""
    answers = granted_differences(policies, limits, visitor, actions)
    first = next(answers, None)
    return isinstance(first, Excess) or first is not None


def _named_actions(actions: Element, service: str) -> Values:
    """Return a service's actions that a statement names, at most MOST_ACTIONS.

    A pattern stands for the actions that it matches.
    """
    named = dict.fromkeys(
        action
        for value in actions.values
        for action in (catalog.expand_pattern(value) or (value,))
        if action.lower().startswith(f"{service}:")
    )
    if actions.negated:
        every_action = catalog.expand_pattern(f"{service}:*")
        named = dict.fromkeys(action for action in every_action if action not in named)
    return tuple(named)[:MOST_ACTIONS]


def _access_details(
    resource: AnalyzedResource,
    statement: Statement,
    entry: tuple[str, str],
    actions: Values,
    is_public: bool,
) -> JsonObject:
    """Return the details of external access, in AWS's form."""
    principal_type, value = entry
    if statement.principals is not None and statement.principals.negated:
        value = "*"
    if value.endswith(":root"):
        value = value.split(":")[4]  # AWS shows an account by its id
    conditions = {
        condition.key: ",".join(condition.values) for condition in statement.conditions
    }
    is_bucket = resource.type == "AWS::S3::Bucket"
    has_rcps = any(
        statement.effect == "Deny"
        for policy in resource.control_policies
        for statement in policy.statements
    )
    return {
        "action": actions,
        "condition": {**conditions},
        "isPublic": is_public,
        "principal": {principal_type: value},
        **({"sources": ({"type": "POLICY"},)} if is_bucket else {}),
        "resourceControlPolicyRestriction": "APPLICABLE" if has_rcps else "NOT_APPLICABLE",
    }
