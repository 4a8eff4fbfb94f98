"""`aws iam wait user-exists`: a call that is made until its answer is as wanted. Here it is so at once, or it never will be.

https://docs.aws.amazon.com/cli/latest/reference/iam/wait/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import Struct

from coffeeshop.account.command.answer import ERROR_PREFIX, Printed
from coffeeshop.account.command.output.query import run_query
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.command.terminal_text import to_plain_json
from coffeeshop.account.model import Answer, Call, Reply, ServiceError
from coffeeshop.harmless import escape_hidden


class Waiter(Struct, frozen=True):
    """The operation that is called, and when its answer is enough.

    That is an answer where `query` finds nothing but `value`, or one of the errors `enough`. After one of the errors
    `again` the CLI would call once more. Errors are recognized by code or status.
    """

    operation: str
    again: frozenset[str] = frozenset()
    enough: frozenset[str] = frozenset()
    query: str = ""
    value: str = ""


def _until_exists(operation: str, error: str) -> Waiter:
    """Return a waiter that repeats an operation while it answers with this error."""
    return Waiter(operation, again=frozenset({error}))


def _until_gone(operation: str, error: str) -> Waiter:
    """Return a waiter that repeats an operation until it answers with this error."""
    return Waiter(operation, enough=frozenset({error}), query="[`there`]", value="gone")


NO_INSTANCE = frozenset({"InvalidInstanceID.NotFound"})
INSTANCE_STATES = "Reservations[].Instances[].State.Name"
# As botocore's waiters-2.json has them, of operations that are simulated
WAITERS: Mapping[str, Mapping[str, Waiter]] = {
    "iam": {
        "instance-profile-exists": _until_exists("GetInstanceProfile", "404"),
        "policy-exists": _until_exists("GetPolicy", "NoSuchEntity"),
        "role-exists": _until_exists("GetRole", "NoSuchEntity"),
        "user-exists": _until_exists("GetUser", "NoSuchEntity"),
    },
    "s3": {
        "bucket-exists": Waiter(
            "HeadBucket", again=frozenset({"404"}), enough=frozenset({"301", "403"})
        ),
        "bucket-not-exists": _until_gone("HeadBucket", "404"),
        "object-exists": _until_exists("HeadObject", "404"),
        "object-not-exists": _until_gone("HeadObject", "404"),
    },
    "dynamodb": {
        "table-exists": Waiter(
            "DescribeTable",
            frozenset({"ResourceNotFoundException"}),
            query="[Table.TableStatus]",
            value="ACTIVE",
        ),
        "table-not-exists": _until_gone("DescribeTable", "ResourceNotFoundException"),
    },
    "lambda": {
        "function-exists": _until_exists("GetFunction", "ResourceNotFoundException"),
        "function-active": Waiter(
            "GetFunctionConfiguration", query="[State]", value="Active"
        ),
        "function-active-v2": Waiter(
            "GetFunction", query="[Configuration.State]", value="Active"
        ),
        "function-updated": Waiter(
            "GetFunctionConfiguration", query="[LastUpdateStatus]", value="Successful"
        ),
        "function-updated-v2": Waiter(
            "GetFunction", query="[Configuration.LastUpdateStatus]", value="Successful"
        ),
        "published-version-active": Waiter(
            "GetFunctionConfiguration", query="[State]", value="Active"
        ),
    },
    "ec2": {
        "instance-exists": Waiter(
            "DescribeInstances",
            NO_INSTANCE,
            query="[Reservations[0] && `there`]",
            value="there",
        ),
        "instance-running": Waiter(
            "DescribeInstances", NO_INSTANCE, query=INSTANCE_STATES, value="running"
        ),
        "instance-stopped": Waiter(
            "DescribeInstances", query=INSTANCE_STATES, value="stopped"
        ),
        "instance-terminated": Waiter(
            "DescribeInstances", query=INSTANCE_STATES, value="terminated"
        ),
    },
}


def run_waiter(name: str, waiter: Waiter, call: Call) -> Talk:
    """Make the call of `aws … wait` once. Print nothing if its answer ends the waiting.

    Otherwise fail as the CLI does after its last attempt, because nothing changes here while it waits.
    """
    answer = yield call
    if _is_enough(waiter, answer):
        return Printed()
    failed = f"{ERROR_PREFIX}Waiter {''.join(part.capitalize() for part in name.split('-'))} failed"
    if isinstance(answer, Reply):
        return Printed(f"{failed}: Max attempts exceeded", failed=True)
    if met := _matched_code(answer, waiter.again):
        return Printed(
            f"{failed}: Max attempts exceeded. Previously accepted state: Matched expected {met}",
            failed=True,
        )
    return Printed(
        escape_hidden(f"{failed}: An error occurred ({answer.code}): {answer.message}"),
        failed=True,
    )


def _is_enough(waiter: Waiter, answer: Answer) -> bool:
    """Return whether an answer ends the waiting: an error that the waiter waits for, or
    values that are all as wanted.
    """
    if not isinstance(answer, Reply):
        return bool(_matched_code(answer, waiter.enough))
    if waiter.query:
        values = cast("list[object]", run_query(waiter.query, to_plain_json(answer.body)))
    else:
        values = []
    return not waiter.query or (
        bool(values) and all(value == waiter.value for value in values)
    )


def _matched_code(error: ServiceError, codes: frozenset[str]) -> str:
    """Return which of the codes an error has, in the waiter's words, or ""."""
    if str(error.status) in codes:
        return f"HTTP status code: {error.status}"
    if error.code in codes:
        return f"service error code: {error.code}"
    return ""
