"""The teaching: scenarios, plays, the grade, hints and progress."""
