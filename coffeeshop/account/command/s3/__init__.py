"""Run `aws s3`, whose commands make several S3 calls each, on buckets and on the scenario's files.

https://docs.aws.amazon.com/cli/latest/reference/s3/
"""
