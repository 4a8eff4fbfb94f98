# AWS's answer named only the SCP, so only the SCP was changed.
#@ solution
#@ but not CounterLimit
