import pytest

from coffeeshop.policy.evaluation import match
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import (
    Clause,
    PreparedRequest,
    compiled_policy,
    index_keys,
)
from coffeeshop.policy.language.principals import Naming, naming_test, principal_names
from coffeeshop.policy.model import (
    PRESENT,
    Allowed,
    Condition,
    Effect,
    Element,
    Kind,
    Layer,
    Policy,
    Principal,
    Principals,
    Request,
    Standing,
    Statement,
)

ACCOUNT = "111122223333"
CASEY = Principal(f"arn:aws:iam::{ACCOUNT}:user/casey", ACCOUNT, "AIDACASEY")
CASHIER = f"arn:aws:iam::{ACCOUNT}:role/Cashier"
BO = Principal(
    f"arn:aws:sts::{ACCOUNT}:assumed-role/Cashier/bo",
    ACCOUNT,
    "AROACASHIER:bo",
    "role",
    CASHIER,
    "AROACASHIER",
)
CASHIER_ITSELF = Principal(CASHIER, ACCOUNT, "AROACASHIER", "role", CASHIER, "AROACASHIER")


def statement(*actions: str, effect: Effect = "Allow", negated: bool = False) -> Statement:
    return Statement(effect, Element(actions, negated), Element(("*",)))


def named(
    principal: Principal,
    *entries: tuple[str, str],
    effect: Effect = "Allow",
    negated: bool = False,
) -> Naming:
    return naming_test(Principals(entries, negated), effect)(Standing(principal, ()))


@pytest.mark.parametrize(
    "said", ["s3:GetObject", "S3:getobject", "s3:*", "s?:GetObject", "*"]
)
def test_an_allow_is_looked_for_wherever_it_may_speak_of_an_action(said: str) -> None:
    allowing = compiled_policy(Policy((statement(said),))).allow_index_keys
    assert not allowing.isdisjoint(index_keys("s3:getobject"))
    assert (
        compiled_policy(Policy((statement(said, effect="Deny"),))).allow_index_keys
        == frozenset()
    )


def test_an_allow_of_all_but_some_actions_may_speak_of_any() -> None:
    assert not compiled_policy(
        Policy((statement("iam:*", negated=True),))
    ).allow_index_keys.isdisjoint(index_keys("s3:getobject"))


def test_what_no_allow_speaks_of_has_no_place() -> None:
    assert compiled_policy(
        Policy((statement("iam:*", "s3:PutObject"),))
    ).allow_index_keys.isdisjoint(index_keys("s3:getobject"))


def test_a_policy_is_compiled_once_and_stays_equal_to_itself() -> None:
    policy = Policy((statement("s3:*"),))
    assert compiled_policy(policy) is compiled_policy(policy)
    assert policy == Policy((statement("s3:*"),))
    assert hash(policy) == hash(Policy((statement("s3:*"),)))


@pytest.mark.parametrize(
    "action", ["s3:getobject", "s3:listbucket", "sqs:sendmessage", "iam:passrole", "odd"]
)
def test_the_index_finds_exactly_the_statements_that_concern_an_action(action: str) -> None:
    patterns = (
        "s3:GetObject",
        "s3:Get*",
        "S3:*",
        "*",
        "*:List*",
        "s?s:Send*",
        "sqs:SendMessage",
        "iam:passrole",
        "odd",
        "s3*",
    )
    policy = Policy(
        (
            *(statement(pattern) for pattern in patterns),
            statement("s3:*", effect="Deny"),
            statement("iam:*", negated=True),
        )
    )
    form = compiled_policy(policy)
    denies, allows = form.clauses_about(action)
    concerned = [clause for clause in form.clauses if clause.action(action)]
    assert (list(denies), list(allows)) == (
        [c for c in concerned if not c.allows],
        [c for c in concerned if c.allows],
    )


def test_what_is_remembered_of_actions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match, "_MAX_CACHED_ACTIONS", 3)
    form = compiled_policy(Policy((statement("s3:*"),)))
    answers = [len(form.clauses_about(f"s3:action{number}")[1]) for number in range(10)]
    assert answers == [1] * 10
    assert form.clauses_about("s3:action9") is form.clauses_about("s3:action9")


def test_context_keys_lie_over_what_the_session_fixes() -> None:
    standing = Standing(
        CASEY,
        (),
        {
            "aws:A": ("fixed",),
            "aws:B": ("fixed",),
            "aws:C": None,
            "aws:D": PRESENT,
            "aws:E": (),
        },
    )
    asked = PreparedRequest(
        standing, Request("s3:GetObject", "*", {"AWS:b": ("asked",), "aws:F": ()})
    )
    assert asked.context == {"aws:a": ("fixed",), "aws:b": ("asked",), "aws:d": ("",)}


def test_a_key_fixed_as_present_is_there_with_no_value_to_match() -> None:
    there = Statement(
        "Allow",
        Element(("*",)),
        Element(("*",)),
        conditions=(Condition("Null", "aws:MultiFactorAuthAge", ("false",)),),
    )
    young = Statement(
        "Allow",
        Element(("*",)),
        Element(("*",)),
        conditions=(Condition("NumericLessThan", "aws:MultiFactorAuthAge", ("60",)),),
    )
    fixed = {"aws:MultiFactorAuthAge": PRESENT}
    request = Request("s3:GetObject", "*")
    assert isinstance(
        authorize(
            Standing(CASEY, (Layer(Kind.IDENTITY, (Policy((there,)),)),), fixed), request
        ),
        Allowed,
    )
    assert not isinstance(
        authorize(
            Standing(CASEY, (Layer(Kind.IDENTITY, (Policy((young,)),)),), fixed), request
        ),
        Allowed,
    )


