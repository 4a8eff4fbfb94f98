"""DynamoDB: tables with a hash key, and perhaps a sort key, and their items.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""
