# Every workflow of the repository can still assume the new role, also one of a pull request.
#@ solution
#@ but trust-preview.json -> trust.json
