"""What a page says is understood, or is no message."""

from __future__ import annotations

import pytest

from coffeeshop.browser.messages import (
    Blur,
    Focus,
    Message,
    Ping,
    Resize,
    Size,
    Stdin,
    message,
)
from tests.tables import each_row


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('["stdin", "g"]', Stdin("g")),
        (
            '["stdin", "\\u001b[200~{\\"Version\\"…\\u001b[201~"]',
            Stdin('\x1b[200~{"Version"…\x1b[201~'),
        ),
        ('["resize", {"width": 120, "height": 40}]', Resize(Size(120, 40))),
        ('["ping", "1795722811170"]', Ping("1795722811170")),
        ('["focus"]', Focus()),
        ('["blur"]', Blur()),
    ],
)
def test_a_message_of_the_page_is_read(text: str, said: Message):
    assert message(text) == said


@each_row(
    (text,)
    for text in [
        "",
        "null",
        "5",
        '"stdin"',
        "[]",
        "{}",
        '["stdin"]',
        '["stdin", 5]',
        '["stdin", null]',
        '["stdin", "\\ud800"]',
        '["quit"]',
        '["resize", {"width": 0, "height": 24}]',
        '["resize", {"width": -1, "height": 24}]',
        '["resize", {"width": 1e9, "height": 24}]',
        '["resize", {"width": 80.5, "height": 24}]',
        '["resize", {"width": true, "height": 24}]',
        '["resize", {"width": 80}]',
        '["resize", "80x24"]',
        '["ping", "' + "x" * 65 + '"]',
        "[" * 100_000,
        '["stdin", "\ud800"]',
    ]
)
def test_anything_else_is_none(text: str):
    assert message(text) is None
