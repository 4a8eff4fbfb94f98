"""Mutation testing of the grader: a scenario's solution, changed a little in every way, and graded again.

A mutant that changes what anybody can do, or how a practice rule answers, must lose a star, and its first finding must
name a person who is touched; one that widens must be shown by a request that only the mutant allows. An equivalent
mutant or rewrite must keep stars, points and findings. Whether a mutant is *different* is decided by comparing the
sessions of every person, both ways, not by the grade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from coffeeshop.account.model import Account, Document
from coffeeshop.lessons.grade import grade
from coffeeshop.lessons.model import Finding, Play, Proof, Report, Scenario
from coffeeshop.lessons.practice import RULES
from coffeeshop.lessons.run import run_play
from coffeeshop.lessons.script import run_script
from coffeeshop.lessons.spots import Spot, changed, spots, standing_so
from coffeeshop.lessons.trial import Held, Trial
from coffeeshop.policy import catalog
from coffeeshop.policy.authorize import authorize
from coffeeshop.policy.compare import excesses
from coffeeshop.policy.model import (
    Allowed,
    Condition,
    Element,
    Excess,
    Kind,
    Level,
    Place,
    Policy,
    Problem,
    Standing,
    Statement,
)
from coffeeshop.policy.parse import dumps, parse

NOTHING = Statement("Deny", Element(("snowball:CancelJob",)), Element(("*",)))  # meets no request of the shop's
WIDER = ("add", "widen", "loosen")  # families whose witness must lie in what they added


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of the solution: its family, what was done, and the play that comes of it."""

    family: str
    note: str
    play: Play


@dataclass(frozen=True, slots=True)
class Tally:
    """How many mutants were different, how many of those lost no star (but stay within needed and slack), how many
    were equivalent, and how many rewrites were tried.
    """

    different: int = 0
    within: int = 0
    equivalent: int = 0
    rewrites: int = 0


def attack(scenario: Scenario) -> tuple[Tally, tuple[Problem, ...]]:
    """Grade every mutant and rewrite of the solution: the tally, and a Problem for each that the grader got wrong."""
    play = run_play(scenario, scenario.solution, "solution.sh")
    if not isinstance(play, Play):
        return Tally(), play
    solved = Judged(play)
    tally, problems = Tally(), list[Problem]()
    for mutant in (*mutants(play), *_left_out(scenario)):
        judged = Judged(mutant.play)
        if not judged.differs(solved):
            tally = replace(tally, equivalent=tally.equivalent + 1)
            problems += _kept(mutant, judged, solved)
        elif judged.harmless(solved):
            tally = replace(tally, within=tally.within + 1)
            problems += _kept(mutant, judged, solved)
        else:
            tally = replace(tally, different=tally.different + 1)
            problems += _caught(mutant, judged, solved)
    for mutant in rewrites(play):
        tally = replace(tally, rewrites=tally.rewrites + 1)
        judged = Judged(mutant.play)
        problems += _kept(mutant, judged, solved) if not judged.differs(solved) else _caught(mutant, judged, solved)
    return tally, tuple(problems)


# ------------------------------------------------------------------- judgement
class Judged:
    """A play with everything that is compared about it, computed once."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.trial = Trial(play)

    @cached_property
    def report(self) -> Report:
        """Its grade."""
        return grade(self.play)

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Everybody whose sessions count, administrators too."""
        cast = self.play.scenario.people
        users = (self.play.account.users[key].name for key in sorted(self.play.account.users))
        asked = (want.who for want in self.play.scenario.wants if want.who.startswith(("function/", "root")))
        return tuple(dict.fromkeys((*cast.graded, *cast.bystanders, *cast.admins, *users, *asked)))

    def touched(self, other: Judged) -> tuple[str, ...]:
        """Who can do something here that they cannot there, or the reverse."""
        return tuple(who for who in dict.fromkeys((*self.people, *other.people)) if self._moved(other, who))

    def _moved(self, other: Judged, who: str) -> bool:
        mine = {held.badge: held.standing for held in self.trial.sessions(who)}
        theirs = {held.badge: held.standing for held in other.trial.sessions(who)}
        there = {who.lower() in judged.play.account.users for judged in (self, other)}
        if mine.keys() != theirs.keys() or len(there) > 1:
            return True
        return any(
            any(excesses(a, b, self.trial.domain))
            for badge in mine
            if mine[badge] != theirs[badge]
            for a, b in ((mine[badge], theirs[badge]), (theirs[badge], mine[badge]))
        )

    def differs(self, other: Judged) -> bool:
        """Whether anybody's sessions, or any practice rule's answer, are others."""
        return self.practice != other.practice or bool(self.touched(other))

    @cached_property
    def practice(self) -> tuple[bool, ...]:
        """Which of the scenario's practice rules hold."""
        rows = self.play.scenario.practice
        return tuple(not any(RULES[row.rule].offences(self.trial, row.options)) for row in rows)

    def harmless(self, other: Judged) -> bool:
        """Whether everybody still holds no more than needed and slack, and every job works as it did."""
        if self.practice != other.practice:
            return False
        fine = all(
            any(not any(excesses(held.standing, bound, self.trial.domain)) for bound in self._bounds(held, other))
            for who in self.people
            if who not in self.play.scenario.people.admins
            for held in self.trial.sessions(who)
        )
        works = all(check.passed for check in self.report.checks if check.star == 1)
        return fine and works

    def _bounds(self, held: Held, other: Judged) -> Iterator[Standing]:
        """What a session may hold at most: what it held before, or what is needed."""
        yield from (was.standing for was in other.trial.sessions(held.who) if was.badge == held.badge)
        yield self.trial.needed(held.who, held.badge)


