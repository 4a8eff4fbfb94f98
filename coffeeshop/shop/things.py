"""List the things of an account, and the actions that can be asked on each of their resources.

A bucket is one thing with its objects. All users are one thing. The action catalogue tells which actions fit a
resource.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice

from msgspec import Struct

from coffeeshop.account.access.kms_requests import alias_names
from coffeeshop.account.access.standing import ALLOW_EVERYTHING
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.ids import ARN_FORMS, REGION, arn
from coffeeshop.account.model import Account
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.comparison.automata import Automaton
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.evaluation.authorize import GRANTING_KINDS
from coffeeshop.policy.language.literal_predicates import Text
from coffeeshop.policy.language.patterns import glob, matcher, pattern_tokens
from coffeeshop.policy.model import Element, Kind, Layer, Standing, Statement, Values

# AWS's access levels, the harmless first:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html
ACCESS_LEVELS = (
    AccessLevel.LIST,
    AccessLevel.READ,
    AccessLevel.WRITE,
    AccessLevel.TAGGING,
    AccessLevel.PERMISSIONS,
)
MAX_FITTED = 50  # actions for which an ARN of a pattern is completed
MAX_THINGS = 400  # at most this many things, and resources of each thing, are searched


def access_level_of(action: str) -> AccessLevel:
    """Return an action's access level. An action that the catalogue doesn't know is Write."""
    catalog_action = catalog.find_action(action)
    if catalog_action:
        return catalog_action.level
    return AccessLevel.WRITE


class Thing(Struct, frozen=True):
    """A thing that can be reached, by kind and name. A `name` of "" means all things of the kind.

    `exists`: the account contains it. A request for a thing outside the account is about UNKNOWN_THING.
    """

    kind: str
    name: str = ""
    exists: bool = True


# The thing of actions without a resource, such as s3:ListAllMyBuckets and iam:ListUsers.
ACCOUNT_THING = Thing("account")
UNKNOWN_THING = Thing("elsewhere", exists=False)
ENTITY_ARN_PATTERN = re.compile(
    r"arn:[^:]*:iam::(?P<account>[^:]*):(?P<kind>user|group|role|policy|mfa)/"
)


class Place(Struct, frozen=True):
    """One resource: its ARN, its kind, and the thing to which it belongs.

    An object has another kind than its bucket. The kind of a resource that doesn't exist is its ARN.
    """

    arn: str
    kind: str
    thing: Thing


class LayersByResource:
    """A standing whose layers are indexed by resource, to decide about many resources one after the other."""

    def __init__(self, standing: Standing) -> None:
        """Index the standing's layers by the resource that they apply to ("*": all)."""
        self.standing = standing
        self._layers: dict[str, tuple[Layer, ...]] = {}
        for layer in standing.layers:
            self._layers[layer.on] = (*self._layers.get(layer.on, ()), layer)

    def standing_for(self, arn: str) -> Standing:
        """Return the standing with only the layers that apply to one resource.

        An object also gets its bucket's layers.

        The layers of other resources don't change the decision. Leaving them out makes it
        faster.
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
    """Every resource of an account, grouped by thing and kind. `things` are in order of kind and name.

    `is_incomplete`: the account has more than MAX_THINGS things, and the rest is left out.
    """

    def __init__(self, account: Account) -> None:
        """Index the account's resources by ARN, and group them by thing and kind."""
        self.account = account.id
        known_places = [*_all_places(account)]
        things = [*dict.fromkeys(place.thing for place in known_places)]
        self.is_incomplete = len(things) > MAX_THINGS
        kept_things = {*things[:MAX_THINGS]}
        self.places = tuple(place for place in known_places if place.thing in kept_things)
        self.things = (*things[:MAX_THINGS],)
        self._places_by_arn = {place.arn: place for place in self.places}
        places_by_group: dict[tuple[Thing, str], list[Place]] = {}
        for place in self.places:
            places_by_group.setdefault((place.thing, place.kind), []).append(place)
        self._groups = tuple(map(tuple, places_by_group.values()))
        self._askable: dict[tuple[Element, str, bool], Values] = {}

    def things_at_levels(self) -> Iterator[tuple[Place, str]]:
        """Yield a resource and an action for each access level of each thing: one example that shows the level.

        A bucket and its objects have an example each.
        """
        seen = set[tuple[Thing, AccessLevel, bool]]()
        for place, *_ in self._groups:
            for action in self.askable_actions(ALL_ACTIONS, place):
                sort = place.thing, access_level_of(action), place.kind == "object"
                if sort not in seen:
                    seen.add(sort)
                    yield place, action

    def actions_by_resources(
        self, layers_by_resource: LayersByResource
    ) -> Iterator[tuple[str, tuple[Place, ...]]]:
        """Yield the actions that a standing's Allow statements name, each with the matching resources of one thing and kind.

        Other actions needn't be tried, as AWS denies what no statement allows. An Allow of a policy that only
        limits, such as an SCP, grants nothing, so its actions aren't tried either. Root needs no Allow, so
        everything is tried for it.
        """
        layers = tuple(
            layer
            for layer in layers_by_resource.standing.layers
            if layer.kind in GRANTING_KINDS
        )
        if layers_by_resource.standing.principal.kind == "root":
            layers = (*layers, Layer(Kind.IDENTITY, (ALLOW_EVERYTHING,)))
        for layer in layers:
            for statement in (
                s
                for policy in layer.policies
                for s in policy.statements
                if s.effect == "Allow"
            ):
                for places in self.matched_places(
                    layer, statement, layers_by_resource.standing
                ):
                    for action in self.askable_actions(statement.actions, places[0]):
                        yield action, places

    def thing(self, resource: str) -> Thing:
        """Return the thing to which a resource belongs, whether the resource exists or not."""
        if resource.startswith("arn:aws:s3:::"):
            container = resource.partition("/")[0]
        else:
            container = resource
        if place := self._places_by_arn.get(resource) or self._places_by_arn.get(container):
            return place.thing
        entity = ENTITY_ARN_PATTERN.match(resource)
        if entity is None or entity["account"] != self.account:
            return UNKNOWN_THING
        if entity["kind"] == "role":  # a job may assume it, so its name is kept
            return Thing("role", resource.rpartition("/")[2], exists=False)
        return Thing(entity["kind"])

    def matched_places(
        self, layer: Layer, statement: Statement, standing: Standing
    ) -> Iterator[tuple[Place, ...]]:
        """Yield the resources that a statement of a layer matches, grouped by thing and kind.

        If a pattern matches no resource, yield an invented one: each `*` and `?` of the pattern becomes "x".
        """
        if statement.resources is None or statement.resources.negated:
            if layer.on == "*":
                yield from self._groups
            elif layer.on in self._places_by_arn:
                yield (self._places_by_arn[layer.on],)
            return
        for pattern in statement.resources.values:
            fitting_pattern = _fill_variables(pattern, standing, "*")
            has_match = False
            for places in self._groups_matching(fitting_pattern):
                has_match = True
                yield places
            if not has_match:
                for invented in self._invented_arns(statement, pattern, standing):
                    yield (Place(invented, invented, self.thing(invented)),)

    def _invented_arns(
        self, statement: Statement, pattern: str, standing: Standing
    ) -> Values:
        """Return ARNs of no resource here that a pattern matches, so that the statement's actions fit them.

        Each `*` and `?` of the pattern becomes "x". If none of the actions fits that, such as the ARN of a log group
        for an action on log streams, each action's own ARN format completes the pattern.
        """
        filled = _fill_variables(pattern, standing, "x")
        invented = filled.replace("*", "x").replace("?", "x")
        place = Place(invented, invented, UNKNOWN_THING)
        if statement.actions.negated or self.askable_actions(statement.actions, place):
            return (invented,)
        return _fitting_arns(filled, statement.actions, self.account) or (invented,)

    def _groups_matching(self, pattern: str) -> Iterator[tuple[Place, ...]]:
        """Yield the resources that an ARN pattern matches, grouped by thing and kind."""
        has_wildcard = "*" in pattern or "?" in pattern
        if not has_wildcard:
            if pattern in self._places_by_arn:
                yield (self._places_by_arn[pattern],)
            return
        test = glob(pattern)
        for group in self._groups:
            if places := tuple(place for place in group if test(place.arn)):
                yield places

    def askable_actions(self, actions: Element, place: Place) -> Values:
        """Return the actions that match an Action element and can be requested on a resource, best known first.

        They are actions of the resource's own service and of the services that the element names.
        Results are cached.
        """
        key = actions, place.kind, is_protected_role(place.arn)
        if key not in self._askable:
            self._askable[key] = tuple(self._find_askable_actions(actions, place))
        return self._askable[key]

    def _find_askable_actions(self, actions: Element, place: Place) -> Iterator[str]:
        """Yield the actions of `askable_actions`, without the cache."""
        tests = [glob(value.lower()) for value in actions.values]
        named = {value.lower().partition(":")[0] for value in actions.values} - {"*"}
        for service in dict.fromkeys((*own_services(place.arn), *sorted(named))):
            for action in _actions_on(service, place.kind, self.account):
                is_refused = is_protected_role(place.arn) and _is_of_aws_alone(action)
                if is_refused:
                    continue
                if any(test(action.lower()) for test in tests) is not actions.negated:
                    yield action


