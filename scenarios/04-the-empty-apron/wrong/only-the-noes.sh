# Whatever is not for her is forbidden now; the rest she may, or so one thinks.
aws iam put-user-policy --user-name casey --policy-name noes --policy-document file://policies/six-noes.json
