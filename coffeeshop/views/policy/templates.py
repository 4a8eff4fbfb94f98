"""The text with which a new policy begins: one statement with blanks to fill in."""

from __future__ import annotations

from coffeeshop.account.access.authorization_requests import role_arn
from coffeeshop.account.model import Call
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Kind
from coffeeshop.views.policy.own_jobs import ASSUME_ACTION, requests_of_jobs


def _statement_with(*inner: str) -> str:
    """Return a policy document with one statement of these lines."""
    rows = ",\n".join(f"      {row}" for row in inner)
    return f'{{\n  "Version": "2012-10-17",\n  "Statement": [\n    {{\n{rows}\n    }}\n  ]\n}}\n'


_ALLOW_MEMBER = '"Effect": "Allow"'
_PRINCIPAL_MEMBER = '"Principal": { "AWS": "" }'
_ACTION_MEMBER = '"Action": ""'
_RESOURCE_MEMBER = '"Resource": ""'
BLANK_STATEMENTS: dict[Kind, str] = {
    Kind.IDENTITY: _statement_with(_ALLOW_MEMBER, _ACTION_MEMBER, _RESOURCE_MEMBER),
    Kind.TRUST: _statement_with(
        _ALLOW_MEMBER, _PRINCIPAL_MEMBER, '"Action": "sts:AssumeRole"'
    ),
    Kind.RESOURCE: _statement_with(
        _ALLOW_MEMBER, _PRINCIPAL_MEMBER, _ACTION_MEMBER, _RESOURCE_MEMBER
    ),
    Kind.SCP: _statement_with('"Effect": "Deny"', _ACTION_MEMBER, _RESOURCE_MEMBER),
}


def blank_policy(play: Play, call: Call, grammar: Kind) -> str:
    """Return the text of a new policy that `call` will write.

    A trust policy is for a workload if the account has an OIDC provider and no job's person
    assumes the role.
    """
    providers = play.account.oidc_providers.values()
    newest = max(providers, key=lambda provider: provider.created, default=None)
    if grammar is not Kind.TRUST or newest is None:
        return BLANK_STATEMENTS[grammar]
    taken = ASSUME_ACTION, role_arn(play.account, call.text("RoleName"))
    asked = {(ask.request.action, ask.request.resource) for ask in requests_of_jobs(play)}
    return BLANK_STATEMENTS[grammar] if taken in asked else workload_trust(newest.url)


def workload_trust(host: str) -> str:
    """Return a trust policy for the tokens of an issuer, with blanks for the provider, the audience and the subject."""
    return _statement_with(
        _ALLOW_MEMBER,
        '"Principal": { "Federated": "" }',
        '"Action": "sts:AssumeRoleWithWebIdentity"',
        '"Condition": {\n'
        f'        "StringEquals": {{ "{host}:aud": "" }},\n'
        f'        "StringLike": {{ "{host}:sub": "" }}\n'
        "      }",
    )
