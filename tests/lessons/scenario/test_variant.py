"""Variants: a seed gives every text other names, consistently, and changes nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from coffeeshop.lessons.authoring.assertions.attempts import Answers, answers
from coffeeshop.lessons.authoring.assertions.variants import (
    VARIANT_SEEDS,
    answer_verdicts,
    unequal_variants,
    verdict_in_names,
)
from coffeeshop.lessons.authoring.author import check
from coffeeshop.lessons.grading.canaries import draw_canaries
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.report_json import report_json
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.handin import HandIn, handin_text, read_handin, replay_handin
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.play.save_schema import SAVE_VERSION
from coffeeshop.lessons.play.variants import LAST_VARIANT, variant_block
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load, texts_of
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, ScenarioForm, read_form
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.lessons.scenario.variant import (
    WORD_PATTERN,
    Renaming,
    draw_renaming,
    find_rename_problems,
    rename_all,
    renamed_form,
    seed_of,
)
from tests.examples import examples, some
from tests.lessons.folder import (
    FILES,
    ID,
    SCENARIO,
    folder,
    graded,
    keys,
    played,
    problems,
    put,
    refused,
    scenario,
)
from tests.lessons.saves import turn_back
from tests.tables import each_row

COURSE = some(folders(), 5, lambda root: root.name)
NAMES = 'casey = "people", coffeeshop-receipts = "buckets", "0412" = "ids", "111122223333" = "accounts"'
TABLE = f"\n[variant]\nrename = {{ {NAMES} }}\n"
VARIED = {**FILES, SCENARIO_FILE: SCENARIO + TABLE}
seeds = st.integers(1, LAST_VARIANT)
LAW = examples(4)


def varied(root: Path, seed: int) -> Scenario:
    return load(root, seed)


@cache
def small() -> Path:
    return folder(Path(mkdtemp()), VARIED)


@cache
def as_written(root: Path) -> tuple[ScenarioForm, Scenario]:
    lesson = scenario(root)
    return read_form(lesson.files[SCENARIO_FILE].decode()), lesson


@cache
def judged(root: Path):
    return answer_verdicts(answers(as_written(root)[1]))


def new_names(root: Path, seed: int) -> Renaming:
    form, lesson = as_written(root)
    return draw_renaming(
        form.variant.rename, course_shop().pools, seed, texts_of(form, lesson.files)
    )


def drawn(root: Path, seed: int) -> dict[str, str]:
    new = new_names(root, seed)
    return {name: new(name) for name in as_written(root)[0].variant.rename}


def words(texts: list[str]) -> set[str]:
    return {word.lower() for text in texts for word in WORD_PATTERN.findall(text)}


# ----------------------------------------------------------------------- names
@pytest.mark.parametrize("root", COURSE, ids=lambda root: root.name)
def test_seed_0_is_the_text_as_it_is_written(root: Path):
    lesson = scenario(root)
    assert lesson.variant == 0
    written = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }
    for name, body in written.items():
        if b"#@ solution" not in body:  # which stands for the solution's lines
            assert lesson.files[name] == body
    tokens = {f"tokens/{name}" for name in lesson.opening.workloads}
    assert lesson.files.keys() == written.keys() | tokens
    assert lesson.edition == lesson.digest


@LAW
@given(st.sampled_from(COURSE), seeds)
def test_the_same_seed_gives_the_same_text(root: Path, seed: int):
    one, two = varied(root, seed), varied(root, seed)
    assert (one.files, one.story, one.opening, one.wants) == (
        two.files,
        two.story,
        two.opening,
        two.wants,
    )


@LAW
@given(st.sampled_from([*COURSE, small()]), seeds)
def test_no_new_name_is_a_word_of_the_scenario_or_drawn_twice(root: Path, seed: int):
    form, lesson = as_written(root)
    names = drawn(root, seed)
    assert len({name.lower() for name in names.values()}) == len(names)
    assert not words(texts_of(form, lesson.files)) & {
        name.lower() for name in names.values()
    }
    assert all(
        name in course_shop().pools[form.variant.rename[old]] for old, name in names.items()
    )


@LAW
@given(st.sampled_from([*COURSE, small()]), seeds)
def test_no_old_name_is_left_in_any_text(root: Path, seed: int):
    lesson, names = varied(root, seed), drawn(root, seed)
    old = {*names, *(name.capitalize() for name in names if name.islower())}
    texts = [
        *(body.decode(errors="replace") for body in lesson.files.values()),
        lesson.story,
        lesson.title,
        lesson.solution,
    ]
    assert (
        not {
            word for text in (*texts, *lesson.files) for word in WORD_PATTERN.findall(text)
        }
        & old
    )
    assert not {user.name for user in lesson.opening.users.values()} & old
    assert lesson.opening.id not in old


@LAW
@given(st.sampled_from(COURSE), seeds)
def test_what_was_renamed_can_be_named_back(root: Path, seed: int):
    new, names = new_names(root, seed), drawn(root, seed)
    back = {other: name for name, other in names.items()}
    back |= {
        other.capitalize(): name.capitalize()
        for other, name in back.items()
        if name.islower()
    }
    for text in texts_of(*_parts(root)):
        assert WORD_PATTERN.sub(lambda word: back.get(word[0], word[0]), new(text)) == text


def _parts(root: Path):
    form, lesson = as_written(root)
    return form, lesson.files


@LAW
@given(st.integers(1, 300))
def test_from_one_seed_to_the_next_nearly_every_name_is_another(seed: int):
    before, after = drawn(small(), seed), drawn(small(), seed + 1)
    assert sum(before[name] != after[name] for name in before) >= 3


def test_letter_case_is_kept_and_only_whole_words_are_names():
    new = draw_renaming(
        {"casey": "people", "Baristas": "groups"},
        course_shop().pools,
        7,
        ["casey Baristas"],
    )
    other, team = new("casey"), new("Baristas")
    assert new("Casey's cap, casey@console, user/casey, casey.png") == (
        f"{other.capitalize()}'s cap, {other}@console, user/{other}, {other}.png"
    )
    assert (
        new("badge-casey caseys casey2 _casey baristas CASEY")
        == "badge-casey caseys casey2 _casey baristas CASEY"
    )
    assert new("the Baristas") == f"the {team}"


def test_a_form_is_renamed_in_its_texts_its_lists_and_its_free_tables():
    toml = (
        SCENARIO.replace(
            "[people]\n",
            '[people]\noutside = { casey = "account/444455556666/role/casey" }\n',
        )
        + TABLE
    )
    toml = toml.replace(
        'rule = "no-wildcard-action"',
        'rule = "no-wildcard-action"\nwho = ["casey"]\ndays = 3',
    )
    form = read_form(toml)
    new = draw_renaming(form.variant.rename, course_shop().pools, 3, [toml])
    other, said = new("casey"), renamed_form(form, new)
    assert said.people.graded == (other,)
    assert said.people.outside == {other: f"account/444455556666/role/{other}"}
    assert said.practice[0] == {"rule": "no-wildcard-action", "who": [other], "days": 3}
    assert said.hint[0].on == (f"job-denied:read@{other}:*",)
    assert (said.id, said.after, said.variant, said.chapter) == (
        form.id,
        form.after,
        form.variant,
        form.chapter,
    )
    assert rename_all(form, str) == form


def test_a_name_of_which_nothing_is_said_keeps_the_desk_that_goes_without_saying(
    tmp_path: Path,
):
    lesson = varied(
        folder(
            tmp_path,
            {
                **FILES,
                SCENARIO_FILE: f'{SCENARIO}\n[variant]\nrename = {{ ada = "people" }}\n',
            },
        ),
        5,
    )
    assert lesson.desk == (f"{lesson.people.admins[0]}@console",)
    assert lesson.people.admins != ("ada",)
    assert grade(played(lesson, lesson.solution)).stars == 3


def test_files_are_renamed_by_path_too_and_what_is_no_text_stays_as_it_is(tmp_path: Path):
    root = folder(tmp_path, {**VARIED, "policies/casey.json": '{"for": "casey"}'})
    (root / "photo.bin").write_bytes(b"\xff\xfecasey")
    lesson = varied(root, 4)
    other = lesson.people.graded[0]
    assert lesson.files[f"policies/{other}.json"] == f'{{"for": "{other}"}}'.encode()
    assert lesson.files["photo.bin"] == b"\xff\xfecasey"
    assert lesson.digest == scenario(root).digest


@each_row((pool,) for pool in course_shop().pools)
def test_a_pool_holds_names_that_aws_takes_and_that_no_other_pool_holds(pool: str):
    shape = {
        "buckets": r"coffeeshop-[a-z]+",
        "accounts": r"\d{12}",
        "ids": r"\d{4}",
        "people": "[a-z]+",
        "branches": "[a-z]+",
    }
    assert all(
        re.fullmatch(shape.get(pool, "[A-Z][a-z]+"), name)
        for name in course_shop().pools[pool]
    )
    others = {
        name.lower()
        for kind, names in course_shop().pools.items()
        if kind != pool
        for name in names
    }
    mine = [name.lower() for name in course_shop().pools[pool]]
    assert len(set(mine)) == len(mine) >= 16
    assert not others & set(mine)


# -------------------------------------------------------------------- the law
@pytest.mark.slow
@examples(10)
@given(st.sampled_from([*COURSE, small()]), seeds)
@example(small(), LAST_VARIANT)
def test_a_variant_changes_names_and_nothing_else(root: Path, seed: int):
    """Stars, points and every word of every finding, of the untouched world and of every answer."""
    new, other = new_names(root, seed), answer_verdicts(Answers(varied(root, seed)))
    assert other == {
        new(name): verdict_in_names(verdict, new) for name, verdict in judged(root).items()
    }
    assert any(findings for _, _, findings in other.values())


@LAW
@given(seeds, seeds)
def test_an_answer_in_the_names_of_another_variant_earns_nothing(seed: int, another: int):
    assume(drawn(small(), seed)["casey"] != drawn(small(), another)["casey"])
    theirs = varied(small(), another).solution
    assert theirs != varied(small(), seed).solution
    assert grade(played(varied(small(), seed), theirs)).stars == 0


def test_canaries_are_drawn_by_the_variant_too():
    one, two = Play(varied(small(), 1)), Play(varied(small(), 2))
    assert draw_canaries(one) == draw_canaries(Play(varied(small(), 1)))
    assert draw_canaries(one)["newcomer"] != draw_canaries(two)["newcomer"]


def test_who_comes_to_a_proof_is_called_the_same_in_every_play_of_it_and_in_no_other():
    proved = [replace(varied(small(), seed), in_proof=True) for seed in (1, 2)]
    one, two = (draw_canaries(played(lesson, lesson.solution)) for lesson in proved)
    assert one == two == draw_canaries(Play(proved[0]))
    assert one["newcomer"] != draw_canaries(Play(varied(small(), 1)))["newcomer"]


@pytest.mark.slow
@LAW
@given(st.sampled_from([*COURSE, small()]))
def test_an_answer_earns_in_a_proof_what_it_earns_a_learner(root: Path):
    proved = replace(load(root), in_proof=True)
    assert answer_verdicts(Answers(proved)) == judged(root)


# ------------------------------------------------------------------- bad names
BAD: dict[str, tuple[str, str, str]] = {
    "a pool that is none": (
        'casey = "peple"',
        "there is no pool `peple` for `casey`",
        "did you mean people?",
    ),
    "a pool like no other": (
        'casey = "xyzzy"',
        "there is no pool `xyzzy`",
        "choose one of: people, groups, roles",
    ),
    "a name that no text has": (
        'kasey = "people"',
        "has the word `kasey`",
        "did you mean casey?",
    ),
    "a name in other letters": (
        'CASEY = "people"',
        "has the word `CASEY`",
        "did you mean casey?",
    ),
    "a name like no other": (
        'xyzzy = "people"',
        "has the word `xyzzy`",
        "write the whole word",
    ),
    "no whole word": (
        '"a drawer" = "people"',
        "has the word `a drawer`",
        "did you mean drawer?",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_rename_is_told_with_its_place_its_value_and_its_mend(
    tmp_path: Path, name: str
):
    rename, said, mend = BAD[name]
    found = problems(
        folder(
            tmp_path,
            {**FILES, SCENARIO_FILE: f"{SCENARIO}\n[variant]\nrename = {{ {rename} }}\n"},
        )
    )
    assert len(found) == 1
    assert found[0].startswith("scenario.toml, variant.rename: ")
    assert said in found[0]
    assert mend in found[0]


def test_more_names_than_a_pool_has_are_told():
    many = [f"word{n}" for n in range(30)]
    found = [
        *find_rename_problems(
            dict.fromkeys(many, "groups"),
            course_shop().pools,
            0,
            [" ".join([*many, *many, "Oak", "oak"])],
        )
    ]
    assert [(problem.code, problem.text) for problem in found] == [
        (
            "small-pool",
            "30 names need a new one from the pool groups, and it has only 19 that the scenario doesn't use",
        )
    ]


def test_a_scenario_that_renames_nothing_has_no_variant(tmp_path: Path):
    found = refused(load, folder(tmp_path), 3)
    assert [str(problem) for problem in found] == [
        "scenario.toml, variant.rename: there is no variant 3, since the scenario has no names to replace; "
        "leave --variant out, or list names under rename in [variant]"
    ]
    assert not scenario(tmp_path / ID).varies
    assert scenario(small()).varies


@pytest.mark.parametrize(
    ("typed", "seed"), [("0", 0), ("17", 17), (str(LAST_VARIANT), LAST_VARIANT)]
)
def test_a_seed_is_a_whole_number(typed: str, seed: int):
    assert seed_of(typed) == seed


@each_row(
    (typed,)
    for typed in ["-1", "x", "", "1.5", "٣", "1_0", " 1", str(LAST_VARIANT + 1), "9" * 5000]
)
def test_anything_else_is_no_seed(typed: str):
    assert seed_of(typed) is None


# ---------------------------------------------------------------- author check
@pytest.mark.slow
def test_a_name_that_carries_the_lesson_is_told_by_author_check(tmp_path: Path):
    """Two buckets that begin alike: once one is renamed, the pattern of an answer no longer takes in both."""
    wrong = put(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-re*/*"}}'
    )
    toml = SCENARIO.replace(
        '[[wrong]]\nscript = "wrong/tonight.sh"\nstars = 0\nfindings = ["job-narrow:read@casey"]',
        '[[wrong]]\nscript = "wrong/star.sh"\nstars = 1\nfindings = ["excess:casey"]',
    )
    root = folder(tmp_path, {**FILES, SCENARIO_FILE: toml + TABLE, "wrong/star.sh": wrong})
    assert (
        next(iter(answer_verdicts(answers(scenario(root)))["wrong/star.sh"][2]))[0]
        == "excess:casey"
    )
    said = [
        text
        for text in map(str, check(scenario(root)))
        if text.startswith("wrong/star.sh: in variant")
    ]
    assert len(said) == len(VARIANT_SEEDS)
    assert all(
        re.match(
            r"wrong/star.sh: in variant \d+ it earns 0 stars, 0 points and job-denied:read@\w+:resource, but otherwise 1 stars, "
            r"[\d.]+ points and excess:\w+; remove the name that matters here from `rename`",
            problem,
        )
        for problem in said
    ), said[0]


def test_a_variant_that_does_not_load_is_told_by_author_check(tmp_path: Path):
    root = folder(
        tmp_path,
        {
            **FILES,
            SCENARIO_FILE: f'{SCENARIO}\n[variant]\nrename = {{ create-user = "people" }}\n',
        },
    )
    found = [*unequal_variants(scenario(root))]
    assert len(found) == len(VARIANT_SEEDS)
    assert found[0].text.startswith("variant 1 can't be loaded: ")


def test_answers_of_many_calls_are_played_in_fewer_variants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("coffeeshop.lessons.authoring.assertions.variants.MAX_CALLS", 1)
    root = folder(
        tmp_path,
        {
            **FILES,
            SCENARIO_FILE: f'{SCENARIO}\n[variant]\nrename = {{ create-user = "people" }}\n',
        },
    )
    assert len([*unequal_variants(scenario(root))]) == 5


@pytest.mark.slow
def test_an_answer_that_cannot_be_read_is_compared_by_what_is_said_of_it(tmp_path: Path):
    root = folder(
        tmp_path, {**VARIED, "wrong/tonight.sh": "aws iam frobnicate --user-name casey\n"}
    )
    assert answer_verdicts(answers(scenario(root)))["wrong/tonight.sh"][:2] == (0, 0.0)
    assert [*unequal_variants(scenario(root))] == []


def test_ids_that_aws_draws_in_another_account_are_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "coffeeshop.lessons.authoring.assertions.variants.VARIANT_SEEDS", range(1, 3)
    )
    toml = SCENARIO.replace("no-wildcard-action", "root-no-keys") + TABLE
    root = folder(
        tmp_path,
        {
            **FILES,
            SCENARIO_FILE: toml,
            "world.sh": f"{FILES['world.sh']}aws iam create-access-key\n",
        },
    )
    ((told, *_),) = answer_verdicts(answers(scenario(root)))["solution.sh"][2]
    assert told == "practice:root-no-keys"
    assert [*unequal_variants(scenario(root))] == []


# --------------------------------------------------------------------- hand-in
def handed(play: Play) -> HandIn:
    return read_handin(handin_text(play).encode())


def test_a_hand_in_of_a_variant_says_so_and_is_graded_in_it():
    lesson = varied(small(), 3)
    handin = handed(played(lesson, lesson.solution))
    assert handin.header.variant == 3
    again = replay_handin(lesson, handin)
    report = report_json(again, grade(again))
    assert (report.variant, report.stars, report.scenario.digest) == (
        3,
        3,
        scenario(small()).digest,
    )


def test_a_hand_in_of_another_variant_cannot_be_graded():
    lesson = varied(small(), 3)
    found = refused(
        replay_handin, varied(small(), 4), handed(played(lesson, lesson.solution))
    )
    assert [str(problem) for problem in found] == [
        "line 1: it was played in variant 3, not in 4; play the one that was asked for: --variant 4"
    ]


@pytest.mark.parametrize(
    "value", ["-1", '"3"', "1.5", "null", "[]", str(LAST_VARIANT + 1), "1" * 400]
)
def test_a_hand_in_whose_variant_is_no_seed_cannot_be_read(value: str):
    text = handin_text(played(scenario(small()), FILES["solution.sh"])).replace(
        '"variant":0', f'"variant":{value}'
    )
    found = refused(read_handin, text.encode())
    assert [(problem.code, problem.place.line) for problem in found] == [
        ("not-a-handin", 1)
    ]
    assert found[0].mend


def test_a_hand_in_from_before_there_were_variants_is_of_the_text_as_written():
    text = handin_text(played(scenario(small()), FILES["solution.sh"])).replace(
        ',"variant":0', ""
    )
    found = read_handin(text.encode())
    assert found.header.variant == 0
    assert len(replay_handin(scenario(small()), found).acts) == 1


# -------------------------------------------------------------------- progress
@pytest.fixture
def progress(tmp_path: Path) -> Iterator[Progress]:
    with closing(Progress(save_path(tmp_path / "data", "ana"))) as found:
        yield found


def reopen(progress: Progress, seed: int | None = None) -> Scenario:
    return load(small(), progress.variant if seed is None else seed)


def next_variant(progress: Progress, lesson: Scenario) -> int:
    return progress.fresh_variant(lesson.id, lesson.digest, lesson.variant)


def test_each_variant_is_a_play_of_its_own_and_the_last_one_goes_on(progress: Progress):
    assert reopen(progress).variant == 0
    for seed in (0, 3, 12):
        lesson = varied(small(), seed)
        assert progress.keep(played(lesson, lesson.solution)) is None
        assert reopen(progress).variant == seed
    assert reopen(progress, 3).variant == 3
    assert {len(progress.resume(varied(small(), seed)).acts) for seed in (0, 3, 12)} == {1}
    assert progress.resume(varied(small(), 4)).acts == ()
    assert progress.act_counts() == {ID: 1}
    assert progress.keep(progress.resume(varied(small(), 3)).undo()) is None
    assert reopen(progress).variant == 3


def test_what_was_done_in_a_variant_that_was_left_is_not_told_of_the_one_that_goes_on(
    progress: Progress,
):
    lesson = scenario(small())
    assert progress.keep(played(lesson, lesson.solution)) is None
    progress.restart(varied(small(), 3))
    assert reopen(progress).variant == 3
    assert progress.act_counts() == {}


def test_what_cannot_be_opened_in_any_variant_is_told(progress: Progress, tmp_path: Path):
    assert refused(load, tmp_path, progress.variant)[0].code == "unreadable"


def test_once_the_solution_was_shown_stars_come_from_the_next_variant(progress: Progress):
    from datetime import UTC, datetime

    lesson, at = scenario(small()), datetime(2026, 3, 2, tzinfo=UTC)
    assert next_variant(progress, lesson) == 0
    assert progress.mark_solution_shown(lesson) is None
    assert progress.mark_solution_shown(varied(small(), 1)) is None
    problem = progress.record_result(lesson, graded(lesson, lesson.solution), at)
    assert problem is not None
    assert (problem.code, progress.best_results()) == ("shown", {})
    progress.restart(lesson)
    assert next_variant(progress, lesson) == 2
    fresh = varied(small(), 2)
    assert progress.record_result(fresh, graded(fresh, fresh.solution), at) is None
    assert progress.best_results()[ID].stars == 3


def test_who_saw_the_solution_begins_where_nothing_was_done_or_written_yet(
    progress: Progress,
):
    begun, written_in = varied(small(), 1), varied(small(), 2)
    assert progress.keep(played(begun, begun.solution)) is None
    assert progress.write_draft(written_in, "mine.json", "{}") is None
    for seed in (0, LAST_VARIANT):
        assert progress.mark_solution_shown(varied(small(), seed)) is None
        assert next_variant(progress, varied(small(), seed)) == 3
    assert progress.mark_solution_shown(varied(small(), 7)) is None
    assert next_variant(progress, varied(small(), 7)) == 8
    assert next_variant(progress, begun) == 1


@pytest.mark.parametrize(
    ("own", "shown", "begun"),
    [
        (
            variant_block(3000),
            3999,
            3000,
        ),  # behind the last the first, not the next learner's
        (variant_block(3000), 7, 3000 + 8),  # whose the one was that somebody typed
        (variant_block(LAST_VARIANT - 5), LAST_VARIANT, LAST_VARIANT - 5),
        (range(3000, 3001), 3000, 3000),  # where there is no other, the same
    ],
)
def test_who_saw_the_solution_begins_again_in_a_variant_of_their_own(
    tmp_path: Path, own: range, shown: int, begun: int
):
    with closing(Progress(save_path(tmp_path, "ana"), own)) as progress:
        assert progress.mark_solution_shown(varied(small(), shown)) is None
        assert next_variant(progress, varied(small(), shown)) == begun


def test_where_all_of_ones_own_variants_were_shown_the_last_one_begins_again(
    tmp_path: Path,
):
    with closing(Progress(save_path(tmp_path, "ana"), range(3000, 3003))) as progress:
        for seed in progress.own:
            assert progress.mark_solution_shown(varied(small(), seed)) is None
        assert next_variant(progress, varied(small(), 3001)) == 3001


def test_where_no_other_variant_is_a_shown_solution_takes_no_stars(
    progress: Progress, tmp_path: Path
):
    lesson = scenario(folder(tmp_path))
    assert progress.mark_solution_shown(lesson) is None
    assert next_variant(progress, lesson) == 0
    assert progress._rows("SELECT * FROM shown") == []


def test_an_earlier_save_is_opened_with_all_that_it_holds(tmp_path: Path):
    import sqlite3

    path, lesson = save_path(tmp_path, "ana"), scenario(small())
    with closing(Progress(path)) as progress:
        play = played(lesson, lesson.solution)
        assert progress.keep(play) is None
    with closing(sqlite3.connect(path)) as db:
        turn_back(db, 1)
    with closing(Progress(path)) as progress:
        assert progress.problem is None
        assert progress.resume(lesson).acts == play.acts
        assert progress.mark_solution_shown(lesson) is None
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (SAVE_VERSION,)


def test_the_small_one_is_itself_in_other_names():
    lesson = varied(small(), 1)
    assert keys(graded(lesson)) == [new_names(small(), 1)("job-denied:read@casey:none")]
    assert (
        msgspec.structs.asdict(as_written(small())[0].variant)["rename"]["casey"]
        == "people"
    )
