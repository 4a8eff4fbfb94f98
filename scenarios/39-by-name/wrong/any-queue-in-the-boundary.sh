# The boundary allows sending to all queues, so that no one has to change it again
#@ solution
#@ but three-sends.json -> any-sends.json
