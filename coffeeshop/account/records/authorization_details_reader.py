"""Read a file of GetAccountAuthorizationDetails: join its pages, and find its problems with their places.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
Its format is that of botocore's model. An error means that the file can't be read. A warning names a part that isn't
imported.
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
from coffeeshop.account.records.missing_details import complete_row
from coffeeshop.policy.model import Level, Place, Problem, Problems

Detail = Mapping[str, Any]
KINDS_BY_LIST = {
    "UserDetailList": "User",
    "GroupDetailList": "Group",
    "RoleDetailList": "Role",
    "Policies": "Policy",
}
# AWS's name of a structure -> the members that it needs.
NEEDED_MEMBERS: Mapping[str, tuple[str, ...]] = {
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
DETAILS_SHAPE = OPERATIONS["iam", "GetAccountAuthorizationDetails"].output
# The members of a page that aren't lists.
PAGE_MEMBERS = {"IsTruncated", "Marker", "NextToken", "ResponseMetadata"}
MAX_ROWS = 50_000  # in all lists together; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LOOKED_FOR = 100_000  # the most problems of a file: no real account has more
WRITE_AGAIN_FIX = "write it with `aws iam get-account-authorization-details --output json`"
WRITE_ALL_FIX = "write all of it, without --filter, --max-items and --no-paginate"


def details_problems(problems: Iterable[Problem]) -> Problems:
    """Return the reasons why the file can't be read, all at once."""
    return Problems(*merge_problems(problems))


def details_fault(place: str, text: str, mend: str = WRITE_AGAIN_FIX) -> Problem:
    """Return a problem because of which the file can't be read."""
    return Problem(Level.ERROR, "not-details", Place(place), text, mend)


def left_behind(place: str, text: str, mend: str = "") -> Problem:
    """Return a problem with a part of the file that is left behind."""
    return Problem(Level.WARNING, "left-behind", Place(place), text, mend)


def merge_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems, with those of the same text merged into the first of them."""
    same_problems: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        same_problems.setdefault((problem.text, problem.mend), []).append(problem)
    merged: list[Problem] = []
    for first, *repeated in same_problems.values():
        text = first.text
        if repeated:
            text = f"{text} (so in {len(repeated) + 1} places)"
        merged.append(dataclasses.replace(first, text=text))
    return tuple(merged)


# -------------------------------------------------------------------- reading
def read_details(text: str, at: datetime) -> tuple[Detail, tuple[Problem, ...]]:
    """Return the four lists of a file, with ARNs of the partition `aws`, and the warnings about parts not imported.

    `at` is used as the date of a row without one. Raise Problems.
    """
    whole, problems = _read_pages(text, at)
    partitions = (parts[1] for parts in _split_arns(whole) if len(parts) == 6)
    partition = next(partitions, "aws")
    if partition != "aws":
        for colon in (":", "%3A", "%3a"):
            text = text.replace(f"arn{colon}{partition}{colon}", f"arn{colon}aws{colon}")
        whole, _ = _read_pages(text, at)
        problems.append(
            left_behind(
                "",
                f"the account lies in the partition {partition}: here its ARNs begin with arn:aws",
            )
        )
    return whole, tuple(problems)


def _split_arns(whole: Detail) -> Iterator[list[str]]:
    return (row["Arn"].split(":", 5) for name in KINDS_BY_LIST for row in whole[name])


def account_id_of(whole: Detail) -> str:
    """Return the id of the account in these ARNs. The ARNs of AWS's own policies have none."""
    for parts in _split_arns(whole):
        if len(parts) == 6 and parts[4].isdigit():
            return parts[4]
    return "111122223333"


def _read_pages(text: str, at: datetime) -> tuple[dict[str, list[Detail]], list[Problem]]:
    """Return the lists of all pages, joined, and the problems. Raise Problems."""
    pages = list(_split_pages(text))
    problems = list[Problem]()
    if sum(map(_count_rows, pages)) > MAX_ROWS:
        too_many = (
            f"the file lists more than {MAX_ROWS:,} things, and no account holds as many"
        )
        raise details_problems([details_fault("", too_many)])
    for number, page in enumerate(pages):
        place = f"page {number + 1}, " if len(pages) > 1 else ""
        pages[number], completions = _complete_page(page, place, at)
        problems += completions
        room = max(0, LOOKED_FOR - len(problems))
        problems += islice(_page_problems(pages[number], place), room)
    if len(problems) >= LOOKED_FOR:
        too_many = f"there are {LOOKED_FOR:,} problems, and what lies behind them was not looked at"
        problems.append(details_fault("", too_many))
    if faults := [problem for problem in problems if problem.level is Level.ERROR]:
        raise details_problems(faults)
    if pages[-1].get("IsTruncated") or pages[-1].get("NextToken"):
        truncated = "the file ends where another page begins: what stands there is not here"
        problems.append(left_behind("", truncated, WRITE_ALL_FIX))
    lists: dict[str, list[Detail]] = {}
    for name in KINDS_BY_LIST:
        rows = (row for page in pages for row in page.get(name, ()))
        lists[name] = [_known_members(name, row) for row in rows]
    return lists, problems


