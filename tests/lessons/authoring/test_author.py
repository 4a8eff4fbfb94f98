"""What `author check` asserts: a scenario that is right passes, and each way of being wrong is told by its own assertion."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.authoring.ablations import (
    mutants_without_grant,
    mutants_without_line,
    solution_without_optional_lines,
)
from coffeeshop.lessons.authoring.assertions import checks, hints, stars, story
from coffeeshop.lessons.authoring.assertions.stars import CALL_LIMIT
from coffeeshop.lessons.authoring.assertions.story import missing_prerequisites
from coffeeshop.lessons.authoring.author import ALL_ASSERTIONS, Assertion, check
from coffeeshop.lessons.grading import trial as grading
from coffeeshop.lessons.model import Practice, Scenario
from coffeeshop.lessons.play.spoilers import solutions
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE
from coffeeshop.policy.model import Undecided
from tests.lessons.folder import (
    ALL,
    FILES,
    ID,
    RECEIPTS,
    SCENARIO,
    folder,
    played,
    policy,
    put,
    scenario,
)

WRONG = 'script = "wrong/shred-too.sh"\nstars = 0\nfindings = ["leak:shred@casey"]'
LIST = "aws iam list-users\n"
RIGHT = FILES["solution.sh"]
RUNG = "file://policies/right.json"
QUIZ = SCENARIO[SCENARIO.index("[[quiz]]") : SCENARIO.index("[[wrong]]")]
JOB = f'covers = "{ALL}"\nsay = "Casey can open any receipt"'
DELETE = (
    'do = "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json"'
)
SHRED = 'id = "shred"\nas = "casey"\n' + DELETE


def faults(
    below: Path, files: Mapping[str, str] = FILES, **replaced: tuple[str, str]
) -> list[str]:
    return [str(problem) for problem in check(scenario(folder(below, files, **replaced)))]


def name(row: Assertion) -> str:
    return f"{row.faults.__module__.rpartition('.')[2]}.{row.faults.__name__}"


def group(row: str) -> str:
    """Which module of assertions one is in."""
    return row.partition(".")[0]


def failing(lesson: Scenario, groups: Collection[str]) -> dict[str, str]:
    """What each assertion of these groups that does not hold says."""
    asked = {name(row): row for row in ALL_ASSERTIONS if group(name(row)) in groups}
    found = {each: "\n".join(map(str, row.faults(lesson))) for each, row in asked.items()}
    return {each: said for each, said in found.items() if said}


def test_a_scenario_that_proves_itself_has_no_faults(tmp_path: Path):
    assert faults(tmp_path) == []


def test_the_assertions_are_sentences_of_their_own():
    says = [row.say for row in ALL_ASSERTIONS]
    assert len(set(says)) == len(says)


@dataclass(frozen=True)
class Fault:
    """A folder made to break one assertion; `also` are others that cannot hold then either.

    Its own group of assertions is asked; every one there is, where `also` reaches into another group.
    """

    row: str
    said: str
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    change: tuple[str, str] = ("", "")
    also: frozenset[str] = frozenset()


def added(text: str) -> tuple[str, str]:
    """A table more in scenario.toml."""
    return ("[[practice]]", f"{text}\n\n[[practice]]")


def rung(text: str) -> tuple[str, str]:
    return (f'"{RUNG}"', f'"{text}"')


def diagnosis(*cases: str) -> dict[str, str]:
    """The small scenario as a diagnosis, with these lines of a case each."""
    tables = "".join(
        f'[[case]]\nid = "case-{number}"\n{lines}\nsay = "Casey asks for help."\n\n'
        for number, lines in enumerate(cases)
    )
    text = FILES[SCENARIO_FILE].replace("objective =", 'form = "diagnosis"\nobjective =')
    return {SCENARIO_FILE: text.replace("[[practice]]", f"{tables}[[practice]]")}


READS = """as = "casey"
do = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json out.json\""""
SHREDS = """as = "casey"
do = "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json\""""
LISTS = """as = "casey"
do = "aws iam list-users"
shows = "record\""""
HIRES = """as = "ada"
do = "aws iam create-user --user-name lee"
shows = "record\""""
ABSENT = """as = "root"
do = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/9999.json out.json\""""


