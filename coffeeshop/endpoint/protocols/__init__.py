"""AWS's wire protocols. They read the parameters of a request and write a reply or a refusal, by an operation's row.

https://smithy.io/2.0/aws/protocols/index.html
"""
