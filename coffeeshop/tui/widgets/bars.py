"""The four bars of every screen of play: who am I, what next, what would AWS call it, which keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from coffeeshop.tui.text import STYLES, key, line, show_on_one_line
from coffeeshop.views.cells import shorten_text, width
from coffeeshop.views.text import flat

if TYPE_CHECKING:
    from coffeeshop.views.identity import Identity  # its module asks the engine who calls

LEAST = 12  # cells of a title that is cut
MUTED = STYLES["muted"]
BAR = (" │ ", STYLES["muted"])


class IdentityBar(Widget):
    """Who acts, wearing what, for how long: one row. The clock and the stars go first where there is no room, then the
    end of the title."""

    DEFAULT_CSS = (
        "IdentityBar { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; }"
    )

    who: reactive[Identity | None] = reactive["Identity | None"](None)
    title: reactive[str] = reactive("")
    stars: reactive[str] = reactive("")
    clock: reactive[str] = reactive("")

    def render(self) -> Content:
        """Returns the row, cut to its width: never the identity."""
        left_content = self._identity()
        right = [
            part for part in (star_content(self.stars), line((self.clock, MUTED))) if part
        ]
        room = self.size.width
        name = line(("▟▙ ", STYLES["key"]), (show_on_one_line(self.title), "bold"))
        for parts in ([left_content, *right], [left_content, *right[-1:]], [left_content]):
            row = line(*(part for shown_content in parts for part in (shown_content, BAR)))[
                : -len(BAR[0])
            ]
            if name.cell_length + len(BAR[0]) + row.cell_length <= room:
                return line(name, BAR, row)
        spare = room - row.cell_length - len(BAR[0])
        if spare >= LEAST:
            return line(name.truncate(spare, ellipsis=True), BAR, row)
        return left_content.truncate(room, ellipsis=True)

    def _identity(self) -> Content:
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
            if identity.mfa
            else line((f" · {identity.means}" if identity.means else "", MUTED))
        )
        if identity.ended:
            parts.append(line((f" · {identity.ended}", STYLES["error"])))
        elif identity.minutes is not None and (identity.role or identity.minutes < 60):
            parts.append(line((f" · {identity.minutes} min left", MUTED)))
        return line(*parts)


def star_content(stars: str) -> Content:
    """Stars that are won stand out from those that are not or that nobody knows yet, and all three from fewer."""
    won = stars.rstrip("☆-.")
    return line(
        (won, STYLES["key"] if won != stars else "bold $text-success"),
        (stars[len(won) :], MUTED),
    )


MOST, FEWEST, WIDE = (
    4,
    3,
    98,
)  # lines of what is next, and those in a frame, which it has in so many cells
ENDS = 5  # cells that the end of a line may leave empty


class NextBox(Widget):
    """One act and its key: the place to go, never the answer."""

    DEFAULT_CSS = """
    NextBox {
        height: auto; max-height: 5; background: $surface; padding: 0 1; border-top: solid $accent;
        border-title-color: $accent; border-title-style: bold;
        &.-won { border-title-color: $text-success; color: $text-success; text-style: bold; }
    }
    """

    _said: tuple[str, Content | None] = ("", None)
    _kept = _said  # what has room here before it is said

    def on_mount(self) -> None:
        """Name the box."""
        self.border_title = "Next"

    def show(self, subject: str, key: Content | None) -> None:
        """Show a sentence, and the key with what it does, which begins a line of its own where that takes no line more."""
        self._change((subject, key), self._kept)

    def keep_room(self, subject: str, key: Content | None) -> None:
        """Be as high as it takes to say this later, too: what stands above is then cut nowhere else than now."""
        self._change(self._said, (subject, key))

    def _change(
        self, messages: tuple[str, Content | None], kept_names: tuple[str, Content | None]
    ) -> None:
        if (messages, kept_names) != (self._said, self._kept):
            rows = self._rows()
            self._said = messages
            self._kept = kept_names
            # A layout of the whole screen, only where the box grows or shrinks.
            self.refresh(layout=self._rows() != rows)

    def _rows(self) -> int:
        return self._height(self.content_size.width)

    def _height(self, room: int) -> int:
        return max(
            len(box_text(subject, key, room).wrap(max(room, 1)))
            for subject, key in (self._said, self._kept)
        )

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Returns the lines that all of it takes at this width."""
        return self._height(width)

    def render(self) -> Content:
        """Returns the sentence and the key."""
        return box_text(*self._said, self.content_size.width)


def box_text(message: str, key: Content | None, room: int) -> Content:
    """Return the sentence, cut where the key would not be seen in as many lines as there may be, and the key."""
    if key is None:
        return Content(message)
    lines = FEWEST if room >= WIDE else MOST
    content = Content(
        shorten_text(message, max(lines * (room - ENDS) - key.cell_length, room))
    )
    behind, below = (Content.assemble(content, gap, key) for gap in ("  ", "\n"))
    return min(
        below, behind, key=lambda shown_content: len(shown_content.wrap(max(room, 1)))
    )


class AwsLine(Widget):
    """The command that was sent, or is about to be, and what came of it."""

    DEFAULT_CSS = "AwsLine { height: 1; background: $background; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }"

    command: reactive[str] = reactive("")
    came: reactive[tuple[str, str]] = reactive(("", "muted"))

    def render(self) -> Content:
        """`$ aws …` and the outcome at the right edge."""
        word, role = self.came
        command = show_on_one_line(flat(self.command))
        if self.command:  # what came of it never hides more than its first words
            word = shorten_text(
                word, max(self.size.width * 2 // 3, self.size.width - width(command) - 4)
            )
        room = self.size.width - width(word) - 1
        shown_content = line(
            ("$ ", STYLES["key"]), (command, STYLES["code"] if self.command else MUTED)
        )
        shown_content = shown_content.truncate(room, ellipsis=True)
        padded = shown_content.pad_right(max(0, room - shown_content.cell_length))
        return line(padded, " ", (word, STYLES[role]))  # pyright: ignore[reportArgumentType]  # a Role


class KeyRow(Widget):
    """The keys that matter here, as many as fit."""

    DEFAULT_CSS = (
        "KeyRow { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; }"
    )

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.keys = keys

    def show(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show the keys that matter now."""
        if keys != self.keys:
            self.keys = keys
            self.refresh()

    def render(self) -> Content:
        """`⏎ Look  y Why  …`, cut after the last key that fits; `? Help` is kept."""
        shown_content = Content("")
        for name, word in self.keys:
            more_content = line(
                shown_content, "  " if shown_content else "", key(name, word)
            )
            if more_content.cell_length > self.size.width:
                break
            shown_content = more_content
        return shown_content
