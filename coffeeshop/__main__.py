"""`python -m coffeeshop` is `coffeeshop`."""

from coffeeshop.cli import main

if __name__ == "__main__":
    main()
