"""Run each command on the hard inputs of tests/hard, and print the worst time and memory of each command.

    python -m bench.attack [COMMAND ...]

An input is a policy, or a pair of them, that somebody wrote to cost much. It is given to each command in the form that the
command reads: as a policy, in a script of AWS CLI lines, in a hand-in, in an account's details, typed into a play. Whole scripts
are given to the commands that judge them. Every run
is a process of its own, so that its processor time (user and system, of all its children) and the most memory that one process
held are the operating system's figures; they include the start of Python. Exit code 3, our own error, is counted. POSIX only.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

HARD = Path(__file__).parent.parent / "tests" / "hard"
SCENARIO, OF_SCRIPTS = "05-receipts-drawer", "10-the-cashiers"
SMALL = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::home/*"}}'
PATIENCE = 120  # seconds of processor time after which a run is ended
OWN_ERROR = 3


@dataclass(frozen=True)
class Run:
    """One run of the program: its words, and what is typed into it."""

    words: tuple[str, ...]
    typed: str = ""


@dataclass
class Worst:
    """The dearest runs of one command so far."""

    runs: int = 0
    own_errors: int = 0
    ended: int = 0
    seconds: tuple[float, str] = (0.0, "")
    megabytes: tuple[float, str] = (0.0, "")
    codes: set[int] = field(default_factory=set[int])


def script(document: str) -> str:
    """Returns AWS CLI lines that give a policy to Casey, as `run` and `grade` read them."""
    return (
        f"aws iam create-policy --policy-name Hard --policy-document '{document.replace(chr(39), '')}'\n"
        "aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/Hard\n"
    )


def details(document: str) -> str:
    """Returns the details of an account whose one user has the policy."""
    user = {
        "Path": "/",
        "UserName": "casey",
        "UserId": "AIDACKCEVSQ6C2EXAMPLE",
        "Arn": "arn:aws:iam::111122223333:user/casey",
        "CreateDate": "2026-01-01T00:00:00+00:00",
        "GroupList": [],
        "AttachedManagedPolicies": [],
        "UserPolicyList": [{"PolicyName": "hard", "PolicyDocument": document}],
    }
    return json.dumps(
        {
            "UserDetailList": [user],
            "GroupDetailList": [],
            "RoleDetailList": [],
            "Policies": [],
        }
    )


def simulated(document: str) -> str:
    """Returns an input of SimulateCustomPolicy."""
    return json.dumps(
        {"PolicyInputList": [document], "ActionNames": ["s3:GetObject", "iam:PassRole"]}
    )


def written(name: str, text: str) -> str:
    """Writes a file in the present folder; returns its name."""
    Path(name).write_text(text, "utf-8")
    return name


def played(document: str) -> str:
    """Returns what one types to give Casey the policy and to look at what comes of it."""
    return f"{script(document)}open\nwhy 1\naccess\nnext\nquit\n"


COMMANDS: dict[str, Callable[[str], Run]] = {
    "validate": lambda text: Run(("validate", written("policy.json", text))),
    "explain": lambda text: Run(("explain", written("policy.json", text))),
    "simulate": lambda text: Run(("simulate", written("asked.json", simulated(text)))),
    "compare it": lambda text: Run(
        ("compare", written("new.json", text), written("old.json", SMALL))
    ),
    "compare to it": lambda text: Run(
        ("compare", written("new.json", SMALL), written("old.json", text))
    ),
    "compare twice": lambda text: Run(
        ("compare", written("new.json", text), written("old.json", text))
    ),
    "run": lambda text: Run(("run", SCENARIO, written("answer.sh", script(text)))),
    "grade": lambda text: Run(
        ("grade", "--scenario", SCENARIO, "--jobs", "1", written("answer.sh", script(text)))
    ),
    "import": lambda text: Run(
        ("import", written("asked.json", details(text)), "--as", "acme")
    ),
    "play": lambda text: Run(("play", SCENARIO, "--plain"), played(text)),
}


JUDGING: dict[str, Callable[[str], Run]] = {  # commands that take a whole script too
    "run": lambda text: Run(("run", OF_SCRIPTS, written("answer.sh", text))),
    "grade": lambda text: Run(
        ("grade", "--scenario", OF_SCRIPTS, "--jobs", "1", written("answer.sh", text))
    ),
}


def policies() -> Iterator[tuple[str, str]]:
    """Yields the hard policies: name and text."""
    for path in sorted((HARD / "policies").glob("*.json")):
        yield (
            path.stem,
            path.read_text("utf-8", "surrogateescape").encode("utf-8", "replace").decode(),
        )


def pairs() -> Iterator[tuple[str, str, str]]:
    """Yields the hard pairs: name, and two texts."""
    for path in sorted((HARD / "compare").glob("*.jsonl")):
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            yield path.stem, json.dumps(row["new"]), json.dumps(row["reference"])


def measure(run: Run, home: Path) -> tuple[int, float, float]:
    """Returns the exit code of a run (below 0: a signal), its seconds of processor time, and its megabytes."""
    with tempfile.TemporaryFile() as typed:
        typed.write(run.typed.encode())
        typed.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "coffeeshop", *run.words],
            stdin=typed,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "COFFEESHOP_DATA": str(home),
                "PYTHONPATH": str(HARD.parent.parent),
            },
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_CPU, (PATIENCE, PATIENCE)
            ),
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def note(worst: Worst, name: str, code: int, seconds: float, megabytes: float) -> None:
    """Counts one run."""
    worst.runs += 1
    worst.own_errors += code == OWN_ERROR
    worst.ended += code < 0
    worst.codes.add(code)
    worst.seconds = max(worst.seconds, (seconds, name))
    worst.megabytes = max(worst.megabytes, (megabytes, name))


def attack(command: str) -> Worst:
    """Runs one command on every hard input, each in a data folder of its own."""
    worst = Worst()
    inputs = list(policies())
    if command.startswith("compare"):
        inputs += [(name, text) for name, new, old in pairs() for text in (new, old)]
    runs = [(name, COMMANDS[command], text) for name, text in inputs]
    if command in JUDGING:
        scripts = sorted((HARD / "scripts").glob("*.sh"))
        runs += [(path.stem, JUDGING[command], path.read_text("utf-8")) for path in scripts]
    for name, made, text in runs:
        with tempfile.TemporaryDirectory() as home:
            note(worst, name, *measure(made(text), Path(home)))
    return worst


def attack_pairs() -> Worst:
    """Runs `compare` on every hard pair, both ways."""
    worst = Worst()
    for name, new, old in pairs():
        for one, other in ((new, old), (old, new)):
            words = ("compare", written("new.json", one), written("old.json", other))
            with tempfile.TemporaryDirectory() as home:
                note(worst, name, *measure(Run(words), Path(home)))
    return worst


def show(command: str, worst: Worst) -> None:
    """Prints one row."""
    (seconds, slow), (megabytes, large) = worst.seconds, worst.megabytes
    print(
        f"{command:14} {worst.runs:4} runs  {seconds:6.2f} s {slow:48} {megabytes:5.0f} MB {large:48} "
        f"own errors {worst.own_errors}, ended {worst.ended}, exit codes {sorted(worst.codes)}",
        flush=True,
    )


def main(asked: list[str]) -> int:
    """Prints a row for each command; returns 1 where one failed by our own error or did not end, 2 where there is none such."""
    failed, there = False, [*COMMANDS, "compare pairs"]
    if unknown := [command for command in asked if command not in there]:
        print(f"no command {unknown[0]!r}; there are: {', '.join(there)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for command in asked or there:
            worst = attack_pairs() if command == "compare pairs" else attack(command)
            show(command, worst)
            failed |= bool(worst.own_errors or worst.ended)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
