"""The claims that tell a workload outside AWS from all others of its issuer.

A workload's job needs that its own tokens open a session, and no others. A trust policy can tell them apart by the subject,
or by other claims that say the same.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from coffeeshop.account.access.web_identity import GITHUB_ISSUER, identity_of
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Account, Workload
from coffeeshop.account.values import Json
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import (
    Allowed,
    Condition,
    Excess,
    Request,
    Standing,
    Statement,
    Undecided,
    Values,
)

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.sessions import HeldSession

WORKLOAD_PREFIX = "workload/"


def workload_of(account: Account, subject: str) -> Workload | None:
    """Return the workload that a subject of the grade names, or None."""
    if not subject.startswith(WORKLOAD_PREFIX):
        return None
    return account.workloads.get(subject.removeprefix(WORKLOAD_PREFIX))


def workload_of_session(account: Account, session: Session) -> str:
    """Return the workload whose tokens have the claims that a session keeps, or ""."""
    for name, workload in account.workloads.items():
        identity = identity_of(account, {**workload.claims, "iss": workload.issuer})
        if (
            identity is not None
            and identity.provider == session.provider
            and identity.session_claims == session.claims
        ):
            return f"{WORKLOAD_PREFIX}{name}"
    return ""


def issuer_host(workload: Workload) -> str:
    """Return the address of a workload's issuer as condition keys begin with it."""
    return workload.issuer.removeprefix("https://")


def audience_key(member: HeldSession) -> str:
    """Return the condition key of the audience in the tokens of a member's provider."""
    provider = member.standing.principal.arn
    host = provider.partition(":oidc-provider/")[2] or provider
    return f"{host}:aud"


def with_claims(workload: Workload, statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield what a workload needs with its token, under each condition that tells the token from all others."""
    for statement in statements:
        for conditions in claim_conditions(workload):
            together = (*statement.conditions, *conditions)
            yield dataclasses.replace(statement, conditions=together)


def claim_conditions(workload: Workload) -> Iterator[tuple[Condition, ...]]:
    """Yield conditions on claims. Each tells the workload, and those that may do the same, from all others.

    The first is about the subject. GitHub's other claims follow: the workflow's file and branch, and the repository with the
    branch or the environment that the subject is about.
    """
    host = issuer_host(workload)
    claims = workload.claims
    subjects = workload.subjects or str(claims.get("sub", ""))
    yield (Condition("StringLike", f"{host}:sub", (subjects,)),)
    if "job_workflow_ref" in claims:
        yield (_equals(host, claims, "job_workflow_ref"),)
    for name in ("repository", "repository_id"):
        if name not in claims:
            continue
        repository = _equals(host, claims, name)
        if _covers_repository(workload, subjects):
            yield (repository,)
        elif "environment" in claims:
            yield (repository, _equals(host, claims, "environment"))
        elif "ref" in claims:
            yield (repository, _equals(host, claims, "ref"))


def _equals(host: str, claims: Mapping[str, Json], name: str) -> Condition:
    """Return the condition that a claim has the workload's value."""
    return Condition("StringEquals", f"{host}:{name}", (str(claims[name]),))


def _covers_repository(workload: Workload, subjects: str) -> bool:
    """Tell whether a pattern of subjects covers the whole repository of a workload."""
    subject = str(workload.claims.get("sub", ""))
    repository = REPOSITORY_PATTERN.match(subject)
    if repository:
        named = repository[0]
    else:
        named = f"repo:{workload.claims.get('repository')}"
    return glob(subjects)(f"{named}:any subject")


# -------------------------------------------------------------------- witnesses
def with_real_claims(
    account: Account, excesses: Iterable[Excess | Undecided], new: Standing, old: Standing
) -> Iterator[Excess | Undecided]:
    """Yield excesses whose witnesses have the claims of tokens that an issuer could give, if they prove the same."""
    for excess in excesses:
        if isinstance(excess, Excess):
            yield _with_real_claims(account, excess, new, old)
        else:
            yield excess


def _with_real_claims(
    account: Account, excess: Excess, new: Standing, old: Standing
) -> Excess:
    """Return the excess with claims in its witness that a token could really have, if that proves it too.

    Otherwise return it as it is. A comparison finds claims that fit the policies. An issuer's claims also
    fit each other: a subject of GitHub's names a repository, and a branch or an environment.
    """
    request = excess.witness
    subject_key = next((key for key in request.context if key.endswith(":sub")), "")
    host = subject_key.removesuffix(":sub")
    if not host:
        return excess
    other_keys = {
        key: values
        for key, values in request.context.items()
        if not key.startswith(f"{host}:")
    }
    for claims in _possible_tokens(account, host, request.context):
        identity = identity_of(account, claims)
        if identity is None:
            continue
        read_keys = {f"{host}:aud", subject_key, *request.context}
        told_keys = {key: identity.keys[key] for key in identity.keys if key in read_keys}
        for keys in (told_keys, identity.keys):
            likely = dataclasses.replace(request, context={**other_keys, **keys})
            if _proves(likely, new, old):
                return dataclasses.replace(excess, witness=likely)
    return excess


def _proves(request: Request, new: Standing, old: Standing) -> bool:
    """Tell whether the first standing allows a request and the second doesn't."""
    return isinstance(authorize(new, request), Allowed) and not isinstance(
        authorize(old, request), Allowed
    )


def _possible_tokens(
    account: Account, host: str, context: Mapping[str, Values]
) -> Iterator[Mapping[str, Json]]:
    """Yield the claims of tokens that an issuer could give: to the workloads that are known, and to others of GitHub's."""
    for workload in account.workloads.values():
        if issuer_host(workload) == host:
            yield {"iss": workload.issuer, **workload.claims}
    if host != GITHUB_ISSUER:
        return
    audience = "".join(context.get(f"{host}:aud", ()))
    subject = "".join(context.get(f"{host}:sub", ()))
    match = REPOSITORY_PATTERN.match(subject)
    if match:
        owner, owner_id, name, name_id = match.groups(default="")
    else:
        owner, owner_id, name, name_id = OTHER_OWNER, "", ANY_REPOSITORY, ""
    if owner_id:
        name_id = name_id or MADE_UP_ID
        other_owner = f"{OTHER_OWNER}{MADE_UP_ID}"
    else:
        other_owner = OTHER_OWNER
    repositories = (
        f"{owner}{owner_id}/{name}{name_id}",
        f"{other_owner}/{name}{name_id}",
        f"{other_owner}/{ANY_REPOSITORY}{name_id}",
    )
    for repository in repositories:
        for place in ("ref:refs/heads/main", "environment:test", "pull_request"):
            yield {
                "iss": f"https://{host}",
                "aud": audience,
                "sub": f"repo:{repository}:{place}",
                "repository": ID_IN_NAME.sub("", repository),
                "ref": "refs/heads/main",
            }


OTHER_OWNER = "somebody-else"
ANY_REPOSITORY = "any-repository"
MADE_UP_ID = "@1"
# Repositories that were created or renamed since July 2026 have their ids in the subject: repo:acme@12/site@34:…
# https://docs.github.com/en/actions/reference/security/oidc
REPOSITORY_PATTERN = re.compile(r"repo:([\w.-]+)(@\d+)?/([\w.-]+)(@\d+)?", re.ASCII)
ID_IN_NAME = re.compile(r"@\d+")
