aws iam create-group --group-name StockKeepers
aws iam put-group-policy --group-name StockKeepers --policy-name wear-inventory --policy-document file://policies/wear.json
aws iam add-user-to-group --group-name StockKeepers --user-name bo