FAULTS: dict[str, Fault] = {
    # ---------------------------------------------------------------- cases
    "a case is decided by no policy": Fault(
        "cases.cases_have_causes", "scenario.toml, case case-0: the case has no cause at the start of the play",
        files=diagnosis(ABSENT), also=frozenset({"cases.solutions_solve_cases"}),
    ),
    "two cases have one cause": Fault(
        "cases.cases_have_causes", "scenario.toml, case case-1: the case has the same cause as the case case-0",
        files=diagnosis(READS, READS),
    ),
    "a record tells an event that the history doesn't have": Fault(
        "cases.records_are_true", "scenario.toml, case case-0: that principal didn't call ListUsers",
        files=diagnosis(LISTS), also=frozenset({"cases.solutions_solve_cases"}),
    ),
    "a record tells that something was deleted which is still there": Fault(
        "cases.records_are_true", "scenario.toml, case case-0: the record is about DeleteObject",
        files=diagnosis(f'{SHREDS}\nshows = "record"'.replace("casey", "ada")), also=frozenset({"cases.solutions_solve_cases"}),
    ),
    "a record tells that something was created which isn't there": Fault(
        "cases.records_are_true", "scenario.toml, case case-0: the record is about CreateUser, but what it creates doesn't exist",
        files=diagnosis(HIRES), also=frozenset({"cases.solutions_solve_cases"}),
    ),
    "a solution leaves a case": Fault(
        "cases.solutions_solve_cases", "solution.sh: the solution doesn't solve the case case-0",
        files=diagnosis(SHREDS),
    ),
    # ---------------------------------------------------------------- story
    "two checks say the same": Fault(
        "story.sentences_are_distinct", "scenario.toml: two checks have the sentence “Casey can open any receipt”; give each check its own sentence",
        change=("Casey shreds a receipt", "Casey can open any receipt"),
    ),
    "a sentence is long": Fault(
        "story.sentences_are_distinct", "isn't a plain, short sentence; use fewer than 90 characters",
        change=('say = "Casey shreds a receipt"', f'say = "{"x" * 90}"'),
    ),
    "a sentence is stilted": Fault(
        "story.sentences_are_distinct", "isn't a plain, short sentence", change=("Casey shreds a receipt", "Casey must be able to shred"),
    ),
    "a sentence hides what is covered": Fault(
        "story.sentences_are_distinct", "“Casey opens a receipt” doesn't say that the check covers more than one call; use the word any, all, every or each",
        change=("Casey can open any receipt", "Casey opens a receipt"),
    ),
    "the opening is long": Fault(
        "story.opening_is_short", "scenario.toml, story: the opening has 31 words; use at most 30, and leave the rest to the brief",
        change=("[story]\n", f'[story]\nopening = "{"word " * 30}word."\n'),
    ),
    "the opening has many sentences": Fault(
        "story.opening_is_short", "scenario.toml, story: the opening has 3 sentences; use at most 2, and leave the rest to the brief",
        change=("[story]\n", '[story]\nopening = "Casey waits. She is refused. Let her in."\n'),
    ),
    "the story is silent about a thing": Fault(
        "story.story_names_everything", "scenario.toml, story: the brief doesn't mention 2026/03/0412.json, which read@casey uses; mention it in the story",
        change=(", such as 2026/03/0412.json, and", " and"),
    ),
    "the story has a word that only begins so": Fault(
        "story.story_names_everything", "the brief doesn't mention coffeeshop-receipts, which read@casey uses",
        change=("any receipt in coffeeshop-receipts,", "any receipt in coffeeshop-receipts-2025,"),
    ),
    "no one tells the length of time": Fault(
        "story.story_names_everything", "the brief doesn't mention 3 days, which read@casey uses", change=(JOB, f'at = "+3d"\n{JOB}'),
    ),
    "a number is told of something else": Fault(
        "story.story_names_everything", "the brief doesn't mention 3 days, which read@casey uses",
        change=(JOB, f'at = "+3d"\n{JOB.replace("any receipt", "any of 3 receipts, or three")}'),
    ),
    "no one tells the hour": Fault(
        "story.story_names_everything", "the brief doesn't mention 09:10, which read@casey uses",
        change=(JOB, f'at = "2026-03-03T09:10:00Z"\n{JOB}'),
    ),
    "no one tells what a request comes with": Fault(
        "story.story_names_everything", "the brief doesn't mention 203.0.113.9, which shred@casey uses",
        change=(DELETE, 'request = { action = "s3:DeleteObject", resource = "arn:aws:s3:::coffeeshop-receipts/2026/03/0412.json", context = { "aws:SourceIp" = "203.0.113.9" } }'),
    ),
    "a question has no answer": Fault(
        "story.questions_are_sound", "scenario.toml, quiz: .*can't be decided: there is no user sam; ask about a request that policies decide",
        change=('[[quiz]]\nas = "casey"', '[[quiz]]\nas = "sam"'),
    ),
    "a question is asked twice": Fault(
        "story.questions_are_sound", "is asked 2 times; ask each question once", change=(QUIZ, QUIZ + QUIZ),
    ),
    "the answer is always the same": Fault(
        "story.questions_are_sound", "all 2 questions have the answer implicitDeny; add a question with a different answer",
        change=(QUIZ, QUIZ + QUIZ.replace("get-object", "delete-object").replace(" out.json", "")),
    ),
    "a misconception is carried by nothing": Fault(
        "story.misconceptions_exist", "no wrong answer has the misconception M16; give it to a wrong answer",
        change=('misconceptions = ["M03"]', 'misconceptions = ["M03", "M16"]'),
    ),
    # -------------------------------------------------------------- stars
    "a line in a refusal cannot be read": Fault(
        "stars.check_lines_are_readable", "a line in shred@casey cannot be read: .*gone.txt.*write a line that runs in the solved shop",
        change=(DELETE, 'do = "aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0412.json --body gone.txt"'),
        also=frozenset({"checks.every_refusal_can_fail", "checks.administrator_access_earns_no_star", "stars.wrong_answers_earn_as_declared"}),
    ),
    "AWS does not know a value": Fault(
        "stars.calls_fit_aws", "wrong/tonight.sh: AWS doesn't accept this ListPolicies call: .*enum value set",
        {"wrong/tonight.sh": FILES["wrong/tonight.sh"] + "aws iam list-policies --scope Some\n"},
    ),
    "a check's line has a value that AWS does not know": Fault(
        "stars.calls_fit_aws", "scenario.toml, shred@casey: AWS doesn't accept this ListPolicies call",
        change=(DELETE, 'do = ["aws iam list-policies --scope Some"]'),
        also=frozenset({"stars.solutions_earn_everything", "stars.solution_is_minimal", "stars.wrong_answers_earn_as_declared"}),
    ),
    "nothing is wrong at the start": Fault(
        "stars.untouched_world_earns_nothing", r"world.sh: without any act, the scenario earns 3 stars and [\d.]+ points; add something that is wrong at the start",
        {"world.sh": FILES["world.sh"] + RIGHT},
        also=frozenset({"stars.solution_is_minimal"}),
    ),
    "the solution falls short": Fault(
        "stars.solutions_earn_everything", r"solution.sh: it earns 1 stars and [\d.]+ points \(excess:casey\); a solution must earn 3 stars and 100 points",
        {"solution.sh": put(policy("s3:GetObject", "s3:PutObject"))}, also=frozenset({"stars.solution_is_minimal", "hints.last_hints_solve"}),
    ),
    "the solution is refused something": Fault(
        "stars.solutions_earn_everything", "solution.sh: a call is refused: .*cannot be found.*; change the solution so that it runs without errors",
        {"solution.sh": f"{RIGHT}#@ optional: it fails\naws iam delete-user --user-name nobody\n"},
    ),
    "the solution cannot be read": Fault(
        "stars.solutions_earn_everything", "line 2, column 1, solution.sh", {"solution.sh": RIGHT + "coffee\n"},
        also=frozenset({"checks.every_rule_can_fail"}),
    ),
    "another solution falls short": Fault(
        "stars.solutions_earn_everything", "alt/group.sh: it earns 2 stars", {"alt/group.sh": put(policy("s3:GetObjec?"))},
    ),
    "a line of the solution is idle": Fault(
        "stars.solution_is_minimal", r"solution.sh: the solution keeps its stars even if line 2 is removed \(aws iam list-users\); remove it, or write `#@ optional: why` above",
        {"solution.sh": RIGHT + LIST},
    ),
    "an Allow of the solution is idle": Fault(
        "stars.solution_is_minimal", r"solution.sh: the solution keeps its stars even if Tonight is removed from receipts \(user casey\); remove it",
        {"solution.sh": put(policy("s3:GetObject")[:-2] + f', {{"Sid": "Tonight", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "{RECEIPTS}/2026/03/0412.json"}}]}}')},
        also=frozenset({"hints.last_hints_solve"}),
    ),
    "what is optional is needed": Fault(
        "stars.solution_is_minimal", "solution.sh: the solution loses a star without its optional lines; mark only lines as optional that aren't needed",
        {"solution.sh": f"#@ optional: I think\n{RIGHT}"},
    ),
    "there are two wrong answers": Fault(
        "stars.wrong_answers_earn_as_declared", "scenario.toml: there are only 2 wrong answers; add at least 3 tempting ones", change=(f"[[wrong]]\n{WRONG}\n\n", ""),
    ),
    "a wrong answer earns other findings": Fault(
        "stars.wrong_answers_earn_as_declared", "wrong/shred-too.sh: it earns 0 stars and leak:shred@casey, but 0 stars and excess:casey",
        change=(WRONG, WRONG.replace("leak:shred@casey", "excess:casey")),
    ),
    "a wrong answer earns other stars": Fault(
        "stars.wrong_answers_earn_as_declared", "it earns 0 stars and leak:shred@casey, but 1", change=(WRONG, WRONG.replace("stars = 0", "stars = 1")),
    ),
    "a wrong answer is right": Fault(
        "stars.wrong_answers_earn_as_declared", "wrong/shred-too.sh: it earns 3 stars and no finding, but 0", {"wrong/shred-too.sh": RIGHT},
    ),
    "a wrong answer is long": Fault(
        "stars.wrong_answers_earn_as_declared", f"wrong/shred-too.sh: it makes {CALL_LIMIT} calls; use fewer than {CALL_LIMIT}",
        {"wrong/shred-too.sh": FILES["wrong/shred-too.sh"] + LIST * (CALL_LIMIT - 1)},
    ),
    "a wrong answer cannot be read": Fault(
        "stars.wrong_answers_earn_as_declared", "line 1, column 1, wrong/shred-too.sh", {"wrong/shred-too.sh": "tea\n"},
    ),
    "two wrong answers are told the same": Fault(
        "stars.wrong_answers_earn_as_declared", "wrong/too.sh: the learner reads the same text as for wrong/shred-too.sh; remove one of them, or give it a different mistake",
        {"wrong/too.sh": LIST + FILES["wrong/shred-too.sh"]},
        (f"[[wrong]]\n{WRONG}", f"[[wrong]]\n{WRONG}\n\n[[wrong]]\n{WRONG.replace('shred-too', 'too')}"),
    ),
    # -------------------------------------------------------------- checks
    "everything for everyone earns a star": Fault(
        "checks.administrator_access_earns_no_star", "scenario.toml: AdministratorAccess for everyone earns 1 stars; add a refusal that it breaks",
        change=(f'[[refuse]]\n{SHRED}\nsay = "Casey shreds a receipt"\n', ""), also=frozenset({"stars.wrong_answers_earn_as_declared"}),
    ),
    "a refusal always holds": Fault(
        "checks.every_refusal_can_fail", "scenario.toml: “Sam shreds a receipt” is always refused: .*; remove it, or add a wrong answer that breaks it",
        change=added(f'[[refuse]]\n{SHRED.replace("casey", "sam").replace("shred", "sams")}\nsay = "Sam shreds a receipt"'),
        files={"scenario.toml": SCENARIO.replace("and shreds none.", "and shreds none. Nor does sam.")},
    ),
    "a rule is always kept": Fault(
        "checks.every_rule_can_fail", "scenario.toml, practice: the world at the start, the wrong answers and the mutants all keep the rule no-dead-principals; remove it",
        change=added('[[practice]]\nrule = "no-dead-principals"'),
    ),
    "a refusal is slack": Fault(
        "checks.refusals_deny_nothing_needed", "scenario.toml: “Casey shreds a receipt” refuses a request that a job needs or that the slack permits; narrow",
        change=added(f'[slack]\nmore = {{ as = "casey", action = "s3:DeleteObject", resource = "{ALL}" }}'),
    ),
    "slack says nothing": Fault(
        "checks.refusals_deny_nothing_needed", "scenario.toml, slack: the jobs already need everything in more; remove it",
        change=added(f'[slack]\nmore = {{ as = "casey", action = "s3:GetObject", resource = "{RECEIPTS}/2026/*" }}'),
    ),
    "a job's own call is outside its bounds": Fault(
        "checks.jobs_fit_their_bounds", "scenario.toml, job read: the job's own call doesn't meet this condition in `within`: Bool aws:MultiFactorAuthPresent; add",
        change=(
            f'covers = "{ALL}"',
            f'covers = "{ALL}"\nwithin = {{ resource = "{ALL}", condition = {{ Bool = {{ "aws:MultiFactorAuthPresent" = "true" }} }} }}',
        ),
    ),
    # -------------------------------------------------------------- the heading
    "a chapter that there is not": Fault(
        "story.chapter_exists", "scenario.toml, chapter: there is no chapter 99; use 1 to 11, or 0 for no chapter",
        change=("chapter = 2", "chapter = 99"),
    ),
    "a belief that no one knows": Fault(
        "story.misconceptions_exist", "scenario.toml, misconceptions: there is no misconception called M99; choose one that docs/misconceptions.md lists, from M01 to M",
        change=('misconceptions = ["M03"]', 'misconceptions = ["M03", "M99"]'),
    ),
    # -------------------------------------------------------------- hints
    "a ladder is short": Fault(
        "hints.findings_have_three_hints", r"the finding job-denied:read@casey:resource has 2 hints; write three",
        change=('"An object\'s ARN goes on after the bucket\'s.", ', ""),
    ),
    "a ladder that no wrong answer reads is short": Fault(
        "hints.findings_have_three_hints", r"the finding excess:\*, reach:\* has 1 hints; write three",
        change=("[[tell]]", '[[hint]]\non = ["excess:*", "reach:*"]\ntext = ["Narrow it."]\n\n[[tell]]'),
    ),
    "the first rung tells too much": Fault(
        "hints.findings_have_three_hints", "the first hint for job-denied:read@casey:resource contains policy text; ask a question",
        change=("What is a receipt, the drawer or a thing in it?", "Is it arn:aws:s3:::x?"),
    ),
    "the first rung names the action": Fault(
        "hints.findings_have_three_hints", "the first hint for job-denied:read@casey:resource contains policy text",
        change=("What is a receipt, the drawer or a thing in it?", "What does s3:GetObject act on?"),
    ),
    "the last rung is another document": Fault(
        "hints.last_hints_solve", "scenario.toml, hint: the last hint for job-denied:read@casey:resource, policies/other.json, doesn't fix the answer wrong/the-drawer.sh",
        {"policies/other.json": policy("s3:GetObject", on=f"{RECEIPTS}/2026/*")}, rung("file://policies/other.json"),
    ),
    "the last rung is a script that does not help": Fault(
        "hints.last_hints_solve", "the last hint for job-denied:read@casey:resource, fragments/look.sh, doesn't fix",
        {"fragments/look.sh": LIST}, rung("file://fragments/look.sh"),
    ),
}  # fmt: skip


