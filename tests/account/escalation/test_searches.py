"""The memory of searches: what comes out of it is what a search of the account at hand finds, and what it takes."""

from collections.abc import Callable, Iterator
from pathlib import Path as Folder
from random import Random  # noqa: TID251  # seeds written here
from shlex import quote
from threading import Barrier, Thread
from typing import Any

import pytest

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.escalation import searches
from coffeeshop.account.escalation.attacker import Unfinished
from coffeeshop.account.escalation.reach import ESCALATION_WAYS, Path, reach
from coffeeshop.account.escalation.searches import Spot, Walked, Watched, reachable_paths
from coffeeshop.account.model import Account, Caller
from coffeeshop.policy.comparison.budgets import CALL_COST, ONE_OF_MANY, Steps
from tests.account.shop import AT, Shop, allow, trust, user
from tests.lessons.grading.arbitrary_answers import answer, lesson


@pytest.fixture(autouse=True)
def _cold() -> Iterator[None]:
    searches._recent_results.cache_clear()
    yield
    searches._recent_results.cache_clear()


def badges(account: Account) -> Iterator[tuple[Account, Caller]]:
    """A key of each user; a session with a code of the first."""
    for kind, users in (
        ("key", [*account.users.values()]),
        ("code", [*account.users.values()][:1]),
    ):
        for one in users:
            yield mint_credential(account, account.arn(one), kind, AT)  # pyright: ignore[reportArgumentType]


def path_of(found: Walked | Unfinished) -> Path | Unfinished:
    return found if isinstance(found, Unfinished) else found[0]


def test_a_full_memory_finds_what_a_search_of_the_account_at_hand_finds(tmp_path: Folder):
    scenario = lesson(tmp_path)
    seen = 0
    for seed in range(
        12
    ):  # one memory for all of them: each account is a little different from the others
        play = answer(scenario, Random(f"searches/{seed}"))
        for account, caller in badges(play.account):
            for ways in (ESCALATION_WAYS, {"assume": ESCALATION_WAYS["assume"]}):
                ours, again, theirs = Steps(), Steps(), Steps(ONE_OF_MANY)
                found = list(reachable_paths(account, caller, play.now, ways, ours))
                assert list(map(path_of, found)) == list(
                    reach(account, caller, play.now, ways, theirs)
                )
                assert found == list(
                    reachable_paths(account, caller, play.now, ways, again)
                )
                assert (
                    again.total_taken
                    == ours.total_taken
                    >= theirs.total_taken + CALL_COST * (len(found) - 1)
                )
                seen += len(found) > 1
    assert seen > 10


def kitchen(of_robin: str = "", casey: str = "casey") -> Shop:
    """Casey may take a role; Robin may do what is said of them."""
    shop = Shop()
    for name, may in (
        (casey, allow("sts:AssumeRole")),
        ("robin", of_robin or allow("s3:GetObject")),
    ):
        shop(f"iam create-user --user-name {name}")
        shop(f"iam create-access-key --user-name {name}")
        shop(
            f"iam put-user-policy --user-name {name} --policy-name own --policy-document {quote(may)}"
        )
    trusted = quote(trust(user(casey)))
    shop(f"iam create-role --role-name Till --assume-role-policy-document {trusted}")
    return shop


def paths(shop: Shop, who: str) -> list[Path]:
    found = map(
        path_of, reachable_paths(shop.account, find_caller(shop.account, who), shop.at)
    )
    return [one for one in found if isinstance(one, Path)]


@pytest.mark.parametrize("casey", ["casey", "Casey"])
def test_what_others_may_do_makes_no_other_question(
    casey: str, monkeypatch: pytest.MonkeyPatch
):
    first, other = kitchen(casey=casey), kitchen(allow("iam:*"), casey)
    found = paths(first, casey)
    with monkeypatch.context() as nobody_searches:
        nobody_searches.setattr(searches, "reach", None)
        again = paths(other, casey)
        assert (
            [path.ways for path in again]
            == [path.ways for path in found]
            == [(), ("assume",)]
        )
        assert again[1].account.users["robin"].inline["own"].text == allow("iam:*")
        with pytest.raises(TypeError):
            paths(other, "robin")


def test_a_search_takes_as_many_steps_however_its_person_writes_their_name():
    for may in ("s3:GetObject", KEYS):  # they look at nobody else, and at others too
        taken = list[int]()
        for casey in ("casey", "Casey", "CASEY"):
            shop, steps = kitchen(casey=casey), Steps()
            shop(
                f"iam put-user-policy --user-name {casey} --policy-name more --policy-document {quote(allow(may))}"
            )
            assert (
                len(
                    list(
                        reachable_paths(
                            shop.account,
                            find_caller(shop.account, casey),
                            shop.at,
                            steps=steps,
                        )
                    )
                )
                > 1
            )
            taken.append(steps.total_taken)
        assert len(set(taken)) == 1, taken


def test_a_search_without_steps_asks_for_no_move_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
):
    shop = kitchen()
    asked = list[str]()
    ways = {
        name: lambda state, name=name: asked.append(name) or ()
        for name in ("assume", "edit")
    }
    found = list(
        reach(shop.account, find_caller(shop.account, "casey"), shop.at, ways, Steps(1))
    )
    assert asked == []
    assert [one.acts for one in found if isinstance(one, Path)] == [()]
    assert [one.reason for one in found if isinstance(one, Unfinished)] == [
        f"moves: there are more ways to {name} than can be tried" for name in ways
    ]


