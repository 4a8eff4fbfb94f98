"""The AWS managed policies that the simulated account knows: the default version of each, as AWS publishes it.

`tools/build_managed.py` builds `aws_managed_policies.jsonl`. In the account, an AWS ARN outside it is NoSuchEntity. The
file is read when the first policy is asked for, and a document becomes text when it is needed.
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
        """Return its unique id, computed from the ARN."""
        return "ANPA" + ids.draw_letters(b"aws", 17, self.arn)

    @property
    def name(self) -> str:
        """Return the last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def path(self) -> str:
        """Return the ARN's path, between `policy` and the name, with its slashes: "/job-function/"."""
        return self.arn.partition(":policy")[2].removesuffix(self.name)

    @property
    def text(self) -> str:
        """Return the document of the default version."""
        return json.dumps(_rows()[self.arn]["document"], indent=4)


@cache
def _rows() -> Mapping[str, _Row]:
    """Return the rows of the data file by ARN. Each is read when it is needed."""
    return Lines(Path(__file__).with_name("aws_managed_policies.jsonl"))


@lru_cache(maxsize=4096)
def find_managed_document(arn: str) -> ManagedDocument | None:
    """Return the AWS managed policy with this ARN, or None if the account doesn't know it."""
    row = _rows().get(arn)
    if row is None:
        return None
    created = datetime.fromisoformat(row["created"])
    updated = datetime.fromisoformat(row["updated"])
    return ManagedDocument(arn, row["version"], created, updated)


@lru_cache(maxsize=4096)
def aws_policy(arn: str) -> ManagedPolicy | None:
    """Return the AWS managed policy with this ARN, with its document, or None if the account doesn't know it."""
    row = find_managed_document(arn)
    if row is None:
        return None
    policy, _ = parse_stored(row.text, Kind.IDENTITY, arn)
    version = PolicyVersion(row.default, Document(row.text, policy), row.updated)
    return ManagedPolicy(
        arn,
        row.id,
        row.name,
        row.path,
        row.created,
        row.updated,
        (version,),
        row.default,
    )


@cache
def all_managed_documents() -> tuple[ManagedDocument, ...]:
    """Return every AWS managed policy that the account knows, in the order of `tools/build_managed.py`."""
    documents = map(find_managed_document, _rows())
    return tuple(document for document in documents if document)
