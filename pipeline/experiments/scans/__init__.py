"""Probes of voxels and latents, reconstructions."""
