"""Load a scenario's folder and replay its world, or raise all of its problems at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.instants import FIRST_INSTANT
from coffeeshop.account.model import Account
from coffeeshop.lessons.model import (
    Advice,
    Named,
    People,
    Practice,
    Quiz,
    Scenario,
    Wrong,
)
from coffeeshop.lessons.play.script import parse_clock
from coffeeshop.lessons.scenario.check_names import (
    NAMED_KINDS,
    absence_problems,
    story_names,
    unknown_name_problems,
)
from coffeeshop.lessons.scenario.check_terms import (
    ineffective_part_problems,
    unknown_person_problems,
)
from coffeeshop.lessons.scenario.check_texts import unreadable_text_problems
from coffeeshop.lessons.scenario.check_wants import misfit_problems
from coffeeshop.lessons.scenario.drawn import (
    asks_for_faults,
    draw_faults,
    fault_library,
    with_faults,
)
from coffeeshop.lessons.scenario.find import scenario_form
from coffeeshop.lessons.scenario.folder_files import files_below, readable, text_of
from coffeeshop.lessons.scenario.schema import (
    SCENARIO_FILE,
    Cast,
    HintForm,
    ScenarioForm,
    read_form,
)
from coffeeshop.lessons.scenario.shop import SHOP_FILE, shop_of, shop_script
from coffeeshop.lessons.scenario.solution_but import asks_for_solution, with_solution
from coffeeshop.lessons.scenario.variant import (
    Renaming,
    draw_renaming,
    find_rename_problems,
    renamed_form,
)
from coffeeshop.lessons.scenario.wants import (
    as_values,
    case_of,
    slack_of,
    want_of_question,
    wants_of,
)
from coffeeshop.lessons.scenario.world import World, at_the_desk, world_of
from coffeeshop.policy.model import Level, Place, Problem, Problems, Values
from coffeeshop.shop.model import Owner, Shop
from coffeeshop.shop.want import Want

# From a scenario's id and digest to the variant to load.
VariantChoice: TypeAlias = Callable[[str, str], int]
ANSWER_SCRIPT = "answer/script.sh"  # stands for a script from outside while it is read as a file of the folder


def load(folder: Path, variant: int | VariantChoice = 0) -> Scenario:
    """Return the scenario of a folder. Raise Problems with all errors of its form, its references and its world.

    `variant` is the seed of its names (0: the names as written), or a function that chooses it where there
    are several.
    """
    return build_scenario(*_read_variant(folder, variant))


def story_of_variant(folder: Path, variant: int | VariantChoice) -> str:
    """Return the story of a scenario with the names of a variant, without replaying its world. Raise Problems."""
    return _story(_word_variant(*_read_variant(folder, variant)).form)


def read_answer(folder: Path, variant: int, script: str, name: str) -> str:
    """Return a script with the lines that its directives `#@ solution` and `#@ mends` insert, with the names of the
    variant.

    A script without them is returned unchanged. Raise Problems of the inserted lines, with `name` as their
    place. A pack has no solution, so it raises Problems too.
    """
    if not (asks_for_solution(script) or asks_for_faults(script)):
        return script
    form, scenario, files, _ = _read_variant(folder, variant)
    if form.pack:
        message = "it asks for the solution, and a pack doesn't contain it"
        raise Problems(
            Problem(
                Level.ERROR,
                "no-solution",
                Place(name),
                message,
                "write the lines of the solution themselves",
            )
        )
    try:
        worded = _word_variant(
            form, scenario, {**files, ANSWER_SCRIPT: script.encode()}, variant
        )
    except Problems as found:
        raise Problems(
            *(_problem_of_file(problem, name) for problem in found.problems)
        ) from None
    return text_of(worded.files[ANSWER_SCRIPT])


def _problem_of_file(problem: Problem, name: str) -> Problem:
    """Return a problem of ANSWER_SCRIPT as one of the file `name`."""
    if problem.place.path != ANSWER_SCRIPT:
        return problem
    return dataclasses.replace(problem, place=dataclasses.replace(problem.place, path=name))


def _read_variant(
    folder: Path, variant: int | VariantChoice
) -> tuple[ScenarioForm, str, dict[str, bytes], int]:
    """Return the form of a folder, its name, its files, and the chosen variant. Raise Problems."""
    form = scenario_form(folder)
    # The form of an imported account lists its users.
    if form.world.details:
        account = {SCENARIO_FILE, form.world.details, form.world.report}
    else:
        account = set[str]()
    files = files_below(folder, account)
    if not isinstance(variant, int):
        if _has_variants(form, files):
            variant = variant(form.id, _scenario_digest(form, files))
        else:
            variant = 0
    return form, folder.resolve().name, files, variant


def _has_variants(form: ScenarioForm, files: Mapping[str, bytes]) -> bool:
    """Return whether the scenario has more than one variant."""
    return bool(form.variant.rename or (form.faults and fault_library(files)))


class _VariantTexts(Struct, frozen=True):
    """A scenario's texts with the faults and names of a variant.

    `lines` are those of the shop's script, `owner` the account's, and `now` the start of the play. `source`
    has the files before faults were drawn, and is empty where none were.
    """

    form: ScenarioForm
    files: Mapping[str, bytes]
    lines: str
    owner: Owner
    now: datetime
    shop: Shop
    source: Mapping[str, bytes]


def _word_variant(
    form: ScenarioForm, name: str, files: Mapping[str, bytes], variant: int
) -> _VariantTexts:
    """Draw the faults and names of a variant, and put them into every text of the scenario. Raise Problems."""
    source = files
    faults = fault_library(files) if form.faults else ()
    if form.faults and faults:  # without a library the faults are already in the files
        files = with_faults(files, draw_faults(faults, form.faults.draw, variant))
        form = read_form(text_of(files[SCENARIO_FILE]))
    files = with_solution(files, form.solution.script)
    shop = shop_of(files)
    texts = texts_of(form, files)
    rename = form.variant.rename
    named = 0 if faults else variant  # a variant with drawn faults doesn't need other names
    problems = (
        *unknown_name_problems(form, name, files),
        *find_rename_problems(rename, shop.pools, named, texts),
    )
    current_time = parse_clock(form.world.now, FIRST_INSTANT)
    if problems or current_time is None:
        raise Problems(*problems)
    new = draw_renaming(rename, shop.pools, variant, texts)
    files = {
        new(path): body if path == SHOP_FILE else _rename_text(body, new)
        for path, body in files.items()
    }
    owner = replace(shop.account, id=new(shop.account.id))
    return _VariantTexts(
        renamed_form(form, new),
        files,
        new(texts[0]),
        owner,
        current_time,
        shop,
        source if faults else {},
    )


def build_scenario(
    form: ScenarioForm, name: str, files: Mapping[str, bytes], variant: int
) -> Scenario:
    """Return the scenario of a folder `name` from its form and files. Raise Problems."""
    digest = _scenario_digest(form, files)
    worded = _word_variant(form, name, files, variant)
    form = worded.form
    files = {**worded.files, **_token_files(form)}
    current_time = worded.now
    world = world_of(form, current_time, worded.lines, worded.owner, files)
    account = world.account
    checked = (
        # Someone who is unknown comes first: checks and findings that name them don't exist either.
        *unknown_person_problems(form, account),
        *absence_problems(form, account),
        *unreadable_text_problems(form, account, files),
        *misfit_problems(form, account, files, current_time),
    )
    if unknown := (*checked, *ineffective_part_problems(form, account, current_time)):
        raise Problems(*unknown)
    account, desk = at_the_desk(account, form, current_time)
    wants = tuple(wants_of(form, account, files))
    parts = _Parts(
        current_time,
        world,
        account,
        desk,
        wants,
        files,
        digest,
        variant,
        worded.shop,
        worded.source,
    )
    return _make_scenario(form, parts)


def _token_files(form: ScenarioForm) -> dict[str, bytes]:
    """Return a file for each workload. Its token depends on the time, so the file refers to it."""
    return {f"tokens/{name}": f"@token:{name}".encode() for name in form.workload}


def without_renaming(scenario: Scenario) -> Scenario:
    """Return a scenario with the faults of its variant, but the names as written."""
    asked_faults = read_form(text_of(scenario.source[SCENARIO_FILE])).faults
    if asked_faults:
        faults = draw_faults(
            fault_library(scenario.source), asked_faults.draw, scenario.variant
        )
    else:
        faults = ()
    files = with_faults(scenario.source, faults)
    return build_scenario(read_form(text_of(files[SCENARIO_FILE])), scenario.id, files, 0)


def texts_of(form: ScenarioForm, files: Mapping[str, bytes]) -> list[str]:
    """Return all texts of a scenario: the shop's script, and every file of text.

    SHOP_FILE is left out because it has the names to draw from, and ANSWER_SCRIPT because it must not change the draw.
    """
    if form.world.shop and not form.world.details:
        shop = shop_script()
    else:
        shop = ""
    return [
        shop,
        *filter(
            None,
            (
                readable(body)
                for name, body in files.items()
                if name not in (SHOP_FILE, ANSWER_SCRIPT)
            ),
        ),
    ]


def _practice_of_row(row: Mapping[str, Any]) -> Practice:
    return Practice(
        row["rule"], {name: value for name, value in row.items() if name != "rule"}
    )


def _distinct_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield each row once, because two faults can break one practice rule."""
    seen = list[Mapping[str, Any]]()
    for row in rows:
        if row not in seen:
            seen.append(row)
            yield row


