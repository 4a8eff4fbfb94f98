"""Leave the tests of real clients out where there are none: boto3, the aws CLI and the server come with the peers extra."""

from importlib.util import find_spec
from pathlib import Path

CLIENTS = ("boto3", "awscli", "uvicorn")
ALONE = {"test_signature.py"}  # which asks none of them

collect_ignore = (
    []
    if all(map(find_spec, CLIENTS))
    else [p.name for p in Path(__file__).parent.glob("test_*.py") if p.name not in ALONE]
)
