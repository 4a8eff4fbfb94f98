import json

import pytest

from coffeeshop.policy.language.parse import (
    MalformedPolicy,
    element_places,
    examine_policy,
    parse,
)
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.model import Condition, Element, Kind, Level, Place, Principals
from tests.tables import each_row


def statement(**elements: object) -> str:
    base: dict[str, object] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    found = {
        name: value for name, value in {**base, **elements}.items() if value is not None
    }
    return json.dumps({"Version": "2012-10-17", "Statement": found})


def codes(text: str | bytes, kind: Kind = Kind.IDENTITY) -> list[str]:
    return [problem.code for problem in examine_policy(text, kind)[1]]


# ------------------------------------------------------------------- what is read
def test_every_element_is_read() -> None:
    text = """{
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "Bar", "Effect": "Deny", "NotPrincipal": {"AWS": ["111122223333", "AIDACASEY"], "Service": "lambda.amazonaws.com"},
    "NotAction": "s3:Get*", "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b/*"],
    "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*", "b"]}, "Bool": {"aws:SecureTransport": false}, "NumericEquals": {"s3:max-keys": 1.50}}
  }]
}"""
    (only,) = parse(text, Kind.RESOURCE, "door").statements
    assert (only.effect, only.sid) == ("Deny", "Bar")
    assert only.actions == Element(("s3:Get*",), negated=True)
    assert only.resources == Element(("arn:aws:s3:::a", "arn:aws:s3:::b/*"), negated=True)
    assert only.principals == Principals(
        (
            ("AWS", "111122223333"),
            ("AWS", "AIDACASEY"),
            ("Service", "lambda.amazonaws.com"),
        ),
        negated=True,
    )
    assert only.conditions == (
        Condition("StringLike", "aws:TagKeys", ("a*", "b"), "ForAnyValue", if_exists=True),
        Condition("Bool", "aws:SecureTransport", ("false",)),
        Condition("NumericEquals", "s3:max-keys", ("1.50",)),
    )


def test_a_statement_knows_its_span() -> None:
    text = '{"Version": "2012-10-17",\n "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},\n  {"Effect": "Deny", "Action": "*", "Resource": "*"}]}'
    first, second = parse(text).statements
    assert (
        first.place.line,
        first.place.column,
        second.place.line,
        second.place.column,
    ) == (2, 16, 3, 3)
    assert (
        text[second.place.start : second.place.end]
        == '{"Effect": "Deny", "Action": "*", "Resource": "*"}'
    )
    assert second.place.path == "Statement[1]"


def test_bytes_are_read_as_utf_8() -> None:
    policy = parse(statement(Sid=None, Resource="arn:aws:s3:::café/*").encode())
    assert policy.statements[0].resources == Element(("arn:aws:s3:::café/*",))


def test_a_policy_is_printed_in_the_order_of_the_guide() -> None:
    text = statement(
        Sid="A",
        Action=["s3:GetObject", "s3:PutObject"],
        Condition={"Bool": {"aws:SecureTransport": "true"}},
    )
    assert list(json.loads(dumps(parse(text)))["Statement"][0]) == [
        "Sid",
        "Effect",
        "Action",
        "Resource",
        "Condition",
    ]


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        (Kind.IDENTITY, {"NotAction": ["iam:*"], "Action": None, "NotResource": "arn:aws:s3:::a", "Resource": None}),
        (Kind.RESOURCE, {"Principal": "*"}),
        (Kind.RESOURCE, {"NotPrincipal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/casey"], "Service": "sns.amazonaws.com"}}),
        (Kind.TRUST, {"Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Resource": None}),
        (Kind.RCP, {"Principal": "*", "Effect": "Deny"}),
        (Kind.SCP, {"Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"], "aws:CalledVia": "x"}, "Null": {"aws:TagKeys": False}}}),
    ],
)  # fmt: skip
def test_what_is_printed_is_read_as_the_same_policy(
    kind: Kind, elements: dict[str, object]
) -> None:
    policy = parse(statement(**elements), kind, "name")
    assert parse(dumps(policy), kind, "name") == policy


