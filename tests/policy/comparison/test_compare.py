"""Comparison of bare policies, case by case: what the domain is, what each operator means for it, what is shown."""

from typing import Any, cast

import pytest

from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.model import Condition, Element, Excess, Policy, Standing, Statement
from tests.policy.standings import (
    BUCKET,
    OBJECTS,
    OPEN,
    TYPED,
    Written,
    allow,
    bare,
    deny,
    differences,
    when,
)
from tests.tables import each_row


# ------------------------------------------------------------------ the words
def test_nothing_exceeds_itself():
    everything = bare(
        allow(), deny("s3:*", "*", **when(Bool={"aws:SecureTransport": "false"}))
    )
    assert differences(everything, everything) == []


def test_an_action_too_many_is_shown_on_a_readable_resource():
    new, old = bare(allow(["s3:GetObject", "s3:DeleteObject"])), bare(allow())
    assert differences(new, old) == [("s3:DeleteObject", f"{BUCKET}/x", {})]


def test_a_witness_cites_the_statement_that_allows_it_and_the_nearest_of_the_other_side():
    new, old = (
        bare(allow(), allow("s3:PutObject", Sid="Write")),
        bare(allow("s3:PutObject", BUCKET, Sid="Near"), allow()),
    )
    (found,) = excesses(new, old, OPEN)
    assert isinstance(found, Excess)
    assert found.by.statement.sid == "Write"
    assert found.nearest is not None
    assert found.nearest.sid == "Near"


def test_a_deny_of_the_other_side_is_the_nearest_statement():
    (found,) = excesses(bare(allow()), bare(allow("s3:*", "*"), deny(Sid="No")), OPEN)
    assert isinstance(found, Excess)
    assert found.nearest is not None
    assert found.nearest.sid == "No"


def test_no_statement_is_nearest_to_nothing():
    (found,) = excesses(bare(allow()), Standing.of(), OPEN)
    assert isinstance(found, Excess)
    assert found.nearest is None


def test_actions_have_no_case_and_are_shown_as_aws_writes_them():
    assert differences(bare(allow("S3:GETOBJECT")), bare(allow("s3:getobject"))) == []
    assert differences(bare(allow("S3:GETOBJECT")), Standing.of()) == [
        ("s3:GetObject", f"{BUCKET}/x", {})
    ]


def test_of_a_wildcard_the_actions_that_the_catalogue_knows_are_shown():
    assert differences(
        bare(allow("s3:Get*Tagging")), bare(allow("s3:GetBucketTagging"))
    ) == [("s3:GetJobTagging", f"{BUCKET}/x", {})]


def test_an_action_that_aws_does_not_know_counts_in_the_open_domain_only():
    new, old = bare(allow("s3:Frobnicate*")), Standing.of()
    assert differences(new, old) == [("s3:frobnicate", f"{BUCKET}/x", {})]
    assert differences(new, old, TYPED) == []


def test_a_free_name_is_found_where_the_shortest_are_taken():
    new, old = (
        bare(allow("s3:Frobnicate*")),
        bare(allow(["s3:Frobnicate", "s3:frobnicatex", "s3:Frobnicatea"])),
    )
    assert [action for action, _, _ in differences(new, old)] == ["s3:frobnicated"]


def test_a_pattern_whose_names_are_all_written_out_has_no_others():
    either = bare(allow(["s3:a*", "s3:?b"]))
    assert differences(either, bare(allow(["s3:a*", "s3:?b"]), deny("s3:ab"))) == [
        ("s3:ab", f"{BUCKET}/x", {})
    ]


def test_every_action_has_a_service_and_a_name():
    def on_everything(action: str, negated: bool = False) -> Standing:
        return Standing.of(
            Policy((Statement("Allow", Element((action,), negated), Element(("*",))),))
        )

    everything = on_everything("*")
    for pattern in ("*:*", "?*:?*"):
        assert differences(everything, on_everything(pattern)) == []
    assert differences(on_everything("*:*:*"), Standing.of()) == []
    assert differences(on_everything("*:*", negated=True), Standing.of()) == []
    assert [action for action, _, _ in differences(everything, on_everything("?*?:*"))] == [
        "x:x"
    ]


