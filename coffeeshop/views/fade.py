"""Fade a suggestion of Next by skill: the more often the learner has done it, the less it says unasked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.lessons.teaching.help_setting import FULL_HELP, NO_HELP, chosen_help
from coffeeshop.lessons.teaching.skills import skills_of_finding, skills_of_operations
from coffeeshop.views.deed import Deed, Goal
from coffeeshop.views.step import (
    LIST_PATHS,
    Fails,
    Failure,
    Level,
    Step,
    Target,
)

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Scenario
    from coffeeshop.lessons.sitting.player import Player

# Steps with these goals are about a skill, or about a job or a refusal. The others, such as undo, don't fade.
FADING_GOALS = frozenset({Goal.ACT, Goal.SHOW, Goal.SIGN_IN, Goal.EXPLAIN})
OF_WANTS = frozenset({Fails.JOB, Fails.TASK, Fails.REFUSAL, Fails.UNTRIED})
HINT_DEED = Deed("c", "gives a hint", goal=Goal.HINT)
SCREEN_NAMES = {
    "s": "Who",
    ":": "the console",
}  # by the key of a step that leads to no list
CHOOSE_NEXT_CALL = "Choose the next call yourself"
UNKNOWN_FAILURE = Failure(Fails.FINDING, "Something still has to change.")


# By list of the app: what it has, for the shell without lists.
LIST_NOUNS = {
    "": "people",
    "users": "users",
    "groups": "groups",
    "roles": "roles",
    "providers": "identity providers",
    "keys": "KMS keys",
    "center": "lists of Identity Center",
    "findings": "findings",
}
SERVICE_NOUNS = {  # by the service of a step that leads to no list
    "access-analyzer": "findings",
    "cloudtrail": "event history",
    "console": "sign-ins",
    "identitystore": "people in Identity Center",
    "kms": "keys",
    "lambda": "functions",
    "organizations": "organization",
    "s3": "buckets",
    "sqs": "queues",
    "sso-admin": "permission sets",
    "sts": "roles",
}


class Fading(Struct, frozen=True):
    """What decides how much Next says: the setting, the scenario's point, and the learner.

    `is_diagnosis` makes every cause the point.

    `times_alone` returns how often the learner showed a skill without help. `full_step` is the step that the
    learner asked to see in full.
    """

    setting: str
    point: Collection[str]
    times_alone: Callable[[str], int]
    full_step: Step | None = None
    is_diagnosis: bool = False

    @property
    def is_complete(self) -> bool:
        """Return whether Next says all, up to the whole solution."""
        return self.setting == FULL_HELP

    def fade(self, step: Step) -> Step:
        """Return the step, shortened to the help that the learner needs. `full_step` stays whole."""
        if step == self.full_step:
            return step
        return fade_step(step, self.level_of(step))

    def app_step(self, step: Step) -> Step:
        """Return the faded step for the app. A full step without calls names the keys that help otherwise."""
        if step == self.full_step and not names_calls(step.deed):
            return _with_other_help(step)
        return self.fade(step)

    def level_of(self, step: Step) -> Level:
        """Return how much Next says of a step: all, what is wrong and where, or only what fails.

        The setting decides first. A step about the scenario's point only says what fails. For other
        steps, the skill that the learner has shown least often decides.
        """
        if self.setting == FULL_HELP or not _can_fade(step):
            return Level.FULL
        if self.setting == NO_HELP:
            return Level.FAILURE
        step_skills = skills_of_step(step)
        is_point = step_skills & frozenset(self.point) or (self.point and not step_skills)
        if is_point or self.is_diagnosis:
            return Level.FAILURE
        return self.level_of_skills(step_skills)

    def level_of_skills(self, ids: Collection[str]) -> Level:
        """Return how much help to give with these skills, in Next or elsewhere.

        The skill that the learner has shown least often without help decides.
        """
        if self.setting == FULL_HELP or not ids:
            return Level.FULL
        if self.setting == NO_HELP:
            return Level.FAILURE
        return Level(min(Level.FAILURE, *map(self.times_alone, ids)))


def fade_step(step: Step, level: int) -> Step:
    """Return a step that says less: all of it, what is wrong and where, or only what fails.

    A step that only explains has no place to say.
    """
    match level:
        case Level.FULL:
            return step
        case Level.PLACE if step.target or step.deed.operations:
            return _placed_step(step)
        case _:
            return _bare_step(step)


def skills_of_step(step: Step) -> frozenset[str]:
    """Return the ids of the skills that a step is about, faded or not. Empty: it is about none."""
    step = step.full or step
    ids = skills_of_operations(operations_of_step(step))
    fails = step.fails
    if fails is None:
        return ids
    if fails.kind is Fails.FINDING:
        return ids | skills_of_finding(fails.id)
    return ids | skills_of_finding(f"leak:{fails.id}:detour") if fails.by else ids


def operations_of_step(step: Step) -> frozenset[tuple[str, str]]:
    """Return the operations that a step suggests, faded or not."""
    step = step.full or step
    deeds = (
        step.deed,
        *(target.deed for target in (step.target, step.other_target) if target),
    )
    return frozenset(operation for deed in deeds for operation in deed.operations)


def helped_skills(step: Step, scenario: Scenario) -> Collection[str]:
    """Return the ids of the skills with which a step in full helps: its own, or else the scenario's point.

    A call of the solution helps with both.
    """
    skills = skills_of_step(step)
    if step.deed.line:
        return skills.union(scenario.point)
    return skills or scenario.point


def place_text(step: Step) -> str:
    """Return where a faded step would act, in words: "Look at the groups."."""
    step = step.full or step
    if step.target:
        place = LIST_NOUNS.get(step.target.tab, "policies")
    else:
        place = SERVICE_NOUNS.get(step.deed.service, "policies")
    return f"Look at the {place}."


def full_step_offer(step: Step) -> str:
    """Return what a learner gets who asks for the full step: "shows the call".

    It promises no more where Next knows no call.
    """
    full = step.full or step
    if not names_calls(full.deed):
        return "says what else helps"
    if full.deed.goal is Goal.SHOW:
        return "shows what to look at"
    return "shows the call"


def whole_step_text(step: Step) -> str:
    """Return what to tell a learner who asks for more than this full step."""
    if step.fails and not names_calls(step.deed):
        return CHOOSE_NEXT_CALL
    return "Next already says everything that it knows"


def names_calls(deed: Deed) -> bool:
    """Return whether a step with this deed shows its calls."""
    return bool(deed.operations) and deed.goal in (Goal.ACT, Goal.SHOW, Goal.SIGN_IN)


def hint_deed(step: Step) -> Deed:
    """Return the key that gives a hint, and after it the key that shows the full step."""
    return replace(HINT_DEED, then=_full_step_deed(step))


def fading_for(player: Player, full_step: Step | None = None) -> Fading:
    """Return how help fades for a player, in the scenario that is open. `full_step` is the step asked for in full."""
    setting = chosen_help(player.progress.settings())
    scenario = player.playing.scenario
    is_diagnosis = bool(scenario.cases)
    return Fading(setting, scenario.point, player.times_alone, full_step, is_diagnosis)


def keeps_names_back(player: Player, skill_ids: Collection[str], element: str) -> bool:
    """Return whether names for a policy element are proposed only at the second press of F9.

    A learner who never wrote such a policy without help gets all names at the first press.
    Later that holds only for actions, and in the end for nothing.
    """
    level = fading_for(player).level_of_skills(skill_ids)
    is_action = element in ("Action", "NotAction")
    return level is not Level.FULL and not (level is Level.PLACE and is_action)


def _can_fade(step: Step) -> bool:
    """Return whether a step is about a skill, a job or a refusal."""
    is_about_want = step.fails is not None and step.fails.kind in OF_WANTS
    return step.deed.goal in FADING_GOALS and bool(skills_of_step(step) or is_about_want)


def _full_step_deed(step: Step) -> Deed:
    """Return the key that shows a faded step in full."""
    return Deed("C", full_step_offer(step))


def _with_other_help(step: Step) -> Step:
    """Return a full step without calls that says so, with the keys for a hint and for its list or the calls."""
    if step.target:  # the step's own key leads to its list
        place = None
    elif step.other_target:
        place = Deed(*step.other_target.from_anywhere)
    else:
        place = Deed(":", "and help list the calls")
    deed = replace(step.deed, then=replace(HINT_DEED, then=place))
    return replace(step, deed=deed).advise(f"{CHOOSE_NEXT_CALL}.")


def _placed_step(step: Step) -> Step:
    """Return a step that says what is wrong and where: no act, and none of its values."""
    full_deed = _full_step_deed(step)
    if step.target is None:
        place = Deed(step.deed.key, SCREEN_NAMES.get(step.deed.key, ""), then=full_deed)
        return replace(step, deed=place, advice="", full=step, level=Level.PLACE)
    place = Deed(step.target.from_anywhere[0], LIST_PATHS[step.target.tab], then=full_deed)
    target = Target(step.target.tab, "", full_deed)
    return replace(
        step,
        deed=place,
        advice="",
        target=target,
        other_target=None,
        full=step,
        level=Level.PLACE,
    )


def _bare_step(step: Step) -> Step:
    """Return a step that says only which job, refusal or finding fails."""
    fails = replace(step.fails or step.about or UNKNOWN_FAILURE, by="")
    hint = hint_deed(step)
    if fails.kind is Fails.FINDING:
        want = ""
        deed = Deed("g", "says more", goal=Goal.READ_FINDING, then=hint)
    else:
        want = fails.id
        deed = Deed("y", "says why", goal=Goal.EXPLAIN, then=hint)
    return Step("", deed, fails, want=want, lead=step.lead, full=step, level=Level.FAILURE)