def _problem(mutant: Mutant, said: str) -> Problem:
    return Problem(Level.ERROR, "grader", Place(f"mutant {mutant.family}"), f"{mutant.note}: {said}", "mend the grader")


def _kept(mutant: Mutant, judged: Judged, solved: Judged) -> Iterator[Problem]:
    got, had = judged.report, solved.report
    if (got.stars, got.score, [f.key for f in got.findings]) != (had.stars, had.score, [f.key for f in had.findings]):
        keys = ", ".join(finding.key for finding in got.findings)
        yield _problem(mutant, f"changes nothing that matters, and earns {got.stars} stars ({keys})")


def _caught(mutant: Mutant, judged: Judged, solved: Judged) -> Iterator[Problem]:
    got = judged.report
    if got.stars == 3:
        yield _problem(mutant, f"survives with three stars; {', '.join(judged.touched(solved))} can do something else")
        return
    first = got.findings[0] if got.findings else None
    touched = judged.touched(solved)
    if first is None or not (first.kind == "practice" or not touched or _names(first, touched)):
        yield _problem(mutant, f"its first finding {first and first.key} names nobody of {', '.join(touched)}")
    if first and mutant.family in WIDER and not all(_is_news(proof, solved) for proof in _proofs(first)):
        yield _problem(mutant, f"the witness of {first.key} is no news")


def _names(finding: Finding, touched: Iterable[str]) -> bool:
    """Whether a finding is about one of these people: it is theirs, or its check speaks of them."""
    return any(who in finding.people or who in finding.key for who in touched)


def _proofs(finding: Finding) -> Iterator[Proof]:
    return (e for check in finding.checks for e in check.evidence if check.kind == "only" and isinstance(e, Proof))


def _is_news(proof: Proof, solved: Judged) -> bool:
    """Whether the first witness of a proof was refused in the solution's own session of that badge."""
    found = proof.found[0]
    if not isinstance(found, Excess):
        return True
    before = next((held.standing for held in solved.trial.sessions(proof.who) if held.badge == proof.badge), None)
    return before is None or not isinstance(authorize(before, found.witness), Allowed)


# --------------------------------------------------------------------- mutants
def mutants(play: Play) -> Iterator[Mutant]:
    """Every mutant of the play's account."""
    for spot in spots(play):
        for index, statement in enumerate(spot.policy.statements):
            for family, note, others in _changes(play, spot, statement):
                statements = (*spot.policy.statements[:index], *others, *spot.policy.statements[index + 1 :])
                if statements or spot.kind is not Kind.TRUST:
                    policy = replace(
                        spot.policy, statements=statements or (replace(NOTHING, principals=statement.principals),)
                    )
                    account = changed(play.account, spot, policy)
                    yield Mutant(
                        family, f"{spot.holder}, {spot.policy.name or 'trust'}: {note}", standing_so(play, account)
                    )
    yield from _handed(play)


Change = tuple[str, str, tuple[Statement, ...]]


def _changes(play: Play, spot: Spot, statement: Statement) -> Iterator[Change]:
    yield "take" if statement.effect == "Allow" else "drop", "the statement is gone", ()
    flipped = replace(statement, effect="Deny" if statement.effect == "Allow" else "Allow")
    yield "flip", f"{statement.effect} is now {flipped.effect}", (flipped,)
    if statement.effect == "Allow" and spot.kind is not Kind.TRUST:
        yield from _added(play, statement)
        yield from _widened(statement)
    elif statement.effect == "Deny":
        yield from _denies_less(statement)
    if statement.principals and statement.effect == "Allow":
        yield from _trusting(play, statement)
    yield from _loosened(statement)


