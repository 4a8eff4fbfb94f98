"""Make a witness look like a real request: account ids of twelve digits, ARNs where ARNs belong, and consistent keys.

The search takes any value of a class, so aws:SourceAccount may be "x". Values that AWS would never send are replaced by
realistic ones, as long as the two standings still decide differently.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import Final

from coffeeshop.policy import catalog
from coffeeshop.policy.comparison.key_forms import (
    FORMS_OF_REQUESTS,
    POLICY_KEYS,
    KeyForm,
)
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.language.conditions import read_boolean, read_instant, read_number
from coffeeshop.policy.model import Policy, Principal, Request, Standing, Values

Confirms = Callable[[Request], bool]

EXAMPLE_ACCOUNTS: Final = ("111122223333", "444455556666", "999988887777")
EXAMPLE_REGIONS: Final = ("us-east-1", "eu-west-1", "ap-southeast-2")
EXAMPLE_SERVICES: Final = (
    "lambda.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "sns.amazonaws.com",
)
ACCOUNT_KEYS: Final = (
    "aws:principalaccount",
    "aws:sourceaccount",
    "aws:resourceaccount",
    "s3:resourceaccount",
    "kms:calleraccount",
)
SERVICE_KEYS: Final = (
    *("aws:principalservicename", "aws:principalservicenameslist", "iam:passedtoservice"),
    "iam:awsservicename",
    *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"),
)
ARN_KEY = "aws:principalarn"
ACCOUNT_KEY = "aws:principalaccount"
USER_NAME_KEY = "aws:username"
SOURCE_ARN = "aws:sourcearn"
SOURCE_ACCOUNT = "aws:sourceaccount"
AN_ARN: Final = re.compile(r"arn:aws[\w-]*:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:.+")
PRINCIPAL_ARN: Final = re.compile(
    r"arn:aws[\w-]*:(?:iam::\d{12}:(?:root|(?:user|role)/.+)|sts::\d{12}:(?:federated-user|assumed-role)/.+)"
)
KEY_FORMS: Final[Mapping[str, KeyForm]] = {
    **dict.fromkeys(ACCOUNT_KEYS, (re.compile(r"\d{12}"), EXAMPLE_ACCOUNTS)),
    **dict.fromkeys(
        SERVICE_KEYS,
        (re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?"), EXAMPLE_SERVICES),
    ),
    **dict.fromkeys(
        ("aws:principalorgid", "aws:sourceorgid", "aws:resourceorgid"),
        (re.compile(r"o-[a-z0-9]{10,32}"), ("o-exampleorgid", "o-anotherorgid")),
    ),
    **dict.fromkeys(
        ("aws:principalorgpaths", "aws:sourceorgpaths", "aws:resourceorgpaths"),
        (
            re.compile(r"o-[a-z0-9]{10,32}/r-[a-z0-9]{4,32}/(?:ou-[a-z0-9-]+/)*"),
            ("o-exampleorgid/r-ab12/ou-ab12-11111111/", "o-anotherorgid/r-cd34/"),
        ),
    ),
    "aws:principaltype": (
        re.compile(r"Account|User|FederatedUser|AssumedRole|Anonymous"),
        ("User", "AssumedRole", "FederatedUser", "Account", "Anonymous"),
    ),
    "aws:userid": (
        re.compile(r"AIDA[A-Z0-9]{12,}|AROA[A-Z0-9]{12,}:.+|\d{12}(?::.+)?"),
        ("AIDACKCEVSQ6C2EXAMPLE", "AROADBQP57FF2AEXAMPLE:session"),
    ),
    USER_NAME_KEY: (re.compile(r"[\w+=,.@-]{1,64}"), ("someone",)),
    **dict.fromkeys(
        ("aws:requestedregion", "s3:locationconstraint"),
        (re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d"), EXAMPLE_REGIONS),
    ),
    "aws:sourcevpc": (
        re.compile(r"vpc-[0-9a-f]{8,17}"),
        ("vpc-0123456789abcdef0", "vpc-0fedcba9876543210"),
    ),
    "aws:sourcevpce": (
        re.compile(r"vpce-[0-9a-f]{8,17}"),
        ("vpce-0123456789abcdef0", "vpce-0fedcba9876543210"),
    ),
    "sts:externalid": (
        re.compile(r"[\w+=,.@:/-]{2,1224}"),
        ("an-external-id", "another-id"),
    ),
    "sts:rolesessionname": (
        re.compile(r"[\w+=,.@-]{2,64}"),
        ("session", "another-session"),
    ),
    "aws:sourceidentity": (re.compile(r"[\w+=,.@-]{2,64}"), ("someone", "someone-else")),
    ARN_KEY: (PRINCIPAL_ARN, ()),
    **FORMS_OF_REQUESTS,
}
EXAMPLE_ADDRESSES: Final = ("203.0.113.7", "198.51.100.7", "10.0.0.7", "2001:db8::7")
# Which values a type has, and examples.
TYPE_FORMS: Final[Mapping[str, tuple[Callable[[str], object], Values]]] = {
    "ARN": (AN_ARN.fullmatch, ()),
    "Bool": (lambda value: read_boolean(value) is not None, ("true", "false")),
    "Numeric": (lambda value: read_number(value) is not None, ("1", "0", "3600")),
    "Date": (
        lambda value: read_instant(value) is not None,
        ("2026-03-02T08:00:00Z", "2030-01-01T00:00:00Z"),
    ),
    "IPAddress": (lambda value: _is_address(value), EXAMPLE_ADDRESSES),
}

# Keys that AWS sends with every request of some actions, with examples.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagement.html
ALWAYS_SENT: Final[tuple[tuple[re.Pattern[str], str, Values], ...]] = (
    (
        re.compile(r"iam:(attach|detach)(user|group|role)policy"),
        "iam:PolicyARN",
        (
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::aws:policy/PowerUserAccess",
        ),
    ),
    (
        re.compile(r"iam:createservicelinkedrole"),
        "iam:AWSServiceName",
        ("autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com"),
    ),
)


def plausible_witness(
    witness: Request, standings: Sequence[Standing], confirms: Confirms
) -> Request:
    """Return the witness with values that AWS could send, wherever `confirms` still accepts
    it.
    """
    for key, values in witness.context.items():
        for index in range(len(values)):
            witness = _with_plausible_value(witness, key, index, standings, confirms)
    witness = _with_keys_always_sent(witness, confirms)
    return _with_agreeing_keys(witness, confirms)


def _with_keys_always_sent(witness: Request, confirms: Confirms) -> Request:
    """Return the witness with each missing key that AWS always sends with its action, if `confirms` accepts one."""
    sent_keys = {key.lower() for key in witness.context}
    for actions, key, examples in ALWAYS_SENT:
        if actions.fullmatch(witness.action.lower()) and key.lower() not in sent_keys:
            tried = (_with_values(witness, key, (example,)) for example in examples)
            witness = next(filter(confirms, tried), witness)
    return witness


def _with_plausible_value(
    witness: Request, key: str, at: int, standings: Sequence[Standing], confirms: Confirms
) -> Request:
    """Return the witness with a plausible value in place of the `at`-th value of a key, if `confirms` accepts one."""
    principal = standings[0].principal
    values = witness.context[key]
    if is_plausible(key, values[at], principal):
        return witness
    likely_value = (
        *_plausible_alternatives(key, values[at], principal),
        *_compared_values(key, standings, principal),
    )
    tried = (
        _with_values(witness, key, (*values[:at], candidate, *values[at + 1 :]))
        for candidate in likely_value
    )
    return next(filter(confirms, tried), witness)


def _compared_values(
    key: str, standings: Sequence[Standing], principal: Principal
) -> Iterator[str]:
    """Yield the plausible values that the policies compare a key with, wildcards filled in."""
    for standing in standings:
        for layer in standing.layers:
            for policy in layer.policies:
                yield from _compared_in_policy(key, policy, principal)


def _compared_in_policy(key: str, policy: Policy, principal: Principal) -> Iterator[str]:
    """Yield the plausible values that one policy compares a key with, wildcards filled in."""
    conditions = (
        condition for statement in policy.statements for condition in statement.conditions
    )
    values = (
        value
        for condition in conditions
        if condition.key.lower() == key.lower()
        for value in condition.values
    )
    filled = (value.replace("*", "x").replace("?", "1") for value in values)
    yield from (value for value in filled if is_plausible(key, value, principal))


def is_plausible(key: str, value: str, principal: Principal) -> bool:
    """Return whether AWS could send this value of a key in a request of the principal."""
    lowered = key.lower()
    account = principal.account
    if not _fits_key_form(lowered, value):
        return False
    if not account.isdigit():
        return True
    if lowered == ACCOUNT_KEY:
        return value == account
    arn = Arn.read(value)
    return lowered != ARN_KEY or arn is None or arn.account == account


def _fits_key_form(key: str, value: str) -> bool:
    """Return whether a value has the form that AWS gives this key (in lower case), such as twelve digits.

    Keys without a known form take any value.
    """
    if key in KEY_FORMS:
        return bool(KEY_FORMS[key][0].fullmatch(value))
    of_type = TYPE_FORMS.get(_key_type(key))
    return of_type is None or bool(of_type[0](value))


def _key_type(key: str) -> str:
    """Return the catalogue's type of a key's single values, such as "ARN", or "" if it doesn't know the key."""
    catalog_key = catalog.find_condition_key(key)
    if catalog_key:
        return catalog_key.type.removeprefix("ArrayOf")
    return ""


