"""Write docs/fidelity.md: the simulated operations, the comparisons with AWS, the differences, and the uncertain texts.

The figures come from the recorded answers in tests/recorded, which are replayed, and from the table of operations.
"""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from coffeeshop.account.api.operations import OPERATIONS, services
from tests.recorded import test_kms, test_texts
from tests.recorded.answers import Compared, replay, sessions
from tests.recorded.tutorials import NOT_SIMULATED, pages, replay_page

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "fidelity.md"
RECORDED = ROOT / "tests" / "recorded"
SHOWN = 25  # rows of what is asked for and isn't simulated
HEAD = """# How close this is to AWS

We ran nothing on AWS ourselves. Others recorded AWS's answers, and the tests replay these recordings. The script
`tools/write_fidelity.py` writes this page from those tests. Run `python -m tests.recorded` to replay everything yourself.

Where a recording and AWS's documentation disagree, we follow the recording.
"""


def page() -> str:
    """Return the whole page."""
    compared = [each for session in sessions() for each in replay(session)]
    parts = (
        HEAD,
        "## Compared recordings\n",
        *_source_rows(compared),
        "\n## Other programs\n",
        "These figures were measured once, against `coffeeshop endpoint`. `tests/clients` tests some of these programs.\n",
        *_client_rows(),
        "\n## Simulated services\n",
        *_service_rows(),
        "\n## Where our answers differ\n",
        "Each of these answers differs from the recorded one, for the reason in the table.\n",
        *_difference_rows(compared),
        "\n## Missing operations\n",
        "These calls answer `NotSimulated` with the name of the operation or parameter. The number counts recorded answers",
        f"that can't be compared because of it. The table has the {SHOWN} most frequent. One row counts answers that can",
        "be compared now.\n",
        *_missing_rows(),
        "\n## Uncertain texts\n",
        "We found no recording and no example of these texts. They are guesses, and marked as such in the code.\n",
        *_uncertain_rows(),
    )
    return "\n".join(parts) + "\n"


def _source_rows(compared: list[Compared]) -> Iterator[str]:
    """Yield the table of sources with their figures."""
    yield "| Source | Licence | Recorded | Compared | Alike | Different, with a reason |"
    yield "|---|---|---|---|---|---|"
    names = {
        "localstack/localstack tests/aws": "answers of IAM, STS, S3, SQS, KMS, DynamoDB and Lambda, 2022 to 2026",
        "aws/aws-cli awscli/examples": "the examples of the CLI's reference, July 2026",
    }
    for source, what in names.items():
        rows = [each for each in compared if each.session["source"] == source]
        licence = rows[0].session["licence"]
        alike = sum(each.is_alike for each in rows)
        yield f"| {source} | {licence} | {what} | {len(rows)} | {alike} | {len(rows) - alike} |"
    trail = json.loads((RECORDED / "cloudtrail.json").read_text("utf-8"))["records"]
    ways = json.loads((RECORDED / "pathfinding.json").read_text("utf-8"))
    found = len(ways["paths"]) + len(ways["of iam"])
    kms = len(test_kms.RECORDED)
    texts = len(test_texts.RECORDED)
    yield f"| invictus-ir, DataDog/stratus-red-team | MIT, Apache-2.0 | CloudTrail records by kind | {len(trail)} | {len(trail)} | 0 |"
    yield f"| DataDog/pathfinding.cloud | Apache-2.0 | ways to escalate privileges, December 2025 | {found} | {found - 1} | 1 |"
    yield f"| localstack/localstack, KMS and IAM | Apache-2.0 | texts of refusals, 2024 to 2026 | {kms + texts} | {kms + texts} | 0 |"
    yield from _tutorial_rows()
    yield ""
    yield "We can't copy the policies that AWS publishes, so we compared them outside of the tests, on 1 December 2026. For 206 of the"
    yield "207 pairs in aws-samples/iam-access-analyzer-custom-policy-check-samples, `coffeeshop compare` agrees with Access Analyzer."


