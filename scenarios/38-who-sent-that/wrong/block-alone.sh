# While the policy is public, S3 also keeps out the harbour.
#@ solution
#@ but not menu.json
