"""Make the exercises of level 4: an account that worked, broken by one change whose cause the engine proves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.lessons.authoring.assertions.checks import checks_that_never_fail
from coffeeshop.lessons.causes import Case
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.exercises.breaks import (
    Break,
    breaks_of,
    placed_documents,
    world_lines,
)
from coffeeshop.lessons.exercises.part import (
    Mistake,
    Part,
    Table,
    allow,
    role_policy_command,
    trust_command,
    trust_statement,
)
from coffeeshop.lessons.grading.diagnosis import Diagnosis, diagnose
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.dice import Dice, Names
from coffeeshop.policy.model import Decision, ExplicitlyDenied, Kind
from coffeeshop.policy.problem import Problems
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket

# Makes a scenario of a part. Raises Problems.
Build: TypeAlias = Callable[[Part], Scenario]
SOLVED_STARS = 3  # stars
MAX_WRONG_ANSWERS = 3  # wrong answers of an exercise
# Options of commands whose values a brief has to name.
NAME_OPTIONS = re.compile(
    r"--(?:bucket|key|table-name|function-name|external-id|prefix) ([^\s{}]+)"
)
CREATE_ROLE_PATTERN = re.compile(r"iam create-role --role-name (\S+)")
# By layer: how the second hint names it.
LAYER_TEXTS = {
    Kind.IDENTITY: "a policy of the user, a group or the role",
    Kind.RESOURCE: "a policy on the resource",
    Kind.BOUNDARY: "a permissions boundary",
    Kind.SESSION: "a session policy",
    Kind.SCP: "a service control policy",
    Kind.RCP: "a resource control policy",
    Kind.TRUST: "the trust policy of the role",
}


class BrokenPart(Struct, frozen=True):
    """A part that is solved and then broken, with the case that somebody reports and hints about its cause."""

    part: Part
    case: Table
    hints: tuple[Table, ...]

    @property
    def opening(self) -> str:
        """Return the opening: who is turned away, and what to do first."""
        return f"{self.case['say']} Find the cause before you change anything."

    def is_about_mistake(self, hint: Table) -> bool:
        """Return whether a hint is about a wrong answer, and not about the case itself."""
        keys = [key.rpartition("*")[0] for row in self.hints for key in row["on"]]
        return not any(key.startswith(tuple(keys)) for key in hint["on"])


def break_part(part: Part, dice: Dice, names: Names, build: Build) -> BrokenPart | None:
    """Return the part, solved and then broken by a drawn change. Return None if no change breaks just a job.

    `build` makes a scenario of a part.
    """
    breaks_by_kind = breaks_of(part, f"{names.draw('roles')}Limit")
    drawn_breaks = chain.from_iterable(
        dice.some(breaks, len(breaks))
        for breaks in dice.some(breaks_by_kind, len(breaks_by_kind))
    )
    for change in drawn_breaks:
        with suppress(Problems):  # a change that can't be made in this account
            if broken := _proved_break(part, change, build):
                return broken
    return None


def _proved_break(part: Part, change: Break, build: Build) -> BrokenPart | None:
    """Return the broken part, if the change breaks just jobs, and its fix earns three stars. Raise Problems."""
    broken = _broken_part(part, change)
    scenario = build(broken)
    failed = _failed_ticket(scenario)
    if failed is None:
        return None
    diagnosis = _diagnosis_of(scenario, failed)
    if (
        not diagnosis.causes
        or grade(run_play(scenario, scenario.solution)).stars < SOLVED_STARS
    ):
        return None
    documents = {**broken.documents, **_mistake_documents(diagnosis)}
    broken = replace(broken, documents=documents, story=_story_text(broken))
    mistakes = tuple(
        islice(_proved_mistakes(broken, change, diagnosis, build), MAX_WRONG_ANSWERS)
    )
    if len(mistakes) < MAX_WRONG_ANSWERS:
        return None
    proved = _without_idle_checks(replace(broken, mistakes=mistakes), build)
    hints = tuple(_hint_tables(failed, diagnosis, change))
    return BrokenPart(proved, _case_table(failed), hints)


def _without_idle_checks(part: Part, build: Build) -> Part:
    """Return the part without the refusals and rules that no answer breaks, now that most of it is solved."""
    idle_checks = checks_that_never_fail(build(part))
    refusals = list[Table]()
    for row in part.refusals:
        people = [row["as"]] if isinstance(row["as"], str) else [*row["as"]]
        failing = [
            name
            for name in people
            if CheckKind.REFUSAL.id_of(f"{row['id']}@{name}") not in idle_checks
        ]
        if failing:
            refusals.append({**row, "as": failing})
    kind = f"{CheckKind.PRACTICE.value}:"
    idle_rules = [id.removeprefix(kind) for id in idle_checks if id.startswith(kind)]
    setting = replace(part.setting, without=(*part.setting.without, *sorted(idle_rules)))
    return replace(part, refusals=tuple(refusals), setting=setting)


def _broken_part(part: Part, change: Break) -> Part:
    """Return the part with a world in which it is solved and then broken."""
    solved = [*part.world, *world_lines(part.solution)]
    has_morning = any(line.startswith("#@ at 2026-03-02") for line in solved)
    morning = [] if has_morning else ["#@ at 2026-03-02T07:10:00Z"]
    setting = part.setting
    if "noor" in setting.desk:
        setting = replace(setting, desk=("ada", "noor"))
    setting = replace(setting, rule_options={})
    return replace(
        part,
        world=(*solved, *morning, *world_lines(change.lines)),
        solution=change.fix,
        # Others hold credentials that are gone by now.
        refusals=tuple(row for row in part.refusals if "held" not in row),
        mistakes=(),
        rules=(),
        documents={**part.documents, **change.documents},
        setting=setting,
    )


def _failed_ticket(scenario: Scenario) -> Ticket | None:
    """Return the first job that fails. Return None if no job fails by a decision, or a refusal fails as well."""
    tickets = run_all_wants(Play(scenario))
    wrong_tickets = [ticket for ticket in tickets if ticket.mark is not Mark.OK]
    if any(ticket.want.mode is not Mode.MUST for ticket in wrong_tickets):
        return None
    for ticket in wrong_tickets:
        if ticket.decision is not None and "{" not in ticket.want.who:
            return ticket
    return None


def _diagnosis_of(scenario: Scenario, failed: Ticket) -> Diagnosis:
    """Return the diagnosis of a job that fails in the scenario's opening."""
    case = Case("ticket", failed.want.say, failed.want)
    return diagnose(scenario.opening, case, scenario.now)


