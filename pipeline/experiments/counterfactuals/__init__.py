"""Held-out scans moved along age and sex, scored where the truth is known."""
