# The ARN contains the Region, but listing acts on no queue
#@ solution
#@ but three-counts.json -> three-counts-arn.json
