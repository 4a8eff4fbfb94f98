"""Draw a scenario's faults: a seed selects some of a library, which break the world and which the solution fixes.

Each fault is a folder below `faults/`. The world runs its `break.sh`, which begins with a date (`#@ at`). The
solution runs its `mend.sh`. Its `fault.toml` has rows for scenario.toml: the check that fails, a rumour for
the story, and hints. The drawn faults are written into the scenario's own files, so only the loader knows of
faults.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from msgspec import Struct

from coffeeshop.lessons.scenario.folder_files import text_of
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, FaultForm
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.policy.model import Level, Place, Problem, Problems

FAULTS_FOLDER = "faults/"
FAULT_FILE = "fault.toml"
BREAK_SCRIPT = "break.sh"
MEND_SCRIPT = "mend.sh"
FAULT_PLACE_PATTERN = re.compile(
    r"^#@ (?P<what>breaks|mends)(?: but (?P<but>[a-z0-9-]+))?$", re.MULTILINE
)
TIME_LINE_PATTERN = re.compile(r"#@ at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n")
MAX_SCENARIO_BYTES = 2 * 1024 * 1024  # bytes of a scenario's files once its faults are in

Files = Mapping[str, bytes]


class Fault(Struct, frozen=True):
    """One fault of a shop: rows for the scenario's form, lines for its world, lines for its solution."""

    name: str
    form: str
    breaks: str
    mends: str

    @property
    def since(self) -> str:
        """Return the first line of `break.sh`, which sets the date: `#@ at 2025-10-20T10:00:00Z`."""
        return self.breaks.partition("\n")[0]


# ------------------------------------------------------------------- the library
def fault_library(files: Files) -> tuple[Fault, ...]:
    """Return the faults of a scenario's folder, by name. Raise Problems for files that are missing or can't be read."""
    rows = [
        path.removeprefix(FAULTS_FOLDER).partition("/")
        for path in files
        if path.startswith(FAULTS_FOLDER)
    ]
    names = sorted(
        {name for name, _, rest in rows if rest in (FAULT_FILE, BREAK_SCRIPT, MEND_SCRIPT)}
    )
    paths = [
        f"{FAULTS_FOLDER}{name}/{part}"
        for name in names
        for part in (FAULT_FILE, BREAK_SCRIPT, MEND_SCRIPT)
    ]
    if missing := [path for path in paths if path not in files]:
        raise Problems(*map(_missing_file_problem, missing))
    faults = tuple(_read_fault(name, files) for name in names)
    if problems := [
        *(problem for fault in faults for problem in _fault_problems(fault)),
        *_same_day(faults),
    ]:
        raise Problems(*problems)
    return faults


def _same_day(faults: Iterable[Fault]) -> Iterator[Problem]:
    """Yield a problem for two faults with one date, because their order would be unknown."""
    seen = dict[str, str]()
    for fault in faults:
        if first := seen.get(fault.since):
            message = f"it happened when {first} did, `{fault.since}`"
            yield Problem(
                Level.ERROR,
                "same-day",
                Place(f"{FAULTS_FOLDER}{fault.name}/{BREAK_SCRIPT}", 1),
                message,
                "give it a day of its own",
            )
        seen[fault.since] = fault.name


def _read_fault(name: str, files: Files) -> Fault:
    """Return the fault of that name."""
    form, breaks, mends = (
        text_of(files[f"{FAULTS_FOLDER}{name}/{part}"])
        for part in (FAULT_FILE, BREAK_SCRIPT, MEND_SCRIPT)
    )
    return Fault(name, form, breaks, mends)


def _fault_problems(fault: Fault) -> Iterator[Problem]:
    """Yield a problem where a fault's form can't be read or its `break.sh` has no date."""
    place = f"{FAULTS_FOLDER}{fault.name}"
    try:
        read_toml(fault.form, FaultForm, f"{place}/{FAULT_FILE}")
    except Problems as found:
        yield from found.problems
    if not TIME_LINE_PATTERN.match(fault.breaks):
        message = "it does not begin with the day on which it happened"
        yield Problem(
            Level.ERROR,
            "no-day",
            Place(f"{place}/{BREAK_SCRIPT}", 1),
            message,
            "begin with #@ at 2025-10-20T10:00:00Z",
        )


