"""Reads a scenario's folder into a Scenario, its world replayed, or tells every Problem of it at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.lessons.model import Advice, People, Practice, Quiz, Scenario, Wrong
from coffeeshop.lessons.play.script import EPOCH, clock
from coffeeshop.lessons.scenario.check_names import absences, references
from coffeeshop.lessons.scenario.check_terms import unmeant
from coffeeshop.lessons.scenario.check_texts import misread
from coffeeshop.lessons.scenario.check_wants import misfits
from coffeeshop.lessons.scenario.drawn import asks_for_faults, drawn, library, with_faults
from coffeeshop.lessons.scenario.find import scenario_form
from coffeeshop.lessons.scenario.folder_files import files_below, readable, text_of
from coffeeshop.lessons.scenario.schema import FILE, Cast, HintForm, ScenarioForm, read_form
from coffeeshop.lessons.scenario.shop import FACTS, shop_of, shop_script
from coffeeshop.lessons.scenario.solution_but import asks_for_solution, with_solution
from coffeeshop.lessons.scenario.variant import (
    Renaming,
    find_rename_problems,
    renamed_form,
    renaming,
)
from coffeeshop.lessons.scenario.wants import question, slack_of, wants_of, words
from coffeeshop.lessons.scenario.world import World, at_the_desk, world_of
from coffeeshop.policy.model import Level, Place, Problem, Problems, Values
from coffeeshop.shop.model import Owner, Shop
from coffeeshop.shop.want import Want

VariantChoice: TypeAlias = Callable[
    [str, str], int
]  # from a scenario's id and digest to the variant to load
ANSWER = "answer/script.sh"  # where a script from elsewhere lies while it is read as one of the folder's


def load(folder: Path, variant: int | VariantChoice = 0) -> Scenario:
    """Returns the scenario of a folder. `variant` is the seed of its names, from 0, the text as it is written; or chooses
    it, where there are others. Raises Problems, all of them: of its form, of what it refers to, of its world.
    """
    return build_scenario(*_read_variant(folder, variant))


def story(folder: Path, variant: int | VariantChoice) -> str:
    """Returns the story of a scenario in the names of a variant; its world is not replayed. Raises Problems."""
    return _story(_word_variant(*_read_variant(folder, variant)).form)


def read_answer(folder: Path, variant: int, script: str, name: str) -> str:
    """Return a script as if it lay in the folder of the scenario: with the lines that `#@ solution` and `#@ mends` ask for,
    in the names of the variant. A script that asks for none is returned as it is. Raises Problems: of what it asks for, with
    `name` as their place; of a pack, which has no solution.
    """
    if not (asks_for_solution(script) or asks_for_faults(script)):
        return script
    form, scenario, files, _ = _read_variant(folder, variant)
    if form.pack:
        message = "it asks for the solution, and a pack has none"
        raise Problems(
            Problem(
                Level.ERROR,
                "no-solution",
                Place(name),
                message,
                "write the lines themselves",
            )
        )
    try:
        worded = _word_variant(form, scenario, {**files, ANSWER: script.encode()}, variant)
    except Problems as found:
        raise Problems(
            *(_problem_of_file(problem, name) for problem in found.problems)
        ) from None
    return text_of(worded.files[ANSWER])


def _problem_of_file(problem: Problem, name: str) -> Problem:
    """Return a problem of ANSWER as one of the file that it was read from."""
    if problem.place.path != ANSWER:
        return problem
    return dataclasses.replace(problem, place=dataclasses.replace(problem.place, path=name))


def _read_variant(
    folder: Path, variant: int | VariantChoice
) -> tuple[ScenarioForm, str, dict[str, bytes], int]:
    """Returns the form of a folder, its name, its files, and the variant that is asked for. Raises Problems."""
    form = scenario_form(folder)
    # The form of an imported account lists its users.
    if form.world.details:
        account = {FILE, form.world.details, form.world.report}
    else:
        account = set[str]()
    files = files_below(folder, account)
    if not isinstance(variant, int):
        if _varies(form, files):
            variant = variant(form.id, _digest(form, files))
        else:
            variant = 0
    return form, folder.resolve().name, files, variant


def _varies(form: ScenarioForm, files: Mapping[str, bytes]) -> bool:
    return bool(form.variant.rename or (form.faults and library(files)))


class _Worded(Struct, frozen=True):
    """Holds what a scenario is in the faults and names of a variant: its form and files, the shop's own lines, whose account
    it is, when it begins; the shop, and the files before faults were drawn ({}: none were).
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
) -> _Worded:
    source = files
    faults = library(files) if form.faults else ()
    if form.faults and faults:  # none: they are in already
        files = with_faults(files, drawn(faults, form.faults.draw, variant))
        form = read_form(text_of(files[FILE]))
    files = with_solution(files, form.solution.script)
    shop = shop_of(files)
    texts = texts_of(form, files)
    rename = form.variant.rename
    named = 0 if faults else variant  # a variant that draws faults need not draw names
    problems = (
        *references(form, name, files),
        *find_rename_problems(rename, shop.pools, named, texts),
    )
    current_time = clock(form.world.now, EPOCH)
    if problems or current_time is None:
        raise Problems(*problems)
    new = renaming(rename, shop.pools, variant, texts)
    files = {
        new(path): body if path == FACTS else _rename_text(body, new)
        for path, body in files.items()
    }
    owner = replace(shop.account, id=new(shop.account.id))
    return _Worded(
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
    """Returns the scenario of a folder of that name, already read. Raises Problems."""
    digest = _digest(form, files)
    worded = _word_variant(form, name, files, variant)
    form = worded.form
    files = worded.files
    current_time = worded.now
    world = world_of(form, current_time, worded.lines, worded.owner, files)
    account = world.account
    checked = (
        *absences(form, account),
        *misread(form, account, files),
        *misfits(form, account, files, current_time),
    )
    if unknown := (*checked, *unmeant(form, account, current_time)):
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
    return _scenario(form, parts)


def without_renaming(scenario: Scenario) -> Scenario:
    """Returns a scenario whose faults are drawn with the faults of its variant, in names as they are written."""
    asked_faults = read_form(text_of(scenario.source[FILE])).faults
    if asked_faults:
        faults = drawn(library(scenario.source), asked_faults.draw, scenario.variant)
    else:
        faults = ()
    files = with_faults(scenario.source, faults)
    return build_scenario(read_form(text_of(files[FILE])), scenario.id, files, 0)


def texts_of(form: ScenarioForm, files: Mapping[str, bytes]) -> list[str]:
    """Returns all that a scenario says: the lines of the shop in which it plays, and every file that is text, but for the
    shop's facts, which hold the names to draw from, and for ANSWER, which must not change what is drawn.
    """
    if form.world.shop and not form.world.details:
        shop = shop_script()
    else:
        shop = ""
    return [
        shop,
        *filter(
            None,
            (readable(body) for name, body in files.items() if name not in (FACTS, ANSWER)),
        ),
    ]


def _practice(row: Mapping[str, Any]) -> Practice:
    return Practice(
        row["rule"], {name: value for name, value in row.items() if name != "rule"}
    )


def _once(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yields each row, but once: two faults may break one rule of practice."""
    seen = list[Mapping[str, Any]]()
    for row in rows:
        if row not in seen:
            seen.append(row)
            yield row


def _ladder(hint: HintForm, files: Mapping[str, bytes]) -> Advice:
    return Advice(hint.on, tuple(_rung(text, files) for text in hint.text))


class _Parts(Struct, frozen=True):
    """Holds what a scenario is made of beside its form."""

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
    return "\n\n".join((form.story.text.strip(), *(row.text for row in form.rumour)))


def _people(cast: Cast) -> People:
    return People(cast.graded, cast.admins, cast.bystanders, cast.machines)


def _scenario(form: ScenarioForm, parts: _Parts) -> Scenario:
    return Scenario(
        id=form.id,
        title=form.title,
        chapter=form.chapter,
        article=form.article,
        objective=form.objective,
        minutes=form.minutes,
        story=_story(form),
        debrief=form.story.debrief.strip(),
        fine_print=form.story.fine_print,
        calls=form.calls,
        now=parts.now,
        ground=parts.world.ground,
        made=parts.world.acts,
        opening=parts.account,
        desk=parts.desk,
        fixed=form.world.fixed,
        people=_people(form.people),
        wants=parts.wants,
        slack=tuple(slack_of(form, parts.account)),
        practice=tuple(map(_practice, _once(form.practice))),
        hints=tuple(_ladder(hint, parts.files) for hint in form.hint),
        tells=tuple(Advice(words(tell.on), (tell.text,)) for tell in form.tell),
        quizzes=tuple(
            Quiz(quiz.when, question(quiz, parts.files), quiz.why) for quiz in form.quiz
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
        sensitive=form.world.sensitive,
    )


def _digest(form: ScenarioForm, files: Mapping[str, bytes]) -> str:
    """Returns what the files sum up to, with the lines of the shop; of a pack, what its original's do."""
    if form.pack:
        return form.pack.digest
    whole = sha256(shop_script().encode())
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return whole.hexdigest()[:16]


def _rename_text(data: bytes, new: Renaming) -> bytes:
    """Returns a file with the names of its text changed; what is no text stays."""
    text = readable(data)
    return data if text is None else new(text).encode()


def _rung(text: str, files: Mapping[str, bytes]) -> str:
    if text.startswith("file://"):
        return text_of(files[text.removeprefix("file://")])
    return text
