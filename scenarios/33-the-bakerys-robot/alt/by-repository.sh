# GitHub's claim about the repository says the same as the subject.
#@ solution
#@ but trust.json -> trust-repository.json
