"""The page's chapters: one file each, filled from a run's files."""