GROUPS = {group(name(row)) for row in ALL_ASSERTIONS}


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_is_told_by_its_assertion_and_no_other_with_file_and_mend(
    tmp_path: Path, case: str
):
    fault = FAULTS[case]
    own = {group(row) for row in (fault.row, *fault.also)}
    found = failing(
        scenario(folder(tmp_path, {**FILES, **fault.files}, change=fault.change)),
        own if len(own) == 1 else GROUPS,
    )
    assert re.search(fault.said, found.get(fault.row, "")), found
    assert found.keys() - {fault.row} == fault.also, found


# Tested below, in test_variant, in test_lesson, in test_drawn, in test_examples.
ELSEWHERE = {
    "harmless.additions_cost_nothing",
    "stars.world_is_reproducible",
    "stars.neighbours_can_be_swapped",
    "checks.denying_all_earns_nothing",
    "checks.answers_are_decided",
    "variants.unequal_variants",
    "teaching.lesson_computes",
    "teaching.lesson_is_short",
    "teaching.skills_exist",
    "teaching.terms_are_explained",
    "teaching.solution_words_are_introduced",
    "examples.needs_are_refuted",
    "examples.examples_have_uses",
    "examples.wrong_answers_fit",
    "examples.marks_are_sound",
    "faults.drawn_sets_are_sound",
}