def _is_address(value: str) -> bool:
    """Return whether a text is an IPv4 or IPv6 address."""
    try:
        return bool(ip_address(value))
    except ValueError:
        return False


def _plausible_alternatives(key: str, value: str, principal: Principal) -> Iterator[str]:
    """Yield plausible values in place of one: the most similar first, then examples of the
    key.
    """
    yield from (
        candidate
        for candidate in _propose_alternatives(key, value, principal)
        if is_plausible(key, candidate, principal)
    )


def _propose_alternatives(key: str, value: str, principal: Principal) -> Iterator[str]:
    """Yield values to try in place of an implausible one, the most similar first. Some may be implausible too."""
    lowered = key.lower()
    account = principal.account
    if lowered in ACCOUNT_KEYS:
        yield from (account,) if lowered == ACCOUNT_KEY and account else ()
        yield (re.sub(r"\D", "", value) or "1")[:12].ljust(12, "1")
    if lowered == ARN_KEY:
        yield from (
            (principal.principal_arn,)
            if PRINCIPAL_ARN.fullmatch(principal.principal_arn)
            else ()
        )
    if lowered == ARN_KEY or _key_type(lowered) == "ARN":
        services = (
            ("iam", "sts") if lowered in (ARN_KEY, *POLICY_KEYS) else ("sns", "s3", "iam")
        )
        yield from _similar_arns(value, account, services, lowered in POLICY_KEYS)
    if lowered == "aws:userid" and ":" in value:
        yield f"AROADBQP57FF2AEXAMPLE:{value.partition(':')[2] or 'session'}"
    yield from KEY_FORMS.get(lowered, (None, ()))[1]
    yield f"{value}{value}"  # long enough, and with the same beginning and end
    yield from TYPE_FORMS.get(_key_type(lowered), (None, ()))[1]


