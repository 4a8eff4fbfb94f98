"""Parse JSON into a Policy, or return every problem with its line and column.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
Each kind has its grammar: identity policies have no Principal, and trust policies no Resource. Other tables use the codes of
problems as keys (AWS's refusals, the lessons' rules of form).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from coffeeshop.policy.language.arn import complete_arn
from coffeeshop.policy.language.element_grammar import (
    Quantifier,
    action_faults,
    is_blank,
    is_completed_by_aws,
    meant_operator,
    principal_faults,
    read_operator,
    resource_faults,
    value_faults,
)
from coffeeshop.policy.language.json_document import Document, Texts, suggest_known_name
from coffeeshop.policy.language.json_source import (
    Members,
    Node,
    Source,
    Unreadable,
    decode_document,
    read_json,
    walk_nodes,
)
from coffeeshop.policy.model import (
    Condition,
    Effect,
    Element,
    Kind,
    Level,
    Place,
    Policy,
    Principals,
    Problem,
    Statement,
)

POLICY_VERSIONS: Final = ("2012-10-17", "2008-10-17")
DOCUMENT_MEMBERS: Final = ("Version", "Id", "Statement")
PRINCIPAL_TYPES: Final = ("AWS", "Service", "Federated", "CanonicalUser")
STATEMENT_MEMBERS: Final = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"
)  # fmt: skip


class Grammar(NamedTuple):
    """Whether documents of a kind have Principal and Resource elements."""

    principal: bool
    resource: bool


GRAMMARS: Final[Mapping[Kind, Grammar]] = {
    kind: Grammar(
        principal=kind in (Kind.RESOURCE, Kind.RCP, Kind.TRUST),
        resource=kind is not Kind.TRUST,
    )
    for kind in Kind
}


class MalformedPolicy(ValueError):  # noqa: N818 -- AWS names its error MalformedPolicyDocument
    """The text isn't a policy of its kind. `problems` has every mistake, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def parse(text: str | bytes, kind: Kind = Kind.IDENTITY, name: str = "") -> Policy:
    """Return the policy in a JSON document. Decisions cite it by `name`.

    Raise MalformedPolicy with every error of its kind's grammar. `examine_policy` also returns warnings.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

    >>> parse('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}').version
    '2012-10-17'
    >>> try:
    ...     parse('{"Version": "2012-10-17", "Statement": {"Effect": "Alow", "Action": "s3:Get*"}}')
    ... except MalformedPolicy as wrong:
    ...     print(*wrong.problems, sep="\\n")
    line 1, column 40, Statement[0]: there is no `Resource` and no `NotResource`; add "Resource"
    line 1, column 51, Statement[0].Effect: `Alow` isn't an effect; did you mean `Allow`?
    """
    policy, problems = examine_policy(text, kind, name)
    if policy is None:
        raise MalformedPolicy(
            problem for problem in problems if problem.level is Level.ERROR
        )
    return policy


def examine_policy(
    text: str | bytes, kind: Kind = Kind.IDENTITY, name: str = ""
) -> tuple[Policy | None, tuple[Problem, ...]]:
    """Return the policy, or None if the grammar refuses it, and all problems of form in
    text order.
    """
    policy, problems = parse_draft(text, kind, name)
    return None if any(
        problem.level is Level.ERROR for problem in problems
    ) else policy, problems


def parse_draft(
    text: str | bytes, kind: Kind = Kind.IDENTITY, name: str = ""
) -> tuple[Policy | None, tuple[Problem, ...]]:
    """Return what `examine_policy` returns. Return the policy even if it has blanks ("") as its only errors."""
    policy, problems = attempt_parse(text, kind, name)
    faulty = any(
        problem.level is Level.ERROR and not is_blank(problem) for problem in problems
    )
    return None if faulty else policy, problems


def attempt_parse(
    text: str | bytes, kind: Kind = Kind.IDENTITY, name: str = ""
) -> tuple[Policy | None, tuple[Problem, ...]]:
    """Return the readable part of a policy and all problems. The policy is None if the text isn't JSON.

    Don't decide requests with it, because faulty parts are left out.
    """
    source, problems = decode_document(text)
    document = _PolicyReader(source, kind, problems)
    policy: Policy | None = None
    if not any(problem.code == "not-utf-8" for problem in problems):
        try:
            policy = document.read_policy(read_json(source), name)
        except Unreadable as wrong:
            problems.append(wrong.problem)
    return policy, tuple(sorted(problems, key=lambda problem: problem.place.start))


