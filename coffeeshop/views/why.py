"""The whole reason of one decision, step by step, with the statement that decided or came nearest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.policy.evaluation.authorize import LayerMatches, silent_kinds
from coffeeshop.policy.evaluation.explain import (
    LAYER_NAMES,
    NearDeny,
    NearestMiss,
    explain_decision,
    layer_matches,
    missing_keys,
    near_denies_to_show,
    near_sentence,
    nearest_miss,
    statement_label,
)
from coffeeshop.policy.evaluation.match import Clause
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.language.spelling import shared_prefix_length
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ImplicitlyDenied,
    Kind,
    Matched,
    Policy,
    Present,
    Statement,
)
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital, count_noun

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
LAYER_ORDER = (
    Kind.RCP,
    Kind.SCP,
    Kind.RESOURCE,
    Kind.TRUST,
    Kind.IDENTITY,
    Kind.BOUNDARY,
    Kind.SESSION,
)
GRANTING_KINDS = (Kind.RESOURCE, Kind.TRUST, Kind.IDENTITY)  # the other kinds only narrow
# If so many kinds of policies decide a request, their order is worth a picture.
MANY_KINDS = 4
MAX_VALUE_WIDTH = 54  # characters of a value that fit a row of the screen beside the policy
SHARED_ROOM = 30  # of them, those that are shown before the first difference


class Cited(Struct, frozen=True):
    """A policy to show as text, and the statement to point out. None: no statement is about the request."""

    policy: Policy
    statement: Statement | None = None


class EvaluationStep(Struct, frozen=True):
    """One step of a decision, and the policy behind it. None: no policy is behind it."""

    row: Row
    cited: Cited | None = None


def evaluation_steps(decision: Decision, never: bool = False) -> tuple[EvaluationStep, ...]:
    """Return the verdict, then every step of AWS's evaluation in order, each with its result.

    The verdict cites the deciding statement, otherwise the nearest one, otherwise the first policy
    that can explain it. With `never` the shop wants a refusal, and the marks follow that.
    """
    missed = nearest_miss(decision)
    near_denies = near_denies_to_show(decision, never)
    statement_to_read = _first_to_read(decision, missed, near_denies if never else ())
    steps = tuple(_evaluation_steps(decision, missed, near_denies))
    if statement_to_read:
        cited = _cite_statement(statement_to_read)
    else:
        cited = next((step.cited for step in steps if _can_explain(step, decision)), None)
    steps = (EvaluationStep(_verdict_row(decision), cited), *steps)
    if never:
        return tuple(
            _with_other_mark(step, *UNWANTED_MARKS[isinstance(decision, Allowed)])
            for step in steps
        )
    return steps


def _can_explain(step: EvaluationStep, decision: Decision) -> bool:
    """Return whether a step has a policy that can explain the decision. One that allows explains no refusal."""
    allows_refused = step.row.mark is Mark.OK and not isinstance(decision, Allowed)
    return step.cited is not None and not allows_refused


def _first_to_read(
    decision: Decision, missed: NearestMiss | None, near: Sequence[NearDeny]
) -> Matched | None:
    """Return the statement to read first. None: there is none.

    A Deny that misses by a typo comes before the nearest Allow, which comes before the deciding
    statement.
    """
    if near and near[0].is_slip:
        return near[0].matched
    if missed:
        return missed.matched
    return next(iter(_deciding_statements(decision)), None)


# A mark and its replacement where a refusal is wanted, by whether AWS allows.
UNWANTED_MARKS = {True: (Mark.OK, Mark.LEAK), False: (Mark.MISS, Mark.OK)}


def _with_other_mark(step: EvaluationStep, mark: Mark, other_mark: Mark) -> EvaluationStep:
    """Return the step with `other_mark` in place of `mark`."""
    if step.row.mark is mark:
        return replace(step, row=replace(step.row, mark=other_mark))
    return step


def _deciding_statements(decision: Decision) -> tuple[Matched, ...]:
    """Return the statements that decided. Empty: the denial is implicit."""
    if isinstance(decision, ImplicitlyDenied):
        return ()
    return decision.by


def _cite_statement(matched: Matched) -> Cited:
    """Return a statement as the place to point out in its policy."""
    return Cited(matched.policy, matched.statement)


def _verdict_row(decision: Decision) -> Row:
    """Return the row of the decision."""
    message = explain_decision(decision)
    if isinstance(decision, Allowed):
        return Row(capital(message), Mark.OK, "allowed")
    # The sentence names the kind of deny.
    return Row(capital(message), Mark.MISS, "refused")


def _evaluation_steps(
    decision: Decision, missed: NearestMiss | None, near: Sequence[NearDeny]
) -> Iterator[EvaluationStep]:
    """Yield the steps: explicit denies, each layer in AWS's order, the nearest statement, and missing keys."""
    layers = layer_matches(decision)
    denies = _cited_denies(layers)
    statements = sum(
        len(policy.statements)
        for each_layer_matches in layers
        for policy in each_layer_matches.layer.policies
    )
    named = ", ".join(
        statement_label(each_layer_matches)
        + " (not understood)" * bool(each_layer_matches.statement.unclear)
        for each_layer_matches in denies
    )
    text = named or f"none among {count_noun(statements, 'statement')}"
    row = Row(text, Mark.MISS if denies else Mark.QUIET, "1 Does anything deny?")
    yield EvaluationStep(row, next(map(_cite_statement, denies), None))
    for deny in near:
        message = f"{capital(near_sentence(deny))}."
        yield EvaluationStep(
            Row(message, Mark.QUIET, "Nearly denied"), _cite_statement(deny.matched)
        )
    step = 1
    for kind in LAYER_ORDER:
        layers_of_kind = [
            each_layer_matches
            for each_layer_matches in layers
            if each_layer_matches.layer.kind is kind
        ]
        if layers_of_kind or kind is Kind.IDENTITY or _is_lacking(kind, decision):
            step += 1
            yield _layer_step(
                f"{step} {capital(LAYER_NAMES[kind])}", kind, layers_of_kind, decision
            )
    if missed is not None:
        yield from (
            EvaluationStep(row, _cite_statement(missed.matched))
            for row in _miss_rows(missed)
        )
    if keys := missing_keys(decision):
        yield EvaluationStep(Row(", ".join(keys), None, "Not in the request", "muted"))


