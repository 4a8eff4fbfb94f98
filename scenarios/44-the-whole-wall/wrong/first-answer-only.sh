# The answer named the SCP. Nothing else was in the way.
#@ solution
#@ but not CounterLimit
