"""JSON text -> Policy, or every problem at once with line and column; and back to text.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
The grammar is that of the kind: identity policies have no Principal, trust policies no Resource. Codes of problems are
what other tables key on (AWS's refusals, the lessons' rules of form); they are listed in `CODES`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from coffeeshop.policy.arn import is_everything, segments
from coffeeshop.policy.catalog import nearest
from coffeeshop.policy.conditions import OPERATORS, binary, boolean, instant, network, number
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
    Values,
)
from coffeeshop.policy.reader import Members, Node, Source, Unreadable, Word, decode, read, walk

Quantifier: TypeAlias = Literal["", "ForAllValues", "ForAnyValue"]
Texts: TypeAlias = "list[tuple[str, Node, str]]"  # text, node, path

VERSIONS: Final = ("2012-10-17", "2008-10-17")
TOP: Final = ("Version", "Id", "Statement")
STATEMENT: Final = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"
)  # fmt: skip
PRINCIPAL_TYPES: Final = ("AWS", "Service", "Federated", "CanonicalUser")
TRUST_ACTIONS: Final = (
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "TagSession",
    "SetSourceIdentity",
    "SetContext",
)
IAM_PATHS: Final = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
    "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/", "*",
)  # fmt: skip
QUANTIFIERS: Final = ("ForAllValues", "ForAnyValue")
UNQUANTIFIED: Final = frozenset({"Null"})  # asks whether a key is there: neither a set operator nor ...IfExists


class Grammar(NamedTuple):
    """What the documents of a kind must, may not, or may hold."""

    principal: bool
    resource: bool


GRAMMAR: Final[Mapping[Kind, Grammar]] = {
    kind: Grammar(principal=kind in (Kind.RESOURCE, Kind.RCP, Kind.TRUST), resource=kind is not Kind.TRUST)
    for kind in Kind
}


class MalformedPolicy(ValueError):  # noqa: N818 -- AWS names its error MalformedPolicyDocument
    """The text is no policy of its kind; `problems` says all that is wrong, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def parse(text: str | bytes, kind: Kind = Kind.IDENTITY, name: str = "") -> Policy:
    """The policy that a JSON document spells. Raises MalformedPolicy with every error; warnings are `examine`'s."""
    policy, problems = examine(text, kind, name)
    if policy is None:
        raise MalformedPolicy(problem for problem in problems if problem.level is Level.ERROR)
    return policy