def asked_of(
    resources: tuple[str, ...], resource: str, version: str = "2012-10-17"
) -> bool:
    policy = Policy(
        (Statement("Allow", Element(("*",)), Element(resources)),), version=version
    )
    request = Request("s3:GetObject", resource, {"aws:username": ("casey",)})
    return isinstance(
        authorize(Standing(CASEY, (Layer(Kind.IDENTITY, (policy,)),)), request), Allowed
    )


def test_a_variable_outside_the_sixth_segment_is_plain_text() -> None:
    assert asked_of(("arn:aws:s3:::${aws:username}",), "arn:aws:s3:::casey")
    assert not asked_of(("arn:aws:s3::${aws:username}",), "arn:aws:s3::casey")
    assert asked_of(("arn:aws:s3::${aws:username}",), "arn:aws:s3::${aws:username}")
    assert asked_of(("arn:aws:s3:${a}::*",), "arn:aws:s3:${a}::b")
    assert not asked_of(
        ("arn:aws:s3:::${aws:username}",), "arn:aws:s3:::casey", "2008-10-17"
    )


def test_any_of_several_resources_with_variables_will_do() -> None:
    several = (
        "arn:aws:s3:::a/${aws:username}",
        "arn:aws:s3:::b/${aws:username}",
        "arn:aws:s3:::c",
    )
    assert [
        asked_of(several, f"arn:aws:s3:::{name}")
        for name in ("a/casey", "b/casey", "c", "d/casey")
    ] == [
        True,
        True,
        True,
        False,
    ]


def test_a_statement_without_principals_names_its_holder() -> None:
    assert (
        Clause(statement("s3:*"), Policy(())).naming_of(Standing(CASEY, ())) is Naming.VERY
    )


def test_how_closely_a_principal_is_named() -> None:
    assert named(CASEY, ("AWS", ACCOUNT)) is Naming.ACCOUNT
    assert named(CASEY, ("AWS", f"arn:aws-cn:iam::{ACCOUNT}:root")) is Naming.ACCOUNT
    assert named(CASEY, ("AWS", "*")) is Naming.VERY
    assert named(CASEY, ("AWS", "AIDACASEY")) is Naming.VERY
    assert named(BO, ("AWS", CASHIER)) is Naming.ISSUER
    assert named(BO, ("AWS", BO.arn), ("AWS", CASHIER)) is Naming.VERY
    assert named(CASHIER_ITSELF, ("AWS", CASHIER)) is Naming.ISSUER
    assert named(Principal("", kind="anonymous"), ("AWS", ACCOUNT)) is Naming.NOT
    assert (
        named(
            Principal("79a59df9", id="79a59df9", kind="user"), ("CanonicalUser", "79a59df9")
        )
        is Naming.VERY
    )
    assert (
        named(
            Principal("lambda.amazonaws.com", kind="service"),
            ("AWS", "lambda.amazonaws.com"),
        )
        is Naming.NOT
    )
    assert (
        named(
            Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, kind="account"),
            ("AWS", ACCOUNT),
        )
        is Naming.ACCOUNT
    )


def test_everyone_beside_the_account_is_everyone() -> None:
    assert named(CASEY, ("AWS", ACCOUNT), ("AWS", "*")) is Naming.VERY


def test_a_deny_that_leaves_out_must_list_every_name() -> None:
    role, account = ("AWS", CASHIER), ("AWS", ACCOUNT)
    assert named(CASHIER_ITSELF, role, account, effect="Deny", negated=True) is Naming.NOT
    assert named(CASHIER_ITSELF, role, effect="Deny", negated=True) is Naming.ISSUER
    assert named(CASEY, ("AWS", "*"), effect="Deny", negated=True) is Naming.NOT
    assert (
        named(Principal("", kind="anonymous"), account, effect="Deny", negated=True)
        is Naming.ISSUER
    )


def test_a_deny_that_leaves_out_spares_nobody_with_a_boundary() -> None:
    listed = (("AWS", CASEY.arn), ("AWS", ACCOUNT))
    denied = naming_test(Principals(listed, negated=True), "Deny")
    boundary = Layer(Kind.BOUNDARY, ())
    root = Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, ACCOUNT, "root")
    assert denied(Standing(CASEY, ())) is Naming.NOT
    assert denied(Standing(CASEY, (boundary,))) is Naming.ISSUER
    assert denied(Standing(root, (boundary,))) is Naming.NOT
    assert (
        naming_test(Principals(listed, negated=True), "Allow")(Standing(CASEY, (boundary,)))
        is Naming.NOT
    )


def test_an_allow_that_leaves_out_does_so_by_any_name() -> None:
    assert named(BO, ("AWS", CASHIER), negated=True) is Naming.NOT
    assert named(BO, ("AWS", CASEY.arn), negated=True) is Naming.ISSUER


def test_a_principal_of_nothing_goes_by_its_star_alone() -> None:
    assert [how for how, _ in principal_names(Principal("*"))] == [Naming.VERY]
