"""Tell the names that the grade made up from those that exist, so that readers don't look for them in the account."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from coffeeshop.account.access.authorization_requests import instance_profile_arn
from coffeeshop.account.access.located_policies import locate_policies
from coffeeshop.account.escalation.attacker import CANARY_NAME, names_in_use
from coffeeshop.account.ids import REGION, arn
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.existing import existing_arns, thing_tags
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.arn_formats import fits_format
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.language.element_grammar import SERVICE_PATTERN
from coffeeshop.policy.model import Excess

# It begins where a name does: from each letter of a long name, a search would take hours.
SEARCHED_NAME = re.compile(rf"(?<![\w.-])[\w.-]*\b{CANARY_NAME}\b(?:[\w.-]*[\w-])?")


def known_arns(account: Account) -> frozenset[str]:
    """Return the ARN of everything that exists: in this account, in the others, and in their organization."""
    accounts = (account, *account.others.values())
    return frozenset(chain.from_iterable(map(_arns_of_account, accounts)))


def _arns_of_account(account: Account) -> Iterator[str]:
    """Yield the ARN of everything in one account, and in the organization that it manages."""
    yield account.root_arn
    yield from existing_arns(account)
    yield from (instance_profile_arn(account, name) for name in account.instance_profiles)
    yield from (
        *account.devices,
        *account.oidc_providers,
        *account.saml_providers,
    )
    for kind, names in (
        ("kms-alias", account.kms_aliases),
        ("trail", account.trails),
        ("analyzer", account.analyzers),
    ):
        yield from (arn(account, kind, name) for name in names)
    if organization := account.organization:
        yield from (organization.arn("account", id) for id in organization.members)
        yield from (arn(account, "sso-account", id) for id in organization.members)
    if center := account.identity_center:
        yield center.arn
        yield center.store_arn
        yield from map(center.permission_set_arn, center.permission_sets)


def is_known(resource: str, arns: frozenset[str]) -> bool:
    """Return whether a resource is among these ARNs, in its own Region or in the shop's.

    AWS's own policies are known, too, and resources whose name AWS fixes.
    """
    parsed_arn = Arn.read(resource)
    if parsed_arn is None or parsed_arn.account == "aws":
        return True
    if not _chosen_part(resource):
        return True
    return not arns.isdisjoint((resource, str(parsed_arn._replace(region=REGION))))


def is_named_by_policy(resource: str, account: Account) -> bool:
    """Return whether a policy of the account writes this ARN out, without a wildcard in its place."""
    return any(f'{resource}"' in each.policy.text for each in locate_policies(account))


def resource_name(resource: str, arns: Iterable[str] = ()) -> str:
    """Return the name by which to call the resource of an ARN: its last part that isn't AWS's.

    If one of `arns` ends with that name too, the kind comes with it: `role/x` beside a user x.
    """
    name = _chosen_part(resource)
    if name in map(_last_part, arns):
        return resource.split(":", 5)[-1]
    return name


def _last_part(resource: str) -> str:
    """Return the last part of an ARN."""
    return _arn_parts(resource)[-1]


def _arn_parts(arn: str) -> list[str]:
    """Return the words of an ARN or of an ARN format."""
    return re.split("[:/]", arn)


def _chosen_part(resource: str) -> str:
    """Return the last part of an ARN that isn't a fixed word of AWS's format; "" if all are fixed.

    `access-grants/default` names nothing that someone chose, and `apis/x/routes` only x.
    """
    parsed_arn = Arn.read(resource)
    if parsed_arn is None:
        return _last_part(resource)
    fixed_counts = [
        _fixed_ending(arn_format)
        for arn_format in _arn_formats(parsed_arn.service)
        if fits_format(resource, arn_format)
    ]
    chosen_parts = _arn_parts(resource)
    if fixed_count := max(fixed_counts, default=0):
        chosen_parts = chosen_parts[:-fixed_count]
    # The first five parts are the partition, the service, the Region and the account.
    return chosen_parts[-1] if len(chosen_parts) > 5 else ""


def _arn_formats(service: str) -> Iterator[str]:
    """Yield the ARN formats of a service's resource types. The catalogue lists some types with two."""
    known_service = catalog.find_service(service)
    for kind in known_service.resource_types.values() if known_service else ():
        yield from kind.arn.split(", ")


def _fixed_ending(arn_format: str) -> int:
    """Return how many parts at the end of an ARN format are fixed words."""
    parts = _arn_parts(arn_format)
    has_choice = [not part or "${" in part or "*" in part for part in parts]
    return has_choice[::-1].index(True)


def invented_names(account: Account, excess: Excess) -> Iterator[str]:
    """Yield the names in an excess's example request that the comparison made up.

    They are the end of its resource, if no such thing exists and no policy names it, and condition values that
    neither a statement nor the account has.
    """
    request = excess.witness
    arns = known_arns(account)
    is_invented = not is_known(request.resource, arns) and not is_named_by_policy(
        request.resource, account
    )
    if is_invented:
        yield resource_name(request.resource, arns)
    statements = (
        *excess.by.policy.statements,
        *((excess.nearest,) if excess.nearest else ()),
    )
    values_in_statements = {
        value
        for statement in statements
        for condition in statement.conditions
        for value in condition.values
    }
    known_values = {
        *values_in_statements,
        *map(_last_part, arns),
        *(value for _, value in thing_tags(account)),
        *(each.id for each in (account, *account.others.values())),
    }
    for key, values in request.context.items():
        known_key = catalog.find_condition_key(key)
        if known_key is not None and known_key.type.removeprefix("ArrayOf") == "String":
            yield from (
                value
                for value in values
                if value
                and value not in known_values
                and not SERVICE_PATTERN.fullmatch(value)
            )


def searched_names(text: str, account: Account) -> tuple[str, ...]:
    """Return the names in a text that the search for a way to more power made up, each once.

    They contain the word CANARY_NAME, and neither a thing nor a policy of the account has or names them.
    """
    names = dict.fromkeys(SEARCHED_NAME.findall(text))
    if not names:
        return ()
    policies = locate_policies(account)
    known_texts = "\n".join(
        (
            *names_in_use(account),
            *known_arns(account),
            *(part for each in policies for part in (each.location, each.policy.text)),
        )
    ).lower()
    known_words = {*re.split(r"[^\w.-]+", known_texts)}
    return tuple(name for name in names if name.lower() not in known_words)
