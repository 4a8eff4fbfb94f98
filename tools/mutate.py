"""Change the program in random places, one at a time, and see whether a test notices.

    pip install pytest-cov
    pytest -m 'not slow' -n auto --cov=coffeeshop --cov-context=test --cov-report=
    PYTHONPATH=. python -m tools.mutate --coverage .coverage --places 300 --seed 1 --jobs 2

A place is a comparison, a condition, a number, an operator, a returned value or a statement; never a text. A change that
no test notices survives: either a test is missing, or the change makes no difference. For each place the tests run that
reach its line, as the coverage file tells; where they notice nothing, those whose files lie where the module lies. What
survives is printed with its line before and after. Works in copies of the checkout, and leaves the checkout as it is.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random  # noqa: TID251  # its draw is told with its seed
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

PACKAGE, TESTS = Path("coffeeshop"), Path("tests")
MOST_TESTS = 40  # of those that reach a line: the files that hold most of them say enough
UNREAD = {
    "annotation",
    "returns",
    "decorator_list",
    "type_params",
    "bases",
    "keywords",
}  # fields that never run
SECONDS = 240  # for the tests of one place; a change that makes the program hang is noticed

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


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the statement's place in its file, its source before, and after."""

    path: Path
    line: int
    before: str
    after: str
    source: str  # the whole file, changed


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tests made of a mutant: `noticed` by one of so many."""

    mutant: Mutant
    noticed: bool
    tests: int


# ------------------------------------------------------------------------- places
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
            return operand
        case ast.Constant(value=bool(value)):
            return ast.Constant(not value)
        case ast.Constant(value=int(value)):
            return ast.Constant(value + 1)
        case _:
            return None


def _changed_statement(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            changed = copy.copy(node)
            changed.test = ast.UnaryOp(ast.Not(), test)
            return changed
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


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs: no annotation, no decorator, no import, nothing that only a type checker reads."""
    for name, value in ast.iter_fields(tree):
        if name in UNREAD and not isinstance(tree, ast.Call):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_for_types(child):
                yield child
                yield from _code(child)


def _is_for_types(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.Import | ast.ImportFrom)


def _replaced(lines: list[str], node: ast.AST, code: str) -> str:
    """Return the file with one node's source replaced. A statement keeps its indentation, an expression gets brackets."""
    first, last = node.lineno - 1, node.end_lineno - 1  # type: ignore[attr-defined]
    head = lines[first].encode()[: node.col_offset].decode()  # type: ignore[attr-defined]
    tail = lines[last].encode()[node.end_col_offset :].decode()  # type: ignore[attr-defined]
    written = (
        f"\n{head}".join(code.splitlines()) if isinstance(node, ast.stmt) else f"({code})"
    )
    return "".join((*lines[:first], head, written, tail, *lines[last + 1 :]))


