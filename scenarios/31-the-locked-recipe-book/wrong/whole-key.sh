# Kim can read, and also delete the key
#@ solution
#@ but unlock.json -> whole-key.json
