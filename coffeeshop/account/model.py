"""The nouns of the account: callers, calls and their outcomes, and everything that the account holds."""

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
from coffeeshop.account.history import History
from coffeeshop.account.iam_resources import (
    ENTITY_COLLECTIONS,
    Entity,
    Group,
    InstanceProfile,
    ManagedPolicy,
    OidcProvider,
    Role,
    SamlProvider,
    User,
)
from coffeeshop.account.identity_center import IdentityCenter
from coffeeshop.account.organization import Organization
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.resources import (
    Analyzer,
    Bucket,
    Function,
    Instance,
    KmsAlias,
    KmsKey,
    Queue,
    Table,
    Trail,
)
from coffeeshop.account.values import Json, Tags
from coffeeshop.policy.model import Allowed, Decision, Values


# ------------------------------------------------------------ calls and acts
# gc=False: a new value refers only to older ones, so there are no cycles. In a long play there are so many of these
# values that the garbage collector should not visit them.
class Key(Struct, frozen=True, gc=False):
    """A credential by its id: AKIA… is long-term, ASIA… temporary. A console session is one too."""

    id: str


class Service(Struct, frozen=True):
    """An AWS service by its principal name, "lambda.amazonaws.com". It can only assume roles that trust it."""

    name: str


class Outsider(Struct, frozen=True):
    """A principal of another account, by ARN. The policies of its own account count as allowing the call."""

    arn: str


class Nobody(Struct, frozen=True):
    """No credential: for signing in and for anonymous requests."""


Caller: TypeAlias = Key | Service | Outsider | Nobody


class Origin(Struct, frozen=True):
    """Where a call comes from. The context keys of the network are read from it."""

    ip: str = "203.0.113.10"
    region: str = "us-east-1"
    agent: str = "aws-cli/2"
    secure: bool = True


