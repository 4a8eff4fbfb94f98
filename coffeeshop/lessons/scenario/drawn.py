"""Scenarios that are drawn: a seed takes some of a library of faults, which break the world and which the solution mends.

Each fault is a folder below `faults/`: `break.sh`, which the world runs, and which begins with the day (`#@ at`);
`mend.sh`, which the solution does; and `fault.toml`, rows as scenario.toml has them: the check that it fails, what is
heard of it, hints. What is drawn is written into the scenario's own files, as if an author had: nothing behind the loader
knows of faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from msgspec import Struct

from coffeeshop.lessons.scenario.schema import FILE
from coffeeshop.policy.model import Level, Place, Problem, Problems

FAULTS = "faults/"
FORM, BREAK, MEND = "fault.toml", "break.sh", "mend.sh"
HERE = re.compile(r"^#@ (?P<what>breaks|mends)(?: but (?P<but>[a-z0-9-]+))?$", re.MULTILINE)

Files = Mapping[str, bytes]


class Fault(Struct, frozen=True):
    """Something that is wrong in a shop: rows for the scenario's form, lines for its world, lines for its solution."""

    name: str
    form: str
    breaks: str
    mends: str

    @property
    def since(self) -> str:
        """When it happened, as its `break.sh` begins: `#@ at 2025-10-20T10:00:00Z`."""
        return self.breaks.partition("\n")[0]


def library(files: Files) -> tuple[Fault, ...]:
    """Returns the faults of a scenario's folder, by name. Raises Problems: of one that lacks a file."""
    names = sorted({path.removeprefix(FAULTS).partition("/")[0] for path in files if path.startswith(FAULTS)})
    parts = {name: [f"{FAULTS}{name}/{part}" for part in (FORM, BREAK, MEND)] for name in names}
    held = {name: paths for name, paths in parts.items() if any(path in files for path in paths)}
    if missing := [path for paths in held.values() for path in paths if path not in files]:
        raise Problems(*(_missing(path) for path in missing))
    return tuple(
        Fault(name, *(files[path].decode("utf-8", "replace") for path in paths)) for name, paths in held.items()
    )


def _missing(path: str) -> Problem:
    said = f"there is no file {path}"
    return Problem(Level.ERROR, "missing-file", Place(path), said, f"a fault has {FORM}, {BREAK} and {MEND}")


def drawn(faults: Iterable[Fault], count: int, seed: int) -> tuple[Fault, ...]:
    """Returns so many of the faults as that seed draws, in the order in which they happened."""
    mixed = sorted(faults, key=lambda fault: sha256(f"{seed} {fault.name}".encode()).digest())
    return tuple(sorted(mixed[:count], key=lambda fault: fault.since))


def with_faults(files: Files, faults: Iterable[Fault]) -> dict[str, bytes]:
    """Returns the files of a scenario in which these faults are, in this order: its form with their rows at the end, its
    scripts with their lines where `#@ breaks` and `#@ mends` stand. The library is left out, but for documents that
    the scripts read.
    """
    faults = tuple(faults)
    told = {f"{FAULTS}{fault.name}/" for fault in faults}
    kept = {path: body for path, body in files.items() if not path.startswith(FAULTS) or _is_read(path, told)}
    scripts = {
        path: _filled(body.decode("utf-8", "replace"), faults).encode()
        for path, body in kept.items()
        if path.endswith(".sh")
    }
    form = "\n".join((files[FILE].decode("utf-8", "replace"), *(fault.form for fault in faults)))
    return {**kept, **scripts, FILE: form.encode()}


def _is_read(path: str, told: Iterable[str]) -> bool:
    return any(path.startswith(folder) for folder in told) and path.rpartition("/")[2] not in (FORM, BREAK, MEND)


def _filled(script: str, faults: tuple[Fault, ...]) -> str:
    """Returns a script with the faults' lines where a directive asks for them: `#@ mends but NAME` leaves one out."""

    def lines(found: re.Match[str]) -> str:
        return "\n".join(_asked(found["what"], (fault for fault in faults if fault.name != found["but"])))

    return HERE.sub(lines, script)


def _asked(what: str, faults: Iterable[Fault]) -> Iterator[str]:
    for fault in faults:
        yield f"# {fault.name}"
        yield (fault.breaks if what == "breaks" else fault.mends).rstrip("\n")
