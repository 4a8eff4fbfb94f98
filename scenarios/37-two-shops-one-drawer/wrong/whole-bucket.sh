# The star covers the secret recipes as well.
#@ solution
#@ but bucket.json -> whole-bucket.json
#@ but baker.json -> every-file.json
