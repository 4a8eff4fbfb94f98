"""Finds scenarios and reads a folder into a Scenario, its world replayed, or tells every Problem of it at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from coffeeshop.account.command import lines
from coffeeshop.account.ids import opened
from coffeeshop.account.model import Account, Key, Nobody
from coffeeshop.account.operations import OPERATIONS, kebab
from coffeeshop.account.sessions import mint
from coffeeshop.account.standing import lookup
from coffeeshop.lessons.form import FILE, Ask, Job, QuizForm, Refuse, ScenarioForm, SlackSet, Words, read_form
from coffeeshop.lessons.model import Advice, People, Practice, Quiz, Scenario, Slack, Wrong
from coffeeshop.lessons.practice import RULES
from coffeeshop.lessons.script import MINUTE, Step, clock, length, run_script
from coffeeshop.policy.model import Condition, Level, Place, Problem, Request, Values
from coffeeshop.policy.parse import MalformedPolicy, parse
from coffeeshop.shop.serve import credential
from coffeeshop.shop.want import Mode, Want

ACCOUNT = "111122223333"
OWNER = ("owner@coffeeshop.example", "House-blend-1", "coffeeshop")  # e-mail address, password, account name
DAY = timedelta(days=1)
FILE_LIMIT = 256 * 1024  # bytes of one file; the most that `file://` reads
FOLDER_LIMIT = 2 * 1024 * 1024  # bytes of a whole scenario

# Calls that every badge may make on itself, and looking around in S3: allowed where a brief says so.
SLACK_SETS: dict[str, Values] = {
    "own-badge": (
        "iam:ChangePassword", "iam:GetUser", "iam:GetAccountPasswordPolicy", "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice", "iam:ResyncMFADevice", "iam:ListMFADevices", "iam:ListVirtualMFADevices",
    ),
    "browse": ("s3:ListAllMyBuckets", "s3:GetBucketLocation"),
}  # fmt: skip
OWN = ("arn:aws:iam::{account}:user/{who}", "arn:aws:iam::{account}:mfa/*")


# ------------------------------------------------------------------- finding
def course() -> Path:
    """Where the scenarios that come with the game are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "_scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


def folders(extra: Path | None = None) -> tuple[Path, ...]:
    """Every scenario folder of the course and of a teacher's own directory, in order of name."""
    roots = [course(), *([extra] if extra else [])]
    return tuple(sorted((f.parent for root in roots for f in root.glob(f"*/{FILE}")), key=lambda f: f.name))


def find(name: str, extra: Path | None = None) -> Path | Problem:
    """The folder of a scenario by its id, the number it begins with, or its path."""
    known = folders(extra)
    for folder in known:
        if name in (folder.name, folder.name.partition("-")[0]):
            return folder
    if (Path(name) / FILE).is_file():
        return Path(name)
    ids = [folder.name for folder in known]
    near = get_close_matches(name, ids, 1, 0.4)
    mend = f"did you mean {near[0]}?" if near else f"there are: {', '.join(ids)}"
    return _error("unknown-scenario", Place(), f"there is no scenario {json.dumps(name, ensure_ascii=True)}", mend)


