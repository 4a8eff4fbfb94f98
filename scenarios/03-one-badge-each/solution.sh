# A badge each, in the group that does this work
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-access-key --user-name casey
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-access-key --user-name robin

# The old one: its key, its group, and the badge itself
aws iam delete-access-key --user-name till --access-key-id @key
#@ optional: without a key nobody is till, whatever its groups allow
aws iam remove-user-from-group --group-name Cashiers --user-name till
#@ optional: a name that nobody can show opens nothing; gone is tidier
aws iam delete-user --user-name till