# -------------------------------------------------------------- what is refused
@each_row([
        ({"Effect": "allow"}, "bad-effect"),
        ({"Effect": None}, "missing-effect"),
        ({"Effect": 1}, "wrong-type"),
        ({"Action": None}, "missing-action"),
        ({"Action": []}, "missing-action"),
        ({"Action": {}}, "wrong-type"),
        ({"NotAction": "s3:*"}, "both-actions"),
        ({"Action": "GetObject"}, "action-without-vendor"),
        ({"Action": "s3:a:b"}, "action-two-colons"),
        ({"Action": "s*:Get"}, "bad-vendor"),
        ({"Resource": None}, "missing-resource"),
        ({"Resource": []}, "missing-resource"),
        ({"NotResource": "*"}, "both-resources"),
        ({"Resource": "bucket/*"}, "bad-resource"),
        ({"Resource": ""}, "bad-resource"),
        ({"Resource": "arn:aws:s3::bucket"}, "incomplete-arn"),
        ({"Resource": "arn:amazon:s3:::bucket"}, "bad-partition"),
        ({"Resource": "arn:aws:*:::bucket"}, "bad-resource-vendor"),
        ({"Resource": "arn:aws:iam:us-east-1:111122223333:user/a"}, "iam-region"),
        ({"Resource": "arn:aws:iam::111122223333:usr/a"}, "iam-path"),
        ({"Sid": "no-dash"}, "bad-sid"),
        ({"Sid": 1}, "wrong-type"),
        ({"Principal": "*"}, "principal-not-allowed"),
        ({"NotPrincipal": "*"}, "principal-not-allowed"),
        ({"Condition": []}, "wrong-type"),
        ({"Condition": {"StringEquals": "a"}}, "wrong-type"),
        ({"Condition": {"StringEquals": {"a:b": None}}}, "wrong-type"),
        ({"Condition": {"StringEquals": {"a:b": [["c"]]}}}, "wrong-type"),
        ({"Condition": {"Stringequals": {"a:b": "c"}}}, "unknown-operator"),
        ({"Condition": {"ForSomeValues:StringEquals": {"a:b": "c"}}}, "unknown-operator"),
        ({"Condition": {"NullIfExists": {"a:b": "true"}}}, "unknown-operator"),
        ({"Condition": {"ForAllValues:NullIfExists": {"a:b": "true"}}}, "unknown-operator"),
        ({"Condition": {"NumericEquals": {"a:b": "ten"}}}, "bad-value"),
        ({"Condition": {"DateLessThan": {"a:b": "tomorrow"}}}, "bad-value"),
        ({"Condition": {"IpAddress": {"a:b": "203.0.113.0/33"}}}, "bad-value"),
        ({"Condition": {"Bool": {"a:b": "yes"}}}, "bad-value"),
        ({"Condition": {"BinaryEquals": {"a:b": "?"}}}, "bad-value"),
        ({"Condition": {"Null": {"a:b": "maybe"}}}, "bad-value"),
        ({"Efect": "Allow", "Effect": None}, "unknown-element"),
        ({"Comment": "hello"}, "unknown-element"),
    ])  # fmt: skip
def test_a_faulty_statement_is_one_problem(elements: dict[str, object], code: str) -> None:
    assert codes(statement(**elements)) == [code]


@each_row([
        ("111122223333", "bad-principal"),
        ("casey", "bad-principal"),
        (["*"], "wrong-type"),
        ({}, "missing-principal"),
        ({"aws": "*"}, "unknown-principal-type"),
        ({"User": "*"}, "unknown-principal-type"),
        ({"AWS": "arn:aws:iam::111122223333:user/*"}, "principal-wildcard"),
        ({"AWS": "arn:aws:iam::111122223333:group/g"}, "group-principal"),
        ({"AWS": "arn:aws:s3:::bucket"}, "bad-principal"),
        ({"AWS": "11112222333"}, "bad-principal"),
        ({"AWS": "arn:aws:iam::111122223333:"}, "bad-principal"),
        ({"Service": ""}, "bad-principal"),
        ({"Service": "*"}, "bad-principal"),
    ])  # fmt: skip
def test_a_faulty_principal_is_one_problem(principal: object, code: str) -> None:
    assert codes(statement(Principal=principal), Kind.RESOURCE) == [code]


@each_row([
        (Kind.RESOURCE, {}, "missing-principal"),
        (Kind.RESOURCE, {"Principal": "*", "NotPrincipal": "*"}, "both-principals"),
        (Kind.TRUST, {"Principal": "*", "Action": "sts:AssumeRole"}, "resource-not-allowed"),
        (Kind.TRUST, {"Principal": "*", "Action": "sts:AssumeRole", "Resource": None, "NotResource": "*"}, "resource-not-allowed"),
        (Kind.TRUST, {"Principal": "*", "Action": "s3:GetObject", "Resource": None}, "trust-action"),
        (Kind.TRUST, {"Principal": "*", "Action": "sts:GetCallerIdentity", "Resource": None}, "trust-action"),
        (Kind.RCP, {"Principal": {"AWS": "111122223333"}}, "rcp-principal"),
        (Kind.RCP, {"NotPrincipal": "*"}, "rcp-principal"),
        (Kind.BOUNDARY, {"Principal": "*"}, "principal-not-allowed"),
    ])  # fmt: skip
