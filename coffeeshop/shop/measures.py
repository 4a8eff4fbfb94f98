"""List the single calls by which an administrator can remove access: the candidates of `changes`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from msgspec import Struct

from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.iam_resources import Group, Role, User
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import Account, Call
from coffeeshop.account.values import Document
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Allowed, Decision, Request, Statement
from coffeeshop.shop.serve import ANY_PRINCIPAL
from coffeeshop.shop.want import Ticket

CODE_KEY = "aws:MultiFactorAuthPresent"
# The actions that a user without an MFA code needs to enrol a device. AWS's own list:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
ENROLLING_ACTIONS = (
    "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser", "iam:ListMFADevices",
    "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken",
)  # fmt: skip


class UsedToken(Struct, frozen=True, order=True):
    """A token with which a workload assumes a role: the ARN of its OIDC provider, its subject and its audience."""

    provider: str
    subject: str
    audience: str

    @classmethod
    def of_request(cls, request: Request, provider: str) -> UsedToken:
        """Return the token that a request brings."""
        host = provider.partition(":oidc-provider/")[2]
        subject, audience = (
            next(iter(request.context.get(f"{host}:{claim}", ())), "")
            for claim in ("sub", "aud")
        )
        return cls(provider, subject, audience)


class Usage(Struct, frozen=True):
    """The access that the jobs use.

    `statements` has the actions and resources that each statement allowed, by its policy's name and
    itself. `actions` has the actions by the ARN of the user or role, and `codeless_actions` those that
    are used without an MFA code. `role_users` has, by a role's ARN, the principals that assume it,
    each with the external id. `tokens` has, by a role's ARN, the token with which each workload assumes it.
    """

    statements: Mapping[tuple[str, Statement], tuple[frozenset[str], frozenset[str]]]
    actions: Mapping[str, frozenset[str]]
    codeless_actions: Mapping[str, frozenset[str]]
    role_users: Mapping[str, frozenset[tuple[str, str]]]
    tokens: Mapping[str, frozenset[UsedToken]] = {}

    @classmethod
    def of_tickets(cls, tickets: Iterable[Ticket]) -> Usage:
        """Collect the access that these runs of jobs used.

        A command names one resource, but its job may stand for several (`covers`). So the
        last call of a run counts as a use of all those.
        """
        statements: dict[tuple[str, Statement], tuple[frozenset[str], frozenset[str]]] = {}
        actions: dict[str, frozenset[str]] = {}
        codeless_actions: dict[str, frozenset[str]] = {}
        role_users: dict[str, frozenset[tuple[str, str]]] = {}
        tokens: dict[str, frozenset[UsedToken]] = {}
        for ticket in tickets:
            for outcome in ticket.outcomes:
                if outcome is ticket.outcomes[-1]:
                    covers = ticket.want.covers
                else:
                    covers = ()
                for decision in outcome.decisions:
                    request = decision.request
                    principal = decision.standing.principal
                    principal_arn = principal.principal_arn
                    actions[principal_arn] = actions.get(principal_arn, frozenset()) | {
                        request.action
                    }
                    if decision.standing.fixed.get(CODE_KEY) != ("true",):
                        codeless_actions[principal_arn] = codeless_actions.get(
                            principal_arn, frozenset()
                        ) | {request.action}
                    for key in _cited_statements(decision):
                        actions_used, resources_used = statements.get(
                            key, (frozenset[str](), frozenset[str]())
                        )
                        statements[key] = (
                            actions_used | {request.action},
                            resources_used | {*(covers or (request.resource,))},
                        )
                    if request.action == "sts:AssumeRole":
                        role_user = principal_arn, outcome.act.call.text("ExternalId")
                        role_users[request.resource] = role_users.get(
                            request.resource, frozenset()
                        ) | {role_user}
                    if request.action == "sts:AssumeRoleWithWebIdentity":
                        token = UsedToken.of_request(request, principal_arn)
                        tokens[request.resource] = tokens.get(
                            request.resource, frozenset()
                        ) | {token}
        return cls(statements, actions, codeless_actions, role_users, tokens)


def _cited_statements(decision: Decision) -> Iterator[tuple[str, Statement]]:
    """Yield the statements that allowed a request, each with its policy's name. A denied request has none."""
    for matched in decision.by if isinstance(decision, Allowed) else ():
        yield matched.policy.name, matched.statement


