from coffeeshop.policy.language.arn import Arn, arn_glob, arn_segments, arn_tokens
from coffeeshop.policy.language.patterns import Wild


def test_an_arn_has_six_parts_and_its_resource_may_hold_colons() -> None:
    arn = Arn.read("arn:aws:logs:us-east-1:111122223333:log-group:shop:*")
    assert arn == Arn("aws", "logs", "us-east-1", "111122223333", "log-group:shop:*")
    assert str(arn) == "arn:aws:logs:us-east-1:111122223333:log-group:shop:*"
    assert [
        Arn.read(text)
        for text in ("", "*", "arn:aws:s3:::", "arn:aws:s3::b", "urn:aws:s3:::b")
    ] == [
        None,
        None,
        Arn("aws", "s3", "", "", ""),
        None,
        None,
    ]


def test_a_pattern_is_never_split_inside_a_variable() -> None:
    assert arn_segments("arn:aws:sqs:us-east-2:*:${aws:username}-q:x") == (
        "arn",
        "aws",
        "sqs",
        "us-east-2",
        "*",
        "${aws:username}-q:x",
    )
    assert arn_segments("arn:${aws:a}:b") == ("arn", "${aws:a}", "b")
    assert arn_segments("a{b:c}d") == ("a{b", "c}d")
    assert arn_segments("a$b:${x}") == ("a$b", "${x}")
    assert arn_segments("a{b:${x:y}:c}:d") == ("a{b", "${x:y}", "c}", "d")


def test_wildcards_of_the_first_five_segments_take_no_colon() -> None:
    assert arn_tokens("arn:aws:*:?::a*") == (
        "arn:aws:",
        Wild.RUN_IN_SEGMENT,
        ":",
        Wild.ONE_IN_SEGMENT,
        "::",
        "a",
        Wild.RUN,
    )
    assert arn_tokens("a*:b") == ("a", Wild.RUN_IN_SEGMENT, ":b")
    assert arn_tokens("**") == (Wild.RUN, Wild.RUN)
    assert arn_tokens("") == ()


def test_a_lone_star_matches_every_text_and_an_empty_pattern_only_the_empty_one() -> None:
    assert arn_glob("*")("") is True
    assert arn_glob("*")("no arn") is True
    assert [arn_glob("")(text) for text in ("", "*", "a")] == [True, False, False]


def test_arns_are_matched_segment_by_segment() -> None:
    matches = arn_glob("arn:aws:s*:*::b/*")
    assert [
        matches(text)
        for text in (
            "arn:aws:s3:::b/x:y",
            "arn:aws:s3:a:b:b/x",
            "arn:aws:s3::b/x",
            "arn:aws:s3:::c/x",
            "arn:aws:s3:::b/",
        )
    ] == [True, False, False, False, True]
    crossing = arn_glob("arn:aws:s3:*:*:b")
    assert [crossing(text) for text in ("arn:aws:s3:x:y:b", "arn:aws:s3:x:y:z:b")] == [
        True,
        False,
    ]
    assert arn_glob("arn:aws:s3:?::b")("arn:aws:s3:x::b")
    assert not arn_glob("arn:aws:s3:?::b")("arn:aws:s3::::b")
    assert not arn_glob("a:b*")("a:b:c")
    short = arn_glob("a*:b")
    assert [short(text) for text in ("ax:b", "a:x:b", "ax:b:c")] == [True, False, False]
