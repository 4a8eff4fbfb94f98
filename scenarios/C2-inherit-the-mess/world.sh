#@ at 2025-06-02T08:00:00Z
# The shop as planned: a group for each job, and roles for the till, the machine and the partner
aws iam create-policy --policy-name Code --policy-document file://policies/code.json
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name list --policy-document file://policies/list.json
aws iam put-group-policy --group-name Cashiers --policy-name papers --policy-document file://policies/papers.json
aws iam create-group --group-name InventorySpecialists
aws iam put-group-policy --group-name InventorySpecialists --policy-name stock --policy-document file://policies/stock.json
aws iam create-group --group-name Baristas
aws iam put-group-policy --group-name Baristas --policy-name wear --policy-document file://policies/wear.json
aws iam create-group --group-name Managers
aws iam put-group-policy --group-name Managers --policy-name payroll --policy-document file://policies/payroll.json
aws iam put-group-policy --group-name Managers --policy-name void --policy-document file://policies/void.json
aws iam attach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::111122223333:policy/Code
aws iam attach-group-policy --group-name InventorySpecialists --policy-arn arn:aws:iam::111122223333:policy/Code
aws iam attach-group-policy --group-name Baristas --policy-arn arn:aws:iam::111122223333:policy/Code
aws iam attach-group-policy --group-name Managers --policy-arn arn:aws:iam::111122223333:policy/Code
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
aws iam create-user --user-name robin
aws iam add-user-to-group --group-name Cashiers --user-name robin
aws iam create-user --user-name indra
aws iam add-user-to-group --group-name InventorySpecialists --user-name indra
aws iam create-user --user-name bo
aws iam add-user-to-group --group-name Baristas --user-name bo
aws iam create-user --user-name mina
aws iam add-user-to-group --group-name Managers --user-name mina
aws iam create-policy --policy-name Till --policy-document file://policies/till.json
aws iam create-role --role-name Cashier --max-session-duration 28800 --assume-role-policy-document file://policies/trust.json
aws iam attach-role-policy --role-name Cashier --policy-arn arn:aws:iam::111122223333:policy/Till
aws iam put-role-policy --role-name espresso-role --policy-name orders --policy-document file://policies/orders.json
aws iam create-role --role-name OrdersExport --assume-role-policy-document file://policies/courier-trust.json
aws iam put-role-policy --role-name OrdersExport --policy-name export --policy-document file://policies/export.json

# What people changed since then
#@ breaks
