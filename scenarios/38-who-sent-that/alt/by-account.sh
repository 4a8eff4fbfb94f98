# Every trail of our own account can write: a trail's ARN has the account's id anyway.
#@ solution
#@ but trail.json -> trail-account.json