def _layer_step(
    word: str, kind: Kind, layers_of_kind: list[LayerMatches], decision: Decision
) -> EvaluationStep:
    """Return the step of one policy kind. A statement that allows a whole account only delegates to it.

    Several layers of one kind are the levels of an organization's tree, and each of them has to allow.
    """
    if kind not in GRANTING_KINDS and (denies := _cited_denies(layers_of_kind)):
        message = f"denied by {', '.join(dict.fromkeys(map(statement_label, denies)))}"
        return EvaluationStep(Row(message, Mark.MISS, word), _cite_statement(denies[0]))
    silent_layers = [matches for matches in layers_of_kind if not matches.allows]
    has_closed_level = kind not in GRANTING_KINDS and bool(silent_layers)
    shown_layers = silent_layers if has_closed_level else layers_of_kind
    allows = [
        (clause, clause.cited_statement(matches.layer))
        for matches in shown_layers
        for clause in matches.allows
    ]
    if not allows:
        return _silent_step(word, kind, shown_layers, decision)
    allows.sort(key=lambda allow: _delegates_to_account(allow[0], decision))
    clause, first = allows[0]
    labels = dict.fromkeys(statement_label(matched) for _, matched in allows)
    message = f"allowed by {', '.join(labels)}"
    if not _delegates_to_account(clause, decision):
        return EvaluationStep(Row(message, Mark.OK, word), _cite_statement(first))
    account = decision.standing.principal.account
    message = f"{statement_label(first)} only delegates: it names the account {account}, so an identity policy there must also allow it"
    return EvaluationStep(
        Row(message, Mark.OK if isinstance(decision, Allowed) else Mark.QUIET, word),
        _cite_statement(first),
    )


def _cited_denies(layers: Sequence[LayerMatches]) -> list[Matched]:
    """Return the Denies that match in some layers."""
    return [
        clause.cited_statement(matches.layer)
        for matches in layers
        for clause in matches.denies
    ]


def _silent_step(
    word: str, kind: Kind, silent_layers: list[LayerMatches], decision: Decision
) -> EvaluationStep:
    """Return the step of a policy kind of which no statement allows the request.

    It is marked as a miss only if AWS refused the request for lack of an Allow of this kind.
    """
    policies = [policy for matches in silent_layers for policy in matches.layer.policies]
    names = dict.fromkeys(policy.display_name for policy in policies if policy.name)
    if names:
        message = f"nothing in {', '.join(names)} allows it"
    else:
        message = "there is none"
    row = Row(message, Mark.MISS if _is_lacking(kind, decision) else Mark.QUIET, word)
    return EvaluationStep(row, next(map(Cited, policies), None))


def _is_lacking(kind: Kind, decision: Decision) -> bool:
    """Return whether AWS refused the request for lack of an Allow of this kind."""
    return isinstance(decision, ImplicitlyDenied) and kind in silent_kinds(decision)


def wall_rows(decision: Decision) -> tuple[Row, ...]:
    """Return each kind of policy that a request meets, in AWS's order: the Denies first, then who allows.

    Return () if fewer than MANY_KINDS kinds decide the request: its sentence then says enough.
    """
    kinds = {matches.layer.kind for matches in layer_matches(decision)}
    if len(kinds) < MANY_KINDS:
        return ()
    rows = (step.row for step in _evaluation_steps(decision, None, ()))
    return tuple(row for row in rows if row.mark is not None)