def candidate_calls(
    account: Account, usage: Usage, identities: Iterable[User | Role]
) -> Iterator[Call]:
    """Yield alternative calls, each of which alone would remove access that the jobs don't use.

    They concern the policies and credentials of `identities`, the groups of the users among them,
    the trust policies of the roles, and every bucket policy. `usage` is the access that must stay.
    """
    for entity in identities:
        yield from _calls_on_entity(account, entity, usage)
        if isinstance(entity, User):
            yield from _calls_on_credentials(account, entity)
            for id in entity.groups:
                if isinstance(group := account.entity_by_id(id), Group):
                    yield _iam_call(
                        "RemoveUserFromGroup", GroupName=group.name, UserName=entity.name
                    )
                    yield from _calls_on_entity(account, group, usage)
        else:
            yield from _calls_on_trust(account, entity, usage)
    yield from (
        Call("s3", "DeleteBucketPolicy", {"Bucket": bucket.name})
        for bucket in account.buckets.values()
        if bucket.policy
    )


def _iam_call(operation: str, **parameters: str) -> Call:
    """Return a call of IAM."""
    return Call("iam", operation, parameters)


def best_practice_distance(call: Call) -> int:
    """Return how far a call is from IAM's best practices.

    0: it removes or narrows access. 1: it adds a deny to a group or a role. 2: it adds a deny to
    one user, which the next person hired doesn't get.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
    """
    text = call.text("PolicyDocument")
    rows = json.loads(text)["Statement"] if text else ()
    # A narrowed policy has a list of statements, an added deny is a single one.
    if not isinstance(rows, dict):
        return 0
    if call.operation == "PutUserPolicy":
        return 2
    return 1


# ---------------------------------------------------------------------------- policies
def _calls_on_entity(
    account: Account, entity: User | Group | Role, usage: Usage
) -> Iterator[Call]:
    """Yield alternative calls that reduce a user's, group's or role's access through policies.

    Each call stands alone: it deletes or detaches one policy, narrows one to the access that jobs
    use, or adds one inline policy that denies.
    """
    kind = type(entity).__name__
    named = {f"{kind}Name": entity.name}
    for document in entity.inline.values():
        policy = {**named, "PolicyName": document.policy.name}
        yield _iam_call(f"Delete{kind}Policy", **policy)
        if narrowed_text := _narrow_document(document, usage):
            yield _iam_call(f"Put{kind}Policy", **policy, PolicyDocument=narrowed_text)
    for arn in entity.attached:
        yield _iam_call(f"Detach{kind}Policy", **named, PolicyArn=arn)
        managed_policy = account.policies.get(arn)
        if managed_policy and (
            narrowed_text := _narrow_document(managed_policy.document, usage)
        ):
            yield Call(
                "iam",
                "CreatePolicyVersion",
                {"PolicyArn": arn, "PolicyDocument": narrowed_text, "SetAsDefault": True},
            )
    used_actions = _actions_of(account, entity, usage.actions)
    codeless_actions = _actions_of(account, entity, usage.codeless_actions)
    for name, deny in _deny_policies(used_actions, codeless_actions):
        document = _policy_text({"Effect": "Deny", **deny, "Resource": "*"})
        yield _iam_call(
            f"Put{kind}Policy", **named, PolicyName=name, PolicyDocument=document
        )