def test_each_kind_has_its_grammar(
    kind: Kind, elements: dict[str, object], code: str
) -> None:
    assert codes(statement(**elements), kind) == [code]


def test_a_resource_policy_may_have_any_sid_and_an_id() -> None:
    text = '{"Version": "2012-10-17", "Id": "x", "Statement": {"Sid": "two words", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}'
    assert parse(text, Kind.RESOURCE).statements[0].sid == "two words"
    assert codes(text, Kind.RESOURCE) == []


def test_trust_policies_may_use_wildcards_in_sts_actions() -> None:
    assert (
        codes(statement(Principal="*", Action="sts:Assume*", Resource=None), Kind.TRUST)
        == []
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"Version": "2012-10-17"}', "missing-statement"),
        ('{"Version": "2012-10-17", "Statement": []}', "empty-statement"),
        ('{"Version": "2012-10-17", "Statement": ["a"]}', "wrong-type"),
        (
            '{"Version": "2013", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
            "bad-version",
        ),
        (
            '{"Version": 2012, "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
            "wrong-type",
        ),
        (
            '{"Version": "2012-10-17", "Id": 3, "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
            "wrong-type",
        ),
        (
            '{"Version": "2012-10-17", "Statment": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
            "unknown-element",
        ),
    ],
)
def test_a_faulty_document_names_its_fault(text: str, code: str) -> None:
    assert code in codes(text)
    with pytest.raises(MalformedPolicy, match="line 1, column"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
            "missing-version",
        ),
        (
            '{"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
            "old-version",
        ),
        (
            '{"Version": "2012-10-17", "Id": "a", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
            "unused-id",
        ),
    ],
)
def test_what_is_only_unwise_is_a_warning_and_is_read(text: str, code: str) -> None:
    policy, problems = examine_policy(text)
    assert [(problem.level, problem.code) for problem in problems] == [
        (Level.WARNING, code)
    ]
    assert policy == parse(text)


