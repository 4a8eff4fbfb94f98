"""Find the action that an operation needs, by the names that SDKs give to services and operations."""

from __future__ import annotations

import re

from coffeeshop.policy import catalog

# Names of SDKs that differ from the service's prefix by more than spelling.
_SDK_NAMES = {
    "identitymanagement": "iam",
    "securitytokenservice": "sts",
    "securitytoken": "sts",
    "simplesystemsmanagement": "ssm",
    "simplenotificationservice": "sns",
    "simplequeueservice": "sqs",
    "simplestorageservice": "s3",
    "cloudwatchlogs": "logs",
    "cloudwatchevents": "events",
    "eventbridge": "events",
    "elasticloadbalancingv2": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "elasticcomputecloud": "ec2",
    "dynamodbv2": "dynamodb",
    "stepfunctions": "states",
    "sfn": "states",
    "cognitoidentityprovider": "cognito-idp",
    "cognitoidentity": "cognito-identity",
    "emr": "elasticmapreduce",
    "opensearch": "es",
    "elasticsearch": "es",
    "elasticsearchservice": "es",
    "efs": "elasticfilesystem",
    "lambdainternal": "lambda",
    "keymanagementservice": "kms",
    "certificatemanager": "acm",
    "applicationautoscaling": "application-autoscaling",
    "containerservice": "ecs",
    "relationaldatabaseservice": "rds",
    "ssoportal": "sso",
    "email": "ses",
    "sesv2": "ses",
    "wafregional": "waf-regional",
    "bedrockruntime": "bedrock",
    "bedrockagent": "bedrock",
    "bedrockagentruntime": "bedrock",
    "monitoring": "cloudwatch",
    "queue": "sqs",
}
# The services that are likeliest if several have an operation of the same name.
_LIKELY_SERVICES = (
    *("s3", "ec2", "iam", "lambda", "sts", "sqs", "sns", "dynamodb", "kms", "ecs", "ecr"),
    *("cloudformation", "secretsmanager", "ssm", "organizations", "logs", "rds", "eks"),
    *("bedrock", "sagemaker", "glue", "states", "kinesis", "firehose", "cloudwatch"),
    *("events", "route53", "autoscaling", "codebuild", "codepipeline", "athena"),
)


def service_prefix(name: str) -> str:
    """Return the prefix of a service's actions by the name that an SDK or an event gives it, or ""."""
    plain = name.lower().removesuffix(".amazonaws.com")
    if plain in catalog.service_prefixes():
        return plain
    joined = re.sub(r"[^a-z0-9]", "", plain)
    for short in (joined, joined.removeprefix("amazon").removeprefix("aws")):
        prefix = _SDK_NAMES.get(short) or _joined_prefixes().get(short)
        if prefix:
            return prefix
    return ""


def _joined_prefixes() -> dict[str, str]:
    """Return the prefixes of all services by their spelling without hyphens."""
    return {prefix.replace("-", ""): prefix for prefix in catalog.service_prefixes()}


def infer_action(service: str, operation: str) -> str:
    """Return the action that an operation needs, or "" if it can't be known.

    `service` is a prefix, or "". Then the action is that of the likeliest service.
    """
    if not operation:
        return ""
    if service:
        action = _operation_action(service, operation)
        if action:
            return action
    names = {
        name.partition(":")[0]: name for name in catalog.expand_pattern(f"*:{operation}")
    }
    for prefix in _LIKELY_SERVICES:
        if prefix in names:
            return names[prefix]
    for prefix in _LIKELY_SERVICES:
        action = catalog.operation_actions(prefix).get(operation)
        if action:
            return action
    return next(iter(names.values())) if len(names) == 1 else ""


_OPERATION_SUFFIX = re.compile(r"(?:WithTags|\d{4}_\d\d_\d\d)$")  # CloudFront's


def _operation_action(service: str, operation: str) -> str:
    """Return the action that a service's operation needs, or ""."""
    actions = catalog.operation_actions(service)
    return actions.get(operation) or actions.get(_OPERATION_SUFFIX.sub("", operation)) or ""


def spell_action(action: str) -> str:
    """Return an action as AWS's catalogue spells it, or as it is if that doesn't list it."""
    entry = catalog.find_action(action)
    return entry.name if entry else action
