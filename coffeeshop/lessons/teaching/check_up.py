"""Ask a check-up's questions: for people who know a chapter already, with answers that the engine computes.

    draw_questions(["join-group", "leave-group"], 7)     questions about these skills, the same for the same seed

A row of check-up.toml names no right answer. Each question is asked about an account that is made for it, with drawn
names, and every answer is tried there.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import zip_longest

import tomli_w
from msgspec import Struct

from coffeeshop.account.model import Outcome
from coffeeshop.lessons.causes import Case
from coffeeshop.lessons.grading.diagnosis import diagnose
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.check_up_rows import QUESTION_COUNT, CheckUp
from coffeeshop.lessons.play.quiz import DECISION_CHOICES, Prediction, predict_answer
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.dice import Dice, Names
from coffeeshop.lessons.scenario.find import course, number
from coffeeshop.lessons.scenario.load import build_scenario
from coffeeshop.lessons.scenario.schema import Badge, Text, read_form
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.lessons.teaching.teaching_pages import (
    pages_by_skill,
    skills_by_chapter,
)
from coffeeshop.policy.model import Kind
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket

CHECK_UP_FILE = "check-up.toml"
CHECK_UP_TIME = "2026-03-02T08:00:00Z"
CALL_OUTCOMES = ("it carries the call out", "it returns an error")
PLACEHOLDER_PATTERN = re.compile(r"<(\w+)>")
# By placeholder, without the number at its end: the pool of its names.
PLACEHOLDER_POOLS = {
    "person": "people",
    "other": "people",
    "group": "groups",
    "bucket": "buckets",
    "role": "roles",
    "table": "tables",
    "branch": "branches",
    "key": "ids",
}
LAYER_NAMES = {
    Kind.IDENTITY: "a policy of the user, of a group or of the role",
    Kind.RESOURCE: "the policy on the resource",
    Kind.BOUNDARY: "the permissions boundary",
    Kind.SCP: "a service control policy (SCP)",
    Kind.TRUST: "the role's trust policy",
}


class Trial(Struct, frozen=True, dict=True):
    """What comes of a choice: the request's ticket, then those of requests that have to stay refused.

    `play` is the situation, with the calls of the choice.
    """

    play: Play
    tickets: tuple[Ticket, ...]

    @cached_property
    def past(self) -> tuple[Outcome, ...]:
        """Return the calls before the requests, oldest first. They are replayed here."""
        return (*self.play.scenario.world, *self.play.outcomes_of(lambda _: True))

    @property
    def is_fixed(self) -> bool:
        """Return whether the first request works, and those that must stay refused don't."""
        ticket, *kept_tickets = self.tickets
        return ticket.has_succeeded and not any(kept.has_succeeded for kept in kept_tickets)


class CheckQuestion(Struct, frozen=True):
    """A question about a skill, with one right choice.

    `told` and `policies` (JSON statements by name) are the situation. `ticket` proves the answer:
    it is the request, made in that situation, or after the right choice if the choices change the account. `why` has the
    two sentences that explain it, and `page` is the lesson page that teaches them: its scenario's number and its title.

    `key` names the row of the table and its draw. `order` has the place of each choice in that row, since
    the choices are shuffled. `trials` has what comes of each choice. A question about what AWS answers has one trial,
    and one about the deciding layer has none.
    """

    key: str
    skill: str
    told: str
    policies: Mapping[str, str]
    ticket: Ticket
    asks: str
    choices: tuple[str, ...]
    right: int
    why: str
    page: str
    order: tuple[int, ...] = ()
    trials: tuple[Trial, ...] = ()

    def answer_key(self, choice: int) -> str:
        """Return the text under which an answer is kept: the question's key, and the choice's place in its row."""
        return f"{self.key}.{self.order[choice]}"


