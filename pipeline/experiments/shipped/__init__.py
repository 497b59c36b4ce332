"""Weights that ship: the recipe of each, its training, what is measured of it, and where it goes."""
