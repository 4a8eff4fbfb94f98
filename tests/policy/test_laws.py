"""What holds of every policy and every request: the laws of authorization, each a sentence."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from coffeeshop.policy.evaluation.authorize import (
    GRANTING_KINDS,
    applicable_layers,
    authorize,
)
from coffeeshop.policy.evaluation.explain import nearest_miss
from coffeeshop.policy.evaluation.match import PreparedRequest
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.model import (
    Allowed,
    Element,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Layer,
    Policy,
    Principals,
    Request,
    Standing,
    Statement,
)
from coffeeshop.policy.simulation.simulate import decision_name
from tests.examples import examples
from tests.policy.arbitrary import policies, requests, standings, statements

EVERYONE = Principals((("AWS", "*"),))
# One example is a standing of several layers: ten of them cost a second.
LAW = examples(2)


def everything(effect: str, kind: Kind) -> Policy:
    who = EVERYONE if kind in (Kind.RESOURCE, Kind.RCP, Kind.TRUST) else None
    resources = None if kind is Kind.TRUST else Element(("*",))
    return Policy(
        (
            Statement(
                "Allow" if effect == "Allow" else "Deny", Element(("*",)), resources, who
            ),
        )
    )


def with_layer(standing: Standing, layer: Layer) -> Standing:
    return replace(standing, layers=(*standing.layers, layer))


def allowed(standing: Standing, request: Request) -> bool:
    return isinstance(authorize(standing, request), Allowed)


@LAW
@given(standings(), requests(), st.sampled_from(Kind))
def test_an_explicit_deny_trumps_every_allow(
    standing: Standing, request: Request, kind: Kind
) -> None:
    denied = with_layer(standing, Layer(kind, (everything("Deny", kind),)))
    assume(request.action.lower() != "sts:getcalleridentity")
    assume(denied.layers[-1] in applicable_layers(PreparedRequest(denied, request)))
    assert isinstance(authorize(denied, request), ExplicitlyDenied)


@LAW
@given(standings(), requests(), st.sampled_from(Kind), st.data())
def test_adding_a_deny_never_allows_more(
    standing: Standing, request: Request, kind: Kind, data: st.DataObject
) -> None:
    assume(standing.layers)
    at = data.draw(st.integers(0, len(standing.layers) - 1))
    layer = standing.layers[at]
    deny = replace(data.draw(statements(layer.kind)), effect="Deny")
    denying = replace(layer, policies=(*layer.policies, Policy((deny,))))
    stricter = replace(
        standing, layers=(*standing.layers[:at], denying, *standing.layers[at + 1 :])
    )
    assert allowed(standing, request) or not allowed(stricter, request)


@LAW
@given(standings(), requests(), st.data())
def test_adding_an_allow_never_denies_more(
    standing: Standing, request: Request, data: st.DataObject
) -> None:
    assume(standing.layers)
    at = data.draw(st.integers(0, len(standing.layers) - 1))
    layer = standing.layers[at]
    allow = replace(data.draw(statements(layer.kind)), effect="Allow")
    wider = replace(layer, policies=(*layer.policies, Policy((allow,))))
    laxer = replace(
        standing, layers=(*standing.layers[:at], wider, *standing.layers[at + 1 :])
    )
    assert allowed(laxer, request) or not allowed(standing, request)


@LAW
@given(
    standings(), requests(), st.sampled_from(sorted(set(Kind) - GRANTING_KINDS)), st.data()
)
def test_a_layer_that_caps_never_grants(
    standing: Standing, request: Request, kind: Kind, data: st.DataObject
) -> None:
    capped = with_layer(
        standing, Layer(kind, (everything("Allow", kind), data.draw(policies(kind))))
    )
    assert allowed(standing, request) or not allowed(capped, request)


@LAW
@given(standings(), requests())
def test_the_order_of_layers_policies_and_statements_never_changes_a_decision(
    standing: Standing, request: Request
) -> None:
    turned = tuple(
        replace(
            layer,
            policies=tuple(
                replace(policy, statements=policy.statements[::-1])
                for policy in layer.policies[::-1]
            ),
        )
        for layer in standing.layers[::-1]
    )
    assert decision_name(
        authorize(replace(standing, layers=turned), request)
    ) == decision_name(authorize(standing, request))


def changed(standing: Standing, change: Callable[[Policy], Policy]) -> Standing:
    return replace(
        standing,
        layers=tuple(
            replace(layer, policies=tuple(change(policy) for policy in layer.policies))
            for layer in standing.layers
        ),
    )


def split(policy: Policy) -> Policy:
    """Each action and each resource a statement of its own, where the lists are not negated."""

    def parts(element: Element) -> list[Element]:
        return (
            [element]
            if element.negated
            else [Element((value,)) for value in element.values]
        )

    return replace(
        policy,
        statements=tuple(
            replace(statement, actions=action, resources=resource)
            for statement in policy.statements
            for action in parts(statement.actions)
            for resource in (parts(statement.resources) if statement.resources else [None])
        ),
    )


@LAW
@given(standings(), requests())
def test_splitting_statements_never_changes_a_decision(
    standing: Standing, request: Request
) -> None:
    assert decision_name(authorize(changed(standing, split), request)) == decision_name(
        authorize(standing, request)
    )


@LAW
@given(standings(), requests())
def test_saying_it_twice_never_changes_a_decision(
    standing: Standing, request: Request
) -> None:
    twice = changed(
        standing, lambda policy: replace(policy, statements=policy.statements * 2)
    )
    assert decision_name(authorize(twice, request)) == decision_name(
        authorize(standing, request)
    )


@LAW
@given(standings(), requests())
def test_sids_and_names_never_change_a_decision(
    standing: Standing, request: Request
) -> None:
    named = changed(
        standing,
        lambda policy: replace(
            policy,
            name="other",
            statements=tuple(
                replace(s, sid=f"S{n}") for n, s in enumerate(policy.statements)
            ),
        ),
    )
    assert decision_name(authorize(named, request)) == decision_name(
        authorize(standing, request)
    )


@LAW
@given(standings(), requests())
def test_the_case_of_actions_and_context_keys_never_changes_a_decision(
    standing: Standing, request: Request
) -> None:
    folded = {key.lower(): value for key, value in request.context.items()}
    assume(len(folded) == len(request.context))
    shouted = replace(
        request,
        action=request.action.upper(),
        context={key.upper(): value for key, value in folded.items()},
    )
    assert decision_name(authorize(standing, shouted)) == decision_name(
        authorize(standing, request)
    )


@LAW
@given(standings(), requests())
def test_a_decision_cites_statements_of_its_own_effect(
    standing: Standing, request: Request
) -> None:
    decision = authorize(standing, request)
    cited = () if isinstance(decision, ImplicitlyDenied) else decision.by
    effect = "Allow" if isinstance(decision, Allowed) else "Deny"
    assert all(
        matched.statement.effect == effect and matched.layer in standing.layers
        for matched in cited
    )
    assert cited or not isinstance(decision, ExplicitlyDenied)


@LAW
@given(standings(), requests())
def test_only_an_implicit_deny_has_a_nearest_miss_and_it_misses(
    standing: Standing, request: Request
) -> None:
    decision = authorize(standing, request)
    miss = nearest_miss(decision)
    if isinstance(decision, ImplicitlyDenied):
        assert miss is None or (
            miss.matched.statement.effect == "Allow" and 1 <= miss.failed <= 4
        )
    else:
        assert miss is None


@LAW
@given(
    policies(Kind.IDENTITY) | policies(Kind.RESOURCE),
    st.sampled_from((Kind.IDENTITY, Kind.RESOURCE)),
)
def test_printing_and_parsing_is_the_identity(policy: Policy, kind: Kind) -> None:
    try:
        read = parse(dumps(policy), kind)
    except MalformedPolicy:
        return
    assert parse(dumps(read), kind) == read
