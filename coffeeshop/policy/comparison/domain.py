"""Define which requests exist: the domain of a comparison.

In both domains, an action is a service prefix, a colon and a name. A resource is a text that isn't empty. A text has any
characters. A number is any decimal, a date any instant, an address any of IPv4 or IPv6, a boolean `true` or `false`. A key is
absent or has at least one value. It can have several only if the catalogue allows it, or, for an unknown key, if a policy uses
a set operator. In the typed domain, a claim of an identity provider has one value, except `amr`. None of several values is
empty, because no tag has an empty key. Keys are independent, except those of time (`clock`).

*Open*, the default of `compare`, is the domain of AWS's CheckNoNewAccess: any action, any resource, any key with any action.
The operators on a key decide its type. *Typed*, the grader's domain, has the requests that AWS could receive. Actions are in
the catalogue. Resources have a type that the action takes, in an account of this world, or are `*` if it takes none. Keys are
those of the action, with the catalogue's types. A few keys are in every typed request.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, takewhile

from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.asked_together import sent_keys
from coffeeshop.policy.comparison.representatives import ANY_ACCOUNT
from coffeeshop.policy.comparison.value_classes import Key
from coffeeshop.policy.evaluation.authorize import UNDENIABLE_ACTIONS
from coffeeshop.policy.language.literal_predicates import Text, literal_shape
from coffeeshop.policy.language.patterns import Token, Wild, glob
from coffeeshop.policy.model import Values

# Keys that AWS puts into the context of every request.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
KEYS_OF_EVERY_REQUEST = frozenset(
    {"aws:currenttime", "aws:epochtime", "aws:requestedregion", "aws:securetransport"}
)
# Keys whose value is never an empty text. A condition such as ForAllValues treats an empty text as no value.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
KEYS_WITH_TEXT = frozenset(
    {
        *("aws:principalaccount", "aws:principalarn", "aws:principalorgid"),
        *("aws:principaltype", "aws:userid", "aws:username"),
        *("aws:requestedregion", "aws:resourceaccount", "aws:resourceorgid"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid"),
        *("aws:sourcevpc", "aws:sourcevpce"),
        *("iam:awsservicename", "iam:passedtoservice", "iam:permissionsboundary"),
        *("iam:policyarn", "kms:calleraccount", "kms:viaservice"),
        *("s3:authtype", "s3:signatureversion", "s3:resourceaccount"),
        # These have at least two characters:
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
        *("aws:sourceidentity", "sts:externalid", "sts:rolesessionname"),
        "sts:sourceidentity",
    }
)
# The claims that identify a workload. An issuer writes a text into them, or leaves them out.
CLAIMS_WITH_TEXT = frozenset(
    {
        *("actor", "actor_id", "aud", "environment", "job_workflow_ref"),
        *("ref", "repository", "repository_id", "repository_owner", "sub", "workflow"),
    }
)
# Carries a provider's claims, which no catalogue can list.
CALLS_WITH_CLAIMS = frozenset({"sts:AssumeRoleWithWebIdentity"})
ANY_CLAIM = ""
COMMON_ACTIONS = (
    *(
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "s3:DeleteObject",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
    ),
    *(
        "dynamodb:Query",
        "sqs:SendMessage",
        "lambda:InvokeFunction",
        "iam:CreateUser",
        "iam:PutUserPolicy",
    ),
    *(
        "iam:CreateAccessKey",
        "iam:PassRole",
        "sts:AssumeRole",
        "kms:Decrypt",
        "ec2:RunInstances",
    ),
)
# Versions and aliases of a function have ARNs that the catalogue does not list for each action:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
QUALIFIED_FUNCTION = ":function:${FunctionName}"
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
# Placeholders whose values can contain slashes.
_PATH_PLACEHOLDERS = re.compile(
    r"Path|Slash|ObjectName|LogGroupName|LogStreamName|Alias|SecretId|Token"
)
_PATH_WILDCARDS: tuple[Token, ...] = (Wild.ONE, Wild.RUN)
_NAME_WILDCARDS: tuple[Token, ...] = (Wild.ONE_IN_NAME, Wild.RUN_IN_NAME)
_EXAMPLE_VALUES = {"Region": "us-east-1", "BucketName": "amzn-s3-demo-bucket"}
_ACCOUNT_PLACEHOLDERS = frozenset({"Account", "AccountId"})
_ACCOUNT_WILDCARDS: tuple[Token, ...] = (Wild.ONE_IN_NAME,) * len(ANY_ACCOUNT)
_EXAMPLE_ACCOUNT = "999988887777"


@dataclass(frozen=True, slots=True, eq=False)
class ResourceClass:
    """Resources of one type: their ARN pattern, how it begins, a sample, and the account.

    The account is "" if the ARN doesn't say, so it is the principal's own.
    """

    pattern: Text
    head: str
    sample: str
    account: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ActionSort:
    """Actions of a service with the same resource types and context keys.

    `resource_types` is None if AWS has no such action. `carried` are the context keys of
    its requests, as the catalogue writes them. ANY_CLAIM among them stands for any key that
    the catalogue doesn't know.
    """

    resource_types: Values | None
    carried: frozenset[str]


ANY_RESOURCE = ResourceClass(Text((Wild.RUN,)), "", "x")
NEVER_SENT = Key(never_sent=True)
NO_RESOURCE = ResourceClass(literal_shape("*"), "*", "*")


@dataclass(frozen=True, slots=True)
class Domain:
    """The requests over which two policies are compared.

    `accounts` are the account ids of the typed domain, or (ANY_ACCOUNT,) for any account;
    None is the open domain. `seeds` are ARNs that exist, and witnesses prefer them. `owner`
    is the account of resources whose ARN has none, such as buckets. `asked` are action
    patterns: only the actions that match one are compared. If empty, all are.
    """

    accounts: tuple[str, ...] | None = None
    seeds: tuple[str, ...] = ()
    owner: str = ""
    asked: tuple[str, ...] = ()

    @classmethod
    def open_domain(cls, seeds: tuple[str, ...] = ()) -> Domain:
        """Return the domain of any request that can be written down."""
        return cls(None, seeds)

    @classmethod
    def typed_domain(cls, accounts: tuple[str, ...], seeds: tuple[str, ...] = ()) -> Domain:
        """Return the domain of requests that AWS could receive, in these accounts."""
        return cls(accounts, seeds)

    def __str__(self) -> str:
        if self.accounts is None:
            return "any request"
        return f"requests of the action catalogue ({catalog.data_source()})"

    def request_key(
        self, name: str, types: frozenset[str], several: bool, present: bool
    ) -> Key:
        """Return the possible values of a context key in requests of this domain.

        `types` are the types of the operators that the policies use on the key, without
        Null. `several` tells that they use a set operator (ForAnyValue, ForAllValues).
        `present` tells that the session always has the key. In the open domain, the
        operators decide the type of a key. In the typed domain, the catalogue does.
        """
        catalog_key = catalog.find_condition_key(name)
        if catalog_key is None:
            if self.accounts is not None and not _may_be_claim(name):
                return NEVER_SENT
            is_single = self.accounts is not None and _is_single_claim(name)
            can_be_empty = self.accounts is None or _can_be_empty(name)
            return Key("", several and not is_single, not present, can_be_empty)
        type = catalog_key.type.removeprefix("ArrayOf")
        if self.accounts is None:
            return Key("" if types else type, catalog_key.is_multivalued, not present)
        can_be_absent = not present and name not in KEYS_OF_EVERY_REQUEST
        return Key(type, catalog_key.is_multivalued, can_be_absent, _can_be_empty(name))

    def can_carry(self, action: str, name: str) -> bool:
        """Return whether AWS can send this context key with this action."""
        return not self.keys_never_carried(action, (name,))

    def keys_never_carried(self, action: str, names: Values) -> tuple[int, ...]:
        """Return the indexes of the keys that no request for this action can have. Empty names are ignored."""
        if self.accounts is None:
            return ()
        return _keys_not_carried(action_sort(action), names)

    def resource_classes(self, action: str, own_account: str) -> tuple[ResourceClass, ...]:
        """Return the classes of resources that a principal of `own_account` can use an
        action on.
        """
        if self.accounts is None:
            return (ANY_RESOURCE,)
        kinds = action_sort(action).resource_types
        if kinds is None:
            return ()
        return _typed_resource_classes(
            action.partition(":")[0], kinds, self.accounts, own_account
        )

    def action_groups(self, pattern: str) -> tuple[Values, ...]:
        """Return the catalogue's actions that match a pattern, in the order in which to try them, in groups.

        Each common action is a group of its own and comes first, because readers understand
        a witness with it. Then there is one group for each service.
        """
        return _group_actions(pattern, self.asked)


def _is_single_claim(name: str) -> bool:
    """Tell whether a context key is an identity provider's claim with one value: any but the ways of signing in.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """
    host, _, claim = name.partition(":")
    return "." in host and claim.lower() != "amr"


