"""The shop, the shelf and the receipt as pictures made of rows."""
