"""The AWS managed policies that the simulated account knows: the default version of each, as AWS publishes it.

`tools/build_managed.py` builds two files: the policies that are used most, and, compressed, all others. The second is read
when the first of its policies is asked for. In the account, an AWS ARN outside both is NoSuchEntity. A document becomes
text when it is needed.
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
        row = _find_row(self.arn)
        assert row is not None, "a document is made of a row"
        return json.dumps(row["document"], indent=4)


@cache
def _common_rows() -> Mapping[str, _Row]:
    """Return the rows of the policies that are used most, by ARN. Each is read when it is needed."""
    return Lines(Path(__file__).with_name("aws_managed_policies.jsonl"))


@cache
def _other_lines() -> Mapping[str, bytes]:
    """Return the lines of all other policies, by ARN."""
    import lzma  # most plays never ask for one of these

    path = Path(__file__).with_name("aws_managed_policies_rest.jsonl.xz")
    with lzma.open(path) as file:
        return {line[2 : line.index(b'"', 2)].decode(): line for line in file}


def _find_row(arn: str) -> _Row | None:
    """Return the row of a policy, or None if there is none."""
    if not arn.startswith(_ARN_PREFIX):
        return None
    row = _common_rows().get(arn)
    if row is not None:
        return row
    line = _other_lines().get(arn)
    return None if line is None else json.loads(line)[1]


_ARN_PREFIX = "arn:aws:iam::aws:policy/"


@lru_cache(maxsize=4096)
def find_managed_document(arn: str) -> ManagedDocument | None:
    """Return the AWS managed policy with this ARN, or None if the account doesn't know it."""
    row = _find_row(arn)
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
def common_managed_documents() -> tuple[ManagedDocument, ...]:
    """Return the AWS managed policies that are used most, in the order of `tools/build_managed.py`."""
    documents = map(find_managed_document, _common_rows())
    return tuple(document for document in documents if document)


def all_managed_documents() -> tuple[ManagedDocument, ...]:
    """Return every AWS managed policy: those that are used most, then the others in the order of their ARNs."""
    documents = map(find_managed_document, _other_lines())
    others = (document for document in documents if document)
    return (*common_managed_documents(), *others)
