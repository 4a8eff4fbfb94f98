# aws:ResourceAccount is whose bucket it is: always ours, for whomever CloudTrail works.
#@ solution
#@ but trail.json -> trail-bucket-owner.json
