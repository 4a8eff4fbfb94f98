# The policy refuses a code that is older than five seconds.
#@ solution
aws iam put-group-policy --group-name Managers --policy-name shredding --policy-document file://policies/shredding-code-of-this-moment.json
