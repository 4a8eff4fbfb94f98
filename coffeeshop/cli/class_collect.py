"""Run `coffeeshop class collect`, which takes hand-ins into a class, gives one to a learner, or removes one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from shlex import quote

import click

from coffeeshop.classroom.class_grades import (
    BELONGS_TO_NO_ONE,
    class_tasks,
    numbered_names,
    uncounted_hand_ins,
)
from coffeeshop.classroom.collect import SNIFFED_BYTES, FileReader, pass_over_reason
from coffeeshop.classroom.kept_class import (
    GIVEN_PREFIX,
    KeptClass,
    KeptHandIn,
    Member,
    change_class,
    read_class,
    read_hand_ins,
)
from coffeeshop.classroom.register import assignment_of
from coffeeshop.classroom.whose import Owners
from coffeeshop.cli.class_commands import FOR_OPTION, echo_line
from coffeeshop.cli.class_saves import machine_hand_ins
from coffeeshop.cli.classes import CLASS_OPTION, chosen_class, class_command
from coffeeshop.cli.grade import collect_hand_ins
from coffeeshop.cli.output import wall_clock
from coffeeshop.cli.problems import UNUSABLE_INPUT, command_problem, print_problems
from coffeeshop.harmless import escape_line
from coffeeshop.lessons.play.handin import HAND_IN_SUFFIX, read_handin, scenario_of_handin
from coffeeshop.lessons.play.save_names import folder_name
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.problem import Problems
from coffeeshop.views.text import count_noun


@click.command()
@click.argument(
    "files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|FOLDER|ZIP]..."
)
@FOR_OPTION
@click.option(
    "--remove",
    is_flag=True,
    help="Remove a collected hand-in. FILE is its name, as `class grade` prints it.",
)
@CLASS_OPTION
def collect(
    files: tuple[Path, ...], who: str | None, remove: bool, class_name: str | None
) -> None:
    """Collect hand-ins for the class: files, folders, or zip files from Canvas, Moodle and Brightspace.

    Without a FILE, it collects what the class played on this machine, in browsers. A hand-in that the class already has is
    skipped. You can delete the files afterwards. With --for, all these hand-ins count as that learner's, even if their
    names say otherwise. FILE can also be the name of a collected hand-in, as `class grade` prints it.

    \b
    Example: coffeeshop class collect submissions.zip
    Example: coffeeshop class collect
    Example: coffeeshop class collect --for ana 05.handin.jsonl
    """
    if (who is not None or remove) and not files:
        raise click.UsageError("to remove or assign a hand-in, name its FILE")
    if who is not None and remove:
        raise click.UsageError("use either --for or --remove, not both")
    path = chosen_class(class_name)
    if remove:
        _remove_hand_ins(path, files)
    elif who is not None:
        _give_hand_ins(path, files, who)
    else:
        collect_into(path, files)
        if not all(file.exists() for file in files):
            click.get_current_context().exit(UNUSABLE_INPUT)


def collect_into(path: Path, files: Sequence[Path]) -> None:
    """Take hand-ins into the class at a path. Print how many are new, and which count for nobody. Raise Problems."""
    kept = read_class(path)
    hand_ins = [*_read_files(files)] if files else [*machine_hand_ins(kept)]
    with change_class(path) as file:
        new_names = {*file.add_hand_ins(hand_ins, wall_clock())}
    count = len(new_names)
    found = f"found {count_noun(len(hand_ins), 'hand-in')}, {count} of them new"
    echo_line(f"{kept.name}: {found}")
    new_hand_ins = [KeptHandIn(*row) for row in hand_ins if row[0] in new_names]
    for hand_in, reason in uncounted_hand_ins(kept, new_hand_ins):
        text = f"{hand_in.name}: {reason}"
        if reason == BELONGS_TO_NO_ONE:
            give = class_command(kept.name, "collect --for WHO", quote(hand_in.name))
            text = f"{text}. If you know who handed it in: {give}"
        click.echo(escape_line(text), err=True)
    for line in _foreign_variant_lines(kept, new_hand_ins):
        click.echo(escape_line(line), err=True)


def _foreign_variant_lines(
    kept: KeptClass, hand_ins: Sequence[KeptHandIn]
) -> Iterator[str]:
    """Yield how to accept each hand-in that its learner played in a variant that isn't theirs."""
    for hand_in, task in zip(hand_ins, class_tasks(kept, hand_ins), strict=True):
        if len(task.owners) == 1 and isinstance(task.content, bytes):
            member = kept.members_by_key[task.owners[0].key]
            for line in _variant_lines(kept, member, [hand_in.body]):
                yield f"{hand_in.name}: {line}"


