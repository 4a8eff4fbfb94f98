"""The script lived: bash runs it against a fake AWS in another account, and the account of the play stands there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from coffeeshop.account.command.bash import S3
from coffeeshop.account.command.script import package
from coffeeshop.account.model import Account, Document, Entity
from coffeeshop.lessons.carry import carried
from coffeeshop.lessons.load import load
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.run import run_play

pytest.importorskip("jmespath")
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")

from tests.account.fake_aws import BOARD, ID, TOKEN, FakeAws, fresh, run  # noqa: E402

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "scenarios").glob("[0-9]*/scenario.toml"))
ARTICLE = ROOT / "tests" / "account" / "article"
PASSWORDS = {
    "root": "House-blend-1",
    "ada": "Latte-art-at-7",
    "casey": "Flat-white-2",
    "sam": "Steam-wand-4",
    "bo": "Mocha-at-noon-8",
}
SHOP = f"coffeeshop-{ID}"
CODES = "@phone-1\n@phone\n" * 9


# ------------------------------------------------------------------- portraits
def portrait(account: Account) -> dict[str, Any]:
    """All of an account that is the same wherever it is made: no ids, secrets, dates, and no sessions."""
    names = {book[key].id: book[key].name for book in (account.users, account.groups, account.roles) for key in book}
    return {
        "users": {name: _entity(account, user) for name, user in account.users.items()},
        "groups": {name: _entity(account, group) for name, group in account.groups.items()},
        "roles": {name: _entity(account, role) for name, role in account.roles.items()},
        "policies": {
            arn: (p.default, p.description, dict(p.tags), {v.id: _json(v.document) for v in p.versions})
            for arn, p in account.policies.items()
        },
        "devices": {
            serial: (names.get(device.owner, device.owner), device.enabled is not None)
            for serial, device in account.devices.items()
            if serial != TOKEN
        },
        "passwords": account.password_policy,
        "buckets": {
            name: (_json(bucket.policy), {key: (o.body, dict(o.tags)) for key, o in bucket.objects.items()})
            for name, bucket in account.buckets.items()
        },
        "tables": {name: (t.key, t.type, dict(t.items)) for name, t in account.tables.items()},
        "queues": {
            name: ([m.body for m in q.messages], dict(q.attributes), _json(q.policy))
            for name, q in account.queues.items()
        },
        "functions": {
            name: (f.role, f.code if f.code[:2] == b"PK" else package(f.handler), f.runtime, f.handler, _json(f.policy))
            for name, f in account.functions.items()
        },
        "instances": [(instance.name, instance.state) for instance in account.instances.values()],
    }


def _entity(account: Account, entity: Entity) -> dict[str, Any]:
    login, trust = getattr(entity, "login", None), getattr(entity, "trust", None)
    return {
        "name": (entity.name, entity.path, dict(getattr(entity, "tags", {})), getattr(entity, "boundary", "")),
        "policies": (entity.attached, {name: _json(document) for name, document in entity.inline.items()}),
        "groups": sorted(group.name for id in getattr(entity, "groups", ()) if (group := account.of_id(id))),
        "login": login and login.reset_required,
        "keys": [key.status for key in account.keys_of(entity.id)],
        "role": (_json(trust), getattr(entity, "max_session", 0), getattr(entity, "description", "")),
    }


def _json(document: Document | None) -> object:
    return document and json.loads(document.text)


def elsewhere(account: Account) -> str:
    """The portrait of the play's account as it should look in the fake one."""
    told = repr(portrait(account))
    for name in account.buckets:
        new = f"{SHOP}-{name.removeprefix('coffeeshop-').lower()}"
        told = told.replace(S3 + name, S3 + new).replace(f"{name!r}: (", f"{new!r}: (")
    told = told.replace(f"{S3}coffeeshop-*", f"{S3}{SHOP}-*")
    for instance in account.instances.values():
        told = told.replace(instance.id, BOARD)
    return told.replace(account.id, ID)


def scenario(folder: Path) -> Scenario:
    found = load(folder)
    assert isinstance(found, Scenario)
    return found


def played(told: Scenario, text: str) -> Play:
    found = run_play(told, text)
    assert isinstance(found, Play), [str(problem) for problem in found]
    return found


def exported(play: Play) -> str:
    found = carried(play, "script")
    assert isinstance(found, str)
    return found


def lived(play: Play, answers: str = CODES, **passwords: str) -> FakeAws:
    """The fake account after the script of the play ran in it."""
    fake = fresh({**PASSWORDS, **passwords}, board=bool(play.account.instances))
    done = run(fake, exported(play), answers)
    assert done.returncode == 0, done.stderr
    return fake


# ----------------------------------------------------------------- scenarios
@pytest.mark.parametrize("folder", [*FOLDERS, ARTICLE], ids=lambda folder: folder.name)
def test_a_fresh_account_stands_as_the_play_left_its_own(folder: Path):
    told = scenario(folder)
    play = played(told, told.solution)
    fake = lived(play)
    assert repr(portrait(fake.account)) == elsewhere(play.account)
    assert all(outcome.allowed for outcome in fake.outcomes)


def test_the_world_of_a_scenario_is_replayed_to_where_the_play_begins():
    told = scenario(FOLDERS[-1])
    assert portrait(told.world[-1].account) == portrait(told.opening)
