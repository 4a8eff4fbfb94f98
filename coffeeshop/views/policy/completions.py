"""The proposals of F9 in a policy: the names for each element, their order, and one line about each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from coffeeshop.account.iam_resources import OidcProvider
from coffeeshop.account.model import Account
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.arn_formats import acts_on
from coffeeshop.policy.language.arn import arn_glob
from coffeeshop.policy.language.parse import element_places
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.validation.shared_providers import subject_forms
from coffeeshop.views.cells import shorten_text
from coffeeshop.views.text import capital

# The services of the shop. F9 proposes their actions.
SHOP_SERVICES = ("s3", "dynamodb", "sqs", "lambda", "ec2", "kms", "sts", "iam")
ACTION_PLACE = re.compile(r"Statement\[\d+\]\.Action\[\d+\]")
STATEMENT_PLACE = re.compile(r"Statement\[\d+\]")
ACTION_WIDTH = 28  # cells of an action in a title. The title has 72 in a window of 80
PRINCIPAL_MEMBERS = ("AWS", "Principal", "NotPrincipal")
ABOUT_PRINCIPALS = (  # a part of a principal's ARN, and the principals that it means
    (":root", "The account: its root user, and everyone in it whose own policy allows it"),
    (":user/", "This user alone"),
    (":role/", "Anyone in a session of this role"),
)
ABOUT_ARNS = (
    ("/*", "Any object in the bucket"),
    (":s3:::", "The bucket itself"),
    (":dynamodb:", "The table with its items"),
    (":sqs:", "The queue with its messages"),
    (":lambda:", "The function"),
    (":kms:", "The KMS key"),
    (":instance/", "The machine: to start and stop it"),
    (":role/", "The role: to assume it, pass it or change it"),
    (":user/", "The user: to change it"),
    (":group/", "The group: to change it"),
)


def proposed_names(
    account: Account,
    element: str,
    typed: str,
    names: Sequence[str] = (),
    first: Sequence[str] = (),
    own_names: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return the proposals for a value of this policy element, or () for other elements.

    Actions: `first`, then those of the typed service prefix, then those of the shop's services.

    ARNs: those on which the actions in `names` can act, or all if they act on none: first `own_names` in
    their order, then those that match a pattern in `first`.

    Principals: `own_names` first.
    """
    match element:
        case "Action" | "NotAction":
            prefixes = dict.fromkeys((typed.partition(":")[0].lower(), *SHOP_SERVICES))
            all_names = (
                name
                for prefix in prefixes
                for name in catalog.expand_pattern(f"{prefix}:*")
            )
            return tuple(dict.fromkeys((*first, *all_names)))
        case "Resource" | "NotResource":
            actions = [
                name for pattern in names for name in catalog.expand_pattern(pattern)
            ]

            def rank(arn: str) -> tuple[int, bool]:
                """Return the sort key of an ARN, in the order that `proposed_names` documents."""
                matches_arn = arn_glob(arn)
                own_index = next(
                    (n for n, each_name in enumerate(own_names) if matches_arn(each_name)),
                    len(own_names),
                )
                return own_index, not any(map(matches_arn, first))

            arns = sorted(_arns(account), key=rank)
            fitting = [arn for arn in arns if any(acts_on(name, arn) for name in actions)]
            return (*(fitting or arns), "*")
        case _ if element in PRINCIPAL_MEMBERS:
            all_names = (
                entity
                for book in (account.users, account.roles)
                for _, entity in sorted(book.items())
            )
            return tuple(
                sorted(
                    (account.root_arn, *map(account.arn, all_names)),
                    key=lambda arn: arn not in own_names,
                )
            )
        case "Service":
            return SERVICE_PRINCIPALS
        case "Effect":
            return ("Allow", "Deny")
        case "Federated":
            return (*account.oidc_providers, *account.saml_providers)
        case _:
            return condition_values(account, element)


def has_proposals(account: Account, element: str) -> bool:
    """Return whether F9 proposes values of this policy element or condition key."""
    return element in ALWAYS_PROPOSED or bool(proposed_names(account, element, ""))


# Elements with long lists of values, which needn't be built to know that there are some.
ALWAYS_PROPOSED = frozenset({"Action", "NotAction", "Resource", "NotResource"})


def condition_values(account: Account, key: str) -> tuple[str, ...]:
    """Return values for a condition key: those that the account has, or how the values of an issuer look."""
    host, _, claim = key.lower().rpartition(":")
    if claim == "aud" and (provider := _provider_of(account, host)):
        return provider.client_ids
    if claim == "sub":
        return subject_forms(host)
    principals = (*account.users.values(), *account.roles.values())
    values = {
        "aws:multifactorauthpresent": ("true", "false"),
        "aws:securetransport": ("true", "false"),
        "aws:principalarn": tuple(map(account.arn, principals)),
        "aws:principalaccount": (account.id,),
        "aws:sourceaccount": (account.id,),
        "aws:username": tuple(user.name for user in account.users.values()),
        "iam:passedtoservice": SERVICE_PRINCIPALS,
        "kms:viaservice": tuple(
            f"{name}.us-east-1.amazonaws.com" for name in KMS_CALLER_SERVICES
        ),
    }
    return values.get(key.lower(), ())


def _provider_of(account: Account, host: str) -> OidcProvider | None:
    """Return the OIDC provider of an issuer, or None."""
    providers = account.oidc_providers.values()
    return next((each for each in providers if each.url.lower() == host), None)


