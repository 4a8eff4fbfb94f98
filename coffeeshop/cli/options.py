"""Define the options that several commands share, each with its environment variable."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Decorated = TypeVar("Decorated", bound=Callable[..., object])


def was_option_typed(option: str) -> bool:
    """Return whether an option was typed on the command line, and not taken from its variable or default."""
    return (
        click.get_current_context().get_parameter_source(option)
        is ParameterSource.COMMANDLINE
    )


def check_learner_options() -> None:
    """Raise click.UsageError if an option was typed that --for can't change."""
    for name in ("points", "late"):
        if was_option_typed(name):
            raise click.UsageError(f"--{name} applies to the whole class: leave out --for")


LEARNER_OPTION = click.option(
    "--learner",
    metavar="NAME",
    envvar="COFFEESHOP_LEARNER",
    help="Name of the learner (default: $COFFEESHOP_LEARNER, or your login name).",
)
SCENARIOS_OPTION = click.option(
    "--scenarios",
    "extra",
    envvar="COFFEESHOP_SCENARIOS",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder with your own scenarios (default: $COFFEESHOP_SCENARIOS).",
)


def complete_scenarios(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Return the scenarios whose id begins with what was typed, with their titles, for a shell's completion."""
    from click.shell_completion import CompletionItem

    from coffeeshop.lessons.scenario.find import folders, heading

    extra: Path | None = context.params.get("extra")
    return [
        CompletionItem(folder.name, help=heading(folder).title)
        for folder in folders(extra)
        if folder.name.lower().startswith(typed.lower())
    ]


def roster_option(help: str) -> Callable[[Decorated], Decorated]:
    """Return the option that names a class's roster file: --roster or --class."""
    return click.option(
        "--roster",
        "--class",
        "roster_path",
        type=click.Path(path_type=Path),
        metavar="NAME|FILE",
        help=help,
    )


class OutputPath(click.Path):
    """A type for the path of an output file. `-` becomes None, which means standard output."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the typed path, or None for `-`."""
        if str(value) == "-":
            return None
        return super().convert(value, param, ctx)


class FilePath(click.Path):
    """A type for an output path that can't be `-`. `why` says why not, to follow "standard output"."""

    def __init__(self, reason: str) -> None:
        super().__init__(path_type=Path)
        self.why = reason

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the typed path. Fail for `-`."""
        if str(value) == "-":
            self.fail(
                f"standard output (-) {self.why}. If you mean a file that is called -, write ./-",
                param,
                ctx,
            )
        return super().convert(value, param, ctx)


OUT_OPTION = click.option(
    "--out",
    type=OutputPath(),
    metavar="FILE",
    help="The file to write, or - for standard output (the default).",
)
PLAIN_OPTION = click.option(
    "--plain",
    is_flag=True,
    help="Use plain text, line by line, for screen readers and pipes.",
)


def _parse_variant(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> int | None:
    """Return the number of a variant. Raise click.BadParameter if it isn't one."""
    if value is None:
        return None
    # Imported late, because most commands get no variant.
    from coffeeshop.lessons.play.variants import LAST_VARIANT
    from coffeeshop.lessons.scenario.variant import seed_of

    if (seed := seed_of(value)) is not None:
        return seed
    message = f"{value[:40]!a} isn't a variant: write a number from 0 (the original names) to {LAST_VARIANT}"
    raise click.BadParameter(message, ctx, param)


VARIANT_OPTION = click.option(
    "--variant",
    callback=_parse_variant,
    metavar="N",
    help="The number of a variant, which is the same scenario with other names (0: the original names).",
)


def _parse_points(context: click.Context, option: click.Parameter, value: str) -> float:
    """Return the points of a full score. Raise click.BadParameter if they aren't a number between 0 and MOST."""
    try:
        points = float(value)
    except ValueError:
        points = 0
    if 0 < points <= MAX_POINTS:
        return points
    raise click.BadParameter(
        f"{value[:40]!a} isn't a number of points: write a number above 0 and up to {MAX_POINTS:,}",
        context,
        option,
    )


MAX_POINTS = 1_000_000  # points
POINTS_OPTION = click.option(
    "--points",
    callback=_parse_points,
    metavar="NUMBER",
    default="100",
    help="The points that a full score is worth (default: 100).",
)
FIRST_VARIANT = click.option(
    "--first-variant",
    "first",
    callback=_parse_variant,
    metavar="N",
    help="The number of your first variant, from your teacher. It is saved, so you type it only once.",
)


def _parse_instant(
    context: click.Context, option: click.Parameter, value: str | None
) -> datetime | None:
    """Return a typed time. Without an offset, it is in this machine's time zone. Raise click.BadParameter."""
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(
            f"{value[:40]!a} isn't a time: write it like 2026-11-30T23:59, 2026-11-30, or 2026-11-30T23:59+01:00",
            context,
            option,
        ) from None


def _parse_end(
    context: click.Context, option: click.Parameter, value: str | None
) -> datetime | None:
    """Return a typed time at which something ends. A date alone is its last minute. Raise click.BadParameter."""
    if value and DATE_PATTERN.fullmatch(value):
        value = f"{value}T23:59"
    return _parse_instant(context, option, value)


DATE_PATTERN = re.compile(r"\d{4}-\d\d-\d\d")


def instant_option(
    name: str, help: str, is_end: bool = False
) -> Callable[[Decorated], Decorated]:
    """Return an option for a time. With `is_end`, a date alone is its last minute."""
    return click.option(
        f"--{name}",
        f"{name}_time",
        callback=_parse_end if is_end else _parse_instant,
        metavar="TIME",
        help=help,
    )


DUE_OPTION = click.option(
    "--due",
    callback=_parse_end,
    metavar="TIME",
    help="The due date, such as 2026-11-30T23:59. A date without a time means the end of that day.",
)


def port_option(default: int) -> Callable[[Decorated], Decorated]:
    """Return the option for the port that a server listens on."""
    return click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=default,
        show_default=True,
        help="The port to listen on. 0 means any free port.",
    )


def host_option(consequence: str) -> Callable[[Decorated], Decorated]:
    """Return the option for the address that a server listens on. The help says what another address entails."""
    return click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        help=f"The address to listen on. {consequence}",
    )
