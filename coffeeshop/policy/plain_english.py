"""Put a policy into plain English, statement by statement: the principals, actions, resources and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.arn_formats import fits_format
from coffeeshop.policy.catalog.resource_fit import idle_part, unfit_words
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.language.conditions import condition_test
from coffeeshop.policy.language.principals import everyone_words
from coffeeshop.policy.model import (
    Condition,
    Element,
    Kind,
    Place,
    Policy,
    Statement,
)


class ReadingLine(NamedTuple):
    """One line of a reading: `label` is "who", "can", "can't", "on", "if" or "note"."""

    label: str
    text: str


class Reading(NamedTuple):
    """One statement, read aloud."""

    title: str
    place: Place
    rows: tuple[ReadingLine, ...]


_HOLDERS_BY_KIND: Final = {
    Kind.IDENTITY: "everyone who has this policy",
    Kind.BOUNDARY: "everyone who has this boundary, at most",
    Kind.SESSION: "everyone in this session, at most",
    Kind.SCP: "everyone in the accounts under this policy, at most",
}
_KEY_TEXTS: Final = {
    "aws:multifactorauthpresent": "a code was given at sign-in",
    "aws:multifactorauthage": "the number of seconds since the MFA code was given",
    "aws:sourceip": "the caller's address",
    "aws:username": "the user's name",
    "aws:principalarn": "the caller's ARN",
    "aws:principalaccount": "the caller's account",
    "aws:principalorgid": "the caller's organization",
    "aws:currenttime": "the time of the request",
    "aws:requestedregion": "the Region that is called",
    "aws:securetransport": "the request is encrypted in transit",
    "aws:sourcearn": "the resource that the service works for",
    "aws:sourceaccount": "the account that the service works for",
    "aws:viaawsservice": "an AWS service makes the call for the caller",
    "iam:passedtoservice": "the service that gets the role",
    "iam:permissionsboundary": "the boundary that is set",
    "s3:prefix": "the beginning of the names to list",
    "sts:externalid": "the external ID",
    "sts:rolesessionname": "the name of the session",
}
_NEGATED_KEY_TEXTS: Final = {  # the glosses of _KEY_TEXTS that are sentences, when they aren't true
    "aws:multifactorauthpresent": "no code was given at sign-in",
    "aws:securetransport": "the request is not encrypted in transit",
    "aws:viaawsservice": "no AWS service makes the call for the caller",
}
_OFTEN_ABSENT: Final = frozenset({"aws:multifactorauthpresent"})  # no access key has it
_OPERATOR_VERBS: Final = {
    "StringEquals": ("is", "is not"),
    "StringEqualsIgnoreCase": (
        "is (in upper or lower case)",
        "is not (in upper or lower case)",
    ),
    "StringLike": ("matches", "doesn't match"),
    "Bool": ("is", ""),
    "BinaryEquals": ("is", ""),
    "IpAddress": ("is in", "is not in"),
    "ArnEquals": ("matches", "doesn't match"),
    "ArnLike": ("matches", "doesn't match"),
    "NumericEquals": ("is", "is not"),
    "NumericLessThan": ("is less than", ""),
    "NumericLessThanEquals": ("is at most", ""),
    "NumericGreaterThan": ("is more than", ""),
    "NumericGreaterThanEquals": ("is at least", ""),
    "DateEquals": ("is", "is not"),
    "DateLessThan": ("is before", ""),
    "DateLessThanEquals": ("is not after", ""),
    "DateGreaterThan": ("is after", ""),
    "DateGreaterThanEquals": ("is not before", ""),
}


def policy_readings(policy: Policy, kind: Kind) -> tuple[Reading, ...]:
    """Return every statement in plain English, in order."""
    return tuple(
        _statement_reading(statement, number, kind)
        for number, statement in enumerate(policy.statements, 1)
    )


def _statement_reading(statement: Statement, number: int, kind: Kind) -> Reading:
    """Return one statement in plain English. `number` counts from 1."""
    title = f"Statement {number}"
    if statement.sid:
        title = f"{title} ({statement.sid})"
    conditions = map(condition_words, statement.conditions)
    rows = (
        *_who_lines(statement, kind),
        *_may_lines(statement),
        *_resource_lines(statement.resources, kind),
        *(ReadingLine("if", words) for words in conditions),
        *_unclear_lines(statement),
    )
    return Reading(title, statement.place, rows)


def _unclear_lines(statement: Statement) -> Iterator[ReadingLine]:
    """Yield how a statement that we can't read counts."""
    if statement.unclear:
        if statement.effect == "Allow":
            counts = "it allows nothing here"
        else:
            counts = "it denies everything that it could match"
        yield ReadingLine("note", f"not understood ({statement.unclear}), so {counts}")