PROTECTED_ROLE_PATTERN = re.compile(
    r"arn:aws:iam::\d{12}:role/aws-(?:service-role|reserved)/", re.ASCII
)


def is_protected_role(arn: str) -> bool:
    """Return whether an ARN is of a role that only AWS changes, as Identity Center's: no policy lets anyone else do it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    """
    return PROTECTED_ROLE_PATTERN.match(arn) is not None


def _is_of_aws_alone(action: str) -> bool:
    """Return whether an action of IAM changes a role, so that it fails on a protected one."""
    service, _, operation = action.partition(":")
    row = OPERATIONS.get((service, operation))
    return row is not None and "UnmodifiableEntity" in row.errors


ALL_ACTIONS = Element(("*",))
COURSE_SERVICES = ("s3", "iam", "dynamodb", "sqs", "lambda", "ec2", "sts")


def own_services(arn: str) -> Values:
    """Return the service prefixes of the actions that fit a resource's ARN.

    "*" and other texts without a service fit the actions of every service that the scenarios use.
    """
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    return {"": COURSE_SERVICES, "iam": ("iam", "sts")}.get(service, (service,))


@lru_cache(maxsize=4096)
def _fitting_arns(pattern: str, actions: Element, account: str) -> Values:
    """Return an ARN for each action that both the pattern and the action's own ARN format match."""
    domain = Domain.typed_domain((account,))
    pattern_text = Text(pattern_tokens(pattern), fold=False)
    groups = chain.from_iterable(map(domain.action_groups, actions.values))
    matching_actions = islice(chain.from_iterable(groups), MAX_FITTED)
    fitting_arns = (
        Automaton((pattern_text, target.pattern)).shortest_text(0b11, 0)
        for action in matching_actions
        for target in domain.resource_classes(action, account)
    )
    return tuple(dict.fromkeys(filter(None, fitting_arns)))