def _deny_policies(
    used_actions: set[str], codeless_actions: set[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield alternative policies that deny, each as a name and the statement's elements.

    The first denies all actions except `used_actions`. The second denies all actions without an MFA code,
    except those that enrol a device and `codeless_actions`, which jobs use without a code. If no job uses a
    code, it would allow more than the first. None denies older sessions: before a theft, nobody knows which.
    """
    if actions := sorted(used_actions):
        yield JOBS_ONLY_POLICY, {"NotAction": actions}
    if used_actions and used_actions == codeless_actions:
        return
    yield (
        CODE_POLICY,
        {
            "NotAction": sorted({*ENROLLING_ACTIONS, *codeless_actions}),
            "Condition": {"BoolIfExists": {CODE_KEY: "false"}},
        },
    )


REVOKING_POLICY = "AWSRevokeOlderSessions"  # the console's name for it
JOBS_ONLY_POLICY = "OnlyTheJobs"
CODE_POLICY = "AskForTheCode"
ADVISED_POLICIES = frozenset((REVOKING_POLICY, JOBS_ONLY_POLICY, CODE_POLICY))


def revoking_statement(at: datetime) -> dict[str, Any]:
    """Return the statement that denies everything in sessions that were issued before an instant."""
    return {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": format_instant(at)}},
    }


def revoking_call(entity: User | Role, at: datetime) -> Call:
    """Return the call that puts the revoking statement on a user or a role."""
    kind = type(entity).__name__
    document = _policy_text(revoking_statement(at))
    named = {f"{kind}Name": entity.name, "PolicyName": REVOKING_POLICY}
    return _iam_call(f"Put{kind}Policy", **named, PolicyDocument=document)


def _actions_of(
    account: Account, entity: User | Group | Role, actions: Mapping[str, frozenset[str]]
) -> set[str]:
    """Return those of the `actions`, by ARN, that belong to a user or role. For a group, those of its members."""
    if isinstance(entity, Group):
        members = [user for user in account.users.values() if entity.id in user.groups]
    else:
        members = [entity]
    return {action for member in members for action in actions.get(account.arn(member), ())}


def _narrow_document(document: Document, usage: Usage) -> str:
    """Return a policy narrowed to the access in use, as text.

    Return "" if nothing would change, or no Allow would be left.
    """
    rows = _statement_rows(document)
    narrowed_rows = [
        _narrow_statement(row, statement, document.policy.name, usage)
        for row, statement in rows
    ]
    remaining_rows = [row for row in narrowed_rows if row]
    if remaining_rows == [row for row, _ in rows] or not any(
        row["Effect"] == "Allow" for row in remaining_rows
    ):
        return ""
    return _policy_text(remaining_rows, document.policy.version)


def _statement_rows(document: Document) -> list[tuple[dict[str, Any], Statement]]:
    """Return each statement of a document, as JSON and parsed. Return none if any of them isn't understood."""
    if any(statement.unclear for statement in document.policy.statements):
        return []
    json_statements = json.loads(document.text)["Statement"]
    rows = cast(
        "list[dict[str, Any]]",
        json_statements if isinstance(json_statements, list) else [json_statements],
    )
    return list(zip(rows, document.policy.statements, strict=True))


def _policy_text(rows: object, version: str = "2012-10-17") -> str:
    """Return a policy document with these statements, as JSON text."""
    return json.dumps({"Version": version, "Statement": rows})


def _narrow_statement(
    row: dict[str, Any], statement: Statement, policy: str, usage: Usage
) -> dict[str, Any] | None:
    """Return a statement with only the actions and resources that jobs use.

    Return None if no job uses it. A Deny stays. `row` is the statement as JSON, `policy` the name of its
    policy.
    """
    if statement.effect == "Deny":
        return row
    actions, resources = usage.statements.get(
        (policy, statement), (frozenset[str](), frozenset[str]())
    )
    if not actions:
        return None
    kept_elements = {
        name: value
        for name, value in row.items()
        if name not in ("NotAction", "NotResource")
    }
    row_resources = row.get("Resource", "*")
    # With a policy variable, each holder of the policy has another resource. Keep the variable.
    has_variable = "${" in json.dumps(row_resources)
    return {
        **kept_elements,
        "Action": sorted(actions),
        "Resource": row_resources if has_variable else _distinct_resources(resources),
    }


def _distinct_resources(resources: Iterable[str]) -> list[str]:
    """Return resources without those that another one covers with a wildcard."""
    patterns = sorted({*resources})
    return [
        resource
        for resource in patterns
        if not any(other != resource and glob(other)(resource) for other in patterns)
    ]


# ---------------------------------------------------------------------------- credentials, trust
def _calls_on_credentials(account: Account, user: User) -> Iterator[Call]:
    """Yield alternative calls: deactivate one active access key, or delete the password."""
    for key in account.credentials.values():
        if isinstance(key, AccessKey) and key.owner == user.id and key.status == "Active":
            yield _iam_call(
                "UpdateAccessKey", UserName=user.name, AccessKeyId=key.id, Status="Inactive"
            )
    if user.login:
        yield _iam_call("DeleteLoginProfile", UserName=user.name)


def _calls_on_trust(account: Account, role: Role, usage: Usage) -> Iterator[Call]:
    """Yield two alternative calls that replace a role's trust policy: only its users, or only its users with an MFA code.

    Its users are the principals that assume it in jobs. Services that it trusts stay trusted, and so do the workloads
    that assume it in jobs. A principal of another account keeps its external id. Sessions are left out: a trust policy names
    their user or role.
    """
    role_users = usage.role_users.get(account.arn(role), frozenset())
    service_rows = [
        row
        for row, statement in _statement_rows(role.trust)
        if _trusts_only_services(statement)
    ]
    trust_statements = [
        _trust_statement(person, external, account)
        for person, external in sorted(role_users)
        if not person.startswith("arn:aws:sts")
    ]
    token_statements = [
        _token_statement(token, account)
        for token in sorted(usage.tokens.get(account.arn(role), frozenset()))
    ]
    statements_with_mfa = [
        {
            **row,
            "Condition": {
                **row.get("Condition", {}),
                "Bool": {CODE_KEY: "true"},
            },
        }
        for row in trust_statements
    ]
    kept_rows = [*service_rows, *token_statements]
    choices = [[*kept_rows, *trust_statements]]
    if trust_statements:
        choices.append([*kept_rows, *statements_with_mfa])
    for rows in choices:
        if rows:
            yield _iam_call(
                "UpdateAssumeRolePolicy",
                RoleName=role.name,
                PolicyDocument=_policy_text(rows),
            )


def _trusts_only_services(statement: Statement) -> bool:
    """Return whether a trust statement allows AWS services and no other principal."""
    if statement.principals:
        entries = statement.principals.entries
    else:
        entries = ()
    return (
        statement.effect == "Allow"
        and bool(entries)
        and all(kind == "Service" for kind, _ in entries)
    )


def _trust_statement(
    principal_arn: str, external_id: str, account: Account
) -> dict[str, Any]:
    """Return a statement that trusts one principal, with its external id if it has one.

    The simulation doesn't know the names in another account. A principal there without a known name
    is trusted through its whole account.
    """
    account_id = principal_arn.split(":")[4]
    is_known = account_id == account.id or not principal_arn.endswith(f":{ANY_PRINCIPAL}")
    principal = {"AWS": principal_arn if is_known else f"arn:aws:iam::{account_id}:root"}
    if external_id:
        condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}}
    else:
        condition = {}
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
        **condition,
    }


def _token_statement(token: UsedToken, account: Account) -> dict[str, Any]:
    """Return a statement that trusts a workload by its token: by all subjects that may do the same, if it has such."""
    host = token.provider.partition(":oidc-provider/")[2]
    patterns = (
        workload.subjects
        for workload in account.workloads.values()
        if workload.claims.get("sub") == token.subject and workload.subjects
    )
    pattern = next(patterns, "")
    equals = {f"{host}:aud": token.audience}
    if pattern:
        conditions = {"StringEquals": equals, "StringLike": {f"{host}:sub": pattern}}
    else:
        conditions = {"StringEquals": {**equals, f"{host}:sub": token.subject}}
    return {
        "Effect": "Allow",
        "Principal": {"Federated": token.provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions,
    }
