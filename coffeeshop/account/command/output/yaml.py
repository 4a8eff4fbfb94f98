"""Print `--output yaml`: YAML 1.2 with members sorted by name. A single scalar is printed as JSON.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html#yaml-output
"""

from __future__ import annotations

import json
from io import StringIO

from coffeeshop.account.command.terminal_text import Plain


def yaml_text(value: Plain) -> str:
    """Return a value as YAML, without the last line feed."""
    if not isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    # A twentieth of a second, for the few lines that ask for it.
    from ruamel.yaml import YAML

    writer = YAML(typ="safe")
    out = StringIO()
    writer.default_flow_style = False
    writer.dump(value, out)  # pyright: ignore[reportUnknownMemberType]  # its parameters carry no types
    return out.getvalue().rstrip("\n")
