"""A JSON document on its way to becoming a policy: members, texts and lists of texts, each complaint with its place."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeAlias

from coffeeshop.policy.language.json_source import Members, Node, Source, Unreadable, Word
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.model import Level, Problem

MAX_PROBLEMS: Final = 1_000  # problems of one text

Texts: TypeAlias = "list[tuple[str, Node, str]]"  # text, node, path


class Document:
    """A document that is being read. Each method returns the part that it could read and notes problems."""

    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems

    def add_problem(
        self,
        code: str,
        node: Node,
        path: str,
        text: str,
        mend: str = "",
        level: Level = Level.ERROR,
    ) -> None:
        """Note a problem. Raise Unreadable if there are more than MAX_PROBLEMS."""
        place = self.source.place(path, node.start, node.end)
        if len(self.problems) == MAX_PROBLEMS:
            text = f"more than {MAX_PROBLEMS:,} problems: the rest of the text was not read"
            raise Unreadable(
                Problem(Level.ERROR, "too-many-problems", place, text, "fix those first")
            )
        self.problems.append(Problem(level, code, place, text, mend))

    def read_object(
        self,
        node: Node,
        path: str,
        known_names: tuple[str, ...] | None = None,
        code: str = "unknown-element",
    ) -> dict[str, Node]:
        """Return the members of an object by name. Of equal names the first one counts.

        A misspelt name counts as the one that was meant, so that a slip is one problem and not two.
        """
        members: dict[str, Node] = {}
        slips: dict[str, Node] = {}
        if not isinstance(node.value, Members):
            self.add_problem(
                "wrong-type",
                node,
                path,
                f"this is {_node_words(node)}, but it has to be an object",
                "write {…}",
            )
            return members
        for name, value in node.value.pairs:
            text = str(name.value)
            if path:
                member_path = f"{path}.{name.value}"
            else:
                member_path = str(name.value)
            if known_names is not None and text not in known_names:
                self.add_problem(
                    code,
                    name,
                    member_path,
                    f"unknown element `{text}`",
                    suggest_known_name(text, known_names),
                )
                slips[nearest_known_name(text, known_names)] = value
            elif text in members:
                self.add_problem(
                    "duplicate-key",
                    name,
                    member_path,
                    f"`{text}` is here twice",
                    "merge the two",
                )
            else:
                members[text] = value
        return {
            name: value
            for name, value in {**slips, **members}.items()
            if known_names is None or name in known_names
        }

    def read_string(self, node: Node, path: str) -> str | None:
        """Return a text. If the node isn't one, note a problem and return None."""
        if isinstance(node.value, str) and not isinstance(node.value, Word):
            return node.value
        self.add_problem(
            "wrong-type",
            node,
            path,
            f"this is {_node_words(node)}, but it has to be a text",
            "write it in double quotes",
        )
        return None

    def read_strings(self, node: Node, path: str, words: bool = False) -> Texts:
        """Return a text or a list of texts. With `words`, also accept numbers and booleans as written."""
        if isinstance(node.value, list):
            items = node.value
        else:
            items = [node]
        texts: Texts = []
        for position, item in enumerate(items):
            item_path = f"{path}[{position}]"
            if words and isinstance(item.value, Word) and item.value != "null":
                texts.append((str(item.value), item, item_path))
            elif (text := self.read_string(item, item_path)) is not None:
                texts.append((text, item, item_path))
        return texts


def suggest_known_name(written: str, known_names: tuple[str, ...]) -> str:
    """Return a suggestion for an unknown name."""
    likely = nearest_known_name(written, known_names)
    if likely:
        return f"did you mean `{likely}`?"
    return f"one of {', '.join(known_names)}"


@lru_cache(maxsize=1024)
def nearest_known_name(written: str, known_names: tuple[str, ...]) -> str:
    """Return the known name that was probably meant, or "". A third of the letters can differ."""
    return nearest_name(written[:80], known_names, max(1, len(written) // 3))


def _node_words(node: Node) -> str:
    """Return the type of a node, in words."""
    match node.value:
        case Members():
            return "an object"
        case list():
            return "a list"
        case Word() as word:
            return f"`{word[:40]}`"
        case text:
            return f"the text `{text[:40]}`"
