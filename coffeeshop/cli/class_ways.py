"""Make the places of a kept class for `coffeeshop serve`, and the ways into them: links, a platform, or a proxy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import click

from coffeeshop.cli.classes import chosen_class
from coffeeshop.cli.output import data_folder, wall_clock
from coffeeshop.lessons.teaching.course_check_up import assigned_moment

if TYPE_CHECKING:
    from coffeeshop.browser.places import Place
    from coffeeshop.browser.trusted_proxy import TrustedProxy
    from coffeeshop.browser.ways_in import WaysIn
    from coffeeshop.classroom.kept_class import KeptClass, Member
    from coffeeshop.classroom.roster import Learner
    from coffeeshop.lti.store import LtiStore


class ClassWays(NamedTuple):
    """How members of a kept class come in.

    `words` begin the command of a session, and `title` is its page's. `logs_ids` says whether events name learners by
    their ids. `proxy` signs people in, or is None.
    """

    kept: KeptClass
    title: str
    words: tuple[str, ...]
    logs_ids: bool = False
    proxy: TrustedProxy | None = None


def trusted_proxy(addresses: tuple[str, ...], header: str) -> TrustedProxy | None:
    """Return the proxy of --trust-proxy and --user-header, or None. Raise click.UsageError."""
    from coffeeshop.browser.trusted_proxy import TrustedProxy, parse_network

    if not addresses:
        return None
    for address in addresses:
        try:
            parse_network(address)
        except ValueError as error:
            raise click.UsageError(f"--trust-proxy: {error}") from None
    if not header.isascii() or not header.replace("-", "").isalnum():
        raise click.UsageError(
            f"--user-header {header[:60]!a} can't be the name of a header"
        )
    return TrustedProxy(addresses, header)


def learner_command(learner: Learner, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a learner's command, with the first of their own variants if the roster gives one."""
    if learner.first_variant is None:
        first = ()
    else:
        first = (f"--first-variant={learner.first_variant}",)
    return (*words, *first, f"--learner={learner.key}")


def member_places(ways: ClassWays, learners: Iterable[Learner]) -> dict[str, Place]:
    """Return the session that each member's link opens, by the secret in the link. Raise Problems.

    Somebody whom a platform sent finds the assignment again that they opened last.
    """
    from coffeeshop.cli.lti_files import lti_store

    kept = ways.kept
    members = (kept.members_by_key[learner.key] for learner in learners)
    tasks = {person.first: person.task for person in lti_store(kept.name).people()}
    return {
        member.link: member_place(ways, kept, member, tasks.get(member.first_variant, ""))
        for member in members
    }


def member_place(ways: ClassWays, kept: KeptClass, member: Member, id: str) -> Place:
    """Return a member's browser session, which opens the assignment `id` ("": what everybody plays).

    A check-up opens the latter, too, since the shelf asks for it.
    """
    from coffeeshop.browser.places import Place
    from coffeeshop.browser.session import Program
    from coffeeshop.classroom.roster import unique_names
    from coffeeshop.views.assignments import assignment_name

    key = member.learner.key
    title = ways.title
    words = ways.words
    if id and not assigned_moment(id):  # the shelf asks for a check-up
        title = f"{assignment_name(id, kept.own_scenarios)} · Coffeeshop"
        words = ("play", *_scenario_words(ways, kept), _play_id(kept, member, id))
        words = (*words, f"--class={kept.name}")
    names_by_key = unique_names([each.learner for each in kept.members])
    return Place(
        member.learner.name,
        title,
        Program(learner_command(member.learner, words), data_folder().absolute()),
        names_by_key[key],
        key if ways.logs_ids else "",
        key,
        str(member.first_variant),
    )


def _scenario_words(ways: ClassWays, kept: KeptClass) -> tuple[str, ...]:
    """Return the option with the teacher's own scenarios, if there are any."""
    option = "--scenarios="
    typed = tuple(word for word in ways.words if word.startswith(option))
    if typed or not kept.scenarios:
        return typed
    return (f"{option}{kept.scenarios}",)


def _play_id(kept: KeptClass, member: Member, id: str) -> str:
    """Return the id under which a member plays an assignment or another scenario."""
    task = kept.find_assignment(id)
    if task is None:
        return id
    return kept.membership(member.learner.key).play_id(task.assignment)


def class_ways_in(ways: ClassWays, page_secret: str) -> WaysIn:
    """Return the ways into a class besides links. `page_secret` opens the teacher's page. Raise Problems.

    With a proxy that signs people in, no platform sends anybody.
    """
    from coffeeshop.browser.lti_door import LtiDoor
    from coffeeshop.browser.score_runner import ScoreRunner
    from coffeeshop.browser.session import Program
    from coffeeshop.browser.ways_in import WaysIn
    from coffeeshop.cli.lti_class import LtiClass
    from coffeeshop.cli.lti_files import hand_in_folder, lti_store, tool_key
    from coffeeshop.cli.member_directory import MemberDirectory

    name = ways.kept.name
    path = chosen_class(name)
    store = lti_store(name)

    def make_place(kept: KeptClass, member: Member, id: str) -> Place:
        return member_place(ways, kept, member, id)

    directory = MemberDirectory(path, store, make_place)
    if ways.proxy is not None:
        return WaysIn(directory, proxy=ways.proxy)

    def current_time() -> float:
        return wall_clock().timestamp()

    def has_work() -> bool:
        return _has_due_score(store, current_time())

    classroom = LtiClass(path, store, page_secret, directory)
    door = LtiDoor(store, tool_key, classroom, current_time)
    words = ("class", "lti", "send", "--patient", "--jobs=1", f"--class={name}")
    program = Program(words, data_folder().absolute())
    return WaysIn(directory, door, ScoreRunner(program, hand_in_folder(name), has_work))


def _has_due_score(store: LtiStore, now: float) -> bool:
    """Return whether a score waits whose pause is over."""
    return any(score.due <= now for score in store.waiting_scores())
