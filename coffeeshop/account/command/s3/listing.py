"""Run `aws s3 ls`, `mb` and `rb`: list, make and remove buckets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coffeeshop.account.command.answer import ERROR_PREFIX, Printed
from coffeeshop.account.command.s3.places import (
    S3Error,
    failure_text,
    list_keys,
    make_call,
    rows_under,
)
from coffeeshop.account.command.s3.request import S3Request
from coffeeshop.account.command.s3.transfer import run_transfers
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.model import Call, Origin, ServiceError
from coffeeshop.account.values import Json

SIZE_COLUMN = 30  # the column where a size, or PRE, ends. Before it come a date and a time


def list_contents(request: S3Request) -> Talk:
    """List the buckets, or a bucket's contents up to the next `/` (--recursive: all)."""
    folder = request.places[0]
    deep = request.flag("--recursive")
    try:
        if not folder.bucket:
            body = (yield from make_call(Call("s3", "ListBuckets"))).body
            return Printed(
                "\n".join(
                    f"{_time_text(row, 'CreationDate')} {row.get('Name')}"
                    for row in rows_under((body,), "Buckets")
                )
            )
        pages = yield from list_keys(
            folder.bucket, folder.key, {} if deep else {"Delimiter": "/"}
        )
    except S3Error as error:
        return Printed(f"{ERROR_PREFIX}{error}", failed=True)
    rows_shown = [
        f"{'PRE':>{SIZE_COLUMN}} {_last_part(row, 'Prefix')}"
        for row in rows_under(pages, "CommonPrefixes")
    ]
    contents = rows_under(pages, "Contents")
    rows_shown += (
        _object_line(row, deep, request.flag("--human-readable")) for row in contents
    )
    nothing = not rows_shown and bool(folder.key)
    if request.flag("--summarize"):
        rows_shown += _summary_lines(contents, request.flag("--human-readable"))
    return Printed("\n".join(rows_shown), failed=nothing)


def _object_line(row: Mapping[str, Json], deep: bool, human: bool) -> str:
    """Return the line of an object: time, size and name. With `deep`, the name is the whole key."""
    if deep:
        name = str(row.get("Key"))
    else:
        name = _last_part(row, "Key")
    return (
        f"{_time_text(row, 'LastModified')} {_size_text(row.get('Size'), human):>10} {name}"
    )


def _summary_lines(contents: tuple[Mapping[str, Json], ...], human: bool) -> Iterator[str]:
    """Yield the lines of `aws s3 ls --summarize`: the number of objects and their size, in units if `human`."""
    whole = sum(size for row in contents if isinstance(size := row.get("Size"), int))
    yield from (
        "",
        f"Total Objects: {len(contents)}",
        f"   Total Size: {_size_text(whole, human)}",
    )


def _time_text(row: Mapping[str, Json], name: str) -> str:
    """Return a time of a listing's row as `aws s3 ls` prints it: 2026-03-02 08:00:00."""
    return str(row.get(name))[:19].replace("T", " ")


def _last_part(row: Mapping[str, Json], name: str) -> str:
    """Return the last part of a key, or of a prefix with its slash."""
    text = str(row.get(name))
    return text[text.rstrip("/").rfind("/") + 1 :]


def _size_text(size: Json, human: bool) -> str:
    """Return a size in bytes, or with `human` in the largest unit that keeps it below 1024, as the CLI does."""
    if not (human and isinstance(size, int)):
        return str(size)
    if size < 1024:
        return f"{size} Byte{'s' * (size != 1)}"
    power = next(
        power for power in (1, 2, 3, 4) if round(size / 1024**power) < 1024 or power == 4
    )
    return f"{size / 1024**power:.1f} {'KMGT'[power - 1]}iB"


def make_bucket(request: S3Request) -> Talk:
    """Create a bucket in the line's Region."""
    bucket = request.places[0].bucket
    region = request.origin.region
    if region != Origin().region:
        configuration = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    else:
        configuration = {}
    return (
        yield from _bucket_talk(
            "make_bucket",
            Call("s3", "CreateBucket", {"Bucket": bucket, **configuration}, request.origin),
        )
    )


def remove_bucket(request: S3Request) -> Talk:
    """Delete a bucket, with --force after all its objects."""
    bucket = request.places[0].bucket
    emptied = ""
    if request.flag("--force"):
        removed = yield from run_transfers(request.emptying())
        if removed.failed:
            reason = "remove_bucket failed: Unable to delete all objects in the bucket, bucket will not be deleted."
            return Printed(f"{removed.text}\n{reason}", failed=True)
        if removed.text:
            emptied = f"{removed.text}\n"
        else:
            emptied = ""
    printed = yield from _bucket_talk(
        "remove_bucket", Call("s3", "DeleteBucket", {"Bucket": bucket}, request.origin)
    )
    return Printed(emptied + printed.text, failed=printed.failed)


def _bucket_talk(does: str, call: Call) -> Talk:
    """Make a call on a bucket, and return the CLI's line. `does` is the CLI's word, such as "make_bucket"."""
    answer = yield call
    if isinstance(answer, ServiceError):
        return Printed(
            f"{does} failed: s3://{call.text('Bucket')} {failure_text(call, answer)}",
            failed=True,
        )
    return Printed(f"{does}: {call.text('Bucket')}")
