"""Check a call's parameters against its row, and report every fault at once in AWS's words.

The texts are those of IAM's and STS's answers, as far as they are known. The code is documented in
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from coffeeshop.account.api.operations import OPERATIONS, SCALAR_TYPES, Operation, Shape
from coffeeshop.account.api.patterns import FORBIDDEN_CHARACTERS
from coffeeshop.account.api.s3_refusals import parameter_refusal, refuse_access_point
from coffeeshop.account.api.violations import (
    Breach,
    PathPart,
    Violation,
    find_breaches,
    find_violations,
)
from coffeeshop.account.errors import not_simulated_parameter
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json

VALIDATION_CODES = {  # ValidationError for all others
    **dict.fromkeys(
        (
            *("dynamodb", "lambda", "cloudtrail", "kms"),
            *("sso-admin", "identitystore", "access-analyzer"),
        ),
        "ValidationException",
    ),
    "organizations": "InvalidInputException",
}
VALUELESS_SERVICES = {
    "iam",
    "console",
}  # services that do not repeat the value: "Value at 'userName'"
NAME_PATTERN = r"[\w+=,.@-]+"
PATH_PATTERN = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"
# By pattern: the sentence that AWS writes instead of naming the pattern.
PATTERN_SENTENCES = {
    NAME_PATTERN: "The specified value for {name} is invalid. "
    "It must contain only alphanumeric characters and/or the following: +=,.@_-",
    PATH_PATTERN: "The specified value for {name} is invalid. "
    "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
}
NUMBER_TYPES = frozenset({"integer", "long", "double"})
# The reasons of InvalidInputException, from the reference of Organizations.
INPUT_REASONS: Mapping[Breach, str] = {
    "missing": "INPUT_REQUIRED",
    "null": "INPUT_REQUIRED",
    "enum": "INVALID_ENUM",
    "pattern": "INVALID_PATTERN",
    "control-characters": "INVALID_PATTERN",
    "maximum": "MAX_{measure}_EXCEEDED",
    "minimum": "MIN_{measure}_EXCEEDED",
}


class OwnWords(NamedTuple):
    """A message and a code that AWS uses for one parameter only, if no other parameter has a fault.

    `breach` is the kind of fault that it replaces the common message for.
    """

    breach: Breach
    fits: Callable[[Shape, Any], bool]
    code: str
    text: str


def _is_arn(shape: Shape, value: str) -> bool:
    """Return whether a text has an ARN's six parts, with partition, service and resource
    (seen).
    """
    parts = value.split(":", 5)
    return len(parts) == 6 and parts[0] == "arn" and all((parts[1], parts[2], parts[5]))


def _is_listed(shape: Shape, value: str) -> bool:
    return value in shape.enum


def _is_printable(shape: Shape, value: str) -> bool:
    return not FORBIDDEN_CHARACTERS.search(value)


def _are_of_messages(shape: Shape, value: tuple[str, ...]) -> bool:
    """Return whether every name is an attribute that ReceiveMessage takes, of a message or of a queue.

    AWS's model lists a message's attributes under another parameter, MessageSystemAttributeNames.
    """
    listed = OPERATIONS["sqs", "ReceiveMessage"].input
    names = (
        listed.member(name) for name in ("AttributeNames", "MessageSystemAttributeNames")
    )
    attribute_names = {
        attribute
        for name in names
        if name and name.shape.element
        for attribute in name.shape.element.shape.enum
    }
    return attribute_names.issuperset(value)


def _is_judged_later(shape: Shape, value: Json) -> bool:
    """Return True: the operation itself knows the Region to which the call was sent."""
    return True


_RUNTIME_WORDS = OwnWords(
    "enum",
    _is_listed,
    "InvalidParameterValueException",
    "Value {value} at 'runtime' failed to satisfy constraint: "
    "Member must satisfy enum value set: [{enum}] or be a valid ARN",
)
LOOKUP_BREACHES: Mapping[str, Breach] = {
    "LookupAttributes": "enum",
    "EventCategory": "enum",
    "MaxResults": "maximum",
}
OWN_WORDS: Mapping[tuple[str, str], OwnWords] = {  # all seen: by operation and parameter
    ("AssumeRole", "RoleArn"): OwnWords(
        "pattern", _is_arn, "ValidationError", "{value} is invalid"
    ),
    ("AssumeRoleWithWebIdentity", "RoleArn"): OwnWords(
        "pattern", _is_arn, "ValidationError", "Request ARN is invalid"
    ),
    ("CreateFunction", "Runtime"): _RUNTIME_WORDS,
    ("UpdateFunctionConfiguration", "Runtime"): _RUNTIME_WORDS,
    ("CreateBucket", "CreateBucketConfiguration"): OwnWords(
        "enum",
        _is_judged_later,
        "InvalidLocationConstraint",
        "",
    ),
    **{  # the operation has errors of its own for these
        ("LookupEvents", name): OwnWords(breach, _is_judged_later, "", "")
        for name, breach in LOOKUP_BREACHES.items()
    },
    ("ReceiveMessage", "AttributeNames"): OwnWords(  # uncertain, of the text
        "enum", _are_of_messages, "InvalidAttributeName", "Unknown Attribute."
    ),
    ("SendMessage", "MessageBody"): OwnWords(
        "control-characters",
        _is_printable,
        "InvalidMessageContents",
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
        "#xE000 to #xFFFD | #x10000 to #x10FFFF",
    ),
}


def check_parameters(operation: Operation, parameters: Mapping[str, Json]) -> None:
    """Raise ValidationError (in DynamoDB and Lambda: ValidationException), 400, with every
    fault of the parameters. S3 has its own codes.

    Faults of length, value and presence are counted: "2 validation errors detected: …; …".
    A name or path with wrong characters has a different sentence, if it is the only fault.
    Raise NotSimulated, 501, for a parameter of AWS's that has no effect here.
    """
    if operation.service == "s3":
        refuse_access_point(operation.name, parameters)
    if violations := _ordered_violations(operation, parameters):
        raise _violations_error(operation, violations)
    for name, value in parameters.items():
        own_words = OWN_WORDS.get((operation.name, name))
        if own_words and value is not None:
            member = operation.input.member(name)
        else:
            member = None
        if own_words and member and not own_words.fits(member.shape, value):
            raise ServiceError(
                own_words.code,
                own_words.text.format(value=value, enum=", ".join(member.shape.enum)),
            )


def _violations_error(
    operation: Operation, violations: Sequence[Violation]
) -> ServiceError:
    """Return the error for these faults, as `check_parameters` documents it."""
    for violation in violations:
        if _is_left_out(violation):
            name = _path_text(violation.path)
            return not_simulated_parameter(operation.service, operation.name, name)
    counted_violations = (
        violation for violation in violations if not _has_own_sentence(violation)
    )
    counted_texts = _violation_texts(operation, counted_violations)
    if counted_texts:
        noun = "error" if len(counted_texts) == 1 else "errors"
        text = (
            f"{len(counted_texts)} validation {noun} detected: {'; '.join(counted_texts)}"
        )
    else:
        text = "; ".join(_violation_texts(operation, violations))
    return _parameter_error(operation, violations[0], text)


def _has_own_sentence(violation: Violation) -> bool:
    """Tell whether AWS writes a whole sentence about this fault, and doesn't count it."""
    return violation.breach == "pattern" and violation.shape.pattern in PATTERN_SENTENCES


