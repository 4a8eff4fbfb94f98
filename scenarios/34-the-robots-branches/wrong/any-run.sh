# Every workflow of the repository can assume the new role, even a pull request's.
#@ solution
#@ but trust-preview.json -> trust.json
