"""Write this program as a wheel that holds other scenarios than it came with.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import coffeeshop
from coffeeshop.lessons.scenario.find import course

LABEL = "students"  # a local version: nobody takes it for the whole
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every file, so that the same scenarios give the same bytes


def write_wheel(folder: Path, scenarios: Mapping[str, bytes]) -> Path:
    """Write the wheel into a folder; `scenarios` are files by their path below the course. Raises OSError."""
    metadata = distribution("coffeeshop")
    name = f"coffeeshop-{metadata.version}+{LABEL}"
    info = f"{name}.dist-info"
    files = dict(
        sorted({**dict(_program()), **{f"coffeeshop/_scenarios/{at}": body for at, body in scenarios.items()}}.items())
    )
    said = (metadata.read_text("METADATA") or "").replace(
        f"Version: {metadata.version}", f"Version: {metadata.version}+{LABEL}", 1
    )
    files[f"{info}/METADATA"] = said.encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: coffeeshop\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/entry_points.txt"] = b"[console_scripts]\ncoffeeshop = coffeeshop.cli:main\n"
    files[f"{info}/RECORD"] = "".join((*map(_line, files.items()), f"{info}/RECORD,,\n")).encode()
    target = folder / f"{name}-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with ZipFile(target, "w", ZIP_DEFLATED) as wheel:
        for at, body in files.items():
            wheel.writestr(ZipInfo(at, EPOCH), body, ZIP_DEFLATED)
    return target


def _program() -> Iterator[tuple[str, bytes]]:
    """Yields the files of this program, without its scenarios; with what all scenarios share, and the pictures."""
    package, scenarios = Path(coffeeshop.__file__).parent, course()
    for path in package.rglob("*"):
        parts = path.relative_to(package).parts
        if path.is_file() and "__pycache__" not in parts and "_scenarios" not in parts:
            yield "/".join(("coffeeshop", *parts)), path.read_bytes()
    for path in scenarios.iterdir():
        if path.is_file():
            yield f"coffeeshop/_scenarios/{path.name}", path.read_bytes()
    for path in (scenarios / "template").rglob("*"):
        if path.is_file():
            yield f"coffeeshop/_scenarios/{path.relative_to(scenarios).as_posix()}", path.read_bytes()


def _line(file: tuple[str, bytes]) -> str:
    name, body = file
    digest = urlsafe_b64encode(sha256(body).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(body)}\n"
