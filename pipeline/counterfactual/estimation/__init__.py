"""Estimates of what covariates change: generalised least squares, and a hierarchical model of effects."""
