"""What a decision cites, and which layers bear; what it decides is in the cases, the laws and the definition."""

from collections.abc import Sequence

import pytest

from coffeeshop.policy.evaluation.authorize import LAYER_ORDER, applicable_layers, authorize
from coffeeshop.policy.evaluation.match import PreparedRequest
from coffeeshop.policy.model import (
    Allowed,
    Effect,
    Element,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Layer,
    Policy,
    Principal,
    Principals,
    Request,
    Standing,
    Statement,
)
from tests.policy.standings import CASEY

ACCOUNT, PARTNER = "111122223333", "444455556666"
ROLE, BUCKET, OBJECT = (
    f"arn:aws:iam::{ACCOUNT}:role/Cashier",
    "arn:aws:s3:::receipts",
    "arn:aws:s3:::receipts/1",
)


def says(sid: str, effect: Effect, *principals: str) -> Statement:
    who = Principals(tuple(("AWS", name) for name in principals)) if principals else None
    return Statement(effect, Element(("*",)), Element(("*",)), who, sid=sid)


def layer(kind: Kind, *statements: Statement, on: str = "*") -> Layer:
    return Layer(kind, tuple(Policy((statement,)) for statement in statements), on)


def cited(layers: Sequence[Layer], request: Request, who: Principal = CASEY) -> list[str]:
    decision = authorize(Standing(who, tuple(layers)), request)
    assert not isinstance(decision, ImplicitlyDenied)
    return [matched.statement.sid for matched in decision.by]


OWN = layer(Kind.IDENTITY, says("Own", "Allow"))


def test_an_allow_cites_every_statement_that_grants_and_none_that_caps() -> None:
    both = layer(Kind.IDENTITY, says("A", "Allow"), says("B", "Allow"))
    caps = [
        layer(kind, says(kind.value, "Allow"))
        for kind in (Kind.SCP, Kind.BOUNDARY, Kind.SESSION)
    ]
    assert cited([both, *caps], Request("s3:GetObject", OBJECT)) == ["A", "B"]


def test_within_the_account_a_statement_that_only_delegates_is_not_cited() -> None:
    door = layer(
        Kind.RESOURCE,
        says("Delegates", "Allow", ACCOUNT),
        says("Everyone", "Allow", "*"),
        says("Casey", "Allow", CASEY.arn),
    )
    assert cited([OWN, door], Request("s3:GetObject", OBJECT)) == [
        "Own",
        "Everyone",
        "Casey",
    ]


def test_the_closest_naming_counts() -> None:
    door = layer(
        Kind.RESOURCE,
        says("Delegates", "Allow", ACCOUNT),
        says("Casey", "Allow", CASEY.arn),
    )
    assert cited(
        [layer(Kind.IDENTITY), door, layer(Kind.BOUNDARY)], Request("s3:GetObject", OBJECT)
    ) == ["Casey"]


def test_across_accounts_it_is_for_both_sides_are_needed() -> None:
    door = layer(Kind.RESOURCE, says("Delegates", "Allow", ACCOUNT))
    assert cited([OWN, door], Request("s3:GetObject", OBJECT, account=PARTNER)) == [
        "Own",
        "Delegates",
    ]


def test_a_trust_policy_is_cited_even_where_it_names_the_account() -> None:
    trust = layer(Kind.TRUST, says("Trust", "Allow", ACCOUNT), on=ROLE)
    assert cited([OWN, trust], Request("sts:AssumeRole", ROLE)) == ["Own", "Trust"]