def test_what_is_advised_first_stands_on_the_shelf(tmp_path: Path):
    lesson = scenario(
        folder(
            tmp_path,
            change=("misconceptions", f'after = ["05-receipts", "{ID}"]\nmisconceptions'),
        )
    )
    said = [
        str(problem)
        for problem in missing_prerequisites(lesson, {"05-receipts-drawer", ID})
    ]
    assert said == [
        "scenario.toml, after: there is no scenario called 05-receipts; did you mean 05-receipts-drawer?",
        "scenario.toml, after: the scenario names itself as one to play earlier; write the whole id of another scenario, such as 05-receipts-drawer",
    ]


def test_a_scenario_of_the_course_needs_an_opening_and_others_do_not(tmp_path: Path):
    of_course = replace(load(find("05")), situation="")
    (said,) = map(str, story.opening_is_short(of_course))
    assert said.startswith("scenario.toml, story: the story has no opening; write opening")
    assert not [*story.opening_is_short(scenario(folder(tmp_path)))]


def test_every_assertion_can_fail():
    assert {fault.row for fault in FAULTS.values()} | ELSEWHERE == set(
        map(name, ALL_ASSERTIONS)
    )


# ----------------------------------------------------------- what needs more than a folder
@cache
def bundled(id: str) -> Scenario:
    found = find(id)
    return scenario(found)


