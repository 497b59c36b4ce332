"""Ignite engines, handlers and metrics through MONAI."""
