# A trail can have a prefix, so another account's trail can also write into our folder.
#@ solution
#@ but trail.json -> trail-folder.json
