"""Compute the cause of a request's decision, and judge the cause that a learner names.

The engine decides the request on the account of the opening, so a cause can't contradict it. Any statement that decides is a
right cause: if two Denies refuse a request, each of them is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace as cite_decision
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.located_policies import (
    LocatedPolicy,
    find_sources,
    locate_policies,
    source_ids,
)
from coffeeshop.account.model import Account
from coffeeshop.lessons.model import (
    Case,
    CaseResult,
    Cause,
    NamedCause,
    Report,
    Scenario,
    Verdict,
)
from coffeeshop.policy.evaluation.authorize import LAYER_RANKS, silent_kinds
from coffeeshop.policy.evaluation.explain import layer_matches, nearest_miss
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Matched,
    Statement,
)
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket

SESSION_LOCATION = (
    "session"  # the location of an inline session policy, which no account holds
)


class Diagnosis(Struct, frozen=True):
    """A case with its cause.

    `ticket` is its run in the opening account: who asks, by which command, and AWS's decision. `causes` are all right
    ones, the one that AWS would name first. They are empty where no policy decides. `policies` are those that can be
    named.
    """

    case: Case
    ticket: Ticket
    causes: tuple[Cause, ...]
    policies: tuple[LocatedPolicy, ...]

    @property
    def decision(self) -> Decision | None:
        """Return AWS's decision. None: nothing was decided, because the call failed before."""
        return self.ticket.decision

    def decision_by(self, cause: Cause) -> Decision | None:
        """Return AWS's decision, as a right cause explains it.

        If several kinds of policy or several statements decide, it cites the one that was named.
        """
        decision = self.decision
        if isinstance(decision, ImplicitlyDenied):
            if cause.statement:
                return decision  # the Allow that comes nearest, which it cites itself
            return cite_decision(decision, silent=cause.layer)
        cited = tuple(
            matched
            for matched in (_deciding(decision) if decision else ())
            if matched.layer.kind is cause.layer
            and matched.statement in self._statements_at(cause)
        )
        return cite_decision(decision, by=cited) if decision and cited else decision

    def _statements_at(self, cause: Cause) -> Iterator[Statement]:
        """Yield the statement that a cause names."""
        for located in self.policies_of(cause.layer):
            if cause.statement and located.location == cause.policy:
                yield located.policy.statements[cause.statement - 1]

    @property
    def mode(self) -> Mode:
        """Return what has to become of the request: it must work if it fails now, and be refused if it works now."""
        return Mode.NEVER if self.ticket.has_succeeded else Mode.MUST

    def judge(self, cause: Cause) -> Verdict:
        """Return whether a named cause is right."""
        if cause in self.causes:
            return Verdict.RIGHT
        if any(right.layer is cause.layer for right in self.causes):
            return Verdict.KIND
        return Verdict.WRONG

    def policies_of(self, layer: Kind) -> tuple[LocatedPolicy, ...]:
        """Return the policies of one kind that can be named."""
        return tuple(located for located in self.policies if located.kind is layer)

    def has(self, cause: Cause) -> bool:
        """Return whether a cause names something that the account has: a layer alone, or a statement of a policy in it."""
        if not cause.policy:
            return not cause.statement
        return any(
            located.location == cause.policy
            and 1 <= cause.statement <= len(located.policy.statements)
            for located in self.policies_of(cause.layer)
        )


def diagnose(account: Account, case: Case, at: datetime) -> Diagnosis:
    """Return the diagnosis of a case. Its request is tried on a copy of the account."""
    ticket = serve(account, case.want, at)
    decision = ticket.decision
    policies = tuple(filter(_is_in_use, locate_policies(account)))
    if decision:
        policies += tuple(_session_policies(decision))
    if decision is None or isinstance(decision, Allowed) != ticket.has_succeeded:
        causes = ()  # it failed for another reason than a policy
    else:
        causes = tuple(dict.fromkeys(_right_causes(account, decision, policies)))
    return Diagnosis(case, ticket, causes, policies)


def diagnoses_of(scenario: Scenario) -> tuple[Diagnosis, ...]:
    """Return the diagnoses of a scenario's cases, in the account of its opening."""
    return tuple(diagnose(scenario.opening, case, scenario.now) for case in scenario.cases)


def shows_record(diagnosis: Diagnosis) -> bool:
    """Return whether a case shows CloudTrail's record of its call. It has then happened before the play."""
    outcomes = diagnosis.ticket.outcomes
    is_call = bool(outcomes) and outcomes[-1].act.call.service != "request"
    return is_call and diagnosis.case.shows == "record"


def retry(diagnosis: Diagnosis, account: Account, at: datetime) -> Ticket:
    """Return the ticket of a case in another account. Its mark says whether the case is solved there."""
    return serve(account, replace(diagnosis.case.want, mode=diagnosis.mode), at)