def examine(text: str | bytes, kind: Kind = Kind.IDENTITY, name: str = "") -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy, or None where the grammar refuses it, and all problems of form with their levels, in text order."""
    source, problems = decode(text)
    document = _Document(source, kind, problems)
    if not any(problem.code == "not-utf-8" for problem in problems):
        try:
            policy = document.policy(read(source), name)
        except Unreadable as wrong:
            problems.append(wrong.problem)
        else:
            ordered = tuple(sorted(problems, key=lambda problem: problem.place.start))
            return (None if any(p.level is Level.ERROR for p in problems) else policy), ordered
    return None, tuple(problems)


def places(text: str | bytes) -> Mapping[str, Place]:
    """Where each element of a readable document stands: `Statement[0].Action[1]`, also for one that stands alone."""
    source, _ = decode(text)
    try:
        return {path: source.place(path, node.start, node.end) for path, node in walk(read(source))}
    except Unreadable:
        return {}


# ------------------------------------------------------------------ documents
class _Document:
    """One document while it is read: every method returns what it could read and complains about the rest."""

    def __init__(self, source: Source, kind: Kind, problems: list[Problem]) -> None:
        self.source, self.kind, self.problems = source, kind, problems
        self.grammar = GRAMMAR[kind]

    def complain(self, code: str, node: Node, path: str, text: str, mend: str = "", level: Level = Level.ERROR) -> None:
        self.problems.append(Problem(level, code, self.source.place(path, node.start, node.end), text, mend))

    # -------------------------------------------------------------- the whole
    def policy(self, node: Node, name: str) -> Policy:
        members = self.object(node, "", TOP)
        version = self.version(members.get("Version"), node)
        statements: list[Statement] = []
        if (found := members.get("Statement")) is None:
            self.complain("missing-statement", node, "", "no `Statement`", 'add "Statement": […]')
        elif isinstance(found.value, list):
            statements = [self.statement(item, f"Statement[{number}]") for number, item in enumerate(found.value)]
            if not statements:
                self.complain("empty-statement", found, "Statement", "`Statement` is an empty list", "add a statement")
        else:
            statements = [self.statement(found, "Statement[0]")]
        self.identifier(members.get("Id"))
        self.distinct(statements)
        return Policy(tuple(statements), self.source.text, name, version)

    def version(self, node: Node | None, whole: Node) -> str:
        if node is None:
            text = "no `Version`, which means 2008-10-17: policy variables are plain text then"
            self.complain("missing-version", whole, "", text, 'add "Version": "2012-10-17"', Level.WARNING)
            return VERSIONS[1]
        version = self.string(node, "Version")
        if version not in VERSIONS:
            if version is not None:
                self.complain(
                    "bad-version", node, "Version", f"there is no version `{version}`", f"write {VERSIONS[0]}"
                )
            return VERSIONS[1]
        if version == VERSIONS[1]:
            text = "version 2008-10-17: policy variables are plain text"
            self.complain("old-version", node, "Version", text, f"write {VERSIONS[0]}", Level.WARNING)
        return version

    def identifier(self, node: Node | None) -> None:
        if node is not None and self.string(node, "Id") is not None and not self.grammar.principal:
            self.complain(
                "unused-id", node, "Id", "`Id` means nothing in this kind of policy", "remove it", Level.WARNING
            )

    def distinct(self, statements: Sequence[Statement]) -> None:
        seen: set[str] = set()
        for statement in statements:
            if statement.sid and statement.sid in seen:
                place = statement.place
                text = f"the Sid `{statement.sid}` is already taken in this document"
                self.problems.append(
                    Problem(Level.ERROR, "duplicate-sid", place, text, "give each statement a Sid of its own")
                )
            seen.add(statement.sid)

    # -------------------------------------------------------------- statements
    def statement(self, node: Node, path: str) -> Statement:
        members = self.object(node, path, STATEMENT)
        return Statement(
            self.effect(members.get("Effect"), node, path),
            self.actions(members, node, path),
            self.resources(members, node, path),
            self.principals(members, node, path),
            self.conditions(members.get("Condition"), f"{path}.Condition"),
            self.sid(members.get("Sid"), f"{path}.Sid"),
            self.source.place(path, node.start, node.end),
        )

    def sid(self, node: Node | None, path: str) -> str:
        sid = "" if node is None else self.string(node, path) or ""
        if node is not None and self.kind is not Kind.RESOURCE and not re.fullmatch(r"[0-9A-Za-z]*", sid):
            self.complain(
                "bad-sid", node, path, f"the Sid `{sid}` holds more than letters and digits", "use A-Z, a-z, 0-9"
            )
        return sid

    def effect(self, node: Node | None, whole: Node, path: str) -> Effect:
        if node is None:
            self.complain("missing-effect", whole, path, "no `Effect`", 'add "Effect": "Allow" or "Deny"')
            return "Deny"
        effect = self.string(node, f"{path}.Effect")
        if effect is not None and effect not in ("Allow", "Deny"):
            self.complain(
                "bad-effect", node, f"{path}.Effect", f"`{effect}` is no effect", _meant(effect, ("Allow", "Deny"))
            )
        return "Allow" if effect == "Allow" else "Deny"

    def actions(self, members: Mapping[str, Node], node: Node, path: str) -> Element:
        element, texts = self.either(members, node, path, "Action")
        for text, at, where in texts:
            for code, wrong, mend in self.action_faults(text):
                self.complain(code, at, where, wrong, mend)
        return element

    def action_faults(self, text: str) -> Iterable[tuple[str, str, str]]:
        vendor, colon, name = text.partition(":")
        if text != "*" and not colon:
            yield "action-without-vendor", f"`{text}` does not say of which service", "write it as `s3:GetObject`"
        elif ":" in name:
            yield "action-two-colons", f"`{text}` has more than one colon", "write it as `s3:GetObject`"
        elif text != "*" and not re.fullmatch(r"[A-Za-z0-9-]+|\*", vendor):
            yield "bad-vendor", f"`{vendor}` is no service prefix", "write the prefix in full, as in `s3:Get*`"
        elif self.kind is Kind.TRUST and not _trusting(vendor, name):
            allowed = ", ".join(f"sts:{action}" for action in TRUST_ACTIONS[:-1])
            yield "trust-action", f"`{text}` is no action of a trust policy", f"these are: {allowed}"

    def resources(self, members: Mapping[str, Node], node: Node, path: str) -> Element | None:
        if not self.grammar.resource:
            for name in ("Resource", "NotResource"):
                if (found := members.get(name)) is not None:
                    text = f"a trust policy has no `{name}`: it belongs to its role"
                    self.complain("resource-not-allowed", found, f"{path}.{name}", text, "remove it")
            return None
        element, texts = self.either(members, node, path, "Resource")
        for text, at, where in texts:
            for code, wrong, mend in _resource_faults(text):
                self.complain(code, at, where, wrong, mend)
        return element

    def either(self, members: Mapping[str, Node], node: Node, path: str, name: str) -> tuple[Element, Texts]:
        """Action or NotAction, Resource or NotResource: exactly one of the two, with at least one value."""
        found = [(key, members[key]) for key in (name, f"Not{name}") if key in members]
        lower = name.lower()
        if not found:
            self.complain(f"missing-{lower}", node, path, f"no `{name}` and no `Not{name}`", f'add "{name}"')
            return Element(()), []
        if len(found) == 2:
            text = f"`{name}` and `Not{name}` in one statement"
            self.complain(f"both-{lower}s", found[1][1], f"{path}.Not{name}", text, "keep one of them")
        key, value = found[0]
        texts = self.strings(value, f"{path}.{key}")
        if not texts and value.value == []:
            self.complain(f"missing-{lower}", value, f"{path}.{key}", f"`{key}` is an empty list", "name at least one")
        return Element(tuple(text for text, _, _ in texts), key != name), texts

    # -------------------------------------------------------------- principals
    def principals(self, members: Mapping[str, Node], node: Node, path: str) -> Principals | None:
        found = [(key, members[key]) for key in ("Principal", "NotPrincipal") if key in members]
        if not self.grammar.principal:
            for key, value in found:
                text = f"this kind of policy has no `{key}`: it speaks of whom it hangs on"
                self.complain("principal-not-allowed", value, f"{path}.{key}", text, "remove it")
            return None
        if not found:
            self.complain("missing-principal", node, path, "no `Principal`", 'add "Principal": {"AWS": "arn:…"}')
            return None
        if len(found) == 2:
            text = "`Principal` and `NotPrincipal` in one statement"
            self.complain("both-principals", found[1][1], f"{path}.NotPrincipal", text, "keep one of them")
        key, value = found[0]
        entries = tuple(self.entries(value, f"{path}.{key}"))
        if self.kind is Kind.RCP and (key == "NotPrincipal" or entries != (("AWS", "*"),)):
            text = "a resource control policy speaks of everyone"
            self.complain("rcp-principal", value, f"{path}.{key}", text, 'write "Principal": "*"')
        return Principals(entries, key == "NotPrincipal")

    def entries(self, node: Node, path: str) -> Iterable[tuple[str, str]]:
        if not isinstance(node.value, Members):
            text = self.string(node, path)
            if text == "*":
                yield "AWS", "*"
            elif text is not None:
                mend = (
                    f'write {{"AWS": "{text}"}}'
                    if re.fullmatch(r"arn:.*|\d{12}", text, re.DOTALL)
                    else 'write "*" or {"AWS": "arn:…"}'
                )
                self.complain("bad-principal", node, path, f"`{text}` alone is no principal", mend)
            return
        if not node.value.pairs:
            self.complain("missing-principal", node, path, "an empty principal names nobody", 'write {"AWS": "arn:…"}')
        for kind, value in self.object(node, path, PRINCIPAL_TYPES, "unknown-principal-type").items():
            for text, at, where in self.strings(value, f"{path}.{kind}"):
                for code, wrong, mend in _principal_faults(kind, text):
                    self.complain(code, at, where, wrong, mend)
                yield kind, text

    # -------------------------------------------------------------- conditions
    def conditions(self, node: Node | None, path: str) -> tuple[Condition, ...]:
        found: list[Condition] = []
        for written, block in ({} if node is None else self.object(node, path)).items():
            where = f"{path}.{written}"
            operator = _operator(written)
            if operator is None:
                self.complain(
                    "unknown-operator", block, where, f"unknown operator `{written}`", _meant_operator(written)
                )
            for key, values in self.object(block, where).items():
                texts = self.strings(values, f"{where}.{key}", words=True)
                if operator is not None:
                    found.append(self.condition(operator, key, texts))
        return tuple(found)

    def condition(self, operator: tuple[Quantifier, str, bool], key: str, texts: Texts) -> Condition:
        quantifier, name, if_exists = operator
        type_ = OPERATORS[name].type
        reads, example = _READS.get(type_, (None, ""))
        for text, at, where in texts:
            if reads is not None and reads(text) is None:
                self.complain("bad-value", at, where, f"`{text}` is no value for {name}", example)
        return Condition(name, key, tuple(text for text, _, _ in texts), quantifier, if_exists)

    # -------------------------------------------------------------- JSON shapes
    def object(
        self, node: Node, path: str, known: Sequence[str] | None = None, code: str = "unknown-element"
    ) -> dict[str, Node]:
        """The members of an object by name; the first wins where one is repeated, and a misspelt
        name stands for the one that was meant, so that a slip is one problem and not two."""
        members: dict[str, Node] = {}
        meant: dict[str, Node] = {}
        if not isinstance(node.value, Members):
            self.complain("wrong-type", node, path, f"{_shown(node)} where an object should stand", "write {…}")
            return members
        for name, value in node.value.pairs:
            text, where = str(name.value), f"{path}.{name.value}" if path else str(name.value)
            if known is not None and text not in known:
                self.complain(code, name, where, f"unknown element `{text}`", _meant(text, known))
                meant[_nearest(text, known) or text] = value
            elif text in members:
                self.complain("duplicate-key", name, where, f"`{text}` stands here twice", "merge the two")
            else:
                members[text] = value
        return {name: value for name, value in {**meant, **members}.items() if known is None or name in known}

    def string(self, node: Node, path: str) -> str | None:
        if isinstance(node.value, str) and not isinstance(node.value, Word):
            return node.value
        self.complain(
            "wrong-type", node, path, f"{_shown(node)} where a text should stand", "write it in double quotes"
        )
        return None

    def strings(self, node: Node, path: str, words: bool = False) -> Texts:
        """One text or a list of texts; with `words`, numbers and booleans too, as written."""
        items = node.value if isinstance(node.value, list) else [node]
        texts: Texts = []
        for position, item in enumerate(items):
            where = f"{path}[{position}]"
            if words and isinstance(item.value, Word) and item.value != "null":
                texts.append((str(item.value), item, where))
            elif (text := self.string(item, where)) is not None:
                texts.append((text, item, where))
        return texts


# --------------------------------------------------------------------- faults
_READS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "Numeric": (number, "write a number, such as 10"),
    "Date": (instant, "write a date, such as 2026-01-31T09:00:00Z, or seconds since 1970"),
    "Bool": (boolean, "write true or false"),
    "Null": (boolean, "write true (the key is absent) or false (it is there)"),
    "Binary": (binary, "write the bytes in Base64"),
    "IPAddress": (network, "write an address or a CIDR block, such as 203.0.113.0/24"),
}


def _trusting(vendor: str, name: str) -> bool:
    known = {action.lower() for action in TRUST_ACTIONS}
    return vendor.lower() == "sts" and ("*" in name or "?" in name or name.lower() in known)


def _resource_faults(text: str) -> Iterable[tuple[str, str, str]]:
    parts = segments(text)
    if is_everything(text):
        return
    if parts[0] != "arn":
        yield "bad-resource", f"`{text}` is neither an ARN nor `*`", "write it as `arn:aws:s3:::bucket/*`"
    elif len(parts) < 6:
        yield "incomplete-arn", f"`{text}` has {len(parts)} of an ARN's six parts", "as in `arn:aws:s3:::bucket/*`"
    elif not re.fullmatch(r"aws(-[a-z]+)*|\*", parts[1]):
        yield "bad-partition", f"`{parts[1]}` is no partition", "write `aws`"
    elif not re.fullmatch(r"[A-Za-z0-9-]+", parts[2]):
        yield "bad-resource-vendor", f"`{parts[2]}` is no service prefix", "write the service's prefix in full"
    elif parts[2] == "iam" and parts[3]:
        yield "iam-region", f"`{text}`: IAM has no regions", "leave the region empty: `arn:aws:iam::…`"
    elif parts[2] == "iam" and not parts[5].startswith(IAM_PATHS):
        yield "iam-path", f"`{parts[5]}` is nothing in IAM", f"begin with one of {' '.join(IAM_PATHS)}"


def _principal_faults(kind: str, text: str) -> Iterable[tuple[str, str, str]]:
    example = _PRINCIPALS[kind]
    if kind != "AWS":
        if not text or "*" in text:
            yield "bad-principal", f"`{text}` is no {kind} principal", f"as in `{example}`"
        return
    parts = text.split(":", 5)
    if text == "*" or re.fullmatch(r"\d{12}|A(?:IDA|ROA)[A-Z0-9]+", text):
        return
    if "*" in text or "?" in text:
        yield (
            "principal-wildcard",
            f"`{text}`: a principal has no wildcards",
            "name it in full, or use a condition on aws:PrincipalArn",
        )
    elif parts[0] != "arn" or len(parts) < 6 or parts[2] not in ("iam", "sts") or not parts[5]:
        yield "bad-principal", f"`{text}` is no principal", f"as in `{example}`"
    elif parts[5].startswith("group/"):
        yield "group-principal", f"`{text}`: a group is no principal", "name its users, or a role that they take"


_PRINCIPALS: Final = {
    "AWS": "arn:aws:iam::111122223333:user/casey",
    "Service": "lambda.amazonaws.com",
    "Federated": "arn:aws:iam::111122223333:saml-provider/corp",
    "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
}


def _operator(written: str) -> tuple[Quantifier, str, bool] | None:
    """The set operator, the row's name and whether `...IfExists`, or None where there is no such operator."""
    quantifier, colon, rest = written.rpartition(":")
    name = rest.removesuffix("IfExists")
    if name not in OPERATORS or (colon and quantifier not in QUANTIFIERS) or (name in UNQUANTIFIED and name != written):
        return None
    return cast(Quantifier, quantifier), name, rest != name