def _added(play: Play, statement: Statement) -> Iterator[Change]:
    """One more action of each access level on the same resources; the same actions on each other thing there is."""
    known = [action for name in statement.actions.values if (action := catalog.action(name))]
    for action in known[:1]:
        service = catalog.service(action.service)
        others = (catalog.action(name) for name in service.actions) if service else ()
        types = {target.name for target in action.resource_types}
        levels: dict[str, str] = {}
        for other in others:
            if other and other.name not in statement.actions.values and types & {t.name for t in other.resource_types}:
                levels.setdefault(str(other.level), other.name)
        for level, name in sorted(levels.items()):
            yield "add", f"also {name} ({level})", (statement, replace(statement, actions=Element((name,)), sid=""))
    for arn in _others(play.account, statement):
        yield "add", f"also on {arn}", (statement, replace(statement, resources=Element((arn,)), sid=""))


def _others(account: Account, statement: Statement) -> Iterator[str]:
    """Things of the same kind that the statement does not name."""
    for value in statement.resources.values if statement.resources else ():
        head, _, name = value.rpartition(":")
        if value.startswith("arn:aws:s3:::"):
            bucket, slash, rest = name.partition("/")
            yield from (f"{head}:{other}{slash}{rest}" for other in sorted(account.buckets) if other != bucket)
        elif ":table/" in value:
            yield from (f"{head}:table/{other}" for other in sorted(account.tables) if not value.endswith(f"/{other}"))
        elif ":role/" in value:
            yield from (
                account.arn(account.roles[key]) for key in sorted(account.roles) if not value.endswith(f"/{key}")
            )


def _widened(statement: Statement) -> Iterator[Change]:
    for at, action in enumerate(statement.actions.values):
        service, _, verb = action.partition(":")
        stem = "".join(verb[: next((n for n, c in enumerate(verb) if n and c.isupper()), len(verb))])
        for wide in dict.fromkeys((f"{service}:{stem}*", f"{service}:*", "*")):
            values = (*statement.actions.values[:at], wide, *statement.actions.values[at + 1 :])
            yield (
                "widen",
                f"{action} is now {wide}",
                (replace(statement, actions=replace(statement.actions, values=values)),),
            )
    for at, resource in enumerate(statement.resources.values if statement.resources else ()):
        cut = max(resource.rfind("/"), resource.rfind(":")) + 1
        for wide in dict.fromkeys((f"{resource[: cut + 3]}*", f"{resource[:cut]}*", "*")):
            values = (*statement.resources.values[:at], wide, *statement.resources.values[at + 1 :])  # pyright: ignore[reportOptionalMemberAccess]
            yield "widen", f"{resource} is now {wide}", (replace(statement, resources=Element(values)),)


def _denies_less(statement: Statement) -> Iterator[Change]:
    """A Deny that speaks of one thing more that it does not mean: one entry more in its Not… list, one fewer in others."""
    for field in ("actions", "resources"):
        element: Element | None = getattr(statement, field)
        if element is None:
            continue
        if element.negated:
            more = Element((*element.values, "s3:GetObject" if field == "actions" else "arn:aws:s3:::*"), True)
            yield "loosen", f"{field} spares {more.values[-1]}", (replace(statement, **{field: more}),)
        for at in range(len(element.values) if len(element.values) > 1 else 0):
            fewer = replace(element, values=(*element.values[:at], *element.values[at + 1 :]))
            yield "drop", f"{field} without {element.values[at]}", (replace(statement, **{field: fewer}),)


def _trusting(play: Play, statement: Statement) -> Iterator[Change]:
    """Trust given to somebody else, to the whole account, to everybody."""
    principals = statement.principals
    assert principals is not None
    users = [play.account.arn(play.account.users[key]) for key in sorted(play.account.users)]
    for arn in (play.account.root_arn, *users):
        if ("AWS", arn) not in principals.entries:
            yield (
                "hand",
                f"trusts {arn}",
                (replace(statement, principals=replace(principals, entries=(("AWS", arn),))),),
            )
    yield "widen", "trusts everybody", (replace(statement, principals=replace(principals, entries=(("AWS", "*"),))),)


def _loosened(statement: Statement) -> Iterator[Change]:
    for at, condition in enumerate(statement.conditions):
        before, after = statement.conditions[:at], statement.conditions[at + 1 :]

        def having(
            *put: Condition, before: tuple[Condition, ...] = before, after: tuple[Condition, ...] = after
        ) -> Change:
            note = f"{condition.operator} on {condition.key}"  # noqa: B023  # used at once
            return (
                "loosen" if put else "drop",
                f"{note} changed",
                (replace(statement, conditions=(*before, *put, *after)),),
            )

        yield having()
        yield having(replace(condition, if_exists=not condition.if_exists))
        if condition.operator == "StringEquals":
            starred = tuple(f"{value}*" for value in condition.values)
            yield having(replace(condition, operator="StringLike", values=starred))
        if condition.quantifier == "ForAnyValue":
            yield having(replace(condition, quantifier="ForAllValues"))
        for value in condition.values if len(condition.values) > 1 else ():
            yield having(replace(condition, values=tuple(v for v in condition.values if v != value)))


