"""A module that takes long to be imported, by the processor: longer than some task may work, and in the making of a class."""

from time import process_time


class Slow:
    """Python tells whatever is raised while a value learns its name as a RuntimeError."""

    def __set_name__(self, owner: type, name: str) -> None:
        until = process_time() + 0.1
        while process_time() < until:
            pass


class Made:
    """Takes its time."""

    value = Slow()
