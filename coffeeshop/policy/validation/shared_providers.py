"""OIDC providers that serve many organizations under one address, and the claims that tell the organizations apart.

IAM refuses a trust policy that doesn't evaluate them.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html (read 2026-12-01)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Statement


class SharedProvider(NamedTuple):
    """A provider, the claim that names the organization, and how the claim's values look.

    `tenant` is a regular expression for the part of a value that names the organization, up to the sign that ends it.
    "": the whole value does. `users` says who signs in there. `further` are other claims that IAM accepts in place of
    `claim`, each with its regular expression. `name` is a regular expression for the repository or project in a value,
    `noun` is what it names. `endings` are the ends of the values for its branches and so on; their `*` is any name.
    """

    claim: str
    users: str
    example: str
    tenant: str = ""
    further: Mapping[str, str] = {}
    name: str = ""
    noun: str = ""
    endings: Mapping[str, str] = {}

    @property
    def tenants(self) -> Mapping[str, str]:
        """Return the regular expression of each claim that names the organization."""
        return {self.claim: self.tenant, **self.further}


_REPOSITORY_EXAMPLE = "repo:YOUR-ORGANIZATION/YOUR-REPOSITORY:ref:refs/heads/main"
_WORKSPACE_EXAMPLE = (
    "organization:YOUR-ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:apply"
)
_GITHUB_ENDINGS = {
    "branch": ":ref:refs/heads/*",
    "tag": ":ref:refs/tags/*",
    "pull request": ":pull_request",
    "environment": ":environment:*",
}
SHARED_PROVIDERS: Final[Mapping[str, SharedProvider]] = {
    "token.actions.githubusercontent.com": SharedProvider(
        "sub",
        "workflows",
        _REPOSITORY_EXAMPLE,
        r"repo:([^/]*)/",
        {"job_workflow_ref": r"([^/]*)/"},
        r"repo:[^/]*/([^:]*)",
        "repository",
        _GITHUB_ENDINGS,
    ),
    "vstoken.actions.githubusercontent.com": SharedProvider(
        "sub", "workflows", _REPOSITORY_EXAMPLE, r"repo:([^/]*)/"
    ),
    "oidc-configuration.audit-log.githubusercontent.com": SharedProvider(
        "sub", "audit logs", "https://github.com/YOUR-ENTERPRISE"
    ),
    "gitlab.com": SharedProvider(
        "sub",
        "pipelines",
        "project_path:YOUR-GROUP/YOUR-PROJECT:ref_type:branch:ref:main",
        r"project_path:([^/]*)/",
        name=r"project_path:[^/]*/([^:]*)",
        noun="project",
        endings={"branch": ":ref_type:branch:ref:*", "tag": ":ref_type:tag:ref:*"},
    ),
    "app.terraform.io": SharedProvider(
        "sub",
        "workspaces",
        _WORKSPACE_EXAMPLE,
        r"organization:([^:]*):",
        name=r"organization:[^:]*:project:([^:]*)",
        noun="project",
        endings={"workspace": ":workspace:*:run_phase:apply"},
    ),
    "agent.buildkite.com": SharedProvider(
        "sub",
        "pipelines",
        "organization:YOUR-ORGANIZATION:pipeline:PIPELINE:ref:refs/heads/main:*",
        r"organization:([^:]*):",
        name=r"organization:[^:]*:pipeline:([^:]*)",
        noun="pipeline",
        endings={"branch": ":ref:refs/heads/*:commit:0:step:test"},
    ),
    "oidc.codefresh.io": SharedProvider(
        "sub",
        "pipelines",
        "account:YOUR-ACCOUNT:pipeline:PIPELINE",
        r"account:([^:]*):",
        name=r"account:[^:]*:pipeline:([^:]*)",
        noun="pipeline",
    ),
    "studio.datachain.ai/api": SharedProvider(
        "sub", "users", "credentials:YOUR-TEAM/PROJECT", r"credentials:([^/]*)/"
    ),
    "scalr.io": SharedProvider(
        "sub",
        "workspaces",
        "account:YOUR-ACCOUNT:environment:ENVIRONMENT",
        r"account:([^:]*):",
    ),
    "tokens.cloud.shisho.dev": SharedProvider(
        "sub", "jobs", "job:YOUR-ORGANIZATION:JOB", r"job:([^:]*):"
    ),
    "proidc.upbound.io": SharedProvider(
        "sub",
        "control planes",
        "mcp:YOUR-ORGANIZATION/NAME:provider:provider-aws",
        r"mcp:([^/]*)/",
    ),
    "api.pulumi.com/oidc": SharedProvider("aud", "stacks", "aws:YOUR-ORGANIZATION"),
    "sandboxes.cloud": SharedProvider("aud", "sandboxes", "YOUR-ORGANIZATION"),
    "oidc.vercel.com": SharedProvider("aud", "deployments", "https://vercel.com/YOUR-TEAM"),
    "cognito-identity.amazonaws.com": SharedProvider(
        "aud", "users", "us-east-1:12345678-abcd-abcd-abcd-123456790ab"
    ),
}


class ProjectProvider(NamedTuple):
    """A provider of one organization or cluster, whose subjects tell its projects apart.

    `users` says what its subjects are, `example` is one of them. `project` is a regular expression for the part of
    a subject that names the project.
    """

    users: str
    example: str
    project: str


_SERVICE_ACCOUNT = "system:serviceaccount:NAMESPACE:NAME"
_NAMESPACE_PATTERN = r"system:serviceaccount:([^:]*)"
# By the beginning of the address.
PROJECT_PROVIDERS: Final[Mapping[str, ProjectProvider]] = {
    "oidc.circleci.com/org/": ProjectProvider(
        "projects", "org/ORGANIZATION/project/PROJECT/user/*", r"org/[^/]*/project/([^/]*)"
    ),
    "api.bitbucket.org/2.0/workspaces/": ProjectProvider(
        "repositories", "{REPOSITORY}:{ENVIRONMENT}:*", r"([^:]*)"
    ),
    "oidc.eks.": ProjectProvider("service accounts", _SERVICE_ACCOUNT, _NAMESPACE_PATTERN),
    "container.googleapis.com/v1/projects/": ProjectProvider(
        "service accounts", _SERVICE_ACCOUNT, _NAMESPACE_PATTERN
    ),
    "vstoken.dev.azure.com/": ProjectProvider(
        "service connections", "sc://ORGANIZATION/PROJECT/CONNECTION", r"sc://[^/]*/([^/]*)"
    ),
}
_WILDCARD_PATTERN = re.compile(r"[*?]")


def names_tenant(tenant: str, value: str) -> bool:
    """Tell whether a condition's value names one organization. A wildcard in its name means several.

    `tenant` is a provider's regular expression for the organization in a value.
    """
    if not tenant:
        return not _WILDCARD_PATTERN.search(value)
    tenant_match = re.match(tenant, value)
    return bool(tenant_match) and not _WILDCARD_PATTERN.search(tenant_match[1])


def covers_organization(provider: SharedProvider, value: str) -> bool:
    """Tell whether a value that names its organization covers every repository or project in it."""
    if not provider.name:
        return False
    match = re.match(provider.name, value)
    return match is None or not match[1].strip("*")


def covered_kinds(provider: SharedProvider, value: str) -> tuple[str, ...]:
    """Return the kinds of subjects, such as ("branch", "tag"), that a value covers in its repository or project.

    Return () if it covers only subjects without names, as for pull requests: then it is as narrow as can be.
    """
    match = re.match(provider.name, value) if provider.name else None
    if match is None:
        return ()
    matches = glob(value[match.end() :])
    kinds = {
        kind: ending
        for kind, ending in provider.endings.items()
        if matches(ending.replace("*", "\0"))
    }
    return tuple(kinds) if any("*" in ending for ending in kinds.values()) else ()


def shared_provider(principal: str) -> tuple[str, SharedProvider] | None:
    """Return the address and row of the shared provider that a Federated principal names, or None."""
    address = principal.rpartition("oidc-provider/")[2].lower()
    provider = SHARED_PROVIDERS.get(address)
    if provider is None:
        return None
    return address, provider


def unread_controls(
    address: str, provider: SharedProvider, statement: Statement
) -> tuple[str, ...]:
    """Return the keys of which a statement must evaluate one, or () if it does. Otherwise AWS refuses its trust policy."""
    keys_read = {condition.key.lower() for condition in statement.conditions}
    controls = tuple(f"{address}:{claim}" for claim in provider.tenants)
    return controls if keys_read.isdisjoint(controls) else ()


def project_provider(principal: str) -> tuple[str, ProjectProvider] | None:
    """Return the address and row of a provider of one organization that a Federated principal names, or None."""
    address = principal.rpartition("oidc-provider/")[2].lower()
    for beginning, provider in PROJECT_PROVIDERS.items():
        if address.startswith(beginning):
            return address, provider
    return None


def subject_forms(address: str) -> tuple[str, ...]:
    """Return how the subjects of an issuer look, with names in capitals to replace.

    The first, if there are two, covers a whole repository or project.
    """
    row = shared_provider(address)
    if row is None:
        project = project_provider(address)
        return (project[1].example,) if project else ()
    provider = row[1]
    if provider.claim != "sub":
        return ()
    match = re.match(provider.name, provider.example) if provider.name else None
    whole = (f"{provider.example[: match.end(1)]}:*",) if match else ()
    return (*whole, provider.example)


def closed_name(provider: SharedProvider, value: str) -> str:
    """Return a value with its repository's or project's name ended where the wildcard begins.

    Return "" if the name has no wildcard. A name that is only a star is meant to cover all of an organization,
    so it gives "" as well.
    """
    match = re.match(provider.name, value) if provider.name else None
    if match is None:
        return ""
    wildcard = _WILDCARD_PATTERN.search(match[1])
    if wildcard is None or not wildcard.start():
        return ""
    return f"{value[: match.start(1) + wildcard.start()]}:*"
