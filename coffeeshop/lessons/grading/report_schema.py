"""Write the JSON schema of reports: `assets/report.schema.json`, and what `coffeeshop grade --schema` prints.

msgspec can write schemas, too, but another one from version to version. Only the classes count here.
"""

from __future__ import annotations

from inspect import cleandoc
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from coffeeshop.lessons.grading.report_document import (
    REPORT_FORMAT,
    GradedReport,
    UngradedReport,
)

Schema = dict[str, Any]
# JSON's types.
TYPE_NAMES = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
}


def report_schema() -> Schema:
    """Return the JSON schema of reports (draft 2020-12): one of the two kinds, which differ in their `status`."""
    parts: dict[str, Schema] = {}
    kinds = [_type_schema(kind, parts) for kind in (GradedReport, UngradedReport)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A report of Coffeeshop",
        "description": f"What coffeeshop grade --format json writes, in its format {REPORT_FORMAT}: a report a line for several.",
        "anyOf": kinds,
        "$defs": parts,
    }


def _type_schema(hint: Any, parts: dict[str, Schema]) -> Schema:
    """Return the schema of a field's type. Classes that it refers to are added to `parts`."""
    arguments = get_args(hint)
    match get_origin(hint):
        case None if hint in TYPE_NAMES:
            return {"type": TYPE_NAMES[hint]}
        case None:
            return _class_reference(hint, parts)
        case origin if origin is Literal:
            return {"enum": sorted(arguments)}
        case origin if origin is Annotated:
            limits = arguments[1]
            return {
                **_type_schema(arguments[0], parts),
                "minimum": limits.ge,
                "maximum": limits.le,
            }
        case origin if origin in (UnionType, Union):
            return {"anyOf": [_type_schema(choice, parts) for choice in arguments]}
        case origin:
            return _container_schema(origin, arguments, parts)


def _container_schema(
    origin: Any, arguments: tuple[Any, ...], parts: dict[str, Schema]
) -> Schema:
    """Return the schema of a `tuple[item, ...]` or a `dict[key, value]`."""
    if origin is tuple:
        return {"type": "array", "items": _type_schema(arguments[0], parts)}
    key, value = arguments
    if key is str:
        names = {}
    else:
        names = {"propertyNames": _type_schema(key, parts)}
    return {"type": "object", **names, "additionalProperties": _type_schema(value, parts)}


def _class_reference(kind: type[Struct], parts: dict[str, Schema]) -> Schema:
    """Return the reference to the schema of a class, which is in `parts` from then on."""
    if kind.__name__ not in parts:
        parts[kind.__name__] = {}  # keeps its place before the classes of its fields
        parts[kind.__name__] |= _class_schema(kind, parts)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _class_schema(kind: type[Struct], parts: dict[str, Schema]) -> Schema:
    """Return the schema of a class: its fields, with the docstring as its description."""
    hints = get_type_hints(kind, include_extras=True)
    properties = {name: _type_schema(hints[name], parts) for name in kind.__struct_fields__}
    optional = {
        field.name: _default_value(field) for field in fields(kind) if not field.required
    }
    for name, default in optional.items():
        properties[name]["default"] = default
    return {
        "title": kind.__name__,
        "description": cleandoc(kind.__doc__ or ""),
        "type": "object",
        "properties": properties,
        "required": [name for name in kind.__struct_fields__ if name not in optional],
    }


def _default_value(field: FieldInfo) -> Any:
    """Return what a field is if a report doesn't have it."""
    if field.default is not NODEFAULT:
        return field.default
    return field.default_factory()
