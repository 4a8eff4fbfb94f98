"""The findings about what people can do beyond their jobs: a statement that allows more, or
a way that leads there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from msgspec import structs

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.escalation.reach import may_do_everything
from coffeeshop.account.model import ServiceError
from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading.across_accounts import OTHER_ACCOUNT
from coffeeshop.lessons.grading.administering import new_credential_finding
from coffeeshop.lessons.grading.advice import excess_aspect
from coffeeshop.lessons.grading.canaries import SEARCHED_NAME, made_up_sentences
from coffeeshop.lessons.grading.made_up_names import invented_names
from coffeeshop.lessons.grading.needed import USER_BADGES
from coffeeshop.lessons.grading.reasons import (
    PARTLY_THIS_REASON,
    SAME_REASON,
    deciding_match,
    decision_sentence,
    describe_step,
    group_by_cause,
    others_phrase,
)
from coffeeshop.lessons.grading.sentences import (
    describe_request,
    display_name,
    everything_sentence,
    group_joined,
    join_words,
    permission_phrase,
    statement_subject,
)
from coffeeshop.lessons.grading.sessions import role_standing
from coffeeshop.lessons.model import Check, Escalation, Finding, Offence, Play, Proof
from coffeeshop.policy.evaluation.authorize import authorize, match_layer
from coffeeshop.policy.evaluation.match import PreparedRequest, shared_policy
from coffeeshop.policy.model import (
    Allowed,
    Condition,
    Decision,
    Excess,
    Kind,
    Matched,
    Request,
    Standing,
)
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import user_named

SIGNED_IN: Mapping[str, str] = {
    "password": "in a console session without an MFA code",
    "code": "in a console session with an MFA code",
    "federated": "in a federated session",
}
MAX_REQUESTS_SHOWN = (
    4  # requests of one excess at most, the first of them in a sentence of its own
)


def excess_findings(play: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yield the findings for failed excess checks, one for each cause.

    A cause is a statement, a way to more access, or why something couldn't be proven. If one
    statement is too wide for several people, that is one finding.
    """
    for _, group in group_by_cause(checks, _excess_cause):
        finding = _first_finding(play, group[0])
        if len(group) == 1:
            yield finding
            continue
        in_part = any(_has_other_reason(play, check) for check in group[1:])
        reason = PARTLY_THIS_REASON if in_part else SAME_REASON
        headline = f"{finding.what.removesuffix('.')}{others_phrase(group, reason)}."
        people = tuple(dict.fromkeys(check.subject for check in group))
        yield structs.replace(finding, checks=tuple(group), people=people, what=headline)


def _has_other_reason(play: Play, check: Check) -> bool:
    """Return whether a check's excesses have another reason than one statement.

    Several statements allow them, or only in a role that none of their jobs asks for. Of a way to more
    access, there is another way, or an excess without one.
    """
    proven = _proven_excesses(check)
    if ways := check.pieces(Escalation):
        return bool(proven) or len({each.way for each in ways}) > 1
    statements = {
        repr(_statement_key(by))
        for proof in proven
        for excess in proof.excesses
        for by in _own_statements(play, proof, excess)
    }
    own_wants = [want for want in play.scenario.wants if want.who == check.subject]
    own_roles = {f"role/{want.via}" for want in own_wants if want.mode is Mode.MUST}
    is_only_in_roles = bool(proven) and all(
        proof.badge.startswith("role/") and proof.badge not in {check.subject, *own_roles}
        for proof in proven
    )
    return len(statements) > 1 or is_only_in_roles


def _own_statements(play: Play, proof: Proof, excess: Excess) -> Sequence[Matched]:
    """Return the statements here that an excess rests on: the one that it cites, or those that
    allow a request to another account.

    There the other account's policies are taken to allow it, so they are no reason of their own.
    """
    allowed = _proven_standing(play, proof)
    if excess.by.policy.name != OTHER_ACCOUNT or not isinstance(allowed, Standing):
        return (excess.by,)
    prepared = PreparedRequest(allowed, excess.witness)
    own_statements = [
        clause.cited_statement(layer)
        for layer in allowed.layers
        if layer.kind is Kind.IDENTITY
        for clause in match_layer(layer, prepared).allows
    ]
    return own_statements or (excess.by,)


def _first_finding(play: Play, check: Check) -> Finding:
    """Return the finding for one failed excess check."""
    if ways := check.pieces(Escalation):
        return _escalation_finding(play, check, ways[0])
    if check.pieces(Offence):
        return new_credential_finding(check)
    if proven := _proven_excesses(check):
        return _excess_finding(play, check, proven)
    return _unproven_finding(check)