def test_not_action_is_every_other_action():
    new = bare({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"})
    assert differences(new, bare(allow("*", "*"))) == []
    assert differences(
        new, bare({"Effect": "Allow", "NotAction": ["s3:*", "iam:*"], "Resource": "*"})
    ) == [("iam:CreateUser", "x", {})]


def test_not_resource_is_every_other_resource():
    new = bare({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": OBJECTS})
    assert differences(new, bare(allow(resource="*"))) == []
    assert differences(new, bare(allow(resource=BUCKET))) == [("s3:GetObject", "x", {})]
    assert differences(
        bare(
            allow(resource="*"),
            {"Effect": "Deny", "Action": "*", "NotResource": [OBJECTS, BUCKET]},
        ),
        bare(allow()),
    ) == [("s3:GetObject", BUCKET, {})]


def test_not_resource_star_is_nothing():
    assert (
        differences(
            bare({"Effect": "Allow", "Action": "*", "NotResource": "*"}), Standing.of()
        )
        == []
    )


def test_the_bucket_is_not_its_objects():
    assert differences(
        bare(allow("s3:ListBucket", BUCKET)), bare(allow("s3:ListBucket", OBJECTS))
    ) == [("s3:ListBucket", BUCKET, {})]


def test_resource_star_has_a_request_of_its_own():
    every = [f"arn:aws:{service}:*:*:*" for service in ("s3", "sqs")]
    assert differences(bare(allow(resource="*")), bare(allow(resource=every))) == [
        ("s3:GetObject", "x", {})
    ]
    assert differences(
        bare(allow("s3:ListAllMyBuckets", "*")),
        bare(allow("s3:ListAllMyBuckets", every)),
        TYPED,
    ) == [("s3:ListAllMyBuckets", "*", {})]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("??", "?*?"),
        ("?*?", "??*"),
        ("*?", "?*"),
        ("?*?*", "??*"),
        ("a?*", "a*?"),
        ("**?", "?*"),
    ],
)
def test_wildcards_that_say_the_same_are_the_same(one: str, other: str):
    for write in (
        lambda pattern: bare(allow(resource=f"arn:aws:s3:::menu/{pattern}")),
        lambda pattern: bare(allow(resource=f"arn:aws:sqs:{pattern}:*:x")),
        lambda pattern: bare(allow(f"s3:{pattern}")),
        lambda pattern: conditioned(when(StringLike={"s3:prefix": pattern})),
        lambda pattern: conditioned(
            when(ArnLike={"aws:SourceArn": f"arn:aws:sns:{pattern}:*:{pattern}"})
        ),
    ):
        assert differences(write(one), write(other)) == []


def test_in_the_first_five_segments_a_star_stays_within_its_colons():
    new, old = (
        bare(allow("sqs:SendMessage", "arn:aws:sqs:*:*:orders")),
        bare(allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:*:orders")),
    )
    assert differences(old, new) == []
    assert differences(new, old) == [
        ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:444455556666:orders", {})
    ]


def test_there_is_one_witness_for_each_statement_class_of_actions_and_resource():
    new = bare(
        allow(["s3:GetObject", "s3:PutObject"], [BUCKET, OBJECTS]),
        allow("iam:CreateUser", "*"),
    )
    assert differences(new, Standing.of()) == [
        ("s3:GetObject", BUCKET, {}),
        ("s3:GetObject", f"{BUCKET}/x", {}),
        ("iam:CreateUser", "x", {}),
    ]


def test_few_context_keys_come_first():
    needs_key = allow(
        "s3:PutObject",
        **when(
            StringEquals={"s3:x-amz-acl": "private"}, Bool={"aws:SecureTransport": "true"}
        ),
    )
    needs_one = allow("s3:DeleteObject", **when(StringEquals={"s3:versionid": "1"}))
    found = differences(bare(needs_key, needs_one, allow()), Standing.of())
    assert [len(context) for _, _, context in found] == [0, 1, 2]


def test_the_search_takes_the_way_out_that_costs_fewest_keys():
    new = bare(allow())
    old = bare(
        allow(**when(Null={"aws:UserAgent": "false"})),
        allow(**when(Null={"aws:Referer": "true"})),
    )
    assert differences(new, old) == [
        ("s3:GetObject", f"{BUCKET}/x", {"aws:Referer": ("x",)})
    ]


def test_existing_resources_are_shown_before_invented_ones():
    seeds = ("arn:aws:s3:::menus/today.json", f"{BUCKET}/2026/0001")
    assert differences(bare(allow()), Standing.of(), Domain.open_domain(seeds)) == [
        ("s3:GetObject", f"{BUCKET}/2026/0001", {})
    ]


# ------------------------------------------------------------- conditions
def conditioned(*conditions: Written) -> Standing:
    return bare(*(allow(**condition) for condition in conditions))


ANY = conditioned({})


@each_row(
    [
        (
            when(StringEquals={"s3:prefix": "a"}),
            when(StringLike={"s3:prefix": "a*"}),
            ("ax",),
        ),
        (
            when(StringEquals={"s3:prefix": "a"}),
            when(StringEqualsIgnoreCase={"s3:prefix": "A"}),
            ("A",),
        ),
        (
            when(StringEquals={"s3:prefix": "a*"}),
            when(StringLike={"s3:prefix": "a*"}),
            ("ax",),
        ),
        (
            when(StringNotLike={"s3:prefix": "a*"}),
            when(StringNotEquals={"s3:prefix": "a"}),
            ("ax",),
        ),
        (
            when(ArnLike={"aws:SourceArn": "arn:aws:s3:::a"}),
            when(ArnEquals={"aws:SourceArn": "arn:aws:s3:*:*:a"}),
            ("arn:aws:s3:us-east-1:111122223333:a",),
        ),
        (
            when(ArnLike={"aws:SourceArn": "arn:*:x"}),
            when(StringLike={"aws:SourceArn": "arn:*:x"}),
            ("arn:::x",),
        ),
        (
            when(NumericLessThan={"s3:max-keys": 10}),
            when(NumericLessThanEquals={"s3:max-keys": "10.0"}),
            ("10",),
        ),
        (
            when(NumericEquals={"s3:max-keys": "10"}),
            when(NumericGreaterThan={"s3:max-keys": "9.5"}),
            ("9.75",),
        ),
        (
            when(NumericLessThan={"s3:max-keys": "0.1"}),
            when(NumericLessThan={"s3:max-keys": "0.10001"}),
            ("0.1",),
        ),
        (
            when(DateLessThan={"aws:TokenIssueTime": "2026-01-01"}),
            when(DateLessThanEquals={"aws:TokenIssueTime": "1767225600"}),
            ("2026-01-01T00:00:00Z",),
        ),
        (
            when(DateGreaterThan={"aws:TokenIssueTime": "2026-01-01"}),
            when(DateGreaterThanEquals={"aws:TokenIssueTime": "2026-01-01"}),
            ("2026-01-01T00:00:00Z",),
        ),
        (
            when(IpAddress={"aws:SourceIp": "10.1.0.0/16"}),
            when(IpAddress={"aws:SourceIp": "10.0.0.0/8"}),
            ("10.0.0.7",),
        ),
        (
            when(IpAddress={"aws:SourceIp": "0.0.0.0/0"}),
            when(Null={"aws:SourceIp": "false"}),
            ("2001:db8::7",),
        ),
        (
            when(IpAddress={"aws:SourceIp": "2001:db8::/33"}),
            when(IpAddress={"aws:SourceIp": "2001:DB8:0:0::/32"}),
            ("2001:db8:8000::",),
        ),
        (
            when(BinaryEquals={"example:Blob": "YQ=="}),
            when(Null={"example:Blob": "false"}),
            ("AA==",),
        ),
        (
            when(Bool={"aws:SecureTransport": "true"}),
            when(Null={"aws:SecureTransport": "false"}),
            ("false",),
        ),
        (
            when(StringEquals={"s3:prefix": "a"}),
            when(StringEqualsIfExists={"s3:prefix": "a"}),
            None,
        ),
        (when(Bool={"aws:MultiFactorAuthPresent": ["true", "false"]}), {}, None),
        (when(NotIpAddress={"aws:SourceIp": "10.0.0.0/8"}), {}, ("10.0.0.7",)),
        (when(NumericNotEquals={"s3:max-keys": "5"}), {}, ("5",)),
        (
            when(ForAnyValue__StringEquals={"aws:TagKeys": "a"}),
            when(ForAllValues__StringEquals={"aws:TagKeys": "a"}),
            None,
        ),
        (
            when(ForAllValues__StringEquals={"aws:TagKeys": "a"}),
            when(ForAllValues__StringEquals={"aws:TagKeys": ["a", "b"]}),
            ("b",),
        ),
        (
            when(
                ForAllValues__StringLike={"aws:TagKeys": "a*"},
                Null={"aws:TagKeys": "false"},
            ),
            when(ForAnyValue__StringLike={"aws:TagKeys": "a*"}),
            ("x", "ax"),
        ),
    ]
)
def test_an_operator_is_exact_at_its_edges(narrow: Written, wide: Written, context: Any):
    (found,) = differences(conditioned(wide), conditioned(narrow))
    assert tuple(found[2].values()) == (() if context is None else (context,))
    if not any(
        operator.startswith("ForA")
        for operator in cast("dict[str, object]", wide.get("Condition", {}))
    ):
        assert differences(conditioned(narrow), conditioned(wide)) == []


@each_row(
    (parts,)
    for parts in [
        [
            when(Bool={"aws:MultiFactorAuthPresent": "true"}),
            when(BoolIfExists={"aws:MultiFactorAuthPresent": "false"}),
        ],
        [
            when(NumericLessThan={"s3:max-keys": "10"}),
            when(NumericGreaterThanEquals={"s3:max-keys": "10.0"}),
            when(Null={"s3:max-keys": "true"}),
        ],
        [
            when(DateLessThan={"aws:TokenIssueTime": "2026"}),
            when(
                DateGreaterThanEqualsIfExists={
                    "aws:TokenIssueTime": "2026-01-01T02:00:00+02:00"
                }
            ),
        ],
        [
            when(IpAddress={"aws:SourceIp": "10.0.0.0/8"}),
            when(NotIpAddress={"aws:SourceIp": "10.0.0.0/8"}),
        ],
        [
            when(IpAddress={"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1", "::/0"]}),
            when(Null={"aws:SourceIp": "true"}),
        ],
        [when(StringLike={"s3:prefix": "a*"}), when(StringNotLike={"s3:prefix": "a*"})],
        [when(StringLike={"s3:prefix": ["?*", ""]}), when(Null={"s3:prefix": "true"})],
        [
            when(ForAnyValue__StringNotEquals={"aws:TagKeys": "a"}),
            when(ForAllValues__StringEquals={"aws:TagKeys": "a"}),
        ],
        [
            when(ForAllValues__StringNotEquals={"aws:TagKeys": "a"}),
            when(ForAnyValue__StringEquals={"aws:TagKeys": "a"}),
        ],
    ]
)
def test_halves_that_make_a_whole(parts: list[Written]):
    assert differences(ANY, conditioned(*parts)) == []
    assert differences(ANY, conditioned(*parts[1:])) != []


def test_some_value_unlisted_is_not_the_opposite_of_no_value_listed():
    some, none = (
        when(ForAnyValue__StringNotEquals={"aws:TagKeys": "a"}),
        when(ForAllValues__StringNotEquals={"aws:TagKeys": "a"}),
    )
    assert [
        sorted(context.get("aws:TagKeys", ()))
        for _, _, context in differences(conditioned(some), conditioned(none))
    ] == [["a", "x"]]
    assert [
        context for _, _, context in differences(conditioned(none), conditioned(some))
    ] == [{}]


def test_bool_true_or_false_is_not_everything():
    both = conditioned(
        when(Bool={"aws:MultiFactorAuthPresent": "true"}),
        when(Bool={"aws:MultiFactorAuthPresent": "false"}),
    )
    assert differences(ANY, both) == [("s3:GetObject", f"{BUCKET}/x", {})]


def test_a_set_operator_on_a_key_of_one_value_is_about_a_set_of_one():
    several = conditioned(when(ForAllValues__StringEquals={"aws:UserAgent": "a"}))
    assert (
        differences(
            several, conditioned(when(StringEqualsIfExists={"aws:UserAgent": ["a", ""]}))
        )
        == []
    )


def test_a_plain_operator_on_several_values_matches_nothing():
    new = conditioned(
        when(ForAllValues__StringLike={"aws:TagKeys": "a*"}, Null={"aws:TagKeys": "false"})
    )
    found = differences(new, conditioned(when(StringLike={"aws:TagKeys": "a*"})))
    assert [context for _, _, context in found] == [{"aws:TagKeys": ("ax", "a")}]


def test_a_set_has_two_members_of_a_kind_only_where_two_values_are_of_that_kind():
    there = {"Null": {"aws:TagKeys": "false"}}
    one = conditioned(when(ForAllValues__StringEquals={"aws:TagKeys": "a"}, **there))
    assert differences(one, conditioned(when(StringEquals={"aws:TagKeys": "a"}))) == []
    two = conditioned(when(ForAllValues__StringEquals={"aws:TagKeys": ["a", "b"]}, **there))
    found = differences(two, conditioned(when(StringEquals={"aws:TagKeys": ["a", "b"]})))
    assert [context for _, _, context in found] == [{"aws:TagKeys": ("a", "b")}]


@pytest.mark.parametrize(
    "operator", ["StringEquals", "StringLike", "StringEqualsIgnoreCase"]
)
def test_all_values_of_a_key_that_is_there_are_any_of_its_values(operator: str):
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    wanted = {"aws:TagKeys": ["cost-center", "team"]}
    recommended = conditioned(
        when(**{f"ForAllValues__{operator}": wanted}, Null={"aws:TagKeys": "false"})
    )
    assert (
        differences(recommended, conditioned(when(**{f"ForAnyValue__{operator}": wanted})))
        == []
    )


def test_keys_are_independent_and_found_without_case():
    new = conditioned(when(StringEquals={"s3:prefix": "a", "aws:useragent": "b"}))
    old = conditioned(
        when(StringEquals={"S3:Prefix": "a"}), when(StringEquals={"aws:UserAgent": "b"})
    )
    assert differences(new, old) == []
    assert [
        context
        for _, _, context in differences(
            conditioned(when(StringEquals={"s3:prefix": "a"})), new
        )
    ] == [{"s3:prefix": ("a",)}]


def test_the_code_of_a_region_has_no_capital_letters():
    exact, any_case = (
        conditioned(when(**{operator: {"aws:RequestedRegion": "us-east-1"}}))
        for operator in ("StringEquals", "StringEqualsIgnoreCase")
    )
    elsewhere = conditioned(when(StringLike={"aws:RequestedRegion": "us-*-1"}))
    assert differences(any_case, exact) == []
    assert differences(elsewhere, any_case) != []


def test_a_deny_without_if_exists_misses_those_without_the_key():
    only_with_code = bare(allow(**when(Bool={"aws:MultiFactorAuthPresent": "true"})))
    forgot, meant = (
        bare(allow(), deny(**when(**{operator: {"aws:MultiFactorAuthPresent": "false"}})))
        for operator in ("Bool", "BoolIfExists")
    )
    assert differences(forgot, only_with_code) == [("s3:GetObject", f"{BUCKET}/x", {})]
    assert differences(meant, only_with_code) == []


def test_a_literal_that_its_operator_cannot_read_matches_nothing():
    broken = Statement(
        "Allow",
        Element(("s3:GetObject",)),
        Element(("*",)),
        conditions=(Condition("NumericEquals", "s3:max-keys", ("ten",)),),
    )
    assert differences(Standing.of(Policy((broken,))), Standing.of()) == []


def test_numbers_of_any_length_are_told_apart_exactly():
    long = "0." + "0" * 400 + "1"
    assert differences(
        conditioned(when(NumericLessThanEquals={"s3:max-keys": long})),
        conditioned(when(NumericLessThan={"s3:max-keys": long})),
    )[0][2] == {"s3:max-keys": (long,)}


def test_dates_outside_the_years_of_four_digits_are_seconds():
    new, old = (
        when(DateGreaterThan={"aws:TokenIssueTime": "9999-12-31T23:59:59Z"}),
        when(DateLessThan={"aws:TokenIssueTime": "0001-01-01"}),
    )
    assert differences(conditioned(new), Standing.of())[0][2] == {
        "aws:TokenIssueTime": ("253402300800",)
    }
    assert differences(conditioned(old), Standing.of())[0][2] == {
        "aws:TokenIssueTime": ("-62135596801",)
    }


def test_between_two_dates_there_is_always_another():
    new = when(
        DateGreaterThan={"aws:TokenIssueTime": "2026-01-01T00:00:00Z"},
        DateLessThan={"aws:TokenIssueTime": "2026-01-01T00:00:01Z"},
    )
    assert differences(conditioned(new), Standing.of())[0][2] == {
        "aws:TokenIssueTime": ("2026-01-01T00:00:00.5Z",)
    }
