"""Rules about what grants and denies bring about, asked of the engine, whoever wrote them: idle, blanket, merely silent, asleep,
uncoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from msgspec import structs

from coffeeshop.lessons.grading.moments import ANYTHING
from coffeeshop.lessons.grading.needed import DIRECT, slack_as_statements
from coffeeshop.lessons.grading.newcomers import newcomers_beside
from coffeeshop.lessons.grading.practice import option_names
from coffeeshop.lessons.grading.practice.in_force import (
    CONTROLS,
    GROUP,
    InForce,
    allow_statements,
    describe_statement,
    policies_in_force,
)
from coffeeshop.lessons.grading.principal_classes import CLASSES, IN_A_GROUP, PrincipalClass
from coffeeshop.lessons.grading.refusals import silent_scope
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.slack import ALWAYS, own_credentials_slack
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.grading.unasked import required_access
from coffeeshop.lessons.model import Offence, Options, Slack
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    Element,
    Excess,
    ExplicitlyDenied,
    Kind,
    Layer,
    Policy,
    Principals,
    Standing,
    Statement,
    Undecided,
    Values,
)
from coffeeshop.shop.want import Ticket


def replace_statement(
    standing: Standing, policy: Policy, statement: Statement, instead: Statement | None
) -> Standing:
    """Returns the standing as it would be if the policy had another statement in the place of one of its own, or none."""

    def replace_in(candidate: Policy) -> Policy:
        rest = (instead if s is statement else s for s in candidate.statements)
        if candidate is policy:
            return replace(candidate, statements=tuple(s for s in rest if s is not None))
        return candidate

    layers = (
        replace(layer, policies=tuple(map(replace_in, layer.policies)))
        for layer in standing.layers
    )
    return replace(standing, layers=tuple(layers))


def keep_statements(
    standing: Standing, keeps: Callable[[Policy, Statement], bool]
) -> Standing:
    """Returns the standing with only the statements that are to be kept of each policy."""
    layers = list[Layer]()
    for layer in standing.layers:
        policies = tuple(_keep_in_policy(policy, keeps) for policy in layer.policies)
        layers.append(replace(layer, policies=policies))
    return replace(standing, layers=tuple(layers))


def _keep_in_policy(policy: Policy, keeps: Callable[[Policy, Statement], bool]) -> Policy:
    rest = tuple(s for s in policy.statements if keeps(policy, s))
    if len(rest) == len(policy.statements):
        return policy
    return replace(policy, statements=rest)


# ----------------------------------------------------------------- idle grants
def no_idle_grants(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: an Allow in force whose removal changes no job; or an action or a resource in one, though a Deny
    takes it back. Where nobody could prove that none needs it, that is said instead.
    """
    for in_force, statement in allow_statements(policies_in_force(trial.play)):
        cited = describe_statement(in_force, statement)
        if doubts := _unneeded_doubts(trial, in_force.policy, statement):
            text = _offence_text(
                f"{cited} is used by no job", f"that a job needs {cited}", doubts
            )
            yield Offence(in_force.holder, text, in_force.cite_statement(statement))
            continue
        for value, shorter in _shortened_statements(statement):
            unneeded = _unneeded_doubts(trial, in_force.policy, statement, shorter)
            if unneeded and (narrower_doubts := _allows_less(trial, shorter, statement)):
                proven = f"{cited} says {value}, which no job uses"
                text = _offence_text(
                    proven,
                    f"that a job needs {value} in {cited}",
                    narrower_doubts,
                    unneeded,
                )
                yield Offence(in_force.holder, text, in_force.cite_statement(statement))


def _offence_text(proven: str, opposite: str, *doubts: Doubts) -> str:
    """Says what is so; where that is not proven, that nobody could prove the contrary, and why."""
    reason = next((reason for reasons in doubts for reason in reasons if reason), "")
    if reason:
        return f"nobody could prove {opposite}: {reason}"
    return proven


