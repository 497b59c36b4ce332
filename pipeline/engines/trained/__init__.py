"""Weights that were trained: which file, of what sizes, on which grid; and how they are made smaller to ship."""