# ------------------------------------------------------------------- who
def _who_lines(statement: Statement, kind: Kind) -> Iterator[ReadingLine]:
    """Yield the principals of a statement.

    A policy without a Principal element is about whoever it is attached to. A Deny of an account denies
    everyone in it, whatever their own policies allow.
    """
    principals = statement.principals
    if principals is None:
        yield ReadingLine("who", _HOLDERS_BY_KIND[kind])
        return
    names = [
        everyone_words(kind) if entry == ("AWS", "*") else principal_words(*entry)
        for entry in principals.entries
    ]
    if statement.effect == "Deny" or principals.negated:
        names = [name.removesuffix(_IF_THEY_MAY) for name in names]
    if not principals.negated:
        yield from (ReadingLine("who", name) for name in names)
        return
    excluded = " and ".join(name.removeprefix("everyone in ") for name in names)
    yield ReadingLine("who", f"everyone except {excluded}")
    if statement.effect == "Deny":
        note = "it also denies a user or role that it lists, unless it lists their account too, and for a role its session"
        yield ReadingLine("note", note)


_IF_THEY_MAY: Final = " whose own policies allow it"


def principal_words(type_: str, value: str) -> str:
    """Return a principal in words: "the user casey in account 111122223333"."""
    arn = Arn.read(value)
    if not value:
        return _BLANK_TEXT
    if type_ == "Service":
        return f"the AWS service {value}"
    if value == "*":
        return everyone_words(Kind.RESOURCE)
    if re.fullmatch(r"\d{12}", value):
        return f"everyone in the account {value}{_IF_THEY_MAY}"
    if arn is None and type_ == "Federated":
        return f"anyone with a token of {value}"
    if arn is None:
        return f"the principal {value}"
    if arn.resource == "root":
        return f"everyone in the account {arn.account}{_IF_THEY_MAY}"
    noun, _, name = arn.resource.partition("/")
    if noun == "oidc-provider":
        return f"anyone with a token of {name}"
    if noun == "saml-provider":
        return f"anyone who signed in at the SAML provider {name}"
    account = f" in account {arn.account}" if arn.account else ""
    return f"the {_RESOURCE_NOUNS.get(noun, noun)} {name}{account}"


_BLANK_TEXT: Final = "(still empty)"
_RESOURCE_NOUNS: Final = {
    "assumed-role": "role session",
}


# ------------------------------------------------------------------- may
def _may_lines(statement: Statement) -> Iterator[ReadingLine]:
    """Yield the actions of a statement under "can" or "can't", with a note for each action that AWS doesn't have."""
    if statement.effect == "Allow":
        label = "can"
        everything = "everything"
    else:
        label = "can't"
        everything = "anything"
    if statement.actions.negated:
        yield ReadingLine(label, f"do {everything}, except to")
        label = ""
        everything = "everything"
    unfit_actions = unfit_words(statement).actions
    for value in statement.actions.values:
        yield ReadingLine(label, action_words(value, everything))
        note = _unknown_action_note(value) or _idle_part_note(value, statement)
        if value in unfit_actions:
            effect = "allows" if statement.effect == "Allow" else "denies"
            note = f"{value} doesn't work on the resources below, so it {effect} nothing"
        if note:
            yield ReadingLine("note", note)


