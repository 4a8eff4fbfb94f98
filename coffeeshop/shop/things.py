"""Everything there is in an account, as the things that people speak of: a bucket is one with its objects, all users are
one; and which action can be asked on which of them, by the action catalogue.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice

from msgspec import Struct

from coffeeshop.account.ids import ARNS, REGION, arn
from coffeeshop.account.model import Account
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.language.patterns import glob, matcher
from coffeeshop.policy.model import Element, Layer, Standing, Statement, Values

# AWS's access levels, the harmless first:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html
LEVELS = (
    AccessLevel.LIST,
    AccessLevel.READ,
    AccessLevel.WRITE,
    AccessLevel.TAGGING,
    AccessLevel.PERMISSIONS,
)
MOST = 400  # things, and resources of each, that are looked at


def level_of(action: str) -> AccessLevel:
    """Returns an action's access level; of one that the catalogue does not know, Write."""
    known_action = catalog.find_action(action)
    return known_action.level if known_action else AccessLevel.WRITE


class Thing(Struct, frozen=True):
    """Something that can be reached, by kind and name; a `name` of "" is all of that kind. `there` tells whether the
    account holds it: requests for what it does not hold are about ELSEWHERE.
    """

    kind: str
    name: str = ""
    there: bool = True


ACCOUNT = Thing(
    "account"
)  # what is asked of no resource: s3:ListAllMyBuckets, iam:ListUsers
ELSEWHERE = Thing("elsewhere", there=False)
ENTITY = re.compile(
    r"arn:[^:]*:iam::(?P<account>[^:]*):(?P<kind>user|group|role|policy|mfa)/"
)


class Place(Struct, frozen=True):
    """One resource: its ARN, its kind (an object's is not its bucket's; of what is not there, its ARN), and the thing
    that it belongs to.
    """

    arn: str
    kind: str
    thing: Thing


