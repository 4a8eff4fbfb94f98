"""Serve the account over AWS's wire protocols, so that the real `aws` and boto3 work in the shop.

A request passes these modules. `http` reads it from the socket. `app` refuses it if it is too large or from another site.
`routing` finds its operation. `signature` proves its credential. A protocol in `protocols/` reads its parameters by the
operation's row. The Player does the act, and the same protocol writes the result. `answer` joins these steps without sockets,
and `serving` is the command's server.
"""
