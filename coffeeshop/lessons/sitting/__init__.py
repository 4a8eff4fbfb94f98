"""Holds the learner's sitting, once, below the shells: what is typed or pressed goes to a Player, and rows come of it.

A shell (lines, an app, a wire) is given a `Player` and never changes a play itself:

    player = Player(Progress(path), extra)
    player.open("05")                       Noted, or Refused: there is no such scenario, or it cannot be read
    player.type("aws iam list-users")       Typed, Refused (nothing was done), or MovedOn (by another window)
    player.sitting                          the Sitting as it stands now: frozen, replaced by each act

Every method answers data (`answers.py`); what it did is on the disk before it is answered, and where the disk did not
take it, the answer holds that Problem. After `MovedOn` the sitting is the other window's play: show that one. The views
make rows of the sitting: `sitting.tickets`, of the sitting's clock, and `sitting.report` are worked out once, whoever
asks. A grade may take half a second: a shell that must not wait calls `sitting.judged.grade()` in a thread, as often as it
likes, and `player.grade(at)` when it is there.
"""
