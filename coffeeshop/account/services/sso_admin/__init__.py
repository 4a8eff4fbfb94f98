"""IAM Identity Center: permission sets, and who has them in which account.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_Operations.html
"""
