"""A learning platform sends people by LTI 1.3: learners into their play, teachers to the class, and nobody by a forged message."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from msgspec.structs import replace

from coffeeshop.browser.places import Place
from coffeeshop.browser.session import Program
from coffeeshop.classroom.kept_class import KeptClass, Member, read_class
from coffeeshop.cli.lti_class import LtiClass
from coffeeshop.cli.lti_files import lti_folder
from coffeeshop.cli.member_directory import MemberDirectory
from coffeeshop.lti.launch import LTI_CLAIM_PREFIX, Launch, Refusal
from coffeeshop.lti.launch import Person as PersonSent
from coffeeshop.lti.tool_key import load_tool_key
from tests.browser.school import PAGE, School, ok, school
from tests.lti.simulated_platform import (
    CLIENT,
    DEPLOYMENT,
    INSTRUCTOR,
    KEY,
    LEARNER,
    MEMBERSHIP,
    STRANGER,
    query_of,
    signed,
    signed_with_public_key,
    unsigned,
)


# -------------------------------------------------------------------------- login
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_login_sends_the_browser_to_the_registered_platform_with_a_state_and_a_nonce(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
):
    async with school(tmp_path, monkeypatch) as here:
        first = await here.login(method)
        second = await here.login(method, first.cookie)
        fields = query_of(first.location)
        assert first.status == 302
        assert first.location.startswith(f"{here.platform.url}/auth?")
        assert fields == {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": CLIENT,
            "redirect_uri": f"{here.base}/lti/launch",
            "login_hint": "hint-1",
            "lti_message_hint": "message-1",
            "state": fields["state"],
            "nonce": fields["nonce"],
        }
        other_fields = query_of(second.location)
        assert len({fields["state"], fields["nonce"], *other_fields.values()}) == 12
        assert second.cookie == first.cookie
        assert {"Secure", "HttpOnly", "SameSite=None", "Path=/lti"} <= {
            *first.headers["Set-Cookie"].split("; ")
        } | {word.strip() for word in first.headers["Set-Cookie"].split(";")}


BAD_LOGINS = [
    ("another issuer", {"iss": "https://evil.example"}, Refusal.UNKNOWN_PLATFORM),
    ("another client", {"client_id": "tool-8"}, Refusal.UNKNOWN_PLATFORM),
    ("another target", {"target_link_uri": "https://evil.example/"}, Refusal.WRONG_TARGET),
    ("no hint", {"login_hint": ""}, Refusal.WRONG_REQUEST),
    ("no issuer", {"iss": ""}, Refusal.WRONG_REQUEST),
    ("a hint without end", {"login_hint": "x" * 5000}, Refusal.WRONG_REQUEST),
    ("a hint with a line feed", {"login_hint": "x\n\x1b"}, None),
]


async def test_a_login_for_another_platform_or_another_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        for name, changes, refusal in BAD_LOGINS:
            came = await here.login("POST", **changes)
            if refusal is None:
                assert came.status == 302, name
                continue
            assert (came.status, refusal.value in unescape(came.text)) == (403, True), name
            assert here.events[-1]["reason"] == refusal.code, name


# --------------------------------------------------------------------- a launch
async def test_a_learner_who_is_launched_is_in_the_class_by_id_and_plays_their_own_variant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        came = await here.launch(
            **{LTI_CLAIM_PREFIX + "custom": {"assignment": "05-receipts-drawer"}}
        )
        assert came.status == 303
        member = here.kept.members_by_key["user-9"]
        assert (member.learner.name, member.learner.entries["email"]) == (
            "Robin Vale",
            "robin@x.example",
        )
        assert came.location == f"{here.base}/{member.link}/"
        place = here.place_at(came.location)
        assert place.program.words == (
            "play",
            "05-receipts-drawer",
            "--class=IAM-101",
            f"--first-variant={member.first_variant}",
            "--learner=user-9",
        )
        again = await here.launch()
        assert again.location == came.location
        assert len(here.kept.members) == 3
        page = await here.ask("GET", came.location)
        assert (page.status, "Robin Vale" in page.text) == (200, True)
        assert (
            f"frame-ancestors {here.platform.url};"
            in f"{page.headers['Content-Security-Policy']};"
        )
        text = json.dumps(here.events)
        assert [event["event"] for event in here.events] == ["launched", "launched"]
        assert not {"Robin", "robin", "user-9"} & {*re.findall(r"\w[\w-]*", text)}


async def test_a_learner_of_the_roster_is_known_by_id_never_by_name_or_email(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        ana = here.kept.members_by_key["s1"]
        for sub, claims, key in (
            ("s1", {}, "s1"),
            ("u-2", {"name": "Ben Bow", "email": "ben@x.example"}, "u-2"),
            ("u-3", {LTI_CLAIM_PREFIX + "lis": {"person_sourcedid": "s2"}}, "s2"),
            ("u-4", {LTI_CLAIM_PREFIX + "lis": {"person_sourcedid": "s2"}}, "u-4"),
            ("S1", {}, "S1@127.0.0.1"),
            ("a b", {"name": None, "given_name": None}, "lti-"),
        ):
            came = await here.launch(sub=sub, **claims)
            assert came.status == 303, sub
            assert here.place_at(came.location).user.startswith(key), sub
        assert here.kept.members_by_key["s1"] == ana
        assert len(here.kept.members) == 6


NAMES = [
    "Test Student",
    "Student, Test",
    "Points Possible",
    "",
    "x" * 5000,
    "\x1b[2J\u202eRobin",
    "=1+1",
    "'=1+1",
    '"a", b\n;c',
    "Ana Ames",
]


async def test_whatever_a_platform_calls_somebody_they_are_a_learner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        for number, name in enumerate(NAMES):
            came = await here.launch(sub=f"n-{number}", name=name, email=name)
            assert (came.status, here.place_at(came.location).user) == (
                303,
                f"n-{number}",
            ), name
        names = {
            key: member.learner.name for key, member in here.kept.members_by_key.items()
        }
        assert len(names) == 2 + len(NAMES)
        assert names["n-0"] == "n-0"
        assert names["n-5"] == "[2J Robin"
        assert "\x1b" not in json.dumps(names)


async def test_a_learner_joins_a_class_whose_roster_has_roles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        Path("roles.csv").write_text(
            "First name,Last name,ID number,Email address,Roles\nKim,Lee,7,k@x.example,Student\n"
        )
        ok("class", "new", "IAM-102", "--roster", "roles.csv")
        path = Path("data/classes/IAM-102.class.sqlite3")
        directory = MemberDirectory(path, here.store, _no_place)
        classroom = LtiClass(path, here.store, PAGE, directory)
        person = PersonSent("u-1", "Robin Vale", "r@x.example")
        seat = classroom.seat(Launch(here.platform.registration, DEPLOYMENT, person, False))
        (_, robin) = read_class(path).members
        assert (robin.learner.key, robin.learner.name, robin.link) == (
            "u-1",
            "Robin Vale",
            seat.secret,
        )


def _no_place(kept: KeptClass, member: Member, id: str) -> Place:
    return Place(member.learner.name, kept.name, Program((id,), Path()))


async def test_a_plain_number_is_nobody_of_the_roster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        ok("class", "add", "--id", "3", "--name", "Cy Coe")
        came = await here.launch(sub="3", name="Dee Dow")
        place = here.place_at(came.location)
        assert (place.name, place.user) == ("Dee Dow", "3@127.0.0.1")
        assert here.kept.members_by_key["3"].learner.name == "Cy Coe"


async def test_somebody_who_comes_twice_at_once_is_one_learner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        steps = await asyncio.gather(*(here.launch(sub="new-1") for _ in range(6)))
        assert {step.status for step in steps} == {303}
        assert len({step.location for step in steps}) == 1
        assert len(here.kept.members) == 3


async def test_an_instructor_sees_the_page_of_the_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        for roles in (
            [INSTRUCTOR],
            [f"{MEMBERSHIP}/Instructor#TeachingAssistant"],
            ["Instructor"],
            [LEARNER, INSTRUCTOR],
        ):
            came = await here.launch(sub="t-1", **{LTI_CLAIM_PREFIX + "roles": roles})
            assert (came.status, came.location) == (303, f"{here.base}/{PAGE}/"), roles
        assert len(here.kept.members) == 2


# ---------------------------------------------------------------------- refusals
Spoil = Callable[[School, dict[str, Any]], str]


def change(**changes: Any) -> Spoil:
    """A token that the platform signed, with other claims. None takes a claim away."""

    def spoil(_: School, claims: dict[str, Any]) -> str:
        changed = {**claims, **changes}
        return signed({name: value for name, value in changed.items() if value is not None})

    return spoil


def shift(**seconds: float) -> Spoil:
    """A token whose times are moved."""

    def spoil(_: School, claims: dict[str, Any]) -> str:
        return signed(
            {**claims, **{name: time.time() + by for name, by in seconds.items()}}
        )

    return spoil


def public_key(_: School, claims: dict[str, Any]) -> str:
    return signed_with_public_key(claims, KEY.as_pem(private=False))


def own_key_in_header(_: School, claims: dict[str, Any]) -> str:
    return signed(claims, STRANGER, jwk=STRANGER.as_dict(private=False), kid="mine")


def without_signature(_: School, claims: dict[str, Any]) -> str:
    return signed(claims).rpartition(".")[0] + "."


def other_payload(_: School, claims: dict[str, Any]) -> str:
    head, _middle, signature = signed(claims).split(".")
    other = signed({**claims, "sub": "s1"}).split(".")[1]
    return f"{head}.{other}.{signature}"


SPOILED: list[tuple[str, Spoil, Refusal]] = [
    ("forged: another key of that id", lambda _, claims: signed(claims, STRANGER), Refusal.FORGED),
    ("forged: its own key in the header", own_key_in_header, Refusal.FORGED),
    ("forged: another payload", other_payload, Refusal.FORGED),
    ("forged: no signature", without_signature, Refusal.FORGED),
    ("alg=none", lambda _, claims: unsigned(claims), Refusal.FORGED),
    ("HS256 with the public key", public_key, Refusal.FORGED),
    ("HS256 with the published document", lambda _, claims: signed_with_public_key(claims, json.dumps(KeySet([KEY]).as_dict(private=False)).encode()), Refusal.FORGED),
    ("no token", lambda *_: "x", Refusal.FORGED),
    ("a token of nothing", lambda *_: "..", Refusal.FORGED),
    ("a token without end", lambda *_: "a." + "x" * 70_000 + ".b", Refusal.FORGED),
    ("another issuer", change(iss="https://evil.example"), Refusal.WRONG_ISSUER),
    ("another audience", change(aud="tool-8", azp="tool-8"), Refusal.WRONG_AUDIENCE),
    ("no audience", change(aud=None), Refusal.WRONG_AUDIENCE),
    ("several audiences without azp", change(aud=[CLIENT, "tool-8"], azp=None), Refusal.WRONG_AUDIENCE),
    ("azp of another tool", change(aud=[CLIENT, "tool-8"], azp="tool-8"), Refusal.WRONG_AUDIENCE),
    ("another nonce", change(nonce="n-0"), Refusal.WRONG_NONCE),
    ("no nonce", change(nonce=None), Refusal.WRONG_NONCE),
    ("a nonce that is no text", change(nonce=[1]), Refusal.WRONG_NONCE),
    ("expired", shift(exp=-61), Refusal.EXPIRED),
    ("no end", change(exp=None), Refusal.EXPIRED),
    ("an end that is no time", change(exp="tomorrow"), Refusal.EXPIRED),
    ("issued before its login", shift(iat=-90), Refusal.EXPIRED),
    ("no beginning", change(iat=None), Refusal.EXPIRED),
    ("issued in the future", shift(iat=120), Refusal.NOT_YET),
    ("valid in the future", shift(nbf=120), Refusal.NOT_YET),
    ("another deployment", change(**{LTI_CLAIM_PREFIX + "deployment_id": "course-3"}), Refusal.WRONG_DEPLOYMENT),
    ("no deployment", change(**{LTI_CLAIM_PREFIX + "deployment_id": None}), Refusal.WRONG_DEPLOYMENT),
    ("another version", change(**{LTI_CLAIM_PREFIX + "version": "1.1"}), Refusal.WRONG_VERSION),
    ("another message", change(**{LTI_CLAIM_PREFIX + "message_type": "LtiStartProctoring"}), Refusal.WRONG_MESSAGE),
    ("no link", change(**{LTI_CLAIM_PREFIX + "resource_link": None}), Refusal.WRONG_MESSAGE),
    ("nobody", change(sub=None), Refusal.NOBODY),
    ("a person of 300 characters", change(sub="x" * 300), Refusal.NOBODY),
    ("a person with an escape", change(sub="a\x1b[2J"), Refusal.NOBODY),
    ("no role", change(**{LTI_CLAIM_PREFIX + "roles": []}), Refusal.NO_ROLE),
    ("a role of the school", change(**{LTI_CLAIM_PREFIX + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"]}), Refusal.NO_ROLE),
    ("an activity that was removed", change(**{LTI_CLAIM_PREFIX + "custom": {"assignment": "99-none"}}), Refusal.NO_SUCH_TASK),
    ("an activity that is a path", change(**{LTI_CLAIM_PREFIX + "custom": {"assignment": "../../etc"}}), Refusal.NO_SUCH_TASK),
    ("a learner who wants to choose", change(**{LTI_CLAIM_PREFIX + "message_type": "LtiDeepLinkingRequest"}), Refusal.NOT_TEACHER),
]  # fmt: skip


async def test_a_spoiled_launch_is_refused_with_one_sentence_and_an_event_without_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        faults = list[str]()
        for name, spoil, refusal in SPOILED:
            login = await here.login()
            fields = query_of(login.location)
            claims = here.platform.claims(fields["nonce"], time.time())
            form = {"id_token": spoil(here, claims), "state": fields["state"]}
            came = await here.ask("POST", "/lti/launch", login.cookie, data=form)
            event = {"level": "warning", "event": "launch refused", "reason": refusal.code}
            told = refusal.value in unescape(came.text)
            if (came.status, told, here.events[-1]) != (403, True, event):
                faults.append(f"{name}: {came.status} {here.events[-1]} {came.text[-200:]}")
        assert faults == []
        assert len(here.kept.members) == 2
        assert "Robin" not in json.dumps(here.events)


async def test_what_is_within_the_leeway_and_written_otherwise_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        for changes in (
            {"exp": time.time() - 30},
            {"iat": time.time() + 30},
            {"aud": [CLIENT]},
            {"aud": [CLIENT], "azp": None},
            {"aud": [CLIENT, "tool-8"], "azp": CLIENT},
        ):
            assert (await here.launch(**changes)).status == 303, changes


async def test_a_launch_is_used_once_however_often_it_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        login = await here.login()
        fields = query_of(login.location)
        token = signed(here.platform.claims(fields["nonce"], time.time()))
        form = {"id_token": token, "state": fields["state"]}

        async def send() -> tuple[int, str]:
            came = await here.ask("POST", "/lti/launch", login.cookie, data=form)
            return came.status, came.text

        came = await asyncio.gather(*(send() for _ in range(5)))
        assert sorted(status for status, _ in came) == [303, 403, 403, 403, 403]
        status, text = await send()
        assert (status, Refusal.REPLAYED.value in unescape(text)) == (403, True)
        # With a state of a new login, the old token answers another nonce.
        fields = query_of((await here.login(cookie=login.cookie)).location)
        form["state"] = fields["state"]
        assert (await send())[0] == 403
        assert here.events[-1]["reason"] == Refusal.WRONG_NONCE.code


async def test_a_launch_needs_the_browser_and_the_state_of_its_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        login = await here.login()
        other_login = await here.login()
        fields = query_of(login.location)
        text = ""
        token = signed(here.platform.claims(fields["nonce"], time.time()))
        form = {"id_token": token, "state": fields["state"]}
        for cookie in ("", other_login.cookie, "coffeeshop-lti=x", f"{login.cookie}x"):
            came = await here.ask("POST", "/lti/launch", cookie, data=form)
            assert came.status == 403
            assert here.events[-1]["reason"] == Refusal.OTHER_BROWSER.code
            text = came.text
        # The page offers the same login in a window of its own, where cookies are kept.
        link = re.search(r'href="([^"]+/lti/login[^"]+)"', text)
        assert link is not None
        again = await here.ask("GET", unescape(link[1]))
        assert (again.status, query_of(again.location)["login_hint"]) == (302, "hint-1")
        unknown = await here.ask(
            "POST", "/lti/launch", login.cookie, data={**form, "state": "x" * 32}
        )
        assert (unknown.status, here.events[-1]["reason"]) == (403, "unknown login")
        assert (
            await here.ask("POST", "/lti/launch", login.cookie, data=form)
        ).status == 303


async def test_odd_forms_are_refused_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async with school(tmp_path, monkeypatch) as here:
        urlencoded = {"Content-Type": "application/x-www-form-urlencoded"}
        for body, headers, status in (
            (b"", urlencoded, 403),
            (b"error=login_required&state=x", urlencoded, 403),
            (b"state=a&state=b&id_token=c", urlencoded, 403),
            (b"state=%ED%A0%80&id_token=a.b.c", urlencoded, 403),
            (b"state=%00&id_token=a.b.c", urlencoded, 403),
            (
                b"\xff\xfe",
                {"Content-Type": urlencoded["Content-Type"] + "; charset=x"},
                403,
            ),
            (b"{}", {"Content-Type": "application/json"}, 403),
            (b"a" * 200_000, urlencoded, 413),
        ):
            came = await here.ask("POST", "/lti/launch", data=body, headers=headers)
            assert came.status == status, body[:40]
        assert (await here.ask("GET", "/lti/launch")).status in (404, 405)
        assert caplog.records == []


# ------------------------------------------------------------------ deep linking
async def test_a_teacher_chooses_an_assignment_and_the_platform_gets_a_signed_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        login = await here.login()
        fields = query_of(login.location)
        claims = here.platform.choice_claims(fields["nonce"], time.time())
        form = {"id_token": signed(claims), "state": fields["state"]}
        page = await here.ask("POST", "/lti/launch", login.cookie, data=form)
        assert (
            page.status,
            "form-action 'self'" in page.headers["Content-Security-Policy"],
        ) == (200, True)
        tasks = re.findall(r'name="task" value="([^"]*)"', page.text)
        assert tasks[:2] == ["05-receipts-drawer", ""]
        code = re.search(r'name="code" value="([^"]+)"', page.text)
        assert code is not None
        choice = {"code": code[1], "task": "05-receipts-drawer"}
        stranger = await here.ask("POST", "/lti/choose", "", data=choice)
        assert stranger.status == 403
        answer = await here.ask("POST", "/lti/choose", login.cookie, data=choice)
        assert (
            f"form-action {here.platform.url}" in answer.headers["Content-Security-Policy"]
        )
        action = re.search(r'action="([^"]+)"', answer.text)
        token = re.search(r'name="JWT" value="([^"]+)"', answer.text)
        assert action is not None
        assert token is not None
        assert unescape(action[1]) == f"{here.platform.url}/return?course=2"
        keys = KeySet.import_key_set(json.loads((await here.ask("GET", "/lti/keys")).text))
        read = jwt.decode(token[1], keys, algorithms=["RS256"]).claims
        dl = "https://purl.imsglobal.org/spec/lti-dl/claim/"
        assert (read["iss"], read["aud"]) == (CLIENT, [here.platform.url])
        assert read[LTI_CLAIM_PREFIX + "deployment_id"] == DEPLOYMENT
        assert read[LTI_CLAIM_PREFIX + "message_type"] == "LtiDeepLinkingResponse"
        assert read[dl + "data"] == "opaque <data>"
        (item,) = read[dl + "content_items"]
        assert item["url"] == f"{here.base}/lti/launch"
        assert item["custom"] == {"assignment": "05-receipts-drawer"}
        assert (item["lineItem"]["scoreMaximum"], item["lineItem"]["resourceId"]) == (
            20,
            "05-receipts-drawer",
        )
        again = await here.ask("POST", "/lti/choose", login.cookie, data=choice)
        assert again.status == 403


async def test_an_answer_goes_nowhere_that_others_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        name = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
        for address in ("http://school.example/return", "javascript:alert(1)", "", 7, None):
            settings = {
                "deep_link_return_url": address,
                "accept_types": ["ltiResourceLink"],
            }
            came = await here.launch("choice_claims", **{name: settings})
            assert (came.status, here.events[-1]["reason"]) == (403, "wrong message"), (
                address
            )
        settings = {
            "deep_link_return_url": f"{here.platform.url}/r",
            "accept_types": ["link"],
        }
        assert (await here.launch("choice_claims", **{name: settings})).status == 403


# -------------------------------------------------------------- keys and addresses
async def test_the_tools_private_key_is_its_owners_alone_and_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        came = await here.ask("GET", "/lti/keys")
        (key,) = json.loads(came.text)["keys"]
        assert {"kty", "n", "e", "kid", "alg", "use"} == {*key}
        file = Path("data/lti/tool-key.json")
        assert file.stat().st_mode & 0o777 == 0o600
        assert Path("data/lti/IAM-101.lti.sqlite3").stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700
        before = file.read_bytes()
        assert (await here.ask("GET", "/lti/keys")).text == came.text
    assert load_tool_key(lti_folder()).public_keys().decode() == came.text
    assert file.read_bytes() == before


async def test_platform_keys_are_fetched_once_and_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        for _ in range(3):
            assert (await here.launch()).status == 303
        assert here.platform.jwks_asked == 1


async def test_without_the_platforms_keys_nobody_is_let_in_and_the_page_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        row = here.platform.registration
        here.store.write_platform(replace(row, keys=f"{row.issuer}/nothing"))
        for _ in range(2):
            came = await here.launch()
            assert (came.status, Refusal.NO_KEYS.value in unescape(came.text)) == (
                503,
                True,
            )
        assert here.events[-1]["reason"] == "no keys"


async def test_everything_works_below_the_path_of_the_address_whether_or_not_a_proxy_removes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    url = "https://school.example/iam"
    async with school(tmp_path, monkeypatch, url) as here:
        seen = {"Host": "school.example"}
        for base in (here.base, here.base.removesuffix("/iam")):
            fields = here.login_fields(target_link_uri=f"{url}/lti/launch")
            login = await here.ask("GET", f"{base}/lti/login", params=fields, headers=seen)
            asked = query_of(login.location)
            assert asked["redirect_uri"] == f"{url}/lti/launch"
            assert "Path=/iam/lti;" in login.headers["Set-Cookie"]
            token = signed(here.platform.claims(asked["nonce"], time.time()))
            form = {"id_token": token, "state": asked["state"]}
            came = await here.ask(
                "POST", f"{base}/lti/launch", login.cookie, data=form, headers=seen
            )
            assert came.location.startswith(f"{url}/")
            link = urlsplit(came.location).path.removeprefix("/iam")
            page = await here.ask("GET", f"{base}{link}", headers=seen)
            assert (page.status, '"wss://school.example/iam/' in page.text) == (200, True)


async def test_a_platform_that_was_removed_sends_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        login = await here.login()
        fields = query_of(login.location)
        ok("class", "lti", "remove", here.platform.url)
        token = signed(here.platform.claims(fields["nonce"], time.time()))
        form = {"id_token": token, "state": fields["state"]}
        came = await here.ask("POST", "/lti/launch", login.cookie, data=form)
        assert (came.status, here.events[-1]["reason"]) == (403, "unknown platform")
        assert (await here.login()).status == 403


async def test_a_learner_who_joined_elsewhere_is_found_by_their_link_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        ok("class", "add", "--id", "z1", "--name", "Zoe Park")
        link = here.kept.members_by_key["z1"].link
        page = await here.ask("GET", f"/{link}/")
        assert (page.status, "Zoe Park" in page.text) == (200, True)
        assert (await here.ask("GET", f"/{link[:-1]}/")).status == 404
        # Another server let this learner in, and knows what they play.
        came = await here.launch(
            sub="z2", **{LTI_CLAIM_PREFIX + "custom": {"assignment": "05"}}
        )
        here.server._places.clear()
        assert (await here.ask("GET", came.location)).status == 200
        assert "05-receipts-drawer" in here.place_at(came.location).program.words
