"""Read the table of skills, and say which calls and findings are about which skill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from msgspec import Struct

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.command.grammar import find_operation
from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.scenario.form_problems import form_problem
from coffeeshop.lessons.scenario.schema import Names, Text
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.problem import Problem, Problems

SKILLS_FILE = "skills.toml"
POINT_FINDING = "point"  # shown by the first star of a scenario whose point it is
# The names of the ideas in `exercises/ideas.py`, which is a layer above and can't be imported here.
IDEA_NAMES = (
    "actions",
    "resources",
    "conditions",
    "groups",
    "denies",
    "roles",
    "trust",
    "mfa",
    "boundaries",
    "tags",
    "scps",
    "partners",
    "passing",
    "keys",
    "leavers",
    "investigation",
    "usage",
    "encryption",
    "findings",
    "events",
)


class Skill(Struct, frozen=True, forbid_unknown_fields=True):
    """A skill: its title, the evidence for it, and the exercises that practise it.

    `shown_by` has operations ("iam AddUserToGroup") and findings that a finished play doesn't have: a
    practice rule ("practice:one-active-key"), or a kind, alone or with an aspect ("excess:action").
    POINT_FINDING in it is the first star of a scenario whose point it is. `about` has further operations
    that help with the skill is about. They don't show it, since they only read, for example.
    """

    id: Text
    name: Text
    shown_by: Names
    about: tuple[str, ...] = ()
    practice: tuple[str, ...] = ()

    @property
    def operations(self) -> tuple[str, ...]:
        """Return the operations that show the skill: "iam AddUserToGroup"."""
        return tuple(sign for sign in self.shown_by if " " in sign)

    @property
    def findings(self) -> tuple[str, ...]:
        """Return the findings whose absence shows the skill: "practice:root-mfa"."""
        return tuple(
            sign for sign in self.shown_by if " " not in sign and sign != POINT_FINDING
        )


class _Form(Struct, frozen=True, forbid_unknown_fields=True):
    skill: tuple[Skill, ...]


@cache
def skills() -> Mapping[str, Skill]:
    """Return the course's skills by id, in the order in which the course teaches them."""
    return read_skills((course() / SKILLS_FILE).read_text(encoding="utf-8"))


def read_skills(text: str) -> Mapping[str, Skill]:
    """Return the skills of a table by id. Raise Problems, all at once."""
    rows = read_toml(text, _Form, SKILLS_FILE).skill
    if problems := tuple(_row_problems(rows)):
        raise Problems(*problems)
    return {skill.id: skill for skill in rows}


def skills_of_operations(operations: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the ids of the skills that these operations are about: ("iam", "CreateUser")."""
    by_sign = _ids_by_sign()
    signs = (f"{service} {operation}" for service, operation in operations)
    return frozenset(id for sign in signs for id in by_sign.get(sign, ()))


def skills_shown_by(operations: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the ids of the skills that successful calls of these operations show."""
    signs = {f"{service} {operation}" for service, operation in operations}
    return frozenset(skill.id for skill in skills().values() if signs & {*skill.shown_by})


def skills_of_command(command: str) -> frozenset[str]:
    """Return the ids of the skills that a command is about: "iam create-user"."""
    row = find_operation(*command.partition(" ")[::2])
    return skills_of_operations([(row.service, row.name)] if row else [])


def skills_of_finding(key: str) -> frozenset[str]:
    """Return the ids of the skills that a finding is about, by its key: "excess:casey:action"."""
    by_sign = _ids_by_sign()
    return frozenset(id for sign in _signs(key) for id in by_sign.get(sign, ()))


def fits_finding(sign: str, key: str) -> bool:
    """Return whether a value of `shown_by` means the finding with this key: "excess:action" and "excess:casey:action"."""
    return sign in _signs(key)


def _signs(key: str) -> frozenset[str]:
    """Return the values of `shown_by` that fit a finding's key: its kind, and its kind with rule or aspects."""
    kind, _, rest = key.partition(":")
    if kind == FindingKind.PRACTICE:
        return frozenset([key])
    aspects = rest.split(":")[1:]
    return frozenset([kind, *(f"{kind}:{aspect}" for aspect in aspects)])


@cache
def _ids_by_sign() -> Mapping[str, tuple[str, ...]]:
    """Return the ids of the skills by each value of their `shown_by` and `about`."""
    ids = dict[str, tuple[str, ...]]()
    for skill in skills().values():
        for sign in (*skill.shown_by, *skill.about):
            ids[sign] = (*ids.get(sign, ()), skill.id)
    return ids


# -------------------------------------------------------------------- problems of a table
def _row_problems(rows: Iterable[Skill]) -> Iterator[Problem]:
    """Yield the problems of the rows: ids and operations twice, unknown operations and findings."""
    rows = tuple(rows)
    for id, times in Counter(skill.id for skill in rows).items():
        if times > 1:
            message = f"{times} skills have the id {id}"
            yield form_problem(
                "double-id", f"{SKILLS_FILE}, skill {id}", message, "give each its own"
            )
    signs = (each for row in rows for each in (*row.operations, *row.about))
    for sign, times in Counter(signs).items():
        if times > 1:
            message = f"{sign} shows {times} skills"
            yield form_problem(
                "double-operation", SKILLS_FILE, message, "let it show one of them"
            )
    for row in rows:
        yield from _unknown_operations(row)
        yield from _unknown_ideas(row)
        yield from _unknown_findings(row)


def _unknown_operations(skill: Skill) -> Iterator[Problem]:
    """Yield a problem for each operation that doesn't exist."""
    for sign in (*skill.operations, *skill.about):
        service, _, operation = sign.partition(" ")
        if (service, operation) not in OPERATIONS:
            known_names = [f"{service} {operation}" for service, operation in OPERATIONS]
            mend = suggest_name(sign, known_names) or 'write one as in "iam CreateUser"'
            message = f"there is no operation {sign}"
            yield form_problem("unknown-operation", _place(skill), message, mend)


def _unknown_findings(skill: Skill) -> Iterator[Problem]:
    """Yield a problem for each finding that no grade has."""
    kinds = {kind.value: kind for kind in FindingKind}
    for sign in skill.findings:
        kind, _, detail = sign.partition(":")
        if kind not in kinds:
            mend = suggest_name(kind, kinds) or f"there are: {', '.join(kinds)}"
            message = f"there is no kind of finding {kind}"
            yield form_problem("unknown-finding", _place(skill), message, mend)
        elif kind == FindingKind.PRACTICE and detail not in RULES:
            message = f"there is no practice rule {detail or '(nothing)'}"
            mend = suggest_name(detail, RULES) or f"there are: {', '.join(RULES)}"
            yield form_problem("unknown-rule", _place(skill), message, mend)
        elif kind != FindingKind.PRACTICE and detail not in ("", *kinds[kind].aspects):
            message = f"no finding {kind} has the aspect {detail}"
            mend = suggest_name(detail, kinds[kind].aspects) or "leave it out"
            yield form_problem("unknown-aspect", _place(skill), message, mend)


def _unknown_ideas(skill: Skill) -> Iterator[Problem]:
    """Yield a problem for each idea that no exercise is about."""
    for name in skill.practice:
        if name not in IDEA_NAMES:
            mend = suggest_name(name, IDEA_NAMES) or f"there are: {', '.join(IDEA_NAMES)}"
            yield form_problem(
                "unknown-idea", _place(skill), f"no exercise is about {name}", mend
            )


def _place(skill: Skill) -> str:
    return f"{SKILLS_FILE}, skill {skill.id}"
