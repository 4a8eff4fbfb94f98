"""Splitting lines and scripts without a shell."""

import tracemalloc

import pytest

from coffeeshop.account.command.shell_words import (
    MAX_LINE_LENGTH,
    MAX_PROBLEMS,
    script_lines,
    split_line,
)
from tests.tables import each_row


def texts(line: str) -> list[str]:
    words, problems = split_line(line)
    assert not problems, problems
    return [word.text for word in words]


def codes(line: str) -> list[tuple[str, int, int]]:
    return [
        (problem.code, problem.place.line, problem.place.column)
        for problem in split_line(line)[1]
    ]


@each_row(
    [
        ("", []),
        ("  \t ", []),
        ("aws iam list-users", ["aws", "iam", "list-users"]),
        ("a 'b c' \"d e\" f\\ g", ["a", "b c", "d e", "f g"]),
        ("'it'\"'\"'s'", ["it's"]),
        (r'"say \"hi\" \\ \n 5$"', [r'say "hi" \ \n 5$']),
        ('"two\\\nlines"', ["twolines"]),
        ("--path ''", ["--path", ""]),
        ("Key=a#b # a comment", ["Key=a#b"]),
        ("# all comment", []),
        ("a \\\n  b\\\r\n c", ["a", "b", "c"]),
        ("a\\\nb", ["ab"]),
        ("a \\\n", ["a"]),
        ("a\n  # only a comment follows\n", ["a"]),
        ("\na", ["a"]),
        (
            "a~b c$ 5% [x] {y} @phone+1 é☕",
            ["a~b", "c$", "5%", "[x]", "{y}", "@phone+1", "é☕"],
        ),
        ("'line\nend'", ["line\nend"]),
    ]
)
def test_quotes_and_escapes_mean_what_they_mean_to_a_shell(line: str, words: list[str]):
    assert texts(line) == words


@each_row(
    [
        ("aws | cat", "shell-syntax", 5),
        ("aws || x", "shell-syntax", 5),
        ("aws && x", "shell-syntax", 5),
        ("aws & x", "shell-syntax", 5),
        ("aws; x", "shell-syntax", 4),
        ("aws > f", "shell-syntax", 5),
        ("aws < f", "shell-syntax", 5),
        ("aws <<EOF", "shell-syntax", 5),
        ("aws $(id)", "shell-syntax", 5),
        ("aws $HOME", "shell-syntax", 5),
        ("aws ${HOME}", "shell-syntax", 5),
        ("aws `id`", "shell-syntax", 5),
        ("aws `id", "shell-syntax", 5),
        ('aws "a $HOME"', "shell-syntax", 8),
        ('aws "a `id`"', "shell-syntax", 8),
        ("aws s3*", "shell-syntax", 7),
        ("aws ?", "shell-syntax", 5),
        ("aws ~/x", "shell-syntax", 5),
        ("aws a{b,c}", "shell-syntax", 6),
        ("aws {1..3}", "shell-syntax", 5),
        ("aws 'x", "unbalanced-quote", 5),
        ('aws "x', "unbalanced-quote", 5),
        ("aws x\\", "unbalanced-quote", 6),
        ("aws “x”", "typographic-sign", 5),
        ("aws —user-name", "typographic-sign", 5),
        ("aws \x1b[31m", "control-character", 5),
        ("aws 'a\x00b'", "control-character", 7),
        ("aws \x9b1m", "control-character", 5),
        ("aws \ud800", "control-character", 5),
    ]
)
def test_what_needs_a_shell_is_a_problem_at_its_column(line: str, code: str, column: int):
    assert codes(line) == [(code, 1, column)]


def test_all_problems_of_a_line_come_at_once_with_a_mend_each():
    _, problems = split_line("aws `x` | 'y")
    assert [problem.code for problem in problems] == [
        "shell-syntax",
        "shell-syntax",
        "unbalanced-quote",
    ]
    assert all(problem.mend for problem in problems)
    assert (
        str(problems[2]) == "line 1, column 11: No closing quotation for '; end it with '"
    )


def test_a_dollar_that_is_escaped_or_in_single_quotes_is_text():
    assert texts(r"""'${aws:username}' "\$HOME" \$HOME""") == [
        "${aws:username}",
        "$HOME",
        "$HOME",
    ]


def test_a_second_command_is_a_problem_on_its_line():
    assert codes("aws a\naws b") == [("shell-syntax", 1, 6)]
    assert codes("aws a \\\n  | b") == [("shell-syntax", 2, 3)]


def test_a_line_without_end_is_not_read():
    assert codes("x" * (MAX_LINE_LENGTH + 1)) == [("too-long", 1, 1)]


def test_a_control_character_is_shown_and_never_printed():
    problem = split_line("aws \x1b[31m")[1][0]
    assert problem.text == r"control character '\x1b'"


# ------------------------------------------------------------------- scripts
SCRIPT = """\
# the world of the first lesson
#@ at 2026-03-02T09:10:00Z
aws iam create-user \\
  --user-name casey   # she

  aws iam put-user-policy --policy-document '{
  # no comment: it stands in quotes
}' --user-name casey
#@ optional: a line that may be left out
aws iam list-users \\
"""


def test_a_script_is_its_commands_and_directives_with_their_line_numbers():
    assert list(script_lines(SCRIPT)) == [
        (2, "#@ at 2026-03-02T09:10:00Z"),
        (3, "aws iam create-user \\\n  --user-name casey   # she"),
        (
            6,
            "aws iam put-user-policy --policy-document '{\n  # no comment: it stands in quotes\n}' --user-name casey",
        ),
        (9, "#@ optional: a line that may be left out"),
        (10, "aws iam list-users \\"),
    ]


def test_a_quote_that_never_ends_runs_to_the_end_of_the_script():
    assert list(script_lines("aws a\naws 'b\naws c\n")) == [
        (1, "aws a"),
        (2, "aws 'b\naws c"),
    ]


def test_windows_line_ends_go_on_too():
    assert list(script_lines("aws a \\\r\n  b\r\n# c\r\naws d\r\n")) == [
        (1, "aws a \\\r\n  b"),
        (4, "aws d"),
    ]


def test_an_escaped_quote_and_an_escaped_backslash_do_not_go_on():
    assert list(script_lines("aws \\'\naws \\\\\naws 'x'\n")) == [
        (1, "aws \\'"),
        (2, "aws \\\\"),
        (3, "aws 'x'"),
    ]


def test_an_empty_script_has_no_commands():
    assert list(script_lines("")) == list(script_lines("\n# only\n   \n")) == []


def test_twenty_problems_are_enough():
    assert len(split_line("`a` " * 50_000)[1]) == MAX_PROBLEMS
    assert len(split_line("| " * 50_000)[1]) == MAX_PROBLEMS


def test_long_scripts_are_read_in_one_pass():
    assert [len(text) for _, text in script_lines("aws \\\n" * 40_000)] == [239_999]
    assert [
        number for number, _ in script_lines("aws 'x\n" + "a b c\n" * 40_000 + "' y\naws z")
    ] == [1, 40_003]


@pytest.mark.parametrize("piece", ["a", "\\a", 'a\\"'])
def test_a_long_quote_takes_little_memory(piece: str):
    tracemalloc.start()
    try:
        split_line.__wrapped__('"' + piece * (MAX_LINE_LENGTH // len(piece) - 1))
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_LINE_LENGTH
    finally:
        tracemalloc.stop()
