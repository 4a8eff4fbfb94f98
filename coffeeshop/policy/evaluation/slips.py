"""Find slips in a statement, where only the form of a value is wrong, and guess the intended value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from coffeeshop.policy.language.arn import arn_segments
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.language.spelling import edit_distance
from coffeeshop.policy.model import Condition, Element

NAME_IN_ARN: Final = re.compile(
    r"(?P<head>arn:[^:]*:[^:]*:[^:]*:[^:]*:(\w+[:/])?)(?P<name>[\w.-]+)"
)
MIN_NAME_LENGTH: Final = 6  # letters: in a shorter name, another letter makes another name
MAX_WRONG_LETTERS: Final = 2  # letters that can be wrong


def is_misspelt_value(condition: Condition, values: Iterable[str]) -> bool:
    """Return whether a positive condition would match if case didn't matter or wildcards
    counted.
    """
    negated = "Not" in condition.operator or not condition.operator.startswith(
        ("String", "Arn")
    )
    patterns = [glob(wanted.lower()) for wanted in condition.values]
    return not negated and any(
        matches(value.lower()) for matches in patterns for value in values
    )


def arn_in_other_form(resources: Element, resource: str) -> str:
    """Return the statement's ARN that means the requested resource in another form, or ""
    if none does.
    """
    return next(
        (value for value in resources.values if _is_other_form(value, resource)), ""
    )


def _is_other_form(written: str, resource: str) -> bool:
    """Return whether an ARN means the requested resource in another form.

    That is the bucket for its objects or the other way round, a folder for what is in it,
    another case, another account or Region, or a misspelt name.
    """
    written = written.lower()
    resource = resource.lower()
    is_parent = (
        bool(written)
        and not written.endswith("*")
        and resource.startswith((f"{written}/", f"{written}:"))
    )
    is_child = written in (f"{resource}/*", f"{resource}*")
    is_variant = (
        glob(written)(resource)
        or _is_elsewhere(written, resource)
        or _is_misspelt_place(written, resource)
    )
    return is_parent or is_child or is_variant


def _is_elsewhere(written: str, resource: str) -> bool:
    """Return whether an ARN matches the requested resource but for its Region and account.

    An ARN whose resource part is only `*` doesn't count, since it names no resource.
    """
    wrote_parts = arn_segments(written)
    resource_parts = arn_segments(resource)
    if len(wrote_parts) < 6 or len(resource_parts) < 6 or not wrote_parts[5].strip("*"):
        return False
    return wrote_parts[2] == resource_parts[2] and glob(wrote_parts[5])(resource_parts[5])


def _is_misspelt_place(written: str, resource: str) -> bool:
    """Return whether two ARNs differ by a letter or two in the name.

    Names with different numbers in them are different things, not slips.
    """
    wrote_match, resource_match = (NAME_IN_ARN.match(arn) for arn in (written, resource))
    if (
        wrote_match is None
        or resource_match is None
        or wrote_match["head"] != resource_match["head"]
    ):
        return False
    wrote_name = wrote_match["name"]
    resource_name = resource_match["name"]
    same_numbers = re.findall(r"\d+", wrote_name) == re.findall(r"\d+", resource_name)
    return (
        same_numbers
        and min(len(wrote_name), len(resource_name)) >= MIN_NAME_LENGTH
        and edit_distance(wrote_name, resource_name) <= MAX_WRONG_LETTERS
    )


def is_same_name(written: str, principal_arn: str) -> bool:
    """Return whether two ARNs of principals end in the same name."""
    return (
        bool(written)
        and written.rpartition("/")[2].lower() == principal_arn.rpartition("/")[2].lower()
    )


def bucket_or_objects(written: str, resource: str) -> str:
    """Return the ARN that was probably meant where bucket and objects were mixed up, or ""."""
    if resource.startswith(f"{written}/"):
        return f"{written}/*"
    return resource if written == f"{resource}/*" else ""
