"""Draw endless practice from seeds: scenarios in the usual format, checked before they are shown.

    exercise(Choice(topic="groups", level=2, seed=7))     an Exercise: its files, and how many drafts were refused before
    parse_choice("practice-groups-level2-7")              the Choice behind an id; None where it is none

An idea (`ideas.py`) is a row: a task in an account with one fault, and tempting wrong answers. A pair (`pairs.py`) is a
task in which two ideas affect each other. A level says how much of it the learner does alone.
"""
