"""Run `coffeeshop class delete`, which removes a class from this machine or from the school's database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from coffeeshop.classroom.class_store import CLASS_SUFFIX, remove_class
from coffeeshop.classroom.kept_class import read_class, read_hand_ins
from coffeeshop.cli.class_commands import echo_line
from coffeeshop.cli.class_grading import journal_of, now_journal_of
from coffeeshop.cli.classes import chosen_class
from coffeeshop.cli.lti_files import hand_in_folder, lti_store
from coffeeshop.cli.problems import NOT_DONE, is_confirmed, report_write_errors
from coffeeshop.policy.problem import Problems
from coffeeshop.views.text import count_noun


@click.command()
@click.argument("name")
@click.option("--yes", "is_sure", is_flag=True, help="Delete it without asking first.")
def delete(name: str, is_sure: bool) -> None:
    """Delete the class NAME. To get it back, you would need a copy of its file.

    This deletes the roster, codes, links, assignments, collected hand-ins and the connection to a learning platform. The
    learners' own plays are kept. You are asked first.

    \b
    Example: coffeeshop class delete IAM-101
    Example: coffeeshop class delete IAM-101 --yes
    """
    path = chosen_class(name)
    name = path.name.removesuffix(CLASS_SUFFIX)
    for line in _loss_lines(path, name):
        echo_line(line)
    if not is_sure and not is_confirmed(f"Delete {name}?", "delete it"):
        echo_line(f"{name} was not deleted.")
        raise SystemExit(NOT_DONE)
    with report_write_errors(path, "find out which program is using it, then try again"):
        lti_store(name).delete()
        shutil.rmtree(hand_in_folder(name), ignore_errors=True)
        for journal in (journal_of(path), now_journal_of(path)):
            journal.unlink(missing_ok=True)
        remove_class(path)
    echo_line(f"{name} is deleted.")


def _loss_lines(path: Path, name: str) -> Iterator[str]:
    """Yield what goes with a class, and what stays. A damaged class can be deleted, too."""
    try:
        kept = read_class(path)
        hand_in_count = len(read_hand_ins(path))
    except Problems:
        yield f"This deletes {name}, whose file is damaged, and everything in it."
    else:
        learners = count_noun(len(kept.members), "learner")
        tasks = count_noun(len(kept.assignments), "assignment")
        hand_ins = count_noun(hand_in_count, "collected hand-in")
        yield f"This deletes {learners} with their codes and links, {tasks}, {hand_ins}, and the connection to a learning platform."
    yield "The learners' plays are kept, here and on their machines. So are files that you exported, such as gradebooks."
    yield "If you make the class again, its learners get new codes and variants, and earlier hand-ins don't count."
