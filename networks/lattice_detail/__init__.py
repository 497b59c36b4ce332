"""Sharp brains on a fine grid from a coarse lattice: nodes' voxels, what moving blurs, and noise for the rest."""