def _hint_advice(hint: HintForm, files: Mapping[str, bytes]) -> Advice:
    """Return a hint's advice, with the texts of its files."""
    return Advice(hint.on, tuple(_hint_text(text, files) for text in hint.text))


class _Parts(Struct, frozen=True):
    """The parts of a scenario that are not in its form."""

    now: datetime
    world: World
    account: Account
    desk: Values
    wants: tuple[Want, ...]
    files: Mapping[str, bytes]
    digest: str
    variant: int
    shop: Shop
    source: Mapping[str, bytes]


def _story(form: ScenarioForm) -> str:
    """Return the story's text, followed by the drawn faults' rumours."""
    return "\n\n".join((form.story.text.strip(), *(row.text for row in form.rumour)))


def _names_of_story(form: ScenarioForm) -> Named:
    """Return the names in the story and its rumours, and the sources of the jobs'
    permissions."""
    givers = (name for job in form.job for name in as_values(job.by))
    parts = [name.partition("/") for name in (*story_names(form), *givers)]
    by_kind = {
        field: tuple(dict.fromkeys(name for kind, _, name in parts if kind == noun))
        for noun, field in NAMED_KINDS.items()
    }
    return Named(**by_kind)


def _people_of_cast(cast: Cast) -> People:
    return People(cast.graded, cast.admins, cast.bystanders, cast.machines)


