"""Serves the app in a browser: each learner a link with a secret of their own, a session and a save.

`links` keeps the secrets, `page` writes what a browser is given, `session` runs one learner's app in a process of its
own, whose driver is `driver`, `server` lets browsers in to their own session and nobody else's. `messages` is what a
page may say. Terminal and wire are textual-serve's; only `page` and `server` need that extra.
"""
