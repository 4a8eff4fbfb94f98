# Reading seems harmless, so the action has a star after Get.
aws iam put-group-policy --group-name Cashiers --policy-name Till --policy-document file://policies/all-the-gets.json