def test_all_problems_come_at_once_in_the_order_of_the_text() -> None:
    text = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "allow", "Actions": "s3:GetObject", "Resource": "bucket"},
    {"Effect": "Deny", "Action": "GetObject", "Resource": "*", "Condition": {"StringLik": {"a:b": "c"}}}
  ]
}"""
    with pytest.raises(MalformedPolicy) as wrong:
        parse(text)
    assert [
        (problem.code, problem.place.line, problem.place.path)
        for problem in wrong.value.problems
    ] == [
        ("bad-effect", 4, "Statement[0].Effect"),
        ("unknown-element", 4, "Statement[0].Actions"),
        ("bad-resource", 4, "Statement[0].Resource[0]"),
        ("action-without-vendor", 5, "Statement[1].Action[0]"),
        ("unknown-operator", 5, "Statement[1].Condition.StringLik"),
    ]
    assert "unknown element `Actions`; did you mean `Action`?" in str(wrong.value)


@pytest.mark.parametrize(
    ("written", "mend"),
    [
        ('"Resourse": "*"', "did you mean `Resource`?"),
        ('"Condition": {"stringlike": {"a:b": "c"}}', "did you mean `StringLike`?"),
        (
            '"Condition": {"ForAnyValues:StringLike": {"a:b": "c"}}',
            "did you mean `ForAnyValue:StringLike`?",
        ),
        (
            '"Condition": {"StringEqualIfExists": {"a:b": "c"}}',
            "did you mean `StringEqualsIfExists`?",
        ),
        ('"Condition": {"Wholly": {"a:b": "c"}}', ""),
        ('"Condition": {"NullIfExists": {"a:b": "true"}}', "did you mean `Null`?"),
    ],
)
def test_a_slip_is_answered_by_what_was_meant(written: str, mend: str) -> None:
    text = f'{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "NotResource": "*", {written}}}}}'
    assert mend in [problem.mend for problem in examine_policy(text)[1]]


def test_a_repeated_key_is_a_problem_and_the_first_counts() -> None:
    text = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}'
    assert codes(text) == ["duplicate-key"]


# ------------------------------------------------------------------ broken texts
@each_row([
        ("", 1, "the document ends where a value should be"),
        ("[", 2, "the document ends where a value should be"),
        ('{"a": 1', 8, "the document ends where `,` or `}` should be"),
        ('{"a"', 5, "the document ends where `:` should be"),
        ('{"a" 1}', 6, "there is `1` where `:` should be"),
        ('{1: 2}', 2, "there is `1` where a name in double quotes should be"),
        ('{"a": 1 "b": 2}', 9, "should be; put a comma before it"),
        ('[1 2]', 4, "there is `2` where `,` or `]` should be; put a comma before it"),
        ('{"a": 1,}', 8, "a comma before a closing bracket; remove the comma"),
        ("[1,]", 3, "a comma before a closing bracket; remove the comma"),
        ("{'a': 1}", 2, "single quotes; JSON takes double quotes"),
        ("{“a”: 1}", 2, "typographic quotes; JSON takes straight double quotes"),
        ('{"a": // no\n 1}', 7, "a comment; JSON has no comments: remove it"),
        ('{"a": True}', 7, "JSON writes `true`"),
        ('{"a": None}', 7, "JSON writes `null`"),
        ('{"a": "b}', 7, "a text without its closing quote"),
        ('{"a": "b\nc"}', 7, "a text without its closing quote, or with a line break in it"),
        ('{"a": "\\q"}', 7, "a backslash escapes nothing here"),
        ('{"a": "\\ud800"}', 7, "half of a surrogate pair isn't a character"),
        ('{"a": 01}', 7, "there is `01` where a value should be"),
        ('{"a": }', 7, "there is `}` where a value should be"),
        ('?{"a": 1}', 1, "there is `?` where a value should be; remove it"),
        ('{"a": ?1}', 7, "where a value should be; remove it"),
        ('{"a": 1 ?}', 9, "remove it"),
        ('{"a": 1 ; "b": 2}', 9, "remove it"),
        ("[:]", 2, "there is `:` where a value should be"),
        ("{} {}", 4, "`{` follows the end of the document"),
        ("\x00", 1, "there is `\\x00` where a value should be"),
    ])  # fmt: skip
def test_a_broken_text_is_one_problem_with_its_place_and_mend(
    text: str, column: int, says: str
) -> None:
    policy, (problem,) = examine_policy(text)
    assert (policy, problem.code, problem.place.line, problem.place.column) == (
        None,
        "syntax",
        1,
        column,
    )
    assert says in str(problem)


def test_a_number_in_the_place_of_a_text_is_quoted_up_to_forty_characters() -> None:
    _, problems = examine_policy(f'{{"Version": {"1" * 60}, "Statement": []}}')
    assert any(f"`{'1' * 40}`, but it has" in str(problem) for problem in problems), (
        problems
    )


STATEMENTS = """{
  "Statement": [
    {
      "Action": ["s3:Get*"],
      "Resource": "*"
    },
    {
      "Action": "s3:Put*"
    }
  ]
}"""


@each_row([
        ('"s3:Put*"\n    }', '"s3:Put*"', 9, "the `{` of line 7 is not closed; put a `}` before the `]`"),
        ('"*"\n    },', '"*"', 6, "the `{` of line 3 is not closed; put `},` before this `{`"),
        ('"*"\n    },', '"*",', 6, "the `{` of line 3 is not closed; put a `}` behind its last value"),
        ("  ]\n}", "}", 10, "the `[` of line 2 is not closed; put a `]` before the `}`"),
        ("  ]\n}", "  ]\n", 11, "the document ends where `,` or `}` should be; close the `{` of line 1"),
        ("    }\n  ]", "    ]\n  ]", 9, "the `{` of line 7 is not closed; write `}` instead of the `]`"),
        ('"s3:Get*"]', '"s3:Get*"', 5, "the `[` of line 4 is not closed; put a `]` behind its last value"),
        ('"s3:Get*"],', '"s3:Get*"', 5, "the `[` of line 4 is not closed; put `],` before this name"),
        ("[\n    {", "[", 3, "there is `:` where `,` or `]` should be; put a `{` before the name"),
        ("    },\n", "    }},\n", 6, "there is `}` where `,` or `]` should be; remove it"),
        ("    },\n", "    }\n", 7, "there is `{` where `,` or `]` should be; put a comma at the end of line 6"),
        ('"*"', '"*" "a"', 5, 'there is `"a"` where `,` or `}` should be; it is a second value: remove it'),
        ('["s3:Get*"],', '["s3:Get*"]', 5, "should be; put a comma at the end of line 4"),
        ('["s3:Get*"]', '"s3:Get*", "s3:Put*"]', 4, "there is `]` where `:` should be; put a `[` before the first of these"),
        ('["s3:Get*"]', '"a", "b", "c"]', 4, "there is `,` where `:` should be; put a `[` before the first of these"),
        ('"Resource": "*"', '"Resource" "*"', 5, 'there is `"*"` where `:` should be; give the name before it a colon'),
        ('"Resource": "*"', '"Resource": s3', 5, "there is `s3` where a value should be; write it in double quotes"),
        ('"Resource": "*"', '"Resource":', 6, "there is `}` where a value should be; put a value before it"),
        ('    {\n      "Action": [', '    {{\n      "Action": [', 3, "there is `{` where a name in double quotes should"),
    ])  # fmt: skip
def test_the_slip_behind_a_broken_text_is_named(
    old: str, new: str, line: int, says: str
) -> None:
    assert old in STATEMENTS
    _, (problem,) = examine_policy(STATEMENTS.replace(old, new, 1))
    assert problem.place.line == line
    assert says in str(problem)


def test_what_nobody_has_written_yet_is_still_empty_and_no_answer_is_given_away() -> None:
    _, problems = examine_policy(statement(Action="", Resource=""))
    assert [(problem.text, problem.mend) for problem in problems] == [
        ("is still empty", "write it as `service:Action`"),
        ("is still empty", "write it as `arn:aws:service:::resource`"),
    ]


def test_escapes_are_read_as_json_has_them() -> None:
    text = statement(Resource="arn:aws:s3:::caf\u00e9\U0001f600/*").encode("ascii")
    assert b"\\ud83d\\ude00" in text
    assert parse(text).statements[0].resources == Element(("arn:aws:s3:::café😀/*",))


def test_ten_thousand_brackets_are_a_problem() -> None:
    assert codes("[" * 10_000) == ["too-deep"]
    assert codes('{"Version": ' * 10_000) == ["too-deep"]


def test_bytes_that_are_not_utf_8_are_a_problem_with_their_place() -> None:
    policy, (problem,) = examine_policy(b'{"Version":\n "2012-10-17\xff"}')
    assert (policy, problem.code, problem.place.line, problem.place.column) == (
        None,
        "not-utf-8",
        2,
        13,
    )


def test_a_byte_order_mark_is_a_problem_beside_the_others() -> None:
    assert codes("\ufeff" + statement(Effect="allow")) == ["byte-order-mark", "bad-effect"]
    assert codes(statement().encode("utf-8-sig")) == ["byte-order-mark"]


def test_a_number_of_four_hundred_digits_is_a_number() -> None:
    text = statement(Condition={"NumericLessThan": {"s3:max-keys": 1}}).replace(
        ": 1}", f": {'9' * 400}}}"
    )
    assert parse(text).statements[0].conditions == (
        Condition("NumericLessThan", "s3:max-keys", ("9" * 400,)),
    )


def test_reading_stops_after_a_thousand_problems() -> None:
    faulty = ", ".join(['{"Effect": "x", "Actoin": 1}'] * 40_000)
    found = codes(f'{{"Version": "2012-10-17", "Statement": [{faulty}]}}')
    assert (len(found), found[-1]) == (1_001, "too-many-problems")


def test_a_megabyte_of_policy_is_read() -> None:
    one = (
        '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}'
    )
    count = 1_000_000 // len(one)
    policy = parse(
        f'{{"Version": "2012-10-17", "Statement": [{", ".join([one] * count)}]}}'
    )
    assert len(policy.statements) == count


# ----------------------------------------------------------------------- places
def test_places_are_found_by_path_also_of_what_stands_alone() -> None:
    text = '{"Statement": {"Action": "s3:GetObject", "Resource": ["a", "b"]}}'
    found = element_places(text)
    assert found["Statement[0].Action[0]"].column == 26
    assert found["Statement[0].Action"] == Place("Statement[0].Action", 1, 26, 25, 39)
    assert (
        text[
            found["Statement[0].Resource[1]"].start : found["Statement[0].Resource[1]"].end
        ]
        == '"b"'
    )
    assert {"", "Statement", "Statement[0]"} <= set(found)


def test_an_unreadable_text_has_no_places() -> None:
    assert element_places("{") == {}


@pytest.mark.parametrize(
    ("key", "kinds"),
    [
        ("Principal", "trust policies and resource-based policies"),
        ("NotPrincipal", "resource-based policies"),
    ],
)
def test_where_an_element_about_principals_belongs_is_told(key: str, kinds: str) -> None:
    text = statement(**{key: {"AWS": "111122223333"}})
    problem = next(
        each
        for each in examine_policy(text, Kind.IDENTITY)[1]
        if each.code == "principal-not-allowed"
    )
    assert problem.mend == f"remove it, because only {kinds} have one"
