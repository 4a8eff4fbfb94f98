"""An imported account of many users in the app: seconds to its first frame, key to paint on its screens, and the import.

    python bench/big_account.py [--users 5000] [--presses 5]

A pseudo-terminal of 120 by 40 cells, as in `bench/tui.py`. Each number is the wall's, and beside it the processor's time
of the app's process, which other work on the machine makes no longer. Every user has two groups, an attached policy, and
an inline policy that names them. Linux only. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.tui import Terminal

IAM, DATE, ID = "arn:aws:iam::123456789012", "2023-01-05T10:11:12+00:00", "{}IOSFODNN7{:07}"
KEYS = {  # by what they do: the keys, and what brings the app back to where the next press means the same
    "brief to floor": ("\x1b", ""),
    "floor to people": ("2", ""),
    "one row down": ("\x1b[B", ""),
    "to the last row": ("\x1b[F", "\x1b[H"),
    "a page down": ("\x1b[6~", "\x1b[H"),
    "filter": ("/", "\x1b"),
    "people to policies": ("3", "2"),
    "people to floor": ("1", "2"),
    "who can reach what": ("4", "2"),
}


def details(users: int) -> dict[str, Any]:
    """A details file of so many users, a tenth as many roles, a hundred groups, two hundred policies."""

    def document(name: str) -> dict[str, Any]:
        reads = {
            "Effect": "Allow",
            "Action": ["s3:Get*", "s3:List*"],
            "Resource": f"arn:aws:s3:::acme-{name}/*",
        }
        return {"Version": "2012-10-17", "Statement": [reads]}

    def row(kind: str, prefix: str, n: int, **more: Any) -> dict[str, Any]:
        arn = f"{IAM}:{kind.lower()}/{kind.lower()}{n}"
        named = {
            "Path": "/",
            f"{kind}Name": f"{kind.lower()}{n}",
            f"{kind}Id": ID.format(prefix, n),
            "Arn": arn,
            "CreateDate": DATE,
        }
        return {**named, **more}

    def attached(n: int) -> list[dict[str, str]]:
        return [
            {"PolicyName": f"policy{n % 200}", "PolicyArn": f"{IAM}:policy/policy{n % 200}"}
        ]

    def version(n: int) -> dict[str, Any]:
        return {
            "VersionId": "v1",
            "IsDefaultVersion": True,
            "CreateDate": DATE,
            "Document": document(f"policy{n}"),
        }

    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trusted = {"Version": "2012-10-17", "Statement": [trust]}
    return {
        "UserDetailList": [
            row("User", "AIDA", n, GroupList=sorted({f"group{n % 100}", f"group{(7 * n + 3) % 100}"}),
                AttachedManagedPolicies=attached(n), Tags=[{"Key": "team", "Value": str(n % 30)}],
                UserPolicyList=[{"PolicyName": "own", "PolicyDocument": document(f"user{n}")}])
            for n in range(users)
        ],
        "GroupDetailList": [row("Group", "AGPA", n, AttachedManagedPolicies=attached(n)) for n in range(100)],
        "RoleDetailList": [
            row("Role", "AROA", n, AssumeRolePolicyDocument=trusted, AttachedManagedPolicies=attached(n))
            for n in range(users // 10)
        ],
        "Policies": [row("Policy", "ANPA", n, DefaultVersionId="v1", PolicyVersionList=[version(n)]) for n in range(200)],
    }  # fmt: skip


def processor(pid: int) -> float:
    """Seconds of processor that a process has used."""
    fields = (
        Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    )
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pressed(terminal: Terminal, keys: str, back: str, presses: int) -> dict[str, float]:
    """Milliseconds from a key to its last painted byte: the wall's median and worst, and of processor on average."""
    walls, used = list[float](), 0.0
    for _ in range(presses if back else 1):
        before = processor(terminal.pid)
        walls.append(1000 * terminal.press(keys))
        time.sleep(0.5)  # what it works out beside the keys is counted, too
        used += processor(terminal.pid) - before
        if back:
            terminal.press(back)
            time.sleep(0.5)
    worst = round(max(walls), 1)
    return {
        "p50_ms": round(statistics.median(walls), 1),
        "worst_ms": worst,
        "processor_ms": round(1000 * used / len(walls), 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=5000)
    parser.add_argument("--presses", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "details.json")
        file.write_text(json.dumps(details(options.users)), "utf-8")
        env = {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "COFFEESHOP_DATA": folder,
        }
        command = [sys.executable, "-m", "coffeeshop"]
        bring = Terminal([*command, "import", str(file), "--as", "big"], env)
        imported = bring.settle(b"Play in it", bring.started)
        os.waitpid(bring.pid, 0)
        terminal = Terminal([*command, "play", "big"], env)
        opened = terminal.settle(b"The account big", terminal.started)
        used = processor(terminal.pid)
        found: dict[str, Any] = {
            "users": options.users, "file_mb": round(file.stat().st_size / 1e6, 1), "load": round(os.getloadavg()[0], 2),
            "import_s": round(imported, 2), "first_frame_s": round(opened, 2), "first_frame_processor_s": round(used, 2),
        }  # fmt: skip
        time.sleep(1)
        found["keys"] = {
            name: pressed(terminal, keys, back, options.presses)
            for name, (keys, back) in KEYS.items()
        }
        found["memory_mb"] = terminal.memory()
        terminal.close()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
