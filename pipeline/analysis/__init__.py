"""Statistics on voxels and latents: probes, reconstruction, intervals, results."""