def test_a_kms_key_needs_its_key_policy_and_an_alias_has_none() -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html"""
    key, alias = (
        f"arn:aws:kms:us-east-1:{ACCOUNT}:{name}" for name in ("key/1", "alias/till")
    )

    def allowed(on: str) -> bool:
        standing = Standing(CASEY, (OWN, layer(Kind.RESOURCE, on=on)))
        return isinstance(authorize(standing, Request("kms:DeleteAlias", on)), Allowed)

    assert not allowed(key)
    assert allowed(alias)


def test_root_is_allowed_by_nothing() -> None:
    root = Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, ACCOUNT, "root")
    assert cited([OWN], Request("s3:GetObject", OBJECT), root) == []


def test_a_deny_cites_all_denies_of_one_layer_the_first_in_the_guides_order() -> None:
    layers = [
        layer(kind, says(f"{kind} 1", "Deny", "*"), says(f"{kind} 2", "Deny", "*"))
        for kind in reversed(LAYER_ORDER)
        if kind is not Kind.TRUST
    ]
    kinds = [kind for kind in LAYER_ORDER if kind is not Kind.TRUST]
    for number, kind in enumerate(kinds):
        held = [one for one in layers if one.kind in kinds[number:]]
        assert cited(held, Request("s3:GetObject", OBJECT)) == [f"{kind} 1", f"{kind} 2"]


def test_of_several_silent_kinds_the_first_in_the_guides_order_is_named() -> None:
    kinds = (Kind.RCP, Kind.SCP, Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION)
    for number in range(len(kinds)):
        silent = [layer(kind) for kind in reversed(kinds[number:])]
        loud = [layer(kind, says("x", "Allow", "*")) for kind in kinds[:number]]
        decision = authorize(
            Standing(CASEY, (*silent, *loud)), Request("s3:GetObject", OBJECT)
        )
        assert isinstance(decision, ImplicitlyDenied)
        assert decision.silent is kinds[number]


def test_a_statement_is_cited_in_the_layer_where_it_stands() -> None:
    shared = Policy((says("Shared", "Deny", "*"),))
    own, session = Layer(Kind.IDENTITY, (shared,)), Layer(Kind.SESSION, (shared,))
    for one in (own, session, own):
        decision = authorize(Standing(CASEY, (one,)), Request("s3:GetObject", OBJECT))
        assert isinstance(decision, ExplicitlyDenied)
        assert decision.by[0].layer is one


def bears(kind: Kind, on: str, action: str, resource: str, who: Principal = CASEY) -> bool:
    return bool(
        list(
            applicable_layers(
                PreparedRequest(
                    Standing(who, (layer(kind, on=on),)), Request(action, resource)
                )
            )
        )
    )


def test_a_resources_policy_bears_on_what_lies_in_it() -> None:
    assert [
        bears(Kind.RESOURCE, BUCKET, "s3:GetObject", resource)
        for resource in (BUCKET, OBJECT, BUCKET + "-old", "arn:aws:s3:::other/1")
    ] == [True, True, False, False]


def test_a_trust_policy_bears_on_its_role_alone_and_on_taking_it() -> None:
    inner = f"arn:aws:iam::{ACCOUNT}:role/Cashier/Night"
    assert [
        bears(Kind.TRUST, ROLE, "sts:AssumeRole", resource) for resource in (ROLE, inner)
    ] == [
        True,
        False,
    ]
    assert not bears(Kind.TRUST, ROLE, "iam:GetRole", ROLE)


def silent(who: Principal, *layers: Layer, account: str = "") -> Kind:
    decision = authorize(
        Standing(who, layers), Request("s3:GetObject", OBJECT, account=account)
    )
    assert isinstance(decision, ImplicitlyDenied)
    return decision.silent


def test_only_who_has_no_account_needs_no_identity_policy() -> None:
    fay = Principal(f"arn:aws:sts::{ACCOUNT}:federated-user/fay", ACCOUNT, kind="federated")
    google = Principal("accounts.google.com", kind="federated")
    assert [silent(who) for who in (fay, google)] == [Kind.IDENTITY, Kind.RESOURCE]
    service, stranger = (
        Principal("sns.amazonaws.com", kind="service"),
        Principal("", kind="anonymous"),
    )
    assert [silent(who) for who in (service, stranger)] == [Kind.RESOURCE, Kind.RESOURCE]
    door = layer(Kind.RESOURCE, says("Everyone", "Allow", "*"))
    assert [
        cited([door], Request("s3:GetObject", OBJECT, account=ACCOUNT), who)
        for who in (google, service, stranger)
    ] == [["Everyone"]] * 3


def test_accounts_differ_only_where_both_are_known() -> None:
    nobody_in_particular = Principal("*")
    assert cited(
        [OWN], Request("s3:GetObject", OBJECT, account=ACCOUNT), nobody_in_particular
    ) == ["Own"]
    assert cited([OWN], Request("s3:GetObject", OBJECT, account=ACCOUNT)) == ["Own"]
    assert silent(CASEY, OWN, account=PARTNER) is Kind.RESOURCE


def test_a_request_keeps_what_it_was_decided_from() -> None:
    standing, request = Standing(CASEY, (OWN,)), Request("s3:GetObject", OBJECT)
    decision = authorize(standing, request)
    assert isinstance(decision, Allowed)
    assert (decision.standing, decision.request) == (standing, request)


@pytest.mark.parametrize(
    ("entries", "cites"),
    [
        (["{role}"], ["Entry"]),
        (["{user}"], ["Entry"]),
        (["*"], ["Entry"]),
        (["{account}"], ["Own", "Entry"]),
        (["{user}", "{account}"], ["Entry"]),
    ],
)
def test_an_identity_policy_is_cited_for_a_key_only_where_the_key_policy_names_the_account(
    entries: list[str], cites: list[str]
) -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/Cashier/s"
    caller = CASEY
    if entries == ["{role}"]:
        caller = Principal(session, ACCOUNT, "AROA:s", "role", role_arn=ROLE)
    names = {"role": ROLE, "user": CASEY.arn, "account": f"arn:aws:iam::{ACCOUNT}:root"}
    principals = [entry.format(**names) for entry in entries]
    key_policy = layer(Kind.RESOURCE, says("Entry", "Allow", *principals), on=key)
    request = Request("kms:Decrypt", key, account=ACCOUNT)
    assert cited((OWN, key_policy), request, caller) == cites
