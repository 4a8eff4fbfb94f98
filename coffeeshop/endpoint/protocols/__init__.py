"""AWS's wire protocols: how parameters are read off a request, and a reply or a refusal written, by an operation's row.

https://smithy.io/2.0/aws/protocols/index.html
"""
