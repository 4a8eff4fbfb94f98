"""Assert properties of the lesson: it is short, every block computes, every line fits, every term is in the glossary."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.files import read_file
from coffeeshop.lessons.authoring.assertions.attempts import answers, assertion_problem
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.quiz import DECISION_CHOICES
from coffeeshop.lessons.scenario.find import find, heading
from coffeeshop.lessons.scenario.folder_files import FILE_LIMIT
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE as TABLES
from coffeeshop.lessons.sitting.policy_text import document_of
from coffeeshop.lessons.teaching.glossary import Glossary, Term, glossary, glossary_of
from coffeeshop.lessons.teaching.lesson import (
    Lesson,
    Prediction,
    has_lesson,
    lesson,
    lesson_drafts,
    lesson_texts,
)
from coffeeshop.lessons.teaching.markdown import (
    CHAPTER_FILE,
    HEADING_MARKS_PATTERN,
    LESSON_FILE,
    MAX_LINE_WIDTH,
    Block,
    Draft,
    Paragraph,
    pages,
)
from coffeeshop.lessons.teaching.skills import skills as known_skills
from coffeeshop.policy.language.parse import parse_draft
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Problem, Problems, Statement

PAGE_COUNTS = range(2, 6)
WORDS_LIMIT = 110  # in the paragraphs of a page


def lesson_computes(scenario: Scenario) -> Iterator[Problem]:
    """Assert that the lesson, if there is one, can be read and that the engine fills each of its blocks."""
    reading = _compute_lesson(scenario)
    if isinstance(reading, Problems):
        yield from reading.problems


def lesson_is_short(scenario: Scenario) -> Iterator[Problem]:
    """Assert that a lesson has two to five short pages, each with at most one prediction, and that its lines fit."""
    reading = _compute_lesson(scenario)
    if isinstance(reading, Lesson):
        yield from _long_files(scenario)
        yield from _long_pages(reading)


def _long_files(scenario: Scenario) -> Iterator[Problem]:
    """Yield a problem for each line that is too long, and for each file with too few or too many pages."""
    for file, text in lesson_texts(scenario).items():
        for number, line in enumerate(text.splitlines(), 1):
            shown_text = HEADING_MARKS_PATTERN.sub("", line)
            if len(shown_text) > MAX_LINE_WIDTH:
                yield assertion_problem(
                    f"{file}, line {number}",
                    f"this line has {len(shown_text)} characters",
                    f"use at most {MAX_LINE_WIDTH}",
                )
        if (
            count := sum(draft.file == file for draft in lesson_drafts(scenario))
        ) not in PAGE_COUNTS:
            yield assertion_problem(
                file,
                f"the lesson has {count} pages",
                f"write {PAGE_COUNTS[0]} to {PAGE_COUNTS[-1]} pages",
            )


def _long_pages(lesson: Lesson) -> Iterator[Problem]:
    """Yield a problem for each page with too many words or predictions."""
    for page in lesson.pages:
        words = sum(
            len(part.text.split()) for part in page.parts if isinstance(part, Paragraph)
        )
        if words > WORDS_LIMIT:
            yield assertion_problem(
                LESSON_FILE,
                f"the page “{page.title}” has {words} words",
                f"use at most {WORDS_LIMIT}",
            )
        if sum(isinstance(part, Prediction) for part in page.parts) > 1:
            yield assertion_problem(
                LESSON_FILE,
                f"the page “{page.title}” has more than one question",
                "have only one idea on each page",
            )


def skills_exist(scenario: Scenario) -> Iterator[Problem]:
    """Assert that each page teaches only skills of the course's table, and that the point is some of them."""
    for id in scenario.point:
        if id not in known_skills():
            mend = suggest_name(id, known_skills(), "choose one from skills.toml")
            yield assertion_problem(
                f"{TABLES}, point", f"there is no skill called {id}", mend
            )
    for draft in _own_drafts(scenario):
        for id in draft.teaches:
            if id not in known_skills():
                mend = suggest_name(id, known_skills(), "choose one from skills.toml")
                message = (
                    f"the page “{draft.title}” teaches {id}, but there is no such skill"
                )
                yield assertion_problem(draft.file, message, mend)


def terms_are_explained(scenario: Scenario) -> Iterator[Problem]:
    """Assert that the glossary has every term of the lesson, and that a question's words are taught before it."""
    try:
        words = glossary_of(scenario.files)
    except Problems as found:
        yield from found.problems
        return
    if isinstance(_compute_lesson(scenario), Lesson):
        taught = list[Term]()
        for draft in lesson_drafts(scenario):
            for line, message in _terms(draft):
                if (term := words.find(message)) is None:
                    yield assertion_problem(
                        f"{draft.file}, line {line}",
                        f"`{message}` isn't in the glossary",
                        "add it to glossary.toml",
                    )
                else:
                    taught.append(term)
        yield from _untaught(scenario, words, taught)


