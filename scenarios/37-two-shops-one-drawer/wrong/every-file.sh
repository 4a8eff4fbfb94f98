# The role could open any file that any bucket lets it open.
#@ solution
#@ but baker.json -> every-file.json
