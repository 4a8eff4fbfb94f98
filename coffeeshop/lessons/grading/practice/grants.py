"""Practice rules about what Allows and Denies do, asked of the engine: idle Allows, Denies
of nothing, silent refusals, old versions, work without MFA.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

from msgspec import structs

from coffeeshop.lessons.grading.explicit_refusals import explicit_decisions, unrefused_scope
from coffeeshop.lessons.grading.fences import ALLOW_ANYTHING
from coffeeshop.lessons.grading.moments import lambda_outcomes
from coffeeshop.lessons.grading.needed import slack_as_statements
from coffeeshop.lessons.grading.practice.in_force import (
    CONTROL_KINDS,
    GROUP_PREFIX,
    InForce,
    allow_statements,
    describe_statement,
    policies_in_force,
)
from coffeeshop.lessons.grading.practice.verdicts import (
    PROVEN_CLAIM,
    REFUTED_CLAIM,
    Claim,
    claim_excess,
    claim_no_excess,
    offence_text,
)
from coffeeshop.lessons.grading.principal_classes import PRINCIPAL_CLASSES, PrincipalClass
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.grading.unasked import required_access
from coffeeshop.lessons.model import Offence, Options
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
    """Return the standing with `instead` in place of one statement of a policy, or without
    the statement.

    Rules compare the two standings, to learn what the statement is needed for.
    """

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
    """Return the standing with only those statements for which `keeps` is true."""
    layers = list[Layer]()
    for layer in standing.layers:
        policies = tuple(keep_in_policy(policy, keeps) for policy in layer.policies)
        layers.append(replace(layer, policies=policies))
    return replace(standing, layers=tuple(layers))


def keep_in_policy(policy: Policy, keeps: Callable[[Policy, Statement], bool]) -> Policy:
    """Return the policy with only those statements for which `keeps` is true."""
    rest = tuple(s for s in policy.statements if keeps(policy, s))
    if len(rest) == len(policy.statements):
        return policy
    return replace(policy, statements=rest)


# ----------------------------------------------------------------- idle grants
def no_idle_grants(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each Allow that no job needs, and for each action, resource or principal of an
    Allow that no job needs.

    Slack is no offence: calls that someone may make without a job. If the search was cut short, the
    offence says what wasn't proven.
    """
    for in_force, statement in allow_statements(policies_in_force(trial.play)):
        cited = describe_statement(in_force, statement)
        if _is_slack(trial, statement):
            continue
        if idle := _claim_unneeded(trial, in_force.policy, statement):
            text = offence_text(f"no job uses {cited}", f"that a job needs {cited}", idle)
            yield Offence(in_force.holder, text, in_force.cite_statement(statement))
            continue
        for value, shorter in _shortened_statements(statement):
            if _is_slack(trial, statement, shorter):
                continue
            unneeded = _claim_unneeded(trial, in_force.policy, statement, shorter)
            if unneeded and (narrower := _claim_narrower(trial, shorter, statement)):
                proven = f"{cited} says {value}, which no job uses"
                text = offence_text(
                    proven,
                    f"that a job needs {value} in {cited}",
                    narrower,
                    unneeded,
                )
                yield Offence(in_force.holder, text, in_force.cite_statement(statement))


def _is_slack(trial: Trial, statement: Statement, shorter: Statement | None = None) -> bool:
    """Tell whether all that a statement allows is slack of some person: calls that they may
    make without a job.

    With a `shorter` statement, only what that one doesn't allow has to be slack.
    """
    statement_standing = _standing_of_statement(statement)
    policies_of_shorter = (
        () if shorter is None else _standing_of_statement(shorter).layers[0].policies
    )
    for slack in trial.slack:
        for person in slack.who or trial.play.scenario.people.graded:
            # A set such as own-badge is several, each with its own credential.
            own_sets = (
                row
                for row in trial.slack
                if row.name == slack.name and row.who == slack.who
            )
            statements = tuple(chain.from_iterable(map(slack_as_statements, own_sets)))
            permitted = Standing.of(shared_policy(statements), *policies_of_shorter)
            as_person = {"aws:username": (person,)}
            excesses = trial.find_excesses(
                replace(statement_standing, fixed=as_person),
                replace(permitted, fixed=as_person),
                most=1,
            )
            if not excesses:
                return True
    return False


def _shortened_statements(statement: Statement) -> Iterator[tuple[str, Statement]]:
    """Yield each principal, action and resource of a statement, with the statement without it.

    If the jobs work with the shorter statement, that value is idle. The only value of its kind is
    skipped, since a statement needs one.
    """
    principals = statement.principals
    if principals and not principals.negated and len(principals.entries) > 1:
        entries = principals.entries
    else:
        entries = ()
    for entry in entries:
        remaining = tuple(kept_entry for kept_entry in entries if kept_entry != entry)
        yield entry[1], replace(statement, principals=Principals(remaining))
    for value, actions in _shortened_values(statement.actions):
        yield value, replace(statement, actions=actions)
    for value, resources in _shortened_values(statement.resources):
        yield value, replace(statement, resources=resources)


