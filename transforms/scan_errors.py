"""The errors of this package: a scan that cannot be used, and volumes that lie on different grids."""


class ScanError(ValueError):
    """A scan cannot be used: one line that names the file, what was expected and what came."""


class GridMismatchError(ValueError):
    """Something made for one grid met another grid: both fingerprints are in the message."""
