#@ solution
#@ but orders.json -> all-of-the-queue.json
