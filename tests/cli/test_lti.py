"""A teacher registers a learning platform for a class, sees what to paste there, and removes it again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import KeySet

from coffeeshop.cli.lti_files import lti_store
from tests.cli.class_steps import coffeeshop, kept, ok
from tests.lti.simulated_platform import KEY
from tests.tables import each_row

MOODLE = ("--moodle", "https://moodle.example/", "--client", "x4", "--deployment", "2")
WHOLE = {
    "--issuer": "https://lms.example",
    "--client": "7",
    "--deployment": "1",
    "--auth": "https://lms.example/auth",
    "--token": "https://lms.example/token",
    "--keys": "https://lms.example/jwks",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    ok("class", "new", "IAM-101", "--empty")
    return tmp_path


def add(**changes: str) -> tuple[str, ...]:
    """The command that registers a platform, with other values. "" leaves an option out."""
    values = {**WHOLE, **{f"--{name}": text for name, text in changes.items()}}
    words = [word for pair in values.items() if pair[1] for word in pair]
    return ("class", "lti", "add", *words)


def test_a_class_can_begin_without_learners_for_a_platform_to_send_them():
    assert kept().members == ()
    ok("class", "assign", "05")
    assert "0 learners" in ok("class", "show")
    assert "0 of 0" not in ok("class", "grade")
    ok("class", "add", "--name", "Zoe Park", "--id", "z1")
    assert [member.learner.key for member in kept().members] == ["z1"]
    both = coffeeshop("class", "new", "IAM-102", "--empty", "--roster", "none.csv")
    assert (both.exit_code, "--roster FILE" in both.stderr) == (2, True)
    assert coffeeshop("class", "new", "IAM-102").exit_code == 2


def test_a_moodle_or_a_canvas_needs_only_its_address_and_ids():
    ok("class", "lti", "add", *MOODLE)
    words = ("--client", "100", "--deployment", "13:abc")
    ok("class", "lti", "add", "--canvas", "https://school.instructure.com", *words)
    canvas, moodle = lti_store("IAM-101").platforms()
    assert moodle.issuer == "https://moodle.example"
    assert moodle.token == "https://moodle.example/mod/lti/token.php"
    assert moodle.frame_origins == ("https://moodle.example",)
    assert canvas.issuer == "https://canvas.instructure.com"
    assert canvas.frame_origins == ("https://school.instructure.com",)


def test_registering_again_adds_a_deployment_and_changes_the_rest():
    ok(*add())
    ok(*add(deployment="2", token="https://lms.example/new"))
    (platform,) = lti_store("IAM-101").platforms()
    assert (platform.deployments, platform.token) == (("1", "2"), "https://lms.example/new")


@each_row(
    [
        ({"auth": "http://lms.example/auth"}, "isn't an https address"),
        ({"token": "javascript:alert(1)"}, "isn't an https address"),
        ({"keys": "http://lms.example/jwks"}, "isn't an https address"),
        ({"keys": "ftp://lms.example/jwks"}, "isn't an https address"),
        ({"keys": "none.json"}, "none.json"),
        ({"keys": "class.csv"}, "no JWKS document"),
        ({"frame": "https://lms.example/path"}, "isn't the address of a site"),
        ({"frame": "https://a;b"}, "isn't the address of a site"),
        ({"client": "\x1b[2J"}, "isn't an id from a platform"),
        ({"deployment": ""}, "missing: --deployment"),
        ({"issuer": "", "auth": ""}, "missing: --issuer, --auth"),
        ({"moodle": "https://m.example", "canvas": "https://c.example"}, "not both"),
    ]
)
def test_what_can_t_be_a_platform_is_said_and_nothing_is_registered(
    changes: dict[str, str], told: str
):
    Path("class.csv").write_text("learner\nana\n")
    refused = coffeeshop(*add(**changes))
    assert (refused.exit_code, told in refused.stderr, "\x1b" in refused.stderr) == (
        2,
        True,
        False,
    )
    assert lti_store("IAM-101").platforms() == ()


def test_keys_can_be_in_a_file_which_is_found_from_anywhere(
    here: Path, monkeypatch: pytest.MonkeyPatch
):
    Path("jwks.json").write_text(json.dumps(KeySet([KEY]).as_dict(private=False)))
    ok(*add(keys="jwks.json"))
    (platform,) = lti_store("IAM-101").platforms()
    assert platform.keys == str(here / "jwks.json")


def test_what_to_paste_is_shown_with_what_is_registered():
    empty = ok("class", "lti", "show", "--url", "https://school.example/iam/")
    assert "https://school.example/iam/lti/launch" in empty
    assert "https://school.example/iam/lti/login" in empty
    assert "https://school.example/iam/lti/keys" in empty
    assert "https://purl.imsglobal.org/spec/lti-ags/scope/score" in empty
    assert "No platform is registered yet." in empty
    ok(*add())
    shown = ok("class", "lti", "show")
    assert "Registered: https://lms.example" in shown
    assert "client id 7, 1 deployment: 1" in shown


def test_a_platform_is_removed_by_its_issuer_and_its_client_if_there_are_several():
    ok(*add())
    ok(*add(client="8"))
    refused = coffeeshop("class", "lti", "remove", "https://lms.example")
    assert (refused.exit_code, "--client 8" in refused.stderr) == (2, True)
    ok("class", "lti", "remove", "https://lms.example", "--client", "8")
    ok("class", "lti", "remove", "https://lms.example")
    assert lti_store("IAM-101").platforms() == ()
    assert coffeeshop("class", "lti", "remove", "https://lms.example").exit_code == 2


def test_a_platform_is_named_and_removed_by_the_address_that_was_typed():
    canvas = "https://school.instructure.com"
    typed = {"--canvas": canvas, "--moodle": "https://moodle.example/", "--issuer": ""}
    removals = {
        "--canvas": (
            canvas,
            f"{canvas}/",
            "https://SCHOOL.instructure.com",
            "https://canvas.instructure.com",
        ),
        "--moodle": ("https://moodle.example/", "https://moodle.example"),
        "--issuer": ("https://lms.example",),
    }
    for option, addresses in removals.items():
        for address in addresses:
            line = add()
            if option != "--issuer":
                ids = ("--client", "7", "--deployment", "1")
                line = ("class", "lti", "add", option, typed[option], *ids)
            said = ok(*line)
            assert typed[option].rstrip("/") in said
            assert addresses[0].rstrip("/") in ok("class", "lti", "remove", address)
            assert lti_store("IAM-101").platforms() == ()
    ok("class", "lti", "add", "--canvas", canvas, "--client", "7", "--deployment", "1")
    refused = coffeeshop("class", "lti", "remove", "https://other.example")
    assert (refused.exit_code, f"{canvas} --client 7" in refused.stderr) == (2, True)


def test_the_address_of_the_server_is_typed_once():
    ok("class", "assign", "05")
    ok("class", "add", "--name", "Zoe Park", "--id", "z1")
    unknown = ok("class", "lti", "show")
    assert ("127.0.0.1" in unknown, "add --url" in unknown) == (False, True)
    assert "http://127.0.0.1:4518/" in ok("class", "links")
    assert "http://127.0.0.1:4518/" in ok("class", "show", "z1")
    for command in (("lti", "show"), ("links",)):
        url = f"https://school.example/{command[0]}"
        ok("class", *command, "--url", url)
        assert f"{url}/lti/launch" in ok("class", "lti", "show")
        assert f"--url {url}\n" in ok(*add())
        assert f"{url}/" in ok("class", "links")
        assert f"{url}/" in ok("class", "show", "z1")


def test_sending_without_a_platform_says_that_nothing_waits():
    ok("class", "assign", "05")
    assert "already has all scores" in ok("class", "lti", "send")
