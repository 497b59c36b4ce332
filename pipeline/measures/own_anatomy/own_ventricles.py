"""The lateral and third ventricles of one person, as a share of each voxel."""

import numpy as np
from scipy.ndimage import binary_dilation, binary_propagation, find_objects, generate_binary_structure

from brainaging.pipeline.measures.own_anatomy.ventricle_territory import ventricle_distance, ventricle_territory
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec, get_grid

#: share of fluid from which a voxel carries growth on. Sensitivity (r with the true volume of 30 simulated people,
#: and the mean and largest change in 20 real scans, per cent, when the grid is moved by half a voxel of 4 mm):
#: 0.961, -0.5 and 10.6 with 0.3; 0.959, -2.2 and 11.2 with 0.4; 0.953, -3.2 and 14.9 with 0.5
CONNECTED = 0.3
#: so near to the template's ventricles, mm, fluid is the person's: horns and the third ventricle are too thin for
#: their voxels to be connected on coarse grids. Sensitivity (the same): 0.960 with 2 mm, 0.959 with 4
NEAR_MM = 3.0
#: growth begins within this distance of the template's ventricles, mm. Sensitivity: not measured
SEED_MM = 6.0


def ventricles(shares: np.ndarray, grid: str | GridSpec) -> np.ndarray:
    """Return the share of each voxel that lateral and third ventricles fill, ``grid.shape`` float32.

    Fluid grows from the template's ventricles through connected fluid of the person, as far as it is nearer to the
    template's ventricles than to its sulci and cisterns; the walls' voxels count by their share. The fourth
    ventricle, open to the cisterns beneath the cerebellum, is left out.

    Args:
        shares: (3, X, Y, Z) of :func:`tissue_shares`.
        grid: of them.

    Raises:
        UserError: shares that are not on the grid.
    """
    spec = get_grid(grid)
    if shares.shape != (3, *spec.shape):
        raise UserError(f"shares: expected {(3, *spec.shape)} of grid {spec.name}, found {shares.shape}")
    territory, away = ventricle_territory(spec), ventricle_distance(spec)
    result = np.zeros(spec.shape, np.float32)
    box = find_objects(territory.astype(int))[0]
    fluid, territory, away = shares[0][box], territory[box], away[box]
    around = generate_binary_structure(3, 3)
    full = (fluid > CONNECTED) & territory
    grown = binary_propagation(full & (away <= SEED_MM), around, mask=full)
    # the walls' voxels hold the rest
    region = (binary_dilation(grown, around) | (away <= NEAR_MM)) & territory
    result[box] = np.where(region, fluid, 0)
    return result