def _idle_part_note(value: str, statement: Statement) -> str:
    """Return a note about the actions of a pattern that act on none of the resources, or ""."""
    part = idle_part(value, statement)
    if part is None:
        return ""
    effect = "allows" if statement.effect == "Allow" else "denies"
    return (
        f"{len(part.names)} of these actions don't work on the resources below, so the statement {effect} "
        f"none of those. For example, {part.example} needs a resource of the type {part.kind.name}"
    )


def action_words(value: str, everything: str = "everything") -> str:
    """Return an action in words: "list some or all of the objects in an Amazon S3 bucket
    (s3:ListBucket)".

    `everything` stands for every action: "anything" after "may not".
    """
    prefix, _, word = value.partition(":")
    if not value:
        return _BLANK_TEXT
    if not value.strip("*") or not prefix.strip("*"):
        return f"do {everything} ({value})"
    service = catalog.find_service(prefix)
    names = catalog.expand_pattern(value)
    if service and not word.strip("*"):
        return f"do {everything} in {service.name} ({value}: {len(names)} actions)"
    if names and names[0].lower() != value.lower():
        examples = ", ".join(name.partition(":")[2] for name in names[:MAX_EXAMPLES])
        ellipsis = " …" if len(names) > MAX_EXAMPLES else ""
        noun = "action" if len(names) == 1 else "actions"
        return f"use {value}: {len(names)} {noun}, {examples}{ellipsis}"
    description = catalog.describe_action(value)
    if description:
        return f"{description} ({value})"
    if service and not names:
        return f"use {value} (no known action)"
    return f"use {value}"


MAX_EXAMPLES: Final = 3  # actions that a pattern shows


def _unknown_action_note(value: str) -> str:
    """Return a note about an action that doesn't exist, or ""."""
    is_everything = not value.strip("*")  # the 20,000 actions of `*` are not listed
    if is_everything or catalog.expand_pattern(value):
        return ""
    note = f"{value} isn't an action of AWS"
    suggestion = catalog.suggest_action(value)
    if suggestion:
        note += f"; did you mean {suggestion}?"
    return note


# -------------------------------------------------------------------- on
def _resource_lines(resources: Element | None, kind: Kind) -> Iterator[ReadingLine]:
    """Yield the resources of a statement, if it has any."""
    if resources is None:
        return
    if resources.negated:
        everything_but = "everything but "
    else:
        everything_but = ""
    for value in resources.values:
        yield ReadingLine("on", everything_but + resource_words(value, kind))


def resource_words(value: str, kind: Kind = Kind.IDENTITY) -> str:
    """Return a resource in words: "every object in the bucket beans
    (arn:aws:s3:::beans/*)".
    """
    if not value:
        return _BLANK_TEXT
    if not value.strip("*"):
        if kind is Kind.RESOURCE:
            return "this resource"
        return "every resource"
    arn = Arn.read(value)
    if arn is None:
        return value
    if arn.service == "s3" and not arn.region and not arn.account:
        return f"{_s3_words(arn.resource)} ({value})"
    service = catalog.find_service(arn.service)
    if service and not arn.resource.strip("*"):
        return f"every resource of {service.name} ({value})"
    types = service.resource_types.values() if service else ()
    plainest = min(
        (kind for kind in types if fits_format(value, kind.arn)),
        key=lambda kind: kind.arn.count("$"),
        default=None,
    )
    noun = plainest.name if plainest else "resource"
    name = arn.resource.removeprefix(f"{noun}/").removeprefix(f"{noun}:")
    return f"{_name_words(noun, name, paths=arn.service == 'iam')} ({value})"


