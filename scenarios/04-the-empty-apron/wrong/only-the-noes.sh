# Deny what is on the list. The rest is allowed: that is the mistake.
aws iam put-user-policy --user-name casey --policy-name noes --policy-document file://policies/six-noes.json