def test_a_world_that_runs_to_another_account_is_told(tmp_path: Path):
    lesson = scenario(folder(tmp_path))
    other = replace(
        lesson, opening=replace(lesson.opening, groups=lesson.opening.groups.drop("admins"))
    )
    assert list(map(str, stars.world_is_reproducible(lesson))) == []
    assert [str(fault) for fault in stars.world_is_reproducible(other)] == [
        "world.sh: the script gave two different accounts when it ran twice; please report this, because it is a bug in Coffeeshop"
    ]


def test_a_verdict_that_hangs_on_the_order_of_independent_lines_is_told():
    """Root hires Casey, then gives Ada her phone: the other way round, root works when Ada could."""
    root = bundled("02-the-first-administrator").solution.partition("# As Ada")[0]
    phone = "aws iam create-virtual-mfa-device --virtual-mfa-device-name ada --outfile a.png --bootstrap-method QRCodePNG\n"
    enable = "aws iam enable-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada --authentication-code1 @phone --authentication-code2 @phone+1\n"
    hire = "aws iam create-user --user-name robin\naws iam create-user --user-name casey\n"
    lesson = replace(
        bundled("02-the-first-administrator"), solution=f"{root}{phone}{hire}{enable}"
    )
    assert list(map(str, stars.solutions_earn_everything(lesson))) == []
    assert [str(fault) for fault in stars.neighbours_can_be_swapped(lesson)] == [
        "solution.sh: if line 10 and the next one are swapped, it earns 2 stars (practice:root-unused); remove checks "
        "that depend on their order, or make one line need the other"
    ]


