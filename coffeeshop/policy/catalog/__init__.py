"""The action catalogue: every service's actions, access levels, resource types and condition keys, as AWS has them.

The facts are those of the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html), built into `catalog.jsonl` by
`tools/build_catalog.py`. One line is one service, and only the lines that are asked for are ever parsed. The nouns are
named tuples, rows of a table: five frozen dataclasses would double what importing this module costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import NamedTuple, cast

from coffeeshop.policy.catalog import rows
from coffeeshop.policy.catalog.name_index import NameIndex
from coffeeshop.policy.language.patterns import glob, pattern_tokens
from coffeeshop.policy.language.spelling import nearest_name


class AccessLevel(StrEnum):
    """The access level of an action, as AWS classifies it."""

    LIST = "List"
    READ = "Read"
    WRITE = "Write"
    PERMISSIONS = "Permissions management"
    TAGGING = "Tagging"


class ConditionKey(NamedTuple):
    """A condition key: `aws:PrincipalTag/${TagKey}` is a template, whose end a policy fills in.

    `type` is String, ARN, Bool, Numeric, Date or IPAddress, or ArrayOf… for a multivalued key.
    """

    name: str
    type: str

    @property
    def is_multivalued(self) -> bool:
        """Return whether a request may carry several values, so that a policy needs a set operator."""
        return self.type.startswith("ArrayOf")


class ResourceType(NamedTuple):
    """A type of resource. `arn` is a template such as `arn:${Partition}:s3:::${BucketName}`."""

    service: str
    name: str
    arn: str
    condition_keys: tuple[str, ...] = ()


class Target(NamedTuple):
    """A resource type as one action takes it: required or not, and the condition keys it brings along there."""

    name: str
    required: bool = False
    condition_keys: tuple[str, ...] = ()


class Action(NamedTuple):
    """An action with its full name, access level, resource types and context keys.

    Without resource types its resource is `*`.
    """

    name: str
    level: AccessLevel
    resource_types: tuple[Target, ...] = ()
    condition_keys: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """Return the prefix: "s3"."""
        return self.name.partition(":")[0]


class Service(NamedTuple):
    """A service: full names of its actions, its resource types by name, its condition keys by lower-cased name, and the
    API operations that ask for an action of another name (ListObjects -> ListBucket).
    """

    prefix: str
    name: str
    actions: tuple[str, ...]
    resource_types: Mapping[str, ResourceType]
    condition_keys: Mapping[str, ConditionKey]
    api: Mapping[str, str]


# ------------------------------------------------------------------- the data
@lru_cache(maxsize=1024)
def _action_spellings(prefix: str) -> dict[str, str]:
    """Return the actions of a service as AWS writes them, by lower-case name."""
    row = rows.read_row(prefix)
    if row:
        return {name.lower(): name for name in row["actions"]}
    return {}


@cache
def _global_keys() -> Mapping[str, ConditionKey]:
    """Return the global condition keys by lower-case name."""
    pairs = cast("dict[str, list[tuple[str, str]]]", rows.read_header())["global"]
    return MappingProxyType(
        {name.lower(): ConditionKey(name, type_) for name, type_ in pairs}
    )


def data_source() -> str:
    """Return the source of the facts: the package, its version and its date."""
    return f"{rows.read_header()['source']}, {rows.read_header()['date']}"


@cache
def arn_services() -> frozenset[str]:
    """Return the services in ARNs of resources. A few differ from the prefix of their
    actions.
    """
    return frozenset(re.findall(r"arn:\$\{Partition\}:([a-z0-9-]+):", rows.catalog_text()))


# -------------------------------------------------------------------- looking up
@cache
def service_prefixes() -> tuple[str, ...]:
    """Return every service prefix, sorted."""
    return tuple(prefix for prefix in rows.line_offsets() if prefix)


@lru_cache(maxsize=1024)
def find_service(prefix: str) -> Service | None:
    """Return the service with this prefix, in any case, or None."""
    row = rows.service_row(prefix.lower())
    if row is None:
        return None
    keys = [name for name, _ in row["keys"]]
    return Service(
        row["service"],
        row["name"],
        tuple(f"{row['service']}:{name}" for name in row["actions"]),
        {
            name: ResourceType(row["service"], name, arn, _keys_by_number(keys, at))
            for name, (arn, at) in row["types"].items()
        },
        {name.lower(): ConditionKey(name, type_) for name, type_ in row["keys"]},
        row["api"],
    )


def _keys_by_number(keys: list[str], at: list[int]) -> tuple[str, ...]:
    """Return the names of the condition keys with these numbers."""
    return tuple(keys[number] for number in at)


@lru_cache(maxsize=4096)
def find_action(name: str) -> Action | None:
    """Return the action with this name ("s3:ListBucket"), in any case, or None."""
    row, spelled = _action_row(name)
    if row is None:
        return None
    keys = [key for key, _ in row["keys"]]
    level, targets, at = row["actions"][spelled]
    return Action(
        f"{row['service']}:{spelled}",
        AccessLevel(level),
        tuple(
            Target(kind, bool(required), _keys_by_number(keys, key_numbers))
            for kind, required, key_numbers in targets
        ),
        _keys_by_number(keys, at),
    )


def _action_row(name: str) -> tuple[rows.Row | None, str]:
    """Return the row of the action's service and the action's spelling there, or (None,
    "").
    """
    prefix, _, word = name.lower().partition(":")
    spelled = _action_spellings(prefix).get(word, "")
    if not spelled:
        return None, ""
    return rows.service_row(prefix), spelled


@lru_cache(maxsize=32_768)  # a comparison may ask it of the whole catalogue
def resource_type_names(name: str) -> tuple[str, ...] | None:
    """Return the names of an action's resource types: () if its resource is `*`, or None for an unknown action."""
    row, spelled = _action_row(name)
    if row:
        return tuple(dict.fromkeys(kind for kind, _, _ in row["actions"][spelled][1]))
    return None