def _count_rows(page: Any) -> int:
    """Return the number of users, groups, roles and policies on a page, and one for the page."""
    if not isinstance(page, dict):
        return 1
    lists = (cast("dict[str, Any]", page).get(name) for name in KINDS_BY_LIST)
    return 1 + sum(len(cast("list[Any]", rows)) for rows in lists if isinstance(rows, list))


def _complete_page(page: Any, place: str, at: datetime) -> tuple[Any, list[Problem]]:
    """Return a page with the names and ids that its rows lack, and the problems that say so."""
    if not isinstance(page, dict):
        return page, []
    whole = dict(cast("dict[str, Any]", page))
    problems = list[Problem]()
    for name, kind in KINDS_BY_LIST.items():
        if not isinstance(whole.get(name), list):
            continue
        rows = cast("list[Any]", whole[name])
        for number, row in enumerate(rows):
            if not isinstance(row, dict):
                continue
            rows[number], sources = complete_row(
                cast("dict[str, Any]", row), kind, at.isoformat()
            )
            problems += (
                left_behind(
                    f"{place}{name}[{number}]",
                    f"`{field}` is missing: {source} stands for it",
                )
                for field, source in sources.items()
            )
    return whole, problems


def _known_members(name: str, row: Detail) -> Detail:
    """Return the row of a list without members that AWS's document doesn't have. They aren't checked at all."""
    rows = DETAILS_SHAPE.member(name)
    element = rows.shape.element if rows else None
    return {
        key: value for key, value in row.items() if element and element.shape.member(key)
    }


def _split_pages(text: str) -> Iterator[Any]:
    """Yield the values in the file, which are one after the other or in a list."""
    decoder = json.JSONDecoder()
    at = 0
    text = text.strip()
    while at < len(text) or not at:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            fault = details_fault("", f"the file is no JSON: {error}")
            raise details_problems([fault]) from None
        if value and isinstance(value, list):
            yield from value
        else:
            yield value
        while at < len(text) and text[at].isspace():
            at += 1


def _page_problems(page: Any, place: str) -> Iterator[Problem]:
    """Yield the problems of one page."""
    members = cast("dict[str, Any]", page if isinstance(page, dict) else {})
    if not KINDS_BY_LIST.keys() & members.keys():
        text = f"the file holds none of {', '.join(KINDS_BY_LIST)}"
        yield details_fault(place.rstrip(", "), text)
        return
    lists = {name: value for name, value in members.items() if name not in PAGE_MEMBERS}
    yield from _structure_problems(DETAILS_SHAPE, lists, place)


# ------------------------------------------------------------------- its form
def _value_problems(shape: Shape, value: Any, place: str) -> Iterator[Problem]:
    """Yield the problems of a value and of the values inside it: a wrong type, or a limit that it breaks."""
    if shape.name == "policyDocumentType":
        yield from _document_problems(value, place)
    elif not TYPE_CHECKS[shape.type](value):
        yield details_fault(
            place, f"`{_short_text(value)}` is no {TYPE_NAMES.get(shape.type, shape.type)}"
        )
    elif shape.type == "structure":
        yield from _structure_problems(shape, value, f"{place}.")
    elif shape.type == "list" and shape.element:
        for n, item in enumerate(value):
            yield from _value_problems(shape.element.shape, item, f"{place}[{n}]")
    elif shape.type == "string" and not shape.enum and shape.name != "idType":
        # Others' ids come here too.
        if shape.name in MAX_LENGTHS:
            shape_with_limit = replace(shape, maximum=MAX_LENGTHS[shape.name])
        else:
            shape_with_limit = shape
        yield from (
            details_fault(place, f"`{_short_text(value)}`: {violation}")
            for violation in unmet_limits(shape_with_limit, value, place)
        )


# AWS's model sets no limit, and the next version is one more than the last.
MAX_LENGTHS = {"policyVersionIdType": 64}


def _structure_problems(
    shape: Shape, value: Mapping[str, Any], place: str
) -> Iterator[Problem]:
    """Yield the problems of a structure: missing members, unknown members (warnings), and those of its values."""
    for name in NEEDED_MEMBERS.get(shape.name, ()):
        if name not in value:
            yield details_fault(place.removesuffix("."), f"`{name}` is missing")
    for name, part in value.items():
        member = shape.member(name)
        if member is None:
            yield left_behind(
                f"{place}{name}", f"AWS's document has no `{name}`: it is not read"
            )
        else:
            yield from _value_problems(member.shape, part, f"{place}{name}")


