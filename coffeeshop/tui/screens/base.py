"""What every screen of play has: the four bars, the shared keys, and the rule that a change of the play is shown."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence
from contextlib import contextmanager
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
from rich.segment import Segment
from rich.style import Style
from textual._styles_cache import StylesCache
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.containers import Vertical
from textual.content import Content
from textual.events import ScreenResume
from textual.geometry import Size
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen

from coffeeshop.lessons.scenario.find import number
from coffeeshop.tui.keys import bindings, shown_keys
from coffeeshop.tui.settings import Settings
from coffeeshop.tui.stage import Stage
from coffeeshop.tui.text import line, show_on_one_line
from coffeeshop.tui.widgets.bars import AwsLine, IdentityBar, KeyRow, NextBox
from coffeeshop.tui.widgets.ground import Blank, Ground
from coffeeshop.tui.widgets.too_small import TooSmall
from coffeeshop.views.text import stars

if TYPE_CHECKING:  # the engine and its nouns come with the first scenario
    from coffeeshop.account.model import Outcome
    from coffeeshop.lessons.model import Play
    from coffeeshop.shop.want import Ticket
    from coffeeshop.views.step import Step

Keys = Sequence[str | tuple[str, str]]
# How screens of play look: read with the first of them.
PLAY = Path(__file__).parents[1] / "css" / "play.tcss"
LIST_KEYS = frozenset(
    ("up", "down", "pageup", "pagedown", "home", "end", "enter")
)  # that move in a list, or choose
PANE_KEYS = frozenset(("tab", "shift+tab"))  # that go to the next list
PENDING = "..."  # in place of the stars, until it is known how many there are
P = ParamSpec("P")
S = TypeVar("S", bound="Shell")


def flow(
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[S, P], None]:
    """Returns a screen's method that waits for dialogs, run as a worker of the app: a worker of the screen would be
    cancelled with it, perhaps while the app waits for the screen to go, and would take the app along.
    """

    @wraps(method)
    def start_flow(screen: S, *given_part: P.args, **named: P.kwargs) -> None:
        screen.game.run_worker(method(screen, *given_part, **named))

    return start_flow


@contextmanager
def said_at_once(game: Stage, words: str) -> Generator[None]:
    """Say in place of the keys what a key has begun, painted before it is done: until then no other key is heard."""
    screen = game.screen
    row = next(iter(screen.query(KeyRow).results(KeyRow)), None)
    if row is None:
        yield
        return
    keys = row.keys
    row.show((("", words),))
    screen._compositor.update_widgets({row})  # pyright: ignore[reportPrivateUsage]  # painting has no public door
    screen._compositor_refresh()  # pyright: ignore[reportPrivateUsage]  # likewise
    try:
        yield
    finally:
        row.show(keys)


class Shell:
    """A screen of this game: knows the stage that it is shown on, and the app's other actions by their names alone."""

    @property
    def game(self) -> Stage:
        """Returns the stage that holds the play."""
        return cast("Stage", cast("Screen[None]", self).app)

    async def act(self, action: str, *given_items: object) -> None:
        """Run an action of the app by its name."""
        await self.game.run_action(("app", action, given_items), cast("Screen[None]", self))

    _stands = _resumed = False

    @property
    def still_there(self) -> bool:
        """Tells whether its widgets stand, not yet taken down; a screen may be closed before it was ever shown."""
        return self._stands and cast("Screen[object]", self).display

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let a key do nothing on a screen whose widgets do not stand yet."""
        return self.still_there

    def _post_register(self, app: App[object]) -> None:
        """Wear the colours of now, as a new screen does. Textual takes it for one of other colours, and styles what is seen
        once more, of a mode twice.
        """
        super()._post_register(app)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the screen's
        cast("Screen[object]", self)._css_update_count = app._css_update_count  # pyright: ignore[reportPrivateUsage]  # which colours it wears is not public

    def fit(self) -> None:
        """Wear the classes of the window's size before the first layout. Textual gives them after it, so that the
        screen would be laid out and painted twice.
        """
        game = self.game
        worn = list[str]()
        for cells, breakpoints in (
            (game.size.width, game.HORIZONTAL_BREAKPOINTS),
            (game.size.height, game.VERTICAL_BREAKPOINTS),
        ):
            worn += [name for least, name in breakpoints or () if cells >= least][-1:]
        cast("Screen[object]", self).add_class(*worn)

    def _compositor_refresh(self) -> None:
        """Compose no frame that nobody sees. Textual makes two full ones while the app starts, and throws them away. Below a
        box it has the box paint what changed, and asks for all of that again.
        """
        game = self.game
        screen = cast("Screen[object]", self)
        if not game._batch_count:  # pyright: ignore[reportPrivateUsage]  # whether it shows frames is not public
            super()._compositor_refresh()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the screen's
            screen._repaint_required = screen._repaint_required and screen is game.screen  # pyright: ignore[reportPrivateUsage]  # painting has no public door

    def _screen_resized(self, size: Size) -> None:
        """Lay out for a size once. Textual tells a screen of its first layout as of a change of its size, and would lay out,
        and paint, all of it again, with what stands below it.
        """
        if size != cast("Screen[object]", self)._compositor.size:  # pyright: ignore[reportPrivateUsage]  # the size laid out for is not public
            super()._screen_resized(size)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the screen's

    def _on_timer_update(self) -> None:
        """Paint a frame once, when all is done that a key began. Where both was asked for, Textual lays the screen out and
        paints it, and then paints all of it once more.
        """
        if self.game.keys.holds_frame:
            return  # the clock strikes again
        screen = cast("Screen[object]", self)
        if screen._layout_required and screen._repaint_required:  # pyright: ignore[reportPrivateUsage]  # painting has no public door
            screen._repaint_required = False  # pyright: ignore[reportPrivateUsage]  # likewise
            screen._dirty_widgets.add(screen)  # pyright: ignore[reportPrivateUsage]  # likewise
        super()._on_timer_update()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the screen's

    def on_unmount(self) -> None:
        """Let go of what its widgets painted. They would keep it until the next rest: a screen holds itself in circles. And
        Textual remembers the colours of a thousand of their lines in a cache that all screens share.
        """
        for widget in cast("Screen[object]", self)._compositor.widgets:  # pyright: ignore[reportPrivateUsage]  # those taken down have no public list
            widget._styles_cache.clear()  # pyright: ignore[reportPrivateUsage]  # painting has no public door
        StylesCache.get_inner_outer.cache_clear()
        if self.game.collector:
            self.game.collector.ask()

    def on_screen_suspend(self) -> None:
        """Name no key while a box, or another screen, has them all: there they mean something else, or nothing."""
        self._let_see(False)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Name them again. Everything here is styled as it is mounted, and Textual would style all of it once more when it is
        shown first; where a box above it closed, it would not.
        """
        event.refresh_styles = event.refresh_styles and self._resumed
        self._resumed = True
        self._let_see(True)

    def _let_see(self, seen: bool) -> None:
        for bar in cast("Screen[object]", self).query("NextBox, KeyRow"):
            bar.visible = seen

    def begin(self) -> None:
        """Titles and focus, when the widgets stand for the first time."""

    def awaits(self, key: str) -> bool:
        """Tell whether a key is for something that is still worked out, and does nothing before that is here."""
        return False

    def close(self, answer: object = None) -> None:
        """Close with an answer, unless fast fingers have closed this or gone elsewhere already."""
        screen = cast("Screen[object]", self)
        if screen.is_active:
            screen.dismiss(answer)


