"""Ageing as loss of tissue: a solver of its own, which shares no code with the edit nor with the velocity
physics.
"""
