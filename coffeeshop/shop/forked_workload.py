"""Open a session as a workflow of a fork does.

A fork is a copy of a repository that belongs to someone else. The issuer signs tokens for its workflows, too. Only the
conditions of a trust policy tell these tokens from those of the repository.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html#idp_oidc_Create_GitHub
"""

from __future__ import annotations

import re
from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account.access.web_identity import issue_token
from coffeeshop.account.model import Account, Caller, Workload
from coffeeshop.account.values import Json
from coffeeshop.shop.workload_session import open_workload_session

FORK_OWNER = "somebody-else"
NUMERIC_CLAIM_VALUE = "1"  # the id of whatever a claim names by an id
# The owner in a subject of GitHub's ("repo:OWNER/NAME:…") or GitLab's ("project_path:GROUP/NAME:…").
OWNER_PATTERN = re.compile(r"(?:repo|project_path):(?P<owner>[^/:]+)/")


def fork_of(workload: Workload) -> Workload | None:
    """Return the workload of a fork of the same repository, or None if the subject names no repository.

    Its claims name another owner. The audience stays, because a workflow chooses it.
    """
    match = OWNER_PATTERN.match(str(workload.claims.get("sub", "")))
    if match is None:
        return None
    claims = {
        name: _claim_of_fork(name, value, match["owner"])
        for name, value in workload.claims.items()
    }
    return replace(workload, claims=claims, subjects="")


def _claim_of_fork(name: str, value: Json, owner: str) -> Json:
    """Return the value of a claim in a token of the fork."""
    if name == "aud" or not isinstance(value, str):
        return value
    if name.endswith("_id"):
        return NUMERIC_CLAIM_VALUE
    new_owner = f"{FORK_OWNER}@{NUMERIC_CLAIM_VALUE}" if "@" in owner else FORK_OWNER
    return new_owner if value == owner else value.replace(f"{owner}/", f"{new_owner}/")


def open_fork_session(
    account: Account, name: str, at: datetime
) -> tuple[Account, Caller] | None:
    """Return a session that a workflow of the fork gets, with the account that contains it. None: no role lets it in.

    `name` is the workload whose repository was forked.
    """
    workload = account.workloads.get(name)
    fork = fork_of(workload) if workload else None
    if fork is None:
        return None
    token = issue_token(account, fork, at)
    for role in account.roles.values():
        if ":oidc-provider/" not in role.trust.text:
            continue
        opened = open_workload_session(account, role, token, "fork", at)
        if opened:
            return opened
    return None
