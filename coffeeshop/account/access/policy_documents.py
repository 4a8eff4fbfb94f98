"""Policy documents at the door: text -> Document, or the refusal of the first stage that fails, as AWS tells it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
`policy.parse` finds every problem; the tables here say which of them AWS would tell, and in which words. Unknown
services and actions are accepted in identity policies, as AWS does: a typo is silently useless.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.model import Account
from coffeeshop.account.values import Document, Json
from coffeeshop.policy import catalog
from coffeeshop.policy.language.element_grammar import SERVICE
from coffeeshop.policy.language.parse import attempted, examine
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.language.stored_document import stored
from coffeeshop.policy.model import Kind, Level, Policy, Problem, Statement

SYNTAX = "Syntax errors in policy."
VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY = "The policy failed legacy parsing"
SID = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
IDENTITY_TEXTS: Mapping[
    str, str
] = {  # in the order in which AWS looks; all codes that are not here are SYNTAX
    "bad-sid": SID,  # its place is uncertain: recorded only of documents in which nothing else was wrong
    "missing-version": VERSION,
    "old-version": VERSION,
    "principal-not-allowed": "Policy document should not specify a principal.",  # told after the version (a learner's
    # notes of CreatePolicy with both), before a missing Resource (hashicorp/terraform#13449)
    "effect-case": LEGACY,
    "bad-value": LEGACY,
    "incomplete-arn": LEGACY,
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
MISSING, PRINCIPAL = "Missing required field ", 'Invalid principal in policy: "{kind}":"{value}"'
RESOURCE_TEXTS: Mapping[str, str] = {  # what S3 and trust policies are told alike, in this order
    "syntax": "This policy contains invalid Json",
    "unknown-element": "Unknown field {value}",
    "bad-version": "The policy must contain a valid version string",
    "missing-statement": f"{MISSING}Statement",
    "empty-statement": "Could not parse the policy: Statement is empty!",
    "missing-effect": f"{MISSING}Effect",
    "bad-effect": "Invalid effect: {value}",
    "effect-case": "Invalid effect: {value}",
    "missing-principal": f"{MISSING}Principal",
    "empty-principal": f"{MISSING}Principal cannot be empty!",
    "missing-action": f"{MISSING}Action",
    "missing-resource": f"{MISSING}Resource",
    "duplicate-sid": "The Statement Ids in the policy are not unique",
}
BROKEN = "Syntax error at position ({line},{column})"  # all codes that are in neither table
TRUST_TEXTS: Mapping[str, str] = (
    RESOURCE_TEXTS
    | {
        **dict.fromkeys(
            ("action-without-vendor", "action-two-colons", "bad-vendor", "trust-action"),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        "resource-not-allowed": "Has prohibited field {field}",
        "bad-sid": SID,
        "group-principal": PRINCIPAL,
        "principal-wildcard": PRINCIPAL,
        "bad-principal": PRINCIPAL,
        "unknown-principal-type": 'Invalid principal in policy: "{value}"',  # uncertain: nobody tells of such a trust policy
    }
)
ANY_RESOURCE = (
    "bad-resource",
    "bad-partition",
    "incomplete-arn",
    "bad-resource-vendor",
    "iam-region",
    "iam-path",
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
NO_OBJECT = "Policies must be valid JSON and the first byte must be '{'"
ALLOWED_ALL_BUT = "Allow with NotPrincipal is not allowed."
TELLING = {"missing-version", "old-version"}  # warnings that managed policies are refused for


# --------------------------------------------------------------------- reading
def managed_policy(text: str, arn: str) -> Document:
    """Returns a managed policy, for identities or as a boundary, named by its ARN. Raises MalformedPolicyDocument, also
    where its version is missing or of 2008.
    """
    return _identity(text, arn, Kind.IDENTITY, TELLING)


def inline_policy(text: str, name: str) -> Document:
    """Returns an inline policy of an identity. Raises MalformedPolicyDocument.

    One without Version, or of 2008-10-17, is taken and means what it says: AWS SAM itself writes them
    (aws/serverless-application-model, tests/translator/output/function_with_policy_templates.json), and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html says what they default to.
    """
    return _identity(text, name, Kind.IDENTITY)


def _identity(text: str, name: str, kind: Kind, unfit: Container[str] = ()) -> Document:
    """Returns a policy of an identity or a session; `unfit` are the warnings that it is refused for."""
    policy, problems = examine(text, kind, name)
    telling = [p for p in problems if p.level is Level.ERROR or p.code in unfit]
    if policy is None or telling:
        raise errors.refused("MalformedPolicyDocument", _told(text, telling, IDENTITY_TEXTS, SYNTAX))
    if regional := next((value for value in _resources(policy) if S3_REGION.fullmatch(value)), None):
        raise errors.refused(
            "MalformedPolicyDocument", f"Resource {regional} can not contain region information."
        )
    return Document(text, policy)


S3_REGION = re.compile(
    r"arn:[^:]*:s3:[^:]+:[^:]*:(?!accesspoint/|job/|storage-lens|access-grants/|async-request/|\*).*"
)


def _resources(policy: Policy) -> Iterator[str]:
    return (
        value
        for statement in policy.statements
        if statement.resources
        for value in statement.resources.values
    )


def session(text: str) -> Document:
    """Returns a session policy. Raises MalformedPolicyDocument, or PackedPolicyTooLarge past 2048 characters.

    What AWS answers to one without Version is not known. The language's own rule stands then (it defaults to 2008-10-17),
    as for inline policies: the refusal is recorded of managed policies alone.
    """
    if len(text) > SESSION_SIZE:
        raise errors.refused(
            "PackedPolicyTooLarge",
            f"Packed policy consumes {len(text) * 100 // SESSION_SIZE}% of allotted space.",
        )
    return _identity(text, "session policy", Kind.SESSION)


SESSION_SIZE, TRUST_SIZE = 2048, 2048


def trust(account: Account, text: str) -> Document:
    """Returns a trust policy, whose principals of this account must exist. Raises MalformedPolicyDocument,
    LimitExceeded.
    """
    policy, problems = examine(text, Kind.TRUST, "trust policy")
    if policy is None:
        faults = [p for p in problems if p.level is Level.ERROR]
        raise errors.refused("MalformedPolicyDocument", _told(text, faults, TRUST_TEXTS, BROKEN))
    if unfit := [wrong for statement in policy.statements if (wrong := _unfit(statement))]:
        raise errors.refused("MalformedPolicyDocument", unfit[0])
    if any(_object(statement).get("Principal") == "*" for statement in listed(json.loads(text)["Statement"])):
        raise errors.refused("MalformedPolicyDocument", STAR)
    if strange := _strangers(account, policy):
        kind, value = strange[0]
        raise errors.refused("MalformedPolicyDocument", PRINCIPAL.format(kind=kind.upper(), value=value))
    if size(text) > TRUST_SIZE:
        raise errors.refused("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}")
    return Document(text, policy)


def _unfit(statement: Statement) -> str:
    """Returns what a trust policy is told of a Principal that can be read and trusts nobody, or all but a few."""
    principals = statement.principals
    if principals and principals.negated:
        wrong = "AssumeRole policy must not contain NotPrincipal field."
        return ALLOWED_ALL_BUT if statement.effect == "Allow" else wrong
    return "" if principals and principals.entries else NOBODY


NOBODY = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
    "The passed in policy has a statement with no principals!"
)


STAR = (
    'AssumeRolepolicy contained an invalid principal: "STAR":"*".'  # {"AWS": "*"} is taken (aws/aws-cdk#5732)
)


def bucket(account: Account, text: str, arn: str) -> Document:
    """Returns a bucket policy. Raises MalformedPolicy, as S3 tells it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
    """
    policy, problems = examine(text, Kind.RESOURCE, "bucket policy")
    if not text.startswith("{"):
        raise errors.refused("MalformedPolicy", NO_OBJECT)
    if policy is None:
        faults = [p for p in problems if p.level is Level.ERROR]
        raise errors.refused("MalformedPolicy", _told(text, faults, BUCKET_TEXTS, "Invalid policy syntax."))
    if any(s.effect == "Allow" and s.principals and s.principals.negated for s in policy.statements):
        raise errors.refused("MalformedPolicy", ALLOWED_ALL_BUT)
    if _strangers(account, policy):
        raise errors.refused("MalformedPolicy", "Invalid principal in policy")
    for statement in policy.statements:
        _applies(statement, arn)
    return Document(text, policy)


def queue(account: Account, text: str) -> Document:
    """Returns a queue's policy, whose Resource may be any text (recorded: `$sqs_queue_arn`). Raises InvalidAttributeValue,
    as SQS tells it.
    """
    policy, problems = attempted(text, Kind.RESOURCE, "queue policy")
    wrong = any(problem.level is Level.ERROR and problem.code not in ANY_RESOURCE for problem in problems)
    if policy is None or wrong or _strangers(account, policy):
        raise errors.refused("InvalidAttributeValue", "Invalid value for the parameter Policy.")
    return Document(text, policy)


def _told(text: str, problems: Sequence[Problem], texts: Mapping[str, str], rest: str) -> str:
    """Returns the words for the first problem in the table's order; what the table lacks comes before all of it."""
    order = {code: place for place, code in enumerate(texts)}
    code, first = min(((_code(text, p), p) for p in problems), key=lambda pair: order.get(pair[0], -1))
    value, path = _value(text, first), first.place.path
    part = value.split(":", 5)
    return texts.get(code, rest).format(
        value=value,
        partition="".join(part[1:2]),
        arn=":".join(["arn", *part[1:], *["*"] * (6 - len(part))]),
        vendor=value.partition(":")[0],
        field=path.rpartition(".")[2],
        kind=re.sub(r"\[\d+\]$", "", path).rpartition(".")[2].upper(),
        line=first.place.line,
        column=first.place.column,
    )


