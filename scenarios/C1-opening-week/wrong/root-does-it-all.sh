# Root can do everything, so no one signs in as Ada.
#@ solution
#@ but not console sign-in
#@ but --profile ada@console ->