@lru_cache(maxsize=32_768)
def resource_arn_formats(name: str) -> frozenset[str]:
    """Return the ARN formats of an action's resource types."""
    row, spelled = _action_row(name)
    if row:
        kinds = (kind for kind, _, _ in row["actions"][spelled][1])
    else:
        kinds = ()
    return frozenset(
        row["types"][kind][0] for kind in kinds if row and kind in row["types"]
    )


def access_level(name: str) -> AccessLevel | None:
    """Return AWS's access level of an action, or None."""
    row, spelled = _action_row(name)
    if row:
        return AccessLevel(row["actions"][spelled][0])
    return None


def find_resource_type(prefix: str, name: str) -> ResourceType | None:
    """Return a service's resource type: resource_type("s3", "bucket")."""
    service = find_service(prefix)
    if service:
        return service.resource_types.get(name)
    return None


@lru_cache(maxsize=1024)
def expand_pattern(pattern: str) -> tuple[str, ...]:
    """Return the full names of the actions that match a pattern, or the action itself.

    Patterns over many services are looked up by their longest piece of text. A single
    letter is in nearly every name, so it would save nothing.
    """
    prefix, colon, word = pattern.lower().partition(":")
    if not colon and set(prefix) != {"*"}:
        return ()
    piece = max(
        (token for token in pattern_tokens(word) if isinstance(token, str)),
        key=len,
        default="",
    )
    if len(piece) > 1 and set(prefix) & {"*", "?"}:  # a letter is in nearly all
        names = _all_action_names().names_containing(piece)
        matches = glob(pattern.lower())
        exactly = pattern.lower() == f"*:*{piece}*"
        return tuple(name for name in names if exactly or matches(name.lower()))
    prefixes = _matching_names(prefix, service_prefixes())
    return tuple(
        f"{service}:{name}"
        for service in prefixes
        for name in _named_actions(service, word or "*")
    )


@cache
def _all_action_names() -> NameIndex:
    return NameIndex(
        f"{prefix}:{name}"
        for prefix in service_prefixes()
        for name in _action_spellings(prefix).values()
    )


def _named_actions(prefix: str, word: str) -> Iterable[str]:
    """Return the full names of a service's actions that match a pattern."""
    spelling = _action_spellings(prefix)
    return (spelling[name] for name in _matching_names(word, spelling))


def _matching_names(pattern: str, names: Iterable[str]) -> Iterable[str]:
    """Return the names that match a pattern in lower case."""
    if not set(pattern) & {"*", "?"}:
        return (pattern,) if pattern in names else ()
    return filter(glob(pattern), names)


def describe_action(name: str) -> str:
    """Return a description of an action, to follow "may": "open an object (a file) in a bucket".

    The words are from `plain.toml` if AWS's own words need knowledge of AWS.
    """
    action = find_action(name)
    if action:
        plain = rows.plain_descriptions(action.service).get(action.name.partition(":")[2])
    else:
        plain = ""
    return plain or aws_description(name)


def aws_description(name: str) -> str:
    """Return AWS's description of an action, to follow "may": "retrieve objects from Amazon S3".

    Only the services of the course have descriptions. Others have "".
    """
    action = find_action(name)
    if action:
        word = action.name.partition(":")[2]
        return _infinitive_words(rows.aws_description(action.service, word))
    return ""