def _value(text: str, problem: Problem) -> str:
    """Returns what stands at the problem's place: a text as it is meant, its escapes read; all else as it is written."""
    written = text[problem.place.start : problem.place.end]
    return (
        json.loads(written) if len(written) > 1 and written[0] == written[-1] == '"' else written.strip('"')
    )


def _code(text: str, problem: Problem) -> str:
    """Returns the problem's code; AWS tells apart an effect in the wrong case, a principal that is there and empty, and
    one that is a bare text.
    """
    if problem.code == "bad-effect" and _value(text, problem).lower() in {"allow", "deny"}:
        return "effect-case"
    if problem.code == "missing-principal" and problem.place.path.endswith("rincipal"):
        return "empty-principal"
    if problem.code == "bad-principal" and problem.place.path.endswith("rincipal"):
        return "loose-principal"
    return problem.code


def size(text: str) -> int:
    """Returns what counts against a quota: characters without white space."""
    return len("".join(text.split()))


# ------------------------------------------------------------------ principals
def _strangers(account: Account, policy: Policy) -> list[tuple[str, str]]:
    """Returns the principals of this account that do not exist, and services whose name is none."""
    return [
        (kind, value)
        for statement in policy.statements
        if statement.principals
        for kind, value in statement.principals.entries
        if (kind == "AWS" and not known(account, value))
        or (kind == "Service" and not SERVICE.fullmatch(value))
    ]