SERVICE_PRINCIPALS = tuple(
    f"{name}.amazonaws.com" for name in ("ec2", "lambda", "s3", "sqs")
)
KMS_CALLER_SERVICES = (
    "s3",
    "dynamodb",
    "sqs",
    "lambda",
)  # services that use a KMS key for a caller


def begins_with_jobs(names: Sequence[str], job_names: Sequence[str]) -> bool:
    """Return whether the first of the proposed names is one that the jobs ask for."""
    first = next(iter(names), "*")
    return first in job_names or (first != "*" and any(map(arn_glob(first), job_names)))


def proposals_heading(
    element: str, names: Sequence[str] = (), has_jobs: bool = True
) -> str:
    """Return the title over the proposals, which tells their order.

    `names` are the actions of the statement. `has_jobs` tells whether the list begins with values of the jobs.
    """
    match element:
        case "Action" | "NotAction":
            return "Actions: those that the jobs need come first" if has_jobs else "Actions"
        case "Resource" | "NotResource" if any(names):
            person = (
                shorten_text(names[0], ACTION_WIDTH) if len(names) == 1 else "the actions"
            )
            order = ", the jobs' names first" if has_jobs else ""
            return f"Names for {person}{order}"
        case "Resource" | "NotResource":
            return "Names of this account"
        case "Effect":
            return "Effects"
        case "Federated":
            return "Identity providers of this account"
        case _ if element in PRINCIPAL_MEMBERS or element == "Service":
            return "Who can be named"
        case _ if element.lower().endswith(":sub"):
            return "The form of this issuer's subjects. Fill in your names"
        case _:
            return f"Values of {shorten_text(element, ACTION_WIDTH + 20)}"


def _arns(account: Account) -> Iterator[str]:
    """Yield the ARNs that a policy of this account is likely to name.

    Each bucket also has the pattern of its objects.
    """
    for name in account.buckets:
        yield from (f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*")
    yield from (
        f"arn:aws:dynamodb:us-east-1:{account.id}:table/{name}" for name in account.tables
    )
    yield from (f"arn:aws:sqs:us-east-1:{account.id}:{name}" for name in account.queues)
    yield from (
        f"arn:aws:lambda:us-east-1:{account.id}:function:{name}"
        for name in account.functions
    )
    yield from (
        f"arn:aws:ec2:us-east-1:{account.id}:instance/{id}" for id in account.instances
    )
    yield from (f"arn:aws:kms:us-east-1:{account.id}:key/{id}" for id in account.kms_keys)
    for book in (account.roles, account.users, account.groups):
        yield from sorted(account.arn(entity) for entity in book.values())


def actions_at(text: str, at: int) -> tuple[str, ...]:
    """Return the actions of the statement at offset `at`, as they are written.

    Return () if the text is not JSON.
    """
    places_by_name = element_places(text)
    actions = [
        (place, places_by_name[path.partition(".")[0]])
        for path, place in places_by_name.items()
        if ACTION_PLACE.fullmatch(path)
    ]
    return tuple(
        text[p.start : p.end].strip('"')
        for p, statement in actions
        if statement.start <= at < statement.end
    )


def unwritten_proposals(
    proposals: Sequence[str], element: str, text: str, at: int
) -> tuple[str, ...]:
    """Return the proposals that are not yet in this element of the statement at offset `at`."""
    places_by_name = element_places(text)
    value = re.compile(rf"\.{re.escape(element)}\[\d+\]$")
    around = [
        place
        for path, place in places_by_name.items()
        if STATEMENT_PLACE.fullmatch(path) and place.start <= at < place.end
    ]
    values = (place for path, place in places_by_name.items() if value.search(path))
    written = {
        text[place.start : place.end].strip('"')
        for place in values
        if any(statement.contains(place) for statement in around)
    }
    return tuple(name for name in proposals if name not in written)


def starting_proposal(names: Sequence[str], value: str) -> str:
    """Return the proposal at which the cursor begins: the value itself, else the most similar name.

    Return "" if no name is similar, and for `*`, which the learner should replace. The cursor
    is then at the top.
    """
    if value == "*":
        return ""
    if ":" in value:
        suggestion = catalog.suggest_action(value)
    else:
        suggestion = ""
    return next(
        (name for name in (value, suggestion) if name in names),
        nearest_name(value, names, len(value) // 3),
    )


def describe_proposal(name: str, element: str = "") -> str:
    """Return one line about a proposed name, or "" if nothing is known.

    An action has its description and access level. An ARN has the kind of its resource or
    principal.
    """
    if element == "Service":
        return "The AWS service itself, when it works for this account"
    if element == "Federated":
        return "Anyone with one of its tokens or assertions, if the conditions match"
    if element.lower().endswith(":sub"):
        return "The subject says whose token it is. Replace the words in capitals"
    if element.lower().endswith(":aud"):
        return "The audience says who the token was made for. The provider accepts this one"
    if name == "*":
        return "Every resource"
    if name.startswith("arn:"):
        if element in PRINCIPAL_MEMBERS:
            table = ABOUT_PRINCIPALS
        else:
            table = ABOUT_ARNS
        return next((about for part, about in table if part in name), "")
    action = catalog.find_action(name)
    if action:
        return f"{capital(catalog.describe_action(name)) or name} ({action.level.value})"
    return ""