# ------------------------------------------------------------------ wrong answers
def _proved_mistakes(
    part: Part, change: Break, diagnosis: Diagnosis, build: Build
) -> Iterator[Mistake]:
    """Yield wrong answers that lose a star, each with the stars and findings that the engine gives it."""
    scenario = build(part)
    first_keys = set[str]()
    for name, misconception, lines in _tempting_lines(part, change, diagnosis):
        try:
            play = run_play(scenario, "".join(f"{line}\n" for line in lines))
        except Problems:  # a line of it can't be typed here
            continue
        if not all(outcome.has_succeeded for outcome in play.outcomes):
            continue
        report = grade(play)
        keys = tuple(sorted(finding.key for finding in report.findings))
        if report.stars < SOLVED_STARS and keys and keys[0] not in first_keys:
            first_keys.add(keys[0])
            yield Mistake(name, lines, report.stars, keys, misconception)


def _tempting_lines(
    part: Part, change: Break, diagnosis: Diagnosis
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield the name, the misconception and the lines of tempting answers."""
    decision = diagnosis.decision
    assert decision is not None, "only decided requests are diagnosed"
    is_denied = isinstance(decision, ExplicitlyDenied)
    limits = {Kind.BOUNDARY, Kind.SCP} & {cause.layer for cause in diagnosis.causes}
    user = diagnosis.case.want.who
    if change.undone and change.undone != change.fix:
        yield "nothing-left", "M02", change.undone
    if user in part.people:
        for name, misconception in (
            ("wide", "M15"),
            ("exact", "M01" if is_denied else "M14"),
        ):
            if limits:
                misconception = "M12"
            file = f"file://policies/{name}-answer.json"
            yield (
                f"{name}-grant",
                misconception,
                (
                    f"aws iam put-user-policy --user-name {user} --policy-name {name} --policy-document {file}",
                ),
            )
        yield (
            "an-administrator",
            "M15",
            (
                f"aws iam attach-user-policy --user-name {user} --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
            ),
        )
        for group in part.groups:
            yield (
                f"out-of-{group.lower()}",
                "M22",
                (
                    *change.fix,
                    f"aws iam remove-user-from-group --group-name {group} --user-name {user}",
                ),
            )
    for role in _role_names(part):
        anyone = "file://policies/anyone-answer.json"
        yield f"any-trust-{role.lower()}", "M17", (*change.fix, trust_command(role, anyone))
        wide = role_policy_command(role, "file://policies/wide-answer.json")
        yield f"wide-role-{role.lower()}", "M15", (*change.fix, wide)
    yield from _wide_documents(part, change)


def _role_names(part: Part) -> tuple[str, ...]:
    """Return the roles that the account of a solved part has."""
    text = "\n".join((*part.world, *part.solution))
    return tuple(dict.fromkeys(CREATE_ROLE_PATTERN.findall(text)))


def _wide_documents(
    part: Part, change: Break
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield answers that repair the account, and open one of its policies too far."""
    for number, placed in enumerate(placed_documents(part).values()):
        if " put-group-policy " in placed.command or " put-role-policy " in placed.command:
            yield (
                f"wide-policy-{number}",
                "M15",
                (*change.fix, placed.put("policies/wide-answer.json")),
            )


def _mistake_documents(diagnosis: Diagnosis) -> Mapping[str, Mapping[str, Any]]:
    """Return the documents that wrong answers read, by file."""
    decision: Decision | None = diagnosis.decision
    assert decision is not None, "only decided requests are diagnosed"
    request = decision.request
    service = request.action.partition(":")[0]
    statements = {
        "wide": allow(f"{service}:*", "*"),
        "exact": allow(request.action, request.resource),
        "anyone": trust_statement({"AWS": "*"}),
    }
    return {
        f"policies/{name}-answer.json": {"Version": "2012-10-17", "Statement": statement}
        for name, statement in statements.items()
    }


# ---------------------------------------------------------------------- the texts
def _story_text(part: Part) -> str:
    """Return the story: the event, the task, and the names in the checks."""
    rows = [*part.jobs, *part.refusals]
    lines = [str(row.get(key, "")) for row in rows for key in ("do", "request")]
    named = [name.strip("'\",]") for line in lines for name in NAME_OPTIONS.findall(line)]
    people = [name.capitalize() for name in part.people if f"user/{name}" in part.fixed]
    groups = [f"the group {name}" for name in part.groups]
    keys = [f"the KMS key alias/{name}" for name in part.key_names]
    names = join_words([*groups, *keys, *dict.fromkeys((*people, *named))])
    return (
        "This account worked until yesterday. This morning someone changed one thing, and now some work fails. Find the "
        "cause: a statement that denies the request, or a policy that should allow it and doesn't. Then fix it, without "
        f"allowing anything else. The checks name {names}."
    )


def _case_table(failed: Ticket) -> Table:
    """Return the case of scenario.toml for a job that fails."""
    want = failed.want
    do: Sequence[str] = [line.text for line in want.do]
    table: Table = {
        "id": "ticket",
        "as": want.who,
        "say": f"This worked until yesterday: “{want.say}”.",
        "do": do[0] if len(do) == 1 else [*do],
        "badge": want.badge,
    }
    if want.via:
        table["via"] = want.via
    return table


def _hint_tables(failed: Ticket, diagnosis: Diagnosis, change: Break) -> Iterator[Table]:
    """Yield the hints for the failing job: a question, the layer that decides, and the fix."""
    cause = diagnosis.causes[0]
    layer = LAYER_TEXTS[cause.layer]
    if cause.statement:
        where = f"The cause is {layer}: {cause.policy}, statement {cause.statement}."
    elif isinstance(diagnosis.decision, ExplicitlyDenied):
        where = f"The cause is {layer}."
    else:
        where = f"Nothing in {layer} allows the request."
    yield {
        "on": [f"job-denied:{failed.want.id}:*", f"no-session:{failed.want.id}:*"],
        "text": [
            "What does the error message say: does a policy deny the request, or does none allow it?",
            where,
            "\n".join(change.fix),
        ],
    }
