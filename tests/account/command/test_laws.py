"""The law of the command language: what is written reads back, for every row and any value."""

import shlex
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coffeeshop.account.api.operations import OPERATIONS, Operation, Shape
from coffeeshop.account.command import read_act, script_lines, write_line
from coffeeshop.account.command.shell_words import split_line
from coffeeshop.account.command.validation import BUCKET_PATTERN
from coffeeshop.account.model import Act, Call, Nobody, Origin
from coffeeshop.account.values import Json
from tests.account.command.world import AT, WORLD, act
from tests.examples import examples

ROWS = [row for row in OPERATIONS.values() if row.simulated]
# One example tries each row of a part: to begin and end a law takes longer than its examples.
PARTS = [ROWS[at : at + 4] for at in range(0, len(ROWS), 4)]
TEXTS = st.one_of(
    st.text(st.characters(), max_size=12),
    st.sampled_from(
        [
            "",
            " ",
            "-x",
            "--tags",
            "-5",
            "[",
            "{",
            "[]",
            "null",
            "true",
            "file://x",
            "fileb://policies/till.json",
            "@phone",
            "@key",
            "a=b,c",
            "it's",
            '"quoted"',
            "\\",
            "$(rm)",
            "`ls`",
            "*",
            "#",
            "~",
            "a|b;c&d>e<f",
            "line\nend",
            "tab\tcr\r",
            "esc\x1b[31m",
            "nul\x00",
            "\x9b",
            "\u202e",
            "[/]",
            "☕",
            "x" * 200,
        ]
    ),
)


BUCKETS = st.from_regex(BUCKET_PATTERN.rstrip("$"), fullmatch=True)


def values(shape: Shape, depth: int = 3) -> st.SearchStrategy[Json]:
    """Any value of a shape that the CLI itself lets through: of the right type, not below a minimum."""
    least = int(shape.minimum or 0)
    scalars: dict[str, st.SearchStrategy[Json]] = {
        "string": TEXTS.map(lambda text: text + "x" * (least - len(text))),
        "timestamp": TEXTS,
        "integer": st.integers(min_value=None if shape.minimum is None else least),
        "long": st.integers(min_value=None if shape.minimum is None else least),
        "double": st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
        "blob": st.binary(min_size=least, max_size=max(least, 9)),
        "document": TEXTS | st.booleans() | st.integers() | st.dictionaries(TEXTS, TEXTS),
    }
    if shape.type in scalars:
        return scalars[shape.type]
    if shape.type == "structure":
        return structures(shape, depth - 1)
    part = shape.element or shape.value
    assert part is not None
    inner = st.nothing() if depth == 0 else values(part.shape, depth - 1)
    most = 0 if depth == 0 else max(least, 3)
    if shape.type == "map":
        assert shape.key is not None
        return st.dictionaries(
            values(shape.key.shape), inner, min_size=least, max_size=most
        )  # type: ignore[return-value]
    return st.lists(inner, min_size=least, max_size=most).map(tuple)


def structures(shape: Shape, depth: int) -> st.SearchStrategy[Json]:
    wanted = {
        m.name: BUCKETS if m.name == "Bucket" else values(m.shape, depth)
        for m in shape.members
        if m.required
    }
    more = {
        m.name: values(m.shape, depth)
        for m in shape.members
        if not m.required and depth > 0
    }
    return st.fixed_dictionaries(wanted, optional=more)  # type: ignore[return-value]


@st.composite
def calls(draw: st.DrawFn, row: Operation) -> Call:
    parameters = cast("dict[str, Json]", draw(structures(row.input, 3)))
    region = draw(st.sampled_from(["us-east-1", "eu-central-1"]))
    return Call(row.service, row.name, parameters, Origin(region=region))


@pytest.mark.parametrize(
    "rows", PARTS, ids=lambda rows: f"{rows[0].service}-{rows[0].name}"
)
@settings(
    examples(12), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(data=st.data())
def test_what_is_written_reads_back_as_the_same_call(
    rows: list[Operation], data: st.DataObject
):
    for row in rows:
        call = data.draw(calls(row))
        line = write_line(call, "casey")
        found = read_act(line, WORLD, AT, {})
        assert isinstance(found, Act), (line, found)
        assert found.call == call
        assert found.caller == (
            Nobody() if row.unsigned else act("aws iam list-users --profile casey").caller
        )
        assert [text for _, text in script_lines(f"# before\n{line}\n# after")] == [line]


@given(
    st.text(
        st.sampled_from("ab -=,'\"\\$`|&;<>(){}[]*?~#@:/.\n\t\r\x00\x1b\x9b“–é☕0"),
        max_size=40,
    )
)
def test_no_text_makes_the_reader_raise(text: str):
    for line in (
        text,
        f"aws {text}",
        f"aws iam create-user {text}",
        f"aws iam tag-user --tags {text} --user-name x",
    ):
        found = read_act(line, WORLD, AT, {})
        assert isinstance(found, Act) or all(problem.text for problem in found)


@given(st.lists(TEXTS, max_size=4))
def test_words_are_those_of_shlex(texts: list[str]):
    line = shlex.join(texts)
    words, problems = split_line(line)
    if not problems:
        assert [word.text for word in words] == shlex.split(line)
        assert [line[word.start : word.end] for word in words] == [
            shlex.quote(text) for text in texts
        ]


@given(st.text(st.sampled_from("ab '\"\\\\\n=,"), max_size=30))
def test_where_a_line_is_clean_shlex_reads_it_alike(line: str):
    words, problems = split_line(line)
    if not problems and "\\\n" not in line:
        assert [word.text for word in words] == shlex.split(line)