def _shortened_values(element: Element | None) -> Iterator[tuple[str, Element]]:
    """Yield the element without each of its values, if others remain, with the value left
    out.
    """
    if element is None or element.negated:
        return
    for value in element.values:
        remaining: Values = tuple(
            kept_value for kept_value in element.values if kept_value != value
        )
        if remaining:
            yield value, Element(remaining)


def _claim_narrower(trial: Trial, shorter: Statement, whole: Statement) -> Claim:
    """Return the verdict on "the shortened statement allows less than the whole".

    If it allows the same, the word left out does no harm.
    """
    if shorter.principals != whole.principals:
        return PROVEN_CLAIM
    return claim_excess(
        trial.find_excesses(
            _standing_of_statement(whole), _standing_of_statement(shorter), most=1
        )
    )


def _standing_of_statement(statement: Statement) -> Standing:
    """Return a standing with only this statement, for any principal."""
    identity_statement = replace(
        statement, principals=None, resources=statement.resources or Element(("*",))
    )
    return Standing.of(shared_policy((identity_statement,)))


def _claim_unneeded(
    trial: Trial, policy: Policy, statement: Statement, instead: Statement | None = None
) -> Claim:
    """Return the verdict on "all jobs work without the statement", or with another in its place."""

    def reduce(allowed: Standing) -> Standing:
        return replace_statement(allowed, policy, statement, instead)

    losses = (loss for ticket in trial.jobs for loss in _job_losses(trial, ticket, reduce))
    return claim_no_excess(losses)


def _job_losses(
    trial: Trial, ticket: Ticket, reduce: Callable[[Standing], Standing]
) -> Iterator[Excess | Undecided]:
    """Yield what a job could no longer do if its standings were reduced, for example by one
    statement.

    A request that fewer statements would allow counts as well: see `_count_allows`.
    """
    for outcome in (*lambda_outcomes(trial.account, ticket), *ticket.outcomes):
        for decision in outcome.decisions:
            if not isinstance(decision, Allowed):
                continue
            reduced = authorize(reduce(decision.standing), decision.request)
            if _count_allows(reduced) < len(decision.by):
                yield Excess(decision.request, decision.by[0])
    for must, allowed in required_access(trial, ticket):
        yield from trial.find_excesses(must, reduce(allowed), most=1)


def _count_allows(decision: Decision) -> int:
    """Return how many statements allow a request.

    Of two that allow the same, neither is idle because of the other: the job uses both. So
    it is with a trust policy that names somebody, and their group's policy.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
    """
    if isinstance(decision, Allowed):
        return len(decision.by)
    return 0


