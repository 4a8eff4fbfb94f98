"""Checks of Resource and NotResource: ARNs that name nothing, and actions that cannot act on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import ResourceType
from coffeeshop.policy.catalog.arn_formats import (
    action_resource_types,
    acts_on,
    covers_format,
    fits_format,
)
from coffeeshop.policy.catalog.resource_fit import (
    idle_part,
    resources_acted_on,
    unfit_words,
)
from coffeeshop.policy.language.arn import arn_segments
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.model import Kind, Statement, Values
from coffeeshop.policy.validation.checks.actions import covering_patterns
from coffeeshop.policy.validation.checks.context import (
    CheckedStatement,
    Occurrence,
    is_all_stars,
    issue_at,
)

_REGION_PATTERN: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
# Begins with a word of the format's own: `instance/${InstanceId}`.
_TYPED_PART: Final = re.compile(r"[^${}/:]+([/:]|$)")
_WILDCARD_PATTERN: Final = re.compile(r"[*?]|\$\{")


# ------------------------------------------------------------------- each ARN
def check_arns(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield the issues of each ARN's parts that the grammar doesn't refuse."""
    for value, path in checked.resources_with_paths():
        if value != value.strip():
            yield issue_at("stray-space", path, value=value)
        elif not is_all_stars(value):
            yield from _check_arn(value, path)


def _check_arn(value: str, path: str) -> Iterator[Occurrence]:
    """Yield the issues of one ARN: its service, Region, account, or format."""
    _, _, service, region, account, _ = arn_segments(value)
    if service not in catalog.service_prefixes() and service not in catalog.arn_services():
        yield _unknown_service(value, service, path)
        return
    if (
        region
        and not _WILDCARD_PATTERN.search(region)
        and not _REGION_PATTERN.fullmatch(region)
    ):
        yield issue_at("arn-region", path, resource=value, region=region)
    if (
        account not in ("", "aws")
        and not _WILDCARD_PATTERN.search(account)
        and not re.fullmatch(r"\d{12}", account)
    ):
        yield issue_at("arn-account", path, resource=value, account=account)
    elif part := _wildcard_type(value, service):
        yield issue_at("wildcard-in-type", path, resource=value, part=part)
    else:
        yield from _check_arn_format(value, service, path)


def _wildcard_type(value: str, service: str) -> str:
    """Return the resource type of an ARN if it has wildcards, such as `inst*/` of `inst*/i-1`, or "".

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html: it is "not
    allowed". A lone `*` is more than a type, so it is allowed. Some services have ARNs that
    begin with a name, without a type.
    """
    resource = arn_segments(value)[5]
    resource_type, separator, _ = re.split(r"([/:])", f"{resource}/", maxsplit=1)
    service_row = catalog.find_service(service)
    has_types = service_row and all(
        _TYPED_PART.match(arn_segments(kind.arn)[5])
        for kind in service_row.resource_types.values()
    )
    has_wildcards = re.search(r"[*?]", resource_type) and not is_all_stars(resource_type)
    if has_types and has_wildcards:
        return resource_type + separator
    return ""


def _unknown_service(value: str, service: str, path: str) -> Occurrence:
    """Return the issue of a service that doesn't exist, with a suggestion."""
    if service.lower() in catalog.service_prefixes():
        return issue_at("arn-service-case", path, resource=value, service=service.lower())
    suggestion = nearest_name(service, catalog.service_prefixes(), 2)
    if suggestion:
        mend = f"did you mean `{suggestion}`?"
    else:
        mend = "write the service's prefix"
    return issue_at("arn-service", path, resource=value, service=service, mend=mend)


def _check_arn_format(value: str, service: str, path: str) -> Iterator[Occurrence]:
    """Yield an issue if the ARN has no format of its service's resource types."""
    service_row = catalog.find_service(service)
    if service_row:
        kinds = [
            kind
            for kind in service_row.resource_types.values()
            if arn_segments(kind.arn)[2] == service
        ]
    else:
        kinds = []
    if not kinds or any(fits_format(value, kind.arn) for kind in kinds):
        return
    name = service_row.name if service_row else service
    near = [kind for kind in kinds if fits_format(_with_place_of(value, kind), kind.arn)]
    if not near:
        yield issue_at(
            "arn-resource",
            path,
            resource=value,
            service=name,
            types=arn_format_words(kinds),
        )
        return
    template = arn_segments(near[0].arn)
    for at, part in ((3, "region"), (4, "account")):
        written = arn_segments(value)[at]
        expected = template[at]
        if bool(written) != bool(expected):
            if written:
                code = f"arn-{part}-not-allowed"
            else:
                code = f"arn-{part}-missing"
            yield issue_at(code, path, resource=value, service=name)


