"""Find the policies that would allow a request, and those that deny each of them.

A decision names one reason. A person who looks at a permission wants all of them: each statement
that would allow the request, and every layer that holds it back. Each answer is one of the engine's:
a layer holds a permission back if the engine allows the request without the layer, and refuses it
with the layer.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from coffeeshop.policy.evaluation.authorize import (
    GRANTING_KINDS,
    RESOURCE_KINDS,
    LayerMatches,
    applicable_layers,
    combine_layers,
    match_layer,
)
from coffeeshop.policy.evaluation.match import Clause, PreparedRequest, compiled_policy
from coffeeshop.policy.model import Kind, Layer, Matched, Request, Standing, Values


@dataclass(frozen=True, slots=True)
class Hold:
    """Something that takes a permission away.

    `denies` are the Deny statements that match. `unmet` are the condition keys on which an Allow misses
    the request: the granting statement itself, or the first of this layer about the request. If both are
    empty, the policies of this kind don't allow the request under any condition, although AWS needs them to.
    `is_lack`: AWS needs a policy of this kind beside the granting statement, and none allows the request.
    """

    kind: Kind
    layer: Layer | None = None
    denies: tuple[Matched, ...] = ()
    unmet: Values = ()
    is_lack: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """A statement that allows a request, or would if nothing held it back.

    `needs` are the statements of another kind without which it grants nothing, such as those of a
    role's trust policy.
    """

    by: Matched
    needs: tuple[Matched, ...] = ()
    holds: tuple[Hold, ...] = ()

    @property
    def is_effective(self) -> bool:
        """Return whether AWS allows the request by this statement."""
        return not self.holds


def request_grants(standing: Standing, request: Request) -> tuple[Grant, ...]:
    """Return every statement that would allow a request, with what holds it back.

    If none of them is effective, AWS refuses the request, unless no policy needs to allow it (root).
    A statement of a resource's policy that only delegates to an identity policy is listed under the
    `needs` of that policy's statement.
    """
    prepared = PreparedRequest(standing, request)
    layers = [match_layer(layer, prepared) for layer in applicable_layers(prepared)]
    grants = (
        _find_grant(prepared, layers, matches.layer, clause)
        for matches in layers
        if matches.layer.kind in GRANTING_KINDS
        for clause in _allows_about(prepared, matches.layer)
    )
    return tuple(grant for grant in grants if grant is not None)


def _allows_about(prepared: PreparedRequest, layer: Layer) -> Iterator[Clause]:
    """Yield a layer's Allows about the action, the resource and the principal, whatever their conditions."""
    for policy in layer.policies:
        for clause in compiled_policy(policy).clauses_about(prepared.action)[1]:
            if clause.resource is not None and not clause.resource(prepared):
                continue
            if clause.names is None or clause.names(prepared.standing):
                yield clause


def _find_grant(
    prepared: PreparedRequest, layers: Sequence[LayerMatches], layer: Layer, clause: Clause
) -> Grant | None:
    """Return the grant of one Allow.

    Return None if it only delegates to an identity policy that allows the request.
    """
    matched = clause.cited_statement(layer)
    granting = [matches._replace(denies=()) for matches in layers if _grants(matches)]
    alone = [_only_allow(matches, layer, clause) for matches in granting]
    helpers = RESOURCE_KINDS if layer.kind is Kind.IDENTITY else {Kind.IDENTITY}
    needs: tuple[Matched, ...] = ()
    if combine_layers(prepared, alone)[0]:
        # `alone` was made from `granting`, so both are equally long.
        joined = [
            matches if matches.layer.kind in helpers else own
            for matches, own in zip(granting, alone, strict=True)
        ]
        silent = combine_layers(prepared, joined)[0]
        needs = tuple(_allows_of(joined, helpers))
        if not silent and needs and layer.kind is not Kind.IDENTITY:
            return None  # the statement of the identity policy needs this one
        alone = joined
    else:
        silent = set[Kind]()
    unmet = tuple(_unmet_keys(prepared, clause))
    own_conditions = (Hold(layer.kind, layer, unmet=unmet),) if unmet else ()
    holds = (
        *own_conditions,
        *(_silent_hold(prepared, layers, kind) for kind in sorted(silent)),
        *_find_holds(prepared, layers, alone),
    )
    return Grant(matched, needs, holds)


def _grants(matches: LayerMatches) -> bool:
    """Return whether a layer can grant. The others only cap."""
    return matches.layer.kind in GRANTING_KINDS


def _only_allow(matches: LayerMatches, layer: Layer, clause: Clause) -> LayerMatches:
    """Return a layer's matches with this Allow alone, or with none if it is of another layer."""
    return matches._replace(allows=(clause,) if matches.layer is layer else ())


def _allows_of(layers: Iterable[LayerMatches], kinds: Iterable[Kind]) -> Iterator[Matched]:
    """Yield the Allows of layers of these kinds."""
    for matches in layers:
        if matches.layer.kind in kinds:
            yield from (clause.cited_statement(matches.layer) for clause in matches.allows)


def _unmet_keys(prepared: PreparedRequest, clause: Clause) -> Iterator[str]:
    """Yield the keys of a statement's conditions that the request doesn't meet."""
    pairs = zip(clause.conditions, clause.statement.conditions, strict=True)
    for test, condition in pairs:
        if not test(prepared.context):
            yield condition.key


def _silent_hold(
    prepared: PreparedRequest, layers: Iterable[LayerMatches], kind: Kind
) -> Hold:
    """Return why the policies of a kind don't allow a request: the conditions of their Allows, or that they have none."""
    for matches in layers:
        # A resource's policy that only delegates is no way to anything, whatever the identity policies say.
        if matches.layer.kind is kind and kind is not Kind.IDENTITY:
            unmet = _nearest_unmet_keys(prepared, matches.layer)
            if unmet:
                return Hold(kind, matches.layer, unmet=unmet, is_lack=True)
    return Hold(kind, is_lack=True)


def _nearest_unmet_keys(prepared: PreparedRequest, layer: Layer) -> Values:
    """Return the condition keys on which the nearest Allow of a layer misses the request. Empty: no Allow is about it."""
    by_clause = (
        tuple(_unmet_keys(prepared, clause)) for clause in _allows_about(prepared, layer)
    )
    return min(by_clause, key=len, default=())


def _find_holds(
    prepared: PreparedRequest,
    layers: Sequence[LayerMatches],
    granting: Sequence[LayerMatches],
) -> Iterator[Hold]:
    """Yield each layer that takes the permission away: one that denies, or a cap that doesn't allow."""
    for matches in layers:
        layer = matches.layer
        if matches.denies:
            denies = tuple(clause.cited_statement(layer) for clause in matches.denies)
            yield Hold(layer.kind, layer, denies)
        elif layer.kind not in GRANTING_KINDS:
            capped = [*granting, matches]
            if layer.kind in combine_layers(prepared, capped)[0]:
                yield Hold(layer.kind, layer, unmet=_nearest_unmet_keys(prepared, layer))
