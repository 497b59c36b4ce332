"""Probes of a FreeSurfer table and its latents, importance, sites."""
