"""Define `coffeeshop class`, the group of commands about a class. Its former command reads reports."""

from __future__ import annotations

import os

import click

from coffeeshop.cli.class_collect import collect
from coffeeshop.cli.class_commands import assign, exam
from coffeeshop.cli.class_delete import delete
from coffeeshop.cli.class_grading import export, grade, page
from coffeeshop.cli.class_links import links
from coffeeshop.cli.class_mark import mark
from coffeeshop.cli.class_members import add, correct, new
from coffeeshop.cli.class_pack import pack
from coffeeshop.cli.class_show import show
from coffeeshop.cli.lti_commands import lti
from coffeeshop.cli.overview import class_page
from coffeeshop.policy.language.spelling import nearest_name

# The hidden name of the command of the last release, which no file has.
FORMER_COMMAND = "(reports)"
HELP_OPTIONS = ("-h", "--help")


class ClassCommands(click.Group):
    """A group that still takes `coffeeshop class REPORTS`, the command of the last release."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the line. Options before the reports belong to the former command, not to the group."""
        if args and args[0].startswith("-") and args[0] not in HELP_OPTIONS:
            args = [FORMER_COMMAND, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that was typed, or the former one for names of files.

        For an unknown name, fail with the nearest one.
        """
        if args[0] not in self.commands:
            if _is_file_name(args[0]):
                return super().resolve_command(ctx, [FORMER_COMMAND, *args])
            shown_names = [name for name in self.commands if name != FORMER_COMMAND]
            near = nearest_name(args[0], shown_names)
            if near:
                fix = f"did you mean `{near}`?"
            else:
                fix = f"the commands are {', '.join(shown_names)}"
            ctx.fail(f"there is no command called class {args[0]!a}; {fix}")
        return super().resolve_command(ctx, args)


def _is_file_name(word: str) -> bool:
    """Return whether a word names a file or a folder of reports, and no command."""
    return os.path.exists(word) or "/" in word or "." in word  # noqa: PTH110  # a name can be too long for Path


@click.group("class", cls=ClassCommands)
def class_group() -> None:
    """Manage a class on this machine: its learners, codes, assignments, exams and grades.

    \b
    Example: coffeeshop class new IAM-101 --roster class.csv
    Example: coffeeshop class assign 05 --due 2026-12-04 --late 10%/day --points 10
    Example: coffeeshop class links --out links.csv
    Example: coffeeshop class collect submissions.zip
    Example: coffeeshop class grade
    Example: coffeeshop class export canvas 05 --out marks.csv
    Example: coffeeshop class lti show --url https://school.example
    """


for command in (
    *(new, add, correct, assign, exam, pack, links, collect, grade, mark, page),
    *(export, show, lti, delete),
):
    class_group.add_command(command)
class_group.add_command(class_page, FORMER_COMMAND)