class Holdings:
    """A standing, for whoever asks it of one resource after the other."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self._layers: dict[str, tuple[Layer, ...]] = {}
        for layer in standing.layers:
            self._layers[layer.on] = (*self._layers.get(layer.on, ()), layer)

    def towards(self, arn: str) -> Standing:
        """Returns what it holds towards one resource: the layers that hang on others bear on nothing there, and are
        many.
        """
        bucket, slash, _ = arn.partition("/")
        if slash and arn != "*":
            names = ("*", arn, bucket)
        elif arn != "*":
            names = ("*", arn)
        else:
            names = ("*",)
        layers = tuple(layer for name in names for layer in self._layers.get(name, ()))
        return dataclasses.replace(self.standing, layers=layers)


class Places:
    """Every resource of an account. `things` are in order of kind and name; `cut` tells whether there are more."""

    def __init__(self, account: Account) -> None:
        self.account = account.id
        known_places = [*_places(account)]
        things = [*dict.fromkeys(place.thing for place in known_places)]
        self.cut = len(things) > MOST
        kept_things = {*things[:MOST]}
        self.places = tuple(place for place in known_places if place.thing in kept_things)
        self.things = (*things[:MOST],)
        self._there = {place.arn: place for place in self.places}
        together: dict[tuple[Thing, str], list[Place]] = {}
        for place in self.places:
            together.setdefault((place.thing, place.kind), []).append(place)
        self._together = tuple(map(tuple, together.values()))
        self._askable: dict[tuple[Element, str], Values] = {}

    def levels(self) -> Iterator[tuple[Place, str]]:
        """Yields every thing at every access level that it has, each by a resource and an action that is asked on it."""
        seen = set[tuple[Thing, AccessLevel]]()
        for place, *_ in self._together:
            for action in self.askable(EVERY, place):
                pair = place.thing, level_of(action)
                if pair not in seen:
                    seen.add(pair)
                    yield place, action

    def actions_by_resources(
        self, holdings: Holdings
    ) -> Iterator[tuple[str, tuple[Place, ...]]]:
        """Yields the actions that the Allows of a standing speak of, each with the resources of one thing and kind that
        they speak of; what no Allow speaks of need not be asked.
        """
        for layer in holdings.standing.layers:
            for statement in (
                s
                for policy in layer.policies
                for s in policy.statements
                if s.effect == "Allow"
            ):
                for places in self.spoken_of(layer, statement, holdings.standing):
                    for action in self.askable(statement.actions, places[0]):
                        yield action, places

    def thing(self, resource: str) -> Thing:
        """Returns the thing that a resource belongs to, whether it is there or not."""
        if resource.startswith("arn:aws:s3:::"):
            lies_in = resource.partition("/")[0]
        else:
            lies_in = resource
        if place := self._there.get(resource) or self._there.get(lies_in):
            return place.thing
        entity = ENTITY.match(resource)
        if entity is None or entity["account"] != self.account:
            return ELSEWHERE
        if entity["kind"] == "role":  # a role that a job is to put on is said by name
            return Thing("role", resource.rpartition("/")[2], there=False)
        return Thing(entity["kind"])

    def spoken_of(
        self, layer: Layer, statement: Statement, asking: Standing
    ) -> Iterator[tuple[Place, ...]]:
        """Yields the resources that a statement of a layer speaks of, those of one thing and kind together; where none
        of a pattern's is there, one that would be: each `*` of the pattern as a letter.
        """
        if statement.resources is None or statement.resources.negated:
            yield from (
                self._together
                if layer.on == "*"
                else [(self._there[layer.on],)]
                if layer.on in self._there
                else ()
            )
            return
        for pattern in statement.resources.values:
            fits = _fill_variables(pattern, asking, "*")
            some = False
            for places in self._fitting(fits):
                some = True
                yield places
            if not some:
                invented = (
                    _fill_variables(pattern, asking, "x")
                    .replace("*", "x")
                    .replace("?", "x")
                )
                yield (Place(invented, invented, self.thing(invented)),)

    def _fitting(self, pattern: str) -> Iterator[tuple[Place, ...]]:
        if not set(pattern) & {"*", "?"}:
            yield from [(self._there[pattern],)] if pattern in self._there else ()
            return
        test = glob(pattern)
        for together in self._together:
            if places := tuple(place for place in together if test(place.arn)):
                yield places

    def askable(self, actions: Element, place: Place) -> Values:
        """Returns the actions that an element speaks of and that can be asked on a resource, those that most people
        know first. Of other services than the resource's own those are looked at which the element names.
        """
        key = actions, place.kind
        if key not in self._askable:
            self._askable[key] = tuple(self._asked_actions(actions, place))
        return self._askable[key]

    def _asked_actions(self, actions: Element, place: Place) -> Iterator[str]:
        tests = [glob(value.lower()) for value in actions.values]
        named = {value.lower().partition(":")[0] for value in actions.values} - {"*"}
        for service in dict.fromkeys((*own_services(place.arn), *sorted(named))):
            for action in _actions_on(service, place.kind, self.account):
                if any(test(action.lower()) for test in tests) is not actions.negated:
                    yield action


EVERY = Element(("*",))
COURSE = ("s3", "iam", "dynamodb", "sqs", "lambda", "ec2", "sts")


def own_services(arn: str) -> Values:
    """Returns the prefixes of the actions that are made for a resource; of what is asked of none, those of the course."""
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    return {"": COURSE, "iam": ("iam", "sts")}.get(service, (service,))


@lru_cache(maxsize=4096)
def _actions_on(service: str, kind: str, account: str) -> Values:
    """The actions of a service that can be asked on a resource of a kind (or on that very ARN)."""
    if kind in SAMPLES:
        sample = SAMPLES[kind].format(account=account)
    else:
        sample = kind
    domain = Domain.typed_domain((account,))

    def takes(action: str) -> bool:
        return any(
            matcher(target.pattern.tokens)(sample)
            for target in domain.resource_classes(action, account)
        )

    return tuple(filter(takes, chain.from_iterable(domain.action_groups(f"{service}:*"))))


SAMPLES = {
    "bucket": "arn:aws:s3:::x",
    "object": "arn:aws:s3:::x/x",
    **{
        kind: ARNS[kind].replace("{region}", REGION).replace("{name}", "x")
        for kind in ("table", "queue", "function")
    },
    "instance": f"arn:aws:ec2:{REGION}:{{account}}:instance/i-0c0ffee5b0a2d0001",
    **{
        kind: f"arn:aws:iam::{{account}}:{kind}/x"
        for kind in ("role", "user", "group", "policy", "mfa")
    },
}


VARIABLE = re.compile(r"\$\{([^}]*)\}")


def _fill_variables(pattern: str, asking: Standing, other_text: str) -> str:
    """The pattern with its variables filled in from what the session fixes; with `otherwise` where it fixes nothing."""

    def value(match: re.Match[str]) -> str:
        known_fixed = asking.fixed.get(match[1])
        if isinstance(known_fixed, tuple) and known_fixed:
            return known_fixed[0]
        return other_text

    if "${" in pattern:
        return VARIABLE.sub(value, pattern)
    return pattern


def _places(account: Account) -> Iterator[Place]:
    """Every resource, kind after kind, so many of each thing."""
    for name, bucket in account.buckets.items():
        thing = Thing("bucket", name)
        yield Place(arn(account, "bucket", name), "bucket", thing)
        for key in _first(bucket.objects):
            yield Place(arn(account, "bucket", f"{name}/{key}"), "object", thing)
    for kind, book in (
        ("table", account.tables),
        ("queue", account.queues),
        ("function", account.functions),
        ("instance", account.instances),
    ):
        yield from (
            Place(arn(account, kind, name), kind, Thing(kind, name)) for name in book
        )
    for role in account.roles.values():
        yield Place(account.arn(role), "role", Thing("role", role.name))
    entities = (
        ("user", map(account.arn, account.users.values())),
        ("group", map(account.arn, account.groups.values())),
        ("policy", iter(account.policies)),
        ("mfa", iter(account.devices)),
    )
    for kind, arns in entities:
        yield from (Place(each, kind, Thing(kind)) for each in _first(arns))
    yield Place("*", "*", ACCOUNT)


def _first(names: Iterable[str]) -> Iterator[str]:
    return islice(names, MOST)