def test_denying_everything_must_earn_nothing(tmp_path: Path):
    jobless = (
        SCENARIO[: SCENARIO.index("[[job]]")] + SCENARIO[SCENARIO.index("[[refuse]]") :]
    )
    shredding = put(policy("s3:DeleteObject"), name="shred")
    lesson = scenario(
        folder(
            tmp_path,
            {**FILES, "scenario.toml": jobless, "world.sh": FILES["world.sh"] + shredding},
        )
    )
    (fault,) = map(str, checks.denying_all_earns_nothing(lesson))
    assert re.fullmatch(
        r"scenario.toml: denying everything earns [\d.]+ points; add a job that it breaks",
        fault,
    )


def lost(*_: object, **__: object) -> tuple[Undecided, ...]:
    return (Undecided("more than 10000 regions"),)


def test_what_an_answer_allows_must_be_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lesson = scenario(folder(tmp_path))
    assert list(map(str, checks.answers_are_decided(lesson))) == []
    monkeypatch.setattr(grading.Trial, "find_excesses", lost)
    # Another title makes another scenario, so nothing that was judged before is remembered.
    another = scenario(folder(tmp_path, change=('title = "', 'title = "Another ')))
    assert (
        "solution.sh: the grade can't decide what this answer allows: more than 10000 regions; use simpler policies"
        in [str(fault) for fault in checks.answers_are_decided(another)]
    )


