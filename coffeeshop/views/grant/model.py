"""The parts of a drawn grant: boxes, the links between them, and what holds a link back."""

from __future__ import annotations

from msgspec import Struct

from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.model import Kind
from coffeeshop.shop.things import ACCESS_LEVELS, access_level_of
from coffeeshop.views.access.words import KIND_PLURALS, level_word

NOT_HERE = "not in this account"


class Box(Struct, frozen=True, order=True):
    """One box: a principal, a group, a role, a policy or a thing.

    `kind` is AWS's word for it. A `name` of "" means that the kind says everything. `owner` tells
    policies of one name apart: an inline policy's user, group or role, or the resource of a policy.
    """

    kind: str
    name: str = ""
    owner: str = ""

    @property
    def label(self) -> str:
        """Return the kind and the name: "group Cashiers". A user needs no kind."""
        if not self.name:
            return KIND_PLURALS.get(self.kind, self.kind)
        if self.kind == "user":
            return self.name
        if self.kind == NOT_HERE:
            return f"{self.name} ({NOT_HERE})"
        return f"{self.kind} {self.name}"


class Asked(Struct, frozen=True, order=True):
    """One request that a link is about: an action on a resource."""

    action: str
    resource: str

    @property
    def level(self) -> AccessLevel:
        """Return the access level of the action."""
        return access_level_of(self.action)


class Stop(Struct, frozen=True):
    """A layer that takes requests away from a link.

    `layer` is AWS's word for it with its policies, such as "SCP NoDelete", and `deed` says what it
    does: denies, doesn't allow, or asks for a condition key.
    """

    layer: str
    deed: str
    kind: Kind
    requests: tuple[Asked, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Return what stays the same if other requests are held back."""
        return self.layer, self.deed


class Part(Struct, frozen=True):
    """The requests of a link that AWS allows only if the caller adds something: `under` says what."""

    under: str
    requests: tuple[Asked, ...]


class Link(Struct, frozen=True):
    """One line of the drawing: who gets a thing, through which group or role, by which policy.

    `requests` are those that AWS allows by it, and `stops` what holds others back. `needs`
    name what must allow them too, such as a role's trust policy. `under` is their common
    demand on the caller, such as an MFA code, and `parts` are those with a demand that others don't have.
    """

    who: Box
    via: Box | None
    policy: Box
    thing: Box
    requests: tuple[Asked, ...] = ()
    stops: tuple[Stop, ...] = ()
    needs: tuple[str, ...] = ()
    under: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def boxes(self) -> tuple[Box | None, Box | None, Box, Box]:
        """Return the four boxes of the line, from the principal to the thing."""
        return self.who, self.via, self.policy, self.thing

    @property
    def is_effective(self) -> bool:
        """Return whether AWS allows anything by this link."""
        return bool(self.requests)


class Drawing(Struct, frozen=True):
    """Everything that is drawn: the links, and sentences about what the links can't show.

    `about` are the boxes that the drawing is about. They are drawn even without a link. `fresh_links`,
    `fresh_boxes` and `fresh_stops` are what the last act made, `gone` the links that it took away.
    `left_out` counts the links that the drawing has no room for. `by_thing`: lines meet at the thing,
    and else they start at the principal.
    """

    title: str
    about: tuple[Box, ...]
    links: tuple[Link, ...] = ()
    remarks: tuple[str, ...] = ()
    fresh_boxes: frozenset[Box] = frozenset()
    fresh_links: frozenset[tuple[Box | None, ...]] = frozenset()
    fresh_stops: frozenset[tuple[tuple[Box | None, ...], tuple[str, str]]] = frozenset()
    gone: tuple[Link, ...] = ()
    left_out: int = 0
    by_thing: bool = False

    def is_fresh(self, link: Link) -> bool:
        """Return whether the last act made this link."""
        return link.boxes in self.fresh_links

    def is_stop_fresh(self, link: Link, stop: Stop) -> bool:
        """Return whether the last act made a layer take requests away from this link."""
        return (link.boxes, stop.key) in self.fresh_stops


def level_words(requests: tuple[Asked, ...]) -> str:
    """Return the access levels of requests, the harmless first: "list, read".

    To assume a role, or to pass it to a service, isn't called "write", AWS's level for it.
    """
    own_words = [ROLE_WORDS.get(request.action.lower(), "") for request in requests]
    resources_by_level: dict[AccessLevel, list[str]] = {}
    for request, own_word in zip(requests, own_words, strict=True):
        if not own_word:
            resources_by_level.setdefault(request.level, []).append(request.resource)
    words = [
        level_word(level, resources_by_level[level])
        for level in ACCESS_LEVELS
        if level in resources_by_level
    ]
    return ", ".join((*sorted({*own_words} - {""}), *words))


def shares_levels(some: tuple[Asked, ...], others: tuple[Asked, ...]) -> bool:
    """Return whether a request of each have the same access level."""
    levels = {asked.level for asked in some}
    return any(asked.level in levels for asked in others)


ROLE_WORDS = {
    "sts:assumerole": "assume",
    "sts:assumerolewithsaml": "assume",
    "sts:assumerolewithwebidentity": "assume",
    "iam:passrole": "pass",
}
