# The shop as shop.sh leaves it: nobody but Ada works here yet.
