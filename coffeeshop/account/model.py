"""The nouns of the account: who calls, which call, what came of it, and everything the account holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.credentials import (
    AccessKey,
    Credential,
    LoginProfile,
    MfaDevice,
    PasswordPolicy,
    Use,
)
from coffeeshop.account.iam_resources import (
    BOOKS,
    Entity,
    Group,
    InstanceProfile,
    ManagedPolicy,
    Role,
    User,
)
from coffeeshop.account.organization import Organization
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.resources import Bucket, Function, Instance, Queue, Table, Trail
from coffeeshop.account.values import Json, Tags
from coffeeshop.policy.model import Allowed, Decision, Values


# ------------------------------------------------------------ calls and acts
# gc=False: what every act makes anew holds only what was there before it, so that no circle runs through it; a long play
# keeps more of it than the collector should walk.
class Key(Struct, frozen=True, gc=False):
    """A credential by its id: AKIA… long-term, ASIA… temporary (a console session is one too)."""

    id: str


class Service(Struct, frozen=True):
    """An AWS service by its principal name, "lambda.amazonaws.com"; it may only assume roles that trust it."""

    name: str


class Outsider(Struct, frozen=True):
    """A principal of another account, by ARN; its own account's side counts as allowed."""

    arn: str


class Nobody(Struct, frozen=True):
    """No credential: signing in, and anonymous requests."""


Caller: TypeAlias = Key | Service | Outsider | Nobody


class Origin(Struct, frozen=True):
    """Where a call comes from: what the context keys of the network are read from."""

    ip: str = "203.0.113.10"
    region: str = "us-east-1"
    agent: str = "aws-cli/2"
    secure: bool = True


class Call(Struct, frozen=True, gc=False):
    """One API call: `Call("iam", "CreateUser", {"UserName": "casey"})`. Parameters are JSON-shaped, blobs are bytes."""

    service: str
    operation: str
    parameters: Mapping[str, Json] = {}
    origin: Origin = Origin()

    def text(self, name: str, default: str = "") -> str:
        """Returns a parameter that is a string; `default` where it is left out. Types were checked at the door."""
        value = self.parameters.get(name)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: int = 0) -> int:
        """Returns a parameter that is an integer."""
        value = self.parameters.get(name)
        return value if isinstance(value, int) else default

    def rows(self, name: str) -> tuple[Mapping[str, Json], ...]:
        """Returns a parameter that is a list of structures: Tags, Attributes."""
        value = self.parameters.get(name)
        if isinstance(value, tuple | list):
            return tuple(v for v in value if isinstance(v, Mapping))
        return ()

    def words(self, name: str) -> Values:
        """Returns a parameter that is a list of strings."""
        value = self.parameters.get(name)
        if isinstance(value, tuple | list):
            return tuple(v for v in value if isinstance(v, str))
        return ()

    def map(self, name: str) -> Mapping[str, Json]:
        """Returns a parameter that is a structure or a map."""
        value = self.parameters.get(name)
        if value and isinstance(value, Mapping):
            return value
        return {}

    @property
    def tags(self) -> Tags:
        """Returns the parameter Tags as a mapping: most services take [{Key, Value}], Lambda and SQS a map
        (CreateQueue: tags).
        """
        given = self.map("Tags") or self.map("tags")
        if given:
            return {key: str(value) for key, value in given.items()}
        return {str(tag["Key"]): str(tag["Value"]) for tag in self.rows("Tags")}


class Act(Struct, frozen=True, gc=False):
    """When, which credential, which call: one line of a script, a save, a hand-in, an export. `at` is UTC, whole
    seconds, never before the act that precedes it.
    """

    at: datetime
    caller: Caller
    call: Call


class Reply(Struct, frozen=True, gc=False):
    """A success: the body as the aws CLI would print it."""

    body: Mapping[str, Json] = {}


class ServiceError(Exception):
    """AWS's refusal. Raised inside operations, caught at the door only, and then the answer of the outcome."""

    def __init__(
        self, code: str, message: str, status: int = 400, reason: str = ""
    ) -> None:
        """Holds what is told; `reason` is the word that Organizations adds where one code has many causes."""
        super().__init__(f"{code}: {message}")
        self._told = code, message, status, reason
        self.code, self.message, self.status, self.reason = self._told

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ServiceError) and self._told == other._told

    def __hash__(self) -> int:
        return hash(self._told)

    def bare(self) -> ServiceError:
        """Returns the refusal to be kept: one that was caught holds every frame that it came through, and so every play."""
        return ServiceError(*self._told)


