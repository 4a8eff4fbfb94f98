"""Tells everything that is wrong or unwise about a policy text: its grammar, what validate says, and names of nothing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from coffeeshop.account.model import Account, Outcome, ServiceError
from coffeeshop.policy.language.parse import element_places, parse_draft
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.model import Kind, Level, Place, Policy, Problem
from coffeeshop.policy.validation.validate import validate

# The members that hold a policy document, and the grammar it must obey.
DOCUMENTS: dict[tuple[str, str], Kind] = {
    ("iam", "PolicyDocument"): Kind.IDENTITY,
    ("iam", "AssumeRolePolicyDocument"): Kind.TRUST,
    ("s3", "Policy"): Kind.RESOURCE,
    ("organizations", "Content"): Kind.SCP,
}
NAMED = (  # what the ARN of a resource names; a wildcard or a variable in the name leaves it open
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
    """Returns the policy, with its blanks, None where it cannot be read; and every problem in the order of the text, with
    an `account` also what its resources name that is not there.
    """
    policy = parse_draft(text, grammar)[0]
    problems = validate(text, grammar)
    if account is not None:
        problems = tuple(_of_our_own(problem, account) for problem in problems)
    if policy is not None and account is not None:
        problems = (*problems, *_absent(text, policy, account))
    return policy, tuple(sorted(problems, key=lambda problem: problem.place.start))


def _of_our_own(problem: Problem, account: Account) -> Problem:
    """Return what is said of a whole account that is trusted, without the advice for third parties where it is none."""
    ours = (account.id, *account.others)
    if problem.code == "account-principal" and any(id in problem.text for id in ours):
        return dataclasses.replace(problem, mend="name the user or role")
    return problem


def _absent(text: str, policy: Policy, account: Account) -> Iterator[Problem]:
    """Resources that name nothing: AWS asks nobody whether they are there, and the policy waits for what never comes."""
    places_by_name = element_places(text)
    for number, statement in enumerate(policy.statements):
        if statement.resources is not None:
            if statement.resources.negated:
                element = "NotResource"
            else:
                element = "Resource"
            for at, value in enumerate(statement.resources.values):
                if messages := _nobody(value, account):
                    place = places_by_name[f"Statement[{number}].{element}[{at}]"]
                    yield Problem(Level.WARNING, "names-nothing", place, *messages)


def _nobody(value: str, account: Account) -> tuple[str, str] | None:
    """That there is no such thing in the account, and which one was probably meant."""
    for noun, pattern in NAMED:
        if match := re.fullmatch(pattern.format(account=account.id), value):
            other_rows = [thing.name for thing in getattr(account, f"{noun}s").values()]
            suggestion = nearest_name(match[1], other_rows, max(1, len(match[1]) // 3))
            mend = f"did you mean `{suggestion}`?" if suggestion else ""
            if match[1] in other_rows:
                return None
            return (f"there is no {noun} `{match[1]}` in this account", mend)
    return None


# ------------------------------------------------------------ the texts of calls and files
def document_of(
    service: str, operation: str, members: Iterable[str]
) -> tuple[str, Kind] | None:
    """Returns the member of an operation that holds a policy document, and its grammar; None where there is none."""
    for name in members:
        if (kind := DOCUMENTS.get((service, name))) is not None:
            return name, Kind.TRUST if operation == "UpdateAssumeRolePolicy" else kind
    return None


def remarks(outcome: Outcome) -> tuple[Problem, ...]:
    """Returns what is unwise about the policy that a call wrote, or that it is not in force; empty where it was refused, or
    wrote none.
    """
    call = outcome.act.call
    if outcome.has_succeeded:
        document = document_of(call.service, call.operation, call.parameters)
    else:
        document = None
    if document is None:
        return ()
    member, kind = document
    return (
        *_unused_version_problems(outcome),
        *examine_text(str(call.parameters[member]), kind, outcome.account)[1],
    )


def faults(outcome: Outcome) -> tuple[Problem, ...]:
    """Returns why the policy is none that a call was refused for: AWS says no more than that it is malformed."""
    call = outcome.act.call
    answer = outcome.answer
    document = document_of(call.service, call.operation, call.parameters)
    if (
        document is None
        or not isinstance(answer, ServiceError)
        or not answer.code.startswith("MalformedPolicy")
    ):
        return ()
    member, kind = document
    problems = examine_text(str(call.parameters[member]), kind)[1]
    return tuple(problem for problem in problems if problem.level is Level.ERROR)


def _unused_version_problems(outcome: Outcome) -> Iterator[Problem]:
    """That a version was made which is not in force: AWS keeps it, and goes on deciding by the default one.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
    """
    call = outcome.act.call
    if (call.service, call.operation) != ("iam", "CreatePolicyVersion"):
        return
    policy = outcome.account.policies.get(call.text("PolicyArn"))
    if policy and (line := policy.versions[-1].id) != policy.default:
        message = f"{line} is kept, and {policy.default} stays in force"
        mend = f"aws iam set-default-policy-version --policy-arn {policy.arn} --version-id {line} puts {line} in force"
        yield Problem(Level.WARNING, "not-in-force", Place(), message, mend)


def grammar_of(text: str) -> Kind:
    """Returns the grammar that a file seems to be written in: by whether it says who, and on what."""
    if '"Principal"' not in text:
        return Kind.IDENTITY
    if '"Resource"' in text:
        return Kind.RESOURCE
    return Kind.TRUST
