"""The four bars of every screen of play: the identity, the next step, the AWS command, and the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from coffeeshop.tui.text import STYLES, key, line, show_on_one_line
from coffeeshop.views.cells import shorten_text, width
from coffeeshop.views.text import command_on_one_line

if TYPE_CHECKING:
    from coffeeshop.views.identity import Identity  # its module imports the engine

MIN_TITLE_WIDTH = 12  # cells that a cut title has at least
MUTED_STYLE = STYLES["muted"]
SEPARATOR = (" │ ", STYLES["muted"])


class IdentityBar(Widget):
    """One row with the title, the identity, the credential, the session's minutes, the stars and the clock.

    Without room, first the title is cut. Then the stars are left out, and then the clock.
    """

    DEFAULT_CSS = (
        "IdentityBar { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; }"
    )

    who: reactive[Identity | None] = reactive["Identity | None"](None)
    title: reactive[str] = reactive("")
    stars: reactive[str] = reactive("")
    clock: reactive[str] = reactive("")

    def render(self) -> Content:
        """Return the row, cut to the width. The identity is kept as long as possible."""
        identity = self._identity()
        right_parts = [
            part
            for part in (star_content(self.stars), line((self.clock, MUTED_STYLE)))
            if part
        ]
        room = self.size.width
        name = line(("▟▙ ", STYLES["key"]), (show_on_one_line(self.title), "bold"))
        for parts in ([identity, *right_parts], [identity, *right_parts[-1:]], [identity]):
            row = line(*(part for content in parts for part in (content, SEPARATOR)))[
                : -len(SEPARATOR[0])
            ]
            spare = room - row.cell_length - len(SEPARATOR[0])
            if spare >= min(MIN_TITLE_WIDTH, name.cell_length):
                return line(name.truncate(spare, ellipsis=True), SEPARATOR, row)
        return identity.truncate(room, ellipsis=True)

    def _identity(self) -> Content:
        """Return the caller, the assumed role, the credential and the minutes that are left."""
        identity = self.who
        if identity is None:
            return Content("")
        parts: list[Content] = [
            line((" ROOT ", "reverse bold"))
            if identity.root
            else line((show_on_one_line(identity.who), "bold"))
        ]
        if identity.role:
            parts.append(line(" ▸ ", (show_on_one_line(identity.role), "bold $accent")))
        parts.append(
            line((" ■ MFA", STYLES["ok"]))
            if identity.mfa and not identity.ended
            else line((f" · {identity.means}" if identity.means else "", MUTED_STYLE))
        )
        if identity.ended:
            parts.append(line((f" · {identity.ended}", STYLES["error"])))
        elif identity.minutes is not None and (identity.role or identity.minutes < 60):
            parts.append(line((f" · {identity.minutes} min left", MUTED_STYLE)))
        return line(*parts)


def star_content(stars: str) -> Content:
    """Return the stars in colours: won stars stand out, and a full set has its own colour."""
    won = stars.rstrip("☆-.")
    return line(
        (won, STYLES["key"] if won != stars else "bold $text-success"),
        (stars[len(won) :], MUTED_STYLE),
    )


MAX_LINES = 4  # lines of text, at most
MAX_LINES_IF_WIDE = 3  # lines of text, at most, in a box of WIDE_BOX cells or more
WIDE_BOX = 98
MAX_EMPTY_END = 5  # cells that the end of a line may leave empty


class NextBox(Widget):
    """The box that suggests what to do next, and its key. It says where to go, and never gives the answer away."""

    DEFAULT_CSS = """
    NextBox {
        height: auto; max-height: 5; background: $surface; padding: 0 1; border-top: solid $accent;
        border-title-color: $accent; border-title-style: bold;
        &.-won { border-title-color: $text-success; color: $text-success; text-style: bold; }
    }
    """

    _shown: tuple[str, Content | None] = ("", None)
    _fitted_cache: tuple[object, int, Content, int] = (None, 0, Content(""), 0)

    @property
    def text(self) -> str:
        """Return the sentence and the key as plain text, also while the box is hidden."""
        subject, key = self._shown
        return f"{subject} {key.plain if key else ''}"

    def on_mount(self) -> None:
        """Set the title of the box."""
        self.border_title = "Next"

    def show(self, subject: str, key: Content | None) -> None:
        """Show a sentence, and the key with its label.

        The key has its own line if the box needs no more lines for that.
        """
        message = subject, key
        if message != self._shown:
            rows = self._rows()
            self._shown = message
            # Lay out the whole screen only if the height of the box changes.
            self.refresh(layout=self._rows() != rows)

    def _rows(self) -> int:
        """Return the lines that the box needs at its present width."""
        return self._height(self.content_size.width)

    def _height(self, room: int) -> int:
        """Return the lines that the box needs at a width of `room` cells."""
        return self._fit_text(room)[1]

    def _fit_text(self, room: int) -> tuple[Content, int]:
        """Return the text for a width of `room` cells, and the lines that it needs.

        It is kept for one width, because a change asks for it several times.
        """
        shown, cached_room, content, rows = self._fitted_cache
        if shown is not self._shown or cached_room != room:
            content, rows = box_text(*self._shown, room)
            self._fitted_cache = (self._shown, room, content, rows)
        return content, rows

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines that the box needs at this width."""
        return self._height(width)

    def render(self) -> Content:
        """Return the sentence and the key."""
        return self._fit_text(self.content_size.width)[0]


