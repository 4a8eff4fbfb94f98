"""Draw endless practice from seeds: scenarios in the usual format, checked before they are shown.

    exercise(Choice(topic="groups", level=2, seed=7))     an Exercise: its files, and how many drafts were refused before
    named("practice-groups-2-7")                          the Choice behind an id; None where it is none

An idea (`ideas.py`) is a row: a task in an account with one fault, and tempting wrong answers. A level is the number of
ideas in one exercise. Each idea has its own people and things.
"""
