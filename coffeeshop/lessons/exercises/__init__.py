"""Endless practice: scenarios that are drawn by a seed, made of the scenarios' own format and proved before they are shown.

    exercise(Choice(topic="groups", level=2, seed=7))     an Exercise: its files, and how many drafts were refused before
    named("practice-groups-2-7")                          the Choice behind an id; None where it is none

An idea (`ideas.py`) is a row: what somebody is to do, in a world with one wrong start, and the tempting answers that fall
short. A level is how many ideas meet in one exercise, each with people and things of its own.
"""
