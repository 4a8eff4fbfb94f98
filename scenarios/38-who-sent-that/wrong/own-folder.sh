# A trail can have a prefix, so another account's trail can write into our folder, too.
#@ solution
#@ but trail.json -> trail-folder.json
