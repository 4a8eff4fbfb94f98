# CloudTrail writes for our trail alone
aws s3api put-bucket-policy --bucket coffeeshop-trail --policy file://policies/trail.json
# The menu is for the organization, and S3 refuses what would open it to the world
aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy file://policies/menu.json
aws s3api put-public-access-block --bucket coffeeshop-recipes --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
