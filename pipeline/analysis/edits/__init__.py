"""Edits of real scans along age, sex and head size: directions, methods, and their score against the truth."""