def _read_files(files: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and bytes of each hand-in. Print what is skipped or can't be read."""
    with closing(FileReader()) as reader:
        for piece in collect_hand_ins(files):
            try:
                data = reader.read(piece)
            except Problems as refused:
                print_problems(refused.problems)
                continue
            # A file that was named, such as a roster, can be anything.
            reason = pass_over_reason(Path(piece.name).name, data[:SNIFFED_BYTES], False)
            if reason:
                click.echo(escape_line(f"skipped: {piece.name}: it {reason}"), err=True)
            else:
                yield _storable_name(piece.name), data


def _storable_name(name: str) -> str:
    """Return a file's name as text that a database can store."""
    return name.encode("utf-8", "backslashreplace").decode()


# ------------------------------------------------------------- give and remove
def _give_hand_ins(path: Path, files: Sequence[Path], who: str) -> None:
    """Give hand-ins to the learner `who`. Raise Problems.

    Each of `files` is a file, or the name of a collected hand-in, which moves. A file replaces its collected copy
    if there is one copy that counts for no one. Several copies stay listed: they can show who copied.
    """
    kept = read_class(path)
    member = kept.find_member(who)
    hand_ins = read_hand_ins(path)
    named = _collected_names(hand_ins, files)
    others = [file for file in files if str(file) not in named]
    read_bodies = [body for _, body in _read_files(others)] if others else []
    bodies = [*(hand_in.body for hand_in in named.values()), *read_bodies]
    ownerless = [hand_in for hand_in, _ in uncounted_hand_ins(kept, hand_ins)]
    replaced = [*named.values()]
    for body in read_bodies:
        copies = [hand_in for hand_in in ownerless if hand_in.body == body]
        replaced += copies if len(copies) == 1 else []
    with change_class(path) as file:
        file.remove_hand_ins(replaced)
        new_names = file.add_hand_ins(
            ((_given_name(member, body), body) for body in bodies), wall_clock()
        )
    learner_text = f"{member.learner.name} ({member.learner.key})"
    if new_names:
        echo_line(f"{learner_text} now has {count_noun(len(new_names), 'more hand-in')}")
    elif bodies:
        echo_line(f"{learner_text} already has this hand-in")
    else:
        echo_line(f"{learner_text}: these files contain no hand-in")
    for line in dict.fromkeys(_variant_lines(kept, member, bodies)):
        echo_line(line)


def _given_name(member: Member, body: bytes) -> str:
    """Return the name of a hand-in that was given to a learner."""
    id = assignment_of(scenario_of_handin(body)) or "unknown"
    return f"{GIVEN_PREFIX}/{folder_name(member.learner.key)}/{folder_name(id)}{HAND_IN_SUFFIX}"


def _variant_lines(
    kept: KeptClass, member: Member, bodies: Sequence[bytes]
) -> Iterator[str]:
    """Yield how to accept the variant of each hand-in that isn't in one of the learner's own."""
    key = member.learner.key
    for body in bodies:
        with suppress(Problems):
            header = read_handin(body).header
            task = kept.find_assignment(header.scenario)
            accepted = kept.allowance(key, header.scenario).accepted_variants
            is_own = member.learner.plays(header.variant) or header.variant in accepted
            if task and not is_own and load(find(task.id, kept.own_scenarios)).varies:
                words = f"--for {quote(key)} --variant {header.variant}"
                accept = class_command(kept.name, "assign", header.scenario, words)
                whose = _variant_owner_text(kept, member, header.variant)
                yield f"it was played in variant {header.variant}, which {whose}. To accept this variant: {accept}"


def _variant_owner_text(kept: KeptClass, member: Member, variant: int) -> str:
    """Return whose a variant is that isn't the member's, to follow "which"."""
    owner = Owners(each.learner for each in kept.members).owner_of_variant(variant)
    if owner is None:
        return f"isn't {member.learner.name}'s"
    return f"is {owner.name}'s ({owner.key}). If you accept it, it counts for {member.learner.name} ({member.learner.key})"


def _remove_hand_ins(path: Path, files: Sequence[Path]) -> None:
    """Remove collected hand-ins. Raise Problems if one of the names isn't there."""
    named = _collected_names(read_hand_ins(path), files)
    unknown = [str(file) for file in files if str(file) not in named]
    if unknown:
        message = f"the class has no hand-in called {unknown[0][:80]!a}"
        mend = f"to see the names, run {class_command(read_class(path).name, 'grade')}"
        raise Problems(command_problem("no-hand-in", message, mend))
    with change_class(path) as file:
        file.remove_hand_ins(named.values())
    echo_line(f"Removed {count_noun(len(named), 'hand-in')}.")


def _collected_names(
    hand_ins: Sequence[KeptHandIn], files: Sequence[Path]
) -> dict[str, KeptHandIn]:
    """Return the collected hand-ins that `files` names, by name. Other files are left out."""
    by_name = dict[str, KeptHandIn]()
    for name, hand_in in zip(numbered_names(hand_ins), hand_ins, strict=True):
        by_name.setdefault(escape_line(name), hand_in)  # as it is printed
        by_name[name] = hand_in
    typed_names = map(str, files)
    return {name: by_name[name] for name in typed_names if name in by_name}
