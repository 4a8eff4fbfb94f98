"""What the tests of pictures share: a canvas as its text."""

from coffeeshop.views.picture.picture import Canvas


def lines(canvas: Canvas) -> list[str]:
    return ["".join(run.text for run in line) for line in canvas]
