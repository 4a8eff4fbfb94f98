"""Plays that are alike are pointed out, with what is the same in them beyond what their scenario forces."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from coffeeshop.classroom.alike import RARE_PLAYS, Comparison, Likeness
from coffeeshop.classroom.trace import Trace, trace_of_play
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.scenario.load import load
from tests.lessons.folder import ALL, ID, VARIED, folder, played, policy, put


@cache
def lesson(variant: int = 0) -> Scenario:
    return load(root(), variant)


@cache
def root() -> Path:
    return folder(Path(mkdtemp()), VARIED)


def traced(script: str, variant: int = 0) -> Trace:
    return trace_of_play(played(lesson(variant), script), lesson())


def alike(*scripts: str, variants: tuple[int, ...] = ()) -> list[Likeness]:
    """Tells what is alike in plays of these scripts, each by a learner of their own."""
    comparison = Comparison()
    for number, script in enumerate(scripts):
        variant = variants[number] if variants else 0
        comparison.add(ID, f"learner {number}", str(number), traced(script, variant))
    return [*comparison.find_likenesses()]


OWN = put(policy("s3:GetObject", Sid="LetHerIn"), name="my-very-own")


def test_the_solution_as_it_is_written_shows_no_choice():
    assert traced(put(policy("s3:GetObject"))).choices == ()


def test_names_sids_refusals_waits_and_layouts_are_choices():
    script = (
        OWN.replace('{"', '{ "') + "#@ +30m\naws iam delete-user --user-name nobody-here\n"
    )
    said = " | ".join(traced(script).choices)
    assert "PolicyName my-very-own" in said
    assert "Sid LetHerIn" in said
    assert "a failed DeleteUser (NoSuchEntity)" in said
    assert "the layout of PolicyDocument" in said
    assert "a pause of 0:31:00 before DeleteUser" in said


def test_equal_plays_are_pointed_out_with_what_few_would_have_chosen():
    (found,) = alike(OWN, put(policy("s3:GetObject")), OWN)
    assert (found.names, found.shared_call_count, found.call_count) == (
        ("learner 0", "learner 2"),
        1,
        1,
    )
    own, layout, sid = found.choices
    assert (own, layout[:30], sid) == (
        "PolicyName my-very-own",
        "the layout of PolicyDocument (",
        "Sid LetHerIn",
    )
    said = "learner 0 and learner 2 made the same 1 call. They also made the same unusual choices in 90-a-small-one: PolicyName my-very-own; the layout of PolicyDocument; Sid LetHerIn"
    assert str(found) == said


def test_plays_that_are_equal_only_in_what_the_scenario_forces_are_no_evidence():
    forced = put(policy("s3:GetObject"))
    assert alike(*[forced] * 7) == []


def test_plays_that_share_only_what_many_of_the_class_chose_are_no_evidence():
    common = put(policy("s3:GetObject"), name="receipts")
    again = f"{common}aws iam list-users\n"
    assert alike(*[common] * 2, *[again] * 6, *[again + again] * 6) == []


def test_a_play_in_other_names_is_equal_all_the_same():
    (who,) = lesson(7).people.graded
    (found,) = alike(OWN, OWN.replace("casey", who), variants=(0, 7))
    assert found.names == ("learner 0", "learner 1")


def test_plays_that_share_what_few_chose_are_nearly_equal():
    more = "aws iam tag-user --user-name casey --tags Key=till,Value=three-and-a-half\n"
    (found,) = alike(
        OWN + more,
        put(policy("s3:PutObject"), name="first") + OWN + more,
        put(policy("s3:GetObject")) + more.replace("till", "x"),
    )
    assert (found.names, found.shared_call_count, found.call_count) == (
        ("learner 0", "learner 1"),
        2,
        3,
    )
    assert "share 2 of 3 calls" in str(found)
    assert {"PolicyName my-very-own", "Key till"} <= {*found.choices}


def test_what_many_chose_tells_nothing_of_a_few():
    others = [
        put(policy("s3:GetObject", on=f"{ALL}{n}"), name="my-very-own")
        for n in range(RARE_PLAYS + 1)
    ]
    assert alike(*others) == []


def test_what_one_learner_hands_in_twice_is_not_pointed_out():
    comparison = Comparison()
    for name in ("a", "b"):
        comparison.add(ID, name, "ana", traced(OWN))
    assert [*comparison.find_likenesses()] == []
    comparison.add(ID, "c", "bo", traced(OWN))
    (found,) = comparison.find_likenesses()
    assert found.names == ("a", "c")


def test_scenarios_are_not_compared_and_empty_plays_neither():
    comparison = Comparison()
    comparison.add("one", "a", "a", traced(OWN))
    comparison.add("two", "b", "b", traced(OWN))
    comparison.add("one", "c", "c", trace_of_play(Play(lesson()), lesson()))
    comparison.add("one", "d", "d", trace_of_play(Play(lesson()), lesson()))
    assert [*comparison.find_likenesses()] == []


def test_a_large_group_is_one_sentence():
    (found,) = alike(*[OWN] * 30)
    assert str(found).startswith(
        "learner 0, learner 1, learner 2, learner 3, learner 4, learner 5 and 24 more made the same 1 call."
    )


def test_a_choice_is_no_longer_than_somebody_reads():
    script = f"aws iam create-user --user-name u --tags Key=k,Value={'x' * 250}\n"
    assert max(map(len, traced(script).choices)) < 120
