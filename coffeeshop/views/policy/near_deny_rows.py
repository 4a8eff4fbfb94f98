"""Find the Deny statements of an edited policy that miss a leak by a little."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coffeeshop.account.model import Call
from coffeeshop.lessons.grading.near_denies import leaking_decisions, nearest_deny_to_fix
from coffeeshop.lessons.sitting.policy_text import document_of
from coffeeshop.policy.evaluation.explain import missed_elements, statement_label
from coffeeshop.policy.model import Statement
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.want import Ticket
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital


def near_deny_rows(call: Call, tickets: Sequence[Ticket]) -> Iterator[Row]:
    """Yield a row for each Deny of the policy that `call` writes, if it misses a leak that it was probably meant for.

    `tickets` are the tickets of the account after the policy is saved.
    """
    written = document_of(call.service, call.operation, call.parameters)
    text = call.text(written[0]) if written else ""
    statements = set[Statement]()
    for leak in (ticket for ticket in tickets if ticket.mark is Mark.LEAK):
        for decision in leaking_decisions(leak) if text else ():
            near = nearest_deny_to_fix(tickets, decision)
            if (
                near is not None
                and near.matched.policy.text == text
                and near.matched.statement not in statements
            ):
                statements.add(near.matched.statement)
                message = f"{capital(statement_label(near.matched))} would refuse “{leak.want.say}”, but {missed_elements(near)}."
                yield Row(message, Mark.EXTRA, "misses")