WHO_DOES = re.compile(
    r"^(?:the \w+ operation (?:that |which )?|an? [\w ]*?(?:user|administrator) to |user's Amazon EC2 console to "
    r"|Systems Manager and SSM Agent to |controls permission to |allow or deny IAM users permission to |grants permision to )",
    re.IGNORECASE,
)
SECOND_VERB_PATTERN = re.compile(r"(, or )(\w+s)(?= (?:an?|the) )")


def _infinitive_words(text: str) -> str:
    """Return a description without its subject and with its verb as it follows "may".

    Most of AWS's descriptions begin with "grants permission to". A few name who does it, or
    say "deletes".
    """
    verb, blank, rest = WHO_DOES.sub("", text, count=1).partition(" ")
    if verb[1:].islower():
        verb = verb.lower()
    rest = SECOND_VERB_PATTERN.sub(lambda match: match[1] + _base_verb(match[2]), rest)
    return f"{_base_verb(verb)}{blank}{rest}"


def _base_verb(verb: str) -> str:
    """Return the base form of a verb: "delete" for "deletes"."""
    if verb.endswith(("sses", "xes", "ches", "shes")):
        return verb[:-2]
    if verb.endswith("s") and not verb.endswith("ss"):
        return verb[:-1]
    return verb


# -------------------------------------------------------------- condition keys
@lru_cache(maxsize=4096)
def find_condition_key(name: str) -> ConditionKey | None:
    """Return the condition key that a policy names, in any case, or None.

    "aws:PrincipalTag/team" is the key `aws:PrincipalTag/${TagKey}`.
    """
    lowered = name.lower()
    prefix = lowered.partition(":")[0]
    for keys in _key_tables(prefix):
        key = keys.get(lowered) or _matching_template(lowered, keys)
        if key:
            return key
    return None


RESOURCE_TAG = "aws:ResourceTag/"
# Other spellings of one global key: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
OTHER_SPELLINGS: Mapping[str, str] = {"s3:resourceaccount": "aws:ResourceAccount"}


@lru_cache(maxsize=4096)
def global_spelling(name: str) -> str:
    """Return the global key that a service's own key is another spelling of, or "".

    `ec2:ResourceTag/team` is `aws:ResourceTag/team`, the tag of the requested resource.
    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    service, _, rest = name.partition(":")
    head, slash, tag = rest.partition("/")
    is_tag = bool(slash and tag) and head.lower() == "resourcetag"
    if not is_tag or tag.lower().startswith("aws:") or service.lower() == "aws":
        return OTHER_SPELLINGS.get(name.lower(), "")
    return f"{RESOURCE_TAG}{tag}" if _spells_resource_tags(service.lower()) else ""


def own_spelling(service: str, name: str) -> str:
    """Return a service's own key for a global one in lower case, or "" if it has none."""
    tag = name.lower().removeprefix(RESOURCE_TAG.lower())
    own = f"{service}:resourcetag/{tag}"
    return own if tag != name.lower() and global_spelling(own) else ""


@lru_cache(maxsize=512)
def _spells_resource_tags(service: str) -> bool:
    """Return whether a service's own key for resource tags is another spelling of aws:ResourceTag: every action that
    has the service's key in its requests has the global one, too.
    """
    own = f"{service}:resourcetag/"
    carried_by_action = map(carried_keys, expand_pattern(f"{service}:*"))
    carrying = [
        keys
        for keys in carried_by_action
        if any(
            key.lower().startswith(own) and not key.lower().startswith(f"{own}aws:")
            for key in keys
        )
    ]
    return bool(carrying) and all(f"{RESOURCE_TAG}${{TagKey}}" in keys for keys in carrying)


def key_names(prefix: str) -> tuple[str, ...]:
    """Return the names of all condition keys with a prefix ("aws", "s3"), as AWS writes
    them.
    """
    keys = [key.name for table in _key_tables(prefix.lower()) for key in table.values()]
    return tuple(
        dict.fromkeys(key for key in keys if key.lower().startswith(f"{prefix.lower()}:"))
    )


def _key_tables(prefix: str) -> Iterable[Mapping[str, ConditionKey]]:
    """Yield the tables in which a key with this prefix may be: the global keys, then
    services' keys.
    """
    yield _global_keys()
    for home in (prefix, *rows.read_header()["homes"].get(prefix, ["sts"])):
        home_service = find_service(home)
        if home_service:
            yield home_service.condition_keys


