"""Run `aws s3 cp`, `mv`, `rm` and `sync`, with one S3 call and one printed line for each object."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from mimetypes import MimeTypes
from typing import TypeAlias
from urllib.parse import quote

from msgspec import Struct

from coffeeshop.account.command.answer import Printed
from coffeeshop.account.command.s3.places import (
    Asking,
    Place,
    S3Error,
    Thing,
    find_things,
    make_call,
)
from coffeeshop.account.command.s3.request import STDIO, S3Request
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.model import Answer, Call, Reply, ServiceError
from coffeeshop.account.values import Json


class Transfer(Struct, frozen=True):
    """A thing to copy or move to `target`, or to delete if `target` is None."""

    source: Thing
    target: Place | None
    moves: bool = False

    @property
    def does(self) -> str:
        """Return the CLI's word for the transfer."""
        if self.target is None:
            return "delete"
        if self.moves:
            return "move"
        if not self.source.place.bucket:
            return "upload"
        if self.target.bucket:
            return "copy"
        return "download"

    def __str__(self) -> str:
        if self.target:
            return f"{self.source.place} to {self.target}"
        return str(self.source.place)


Doing: TypeAlias = Generator[Call, Answer, bytes]


def run_transfers(request: S3Request) -> Talk:
    """Run a request's transfers. One that fails is reported, and the others still run."""
    try:
        jobs = yield from _find_transfers(request)
    except S3Error as error:
        return Printed(f"fatal error: {error}", failed=True)
    lines = list[str]()
    files = dict[str, bytes]()
    failed = False
    for job in jobs:
        if request.flag("--dryrun"):
            lines.append(f"(dryrun) {job.does}: {job}")
            continue
        try:
            body = yield from _run_transfer(job, request)
        except S3Error as error:
            lines.append(f"{job.does} failed: {job} {error}")
            failed = True
            continue
        if job.target and job.target.key == STDIO and not job.target.bucket:
            return Printed(body.decode("utf-8", "replace").removesuffix("\n"))
        if job.target and not job.target.bucket:
            files[job.target.key] = body
        if not request.flag("--only-show-errors"):
            lines.append(f"{job.does}: {job}")
    return Printed(
        "" if request.flag("--quiet") else "\n".join(lines), failed=failed, files=files
    )


# ------------------------------------------------------------------ what to do
def _find_transfers(request: S3Request) -> Asking[tuple[Transfer, ...]]:
    """Return the transfers to run, in the order of their names. Raise S3Error.

    A command without --recursive has one. `sync` copies only what differs from the target. With
    --delete it also removes what the source lacks: such a Transfer has no target.
    """
    source = request.places[0]
    if len(request.places) > 1:
        target = request.places[1]
    else:
        target = None
    if not request.deep:
        return (yield from _single_transfer(request, source, target))
    source_things = [
        thing
        for thing in (yield from find_things(source, request.files))
        if request.includes(thing.name)
    ]
    jobs = [
        Transfer(thing, target.under(thing.name) if target else None, request.verb == "mv")
        for thing in source_things
    ]
    if request.verb != "sync" or target is None:
        return tuple(jobs)
    target_things = {
        thing.name: thing for thing in (yield from find_things(target, request.files))
    }
    stale = [
        job
        for job in jobs
        if _needs_copy(job.source, target_things.get(job.source.name), request)
    ]
    if request.flag("--delete"):
        surplus = target_things.keys() - {thing.name for thing in source_things}
    else:
        surplus = set[str]()
    stale += [
        Transfer(target_things[name], None) for name in surplus if request.includes(name)
    ]
    return tuple(sorted(stale, key=lambda job: job.source.name))


def _single_transfer(
    request: S3Request, source: Place, target: Place | None
) -> Asking[tuple[Transfer, ...]]:
    """Return the transfer of one object or file, if its place has a name.

    Raise S3Error for a missing object.
    """
    name = source.key.rpartition("/")[2]
    if not source.key or not request.includes(name):
        return ()
    if source.bucket and target is not None:
        yield from make_call(
            Call(
                "s3",
                "HeadObject",
                {"Bucket": source.bucket, "Key": source.key},
                request.origin,
            )
        )
    folder = target is not None and (
        not target.key or target.key.endswith("/") or _is_folder(target, request)
    )
    return (
        Transfer(
            Thing(source, name),
            target.under(name) if target and folder else target,
            request.verb == "mv",
        ),
    )


def _is_folder(place: Place, request: S3Request) -> bool:
    """Return whether a place is a local folder: some file is below it."""
    return not place.bucket and any(
        path.startswith(f"{place.key}/") for path in request.files
    )


def _needs_copy(source: Thing, target: Thing | None, request: S3Request) -> bool:
    """Return whether to copy a thing again.

    Files have no time here, so different content counts as newer.
    """
    return (
        target is None
        or source.size != target.size
        or (source.sum != target.sum and not request.flag("--size-only"))
    )


# ------------------------------------------------------------------- doing it
def _run_transfer(job: Transfer, request: S3Request) -> Doing:
    """Make a transfer's call, and delete the source of a move.

    Return the bytes read. Raise S3Error.
    """
    call = _transfer_call(job, request)
    answer = yield call
    if isinstance(answer, ServiceError):
        raise S3Error(call, answer)
    if job.moves:
        yield from make_call(_delete_call(job.source.place, request))
    return _object_body(answer)


def _transfer_call(job: Transfer, request: S3Request) -> Call:
    """Return the S3 call of a transfer: DeleteObject, GetObject, CopyObject or PutObject."""
    source = job.source.place
    target = job.target
    if target is None:
        return _delete_call(source, request)
    if not target.bucket:
        return Call(
            "s3", "GetObject", {"Bucket": source.bucket, "Key": source.key}, request.origin
        )
    parameters: dict[str, Json] = {"Bucket": target.bucket, "Key": target.key}
    if source.bucket:
        parameters |= {"CopySource": quote(f"{source.bucket}/{source.key}")}
        parameters |= _copied_details(request)
    else:
        parameters |= {"Body": request.files[source.key]}
        parameters |= _uploaded_details(request, target)
    if request.encryption:
        parameters |= {"ServerSideEncryption": request.encryption}
    if request.kms_key:
        parameters |= {"SSEKMSKeyId": request.kms_key}
    return Call(
        "s3", "CopyObject" if source.bucket else "PutObject", parameters, request.origin
    )


def _copied_details(request: S3Request) -> Mapping[str, Json]:
    """Return what a copy says about its object. New metadata replaces what the source has.

    Without --metadata-directive REPLACE, S3 keeps the source's other details.
    https://docs.aws.amazon.com/cli/latest/reference/s3/cp.html
    """
    if "Metadata" in request.details:
        return {"MetadataDirective": "REPLACE", **request.details}
    return request.details


def _uploaded_details(request: S3Request, target: Place) -> Mapping[str, Json]:
    """Return what an upload says about its object, with a type guessed from the key if none is given."""
    details = {
        name: value
        for name, value in request.details.items()
        if name != "MetadataDirective"
    }
    guessed_type = MimeTypes().guess_type(target.key)[0]
    if guessed_type:
        return {"ContentType": guessed_type, **details}
    return details


def _delete_call(place: Place, request: S3Request) -> Call:
    """Return the call that deletes an object."""
    return Call(
        "s3", "DeleteObject", {"Bucket": place.bucket, "Key": place.key}, request.origin
    )


def _object_body(answer: Reply) -> bytes:
    """Return the bytes of an object in the answer to GetObject."""
    body = answer.body.get("Body")
    if isinstance(body, bytes):
        return body
    return b""
