# The boundary allows sending to every queue, so that no one has to change it again
#@ solution
#@ but three-sends.json -> any-sends.json
