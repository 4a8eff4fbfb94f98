"""Build a wheel of this program with other scenarios in place of its own.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import tomllib
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib import metadata
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import coffeeshop
from coffeeshop import __version__
from coffeeshop.invocation import DISTRIBUTION_NAME
from coffeeshop.lessons.scenario.find import course

# The time of every file, so that the same scenarios give the same bytes.
FILE_TIME = (1980, 1, 1, 0, 0, 0)


# The folder whose modules draw exercises. They know the solutions, so students don't get them. The modules in STAY only
# parse an exercise's id and choose its level.
EXERCISES_PACKAGE = ("coffeeshop", "lessons", "exercises")
KEPT_MODULES = {"__init__.py", "choice.py", "level.py"}


def build_wheel(
    scenarios: Mapping[str, bytes], label: str, draws: bool = True
) -> tuple[str, bytes]:
    """Return the file name and the bytes of a wheel.

    `scenarios` are files by their path below the course's folder. `label` begins the local version, so that the wheel
    isn't mistaken for the whole program. The digest of the files ends it, because pip doesn't replace a package by another
    one of the same version. Without `draws`, it can't draw exercises.
    """
    packed_files = {f"coffeeshop/_scenarios/{at}": body for at, body in scenarios.items()}
    program = {
        at: body for at, body in _program_files() if draws or not _draws_exercises(at)
    }
    files = dict(sorted({**program, **packed_files}.items()))
    version = f"{__version__}+{label}.{_digest(files)}"
    name = f"{DISTRIBUTION_NAME.replace('-', '_')}-{version}"
    info = f"{name}.dist-info"
    needs = "".join(f"Requires-Dist: {requirement}\n" for requirement in _requirements())
    message = f"Metadata-Version: 2.1\nName: {DISTRIBUTION_NAME}\nVersion: {version}\nRequires-Python: >=3.11\n{needs}"
    files[f"{info}/METADATA"] = message.encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: coffeeshop\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    files[f"{info}/entry_points.txt"] = (
        b"[console_scripts]\ncoffeeshop = coffeeshop.__main__:main\n"
    )
    files[f"{info}/RECORD"] = "".join(
        (*map(_record_line, files.items()), f"{info}/RECORD,,\n")
    ).encode()
    return f"{name}-py3-none-any.whl", zip_files(files)


def _digest(files: Mapping[str, bytes]) -> str:
    """Return a part of a version that differs for other files: d and eight hexadecimal digits.

    The letter keeps the part from being read as a number, which would lose its leading zeros.
    """
    whole = sha256("".join(map(_record_line, files.items())).encode())
    return f"d{whole.hexdigest()[:8]}"


def zip_files(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of these files. Equal files give equal bytes. Files that begin with `#!` are executable."""
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED) as archive:
        for name, body in files.items():
            entry = ZipInfo(name, FILE_TIME)
            entry.external_attr = (0o100755 if body.startswith(b"#!") else 0o100644) << 16
            archive.writestr(entry, body, ZIP_DEFLATED)
    return whole.getvalue()


def _requirements() -> list[str]:
    """Return the program's requirements: from its checkout, or else from the installed package."""
    checkout = Path(coffeeshop.__file__).parent.parent / "pyproject.toml"
    if checkout.is_file():
        return tomllib.loads(checkout.read_text("utf-8"))["project"]["dependencies"]
    return [
        name
        for name in metadata.requires(DISTRIBUTION_NAME) or ()
        if "extra ==" not in name
    ]


def _program_files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and bytes of the program's files, with the files that all scenarios share, but no scenarios."""
    package = Path(coffeeshop.__file__).parent
    scenarios = course()
    for path in package.rglob("*"):
        parts = path.relative_to(package).parts
        if path.is_file() and "__pycache__" not in parts and "_scenarios" not in parts:
            yield "/".join(("coffeeshop", *parts)), path.read_bytes()
    for path in scenarios.iterdir():
        if path.is_file():
            yield f"coffeeshop/_scenarios/{path.name}", path.read_bytes()
    for path in (scenarios / "template").rglob("*"):
        if path.is_file():
            yield (
                f"coffeeshop/_scenarios/{path.relative_to(scenarios).as_posix()}",
                path.read_bytes(),
            )


def _draws_exercises(at: str) -> bool:
    """Return whether a path is a module that draws exercises."""
    *folders, name = at.split("/")
    return tuple(folders) == EXERCISES_PACKAGE and name not in KEPT_MODULES


def _record_line(file: tuple[str, bytes]) -> str:
    """Return a file's line in RECORD: path, SHA-256 hash, and size.

    https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
    """
    name, body = file
    digest = urlsafe_b64encode(sha256(body).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(body)}\n"