def test_who_comes_to_hold_what_others_may_do_looks_at_it():
    for of_robin, ways in (
        (allow("s3:GetObject"), {()}),
        (ADMINISTRATION, {(), ("edit",)}),
    ):
        shop = kitchen(of_robin)
        shop(
            f"iam put-user-policy --user-name casey --policy-name more --policy-document {quote(allow(KEYS))}"
        )
        found = list(
            map(
                path_of,
                reachable_paths(shop.account, find_caller(shop.account, "casey"), shop.at),
            )
        )
        assert found == list(
            reach(shop.account, find_caller(shop.account, "casey"), shop.at)
        )
        assert {path.ways for path in found if isinstance(path, Path)} >= ways


ADMINISTRATION, KEYS = allow("*"), "iam:CreateAccessKey"


class Shelf(list[searches.SearchResult]):
    """A shelf at which two threads take every step together, once there is a gate."""

    gate: Barrier | None = None

    def step(self) -> None:
        if self.gate:
            self.gate.wait()

    def __getattribute__(self, name: str) -> Any:
        if name in {"copy", "remove", "insert", "index", "pop"}:
            self.step()
        return super().__getattribute__(name)

    def __iter__(self) -> Iterator[searches.SearchResult]:
        self.step()
        return super().__iter__()

    def __getitem__(self, at: Any) -> Any:
        self.step()
        return super().__getitem__(at)

    def __setitem__(self, at: Any, what: Any) -> None:
        self.step()
        super().__setitem__(at, what)


def test_two_threads_that_search_at_once_find_what_one_finds_and_keep_each_answer_once(
    monkeypatch: pytest.MonkeyPatch,
):
    shelf, kitchens = Shelf(), (kitchen(), kitchen(allow("iam:*")))
    kitchens[1](
        "iam put-user-policy --user-name casey --policy-name own --policy-document "
        + quote(allow("s3:*"))
    )
    kitchens[0].at = kitchens[1].at  # one question, asked of two accounts
    monkeypatch.setattr(searches, "_recent_results", lambda *_: shelf)
    alone = [paths(shop, "casey") for shop in kitchens]
    assert len(kept := [*shelf]) > 1
    found, gate = list[list[Path]](), Barrier(2)

    def search() -> None:
        try:
            found.append(paths(kitchens[0], "casey"))
        except ValueError:
            gate.abort()  # whoever fails leaves nobody waiting

    shelf.gate = gate
    threads = [Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shelf.gate = None
    assert found == [alone[0]] * 2
    assert sorted(map(id, shelf)) == sorted(map(id, kept))


LOOKS: tuple[Callable[[Any], object], ...] = (
    *(iter, len, bool, list, hash),
    lambda held: held[0],
    lambda held: "a" in held,
    lambda held: held == ("a",),
    lambda held: held.count("a"),
)


@pytest.mark.parametrize("look", LOOKS)
def test_whatever_is_asked_of_what_is_watched_answers_as_it_would_and_is_noted(
    look: Callable[[Any], object],
):
    looked = dict[Spot, object]()
    watched = Watched(("a",), ("users", "casey", "groups"), looked)
    assert looked == {}
    assert look is iter or look(watched) == look(("a",))
    assert look is not iter or [*watched] == ["a"]
    assert looked == {("users", "casey", "groups"): ("a",)}


def test_a_search_makes_no_copy_of_the_many_whom_it_never_looks_at(
    monkeypatch: pytest.MonkeyPatch,
):
    shop, made = kitchen(), list[Spot]()
    for number in range(300):
        shop(f"iam create-user --user-name extra{number}")
    watched = Watched.__init__

    def noted(self: Watched, value: object, spot: Spot, looked: dict[Spot, object]) -> None:
        made.append(spot)
        watched(self, value, spot, looked)

    monkeypatch.setattr(Watched, "__init__", noted)
    assert len(paths(shop, "casey")) == 2
    assert len({key for _, key, _ in made}) < 70


def test_a_search_costs_one_share_of_the_steps_and_no_more(monkeypatch: pytest.MonkeyPatch):
    shop = kitchen(ADMINISTRATION)
    shop(
        f"iam put-user-policy --user-name casey --policy-name more --policy-document {quote(allow(KEYS))}"
    )
    for share in (CALL_COST, 5 * CALL_COST, 20 * CALL_COST):
        monkeypatch.setattr(searches, "ONE_OF_MANY", share)
        steps, alone = Steps(), Steps(share)
        found = list(
            map(
                path_of,
                reachable_paths(
                    shop.account, find_caller(shop.account, "casey"), shop.at, steps=steps
                ),
            )
        )
        assert found == list(
            reach(shop.account, find_caller(shop.account, "casey"), shop.at, steps=alone)
        )
        replayed = sum(len(path.acts) for path in found if isinstance(path, Path))
        assert (
            alone.total_taken
            <= steps.total_taken
            <= alone.total_taken + CALL_COST * replayed
        )


def test_an_answer_that_is_asked_for_again_is_not_forgotten_for_those_that_are_asked_once():
    often = kitchen()
    found = [paths(often, "casey"), paths(often, "casey")][0]
    for number in range(2 * searches.MAX_RESULTS):
        once = kitchen()
        once(
            f"iam put-user-policy --user-name casey --policy-name p{number} --policy-document {quote(allow('s3:*'))}"
        )
        once.at = often.at
        paths(once, "casey")
    searches_made = list[int]()
    with pytest.MonkeyPatch.context() as watched:
        watched.setattr(searches, "reach", lambda *_: searches_made.append(1) or iter(()))
        assert paths(often, "casey") == found
    assert searches_made == []
