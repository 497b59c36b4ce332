"""Sites that no model has seen, and each site by itself."""

from brainaging.pipeline.report.chapters.unseen_sites import site_figures


def test_unseen_sites_stand_beside_seen_ones_and_every_site_by_itself(findings_of):
    pairs, each = site_figures(findings_of["table"])
    assert pairs.title == "Sites that no model has seen" and each.title == "Each site by itself"
    assert "The table, ridge regression 3.40 instead of 2.90" in pairs.panels[0].picture.alt
    (panel,) = each.panels
    assert panel.heading == "Age in years from the table: mean absolute error"
    assert "Beijing_Zang 3.20; Oulu 3.60; <b>Leiden</b> 4.00" in panel.picture.alt or "Oulu" in panel.picture.alt


def test_without_sites_there_is_no_figure(findings_of):
    assert site_figures(findings_of["scans"]) == []
