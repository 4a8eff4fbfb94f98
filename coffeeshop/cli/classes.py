"""Find the class that a command is about, and the class or roster file that an option names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coffeeshop.cli.output import data_folder
from coffeeshop.cli.problems import command_problem
from coffeeshop.invocation import command_line
from coffeeshop.policy.problem import Problems

if TYPE_CHECKING:
    from coffeeshop.classroom.kept_class import KeptClass

THIS_MACHINE = "http://127.0.0.1:4518"  # where `serve` listens by itself
CLASS_OPTION = click.option(
    "--class",
    "class_name",
    metavar="NAME",
    envvar="COFFEESHOP_CLASS",
    help="Name of the class (default: $COFFEESHOP_CLASS, or your only class).",
)


def classes_folder() -> Path:
    """Return the folder of the classes that this machine keeps."""
    return data_folder() / "classes"


def chosen_class(name: str | None) -> Path:
    """Return the path of the class of this name, or of the only class. Raise Problems if there is none, or several."""
    from coffeeshop.classroom.class_store import class_names, has_class
    from coffeeshop.classroom.kept_class import class_path

    folder = classes_folder()
    names = class_names(folder)
    if name is None and len(names) == 1:
        return class_path(folder, names[0])
    if name is not None and has_class(path := class_path(folder, name)):
        return path
    if name is not None and names:
        message = f"there is no class called {name} on this machine"
        mend = f"choose one of {', '.join(names[:20])}"
    elif names:
        message = f"there are {len(names)} classes: {', '.join(names[:20])}"
        mend = "choose one with --class NAME or COFFEESHOP_CLASS"
    else:
        message = "there is no class on this machine yet"
        mend = f"make one with `{command_line('class new IAM-101 --roster class.csv')}`"
    raise Problems(command_problem("no-class", message, mend))


def class_command(name: str, *words: str) -> str:
    """Return a command about a class, as it can be typed here. It names the class if this machine keeps several."""
    from coffeeshop.classroom.class_store import class_names

    has_others = len(class_names(classes_folder())) > 1
    option = ("--class", name) if has_others else ()
    return command_line("class", *words, *option)


def class_address(path: Path, kept: KeptClass, typed_url: str | None) -> str:
    """Return the address at which a class is served: the typed one, or the last one, or "". Raise Problems.

    The class remembers a typed address, so that it is typed once.
    """
    from coffeeshop.classroom.kept_class import change_class
    from coffeeshop.cli.addresses import public_address

    address = public_address(typed_url)
    if not address or address == kept.url:
        return kept.url
    with change_class(path) as file:
        file.write_url(address)
    return address


def address_to_serve(kept: KeptClass, typed_url: str | None) -> str:
    """Return the typed address, or "" to serve this machine only. The class remembers a typed one. Raise Problems."""
    if typed_url is not None:
        return class_address(chosen_class(kept.name), kept, typed_url)
    if kept.url not in ("", THIS_MACHINE):
        message = f"these links work only on this machine; for links to {kept.url}, add"
        click.echo(f"note: {message} --url {kept.url}", err=True)
    return ""


def kept_class_named(path: Path) -> KeptClass | None:
    """Return the kept class if an option for a roster names one, or None if it names a file. Raise Problems."""
    from coffeeshop.classroom.class_store import has_class
    from coffeeshop.classroom.kept_class import CLASS_NAME, class_path, read_class

    if path.exists() or not CLASS_NAME.fullmatch(str(path)):
        return None
    class_file = class_path(classes_folder(), str(path))
    return read_class(class_file) if has_class(class_file) else None


def note_roster_file(path: Path | None, command: str, new: str) -> None:
    """Print what replaces a command with a roster file. A kept class by its name needs no note."""
    if path is not None and kept_class_named(path) is None:
        replaced_by(f"{command} --roster FILE", new)


def replaced_by(old: str, new: str) -> None:
    """Print to standard error that a command goes away in the next release, and what replaces it."""
    click.echo(
        f"note: the next release no longer has {old}; use {command_line(new)} instead",
        err=True,
    )
