"""Saves as programs before this one wrote them."""

from __future__ import annotations

import sqlite3

from coffeeshop.lessons.play.save_schema import TABLE_NAMES, TABLES_BY_VERSION


def turn_back(db: sqlite3.Connection, version: int) -> None:
    """Make of a save what it was in an earlier version: without the tables that came later."""
    for table in sorted(TABLE_NAMES - TABLES_BY_VERSION[version]):
        db.execute(f"DROP TABLE {table}")
    db.execute(f"PRAGMA user_version = {version}")
    db.commit()
