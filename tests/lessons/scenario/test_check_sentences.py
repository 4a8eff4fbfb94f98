"""The sentence of a refusal is what must be refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.scenario.check_sentences import negation_problems
from coffeeshop.lessons.scenario.growth import read_growth
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Problems
from coffeeshop.shop.mark import Mode
from tests.lessons.folder import folder

NEGATED = (
    "Casey does not shred a receipt", "{Who} doesn't shred a receipt", "Casey doesn’t shred", "Nobody shreds a receipt",
    "Casey shreds no receipt", "Casey shreds nothing", "Casey no longer shreds", "Casey can't shred", "Casey cannot shred",
    "Casey never shreds", "Casey is denied a receipt", "Anyone who only knows the address does not open a recipe",
    "No one shreds a receipt", "Casey fails to shred a receipt", "No access key acts as root",
)  # fmt: skip
PLAIN = (
    "Casey shreds a receipt", "Sam, with no code, lists the receipts", "Casey shreds a receipt that nobody voided",
    "Somebody who isn't hired lists the receipts", "Casey notes a receipt", "Mina attaches a policy to Sam, who has no boundary",
)  # fmt: skip


@pytest.mark.parametrize("say", NEGATED)
def test_the_loader_tells_an_author_who_negates_what_must_be_refused(
    say: str, tmp_path: Path
):
    root = folder(tmp_path, change=("Casey shreds a receipt", say))
    with pytest.raises(Problems) as raised:
        load(root)
    (problem,) = raised.value.problems
    assert str(problem).startswith(
        f"scenario.toml, refuse shred: `say`: “{say}” has the negation “"
    )
    assert 'say what must be refused: "Casey lists the payroll"' in str(problem)


@pytest.mark.parametrize("say", PLAIN)
def test_a_sentence_without_a_negation_of_its_own_is_taken(say: str):
    assert not [*negation_problems("scenario.toml, refuse shred", say)]


def test_a_growing_shop_has_no_negated_refusal_either():
    hiring = '[hiring]\nfirst = 2\nevery = 2\nmost = 1\nlike = ["casey"]\n'
    row = '[[refuse]]\nid = "x"\nas = ["casey"]\ndo = "aws iam list-users"\nsay = "{Who} lists nobody"\n'
    with pytest.raises(
        Problems, match=r"growth\.toml, refuse x: `say`: “\{Who\} lists nobody”"
    ):
        read_growth({"growth.toml": (hiring + row).encode()})


def test_the_check_of_a_refusal_says_that_it_must_be_refused(tmp_path: Path):
    wants = load(folder(tmp_path)).wants
    assert [want.demand for want in wants if want.mode is Mode.NEVER] == [
        "Must be refused: Casey shreds a receipt"
    ]
    assert all(want.demand == want.say for want in wants if want.mode is Mode.MUST)
