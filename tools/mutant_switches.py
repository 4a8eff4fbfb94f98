"""Draw places of the program, and write a copy in which each can be changed by a switch, for `tools/mutate.py`.

A place is a comparison, a condition, a number, an operator, a returned value or a statement; never a text. In the copy,
`_at(7)` stands where place 7 is, and chooses between what was there and the change.
"""

from __future__ import annotations

import ast
import copy
import random  # noqa: TID251  # its draw is told with its seed
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path("coffeeshop")
UNREAD = {
    "annotation",
    "returns",
    "decorator_list",
    "type_params",
    "bases",
    "keywords",
}  # fields that never run
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
# What the copy's first module says: a process that a test starts knows its change from the environment.
BEGINNING = """
import builtins as _builtins, os as _os
if not hasattr(_builtins, "_at"):
    _number = int(_os.environ.get("MUTANT", "-1"))
    _builtins._at = lambda number: number == _number
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a module that can be changed. `runs_at_import` means that it is in no function."""

    path: Path
    node: ast.AST
    changed: ast.AST
    runs_at_import: bool

    @property
    def name(self) -> str:
        """Return the file, line and column, which stay while the checkout stays."""
        return f"{self.path}:{line_of(self.node)}:{self.node.col_offset}"  # type: ignore[attr-defined]

    @property
    def before(self) -> str:
        """Return the first line of what is there."""
        return ast.unparse(self.node).partition("\n")[0]

    @property
    def after(self) -> str:
        """Return the first line of the change."""
        return ast.unparse(ast.fix_missing_locations(self.changed)).partition("\n")[0]


def line_of(node: ast.AST) -> int:
    """Return the line of an expression or statement."""
    return node.lineno  # type: ignore[attr-defined]


# ----------------------------------------------------------------------- changes
def changed_node(node: ast.AST) -> ast.AST | None:
    """Return a changed copy of one expression or statement; None where nothing in it is changed."""
    return _changed_operator(node) or _changed_value(node) or _changed_statement(node)


def _changed_operator(node: ast.AST) -> ast.AST | None:
    changed = copy.deepcopy(node)
    match changed:
        case ast.Compare(ops=[operator, *_]) if type(operator) in COMPARISONS:
            changed.ops[0] = COMPARISONS[type(operator)]()
        case ast.BoolOp(op=operator):
            changed.op = ast.Or() if isinstance(operator, ast.And) else ast.And()
        case ast.BinOp(op=operator) if type(operator) in OPERATORS and not _is_of_text(
            changed
        ):
            changed.op = OPERATORS[type(operator)]()
        case _:
            return None
    return changed


def _changed_value(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return copy.deepcopy(operand)
        case ast.Constant(value=bool(value)):
            return ast.Constant(not value)
        case ast.Constant(value=int(value)):
            return ast.Constant(value + 1)
        case _:
            return None


def _changed_statement(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            return ast.UnaryOp(ast.Not(), copy.deepcopy(test))
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            return ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            return ast.Pass()
        case _:
            return None


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_of_text(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(
        isinstance(side, ast.JoinedStr | ast.Constant) and not _is_number(side)
        for side in sides
    )


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


# ------------------------------------------------------------------------ places
def _code(tree: ast.AST, is_late: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Yield what runs, and whether a call is what runs it: no annotation, no decorator, no import, no pattern, nothing that
    only a type checker reads.
    """
    for name, value in ast.iter_fields(tree):
        if name in UNREAD and not isinstance(tree, ast.Call):
            continue
        is_called = is_late or (isinstance(tree, FUNCTIONS) and name == "body")
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_no_code(child):
                yield child, is_called
                yield from _code(child, is_called)


def _is_no_code(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.Import | ast.ImportFrom | ast.pattern)


def drawn_places(count: int, seed: int) -> tuple[list[Place], dict[Path, ast.Module]]:
    """Return so many places, drawn from the whole program, and the trees in which they are. Each line that has a place is as
    likely as any other.
    """
    chance = random.Random(seed)
    trees = {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}
    by_line: dict[tuple[Path, int], list[Place]] = {}
    for path, tree in trees.items():
        for node, is_late in _code(tree):
            if changed := changed_node(node):
                place = Place(path, node, changed, not is_late)
                by_line.setdefault((path, line_of(node)), []).append(place)
    lines = chance.sample(sorted(by_line), count)
    return [chance.choice(by_line[line]) for line in lines], trees


# ---------------------------------------------------------------------- switches
class _Switches(ast.NodeTransformer):
    """Writes a switch at each of these places of a tree."""

    def __init__(self, numbers: dict[int, tuple[int, Place]]) -> None:
        self.numbers = numbers

    def visit(self, node: ast.AST) -> ast.AST:
        """Return a node with its switches."""
        entry = self.numbers.get(id(node))
        node = self.generic_visit(node)
        if entry is None:
            return node
        number, place = entry
        chosen = ast.Call(ast.Name("_at", ast.Load()), [ast.Constant(number)], [])
        match node:
            case ast.If() | ast.While() | ast.IfExp():
                assert isinstance(place.changed, ast.expr)
                node.test = ast.IfExp(chosen, place.changed, node.test)
                return node
            case ast.stmt():
                assert isinstance(place.changed, ast.stmt)
                return ast.If(chosen, [place.changed], [node])
            case _:
                assert isinstance(place.changed, ast.expr)
                assert isinstance(node, ast.expr)
                return ast.IfExp(chosen, place.changed, node)


def write_switches(
    home: Path, places: Sequence[Place], trees: dict[Path, ast.Module]
) -> None:
    """Write the switches of all places into a copy of the checkout."""
    for path in {place.path for place in places}:
        numbers = {
            id(place.node): (number, place)
            for number, place in enumerate(places)
            if place.path == path
        }
        tree = ast.fix_missing_locations(_Switches(numbers).visit(trees[path]))
        (home / path).write_text(ast.unparse(tree))
    first = home / PACKAGE / "__init__.py"
    first.write_text(first.read_text() + BEGINNING)
