#@ solution
#@ but not console sign-in
#@ but --profile ada@console ->
