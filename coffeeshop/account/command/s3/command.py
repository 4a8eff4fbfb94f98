"""A typed `aws s3` line, to what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coffeeshop.account.command.line import Line
from coffeeshop.account.command.read import LineReader
from coffeeshop.account.command.s3.listing import ls, mb, rb
from coffeeshop.account.command.s3.presign import presigned
from coffeeshop.account.command.s3.request import S3Request, requested
from coffeeshop.account.command.s3.transfer import transferred
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.credentials import Credential
from coffeeshop.policy.model import Problem

TALKS: Mapping[str, Callable[[S3Request], Talk]] = {
    "ls": ls,
    "mb": mb,
    "rb": rb,
    "cp": transferred,
    "mv": transferred,
    "rm": transferred,
    "sync": transferred,
}


def s3_line(reader: LineReader) -> Line | tuple[Problem, ...]:
    """Returns what an `aws s3` line does; or every problem with it."""
    caller = reader.speaker()
    request = requested(reader)
    if request is None or reader.command.faults:
        return reader.problems
    if request.verb != "presign":
        return Line(caller, lambda: TALKS[request.verb](request), reader.notes)
    held = reader.account.credential_of(caller)
    if held is None:
        reader.fault(
            "no-credentials",
            None,
            "Unable to locate credentials",
            "presign with the badge of somebody",
        )
        return reader.problems
    return Line(caller, lambda: _presign(request, reader, held), reader.notes)


def _presign(request: S3Request, reader: LineReader, held: Credential) -> Talk:
    yield from ()
    return presigned(
        request.places[0],
        request.origin.region,
        reader.account,
        held,
        reader.at,
        request.expires,
    )
