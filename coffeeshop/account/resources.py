"""Define the resources of an account that aren't identities, from buckets to instances."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.values import Document, Json, Tags


class Object(Struct, frozen=True):
    """An S3 object."""

    key: str
    body: bytes
    modified: datetime
    content_type: str = "binary/octet-stream"
    tags: Tags = {}


class Bucket(Struct, frozen=True):
    """An S3 bucket. `public_access` are its Block Public Access settings, empty if it has none."""

    name: str
    created: datetime
    region: str
    objects: SortedMap[Object] = SortedMap()
    policy: Document | None = None
    public_access: Mapping[str, bool] = {}


class Table(Struct, frozen=True):
    """A DynamoDB table with one hash key of type S, N or B. Items are by the JSON of their key.

    `capacity` is the provisioned number of reads and writes per second. None means pay per request.
    """

    name: str
    created: datetime
    key: str
    type: str
    capacity: tuple[int, int] | None = None
    tags: Tags = {}
    items: SortedMap[Mapping[str, Json]] = SortedMap()


class Message(Struct, frozen=True):
    """An SQS message, sent by the unique id `sender`.

    After it was received, it is hidden until `visible`, and `receipt` is the handle that was given. `received` is
    how often it was received, and `first` when it was first.
    """

    id: str
    body: str
    sent: datetime
    visible: datetime
    sender: str = ""
    receipt: str = ""
    received: int = 0
    first: datetime | None = None


class Queue(Struct, frozen=True):
    """An SQS standard queue."""

    name: str
    created: datetime
    messages: tuple[Message, ...] = ()
    attributes: Mapping[str, str] = {}
    policy: Document | None = None
    tags: Tags = {}


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
