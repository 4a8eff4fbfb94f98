# The preview's role can write the live menu.
#@ solution
#@ but file://policies/preview.json -> file://policies/whole-bucket.json
