"""Answer the word `trail`: the calls made so far, and CloudTrail's record of one."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.command.grammar import CLI_ONLY, OUTFILE_OPERATIONS
from coffeeshop.account.command.write import with_code_file
from coffeeshop.account.events.event_names import is_data_event
from coffeeshop.account.model import Outcome
from coffeeshop.plain.nothing import NO_ACTS
from coffeeshop.plain.shell import Shell
from coffeeshop.views.requests import event_lines, record_sentence, result_words
from coffeeshop.views.rows import Row
from coffeeshop.views.tickets import outcome_rows


def trail(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the calls made so far. With a number, yield CloudTrail's record of that call."""
    numbered = {
        str(number): outcome
        for number, outcome in enumerate(shell.sitting.play.outcomes, 1)
    }
    if not numbered:
        yield Row(NO_ACTS)
        return
    if rest in numbered:
        outcome = numbered[rest]
        yield from (Row(line, role="code") for line in event_lines(outcome))
        if is_data_event(outcome.act.call):
            yield Row(f"{record_sentence(outcome)}.")
        return
    several_days = len({outcome.act.at.date() for outcome in numbered.values()}) > 1
    clock = "%a %H:%M" if several_days else "%H:%M"
    for number, outcome in numbered.items():
        first = next(iter(outcome_rows(outcome)))
        yield Row(
            f"{outcome.act.at:{clock}} {first.text}",
            word=f"{number} {result_words(outcome)}",
        )
    if any(_has_file_words(outcome) for outcome in numbered.values()):
        yield Row(FILE_WORDS)
    if rest:
        yield Row("`trail` with a number shows CloudTrail's record of that call.")


def _has_file_words(outcome: Outcome) -> bool:
    """Return whether a call's line names a file to write, or one of code, whose name isn't part of the call."""
    call = outcome.act.call
    operation = call.service, call.operation
    has_code = with_code_file(call) != call
    return has_code or operation in OUTFILE_OPERATIONS or operation in CLI_ONLY


FILE_WORDS = (
    "Each line is a call that AWS received, with its options in full. "
    "The names of files aren't part of a call, so those here are examples."
)
