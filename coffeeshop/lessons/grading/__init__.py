"""Grade a play: compare what everybody is allowed with what is needed, permitted and kept.

The words of this package, each for every principal and every credential they can have:

- *needed*: what the jobs ask for, and the slack; it must be allowed (star 1).
- *allowed*: what the account allows in a session, as the policy engine decides.
- *permitted*: what is needed, and what may stay as it was; nothing more may be allowed (star 2).
- *kept*: what somebody could do before the play and must still be allowed (star 1).
- *refused*: what a refusal of the brief is about; it must be denied (star 1).
"""
