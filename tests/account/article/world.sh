# A fresh account: an owner who signs in with e-mail address and password, and nothing else.