def _can_be_empty(name: str) -> bool:
    """Tell whether a request can have this key with an empty text, as a tag or a prefix can be empty."""
    host, _, claim = name.lower().partition(":")
    if "." in host:
        return claim not in CLAIMS_WITH_TEXT
    return name.lower() not in KEYS_WITH_TEXT


@lru_cache(maxsize=32_768)  # a comparison may ask it of the whole catalogue
def action_sort(action: str) -> ActionSort:
    """Return the resource types and context keys of an action.

    Actions of a service with equal types and keys share one object, so a comparison has to
    try only one of them.
    """
    carried = sent_keys(action)
    if action in CALLS_WITH_CLAIMS:
        claims = {ANY_CLAIM}
    else:
        claims = frozenset[str]()
    return _shared_sort(
        action.partition(":")[0], catalog.resource_type_names(action), carried | claims
    )


@lru_cache(maxsize=32_768)
def _shared_sort(service: str, takes: Values | None, carried: frozenset[str]) -> ActionSort:
    """Return the same object for equal arguments, so that sorts can be compared by identity."""
    return ActionSort(takes, carried)


@lru_cache(maxsize=1024)
def first_of_each_sort(actions: Values) -> Values:
    """Return the first action of each sort. Actions that no policy can deny are left out."""
    first: dict[ActionSort, str] = {}
    for action in actions:
        if action.lower() not in UNDENIABLE_ACTIONS:
            first.setdefault(action_sort(action), action)
    return tuple(first.values())


