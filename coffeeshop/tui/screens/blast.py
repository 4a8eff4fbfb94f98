"""The blast map: how far a stolen credential reaches, tonight and under earlier policies."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Allowed
from coffeeshop.shop.day import IncidentCourse
from coffeeshop.shop.evening import Evening
from coffeeshop.shop.radius import BlastRadius
from coffeeshop.tui.screens.base import Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.picture import Picture
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.views import playback
from coffeeshop.views.day.evening import compared_policies_phrase, course_text
from coffeeshop.views.day.radius import (
    blast_rows,
    levels_by_place,
    needed_places,
    radius_beyond_jobs,
)
from coffeeshop.views.deed import Deed
from coffeeshop.views.picture.workday import blast_floor
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step
from coffeeshop.views.text import capital
from coffeeshop.views.things.items import policies

# The ids of the maps: the theft under the current policies, and under earlier ones.
MAP_NAMES = ("tonight", "yesterday")


class BlastScreen(PlayScreen):
    """Two maps of the blast radius of a theft: under the current policies and under earlier ones.

    The maps are one above the other, or one at a time in a small window. Below are the reached
    resources, by access level.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("v", "turn", show=False)]
    KEYS: ClassVar[Keys] = (
        ("↑↓", "Scroll"),
        ("v", "Today/before"),
        ("tab", "Pane"),
        ("2", "People"),
        ("3", "Policies"),
        "help",
        ("esc", "Back"),
    )
    HELP = (
        "Everything that the credential of the incident can reach, by AWS's access levels: list, read, write, "
        "tagging, permissions (changing access: on the map, grants). That is its blast radius. Each bay shows the "
        "most serious access to anything in it, or that it is safe. One map shows today. The other shows the "
        "same incident under the policies of an earlier day. v switches between them. · marks access "
        "that the jobs need. Access that a colleague's "
        "jobs need anyway isn't counted."
    )

    def __init__(
        self, evening: Evening, clock: datetime, until: datetime | None = None
    ) -> None:
        """Show the theft of `evening`.

        `clock` is the day's time. `until` is the moment up to which a running day is shown: calls of
        the thief after it, and how the incident ended, stay hidden. None shows the whole day.
        """
        super().__init__()
        self.evening = evening
        self.clock = clock
        self.until = until

    @property
    def time_shown(self) -> datetime:
        """Return the day's time."""
        return self.clock

    def body(self) -> ComposeResult:
        """Yield the maps and the panes."""
        with Ground(id="blast"):
            with Vertical(id="maps"):
                for id in MAP_NAMES:
                    picture = Picture(id=id)
                    picture.can_focus = False
                    yield Static(
                        line((self._map_title(id), "bold")),
                        classes=f"label {id}",
                        markup=False,  # a Content has none, so this says it twice
                    )
                    yield picture
            with Vertical(id="told"):
                yield ProsePane(id="comparison")
                yield ProsePane(id="reached", focus=True)

    def begin(self) -> None:
        """Put the focus on the list of reached resources."""
        self.query_one("#reached").focus()

    def fill(self, play: Play) -> None:
        """Show how far the theft reaches under the current policies, and how far it would under earlier ones."""
        course = self.evening.course
        if course is None:
            return
        self._fill_maps(course)
        self.on_resize()
        ascii = self.game.settings.ascii
        self.query_one("#comparison", ProsePane).show(
            self._title, playback.radius_comparison(self.evening, ascii), ascii
        )
        self._fill_reached(course)

    def _fill_maps(self, course: IncidentCourse) -> None:
        """Draw both maps, with the access that no job needs."""
        radius_by_map = {
            "tonight": course.radius,
            "yesterday": self.evening.radius_before or BlastRadius(),
        }
        for id, radius in radius_by_map.items():
            picture = self.query_one(f"#{id}", Picture)
            picture.still = True
            picture.ascii = self.game.settings.ascii
            if self.game.settings["picture"] == "words":
                picture.variant = "words"
            else:
                picture.variant = "painted"
            shop = self.evening.day.rota.shop
            unneeded_access = radius_beyond_jobs(radius, course)
            levels = levels_by_place(unneeded_access, shop)
            needed = needed_places(unneeded_access, shop)
            picture.show(blast_floor(self.evening.day, levels, needed))

    def _fill_reached(self, course: IncidentCourse) -> None:
        """Show the resources that the thief reaches, and each of the thief's acts until the moment on the screen."""
        if self.until:
            summary = ()
        else:
            summary = (Row(course_text(self.evening, course)),)
        rows = (
            *blast_rows(
                course, self.game.sitting.unnamed_statements, self.evening.tolerated
            ),
            *summary,
            *playback.thief_call_rows(course, self.until),
            Row(course.theft_sentence),
        )
        title = f"Within reach from {course.theft.at:%H:%M} (its blast radius)"
        self.query_one("#reached", ProsePane).show(title, rows, self.game.settings.ascii)

    def on_resize(self) -> None:
        """Mark whether the maps are words, which need fewer rows than a picture, and set the title for the size."""
        if self.widgets_exist:
            self.query_one("#blast").set_class(self.query_one(Picture).in_words, "-words")
            self.call_after_refresh(
                self._entitle_comparison
            )  # the size's classes are set by then

    def _entitle_comparison(self) -> None:
        """Show the title of the pane below the maps, if the screen is still shown."""
        if self.widgets_exist:
            self.query_one("#comparison", ProsePane).entitle(self._title)

    @property
    def _title(self) -> Content:
        """Return the title of the pane with the numbers of both maps.

        In a small window it names the map that is shown.
        """
        if self.has_class("-wide") and self.has_class("-tall"):
            return line("Today and before")
        text = (
            "yesterday" if self.query_one("#blast").has_class("-yesterday") else "tonight"
        )
        return line(
            "Within reach, on the map above: ", (self._map_title(text), STYLES["key"])
        )

    def _map_title(self, map_name: str) -> str:
        """Return the title of a map. `map_name` is one of MAP_NAMES."""
        if map_name == "tonight":
            return "Today"
        return capital(compared_policies_phrase(self.evening))

    def action_turn(self) -> None:
        """Switch between the two maps, or say that both are shown."""
        if self.has_class("-wide") and self.has_class("-tall"):
            self.game.say("both maps are seen here, one above the other")
            return
        self.query_one("#blast").toggle_class("-yesterday")
        self._entitle_comparison()

    def step_here(self, step: Step) -> Step:
        """Return the step that the Next box shows.

        It leads to the policies if the theft reached more than the jobs need.
        """
        course = self.evening.course
        if course and not course.radius.beyond_jobs().reached:
            return Step(
                "No more than the jobs need was within reach.", Deed("esc", "goes back")
            )
        if course and not self._allowed_by_own_policies(course):
            deed = Deed("2", "People: who has the policy that allows it")
        else:
            deed = Deed("3", "Policies: what allows it")
        return Step("Which of this access does no job need?", deed)

    def _allowed_by_own_policies(self, course: IncidentCourse) -> bool:
        """Return whether a policy in the list of Policies allows some of the reach that no job needs.

        AWS's own policies aren't in that list, since nobody can edit them.
        """
        listed = {item.row.word for item in policies(self.game.sitting.play.account)}
        return any(
            matched.policy.name in listed
            for reached in radius_beyond_jobs(course.radius, course).reached
            if isinstance(reached.decision, Allowed)
            for matched in reached.decision.by
        )
