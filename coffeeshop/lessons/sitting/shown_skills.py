"""Find the skills that a learner's plays show, and how often the learner needed no help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from coffeeshop.account.model import Act
from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.acts_json import UnreadableError, parse_saved_act
from coffeeshop.lessons.play.help_rows import Help, HelpRows, KeptPlay
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.scenario.find import find, scenario_form
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.scenario.schema import ScenarioForm
from coffeeshop.lessons.teaching.skills import (
    POINT_FINDING,
    Skill,
    fits_finding,
    skills,
    skills_shown_by,
)
from coffeeshop.lessons.teaching.teaching_pages import pages_by_skill
from coffeeshop.policy.problem import Problems

PRACTICE_PREFIX = "practice"  # begins the ids of exercises
ENOUGH_TIMES = 2  # times without help, after which help doesn't fade further
# The star that is missing while a grade has such a finding. All others cost the first.
FINDING_STARS = {
    FindingKind.EXCESS: 2,
    FindingKind.NEW_BADGE: 2,
    FindingKind.REACH: 2,
    FindingKind.NOT_PROVEN: 2,
    FindingKind.CHANGED: 2,
    FindingKind.PRACTICE: 3,
}
DENIED_JOB = "job-denied:explicit"  # the mistake of a Deny that denies too much


class ShownSkills:
    """The skills that the plays of a save show. Each play is replayed once, when a skill may depend on it."""

    def __init__(
        self,
        progress: HelpRows,
        extra: Path | None = None,
        locate: Callable[[str], str] = str,
    ) -> None:
        """Begin with a learner's save. `extra` is a folder of more scenarios.

        `locate` turns the name of a scenario outside the course into its path, such as that of an exercise.
        """
        self._progress = progress
        self._extra = extra
        self._locate = locate
        self._by_acts: dict[tuple[str, int], frozenset[str]] = {}  # by play and revision
        self._forms: dict[str, ScenarioForm | None] = {}  # by scenario id
        self._times: dict[tuple[str, str], int] = {}  # the answers since a scenario opened

    def forget_times(self) -> None:
        """Forget the answers, since another scenario has been played."""
        self._times.clear()

    def times_alone(self, id: str, besides: str = "") -> int:
        """Return how often the learner showed a skill without help, up to ENOUGH_TIMES.

        Each play counts once. The play named `besides`, which is being played, doesn't count. Only that one
        changes while it is open, so that the answer is kept.
        """
        if not besides:
            return self._count_alone(id, besides)
        key = (id, besides)
        if key not in self._times:
            self._times[key] = self._count_alone(id, besides)
        return self._times[key]

    def _count_alone(self, id: str, besides: str) -> int:
        """Count the plays that show a skill without help, up to ENOUGH_TIMES."""
        times = 0
        for play in self._plays_showing(skills()[id]):
            if play.name == besides:
                continue
            times += not self._was_helped(skills()[id], play)
            if times == ENOUGH_TIMES:
                break
        return times

    def _was_helped(self, skill: Skill, play: KeptPlay) -> bool:
        """Return whether a hint or a full step helped the learner to show a skill in a play.

        What a whole play shows, each hint in it helped with. What an act shows, only those for that skill.
        """
        help_by_skill = self._progress.help_asked(play.name)
        if self._has_act(skill, play):
            helps = [help_by_skill.get(skill.id, Help.CAUSE)]
        else:
            helps = [*help_by_skill.values()]
        return any(help >= Help.HINT for help in helps)

    def has_shown(self, id: str) -> bool:
        """Return whether the learner showed a skill, with help or without."""
        return any(True for _ in self._plays_showing(skills()[id]))

    def _plays_showing(self, skill: Skill) -> Iterator[KeptPlay]:
        """Yield the plays that show a skill, the one that changed last first."""
        for play in self._progress.plays_with_stars():
            if (
                self._has_reached_point(skill, play)
                or self._lacks_finding(skill, play)
                or self._has_act(skill, play)
            ):
                yield play

    def _has_reached_point(self, skill: Skill, play: KeptPlay) -> bool:
        """Return whether a play has a star of a scenario whose point shows the skill."""
        form = (
            self._form(play.id) if POINT_FINDING in skill.shown_by and play.stars else None
        )
        return form is not None and _is_point(skill, form)

    def _lacks_finding(self, skill: Skill, play: KeptPlay) -> bool:
        """Return whether a play avoided a mistake that was possible in it, which shows the skill."""
        form = self._form(play.id) if skill.findings else None
        return form is not None and any(
            play.stars >= FINDING_STARS.get(FindingKind(sign.partition(":")[0]), 1)
            and _is_possible(sign, skill, form)
            and (sign != DENIED_JOB or self._has_deny(play))
            for sign in skill.findings
        )

    def _has_deny(self, play: KeptPlay) -> bool:
        """Return whether an act of a play wrote a Deny. Who wrote none can't have got one wrong."""
        return any("Deny" in line for line in self._progress.act_lines(play))

    def _has_act(self, skill: Skill, play: KeptPlay) -> bool:
        """Return whether an act of a play shows the skill. Plays without such an act aren't replayed."""
        lines = self._progress.act_lines(play) if skill.operations else ()
        calls = [f'"call":"{sign.replace(" ", ":")}"' for sign in skill.operations]
        if not any(call in line for line in lines for call in calls):
            return False
        key = (play.name, play.revision)
        if key not in self._by_acts:
            self._by_acts[key] = self._skills_of_acts(play, lines)
        return skill.id in self._by_acts[key]

    def _skills_of_acts(self, play: KeptPlay, lines: tuple[str, ...]) -> frozenset[str]:
        """Return the skills that the successful acts of a play show.

        The acts of an earlier version of a scenario can't be replayed, so all of them count.
        """
        acts = list[Act]()
        with suppress(UnreadableError):  # what follows an unreadable act can't be replayed
            for line in lines:
                acts.append(parse_saved_act(line))
        try:
            scenario = load(self._folder_of(play.id), play.variant)
        except Problems:
            return _skills_of(acts)
        if name_of(scenario) != play.name:
            return _skills_of(acts)
        outcomes = Play(scenario).do(*acts).outcomes
        return _skills_of(outcome.act for outcome in outcomes if outcome.has_succeeded)

    def _form(self, id: str) -> ScenarioForm | None:
        """Return the scenario.toml of a scenario, read once. Return None if there is none that can be read."""
        if id not in self._forms:
            try:
                self._forms[id] = scenario_form(self._folder_of(id))
            except Problems:
                self._forms[id] = None
        return self._forms[id]

    def _folder_of(self, id: str) -> Path:
        """Return the folder of a scenario. Raise Problems if there is none."""
        return find(self._locate(id), self._extra)


