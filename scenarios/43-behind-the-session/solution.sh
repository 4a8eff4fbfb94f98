# PurgeQueue has the session's key, and the AssumeRole event that made that key has the caller: Noor
aws iam update-assume-role-policy --role-name Closer --policy-document file://policies/trust-two.json
aws iam put-role-policy --role-name Closer --policy-name closing --policy-document file://policies/sales.json