def element_places(text: str | bytes) -> Mapping[str, Place]:
    """Return the place of each element by its path: `Statement[0].Action[1]`."""
    source, _ = decode_document(text)
    try:
        return {
            path: source.place(path, node.start, node.end)
            for path, node in walk_nodes(read_json(source))
        }
    except Unreadable:
        return {}


# ------------------------------------------------------------------ documents
class _PolicyReader(Document):
    """Reads one policy and notes its problems."""

    def __init__(self, source: Source, kind: Kind, problems: list[Problem]) -> None:
        super().__init__(source, problems)
        self.kind, self.grammar = kind, GRAMMARS[kind]

    # -------------------------------------------------------------- the whole
    def read_policy(self, node: Node, name: str) -> Policy:
        """Return the policy of a document."""
        members = self.read_object(node, "", DOCUMENT_MEMBERS)
        version = self.read_version(members.get("Version"), node)
        statements: list[Statement] = []
        if (statement_node := members.get("Statement")) is None:
            self.add_problem(
                "missing-statement",
                node,
                "",
                "there is no `Statement`",
                'add "Statement": […]',
            )
        elif isinstance(statement_node.value, list):
            numbered = enumerate(statement_node.value)
            statements = [
                self.read_statement(item, f"Statement[{number}]")
                for number, item in numbered
            ]
            if not statements:
                text = "`Statement` is an empty list"
                self.add_problem(
                    "empty-statement", statement_node, "Statement", text, "add a statement"
                )
        else:
            statements = [self.read_statement(statement_node, "Statement[0]")]
        self.check_identifier(members.get("Id"))
        self.check_distinct_sids(statements)
        return Policy(tuple(statements), self.source.text, name, version)

    def read_version(self, node: Node | None, whole: Node) -> str:
        """Return the version. If it is missing or invalid, return 2008-10-17, as AWS does."""
        if node is None:
            text = "there is no `Version`, so AWS reads it as 2008-10-17, in which policy variables are plain text"
            self.add_problem(
                "missing-version",
                whole,
                "",
                text,
                'add "Version": "2012-10-17"',
                Level.WARNING,
            )
            return POLICY_VERSIONS[1]
        version = self.read_string(node, "Version")
        if version not in POLICY_VERSIONS:
            if version is not None:
                text = f"there is no version `{version}`"
                self.add_problem(
                    "bad-version", node, "Version", text, f"write {POLICY_VERSIONS[0]}"
                )
            return POLICY_VERSIONS[1]
        if version == POLICY_VERSIONS[1]:
            text = "version 2008-10-17: policy variables are plain text"
            self.add_problem(
                "old-version",
                node,
                "Version",
                text,
                f"write {POLICY_VERSIONS[0]}",
                Level.WARNING,
            )
        return version

    def check_identifier(self, node: Node | None) -> None:
        """Note an Id in a kind of policy that doesn't use it."""
        if (
            node is not None
            and self.read_string(node, "Id") is not None
            and not self.grammar.principal
        ):
            text = "`Id` has no effect in this kind of policy"
            self.add_problem("unused-id", node, "Id", text, "remove it", Level.WARNING)

    def check_distinct_sids(self, statements: Sequence[Statement]) -> None:
        """Note a Sid that an earlier statement has."""
        seen: set[str] = set()
        for statement in statements:
            if statement.sid and statement.sid in seen:
                text = f"the Sid `{statement.sid}` is already taken in this document"
                mend = "give each statement a Sid of its own"
                self.problems.append(
                    Problem(Level.ERROR, "duplicate-sid", statement.place, text, mend)
                )
            seen.add(statement.sid)

    # -------------------------------------------------------------- statements
    def read_statement(self, node: Node, path: str) -> Statement:
        """Return one statement."""
        members = self.read_object(node, path, STATEMENT_MEMBERS)
        return Statement(
            self.read_effect(members.get("Effect"), node, path),
            self.read_actions(members, node, path),
            self.read_resources(members, node, path),
            self.read_principals(members, node, path),
            self.read_conditions(members.get("Condition"), f"{path}.Condition"),
            self.read_sid(members.get("Sid"), f"{path}.Sid"),
            self.source.place(path, node.start, node.end),
        )

    def read_sid(self, node: Node | None, path: str) -> str:
        """Return the Sid. Only resource-based policies can have characters other than
        letters and digits.
        """
        if node is None:
            sid = ""
        else:
            sid = self.read_string(node, path) or ""
        if (
            node is not None
            and self.kind is not Kind.RESOURCE
            and not re.fullmatch(r"[0-9A-Za-z]*", sid)
        ):
            text = f"the Sid `{sid}` holds more than letters and digits"
            self.add_problem("bad-sid", node, path, text, "use A-Z, a-z, 0-9")
        return sid

    def read_effect(self, node: Node | None, whole: Node, path: str) -> Effect:
        """Return the effect. If it can't be read, return Deny, which is the safe side."""
        if node is None:
            self.add_problem(
                "missing-effect",
                whole,
                path,
                "there is no `Effect`",
                'add "Effect": "Allow" or "Deny"',
            )
            return "Deny"
        effect = self.read_string(node, f"{path}.Effect")
        if effect is not None and effect not in ("Allow", "Deny"):
            mend = suggest_known_name(effect, ("Allow", "Deny"))
            self.add_problem(
                "bad-effect", node, f"{path}.Effect", f"`{effect}` isn't an effect", mend
            )
        return "Allow" if effect == "Allow" else "Deny"

    def read_actions(self, members: Mapping[str, Node], node: Node, path: str) -> Element:
        """Return Action or NotAction."""
        element, texts = self.read_element(members, node, path, "Action")
        for text, at, text_path in texts:
            for code, wrong, mend in action_faults(text, self.kind):
                self.add_problem(code, at, text_path, wrong, mend)
        return element

    def read_resources(
        self, members: Mapping[str, Node], node: Node, path: str
    ) -> Element | None:
        """Return Resource or NotResource, or None in a trust policy, which has neither."""
        if not self.grammar.resource:
            for name in ("Resource", "NotResource"):
                if (value_node := members.get(name)) is not None:
                    text = f"a trust policy has no `{name}`, because it always applies to its own role"
                    self.add_problem(
                        "resource-not-allowed",
                        value_node,
                        f"{path}.{name}",
                        text,
                        "remove it",
                    )
            return None
        element, texts = self.read_element(members, node, path, "Resource")
        for text, at, text_path in texts:
            for code, wrong, mend in resource_faults(text, self.kind):
                self.add_problem(code, at, text_path, wrong, mend)
        return Element(
            tuple(self.complete_resource(*value_node) for value_node in texts),
            element.negated,
        )

    def complete_resource(self, text: str, node: Node, path: str) -> str:
        """Return the ARN, with the parts that AWS adds to an incomplete one."""
        if not is_completed_by_aws(text, self.kind):
            return text
        wrong = f"`{text}` lacks some of an ARN's six parts, which AWS adds: `{complete_arn(text)}`"
        self.add_problem(
            "completed-arn", node, path, wrong, "write all six of them", Level.WARNING
        )
        return complete_arn(text)

    def read_element(
        self, members: Mapping[str, Node], node: Node, path: str, name: str
    ) -> tuple[Element, Texts]:
        """Return Action or NotAction, Resource or NotResource: exactly one of the two, with
        a value.
        """
        elements = [(key, members[key]) for key in (name, f"Not{name}") if key in members]
        lower = name.lower()
        if not elements:
            self.add_problem(
                f"missing-{lower}",
                node,
                path,
                f"there is no `{name}` and no `Not{name}`",
                f'add "{name}"',
            )
            return Element(()), []
        if len(elements) == 2:
            text = f"`{name}` and `Not{name}` in one statement"
            self.add_problem(
                f"both-{lower}s",
                elements[1][1],
                f"{path}.Not{name}",
                text,
                "keep one of them",
            )
        key, value = elements[0]
        texts = self.read_strings(value, f"{path}.{key}")
        if not texts and value.value == []:
            text = f"`{key}` is an empty list"
            self.add_problem(
                f"missing-{lower}", value, f"{path}.{key}", text, "name at least one"
            )
        return Element(tuple(text for text, _, _ in texts), key != name), texts

    # -------------------------------------------------------------- principals
    def read_principals(
        self, members: Mapping[str, Node], node: Node, path: str
    ) -> Principals | None:
        """Return Principal or NotPrincipal, or None in kinds of policy that have neither."""
        elements = [
            (key, members[key]) for key in ("Principal", "NotPrincipal") if key in members
        ]
        if not self.grammar.principal:
            for key, value in elements:
                text = f"this kind of policy has no `{key}`, since it applies to everyone who has it"
                # AWS refuses NotPrincipal in trust policies.
                trust = "trust policies and " if key == "Principal" else ""
                mend = f"remove it, because only {trust}resource-based policies have one"
                self.add_problem(
                    "principal-not-allowed", value, f"{path}.{key}", text, mend
                )
            return None
        if not elements:
            mend = 'add "Principal": {"AWS": "arn:…"}'
            self.add_problem(
                "missing-principal", node, path, "there is no `Principal`", mend
            )
            return None
        if len(elements) == 2:
            text = "`Principal` and `NotPrincipal` in one statement"
            self.add_problem(
                "both-principals",
                elements[1][1],
                f"{path}.NotPrincipal",
                text,
                "keep one of them",
            )
        key, value = elements[0]
        entries = tuple(self.read_entries(value, f"{path}.{key}"))
        if self.kind is Kind.RCP and (key == "NotPrincipal" or entries != (("AWS", "*"),)):
            text = "a resource control policy applies to everyone"
            self.add_problem(
                "rcp-principal", value, f"{path}.{key}", text, 'write "Principal": "*"'
            )
        return Principals(entries, key == "NotPrincipal")

    def read_entries(self, node: Node, path: str) -> Iterable[tuple[str, str]]:
        """Yield the principals as (type, value)."""
        if not isinstance(node.value, Members):
            text = self.read_string(node, path)
            if text == "*":
                yield "AWS", "*"
            elif text is not None:
                is_arn_or_account = re.fullmatch(r"arn:.*|\d{12}", text, re.DOTALL)
                if is_arn_or_account:
                    mend = f'write {{"AWS": "{text}"}}'
                else:
                    mend = 'write "*" or {"AWS": "arn:…"}'
                self.add_problem(
                    "bad-principal", node, path, f"`{text}` alone isn't a principal", mend
                )
            return
        if not node.value.pairs:
            text = "an empty principal names no one"
            mend = 'write {"AWS": "arn:…"}'
            self.add_problem("missing-principal", node, path, text, mend)
        for kind, value in self.read_object(
            node, path, PRINCIPAL_TYPES, "unknown-principal-type"
        ).items():
            for text, at, text_path in self.read_strings(value, f"{path}.{kind}"):
                for code, wrong, mend in principal_faults(kind, text):
                    self.add_problem(code, at, text_path, wrong, mend)
                yield kind, text

    # -------------------------------------------------------------- conditions
    def read_conditions(self, node: Node | None, path: str) -> tuple[Condition, ...]:
        """Return the conditions, without those of an unknown operator."""
        conditions: list[Condition] = []
        for written, block in (
            {} if node is None else self.read_object(node, path)
        ).items():
            operator_path = f"{path}.{written}"
            operator = read_operator(written)
            if operator is None:
                idle = block.value == Members([])  # AWS takes one without keys
                code, level = (
                    ("idle-operator", Level.WARNING)
                    if idle
                    else ("unknown-operator", Level.ERROR)
                )
                text = f"unknown operator `{written}`"
                self.add_problem(
                    code, block, operator_path, text, meant_operator(written), level
                )
            for key, values in self.read_object(block, operator_path).items():
                texts = self.read_strings(values, f"{operator_path}.{key}", words=True)
                if operator is not None:
                    conditions.append(self.build_condition(operator, key, texts))
        return tuple(conditions)

    def build_condition(
        self, operator: tuple[Quantifier, str, bool], key: str, texts: Texts
    ) -> Condition:
        """Return one condition, and note values that its operator can't read."""
        quantifier, name, if_exists = operator
        for text, at, text_path in texts:
            for code, wrong, mend in value_faults(name, text):
                self.add_problem(code, at, text_path, wrong, mend)
        return Condition(
            name, key, tuple(text for text, _, _ in texts), quantifier, if_exists
        )
