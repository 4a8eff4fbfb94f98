"""Assert properties of the texts: plain sentences, a story that names everything in the checks, and questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import chain

from coffeeshop.account.access.kms_requests import alias_names
from coffeeshop.lessons.authoring.assertions.attempts import answers, assertion_problem
from coffeeshop.lessons.grading.practice import option_names, rule_sentence
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.quiz import predict_answer
from coffeeshop.lessons.scenario.course import CHAPTERS_FILE, chapters, read_chapters
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.folder_files import text_of
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.lessons.sitting.assessment import listed_tickets
from coffeeshop.policy.language.spelling import nearest_by_beginning, nearest_name
from coffeeshop.policy.model import Problem, Problems
from coffeeshop.shop.job_needs import requests_of
from coffeeshop.shop.want import Ticket, Want

SAY_LIMIT = 90  # characters of a check's sentence
OPENING_WORDS = 30  # words of the opening at most
OPENING_SENTENCES = 2
SERVICE_PREFIX = "service/"  # how an AWS service begins in `as`
ALL_WORDS_PATTERN = re.compile(r"\b(any|all|every|each)\b", re.IGNORECASE)
NUMBER_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
TIME_UNITS = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
}


def sentences_are_distinct(scenario: Scenario) -> Iterator[Problem]:
    """Assert that every check has one plain sentence that no other check has."""
    seen: set[str] = set()
    for want in scenario.wants:
        if want.say in seen and not want.quiet:
            yield assertion_problem(
                SCENARIO_FILE,
                f"two checks have the sentence “{want.say}”",
                "give each check its own sentence; {Who} stands for the name",
            )
        if len(want.say) >= SAY_LIMIT or "must be able to" in want.say:
            mend = f"use fewer than {SAY_LIMIT} characters, without “must be able to”"
            yield assertion_problem(
                SCENARIO_FILE, f"“{want.say}” isn't a plain, short sentence", mend
            )
        if want.covers and not ALL_WORDS_PATTERN.search(want.say):
            yield assertion_problem(
                SCENARIO_FILE,
                f"“{want.say}” doesn't say that the check covers more than one call",
                "use the word any, all, every or each",
            )
        seen.add(want.say)


# --------------------------------------------------------------------- opening
def opening_is_short(scenario: Scenario) -> Iterator[Problem]:
    """Assert that the opening is short. A scenario of the course needs one."""
    place = f"{SCENARIO_FILE}, story"
    situation = scenario.situation
    is_of_course = scenario.id in {folder.name for folder in folders()}
    if not situation and is_of_course:
        mend = (
            'write opening = "…", and say who works where, what fails and what to do first'
        )
        yield assertion_problem(place, "the story has no opening", mend)
    if len(situation.split()) > OPENING_WORDS:
        message = f"the opening has {len(situation.split())} words"
        yield assertion_problem(
            place, message, f"use at most {OPENING_WORDS}, and leave the rest to the brief"
        )
    sentences = len(re.findall(r"[.!?](?=\s|$)", situation))
    if sentences > OPENING_SENTENCES:
        message = f"the opening has {sentences} sentences"
        yield assertion_problem(
            place,
            message,
            f"use at most {OPENING_SENTENCES}, and leave the rest to the brief",
        )


# ----------------------------------------------------------------------- story
def story_names_everything(scenario: Scenario) -> Iterator[Problem]:
    """Assert that the brief, which is the story with the sentences of the checks, names all that the checks use.

    A diagnosis lists only what is amiss at its opening.
    """
    solved = answers(scenario).solved_play
    if solved:
        drawn = set(solved.trial.names.values())
    else:
        drawn = set[str]()
    if solved:
        tickets = solved.trial.tickets
    else:
        tickets = tuple(map(Ticket, scenario.wants))
    rules = [rule_sentence(row.rule, row.options) for row in scenario.practice]
    tickets = listed_tickets(scenario, tickets)
    says = [ticket.want.say for ticket in tickets]
    case_says = [case.say for case in scenario.cases]
    brief = "\n".join((scenario.story, *says, *case_says, *rules))
    for ticket in tickets:
        want = ticket.want
        used = dict.fromkeys(name for name in _names(ticket) if name not in drawn)
        missing = [
            name
            for name in (*used, *_numbers_of(want))
            if not _has_name(brief, name) and not _has_workload(scenario, brief, name)
        ]
        for name in () if want.quiet else missing:
            yield assertion_problem(
                f"{SCENARIO_FILE}, story",
                f"the brief doesn't mention {name}, which {want.id} uses",
                "mention it in the story",
            )
    for row in scenario.practice:
        for key, value in row.options.items():
            for name in option_names(row.options, key) or (str(value),):
                if not _has_name(brief, name):
                    message = (
                        f"the brief doesn't mention {name}, which the rule {row.rule} uses"
                    )
                    yield assertion_problem(
                        f"{SCENARIO_FILE}, story", message, "mention it in the story"
                    )


def _names(ticket: Ticket) -> Iterator[str]:
    """Yield the names of a check: its person, its role, and the resources that it requests or covers.

    Of an AWS service, that is its name and the bucket: it chooses itself under which key it writes.
    """
    want = ticket.want
    if want.request and want.who.startswith(SERVICE_PREFIX):
        yield want.who.removeprefix(SERVICE_PREFIX).partition(".")[0]
        yield want.request.resource.split(":", 5)[-1].partition("/")[0]
        return
    asking = [
        request.resource for outcome in ticket.outcomes for request in requests_of(outcome)
    ]
    yield from filter(None, (want.who.rpartition("/")[2], want.via))
    for arn in (*asking, *want.covers, *want.within):
        place = arn.split(":", 5)[-1]
        if aliases := _key_aliases(ticket, arn):
            parts = [*aliases]
        elif arn.startswith("arn:aws:s3:"):
            parts = place.split("/", 1)
        else:
            parts = [re.split("[/:]", place)[-1]]
        yield from filter(None, (part.rstrip("*") for part in parts))


def _key_aliases(ticket: Ticket, arn: str) -> tuple[str, ...]:
    """Return the aliases of a KMS key, by which the brief speaks of it."""
    if not arn.startswith("arn:aws:kms:") or not ticket.outcomes:
        return ()
    account = ticket.outcomes[-1].account
    key = account.kms_keys.get(arn.rpartition("/")[2])
    return alias_names(account, key) if key else ()


def _numbers_of(want: Want) -> Iterator[str]:
    """Yield the numbers of a check: its time, its sessions' durations, and the context values of its bare request."""
    for span in (want.at, want.lasts, want.used):
        if isinstance(span, datetime):
            yield f"{span:%H:%M}"
        elif span:
            unit, unit_length = next(
                (
                    (u, unit_length)
                    for u, unit_length in TIME_UNITS.items()
                    if span >= unit_length
                ),
                ("minute", TIME_UNITS["minute"]),
            )
            count = -(-span // unit_length)  # 7h59m counts as 8 hours
            yield f"{count} {unit}{'s' if count > 1 else ''}"
    if want.request:
        values = tuple(chain.from_iterable(want.request.context.values()))
        if want.who.startswith(SERVICE_PREFIX):  # the story says for whose account it works
            yield from dict.fromkeys(re.findall(r"\b\d{12}\b", " ".join(values)))
        else:
            yield from values


def _has_workload(scenario: Scenario, text: str, name: str) -> bool:
    """Return whether a text tells of a workload, in words: a pull request is the workload pull-request."""
    is_workload = name in scenario.opening.workloads
    return is_workload and _has_name(text, name.replace("-", " "))


def _has_name(text: str, name: str) -> bool:
    """Return whether a text has a name as a whole word, or a duration in digits or words."""
    count, _, unit = name.removesuffix("s").partition(" ")
    if unit in TIME_UNITS and count.isdigit():
        if int(count) < len(NUMBER_WORDS):
            small = NUMBER_WORDS[int(count)]
        else:
            small = count
        if count == "1":
            day_pattern = rf"|\b{unit}\b|\btomorrow\b"
        else:
            day_pattern = ""
        return bool(
            re.search(
                rf"\b({count}|{small})[\s-]+{unit}s?\b{day_pattern}", text, re.IGNORECASE
            )
        )
    # A prefix of names can have more letters after it.
    end = "" if name.endswith(("-", "/", "_", ".")) else r"(?![\w-])"
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}{end}", text, re.IGNORECASE))


