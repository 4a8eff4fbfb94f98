"""JSON to look at: which colour each part has, of a text that is none too."""

from __future__ import annotations

import pytest

from coffeeshop.tui.widgets.json_text import TOKEN_COLOURS, json_lines


def coloured(text: str) -> list[list[tuple[str, str]]]:
    """Of each line its parts that have a colour of their own: its name, and what it is of."""
    names = {colour: name for name, colour in TOKEN_COLOURS.items()}
    return [
        [
            (names[str(span.style)], row.plain[span.start : span.end])
            for span in row.spans
            if str(span.style) in names
        ]
        for _, row in json_lines(text)
    ]


def test_names_values_and_words_are_told_apart() -> None:
    assert coloured('{"a": "b",\n "c" : null}') == [
        [("mark", "{"), ("name", '"a"'), ("mark", ":"), ("value", '"b"'), ("mark", ",")],
        [("name", '"c"'), ("mark", ":"), ("word", "null"), ("mark", "}")],
    ]


@pytest.mark.parametrize("inside", ["s3:Get", r"{\"a\": ", r"\"" * 5000])
@pytest.mark.parametrize("ends", ["", "\\"])
def test_a_string_that_has_no_end_is_one_mistake_and_ends_with_its_line(
    inside: str, ends: str
) -> None:
    first, second = coloured(f'["{inside}{ends}\n"a"]')
    assert first == [
        ("mark", "["),
        ("stray", f'"{inside}'),
        *([("stray", ends)] if ends else []),
    ]
    assert second == [("value", '"a"'), ("mark", "]")]