@lru_cache(maxsize=64)
def _group_actions(pattern: str, required_patterns: Values) -> tuple[Values, ...]:
    """Return the catalogue's actions that match a pattern, in groups: those of one group
    are tried together.

    Common actions come first, each in a group of its own, so that a witness names an action
    that people know. Then come each service's others. If there are `required_patterns`, an
    action must match one of those as well.
    """
    test = glob(pattern.lower())
    required_actions = [
        name
        for asked_pattern in required_patterns
        for name in catalog.expand_pattern(asked_pattern)
        if test(name.lower())
    ]
    if required_patterns:
        names = required_actions
    else:
        names = catalog.expand_pattern(pattern)
    common = [
        name
        for name in COMMON_ACTIONS
        if test(name.lower()) and (not required_patterns or name in required_actions)
    ]
    uncommon = (name for name in names if name not in common)
    services = groupby(uncommon, lambda name: name.partition(":")[0])
    return (
        *((name,) for name in common),
        *(tuple(of_service) for _, of_service in services),
    )


@lru_cache(maxsize=32_768)
def _keys_not_carried(sort: ActionSort, names: Values) -> tuple[int, ...]:
    """Return the indexes of those names that no action of this sort carries. An empty name is skipped.

    A key that the catalogue doesn't know can only be a claim of an identity provider.
    """
    carriers = (
        (number, *_key_availability(name)) for number, name in enumerate(names) if name
    )
    return tuple(
        number
        for number, template, everywhere in carriers
        if not everywhere and template not in sort.carried
    )


