"""What a terminal sends is read to its end, whatever it is."""

from __future__ import annotations

import sys

import pytest
from textual.events import Key

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="another driver reads there"
)


@pytest.mark.parametrize(
    "sent",
    [
        "\x1b[1114112u",
        "\x1b[99999999999999A",
        f"\x1b[{'9' * 30}u",
        "\x1b[97;5;1114112u",
        "\x1b[97;5;97:9999999999u",
    ],
)
def test_a_key_by_a_number_that_no_character_has_is_none_and_the_next_is_read(sent: str):
    from coffeeshop.key_reader import KeyReader

    keys = [found.key for found in KeyReader().feed(f"{sent}q") if isinstance(found, Key)]
    assert keys[-1] == "q"


def test_what_a_reader_knows_is_read_as_ever():
    from coffeeshop.key_reader import KeyReader

    sent = "a\x1b[A\x1b[97;5u\x1b[27uü"
    assert [found.key for found in KeyReader().feed(sent) if isinstance(found, Key)] == [
        "a",
        "up",
        "ctrl+a",
        "escape",
        "ü",
    ]


def test_a_mouse_in_a_window_that_is_said_to_have_no_size_is_nowhere_and_the_next_key_is_read():
    from coffeeshop.key_reader import KeyReader

    sent = "\x1b[48;0;0;0;0t\x1b[<0;10;10M\x1b[<0;10;10mq"
    assert [found.key for found in KeyReader().feed(sent) if isinstance(found, Key)] == [
        "q"
    ]


class IdleLoop:
    """An event loop that notes what it is to call later."""

    def __init__(self) -> None:
        self.calls: list[object] = []

    def call_soon_threadsafe(self, call: object) -> None:
        self.calls.append(call)


def test_a_stop_or_a_continuation_waits_for_the_loop_s_next_turn():
    from coffeeshop.tui.driver import TerminalDriver

    driver, loop = TerminalDriver.__new__(TerminalDriver), IdleLoop()
    driver._loop = loop  # pyright: ignore[reportAttributeAccessIssue]
    driver._sigtstp_application()
    driver._sigcont_application()
    assert loop.calls == [driver._suspend_or_resume] * 2


def test_what_is_written_while_no_thread_takes_it_is_not_waited_for():
    from coffeeshop.tui.driver import TerminalDriver

    driver = TerminalDriver.__new__(TerminalDriver)
    driver._writer_thread = None
    driver.write("x")  # Textual's own asserts that a thread is there
