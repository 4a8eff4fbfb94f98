# Only queues without a tag can get one. One of them is left
#@ solution
#@ but not tag-queue
