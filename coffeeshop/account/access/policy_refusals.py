"""How AWS refuses the text of a policy, and which of several problems it reports, for each kind of policy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from coffeeshop.policy.model import Problem

SYNTAX_ERRORS = "Syntax errors in policy."
WRONG_VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY_PARSING = "The policy failed legacy parsing"
INVALID_SID = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
# In the order in which AWS checks. All other codes are SYNTAX_ERRORS.
IDENTITY_TEXTS: Mapping[str, str] = {
    "bad-sid": INVALID_SID,  # its place is uncertain: recorded only of documents in which nothing else was wrong
    "missing-version": WRONG_VERSION,
    "old-version": WRONG_VERSION,
    "principal-not-allowed": "Policy document should not specify a principal.",  # told after the version (a learner's
    # notes of CreatePolicy with both), before a missing Resource (hashicorp/terraform#13449)
    "effect-case": LEGACY_PARSING,
    "bad-value": LEGACY_PARSING,
    "incomplete-arn": LEGACY_PARSING,
    "duplicate-sid": "Statement IDs (SID) in a single policy must be unique.",
    "missing-action": "Policy statement must contain actions.",
    "bad-resource": 'Resource {value} must be in ARN format or "*".',
    "bad-partition": 'Partition "{partition}" is not valid for resource "{arn}".',
    "bad-resource-vendor": "Resource vendor must be fully qualified and cannot contain regexes.",
    "iam-region": "IAM resource {value} cannot contain region information.",
    "iam-path": 'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, "
    "access-report/.",
    "action-without-vendor": "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    "action-two-colons": "Actions/Condition can contain only one colon.",
    "bad-vendor": "Vendor {vendor} is not valid",
    "missing-resource": "Policy statement must contain resources.",
}
MISSING_FIELD = "Missing required field "
INVALID_PRINCIPAL = 'Invalid principal in policy: "{kind}":"{value}"'
# The checks that bucket policies and trust policies share, in AWS's order.
RESOURCE_TEXTS: Mapping[str, str] = {
    "syntax": "This policy contains invalid Json",
    "unknown-element": "Unknown field {value}",
    "bad-version": "The policy must contain a valid version string",
    "missing-statement": f"{MISSING_FIELD}Statement",
    "empty-statement": "Could not parse the policy: Statement is empty!",
    "missing-effect": f"{MISSING_FIELD}Effect",
    "bad-effect": "Invalid effect: {value}",
    "effect-case": "Invalid effect: {value}",
    "missing-principal": f"{MISSING_FIELD}Principal",
    "empty-principal": f"{MISSING_FIELD}Principal cannot be empty!",
    "missing-action": f"{MISSING_FIELD}Action",
    "missing-resource": f"{MISSING_FIELD}Resource",
    "duplicate-sid": "The Statement Ids in the policy are not unique",
}
# For all codes that are in neither table.
SYNTAX_ERROR_AT = "Syntax error at position ({line},{column})"
NO_ACTION = ("action-without-vendor", "action-two-colons", "bad-vendor", "trust-action")
TRUST_TEXTS: Mapping[str, str] = {
    **RESOURCE_TEXTS,
    **dict.fromkeys(
        NO_ACTION, "AssumeRole policy may only specify STS AssumeRole actions."
    ),
    "resource-not-allowed": "Has prohibited field {field}",
    "bad-sid": INVALID_SID,
    "group-principal": INVALID_PRINCIPAL,
    "principal-wildcard": INVALID_PRINCIPAL,
    "bad-principal": INVALID_PRINCIPAL,
    "unknown-principal-type": 'Invalid principal in policy: "{value}"',  # uncertain: no record of such a trust policy is known
}
ANY_RESOURCE = (
    *("bad-resource", "bad-partition", "incomplete-arn"),
    *("bad-resource-vendor", "iam-region", "iam-path"),
)
BUCKET_TEXTS: Mapping[str, str] = RESOURCE_TEXTS | {
    "loose-principal": "Invalid principal in policy",
    "bad-principal": "Invalid principal in policy",
    "group-principal": "Invalid principal in policy",
    "principal-wildcard": "Invalid principal in policy",
    "unknown-principal-type": "Invalid principal in policy",
    **dict.fromkeys(ANY_RESOURCE, "Policy has invalid resource"),
    "action-without-vendor": "Policy has invalid action",
}

# How KMS refuses a key policy. The two texts are AWS's (aws/aws-cdk#10449, hashicorp/terraform-provider-aws#21225);
# which of them comes first is uncertain.
INVALID_PRINCIPALS = "Policy contains a statement with one or more invalid principals."
KEY_SYNTAX = "The policy failed to parse."  # uncertain
KEY_TEXTS: Mapping[str, str] = dict.fromkeys(
    (
        "loose-principal",
        "bad-principal",
        "group-principal",
        "principal-wildcard",
        "unknown-principal-type",
        "missing-principal",
        "empty-principal",
    ),
    INVALID_PRINCIPALS,
)


def refusal_text(
    text: str, problems: Sequence[Problem], texts: Mapping[str, str], default: str
) -> str:
    """Return AWS's words for the first problem in the table's order.

    A problem that isn't in the table comes first, and gets the default text.
    """
    order = {code: place for place, code in enumerate(texts)}
    problems_by_code = ((_aws_code(text, problem), problem) for problem in problems)
    code, problem = min(problems_by_code, key=lambda pair: order.get(pair[0], -1))
    value = _problem_value(text, problem)
    path = problem.place.path
    parts = value.split(":", 5)
    missing_parts = ["*"] * (6 - len(parts))
    return texts.get(code, default).format(
        value=value,
        partition="".join(parts[1:2]),
        arn=":".join(["arn", *parts[1:], *missing_parts]),
        vendor=value.partition(":")[0],
        field=path.rpartition(".")[2],
        kind=re.sub(r"\[\d+\]$", "", path).rpartition(".")[2].upper(),
        line=problem.place.line,
        column=problem.place.column,
    )


def _problem_value(text: str, problem: Problem) -> str:
    """Return the value at the problem's place: a string without its escapes, anything else as it is in the text."""
    source = text[problem.place.start : problem.place.end]
    is_string = len(source) > 1 and source[0] == source[-1] == '"'
    if is_string:
        return json.loads(source)
    return source.strip('"')


def _aws_code(text: str, problem: Problem) -> str:
    """Return the problem's code, or a finer code where AWS's messages differ.

    These are an effect in the wrong case, an empty principal, and a principal that is a bare string.
    """
    is_at_principal = problem.place.path.endswith("rincipal")  # Principal or NotPrincipal
    if problem.code == "bad-effect":
        effect = _problem_value(text, problem).lower()
        if effect in {"allow", "deny"}:
            return "effect-case"
        return problem.code
    if problem.code == "missing-principal" and is_at_principal:
        return "empty-principal"
    if problem.code == "bad-principal" and is_at_principal:
        return "loose-principal"
    return problem.code