def known(account: Account, value: str) -> bool:
    """Tells whether a principal exists, as far as this account can know: those of other accounts are not checked."""
    own = f"arn:aws:iam::{account.id}:"
    if not value.startswith(own):
        return not value.startswith(("AIDA", "AROA")) or value in account.names
    kind, _, path = value.removeprefix(own).partition("/")
    if kind not in {"user", "role"}:
        return kind in {"root", "federated-user"}
    found = (account.users if kind == "user" else account.roles).get(path.rsplit("/", 1)[-1].lower())
    return found is not None and account.arn(found) == value


def renamed(account: Account, old: str, new: str) -> Account:
    """Returns the account with every trust and resource policy that names `old` as principal naming `new`: the new ARN
    after a rename, the bare unique id after deletion, so that re-creating the name restores nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    roles = {
        n: replace(r, trust=_rewritten(r.trust, old, new, Kind.TRUST))
        for n, r in account.roles.items()
        if old in r.trust.text
    }
    for role in roles.values():
        account = account.put(role)
    books: dict[str, Any] = {}
    for name in ("buckets", "queues", "functions"):
        book = getattr(account, name)
        for key, holder in list(book.items()):
            if holder.policy and old in holder.policy.text:
                book = book.put(
                    key, replace(holder, policy=_rewritten(holder.policy, old, new, Kind.RESOURCE))
                )
        books[name] = book
    return replace(account, **books)


def _rewritten(document: Document, old: str, new: str, kind: Kind) -> Document:
    whole = _object(json.loads(document.text))
    for named in _principals(whole):
        values = [new if value == old else value for value in listed(named["AWS"])]
        named["AWS"] = values if isinstance(named["AWS"], list) else values[0]
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    return document if text == document.text else Document(text, stored(text, kind, document.policy.name)[0])


def _principals(whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the objects of a document that name its principals under "AWS"; what is none is passed over."""
    for statement in listed(whole.get("Statement", ())):
        for element in ("Principal", "NotPrincipal"):
            found = _object(_object(statement).get(element))
            if "AWS" in found:
                yield found


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """Returns a value or a list of values, as a list."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]


# ------------------------------------------------------------- bucket policies
def _applies(statement: Statement, bucket: str) -> None:
    """Tells whether each action exists and applies to a resource of its statement, and each resource lies in the
    bucket.
    """
    resources = statement.resources
    if resources is None or resources.negated or statement.actions.negated:
        return
    if not all(
        value == "*" or value == bucket or value.startswith((f"{bucket}/", f"{bucket}*"))
        for value in resources.values
    ):
        raise errors.refused("MalformedPolicy", "Policy has invalid resource")
    kinds = {kind for value in resources.values for kind in _kinds(value, bucket)}
    for pattern in statement.actions.values:
        actions = [
            found
            for name in catalog.expand(pattern)
            if name.startswith("s3:") and (found := catalog.action(name))
        ]
        if not actions:
            raise errors.refused("MalformedPolicy", "Policy has invalid action")
        if not any(target.name in kinds for action in actions for target in action.resource_types):
            raise errors.refused("MalformedPolicy", "Action does not apply to any resource(s) in statement")


def _kinds(value: str, bucket: str) -> set[str]:
    matches: Callable[[str], object] = glob(value)
    return {kind for kind, arn in (("bucket", bucket), ("object", f"{bucket}/x")) if matches(arn)} | (
        {"object"} if "/" in value else set[str]()
    )


# ---------------------------------------------------------------------- showing
def shown(document: Document) -> Json:
    """Returns a document as the aws CLI prints it: an object."""
    return _shown(document.text)


@lru_cache(maxsize=1024)
def _shown(text: str) -> Json:
    return frozen(json.loads(text))


def frozen(value: Any) -> Json:
    """Returns JSON with tuples for lists."""
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in cast("dict[str, Any]", value).items()}
    return tuple(map(frozen, cast("list[Any]", value))) if isinstance(value, list) else value
