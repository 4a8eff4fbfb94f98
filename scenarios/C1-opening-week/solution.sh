# As root: create the administrators' group, Ada and her password, and delete root's key
aws iam create-group --group-name Admins
aws iam create-user --user-name ada
aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam add-user-to-group --group-name Admins --user-name ada
aws iam create-login-profile --user-name ada --password 'Latte-art-at-7'
aws iam delete-access-key --access-key-id @key

# As Ada: enrol her phone
console sign-in --user-name ada --password 'Latte-art-at-7'
aws iam create-virtual-mfa-device --virtual-mfa-device-name ada --outfile ada.png --bootstrap-method QRCodePNG --profile ada@console
aws iam enable-mfa-device --user-name ada --serial-number arn:aws:iam::111122223333:mfa/ada --authentication-code1 @phone --authentication-code2 @phone+1 --profile ada@console

# Require a code from everyone: one policy, on every group. Then sign in again with a code
aws iam create-policy --policy-name Code --policy-document file://policies/code.json --profile ada@console
aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::111122223333:policy/Code --profile ada@console
console sign-in --user-name ada --password 'Latte-art-at-7' --mfa-code @phone

# Cashiers
aws iam create-group --group-name Cashiers --profile ada@console
aws iam put-group-policy --group-name Cashiers --policy-name job --policy-document file://policies/cashiers.json --profile ada@console
aws iam attach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::111122223333:policy/Code --profile ada@console
aws iam create-user --user-name casey --profile ada@console
aws iam add-user-to-group --group-name Cashiers --user-name casey --profile ada@console
aws iam create-user --user-name robin --profile ada@console
aws iam add-user-to-group --group-name Cashiers --user-name robin --profile ada@console
aws iam create-user --user-name sam --profile ada@console
aws iam add-user-to-group --group-name Cashiers --user-name sam --profile ada@console

# InventorySpecialists
aws iam create-group --group-name InventorySpecialists --profile ada@console
aws iam put-group-policy --group-name InventorySpecialists --policy-name job --policy-document file://policies/inventory-specialists.json --profile ada@console
aws iam attach-group-policy --group-name InventorySpecialists --policy-arn arn:aws:iam::111122223333:policy/Code --profile ada@console
aws iam create-user --user-name indra --profile ada@console
aws iam add-user-to-group --group-name InventorySpecialists --user-name indra --profile ada@console

# Baristas
aws iam create-group --group-name Baristas --profile ada@console
aws iam put-group-policy --group-name Baristas --policy-name job --policy-document file://policies/baristas.json --profile ada@console
aws iam attach-group-policy --group-name Baristas --policy-arn arn:aws:iam::111122223333:policy/Code --profile ada@console
aws iam create-user --user-name bo --profile ada@console
aws iam add-user-to-group --group-name Baristas --user-name bo --profile ada@console

# Managers
aws iam create-group --group-name Managers --profile ada@console
aws iam put-group-policy --group-name Managers --policy-name job --policy-document file://policies/managers.json --profile ada@console
aws iam attach-group-policy --group-name Managers --policy-arn arn:aws:iam::111122223333:policy/Code --profile ada@console
aws iam create-user --user-name mina --profile ada@console
aws iam add-user-to-group --group-name Managers --user-name mina --profile ada@console

# A role for each of Bo's workstations
aws iam create-role --role-name Cashier --assume-role-policy-document file://policies/trust.json --profile ada@console
aws iam put-role-policy --role-name Cashier --policy-name work --policy-document file://policies/cashier.json --profile ada@console
aws iam create-role --role-name Inventory --assume-role-policy-document file://policies/trust.json --profile ada@console
aws iam put-role-policy --role-name Inventory --policy-name work --policy-document file://policies/inventory.json --profile ada@console
aws iam create-role --role-name OnlineOrders --assume-role-policy-document file://policies/trust.json --profile ada@console
aws iam put-role-policy --role-name OnlineOrders --policy-name work --policy-document file://policies/online-orders.json --profile ada@console

# The machine uses its role, and has no key in its settings
aws iam put-role-policy --role-name espresso-role --policy-name orders --policy-document file://policies/machine.json --profile ada@console
aws lambda update-function-configuration --function-name espresso-api --environment Variables={} --profile ada@console
