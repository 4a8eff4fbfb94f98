"""The cases of a diagnosis as rows: the people's reports, the causes to choose from, and
the result of a choice."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from coffeeshop.account.access.located_policies import LocatedPolicy
from coffeeshop.account.command import format_outcome
from coffeeshop.account.model import Outcome
from coffeeshop.account.values import Json
from coffeeshop.lessons.causes import CAUSES_SHARE, CaseResult, Cause, Verdict
from coffeeshop.lessons.grading.diagnosis import Diagnosis, shows_record
from coffeeshop.lessons.model import Report
from coffeeshop.policy.evaluation.explain import LAYER_NAMES, explain_decision
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Element, ImplicitlyDenied, Kind, Statement
from coffeeshop.shop.mark import Mark
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital, count_noun, short_arn

LAYER_ORDER = (
    Kind.IDENTITY,
    Kind.RESOURCE,
    Kind.TRUST,
    Kind.BOUNDARY,
    Kind.SESSION,
    Kind.SCP,
    Kind.RCP,
)
NOTHING_WORD = "nothing"  # the word for a cause without a statement
SHOWN_VALUES = 2  # actions and resources of a statement that its row shows
VERDICT_MARKS = {None: Mark.QUIET, Verdict.RIGHT: Mark.OK}


# --------------------------------------------------------------------- the cases
def case_rows(
    diagnoses: Sequence[Diagnosis], results: Sequence[CaseResult] = ()
) -> Iterator[Row]:
    """Yield each case: what is reported, the request, and AWS's error text or CloudTrail's record.

    With `results`, it also says which causes are named.
    """
    named_ids = {result.case.id for result in results if result.is_right}
    for number, diagnosis in enumerate(diagnoses, 1):
        yield Row(diagnosis.case.say, word=f"Case {number}")
        yield from (Row(text, indent=1, role="muted") for text in evidence(diagnosis))
        if diagnosis.case.id in named_ids:
            yield Row("You have named its cause.", Mark.OK, "Named", indent=1)


def evidence(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield what is known of a case's request: AWS's error text, CloudTrail's record, or that AWS allows it.

    A record tells what happened. So only a case that says so shows one, and never one about
    a request alone: CloudTrail records API calls.
    """
    outcome = diagnosis.ticket.outcomes[-1] if diagnosis.ticket.outcomes else None
    if outcome is None:
        return
    failed = not outcome.has_succeeded
    if shows_record(diagnosis):
        yield _record_text(outcome)
    elif failed:
        yield format_outcome(outcome).text
    else:
        yield _request_text(outcome)


def _request_text(outcome: Outcome) -> str:
    """Return a request that AWS allows, with who can make it."""
    decision = outcome.decisions[-1]
    person = short_arn(decision.standing.principal.arn)
    request = decision.request
    return f"AWS allows {person} to call {request.action} on {short_arn(request.resource)}"


def _record_text(outcome: Outcome) -> str:
    """Return what a request's record in CloudTrail tells: the event, who made it, on what, and the error."""
    # imported late, since few scenarios show a record
    from coffeeshop.account.events.cloudtrail_event import cloudtrail_event

    event = cloudtrail_event(outcome)
    requests = [decision.request for decision in outcome.decisions]
    on = f" on {short_arn(requests[-1].resource)}" if requests else ""
    error = event.get("errorCode")
    came_to = f"errorCode {error}: {event.get('errorMessage')}" if error else "no error"
    callers = [decision.standing.principal.arn for decision in outcome.decisions]
    by = f" by {short_arn(callers[-1])}" if callers else ""
    return f"CloudTrail: {event['eventName']}{by}{on}, {_mfa_text(event)}{came_to}"


