"""The permissions of all principals: in words, as a table of letters, and as a drawing of lines."""
