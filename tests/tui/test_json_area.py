"""The text of a policy under the cursor: where a proposal goes, and where a line that is too long breaks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from coffeeshop.tui.widgets.json_slot import find_slot, takes_value
from coffeeshop.tui.widgets.wrapping import line_breaks
from tests.tables import each_row

LONG = '      "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Register"'


@each_row(
    [
        ('  "Action|": "a:b",', '"a:b"'),
        ('  "Action":| "a:b",', '"a:b"'),
        ('|  "Action": "a:b",', '"a:b"'),
        ('  "Action": "a:|b",', '"a:b"'),
        ('  "Action": "a:b",|', '"a:b"'),
        ('  "Principal": { "AWS": "" },|', '""'),
        ('  |"Principal": { "AWS": "x" },', '"x"'),
        ('{"Effect": "Allow", "Ac|tion": "a:b"}', '"a:b"'),
        ('{"Effect": "Al|low", "Action": "a:b"}', '"Allow"'),
        ('    "a:b",  |', '"a:b"'),
        ('  "Action": ["a:b", "c|:d"],', '"c:d"'),
        ('  "Action": ["a:b", |],', ""),
        ('  "Action": "a:b|,', '"a:b'),
    ]
)
def test_a_proposal_goes_where_the_lines_value_stands(line: str, replaced: str) -> None:
    text = line.replace("|", "")
    found = find_slot(text, line.index("|"), "")
    assert found is not None
    assert text[found.start : found.end] == replaced


@each_row([
        ('  "Action":', "}", '  "Action": "x"'),
        ('  "Action": ,', "}", '  "Action": "x" ,'),
        ('  "Action": [', ']', '  "Action": ["x"'),
        ('  "Action": [', '"y"]', '  "Action": ["x",'),
        ('  "Action": []', "}", '  "Action": ["x"]'),
        ("", '"y"]', '"x",'),
        ("  ]", "", None),
        ("  {", "", None),
        ('  "Principal": {', "}", None),
    ])  # fmt: skip
def test_where_a_line_has_no_value_a_proposal_goes_where_one_can_stand(
    line: str, following: str, becomes: str | None
) -> None:
    found = find_slot(line, 0, following)
    whole = (
        found
        and line[: found.start] + found.before + '"x"' + found.after + line[found.end :]
    )
    assert whole == becomes


@each_row(
    [
        ('{"Action": "a:b",\n', False),
        ('{"Action": ["a:b"],\n', False),
        ('{"Action": ["a:b"\n', False),
        ('{"Action": ["a:b",\n', True),
        ('{"Action": [\n', True),
        ('{"Action":\n', True),
        ('{"Principal": {"AWS": ["x"]}, "Action": ["[{",\n', True),
        ("[" * 3000 + "]" * 2999 + ",", True),
        ("{" * 3000 + "}" * 2999 + ",", False),
        ("", False),
    ]
)
def test_a_value_stands_in_a_list_or_behind_a_colon_only(before: str, so: bool) -> None:
    assert takes_value(before) is so


@each_row(
    [
        ("short", 10, ["short"]),
        (
            LONG,
            50,
            [
                '      "Resource": "arn:aws:dynamodb:us-east-1:',
                '111122223333:table/Register"',
            ],
        ),
        ("aaaa bb/cc", 7, ["aaaa ", "bb/cc"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("ab 咖啡馆", 4, ["ab ", "咖啡", "馆"]),
        ("", 3, [""]),
        (
            '  "a": ["s3:GetObject", "s3:PutObject"],',
            30,
            ['  "a": ["s3:GetObject", ', '"s3:PutObject"],'],
        ),
        (
            '  "Resource": "arn:aws:s3:::a-bucket"',
            30,
            ['  "Resource": ', '"arn:aws:s3:::a-bucket"'],
        ),
        ('    "arn:aws:s3:::receipts/*"', 26, ['    "arn:aws:s3:::', 'receipts/*"']),
        ('"aaaaaaaa/bbbbbbb/",', 18, ['"aaaaaaaa/', 'bbbbbbb/",']),
        ('"a-long-name-of-a-role"', 20, ['"a-long-name-of-a-', 'role"']),
        ('"aaaaaaaaa"', 10, ['"aaaaaaaa', 'a"']),
    ]
)
def test_a_long_line_breaks_between_names(line: str, width: int, rows: list[str]) -> None:
    assert wrapped(line, width) == rows


def test_a_character_that_is_wider_than_a_row_has_one_to_itself() -> None:
    assert wrapped("a咖啡", 1) == ["a", "咖", "啡"]


def wrapped(line: str, width: int) -> list[str]:
    ends = [*line_breaks(line, width), len(line)]
    return [line[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(st.text('ab/:,-*"]} 咖', max_size=80), st.integers(4, 30))
def test_a_line_is_whole_in_rows_that_fit(line: str, width: int) -> None:
    rows = wrapped(line, width)
    assert "".join(rows) == line
    assert all(map(bool, rows[1:]))
    assert all(cell_len(row) <= width for row in rows)


@given(
    st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=8),
    st.sampled_from("/:"),
    st.sampled_from(["", "/", "/*"]),
    st.integers(20, 40),
)
def test_a_row_of_an_arn_begins_with_a_name_and_none_is_a_lone_quote(
    names: list[str], joint: str, ends: str, width: int
) -> None:
    line = f'    "arn:{joint.join(names)}{ends}"],'
    for start in line_breaks(line, width):
        assert line[start - 1] in joint + ":"
        assert line[start].isalpha()
