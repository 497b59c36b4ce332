"""Experiments of the study, one folder each: scans, table, synthetic brains, counterfactuals."""