def _is_left_out(violation: Violation) -> bool:
    """Tell whether a parameter is AWS's and has no effect here."""
    is_unknown = violation.breach == "unknown"
    return is_unknown and violation.path[-1].name in violation.shape.left_out


def _parameter_error(
    operation: Operation, first_violation: Violation, text: str
) -> ServiceError:
    """Return the error of the operation's service for faulty parameters."""
    reason = ""
    if operation.service == "s3":
        return parameter_refusal(operation, first_violation)
    if operation.service == "organizations":
        reason = _organizations_reason(first_violation)
    if reason == "INVALID_PATTERN":
        text = "You provided a value that does not match the required pattern."
    return ServiceError(
        VALIDATION_CODES.get(operation.service, "ValidationError"), text, reason=reason
    )


def _organizations_reason(violation: Violation) -> str:
    """Return Organizations' reason for a fault, such as `MAX_LENGTH_EXCEEDED`.

    Faults that SDKs catch before they send a call have "".
    """
    if violation.shape.type in NUMBER_TYPES:
        measure = "VALUE"
    else:
        measure = "LENGTH"
    return INPUT_REASONS.get(violation.breach, "").format(measure=measure)


def parameter_faults(
    operation: Operation, parameters: Mapping[str, Json]
) -> tuple[str, ...]:
    """Return each fault as AWS words it, in the order of the row's members.

    Unknown parameters come last (AWS's servers ignore them, its SDKs refuse them), with
    those that aren't simulated.
    """
    return _violation_texts(operation, _ordered_violations(operation, parameters))


def _violation_texts(
    operation: Operation, violations: Iterable[Violation]
) -> tuple[str, ...]:
    """Return each of these faults as AWS words it, once."""
    texts = (_violation_text(operation, violation) for violation in violations)
    # All faults of a list's scalars have the same text, and AWS reports it once.
    return tuple(dict.fromkeys(texts))


def _ordered_violations(
    operation: Operation, parameters: Mapping[str, Json]
) -> list[Violation]:
    """Return the faults that AWS reports, in its order. For one value, a wrong form comes before a wrong length."""
    reported_violations = [
        violation
        for violation in find_violations(operation.input, parameters)
        if _is_reported(operation, violation)
    ]
    reported_violations.sort(key=_place_and_rank)
    return reported_violations


