"""Leave the test in a real browser out where nothing drives one: selenium comes with the peers extra."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("selenium") else ["test_chromium.py"]
