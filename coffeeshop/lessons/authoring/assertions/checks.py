"""Assert properties of the checks: each can fail, none contradicts another, and every answer is decided."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.model import Act, Call
from coffeeshop.lessons.authoring.ablations import mutants_without_line
from coffeeshop.lessons.authoring.assertions.attempts import answers, assertion_problem
from coffeeshop.lessons.authoring.mutants import mutants
from coffeeshop.lessons.authoring.verdict import JudgedPlay
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.grade import check_practice, check_refusal
from coffeeshop.lessons.grading.needed import USER_BADGES, slack_as_statements
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Play, Proof, Scenario, Slack
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import PreparedRequest
from coffeeshop.policy.language.conditions import condition_test
from coffeeshop.policy.model import Allowed, Policy, Problem, Standing
from coffeeshop.shop.job_needs import requests_of
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket

ALLOW_DOCUMENT = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
DENY_DOCUMENT = ALLOW_DOCUMENT.replace("Allow", "Deny")


# ------------------------------------------------------------ for everyone graded
def administrator_access_earns_no_star(scenario: Scenario) -> Iterator[Problem]:
    """Assert that AdministratorAccess for every graded person earns no star."""
    if scenario.people.graded and (
        stars := _with_policy(scenario, ALLOW_DOCUMENT).report.stars
    ):
        yield assertion_problem(
            SCENARIO_FILE,
            f"AdministratorAccess for everyone earns {stars} stars",
            "add a refusal that it breaks",
        )


def denying_all_earns_nothing(scenario: Scenario) -> Iterator[Problem]:
    """Assert that a Deny of everything for every graded person earns no points."""
    if (
        scenario.people.graded
        and (report := _with_policy(scenario, DENY_DOCUMENT).report).score
    ):
        yield assertion_problem(
            SCENARIO_FILE,
            f"denying everything earns {report.score} points",
            "add a job that it breaks",
        )


def _with_policy(scenario: Scenario, document: str) -> JudgedPlay:
    """Return the untouched world with one inline policy on every graded person, judged.

    Root creates users who are missing.
    """
    account, caller = mint_credential(
        scenario.opening, scenario.opening.root_arn, "key", scenario.now
    )
    play = Play(replace(scenario, opening=account))
    for person in scenario.people.graded:
        login = {"UserName": person, "Password": "Latte-art-at-7"}
        if person.lower() in account.users:
            hired = {}
        else:
            hired = {"CreateUser": {"UserName": person}, "CreateLoginProfile": login}
        put = {"UserName": person, "PolicyName": "trial", "PolicyDocument": document}
        for operation, parameters in {**hired, "PutUserPolicy": put}.items():
            play = play.do(Act(play.now, caller, Call("iam", operation, parameters)))
    return JudgedPlay(play)


# ------------------------------------------------------------- each check can fail
def every_refusal_can_fail(scenario: Scenario) -> Iterator[Problem]:
    """Assert that every refusal fails in the untouched world, under AdministratorAccess, in a wrong answer or in a
    mutant.
    """
    for want in scenario.wants:
        if CheckKind.REFUSAL.id_of(want.id) in checks_that_never_fail(scenario):
            message = f"“{want.say}” is always refused: at the start, to administrators, and in every wrong answer and mutant"
            yield assertion_problem(
                SCENARIO_FILE, message, "remove it, or add a wrong answer that breaks it"
            )


def every_rule_can_fail(scenario: Scenario) -> Iterator[Problem]:
    """Assert that every practice rule fails in the untouched world, in a wrong answer or in a mutant."""
    for row in scenario.practice:
        if CheckKind.PRACTICE.id_of(row.rule) in checks_that_never_fail(scenario):
            message = f"the world at the start, the wrong answers and the mutants all keep the rule {row.rule}"
            yield assertion_problem(
                f"{SCENARIO_FILE}, practice",
                message,
                "remove it, or add a wrong answer that breaks it",
            )


@lru_cache(maxsize=2)
def checks_that_never_fail(scenario: Scenario) -> frozenset[str]:
    """Return the ids of the refusals and practice rules that never fail. Mutants are made only while one is left."""
    all_answers = answers(scenario)
    unfailed_checks = frozenset(
        check.id
        for check in all_answers.untouched.report.checks
        if check.kind in (CheckKind.REFUSAL, CheckKind.PRACTICE)
    )
    for judged in (all_answers.untouched, *all_answers.wrongs.values()):
        unfailed_checks -= {
            check.id for check in judged.report.checks if check.passed is False
        }
    if scenario.people.graded:
        unfailed_checks -= {
            c.id
            for c in _with_policy(scenario, ALLOW_DOCUMENT).report.checks
            if c.kind is CheckKind.REFUSAL and c.passed is False
        }
    for play in _changed_plays(all_answers.solved_play):
        if not unfailed_checks:
            break
        unfailed_checks -= set(_failing_checks(Trial(play), unfailed_checks))
    return unfailed_checks


def _changed_plays(solved: JudgedPlay | None) -> Iterator[Play]:
    """Yield the plays of the solution's mutants."""
    if solved:
        scenario = solved.play.scenario
        yield from (mutant.play for mutant in mutants(solved.play))
        yield from (
            mutant.play for mutant in mutants_without_line(scenario, scenario.solution)
        )