def _shortened_statements(statement: Statement) -> Iterator[tuple[str, Statement]]:
    """A statement without each of its actions, of its resources and of its principals, where it has others beside."""
    principals = statement.principals
    if principals and not principals.negated and len(principals.entries) > 1:
        entries = principals.entries
    else:
        entries = ()
    for entry in entries:
        yield (
            entry[1],
            replace(
                statement,
                principals=Principals(
                    tuple(kept_entry for kept_entry in entries if kept_entry != entry)
                ),
            ),
        )
    for name in ("actions", "resources"):
        element: Element | None = getattr(statement, name)
        for value in element.values if element and not element.negated else ():
            rest: Values = (
                tuple(kept_value for kept_value in element.values if kept_value != value)
                if element
                else ()
            )
            if rest:
                yield value, replace(statement, **{name: Element(rest)})


def _allows_less(trial: Trial, shorter: Statement, whole: Statement) -> Doubts:
    """Whether a statement may allow something, or somebody, that it does not without one of its words."""
    if shorter.principals != whole.principals:
        return ("",)
    return _doubt_reasons(
        trial.find_excesses(
            _standing_of_statement(whole), _standing_of_statement(shorter), most=1
        )
    )


Doubts: TypeAlias = Values  # of something that may be so: why it is not proven, "" where it is; none where it is not so


def _doubt_reasons(excesses: Iterable[Excess | Undecided]) -> Doubts:
    return tuple("" if isinstance(excess, Excess) else excess.reason for excess in excesses)


def _standing_of_statement(statement: Statement) -> Standing:
    identity_statement = replace(
        statement, principals=None, resources=statement.resources or Element(("*",))
    )
    return Standing.of(shared_policy((identity_statement,)))


def _unneeded_doubts(
    trial: Trial, policy: Policy, statement: Statement, instead: Statement | None = None
) -> Doubts:
    """Whether all jobs may work as they do without the statement, or with another instead."""
    reasons = list[str]()
    for ticket in trial.jobs:
        losses = _doubt_reasons(
            _job_losses(
                trial,
                ticket,
                lambda allowed: replace_statement(allowed, policy, statement, instead),
            )
        )
        if "" in losses:
            return ()
        reasons += losses
    return tuple(reasons) or ("",)


def _job_losses(
    trial: Trial, ticket: Ticket, reduce: Callable[[Standing], Standing]
) -> Iterator[Excess | Undecided]:
    """What of a job that works would not, if its people held less."""
    for decision in (
        decision for outcome in ticket.outcomes for decision in outcome.decisions
    ):
        if isinstance(decision, Allowed) and _count_allows(
            authorize(reduce(decision.standing), decision.request)
        ) < len(decision.by):
            yield Excess(decision.request, decision.by[0])
    for must, allowed in required_access(trial, ticket):
        yield from trial.find_excesses(must, reduce(allowed), most=1)


def _count_allows(decision: Decision) -> int:
    """How many statements let a request through. Of two that say the same neither is idle for the other's sake: a job uses
    both, and were both taken it would end. So is it with a role's trust that names somebody, and with their group's policy.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
    """
    if isinstance(decision, Allowed):
        return len(decision.by)
    return 0


