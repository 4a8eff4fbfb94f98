"""Find every error and weakness of a policy's text: its grammar, its validation, and names of missing things."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from coffeeshop.account.access.control_policies import POLICY_TYPES
from coffeeshop.account.model import Account, Outcome, ServiceError
from coffeeshop.policy.language.parse import (
    element_places,
    examine_policy,
    parse_draft,
)
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.model import Kind, Level, Place, Policy, Problem

# The members that hold a policy document, and the grammar it must obey.
DOCUMENT_KINDS: dict[tuple[str, str], Kind] = {
    ("iam", "PolicyDocument"): Kind.IDENTITY,
    ("iam", "AssumeRolePolicyDocument"): Kind.TRUST,
    ("s3", "Policy"): Kind.RESOURCE,
    ("kms", "Policy"): Kind.RESOURCE,
    ("organizations", "Content"): Kind.SCP,
    ("sso-admin", "InlinePolicy"): Kind.IDENTITY,
}
ARN_PATTERNS = (  # patterns of ARNs. A name with a wildcard or a variable matches none
    ("bucket", r"arn:aws:s3:::([^/*?$]+)(?:/.*)?"),
    ("table", r"arn:aws:dynamodb:[^:]*:{account}:table/([^/*?$]+)(?:/.*)?"),
    ("queue", r"arn:aws:sqs:[^:]*:{account}:([^*?$]+)"),
    ("function", r"arn:aws:lambda:[^:]*:{account}:function:([^:*?$]+)(?::.*)?"),
    ("role", r"arn:aws:iam::{account}:role/(?:[^*?$]*/)?([^/*?$]+)"),
    ("user", r"arn:aws:iam::{account}:user/(?:[^*?$]*/)?([^/*?$]+)"),
    ("group", r"arn:aws:iam::{account}:group/(?:[^*?$]*/)?([^/*?$]+)"),
)


def examine_text(
    text: str, grammar: Kind, account: Account | None = None
) -> tuple[Policy | None, tuple[Problem, ...]]:
    """Return the policy in a text, and every problem in order of place.

    The policy is None where the text can't be read. It can have blanks. With an account, the problems include
    resources that don't exist there.
    """
    # imported here because only those who write a policy need it
    from coffeeshop.policy.validation.validate import validate

    policy = parse_draft(text, grammar)[0]
    problems = validate(text, grammar)
    if account is not None:
        problems = tuple(_fit_to_own_account(problem, account) for problem in problems)
    if policy is not None and account is not None:
        problems = (*problems, *_missing_resources(text, policy, account))
    return policy, tuple(sorted(problems, key=lambda problem: problem.place.start))


def _fit_to_own_account(problem: Problem, account: Account) -> Problem:
    """Return a problem about trust in a whole account, with other advice where the account is one of the learner's."""
    ours = (account.id, *account.others)
    if problem.code == "account-principal" and any(id in problem.text for id in ours):
        return dataclasses.replace(problem, mend="name the user or role")
    return problem


def _missing_resources(text: str, policy: Policy, account: Account) -> Iterator[Problem]:
    """Yield a warning for each resource that doesn't exist. AWS accepts such a policy and never warns."""
    places_by_name = element_places(text)
    for number, statement in enumerate(policy.statements):
        if statement.resources is not None:
            if statement.resources.negated:
                element = "NotResource"
            else:
                element = "Resource"
            for index, value in enumerate(statement.resources.values):
                if messages := _missing_resource_message(value, account):
                    place = places_by_name[f"Statement[{number}].{element}[{index}]"]
                    yield Problem(Level.WARNING, "names-nothing", place, *messages)


def _missing_resource_message(value: str, account: Account) -> tuple[str, str] | None:
    """Return the message that a resource doesn't exist, and the nearest name as a suggestion.

    Return None if it exists.
    """
    for noun, pattern in ARN_PATTERNS:
        if match := re.fullmatch(pattern.format(account=account.id), value):
            other_rows = [thing.name for thing in getattr(account, f"{noun}s").values()]
            suggestion = nearest_name(match[1], other_rows, max(1, len(match[1]) // 3))
            mend = f"did you mean `{suggestion}`?" if suggestion else ""
            if match[1] in other_rows:
                return None
            return (f"there is no {noun} `{match[1]}` in this account", mend)
    return None


# ------------------------------------------------------------ policies of calls and files
def document_of(
    service: str, operation: str, members: Iterable[str]
) -> tuple[str, Kind] | None:
    """Return the parameter of an operation that holds a policy document, and its grammar, or None."""
    for name in members:
        if (kind := DOCUMENT_KINDS.get((service, name))) is not None:
            return name, Kind.TRUST if operation == "UpdateAssumeRolePolicy" else kind
    return None


def _written_document(outcome: Outcome) -> tuple[str, Kind] | None:
    """Return the parameter of a call that holds a policy document, and its grammar, or None.

    A control policy is an SCP or an RCP. Its call says which, or the policy that it changes.
    """
    call = outcome.act.call
    document = document_of(call.service, call.operation, call.parameters)
    if document is None or call.service != "organizations":
        return document
    organization = outcome.account.joined_organization
    policy = organization.policies.get(call.text("PolicyId")) if organization else None
    type = policy.type if policy else call.text("Type")
    return document[0], POLICY_TYPES[type].kind if type in POLICY_TYPES else document[1]


def policy_remarks(outcome: Outcome) -> tuple[Problem, ...]:
    """Return warnings about the policy that a call wrote, and that it is not the default version.

    Empty where the call was refused or wrote none.
    """
    call = outcome.act.call
    document = _written_document(outcome) if outcome.has_succeeded else None
    if document is None:
        return ()
    member, kind = document
    return (
        *_unused_version_problems(outcome),
        *examine_text(str(call.parameters[member]), kind, outcome.account)[1],
    )


def malformed_policy_problems(outcome: Outcome) -> tuple[Problem, ...]:
    """Return the errors of a policy for which AWS refused it as malformed. AWS itself doesn't name them.

    Other errors, such as an action that doesn't exist, aren't the reason: AWS accepts a policy with them.
    """
    call = outcome.act.call
    answer = outcome.answer
    document = _written_document(outcome)
    if (
        document is None
        or not isinstance(answer, ServiceError)
        or not answer.code.startswith("MalformedPolicy")
    ):
        return ()
    member, kind = document
    problems = examine_policy(str(call.parameters[member]), kind)[1]
    return tuple(problem for problem in problems if problem.level is Level.ERROR)


def _unused_version_problems(outcome: Outcome) -> Iterator[Problem]:
    """Yield a warning where a new version is not the default. AWS keeps deciding by the default version.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
    """
    call = outcome.act.call
    if (call.service, call.operation) != ("iam", "CreatePolicyVersion"):
        return
    policy = outcome.account.policies.get(call.text("PolicyArn"))
    if policy and (line := policy.versions[-1].id) != policy.default:
        message = f"{line} stays, and {policy.default} stays the default version"
        mend = f"aws iam set-default-policy-version --policy-arn {policy.arn} --version-id {line} makes {line} the default"
        yield Problem(Level.WARNING, "not-in-force", Place(), message, mend)


def grammar_of(text: str) -> Kind:
    """Return the grammar in which a file seems to be written, by its elements Principal and Resource."""
    if '"Principal"' not in text:
        return Kind.IDENTITY
    if '"Resource"' in text:
        return Kind.RESOURCE
    return Kind.TRUST
