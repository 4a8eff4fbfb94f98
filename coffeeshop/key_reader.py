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


class KeyBuffer(Protocol):
    """A queue in which keys wait for the app. The reader asks it for room before it yields a key."""

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


class UnlimitedBuffer:
    """A buffer that always has room, for a caller that handles each key at once. It keeps no keys."""

    room = 1  # at any time: the reader asks before each key

    def put(self, message: Message) -> None:
        """Keep nothing."""

    def count_lost_keys(self, count: int) -> None:
        """Count nothing."""


class OptionArrow(events.Key):
    """Option and an arrow, or Escape and a letter: their bytes are the same.

    In a text field it moves by a word (`in_text`). Elsewhere it is two keys (`typed_keys`).
    """

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

    def __init__(self, debug: bool = False, key_buffer: KeyBuffer | None = None) -> None:
        """Make a reader. `key_buffer` tells how many more keys the app takes. Without it there is no limit."""
        super().__init__(debug)
        self._key_buffer: KeyBuffer = key_buffer or UnlimitedBuffer()
        # The beginning of an escape sequence, or of the end of a paste, whose rest has not come yet.
        self._partial_sequence = ""
        self._rest_deadline = 0.0  # when its rest must have come, by the monotonic clock
        # The text of a paste so far, or None while no paste is coming.
        self._paste_pieces: list[str] | None = None
        self._pasted_length = 0

    def parse_mouse_code(self, code: str) -> Message | None:
        """Return the mouse event of a code, or None if its position is no number that Textual can use.

        A window that reports a size of zero makes Textual divide by zero.
        """
        try:
            return super().parse_mouse_code(code)
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    def _sequence_to_key_events(
        self, sequence: str, alt: bool = False
    ) -> Iterator[events.Key]:
        """Yield the keys of a sequence, or an ignored key if the sequence holds a number that is no character."""
        try:
            yield from super()._sequence_to_key_events(sequence, alt)
        except (ValueError, OverflowError):
            yield events.Key(Keys.Ignore, None)

    def feed(self, data: str) -> Iterator[Message]:
        """Yield the keys in a text from the terminal. "" ends the reading."""
        is_beginning = not self._partial_sequence and self._paste_pieces is None
        if not data:
            yield from super().feed(data)
            return
        if is_beginning and data in OPTION_KEYS:
            yield from self._read_option_arrow(data)
            return
        text = self._partial_sequence + data
        self._partial_sequence = ""
        at = 0
        while at < len(text):
            if self._paste_pieces is not None:
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
        """Give up a partial sequence whose rest came too late.

        ESC alone, or with one more character, is what a person typed: yield Escape and that
        character. A longer one lost its rest on the line: yield nothing.
        """
        if (
            self._partial_sequence
            and self._paste_pieces is None
            and monotonic() >= self._rest_deadline
        ):
            part = self._partial_sequence
            self._partial_sequence = ""
            if len(part) <= 2:
                yield from self._read_sequence(ESC)
                yield from self._read_characters(part[1:])

    def _wait_for_rest(self, part: str) -> None:
        """Keep the beginning of a sequence until its rest comes, or until `tick` gives it up."""
        self._partial_sequence = part
        self._rest_deadline = monotonic() + (
            constants.ESCAPE_DELAY if part == ESC else SEQUENCE_TIMEOUT
        )

    def _read_characters(self, text: str) -> Iterator[Message]:
        """Yield a key for each character.

        If the queue of keys is full, count the others as lost.
        """
        for index, character in enumerate(text):
            if self._key_buffer.room < 1:
                self._key_buffer.count_lost_keys(len(text) - index)
                return
            yield from super().feed(character)

    def _read_sequence(self, sequence: str) -> Iterator[Message]:
        """Yield the event of an escape sequence: the beginning of a paste, a key or a mouse
        event.
        """
        if sequence == PASTE_BEGINS:
            self._paste_pieces = []
            self._pasted_length = 0
        elif self._key_buffer.room < 1:
            self._key_buffer.count_lost_keys(1)
        elif sequence == ESC:
            yield events.Key("escape", ESC)
        elif len(sequence) <= LONGEST_SEQUENCE:
            yield from super().feed(sequence)
            self._drop_unknown_sequence()

    def _read_option_arrow(self, sequence: str) -> Iterator[Message]:
        """Yield an OptionArrow, which the queue may split into Escape and a letter.

        If the queue is full, count one lost key instead.
        """
        if self._key_buffer.room < 1:
            self._key_buffer.count_lost_keys(1)
            return
        letter = sequence.removeprefix(ESC)
        for message in super().feed(sequence):
            if isinstance(message, events.Key):
                yield OptionArrow(message.key, letter)
            else:
                yield message

    def _drop_unknown_sequence(self) -> None:
        """Drop a complete sequence that Textual's parser doesn't know.

        The parser would wait for a rest, time out, and report the sequence's characters as keys.
        """
        if self._timeout_time is not None:
            self._timeout_time = None
            # As XTermParser does after a timeout, but the keys that it then yields are dropped.
            self._awaiting = self._gen.throw(ParseTimeout())
            self._tokens.clear()

    def _read_paste(self, text: str, at: int) -> tuple[int, list[Message]]:
        """Read a paste on from an index of the text.

        Return the index after it, and its Paste event. Return no event while the end of the paste
        is still to come, or if the queue is full, which counts as one lost key. A paste of more
        than LONGEST_PASTE characters is cut, but stays too long, so that the queue refuses it.
        """
        assert self._paste_pieces is not None
        end = text.find(PASTE_ENDS, at)
        piece = text[at:] if end < 0 else text[at:end]
        if end < 0:
            complete = _length_without_part(piece)
            self._partial_sequence = piece[complete:]
            piece = piece[:complete]
        if self._pasted_length <= LONGEST_PASTE:
            self._paste_pieces.append(piece[: LONGEST_PASTE + 1])
            self._pasted_length += len(self._paste_pieces[-1])
        if end < 0:
            return len(text), []
        pasted = "".join(self._paste_pieces)
        self._paste_pieces = None
        if self._key_buffer.room < 1:
            self._key_buffer.count_lost_keys(1)
            return end + len(PASTE_ENDS), []
        return end + len(PASTE_ENDS), [events.Paste(pasted.replace("\x00", ""))]


def _length_without_part(text: str) -> int:
    """Return the length of a text without the beginning of PASTE_ENDS that it may end with."""
    lengths = (
        n for n in range(len(PASTE_ENDS) - 1, 0, -1) if text.endswith(PASTE_ENDS[:n])
    )
    return len(text) - next(lengths, 0)


class QueueDriver(Driver):
    """A driver whose keys wait in the app's queue, where they are counted."""

    exit_event: Event  # set when the driver must end

    @property
    def keys(self) -> KeyBuffer:
        """Return the app's queue."""
        return cast("KeyBuffer", self._app.keys)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # only our app has it

    def send_message(self, message: Message) -> None:
        """Queue a message. Called in the thread that reads the terminal."""
        self.keys.put(message)
