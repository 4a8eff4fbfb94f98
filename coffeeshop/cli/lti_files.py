"""Name the files of classes and their learning platforms."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.cli.output import data_folder
from coffeeshop.lti.store import SUFFIX, LtiStore


def lti_folder() -> Path:
    """Return the folder of the tool's key, and of what classes and platforms know of each other."""
    return data_folder() / "lti"


def lti_store(class_name: str) -> LtiStore:
    """Return the store of a class."""
    return LtiStore(lti_folder() / f"{class_name}{SUFFIX}")


def hand_in_folder(class_name: str) -> Path:
    """Return the folder of hand-ins from browsers that aren't collected yet."""
    return lti_folder() / f"{class_name}.handins"
