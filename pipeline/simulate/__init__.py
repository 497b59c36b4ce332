"""The simulated cohort: brains whose causes, and so whose counterfactuals, are known."""