def _untaught(scenario: Scenario, words: Glossary, taught: list[Term]) -> Iterator[Problem]:
    """Yield a problem for each untaught term in the choices of a question that comes before the play.

    Terms are taught by this lesson or by those of earlier scenarios.
    """
    if not any(quiz.when == "before" for quiz in scenario.quizzes):
        return
    messages = (
        messages for draft in _earlier_drafts(scenario) for _, messages in _terms(draft)
    )
    earlier = [*taught, *filter(None, map(words.find, messages))]
    for choice in DECISION_CHOICES.values():
        for term in words.among(choice.partition(":")[0]):
            if term not in earlier:
                messages = f"the question before the play uses `{term.name}`, but no earlier lesson explains it"
                yield assertion_problem(
                    LESSON_FILE,
                    messages,
                    f"explain *{term.name}* here, or name a scenario in `after` that explains it",
                )


def solution_words_are_introduced(scenario: Scenario) -> Iterator[Problem]:
    """Assert that each of AWS's words in the solution's policies is introduced by the story, the glossary or a lesson
    first.

    Actions with the name of their API operation need no introduction, because the story's calls have it.
    """
    if not has_lesson(scenario):
        return
    texts = [
        scenario.story,
        *(f"{term.name} {term.says} {term.example}" for term in glossary().terms),
    ]
    texts += map(_before_guess, (*_own_drafts(scenario), *_earlier_drafts(scenario)))
    taught = "\n".join(texts).lower()
    for word in sorted(set(_policy_words(scenario))):
        if word.partition("/")[0].lower() not in taught:
            message = f"the solution needs {word}, but nothing introduces it before a question about it"
            yield assertion_problem(
                LESSON_FILE, message, "mention it on a page, above the page's question"
            )


def _own_drafts(scenario: Scenario) -> tuple[Draft, ...]:
    """Return the pages of the scenario's lesson. Empty where they can't be read."""
    try:
        return lesson_drafts(scenario)
    except Problems:  # `computes` reports it
        return ()


def _before_guess(draft: Draft) -> str:
    """Return the text of a page above its prediction."""
    texts = [draft.title]
    for part in draft.parts:
        texts.append(part.text)
        if isinstance(part, Block) and part.kind == "request":
            break
    return "\n".join(texts)


def _policy_words(scenario: Scenario) -> Iterator[str]:
    """Yield the words of the solution's policies: condition keys, operators, and actions that are no API operations."""
    solved = answers(scenario).solved_play
    for outcome in solved.play.outcomes if solved else ():
        call = outcome.act.call
        if document := document_of(call.service, call.operation, call.parameters):
            policy, _ = parse_draft(call.text(document[0]), document[1])
            for statement in policy.statements if policy else ():
                yield from _statement_words(statement)


def _statement_words(statement: Statement) -> Iterator[str]:
    """Yield the condition keys and operators of a statement, and its actions that are no API operations."""
    for condition in statement.conditions:
        yield condition.key
        yield f"{condition.operator}{'IfExists' if condition.if_exists else ''}"
        yield from filter(None, [condition.quantifier])
    for action in statement.actions.values:
        service, _, name = action.partition(":")
        if "*" not in action and (service, name) not in OPERATIONS:
            yield action


def _earlier_drafts(scenario: Scenario) -> Iterator[Draft]:
    """Yield the pages of the lessons of all scenarios on which this one builds."""
    waiting = list(scenario.after)
    seen = set[str]()
    while waiting:
        id = waiting.pop()
        if id in seen:
            continue
        seen.add(id)
        try:
            folder = find(id)
            waiting += heading(folder).after
            files = [
                folder / name
                for name in (CHAPTER_FILE, LESSON_FILE)
                if (folder / name).is_file()
            ]
            texts = {
                file.name: read_file(file, FILE_LIMIT).decode("utf-8", "replace")
                for file in files
            }
            drafts = [draft for name, text in texts.items() for draft in pages(text, name)]
        except Problems:  # that scenario's own check reports it
            continue
        yield from drafts


def _terms(draft: Draft) -> Iterator[tuple[int, str]]:
    """Yield each term of a page as written, with its line."""
    for part in draft.parts:
        if isinstance(part, Paragraph):
            yield from (
                (part.line, span.text) for span in part.spans if span.style == "term"
            )


def _compute_lesson(scenario: Scenario) -> Lesson | Problems | None:
    """Return the lesson, the Problems of reading it, or None where the scenario has none."""
    if not has_lesson(scenario):
        return None
    try:
        return lesson(scenario)
    except Problems as found:
        return found
