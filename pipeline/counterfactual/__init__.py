"""Edits of real scans along age, sex and head size: an edit that deforms, its baselines, directions in latents."""