def _is_in_use(located: LocatedPolicy) -> bool:
    """Return whether a policy can decide as what it is listed as.

    A managed policy that is attached to nobody is no identity-based policy of anyone. It can be a
    permissions boundary or a session policy, and is listed as that.
    """
    return located.kind is not Kind.IDENTITY or bool(located.on)


def _session_policies(decision: Decision) -> Iterator[LocatedPolicy]:
    """Yield the session policies of whoever asks. A managed one is where the account has it: policy/AppLimit."""
    layers = (layer for layer in decision.standing.layers if layer.kind is Kind.SESSION)
    policies = [policy for layer in layers for policy in layer.policies]
    for policy in policies:
        _, is_managed, name = policy.name.partition(":policy/")
        location = f"policy/{name.rpartition('/')[2]}" if is_managed else SESSION_LOCATION
        yield LocatedPolicy(Kind.SESSION, location, policy)


def _right_causes(
    account: Account, decision: Decision, policies: tuple[LocatedPolicy, ...]
) -> Iterator[Cause]:
    """Yield every right cause of a decision, the one that AWS names first."""
    sources = source_ids(account, decision.standing.principal)
    if isinstance(decision, ImplicitlyDenied):
        yield Cause(decision.silent)
        for kind in sorted(silent_kinds(decision), key=LAYER_RANKS.__getitem__):
            yield Cause(kind)
        missed = nearest_miss(decision)
        is_meant = missed is not None and missed.element != "action"
        matched_statements = [missed.matched] if missed and is_meant else []
    else:
        matched_statements = [*_deciding(decision)]
    for matched in matched_statements:
        for located in find_sources(policies, matched, sources):
            yield from _causes_in(located, matched)


def _deciding(decision: Allowed | ExplicitlyDenied) -> Iterator[Matched]:
    """Yield the statements that decide a request, the one that AWS names first."""
    yield from decision.by
    if isinstance(decision, ExplicitlyDenied):
        yield from _other_denies(decision)


def _other_denies(decision: ExplicitlyDenied) -> Iterator[Matched]:
    """Yield the Denies of all layers that match a refused request."""
    for matches in layer_matches(decision):
        yield from (clause.cited_statement(matches.layer) for clause in matches.denies)


def _causes_in(located: LocatedPolicy, matched: Matched) -> Iterator[Cause]:
    """Yield the causes for a statement in one policy. A policy can say the same twice."""
    for number, statement in enumerate(located.policy.statements, 1):
        if statement == matched.statement:
            yield Cause(located.kind, located.location, number)


def with_cases(
    report: Report, diagnoses: Sequence[Diagnosis], named_causes: Sequence[NamedCause]
) -> Report:
    """Return the report with the results of the cases, which count in the score. Stars judge only the fix."""
    if not diagnoses:
        return report
    return replace(report, cases=judge_named(diagnoses, named_causes))


def judge_named(
    diagnoses: Sequence[Diagnosis], named_causes: Sequence[NamedCause]
) -> tuple[CaseResult, ...]:
    """Return the result of each case. Causes that were named after the right one don't count."""
    return tuple(
        _case_result(
            diagnosis,
            [each.cause for each in named_causes if each.case == diagnosis.case.id],
        )
        for diagnosis in diagnoses
    )


def unnamed_statements(
    diagnoses: Sequence[Diagnosis], results: Sequence[CaseResult]
) -> frozenset[Statement]:
    """Return the statements that the learner has yet to name as the cause of a case."""
    return frozenset(
        located.policy.statements[cause.statement - 1]
        for diagnosis, result in zip(diagnoses, results, strict=True)
        if not result.is_right
        for cause in diagnosis.causes
        for located in diagnosis.policies_of(cause.layer)
        if cause.statement and located.location == cause.policy
    )


def is_concealed(decision: Decision, unnamed: Collection[Statement]) -> bool:
    """Return whether the reason of a decision would name a cause that the learner has yet to name."""
    if not unnamed:
        return False
    if isinstance(decision, ImplicitlyDenied):
        missed = nearest_miss(decision)
        cited = [missed.matched] if missed else []
    else:
        cited = [*decision.by]
    return any(matched.statement in unnamed for matched in cited)


def _case_result(diagnosis: Diagnosis, causes: Sequence[Cause]) -> CaseResult:
    """Return the result of one case, for the causes that were named for it in order."""
    result = CaseResult(diagnosis.case)
    for cause in causes:
        verdict = diagnosis.judge(cause)
        wrong = result.wrong + (verdict is not Verdict.RIGHT)
        result = CaseResult(diagnosis.case, cause, verdict, wrong)
        if result.is_right:
            break
    return result
