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
#: of them, those that the DKT protocol has not (Klein and Tourville 2012): its other 31 have the same names
NOT_IN_DKT = frozenset(("bankssts", "frontalpole", "temporalpole"))

_DESTRIEUX = """
    G&S_frontomargin G&S_occipital_inf G&S_paracentral G&S_subcentral G&S_transv_frontopol G&S_cingul-Ant
    G&S_cingul-Mid-Ant G&S_cingul-Mid-Post G_cingul-Post-dorsal G_cingul-Post-ventral G_cuneus
    G_front_inf-Opercular G_front_inf-Orbital G_front_inf-Triangul G_front_middle G_front_sup
    G_Ins_lg&S_cent_ins G_insular_short G_occipital_middle G_occipital_sup G_oc-temp_lat-fusifor
    G_oc-temp_med-Lingual G_oc-temp_med-Parahip G_orbital G_pariet_inf-Angular G_pariet_inf-Supramar
    G_parietal_sup G_postcentral G_precentral G_precuneus G_rectus G_subcallosal G_temp_sup-G_T_transv
    G_temp_sup-Lateral G_temp_sup-Plan_polar G_temp_sup-Plan_tempo G_temporal_inf G_temporal_middle
    Lat_Fis-ant-Horizont Lat_Fis-ant-Vertical Lat_Fis-post Pole_occipital Pole_temporal S_calcarine S_central
    S_cingul-Marginalis S_circular_insula_ant S_circular_insula_inf S_circular_insula_sup S_collat_transv_ant
    S_collat_transv_post S_front_inf S_front_middle S_front_sup S_interm_prim-Jensen S_intrapariet&P_trans
    S_oc_middle&Lunatus S_oc_sup&transversal S_occipital_ant S_oc-temp_lat S_oc-temp_med&Lingual
    S_orbital_lateral S_orbital_med-olfact S_orbital-H_Shaped S_parieto_occipital S_pericallosal S_postcentral
    S_precentral-inf-part S_precentral-sup-part S_suborbital S_subparietal S_temporal_inf S_temporal_sup
    S_temporal_transverse
"""
#: the 74 parcels of the Destrieux atlas (Destrieux et al. 2010), as aparcstats2table spells them
DESTRIEUX = tuple(_DESTRIEUX.split())
#: the areas of FreeSurfer's BA_exvivo
EXVIVO = tuple(
    f"{area}_exvivo"
    for area in (
        *("BA1", "BA2", "BA3a", "BA3b", "BA4a", "BA4p", "BA6", "BA44", "BA45", "V1", "V2", "MT"),
        *("perirhinal", "entorhinal"),
    )
)

_ASEG = """
    Lateral-Ventricle Inf-Lat-Vent Cerebellum-White-Matter Cerebellum-Cortex Thalamus Caudate Putamen Pallidum
    Hippocampus Amygdala Accumbens-area VentralDC vessel choroid-plexus UnsegmentedWhiteMatter
    3rd-Ventricle 4th-Ventricle 5th-Ventricle Brain-Stem CSF WM-hypointensities non-WM-hypointensities
    Optic-Chiasm CC_Posterior CC_Mid_Posterior CC_Central CC_Mid_Anterior CC_Anterior
    Cerebral-White-Matter Cerebral-Cortex
"""
#: aseg (Fischl et al. 2002) as asegstats2table spells it; FreeSurfer 7 dropped "-Proper"
ASEG = {name: name for name in _ASEG.split()} | {"Thalamus-Proper": "Thalamus"}
#: structures of the midline, or of the whole brain: they have no side
MIDLINE = frozenset(
    ("3rd-Ventricle", "4th-Ventricle", "5th-Ventricle", "Brain-Stem", "CSF", "Optic-Chiasm")
    + ("CC_Posterior", "CC_Mid_Posterior", "CC_Central", "CC_Mid_Anterior", "CC_Anterior")
)
#: structures that FreeSurfer has of each side and of both
EITHER = frozenset(("WM-hypointensities", "non-WM-hypointensities"))

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
    "TIV": ("eTIV", "", "volume"),
    "sTIV": ("eTIV", "", "volume"),
    "sbTIV": ("eTIV", "", "volume"),
    "BrainSegVol": ("BrainSeg", "", "volume"),
    "BrainSegVolNotVent": ("BrainSegNotVent", "", "volume"),
    "BrainSegVolNotVentSurf": ("BrainSegNotVentSurf", "", "volume"),
    "lhCortexVol": ("Cortex", "left", "volume"),
    "rhCortexVol": ("Cortex", "right", "volume"),
    "CortexVol": ("Cortex", "", "volume"),
    "lhCerebralWhiteMatterVol": ("CerebralWhiteMatter", "left", "volume"),
    "rhCerebralWhiteMatterVol": ("CerebralWhiteMatter", "right", "volume"),
    "CerebralWhiteMatterVol": ("CerebralWhiteMatter", "", "volume"),
    # FreeSurfer 5's names of the three
    "lhCorticalWhiteMatterVol": ("CerebralWhiteMatter", "left", "volume"),
    "rhCorticalWhiteMatterVol": ("CerebralWhiteMatter", "right", "volume"),
    "CorticalWhiteMatterVol": ("CerebralWhiteMatter", "", "volume"),
    "VentricleChoroidVol": ("VentricleChoroid", "", "volume"),
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

#: other names of aseg's structures (SynthSeg's and what people write), and FreeSurfer's
OTHER_ASEG = {
    "Inferior-Lateral-Ventricle": "Inf-Lat-Vent",
    "Accumbens": "Accumbens-area",
    "Nucleus-Accumbens": "Accumbens-area",
    "Third-Ventricle": "3rd-Ventricle",
    "Fourth-Ventricle": "4th-Ventricle",
    "Ventral-Diencephalon": "VentralDC",
    "Globus-Pallidus": "Pallidum",
    "Cerebral-WM": "Cerebral-White-Matter",
    "Cerebellar-White-Matter": "Cerebellum-White-Matter",
    "Cerebellar-Cortex": "Cerebellum-Cortex",
}

#: other names of intracranial volume and of measures of a whole side, and FreeSurfer's
OTHER_GLOBAL = {
    "total intracranial": "TIV",
    "total intracranial volume": "TIV",
    "estimated total intracranial volume": "EstimatedTotalIntraCranialVol",
    "estimated total intracranial": "EstimatedTotalIntraCranialVol",
    "intracranial volume": "ICV",
    "intracranial": "ICV",
    "left MeanThickness": "lh_MeanThickness_thickness",
    "right MeanThickness": "rh_MeanThickness_thickness",
    "left WhiteSurfArea": "lh_WhiteSurfArea_area",
    "right WhiteSurfArea": "rh_WhiteSurfArea_area",
}

_ENIGMA = {
    "LatVent": "Lateral-Ventricle",
    "thal": "Thalamus",
    "caud": "Caudate",
    "put": "Putamen",
    "pal": "Pallidum",
    "hippo": "Hippocampus",
    "amyg": "Amygdala",
    "accumb": "Accumbens-area",
}
#: the names of ENIGMA's LandRvolumes.csv and of the totals in its cortical tables, and FreeSurfer's
ENIGMA = {
    f"{letter}{short}": f"{side}-{name}"
    for letter, side in (("L", "Left"), ("R", "Right"))
    for short, name in _ENIGMA.items()
} | {
    f"{letter}{total}": f"{side}_{name}"
    for letter, side in (("L", "lh"), ("R", "rh"))
    for total, name in (("Thickness", "MeanThickness_thickness"), ("SurfArea", "WhiteSurfArea_area"))
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
