"""Say where a class keeps what it and its learning platforms know of each other: in files, or in the school's database."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.cli.output import data_folder
from coffeeshop.lessons.play.save_place import database_url
from coffeeshop.lti.store import LtiStore
from coffeeshop.lti.store_file import STORE_SUFFIX, LtiFile
from coffeeshop.lti.tool_key import ToolKey, load_tool_key


def lti_folder() -> Path:
    """Return the folder of the tool's key, and of what classes and platforms know of each other."""
    return data_folder() / "lti"


def lti_store(class_name: str) -> LtiStore:
    """Return the store of a class. Raise Problems if the school's database can't be used."""
    if url := database_url():
        from coffeeshop.cli.lti_database import LtiSchema

        return LtiStore(LtiSchema(url, class_name))
    return LtiStore(LtiFile(lti_folder() / f"{class_name}{STORE_SUFFIX}"))


def tool_key() -> ToolKey:
    """Return the key with which this tool signs, and make it if there is none. Raise Problems."""
    if url := database_url():
        from coffeeshop.cli.lti_database import load_database_key

        return load_database_key(url)
    return load_tool_key(lti_folder())


def hand_in_folder(class_name: str) -> Path:
    """Return the folder of hand-ins from browsers that aren't collected yet. Each server has its own."""
    return lti_folder() / f"{class_name}.handins"
