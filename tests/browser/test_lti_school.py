"""A school's servers share what they know of a learning platform: any of them answers a login, a launch, and a learner."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from coffeeshop.browser.places import Limits
from coffeeshop.browser.server import Server, listening
from coffeeshop.cli.class_ways import ClassWays, class_ways_in, member_places
from coffeeshop.cli.lti_files import lti_store, tool_key
from coffeeshop.lessons.play.save_place import DATABASE_VARIABLE
from coffeeshop.lti.launch import LTI_CLAIM_PREFIX, GradeService
from tests.browser.school import PAGE, School, ok, school
from tests.lti.simulated_platform import query_of, signed
from tests.postgres import PostgresServer, needs_postgres

pytestmark = [pytest.mark.peers, needs_postgres()]
URL = "https://school.example"
SEEN = {"Host": "school.example"}  # what the proxy passes on


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    server = PostgresServer()
    monkeypatch.setenv(DATABASE_VARIABLE, server.url)
    yield server
    server.stop()


def other_server(here: School) -> Server:
    """Return another server of the same class, with the places that it had when it started."""
    ways = ClassWays(here.kept, "Coffeeshop", ("play", "--class=IAM-101"))
    ways_in = class_ways_in(ways, PAGE)._replace(score_runner=None)
    places = member_places(ways, here.kept.roster.learners)
    return Server(places, Limits(), "127.0.0.1", URL, None, None, ways_in)


async def test_a_login_at_one_server_is_launched_at_another_once_and_every_server_knows_the_play(
    database: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch, URL) as here:
        second = other_server(here)
        async with listening(second.application(), "127.0.0.1", 0) as port:
            bases = (here.base, f"http://127.0.0.1:{port}")

            async def launched_location(assignment: str) -> str:
                """Log in at one server, launch at the other one, and then in vain at both."""
                custom = {LTI_CLAIM_PREFIX + "custom": {"assignment": assignment}}
                target = here.login_fields(target_link_uri=f"{URL}/lti/launch")
                login = await here.ask("GET", "/lti/login", params=target, headers=SEEN)
                asked = query_of(login.location)
                claims = here.platform.claims(asked["nonce"], time.time(), **custom)
                form = {"id_token": signed(claims), "state": asked["state"]}
                launches = [
                    await here.ask(
                        "POST", f"{base}/lti/launch", login.cookie, data=form, headers=SEEN
                    )
                    for base in (bases[1], *bases)
                ]
                assert [launch.status for launch in launches] == [303, 403, 403]
                return launches[0].location

            for assignment in ("05", "02"):
                location = await launched_location(assignment)
                link = urlsplit(location).path
                assert (await here.ask("GET", link, headers=SEEN)).status == 200
                played = here.place_at(location).program.words[1]
                assert played.startswith(f"{assignment}-")
            keys = [
                (await here.ask("GET", f"{base}/lti/keys", headers=SEEN)).text
                for base in bases
            ]
            assert {*keys} == {tool_key().public_keys().decode()}
    assert not Path("data/lti").exists()


async def test_the_stores_of_two_classes_and_a_deleted_one_are_apart(
    database: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with school(tmp_path, monkeypatch) as here:
        ok("class", "new", "IAM-102", "--empty")
        assert lti_store("IAM-102").platforms() == ()
        lti_store("IAM-102").write_platform(here.platform.registration)
        assert (await here.launch()).status == 303
        (person,) = here.store.people()
        store = here.store
        store.write_service(
            here.platform.registration, person, GradeService((), "https://lms.example/1")
        )
        store.note_credit(person.first, person.task, 40.0, "so far")
        store.note_credit(person.first, person.task, 30.0, "worse")
        (score,) = store.waiting_scores()
        assert (score.credit, score.comment) == (40.0, "so far")
        store.note_failure(score, "no answer", 5.0)
        store.note_sent(score)
        assert store.waiting_scores() == ()
        assert lti_store("IAM-102").people() == ()
        ok("class", "delete", "IAM-101", "--yes")
        assert lti_store("IAM-101").platforms() == ()
        assert len(lti_store("IAM-102").platforms()) == 1