def _place_and_rank(violation: Violation) -> tuple[list[int], int]:
    """Return a key that sorts violations by place, then by kind (recorded)."""
    rank = 1 if violation.breach in {"minimum", "maximum"} else 0
    return [part.order for part in violation.path], rank


def _is_reported(operation: Operation, violation: Violation) -> bool:
    """Return whether AWS reports a fault in this error.

    It doesn't if the operation has its own words for it. A parameter that is null counts as absent, which
    is a fault only if it is required.
    """
    if violation.path:
        own_words = OWN_WORDS.get((operation.name, violation.path[0].name))
    else:
        own_words = None
    if own_words and own_words.breach == violation.breach:
        return False
    if violation.breach != "null":
        return True
    member = violation.shape.member(violation.path[-1].name)
    return member is not None and member.required


def _violation_text(operation: Operation, violation: Violation) -> str:
    """Return AWS's sentence about a fault: "Value 'x' at 'userName' failed to satisfy constraint: …".

    A fault of a list's scalar element is reported for the whole list, as AWS does.
    """
    shape = violation.shape
    value = violation.value
    path = violation.path
    constraint = _constraint_text(violation)
    if _has_own_sentence(violation):
        return constraint
    if violation.list is not None and shape.type in SCALAR_TYPES:
        value = violation.list
        path = path[:-1]
        constraint = (
            f"Member must satisfy constraint: [{', '.join(_all_constraints(shape))}]"
        )
    if operation.service in VALUELESS_SERVICES or shape.sensitive:
        value_text = ""
    else:
        value_text = f" {_quote_value(value)}"
    return f"Value{value_text} at '{_path_text(path)}' failed to satisfy constraint: {constraint}"


def _path_text(path: Iterable[PathPart]) -> str:
    """Return the path of a value as AWS writes it: `tags.1.member.key`."""
    return ".".join(map(_part_text, path))


def _part_text(part: PathPart) -> str:
    """Return one part of a path as AWS writes it: "tags", "1.member", "key"."""
    match part.kind:
        case "member":
            return f"{part.name[0].lower()}{part.name[1:]}"
        case "element":
            return f"{part.order + 1}.member"
        case "entry":
            return f"{part.name}.member"
        case "key":
            return "key"
        case "unknown":
            return part.name


def _constraint_text(violation: Violation) -> str:
    """Return the constraint that a value breaks, in AWS's words."""
    shape = violation.shape
    match violation.breach:
        case "missing" | "null":
            return "Member must not be null"
        case "unknown" if _is_left_out(violation):
            return "Parameter is not simulated"
        case "unknown":
            return f"Unknown parameter, must be one of: {', '.join(member.name for member in shape.members)}"
        case "type":
            return f"Member must be of type {shape.type}"
        case breach:
            return _limit_text(shape, breach, _path_text(violation.path))


def unmet_limits(shape: Shape, value: Json, place: str) -> Iterator[str]:
    """Yield the shape's limits that a value of the right type breaks, in AWS's words."""
    return (_limit_text(shape, breach, place) for breach in find_breaches(shape, value))


def _limit_text(shape: Shape, breach: Breach, place: str = "") -> str:
    """Return AWS's text of one limit.

    `place` is the value's path, empty where all limits are listed.
    """
    if shape.type in NUMBER_TYPES:
        measure = "value"
    else:
        measure = "length"
    match breach:
        case "maximum":
            return f"Member must have {measure} less than or equal to {shape.maximum}"
        case "minimum":
            return f"Member must have {measure} greater than or equal to {shape.minimum}"
        case "enum":
            return f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        case "pattern" if place and shape.pattern in PATTERN_SENTENCES:
            return PATTERN_SENTENCES[shape.pattern].format(name=place)
        case "pattern":
            return f"Member must satisfy regular expression pattern: {shape.pattern}"
        case _:
            return "Member must not contain control characters"


def _all_constraints(shape: Shape) -> Iterator[str]:
    """Yield all limits of a shape, in AWS's words and order."""
    if shape.maximum is not None:
        yield _limit_text(shape, "maximum")
    if shape.minimum is not None:
        yield _limit_text(shape, "minimum")
    if shape.enum:
        yield _limit_text(shape, "enum")
    if shape.pattern:
        yield _limit_text(shape, "pattern")
    if shape.type not in SCALAR_TYPES or not (
        shape.maximum or shape.minimum or shape.enum or shape.pattern
    ):
        yield f"Member must be of type {shape.type}"


def _quote_value(value: Json) -> str:
    """Return a value as STS's answers quote it."""
    match value:
        case None:
            return "null"
        case tuple():
            return f"'[{', '.join(map(str, value))}]'"
        case _:
            return f"'{value}'"
