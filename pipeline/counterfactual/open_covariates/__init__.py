"""Designs of any covariates that a formula names."""
