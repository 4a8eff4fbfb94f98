"""Take up a play again from its hand-in: the acts, and what the learner's machine knew about how they came to them."""

from __future__ import annotations

from coffeeshop.invocation import command_line
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.handin import HandIn, replay_handin, signed_text
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.record import Record
from coffeeshop.lessons.scenario.find import shelf_number
from coffeeshop.lessons.sitting.answers import Refused
from coffeeshop.lessons.sitting.handing_in import keep_hand_in_time
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.course_check_up import assigned_moment
from coffeeshop.policy.problem import Level, Place, Problem, Problems


def take_up_handin(player: Player, handin: HandIn) -> Play:
    """Keep the play of a hand-in in the player's save, and return it. Raise Problems, and change nothing.

    A play that has acts stays as it is. A member of a class takes up only what they signed.
    """
    header = handin.header
    record = header.record
    if assigned_moment(header.scenario):
        message = "it is a check-up, which has no commands"
        raise _problem("check-up", message, "hand in that file again as it is")
    _check_signature(player.progress, handin)
    opened = player.open(header.scenario, header.variant)
    problem = player.progress.problem
    if isinstance(opened, Refused):
        raise Problems(*opened.problems)
    if problem:
        raise Problems(problem)
    begun = player.playing.play
    if begun.acts or begun.undone:
        count = len(begun.acts) or len(begun.undone)
        message = f"you have a play of {header.scenario} with {count} of your commands here"
        play_command = command_line("play", shelf_number(header.scenario), "--plain")
        mend = f"begin it again first: run {play_command}, and type again"
        raise _problem("has-play", message, mend)
    scenario = begun.scenario
    play = replay_handin(scenario, handin)
    if problem := player.progress.keep(play):
        raise Problems(problem)
    if record is not None:
        _keep_record(player.progress, scenario, play, record)
    return play


def _check_signature(progress: Progress, handin: HandIn) -> None:
    """Raise Problems if another learner signed the hand-in, or if it was changed after that."""
    header = handin.header
    record = header.record
    if record is None or not record.learner:
        return
    membership = progress.membership
    if membership is None:
        message = f"a learner of the class {record.learner.rpartition('/')[0]} signed it"
        raise _problem(
            "no-class",
            message,
            f"join with your code first: {command_line('join', 'CODE')}",
        )
    if membership.learner != record.learner:
        message = "another learner signed it"
        raise _problem("another-learner", message, "name a hand-in of your own")
    claim = (header.scenario, header.digest, header.variant)
    if membership.sign(signed_text(*claim, handin.acts, record)) != record.proof:
        message = "its signature isn't yours, or it was changed"
        raise _problem("signature", message, "name the file as you handed it in")


def _keep_record(
    progress: Progress, scenario: Scenario, play: Play, record: Record
) -> None:
    """Keep the hints, the causes and the time of a hand-in, and whether the solution was seen. The tries begin anew."""
    for key, number in record.hints.items():
        progress.record_hint(scenario, key, number)
    for cause in record.causes:
        progress.record_cause(name_of(scenario), cause)
    if record.shown:
        progress.mark_solution_shown(scenario)
    if record.learner:
        keep_hand_in_time(progress, play, record)


def _problem(code: str, message: str, mend: str) -> Problems:
    return Problems(Problem(Level.ERROR, code, Place(), message, mend))
