"""Checks of Resource and NotResource: ARNs that name nothing, and actions that cannot act on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import ResourceType
from coffeeshop.policy.catalog.arn_formats import acts_on, covers, fits, types
from coffeeshop.policy.language.arn import segments
from coffeeshop.policy.language.spelling import nearest
from coffeeshop.policy.model import Kind
from coffeeshop.policy.validation.checks.actions import coverings
from coffeeshop.policy.validation.checks.context import Occurrence, Seen, found, stars

_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
# Begins with a word of the format's own: `instance/${InstanceId}`.
_TYPED: Final = re.compile(r"[^${}/:]+([/:]|$)")
_OPEN: Final = re.compile(r"[*?]|\$\{")


# ------------------------------------------------------------------- each ARN
def well_formed(seen: Seen) -> Iterator[Occurrence]:
    """Yields what is wrong with service, region, account and resource of each ARN; what the grammar refuses is not said again."""
    for value, path in seen.resources():
        if value != value.strip():
            yield found("stray-space", path, value=value)
        elif not stars(value):
            yield from _arn(value, path)


def _arn(value: str, path: str) -> Iterator[Occurrence]:
    _, _, service, region, account, _ = segments(value)
    if service not in catalog.services() and service not in catalog.arn_services():
        yield _service(value, service, path)
        return
    if region and not _OPEN.search(region) and not _REGION.fullmatch(region):
        yield found("arn-region", path, resource=value, region=region)
    if (
        account not in ("", "aws")
        and not _OPEN.search(account)
        and not re.fullmatch(r"\d{12}", account)
    ):
        yield found("arn-account", path, resource=value, account=account)
    elif part := _open_type(value, service):
        yield found("wildcard-in-type", path, resource=value, part=part)
    else:
        yield from _format(value, service, path)


def _open_type(value: str, service: str) -> str:
    """What stands for the type of resource, where it is written with wildcards (`inst*/i-1`); "" where it is not.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html: it is "not allowed". A lone `*` leaves open more
    than the type; and a service whose ARNs begin with a name has none in them.
    """
    part, separator, _ = re.split(r"([/:])", f"{segments(value)[5]}/", maxsplit=1)
    known = catalog.service(service)
    typed = known and all(
        _TYPED.match(segments(kind.arn)[5]) for kind in known.resource_types.values()
    )
    if typed and re.search(r"[*?]", part) and not stars(part):
        return part + separator
    return ""


def _service(value: str, service: str, path: str) -> Occurrence:
    if service.lower() in catalog.services():
        return found("arn-service-case", path, resource=value, service=service.lower())
    meant = nearest(service, catalog.services(), 2)
    if meant:
        mend = f"did you mean `{meant}`?"
    else:
        mend = "write the service's prefix"
    return found("arn-service", path, resource=value, service=service, mend=mend)


def _format(value: str, service: str, path: str) -> Iterator[Occurrence]:
    """Whether the ARN has the format of some resource type of its service, and which part it gets wrong."""
    known = catalog.service(service)
    if known:
        kinds = [
            kind
            for kind in known.resource_types.values()
            if segments(kind.arn)[2] == service
        ]
    else:
        kinds = []
    if not kinds or any(fits(value, kind.arn) for kind in kinds):
        return
    name = known.name if known else service
    near = [kind for kind in kinds if fits(_placed(value, kind), kind.arn)]
    if not near:
        yield found(
            "arn-resource", path, resource=value, service=name, types=formats(kinds)
        )
        return
    template = segments(near[0].arn)
    for at, part in ((3, "region"), (4, "account")):
        mine = segments(value)[at]
        theirs = template[at]
        if bool(mine) != bool(theirs):
            code = f"arn-{part}-not-allowed" if mine else f"arn-{part}-missing"
            yield found(code, path, resource=value, service=name)


def _placed(value: str, kind: ResourceType) -> str:
    """The ARN with region and account as the resource type has them."""
    theirs = segments(kind.arn)
    mine = segments(value)
    place = ("*" if part else "" for part in theirs[3:5])
    return ":".join((*mine[:3], *place, mine[5]))


def formats(kinds: list[ResourceType] | tuple[ResourceType, ...]) -> str:
    """Returns ARN formats in words, at most four."""
    most = 3 if len(kinds) == 3 else 2
    shown = [f"`{kind.arn.replace('${Partition}', 'aws')}`" for kind in kinds[:most]]
    return " or ".join(shown) + (
        f", and {len(kinds) - most} more kinds" if len(kinds) > most else ""
    )


def redundant(seen: Seen) -> Iterator[Occurrence]:
    """Yields ARNs that another of the list covers."""
    written = [value for value, _ in seen.resources()]
    covers = coverings(written)
    for number, (value, path) in enumerate(seen.resources()):
        if number in covers:
            yield found(
                "redundant-resource", path, resource=value, cover=written[covers[number]]
            )


# ------------------------------------------------------- actions on resources
def mismatch(seen: Seen) -> Iterator[Occurrence]:
    """Yields actions that can act on none of the statement's resources, and resources that none of its actions can act on."""
    resources = seen.statement.resources
    if resources is None or resources.negated or seen.statement.actions.negated:
        return
    if any(stars(value) for value, _ in seen.actions()):
        return
    idle = set(resources.values)
    for value, path in seen.actions():
        names = catalog.expand(value)
        meant = names or (catalog.suggest(value),)
        arns = frozenset[str]().union(*map(catalog.arns, meant))
        acted = {
            resource
            for resource in resources.values
            if not resource.strip("*") or _one_of(arns, resource)
        }
        idle -= acted
        if names and not acted:
            yield _mismatch(value, path, names, resources.values)
    if len(idle) < len(resources.values):
        yield from (
            found("idle-resource", path, resource=value)
            for value, path in seen.resources()
            if value in idle
        )