@lru_cache(maxsize=4096)
def _actions_on(service: str, kind: str, account: str) -> Values:
    """Return a service's actions that can be requested on a resource of a kind, such as "bucket".

    `kind` can also be an ARN, if the resource doesn't exist. An action counts if one of its resource
    types includes a sample ARN of the kind.
    """
    if kind in SAMPLE_ARNS:
        sample = SAMPLE_ARNS[kind].format(account=account)
    else:
        sample = kind
    domain = Domain.typed_domain((account,))

    def accepts_sample(action: str) -> bool:
        """Return whether one of the resource types of an action includes the sample ARN."""
        return any(
            matcher(target.pattern.tokens)(sample)
            for target in domain.resource_classes(action, account)
        )

    all_actions = chain.from_iterable(domain.action_groups(f"{service}:*"))
    return tuple(filter(accepts_sample, all_actions))


SAMPLE_ARNS = {
    "bucket": "arn:aws:s3:::x",
    "object": "arn:aws:s3:::x/x",
    **{
        kind: ARN_FORMS[kind].replace("{region}", REGION).replace("{name}", "x")
        for kind in ("table", "queue", "function", "kms-key")
    },
    "instance": f"arn:aws:ec2:{REGION}:{{account}}:instance/i-0c0ffee5b0a2d0001",
    **{
        kind: f"arn:aws:iam::{{account}}:{kind}/x"
        for kind in ("role", "user", "group", "policy", "mfa")
    },
}


VARIABLE_PATTERN = re.compile(r"\$\{([^}]*)\}")


def _fill_variables(pattern: str, standing: Standing, text_if_unknown: str) -> str:
    """Return an ARN pattern with its policy variables replaced by the principal's values.

    A variable without a value becomes `text_if_unknown`.
    """

    def value(match: re.Match[str]) -> str:
        """Return the value of the policy variable that was found."""
        known_fixed = standing.fixed.get(match[1])
        if isinstance(known_fixed, tuple) and known_fixed:
            return known_fixed[0]
        return text_if_unknown

    if "${" in pattern:
        return VARIABLE_PATTERN.sub(value, pattern)
    return pattern


def _all_places(account: Account) -> Iterator[Place]:
    """Yield every resource of an account, kind by kind. Objects and IAM resources end after MAX_THINGS of each."""
    for name, bucket in account.buckets.items():
        thing = Thing("bucket", name)
        yield Place(arn(account, "bucket", name), "bucket", thing)
        # An empty bucket gets an object, since whoever can write one reaches it.
        for key in _first_names(bucket.objects or ("x",)):
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
    for id, key in account.kms_keys.items():
        name = next(iter(alias_names(account, key)), id)  # people know a key by its alias
        yield Place(arn(account, "kms-key", id), "kms-key", Thing("kms-key", name))
    for role in account.roles.values():
        yield Place(account.arn(role), "role", Thing("role", role.name))
    entities = (
        ("user", map(account.arn, account.users.values())),
        ("group", map(account.arn, account.groups.values())),
        ("policy", iter(account.policies)),
        ("mfa", iter(account.devices)),
    )
    for kind, arns in entities:
        yield from (Place(each, kind, Thing(kind)) for each in _first_names(arns))
    yield Place("*", "*", ACCOUNT_THING)


def _first_names(names: Iterable[str]) -> Iterator[str]:
    """Return the first MAX_THINGS names."""
    return islice(names, MAX_THINGS)
