"""Checks of what a scan says of itself: whether its image agrees with its header."""