# ------------------------------------------------------------------- questions
def questions_are_sound(scenario: Scenario) -> Iterator[Problem]:
    """Assert that each question occurs once, can happen and is decided by policies, and that not all have the same answer."""
    place = f"{SCENARIO_FILE}, quiz"
    for quiz in scenario.quizzes:
        ticket = predict_answer(scenario, quiz).ticket
        if ticket.decision is None:
            stopped = ticket.stopping_call
            why = ticket.missing or (str(stopped.answer) if stopped else "no call is made")
            message = f"“{quiz.want.say}” can't be decided: {why}"
            yield assertion_problem(
                place, message, "ask about a request that policies decide"
            )
        if _signs_in_without_its_code(scenario, quiz.want):
            message = f"{quiz.want.who} has an MFA device, so the sign-in needs its code"
            yield assertion_problem(place, message, 'write badge = "code" or badge = "key"')
    for want, times in Counter(quiz.want for quiz in scenario.quizzes).items():
        if times > 1:
            yield assertion_problem(
                place, f"“{want.say}” is asked {times} times", "ask each question once"
            )
    answers = [predict_answer(scenario, quiz).answer for quiz in scenario.quizzes]
    if len(answers) > 1 and len({*answers}) == 1:
        yield assertion_problem(
            place,
            f"all {len(answers)} questions have the answer {answers[0]}",
            "add a question with a different answer",
        )


