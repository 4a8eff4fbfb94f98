"""Whether everybody can do only what is permitted: a check for each person, and for each class of principals.

What they are allowed is compared with what they are permitted (`policy.comparison`), over all requests.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from coffeeshop.account.access.sessions import LONGEST_SESSION
from coffeeshop.account.model import Outsider
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.across_accounts import (
    deny_buckets_elsewhere,
    other_accounts,
    toward_other_accounts,
)
from coffeeshop.lessons.grading.administering import new_credentials
from coffeeshop.lessons.grading.boundaries import cite_boundary, has_everything
from coffeeshop.lessons.grading.detours import differs_in_name, unneeded_request
from coffeeshop.lessons.grading.fences import from_now_on, with_fence
from coffeeshop.lessons.grading.permitted import Permitted, permitted_access
from coffeeshop.lessons.grading.principal_classes import PRINCIPAL_CLASSES, PrincipalClass
from coffeeshop.lessons.grading.request_space import keys_read
from coffeeshop.lessons.grading.sentences import STRANGERS, display_name, name_in_sentence
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.grading.workload_claims import with_real_claims
from coffeeshop.lessons.model import (
    Check,
    Escalation,
    Evidence,
    Proof,
)
from coffeeshop.policy.comparison.representatives import ANY_ACCOUNT, OTHER_ACCOUNT
from coffeeshop.policy.evaluation.authorize import GRANTING_KINDS
from coffeeshop.policy.language.principals import Naming, naming_test
from coffeeshop.policy.model import Excess, Standing, Undecided
from coffeeshop.shop.serve import want_name


def excess_checks(trial: Trial) -> Iterator[Check]:
    """Yield for everybody the check whether they can do only what is permitted.

    Users judged by name come first, each by themselves. Then the members of each class of
    principals are compared. A class that would only repeat the users' excess (`beside`) is
    left out if they have one. A shop without jobs and refusals has no checks, because nothing
    says what is needed. In an imported account, the checks say who can do everything.
    """
    if not trial.wants and not trial.play.scenario.imported:
        return
    graded = tuple(_judged_subjects(trial))
    users = tuple(subject for subject in graded if subject in trial.ordinary_users)
    user_checks = list[Check]()
    for subject in users:
        check = _user_excess_check(trial, subject)
        user_checks.append(check)
        yield check
    evidence_by_subject: dict[str, list[Evidence]] = {
        subject: list(_first_escalation(trial, subject))
        for subject in graded
        if subject not in users
    }
    for row in PRINCIPAL_CLASSES:
        if row.beside and not all(check.passed for check in user_checks):
            continue
        for member in row.members(trial):
            if row.of_user is None or member.who not in users:
                evidence_by_subject.setdefault(member.who, []).extend(
                    compare_member(trial, row, member)
                )
    credential_checks = tuple(_new_credential_checks(trial, evidence_by_subject))
    told_subjects = {
        *users,
        *evidence_by_subject,
        *(check.subject for check in credential_checks),
    }
    # The search about an administrator with a refusal can be left open, too.
    evidence_by_subject |= {
        subject: [] for subject in trial.unproven_subjects if subject not in told_subjects
    }
    yield from (
        _excess_check(trial, subject, evidence)
        for subject, evidence in evidence_by_subject.items()
    )
    yield from credential_checks


def _user_excess_check(trial: Trial, subject: str) -> Check:
    """Return the excess check of a user who is judged by name, over all their sessions."""
    proofs = (
        proof
        for row in PRINCIPAL_CLASSES
        if row.of_user
        for member in row.of_user(trial, subject)
        for proof in compare_member(trial, row, member)
    )
    return _excess_check(trial, subject, chain(_first_escalation(trial, subject), proofs))


def _new_credential_checks(
    trial: Trial, evidence_by_subject: dict[str, list[Evidence]]
) -> Iterator[Check]:
    """Yield a failed check for each administrator that a newcomer could act as.

    Administrators may do everything, so the new credential itself is the excess. Other evidence about them
    moves from `evidence_by_subject` into this check.
    """
    badges = tuple(new_credentials(trial.play))
    for subject in dict.fromkeys(badge.who for badge in badges):
        evidence = (
            *(badge for badge in badges if badge.who == subject),
            *evidence_by_subject.pop(subject, ()),
        )
        yield Check(
            CheckKind.EXCESS.id_of(subject),
            f"No one else can act as {name_in_sentence(subject)}",
            False,
            evidence=evidence,
        )


def _excess_check(trial: Trial, subject: str, pieces: Iterable[Evidence]) -> Check:
    """Return the excess check of a subject. If there is no other evidence, what the search left open fails it.

    It waits for the checks whether the subject can assume their jobs' roles.
    """
    evidence = tuple(pieces)
    if not evidence and (reasons := trial.unproven_reasons(subject)):
        evidence = (Proof(subject, "key", reasons),)
    session_ids = tuple(
        CheckKind.SESSION.id_of(f"{subject}/{ticket.want.via}")
        for ticket in trial.jobs
        if ticket.want.who == subject
    )
    return Check(
        CheckKind.EXCESS.id_of(subject),
        _excess_sentence(subject),
        not evidence,
        session_ids,
        evidence,
    )


def compare_member(
    trial: Trial, row: PrincipalClass, member: HeldSession
) -> Iterator[Proof]:
    """Yield a member's requests that aren't permitted, at any moment, in any account."""
    if not _may_be_allowed_anything(member.standing):
        return
    permitted = permitted_access(trial, row, member)
    allowed = row.open_standing(trial, member, keys_read(permitted.needed))
    excesses = _excess_permissions(trial, allowed, permitted, member)
    unpermitted: list[Excess | Undecided] = []
    for excess in excesses:
        if isinstance(excess, Excess):
            excess = cite_boundary(excess, allowed, permitted.before)
        unpermitted.append(excess)
    if unpermitted:
        found = tuple(unpermitted)
        yield Proof(member.who, member.badge, found, has_everything(member, found))


def _may_be_allowed_anything(standing: Standing) -> bool:
    """Tell whether some Allow might be for this principal. A resource policy that only names the account gives nothing by itself."""
    if standing.principal.kind == "root":
        return True
    return any(
        statement.effect == "Allow"
        and (
            statement.principals is None
            or naming_test(statement.principals, "Allow")(standing) > Naming.ACCOUNT
        )
        for layer in standing.layers
        if layer.kind in GRANTING_KINDS
        for policy in layer.policies
        for statement in policy.statements
    )


def _excess_permissions(
    trial: Trial, allowed: Standing, permitted: Permitted, member: HeldSession
) -> Iterator[Excess | Undecided]:
    """Yield the requests of a member that aren't permitted: in their own account, then in
    every other.

    Nothing is yielded if they are allowed just what they were before.
    """
    if allowed == permitted.before:
        return
    began = trial.play.now
    if isinstance(member.caller, Outsider):
        # We can't see when an outsider's session began, so we assume the longest one.
        began -= LONGEST_SESSION
    allowed = from_now_on(allowed, permitted.needed, trial.play.now, member.until, began)
    own_domain = trial.domain_of(member.account.id)
    in_own_account = allowed
    if member.account.id != trial.account.id:
        buckets = deny_buckets_elsewhere(member.account)
        in_own_account = with_fence(allowed, buckets)
    new, old = permitted.excess_pair(in_own_account)
    excesses = trial.find_excesses(new, old, own_domain)
    yield from with_real_claims(trial.account, excesses, new, old)
    for account in other_accounts(allowed, trial.account):
        owner = OTHER_ACCOUNT if account == ANY_ACCOUNT else account
        domain = dataclasses.replace(
            trial.domain, accounts=(account,), seeds=(), owner=owner
        )
        permitted_there = permitted.toward_other_accounts()
        pair = permitted_there.excess_pair(toward_other_accounts(allowed))
        yield from trial.find_excesses(*pair, domain)


def _judged_subjects(trial: Trial) -> Iterator[str]:
    """Yield everybody who is judged by name, people of other accounts included."""
    yield from (subject for subject in trial.ordinary_users if trial.is_graded(subject))
    user_names = {subject.lower() for subject in trial.ordinary_users}
    for subject in trial.play.scenario.people.graded:
        if want_name(subject).lower() not in user_names:
            yield subject


def _excess_sentence(subject: str) -> str:
    """Return in a sentence what the excess check of a subject asks."""
    kind, _, rest = subject.partition("/")
    match kind:
        case "role":
            return f"{display_name(subject)} gains nothing"
        case _ if subject in STRANGERS or (kind == "account" and "/" not in rest):
            return f"{display_name(subject)} can do nothing"
        case (
            "account"
            | "service"
            | "federated"
            | "canonical"
            | "unique-id"
            | "session"
            | "federated-user"
        ):
            return f"{display_name(subject)} can do nothing more"
        case _:
            return f"{display_name(subject)} can do nothing else"


def _first_escalation(trial: Trial, subject: str) -> Iterator[Escalation]:
    """Yield the first way to more permissions that no job of the subject needs."""
    escalations = (
        Escalation(
            subject,
            way.path.ways[0],
            way.outcomes,
            unneeded_request(trial, subject, way),
        )
        for way in trial.ways_to_more(trial.credential_want(subject))
        if not (way.is_needed or differs_in_name(trial, subject, way))
    )
    yield from islice(escalations, 1)
