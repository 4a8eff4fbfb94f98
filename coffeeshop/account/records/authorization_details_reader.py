"""The file of GetAccountAuthorizationDetails, read: its pages as one document, and what is wrong in it, by its place.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
Its form is that of botocore's model. Errors stand in the way; warnings tell what stays behind.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast
from urllib.parse import unquote

import msgspec
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.api.operations import OPERATIONS, Shape
from coffeeshop.account.api.parameters import unmet_limits
from coffeeshop.account.records.missing_details import completed
from coffeeshop.policy.model import Level, Place, Problem, Problems

Detail = Mapping[str, Any]
KINDS = {
    "UserDetailList": "User",
    "GroupDetailList": "Group",
    "RoleDetailList": "Role",
    "Policies": "Policy",
}
NEEDED: Mapping[
    str, tuple[str, ...]
] = {  # by AWS's name of the structure: what it is nothing without
    "UserDetail": ("UserName", "UserId", "Arn", "Path", "CreateDate"),
    "GroupDetail": ("GroupName", "GroupId", "Arn", "Path", "CreateDate"),
    "RoleDetail": (
        "RoleName",
        "RoleId",
        "Arn",
        "Path",
        "CreateDate",
        "AssumeRolePolicyDocument",
    ),
    "ManagedPolicyDetail": (
        *("PolicyName", "PolicyId", "Arn", "Path", "CreateDate"),
        *("DefaultVersionId", "PolicyVersionList"),
    ),
    "PolicyVersion": ("VersionId", "Document"),
    "PolicyDetail": ("PolicyName", "PolicyDocument"),
    "AttachedPolicy": ("PolicyArn",),
    "AttachedPermissionsBoundary": ("PermissionsBoundaryArn",),
    "Tag": ("Key", "Value"),
    "InstanceProfile": ("InstanceProfileName",),
}
DETAILS = OPERATIONS["iam", "GetAccountAuthorizationDetails"].output
PAGED = {
    "IsTruncated",
    "Marker",
    "NextToken",
    "ResponseMetadata",
}  # what a page holds beside its lists
ROWS = 50_000  # in all lists together; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LOOKED_FOR = 100_000  # problems of a file; one that has more is no real account's
AGAIN = "write it with `aws iam get-account-authorization-details --output json`"
WHOLE = "write all of it, without --filter, --max-items and --no-paginate"


def unreadable(problems: Iterable[Problem]) -> Problems:
    """Tells why the file is no authorization details: where and why, all at once."""
    return Problems(*gathered(problems))


def fault(place: str, text: str, mend: str = AGAIN) -> Problem:
    """Returns what stands in the way of the file."""
    return Problem(Level.ERROR, "not-details", Place(place), text, mend)


def behind(place: str, text: str, mend: str = "") -> Problem:
    """Returns what of the file stays behind."""
    return Problem(Level.WARNING, "left-behind", Place(place), text, mend)


def gathered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Returns what is said of many places in the same words, said once, at the first of them."""
    found: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        found.setdefault((problem.text, problem.mend), []).append(problem)
    return tuple(
        dataclasses.replace(
            first,
            text=f"{first.text} (so in {len(more) + 1} places)" if more else first.text,
        )
        for first, *more in found.values()
    )


# -------------------------------------------------------------------- reading
def described(text: str, at: datetime) -> tuple[Detail, tuple[Problem, ...]]:
    """Returns the four lists of a file, in the words of the partition `aws`, and what of it stays behind. `at` is the
    date of what has none.

    Raises Problems.
    """
    whole, told = _whole(text, at)
    partition = next((parts[1] for parts in _arns(whole) if len(parts) == 6), "aws")
    if partition != "aws":
        for colon in (":", "%3A", "%3a"):
            text = text.replace(f"arn{colon}{partition}{colon}", f"arn{colon}aws{colon}")
        whole, _ = _whole(text, at)
        told += [
            behind(
                "",
                f"the account lies in the partition {partition}: here its ARNs begin with arn:aws",
            )
        ]
    return whole, tuple(told)


def _arns(whole: Detail) -> Iterator[list[str]]:
    return (row["Arn"].split(":", 5) for name in KINDS for row in whole[name])


def account_of(whole: Detail) -> str:
    """Returns whose ARNs these are; AWS's own policies aside."""
    return next(
        (parts[4] for parts in _arns(whole) if len(parts) == 6 and parts[4].isdigit()),
        "111122223333",
    )


