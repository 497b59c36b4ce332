"""The structures whose growth a scenario prescribes, by FreeSurfer's labels (aseg, Desikan-Killiany)."""

_LOBES = {
    "frontal cortex": (3, 12, 14, 17, 18, 19, 20, 24, 27, 28, 32),
    "temporal cortex": (1, 6, 7, 9, 15, 16, 30, 33, 34),
    "parietal cortex": (8, 22, 25, 29, 31),
    "occipital cortex": (5, 11, 13, 21),
    "cingulate cortex": (2, 10, 23, 26),
    "insula": (35,),
}
"""Parcels of each lobe as FreeSurfer's wiki groups them (CorticalParcellation), the cingulate apart."""
VENTRICLES = "ventricles"
LABELS: dict[str, tuple[int, ...]] = {
    **{
        name: tuple(side + parcel for side in (1000, 2000) for parcel in parcels)
        for name, parcels in _LOBES.items()
    },
    "white matter": (2, 41, 77, 251, 252, 253, 254, 255),
    "cerebellar cortex": (8, 47),
    "cerebellar white matter": (7, 46),
    "thalamus": (10, 49),
    "caudate": (11, 50),
    "putamen": (12, 51),
    "pallidum": (13, 52),
    "hippocampus": (17, 53),
    "amygdala": (18, 54),
    "accumbens": (26, 58),
    "brain stem": (16, 28, 60),
    VENTRICLES: (4, 43),
}
"""What is in none of them (third and fourth ventricle, choroid plexus, vessels) gives way as fluid does."""
NAMES: tuple[str, ...] = tuple(LABELS)
GIVING_LABELS = (4, 5, 14, 15, 24, 30, 31, 43, 44, 62, 63)
"""Labels that stand for fluid: ventricles, cerebrospinal fluid, vessels and choroid plexus."""
