# The ARN has the Region in it, but listing acts on no queue
#@ solution
#@ but three-counts.json -> three-counts-arn.json