def test_what_a_rule_goes_by_is_told_too(tmp_path: Path):
    rule = Practice("mfa-required", {"who": ["mina"]})
    lesson = replace(scenario(folder(tmp_path)), practice=(rule,))
    assert [str(fault) for fault in story.story_names_everything(lesson)] == [
        "scenario.toml, story: the brief doesn't mention mina, which the rule mfa-required uses; mention it in the story"
    ]


# ------------------------------------------------------------------- what is not a fault
def test_what_is_optional_may_be_left_out(tmp_path: Path):
    assert (
        faults(tmp_path, {**FILES, "solution.sh": f"{RIGHT}#@ optional: to look\n{LIST}"})
        == []
    )


def test_the_clock_of_a_solution_stays_when_a_line_is_left_out(tmp_path: Path):
    lesson = scenario(folder(tmp_path))
    script = f"#@ +2h\n{RIGHT}#@ optional: to look\n{LIST}#@ +1h\n{LIST}"
    plays = {
        mutant.note.partition(" is ")[0]: mutant.play
        for mutant in mutants_without_line(lesson, script)
    }
    assert {
        line: [(act.at - lesson.now) // timedelta(minutes=1) for act in play.acts]
        for line, play in plays.items()
    } == {
        "line 2": [120, 181],
        "line 6": [120, 121],
    }
    assert (
        solution_without_optional_lines(replace(lesson, solution=script))
        == f"#@ +2h\n{RIGHT}#@ +1h\n{LIST}".strip()
    )


def test_what_a_solution_brought_is_taken_from_it_and_nothing_else():
    notes = [
        mutant.note
        for mutant in mutants_without_grant(
            played(
                bundled("02-the-first-administrator"),
                bundled("02-the-first-administrator").solution,
            )
        )
    ]
    assert notes == [
        "AdministratorAccess isn't attached to Admins",
        "ada is not in Admins",
    ]
    moved = played(bundled("11-casey-moves"), bundled("11-casey-moves").solution)
    assert [mutant.note for mutant in mutants_without_grant(moved)] == [
        "casey is not in InventorySpecialists"
    ]
    made = played(bundled("05-receipts-drawer"), bundled("05-receipts-drawer").solution)
    assert [mutant.note for mutant in mutants_without_grant(made)] == [
        "Receipts is removed from arn:aws:iam::111122223333:policy/Receipts (policy Receipts)",
        "Receipts isn't attached to casey",
    ]


def test_a_quiet_refusal_may_name_what_the_story_hides(tmp_path: Path):
    hidden = FILES["scenario.toml"].replace(', and shreds none. The bucket', '. The bucket').replace(
        'id = "shred"\nas = "casey"', 'id = "shred"\nquiet = true\nas = "casey"').replace(
        "delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json", "delete-object --bucket coffeeshop-receipts --key voided/0398.json")  # fmt: skip
    assert faults(tmp_path, {**FILES, "scenario.toml": hidden}) == []


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("+3d", "in three days"),
        ("+3d", "after 3 days"),
        ("+1d", "tomorrow"),
        ("+1d", "within a day"),
        ("+7h59m", "8 hours"),
        ("+8h", "in her eight-hour shift"),
    ],
)
def test_a_length_of_time_may_be_told_in_digits_or_words(
    tmp_path: Path, at: str, told: str
):
    changed = SCENARIO.replace(
        "Casey can open any receipt in", f"Casey opens, {told}, any receipt in"
    )
    lesson = scenario(
        folder(
            tmp_path,
            {**FILES, "scenario.toml": changed},
            change=(JOB, f'at = "{at}"\n{JOB}'),
        )
    )
    assert list(map(str, story.story_names_everything(lesson))) == []