def box_text(message: str, key: Content | None, room: int) -> tuple[Content, int]:
    """Return the sentence and the key, behind it or below it, and the lines that they need.

    The sentence is cut if the key would otherwise be out of sight.
    """
    if key is None:
        return _measure(Content(message), room)
    lines = MAX_LINES_IF_WIDE if room >= WIDE_BOX else MAX_LINES
    content = Content(
        shorten_text(message, max(lines * (room - MAX_EMPTY_END) - key.cell_length, room))
    )
    behind, below = (
        _measure(Content.assemble(content, gap, key), room) for gap in ("  ", "\n")
    )
    return behind if behind[1] < below[1] else below


def _measure(content: Content, room: int) -> tuple[Content, int]:
    """Return the content, and how many lines it needs at a width of `room` cells."""
    return content, len(content.wrap(max(room, 1)))


class AwsLine(Widget):
    """The AWS command that was sent or is about to be sent, and its result."""

    DEFAULT_CSS = "AwsLine { height: 1; background: $background; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }"

    command: reactive[str] = reactive("")
    result: reactive[tuple[str, str]] = reactive(("", "muted"))

    def render(self) -> Content:
        """Return `$ aws …`, with the result at the right edge."""
        word, role = self.result
        command = show_on_one_line(command_on_one_line(self.command))
        if self.command:  # the result leaves a third of the row to the command
            word = shorten_text(
                word, max(self.size.width * 2 // 3, self.size.width - width(command) - 4)
            )
        room = self.size.width - width(word) - 1
        content = line(
            ("$ ", STYLES["key"]),
            (command, STYLES["code"] if self.command else MUTED_STYLE),
        )
        content = content.truncate(room, ellipsis=True)
        padded = content.pad_right(max(0, room - content.cell_length))
        return line(padded, " ", (word, STYLES[role]))  # pyright: ignore[reportArgumentType]  # a Role


class KeyRow(Widget):
    """The keys of the screen, as many as fit."""

    DEFAULT_CSS = (
        "KeyRow { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; }"
    )

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        """Make the row for these (key, label) pairs."""
        super().__init__()
        self.keys = keys
        self.words = ""

    def show_words(self, words: str) -> None:
        """Show words over the keys, or with "" the keys again."""
        self.words = words
        self.refresh()

    def show(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show these keys with their labels."""
        if keys != self.keys:
            self.keys = keys
            self.refresh()

    def render(self) -> Content:
        """Return `⏎ Look  y Why  …`, cut after the last key that fits."""
        if self.words:
            return line(key("", self.words))
        content = Content("")
        for name, word in self.keys:
            more_content = line(content, "  " if content else "", key(name, word))
            if more_content.cell_length > self.size.width:
                break
            content = more_content
        return content
