"""Define the resources of an account that aren't identities, from buckets to instances."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.values import Document, Json, Tags


class Encryption(Struct, frozen=True):
    """How S3 encrypts an object, or the new objects of a bucket.

    `key` is the KMS key: of an object its ARN, of a bucket as it was written. "": S3's own key.
    """

    algorithm: str = "AES256"
    key: str = ""
    bucket_key: bool = False


BUCKET_OWNER = "BucketOwnerEnforced"  # ACLs are off, and its owner owns every object
NULL_VERSION = (
    "null"  # the id of a version that was written while versioning was not enabled
)


class Object(Struct, frozen=True):
    """An S3 object.

    `details` describe it, under the names of PutObject's parameters: ContentType, Metadata. `parts` are the sizes of
    the parts in which it was uploaded, if it was: its entity tag is made of theirs. `version` is its version's id. A
    delete marker is a version without content.
    """

    key: str
    body: bytes
    modified: datetime
    details: Mapping[str, Json] = {}
    tags: Tags = {}
    encryption: Encryption = Encryption()
    parts: tuple[int, ...] = ()
    version: str = NULL_VERSION
    is_delete_marker: bool = False


class Part(Struct, frozen=True):
    """A part of an object that is being uploaded."""

    body: bytes
    uploaded: datetime


class Upload(Struct, frozen=True):
    """A multipart upload that has begun, by the ARN `initiator`, with what its object gets.

    `earlier` is the object that the key had then: conditions of the end refer to it.
    """

    id: str
    key: str
    started: datetime
    initiator: str
    details: Mapping[str, Json] = {}
    tags: Tags = {}
    encryption: Encryption = Encryption()
    parts: Mapping[int, Part] = {}
    earlier: Object | None = None


class Bucket(Struct, frozen=True):
    """An S3 bucket. `public_access` are its Block Public Access settings, empty if it has none.

    `ownership` is its Object Ownership, "" if it was deleted. `objects` are the current versions. `older` are the
    other versions of each key, newest first, and a current delete marker.
    """

    name: str
    created: datetime
    region: str
    objects: SortedMap[Object] = SortedMap()
    policy: Document | None = None
    public_access: Mapping[str, bool] = {}
    encryption: Encryption = Encryption()
    tags: Tags = {}
    uploads: SortedMap[Upload] = SortedMap()
    versioning: Literal["", "Enabled", "Suspended"] = ""
    ownership: str = BUCKET_OWNER
    older: SortedMap[tuple[Object, ...]] = SortedMap()


class KeyAttribute(Struct, frozen=True):
    """An attribute of a table's key, of type S, N or B."""

    name: str
    type: str


class Table(Struct, frozen=True):
    """A DynamoDB table. Items are by the JSON of their key.

    `capacity` is the provisioned number of reads and writes per second. None means pay per request.
    """

    name: str
    created: datetime
    hash_key: KeyAttribute
    sort_key: KeyAttribute | None = None
    capacity: tuple[int, int] | None = None
    tags: Tags = {}
    items: SortedMap[Mapping[str, Json]] = SortedMap()

    @property
    def keys(self) -> tuple[KeyAttribute, ...]:
        """Return the hash key, and the sort key if there is one."""
        if self.sort_key:
            return self.hash_key, self.sort_key
        return (self.hash_key,)


class Message(Struct, frozen=True):
    """An SQS message, sent by the unique id `sender`.

    After it was received, it is hidden until `visible`, and `receipt` is the handle that was given. `received` is
    how often it was received, and `first` when it was first. `attributes` are its sender's: DataType and a value.
    Messages of a FIFO queue have a group, a deduplication id and a sequence number. Others can have a group.
    """

    id: str
    body: str
    sent: datetime
    visible: datetime
    sender: str = ""
    receipt: str = ""
    received: int = 0
    first: datetime | None = None
    attributes: Mapping[str, Mapping[str, Json]] = {}
    group: str = ""
    deduplication: str = ""
    sequence: str = ""


