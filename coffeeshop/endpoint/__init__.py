"""Serves the account over AWS's own wire protocols, so that the real `aws` and real boto3 work in the shop.

One request's way: `http` takes it off the socket, `app` refuses what is too large or wasn't meant for it, `routing`
finds its operation, `signature` proves its credential, a protocol of `protocols/` reads its parameters by the operation's
row, the Player does the act, and the same protocol writes what came of it. `answer` is that way without sockets;
`serving` is the command's server.
"""
