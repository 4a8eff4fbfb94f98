"""The question and the hints of a finding: the scenario's own, else the library's.

A text is about the key of a finding, or about its key and its aspect:
`excess:casey:resource`. The closer text wins.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from msgspec.structs import replace

from coffeeshop.account.access.aws_managed_policies import find_managed_document
from coffeeshop.account.access.grant_policies import grant_name
from coffeeshop.account.access.standing import ALLOW_EVERYTHING
from coffeeshop.account.model import Act
from coffeeshop.lessons.check_kinds import (
    GRANT_ASPECT,
    IN_ROLE,
    MANAGED_POLICY_ASPECT,
    FindingKind,
)
from coffeeshop.lessons.grading.administering import POLICY_ACTIONS
from coffeeshop.lessons.grading.hints import FINDING_QUESTIONS, HINT_LADDERS
from coffeeshop.lessons.grading.needed import slack_as_statements
from coffeeshop.lessons.grading.removals import fill_blanks
from coffeeshop.lessons.grading.sentences import group_joined
from coffeeshop.lessons.grading.slack import ALWAYS_ALLOWED
from coffeeshop.lessons.grading.work import job_work
from coffeeshop.lessons.model import Advice, Finding, Play, Proof, Scenario
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Element, Excess, ImplicitlyDenied, Kind
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket


def add_advice(play: Play, finding: Finding) -> Finding:
    """Return the finding with its question and hints: the scenario author's, else the library's.

    They are chosen by the finding's aspect too, such as whether the action or the resource is too
    wide.
    """
    scenario = play.scenario
    if _is_aws_managed(play, finding):
        aspect = MANAGED_POLICY_ASPECT
    elif _is_refused_in_role(finding):
        aspect = IN_ROLE
    elif _is_policy_written(play, finding):
        aspect = WRITTEN_ASPECT
    elif _is_by_grant(finding):
        aspect = GRANT_ASPECT
    elif finding.kind is FindingKind.EXCESS and group_joined(
        play.account, finding.people[0], finding.by
    ):
        aspect = IN_GROUP
    else:
        aspect = finding_aspect(scenario, finding)
    key_with_aspect = f"{finding.kind}:{aspect}"
    question = FINDING_QUESTIONS.get(
        key_with_aspect, FINDING_QUESTIONS.get(finding.kind, "")
    )
    source = key_with_aspect if key_with_aspect in HINT_LADDERS else str(finding.kind)
    hints = HINT_LADDERS.get(source, ())
    has_wide_action = finding.kind is FindingKind.EXCESS and aspect == "action"
    if not (has_wide_action and _names_each_action(finding)):
        author_questions = _author_advice(scenario.tells, finding, aspect)
        question = author_questions.text[0] if author_questions else question
        author_hints = _author_advice(scenario.hints, finding, aspect)
        if author_hints:
            hints = author_hints.text
            source = author_hints.on[0]
    return replace(
        finding,
        ask=question,
        hints=tuple(fill_blanks(text, play, finding) for text in hints),
        aspect="" if finding.key.endswith(f":{aspect}") else aspect,
        source=source,
    )


def _names_each_action(finding: Finding) -> bool:
    """Tell whether the statement behind a finding lists its actions without wildcards.

    What authors write about actions that are too much is about wildcards, so it wouldn't fit.
    """
    if finding.by:
        actions = finding.by.statement.actions
    else:
        actions = None
    return (
        actions is not None
        and not actions.negated
        and not any("*" in value for value in actions.values)
    )


def _author_advice(
    texts: tuple[Advice, ...], finding: Finding, aspect: str
) -> Advice | None:
    """Return the author's advice for the finding's aspect, or else the first for its key, or None.

    Some aspects need advice of their own (`kind.apart`), which a text about the key alone
    can't give.
    """
    for text in texts:
        if any(_text_matches(on, finding.key, aspect) for on in text.on):
            return text
    if aspect in finding.kind.apart:
        return None
    for text in texts:
        if any(fnmatchcase(finding.key, on) for on in text.on):
            return text
    return None


def _is_aws_managed(play: Play, finding: Finding) -> bool:
    """Tell whether the excess or leak comes from a managed policy of AWS that the learner attached and the
    solution doesn't use.

    Its statements can't be narrowed, so the advice is to write a policy of one's own.
    """
    if finding.by is None or finding.kind not in (FindingKind.LEAK, FindingKind.EXCESS):
        return False
    arn = finding.by.policy.name

    def attaches(act: Act) -> bool:
        return act.call.operation.startswith("Attach") and act.call.text("PolicyArn") == arn

    attached = any(outcome.has_succeeded for outcome in play.outcomes_of(attaches))
    return (
        find_managed_document(arn) is not None
        and arn not in play.scenario.solution
        and attached
    )


def _is_refused_in_role(finding: Finding) -> bool:
    """Tell whether a job assumed its role by itself and was then refused, since the role's own
    policies lack the permission.

    The trust policy is right in that case, so advice about it would mislead.
    """
    if finding.kind is not FindingKind.JOB_DENIED:
        return False
    tickets = (ticket for check in finding.checks for ticket in check.pieces(Ticket))
    first = next(tickets, None)
    refused = first.decision if first else None
    if first is None or first.want.via or not isinstance(refused, ImplicitlyDenied):
        return False
    assumes_role = any(
        outcome.has_succeeded and outcome.act.call.operation.startswith("AssumeRole")
        for outcome in first.outcomes
    )
    return (
        assumes_role
        and refused.silent is Kind.IDENTITY
        and refused.standing.principal.kind == "role"
    )


def _is_by_grant(finding: Finding) -> bool:
    """Tell whether a grant of a KMS key allows what no job needs. A grant is no statement of a policy."""
    return (
        finding.kind in (FindingKind.EXCESS, FindingKind.LEAK)
        and not finding.path
        and finding.by is not None
        and bool(grant_name(finding.by.policy))
    )


IN_GROUP = "group"  # the aspect of what only whoever joins a group is allowed
WRITTEN_ASPECT = "written"  # the aspect of a job that is refused though a policy of this play hangs there


def _is_policy_written(play: Play, finding: Finding) -> bool:
    """Tell whether the learner wrote or attached the policy that comes nearest, and more than one of its
    elements differs.

    They know already that nothing is allowed without a policy, so the advice is about its words.
    """
    if (
        finding.by is None
        or finding.kind is not FindingKind.JOB_DENIED
        or not finding.key.endswith(":none")
    ):
        return False
    policy = finding.by.policy

    def names(act: Act) -> bool:
        return (
            act.call.text("PolicyDocument") == policy.text
            or act.call.text("PolicyArn") == policy.name
        )

    return any(outcome.has_succeeded for outcome in play.outcomes_of(names))


def _text_matches(pattern: str, key: str, aspect: str) -> bool:
    """Tell whether a text is about this aspect of this key, rather than about the key alone."""
    return pattern.endswith(f":{aspect}") and (
        fnmatchcase(key, pattern) or fnmatchcase(f"{key}:{aspect}", pattern)
    )


def finding_aspect(scenario: Scenario, finding: Finding) -> str:
    """Return the word that chooses the question for a finding.

    - an excess: the part that is too wide
    - a leak: "detour" if it takes one, "credential" if no policy of the account allows it,
      "missed-deny" if a Deny could have stopped it
    - a function without a role: "function"
    - a job that a Deny refuses in part: "explicit"
    - a changed setting: its kind
    - a resource whose policy no administrator can change: "policy"
    - anything else: the last word of the finding's key
    """
    if finding.kind is FindingKind.EXCESS:
        proofs = (proof for check in finding.checks for proof in check.pieces(Proof))
        excesses = (excess for proof in proofs for excess in proof.excesses)
        return next(
            (excess_aspect(scenario, finding.people[0], excess) for excess in excesses), ""
        )
    is_by_deny = finding.by is not None and finding.by.statement.effect == "Deny"
    if finding.kind is FindingKind.LEAK:
        if finding.path:
            return "detour"
        if finding.by is None or finding.by.policy is ALLOW_EVERYTHING:
            return "credential"
        if is_by_deny:
            return "missed-deny"
    if finding.kind is FindingKind.NO_USER and finding.people[0].startswith("function/"):
        return "function"
    if finding.kind is FindingKind.JOB_NARROW and is_by_deny:
        return "explicit"
    last = finding.key.rpartition(":")[2]
    thing_kind = last.partition("/")[0]
    if finding.kind is FindingKind.CHANGED:
        return thing_kind
    if finding.kind is FindingKind.LOCKED_OUT and thing_kind in POLICY_ACTIONS:
        return "policy"
    return last


def excess_aspect(scenario: Scenario, subject: str, excess: Excess) -> str:
    """Return in which element an excess goes beyond the nearest needed statement.

    That is action, resource or condition. It is "session" if they have a job with this
    action, but with another credential or role, and "none" without a job.
    """
    nearest = excess.nearest
    request = excess.witness
    job_actions = _job_actions(scenario, subject)
    is_jobs_action = request.action.partition(":")[2].lower() in job_actions
    other_action = "session" if is_jobs_action else "action"
    is_outside = subject.startswith("account/")
    if is_jobs_action and is_outside and "assumerole" not in job_actions:
        other_action = "resource"  # they have one credential, so it can't be another one
    # A statement of ALWAYS_ALLOWED is allowed to everybody, so no job is behind it.
    if nearest is None or nearest in slack_as_statements(ALWAYS_ALLOWED):
        return other_action if job_actions else "none"
    if not _element_matches(nearest.actions, request.action):
        return other_action
    if nearest.resources and _element_matches(nearest.resources, request.resource):
        return "condition"
    return "resource"


def _job_actions(scenario: Scenario, subject: str) -> set[str]:
    """Return the actions of a principal's jobs without their service, in lower case.

    A line that another profile asks, such as a session's, counts by its operation.
    """
    own_actions = {
        job.action.lower()
        for job in job_work(scenario)
        if job.who.lower() == subject.lower()
    }
    own_lines = [
        line
        for want in scenario.wants
        if want.mode is Mode.MUST and want.who.lower() == subject.lower()
        for line in want.do
    ]
    return own_actions | {
        line.command.row.name.lower() for line in own_lines if line.command.row
    }


def _element_matches(element: Element, word: str) -> bool:
    """Tell whether a statement's element matches a word, whatever the case."""
    return (
        any(glob(value.lower())(word.lower()) for value in element.values)
        is not element.negated
    )
