"""Reads a scenario's folder into a Scenario, its world replayed, or tells every Problem of it at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint
from coffeeshop.account.command import lines
from coffeeshop.account.ids import opened
from coffeeshop.account.model import Account, Act, User
from coffeeshop.files import read_file
from coffeeshop.harmless import escaped_line
from coffeeshop.lessons.model import Advice, People, Practice, Quiz, Scenario, Wrong
from coffeeshop.lessons.play.script import EPOCH, MINUTE, Step, clock, furnished, placed, run_script
from coffeeshop.lessons.scenario.check_names import absences, references
from coffeeshop.lessons.scenario.check_terms import unmeant
from coffeeshop.lessons.scenario.check_texts import misread
from coffeeshop.lessons.scenario.check_wants import misfits
from coffeeshop.lessons.scenario.drawn import drawn, library, with_faults
from coffeeshop.lessons.scenario.find import scenario_form
from coffeeshop.lessons.scenario.schema import FILE, Cast, HintForm, ScenarioForm, read_form
from coffeeshop.lessons.scenario.shop import FACTS, SCRIPT, shop_of, shop_script
from coffeeshop.lessons.scenario.solution_but import with_solution
from coffeeshop.lessons.scenario.variant import Renaming, misnamed, renamed_form, renaming
from coffeeshop.lessons.scenario.wants import question, slack_of, wants_of, words
from coffeeshop.policy.model import Level, Place, Problem, Problems, Values
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.model import Owner, Shop
from coffeeshop.shop.serve import present, seat_of
from coffeeshop.shop.want import Want

DAY = timedelta(days=1)
FILE_LIMIT = 256 * 1024  # bytes of one file; the most that `file://` reads
DETAILS_LIMIT = 32 * 1024 * 1024  # bytes of what a real account brings, as its authorization details
FOLDER_LIMIT = 2 * 1024 * 1024  # bytes of a whole scenario
FILES_LIMIT = 1000  # files of one

Choice: TypeAlias = Callable[[str, str], int]  # from a scenario's id and digest to the variant to load


# ------------------------------------------------------------------- loading
def load(folder: Path, variant: int | Choice = 0) -> Scenario:
    """Returns the scenario of a folder. `variant` is the seed of its names, from 0, the text as it is written; or chooses
    it, where there are others. Raises Problems, all of them: of its form, of what it refers to, of its world.
    """
    return loaded(*_chosen(folder, variant))


def story(folder: Path, variant: int | Choice) -> str:
    """Returns the story of a scenario in the names of a variant; its world is not replayed. Raises Problems."""
    return _story(_worded(*_chosen(folder, variant)).form)


def _chosen(folder: Path, variant: int | Choice) -> tuple[ScenarioForm, str, dict[str, bytes], int]:
    """Returns the form of a folder, its name, its files, and the variant that is asked for. Raises Problems."""
    form = scenario_form(folder)
    # It lists the users.
    account = {FILE, form.world.details, form.world.report} if form.world.details else set[str]()
    files = _files(folder, account)
    if not isinstance(variant, int):
        variant = variant(form.id, _digest(form, files)) if _varies(form, files) else 0
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


def _worded(form: ScenarioForm, name: str, files: Mapping[str, bytes], variant: int) -> _Worded:
    source = files
    faults = library(files) if form.faults else ()
    if form.faults and faults:  # none: they are in already
        files = with_faults(files, drawn(faults, form.faults.draw, variant))
        form = read_form(_text(files[FILE]))
    files = with_solution(files, form.solution.script)
    shop = shop_of(files)
    texts, rename = texts_of(form, files), form.variant.rename
    named = 0 if faults else variant  # a variant that draws faults need not draw names
    problems = (*references(form, name, files), *misnamed(rename, shop.pools, named, texts))
    now = clock(form.world.now, EPOCH)
    if problems or now is None:
        raise Problems(*problems)
    new = renaming(rename, shop.pools, variant, texts)
    files = {new(path): body if path == FACTS else _renamed(body, new) for path, body in files.items()}
    owner = replace(shop.account, id=new(shop.account.id))
    return _Worded(renamed_form(form, new), files, new(texts[0]), owner, now, shop, source if faults else {})


def loaded(form: ScenarioForm, name: str, files: Mapping[str, bytes], variant: int) -> Scenario:
    """Returns the scenario of a folder of that name, already read. Raises Problems."""
    digest, worded = _digest(form, files), _worded(form, name, files, variant)
    form, files, now = worded.form, worded.files, worded.now
    world = _world(form, now, worded.lines, worded.owner, files)
    account = world.account
    checked = (*absences(form, account), *misread(form, account, files), *misfits(form, account, files, now))
    if unknown := (*checked, *unmeant(form, account, now)):
        raise Problems(*unknown)
    account, desk = _desk(account, form, now)
    wants = tuple(wants_of(form, account, files))
    return _scenario(
        form, _Parts(now, world, account, desk, wants, files, digest, variant, worded.shop, worded.source)
    )


def unrenamed(scenario: Scenario) -> Scenario:
    """Returns a scenario whose faults are drawn with the faults of its variant, in names as they are written."""
    asked = read_form(_text(scenario.source[FILE])).faults
    faults = drawn(library(scenario.source), asked.draw, scenario.variant) if asked else ()
    files = with_faults(scenario.source, faults)
    return loaded(read_form(_text(files[FILE])), scenario.id, files, 0)


def texts_of(form: ScenarioForm, files: Mapping[str, bytes]) -> list[str]:
    """Returns all that a scenario says: the lines of the shop in which it plays, and every file that is text, but for the
    shop's facts, which hold the names to draw from.
    """
    shop = shop_script() if form.world.shop and not form.world.details else ""
    return [shop, *filter(None, (_readable(body) for name, body in files.items() if name != FACTS))]


def _practice(row: Mapping[str, Any]) -> Practice:
    return Practice(row["rule"], {name: value for name, value in row.items() if name != "rule"})


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
        quizzes=tuple(Quiz(quiz.when, question(quiz, parts.files), quiz.why) for quiz in form.quiz),
        solution="" if form.pack else _text(parts.files[form.solution.script]),
        wrongs=tuple(Wrong(w.script, w.stars, frozenset(w.findings), w.misconception) for w in form.wrong),
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


def _files(folder: Path, account: Set[str]) -> dict[str, bytes]:
    """Returns every file below the folder by its path there; `account` are those that a real account brings."""
    found: dict[str, bytes] = {}
    paths = [*islice(_below(folder), FILES_LIMIT + 1)]
    if len(paths) > FILES_LIMIT:
        raise _too_large(folder.name, f"the folder holds more than {FILES_LIMIT} files")
    room = FOLDER_LIMIT
    for path in sorted(paths):
        name = path.relative_to(folder).as_posix()
        if escaped_line(name) != name:
            said = "this name holds characters that cannot be shown"
            place = Place(escaped_line(name))
            raise Problems(Problem(Level.ERROR, "bad-name", place, said, "give the file another name"))
        limit = DETAILS_LIMIT if name in account else FILE_LIMIT
        body = _read(path, name, limit)
        room -= 0 if name in account else len(body)
        if room < 0:
            raise _too_large(folder.name, f"the folder holds more than {FOLDER_LIMIT} bytes")
        found[name] = body
    return found


def _read(path: Path, name: str, limit: int) -> bytes:
    """Returns the bytes of the file of that name below the folder. Raises Problems."""
    try:
        return read_file(path, limit)
    except Problems as found:
        (problem,) = found.problems
        if problem.code == "too-large":
            raise _too_large(name, f"this file is larger than {limit} bytes") from None
        raise Problems(
            Problem(problem.level, problem.code, Place(name), problem.text, problem.mend)
        ) from None


def _below(folder: Path) -> Iterator[Path]:
    """Yields the ordinary files below a folder, without those that are hidden; no link is followed."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(place, name)
            if not name.startswith(".") and not path.is_symlink() and path.is_file():
                yield path