def _matching_template(
    lowered: str, keys: Mapping[str, ConditionKey]
) -> ConditionKey | None:
    """Return the key whose template (`aws:PrincipalTag/${TagKey}`) matches a name, or None."""
    for template, key in keys.items():
        head, hole, tail = (
            re.split(r"(\$\{.*?\}|<.*?>)", template, maxsplit=1)
            if _has_placeholder(template)
            else ("", "", "")
        )
        if (
            hole
            and lowered.startswith(head)
            and lowered.endswith(tail)
            and len(lowered) > len(head) + len(tail)
        ):
            return key
    return None


def _has_placeholder(template: str) -> bool:
    """Return whether a condition key is a template, such as aws:PrincipalTag/${TagKey}."""
    return "${" in template or "<" in template


def is_global(key: ConditionKey) -> bool:
    """Return whether any request can carry a key: global keys, and those of some services'
    sessions.

    The global keys about tags depend on the action, so they don't count.
    """
    about_tags = ("aws:RequestTag/${TagKey}", "aws:ResourceTag/${TagKey}", "aws:TagKeys")
    return key.name.lower() in _global_keys() and key.name not in about_tags


@lru_cache(maxsize=32_768)
def carried_keys(name: str) -> frozenset[str]:
    """Return the condition keys (templates) that a request for this action can carry.

    The keys of its resource types are included, and global keys are left out.
    """
    row, spelled = _action_row(name)
    if row is None:
        return frozenset()
    _, targets, own_numbers = row["actions"][spelled]
    kinds = (row["types"][kind][1] for kind, _, _ in targets if kind in row["types"])
    return _key_names_at(
        row["service"],
        frozenset(own_numbers).union(
            *(key_numbers for _, _, key_numbers in targets), *kinds
        ),
    )


@lru_cache(maxsize=8192)
def _key_names_at(prefix: str, at: frozenset[int]) -> frozenset[str]:
    """Return the names of a service's condition keys with these numbers."""
    keys = cast("rows.Row", rows.service_row(prefix))["keys"]
    return frozenset(keys[number][0] for number in at)


# ----------------------------------------------------------------- did you mean
@lru_cache(maxsize=1024)
def suggest_action(name: str) -> str:
    """Return the action that was probably meant, or "": "s3:ListBucket" for
    "s3:ListObject".

    First come actions and API operations of the same service with a similar name. Next
    comes an action of exactly this name in another service ("sts:AssumeRole" for
    "iam:AssumeRole"). Last come less similar names.
    """
    prefix, colon, word = name.partition(":")
    if colon:
        prefix = prefix.lower()
    else:
        word = prefix
        prefix = ""
    if not word or set(name) & {"*", "?"}:
        return ""
    if find_service(prefix):
        candidates = (prefix,)
    else:
        candidates = _similar_prefixes(prefix)
    return (
        _nearest_action(candidates, word, 2)
        or _same_name_elsewhere(word)
        or _nearest_action(candidates, word, len(word) // 3)
    )


def _similar_prefixes(prefix: str) -> tuple[str, ...]:
    """Return the service prefixes that an unknown prefix may mean: "dynamodb" for "dynamo"."""
    if not prefix:
        return ()
    by_beginning = [
        service
        for service in service_prefixes()
        if service.startswith(prefix) or prefix.startswith(service + "-")
    ]
    close = nearest_name(prefix, service_prefixes(), max(1, len(prefix) // 4))
    if close:
        return (close, *by_beginning)
    return tuple(by_beginning)


def _nearest_action(prefixes: Iterable[str], word: str, limit: int) -> str:
    """Return the nearest action of the first service that has one within so many edits, or
    "".
    """
    for prefix in prefixes:
        actions_by_name = operation_actions(prefix)
        if nearest := nearest_name(word, actions_by_name, limit):
            return actions_by_name[nearest]
    return ""


def operation_actions(prefix: str) -> Mapping[str, str]:
    """Return a service's actions by their own names and by the API operations that need
    them.

    For example, "ListObjects" has the action "s3:ListBucket".
    """
    row = cast("rows.Row", rows.service_row(prefix))
    return {
        name: f"{prefix}:{row['api'].get(name, name)}"
        for name in (*row["actions"], *row["api"])
    }


def _same_name_elsewhere(word: str) -> str:
    """Return the action of this name in any service, those of the course first, or ""."""
    lowered = word.lower()
    for prefix in (*rows.line_offsets(rows.DESCRIPTIONS_FILE), *service_prefixes()):
        if lowered in _action_spellings(prefix):
            return f"{prefix}:{_action_spellings(prefix)[lowered]}"
    return ""
