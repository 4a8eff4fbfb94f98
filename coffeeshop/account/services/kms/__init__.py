"""KMS: keys with their policies, aliases, grants and tags, and simulated cryptography with symmetric keys.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html
"""
