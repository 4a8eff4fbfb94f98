#@ solution
#@ but baristas.json -> assume-any-role.json
