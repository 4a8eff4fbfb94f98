"""What all screens of play share: the four bars, the shared keys, and the rule that a changed play
is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from itertools import takewhile
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Generic,
    ParamSpec,
    TypeVar,
    cast,
)

from msgspec.structs import replace
from rich.console import RenderableType
from textual._styles_cache import StylesCache
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import ScreenResume
from textual.geometry import Size
from textual.screen import ModalScreen, Screen
from textual.visual import Visual

from coffeeshop.lessons.scenario.find import number
from coffeeshop.lessons.teaching.bookmark import skills_read
from coffeeshop.tui.keys import CLOSED_IN_EXAM, bindings, shown_keys
from coffeeshop.tui.settings import Settings
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import line, show_on_one_line
from coffeeshop.tui.widgets.bars import AwsLine, IdentityBar, KeyRow, NextBox
from coffeeshop.tui.widgets.dimmed import Dimmed
from coffeeshop.tui.widgets.ground import Blank, Ground
from coffeeshop.tui.widgets.too_small import TooSmall
from coffeeshop.views.deed import Deed, Goal
from coffeeshop.views.text import stars

if TYPE_CHECKING:  # the engine and its nouns come with the first scenario
    from textual._path import CSSPathType

    from coffeeshop.account.model import Outcome
    from coffeeshop.lessons.model import Play
    from coffeeshop.shop.want import Ticket
    from coffeeshop.views.grant.focus import Focus
    from coffeeshop.views.page_offer import OfferedPage
    from coffeeshop.views.step import Step

Keys = Sequence[str | tuple[str, str]]
# The styles of dialogs and of screens of play. They are read with the first of these.
DIALOG_STYLES = Path(__file__).parents[1] / "css" / "dialogs.tcss"
PLAY_STYLES = Path(__file__).parents[1] / "css" / "play.tcss"
# Keys that move in a list, or choose a row.
LIST_KEYS = frozenset(("up", "down", "pageup", "pagedown", "home", "end", "enter"))
PANE_KEYS = frozenset(("tab", "shift+tab"))  # keys that go to the next or the previous list
PENDING_STARS = "..."  # shown in place of the stars until the grade is known
P = ParamSpec("P")
S = TypeVar("S", bound="Shell")


def as_app_worker(
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[S, P], None]:
    """Decorate a screen's method that waits for dialogs, so that calling it starts it as a worker of the app.

    A worker of the screen would be cancelled when the screen closes, while it still waits for a
    dialog. If the app waited for the screen to close, the cancellation would even end the app.
    """

    @wraps(method)
    def start_flow(screen: S, *args: P.args, **kwargs: P.kwargs) -> None:
        """Start the method and return at once."""
        screen.game.run_worker(method(screen, *args, **kwargs))

    return start_flow


@contextmanager
def show_in_key_row(game: Stage, words: str) -> Generator[None]:
    """Show `words` over the key row while the block of the `with` statement runs.

    They are painted at once, because nothing is painted until a long block ends. The screen can
    change its keys meanwhile: they are shown afterwards.
    """
    screen = game.screen
    row = next(iter(screen.query(KeyRow).results(KeyRow)), None)
    if row is None:
        yield
        return
    words_before = row.words
    row.show_words(words)
    screen._compositor.update_widgets({row})  # pyright: ignore[reportPrivateUsage]  # painting has no public interface
    screen._compositor_refresh()  # pyright: ignore[reportPrivateUsage]  # the same
    try:
        yield
    finally:
        row.show_words(words_before)


class Shell:
    """What screens and dialogs share: the way to the app (`game`), and fixes for Textual that avoid double painting."""

    @property
    def game(self) -> Stage:
        """Return the app, as what all screens share."""
        return cast("Stage", cast("Screen[None]", self).app)

    async def run_app_action(self, action: str, *arguments: object) -> None:
        """Run an action of the app by its name, as if its key had been pressed here."""
        await self.game.run_action(("app", action, arguments), cast("Screen[None]", self))

    _has_mounted = False

    @property
    def widgets_exist(self) -> bool:
        """Return whether the screen's widgets exist. Fast keys can close a screen before it was ever shown."""
        return self._has_mounted and cast("Screen[object]", self).display

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow a key only once the screen's widgets exist."""
        return self.widgets_exist

    def _post_register(self, app: App[object]) -> None:
        """Mark the screen as styled with the current colours.

        Otherwise Textual would style it once more, and the screen of a mode twice.
        """
        super()._post_register(app)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the screen's
        cast("Screen[object]", self)._css_update_count = app._css_update_count  # pyright: ignore[reportPrivateUsage]  # the count of its styling is not public

    def set_size_classes(self) -> None:
        """Set the classes for the window's size before the first layout.

        Textual sets them later, so the screen would be laid out and painted twice.
        """
        game = self.game
        classes = list[str]()
        for cells, breakpoints in (
            (game.size.width, game.HORIZONTAL_BREAKPOINTS),
            (game.size.height, game.VERTICAL_BREAKPOINTS),
        ):
            classes += [
                name for min_cells, name in breakpoints or () if cells >= min_cells
            ][-1:]
        cast("Screen[object]", self).add_class(*classes)

    def _compositor_refresh(self) -> None:
        """Skip frames that are never shown.

        Textual makes two full frames while the app starts, and drops them. A screen below a dialog
        paints its changes through the dialog, and must not ask for them again.
        """
        game = self.game
        screen = cast("Screen[object]", self)
        if not game._batch_count:  # pyright: ignore[reportPrivateUsage]  # whether it shows frames is not public
            super()._compositor_refresh()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the screen's
            screen._repaint_required = screen._repaint_required and screen is game.screen  # pyright: ignore[reportPrivateUsage]  # painting has no public interface

    def _screen_resized(self, size: Size) -> None:
        """Lay out once for each size.

        Textual reports the first layout as a change of size, and would lay out and paint the screen
        and the screens below it again.
        """
        if size != cast("Screen[object]", self)._compositor.size:  # pyright: ignore[reportPrivateUsage]  # the size laid out for is not public
            super()._screen_resized(size)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the screen's

    def _on_timer_update(self) -> None:
        """Paint one frame, when the effects of a key are complete.

        If both layout and repaint are due, Textual would paint the whole screen twice.
        """
        if self.game.keys.holds_frame:
            return  # the timer fires again
        screen = cast("Screen[object]", self)
        if screen._layout_required and screen._repaint_required:  # pyright: ignore[reportPrivateUsage]  # painting has no public interface
            screen._repaint_required = False  # pyright: ignore[reportPrivateUsage]  # the same
            screen._dirty_widgets.add(screen)  # pyright: ignore[reportPrivateUsage]  # the same
        super()._on_timer_update()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the screen's

    def on_unmount(self) -> None:
        """Free the widgets' painted lines.

        A closed screen is a reference cycle, so they would stay until the next collection. Textual
        also caches the colours of a thousand lines, for all screens together.
        """
        for widget in cast("Screen[object]", self)._compositor.widgets:  # pyright: ignore[reportPrivateUsage]  # removed widgets have no public list
            widget._styles_cache.clear()  # pyright: ignore[reportPrivateUsage]  # painting has no public interface
        StylesCache.get_inner_outer.cache_clear()
        if self.game.collector:
            self.game.collector.request_collection()

    def on_screen_suspend(self) -> None:
        """Hide the keys while a dialog or another screen handles them."""
        self._set_bars_visible(False)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Show the keys again.

        A screen is styled when it is mounted, and when its classes, its focus or the colours change.
        Textual would style all of it once more whenever its key shows it.
        """
        event.refresh_styles = False
        self._set_bars_visible(True)

    def _set_bars_visible(self, visible: bool) -> None:
        """Show or hide the Next box and the row of keys."""
        for bar in cast("Screen[object]", self).query("NextBox, KeyRow"):
            bar.visible = visible

    def begin(self) -> None:
        """Set titles and focus, once the widgets exist. Subclasses replace this."""

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key must wait for a result that is still computed. Subclasses name their keys."""
        return False

    def takes_as_text(self, key: str) -> bool:
        """Return whether the focused widget would insert a key as text."""
        focused = cast("Screen[object]", self).focused
        character = key if len(key) == 1 else None
        return focused is not None and focused.check_consume_key(key, character)

    def close(self, answer: object = None) -> None:
        """Close with an answer, unless a fast key has closed the screen or left it already."""
        screen = cast("Screen[object]", self)
        if screen.is_active:
            screen.dismiss(answer)


