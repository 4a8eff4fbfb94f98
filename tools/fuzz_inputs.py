"""What the fuzzing harness feeds: policies by their grammar, command lines, scripts and files, whole and broken.

Names are few, so that they meet; every strategy now and then says what no grammar foresees.
"""

from __future__ import annotations

import json
from shlex import quote
from typing import Any

from hypothesis import strategies as st
from jmespath.functions import Functions

from coffeeshop.account.api.operations import OPERATIONS, kebab
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.policy.language.conditions import OPERATORS

LARGEST = 6 * 1024  # characters of a policy or a script
VERSIONS = ("2012-10-17", "2012-10-17", "2008-10-17", "2012", 2012, None)
ACTIONS = (
    "s3:GetObject",
    "s3:*",
    "*",
    "iam:PassRole",
    "sts:AssumeRole",
    "s3:Get*",
    "*:*",
    "s3:?etObject",
    "sqs:SendMessage",
    "s3:Li*t*",
    "",
    "x",
)
RESOURCES = (
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/${aws:username}/${aws:username}",
    "arn:aws:iam::111122223333:role/*",
    "arn:*:s3:::?",
    "arn:aws:s3",
    "b",
    "arn:aws:s3:::${aws:PrincipalTag/team, 'x'}*a*a*a*b",
    "",
)
KEYS = (
    "aws:username",
    "aws:PrincipalTag/team",
    "aws:TagKeys",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:TokenIssueTime",
    "aws:SourceIp",
    "s3:prefix",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:PrincipalArn",
    "aws:SourceArn",
    "aws:ViaAWSService",
    "iam:PassedToService",
    "x",
)
VALUES = (
    "casey",
    "c*",
    "?",
    "*a*a*a*a*b",
    "${aws:username}",
    "${aws:username}*a*a*b",
    "true",
    "false",
    "10",
    "1e400",
    "-0",
    "9" * 400,
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "203.0.113.0/24",
    "::1/0",
    "arn:aws:s3:::b",
    "${",
    "${*}",
    "",
    "\u202e",
    "\x1b[31m",
    "=cmd()",
    "a" * 300,
    "[red]",
)
PRINCIPALS = (
    "*",
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/casey",
    "arn:aws:iam::1:role/x*",
    "AROAX",
    "",
)
NESTED = st.one_of(  # made anew for each place, since some inputs are changed in place
    st.lists(st.lists(st.none(), max_size=0), min_size=1, max_size=1),
    st.fixed_dictionaries({"a": st.fixed_dictionaries({})}),
)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**6), st.text(max_size=20), NESTED
)


def few(values: tuple[Any, ...], most: int = 3) -> st.SearchStrategy[Any]:
    """Returns one of these values, or a list of some; at times of many, at times of something else."""
    one = st.sampled_from(values)
    return st.one_of(
        one,
        one,
        st.lists(one, max_size=most),
        st.lists(one | st.text("ab*?${}:", max_size=12), max_size=40),
        ODD,
    )


def operators() -> st.SearchStrategy[str]:
    """Returns names of condition operators with their quantifiers and endings, at times of none."""
    bare = st.sampled_from(sorted(OPERATORS))
    ahead = st.sampled_from(("", "", "", "ForAllValues:", "ForAnyValue:"))
    return st.builds(
        "{}{}{}".format, ahead, bare, st.sampled_from(("", "", "IfExists"))
    ) | st.text(max_size=8)


def statements() -> st.SearchStrategy[Any]:
    """Returns statements as JSON values."""
    principals = few(PRINCIPALS) | st.dictionaries(
        st.sampled_from(("AWS", "Service", "Federated", "CanonicalUser", "X")),
        few(PRINCIPALS),
        max_size=2,
    )
    conditions = st.dictionaries(
        operators(),
        st.dictionaries(st.sampled_from(KEYS), few(VALUES, 12), max_size=3) | ODD,
        max_size=3,
    )
    optional = {
        "Effect": st.sampled_from(("Allow", "Allow", "Deny", "allow", 1)),
        "Action": few(ACTIONS),
        "NotAction": few(ACTIONS),
        "Resource": few(RESOURCES),
        "NotResource": few(RESOURCES),
        "Principal": principals,
        "NotPrincipal": principals,
        "Condition": conditions,
        "Sid": st.text(max_size=8) | ODD,
        "Extra": ODD,
    }
    usual = st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(("Allow", "Deny")),
            "Action": few(ACTIONS),
            "Resource": few(RESOURCES),
        },
        optional={"Condition": conditions, "Sid": st.text("ab", max_size=3)},
    )
    return st.one_of(usual, usual, st.fixed_dictionaries({}, optional=optional), ODD)


