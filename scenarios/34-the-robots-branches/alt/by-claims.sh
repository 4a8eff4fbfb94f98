# GitHub's claims about the repository and the environment say the same as the subject.
#@ solution
#@ but trust-live.json -> trust-claims.json
