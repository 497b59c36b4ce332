"""FreeSurfer's and HCP's names of structures, as data; the right-hand spelling is this package's."""

#: the 34 regions of the Desikan-Killiany atlas (Desikan et al. 2006), as aparcstats2table spells them
_CORTEX = """
    bankssts caudalanteriorcingulate caudalmiddlefrontal cuneus entorhinal fusiform inferiorparietal
    inferiortemporal isthmuscingulate lateraloccipital lateralorbitofrontal lingual medialorbitofrontal
    middletemporal parahippocampal paracentral parsopercularis parsorbitalis parstriangularis pericalcarine
    postcentral posteriorcingulate precentral precuneus rostralanteriorcingulate rostralmiddlefrontal
    superiorfrontal superiorparietal superiortemporal supramarginal frontalpole temporalpole transversetemporal
    insula
"""
CORTEX = frozenset(_CORTEX.split())

_ASEG = """
    Lateral-Ventricle Inf-Lat-Vent Cerebellum-White-Matter Cerebellum-Cortex Thalamus Caudate Putamen Pallidum
    Hippocampus Amygdala Accumbens-area VentralDC vessel choroid-plexus UnsegmentedWhiteMatter
    3rd-Ventricle 4th-Ventricle 5th-Ventricle Brain-Stem CSF WM-hypointensities non-WM-hypointensities
    Optic-Chiasm CC_Posterior CC_Mid_Posterior CC_Central CC_Mid_Anterior CC_Anterior
"""
#: aseg (Fischl et al. 2002) as asegstats2table spells it; FreeSurfer 7 dropped "-Proper"
ASEG = {name: name for name in _ASEG.split()} | {"Thalamus-Proper": "Thalamus"}

#: HCP's short names
HCP_ASEG = {
    "LatVent": "Lateral-Ventricle",
    "InfLatVent": "Inf-Lat-Vent",
    "Cerebellum_WM": "Cerebellum-White-Matter",
    "Cerebellum_Cort": "Cerebellum-Cortex",
    "ThalamusProper": "Thalamus",
    "Caudate": "Caudate",
    "Putamen": "Putamen",
    "Pallidum": "Pallidum",
    "Hippo": "Hippocampus",
    "Amygdala": "Amygdala",
    "AccumbensArea": "Accumbens-area",
    "VentDC": "VentralDC",
    "Vessel": "vessel",
    "ChoroidPlexus": "choroid-plexus",
    "3rdVent": "3rd-Ventricle",
    "4thVent": "4th-Ventricle",
    "5thVent": "5th-Ventricle",
    "BrainStem": "Brain-Stem",
    "CSF": "CSF",
    "WM_Hypointens": "WM-hypointensities",
    "Non-WM_Hypointens": "non-WM-hypointensities",
    "OpticChiasm": "Optic-Chiasm",
    "CC_Posterior": "CC_Posterior",
    "CC_MidPosterior": "CC_Mid_Posterior",
    "CC_Central": "CC_Central",
    "CC_MidAnterior": "CC_Mid_Anterior",
    "CC_Anterior": "CC_Anterior",
}

#: structure, hemisphere, measure
GLOBAL: dict[str, tuple[str, str, str]] = {
    "EstimatedTotalIntraCranialVol": ("eTIV", "", "volume"),
    "IntraCranialVol": ("eTIV", "", "volume"),
    "eTIV": ("eTIV", "", "volume"),
    "ICV": ("eTIV", "", "volume"),
    "BrainSegVol": ("BrainSeg", "", "volume"),
    "BrainSegVolNotVent": ("BrainSegNotVent", "", "volume"),
    "BrainSegVolNotVentSurf": ("BrainSegNotVentSurf", "", "volume"),
    "lhCortexVol": ("Cortex", "left", "volume"),
    "rhCortexVol": ("Cortex", "right", "volume"),
    "CortexVol": ("Cortex", "", "volume"),
    "lhCerebralWhiteMatterVol": ("CerebralWhiteMatter", "left", "volume"),
    "rhCerebralWhiteMatterVol": ("CerebralWhiteMatter", "right", "volume"),
    "CerebralWhiteMatterVol": ("CerebralWhiteMatter", "", "volume"),
    "SubCortGrayVol": ("SubCortGray", "", "volume"),
    "TotalGrayVol": ("TotalGray", "", "volume"),
    "SupraTentorialVol": ("SupraTentorial", "", "volume"),
    "SupraTentorialVolNotVent": ("SupraTentorialNotVent", "", "volume"),
    "SupraTentorialVolNotVentVox": ("SupraTentorialNotVent", "", "voxels"),
    "MaskVol": ("Mask", "", "volume"),
    "BrainSegVol-to-eTIV": ("BrainSeg", "", "ratio"),
    "MaskVol-to-eTIV": ("Mask", "", "ratio"),
    "lhSurfaceHoles": ("Surface", "left", "holes"),
    "rhSurfaceHoles": ("Surface", "right", "holes"),
    "SurfaceHoles": ("Surface", "", "holes"),
    "lh_MeanThickness": ("Mean", "left", "thickness"),
    "rh_MeanThickness": ("Mean", "right", "thickness"),
    "lh_WhiteSurfArea": ("WhiteSurface", "left", "area"),
    "rh_WhiteSurfArea": ("WhiteSurface", "right", "area"),
}

HCP_GLOBAL: dict[str, tuple[str, str, str]] = {
    "InterCranial_Vol": GLOBAL["eTIV"],
    "IntraCranial_Vol": GLOBAL["eTIV"],
    "BrainSeg_Vol": GLOBAL["BrainSegVol"],
    "BrainSeg_Vol_No_Vent": GLOBAL["BrainSegVolNotVent"],
    "BrainSeg_Vol_No_Vent_Surf": GLOBAL["BrainSegVolNotVentSurf"],
    "LCort_GM_Vol": GLOBAL["lhCortexVol"],
    "RCort_GM_Vol": GLOBAL["rhCortexVol"],
    "TotCort_GM_Vol": GLOBAL["CortexVol"],
    "SubCort_GM_Vol": GLOBAL["SubCortGrayVol"],
    "Total_GM_Vol": GLOBAL["TotalGrayVol"],
    "SupraTentorial_Vol": GLOBAL["SupraTentorialVol"],
    "SupraTentorial_Vol_No_Vent": GLOBAL["SupraTentorialVolNotVent"],
    "SupraTentorial_No_Vent_Voxel_Count": GLOBAL["SupraTentorialVolNotVentVox"],
    "L_WM_Vol": GLOBAL["lhCerebralWhiteMatterVol"],
    "R_WM_Vol": GLOBAL["rhCerebralWhiteMatterVol"],
    "Tot_WM_Vol": GLOBAL["CerebralWhiteMatterVol"],
    "Mask_Vol": GLOBAL["MaskVol"],
    "BrainSegVol_eTIV_Ratio": GLOBAL["BrainSegVol-to-eTIV"],
    "MaskVol_eTIV_Ratio": GLOBAL["MaskVol-to-eTIV"],
    "LH_Defect_Holes": GLOBAL["lhSurfaceHoles"],
    "RH_Defect_Holes": GLOBAL["rhSurfaceHoles"],
    "Total_Defect_Holes": GLOBAL["SurfaceHoles"],
}