def _missing_file_problem(path: str) -> Problem:
    message = f"there is no file {path}"
    return Problem(
        Level.ERROR,
        "missing-file",
        Place(path),
        message,
        f"a fault has {FAULT_FILE}, {BREAK_SCRIPT} and {MEND_SCRIPT}",
    )


# ---------------------------------------------------------------------- the draw
def draw_faults(faults: tuple[Fault, ...], count: int, seed: int) -> tuple[Fault, ...]:
    """Return `count` faults that the seed draws, in the order of their dates. Raise Problems where there are fewer."""
    if count > len(faults):
        message = (
            f"{count} faults are to be drawn, and {len(faults)} are in {FAULTS_FOLDER}"
        )
        raise Problems(
            Problem(
                Level.ERROR,
                "few-faults",
                Place(f"{SCENARIO_FILE}, faults.draw"),
                message,
                "draw fewer",
            )
        )
    mixed = sorted(
        faults, key=lambda fault: sha256(f"{seed} {fault.name}".encode()).digest()
    )
    return tuple(sorted(mixed[:count], key=lambda fault: fault.since))


def with_faults(files: Files, faults: Iterable[Fault]) -> dict[str, bytes]:
    """Return a scenario's files with these faults in them, in this order. Raise Problems where they exceed MAX_SCENARIO_BYTES.

    The form has the faults' rows at its end. Scripts have their lines in place of `#@ breaks` and `#@ mends`.
    The library is left out, except for documents that the scripts read.
    """
    faults = tuple(faults)
    filled = {
        SCENARIO_FILE: _form_with_faults(text_of(files[SCENARIO_FILE]), faults).encode()
    }
    size = 0
    for path, body in files.items():
        if path != SCENARIO_FILE and (
            not path.startswith(FAULTS_FOLDER) or _is_read(path, faults)
        ):
            filled[path] = (
                _fill_directives(text_of(body), faults).encode()
                if path.endswith(".sh")
                else body
            )
            size += len(filled[path])
            if size > MAX_SCENARIO_BYTES:
                message = f"with its faults in, the scenario has more than {MAX_SCENARIO_BYTES} bytes"
                raise Problems(
                    Problem(
                        Level.ERROR, "too-large", Place(path), message, "make it smaller"
                    )
                )
    return filled


def asks_for_faults(script: str) -> bool:
    """Return whether a script has a directive for the lines of faults."""
    return FAULT_PLACE_PATTERN.search(script) is not None


def _form_with_faults(form: str, faults: tuple[Fault, ...]) -> str:
    """Return a scenario's form with the faults' rows after its own."""
    import tomli_w  # for the few scenarios with faults

    table = tomllib.loads(form)
    for fault in faults:
        for key, rows in tomllib.loads(fault.form).items():
            table[key] = [*table.get(key, ()), *rows]
    return tomli_w.dumps(table)


def _is_read(path: str, faults: Iterable[Fault]) -> bool:
    """Return whether a file of the library is a document of one of these faults."""
    name, _, rest = path.removeprefix(FAULTS_FOLDER).partition("/")
    return rest not in (FAULT_FILE, BREAK_SCRIPT, MEND_SCRIPT) and any(
        fault.name == name for fault in faults
    )


def _fill_directives(script: str, faults: tuple[Fault, ...]) -> str:
    """Return a script with the faults' lines in place of its first directive. `#@ mends but NAME` leaves one fault out."""

    def lines(match: re.Match[str]) -> str:
        return "\n".join(
            _fault_lines(
                match["what"], (fault for fault in faults if fault.name != match["but"])
            )
        )

    return FAULT_PLACE_PATTERN.sub(lines, script, count=1)


def _fault_lines(part: str, faults: Iterable[Fault]) -> Iterator[str]:
    """Yield the lines of each fault below a comment with its name. `part` is "breaks" or "mends"."""
    for fault in faults:
        yield f"# {fault.name}"
        yield (fault.breaks if part == "breaks" else fault.mends).rstrip("\n")
