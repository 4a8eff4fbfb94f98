"""Names say which value or act they stand for.

No function is called by a bare participle or a pronoun, and few locals by a function word. What a share counts, and why, is in
CONTRIBUTING under Rules.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

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
MOST_BARE_NAMES = 1.0  # percent of the functions
MOST_FUNCTION_WORDS = 1.5  # percent of the locals
Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_bare(name: str) -> bool:
    """Tell whether a function's name is one word that ends like a participle, or a pronoun."""
    word = name.strip("_")
    if "_" in word or name.startswith("__"):
        return False
    return word.endswith(("ed", "en")) or word in FUNCTION_WORDS


def functions() -> Iterator[Function]:
    """Yield every function of the package."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, Function):
                yield node


def locals_of(function: Function) -> set[str]:
    """Return the names of a function's parameters and of what it assigns."""
    arguments = {node.arg for node in (*function.args.args, *function.args.kwonlyargs)}
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return arguments | stored


@cache
def names_of_package() -> tuple[list[str], list[str]]:
    """Return the names of every function and of every local, from one reading of the package."""
    function_names = list[str]()
    local_names = list[str]()
    for function in functions():
        function_names.append(function.name)
        local_names += locals_of(function) - {"self", "cls"}
    return function_names, local_names


def test_hardly_a_function_is_called_by_a_bare_participle_or_a_pronoun():
    names, _ = names_of_package()
    bare_names = sorted(filter(is_bare, names))
    assert 100 * len(bare_names) / len(names) <= MOST_BARE_NAMES, bare_names


def test_hardly_a_local_is_called_by_a_function_word():
    _, names = names_of_package()
    function_words = [name for name in names if name.strip("_") in FUNCTION_WORDS]
    assert 100 * len(function_words) / len(names) <= MOST_FUNCTION_WORDS, function_words