def heading(folder: Path) -> ScenarioForm | tuple[Problem, ...]:
    """scenario.toml alone, without replaying its world: what a list of scenarios shows."""
    try:
        return read_form((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return (_error("unreadable", Place(FILE), str(error), "it is a text file in UTF-8"),)


# ------------------------------------------------------------------- loading
def load(folder: Path) -> Scenario | tuple[Problem, ...]:
    """The scenario of a folder, or every Problem: of its form, of what it refers to, of its world."""
    form = heading(folder)
    if isinstance(form, tuple):
        return form
    files = _files(folder)
    if isinstance(files, Problem):
        return (files,)
    problems = [*_references(form, folder, files)]
    now = clock(form.world.now, datetime.min.replace(tzinfo=UTC))
    world = files.get(form.world.script)
    if problems or now is None or world is None:
        return tuple(problems)
    steps = tuple(_world(form, now.astimezone(UTC), _text(world), files))
    problems += [problem for step in steps for problem in _world_problems(step)]
    account = next((step.outcome.account for step in reversed(steps) if step.outcome), None)
    if problems or account is None:
        return tuple(problems)
    account, desk = _desk(_put_away(account), form, now)
    wants = tuple(_wants(form, account, files))
    return _scenario(form, now, account, desk, wants, files) if not problems else tuple(problems)


def _scenario(
    form: ScenarioForm,
    now: datetime,
    account: Account,
    desk: Values,
    wants: tuple[Want, ...],
    files: Mapping[str, bytes],
) -> Scenario:
    cast = form.people
    return Scenario(
        id=form.id,
        title=form.title,
        chapter=form.chapter,
        article=form.article,
        objective=form.objective,
        minutes=form.minutes,
        story=form.story.text.strip(),
        debrief=form.story.debrief.strip(),
        fine_print=form.story.fine_print,
        calls=form.calls,
        now=now,
        opening=account,
        desk=desk,
        fixed=form.world.fixed,
        people=People(cast.graded, cast.admins, cast.bystanders, cast.machines),
        wants=wants,
        slack=tuple(_slack(form, account)),
        practice=tuple(Practice(row["rule"], {k: v for k, v in row.items() if k != "rule"}) for row in form.practice),
        hints=tuple(Advice(hint.on, tuple(_rung(text, files) for text in hint.text)) for hint in form.hint),
        tells=tuple(Advice(_words(tell.on), (tell.text,)) for tell in form.tell),
        quizzes=tuple(Quiz(quiz.when, _asked(quiz, files), quiz.why) for quiz in form.quiz),
        solution=_text(files[form.solution.script]),
        wrongs=tuple(Wrong(w.script, w.stars, frozenset(w.findings), w.misconception) for w in form.wrong),
        files=files,
        digest=_digest(files),
        misconceptions=form.misconceptions,
        after=form.after,
    )


def _files(folder: Path) -> dict[str, bytes] | Problem:
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file() or name.startswith(".") or "/." in name:
            continue
        if path.stat().st_size > FILE_LIMIT:
            return _error("too-large", Place(name), f"this file is larger than {FILE_LIMIT} bytes", "make it smaller")
        found[name] = path.read_bytes()
    if sum(map(len, found.values())) > FOLDER_LIMIT:
        return _error(
            "too-large", Place(folder.name), f"the folder holds more than {FOLDER_LIMIT} bytes", "make it smaller"
        )
    return found


def _digest(files: Mapping[str, bytes]) -> str:
    whole = sha256(shop_script().encode())
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return whole.hexdigest()[:16]


@cache
def shop_script() -> str:
    """The lines from which every world starts."""
    return (course() / "shop.sh").read_text(encoding="utf-8")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _words(value: Words) -> Values:
    return (value,) if isinstance(value, str) else value


def _rung(text: str, files: Mapping[str, bytes]) -> str:
    return _text(files[text.removeprefix("file://")]) if text.startswith("file://") else text


# ---------------------------------------------------------------- references
def _error(code: str, place: Place, text: str, mend: str = "") -> Problem:
    return Problem(Level.ERROR, code, place, text, mend)


def _references(form: ScenarioForm, folder: Path, files: Mapping[str, bytes]) -> Iterator[Problem]:
    """What the form names and the folder, the catalogue of operations or the table of rules does not hold."""
    if form.id != folder.resolve().name:
        said = f"the id {form.id} is not the folder's name {folder.resolve().name}"
        yield _error("wrong-id", Place(f"{FILE}, id"), said, "give both the same name")
    if clock(form.world.now, datetime.min.replace(tzinfo=UTC)) is None:
        yield _error(
            "bad-time", Place(f"{FILE}, world.now"), f"{form.world.now} is no instant", "write 2026-03-02T08:00:00Z"
        )
    scripts = [form.world.script, form.solution.script, *(w.script for w in form.wrong)]
    rungs = [t.removeprefix("file://") for hint in form.hint for t in hint.text if t.startswith("file://")]
    yield from _missing_files([*scripts, *rungs], files)
    yield from _unknown("practice rule", "practice", (str(row.get("rule", "")) for row in form.practice), RULES)
    yield from _unknown("call", "calls", form.calls, {f"{s} {kebab(o)}" for s, o in OPERATIONS})
    named = {key for key, value in form.slack.items() if not isinstance(value, SlackSet)}
    yield from _unknown("slack set", "slack", named, SLACK_SETS)
    yield from _doubles("job", (job.id for job in form.job))
    yield from _doubles("refuse", (refuse.id for refuse in form.refuse))
    for want in (*form.job, *form.refuse):
        yield from _want_problems(want)


def _missing_files(names: Iterable[str], files: Mapping[str, bytes]) -> Iterator[Problem]:
    for name in names:
        if name not in files:
            near = get_close_matches(name, files, 1)
            mend = f"did you mean {near[0]}?" if near else "write that file"
            yield _error("missing-file", Place(FILE), f"there is no file {name} in the scenario's folder", mend)


def _unknown(noun: str, key: str, given: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    known = sorted(known)
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            mend = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known[:40])}"
            yield _error(
                f"unknown-{noun.replace(' ', '-')}", Place(f"{FILE}, {key}"), f"there is no {noun} `{name}`", mend
            )


def _doubles(kind: str, ids: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            yield _error(
                "double-id", Place(f"{FILE}, {kind}"), f"two of [[{kind}]] have the id `{id}`", "ids are unique"
            )
        seen.add(id)


def _want_problems(want: Job | Refuse) -> Iterator[Problem]:
    kind = "job" if isinstance(want, Job) else "refuse"
    place = Place(f"{FILE}, {kind} {want.id}")
    held = want.held if isinstance(want, Refuse) else ""
    if bool(want.do) == (want.request is not None):
        yield _error(
            "no-deed", place, "it needs either `do` or `request`", "`do` is one command line, or a list of them"
        )
    if bool(want.who) == bool(held):
        yield _error("no-person", place, "it needs either `as` or `held`", "`as` is a user's name, or a list of them")
    for key, value in (("for", want.lasts), ("used", want.used)):
        if value and length(value.removeprefix("+")) is None:
            yield _error("bad-time", place, f"`{key}`: {value} is no length of time", "write 30m, 8h or 1d")
    if want.at and clock(want.at, datetime.min.replace(tzinfo=UTC)) is None:
        yield _error("bad-time", place, f"`at`: {want.at} is no instant", "write 2026-03-02T08:00:00Z, or +1d")
    if isinstance(want, Job) and want.within and isinstance(said := _conditions(want.within.condition), str):
        yield _error("bad-condition", place, f"`within`: {said}", "it is a policy's Condition block")


def _conditions(block: Mapping[str, Any] | None) -> tuple[Condition, ...] | str:
    if not block:
        return ()
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block}
    try:
        policy = parse(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    except MalformedPolicy as error:
        return "; ".join(str(problem) for problem in error.problems)
    return policy.statements[0].conditions


# --------------------------------------------------------------------- world
def _world(form: ScenarioForm, now: datetime, script: str, files: Mapping[str, bytes]) -> Iterator[Step]:
    """shop.sh, then the world's own script, by root: with a key that is put away when the world is made."""
    shop = shop_script()
    start = now - DAY - MINUTE * sum(1 for _ in lines(shop))
    account = opened(ACCOUNT, form.id.encode(), start - DAY, *OWNER)
    account, root = mint(account, account.root_arn, "key", start - DAY)
    for step in run_script(account, shop, start, {}, root, "shop.sh"):
        account = step.outcome.account if step.outcome else account
        yield step
    yield from run_script(account, script, now - DAY, files, root, form.world.script)


def _put_away(account: Account) -> Account:
    """The account without the key that made its world."""
    made = next(id for id, held in account.credentials.items() if held.owner == account.id and held.made == 1)
    return replace(account, credentials=account.credentials.drop(made))


def _world_problems(step: Step) -> Iterator[Problem]:
    yield from step.problems
    if step.outcome is not None and not step.outcome.allowed:
        yield _error(
            "world-refused", Place(step.name, step.number), str(step.outcome.answer), "the world runs without errors"
        )


def _desk(account: Account, form: ScenarioForm, now: datetime) -> tuple[Account, Values]:
    """Whose badge the learner holds: a console session taken at `now`, with a code where they have a device."""
    held: list[str] = []
    for name in form.world.desk:
        user = account.users.get(name.lower())
        owner = user.id if user else account.id
        coded = any(device.owner == owner for device in account.devices.values())
        minted = credential(account, name, "code" if coded else "password", True, now)
        if not isinstance(minted, str):
            account = minted[0]
            held.append(f"{name}@console")
    return account, tuple(held)


# --------------------------------------------------------------------- wants
def _wants(form: ScenarioForm, account: Account, files: Mapping[str, bytes]) -> Iterator[Want]:
    for row in (*form.job, *form.refuse):
        for who in _words(row.who) or ("",):
            yield _want(row, form.people.outside.get(who, who), who, form.people.badges == "minted", account, files)


def _want(row: Job | Refuse, who: str, short: str, minted: bool, account: Account, files: Mapping[str, bytes]) -> Want:
    job = row if isinstance(row, Job) else None
    refuse = row if isinstance(row, Refuse) else None
    within = job.within if job else None
    conditions = _conditions(within.condition) if within else ()
    held = refuse.held if refuse else ""
    return Want(
        id=f"{row.id}@{short}" if short else row.id,
        mode=Mode.MUST if job else Mode.NEVER,
        who=who,
        say=row.say.replace("{Who}", short[:1].upper() + short[1:]),
        do=_words(row.do),
        badge=row.badge,
        via=row.via,
        at=_when(row.at),
        lasts=length(row.lasts) if row.lasts else None,
        used=length(row.used.removeprefix("+")) or timedelta(0),
        request=_request(row.request) if row.request else None,
        covers=_words(job.covers) if job else (),
        within=_words(within.resource) if within else (),
        conditions=conditions if isinstance(conditions, tuple) else (),
        reach=refuse.reach if refuse else False,
        explicit=refuse is not None and refuse.kind == "explicit",
        quiet=refuse is not None and refuse.quiet,
        held=_held(account, held) if held else None,
        minted=minted,
        after=row.after,
        files=files,
    )


def _asked(quiz: QuizForm, files: Mapping[str, bytes]) -> Want:
    return Want(f"quiz@{quiz.who}", Mode.MAY, quiz.who, quiz.do, (quiz.do,), quiz.badge, quiz.via, files=files)


def _held(account: Account, profile: str) -> Key | Nobody:
    found = lookup(account, profile)
    return found if isinstance(found, Key) else Nobody()


def _when(word: str) -> datetime | timedelta | None:
    if word.startswith("+"):
        return length(word[1:])
    return datetime.fromisoformat(word) if word else None


def _request(ask: Ask) -> Request:
    return Request(ask.action, ask.resource, {key: _words(value) for key, value in ask.context.items()})


def _slack(form: ScenarioForm, account: Account) -> Iterator[Slack]:
    for name, value in form.slack.items():
        if isinstance(value, SlackSet):
            yield Slack(name, _words(value.who), _words(value.action), _words(value.resource))
        elif name == "own-badge":
            for who in value:
                yield Slack(name, (who,), SLACK_SETS[name], tuple(r.format(account=account.id, who=who) for r in OWN))
        else:
            yield Slack(name, value, SLACK_SETS[name])
