# A star covers every station's queue
#@ solution
#@ but waffles.json -> any-orders.json
