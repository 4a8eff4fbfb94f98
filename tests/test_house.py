"""What the packages load: no screen below the shells, and next to nothing for a command that needs next to nothing.

And CONTRIBUTING: every path that it names is there. Every module that
remembers is named, and a law takes the same examples wherever and whenever it is run.
"""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables import each_row

ROOT = Path(__file__).parent.parent
HEAVY = {
    "coffeeshop.policy.model",
    "coffeeshop.policy.language.parse",
    "coffeeshop.account",
    "coffeeshop.lessons",
    "coffeeshop.tui",
    "textual",
    "msgspec",
    "sqlite3",
}


def last_line_of(script: str) -> str:
    """Return the last line that a process of its own prints for a script."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{script}"],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    return done.stdout.decode().splitlines()[-1]


def loaded(script: str) -> set[str]:
    """The modules that a process has loaded when a script is through."""
    return set(last_line_of(f"{script}\nprint(*sys.modules)").split())


def modules(package: str) -> list[str]:
    root = ROOT / "coffeeshop" / package
    names = (
        path.relative_to(ROOT).with_suffix("").parts for path in sorted(root.rglob("*.py"))
    )
    found = [".".join(parts).removesuffix(".__init__") for parts in names]
    return [name for name in found if name not in NEED_PSYCOPG]


# They are imported only if COFFEESHOP_DATABASE names a database, and need the extra school.
NEED_PSYCOPG = {
    "coffeeshop.lessons.play.postgres",
    "coffeeshop.lessons.play.postgres_save",
}


def test_no_module_below_the_app_loads_textual():
    """One process imports the lowest package first. The first package after which Textual is there is to blame."""
    packages = ("policy", "account", "shop", "lessons", "views", "plain")
    steps = [
        f"import {', '.join(modules(package))}\nloaded[{package!r}] = sorted(sys.modules)"
        for package in packages
    ]
    script = "\n".join(("import json", "loaded = {}", *steps, "print(json.dumps(loaded))"))
    loaded_by_package = json.loads(last_line_of(script))
    assert [*loaded_by_package] == [*packages]
    for package, found in loaded_by_package.items():
        assert f"coffeeshop.{package}" in found
        drawn = {name.partition(".")[0] for name in found} & {"textual", "rich"}
        assert drawn == set(), package


def test_policy_is_worth_importing_alone():
    found = loaded(f"import {', '.join(modules('policy'))}")
    ours = {name for name in found if name.startswith("coffeeshop.")}
    assert {name.split(".")[1] for name in ours} == {"policy"}
    strangers = (
        {name.partition(".")[0] for name in found}
        - set(sys.stdlib_module_names)
        - {"coffeeshop", "__main__"}
    )
    assert {name for name in strangers if not name.startswith("_")} - {
        "sitecustomize",
        "usercustomize",
    } == set()


def run_main(*words: str) -> str:
    return f"sys.argv[1:] = {list(words)!r}\nfrom coffeeshop.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass"


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["no-such-command"]])
def test_a_command_that_asks_for_nothing_loads_next_to_nothing(words: list[str]):
    assert loaded(run_main(*words)) & HEAVY == set()


def test_line_by_line_play_loads_no_screen():
    found = loaded(
        f"import io\nsys.stdin = io.StringIO('quit')\n{run_main('play', '05', '--plain')}"
    )
    assert "coffeeshop.plain.loop" in found
    assert {"textual", "coffeeshop.tui"} & found == set()


def test_a_play_loads_no_openssl():
    played = (
        f"import io\nsys.stdin = io.StringIO('quit')\n{run_main('play', '05', '--plain')}"
    )
    of_openssl = "sys.modules.get('_hashlib'), sys.modules.get('_ssl')"
    found = loaded(f"{played}\nassert ({of_openssl}) == (None, None)")
    assert "hashlib" in found


OPENING = """
from collections.abc import Iterator
from pathlib import Path
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.model import Play
run_all_wants(Play(load(Path('scenarios/05-receipts-drawer'))))
"""


def test_a_shop_opens_before_anything_is_compared():
    found = loaded(OPENING)
    assert "coffeeshop.lessons.grading.trial" in found
    assert {
        "coffeeshop.account.services.access_portal",
        "coffeeshop.lessons.grading.grade",
        "coffeeshop.policy.comparison.answers",
        "coffeeshop.policy.comparison.compare",
        "coffeeshop.policy.comparison.inclusion",
        "coffeeshop.policy.comparison.domain",
        "coffeeshop.account.records.authorization_details",
    } & found == set()


PLAYING = "from coffeeshop.tui.screens import brief, console, lesson, shop\nimport coffeeshop.tui.app"


def test_a_play_begins_before_what_few_lines_and_screens_ask_for():
    found = loaded(OPENING + PLAYING)
    assert {"coffeeshop.tui.screens.shop", "coffeeshop.account.command.understand"} <= found
    assert {
        "coffeeshop.account.command.output.table",
        "coffeeshop.account.command.output.text",
        "coffeeshop.account.command.s3",
        "coffeeshop.account.records",
        "coffeeshop.account.services.ec2",
        "coffeeshop.account.services.iam.reports",
        "coffeeshop.account.services.kms.keys",
        "coffeeshop.lessons.grading.grade",
        "coffeeshop.lessons.grading.practice.in_force",
        "coffeeshop.lessons.grading.principal_classes",
        "coffeeshop.policy.simulation",
        "coffeeshop.shop.happenings",
        "jmespath",
        "ruamel",
        "segno",
        "tomli_w",
        "tree_sitter",
    } & found == set()


SERVING = f"""
import coffeeshop.endpoint.serving as serving
serving.serve = lambda endpoint, listening: listening.close()
{run_main("endpoint", "--fresh", "--port", "0")}
"""


def test_an_account_in_which_nothing_is_asked_is_served_without_the_grade():
    found = loaded(SERVING)
    assert {"coffeeshop.endpoint.answer", "coffeeshop.account.door"} <= found
    assert {
        "coffeeshop.lessons.grading.trial",
        "coffeeshop.account.escalation",
        "coffeeshop.account.records",
        "coffeeshop.policy.comparison",
        "platformdirs",
    } & found == set()


# ---------------------------------------------------------------- how much stands in one place
SOURCES = sorted((ROOT / "coffeeshop").rglob("*.py"))


def test_no_module_is_longer_than_550_lines():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in SOURCES
    }
    assert {name: length for name, length in lengths.items() if length > 550} == {}


# ---------------------------------------------------------------- what docstrings name
PACKAGES = "|".join(
    path.parent.name for path in (ROOT / "coffeeshop").glob("*/__init__.py")
)
DOTTED = re.compile(rf"`((?:{PACKAGES})(?:\.\w+)+)`")


def named_in_docstrings() -> Iterator[str]:
    """Every dotted name of ours in a docstring; names of files are none."""
    for path in SOURCES:
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if DOTTED.search(text) else ():
            if isinstance(
                node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
            ):
                for name in DOTTED.findall(ast.get_docstring(node) or ""):
                    if not name.endswith((".toml", ".sh", ".py")):
                        yield name


def test_what_a_docstring_names_by_its_package_is_there():
    names = set(named_in_docstrings())
    assert names
    for name in names:
        pkgutil.resolve_name(f"coffeeshop.{name}")  # raises, where there is no such thing


# ---------------------------------------------------------------- what CONTRIBUTING says
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
NAMED = sorted(
    {
        path
        for path in re.findall(r"`([\w./-]+)`", CONTRIBUTING)
        if "/" in path or path.endswith(".py")
    }
)


def stands(path: str) -> bool:
    """Whether a path is there: in the project, in the package, or as the name of a module or room somewhere below them."""
    roots = (ROOT, ROOT / "coffeeshop", ROOT / "tests")
    return any((root / path).exists() for root in roots) or any(
        any(root.rglob(path.strip("/"))) for root in roots[1:]
    )


@each_row((path,) for path in NAMED)
def test_every_path_that_contributing_names_is_there(path: str):
    assert stands(path)


def test_the_words_of_contributing_are_in_order():
    glossary = (
        CONTRIBUTING.partition("## Words")[2]
        .partition("\n## ")[0]
        .partition("|---|---|\n")[2]
    )
    words = [
        row.split(" | ")[0].removeprefix("| ").lower()
        for row in glossary.splitlines()
        if row
    ]
    assert words == sorted(words)


REMEMBERED = {  # of what a module keeps answers in memory, and which modules do
    "AWS's actions and policies, read where they lie": """
        policy/catalog/__init__.py policy/catalog/rows.py policy/catalog/arn_formats.py
        account/access/aws_managed_policies.py account/access/policy_documents.py account/access/linked_roles.py
        policy/validation/granting.py policy/validation/checks/resources.py
        policy/validation/issues.py
    """,
    "operations, their shapes and options": """
        account/api/operations.py account/api/patterns.py account/command/grammar.py account/command/shell_words.py
        account/door.py
    """,
    "which names a server has": """
        hosts.py
    """,
    "what an account's things say, and the calls that lead from there to the solved account": """
        account/facts.py views/solution_path.py
    """,
    "patterns and values of the policy language, and what policies mean that the program writes": """
        policy/evaluation/match.py policy/language/arn.py policy/language/conditions.py
        policy/language/json_document.py policy/language/patterns.py policy/language/principals.py
        policy/language/variables.py policy/validation/checks/conditions.py account/access/grant_policies.py
    """,
    "what can happen on a day": """
        shop/happenings.py
    """,
    "classes of requests, and of things": """
        shop/things.py policy/comparison/action_classes.py policy/comparison/answers.py policy/comparison/domain.py
        policy/comparison/regions.py policy/comparison/resource_patterns.py policy/simulation/request.py
    """,
    "dates, ids, codes; of one account: badges tried, what bears on a caller, what they could hold, when calls come": """
        account/access/identity_policies.py account/access/managed_keys.py account/access/public_access.py account/access/request_context.py account/access/resource_policies.py
        account/access/sessions.py account/access/standing.py account/access/totp.py account/access/trust.py
        account/escalation/powers.py
        account/condensed.py account/escalation/reach.py account/escalation/searches.py account/ids.py account/instants.py
        account/services/iam/last_accessed.py account/command/bash_words.py
    """,
    "scenarios, their untouched worlds and answers; the glossary, the misconceptions, the skills and the check-up": """
        lessons/scenario/shop.py lessons/teaching/glossary.py lessons/misconceptions/table.py lessons/teaching/skills.py
        lessons/teaching/refutations.py lessons/teaching/suspicions.py
        lessons/teaching/teaching_pages.py lessons/teaching/check_up.py lessons/teaching/course_check_up.py
        lessons/sitting/assessment.py
        lessons/grading/fences.py lessons/grading/grade.py lessons/grading/permission_counts.py lessons/grading/practice/administrators.py
        lessons/grading/one_principal.py lessons/grading/permitted.py lessons/grading/request_space.py
        lessons/grading/unsigned_calls.py
        lessons/sitting/days.py lessons/grading/trial.py lessons/authoring/assertions/attempts.py lessons/authoring/assertions/checks.py
        lessons/authoring/mutation_testing.py lessons/exercises/exercise.py classroom/judge.py classroom/cluster.py
        classroom/trace.py cli/proof.py
    """,
    "addresses, checksums, signing keys and instants of the wire, and what clients call themselves": """
        endpoint/answer.py endpoint/routing.py endpoint/checksums.py endpoint/signature.py
        endpoint/protocols/values.py
    """,
    "pictures and colours": """
        views/picture/picture.py views/picture/pixels.py views/picture/shelf.py
        views/picture/shelf_columns.py tui/theme.py tui/widgets/drawing.py
        tui/widgets/qr.py
    """,
}


def test_every_module_that_remembers_anything_is_named():
    remembering = re.compile(r"^ *@(functools\.)?(lru_)?cache\b", re.MULTILINE)
    package = ROOT / "coffeeshop"
    found = {
        str(path.relative_to(package))
        for path in SOURCES
        if remembering.search(path.read_text("utf-8"))
    }
    assert found == {path for paths in REMEMBERED.values() for path in paths.split()}


# ---------------------------------------------------------------- what the laws take
def taken() -> list[tuple[int, str]]:
    """The examples that a law of the profile takes."""
    seen: list[tuple[int, str]] = []

    @settings(max_examples=100)
    @given(st.integers(), st.text())
    def law(number: int, text: str) -> None:
        seen.append((number, text))

    law()
    return seen


@pytest.mark.skipif(
    not settings().derandomize, reason="the profile looks for what no one has seen"
)
def test_a_law_takes_the_same_examples_whatever_was_loaded_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before = taken()
    (tmp_path / "loaded_late.py").write_text(
        "ODD = 9182736455463728\nWORD = 'a word of a module of ours'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("loaded_late")
    assert taken() == before