class SentMessage(Struct, frozen=True):
    """What a FIFO queue remembers of a message, also after it is deleted, to know its duplicates."""

    at: datetime
    id: str
    sequence: str


class Queue(Struct, frozen=True):
    """An SQS queue. `purged` is when its messages were deleted last.

    A FIFO queue has `sent_messages`, by their deduplication ids, and a `sent_count` of all that were ever sent.
    """

    name: str
    created: datetime
    messages: tuple[Message, ...] = ()
    attributes: Mapping[str, str] = {}
    policy: Document | None = None
    tags: Tags = {}
    modified: datetime | None = None
    purged: datetime | None = None
    sent_messages: Mapping[str, SentMessage] = {}
    sent_count: int = 0


class Function(Struct, frozen=True):
    """A Lambda function with its execution role (an ARN) and its resource-based policy. Its code never runs."""

    name: str
    role: str
    modified: datetime
    code: bytes = b""
    runtime: str = ""
    handler: str = ""
    description: str = ""
    timeout: int = 3
    memory: int = 128
    environment: Mapping[str, str] = {}
    policy: Document | None = None
    tags: Tags = {}


class KmsGrant(Struct, frozen=True):
    """A grant of a KMS key: `grantee` can use these operations, and `retiring` can end the grant.

    `subset` and `equal` are the two constraints on the encryption context. None: no constraint.
    The principals are ARNs.
    """

    id: str
    created: datetime
    grantee: str
    issuer: str
    operations: tuple[str, ...]
    name: str = ""
    retiring: str = ""
    subset: Mapping[str, str] | None = None
    equal: Mapping[str, str] | None = None


class KmsKey(Struct, frozen=True):
    """A KMS key with its key policy and its grants, the oldest first.

    `deleted_at` is when a scheduled deletion is due. `rotation_days` is how often AWS rotates
    the key, 0 for never. `manager` is "AWS" for a key that a service made for itself.
    """

    id: str
    created: datetime
    policy: Document
    description: str = ""
    spec: str = "SYMMETRIC_DEFAULT"
    usage: str = "ENCRYPT_DECRYPT"
    enabled: bool = True
    manager: Literal["AWS", "CUSTOMER"] = "CUSTOMER"
    deleted_at: datetime | None = None
    window: int = 0
    rotation_days: int = 0
    rotation_since: datetime | None = None
    tags: Tags = {}
    grants: tuple[KmsGrant, ...] = ()


class KmsAlias(Struct, frozen=True):
    """An alias of a KMS key: its name, `alias/recipes`, and the id of the key."""

    name: str
    key: str
    created: datetime
    updated: datetime


class Instance(Struct, frozen=True):
    """An EC2 instance, with its Name."""

    id: str
    name: str
    launched: datetime
    state: Literal["running", "stopped"] = "running"


class Trail(Struct, frozen=True):
    """A CloudTrail trail and the bucket that it writes to. `started` and `stopped` say when logging last began and ended."""

    name: str
    bucket: str
    prefix: str = ""
    global_events: bool = True
    every_region: bool = False
    validated: bool = False
    logging: bool = False
    started: datetime | None = None
    stopped: datetime | None = None


class ArchiveRule(Struct, frozen=True):
    """A rule of an analyzer that archives new findings: a criterion for each property, such as `resource`."""

    name: str
    filter: Mapping[str, Json]
    created: datetime
    updated: datetime


class Analyzer(Struct, frozen=True):
    """An analyzer of IAM Access Analyzer.

    Its findings are computed when somebody asks for them. `statuses` has those that a call set,
    by the finding's id, with the time. `age` is the number of days after which access counts as
    unused, 0 for an analyzer of external access. `exclusions` are what isn't analyzed, as
    CreateAnalyzer takes it.
    """

    name: str
    type: str
    created: datetime
    age: int = 0
    exclusions: tuple[Mapping[str, Json], ...] = ()
    tags: Tags = {}
    rules: SortedMap[ArchiveRule] = SortedMap()
    statuses: SortedMap[tuple[str, datetime]] = SortedMap()
