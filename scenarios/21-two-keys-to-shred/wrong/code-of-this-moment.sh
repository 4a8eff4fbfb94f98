# A code that is five seconds old is refused already: nobody shreds that fast.
#@ solution
aws iam put-group-policy --group-name Managers --policy-name shredding --policy-document file://policies/shredding-code-of-this-moment.json
