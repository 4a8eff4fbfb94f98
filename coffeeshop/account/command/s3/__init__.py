"""`aws s3`: commands that make several of S3's calls each, on buckets and on the files of the scenario.

https://docs.aws.amazon.com/cli/latest/reference/s3/
"""
