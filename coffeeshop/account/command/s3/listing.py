"""`aws s3 ls`, `mb` and `rb`: what there is, and buckets made and removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coffeeshop.account.command.answer import Printed
from coffeeshop.account.command.s3.places import S3Error, asked, failure, listed, rows
from coffeeshop.account.command.s3.request import S3Request
from coffeeshop.account.command.s3.transfer import transferred
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.model import Call, Origin, ServiceError
from coffeeshop.account.values import Json

COLUMN = 30  # where a size, or PRE, ends; a date and time stand before it


def ls(request: S3Request) -> Talk:
    """Lists the buckets, or what lies in one: the next `/` ends a name, unless --recursive."""
    where = request.places[0]
    deep = request.flag("--recursive")
    try:
        if not where.bucket:
            body = (yield from asked(Call("s3", "ListBuckets"))).body
            return Printed(
                "\n".join(
                    f"{_when(row, 'CreationDate')} {row.get('Name')}"
                    for row in rows((body,), "Buckets")
                )
            )
        pages = yield from listed(
            where.bucket, where.key, {} if deep else {"Delimiter": "/"}
        )
    except S3Error as error:
        return Printed(str(error), failed=True)
    shown = [
        f"{'PRE':>{COLUMN}} {_last(row, 'Prefix')}" for row in rows(pages, "CommonPrefixes")
    ]
    contents = rows(pages, "Contents")
    shown += (_object(row, deep, request.flag("--human-readable")) for row in contents)
    nothing = not shown and bool(where.key)
    if request.flag("--summarize"):
        shown += _summary(contents, request.flag("--human-readable"))
    return Printed("\n".join(shown), failed=nothing)


def _object(row: Mapping[str, Json], deep: bool, human: bool) -> str:
    name = str(row.get("Key")) if deep else _last(row, "Key")
    return f"{_when(row, 'LastModified')} {_size(row.get('Size'), human):>10} {name}"


def _summary(contents: tuple[Mapping[str, Json], ...], human: bool) -> Iterator[str]:
    whole = sum(size for row in contents if isinstance(size := row.get("Size"), int))
    yield from (
        "",
        f"Total Objects: {len(contents)}",
        f"   Total Size: {_size(whole, human)}",
    )


def _when(row: Mapping[str, Json], name: str) -> str:
    return str(row.get(name))[:19].replace("T", " ")


def _last(row: Mapping[str, Json], name: str) -> str:
    """Returns the last part of a key, or of a prefix with its slash."""
    text = str(row.get(name))
    return text[text.rstrip("/").rfind("/") + 1 :]


def _size(size: Json, human: bool) -> str:
    if not (human and isinstance(size, int)):
        return str(size)
    if size < 1024:
        return f"{size} Byte{'s' * (size != 1)}"
    power = next(
        power for power in (1, 2, 3, 4) if round(size / 1024**power) < 1024 or power == 4
    )
    return f"{size / 1024**power:.1f} {'KMGT'[power - 1]}iB"


def mb(request: S3Request) -> Talk:
    """Makes a bucket in the Region of the line."""
    bucket = request.places[0].bucket
    region = request.origin.region
    if region != Origin().region:
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    else:
        elsewhere = {}
    return (
        yield from _bucket(
            "make_bucket",
            Call("s3", "CreateBucket", {"Bucket": bucket, **elsewhere}, request.origin),
        )
    )


def rb(request: S3Request) -> Talk:
    """Removes a bucket; with --force all that lies in it first."""
    bucket = request.places[0].bucket
    emptied = ""
    if request.flag("--force"):
        removed = yield from transferred(request.emptying())
        if removed.failed:
            why = "remove_bucket failed: Unable to delete all objects in the bucket, bucket will not be deleted."
            return Printed(f"{removed.text}\n{why}", failed=True)
        emptied = f"{removed.text}\n" if removed.text else ""
    done = yield from _bucket(
        "remove_bucket", Call("s3", "DeleteBucket", {"Bucket": bucket}, request.origin)
    )
    return Printed(emptied + done.text, failed=done.failed)


def _bucket(does: str, call: Call) -> Talk:
    answer = yield call
    if isinstance(answer, ServiceError):
        return Printed(
            f"{does} failed: s3://{call.text('Bucket')} {failure(call, answer)}",
            failed=True,
        )
    return Printed(f"{does}: {call.text('Bucket')}")
