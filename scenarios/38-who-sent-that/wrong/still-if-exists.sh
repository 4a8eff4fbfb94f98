# Someone without a credential has no organization, and IfExists matches a missing key.
#@ solution
#@ but not menu.json
#@ but RestrictPublicBuckets=true -> RestrictPublicBuckets=false
