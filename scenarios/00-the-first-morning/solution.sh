# Hire her, and put her where the work's permission hangs.
aws iam create-user --user-name casey
aws iam add-user-to-group --group-name Cashiers --user-name casey
