"""A variant changes names and nothing else: what a scenario's answers earn in it is what they earn, in its names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account.ids import PREFIXES
from coffeeshop.lessons.authoring.assertions.attempts import (
    Answers,
    answers,
    fault,
    form_of,
)
from coffeeshop.lessons.authoring.verdict import Judged
from coffeeshop.lessons.grading.canaries import draw_canaries
from coffeeshop.lessons.model import Finding, Scenario
from coffeeshop.lessons.scenario.load import build_scenario, texts_of
from coffeeshop.lessons.scenario.schema import FILE
from coffeeshop.lessons.scenario.variant import WORD, Renaming, renaming
from coffeeshop.policy.model import Problem, Problems

SEEDS = range(1, 21)
LEAST = 5  # variants that are played of any scenario
CALLS = 1000  # that all answers make in the variants together; where they make more, fewer variants are played
ID = re.compile(
    rf"\b({'|'.join(PREFIXES.values())})[A-Z2-7]{{16,17}}\b"
)  # another one in each account
MEND = "leave out of `rename` the name that matters here"

Verdict: TypeAlias = tuple[
    int, float, frozenset[tuple[str, ...]]
]  # stars, points, what each finding says


def unequal(scenario: Scenario) -> Iterator[Problem]:
    """Yields the answers that one of twenty variants judges otherwise than the text as it is written; of fewer where
    they are long.
    """
    form = form_of(scenario)
    if form.variant.rename:
        written = verdicts(answers(scenario))
    else:
        written = {}
    for seed in _seeds(answers(scenario)) if written else ():
        try:
            other_scenario = replace(
                build_scenario(form, scenario.id, scenario.files, seed),
                in_proof=scenario.in_proof,
            )
        except Problems as found:
            yield fault(
                f"{FILE}, variant.rename",
                f"variant {seed} does not load: {found.problems[0]}",
                MEND,
            )
            continue
        new = renaming(
            form.variant.rename, scenario.shop.pools, seed, texts_of(form, scenario.files)
        )
        other_verdicts = verdicts(Answers(other_scenario))
        for name, verdict in written.items():
            ours = in_names(verdict, new)
            if ours != other_verdicts[new(name)]:
                message = f"in variant {seed} it earns {_verdict_text(other_verdicts[new(name)])}, else {_verdict_text(ours)}"
                yield fault(name, message, MEND)


def _seeds(all_answers: Answers) -> range:
    answers = (*all_answers.solutions.values(), *all_answers.wrongs.values())
    calls = sum(len(judged.play.outcomes) for judged in answers)
    return SEEDS[: max(LEAST, CALLS // max(calls, 1))]


def verdicts(all_answers: Answers) -> dict[str, Verdict]:
    """Tells what the untouched world, every solution and every wrong answer earn, by file name."""
    judged = {
        "world.sh": all_answers.untouched,
        **all_answers.solutions,
        **all_answers.wrongs,
    }
    unread = {name: _unread(problems) for name, problems in all_answers.unreadable.items()}
    return {name: _verdict(each) for name, each in judged.items()} | unread


def _unread(problems: Iterable[Problem]) -> Verdict:
    return 0, 0.0, frozenset((str(problem),) for problem in problems)


def in_names(verdict: Verdict, new: Renaming) -> Verdict:
    """Returns the same verdict, with the names of a variant."""
    stars, score, findings = verdict
    return stars, score, frozenset(tuple(map(new, finding)) for finding in findings)


def _verdict(judged: Judged) -> Verdict:
    report = judged.report
    names = draw_canaries(judged.play)
    drawn = {
        canary: f"{{{name}}}" for name, canary in names.items()
    }  # other ones each time
    return (
        report.stars,
        report.score,
        frozenset(tuple(_finding_sentences(finding, drawn)) for finding in report.findings),
    )


def _finding_sentences(finding: Finding, drawn: Mapping[str, str]) -> Iterator[str]:
    """Everything that a finding says, with the canaries under their own names and ids, which AWS draws, by their kind."""
    sentences = (finding.key, finding.what, finding.why, finding.meaning, finding.ask)
    for text in (*sentences, *finding.people, *finding.path, *finding.hints):
        yield WORD.sub(lambda word: drawn.get(word[0], word[0]), ID.sub(r"\1", text))


def _verdict_text(verdict: Verdict) -> str:
    stars, score, findings = verdict
    return f"{stars} stars, {score:g} points and {', '.join(sorted(key for key, *_ in findings)) or 'no finding'}"
