"""The AWS managed policies that the simulated account knows: the default version of each, as AWS publishes it.

`aws_managed_policies.jsonl` is built by `tools/build_managed.py`; an AWS ARN outside it is NoSuchEntity in the account. Nothing is
read before the first policy is asked for, and no document becomes text before it is wanted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TypedDict

from msgspec import Struct

from coffeeshop.account import ids
from coffeeshop.account.api.jsonl_table import Lines
from coffeeshop.account.iam_resources import ManagedPolicy, PolicyVersion
from coffeeshop.account.values import Document
from coffeeshop.policy.language.stored_document import parse_stored
from coffeeshop.policy.model import Kind


class _Row(TypedDict):
    version: str
    created: str
    updated: str
    document: dict[str, object]


class ManagedDocument(Struct, frozen=True):
    """One AWS managed policy as lists show it: its default version, when it was made and last changed (UTC)."""

    arn: str
    default: str
    created: datetime
    updated: datetime

    @property
    def id(self) -> str:
        """Returns its unique id, computed from the ARN."""
        return "ANPA" + ids.draw_letters(b"aws", 17, self.arn)

    @property
    def name(self) -> str:
        """Returns the last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def path(self) -> str:
        """Tells what lies between `policy` and the name, slashes included: "/job-function/"."""
        return self.arn.partition(":policy")[2].removesuffix(self.name)

    @property
    def text(self) -> str:
        """Returns the document of the default version."""
        return json.dumps(_rows()[self.arn]["document"], indent=4)


@cache
def _rows() -> Mapping[str, _Row]:
    return Lines(Path(__file__).with_name("aws_managed_policies.jsonl"))


@lru_cache(maxsize=4096)
def find_managed_document(arn: str) -> ManagedDocument | None:
    """Returns the AWS managed policy of this ARN; None if this account's AWS has none."""
    row = _rows().get(arn)
    if row is None:
        return None
    created = datetime.fromisoformat(row["created"])
    updated = datetime.fromisoformat(row["updated"])
    return ManagedDocument(arn, row["version"], created, updated)


@lru_cache(maxsize=4096)
def aws_policy(arn: str) -> ManagedPolicy | None:
    """Returns the AWS managed policy of this ARN."""
    found = find_managed_document(arn)
    if found is None:
        return None
    text = found.text
    version = PolicyVersion(
        found.default,
        Document(text, parse_stored(text, Kind.IDENTITY, arn)[0]),
        found.updated,
    )
    return ManagedPolicy(
        arn,
        found.id,
        found.name,
        found.path,
        found.created,
        found.updated,
        (version,),
        found.default,
    )


@cache
def all_managed_documents() -> tuple[ManagedDocument, ...]:
    """Returns every AWS managed policy known here, in the order of `tools/build_managed.py`."""
    return tuple(found for arn in _rows() if (found := find_managed_document(arn)))
