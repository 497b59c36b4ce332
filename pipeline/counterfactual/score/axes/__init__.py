"""The axes of the score: on each, doing nothing has 0 and the truth has 1."""