def wall_sentence(decision: Decision) -> str:
    """Return the rows of `wall_rows` as one sentence. "": there are none."""
    deny, *layers = wall_rows(decision) or (None,)
    if deny is None:
        return ""
    parts = [
        f"{row.word.partition(' ')[2].lower()} {WALL_WORDS[row.mark]}" for row in layers
    ]
    start = "a Deny matches" if deny.mark is Mark.MISS else "nothing denies"
    return f"In AWS's order: {'; '.join([start, *parts])}."


WALL_WORDS: dict[Mark | None, str] = {
    Mark.OK: "allows",
    Mark.MISS: "refuses",
    Mark.QUIET: "says nothing",
}


def _delegates_to_account(clause: Clause, decision: Decision) -> bool:
    """Return whether a statement names the caller's whole account, which leaves the decision to that account."""
    return clause.naming_of(decision.standing) is Naming.ACCOUNT


def _miss_rows(missed: NearestMiss) -> Iterator[Row]:
    """Yield the nearest statement and the request, one above the other, with the first difference marked.

    For NotAction and the like, say instead that the statement excludes the request.
    """
    if missed.element == "unclear":
        yield Row(
            f"{statement_label(missed.matched)}, which Coffeeshop can't evaluate: {missed.wrote}",
            Mark.QUIET,
            "Closest Allow",
        )
        return
    element = missed.element.replace("-", " ")
    if missed.is_exclusion:
        but = f"which leaves the {element} out"
    else:
        but = f"but the {element} doesn't match"
    yield Row(f"{statement_label(missed.matched)}, {but}", Mark.QUIET, "Closest Allow")
    if missed.is_exclusion:
        yield Row(f"but   {missed.wrote}", role="code", indent=2)
        yield Row(f"asked {missed.asked}", role="code", indent=2)
        return
    shared = shared_prefix_length(missed.wrote, missed.asked)
    # A wrapped text would move the difference away from its mark.
    is_long = max(len(missed.wrote), len(missed.asked)) > MAX_VALUE_WIDTH
    cut = max(0, shared - SHARED_ROOM) if is_long else 0
    yield Row(f"says  {_cut_text(missed.wrote, cut)}", role="code", indent=2)
    yield Row(f"asked {_cut_text(missed.asked, cut)}", role="code", indent=2)
    before = len(_cut_text(missed.wrote[:shared], cut)) if shared else 0
    yield Row(" " * (6 + before) + "^", role="error", indent=2)


def _cut_text(text: str, start: int) -> str:
    """Return the part of a text from `start` that fits, with … for what is left out."""
    shown_text = f"…{text[start:]}" if start else text
    return (
        shown_text
        if len(shown_text) <= MAX_VALUE_WIDTH
        else f"{shown_text[: MAX_VALUE_WIDTH - 1]}…"
    )


def request(decision: Decision) -> tuple[Row, ...]:
    """Return the principal, action, resource and condition keys of a request."""
    shown_request = decision.request
    context = {**decision.standing.fixed, **decision.request.context}
    known_items = (
        (key, "present" if isinstance(values, Present) else ", ".join(values))
        for key, values in sorted(context.items())
        if values is not None
    )
    named = (
        ("principal", decision.standing.principal.arn),
        ("action", shown_request.action),
        ("resource", shown_request.resource),
    )
    return (
        *(Row(text, word=word) for word, text in named),
        *(Row(text, None, word, "muted") for word, text in known_items),
    )


def untried_text(account: Account, ticket: Ticket) -> str:
    """Return why no policy was evaluated for a want whose request nobody can make, and what its person lacks."""
    person = ticket.want.who
    user = user_named(account, person)
    if user:
        person = user.name
    if ticket.want.mode is Mode.NEVER:
        is_missing_user = user is None and person != "root" and "/" not in person
        return NO_SUCH_USER.format(person) if is_missing_user else REFUSED_ALREADY
    if person == "root" or user:
        way = f"In 2 People, ⏎ on {person} shows what {person} can be given."
    elif "/" in person:
        way = ""
    else:
        way = f"In 2 People, n creates the user {person}."
    return f"{NO_REQUEST_YET} {way}".rstrip()


NO_REQUEST_YET = (
    "AWS evaluates policies only when there is a request, and no one can make this one yet."
)
NO_SUCH_USER = (
    "AWS evaluates policies only when there is a request, and there is no user {} to send one. "
    "If there is one later, AWS must still refuse this."
)
REFUSED_ALREADY = (
    "AWS evaluates policies only when there is a request. No one can get this credential now, although a session "
    "that is open goes on until it ends. If someone gets it, AWS must still refuse this."
)
