"""Serve the app in a browser. Each learner has a link with a secret, a session, and a save.

`links` keeps the secrets. `page` writes pages and headers. `session` runs one learner's app in its own process, with the
driver in `driver`. `server` lets a browser into its own session only. `messages` has the messages of a page. The terminal and
its protocol are textual-serve's. Only `page` and `server` need that extra.
"""