def _whole(text: str, at: datetime) -> tuple[dict[str, list[Detail]], list[Problem]]:
    """Returns the lists of all pages, joined."""
    pages = list(_pages(text))
    found = list[Problem]()
    if sum(map(_rows, pages)) > ROWS:
        raise unreadable(
            [
                fault(
                    "",
                    f"the file lists more than {ROWS:,} things, and no account holds as many",
                )
            ]
        )
    for n, page in enumerate(pages):
        place = f"page {n + 1}, " if len(pages) > 1 else ""
        pages[n], made = _completed(page, place, at)
        found += made
        found += islice(_page(pages[n], place), max(0, LOOKED_FOR - len(found)))
    if len(found) >= LOOKED_FOR:
        found.append(
            fault(
                "",
                f"there are {LOOKED_FOR:,} problems, and what lies behind them was not looked at",
            )
        )
    if wrong := [problem for problem in found if problem.level is Level.ERROR]:
        raise unreadable(wrong)
    if pages[-1].get("IsTruncated") or pages[-1].get("NextToken"):
        found.append(
            behind(
                "",
                "the file ends where another page begins: what stands there is not here",
                WHOLE,
            )
        )
    lists: dict[str, list[Detail]] = {}
    for name in KINDS:
        lists[name] = [_known(name, row) for page in pages for row in page.get(name, ())]
    return lists, found


def _rows(page: Any) -> int:
    """Returns of how many users, groups, roles and policies a page tells; one that is none counts, too."""
    if not isinstance(page, dict):
        return 1
    lists = (cast("dict[str, Any]", page).get(name) for name in KINDS)
    return 1 + sum(len(cast("list[Any]", rows)) for rows in lists if isinstance(rows, list))


def _completed(page: Any, place: str, at: datetime) -> tuple[Any, list[Problem]]:
    """Returns a page with what its rows lack made up, and what is told of that."""
    if not isinstance(page, dict):
        return page, []
    whole = dict(cast("dict[str, Any]", page))
    told = list[Problem]()
    for name, kind in KINDS.items():
        rows = cast("list[Any]", whole[name] if isinstance(whole.get(name), list) else [])
        for n, row in enumerate(rows):
            if isinstance(row, dict):
                row, made = completed(cast("dict[str, Any]", row), kind, at.isoformat())
                rows[n] = row
                told += (
                    behind(
                        f"{place}{name}[{n}]", f"`{lack}` is missing: {what} stands for it"
                    )
                    for lack, what in made.items()
                )
    return whole, told


def _known(name: str, row: Detail) -> Detail:
    """Returns the row of a list without what AWS's document does not have: of that nothing is known, not even its form."""
    rows = DETAILS.member(name)
    element = rows.shape.element if rows else None
    return {
        key: value for key, value in row.items() if element and element.shape.member(key)
    }


def _pages(text: str) -> Iterator[Any]:
    """Yields the values of the file, one behind the other or in a list."""
    decoder = json.JSONDecoder()
    at = 0
    text = text.strip()
    while at < len(text) or not at:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as wrong:
            raise unreadable([fault("", f"the file is no JSON: {wrong}")]) from None
        yield from value or [value] if isinstance(value, list) else [value]
        at = next((n for n in range(at, len(text)) if not text[n].isspace()), len(text))


def _page(found: Any, place: str) -> Iterator[Problem]:
    page = cast("dict[str, Any]", found if isinstance(found, dict) else {})
    if not KINDS.keys() & page.keys():
        yield fault(place.rstrip(", "), f"the file holds none of {', '.join(KINDS)}")
        return
    yield from _structure(
        DETAILS, {name: page[name] for name in page if name not in PAGED}, place
    )


# ------------------------------------------------------------------- its form
def _value(shape: Shape, value: Any, place: str) -> Iterator[Problem]:
    if shape.name == "policyDocumentType":
        yield from _document(value, place)
    elif not FITS[shape.type](value):
        yield fault(place, f"`{_short(value)}` is no {WORDS.get(shape.type, shape.type)}")
    elif shape.type == "structure":
        yield from _structure(shape, value, f"{place}.")
    elif shape.type == "list" and shape.element:
        for n, item in enumerate(value):
            yield from _value(shape.element.shape, item, f"{place}[{n}]")
    elif (
        shape.type == "string" and not shape.enum and shape.name != "idType"
    ):  # others' ids come here too
        if shape.name in LONGEST:
            bounded = replace(shape, maximum=LONGEST[shape.name])
        else:
            bounded = shape
        yield from (
            fault(place, f"`{_short(value)}`: {told}")
            for told in unmet_limits(bounded, value, place)
        )


# AWS's model sets no limit, and the next version is one more than the last.
LONGEST = {"policyVersionIdType": 64}