def _proven_excesses(check: Check) -> list[Proof]:
    """Return the proofs of a check that found an excess, without those that only tell why the
    search gave up.
    """
    return [proof for proof in check.pieces(Proof) if proof.excesses]


def _excess_cause(check: Check) -> object:
    """Return a key that is equal for checks whose excesses are one finding.

    It stands for the statement that allows too much, the way that leads there, or the reason why
    the search was left open.
    """
    if ways := check.pieces(Escalation):
        by = deciding_match(_unneeded_decision(ways[0]))
        return ways[0].way, _statement_key(by)
    if check.pieces(Offence):
        return check.id
    if proven := _proven_excesses(check):
        return _statement_key(_main_excess(proven)[1].by)
    return _unproven_reasons(check)


def _unneeded_decision(escalation: Escalation) -> Decision | None:
    """Return the decision on the first request of a way that no job needs; None if none was decided."""
    return escalation.unneeded.decisions[0] if escalation.unneeded else None


def _main_excess(proven: list[Proof]) -> tuple[Proof, Excess]:
    """Return the excess to tell first, with its proof: one by a statement that allows everything, else the first."""
    pairs = [(proof, excess) for proof in proven for excess in proof.excesses]
    wide = (pair for pair in pairs if pair[1].by.statement.allows_everything)
    return next(wide, pairs[0])


def _statement_key(by: Matched | None) -> object:
    """Return what makes two statements the same cause: the statement with its policy and resource;
    None if there is none.
    """
    if by is None:
        return None
    return by.policy.name, by.policy.text, by.statement, by.layer.on


def _excess_finding(play: Play, check: Check, proven: list[Proof]) -> Finding:
    """Return the finding about proven excesses: the first request in a sentence, the others in a
    few words.
    """
    subject = check.subject
    first_proof, first = _main_excess(proven)
    badge = first_proof.badge
    role = badge.partition("role/")[2]
    if role and subject != badge:
        role_phrase = f", as {role},"
    else:
        role_phrase = ""
    cause = first.by.policy.name, first.by.policy.text
    all_excesses = [excess for proof in proven for excess in proof.excesses]
    excesses = {describe_request(first.witness): first} | {
        describe_request(excess.witness): excess
        for excess in all_excesses
        if (excess.by.policy.name, excess.by.policy.text) == cause
    }
    other_policies = dict.fromkeys(
        excess.by.policy.display_name
        for excess in all_excesses
        if (excess.by.policy.name, excess.by.policy.text) != cause
        and excess.by.policy.display_name != OTHER_ACCOUNT
    )
    first_excesses = dict(islice(excesses.items(), MAX_REQUESTS_SHOWN))
    others = [*first_excesses][1:]
    if len(excesses) > MAX_REQUESTS_SHOWN:
        others.append(f"and at least {len(excesses) - MAX_REQUESTS_SHOWN} more requests")
    others_sentence = f" Also, for example: {'; '.join(others)}." if others else ""
    if other_policies:
        also = join_words([*other_policies][:MAX_REQUESTS_SHOWN])
        others_sentence = (
            f"{others_sentence} Other policies also allow more than the jobs need: {also}."
        )
    invented = [
        name
        for excess in first_excesses.values()
        for name in invented_names(play.account, excess)
    ]
    names = made_up_sentences(dict.fromkeys(invented, SEARCHED_NAME))
    headline = (
        _everything_headline(play, first_proof, first.by)
        or f"{_asker_name(play, subject, first.by)}{role_phrase} {permission_phrase(first.witness)}."
    )
    credential = _credential_sentence(proven)
    need = need_phrase(play, subject, first)
    explanation = f"{statement_subject(first.by)} allows it, and {need}.{credential}{others_sentence}{names}"
    return Finding(
        FindingKind.EXCESS.key_of(subject),
        (check,),
        (subject,),
        headline,
        explanation,
        by=first.by,
    )


