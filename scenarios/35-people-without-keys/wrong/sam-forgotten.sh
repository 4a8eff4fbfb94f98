# Sam has a user in Identity Center, and isn't in the group.
#@ solution
#@ but not create-group-membership