def _make_scenario(form: ScenarioForm, parts: _Parts) -> Scenario:
    """Return the scenario of a form, from its parts: the world, the wants, and the files."""
    return Scenario(
        id=form.id,
        title=form.title,
        chapter=form.chapter,
        article=form.article,
        objective=form.objective,
        minutes=form.minutes,
        story=_story(form),
        situation=form.story.opening.strip(),
        named=_names_of_story(form),
        debrief=form.story.debrief.strip(),
        fine_print=form.story.fine_print,
        calls=form.calls,
        now=parts.now,
        ground=parts.world.ground,
        made=parts.world.acts,
        opening=parts.account,
        desk=parts.desk,
        fixed=form.world.fixed,
        people=_people_of_cast(form.people),
        wants=parts.wants,
        slack=tuple(slack_of(form, parts.account)),
        practice=tuple(map(_practice_of_row, _distinct_rows(form.practice))),
        hints=tuple(_hint_advice(hint, parts.files) for hint in form.hint),
        tells=tuple(Advice(as_values(tell.on), (tell.text,)) for tell in form.tell),
        quizzes=tuple(
            Quiz(quiz.when, want_of_question(quiz, parts.files), quiz.why)
            for quiz in form.quiz
        ),
        solution="" if form.pack else text_of(parts.files[form.solution.script]),
        wrongs=tuple(
            Wrong(w.script, w.stars, frozenset(w.findings), w.misconception)
            for w in form.wrong
        ),
        files=parts.files,
        digest=parts.digest,
        shop=parts.shop,
        variant=parts.variant,
        varies=bool(form.variant.rename or parts.source),
        source=parts.source,
        imported=bool(form.world.details),
        misconceptions=form.misconceptions,
        after=form.after,
        cases=tuple(case_of(row, form.people, parts.files) for row in form.case),
        point=form.point,
        sensitive=form.world.sensitive,
    )


def _scenario_digest(form: ScenarioForm, files: Mapping[str, bytes]) -> str:
    """Return the hash of a scenario's files and the shop's script. A pack has that of its original."""
    if form.pack:
        return form.pack.digest
    whole = sha256(shop_script().encode())
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return whole.hexdigest()[:16]


def _rename_text(data: bytes, new: Renaming) -> bytes:
    """Return a file with the names of a variant. A file that is no text stays unchanged."""
    text = readable(data)
    return data if text is None else new(text).encode()


def _hint_text(text: str, files: Mapping[str, bytes]) -> str:
    """Return one hint: the text itself, or that of the file it names."""
    if text.startswith("file://"):
        return text_of(files[text.removeprefix("file://")])
    return text
