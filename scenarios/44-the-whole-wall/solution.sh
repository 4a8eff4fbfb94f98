# By Noor: the SCP lets counts be written, and the RCP lets the roastery's account pass
aws organizations update-policy --policy-id @policy:ShopWork --content file://policies/shop-work.json --profile noor@console
aws organizations update-policy --policy-id @policy:OwnPeople --content file://policies/own-people.json --profile noor@console
# By Ada: the boundary and the session policy let counts be written
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/CounterLimit --policy-document file://policies/counter-limit.json --set-as-default
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/AppLimit --policy-document file://policies/app-limit.json --set-as-default