class Call(Struct, frozen=True, gc=False):
    """One API call: `Call("iam", "CreateUser", {"UserName": "casey"})`. Parameters are JSON, with bytes for blobs."""

    service: str
    operation: str
    parameters: Mapping[str, Json] = {}
    origin: Origin = Origin()

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter that is a string, or `default` if it is missing. The door has checked the types."""
        value = self.parameters.get(name)
        if isinstance(value, str):
            return value
        return default

    def number(self, name: str, default: int = 0) -> int:
        """Return a parameter that is an integer."""
        value = self.parameters.get(name)
        if isinstance(value, int):
            return value
        return default

    def rows(self, name: str) -> tuple[Mapping[str, Json], ...]:
        """Return a parameter that is a list of structures, such as Tags."""
        value = self.parameters.get(name)
        if isinstance(value, tuple | list):
            return tuple(row for row in value if isinstance(row, Mapping))
        return ()

    def words(self, name: str) -> Values:
        """Return a parameter that is a list of strings."""
        value = self.parameters.get(name)
        if isinstance(value, tuple | list):
            return tuple(word for word in value if isinstance(word, str))
        return ()

    def map(self, name: str) -> Mapping[str, Json]:
        """Return a parameter that is a structure or a map."""
        value = self.parameters.get(name)
        if value and isinstance(value, Mapping):
            return value
        return {}

    @property
    def tags(self) -> Tags:
        """Return the parameter Tags as a mapping.

        Most services take [{Key, Value}]. Lambda and SQS take a map, which CreateQueue calls `tags`. KMS calls the
        members TagKey and TagValue.
        """
        tag_map = self.map("Tags") or self.map("tags")
        if tag_map:
            return {key: str(value) for key, value in tag_map.items()}
        prefix = "Tag" if self.service == "kms" else ""
        return {
            str(tag[f"{prefix}Key"]): str(tag[f"{prefix}Value"])
            for tag in self.rows("Tags")
        }


class Act(Struct, frozen=True, gc=False):
    """A call, its caller and its time: one line of a script, a save, a hand-in or an export.

    `at` is UTC, in whole seconds, and never earlier than the act before it.
    """

    at: datetime
    caller: Caller
    call: Call


class Reply(Struct, frozen=True, gc=False):
    """The answer of a successful call. `body` has the members that the AWS CLI would print."""

    body: Mapping[str, Json] = {}


class ServiceError(Exception):
    """An error of AWS. Operations raise it, the door alone catches it and makes it the answer of the outcome."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        reason: str = "",
        members: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Keep the parts of AWS's answer. `reason` is the word that Organizations adds to a code with many causes.

        `members` are further ones, with which S3 names what a refusal is about.
        """
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.reason = reason
        self.members = members
        self._fields = (code, message, status, reason, members)

    def __eq__(self, compared: object) -> bool:
        return isinstance(compared, ServiceError) and self._fields == compared._fields

    def __hash__(self) -> int:
        return hash(self._fields)

    def bare(self) -> ServiceError:
        """Return an equal error without a traceback.

        The traceback of a caught error refers to every frame that it passed, and so to every account in them. This one
        can be kept.
        """
        return ServiceError(*self._fields)


Answer: TypeAlias = Reply | ServiceError


class Outcome(Struct, frozen=True, gc=False):
    """The account after an act, the answer, and the decisions of the policy engine."""

    act: Act
    account: Account
    answer: Answer
    decisions: tuple[Decision, ...] = ()

    @property
    def has_succeeded(self) -> bool:
        """Return whether the call succeeded, and every part of it was authorized."""
        return isinstance(self.answer, Reply) and self.is_authorized

    @property
    def is_authorized(self) -> bool:
        """Return whether policies allow everything that the call needs, even if it failed for another reason."""
        return all(isinstance(decision, Allowed) for decision in self.decisions)

    @property
    def main_decision(self) -> Decision | None:
        """Return the decision to tell people about: the first refusal, as AWS does, or else the last one.

        What S3 asks KMS for on its caller's behalf counts only if it was refused.
        """
        refused = (each for each in self.decisions if not isinstance(each, Allowed))
        if refusal := next(refused, None):
            return refusal
        own_decisions = [each for each in self.decisions if not self._is_for_kms(each)]
        return next(reversed(own_decisions or self.decisions), None)

    @property
    def main_decisions(self) -> tuple[Decision, ...]:
        """Return the main decision, or nothing if policies decided nothing."""
        decision = self.main_decision
        return (decision,) if decision else ()

    def _is_for_kms(self, decision: Decision) -> bool:
        """Return whether a decision is about KMS in a call of another service."""
        is_about_kms = decision.request.action.startswith("kms:")
        return is_about_kms and self.act.call.service != "kms"


# ------------------------------------------------------------------- account
class Job(Struct, frozen=True):
    """A job of GenerateServiceLastAccessedDetails, with the account as it was when the job was created."""

    arn: str
    granularity: str
    created: datetime
    account: Account


class Workload(Struct, frozen=True):
    """A program outside AWS, such as a GitHub workflow: the issuer of its tokens ("https://…"), and their claims.

    `subjects` is a pattern of all subjects that may do the same as this one. "" means only this one.
    """

    issuer: str
    claims: Mapping[str, Json] = {}
    subjects: str = ""


class Account(Struct, frozen=True, gc=False):
    """The whole simulated account, frozen. A call makes a new one.

    Users, groups, roles and instance profiles are by their lower-cased name, managed policies by their ARN, and
    credentials by their id. `lent` are AWS managed policies that came with an imported account and that we don't know.
    `names` maps a unique id to a lower-cased name. `births` counts how often a kind and name were created. The next
    unique id is drawn from that number. `usage` has the last use of each action, by unique id and by credential. The
    action "" means any action. `reported` is the account when the credential report was made, at `reported_at`.
    `deleted_queues` is when a queue of that name was last deleted. `closed` and `billing` are acts of root in the console.

    Identity providers are by their ARN. `workloads` are programs outside AWS, by name, to which a simulated issuer gives
    tokens.

    `event_history` has the calls that LookupEvents finds. The door writes it, because a call's answer can depend only on
    the account.

    `outside` holds the ARNs of all users and roles of accounts that aren't simulated, by account id, where they are known.
    `organization` is the one that the account manages, and `identity_center` that organization's. `others` are the other
    simulated accounts, by id. One account is always in front, and `seen_from` puts another one there. `proof_key` belongs
    to the installation. It changes secrets and session tokens and nothing else. If it is empty, they are drawn from the
    seed.
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
    identity_center: IdentityCenter | None = None
    buckets: SortedMap[Bucket] = SortedMap()
    tables: SortedMap[Table] = SortedMap()
    queues: SortedMap[Queue] = SortedMap()
    deleted_queues: SortedMap[datetime] = SortedMap()
    functions: SortedMap[Function] = SortedMap()
    instances: SortedMap[Instance] = SortedMap()
    trails: SortedMap[Trail] = SortedMap()
    analyzers: SortedMap[Analyzer] = SortedMap()
    kms_keys: SortedMap[KmsKey] = SortedMap()
    kms_aliases: SortedMap[KmsAlias] = SortedMap()
    oidc_providers: SortedMap[OidcProvider] = SortedMap()
    saml_providers: SortedMap[SamlProvider] = SortedMap()
    workloads: SortedMap[Workload] = SortedMap()
    names: SortedMap[str] = SortedMap()
    births: SortedMap[int] = SortedMap()
    usage: SortedMap[Mapping[str, Use]] = SortedMap()
    reported: Account | None = None
    reported_at: datetime | None = None
    jobs: SortedMap[Job] = SortedMap()
    closed: bool = False
    billing: bool = False
    others: SortedMap[Account] = SortedMap()
    outside: SortedMap[Values] = SortedMap()
    event_history: History[Outcome] = History()
    proof_key: bytes = b""

    # ------------------------------------------------------------ several accounts
    def seen_from(self, id: str) -> Account:
        """Return the account with this id. Its `others` are all other accounts, including this one."""
        if id == self.id:
            return self
        other_accounts = self.others.drop(id).put(
            self.id, replace(self, others=SortedMap())
        )
        return replace(self.others[id], others=other_accounts)

    def home_of(self, caller: Caller) -> Account:
        """Return the account that holds the caller's credential, with all other accounts behind it.

        Return `self` if no account holds it, or if the caller has no credential.
        """
        if not self.others or not isinstance(caller, Key) or caller.id in self.credentials:
            return self
        for account in self.others.values():
            if caller.id in account.credentials:
                return self.seen_from(account.id)
        return self

    def with_proof_key(self, key: bytes) -> Account:
        """Return the same accounts with the secrets and session tokens that this key draws."""
        other_accounts = SortedMap(
            (id, replace(account, proof_key=key)) for id, account in self.others.items()
        )
        return replace(self, proof_key=key, others=other_accounts)

    @property
    def all_credentials(self) -> Iterator[Credential]:
        """Yield every credential of every account, this one's first."""
        accounts = (self, *self.others.values())
        return chain.from_iterable(account.credentials.values() for account in accounts)

    @property
    def joined_organization(self) -> Organization | None:
        """Return the organization that the account is a member of, whichever account manages it."""
        # Most accounts of the course have none, and every call asks.
        if not self.organization and not self.others:
            return None
        for organization in self.organizations:
            if self.id in organization.members:
                return organization
        return None

    @property
    def organizations(self) -> Iterator[Organization]:
        """Yield the organizations that these accounts manage."""
        for account in (self, *self.others.values()):
            if account.organization:
                yield account.organization

    @property
    def organization_center(self) -> IdentityCenter | None:
        """Return the IAM Identity Center in which this account is, whichever account holds it."""
        if self.identity_center or not self.others:
            return self.identity_center
        organization = self.joined_organization
        manager = self.others.get(organization.management) if organization else None
        return manager.identity_center if manager else None

    def account_id_owning(self, arn: str) -> str:
        """Return the id of the account that owns a resource.

        The ARN contains it, except for a bucket. So the account that has the bucket is looked up. If no account has it,
        return this account's id.
        """
        parts = arn.split(":")
        account_in_arn = parts[4] if len(parts) > 4 else ""
        if account_in_arn.isdigit():
            return account_in_arn
        if not self.others or not arn.startswith("arn:aws:s3:::"):
            return self.id
        bucket = arn.removeprefix("arn:aws:s3:::").partition("/")[0]
        for account in self.others.values():
            if bucket in account.buckets:
                return account.id
        return self.id

    def with_organization(self, organization: Organization) -> Account:
        """Return the accounts with a changed organization, in the account that manages it."""
        if self.organization and self.organization.id == organization.id:
            return replace(self, organization=organization)
        manager = next(
            account
            for account in self.others.values()
            if account.organization and account.organization.id == organization.id
        )
        changed_manager = replace(manager, organization=organization)
        return replace(self, others=self.others.put(manager.id, changed_manager))

    # ----------------------------------------------------------------- this account

    def arn(self, entity: Entity) -> str:
        return f"{self.arn_prefix(type(entity))}{entity.path}{entity.name}"

    def arn_prefix(self, kind: type[Entity]) -> str:
        """Return the beginning that the ARNs of users, of groups or of roles have in common."""
        return f"arn:aws:iam::{self.id}:{kind.__name__.lower()}"

    @property
    def root_arn(self) -> str:
        """Return the ARN of the root user. As a principal in a policy, it means the whole account."""
        return f"arn:aws:iam::{self.id}:root"

    def profiles_of(self, role: Role) -> tuple[InstanceProfile, ...]:
        """Return the instance profiles that hold a role, by name."""
        return tuple(
            profile
            for profile in self.instance_profiles.values()
            if role.id in profile.roles
        )

    def role_named_by(self, arn: str) -> Role | None:
        """Return the role with the name at the end of an ARN. The path and the account in the ARN aren't compared."""
        name = arn.rsplit("/", 1)[-1]
        return self.roles.get(name.lower())

    def without_history(self) -> Account:
        """Return the account without its credential report, jobs and event history, for a report or a job to keep."""
        return replace(self, reported=None, jobs=SortedMap(), event_history=History())

    def entity_by_id(self, id: str) -> Entity | None:
        """Return the user, group or role with a unique id, or None if it doesn't exist or was deleted."""
        name = self.names.get(id)
        if name is None:
            return None
        books = {"AIDA": self.users, "AGPA": self.groups, "AROA": self.roles}
        return books[id[:4]][name]

    def put(self, entity: Entity) -> Account:
        """Return the account with that user, group or role, new or changed. Its name can have changed too."""
        key = entity.name.lower()
        old_key = self.names.get(entity.id)
        if old_key == key:
            names = self.names
        else:
            names = self.names.put(entity.id, key)
        field = ENTITY_COLLECTIONS[type(entity)]
        book: SortedMap[Entity] = getattr(self, field)
        if old_key is not None and old_key != key:
            book = book.drop(old_key)
        return replace(self, **{"names": names, field: book.put(key, entity)})

    def drop(self, entity: Entity) -> Account:
        """Return the account without that user, group or role."""
        field = ENTITY_COLLECTIONS[type(entity)]
        book: SortedMap[Entity] = getattr(self, field)
        names = self.names.drop(entity.id)
        return replace(self, **{"names": names, field: book.drop(entity.name.lower())})

    def credential_of(self, caller: Caller | None) -> Credential | None:
        """Return the credential that a caller shows, valid or not, or None if the account doesn't have it."""
        if isinstance(caller, Key):
            return self.credentials.get(caller.id)
        return None

    def keys_of(self, owner: str) -> tuple[AccessKey, ...]:
        """Return the access keys of a unique id (the account's id for root), oldest first, without deleted ones."""
        keys = [
            credential
            for credential in self.credentials.values()
            if isinstance(credential, AccessKey)
            and credential.owner == owner
            and credential.status != "Deleted"
        ]
        return tuple(sorted(keys, key=lambda key: key.made))

    def devices_of(self, owner: str) -> tuple[MfaDevice, ...]:
        """Return the enabled MFA devices of a unique id (the account's id for root), by serial."""
        devices = [device for device in self.devices.values() if device.owner == owner]
        return tuple(sorted(devices, key=lambda device: device.serial))