class PlayScreen(Blank, Shell, Screen[None]):
    """A screen that shows the play. A subclass gives `body`, `fill` and the keys of its row."""

    CSS_PATH = PLAY
    BINDINGS: ClassVar[list[BindingType]] = bindings()
    KEYS: ClassVar[Keys] = ()
    _filled: tuple[Play | None, Settings | None] = (None, None)
    spoken = ""  # the want of which Next speaks

    def compose(self) -> ComposeResult:
        """Yields the bars around the body."""
        self.fit()
        yield IdentityBar()
        with Ground(id="body"):
            yield from self.body()
        yield NextBox()
        yield AwsLine()
        yield KeyRow(shown_keys(self.KEYS))
        yield TooSmall()

    def body(self) -> ComposeResult:
        """Yields what stands between the bars."""
        yield from ()

    def fill(self, play: Play) -> None:
        """Hand the values of a play to the widgets of the body."""

    def put_away(self) -> None:
        """Keep what was written here, before the screen is closed from elsewhere."""

    def decision_here(self) -> Ticket | Outcome | None:
        """Tells what `y` explains: the ticket or the request under the cursor."""
        return None

    def copies(self) -> str:
        """Tells what `Y` copies from here; "": the AWS line."""
        return ""

    def next(self, step: Step) -> Step:
        """Tells what the Next box says on this screen: a key that leads here, or does nothing here, is not worth
        naming.
        """
        return step

    def arrive(self) -> None:
        """Stand where its key always leads, so that what is said of a key is true; most screens have one place."""

    @property
    def place(self) -> tuple[object, ...]:
        """Return where on this screen the learner stands, as far as its key can change that."""
        return ()

    def on_mount(self) -> None:
        """From now on, follow the play while this screen is the one shown."""
        self._stands = True
        if self.still_there:
            self.game.changed.subscribe(self, self._follow)
            self.begin()

    def on_unmount(self) -> None:
        """Follow the play no more, which would keep this screen until the play changes."""
        self.game.changed.unsubscribe(self)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Show the play as it is, when the screen is shown first and whenever it is shown again."""
        self.show()

    def _follow(self, _: object) -> None:
        if self.is_current:
            self.show()

    def show(self) -> None:
        """Show the play as it is now."""
        sitting = self.game.player.sitting
        if sitting is None or not (self.is_current and self.still_there):
            return
        play, shown_plays = sitting.play, (sitting.play, self.game.settings)
        self.bars(play)
        if self._filled[0] is not play or self._filled != shown_plays:
            self._filled = shown_plays
            self.fill(play)
        self.guide()

    def bars(self, play: Play) -> None:
        """Show the identity bar and the AWS line, and whether the Next box has cause to shine."""
        game = self.game
        bar = self.query_one(IdentityBar)
        bar.who, bar.title, bar.clock = (
            game.identity,
            f"{number(play.scenario.id)} {play.scenario.full_title}",
            f"{game.sitting.now:%a %H:%M}",
        )
        report = game.sitting.report
        earned = report if report and report.asks else None
        if earned:
            known_name = stars(earned.stars, game.settings.ascii)
        else:
            known_name = ""
        bar.stars = PENDING if game.grading else known_name
        self.query_one(NextBox).set_class(earned is not None and earned.stars == 3, "-won")
        self.show_foot()

    def show_foot(self) -> None:
        """Show the last command and what came of it, or what was just said."""
        aws = self.query_one(AwsLine)
        aws.command, aws.came = self.game.last_line

    def on_descendant_focus(self) -> None:
        """Show the way from where the cursor is now."""
        if self.game.player.sitting and self.still_there:
            self.guide()

    on_row_list_moved = on_picture_bay_highlighted = on_descendant_focus

    def guide(self) -> None:
        """Show the Next box: what to do from where the cursor is, which stands in lists that show the play of now."""
        box = self.query_one(NextBox)
        step = self.next(self.game.step)
        self.spoken = step.want
        here_part = self.decision_here()
        is_elsewhere = (
            step.key == "y" and here_part and here_part is not self.game.ticket(step.want)
        )
        if is_elsewhere:
            step = replace(step, does=f"on that line {step.does}")
        box.show(*said_in_box(step))
        box.set_class(not self.game.settings.next_box, "-hidden")


def said_in_box(step: Step) -> tuple[str, Content | None]:
    """Return a step as the Next box says it: its sentence, and its key with what that does."""
    key = line((f" {step.key} ", "reverse bold $accent"), f" {show_on_one_line(step.does)}")
    return show_on_one_line(step.text), key if step.key else None


T = TypeVar("T")


class Dimmed(BackgroundScreen):
    """The screen below a box, each of its looks dimmed once: of its thousands of segments a hundred differ."""

    @classmethod
    def process_segments(
        cls, segments: Iterable[Segment], color: Color
    ) -> Iterable[Segment]:
        """Yields the segments in the colours that they have below the box."""
        dimmed: dict[Style | None, Style | None] = {}
        for text, style, control in segments:
            if style not in dimmed:
                (segment,) = super().process_segments((Segment(text, style),), color)
                dimmed[style] = segment.style
            yield Segment(text, dimmed[style], control)


class Dialog(Shell, ModalScreen["T | None"], Generic[T]):
    """A box over the screen under a title; `esc` answers None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        *bindings("words"),
    ]
    KEYS: ClassVar[Keys] = ()

    def compose(self) -> ComposeResult:
        """Yields the box and its keys."""
        self.fit()
        with Vertical(classes="box"):
            yield from self.body()
            yield KeyRow(shown_keys(self.keys))
        yield TooSmall()

    def render(self) -> RenderableType:
        """Dim the screen right below. Textual takes the one whose turn it is in the frame being composed, and remembers it:
        of several boxes that were opened at once two could lie below each other, and painting them never ended.
        """
        if below := self._below:
            return Dimmed(below, self.styles.background)
        return super().render()

    def _on_timer_update(self) -> None:
        """Paint what changed below in the same frame. Textual has a clock for each screen, and paints all of them once more
        where the one of a screen below is the later.
        """
        if below := self._below:
            below._on_timer_update()  # pyright: ignore[reportPrivateUsage]  # painting has no public door
        super()._on_timer_update()

    @property
    def _below(self) -> Screen[Any] | None:
        """The screen right below, if there is one."""
        below = list(
            takewhile(lambda item_shown: item_shown is not self, self.game.screen_stack)
        )
        return below[-1] if below else None

    @property
    def keys(self) -> Keys:
        """Returns the keys that matter in this box."""
        return self.KEYS

    def body(self) -> ComposeResult:
        """Yields what stands in the box."""
        yield from ()

    def on_mount(self) -> None:
        """Begin, unless fast fingers have closed the box before it was there."""
        self._stands = True
        if self.still_there:
            self.begin()

    def action_leave(self) -> None:
        """Close without an answer."""
        self.close()
