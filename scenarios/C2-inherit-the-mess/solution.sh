#@ mends
