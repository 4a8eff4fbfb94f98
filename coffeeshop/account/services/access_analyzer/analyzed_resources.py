"""The resources that an analyzer of external access looks at, with their policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-resources.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from coffeeshop.account import ids
from coffeeshop.account.access.control_policies import RCP_TYPE, policy_levels
from coffeeshop.account.access.resource_policies import resource_layer
from coffeeshop.account.model import Account
from coffeeshop.account.resources import Analyzer
from coffeeshop.policy.model import Policy, Values


class AnalyzedResource(Struct, frozen=True):
    """A resource with its policies, the account that owns it, and the RCPs that bind it.

    `made` is when it was created, as far as its service tells that.
    """

    arn: str
    type: str
    owner: str
    made: datetime
    policies: tuple[Policy, ...]
    control_policies: tuple[Policy, ...] = ()

    @property
    def service(self) -> str:
        """Return the prefix of the actions on the resource."""
        return "sts" if self.type == "AWS::IAM::Role" else self.arn.split(":")[2]


def trusted_accounts(account: Account, analyzer: Analyzer) -> frozenset[str]:
    """Return the accounts of the analyzer's zone of trust: its own, or all of the organization."""
    organization = account.joined_organization
    if analyzer.type.startswith("ORGANIZATION") and organization:
        return frozenset(organization.members)
    return frozenset({account.id})


def analyzed_accounts(account: Account, analyzer: Analyzer) -> Iterator[Account]:
    """Yield the accounts of the zone of trust that are simulated, each in front."""
    for id in sorted(trusted_accounts(account, analyzer)):
        if id == account.id or id in account.others:
            yield account.seen_from(id)


def analyzed_resources(account: Account, analyzer: Analyzer) -> Iterator[AnalyzedResource]:
    """Yield the resources that can have resource-based policies, in every analyzed account."""
    for home in analyzed_accounts(account, analyzer):
        yield from _resources_of(home)


def _resources_of(home: Account, wanted_arn: str = "") -> Iterator[AnalyzedResource]:
    """Yield the roles, buckets, queues, functions and KMS keys of an account, or the one of this ARN."""
    control_policies = tuple(_control_policies(home))
    for arn, resource_type, made in _resource_rows(home):
        if wanted_arn not in ("", arn):
            continue
        layer = resource_layer(home, arn)
        policies = layer.policies if layer else ()
        yield AnalyzedResource(
            arn, resource_type, home.id, made, policies, control_policies
        )


def resource_of(account: Account, owner: str, arn: str) -> AnalyzedResource | None:
    """Return the resource of an owner's account, as seen from another account, or None."""
    if owner != account.id and owner not in account.others:
        return None
    return next(_resources_of(account.seen_from(owner), arn), None)


def _resource_rows(home: Account) -> Iterator[tuple[str, str, datetime]]:
    """Yield the ARN, type and date of each resource."""
    for role in home.roles.values():
        yield home.arn(role), "AWS::IAM::Role", role.created
    for bucket in home.buckets.values():
        yield ids.arn(home, "bucket", bucket.name), "AWS::S3::Bucket", bucket.created
    for queue in home.queues.values():
        yield ids.arn(home, "queue", queue.name), "AWS::SQS::Queue", queue.created
    for function in home.functions.values():
        arn = ids.arn(home, "function", function.name)
        yield arn, "AWS::Lambda::Function", function.modified
    for key in home.kms_keys.values():
        yield ids.arn(home, "kms-key", key.id), "AWS::KMS::Key", key.created


def _control_policies(home: Account) -> Iterator[Policy]:
    """Yield the resource control policies that bind the resources of an account."""
    organization = home.joined_organization
    if organization is None:
        return
    for level in policy_levels(organization, home.id, RCP_TYPE):
        yield from level


def resource_types() -> Values:
    """Return the types of resources that are analyzed."""
    return (
        *("AWS::IAM::Role", "AWS::S3::Bucket", "AWS::SQS::Queue"),
        *("AWS::Lambda::Function", "AWS::KMS::Key"),
    )
