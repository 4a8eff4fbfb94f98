# The star covers every organization in the world.
#@ solution
#@ but not put-public-access-block
#@ but menu.json -> menu-any-organization.json
