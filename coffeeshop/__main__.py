"""`python -m coffeeshop` is `coffeeshop`."""

import os
from contextlib import suppress

ASTRAY = (
    "error: the clock of this machine shows a time before the year 1678 or after 2261, which Python cannot count; "
    "set the clock of the machine\n"
)


def main() -> None:
    """Run the command. Control-C ends it in silence, also while it is still being imported; where the clock is so far
    astray that Python cannot import all of itself, that is said.
    """
    try:
        if not _has_time():
            with suppress(OSError):
                os.write(2, ASTRAY.encode())
            raise SystemExit(2)
        from coffeeshop.cli import main as command

        command()
    except KeyboardInterrupt:
        raise SystemExit(1) from None


def _has_time() -> bool:
    """Tells whether the clock shows a time that Python can count: nanoseconds from 1970 on that 64 bits hold."""
    try:
        from time import time

        time()
    except (OverflowError, OSError):
        return False
    return True


if __name__ == "__main__":
    main()