class PlayScreen(Blank, Shell, Screen[None]):
    """A screen of the open scenario, the play. A subclass gives `body` (its widgets), `fill` (their values) and its keys."""

    CSS_PATH: ClassVar[CSSPathType | None] = [DIALOG_STYLES, PLAY_STYLES]
    BINDINGS: ClassVar[list[BindingType]] = bindings()
    KEYS: ClassVar[Keys] = ()
    MAKES_UP_CALLS: ClassVar[bool] = False  # no one made the calls under its cursor
    # Keys whose effect depends on the Next box.
    NEXT_KEYS: ClassVar[frozenset[str]] = frozenset(("2", "3", "y", "C", "enter"))
    LISTS_TICKETS: ClassVar[bool] = False  # whether the jobs and refusals have lines here
    # The play and the settings that the body shows.
    _filled: tuple[Play | None, Settings | None] = (None, None)
    # What the last offer of a page depended on, and the page.
    _offer: tuple[object, OfferedPage | None] = (None, None)
    next_want_id = ""  # the id of the want that the Next box names

    def compose(self) -> ComposeResult:
        """Yield the bars and the body between them."""
        self.set_size_classes()
        yield IdentityBar()
        with Ground(id="body"):
            yield from self.body()
        yield NextBox()
        yield AwsLine()
        yield KeyRow(shown_keys(self.KEYS))
        yield TooSmall()

    def body(self) -> ComposeResult:
        """Yield the widgets between the bars."""
        yield from ()

    def fill(self, play: Play) -> None:
        """Show the values of the current play in the widgets of the body. Subclasses replace this."""

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key must wait for the grade. The keys that follow the Next box do: the grade decides what it says."""
        is_next_key = key in self.NEXT_KEYS and not self.takes_as_text(key)
        return is_next_key and self.game.is_grading

    def skip_replay(self) -> None:
        """End an animation that any key skips. The key still does its work. Subclasses replace this."""

    def keep_unsaved_text(self) -> None:
        """Keep unsaved text before another screen closes this one."""

    def decision_here(self) -> Ticket | Outcome | None:
        """Return what key y explains: the result of a job, a refusal or a call under the cursor, or None."""
        return None

    def focus_here(self) -> Ticket | Outcome | Focus | None:
        """Return what key D draws: the request under the cursor, or else the one that the Next box names.

        Return None if the cursor is on nothing that can be drawn.
        """
        return self.decision_here() or self.game.ticket(self.next_want_id)

    def text_to_copy(self) -> str:
        """Return the text under the cursor that key Y copies. Return "" to copy the last AWS command."""
        return ""

    def step_here(self, step: Step) -> Step:
        """Return the suggested step as the Next box of this screen shows it.

        Subclasses replace a key that leads to this screen, or does nothing on it.
        """
        return step

    def arrive(self) -> None:
        """Put the cursor where this screen's key always leads. On most screens the cursor stays where it is."""

    @property
    def cursor_position(self) -> tuple[object, ...]:
        """Return the position on this screen, to tell whether its key would change anything."""
        return ()

    def on_mount(self) -> None:
        """Follow the play while this screen is shown."""
        self._has_mounted = True
        if self.widgets_exist:
            self.game.changed.subscribe(self, self._follow)
            self.begin()

    def on_unmount(self) -> None:
        """Stop following the play. The subscription would keep the closed screen alive."""
        self.game.changed.unsubscribe(self)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Show the current play whenever the screen is shown."""
        self.show()

    def _follow(self, _: object) -> None:
        """Show the changed play, if no other screen covers this one."""
        if self.is_current:
            self.show()

    def show(self) -> None:
        """Show the current play, if this screen is the one shown."""
        sitting = self.game.player.sitting
        if sitting is None or not (self.is_current and self.widgets_exist):
            return
        play = sitting.play
        play_and_settings = (play, self.game.settings)
        self.show_bars(play)
        # `is not` comes first, since it is slow to compare two plays by value.
        if self._filled[0] is not play or self._filled != play_and_settings:
            self._filled = play_and_settings
            self.fill(play)
        self.show_next_step()

    def show_bars(self, play: Play) -> None:
        """Update the bars: the identity in use, the title, the clock and the stars at the top, the last command at the foot."""
        game = self.game
        bar = self.query_one(IdentityBar)
        bar.title = f"{number(play.scenario.id)} {play.scenario.full_title}"
        self.show_clock()
        report = game.sitting.report
        earned = report if report and report.gives_stars else None
        if earned:
            star_text = stars(earned.stars, game.settings.ascii)
        else:
            star_text = ""
        bar.stars = PENDING_STARS if game.is_grading else star_text
        self.query_one(NextBox).set_class(earned is not None and earned.stars == 3, "-won")
        self.show_foot()

    @property
    def time_shown(self) -> datetime:
        """Return the time in the header. It is the time of the next act, unless a screen shows another."""
        return self.game.sitting.now

    def show_clock(self) -> None:
        """Show the time in the header, with the state of the credential at that time."""
        bar = self.query_one(IdentityBar)
        at = self.time_shown
        bar.who = self.game.identity_at(at)
        bar.clock = f"{at:%a %H:%M}"

    @property
    def keys_here(self) -> Keys:
        """Return the keys for the key row: those that do something at the cursor."""
        return self.KEYS

    def show_keys(self) -> None:
        """Show the keys that do something. `y` needs a decision to explain, and `u` an act to undo."""
        from coffeeshop.lessons.teaching.markdown import (  # the shelf shows no lesson
            CHAPTER_FILE,
            LESSON_FILE,
        )

        explains = self.decision_here() or self.game.ticket(self.next_want_id)
        files = self.game.sitting.scenario.files
        has_lesson = CHAPTER_FILE in files or LESSON_FILE in files
        keys = [name for name in self.keys_here if name != "why" or explains]
        keys = [name for name in keys if name != "lesson" or has_lesson]
        if not self.game.sitting.play.outcomes:
            keys = [name for name in keys if name != "undo"]
        if self.game.sitting.in_exam:
            keys = [name for name in keys if name not in CLOSED_IN_EXAM]
        self.query_one(KeyRow).show(shown_keys(keys))

    def show_foot(self) -> None:
        """Show the last command and its result, or the last message."""
        aws = self.query_one(AwsLine)
        aws.command, aws.result = self.game.last_line

    def on_descendant_focus(self) -> None:
        """Update the Next box, since it depends on the focus."""
        if self.game.player.sitting and self.widgets_exist:
            self.show_next_step()

    on_row_list_moved = on_picture_bay_highlighted = on_descendant_focus

    def on_prose_pane_reach_changed(self) -> None:
        """Show the keys again, since tab can reach another pane now."""
        if self.game.player.sitting and self.widgets_exist:
            self.show_keys()

    def offered_page(self) -> OfferedPage | None:
        """Return the page of the lesson that the Next box offers. None before the first act, or if it was read."""
        from coffeeshop.views.page_offer import offered_page

        sitting = self.game.sitting
        if not sitting.play.outcomes:
            return None
        settings = self.game.player.progress.settings()
        offer = (self.game.step, skills_read(settings))
        if self._offer[0] != offer:
            page = offered_page(sitting.scenario, self.game.step, settings)
            self._offer = (offer, page)
        return self._offer[1]

    def show_next_step(self) -> None:
        """Show in the Next box what to do next, as seen from the cursor's position.

        The lists must show the current play before, because the position is looked up in them.
        """
        box = self.query_one(NextBox)
        step = self.step_here(self.game.step)
        self.next_want_id = step.want
        decision = self.decision_here()
        is_elsewhere = (
            step.deed.goal is Goal.EXPLAIN
            and decision
            and decision is not self.game.ticket(step.want)
        )
        if is_elsewhere:
            says = f"on that line {step.does}"
            if self.LISTS_TICKETS:
                deed = step.deed.at(step.key, says)
            else:
                deed = step.deed.at("1", f"Shop: {step.key} {says}")
            step = replace(step, deed=deed)
        if step.opens and step.key and not self.takes_as_text(OPENS_STEP.key):
            step = replace(step, deed=step.deed.followed_by(OPENS_STEP))
        page = self.offered_page()
        if page and step.key:
            from coffeeshop.views.page_offer import LESSON_KEY, with_page

            if not self.takes_as_text(LESSON_KEY):
                step = replace(step, deed=with_page(step.deed, page))
        box.show(*next_box_content(step))
        box.set_class(not self.game.settings.shows_next_box, "-hidden")
        self.show_keys()


OPENS_STEP = Deed("C", "fills in the call")


def next_box_content(step: Step) -> tuple[str, Content | None]:
    """Return the texts of the Next box for a suggestion: its sentence, and its key with its effect (None: no key)."""
    key = line((f" {step.key} ", "reverse bold $accent"), f" {show_on_one_line(step.does)}")
    return show_on_one_line(step.text), key if step.key else None


T = TypeVar("T")


class Dialog(Shell, ModalScreen["T | None"], Generic[T]):
    """A box with a title over the screen, which is closed with an answer of type T, or by esc with None."""

    CSS_PATH: ClassVar[CSSPathType | None] = DIALOG_STYLES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        *bindings("words"),
    ]
    KEYS: ClassVar[Keys] = ()

    def compose(self) -> ComposeResult:
        """Yield the box with its body and its keys."""
        self.set_size_classes()
        with Vertical(classes="box"):
            yield from self.body()
            yield KeyRow(shown_keys(self.keys))
        yield TooSmall()

    def render(self) -> RenderableType | Visual:  # pyright: ignore[reportIncompatibleMethodOverride]  # Textual takes a Visual, its type says less
        """Dim the screen right below.

        Textual dims the active screen of the frame, and remembers it. Of several boxes that open at
        once two could then dim each other without end.
        """
        if below := self._below:
            return Dimmed(below, self.styles.background)
        return super().render()

    def _on_timer_update(self) -> None:
        """Paint changes of the screen below in the same frame.

        Textual has a timer for each screen, and paints everything again if the timer below fires
        later.
        """
        if below := self._below:
            below._on_timer_update()  # pyright: ignore[reportPrivateUsage]  # painting has no public interface
        super()._on_timer_update()

    @property
    def _below(self) -> Screen[Any] | None:
        """Return the screen right below, or None."""
        below = list(
            takewhile(lambda item_shown: item_shown is not self, self.game.screen_stack)
        )
        return below[-1] if below else None

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key must wait for the grade. Enter does, because the screen that it opens can depend on the grade."""
        return key == "enter" and self.game.is_grading

    @property
    def keys(self) -> Keys:
        """Return the keys for the key row of this box."""
        return self.KEYS

    def body(self) -> ComposeResult:
        """Yield the widgets of the box."""
        yield from ()

    def on_mount(self) -> None:
        """Begin, unless a fast key has closed the box already."""
        self._has_mounted = True
        if self.widgets_exist:
            self.begin()

    def action_leave(self) -> None:
        """Close without an answer."""
        self.close()