def repeated_allows(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each Allow of a group's policy that repeats one of another group's
    policy.

    It repeats one if both allow the same, or the same request of a job. One managed policy on two
    groups is no repetition.
    """
    group_policies = [
        in_force
        for in_force in policies_in_force(trial.play)
        if in_force.holder.startswith(GROUP_PREFIX)
    ]
    for index, group_policy in enumerate(group_policies):
        earlier_policies = [
            candidate
            for candidate in group_policies[:index]
            if not _is_same_policy(candidate, group_policy)
        ]
        for statement in (s for s in group_policy.policy.statements if s.effect == "Allow"):
            if repeated := next(
                (
                    candidate
                    for candidate in earlier_policies
                    if _repeats_statement(trial, candidate.policy, statement)
                ),
                None,
            ):
                text = f"{describe_statement(group_policy, statement)} repeats what {repeated.holder} gives"
                yield Offence(
                    group_policy.holder, text, group_policy.cite_statement(statement)
                )


def _is_same_policy(first: InForce, second: InForce) -> bool:
    """Tell whether both are the same managed policy."""
    return first.policy.name == second.policy.name and first.policy.name.startswith("arn:")


def _repeats_statement(trial: Trial, policy: Policy, statement: Statement) -> bool:
    """Tell whether a policy allows all that a statement does, or a request of a job that
    the statement allows.

    A statement that gives nothing beyond what everybody can do is repeated by none.
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
    """Tell whether this policy alone would allow the request of a decision."""
    alone = replace(decision.standing, layers=(Layer(Kind.IDENTITY, (policy,)),))
    return isinstance(authorize(alone, decision.request), Allowed)


# ---------------------------------------------------------------------- denies
def no_blanket_deny(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each Deny of requests that nothing allows.

    A Deny is needed if a refusal has to be explicit and this Deny is what refuses it.
    """
    explicit = [
        decision
        for ticket in _explicit_refusals(trial)
        for decision in explicit_decisions(trial, ticket)
        if isinstance(decision, ExplicitlyDenied)
    ]
    for in_force in (
        candidate
        for candidate in policies_in_force(trial.play)
        if candidate.kind not in CONTROL_KINDS
    ):
        for statement in (s for s in in_force.policy.statements if s.effect == "Deny"):
            is_needed = any(_rests_on(decision, statement) for decision in explicit)
            if not is_needed and (idle := _claim_idle_deny(trial, statement)):
                cited = describe_statement(in_force, statement)
                text = offence_text(
                    f"{cited} denies requests that nothing allows",
                    f"that {cited} denies anything",
                    idle,
                )
                yield Offence(in_force.holder, text, in_force.cite_statement(statement))


def _claim_idle_deny(trial: Trial, deny: Statement) -> Claim:
    """Return the verdict on "the Deny takes nothing from anybody", as if it were the only Deny.

    Otherwise two Denies of the same would make each other idle.
    """
    return claim_no_excess(_denied_requests(trial, deny))


def _denied_requests(trial: Trial, deny: Statement) -> Iterator[Excess | Undecided]:
    """Yield the requests that a Deny refuses to each principal, as if it were the only Deny."""
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
            without_deny = keep_statements(bound, lambda _, s: s is not deny)
            yield from trial.find_excesses(without_deny, bound, most=1)


def _all_members(trial: Trial) -> Iterator[tuple[PrincipalClass, HeldSession]]:
    """Yield every principal with a session of theirs, and the administrators and root: a resource
    policy can deny them too.
    """
    yield from ((row, member) for row in PRINCIPAL_CLASSES for member in row.members(trial))
    yield from (
        (PRINCIPAL_CLASSES[0], session)
        for subject in (*trial.play.scenario.people.admins, "root")
        for session in trial.sessions_of(subject)
    )


def _rests_on(decision: ExplicitlyDenied, deny: Statement) -> bool:
    """Tell whether this Deny is one of those that a refusal rests on.

    These are the Denies that name the action itself. If there are none, they are all that
    match.
    """
    denying = [matched.statement for matched in decision.by]
    naming = [
        s
        for s in denying
        if not s.actions.negated
        and _names_action(s.actions.values, decision.request.action)
    ]
    return deny in (naming or denying)


def _names_action(actions: Values, action: str) -> bool:
    """Tell whether one of these action names is this action, whatever the case."""
    return action.lower() in map(str.lower, actions)


def _explicit_refusals(trial: Trial) -> Iterator[Ticket]:
    """Yield the run of each refusal that the scenario wants to be explicit: an Allow that comes
    later must not undo it.

    If its person has no credential now, it is tried with one that they could be given.
    """
    for want in (want for want in trial.wants if want.explicit):
        yield trial.retry_with_credential(trial.ticket_for(want))


def explicit_no(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each refusal that should be an explicit deny and is only implicit.

    It may be implicit as it is tried, or only in other circumstances (`unrefused_scope`).
    """
    for ticket in _explicit_refusals(trial):
        if ticket.was_refused and not isinstance(ticket.decision, ExplicitlyDenied):
            yield Offence(
                ticket.want.who,
                f"“{ticket.want.say}” is refused only because nothing allows it",
            )
        elif ticket.was_refused and (how_far := unrefused_scope(trial, ticket)):
            yield Offence(
                ticket.want.who, f"“{ticket.want.say}” is denied explicitly{how_far}"
            )


# -------------------------------------------------------------------- versions
def no_sleeping_versions(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each version of a policy that isn't the default and allows more, or
    denies less.

    Whoever may set the default version could put it in force.
    """
    for policy in trial.play.account.policies.values():
        for version in policy.versions:
            if version.id != policy.default and (
                wider := _claim_wider_version(
                    trial, version.document.policy, policy.document.policy
                )
            ):
                subject = f"version {version.id} of {policy.name} allows"
                yield Offence(
                    policy.name,
                    offence_text(
                        f"{subject} more than its default",
                        f"that {subject} no more",
                        wider,
                    ),
                )


def _claim_wider_version(trial: Trial, sleeping: Policy, awake: Policy) -> Claim:
    """Return the verdict on "this version (`sleeping`) allows more or denies less than the default
    one (`awake`)".

    What they deny shows only next to something that allows it. So they are compared alone, and
    beside a policy that allows everything.
    """
    alone = Standing.of(sleeping), Standing.of(awake)
    anything = shared_policy((ALLOW_ANYTHING,))
    with_everything = Standing.of(anything, sleeping), Standing.of(anything, awake)
    pairs = (alone, with_everything)
    claims = (claim_excess(trial.find_excesses(*pair, most=1)) for pair in pairs)
    return next(filter(None, claims), REFUTED_CLAIM)


# ----------------------------------------------------------------------- codes