def _mfa_text(event: Mapping[str, Json]) -> str:
    """Return whether the session of a record was signed in with an MFA code.

    Return "" for an access key, which has no session.
    """
    value: Json = event
    for key in ("userIdentity", "sessionContext", "attributes", "mfaAuthenticated"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return f"mfaAuthenticated {value}, " if value else ""


# --------------------------------------------------------------------- what to name
def layer_text(kind: Kind, number: int = 1) -> str:
    """Return the name of a kind of policy, for one policy or for several."""
    name = LAYER_NAMES[kind]
    if number == 1:
        return name
    return f"{name.removesuffix('y')}{'ies' if name.endswith('y') else 's'}"


def layer_row(diagnosis: Diagnosis, kind: Kind) -> Row:
    """Return a kind of policy, with the number of its policies in the account."""
    count = len(diagnosis.policies_of(kind))
    return Row(f"{capital(layer_text(kind, 2))}: {count or 'none'} here", word=kind.value)


def nothing_text(kind: Kind) -> str:
    """Return the choice that no policy of a kind allows the request."""
    return f"No {layer_text(kind)} allows the request"


def policy_text(located: LocatedPolicy) -> str:
    """Return a policy's location, with the number of its statements."""
    return f"{located.location}, {count_noun(len(located.policy.statements), 'statement')}"


def statement_name(statement: Statement, number: int) -> str:
    """Return the Sid of a statement, or its number."""
    return statement.sid or str(number)


def statement_text(statement: Statement) -> str:
    """Return a statement in one line: its effect, its first actions and resources, and whether it has a condition."""
    parts = [statement.effect, _element_text(statement.actions, "action")]
    if statement.resources:
        parts += ["on", _element_text(statement.resources, "resource")]
    if statement.conditions:
        keys = dict.fromkeys(condition.key for condition in statement.conditions)
        parts.append(f"if {', '.join(keys)}")
    return " ".join(parts)


def _element_text(element: Element, noun: str) -> str:
    """Return the first values of an element, and how many more there are."""
    shown = ", ".join(element.values[:SHOWN_VALUES])
    extra = len(element.values) - SHOWN_VALUES
    more = f" and {extra} more" if extra > 0 else ""
    return f"{'all but ' if element.negated else ''}{shown or f'no {noun}'}{more}"


def cause_text(diagnosis: Diagnosis, cause: Cause) -> str:
    """Return a cause in words. One that the account doesn't have, as in a changed hand-in, is not repeated."""
    if not diagnosis.has(cause):
        return "something that isn't in the account"
    if not cause.policy:
        return f"no {layer_text(cause.layer)} allows it"
    for located in diagnosis.policies_of(cause.layer):
        if located.location == cause.policy:
            statement = located.policy.statements[cause.statement - 1]
            name = statement_name(statement, cause.statement)
            return f"statement {name} of {cause.policy} ({layer_text(cause.layer)})"
    return cause.policy


def choice_rows(diagnosis: Diagnosis) -> Iterator[Row]:
    """Yield every kind of policy of the account with its policies and their statements."""
    for kind in LAYER_ORDER:
        yield layer_row(diagnosis, kind)
        for located in diagnosis.policies_of(kind):
            names = (
                statement_name(statement, number)
                for number, statement in enumerate(located.policy.statements, 1)
            )
            yield Row(f"{located.location}: {', '.join(names)}", indent=1)


# --------------------------------------------------------------------- to read a naming
def parse_case(diagnoses: Sequence[Diagnosis], text: str) -> tuple[Diagnosis | None, str]:
    """Return the case that begins a typed text, by its number or id, and the rest.

    A single case needn't be typed. None: the text begins with no case.
    """
    word, _, rest = text.strip().partition(" ")
    for number, diagnosis in enumerate(diagnoses, 1):
        if word.lower() in (str(number), diagnosis.case.id.lower()):
            return diagnosis, rest.strip()
    if len(diagnoses) == 1:
        return diagnoses[0], text.strip()
    return None, text.strip()


def parse_cause(diagnosis: Diagnosis, text: str) -> Cause | str:
    """Return the cause that a text names: KIND POLICY STATEMENT, or KIND nothing. A string says what is wrong with it."""
    try:
        layer, policy, statement, *extra = *shlex.split(text), "", "", ""
    except ValueError:
        return "A quotation mark is not closed."
    kinds = {kind.value: kind for kind in LAYER_ORDER}
    kind = kinds.get(layer.lower().removesuffix("-based").removesuffix("-policy"))
    if kind is None:
        mend = suggest_name(layer, kinds, f"there are: {', '.join(kinds)}")
        return f"There is no kind of policy {layer[:40]!a}; {mend}."
    if any(extra):
        return "Your answer names too much. Name the kind, the policy and the statement."
    policies = diagnosis.policies_of(kind)
    if policy.lower() == NOTHING_WORD:
        return Cause(kind)
    locations = ", ".join(located.location for located in policies)
    if not policy:
        if not policies:
            return f"There is no {layer_text(kind)} here, so name `{kind} {NOTHING_WORD}`."
        return f"Also name the policy: {locations}. Or write `{NOTHING_WORD}`, if no policy allows it."
    named = _named_policies(policies, policy)
    if not named:
        return _unknown_policy_text(diagnosis, kind, policy)
    if len(named) > 1:
        places = ", ".join(located.location for located in named)
        return f"There are {len(named)} of that name: {places}. Use one of these names instead."
    return _parse_statement(named[0], statement)


def _named_policies(policies: Sequence[LocatedPolicy], name: str) -> list[LocatedPolicy]:
    """Return the policies at a location, or those whose location ends with a name, such as Staff/receipts."""
    wanted = name.lower()
    exact = [each for each in policies if each.location.lower() == wanted]
    return exact or [
        each for each in policies if each.location.lower().endswith(f"/{wanted}")
    ]


def _unknown_policy_text(diagnosis: Diagnosis, kind: Kind, name: str) -> str:
    """Return that the account has no such policy of a kind, and where it is or what may have been meant."""
    elsewhere = _named_policies(diagnosis.policies, name)
    if elsewhere:
        return f"{elsewhere[0].location} isn't {_with_article(kind)}, but {_with_article(elsewhere[0].kind)}."
    locations = [located.location for located in diagnosis.policies_of(kind)]
    others = ", ".join(locations) or "none"
    mend = suggest_name(name, locations, f"there are: {others}")
    return f"There is no {layer_text(kind)} {name[:60]!a}; {mend}."


def _with_article(kind: Kind) -> str:
    """Return the name of a kind of policy after "a" or "an"."""
    name = layer_text(kind)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _parse_statement(located: LocatedPolicy, name: str) -> Cause | str:
    """Return the cause for a statement of a policy, by its Sid or number. A string says what is wrong with it.

    A single statement needn't be named.
    """
    statements = located.policy.statements
    if not name and len(statements) == 1:
        name = "1"
    for number, statement in enumerate(statements, 1):
        if name and name.lower() in (str(number), statement.sid.lower()):
            return Cause(located.kind, located.location, number)
    names = ", ".join(
        statement_name(statement, number) for number, statement in enumerate(statements, 1)
    )
    if not name:
        return f"Also name the statement: {names}."
    return f"{located.location} has no statement {name[:40]!a}. It has: {names}."


# --------------------------------------------------------------------- what came of it
ANSWER_KEPT = Row(
    "Your answer is saved. You see the result after you hand in."
)  # in an exam


def verdict_rows(
    diagnosis: Diagnosis, cause: Cause, result: CaseResult, of: int
) -> tuple[Row, ...]:
    """Return whether a named cause is right: why, or where to look. `of` is the number of cases."""
    if result.is_right:
        return (
            Row(f"{capital(cause_text(diagnosis, cause))}.", Mark.OK, "Right"),
            *(Row(text, indent=1) for text in _reasons(diagnosis, cause)),
        )
    points = _points_text(Fraction(1, 1 + result.wrong), of)
    return (
        Row(where_to_look(diagnosis, cause), Mark.MISS, "Not the cause"),
        Row(f"You can try again. The next try is worth {points}.", indent=1),
    )


def _reasons(diagnosis: Diagnosis, cause: Cause) -> Iterator[str]:
    """Yield why a right cause is right. If AWS names another kind that doesn't allow the request, say that, too."""
    if decision := diagnosis.decision_by(cause):
        yield f"{capital(explain_decision(decision)).rstrip('.')}."
    decision = diagnosis.decision
    if not isinstance(decision, ImplicitlyDenied) or decision.silent is cause.layer:
        return
    if cause.statement:
        return
    name = layer_text(decision.silent)
    if _names_kind(diagnosis):
        yield f"AWS's answer names another kind: no {name} allows it either."
    else:
        yield f"No {name} allows it either."


def _names_kind(diagnosis: Diagnosis) -> bool:
    """Return whether the evidence of a case names a kind of policy, as most of AWS's error texts do."""
    text = " ".join(evidence(diagnosis))
    return any(name in text for name in LAYER_NAMES.values())


def _points_text(share: Fraction, of: int) -> str:
    """Return the points of one case's share, of so many cases, without needless digits."""
    points = round(float(100 * CAUSES_SHARE * share / of), 1)
    return f"{points:g} {'point' if points == 1 else 'points'}"


def where_to_look(diagnosis: Diagnosis, cause: Cause) -> str:
    """Return where to look after a wrong naming, without giving the cause away."""
    if diagnosis.judge(cause) is Verdict.WRONG:
        if diagnosis.ticket.has_succeeded:
            return "Another kind of policy allows it. Look at who sends the request, and at what it asks for."
        if _names_kind(diagnosis):
            return "Another kind of policy decides. AWS's answer names it."
        return "Another kind of policy decides. AWS's answer doesn't name it, so read each kind that applies."
    if cause.statement == 0:
        return "The kind is right, but a statement decides. Compare the statements with the request."
    if isinstance(diagnosis.decision, ImplicitlyDenied):
        other = "another statement decides, or none"
    else:
        other = "it is another statement"
    return f"The kind is right, but {other}. Compare action, resource and condition. A call can need two permissions."


def result_rows(graded: Report, diagnoses: Sequence[Diagnosis]) -> Iterator[Row]:
    """Yield what was named for each case, whether it is right, and where to look if it isn't."""
    if not graded.cases:
        return
    yield Row("The causes", role="title")
    by_case = {diagnosis.case.id: diagnosis for diagnosis in diagnoses}
    for result in graded.cases:
        yield from _result_rows(by_case[result.case.id], result)


def _result_rows(diagnosis: Diagnosis, result: CaseResult) -> Iterator[Row]:
    """Yield what was named for one case."""
    say = result.case.say
    cause = result.named
    if cause is None:
        yield Row(f"{say} You haven't named the cause.", Mark.QUIET)
        return
    named = cause_text(diagnosis, cause)
    if result.is_right:
        tries = f"after {count_noun(result.wrong, 'wrong one')}"
        if not result.wrong:
            tries = "at the first try"
        yield Row(f"{say} Your answer {tries}: {named}.", Mark.OK, "right")
        return
    yield Row(f"{say} Your answer: {named}.", Mark.MISS, "wrong")
    yield Row(where_to_look(diagnosis, cause), indent=1)