def _with_place_of(value: str, kind: ResourceType) -> str:
    """Return the ARN with `*` or nothing as Region and account, as the resource type has
    them.
    """
    template = arn_segments(kind.arn)
    written = arn_segments(value)
    place = ("*" if part else "" for part in template[3:5])
    return ":".join((*written[:3], *place, written[5]))


def arn_format_words(kinds: list[ResourceType] | tuple[ResourceType, ...]) -> str:
    """Return ARN formats in words, three at most."""
    most = 3 if len(kinds) == 3 else 2
    examples = [f"`{kind.arn.replace('${Partition}', 'aws')}`" for kind in kinds[:most]]
    return " or ".join(examples) + (
        f", and {len(kinds) - most} more kinds" if len(kinds) > most else ""
    )


def check_redundant_resources(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield ARNs that another ARN of the list covers."""
    written = [value for value, _ in checked.resources_with_paths()]
    covers = covering_patterns(written)
    for number, (value, path) in enumerate(checked.resources_with_paths()):
        if number in covers:
            yield issue_at(
                "redundant-resource", path, resource=value, cover=written[covers[number]]
            )


# ------------------------------------------------------- actions on resources
def check_mismatch(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield actions that act on none of the resources, and resources that no action acts
    on.
    """
    resources = checked.statement.resources
    if resources is None:
        return
    unfit = unfit_words(checked.statement)
    for value, path in checked.actions_with_paths():
        if value in unfit.actions:
            needed = _needed_by_others(checked.statement, value)
            yield _mismatch_issue(value, path, resources.values, needed)
    for value, path in checked.resources_with_paths():
        if value in unfit.resources:
            yield issue_at("idle-resource", path, resource=value)


def check_idle_parts(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield wildcard actions much of which acts on none of the resources, such as `s3:*` on a bucket alone."""
    resources = checked.statement.resources
    for value, path in checked.actions_with_paths():
        part = idle_part(value, checked.statement)
        if part:
            part = idle_part(value, checked.statement, _covered_elsewhere(checked))
        if part is None or resources is None:
            continue
        mended = _other_s3_arn(part.example, resources.values)
        yield issue_at(
            "wildcard-resource-mismatch",
            path,
            action=value,
            count=len(part.names),
            total=part.total,
            example=part.example,
            effect="allows" if checked.allows else "denies",
            types=f"`{mended}`" if mended else arn_format_words((part.kind,)),
        )


def _covered_elsewhere(checked: CheckedStatement) -> frozenset[str]:
    """Return the actions that other statements of the same effect name with a resource that suits them."""
    return frozenset(
        name
        for statement in checked.policy.statements
        if statement is not checked.statement
        and statement.effect == checked.statement.effect
        if statement.resources and not statement.resources.negated
        for action in statement.actions.values
        if action.partition(":")[0].strip("*?") and not statement.actions.negated
        for name in catalog.expand_pattern(action)
        if any(acts_on(name, resource) for resource in statement.resources.values)
    )


def _other_s3_arn(action: str, resources: Values) -> str:
    """Return the ARN of the bucket for its objects' ARN, or of its objects, if the action acts on that, or ""."""
    for resource in resources if action.lower().startswith("s3:") else ():
        mended = _switched_s3_arn(resource)
        if acts_on(action, mended):
            return mended
    return ""


def _switched_s3_arn(resource: str) -> str:
    """Return the ARN of a bucket's objects for the bucket's, and the bucket's for an object's."""
    *head, name = arn_segments(resource)
    bucket = name.partition("/")[0]
    return ":".join((*head, f"{name}/*" if bucket == name else bucket))


def _needed_by_others(statement: Statement, action: str) -> frozenset[str]:
    """Return the resources that the statement's actions other than `action` can be used on."""
    resources = statement.resources.values if statement.resources else ()
    return frozenset[str]().union(
        *(
            resources_acted_on(each, resources)
            for each in statement.actions.values
            if each != action
        )
    )


def _mismatch_issue(
    value: str, path: str, resources: Values, needed: frozenset[str]
) -> Occurrence:
    """Return the issue of an action that acts on none of the resources.

    For S3, it says if the bucket was written for its objects or the other way round. Resources that
    are `needed` by other actions stay: the right one is added to them.
    """
    names = catalog.expand_pattern(value)
    kinds = _resource_types(names)
    if not kinds:
        return issue_at("needs-all-resources", path, action=value)
    is_s3 = value.lower().startswith("s3:")
    for resource in resources if is_s3 else ():
        mended = _switched_s3_arn(resource)
        if mended.endswith("/*") and not resource.endswith("/*"):
            code = "object-arn-needed"
        else:
            code = "bucket-arn-needed"
        if any(acts_on(action, mended) for action in names):
            change = "add" if resource in needed else "write"
            return issue_at(
                code, path, action=value, resource=resource, mended=mended, change=change
            )
    return issue_at("resource-mismatch", path, action=value, types=arn_format_words(kinds))


def _resource_types(actions: Iterable[str]) -> tuple[ResourceType, ...]:
    """Return the resource types of these actions, each once: the one that most authors mean comes first.

    That is one on which many of these actions act, and many of its whole service.
    """
    names = tuple(actions)
    counts = Counter(kind for name in names for kind in action_resource_types(name))
    if len(names) == 1:  # AWS's order
        return tuple(counts)
    in_service = Counter[ResourceType]()
    for prefix in {name.partition(":")[0] for name in names}:
        in_service.update(_counts_of_service(prefix))
    return tuple(sorted(counts, key=lambda kind: -counts[kind] * in_service[kind]))


@cache
def _counts_of_service(prefix: str) -> Mapping[ResourceType, int]:
    """Return how many actions of a service act on each of its resource types."""
    names = catalog.expand_pattern(f"{prefix}:*")
    return Counter(kind for name in names for kind in action_resource_types(name))


def check_wide_resources(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield an Allow with NotResource, and an Allow on `*` of an action that could name its
    resource.
    """
    resources = checked.statement.resources
    if checked.allows and resources and resources.negated:
        yield issue_at("allow-not-resource", checked.resource_element)
        return
    if (
        checked.allows
        and checked.kind in (Kind.IDENTITY, Kind.SESSION)
        and not checked.statement.conditions
    ):
        path = next(
            (path for value, path in checked.resources_with_paths() if is_all_stars(value)),
            "",
        )
        named = [
            value
            for value, _ in checked.actions_with_paths()
            if not is_all_stars(value) and not checked.statement.actions.negated
        ]
        for value in named if path else ():
            kinds = _resource_types(catalog.expand_pattern(value))
            if kinds:
                yield issue_at(
                    "wildcard-resource", path, action=value, types=arn_format_words(kinds)
                )
                return


def check_disguised_stars(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield an Allow on an ARN that matches every resource of a type that the actions act
    on.
    """
    if (
        not checked.allows
        or checked.kind not in (Kind.IDENTITY, Kind.SESSION)
        or checked.statement.conditions
    ):
        return
    resources = checked.statement.resources
    actions = checked.statement.actions
    if resources is None or resources.negated or actions.negated:
        return
    written = [
        (value, path)
        for value, path in checked.resources_with_paths()
        if not is_all_stars(value)
    ]
    named = [
        value
        for value, _ in checked.actions_with_paths()
        if written and not is_all_stars(value)
    ]
    kinds = dict.fromkeys(
        kind
        for value in named
        for name in catalog.expand_pattern(value)
        for kind in action_resource_types(name)
    )
    for value, path in written:
        covered_types = dict.fromkeys(
            kind.name for kind in kinds if covers_format(value, kind.arn)
        )
        if covered_types:
            yield issue_at(
                "star-in-other-words",
                path,
                resource=value,
                type=" and every ".join(covered_types),
            )


CHECKS: Final = (
    check_arns,
    check_redundant_resources,
    check_mismatch,
    check_idle_parts,
    check_wide_resources,
    check_disguised_stars,
)
