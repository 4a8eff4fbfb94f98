# The owner's badge can do everything, so why sign in twice?
#@ solution
#@ but not console sign-in
#@ but --profile ada@console ->
