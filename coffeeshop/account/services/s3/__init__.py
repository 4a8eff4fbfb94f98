"""S3: buckets, their objects, policies and settings, as much as the shop's staff and the tools of its teachers ask for.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""
