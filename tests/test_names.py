"""Names say which value or act they stand for.

No function is called by a bare participle or a pronoun, and few locals by a function word. What a share counts, and why, is in
CONTRIBUTING under Rules.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1] / "coffeeshop"
FUNCTION_WORDS = frozenset(
    [
        "asked",
        "told",
        "said",
        "found",
        "there",
        "one",
        "other",
        "others",
        "who",
        "whom",
        "whose",
        "mine",
        "theirs",
        "own",
        "here",
        "now",
        "was",
        "were",
        "had",
        "has",
        "have",
        "held",
        "hold",
        "holds",
        "kept",
        "spared",
        "shown",
        "given",
        "made",
        "done",
        "meant",
        "known",
        "left",
        "more",
        "less",
        "beside",
        "beyond",
        "both",
        "every",
        "again",
        "same",
        "alike",
        "like",
        "within",
        "inside",
        "outside",
        "elsewhere",
        "otherwise",
        "such",
        "any",
        "none",
        "what",
        "where",
        "when",
        "how",
        "why",
        "which",
        "called",
        "spoken",
        "it",
    ]
)
MOST_LINES = 85  # of a function, its docstring among them
MOST_BARE_NAMES = 1.0  # percent of the functions
MOST_FUNCTION_WORDS = 1.5  # percent of the locals
Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_bare(name: str) -> bool:
    """Tell whether a function's name is one word that ends like a participle, or a pronoun."""
    word = name.strip("_")
    if "_" in word or name.startswith("__"):
        return False
    return word.endswith(("ed", "en")) or word in FUNCTION_WORDS


def functions() -> Iterator[tuple[str, Function]]:
    """Yield every function of the package, with its module."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, Function):
                yield path.stem, node


def locals_of(function: Function) -> set[str]:
    """Return the names of a function's parameters and of what it assigns."""
    arguments = {node.arg for node in (*function.args.args, *function.args.kwonlyargs)}
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return arguments | stored


class PackageNames(NamedTuple):
    """The names in the package, from one reading of it."""

    functions: list[str]
    locals: list[str]
    long_functions: dict[str, int]  # and how many lines each has


@cache
def names_of_package() -> PackageNames:
    """Return the names of every function, of every local, and of each function that is too long."""
    names = PackageNames([], [], {})
    for module, function in functions():
        names.functions.append(function.name)
        names.locals.extend(locals_of(function) - {"self", "cls"})
        length = (function.end_lineno or 0) - function.body[0].lineno + 1
        if length > MOST_LINES:
            names.long_functions[f"{module}.{function.name}"] = length
    return names


def test_hardly_a_function_is_called_by_a_bare_participle_or_a_pronoun():
    names = names_of_package().functions
    bare_names = sorted(filter(is_bare, names))
    assert 100 * len(bare_names) / len(names) <= MOST_BARE_NAMES, bare_names


def test_hardly_a_local_is_called_by_a_function_word():
    names = names_of_package().locals
    function_words = [name for name in names if name.strip("_") in FUNCTION_WORDS]
    assert 100 * len(function_words) / len(names) <= MOST_FUNCTION_WORDS, function_words


def test_no_function_is_longer_than_85_lines():
    assert names_of_package().long_functions == {}