def drawn_mutants(places: int, seed: int) -> list[Mutant]:
    """Return so many mutants, drawn from the whole program: each line that has one is as likely as any other."""
    chance = random.Random(seed)
    nodes_of_line: dict[tuple[Path, int], list[ast.AST]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in _code(ast.parse(path.read_text())):
            if changed_node(node) is not None:
                nodes_of_line.setdefault((path, _line(node)), []).append(node)
    chosen = chance.sample(sorted(nodes_of_line), places)
    return [
        _mutant(path, chance.choice(nodes_of_line[path, line])) for path, line in chosen
    ]


def _mutant(path: Path, node: ast.AST) -> Mutant:
    """Return the mutant of one place: its file, with only the changed piece written anew."""
    lines, line, changed = (
        path.read_text().splitlines(keepends=True),
        _line(node),
        changed_node(node),
    )
    assert changed is not None, "places are those that can be changed"
    source = _replaced(lines, node, ast.unparse(changed))
    return Mutant(
        path, line, lines[line - 1].strip(), source.splitlines()[line - 1].strip(), source
    )


def _line(node: ast.AST) -> int:
    return node.lineno  # type: ignore[attr-defined]  # every expression and statement has one


# -------------------------------------------------------------------------- tests
def tests_reaching(coverage: sqlite3.Connection, path: Path, line: int) -> list[str]:
    """Return the tests that reach a line, each by its node id without parameters. Branches were measured, as the project's
    settings say: a line is reached where a step leads to it.
    """
    rows = coverage.execute(
        "SELECT DISTINCT context.context FROM arc JOIN file ON file.id = arc.file_id"
        " JOIN context ON context.id = arc.context_id WHERE file.path LIKE ? AND arc.tono = ?",
        (f"%/{path}", line),
    )
    names = (name for (name,) in rows if name)
    return [*dict.fromkeys(name.partition("|")[0].partition("[")[0] for name in names)]


def tests_beside(path: Path) -> list[str]:
    """Return the folder of tests that lies where a module lies, or the nearest one above it."""
    place = TESTS / path.relative_to(PACKAGE).parent
    file = place / f"test_{path.stem}.py"
    return [
        str(
            file
            if file.exists()
            else next(above for above in (place, *place.parents) if above.exists())
        )
    ]


def verdict(
    home: Path, mutant: Mutant, reaching: list[str], chance: random.Random
) -> Verdict:
    """Return what the tests make of a mutant in that copy of the checkout."""
    target = home / mutant.path
    before = target.read_text()
    target.write_text(mutant.source)
    try:
        nearest = sorted(
            reaching, key=lambda name: (mutant.path.stem not in name, chance.random())
        )[:MOST_TESTS]
        rounds = [part for part in (nearest, tests_beside(mutant.path)) if part]
        noticed = any(_fails(home, names) for names in rounds)
    finally:
        target.write_text(before)
    return Verdict(mutant, noticed, sum(map(len, rounds)))


def _fails(home: Path, names: list[str]) -> bool:
    """Return whether one of these tests fails. That none was collected is no failure."""
    line = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-m",
        "not peers",
        "-p",
        "no:cacheprovider",
        *names,
    ]
    try:
        done = subprocess.run(
            line, cwd=home, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode not in (0, 5)


def copies(jobs: int) -> Iterator[Path]:
    """Yield so many copies of the checkout, as git has it with what was changed since."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], capture_output=True, check=True, text=True
    ).stdout
    for number in range(jobs):
        home = Path(tempfile.mkdtemp(prefix=f"mutants-{number}-"))
        for name in filter(None, listed.split("\0")):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, home / name, follow_symlinks=False)
        yield home


def main() -> None:
    """Print a line for each mutant, then those that survived."""
    reader = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0] if __doc__ else ""
    )
    reader.add_argument("--places", type=int, default=300)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--jobs", type=int, default=2)
    reader.add_argument(
        "--coverage", type=Path, help="a coverage file with a context for each test"
    )
    asked = reader.parse_args()
    mutants = drawn_mutants(asked.places, asked.seed)
    reached: dict[int, list[str]] = {}
    if asked.coverage:
        with closing(sqlite3.connect(asked.coverage)) as db:
            reached = {
                number: tests_reaching(db, one.path, one.line)
                for number, one in enumerate(mutants)
            }
    homes: SimpleQueue[Path] = SimpleQueue()
    for home in copies(asked.jobs):
        homes.put(home)

    def judge(number: int) -> Verdict:
        home, chance = homes.get(), random.Random(asked.seed + number)
        try:
            found = verdict(home, mutants[number], reached.get(number, []), chance)
        finally:
            homes.put(home)
        word = "noticed " if found.noticed else "SURVIVED"
        print(
            f"{word} {found.mutant.path}:{found.mutant.line}: {found.mutant.after}",
            flush=True,
        )
        return found

    with ThreadPoolExecutor(asked.jobs) as hands:
        verdicts = [*hands.map(judge, range(len(mutants)))]
    survivors = [one.mutant for one in verdicts if not one.noticed]
    share = 1 - len(survivors) / max(1, len(verdicts))
    print(
        f"\n{len(verdicts)} places, seed {asked.seed}: {share:.1%} noticed, {len(survivors)} survived"
    )
    for mutant in survivors:
        print(f"\n{mutant.path}:{mutant.line}\n  - {mutant.before}\n  + {mutant.after}")
    while not homes.empty():
        shutil.rmtree(homes.get(), ignore_errors=True)


if __name__ == "__main__":
    main()
