"""The identity store of IAM Identity Center: its users and groups.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Operations.html
"""
