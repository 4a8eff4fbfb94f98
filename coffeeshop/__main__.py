"""`python -m coffeeshop` is `coffeeshop`."""

import gc


def main() -> None:
    """Run the command. Control-C ends it in silence, also while it is still being imported."""
    gc.disable()  # until the command is there: what is imported stays, and the collector would walk it in vain
    try:
        from coffeeshop.cli import main as command

        command()
    except KeyboardInterrupt:
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