def _signs_in_without_its_code(scenario: Scenario, want: Want) -> bool:
    """Return whether a want signs a user in with a password alone, though they have an MFA device."""
    user = scenario.opening.users.get(want.who.lower())
    is_password_alone = want.badge == "password" and not want.via
    return (
        is_password_alone
        and user is not None
        and bool(scenario.opening.devices_of(user.id))
    )


def misconceptions_exist(scenario: Scenario) -> Iterator[Problem]:
    """Assert that each misconception exists, and that a wrong answer has each one of the heading."""
    carried = {wrong.misconception for wrong in scenario.wrongs}
    known_misconceptions = misconceptions()
    for name in sorted({*scenario.misconceptions, *carried} - {"", *known_misconceptions}):
        mend = f"choose one that docs/misconceptions.md lists, from {min(known_misconceptions)} to {max(known_misconceptions)}"
        yield assertion_problem(
            f"{SCENARIO_FILE}, misconceptions",
            f"there is no misconception called {name}",
            mend,
        )
    for name in scenario.misconceptions:
        if name not in carried:
            yield assertion_problem(
                f"{SCENARIO_FILE}, misconceptions",
                f"no wrong answer has the misconception {name}",
                "give it to a wrong answer",
            )


# --------------------------------------------------------------------- heading
def chapter_exists(scenario: Scenario) -> Iterator[Problem]:
    """Assert that the chapter is one of the course's, or of the scenario's own chapters.toml, or 0 for none."""
    known_chapters = chapters()
    if own_data := scenario.files.get(CHAPTERS_FILE):
        try:
            known_chapters |= read_chapters(text_of(own_data))
        except Problems as found:
            yield from found.problems
            return
    if scenario.chapter not in (0, *known_chapters):
        message = f"there is no chapter {scenario.chapter}"
        yield assertion_problem(
            f"{SCENARIO_FILE}, chapter",
            message,
            f"use {min(known_chapters)} to {max(known_chapters)}, or 0 for no chapter, or add it to a {CHAPTERS_FILE} next to the scenario",
        )


def missing_prerequisites(scenario: Scenario, shelf: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each scenario in `after` that isn't in `shelf`, the ids of all scenarios, or is this one
    itself.
    """
    for id in scenario.after:
        if id == scenario.id or id not in shelf:
            if id == scenario.id:
                message = "the scenario names itself as one to play earlier"
            else:
                message = f"there is no scenario called {id}"
            near = nearest_name(id, shelf) or nearest_by_beginning(id, shelf)
            if near and near != id:
                mend = f"did you mean {near}?"
            else:
                mend = "write the whole id of another scenario, such as 05-receipts-drawer"
            yield assertion_problem(f"{SCENARIO_FILE}, after", message, mend)
