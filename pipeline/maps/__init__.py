"""Group maps of voxels, regions and tables: what age and sex change on average, tested family by family."""
