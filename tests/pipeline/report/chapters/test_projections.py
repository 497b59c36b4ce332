"""Two principal components, coloured by sex and by age."""

import pandas as pd

from brainaging.pipeline.report.chapters.projections import projections_content

POINTS = pd.DataFrame(
    {
        "space": ["latents"] * 3 + ["voxels"] * 3,
        "pc1": [0.0, 1, 2, 0, 1, 2],
        "pc2": [0.0, 1, 0, 1, 0, 1],
        "sex": ["F", "M", "", "F", "M", "M"],
        "age_group": ["22-25", "36+", "<22", "22-25", "36+", ""],
    }
)


def test_every_space_is_shown_by_sex_and_by_age_voxels_first():
    (figure,) = projections_content(POINTS, {"voxels": [0.182, 0.061]}).figures
    assert [panel.heading for panel in figure.panels] == [
        "Voxels, coloured by sex",
        "Voxels, coloured by age",
        "Latents, coloured by sex",
        "Latents, coloured by age",
    ]
    sexes, ages, latent_sexes, latent_ages = (panel.picture.alt for panel in figure.panels)
    assert "female (1), male (2)" in sexes
    assert "22-25 (1), 36+ (1), age not given (1)" in ages
    assert "sex not given (1)" in latent_sexes
    assert "<22 (1), 22-25 (1), 36+ (1)" in latent_ages


def test_marks_stand_for_what_they_are_said_to():
    (figure,) = projections_content(POINTS, None, "person", "people").figures
    assert "Each small mark is one person" in figure.caption
    assert "3 people" in figure.panels[0].picture.alt
