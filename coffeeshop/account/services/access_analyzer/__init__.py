"""IAM Access Analyzer: checks of policies, analyzers, and findings about external and unused access.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Operations.html
"""
