"""Serves the account over AWS's own wire protocols, so that the real `aws` and real boto3 work in the shop.

One request's way: `app` takes it off the socket, `routing` finds its operation, `signature` proves its credential, a
protocol of `protocols/` reads its parameters by the operation's row, the Player does the act, and the same protocol
writes what came of it. `answer` is that way without sockets; `serving` is the command's server.
"""