Answer: TypeAlias = Reply | ServiceError


class Outcome(Struct, frozen=True, gc=False):
    """The account after an act, the answer, and what the policy engine decided on the way."""

    act: Act
    account: Account
    answer: Answer
    decisions: tuple[Decision, ...] = ()

    @property
    def has_succeeded(self) -> bool:
        """Tells whether the call succeeded, in all that it asked for."""
        return isinstance(self.answer, Reply) and self.is_authorized

    @property
    def is_authorized(self) -> bool:
        """Tells whether policies let through all that was asked of them, whatever came of it."""
        return all(isinstance(decision, Allowed) for decision in self.decisions)


# ------------------------------------------------------------------- account
class Job(Struct, frozen=True):
    """A job of GenerateServiceLastAccessedDetails: of which ARN, how fine, when, and the account as it stood."""

    arn: str
    granularity: str
    created: datetime
    account: Account


class Account(Struct, frozen=True, gc=False):
    """The whole simulated account, frozen; a call makes a new one.

    Users, groups, roles and instance profiles are held under their lower-cased name, managed policies under their ARN
    (`lent`: those of AWS's that are not known here and that an imported account brought), credentials under their id.
    `names` finds the lower-cased name of a unique id; `births` counts how often a kind and name were created, which the
    next unique id is made from; `usage` holds, by unique id and by credential, the last use of each action ("" of all).
    `reported` is the account as it stood when the credential report was made, at `reported_at`; `deleted_queues` tells
    when a queue of that name was last deleted; `closed` and `billing` are root's console acts. `organization` is the
    one that it manages. `others` are the other accounts that are simulated beside it, by id; one of all is in front,
    and they turn (`seen_from`) to whichever a call is made in. `proof_key` is the installation's own: it changes secrets
    and session tokens, and nothing else (b"": they are drawn from the seed alone).
    """

    id: str
    seed: bytes
    email: str
    created: datetime
    root: LoginProfile
    name: str = ""
    alias: str = ""
    calls: int = 0
    users: SortedMap[User] = SortedMap()
    groups: SortedMap[Group] = SortedMap()
    roles: SortedMap[Role] = SortedMap()
    instance_profiles: SortedMap[InstanceProfile] = SortedMap()
    policies: SortedMap[ManagedPolicy] = SortedMap()
    lent: SortedMap[ManagedPolicy] = SortedMap()
    credentials: SortedMap[Credential] = SortedMap()
    devices: SortedMap[MfaDevice] = SortedMap()
    password_policy: PasswordPolicy | None = None
    organization: Organization | None = None
    buckets: SortedMap[Bucket] = SortedMap()
    tables: SortedMap[Table] = SortedMap()
    queues: SortedMap[Queue] = SortedMap()
    deleted_queues: SortedMap[datetime] = SortedMap()
    functions: SortedMap[Function] = SortedMap()
    instances: SortedMap[Instance] = SortedMap()
    trails: SortedMap[Trail] = SortedMap()
    names: SortedMap[str] = SortedMap()
    births: SortedMap[int] = SortedMap()
    usage: SortedMap[Mapping[str, Use]] = SortedMap()
    reported: Account | None = None
    reported_at: datetime | None = None
    jobs: SortedMap[Job] = SortedMap()
    closed: bool = False
    billing: bool = False
    others: SortedMap[Account] = SortedMap()
    proof_key: bytes = b""

    # ------------------------------------------------------------ among accounts
    def seen_from(self, id: str) -> Account:
        """Returns the same accounts with that one in front."""
        if id == self.id:
            return self
        behind = self.others.drop(id).put(self.id, replace(self, others=SortedMap()))
        return replace(self.others[id], others=behind)

    def home_of(self, caller: Caller) -> Account:
        """Returns the same accounts with the one in front whose credential this is; as they are if it is nobody's."""
        if not self.others or not isinstance(caller, Key) or caller.id in self.credentials:
            return self
        found = (
            other.id for other in self.others.values() if caller.id in other.credentials
        )
        return self.seen_from(next(found, self.id))

    def with_proof_key(self, key: bytes) -> Account:
        """Return the same accounts with secrets and session tokens of their own: those that this key draws."""
        others = SortedMap(
            (id, replace(other, proof_key=key)) for id, other in self.others.items()
        )
        return replace(self, proof_key=key, others=others)

    @property
    def all_credentials(self) -> Iterator[Credential]:
        """Yields every credential of every account, this one's first."""
        return chain.from_iterable(
            one.credentials.values() for one in (self, *self.others.values())
        )

    @property
    def joined_organization(self) -> Organization | None:
        """Returns the organization that the account is in, whichever account manages it."""
        if (
            not self.organization and not self.others
        ):  # as most accounts of the course, and each call asks
            return None
        return next(
            (found for found in self.organizations if self.id in found.members), None
        )

    @property
    def organizations(self) -> Iterator[Organization]:
        """Yields the organizations that these accounts manage."""
        each = (account.organization for account in (self, *self.others.values()))
        return (found for found in each if found)

    def account_id_owning(self, arn: str) -> str:
        """Returns the id of the account whose a resource is: what its ARN says, of a bucket whoever has it; else this."""
        said = next((part for part in arn.split(":")[4:5] if part.isdigit()), "")
        if said or not self.others or not arn.startswith("arn:aws:s3:::"):
            return said or self.id
        bucket = arn.removeprefix("arn:aws:s3:::").partition("/")[0]
        return next(
            (other.id for other in self.others.values() if bucket in other.buckets), self.id
        )

    def with_organization(self, new: Organization) -> Account:
        """Returns the accounts with that organization in place of how it was, in whichever of them it is kept."""
        if self.organization and self.organization.id == new.id:
            return replace(self, organization=new)
        kept = next(
            o
            for o in self.others.values()
            if o.organization and o.organization.id == new.id
        )
        return replace(
            self, others=self.others.put(kept.id, replace(kept, organization=new))
        )

    # ----------------------------------------------------------------- by itself

    def arn(self, entity: Entity) -> str:
        """Returns the ARN of a user, group or role of this account."""
        return f"{self.arn_prefix(type(entity))}{entity.path}{entity.name}"

    def arn_prefix(self, kind: type[Entity]) -> str:
        """Returns what the ARNs of users, of groups, of roles begin with."""
        return f"arn:aws:iam::{self.id}:{kind.__name__.lower()}"

    @property
    def root_arn(self) -> str:
        """Returns the ARN of the root user, which names the whole account where a policy has it as principal."""
        return f"arn:aws:iam::{self.id}:root"

    def profiles_of(self, role: Role) -> tuple[InstanceProfile, ...]:
        """Returns the instance profiles that hold a role, by name."""
        return tuple(
            profile
            for profile in self.instance_profiles.values()
            if role.id in profile.roles
        )

    def without_history(self) -> Account:
        """Returns the account as it stands, without what it keeps of how it stood: what a report or a job keeps of it."""
        return replace(self, reported=None, jobs=SortedMap())

    def entity_by_id(self, id: str) -> Entity | None:
        """Returns the user, group or role of a unique id, while it lives."""
        name = self.names.get(id)
        books = {"AIDA": self.users, "AGPA": self.groups, "AROA": self.roles}
        return None if name is None else books[id[:4]][name]

    def put(self, entity: Entity) -> Account:
        """Returns the account with that user, group or role in it, new or changed; its name may have changed too."""
        key = entity.name.lower()
        old = self.names.get(entity.id)
        names = self.names if old == key else self.names.put(entity.id, key)
        kind = BOOKS[type(entity)]
        book: SortedMap[Entity] = getattr(self, kind)
        kept = book if old is None or old == key else book.drop(old)
        return replace(self, **{"names": names, kind: kept.put(key, entity)})

    def drop(self, entity: Entity) -> Account:
        """Returns the account without that user, group or role."""
        kind = BOOKS[type(entity)]
        book: SortedMap[Entity] = getattr(self, kind)
        names = self.names.drop(entity.id)
        kept = book.drop(entity.name.lower())
        return replace(self, **{"names": names, kind: kept})

    def credential_of(self, caller: Caller | None) -> Credential | None:
        """Returns the credential that a caller shows, whether or not it is good; None where the account has none of it."""
        if isinstance(caller, Key):
            return self.credentials.get(caller.id)
        return None

    def keys_of(self, owner: str) -> tuple[AccessKey, ...]:
        """Returns the access keys of a unique id (the account's id: root's), oldest first, without deleted ones."""
        keys = (
            found for found in self.credentials.values() if isinstance(found, AccessKey)
        )
        found = (key for key in keys if key.owner == owner and key.status != "Deleted")
        return tuple(sorted(found, key=lambda key: key.made))

    def devices_of(self, owner: str) -> tuple[MfaDevice, ...]:
        """Returns the enabled MFA devices of a unique id (the account's id: root's), by serial."""
        found = (device for device in self.devices.values() if device.owner == owner)
        return tuple(sorted(found, key=lambda device: device.serial))