def _handed(play: Play) -> Iterator[Mutant]:
    """A policy given to somebody else, a person put into or taken out of a group."""
    account = play.account
    for key in sorted(account.users):
        user = account.users[key]
        for spot in spots(play):
            if spot.kind is Kind.IDENTITY and spot.holder != f"user {user.name}":
                text = f"{user.name} gets {spot.policy.name} of {spot.holder}"
                text_of = dumps(spot.policy)
                given = replace(
                    user, inline={**user.inline, "handed": Document(text_of, parse(text_of, name="handed"))}
                )
                yield Mutant("hand", text, standing_so(play, account.put(given)))
        for name in sorted(account.groups):
            group = account.groups[name]
            inside = group.id in user.groups
            groups = tuple(id for id in user.groups if id != group.id) if inside else (*user.groups, group.id)
            text = f"{user.name} {'leaves' if inside else 'joins'} {group.name}"
            yield Mutant(
                "take" if inside else "hand", text, standing_so(play, account.put(replace(user, groups=groups)))
            )


def _left_out(scenario: Scenario) -> Iterator[Mutant]:
    """The solution without one of its lines."""
    steps = tuple(run_script(scenario.opening, scenario.solution, scenario.now, scenario.files, scenario.desk[0]))
    for left in steps:
        rest = "\n".join(step.line for step in steps if step is not left)
        play = run_play(scenario, rest, "solution.sh")
        if isinstance(play, Play) and not left.optional:
            yield Mutant("leave", f"line {left.number} is left out", play)


# -------------------------------------------------------------------- rewrites
Rewrite = Callable[[Policy], Policy]


def rewrites(play: Play) -> Iterator[Mutant]:
    """The same, said otherwise: every policy in every way that changes no decision."""
    for spot in spots(play):
        for note, rewrite in REWRITES.items():
            policy = rewrite(spot.policy)
            if policy != spot.policy:
                account = changed(play.account, spot, policy)
                yield Mutant(
                    "rewrite", f"{spot.holder}, {spot.policy.name or 'trust'}: {note}", standing_so(play, account)
                )


def _split(policy: Policy) -> Policy:
    """One statement an action, where that keeps the meaning: not of a NotAction."""
    return replace(policy, statements=tuple(part for s in policy.statements for part in _parts(s)))


def _parts(statement: Statement) -> Iterator[Statement]:
    if statement.actions.negated or len(statement.actions.values) == 1:
        yield statement
        return
    for action in statement.actions.values:
        yield replace(statement, actions=Element((action,)), sid="")


def _merged(policy: Policy) -> Policy:
    """The two-ARN idiom: all plain Allows as one, where actions and resources cannot meet in any new pair."""
    plain = [s for s in policy.statements if s.effect == "Allow" and not s.conditions and not s.principals]
    if len(plain) < 2 or any(s.actions.negated or s.resources is None or s.resources.negated for s in plain):
        return policy
    actions = tuple(dict.fromkeys(value for s in plain for value in s.actions.values))
    resources = tuple(dict.fromkeys(value for s in plain for value in (s.resources.values if s.resources else ())))
    rest = tuple(s for s in policy.statements if s not in plain)
    return replace(policy, statements=(Statement("Allow", Element(actions), Element(resources)), *rest))


def _recased(policy: Policy) -> Policy:
    def recase(s: Statement) -> Statement:
        return replace(s, actions=replace(s.actions, values=tuple(value.upper() for value in s.actions.values)))

    return replace(policy, statements=tuple(map(recase, policy.statements)))


def _without_sids(policy: Policy) -> Policy:
    return replace(policy, statements=tuple(replace(s, sid="") for s in policy.statements))


def _doubled(policy: Policy) -> Policy:
    return replace(policy, statements=(*policy.statements, *(replace(s, sid="") for s in policy.statements)))


def _with_a_deny(policy: Policy) -> Policy:
    """A Deny that meets no request of the shop's."""
    if any(s.principals for s in policy.statements):
        return policy
    return replace(policy, statements=(*policy.statements, NOTHING))


REWRITES: dict[str, Rewrite] = {
    "backwards": lambda policy: replace(policy, statements=policy.statements[::-1]),
    "one statement an action": _split,
    "one statement for all": _merged,
    "in capitals": _recased,
    "without Sids": _without_sids,
    "said twice": _doubled,
    "with a Deny that meets nothing": _with_a_deny,
}
