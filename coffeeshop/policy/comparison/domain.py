"""Define which requests exist: the domain of a comparison.

In both domains, an action is a service prefix, a colon and a name. A resource is a text that isn't empty. A text has any
characters. A number is any decimal, a date any instant, an address any of IPv4 or IPv6, a boolean `true` or `false`. A key is
absent or has at least one value. It can have several only if the catalogue allows it, or, for an unknown key, if a policy uses
a set operator. None of several values is empty, because no tag has an empty key. Keys are independent, except those of time
(`clock`).

*Open*, the default of `compare`, is the domain of AWS's CheckNoNewAccess: any action, any resource, any key with any action.
The operators on a key decide its type. *Typed*, the grader's domain, has the requests that AWS could receive. Actions are in
the catalogue. Resources have a type that the action takes, in an account of this world, or are `*` if it takes none. Keys are
those of the action, with the catalogue's types. A few keys are in every typed request.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, takewhile

from coffeeshop.policy import catalog
from coffeeshop.policy.comparison.representatives import ANY_ACCOUNT
from coffeeshop.policy.comparison.value_classes import Key
from coffeeshop.policy.evaluation.authorize import UNDENIABLE
from coffeeshop.policy.language.literal_predicates import Text, literal_shape
from coffeeshop.policy.language.patterns import Token, Wild, glob
from coffeeshop.policy.model import Values

ALWAYS = frozenset({"aws:currenttime", "aws:epochtime", "aws:securetransport"})
# What is asked beside another call, under the keys of that very call: tags and a source identity where a session is taken,
# tags where something is made. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
TAKING = (
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetFederationToken",
)
BESIDE: Mapping[str, Values] = {
    "sts:TagSession": TAKING,
    "sts:SetSourceIdentity": TAKING,
    "iam:TagUser": ("iam:CreateUser",),
    "iam:TagRole": ("iam:CreateRole",),
}
# Carries a provider's claims, which no catalogue can list.
CLAIMING = frozenset({"sts:AssumeRoleWithWebIdentity"})
ANY_CLAIM = ""
FAMILIAR = (
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
QUALIFIED = ":function:${FunctionName}"
_HOLE = re.compile(r"\$\{(\w+)\}")
# Placeholders whose values can contain slashes.
_PATHS = re.compile(
    r"Path|Slash|ObjectName|LogGroupName|LogStreamName|Alias|SecretId|Token"
)
_PATH: tuple[Token, ...] = (Wild.ONE, Wild.RUN)
_NAME: tuple[Token, ...] = (Wild.ONE_IN_NAME, Wild.RUN_IN_NAME)
_WORDS = {"Region": "us-east-1", "BucketName": "amzn-s3-demo-bucket"}
_ACCOUNTS = frozenset({"Account", "AccountId"})
_NUMBER: tuple[Token, ...] = (Wild.ONE_IN_NAME,) * len(ANY_ACCOUNT)
_EXAMPLE = "999988887777"


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

    `resource_types` is None if AWS has no such action. `carried` are the keys as the catalogue writes them. ANY_CLAIM is any key that the
    catalogue doesn't know.
    """

    resource_types: Values | None
    carried: frozenset[str]


ANYWHERE = ResourceClass(Text((Wild.RUN,)), "", "x")
NOWHERE = ResourceClass(literal_shape("*"), "*", "*")