def _too_large(name: str, said: str) -> Problems:
    return Problems(Problem(Level.ERROR, "too-large", Place(name), said, "make it smaller"))


def _digest(form: ScenarioForm, files: Mapping[str, bytes]) -> str:
    """Returns what the files sum up to, with the lines of the shop; of a pack, what its original's do."""
    if form.pack:
        return form.pack.digest
    whole = sha256(shop_script().encode())
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return whole.hexdigest()[:16]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _readable(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _renamed(data: bytes, new: Renaming) -> bytes:
    """Returns a file with the names of its text changed; what is no text stays."""
    text = _readable(data)
    return data if text is None else new(text).encode()


def _rung(text: str, files: Mapping[str, bytes]) -> str:
    return _text(files[text.removeprefix("file://")]) if text.startswith("file://") else text


# --------------------------------------------------------------------- world
class World(Struct, frozen=True):
    """How a world came about: the account before any line was run, the acts of its lines, and the account after them."""

    ground: Account
    acts: tuple[Act, ...]
    account: Account


def _world(form: ScenarioForm, now: datetime, shop: str, owner: Owner, files: Mapping[str, bytes]) -> World:
    """Returns the account in which the play begins: shop.sh (or what the details of a real account describe), then the
    world's own script, by root with a key that is put away when the world is made.
    """
    script = _text(files[form.world.script])
    began = _first(script, now) - MINUTE * sum(1 for _ in lines(shop))
    account = _ground(form, began - DAY, owner, files)
    account, root = mint(account, account.root_arn, "key", began - DAY)
    parts = ((SCRIPT, shop, began), (form.world.script, script, _first(script, now)))
    for _, text, at in parts:
        account = furnished(account, text, at)
    ground, acts, problems = account, list[Act](), list[Problem]()
    for name, text, at in parts:
        for step in run_script(account, text, at, files, root, name):
            account = step.outcomes[-1].account if step.outcomes else account
            acts += [outcome.act for outcome in step.outcomes]
            problems += _world_problems(step, now)
    beside = (id for other in ground.others.values() for id in other.credentials)
    opening = _put_away(account, {root.id, *beside})
    if problems:
        raise Problems(*problems)
    return World(ground, tuple(acts), opening)


def _put_away(account: Account, keys: Set[str]) -> Account:
    """Returns the accounts without the keys by which their roots made the world."""
    for one in (account, *account.others.values()):
        for id in keys & one.credentials.keys():
            there = account.seen_from(one.id)
            account = replace(there, credentials=there.credentials.drop(id)).seen_from(account.id)
    return account


def _first(script: str, now: datetime) -> datetime:
    """Tells when the world's own lines begin: a day before the play, or where the first of them sets the clock further
    back.
    """
    found = (
        clock(line.strip()[len(AT) :].strip(), EPOCH)
        for line in script.splitlines()
        if line.strip().startswith(AT)
    )
    first = next((at for at in found if at), now)
    return min(now - DAY, first)


AT = "#@ at "


def _ground(form: ScenarioForm, at: datetime, owner: Owner, files: Mapping[str, bytes]) -> Account:
    """Returns the account before any line was run."""
    if not form.world.details:
        return opened(owner.id, form.id.encode(), at, owner.email, owner.password, owner.name)
    from coffeeshop.account.records.authorization_details import imported  # of a real account: few are

    report = _text(files[form.world.report]) if form.world.report else None
    signs_in = (owner.email, owner.password, owner.name)
    try:
        return imported(_text(files[form.world.details]), form.id.encode(), at, report, signs_in)[0]
    except Problems as found:
        read = " and ".join(filter(None, (form.world.details, form.world.report)))
        raise Problems(*(placed(problem, read) for problem in found.problems)) from None


def _world_problems(step: Step, now: datetime) -> Iterator[Problem]:
    yield from step.problems
    place = Place(step.name, step.number)
    if step.outcomes and step.outcomes[0].act.at > now:
        said = (
            f"this runs at {step.outcomes[0].act.at.isoformat()}, when the play has begun ({now.isoformat()})"
        )
        yield Problem(Level.ERROR, "world-late", place, said, "let it happen before `now`")
    for outcome in step.outcomes:
        if not outcome.allowed:
            yield Problem(
                Level.ERROR, "world-refused", place, str(outcome.answer), "the world runs without errors"
            )


def _used(account: Account, user: User | None, at: datetime) -> Account:
    """Returns the account with this user's password, or root's, used at an instant, as a credential report tells it."""
    if user is None:
        return replace(account, root=replace(account.root, used=at))
    return account.put(replace(user, login=replace(user.login, used=at))) if user.login else account


def _desk(account: Account, form: ScenarioForm, now: datetime) -> tuple[Account, Values]:
    """Whose badge the learner holds: a console session taken at `now`, with a code where they have a device."""
    held: list[str] = []
    for name in form.world.desk:
        there = seat_of(account, name)
        user = there.users.get(name.lower())
        owner = user.id if user else there.id
        coded = any(device.owner == owner for device in there.devices.values())
        desk = Want(name, Mode.MAY, name, "", badge="code" if coded else "password")
        there, _ = next(present(_used(there, user, now), desk, now))
        account = there.seen_from(account.id)
        held.append(f"{name}@console")
    return account, tuple(held)
