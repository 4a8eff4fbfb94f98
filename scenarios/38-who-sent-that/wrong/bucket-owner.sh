# aws:ResourceAccount is the account of the bucket: always ours, whichever account CloudTrail works for.
#@ solution
#@ but trail.json -> trail-bucket-owner.json