def _name_words(noun: str, name: str, paths: bool) -> str:
    """Return the words for a resource whose name can be a pattern, such as "every object under the path /a/".

    `noun` is its type. `paths` tells that its names are in folders.
    """
    if not name.strip("*"):
        return f"every {noun}"
    prefix = name.removesuffix("*")
    if name == prefix or set(prefix) & {"*", "?"}:
        return f"the {noun} {name}"
    if paths and prefix.endswith("/"):
        return f"every {noun} under the path /{prefix}"
    if prefix.endswith((":", "/")):  # a log group's streams, a function's versions
        return f"everything below the {noun} {prefix[:-1]}"
    return f"every {noun} whose name begins with {prefix}"


def _s3_words(resource: str) -> str:
    """Return a bucket or its objects in words."""
    bucket, slash, key = resource.partition("/")
    if bucket.strip("*"):
        bucket_words = f"the bucket {bucket}"
    else:
        bucket_words = "every bucket"
    if not slash:
        return bucket_words
    if not key.strip("*"):
        return f"every object in {bucket_words}"
    prefix = key.removesuffix("*")
    if key != prefix and not set(prefix) & {"*", "?"}:
        return f"the objects in {bucket_words} whose name begins with {prefix}"
    return f"the object {key} in {bucket_words}"


# -------------------------------------------------------------------- if
def _claim_words(key: str) -> str:
    """Return the words for the claim of a token in a condition key, or ""."""
    issuer, _, claim = key.rpartition(":")
    return _CLAIM_TEXTS.get(claim.lower(), "") if "." in issuer else ""


_CLAIM_TEXTS: Final = {"aud": "the token's audience", "sub": "the token's subject"}


def condition_words(condition: Condition) -> str:
    """Return a condition in words: "the caller's address (aws:SourceIp) is in
    203.0.113.0/24".
    """
    gloss = _KEY_TEXTS.get(condition.key.lower()) or _claim_words(condition.key)
    if gloss:
        key = f"{gloss} ({condition.key})"
    else:
        key = condition.key
    if condition.operator == "Null":
        test = condition_test(condition)
        return f"{condition.key} {_NULL_TEXTS[test({}), test({condition.key.lower(): ('x',)})]}"
    if condition.operator == "Bool" and gloss and len(condition.values) == 1:
        if condition.values[0].lower() == "true":
            return f"{key}{_absence_words(condition, negated=False)}"
        absence = _absence_words(condition, negated=False)
        if not absence and condition.key.lower() in _OFTEN_ABSENT:
            absence = ", and the request has the key"
        claim = _NEGATED_KEY_TEXTS.get(condition.key.lower(), f"it isn't true that {gloss}")
        return f"{claim} ({condition.key}){absence}"
    positive = condition.operator.replace("Not", "", 1)
    negated = positive != condition.operator
    is_about_none = negated and condition.quantifier == "ForAllValues"
    verb = _OPERATOR_VERBS[positive][negated and not is_about_none]
    values = " or ".join(condition.values) or "nothing"
    subject = "no value of {key}" if is_about_none else _SUBJECT_FORMS[condition.quantifier]
    claim = f"{subject.format(key=key)} {verb} {values}"
    return f"{claim}{_absence_words(condition, negated)}"


_NULL_TEXTS: Final = {  # by whether the condition holds where the key is absent, and where it is present
    (True, False): "is not in the request",
    (False, True): "is in the request",
    (True, True): "is in the request or not (this always matches)",
    (False, False): "is both in the request and missing (this never matches)",
}
_SUBJECT_FORMS: Final = {
    "": "{key}",
    "ForAnyValue": "some value of {key}",
    "ForAllValues": "each value of {key}",
}


def _absence_words(condition: Condition, negated: bool) -> str:
    """Return the words for a request without the key, if the condition is true then. Otherwise return ""."""
    if (
        condition.if_exists
        or condition.quantifier == "ForAllValues"
        or (negated and not condition.quantifier)
    ):
        return ", or the request has no such key"
    return ""
