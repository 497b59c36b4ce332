"""What heads, structures and parcels measure in mm, mm² and mm³, as data: no other unit gives such numbers."""

#: mL: the median head of a table, of children or adults; and any one head, FreeSurfer's failures among them
HEAD_MEDIAN, HEAD = (700.0, 2500.0), (400.0, 3500.0)
#: mm: a parcel's median thickness, and any one (mris_anatomical_stats cuts at 5)
THICKNESS_MEDIAN, THICKNESS = (0.5, 6.0), (0.3, 7.0)
#: factors to mm, mm², mm³
FACTORS = {
    "thickness": {"mm": 1.0, "µm": 1e-3, "cm": 10.0},
    "area": {"mm²": 1.0, "cm²": 100.0},
    "volume": {"mm³": 1.0, "mL": 1e3},
}
#: mm³: medians of structures that differ little between people (aseg of two open cohorts, rounded)
TYPICAL = {
    "Cerebellum-White-Matter": 14_000,
    "Cerebellum-Cortex": 55_000,
    "Thalamus": 7_500,
    "Caudate": 3_800,
    "Putamen": 5_300,
    "Pallidum": 1_900,
    "Hippocampus": 4_000,
    "Amygdala": 1_600,
    "Accumbens-area": 600,
    "VentralDC": 3_900,
    "Brain-Stem": 21_000,
    "Cerebral-White-Matter": 230_000,
    "Cerebral-Cortex": 240_000,
    "BrainSeg": 1_150_000,
    "BrainSegNotVent": 1_130_000,
    "BrainSegNotVentSurf": 1_130_000,
    "SubCortGray": 58_000,
    "TotalGray": 650_000,
    "SupraTentorial": 1_000_000,
    "SupraTentorialNotVent": 980_000,
    "Mask": 1_550_000,
}
#: how far from typical a median may lie, and one person's
NEAR, FAR = 6.0, 30.0
#: mm² and mm³: the median over a table's parcels (34 to 75 a side)
PARCELS = {"area": (300.0, 8_000.0), "volume": (400.0, 25_000.0)}
#: so many parcels tell thickness, which differs by less than this factor between them, from areas and volumes
FEWEST_PARCELS, EVEN = 10, 4.0
