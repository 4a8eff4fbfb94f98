"""Check the spelling and grammar of every text that people read, with Harper, offline.

Run `PYTHONPATH=. .venv/bin/python tools/check_english.py`. It prints each finding with its place and
exits with 1 if there is one. Rewrite the sentence, or say in tools/english.toml why it is right.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

from harper import Dialect, Language, Linter
from markdown_it import MarkdownIt

ROOT: Final = Path(__file__).parent.parent
RULES: Final = ROOT / "tools" / "english.toml"
PAGES: Final = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/*.md")
LESSONS: Final = ("scenarios/README.md", "scenarios/*/lesson.md")
TABLES: Final = ("scenarios/*.toml", "scenarios/*/scenario.toml")
SHELLS: Final = ("views", "tui", "plain", "cli", "shop", "lessons", "classroom", "policy")
NOT_PROSE: Final = frozenset(
    {"do", "article", "calls", "fixed", "sensitive", "on", "id", "point", "after", "as"}
)
SPELLING: Final = frozenset({"SpellCheck", "SplitWords"})
FEWEST_WORDS: Final = 4
LETTERS: Final = re.compile(r"\b[a-z]{2,}\b")
BLOCK_TEXT: Final = re.compile(r'(?:why|say|title)\s*=\s*"""(.*?)"""', re.DOTALL)
# Literals that aren't English: patterns, SQL, style sheets, types, lines of a file's head.
CODE: Final = re.compile(
    r"\(\?|\b(?:SELECT|CREATE TABLE|strftime|typeof)\b|&:|: [^ ]+; |\bstr\b|^#@|\[\w-]"
)
ATTRIBUTES: Final = re.compile(r"\s*\{[^{}]*\}\s*$")
# Names of AWS's and of commands: s3:GetObject, --bucket, arn:…, iam create-user, a/b, x.json, AccessDenied.
NAME: Final = re.compile(
    r"""(?<![\w`])(?:
        https?://\S+
      | --?[a-z][\w-]*                                  # --bucket
      | \w[\w-]*:[\w*$@/][\w:.*/@${}-]*                # s3:GetObject, arn:aws:iam::1:user/ada
      | [\w.*@${}-]*[/_{}=*$\\][\w.:/*@{}=$\\-]*         # 2026/03, a_name, {x}, *
      | [\w-]+\.(?:json|sh|toml|md|csv|zip|pdf|txt|py|com|org|lock|xz|sqlite)\b
      | \.[a-z]\w+                                     # .venv
      | [A-Za-z]+[a-z][A-Z]\w*                         # AccessDenied
      | \w*\d\w*                                      # v2, s3
      | [a-z]+(?:-[a-z]+){2,}\b                        # coffeeshop-orders-export
      | (?:coffeeshop|espresso|aws|iam|sts|sqs|s3api|get|put|list|create|delete|attach)-[a-z]+\b
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of prose and its place: a file, with a line or a key."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence that breaks a rule of Harper's."""

    place: str
    rule: str
    excerpt: str
    message: str
    sentence: str


def page_passages(path: Path) -> Iterator[Passage]:
    """Yield the paragraphs, headings, list items and cells of a Markdown page."""
    place = path.relative_to(ROOT)
    for token in MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8")):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "inline":
            yield Passage(f"{place}:{line}", ATTRIBUTES.sub("", token.content))
        elif token.type == "fence":
            for said in BLOCK_TEXT.findall(token.content):
                yield Passage(f"{place}:{line}", said)


def value_passages(place: str, value: object) -> Iterator[Passage]:
    """Yield the texts of a TOML value, with their keys as places."""
    if isinstance(value, str):
        yield Passage(place, value)
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            if key not in NOT_PROSE:
                yield from value_passages(f"{place} {key}", inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from value_passages(place, inner)


def literal_text(node: ast.AST) -> str | None:
    """Return what a string literal says, with a name for each placeholder, or None."""
    if isinstance(node, ast.JoinedStr):
        parts = (
            str(part.value) if isinstance(part, ast.Constant) else "`x`"
            for part in node.values
        )
        return "".join(parts)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def code_passages(path: Path) -> Iterator[Passage]:
    """Yield the sentences in a module's string literals, without its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    passed = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed.update(id(part) for part in node.values)
        text = None if id(node) in passed else literal_text(node)
        if text is not None and isinstance(node, ast.expr) and not CODE.search(text):
            yield Passage(f"{path.relative_to(ROOT)}:{node.lineno}", text)


def all_passages() -> Iterator[Passage]:
    """Yield every passage of the project that somebody reads."""
    for pattern in (*PAGES, *LESSONS):
        for path in sorted(ROOT.glob(pattern)):
            yield from page_passages(path)
    for pattern in TABLES:
        for path in sorted(ROOT.glob(pattern)):
            place = str(path.relative_to(ROOT))
            yield from value_passages(place, tomllib.loads(path.read_text("utf-8")))
    skipped = cast("Mapping[str, str]", read_rules()["skipped"])
    for shell in SHELLS:
        for path in sorted((ROOT / "coffeeshop" / shell).rglob("*.py")):
            if str(path.relative_to(ROOT)) not in skipped:
                yield from code_passages(path)


def prose_of(text: str) -> str:
    """Return a text in one line, with "`x`" for each name that isn't English."""
    one_line = " ".join(text.split())
    parts = re.split(r"(`[^`]*`)", one_line)
    return "".join(
        part if part.startswith("`") else NAME.sub("`x`", part) for part in parts
    )


def is_prose(text: str) -> bool:
    """Return whether a text has enough English words to be a sentence."""
    plain = re.sub(r"`[^`]*`", "", text)
    return len(LETTERS.findall(plain)) >= FEWEST_WORDS and " " in plain.strip()


@cache
def read_rules() -> Mapping[str, object]:
    """Return what tools/english.toml says."""
    return tomllib.loads(RULES.read_text("utf-8"))


@cache
def build_linter() -> Linter:
    """Return Harper without the rules that aren't ours."""
    linter = Linter(Dialect.BRITISH)
    chosen = linter.get_lint_config()
    for rule in cast("Mapping[str, str]", read_rules()["off"]):
        if rule not in chosen:
            raise KeyError(f"Harper has no rule {rule}: remove it from {RULES.name}")
        chosen[rule] = False
    linter.set_lint_config(chosen)
    return linter


def is_known_word(excerpt: str) -> bool:
    """Return whether an excerpt is a letter, or one of our words in any case or form."""
    word = excerpt.strip(".").removesuffix("'s").lower()
    return len(word) <= 1 or word in cast("list[str]", read_rules()["words"])


def find_mistakes(passage: Passage) -> tuple[Finding, ...]:
    """Return what Harper finds in a passage, without what english.toml accepts."""
    sentence = prose_of(passage.text)
    if not is_prose(sentence):
        return ()
    accepted = cast("Mapping[str, list[str]]", read_rules()["accepted"])
    by_rule = build_linter().organized_lints(sentence, language=Language.MARKDOWN)
    return tuple(
        Finding(passage.place, rule, lint.problem_text, lint.message, sentence)
        for rule, lints in by_rule.items()
        for lint in lints
        if not (rule in SPELLING and is_known_word(lint.problem_text))
        and lint.problem_text.lower() not in accepted.get(rule, ())
    )


def main() -> int:
    """Print the findings. Return 1 if there are any."""
    passages = tuple({passage.text: passage for passage in all_passages()}.values())
    with ProcessPoolExecutor() as pool:
        found = tuple(pool.map(find_mistakes, passages, chunksize=200))
    findings = tuple(finding for group in found for finding in group)
    for finding in findings:
        print(f"{finding.place}: {finding.rule}: {finding.excerpt!r}: {finding.message}")
        print(f"    {finding.sentence[:200]}")
    print(f"{len(passages)} passages, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
