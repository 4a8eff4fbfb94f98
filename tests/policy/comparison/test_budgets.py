"""What is hard to compare ends within the budgets, as Undecided where they do not suffice; no branch hides another."""

import json
from functools import partial
from pathlib import Path

import pytest

from coffeeshop.policy.comparison import budgets, compare, regions
from coffeeshop.policy.comparison.action_classes import (
    AN_ACTION,
    SampleNames,
    _pattern_text,
)
from coffeeshop.policy.comparison.budgets import (
    BudgetError,
    CostedResult,
    Steps,
    StepsError,
)
from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Excess, Standing, Undecided
from tests.policy.standings import OPEN, TYPED, allow, bare, when

HARD = sorted((Path(__file__).parents[2] / "hard" / "compare").glob("*.jsonl"))
DECOYS = [
    allow(**when(ForAnyValue__StringLike={"aws:TagKeys": f"*{a}{b}*"}))
    for a in "abcdef"
    for b in "ghijkl"
]


@pytest.mark.parametrize("path", HARD, ids=lambda path: path.stem)
def test_what_is_hard_ends_within_its_steps(path: Path):
    pair = json.loads(path.read_text())
    for one, other in (("new", "reference"), ("reference", "new")):
        steps = Steps(200_000)
        new, old = (Standing.of(parse(json.dumps(pair[name]))) for name in (one, other))
        for found in excesses(new, old, TYPED, steps):
            assert isinstance(found, Excess | Undecided)
        assert steps.total_taken < 300_000  # the last step of a branch may be a long one


def test_a_decoy_that_takes_all_its_steps_hides_no_other_statement(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(compare, "Steps", lambda: Steps(100_000))
    old = bare(
        *(
            allow(**when(ForAllValues__StringLike={"aws:TagKeys": f"*{a}*{b}*"}))
            for a in "mnop"
            for b in "qrst"
        )
    )
    for statements in (
        [*DECOYS, allow("s3:DeleteObject")],
        [allow("s3:DeleteObject"), *DECOYS],
    ):
        found = list(excesses(bare(*statements), old, OPEN))
        assert "s3:DeleteObject" in {
            one.witness.action for one in found if isinstance(one, Excess)
        }


def test_what_ran_out_of_steps_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compare, "Steps", lambda: Steps(10_000))
    found = list(excesses(bare(*DECOYS), bare(*reversed(DECOYS[1:])), TYPED))
    assert found
    assert all(
        isinstance(one, Undecided) and "steps" in one.reason
        for one in found
        if not isinstance(one, Excess)
    )


@pytest.mark.parametrize("most", range(1, 2_000, 97))
def test_steps_that_are_gone_anywhere_end_in_a_doubt_and_raise_nothing(most: int):
    found = list(excesses(bare(*DECOYS), bare(*reversed(DECOYS[1:])), OPEN, Steps(most)))
    assert any(isinstance(one, Undecided) and "steps" in one.reason for one in found)


def test_a_branch_takes_no_more_than_its_share():
    steps = Steps(100)
    with pytest.raises(StepsError), steps.at_most(10):
        steps.take(11)
    assert steps.remaining == 90
    with steps.at_most(50), steps.at_most(1_000):
        assert steps.remaining == 50


def test_shared_work_is_not_taken_from_the_branch_that_asks_first():
    steps = Steps(100)
    with steps.at_most(10):
        with steps.equal_share(2):
            assert steps.remaining == 50
            steps.take(40)
        assert steps.remaining == 10
    assert steps.remaining == 60


def test_what_is_kept_is_paid_for_again_and_done_anew_where_it_could_run_short():
    kept, done = CostedResult[str](), list[int]()

    def work(steps: Steps) -> str:
        done.append(steps.remaining)
        steps.take(40)
        return "made"

    for most in (100, 90, 79, 80):
        steps = Steps(most)
        assert kept.get_or_compute(steps, partial(work, steps)) == "made"
        assert steps.total_taken == 40
    assert done == [100, 79]


@pytest.mark.parametrize("count", [5, 8], ids=["proved", "too intricate"])
def test_a_comparison_takes_as_many_steps_after_others_as_before_any(count: int):
    decoys = DECOYS[:count]
    new, old = bare(*decoys), bare(*reversed(decoys[1:]))
    regions._dimension_result.cache_clear()
    alone, again = Steps(), Steps()
    assert list(excesses(new, old, TYPED, alone)) == list(excesses(new, old, TYPED, again))
    assert alone.total_taken == again.total_taken


def test_every_budget_is_a_reason_to_be_undecided():
    assert issubclass(StepsError, BudgetError)
    assert budgets.MAX_COMPARISON_STEPS > budgets.MAX_WALK_STATES > budgets.MAX_SEARCH_NODES


@pytest.mark.parametrize("where", ["Action", "Resource", "Condition"])
def test_more_values_than_can_be_compared_are_undecided_before_anything_is_made_of_them(
    where: str,
):
    listed = [
        f"{'arn:aws:s3:::' if where == 'Resource' else 's3:'}{number}*"
        for number in range(budgets.MAX_LISTED_VALUES)
    ]
    said = (
        {"Condition": {"StringLike": {"aws:username": listed}}}
        if where == "Condition"
        else {where: listed}
    )
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **said}
    new = Standing.of(parse(json.dumps({"Version": "2012-10-17", "Statement": statement})))
    steps = Steps()
    (found,) = excesses(new, bare(allow("s3:PutObject")), TYPED, steps)
    assert isinstance(found, Undecided)
    assert found.reason.startswith("values: ")
    assert not steps.total_taken


PATTERNS = ("*", *(f"s3:*{letter}*" for letter in "abcdef"))


def names_within(search: SampleNames, budget: int) -> tuple[list[str], int, bool]:
    """The names that a search gives within a budget, the steps that it took, and whether it came to the end."""
    steps, names = Steps(budget), list[str]()
    try:
        names.extend(search.sample_names(steps))
    except StepsError:
        return names, steps.total_taken, False
    return names, steps.total_taken, True


@pytest.mark.parametrize("budget", [1, 100, 1_000])
def test_a_search_of_names_that_ran_out_of_steps_is_not_begun_again_with_as_few(
    budget: int, monkeypatch: pytest.MonkeyPatch
):
    texts = (AN_ACTION, *map(_pattern_text, PATTERNS))
    search = SampleNames(texts)
    names, taken, is_whole = names_within(search, budget)
    assert not is_whole
    assert taken == budget
    with monkeypatch.context() as patched:
        patched.setattr(
            "coffeeshop.policy.comparison.action_classes.Automaton",
            lambda *_: pytest.fail("begun again"),
        )
        assert names_within(search, budget) == (names, budget, False)
        assert names_within(search, budget // 2)[1:] == (budget // 2, False)
    whole = names_within(SampleNames(texts), 10_000_000)
    assert whole[2]
    assert whole[0][: len(names)] == names
    assert names_within(search, 10_000_000) == whole == names_within(search, 10_000_000)
