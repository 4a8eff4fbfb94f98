"""`python -m coffeeshop` is `coffeeshop`. Nothing catches Control-C during an import outside of `main`, so there is one only."""

import os


def main() -> None:
    """Run the command, unless the machine lacks something that Python needs. Control-C ends it without a message."""
    try:
        import gc

        from coffeeshop.machine import machine_problem

        if fault := machine_problem():
            from contextlib import suppress

            with suppress(OSError):  # nobody hears it
                os.write(2, f"error: {fault}\n".encode())
            raise SystemExit(2)
        gc.disable()  # until the command is there: what is imported stays, and the collector would walk it in vain
        from coffeeshop.cli import main as command

        command()
    except KeyboardInterrupt:
        raise SystemExit(1) from None
    except (
        RuntimeError
    ) as wrapped:  # what Python 3.11 makes of Control-C in the body of a class
        if not isinstance(wrapped.__cause__, KeyboardInterrupt):
            raise
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