def _similar_arns(
    value: str, account: str, services: Values, of_policy: bool
) -> Iterator[str]:
    """Yield ARNs that keep as much of a value as possible: its account, Region and resource name.

    A value that begins as an ARN and isn't whole gives none. A condition that tests for
    such a value needs it as it is.
    """
    if value.startswith("arn:") and Arn.read(value) is None:
        return
    arn = Arn.read(value) or Arn("aws", "", "", "", value)
    if re.fullmatch(r"\d{12}", arn.account):
        number = arn.account
    else:
        number = account or EXAMPLE_ACCOUNTS[0]
    last = arn.resource.rpartition("/")[2] or "x"
    resources = (
        *((f"policy/{last}",) if of_policy else ()),
        arn.resource,
        f"role/{last}",
        f"user/{last}",
        f"assumed-role/{last}/session",
        "root",
        last,
    )
    for service in (arn.service, *services):
        for resource in resources:
            if service in ("iam", "sts", "s3"):
                region = ""
            else:
                region = arn.region or EXAMPLE_REGIONS[0]
            yield str(
                Arn("aws", service, region, "" if service == "s3" else number, resource)
            )
            yield str(Arn("aws", service, region, account or number, resource))


def _with_values(witness: Request, key: str, values: Values) -> Request:
    """Return the witness with these values of a context key."""
    return replace(witness, context={**witness.context, key: values})


# -------------------------------------------------------------------- agreement
def _with_agreeing_keys(witness: Request, confirms: Confirms) -> Request:
    """Return the witness with keys that belong together made consistent, where `confirms` accepts it.

    The source's ARN and account must agree, and so must the principal's ARN, account and
    user name.
    """
    for arn_key, account_key in ((SOURCE_ARN, SOURCE_ACCOUNT), (ARN_KEY, ACCOUNT_KEY)):
        for candidate in _with_same_account(witness, arn_key, account_key):
            if confirms(candidate):
                witness = candidate
                break
    for candidate in _with_same_name(witness):
        if confirms(candidate):
            return candidate
    return witness


def _with_same_account(
    witness: Request, arn_key: str, account_key: str
) -> Iterator[Request]:
    """Yield alternatives in which an ARN and an account id agree: first the ARN is changed, then the account.

    Nothing is yielded if a key is missing or they agree already.
    """
    keys = {key.lower(): key for key in witness.context}
    if arn_key not in keys or account_key not in keys:
        return
    arn_key = keys[arn_key]
    account_key = keys[account_key]
    arn = Arn.read(witness.context[arn_key][0])
    number = witness.context[account_key][0]
    if arn is None or arn.account in ("", number):
        return
    yield _with_values(witness, arn_key, (str(arn._replace(account=number)),))
    yield _with_values(witness, account_key, (arn.account,))


def _with_same_name(witness: Request) -> Iterator[Request]:
    """Yield alternatives in which the principal's ARN and user name agree: first the ARN is changed, then the name."""
    keys = {key.lower(): key for key in witness.context}
    if ARN_KEY not in keys or USER_NAME_KEY not in keys:
        return
    arn = witness.context[keys[ARN_KEY]][0]
    name = witness.context[keys[USER_NAME_KEY]][0]
    path, _, last = arn.rpartition("/")
    if ":user/" in arn and last != name:
        yield _with_values(witness, keys[ARN_KEY], (f"{path}/{name}",))
        yield _with_values(witness, keys[USER_NAME_KEY], (last,))
    elif ":user/" not in arn:
        principal_arn = Arn.read(arn)
        if principal_arn is not None:
            yield _with_values(
                witness,
                keys[ARN_KEY],
                (f"arn:aws:iam::{principal_arn.account}:user/{name}",),
            )