def _skills_of(acts: Iterable[Act]) -> frozenset[str]:
    """Return the skills that these acts show, if they succeeded."""
    return skills_shown_by((act.call.service, act.call.operation) for act in acts)


def _is_possible(sign: str, skill: Skill, form: ScenarioForm) -> bool:
    """Return whether a mistake can be made in a scenario: a hint or a wrong answer has it, or it is the point.

    An exercise's point is the skills that its topic practises. A practice rule counts where a
    page teaches its skill, too. Many scenarios have a rule that nobody is tempted to break there.
    """
    kind, _, detail = sign.partition(":")
    has_rule = any(row.get("rule") == detail for row in form.practice)
    if has_rule and _is_taught(skill, form):
        return True
    if _is_point(skill, form) and (has_rule or kind != FindingKind.PRACTICE):
        return True
    keys = [key for hint in form.hint for key in hint.on]
    keys += [key for wrong in form.wrong for key in wrong.findings]
    return any(fits_finding(sign, key) for key in keys)


def _is_taught(skill: Skill, form: ScenarioForm) -> bool:
    """Return whether a page of a scenario teaches a skill."""
    pages = pages_by_skill().get(skill.id, ())
    return any(page.scenario == form.id for page in pages)


def _is_point(skill: Skill, form: ScenarioForm) -> bool:
    """Return whether a skill is the point of a scenario, or practised by the topic of an exercise."""
    return skill.id in form.point or _practised_topic(form.id) in skill.practice


def _practised_topic(id: str) -> str:
    """Return the topic of an exercise by its id, such as practice-groups-level2-7. Return "" if it is no exercise."""
    kind, _, rest = id.partition("-")
    return rest.partition("-")[0] if kind == PRACTICE_PREFIX else ""