def need_phrase(play: Play, subject: str, excess: Excess) -> str:
    """Return that no job asks for a request, or with which condition keys alone a job does."""
    nearest = excess.nearest
    conditions = nearest.conditions if nearest else ()
    missing = tuple(filter(partial(_is_missing_value, excess.witness), conditions))
    differs_in_condition = excess_aspect(play.scenario, subject, excess) == "condition"
    if nearest and missing and differs_in_condition:
        sent = {condition.key: condition.values[:1] for condition in missing}
        complete = replace(excess.witness, context={**excess.witness.context, **sent})
        needed = Standing.of(shared_policy((nearest,), "needed"))
        if isinstance(authorize(needed, complete), Allowed):
            phrases = [f"{each.key} is {' or '.join(each.values)}" for each in missing]
            return f"the job needs it only when {join_words(phrases)}"
    return "no job asks for it"


def _is_missing_value(request: Request, condition: Condition) -> bool:
    """Tell whether a condition asks for one value of a key, and the request has no such key."""
    return (
        condition.operator == "StringEquals"
        and not condition.quantifier
        and not condition.if_exists
        and condition.key.lower() not in {key.lower() for key in request.context}
    )


def _asker_name(play: Play, subject: str, by: Matched | None) -> str:
    """Return who can make a request, as a sentence begins. A newcomer may have it from a group alone."""
    if group := group_joined(play.account, subject, by):
        return f"A new member of the group {group}"
    return display_name(subject)


def _credential_sentence(proven: list[Proof]) -> str:
    """Return a sentence that says which credential an excess needs; "" if an access key
    will do.
    """
    badge = proven[0].badge
    if badge not in SIGNED_IN or any(proof.badge == "key" for proof in proven):
        return ""
    return f" It is allowed {SIGNED_IN[badge]}."


def _everything_headline(play: Play, proof: Proof, by: Matched | None) -> str:
    """Return a sentence that a principal may do everything, or "".

    A statement may allow everything, and a boundary, a Deny or a rule over the account may still
    leave less.
    """
    headline = everything_sentence(play.account, proof.who, by)
    allowed = _proven_standing(play, proof)
    if allowed is None:
        return headline
    if isinstance(allowed, Standing) and may_do_everything(play.account, allowed):
        return headline
    return ""


def _proven_standing(play: Play, proof: Proof) -> Standing | ServiceError | None:
    """Return the standing of the user's or role's credential that a proof is about. Return None if it is
    about another principal's.
    """
    account = play.account
    user = user_named(account, proof.who)
    role = account.roles.get(proof.badge.partition("role/")[2].lower())
    if role:
        return role_standing(account, role, play.now)
    if user and proof.badge in USER_BADGES:
        minted = mint_credential(account, account.arn(user), proof.badge, play.now)  # pyright: ignore[reportArgumentType]  # of USER_BADGES
        return build_standing(*minted, play.now)
    return None


def _unproven_reasons(check: Check) -> tuple[str, ...]:
    """Return why a check couldn't be decided, each reason once."""
    reasons = (
        undecided.reason
        for proof in check.pieces(Proof)
        for undecided in proof.undecided_parts
    )
    return tuple(dict.fromkeys(reasons))


def _unproven_finding(check: Check) -> Finding:
    """Return the finding for a check that the search couldn't decide."""
    subject = check.subject
    reason = "; ".join(_unproven_reasons(check))
    explanation = f"{reason}. A plainer policy can be proven."
    return Finding(
        FindingKind.NOT_PROVEN.key_of(subject),
        (check,),
        (subject,),
        f"“{check.say}” is not proven.",
        explanation,
    )


def _escalation_finding(play: Play, check: Check, escalation: Escalation) -> Finding:
    """Return the finding for a way to more permissions, with its calls.

    If one statement allows everything already, the finding is about that: no way is needed.
    """
    path = tuple(map(describe_step, escalation.outcomes))
    decision = _unneeded_decision(escalation)
    if len(path) == 1:
        steps = "one step"
    else:
        steps = f"{len(path)} steps"
    headline = f"In {steps}, {display_name(escalation.who)} could get more access than any job needs."
    if escalation.way == "assume" and len(path) == 1 and decision:
        request = replace(decision.request, context={})
        headline = f"{display_name(escalation.who)} {permission_phrase(request)}, which no job needs."
    explanation = decision_sentence(decision) if decision else ""
    key = FindingKind.REACH.key_of(f"{escalation.who}:{escalation.way}")
    direct = Proof(escalation.who, "key", ())
    if wide := _everything_headline(play, direct, deciding_match(decision)):
        # They are allowed everything already, so no way is told.
        key = FindingKind.EXCESS.key_of(escalation.who)
        headline = wide
        path = ()
    return Finding(
        key,
        (check,),
        (escalation.who,),
        headline,
        explanation,
        by=deciding_match(decision),
        path=path,
    )
