"""Read a typed `aws s3` line as a line that can be carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coffeeshop.account.command.line import Line
from coffeeshop.account.command.read import LineReader
from coffeeshop.account.command.s3.listing import list_contents, make_bucket, remove_bucket
from coffeeshop.account.command.s3.presign import presign_object
from coffeeshop.account.command.s3.request import S3Request, read_request
from coffeeshop.account.command.s3.transfer import run_transfers
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.credentials import Credential
from coffeeshop.policy.model import Problem

SUBCOMMANDS: Mapping[str, Callable[[S3Request], Talk]] = {
    "ls": list_contents,
    "mb": make_bucket,
    "rb": remove_bucket,
    "cp": run_transfers,
    "mv": run_transfers,
    "rm": run_transfers,
    "sync": run_transfers,
}


def s3_line(reader: LineReader) -> Line | tuple[Problem, ...]:
    """Return a line that does what `aws s3` does, or the problems with it."""
    caller = reader.caller_of_line()
    request = read_request(reader)
    if request is None or reader.command.faults:
        return reader.problems
    if request.verb != "presign":
        return Line(caller, lambda: SUBCOMMANDS[request.verb](request), reader.notes)
    credential = reader.account.credential_of(caller)
    if credential is None:
        reader.fault(
            "no-credentials",
            None,
            "Unable to locate credentials",
            "presign with the badge of someone",
        )
        return reader.problems
    return Line(caller, lambda: _presign_talk(request, reader, credential), reader.notes)


def _presign_talk(request: S3Request, reader: LineReader, credential: Credential) -> Talk:
    """Make no call, and return the presigned URL."""
    yield from ()
    return presign_object(
        request.places[0],
        request.origin.region,
        reader.account,
        credential,
        reader.at,
        request.expires,
    )
