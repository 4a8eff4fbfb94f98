# The board's role gets one more policy. Its boundary stays as it was
#@ solution
#@ but not create-policy-version
aws iam put-role-policy --role-name OrderBoard --policy-name waffles --policy-document file://policies/waffle-sends.json
