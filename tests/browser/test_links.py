"""Whose link is whose stays so from start to start, in a file that nobody else can read."""

from __future__ import annotations

import json
import os
import stat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from coffeeshop.browser import links
from coffeeshop.browser.links import SECRET_PATTERN, secrets
from coffeeshop.policy.problem import Problems

ANA, BEN = "Ana Vidal", "ben@example.org"


def test_each_learner_has_a_secret_of_their_own_that_stays(tmp_path: Path):
    first = secrets(tmp_path / "new" / "links.json", [ANA, BEN])
    assert len({*first.values()}) == 2
    assert all(SECRET_PATTERN.fullmatch(secret) for secret in first.values())
    assert secrets(tmp_path / "new" / "links.json", [BEN, ANA]) == first


def test_who_comes_later_is_given_one_and_who_left_keeps_theirs_for_when_they_come_back(
    tmp_path: Path,
):
    first = secrets(tmp_path / "links.json", [ANA])
    assert [*secrets(tmp_path / "links.json", [BEN])] == [BEN]
    assert secrets(tmp_path / "links.json", [ANA, BEN])[ANA] == first[ANA]


@pytest.mark.skipif(os.name != "posix", reason="no such locks there")
def test_while_one_reads_and_writes_no_other_does_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import fcntl

    secrets(tmp_path / "links.json", [ANA])
    held: list[str] = []

    def watched(name: str) -> None:
        does = getattr(links, name)

        def seen(*words: Any, **named: Any) -> Any:
            folder = os.open(tmp_path, os.O_RDONLY)
            with pytest.raises(BlockingIOError):
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(folder)
            held.append(name)
            return does(*words, **named)

        monkeypatch.setattr(links, name, seen)

    watched("read_file")
    watched("write_whole")
    secrets(tmp_path / "links.json", [BEN])
    assert held == ["read_file", "write_whole"]


@pytest.mark.skipif(os.name != "posix", reason="no such locks there")
def test_several_that_start_in_the_same_moment_keep_the_links_of_all(tmp_path: Path):
    begun, path = get_context("fork"), tmp_path / "links.json"
    ours = [[f"{turn}-{nth}" for nth in range(20)] for turn in range(6)]
    with begun.Pool(6) as pool:
        drawn = pool.starmap(secrets, [(path, names) for names in ours], chunksize=1)
    assert json.loads(path.read_text()) == {
        name: secret for one in drawn for name, secret in one.items()
    }


def test_the_file_is_its_owner_s_alone(tmp_path: Path):
    before = os.umask(0)
    try:
        secrets(tmp_path / "links.json", [ANA])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "links.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["links.json"]


def test_a_file_that_others_can_read_is_told_and_not_used(tmp_path: Path):
    secrets(tmp_path / "links.json", [ANA])
    (tmp_path / "links.json").chmod(0o644)
    with pytest.raises(Problems, match="chmod 600"):
        secrets(tmp_path / "links.json", [ANA])


@pytest.mark.parametrize(
    "held",
    [
        "",
        "no JSON",
        "[]",
        "[" * 100_000,
        '{"Ana Vidal": 5}',
        '{"Ana Vidal": "short"}',
        '{"Ana Vidal": "../../../../../../etc/passwd"}',
        json.dumps({ANA: "A" * 32, BEN: "A" * 32}),
    ],
)
def test_what_holds_no_links_is_named_and_left_as_it_is(tmp_path: Path, held: str):
    path = tmp_path / "links.json"
    path.write_text(held)
    path.chmod(0o600)
    with pytest.raises(Problems, match="links of a class"):
        secrets(path, [ANA, BEN])
    assert path.read_text() == held


def test_a_link_in_its_place_is_not_followed(tmp_path: Path):
    (tmp_path / "elsewhere").write_text("{}")
    (tmp_path / "links.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Problems, match="it is a link"):
        secrets(tmp_path / "links.json", [ANA])
    assert (tmp_path / "elsewhere").read_text() == "{}"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Problems, match="cannot be written"):
        secrets(tmp_path / "file" / "links.json", [ANA])