def _tutorial_rows() -> Iterator[str]:
    """Yield the row of the user guides, and how many of their lines aren't simulated."""
    lines = [carried for page in pages() for carried in replay_page(page)]
    compared = [carried for carried in lines if carried.outcome != NOT_SIMULATED]
    alike = sum(carried.is_alike for carried in compared)
    guides = len({page["source"] for page in pages()})
    yield (
        f"| awsdocs, {guides} user guides | CC-BY-SA-4.0, sample code MIT | command lines of 2021 to 2023 | {len(compared)} |"
        f" {alike} | {len(compared) - alike} |"
    )
    yield ""
    yield f"{len(lines) - len(compared)} more lines of these guides get the error `NotSimulated`, which names the operation or parameter."


def _client_rows() -> Iterator[str]:
    """Yield what was measured with programs that others wrote."""
    yield "| Program | Measured | How | Result |"
    yield "|---|---|---|---|"
    for row in json.loads((RECORDED / "clients.json").read_text("utf-8")):
        result = row["result"]
        if row["why"]:
            result += f"; {row['why']}"
        yield f"| {row['client']} | {row['measured']} | {row['how']} | {result} |"


def _service_rows() -> Iterator[str]:
    """Yield the table of services, with how many of AWS's operations are simulated."""
    yield "[Simulated operations](simulated.md) names each one.\n"
    yield "| Service | Simulated | AWS has |"
    yield "|---|---|---|"
    for service in services().values():
        rows = [row for (owner, _), row in OPERATIONS.items() if owner == service.name]
        if service.protocol:
            simulated = sum(row.simulated for row in rows)
            yield f"| {service.command} | {simulated} | {len(rows)} |"


def _difference_rows(compared: list[Compared]) -> Iterator[str]:
    """Yield the reasons why answers differ, the most frequent first."""
    counts = Counter(each.differs for each in compared if each.differs)
    yield "| Reason | Answers |"
    yield "|---|---|"
    for reason, number in sorted(counts.items(), key=lambda row: (-row[1], row[0])):
        yield f"| {reason} | {number} |"


def _missing_rows() -> Iterator[str]:
    """Yield what recordings ask for most that isn't simulated."""
    counts = Counter[str]()
    for session in sessions():
        counts.update(session.get("left", {}))
    yield "| Operation or parameter | Recorded answers |"
    yield "|---|---|"
    ordered = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    for name, number in ordered[:SHOWN]:
        yield f"| {name} | {number} |"
    rest = sum(number for _, number in ordered[SHOWN:])
    yield f"| {len(ordered) - SHOWN} others | {rest} |"


def _uncertain_rows() -> Iterator[str]:
    """Yield each text that the code marks as uncertain, with its module."""
    yield "| Module | Text |"
    yield "|---|---|"
    shown_rows = set[tuple[str, str]]()
    for path in sorted((ROOT / "coffeeshop").rglob("*.py")):
        source = path.read_text("utf-8")
        if "uncertain" not in source:
            continue
        texts = _texts_by_line(source)
        module = path.relative_to(ROOT / "coffeeshop").as_posix()
        for line in _uncertain_lines(source):
            near = [(abs(at - line), text) for at, text in texts if abs(at - line) <= 4]
            if not near:
                continue
            text = min(near)[1].replace("|", "\\|").replace("\n", " ")
            if (module, text) not in shown_rows:
                shown_rows.add((module, text))
                yield f"| {module} | `{text}` |"


def _uncertain_lines(source: str) -> Iterator[int]:
    """Yield the numbers of the lines with a comment that says so."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and "uncertain" in token.string.lower():
            yield token.start[0]


def _texts_by_line(source: str) -> list[tuple[int, str]]:
    """Return the texts with blanks in a module, with their lines. A value in an f-string reads `…`.

    Docstrings and the parts of f-strings are left out.
    """
    tree = ast.parse(source)
    inner = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr | ast.JoinedStr)
        for part in ast.iter_child_nodes(node)
    }
    texts = list[tuple[int, str]]()
    for node in ast.walk(tree):
        match node:
            case ast.Constant() if id(node) in inner:
                continue
            case ast.JoinedStr(values=parts):
                text = "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "…"
                    for part in parts
                )
            case ast.Constant(value=str(text)):
                pass
            case _:
                continue
        is_sentence = " " in text and len(text) < 200
        if is_sentence:
            texts.append((node.lineno, text))
    return texts


def main() -> None:
    """Write the page."""
    TARGET.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
