"""What commands read: scans and tables as they lie on the disk get the weights' grid and columns."""

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch

from brainaging.bundles import bundle_path
from brainaging.networks import MorphometryAutoencoder
from brainaging.pipeline.cli.work.scans_to_read import holds_table, inputs_of
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, template_volume


def test_a_scan_is_placed_on_the_weights_grid(tmp_path):
    grid = get_grid("t1w_32")
    torch.save({"model": {"_extra_state": {"grid": grid.fingerprint}}}, tmp_path / "model.pt")
    (tmp_path / "scans").mkdir()
    image = nib.Nifti1Image(700 * template_volume("t1w_48"), get_grid("t1w_48").affine)
    nib.save(image, tmp_path / "scans" / "me.nii.gz")
    inputs = inputs_of(tmp_path / "scans", bundle_path("t1w_autoencoder"), tmp_path / "model.pt", "template")
    assert inputs.keys == [("me", "")]
    assert inputs.values.shape == (1, 32, 32, 32)
    assert inputs.fingerprint == grid.fingerprint
    assert not holds_table(tmp_path / "scans")


def test_a_table_gets_the_weights_columns(tmp_path):
    network = MorphometryAutoencoder(["Right-Hippocampus", "Left-Hippocampus"], 1, 2)
    torch.save({"model": network.state_dict()}, tmp_path / "model.pt")
    rows = {"subject": ["a", "b"], "Left-Hippocampus": [4000.0, 4100.0], "Right-Hippocampus": [4200.0, 4300.0]}
    pd.DataFrame(rows).to_csv(tmp_path / "table.csv", index=False)
    bundle = bundle_path("morphometry_autoencoder")
    inputs = inputs_of(tmp_path / "table.csv", bundle, tmp_path / "model.pt", "native")
    np.testing.assert_array_equal(inputs.values, [[4200, 4000], [4300, 4100]])
    assert inputs.fingerprint.startswith("table_2-")
    assert holds_table(tmp_path / "table.csv")


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(UserError, match="gone: expected scans or a table, found no such file"):
        holds_table(tmp_path / "gone")


def test_a_cohort_s_folder_holds_scans_deeper_in_it_and_is_no_table(tmp_path):
    (tmp_path / "100307" / "T1w").mkdir(parents=True)
    (tmp_path / "100307" / "T1w" / "T1w_acpc_dc_restore_brain.nii.gz").touch()
    (tmp_path / "unrestricted.csv").write_text("Subject,FS_BrainSeg_Vol\n100307,1\n")
    torch.save({"model": {"_extra_state": {"grid": get_grid("t1w_32").fingerprint}}}, tmp_path / "model.pt")
    assert not holds_table(tmp_path)
    with pytest.raises(UserError, match="HCP folders go through `brainaging cohort`"):
        inputs_of(tmp_path, bundle_path("t1w_autoencoder"), tmp_path / "model.pt", "native")
