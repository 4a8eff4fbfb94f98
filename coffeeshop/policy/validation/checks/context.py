"""The input of a check and its results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from coffeeshop.policy.language.printing import operator_text
from coffeeshop.policy.model import Condition, Kind, Policy, Statement

# A value, and its path: ("s3:*", "Statement[0].Action[0]").
ValueAndPath: TypeAlias = "tuple[str, str]"


class Occurrence(NamedTuple):
    """An issue where it was found: its row in `policy.validation.issues`, the path, and the words of its text."""

    code: str
    path: str
    words: dict[str, object]


def issue_at(code: str, path: str, **words: object) -> Occurrence:
    """Return an occurrence of an issue. Keyword arguments are the words of its text."""
    return Occurrence(code, path, words)


@dataclass(frozen=True, slots=True)
class CheckedStatement:
    """A statement, its path, and its policy."""

    policy: Policy
    kind: Kind
    statement: Statement
    path: str

    @property
    def allows(self) -> bool:
        """Return whether its effect is Allow."""
        return self.statement.effect == "Allow"

    @property
    def grants(self) -> bool:
        """Return whether it is an Allow that grants. In boundaries and control policies an
        Allow only caps.
        """
        return self.allows and self.kind in (Kind.IDENTITY, Kind.SESSION, Kind.RESOURCE)

    @property
    def action_element(self) -> str:
        """Return the path of Action or NotAction."""
        if self.statement.actions.negated:
            return f"{self.path}.NotAction"
        return f"{self.path}.Action"

    @property
    def resource_element(self) -> str:
        """Return the path of Resource or NotResource."""
        resources = self.statement.resources
        if resources and resources.negated:
            return f"{self.path}.NotResource"
        return f"{self.path}.Resource"

    def actions_with_paths(self) -> Iterator[ValueAndPath]:
        """Yield the values of Action or NotAction that aren't blank, each with its path."""
        for number, value in enumerate(self.statement.actions.values):
            if value:
                yield value, f"{self.action_element}[{number}]"

    def resources_with_paths(self) -> Iterator[ValueAndPath]:
        """Yield the values of Resource or NotResource that aren't blank, each with its
        path.
        """
        resources = self.statement.resources
        for number, value in enumerate(resources.values if resources else ()):
            if value:
                yield value, f"{self.resource_element}[{number}]"

    def values_with_paths(self, condition: Condition) -> Iterator[ValueAndPath]:
        """Yield the values of a condition, each with its path."""
        for number, value in enumerate(condition.values):
            yield value, f"{self.condition_path(condition)}[{number}]"

    def condition_path(self, condition: Condition) -> str:
        """Return the path of a condition's key."""
        return f"{self.path}.Condition.{operator_text(condition)}.{condition.key}"

    def has_condition_on(self, *keys: str) -> bool:
        """Return whether a condition uses one of these keys (in lower case)."""
        return any(condition.key.lower() in keys for condition in self.statement.conditions)

    @property
    def unlimited_resource(self) -> str:
        """Return the resource that matches everything, or every IAM resource of a type.

        Return "" if there is none.
        """
        resources = self.statement.resources
        if resources and not resources.negated:
            values = resources.values
        else:
            values = ()
        return next(
            (
                value
                for value in values
                if is_all_stars(value) or (":iam:" in value and _any_name(value))
            ),
            "",
        )


def is_all_stars(value: str) -> bool:
    """Return whether a pattern is only stars."""
    return bool(value) and not value.strip("*")


def _any_name(arn: str) -> bool:
    """Return whether an ARN matches any name, such as `arn:aws:iam::*:role/*`."""
    name = arn.rpartition(":")[2]
    return is_all_stars(name) or is_all_stars(name.partition("/")[2])
