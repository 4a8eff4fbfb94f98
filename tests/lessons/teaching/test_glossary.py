"""The glossary explains what is shown: every word of policies, decisions and lists that a learner meets."""

from __future__ import annotations

import re

import pytest

from coffeeshop.lessons.play.quiz import DECISION_CHOICES
from coffeeshop.lessons.scenario.course import headings
from coffeeshop.lessons.scenario.schema import read_form
from coffeeshop.lessons.teaching.glossary import Term, glossary, read_glossary
from coffeeshop.lessons.teaching.lesson import lesson_texts
from coffeeshop.policy.evaluation.explain import LAYER_NAMES
from coffeeshop.policy.model import Problems
from coffeeshop.views.brief import brief
from coffeeshop.views.rows import lines
from tests.tables import each_row
from tests.views.plays import scenario

ELEMENTS = ("Version", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
            "NotResource", "Condition")  # fmt: skip
SCREENS = ("users", "groups", "roles", "policies", "badge", "root", "password", "access keys", "code", "device", "MFA",
           "managed", "inline", "trust", ":root", "ARN", "bucket", "table", "queue", "function", "console", "session",
           "boundary", "condition key", "job", "refusal", "star", "hint", "trail", "variant", "incident", "blast radius", "contained",
           "tagging", "access level", "instance", "seed")  # fmt: skip

OWN = ("badge", "incident", "blast radius", "contained", "seed", "job", "refusal", "leak", "extra", "star", "good practice",
       "hint", "variant", "capstone", "workflow", "repository", "pull request", "environment")  # fmt: skip


@each_row(
    (word,)
    for word in (
        *ELEMENTS,
        *SCREENS,
        *LAYER_NAMES.values(),
        *(said.partition(":")[0] for said in DECISION_CHOICES.values()),
    )
)
def test_every_word_that_a_learner_meets_is_explained(word: str) -> None:
    assert glossary().find(word) is not None


@each_row(((term,) for term in glossary().terms), lambda term: term.name)
def test_a_term_is_said_in_a_sentence_or_two_with_an_example(term: Term) -> None:
    assert term.says.endswith(".")
    assert len(term.says) <= 150
    assert term.example != term.says


@each_row(((term,) for term in glossary().terms), lambda term: term.name)
def test_a_word_of_aws_carries_its_page_and_a_word_of_the_game_has_none(term: Term) -> None:
    assert term.page.startswith("https://docs.aws.amazon.com/") is (term.name not in OWN)


def test_the_words_of_a_text_are_found_in_its_order_the_longer_ones_first() -> None:
    text = "A trust policy and two policies; its root account is :root, on arn:aws:iam::1:role/Code."
    assert [term.name for term in glossary().among(text)] == [
        "trust policy",
        "policy",
        "root user",
        "account",
        ":root",
    ]


def test_a_word_is_found_in_any_case_and_number() -> None:
    known = glossary()
    assert known.find("Trust  Policies") is known.find("trust policy")
    assert known.find("zebra") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[term]]\nname = "a"\nsays = "s"\nexample = "e"\n[[term]]\nname = "b"\nalso = ["As"]\nsays = "s"\nexample = "e"\n', "`as` stands for a and for b"),
        ('[[term]]\nname = "a"\nsaid = "s"\nexample = "e"\n', "said"),
        ("[[term", "not TOML"),
    ],
)  # fmt: skip
def test_a_glossary_that_contradicts_itself_or_cannot_be_read_says_where(
    text: str, said: str
) -> None:
    with pytest.raises(Problems, match=said):
        read_glossary(text)


# What a scenario is about, where it uses a word of AWS that is also a word of English.
ONLY_WITH = {
    "grant": "kms",
    "table": "dynamodb|table/|tables? \\*?(Inventory|Register)|(Inventory|Register)\\*? tables?",
}


@pytest.mark.parametrize("id", headings())
def test_a_scenario_uses_an_aws_word_only_for_the_aws_thing(id: str) -> None:
    folder = scenario(id)
    text = "\n".join((*lesson_texts(folder).values(), lines(brief(folder))))
    used = {term.name for term in glossary().among(text)}
    for term in used & {*ONLY_WITH}:
        assert re.search(ONLY_WITH[term], text, re.IGNORECASE), term


# Terms that texts also use in their plain meaning, and those that the brief itself shows.
PLAIN_WORDS = ("extra", "star", "job", "refusal", "leak", "grant", "public", "contained")
ABBREVIATION = re.compile(r"\b[A-Z]{3,5}\b")
# JSON, a placeholder, and a parenthesis that names what was said before it in plain words.
ASIDE = re.compile(r"'\{.*\}'|\{\w+\}|\([^)]*\)")
CODE = re.compile(r"```.*?```", re.DOTALL)


def untaught_words(text: str, taught: set[str]) -> set[str]:
    """The terms and abbreviations of a text that aren't taught yet, and that no parenthesis after them explains."""
    words = {
        term.name
        for term in glossary().among(ASIDE.sub("", text))
        if not any(
            re.search(rf"{re.escape(word)}s?( [\w-]+){{0,4}} \(", text, re.IGNORECASE)
            for word in (term.name, *term.also)
        )
    }
    known = {word for term in glossary().terms for word in (term.name, *term.also)}
    abbreviations = known.intersection(ABBREVIATION.findall(text))
    return (words | abbreviations) - taught - {*PLAIN_WORDS}


def test_no_word_is_used_before_it_is_taught() -> None:
    taught = set[str]()
    early = dict[str, set[str]]()
    for id in headings():
        form = read_form(scenario(id[:2]).files["scenario.toml"].decode())
        prose = CODE.sub("", scenario(id[:2]).files["lesson.md"].decode())
        taught |= {term.name for term in glossary().among(prose)}
        taught |= {*ABBREVIATION.findall(prose)}
        texts = (
            *(form.objective, form.story.opening, form.story.text),
            *(row.say for row in (*form.job, *form.refuse)),
            *(text for hint in form.hint for text in hint.text),
            *(tell.text for tell in form.tell),
        )
        early[id] = set[str]()
        for text in texts:
            early[id] |= untaught_words(text, taught)
            # What a parenthesis has explained is known from then on.
            taught |= {term.name for term in glossary().among(text)}
            taught |= {*ABBREVIATION.findall(text)}
    assert {id: words for id, words in early.items() if words} == {}