def _meant_operator(written: str) -> str:
    quantifier, colon, rest = written.rpartition(":")
    name = rest.removesuffix("IfExists")
    near = _nearest(name, tuple(OPERATORS))
    if not near or near in UNQUANTIFIED:
        return f"did you mean `{near}`?" if near else ""
    return f"did you mean `{_nearest(quantifier, QUANTIFIERS)}{colon}{near}{rest[len(name) :]}`?"


def _meant(written: str, known: Sequence[str]) -> str:
    near = _nearest(written, known)
    return f"did you mean `{near}`?" if near else f"one of {', '.join(known)}"


def _nearest(written: str, known: Sequence[str]) -> str:
    return nearest(written[:80], known, max(1, len(written) // 3))


def _shown(node: Node) -> str:
    match node.value:
        case Members():
            return "an object"
        case list():
            return "a list"
        case Word() as word:
            return f"`{word[:40]}`"
        case text:
            return f"the text `{text[:40]}`"


# ------------------------------------------------------------------- printing
def dumps(policy: Policy) -> str:
    """The policy as canonical JSON: elements in the guide's order, a single value as text, several as a list."""
    document = {"Version": policy.version, "Statement": [_statement(statement) for statement in policy.statements]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _statement(statement: Statement) -> dict[str, object]:
    principals, resources = statement.principals, statement.resources
    printed: dict[str, object] = {"Sid": statement.sid} if statement.sid else {}
    printed["Effect"] = statement.effect
    if principals is not None:
        printed["NotPrincipal" if principals.negated else "Principal"] = _principals(principals)
    printed["NotAction" if statement.actions.negated else "Action"] = _one(statement.actions.values)
    if resources is not None:
        printed["NotResource" if resources.negated else "Resource"] = _one(resources.values)
    conditions: dict[str, dict[str, object]] = {}
    for condition in statement.conditions:
        conditions.setdefault(operator(condition), {})[condition.key] = _one(condition.values)
    return {**printed, "Condition": conditions} if conditions else printed


def operator(condition: Condition) -> str:
    """The operator as policies write it: `ForAnyValue:StringLikeIfExists`."""
    colon = ":" if condition.quantifier else ""
    return f"{condition.quantifier}{colon}{condition.operator}{'IfExists' if condition.if_exists else ''}"


def _one(values: Values) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _principals(principals: Principals) -> object:
    if principals.entries == (("AWS", "*"),):
        return "*"
    grouped: dict[str, list[str]] = {}
    for kind, value in principals.entries:
        grouped.setdefault(kind, []).append(value)
    return {kind: _one(tuple(values)) for kind, values in grouped.items()}
