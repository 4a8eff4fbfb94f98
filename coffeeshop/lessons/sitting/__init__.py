"""Hold a learner's sitting. A Player takes the learner's input, and shells make rows of its answers.

A shell (lines, an app, a wire) is given a `Player` and never changes a play itself:

    player = Player(Progress(path), extra)
    player.open("05")                       Noted, or Refused: there is no such scenario, or it cannot be read
    player.type("aws iam list-users")       Typed, Refused (nothing was done), or MovedOn (by another window)
    player.sitting                          the Sitting as it stands now: frozen, replaced by each act

Every method returns data (`answers.py`). A change is on the disk before the answer. Where the disk couldn't be written,
the answer holds that Problem. After `MovedOn` the sitting is the other window's play, so show that one. The views make
rows of the sitting. `sitting.tickets`, at the sitting's clock, and `sitting.report` are computed once. A grade can take
half a second. A shell that must not wait calls `sitting.assessment.grade()` in a thread, and `player.grade(at)` afterwards.
"""