class _Keep(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """A request that has to stay refused after a fix."""

    who: Text
    do: Text
    badge: Badge | None = None


class _Row(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """A row of the table of questions."""

    skill: Text
    told: Text
    who: Text
    do: Text
    why: Text
    world: tuple[str, ...]
    policies: dict[str, str] = {}
    hidden: dict[str, str] = {}
    badge: str = ""
    via: str = ""
    page: str = ""
    organization: bool = False
    outcome: bool = False
    keeps: tuple[_Keep, ...] = ()
    layers: tuple[Kind, ...] = ()
    fixes: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    apply: str = ""
    draw: tuple[dict[str, str], ...] = ()


class DrawnRow(Struct, frozen=True):
    """A row of the table of questions with one of its draws. The key is SKILL.ROW.DRAW, counted from 0."""

    key: str
    row: _Row
    option: Mapping[str, str]

    @property
    def skill(self) -> str:
        """Return the skill that the question is about."""
        return self.row.skill


class _Form(Struct, frozen=True, forbid_unknown_fields=True):
    question: tuple[_Row, ...]
    organization: tuple[str, ...]


class _Fill:
    """The names and texts that stand for the placeholders of one question."""

    def __init__(self, dice: Dice, drawn_texts: Mapping[str, str]) -> None:
        """Begin without names. Each is drawn when a text needs it."""
        self._names = Names(dice, course_shop().pools)
        self._texts = drawn_texts
        self._drawn = dict[str, str]()

    def __call__(self, text: str) -> str:
        """Return the text with names in place of placeholders. Drawn texts can have placeholders, too."""
        while PLACEHOLDER_PATTERN.search(text):
            text = PLACEHOLDER_PATTERN.sub(lambda match: self._value(match[1]), text)
        return text

    def _value(self, placeholder: str) -> str:
        """Return the value of a placeholder."""
        if placeholder in self._texts:
            return self._texts[placeholder]
        name = placeholder.lower()
        if name not in self._drawn:
            value = self._names.draw(PLACEHOLDER_POOLS[name.rstrip("0123456789")])
            self._drawn[name] = f"{value}.json" if name == "key" else value
        value = self._drawn[name]
        return value if placeholder == name else value.capitalize()


@cache
def _table() -> _Form:
    """Return the table of questions. Raise Problems."""
    return read_toml(
        (course() / CHECK_UP_FILE).read_text(encoding="utf-8"), _Form, CHECK_UP_FILE
    )


def checked_chapters() -> Mapping[int, tuple[str, ...]]:
    """Return the chapters with a check-up, each with the skills that it asks for."""
    asked_skills = {row.skill for row in _table().question}
    chapters = {
        chapter: tuple(id for id in ids if id in asked_skills)
        for chapter, ids in sorted(skills_by_chapter().items())
    }
    return {chapter: ids for chapter, ids in chapters.items() if ids}


def questions_of(check_up: CheckUp) -> tuple[CheckQuestion, ...]:
    """Return the questions of a check-up."""
    return draw_questions(checked_chapters()[check_up.chapter], check_up.seed)


def draw_questions(
    skills: Iterable[str], seed: int, count: int = QUESTION_COUNT
) -> tuple[CheckQuestion, ...]:
    """Return questions about skills, each different, the same for the same seed. There may be fewer than `count`."""
    ids = tuple(skills)
    dice = Dice(f"check-up {seed} {' '.join(ids)}")
    rows = [draws for draws in drawn_rows() if draws[0].skill in ids]
    # A row comes again only with another draw, once every row has been asked.
    shuffled = [dice.some(draws, len(draws)) for draws in dice.some(rows, len(rows))]
    rounds = [drawn for turn in zip_longest(*shuffled) for drawn in turn if drawn]
    return tuple(make_question(drawn, dice) for drawn in rounds[:count])


@cache
def drawn_rows() -> tuple[tuple[DrawnRow, ...], ...]:
    """Return the draws of each question, in the order of the table. Raise Problems."""
    counts = Counter[str]()
    rows = list[tuple[DrawnRow, ...]]()
    for row in _table().question:
        name = f"{row.skill}.{counts[row.skill]}"
        counts[row.skill] += 1
        options = enumerate(row.draw or ({},))
        rows.append(tuple(DrawnRow(f"{name}.{at}", row, each) for at, each in options))
    return tuple(rows)


class _Answers(Struct, frozen=True):
    """The choices of a question: what is asked, the choices, the number of the right one, and what proves it."""

    asks: str
    choices: tuple[str, ...]
    right: int
    ticket: Ticket
    order: tuple[int, ...]
    trials: tuple[Trial, ...] = ()


def make_question(drawn: DrawnRow, dice: Dice) -> CheckQuestion:
    """Return the question of a row's draw, in an account with drawn names."""
    row = drawn.row
    fill = _Fill(dice, drawn.option)
    statements = dice.some(row.statements, len(row.statements))
    fixes = dice.some(row.fixes, len(row.fixes))
    scenario = _scenario_of(row, fill, statements)
    prediction = predict_answer(scenario, scenario.quizzes[0])
    if row.layers:
        answers = _layer_answers(row, scenario, prediction.ticket)
    elif fixes:
        order = tuple(map(row.fixes.index, fixes))
        lines = tuple(map(fill, fixes))
        answers = _fix_answers("Which call makes it work?", scenario, lines, lines, order)
    elif statements:
        order = tuple(map(row.statements.index, statements))
        applied = fill(row.apply)
        numbers = range(len(statements))
        lines = tuple(applied.replace("choice.json", _choice_file(at)) for at in numbers)
        asks = "Which statement makes it work, and nothing more?"
        texts = tuple(map(fill, statements))
        answers = _fix_answers(asks, scenario, lines, texts, order)
    else:
        trial = Trial(Play(scenario), (prediction.ticket,))
        answers = (
            _outcome_answers(trial) if row.outcome else _decision_answers(prediction, trial)
        )
    told = fill(row.told)
    return CheckQuestion(
        drawn.key,
        row.skill,
        told,
        {name: fill(text) for name, text in row.policies.items()},
        answers.ticket,
        "" if told.endswith("?") else answers.asks,
        answers.choices,
        answers.right,
        fill(row.why),
        fill(row.page) or _first_page(row.skill),
        answers.order,
        answers.trials,
    )


def _decision_answers(prediction: Prediction, trial: Trial) -> _Answers:
    """Return AWS's decisions as choices."""
    return _Answers(
        "What will AWS decide?",
        tuple(DECISION_CHOICES.values()),
        [*DECISION_CHOICES].index(prediction.answer),
        prediction.ticket,
        tuple(range(len(DECISION_CHOICES))),
        (trial,),
    )


def _outcome_answers(trial: Trial) -> _Answers:
    """Return success and error as choices, where more than policies decides what AWS answers."""
    (ticket,) = trial.tickets
    return _Answers(
        "What will AWS answer?",
        CALL_OUTCOMES,
        int(not ticket.has_succeeded),
        ticket,
        tuple(range(len(CALL_OUTCOMES))),
        (trial,),
    )


def _first_page(skill: str) -> str:
    """Return the first page that teaches a skill: its scenario's number and its title.

    Return "" if a pack doesn't have it.
    """
    pages = pages_by_skill().get(skill, ())
    return f"{number(pages[0].scenario)} {pages[0].title}" if pages else ""


def _layer_answers(row: _Row, scenario: Scenario, ticket: Ticket) -> _Answers:
    """Return the kinds of policies as choices. The engine names the one that decides."""
    case = Case("question", row.told, scenario.quizzes[0].want)
    cause = diagnose(scenario.opening, case, scenario.now).causes[0]
    choices = tuple(LAYER_NAMES[layer] for layer in row.layers)
    right = row.layers.index(cause.layer)
    order = tuple(range(len(choices)))
    return _Answers("Which kind of policy decides?", choices, right, ticket, order)


def _fix_answers(
    asks: str,
    scenario: Scenario,
    lines: Sequence[str],
    choices: tuple[str, ...],
    order: tuple[int, ...],
) -> _Answers:
    """Return fixes as choices. Each line is tried, and just one of them is right."""
    trials = tuple(_trial_after(scenario, line) for line in lines)
    (right,) = (number for number, trial in enumerate(trials) if trial.is_fixed)
    return _Answers(asks, choices, right, trials[right].tickets[0], order, trials)


def _trial_after(scenario: Scenario, line: str) -> Trial:
    """Return what comes of the requests after a line: the one to fix, then those that must stay refused."""
    play = run_play(scenario, f"{line}\n")
    tickets = (serve(play.account, quiz.want, play.now) for quiz in scenario.quizzes)
    return Trial(play, tuple(tickets))


# ------------------------------------------------------------------ the situation
def _choice_file(number: int) -> str:
    """Return the name of the file of a choice."""
    return f"choice-{number}.json"


def _scenario_of(row: _Row, fill: _Fill, statements: Sequence[str]) -> Scenario:
    """Return the situation of a question as a scenario, whose questions are its request and those that stay refused."""
    documents = {f"{name}.json": text for name, text in (row.policies | row.hidden).items()}
    documents |= {_choice_file(number): text for number, text in enumerate(statements)}
    world = [*(_table().organization if row.organization else ()), *map(fill, row.world)]
    table = {
        "format": 1,
        "id": "check-up",
        "title": "Check-up",
        "chapter": 0,
        "article": "beyond",
        "objective": "Show what you know",
        "story": {"text": "A question."},
        "world": {"now": CHECK_UP_TIME},
        "people": {"admins": ["ada"]},
        "quiz": [*_quiz_tables(row, fill)],
    }
    files = {
        "scenario.toml": tomli_w.dumps(table),
        "world.sh": "".join(f"{line}\n" for line in world),
        "solution.sh": "",
        **{name: _document_text(fill(text)) for name, text in documents.items()},
    }
    contents = {name: text.encode() for name, text in files.items()}
    return build_scenario(read_form(files["scenario.toml"]), "check-up", contents, 0)


def _quiz_tables(row: _Row, fill: _Fill) -> Iterator[dict[str, str]]:
    """Yield the question's request, and the requests that stay refused, as questions of a scenario."""
    keys = {"badge": fill(row.badge), "via": fill(row.via)}
    told_keys = {name: value for name, value in keys.items() if value}
    yield {
        "as": fill(row.who),
        "do": fill(row.do).strip(),
        "why": fill(row.why),
        **told_keys,
    }
    for kept in row.keeps:
        badge = {"badge": kept.badge} if kept.badge else {}
        yield {
            "as": fill(kept.who),
            "do": fill(kept.do),
            "why": "It stays refused.",
            **badge,
        }


def _document_text(statement: str) -> str:
    """Return a policy document with one statement."""
    document = {"Version": "2012-10-17", "Statement": json.loads(statement)}
    return json.dumps(document)
