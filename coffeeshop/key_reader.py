"""Read keys from a terminal, or from a browser in place of one.

Bytes that aren't a key do no harm, sequences that come in pieces are put together, and any number of keys fits into memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from threading import Event
from time import monotonic
from typing import Final, Protocol, cast

from textual import constants, events
from textual._parser import ParseTimeout
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.keys import Keys
from textual.message import Message

LONGEST_PASTE: Final = 64 * 1024  # characters: ten times AWS's longest policy
LONGEST_SEQUENCE: Final = 32  # characters that Textual reads as one sequence
SEQUENCE_TIMEOUT: Final = 1.0  # seconds in which the rest of a sequence has to come, once its second character is there
ESC: Final = "\x1b"
PASTE_BEGINS: Final = "\x1b[200~"
PASTE_ENDS: Final = "\x1b[201~"
# The sequences that a terminal sends for a key, a mouse event or a report, and the beginnings of such sequences.
SEQUENCE_PATTERN: Final = re.compile(
    r"\x1b(?:\[(?:\[.|M...|\d+\$(?!y)|[0-?]{0,64}[ -/]*[@-~])|O.)", re.DOTALL
)
PARTIAL_SEQUENCE_PATTERN: Final = re.compile(
    r"\x1b(?:\[(?:\[|M.{0,2}|[0-?]{0,64}[ -/]{0,4})?|O)?\Z", re.DOTALL
)
# Option and an arrow on a Mac, where it comes alone. Escape and a letter are the same bytes.
OPTION_KEYS: Final = ("\x1bb", "\x1bf")


class Room(Protocol):
    """Where keys wait for the app."""

    @property
    def room(self) -> int:
        """Return how many more keys can wait."""
        ...

    def put(self, message: Message) -> None:
        """Let a key wait for its turn."""
        ...

    def count_lost_keys(self, count: int) -> None:
        """Count keys for which there is no room."""
        ...


class Endless:
    """A queue without a limit, for a reader that takes keys at once."""

    room = 1

    def put(self, message: Message) -> None:
        """Keep nothing."""

    def count_lost_keys(self, count: int) -> None:
        """Count nothing."""


class OptionArrow(events.Key):
    """Option and an arrow, or Escape and a letter: their bytes are the same. The first means something only in a text."""

    def __init__(self, key: str, letter: str) -> None:
        super().__init__(key, None)
        self.letter = letter

    @property
    def in_text(self) -> events.Key:
        """Return the key that moves by a word."""
        return events.Key(self.key, None)

    @property
    def typed_keys(self) -> tuple[events.Key, events.Key]:
        """Return Escape and the letter."""
        return events.Key("escape", ESC), events.Key(self.letter, self.letter)


class KeyReader(XTermParser):
    """Textual's parser, with one whole sequence at a time.

    Escape and the next key stay two keys if both come in one read, as they do over a network.
    """

    def __init__(self, debug: bool = False, keys: Room | None = None) -> None:
        super().__init__(debug)
        self._keys: Room = keys or Endless()
        self._part = ""  # the beginning of a sequence
        self._deadline = 0.0  # when its rest has to be there
        self._pasted: list[str] | None = None  # what was pasted so far, while it comes
        self._pasted_length = 0

    def parse_mouse_code(self, code: str) -> Message | None:
        """Return a mouse event, or None if it has no place. Some windows report that they have no size."""
        try:
            return super().parse_mouse_code(code)
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    def _sequence_to_key_events(
        self, sequence: str, alt: bool = False
    ) -> Iterator[events.Key]:
        try:
            yield from super()._sequence_to_key_events(sequence, alt)
        except (ValueError, OverflowError):
            yield events.Key(Keys.Ignore, None)

    def feed(self, data: str) -> Iterator[Message]:
        """Yield the keys in a text from the terminal. "" ends the reading."""
        is_beginning = not self._part and self._pasted is None
        if not data:
            yield from super().feed(data)
            return
        if is_beginning and data in OPTION_KEYS:
            yield from self._read_option_arrow(data)
            return
        text = self._part + data
        self._part = ""
        at = 0
        while at < len(text):
            if self._pasted is not None:
                at, messages = self._read_paste(text, at)
                yield from messages
            elif text[at] != ESC:
                end = text.find(ESC, at)
                if end < 0:
                    end = len(text)
                yield from self._read_characters(text[at:end])
                at = end
            elif PARTIAL_SEQUENCE_PATTERN.match(text, at):
                self._wait_for_rest(text[at:])
                return
            else:
                match = SEQUENCE_PATTERN.match(text, at)
                sequence = match[0] if match else ESC
                at += len(sequence)
                yield from self._read_sequence(sequence)

    def tick(self) -> Iterator[Message]:
        """Yield Escape where nothing followed it."""
        if self._part and self._pasted is None and monotonic() >= self._deadline:
            part = self._part
            self._part = ""
            # More of it nobody types, so it is a sequence whose rest was lost.
            if len(part) <= 2:
                yield from self._read_sequence(ESC)
                yield from self._read_characters(part[1:])

    def _wait_for_rest(self, part: str) -> None:
        """Keep the beginning of a sequence, and wait a moment for the rest of it."""
        self._part = part
        self._deadline = monotonic() + (
            constants.ESCAPE_DELAY if part == ESC else SEQUENCE_TIMEOUT
        )

    def _read_characters(self, text: str) -> Iterator[Message]:
        """Yield a key for each character.

        If the queue of keys is full, count the others as lost.
        """
        for index, character in enumerate(text):
            if self._keys.room < 1:
                self._keys.count_lost_keys(len(text) - index)
                return
            yield from super().feed(character)

    def _read_sequence(self, sequence: str) -> Iterator[Message]:
        """Yield the event of an escape sequence: the beginning of a paste, a key or a mouse
        event.
        """
        if sequence == PASTE_BEGINS:
            self._pasted = []
            self._pasted_length = 0
        elif self._keys.room < 1:
            self._keys.count_lost_keys(1)
        elif sequence == ESC:
            yield events.Key("escape", ESC)
        elif len(sequence) <= LONGEST_SEQUENCE:
            yield from super().feed(sequence)
            self._drop_unknown_sequence()

    def _read_option_arrow(self, sequence: str) -> Iterator[Message]:
        """Yield OptionArrow, which the queue may split into Escape and the arrow.

        If the queue is full, count one lost key instead.
        """
        if self._keys.room < 1:
            self._keys.count_lost_keys(1)
            return
        for message in super().feed(sequence):
            if isinstance(message, events.Key):
                yield OptionArrow(message.key, sequence[1:])
            else:
                yield message

    def _drop_unknown_sequence(self) -> None:
        """Drop a complete sequence that Textual doesn't know.

        Its parser would wait for the rest, time out, and report the characters as keys.
        """
        if self._timeout_time is not None:
            self._timeout_time = None
            # As the parser does after a timeout, but without its keys.
            self._awaiting = self._gen.throw(ParseTimeout())
            self._tokens.clear()

    def _read_paste(self, text: str, at: int) -> tuple[int, list[Message]]:
        """Return where a paste ends in the text, and the pasted text if it has ended.

        Of a paste that is too long, only the part that proves it is kept.
        """
        assert self._pasted is not None
        end = text.find(PASTE_ENDS, at)
        piece = text[at:] if end < 0 else text[at:end]
        if end < 0:
            complete = _length_without_part(piece)
            self._part = piece[complete:]
            piece = piece[:complete]
        if self._pasted_length <= LONGEST_PASTE:
            self._pasted.append(piece[: LONGEST_PASTE + 1])
            self._pasted_length += len(self._pasted[-1])
        if end < 0:
            return len(text), []
        pasted = "".join(self._pasted)
        self._pasted = None
        if self._keys.room < 1:
            self._keys.count_lost_keys(1)
            return end + len(PASTE_ENDS), []
        return end + len(PASTE_ENDS), [events.Paste(pasted.replace("\x00", ""))]


def _length_without_part(text: str) -> int:
    """Return the length of a text without the beginning of the sequence that ends a paste."""
    lengths = (
        n for n in range(len(PASTE_ENDS) - 1, 0, -1) if text.endswith(PASTE_ENDS[:n])
    )
    return len(text) - next(lengths, 0)


class QueueDriver(Driver):
    """A driver whose keys wait in the app's queue, where they are counted."""

    exit_event: Event  # once the driver is to end

    @property
    def keys(self) -> Room:
        """Return the app's queue."""
        return cast("Room", self._app.keys)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # of our app

    def send_message(self, message: Message) -> None:
        """Queue a message. Called in the thread that reads the terminal."""
        self.keys.put(message)
