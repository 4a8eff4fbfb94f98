"""Leave the tests of the server out where the extra `serve` is not installed; those of links and messages ask for none."""

from importlib.util import find_spec
from pathlib import Path

ALONE = {"test_links.py", "test_messages.py"}

collect_ignore = (
    []
    if find_spec("textual_serve")
    else [path.name for path in Path(__file__).parent.glob("test_*.py") if path.name not in ALONE]
)