@dataclass(frozen=True, slots=True)
class Domain:
    """The requests over which two policies are compared.

    `accounts` are those of the typed domain (None: open, ANY_ACCOUNT: any). `seeds` are ARNs that exist, and witnesses prefer
    them. `owner` is the account of resources whose ARN has none. `asked` are patterns of the only actions to compare (empty:
    all).
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
        """Return the possible values of a context key in requests.

        `types` are the types of the operators that the policies use on it, without Null. `several` tells that they use a set operator.
        `present` tells that the key is never absent.
        """
        catalog_key = catalog.find_condition_key(name)
        if catalog_key is None:
            return Key("", several, not present)
        type = catalog_key.type.removeprefix("ArrayOf")
        if self.accounts is None:
            return Key("" if types else type, catalog_key.is_multivalued, not present)
        return Key(type, catalog_key.is_multivalued, not present and name not in ALWAYS)

    def can_carry(self, action: str, name: str) -> bool:
        """Return whether a request for this action can have this context key."""
        return not self.keys_never_carried(action, (name,))

    def keys_never_carried(self, action: str, names: Values) -> tuple[int, ...]:
        """Return the indexes of the keys that no request for this action can have. Empty names are ignored."""
        if self.accounts is None:
            return ()
        return _keys_lacking(action_sort(action), names)

    def resource_classes(self, action: str, own_account: str) -> tuple[ResourceClass, ...]:
        """Return the classes of resources that a principal of `own_account` can use an
        action on.
        """
        if self.accounts is None:
            return (ANYWHERE,)
        kinds = action_sort(action).resource_types
        if kinds is None:
            return ()
        return _typed_resource_classes(
            action.partition(":")[0], kinds, self.accounts, own_account
        )

    def action_groups(self, pattern: str) -> tuple[Values, ...]:
        """Return the actions of the catalogue that match a pattern, in groups.

        Each familiar action is a group of its own. Then comes one group for each service.
        """
        return _group_actions(pattern, self.asked)


@lru_cache(maxsize=32_768)  # a comparison may ask it of the whole catalogue
def action_sort(action: str) -> ActionSort:
    """Return the resource types and context keys of an action.

    Actions of a service with equal types and keys share one object. So a comparison needs
    to try only one of them.
    """
    carried = catalog.carried_keys(action).union(
        *map(catalog.carried_keys, BESIDE.get(action, ()))
    )
    if action in CLAIMING:
        claims = {ANY_CLAIM}
    else:
        claims = frozenset[str]()
    return _shared_sort(
        action.partition(":")[0], catalog.resource_type_names(action), carried | claims
    )


@lru_cache(maxsize=32_768)
def _shared_sort(service: str, takes: Values | None, carried: frozenset[str]) -> ActionSort:
    return ActionSort(takes, carried)


@lru_cache(maxsize=1024)
def first_of_each_sort(actions: Values) -> Values:
    """Return the first action of each sort. Actions that no policy can deny are left out."""
    first: dict[ActionSort, str] = {}
    for action in actions:
        if action.lower() not in UNDENIABLE:
            first.setdefault(action_sort(action), action)
    return tuple(first.values())


@lru_cache(maxsize=64)
def _group_actions(pattern: str, patterns: Values) -> tuple[Values, ...]:
    """Return the actions that match the pattern and one of `patterns` (if there are any),
    in groups.
    """
    test = glob(pattern.lower())
    asked_actions = [
        name
        for asked_pattern in patterns
        for name in catalog.expand_pattern(asked_pattern)
        if test(name.lower())
    ]
    if patterns:
        names = asked_actions
    else:
        names = catalog.expand_pattern(pattern)
    familiar = [
        name
        for name in FAMILIAR
        if test(name.lower()) and (not patterns or name in asked_actions)
    ]
    unfamiliar = (name for name in names if name not in familiar)
    services = groupby(unfamiliar, lambda name: name.partition(":")[0])
    return (
        *((name,) for name in familiar),
        *(tuple(of_service) for _, of_service in services),
    )


@lru_cache(maxsize=32_768)
def _keys_lacking(sort: ActionSort, names: Values) -> tuple[int, ...]:
    """Return the indexes of the keys that no action of this sort carries.

    A key that the catalogue doesn't know can only be a claim of an identity provider.
    """
    carriers = ((number, *_key_carriage(name)) for number, name in enumerate(names) if name)
    return tuple(
        number
        for number, template, everywhere in carriers
        if not everywhere and (template or ANY_CLAIM) not in sort.carried
    )


@lru_cache(maxsize=4096)
def _key_carriage(name: str) -> tuple[str, bool]:
    """Return the key's name in the lists of actions, or "", and whether every request can
    carry it.
    """
    catalog_key = catalog.find_condition_key(name)
    if catalog_key:
        return (catalog_key.name, catalog.is_global(catalog_key))
    return ("", False)


@lru_cache(maxsize=4096)
def _typed_resource_classes(
    service: str, types: Values, accounts: Values, own_account: str
) -> tuple[ResourceClass, ...]:
    """Return the classes of resources of these types, in these accounts, or `*` if there are no types."""
    if not types:
        if own_account in ("", *accounts):
            return (NOWHERE,)
        return ()
    kinds = (catalog.find_resource_type(service, name) for name in types)
    arns = {kind.arn for kind in kinds if kind}
    arns |= {f"{arn}:${{Qualifier}}" for arn in arns if arn.endswith(QUALIFIED)}
    plain_first = sorted(arns, key=lambda arn: (arn.count("${"), arn))
    return tuple(
        _resource_class(arn, account, own_account)
        for arn in plain_first
        for account in accounts
    )


@lru_cache(maxsize=4096)
def _resource_class(arn: str, account: str, own_account: str) -> ResourceClass:
    """Return the class of the resources with this ARN format, in one account.

    `arn:${Partition}:s3:::${BucketName}` is a bucket's. A bucket's name contains no slash. An object's or a
    role's name can.
    """
    tokens: list[Token] = []
    sample: list[str] = []
    for at, piece in enumerate(_HOLE.split(arn)):
        is_placeholder = at % 2 == 1
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
    """Return the tokens of a placeholder of an ARN format, and a text to show for it."""
    if name == "Partition":
        return tuple("aws"), "aws"
    if name in _ACCOUNTS and account == ANY_ACCOUNT:
        return _NUMBER, _EXAMPLE
    if name in _ACCOUNTS:
        return tuple(account), account
    sample = _WORDS.get(name, "x")
    if _PATHS.search(name):
        return _PATH, sample
    return _NAME, sample