@pytest.mark.parametrize(
    "rung",
    [
        policy("s3:________", on="arn:aws:s3:::________/*"),
        put(policy("s3:GetObject")),
    ],
    ids=["blanks", "lines to run"],
)
def test_a_last_rung_may_have_blanks_or_be_a_script(tmp_path: Path, rung: str):
    files = {**FILES, "help.txt": rung}
    lesson = scenario(folder(tmp_path, files, change=(f'"{RUNG}"', '"file://help.txt"')))
    assert list(map(str, hints.last_hints_solve(lesson))) == []


def test_a_last_rung_answers_the_finding_it_stands_for_where_several_stand(tmp_path: Path):
    """Casey opens the drawer, not what is in it, and lists it too: the rung mends the first of two."""
    both = put(policy("s3:GetObject", on=RECEIPTS)) + put(
        policy("s3:DeleteObject"), name="shred"
    )
    findings = (
        'findings = ["job-denied:read@casey:resource"]',
        'findings = ["job-denied:read@casey:resource", "leak:shred@casey"]',
    )
    lesson = scenario(
        folder(tmp_path, {**FILES, "wrong/the-drawer.sh": both}, change=findings)
    )
    assert list(map(str, hints.last_hints_solve(lesson))) == []
    assert list(map(str, stars.wrong_answers_earn_as_declared(lesson))) == []


def test_full_solutions_are_the_reference_and_those_below_alt(tmp_path: Path):
    found = solutions(
        scenario(folder(tmp_path, {**FILES, "alt/put.sh": put(policy("s3:GetObject"))}))
    )
    assert [*found] == ["solution.sh", "alt/put.sh"]


def test_a_scenario_that_judges_nobody_is_not_asked_what_everybody_could_do(tmp_path: Path):
    ruleless = SCENARIO.replace('[[practice]]\nrule = "no-wildcard-action"\n', "")
    nobody = ('graded = ["casey"]', "graded = []")
    assert faults(tmp_path, {**FILES, "scenario.toml": ruleless}, change=nobody) == []


def test_whoever_is_to_be_hired_is_hired_with_a_badge_to_try_what_everybody_could_do():
    """In the first administrator's shop only what really exists counts, and Casey is not there yet."""
    assert (
        list(map(str, checks.every_refusal_can_fail(bundled("02-the-first-administrator"))))
        == []
    )


def test_a_script_that_no_wrong_answer_names_is_told(tmp_path: Path):
    root = folder(tmp_path, {**FILES, "wrong/left-over.sh": "aws iam list-users\n"})
    told = [str(problem) for problem in check(scenario(root))]
    assert told == [
        "wrong/left-over.sh: no [[wrong]] names this script; "
        'add [[wrong]] with script = "wrong/left-over.sh", or delete the file'
    ]


def test_a_question_about_a_password_alone_of_a_user_with_a_device_is_told():
    lesson = bundled("20")
    (quiz,) = lesson.quizzes
    assert not [*story.questions_are_sound(lesson)]
    impossible = replace(quiz, want=replace(quiz.want, who="casey"))
    (said,) = map(str, story.questions_are_sound(replace(lesson, quizzes=(impossible,))))
    assert "casey has an MFA device, so the sign-in needs its code" in said