def _document_problems(value: Any, place: str) -> Iterator[Problem]:
    """Yield a problem if a value isn't a policy document, given as an object or as URL-encoded JSON."""
    try:
        whole: object = value
        if not isinstance(value, dict):
            whole = json.loads(document_text(value))
        is_object = isinstance(whole, dict)
    except (ValueError, TypeError, RecursionError):
        is_object = False
    if not is_object:
        yield details_fault(
            place,
            f"`{_short_text(value)}` is no policy document: an object, or URL-encoded JSON of one",
        )


def document_text(value: Any) -> str:
    """Return the text of a policy document, given as an object, as JSON, or as URL-encoded JSON (RFC 3986)."""
    if isinstance(value, str):
        if value.lstrip().startswith("{"):
            return value
        return unquote(value)
    try:
        return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    # Half a character, a number of more than 64 bits: the slower way.
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(value, indent=2, ensure_ascii=False)


def limit_violations(value: Any) -> tuple[str, ...]:
    """Return why IAM would not accept a policy document from a customer: its length, without white space, or a character.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
    """
    if isinstance(value, str):
        whole = json.loads(document_text(value))
    else:
        whole = value
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
    parameter = OPERATIONS["iam", "CreatePolicy"].input.member("PolicyDocument")
    if parameter:
        return tuple(unmet_limits(parameter.shape, text, "Document"))
    return ()


def read_date(value: Any) -> datetime | None:
    """Return an instant in UTC and whole seconds, or None. It is given in ISO 8601 or in seconds since 1970."""
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            if at.tzinfo:
                at = at.astimezone(UTC)
            else:
                at = at.replace(tzinfo=UTC)
        else:
            at = datetime.fromtimestamp(value, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return at.replace(microsecond=0)


TYPE_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "structure": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "timestamp": lambda value: read_date(value) is not None,
}
TYPE_NAMES = {"structure": "object", "timestamp": "date"}


def _short_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


# ----------------------------------------------------------- consistency
def contradictions(whole: Detail) -> Iterator[Problem]:
    """Yield the contradictions in a file, such as a name that two rows share."""
    yield from _duplicates(whole)
    id = account_id_of(whole)
    for name, kind in KINDS_BY_LIST.items():
        for number, row in enumerate(whole[name]):
            place = f"{name}[{number}]"
            if row["Arn"].startswith("arn:aws:iam::aws:"):
                owner = "aws"
            else:
                owner = id
            arn = f"arn:aws:iam::{owner}:{kind.lower()}{row['Path']}{row[f'{kind}Name']}"
            if row["Arn"] != arn:
                text = f"`{row['Arn']}` is not the ARN by path and name: {arn}"
                yield details_fault(f"{place}.Arn", text, "mend either")
            if kind != "Policy":
                continue
            default = row["DefaultVersionId"]
            versions = [version["VersionId"] for version in row["PolicyVersionList"]]
            if default not in versions:
                text = f"there is no version `{default}`"
                mend = "name one of PolicyVersionList"
                yield details_fault(f"{place}.DefaultVersionId", text, mend)


def is_unknown_id(kind: str, id: str) -> bool:
    """Return whether a unique id of a "User", "Group", "Role", "Policy" or "instance-profile" doesn't have AWS's form."""
    return re.fullmatch(rf"{ids.ID_PREFIXES[kind.lower()]}[0-9A-Z]{{4,}}", id) is None


def _duplicates(whole: Detail) -> Iterator[Problem]:
    """Yield a problem for each name that an earlier row of the same kind has. IAM's names ignore case."""
    seen: dict[tuple[str, str], str] = {}
    for place, key in _unique_names(whole):
        first = seen.setdefault(key, place)
        if first is not place:
            text = f"`{key[1]}` is there already, as {first}; capitals make no difference"
            yield details_fault(place, text, "delete one of them")


def _unique_names(whole: Detail) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the names and ids that must be unique: the place of each, and the list and name."""
    for name, kind in KINDS_BY_LIST.items():
        for number, row in enumerate(whole[name]):
            place = f"{name}[{number}]"
            key = "Arn" if kind == "Policy" else f"{kind}Name"
            yield f"{place}.{key}", (name, row[key].lower())
            id = row[f"{kind}Id"]
            if not is_unknown_id(kind, id):
                yield f"{place}.{kind}Id", ("ids", id)
            for part_list, part in (
                (f"{kind}PolicyList", "PolicyName"),
                ("PolicyVersionList", "VersionId"),
                ("Tags", "Key"),
            ):
                for index, item in enumerate(row.get(part_list, ())):
                    part_place = f"{place}.{part_list}[{index}].{part}"
                    yield part_place, (f"{place}{part_list}", item[part].lower())