def said_once(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: an Allow of a group's that another policy of a group's gives as well, all of it or what a job
    asks for: of two copies one will be forgotten. One managed policy on two groups is one.
    """
    group_policies = [
        in_force
        for in_force in policies_in_force(trial.play)
        if in_force.holder.startswith(GROUP)
    ]
    for index, group_policy in enumerate(group_policies):
        earlier = [
            candidate
            for candidate in group_policies[:index]
            if not _is_same_policy(candidate, group_policy)
        ]
        for statement in (s for s in group_policy.policy.statements if s.effect == "Allow"):
            if repeated := next(
                (
                    candidate
                    for candidate in earlier
                    if _repeats_statement(trial, candidate.policy, statement)
                ),
                None,
            ):
                text = f"{describe_statement(group_policy, statement)} gives what {repeated.holder} gives by a policy of its own"
                yield Offence(
                    group_policy.holder, text, group_policy.cite_statement(statement)
                )


def _is_same_policy(first: InForce, second: InForce) -> bool:
    """Whether it is one managed policy on both."""
    return first.policy.name == second.policy.name and first.policy.name.startswith("arn:")


def _repeats_statement(trial: Trial, policy: Policy, statement: Statement) -> bool:
    """Whether a policy allows all that a statement does, or a request of a job that it allows. What gives nothing, as asking
    who one is needs no permission, says nothing again.
    """
    outcomes = (outcome for ticket in trial.jobs for outcome in ticket.outcomes)
    decisions = (decision for outcome in outcomes for decision in outcome.decisions)
    alone = shared_policy((statement,))
    shared = (
        decision
        for decision in decisions
        if _would_allow(decision, alone) and _would_allow(decision, policy)
    )
    if any(shared):
        return True
    gives = trial.find_excesses(_standing_of_statement(statement), Standing.of(), most=1)
    return bool(gives) and not trial.find_excesses(
        _standing_of_statement(statement), Standing.of(policy), most=1
    )


def _would_allow(decision: Decision, policy: Policy) -> bool:
    """Whether somebody who asked would be let through by this policy alone."""
    alone = replace(decision.standing, layers=(Layer(Kind.IDENTITY, (policy,)),))
    return isinstance(authorize(alone, decision.request), Allowed)


# ---------------------------------------------------------------------- denies
def no_blanket_deny(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: a Deny that takes nothing from anybody, since nothing allows what it denies, and that no
    explicit refusal rests on.
    """
    explicit = [
        ticket.decision
        for ticket in _explicit_refusals(trial)
        if isinstance(ticket.decision, ExplicitlyDenied)
    ]
    for in_force in (
        candidate
        for candidate in policies_in_force(trial.play)
        if candidate.kind not in CONTROLS
    ):
        for statement in (s for s in in_force.policy.statements if s.effect == "Deny"):
            rests = any(_rests_on(decision, statement) for decision in explicit)
            if not rests and (idle := _idle_deny_doubts(trial, statement)):
                cited = describe_statement(in_force, statement)
                text = _offence_text(
                    f"{cited} denies what nothing allows",
                    f"that {cited} denies anything",
                    idle,
                )
                yield Offence(in_force.holder, text, in_force.cite_statement(statement))


def _idle_deny_doubts(trial: Trial, deny: Statement) -> Doubts:
    """Whether a Deny may take nothing from anybody whom it binds, as if it were the only one: of two that deny the same
    neither is idle for the other's sake.
    """
    reasons = list[str]()
    for row, member in _all_members(trial):
        if any(
            s is deny
            for layer in member.standing.layers
            for policy in layer.policies
            for s in policy.statements
        ):
            alone = keep_statements(
                member.standing, lambda _, s: s is deny or s.effect == "Allow"
            )
            bound = row.open_standing(trial, structs.replace(member, standing=alone))
            taken = _doubt_reasons(
                trial.find_excesses(
                    keep_statements(bound, lambda _, s: s is not deny), bound, most=1
                )
            )
            if "" in taken:
                return ()
            reasons += taken
    return tuple(reasons) or ("",)


def _all_members(trial: Trial) -> Iterator[tuple[PrincipalClass, HeldSession]]:
    """Every member of every class, and those whom nobody judges: administrators, and root, whom only a resource's policy
    can deny anything.
    """
    yield from ((row, member) for row in CLASSES for member in row.members(trial))
    yield from (
        (CLASSES[0], session)
        for subject in (*trial.play.scenario.people.admins, "root")
        for session in trial.sessions_of(subject)
    )


def _rests_on(decision: ExplicitlyDenied, deny: Statement) -> bool:
    """Whether a refusal rests on this Deny: on those that name its action, and where none does on all that deny it."""
    denying = [matched.statement for matched in decision.by]
    naming = [
        s
        for s in denying
        if not s.actions.negated
        and _names_action(s.actions.values, decision.request.action)
    ]
    return deny in (naming or denying)


def _names_action(actions: Values, action: str) -> bool:
    return action.lower() in map(str.lower, actions)


def _explicit_refusals(trial: Trial) -> Iterator[Ticket]:
    return (trial.ticket_for(want) for want in trial.wants if want.explicit)


def explicit_no(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: a refusal that should be said in words, and holds only by silence: as it is tried, or at another moment, from
    somewhere else, of another such name.
    """
    for ticket in _explicit_refusals(trial):
        if ticket.refused and not isinstance(ticket.decision, ExplicitlyDenied):
            yield Offence(
                ticket.want.who, f"“{ticket.want.say}” holds only because nothing allows it"
            )
        elif ticket.refused and (how_far := silent_scope(trial, ticket)):
            yield Offence(
                ticket.want.who, f"“{ticket.want.say}” is denied in words {how_far}"
            )


# -------------------------------------------------------------------- versions
def no_sleeping_versions(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: a version that is not the default and allows what the default does not, or does not deny what that denies."""
    for policy in trial.play.account.policies.values():
        for version in policy.versions:
            if version.id != policy.default and (
                excess_doubts := _version_excess_doubts(
                    trial, version.document.policy, policy.document.policy
                )
            ):
                subject = f"version {version.id} of {policy.name} allows"
                yield Offence(
                    policy.name,
                    _offence_text(
                        f"{subject} more than its default",
                        f"that {subject} no more",
                        excess_doubts,
                    ),
                )


def _version_excess_doubts(trial: Trial, sleeping: Policy, awake: Policy) -> Doubts:
    alone = Standing.of(sleeping), Standing.of(awake)
    anything = shared_policy((ANYTHING,))
    with_everything = Standing.of(anything, sleeping), Standing.of(anything, awake)
    doubts = (
        _doubt_reasons(trial.find_excesses(*pair, most=1))
        for pair in (alone, with_everything)
    )
    return next(filter(None, doubts), ())


# ----------------------------------------------------------------------- codes
def mfa_required(trial: Trial, options: Options) -> Iterator[Offence]:
    """Yields offences: somebody listed who can work without a code."""
    yield from _offences_without_code(trial, option_names(options, "who"))


def admin_mfa(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yields offences: an administrator who can work without a code, or who has no device to show one with; and, where
    what asks for it is a policy, whoever is hired beside them.
    """
    account = trial.play.account
    admins = trial.play.scenario.people.admins
    for name in admins:
        user = account.users.get(name.lower())
        if user and not account.devices_of(user.id):
            yield Offence(name, f"{name} has no device that shows a code")
    yield from _offences_without_code(trial, admins)
    if trial.uses_minted_credentials:
        newcomers = (
            structs.replace(session, standing=IN_A_GROUP.open_standing(trial, session))
            for session in newcomers_beside(trial, admins)
        )
        yield from _session_offences(
            trial,
            newcomers,
            "whoever is hired beside the administrators",
            _administrators_without_code(trial),
        )


def _offences_without_code(trial: Trial, people: Iterable[str]) -> Iterator[Offence]:
    for subject in people:
        yield from _session_offences(
            trial, trial.sessions_of(subject), subject, _self_service_access(trial, subject)
        )


def _session_offences(
    trial: Trial, sessions: Iterable[HeldSession], name: str, permitted: Standing
) -> Iterator[Offence]:
    """What is told of each badge without a code that opens more than looking after badges."""
    for session in (session for session in sessions if session.badge in DIRECT[:-1]):
        if excess_doubts := _doubt_reasons(
            trial.find_excesses(session.standing, permitted, most=1)
        ):
            subject = f"with {'an access key' if session.badge == 'key' else 'the password'} alone {name}"
            yield Offence(
                session.who,
                _offence_text(
                    f"{subject} can work", f"that {subject} can do nothing", excess_doubts
                ),
            )


def _self_service_access(trial: Trial, name: str) -> Standing:
    """Looking after one's own badge without a code, what a job lets anybody do, and nothing else."""
    if name.lower() in trial.genuine_names(trial.play.scenario.people.admins):
        return _administrators_without_code(trial)
    user = trial.account.users.get(name.lower())
    return _access_without_code(
        trial, next(own_credentials_slack(trial.account.id, user.name if user else name))
    )


def _administrators_without_code(trial: Trial) -> Standing:
    """What those who may do everything can do without a code: the calls that the Deny of AWS's policy spares, on anybody."""
    return _access_without_code(
        trial,
        structs.replace(
            next(own_credentials_slack(trial.account.id, "")), resources=("*",)
        ),
    )


def _access_without_code(trial: Trial, uncoded: Slack) -> Standing:
    of_anybody = (
        statement
        for need in trial.needs
        if need.who == "anyone"
        for statement in need.statements
    )
    statements = (*slack_as_statements(uncoded), *slack_as_statements(ALWAYS), *of_anybody)
    return Standing.of(shared_policy(statements, "self-service"))