def _one_of(arns: frozenset[str], resource: str) -> bool:
    """Whether a pattern speaks of a resource of one of these ARN formats."""
    return any(fits(resource, arn) for arn in arns)


def _mismatch(
    value: str, path: str, names: tuple[str, ...], resources: tuple[str, ...]
) -> Occurrence:
    kinds = tuple(dict.fromkeys(kind for name in names for kind in types(name)))
    if not kinds:
        return found("needs-all-resources", path, action=value)
    for resource in resources if value.lower().startswith("s3:") else ():
        *head, name = segments(resource)
        bucket = name.partition("/")[0]
        code = "object-arn-needed" if bucket == name else "bucket-arn-needed"
        mended = ":".join((*head, f"{name}/*" if bucket == name else bucket))
        if any(acts_on(action, mended) for action in names):
            return found(code, path, action=value, resource=resource, mended=mended)
    return found("resource-mismatch", path, action=value, types=formats(kinds))


def too_wide(seen: Seen) -> Iterator[Occurrence]:
    """Yields an Allow with NotResource, and Allow on `*` of what could name its resource."""
    resources = seen.statement.resources
    if seen.allows and resources and resources.negated:
        yield found("allow-not-resource", seen.resource_element)
        return
    if (
        seen.allows
        and seen.kind in (Kind.IDENTITY, Kind.SESSION)
        and not seen.statement.conditions
    ):
        path = next((path for value, path in seen.resources() if stars(value)), "")
        named = [
            value
            for value, _ in seen.actions()
            if not stars(value) and not seen.statement.actions.negated
        ]
        for value in named if path else ():
            kinds = tuple(
                dict.fromkeys(
                    kind for name in catalog.expand(value) for kind in types(name)
                )
            )
            if kinds:
                yield found("wildcard-resource", path, action=value, types=formats(kinds))
                return


def in_other_words(seen: Seen) -> Iterator[Occurrence]:
    """Yields an Allow on an ARN that leaves nothing out of the kinds of resources that the actions act on."""
    if (
        not seen.allows
        or seen.kind not in (Kind.IDENTITY, Kind.SESSION)
        or seen.statement.conditions
    ):
        return
    resources = seen.statement.resources
    actions = seen.statement.actions
    if resources is None or resources.negated or actions.negated:
        return
    written = [(value, path) for value, path in seen.resources() if not stars(value)]
    named = [value for value, _ in seen.actions() if written and not stars(value)]
    kinds = dict.fromkeys(
        kind for value in named for name in catalog.expand(value) for kind in types(name)
    )
    for value, path in written:
        whole = dict.fromkeys(kind.name for kind in kinds if covers(value, kind.arn))
        if whole:
            yield found(
                "star-in-other-words", path, resource=value, type=" and every ".join(whole)
            )


CHECKS: Final = (well_formed, redundant, mismatch, too_wide, in_other_words)
