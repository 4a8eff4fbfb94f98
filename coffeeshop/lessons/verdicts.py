"""A variant changes names and nothing else: what a scenario's answers earn in it is what they earn, in its names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from coffeeshop.lessons.form import FILE, ScenarioForm, read_form
from coffeeshop.lessons.grade import grade
from coffeeshop.lessons.load import loaded, texts_of
from coffeeshop.lessons.model import Finding, Play, Scenario
from coffeeshop.lessons.run import run_play
from coffeeshop.lessons.trial import canaries
from coffeeshop.lessons.variant import WORD, Renaming, renaming
from coffeeshop.policy.model import Level, Place, Problem

SEEDS = range(1, 21)

Verdict: TypeAlias = tuple[int, float, frozenset[tuple[str, ...]]]  # stars, points, what each finding says
UNTOUCHED = "world.sh"


def unequal(scenario: Scenario) -> Iterator[Problem]:
    """The answers that one of twenty variants judges otherwise than the text as it is written."""
    form = read_form(scenario.files[FILE].decode())
    assert isinstance(form, ScenarioForm), "the scenario was loaded from it"
    if not form.variant.rename:
        return
    written = verdicts(scenario)
    for seed in SEEDS:
        other = loaded(form, scenario.id, scenario.files, seed)
        if not isinstance(other, Scenario):
            said = f"variant {seed} does not load: {other[0]}"
            yield Problem(Level.ERROR, "variant", Place(f"{FILE}, variant.rename"), said, MEND)
            continue
        new = renaming(form.variant.rename, seed, texts_of(form, scenario.files))
        theirs = verdicts(other)
        for name, verdict in written.items():
            ours = in_names(verdict, new)
            if ours != theirs[new(name)]:
                said = f"in variant {seed} it earns {_said(theirs[new(name)])}, else {_said(ours)}"
                yield Problem(Level.ERROR, "variant", Place(name), said, MEND)


MEND = "leave out of `rename` the name that matters here"


def verdicts(scenario: Scenario) -> dict[str, Verdict]:
    """What the untouched world, the solution and every wrong answer earn, by file name."""
    wrongs = {wrong.script: scenario.files[wrong.script].decode("utf-8", "replace") for wrong in scenario.wrongs}
    scripts = {"solution.sh": scenario.solution, **wrongs}
    played = {name: _played(scenario, text, name) for name, text in scripts.items()}
    return {UNTOUCHED: _verdict(Play(scenario)), **played}


def in_names(verdict: Verdict, new: Renaming) -> Verdict:
    """The same verdict, with the names of a variant."""
    stars, score, findings = verdict
    return stars, score, frozenset(tuple(map(new, finding)) for finding in findings)


def _played(scenario: Scenario, text: str, name: str) -> Verdict:
    played = run_play(scenario, text, name)
    if isinstance(played, Play):
        return _verdict(played)
    return 0, 0.0, frozenset((str(problem),) for problem in played)


def _verdict(play: Play) -> Verdict:
    report = grade(play)
    drawn = {
        canary: f"{{{name}}}" for name, canary in canaries(play).items() if canary.isalpha()
    }  # other ones each time
    return report.stars, report.score, frozenset(tuple(_told(finding, drawn)) for finding in report.findings)


def _told(finding: Finding, drawn: Mapping[str, str]) -> Iterator[str]:
    """Everything that a finding says, with the canaries under their own names."""
    said = (finding.key, finding.what, finding.why, finding.meaning, finding.ask)
    for text in (*said, *finding.people, *finding.path, *finding.hints):
        yield WORD.sub(lambda word: drawn.get(word[0], word[0]), text)


def _said(verdict: Verdict) -> str:
    stars, score, findings = verdict
    return f"{stars} stars, {score:g} points and {', '.join(sorted(key for key, *_ in findings)) or 'no finding'}"
