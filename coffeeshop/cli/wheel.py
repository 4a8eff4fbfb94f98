"""Make a wheel of this program that holds other scenarios than it came with.

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
from coffeeshop.lessons.scenario.find import course

EPOCH = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the time of every file, so that the same scenarios give the same bytes


# What draws exercises, and so knows their solutions: not for students. Which exercise an id names stays.
EXERCISES = ("coffeeshop", "lessons", "exercises")
STAY = {"__init__.py", "choice.py"}


def wheel(
    scenarios: Mapping[str, bytes], label: str, draws: bool = True
) -> tuple[str, bytes]:
    """Returns the name of the wheel and what it holds; `scenarios` are files by their path below the course, `label` is the
    local version that keeps anybody from taking it for the whole, `draws` tells whether exercises can be drawn there.
    """
    version = f"{__version__}+{label}"
    name = f"coffeeshop-{version}"
    info = f"{name}.dist-info"
    packed_files = {f"coffeeshop/_scenarios/{at}": body for at, body in scenarios.items()}
    program = {at: body for at, body in _program() if draws or not _draws_exercises(at)}
    files = dict(sorted({**program, **packed_files}.items()))
    needs = "".join(f"Requires-Dist: {requirement}\n" for requirement in _requirements())
    message = f"Metadata-Version: 2.1\nName: coffeeshop\nVersion: {version}\nRequires-Python: >=3.11\n{needs}"
    files[f"{info}/METADATA"] = message.encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: coffeeshop\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    files[f"{info}/entry_points.txt"] = (
        b"[console_scripts]\ncoffeeshop = coffeeshop.__main__:main\n"
    )
    files[f"{info}/RECORD"] = "".join(
        (*map(_line, files.items()), f"{info}/RECORD,,\n")
    ).encode()
    return f"{name}-py3-none-any.whl", zip_files(files)


def zip_files(files: Mapping[str, bytes]) -> bytes:
    """Returns a zip file of files by their path in it; the same files give the same bytes, and scripts can be run."""
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED) as archive:
        for name, body in files.items():
            entry = ZipInfo(name, EPOCH)
            entry.external_attr = (0o100755 if body.startswith(b"#!") else 0o100644) << 16
            archive.writestr(entry, body, ZIP_DEFLATED)
    return whole.getvalue()


def _requirements() -> list[str]:
    """Returns what the program needs: as its checkout says, else as it was installed."""
    checkout = Path(coffeeshop.__file__).parent.parent / "pyproject.toml"
    if checkout.is_file():
        return tomllib.loads(checkout.read_text("utf-8"))["project"]["dependencies"]
    return [
        name for name in metadata.requires("coffeeshop") or () if "extra ==" not in name
    ]


def _program() -> Iterator[tuple[str, bytes]]:
    """Yields the files of this program, without its scenarios; with what all scenarios share, and the pictures."""
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
    *folders, name = at.split("/")
    return tuple(folders) == EXERCISES and name not in STAY


def _line(file: tuple[str, bytes]) -> str:
    name, body = file
    digest = urlsafe_b64encode(sha256(body).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(body)}\n"