@lru_cache(maxsize=4096)
def _key_availability(name: str) -> tuple[str, bool]:
    """Return the key's name in the catalogue, and whether every action carries it.

    The name of a claim is ANY_CLAIM. A key that AWS doesn't have keeps its name, which no action carries.
    Global keys can be in every request, the others only in those of the actions that list
    them.
    """
    catalog_key = catalog.find_condition_key(name)
    if catalog_key:
        return (catalog_key.name, catalog.is_global(catalog_key))
    return (ANY_CLAIM if _may_be_claim(name) else name, False)


def _may_be_claim(name: str) -> bool:
    """Return whether a key that the catalogue doesn't know can be a claim of an identity provider.

    No provider has the prefix of AWS or of a service, such as `s3:`.
    """
    return name.partition(":")[0].lower() not in ("aws", *catalog.service_prefixes())


@lru_cache(maxsize=4096)
def _typed_resource_classes(
    service: str, types: Values, accounts: Values, own_account: str
) -> tuple[ResourceClass, ...]:
    """Return the resource classes of these types of a service, one for each ARN format and account.

    An action without resource types has the resource `*`, and only in the principal's own
    account.
    """
    if not types:
        if own_account in ("", *accounts):
            return (NO_RESOURCE,)
        return ()
    kinds = (catalog.find_resource_type(service, name) for name in types)
    arns = {kind.arn for kind in kinds if kind}
    arns |= {f"{arn}:${{Qualifier}}" for arn in arns if arn.endswith(QUALIFIED_FUNCTION)}
    plain_first = sorted(arns, key=lambda arn: (arn.count("${"), arn))
    return tuple(
        _resource_class(arn, account, own_account)
        for arn in plain_first
        for account in accounts
    )


@lru_cache(maxsize=4096)
def _resource_class(arn: str, account: str, own_account: str) -> ResourceClass:
    """Return the class of the resources with this ARN format, in one account.

    `arn` is a format such as `arn:${Partition}:s3:::${BucketName}`. A placeholder becomes a
    wildcard. A bucket's name can't contain a slash, but an object's or a role's name can.
    """
    tokens: list[Token] = []
    sample: list[str] = []
    for index, piece in enumerate(_PLACEHOLDER.split(arn)):
        is_placeholder = index % 2 == 1
        if is_placeholder:
            placeholder_tokens, placeholder_sample = _placeholder_pattern(piece, account)
            tokens += placeholder_tokens
            sample.append(placeholder_sample)
        else:
            tokens += piece
            sample.append(piece)
    head = "".join(map(str, takewhile(lambda token: isinstance(token, str), tokens)))
    other_account = "" if account == own_account else account
    return ResourceClass(Text(tuple(tokens)), head, "".join(sample), other_account)


def _placeholder_pattern(name: str, account: str) -> tuple[tuple[Token, ...], str]:
    """Return the pattern that a placeholder of an ARN format stands for, and an example of its text."""
    if name == "Partition":
        return tuple("aws"), "aws"
    if name in _ACCOUNT_PLACEHOLDERS and account == ANY_ACCOUNT:
        return _ACCOUNT_WILDCARDS, _EXAMPLE_ACCOUNT
    if name in _ACCOUNT_PLACEHOLDERS:
        return tuple(account), account
    sample = _EXAMPLE_VALUES.get(name, "x")
    if _PATH_PLACEHOLDERS.search(name):
        return _PATH_WILDCARDS, sample
    return _NAME_WILDCARDS, sample
