"""Assert that a variant changes only names: each answer earns the same in it, apart from the names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account.ids import ID_PREFIXES
from coffeeshop.lessons.authoring.assertions.attempts import (
    Answers,
    answers,
    assertion_problem,
    form_of,
)
from coffeeshop.lessons.authoring.verdict import JudgedPlay
from coffeeshop.lessons.grading.canaries import draw_canaries
from coffeeshop.lessons.model import Finding, Scenario
from coffeeshop.lessons.scenario.load import build_scenario, texts_of
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.lessons.scenario.variant import WORD_PATTERN, Renaming, draw_renaming
from coffeeshop.policy.model import Problem, Problems

VARIANT_SEEDS = range(1, 13)
MIN_VARIANTS = 5  # the least number of variants that are played
# Calls of all answers in all variants. Long answers are played in fewer variants.
MAX_CALLS = 1000
# Ids differ between accounts.
ID_PATTERN = re.compile(rf"\b({'|'.join(ID_PREFIXES.values())})[A-Z2-7]{{16,17}}\b")
RENAME_FIX = "remove the name that matters here from `rename`"

# Stars, points, the texts of each finding.
Verdict: TypeAlias = tuple[int, float, frozenset[tuple[str, ...]]]


def unequal_variants(scenario: Scenario) -> Iterator[Problem]:
    """Yield a problem for each answer that a variant judges differently from the names as written.

    Up to twelve variants are tried, fewer where the answers are long.
    """
    form = form_of(scenario)
    if form.variant.rename:
        written = answer_verdicts(answers(scenario))
    else:
        written = {}
    for seed in _seeds(answers(scenario)) if written else ():
        try:
            other_scenario = replace(
                build_scenario(form, scenario.id, scenario.files, seed),
                in_proof=scenario.in_proof,
            )
        except Problems as found:
            yield assertion_problem(
                f"{SCENARIO_FILE}, variant.rename",
                f"variant {seed} can't be loaded: {found.problems[0]}",
                RENAME_FIX,
            )
            continue
        new = draw_renaming(
            form.variant.rename, scenario.shop.pools, seed, texts_of(form, scenario.files)
        )
        other_verdicts = answer_verdicts(Answers(other_scenario))
        for name, verdict in written.items():
            ours = verdict_in_names(verdict, new)
            if ours != other_verdicts[new(name)]:
                message = f"in variant {seed} it earns {_verdict_text(other_verdicts[new(name)])}, but otherwise {_verdict_text(ours)}"
                yield assertion_problem(name, message, RENAME_FIX)


def _seeds(all_answers: Answers) -> range:
    """Return the seeds of the variants to try."""
    answers = (*all_answers.solutions.values(), *all_answers.wrongs.values())
    calls = sum(len(judged.play.outcomes) for judged in answers)
    return VARIANT_SEEDS[: max(MIN_VARIANTS, MAX_CALLS // max(calls, 1))]


def answer_verdicts(all_answers: Answers) -> dict[str, Verdict]:
    """Return the verdicts of the untouched world, every solution and every wrong answer, by file name."""
    judged = {
        "world.sh": all_answers.untouched,
        **all_answers.solutions,
        **all_answers.wrongs,
    }
    unread = {name: _unread(problems) for name, problems in all_answers.unreadable.items()}
    return {name: _verdict(each) for name, each in judged.items()} | unread


def _unread(problems: Iterable[Problem]) -> Verdict:
    """Return the verdict of an answer that can't be read."""
    return 0, 0.0, frozenset((str(problem),) for problem in problems)


def verdict_in_names(verdict: Verdict, new: Renaming) -> Verdict:
    """Return the verdict with the names of a variant."""
    stars, score, findings = verdict
    return stars, score, frozenset(tuple(map(new, finding)) for finding in findings)


def _verdict(judged: JudgedPlay) -> Verdict:
    """Return the verdict of a play. Drawn names and ids are replaced by their kinds."""
    report = judged.report
    names = draw_canaries(judged.play)
    # Canaries differ between plays.
    drawn = {canary: f"{{{name}}}" for name, canary in names.items()}
    return (
        report.stars,
        report.score,
        frozenset(tuple(_finding_sentences(finding, drawn)) for finding in report.findings),
    )


def _finding_sentences(finding: Finding, drawn: Mapping[str, str]) -> Iterator[str]:
    """Yield every text of a finding, with drawn names and ids replaced by their kinds."""
    sentences = (finding.key, finding.what, finding.why, finding.meaning, finding.ask)
    for text in (*sentences, *finding.people, *finding.path, *finding.hints):
        yield WORD_PATTERN.sub(
            lambda word: drawn.get(word[0], word[0]), ID_PATTERN.sub(r"\1", text)
        )


def _verdict_text(verdict: Verdict) -> str:
    stars, score, findings = verdict
    return f"{stars} stars, {score:g} points and {', '.join(sorted(key for key, *_ in findings)) or 'no finding'}"