def _failing_checks(trial: Trial, asked_checks: frozenset[str]) -> Iterator[str]:
    """Yield the ids of these checks that fail, without running any other check."""
    for want in (
        want
        for want in trial.wants
        if want.mode is Mode.NEVER and CheckKind.REFUSAL.id_of(want.id) in asked_checks
    ):
        if not check_refusal(trial, trial.ticket_for(want)).passed:
            yield CheckKind.REFUSAL.id_of(want.id)
    for row in trial.play.scenario.practice:
        if (
            CheckKind.PRACTICE.id_of(row.rule) in asked_checks
            and not check_practice(trial, row.rule, row.options).passed
        ):
            yield CheckKind.PRACTICE.id_of(row.rule)


# ------------------------------------------------------------------- no contradiction
def jobs_fit_their_bounds(scenario: Scenario) -> Iterator[Problem]:
    """Assert that a job's own call meets the conditions of its `within`. Otherwise no answer could do the job."""
    solved = answers(scenario).solved_play
    for ticket in solved.trial.jobs if solved else ():
        if ticket.has_succeeded:
            decisions = ticket.outcomes[-1].decisions
        else:
            decisions = ()
        contexts = [
            PreparedRequest(decision.standing, decision.request).context
            for decision in decisions
        ]
        for condition in ticket.want.conditions if contexts else ():
            if not any(map(condition_test(condition), contexts)):
                message = f"the job's own call doesn't meet this condition in `within`: {condition.operator} {condition.key}"
                mend = "add what the call needs (a `badge`, or an option in the line), or remove the condition"
                yield assertion_problem(
                    f"{SCENARIO_FILE}, job {ticket.want.id.partition('@')[0]}",
                    message,
                    mend,
                )


def refusals_deny_nothing_needed(scenario: Scenario) -> Iterator[Problem]:
    """Assert that no refusal denies a needed or slack request, and that every slack set has more than the needed
    requests.

    A set such as own-badge may have a needed call, because jobs and slack both allow.
    """
    solved = answers(scenario).solved_play
    if solved is None:
        return
    for ticket in solved.trial.tickets:
        if ticket.want.mode is Mode.NEVER and _is_permitted(solved.trial, ticket):
            message = f"“{ticket.want.say}” refuses a request that a job needs or that the slack permits"
            yield assertion_problem(
                SCENARIO_FILE,
                message,
                "narrow the job's `within` or the slack, or remove the refusal",
            )
    for slack in solved.trial.slack:
        people = slack.who or scenario.people.graded
        if all(_is_all_needed(solved.trial, slack, person) for person in people):
            yield assertion_problem(
                f"{SCENARIO_FILE}, slack",
                f"the jobs already need everything in {slack.name}",
                "remove it: everything that jobs need is permitted anyway",
            )


def _is_permitted(trial: Trial, ticket: Ticket) -> bool:
    """Return whether every request of a refused call is needed or slack, in a session of the refusal's kind."""
    want = ticket.want
    if ticket.outcomes:
        requests = requests_of(ticket.outcomes[-1])
    else:
        requests = ()
    direct = USER_BADGES if want.badge == "any" else (want.badge,)
    if want.via and ticket.in_session:
        badges = (f"role/{want.via}",)
    else:
        badges = direct

    def allows(bound: Standing) -> bool:
        return all(isinstance(authorize(bound, request), Allowed) for request in requests)

    return bool(requests) and any(
        allows(trial.needed_access(want.who, badge)) for badge in badges
    )


def _is_all_needed(trial: Trial, slack: Slack, person: str) -> bool:
    """Return whether the jobs need everything in a slack set, in each of the person's sessions."""
    slack_standing = Standing.of(Policy(tuple(slack_as_statements(slack)), name=slack.name))
    # Somebody without a credential may be given one.
    badges = [session.badge for session in trial.sessions_of(person)] or USER_BADGES
    return all(
        not first_excesses(
            slack_standing, Standing.of(trial.job_policy(person, badge)), trial.domain
        )
        for badge in badges
    )


def answers_are_decided(scenario: Scenario) -> Iterator[Problem]:
    """Assert that every solution and wrong answer has no undecided excess."""
    all_answers = answers(scenario)
    for name, judged in {**all_answers.solutions, **all_answers.wrongs}.items():
        proofs = (proof for check in judged.report.checks for proof in check.pieces(Proof))
        reasons = (
            undecided.reason for proof in proofs for undecided in proof.undecided_parts
        )
        if reason := next(reasons, ""):
            yield assertion_problem(
                name,
                f"the grade can't decide what this answer allows: {reason}",
                "use simpler policies",
            )