def broken(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Returns texts of which a piece is left out, said again, or strange."""

    def change(text: str, at: int, length: int, piece: str) -> str:
        at %= len(text) + 1
        return text[:at] + piece + text[at + length :]

    pieces = st.sampled_from(
        (
            "",
            "",
            '"',
            "{",
            "[",
            ",",
            "\\u0000",
            "\ud800",
            "\x00",
            "//",
            "NaN",
            "[" * 500,
            "9" * 5000,
            "'",
            "$(id)",
            "\r",
        )
    )
    return st.builds(change, texts, st.integers(0, 10**4), st.integers(0, 40), pieces)


def policies() -> st.SearchStrategy[str]:
    """Returns policy documents as text, no longer than LARGEST."""
    document = st.fixed_dictionaries(
        {
            "Version": st.sampled_from(VERSIONS),
            "Statement": statements() | st.lists(statements(), max_size=12),
        },
        optional={"Id": ODD, "x": ODD},
    )
    texts = st.one_of(document, document, statements(), ODD).map(json.dumps)
    return st.one_of(texts, texts, texts, broken(texts), st.text(max_size=200)).map(
        lambda text: text[:LARGEST]
    )


def queries() -> st.SearchStrategy[str]:
    """Returns JMESPath expressions: every function of anything, what doubles with each time it is written, and numbers."""
    parts = (
        "@",
        "Users[]",
        "Users[::0]",
        "*",
        "&a",
        "'a'",
        "`1`",
        "`1e999`",
        "`NaN`",
        "`[1, {}]`",
        f"`{'9' * 4300}`",
    )
    functions = st.sampled_from(sorted(Functions.FUNCTION_TABLE))

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        again = st.builds(
            str.__mul__, st.sampled_from(("[@,@]|", "[@,@][]|")), st.integers(1, 40)
        )
        called = st.builds(
            "{}({})".format, functions, st.lists(inner, max_size=3).map(",".join)
        )
        joined = st.builds(
            "{}{}{}".format, inner, st.sampled_from(("|", "==", "<", "&&", ".")), inner
        )
        return st.one_of(
            called,
            joined,
            st.builds("{}{}".format, again, inner),
            st.builds("{}[?{}]".format, inner, inner),
        )

    return st.recursive(st.sampled_from(parts), larger, max_leaves=6)


def lines() -> st.SearchStrategy[str]:
    """Returns `aws` and `console` command lines, of every operation there is."""
    words = st.sampled_from(
        (
            *VALUES,
            *RESOURCES,
            "casey",
            "Cashiers",
            "file://x.json",
            "file:///etc/passwd",
            "Key=a,Value=b",
            "[{",
            "--",
            "-h",
        )
    )

    asked = queries()

    @st.composite
    def line(draw: st.DrawFn) -> str:
        service, operation = draw(st.sampled_from([*OPERATIONS]))
        members = [member.name for member in OPERATIONS[service, operation].members]
        said = [
            "aws" if service != "console" else "console",
            *(() if service == "console" else (service,)),
            kebab(operation),
        ]
        for name in (
            draw(st.lists(st.sampled_from([*members, "Profile"]), max_size=4))
            if members
            else ()
        ):
            said += [
                f"--{kebab(name)}",
                "'" + draw(words | policies()).replace("'", "") + "'",
            ]
        if draw(st.integers(0, 3)) == 0:
            said += ["--query", quote(draw(asked))]
        return " ".join(said)

    return st.one_of(line(), line(), broken(line())).map(
        lambda text: text.replace("\n", " ")[:LARGEST]
    )


def solved() -> tuple[str, ...]:
    """Returns the lines of every solution and wrong answer of the course."""
    scripts = [
        path
        for folder in folders()
        for path in (folder / "solution.sh", *sorted(folder.glob("wrong/*.sh")))
    ]
    return tuple(
        line
        for path in scripts
        for line in path.read_text("utf-8").splitlines()
        if line and not line.startswith("#!")
    )


def scripts() -> st.SearchStrategy[str]:
    """Returns scripts: lines of the course in another order, among lines of any kind and clocks."""
    clocks = st.sampled_from(
        ("#@ +30m", "#@ +8h", "#@ at 2999-01-01T00:00:00Z", "#@ +9999d", "#@ x", "\\")
    )
    line = st.one_of(st.sampled_from(solved()), st.sampled_from(solved()), lines(), clocks)
    return st.lists(line, max_size=30).map(lambda rows: "\n".join(rows)[:LARGEST])
