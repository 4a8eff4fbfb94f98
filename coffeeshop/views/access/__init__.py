"""Who can reach what: in words, as a table of letters, and as a drawing of lines from people to things."""