def _structure(shape: Shape, value: Mapping[str, Any], place: str) -> Iterator[Problem]:
    for name in NEEDED.get(shape.name, ()):
        if name not in value:
            yield fault(place.removesuffix("."), f"`{name}` is missing")
    for name, part in value.items():
        member = shape.member(name)
        if member is None:
            yield behind(
                f"{place}{name}", f"AWS's document has no `{name}`: it is not read"
            )
        else:
            yield from _value(member.shape, part, f"{place}{name}")


def _document(value: Any, place: str) -> Iterator[Problem]:
    try:
        fits = isinstance(
            value if isinstance(value, dict) else json.loads(document(value)), dict
        )
    except (ValueError, TypeError, RecursionError):
        fits = False
    if not fits:
        yield fault(
            place,
            f"`{_short(value)}` is no policy document: an object, or URL-encoded JSON of one",
        )


def document(value: Any) -> str:
    """Returns the text of a policy document, given as an object, as JSON, or as JSON that is URL-encoded (RFC 3986)."""
    if isinstance(value, str):
        if value.lstrip().startswith("{"):
            return value
        return unquote(value)
    try:
        return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    # Half a character, a number of more than 64 bits: the slower way.
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(value, indent=2, ensure_ascii=False)


def out_of_bounds(value: Any) -> tuple[str, ...]:
    """Returns what of a policy document IAM would not take from a customer now: its length, without white space, or a
    character.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
    """
    if isinstance(value, str):
        whole = json.loads(document(value))
    else:
        whole = value
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
    taken = OPERATIONS["iam", "CreatePolicy"].input.member("PolicyDocument")
    if taken:
        return tuple(unmet_limits(taken.shape, text, "Document"))
    return ()


def date(value: Any) -> datetime | None:
    """Returns an instant, given in ISO 8601 or in seconds since 1970: UTC, in whole seconds."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            if found.tzinfo:
                found = found.astimezone(UTC)
            else:
                found = found.replace(tzinfo=UTC)
        else:
            found = datetime.fromtimestamp(value, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    if isinstance(value, bool):
        return None
    return found.replace(microsecond=0)


FITS: Mapping[str, Callable[[Any], bool]] = {
    "structure": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "timestamp": lambda value: date(value) is not None,
}
WORDS = {"structure": "object", "timestamp": "date"}


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


# ----------------------------------------------------------- what it speaks of
def contradictions(whole: Detail) -> Iterator[Problem]:
    """Yields what of the file cannot stand beside the rest of it."""
    yield from _twice(whole)
    id = account_of(whole)
    for name, kind in KINDS.items():
        for n, row in enumerate(whole[name]):
            owner = "aws" if row["Arn"].startswith("arn:aws:iam::aws:") else id
            arn = f"arn:aws:iam::{owner}:{kind.lower()}{row['Path']}{row[f'{kind}Name']}"
            if row["Arn"] != arn:
                yield fault(
                    f"{name}[{n}].Arn",
                    f"`{row['Arn']}` is not the ARN by path and name: {arn}",
                    "mend either",
                )
            if kind == "Policy" and all(
                v["VersionId"] != row["DefaultVersionId"] for v in row["PolicyVersionList"]
            ):
                said = f"there is no version `{row['DefaultVersionId']}`"
                yield fault(
                    f"{name}[{n}].DefaultVersionId", said, "name one of PolicyVersionList"
                )


def strange(kind: str, id: str) -> bool:
    """Tells whether a unique id of a "User", "Group", "Role", "Policy" or "instance-profile" is one that AWS does not
    give.
    """
    return re.fullmatch(rf"{ids.PREFIXES[kind.lower()]}[0-9A-Z]{{4,}}", id) is None


def _twice(whole: Detail) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for place, key in _keys(whole):
        first = seen.setdefault(key, place)
        if first is not place:
            said = f"`{key[1]}` is there already, as {first}; capitals make no difference"
            yield fault(place, said, "leave one of them out")


def _keys(whole: Detail) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yields what may be there once: where it stands, among what, and its name."""
    for name, kind in KINDS.items():
        for n, row in enumerate(whole[name]):
            place = f"{name}[{n}]"
            key = "Arn" if kind == "Policy" else f"{kind}Name"
            yield f"{place}.{key}", (name, row[key].lower())
            if not strange(kind, row[f"{kind}Id"]):
                yield f"{place}.{kind}Id", ("ids", row[f"{kind}Id"])
            for list_, part in (
                (f"{kind}PolicyList", "PolicyName"),
                ("PolicyVersionList", "VersionId"),
                ("Tags", "Key"),
            ):
                for m, item in enumerate(row.get(list_, ())):
                    yield (
                        f"{place}.{list_}[{m}].{part}",
                        (f"{place}{list_}", item[part].lower()),
                    )
