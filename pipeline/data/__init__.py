"""Cohorts: one typed table from HCP, BIDS or a CSV; splits, preparation, datasets."""
