"""The transforms in the hands of others: a MONAI segmentation, a plain torch loader, TorchIO, nilearn."""

import json
import pickle

import nibabel as nib
import numpy as np
import pytest
import torch
from monai.data import CacheDataset, DataLoader, Dataset, MetaTensor, decollate_batch, list_data_collate
from monai.inferers import SimpleInferer
from monai.losses import DiceCELoss
from monai.metrics import DiceMetric
from monai.networks.nets import UNet
from monai.transforms import AsDiscreted, Compose, Invertd, LoadImage, Orientationd, SaveImaged
from monai.utils import set_determinism
from nilearn.image import resample_to_img
from nilearn.masking import apply_mask

from brainaging.transforms import (
    GRIDS,
    Augmentation,
    NormalizeOnGrid,
    PlaceOnGrid,
    PlaceOnGridd,
    ScanSteps,
    resample,
    t1w_augmentation,
    t1w_chain,
    t1w_chain_array,
    template_mask,
)

GRID = "t1w_32"


@pytest.fixture(scope="module")
def files(brain_2mm, tmp_path_factory) -> dict[str, str]:
    """A scan at 4 mm and a label map of what is bright in it."""
    folder = tmp_path_factory.mktemp("segmentation")
    volume, affine = brain_2mm
    coarse = affine @ np.diag([2.0, 2.0, 2.0, 1.0])
    scan = resample(volume, affine, coarse, (48, 58, 48))
    paths = {}
    for key, voxels in (("image", scan), ("label", (scan > 600).astype(np.uint8))):
        image = nib.Nifti1Image(voxels, coarse)
        image.set_sform(coarse, code=1)
        paths[key] = str(folder / f"{key}.nii.gz")
        nib.save(image, paths[key])
    return paths


def test_a_segmentation_is_trained_inverted_and_saved(files, tmp_path) -> None:
    """MONAI's own recipe, with our chain in the place of its loading, spacing and cropping."""
    set_determinism(0)
    chain = t1w_chain(GRID, labels="label", track_meta=True)
    augmentation = t1w_augmentation(GRID, labels="label", keys="image")
    data = CacheDataset([files] * 4, Compose([chain, augmentation]), progress=False)
    network = UNet(3, 1, 2, channels=(4, 8), strides=(2,))
    loss_function = DiceCELoss(to_onehot_y=True, softmax=True)
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    losses = []
    for _ in range(4):
        for batch in DataLoader(data, batch_size=2, num_workers=0):
            assert batch["image"].shape == batch["label"].shape == (2, 1, 32, 32, 32)
            optimizer.zero_grad()
            loss = loss_function(network(batch["image"]), batch["label"])
            loss.backward()
            optimizer.step()
            losses.append(float(loss))
    assert np.mean(losses[-3:]) < 0.8 * np.mean(losses[:3])

    post = Compose(
        [
            Invertd("pred", chain, orig_keys="image", nearest_interp=True, to_tensor=True),
            AsDiscreted("pred", argmax=True),
            SaveImaged("pred", output_dir=tmp_path, output_postfix="seg", resample=False, separate_folder=False),
        ]
    )
    (batch,) = DataLoader(Dataset([files], chain), batch_size=1)
    batch["pred"] = SimpleInferer()(batch["image"], network.eval())
    (item,) = [post(each) for each in decollate_batch(batch)]
    truth = nib.load(files["label"])
    saved = nib.load(tmp_path / "image_seg.nii.gz")
    assert item["pred"].shape == (1, *truth.shape) and saved.shape == truth.shape
    np.testing.assert_allclose(saved.affine, truth.affine, atol=1e-5)
    found, expected = (torch.as_tensor(np.asarray(each.dataobj, np.float32)) for each in (saved, truth))
    assert float(DiceMetric()(found[None, None], expected[None, None])) > 0.6


@pytest.mark.parametrize("space", ["template", "native"])
def test_a_label_map_goes_where_its_scan_goes_and_comes_back(files, space) -> None:
    chain = t1w_chain(GRID, labels="label", space=space, steps=ScanSteps(normalize=False), track_meta=True)
    out = chain(files)
    assert out["label"].dtype == torch.int32 and isinstance(out["label"], MetaTensor)
    assert torch.equal(out["label"].affine, out["image"].affine)
    inside = out["image"][out["label"] > 0].mean()
    assert inside > 2.5 * out["image"][out["label"] == 0].mean()
    back = chain.inverse(out)
    own = nib.load(files["label"])
    assert back["label"].shape == (1, *own.shape) and back["label"].dtype == torch.int32
    np.testing.assert_allclose(back["label"].affine, own.affine, atol=1e-9)
    assert set(back["label"].unique().tolist()) == {0, 1}
    with_own = np.asarray(own.dataobj) > 0
    overlap = 2 * (with_own & (back["label"][0].numpy() > 0)).sum() / (with_own.sum() + int(back["label"].sum()))
    assert overlap > 0.75


def test_what_is_saved_by_monai_on_the_grid_lies_there(files, tmp_path) -> None:
    """Even where `SaveImaged` resamples to the original affine: an image of our loader has none but its own."""
    out = t1w_chain(GRID, track_meta=True)({"image": files["image"]})
    SaveImaged("image", output_dir=tmp_path, resample=True, separate_folder=False, output_postfix="grid")(out)
    read = LoadImage(ensure_channel_first=True)(tmp_path / "image_grid.nii.gz")
    np.testing.assert_allclose(read.affine, GRIDS[GRID].affine, atol=1e-6)
    torch.testing.assert_close(read.as_tensor(), out["image"].as_tensor())


def test_saved_by_monai_in_the_voxels_of_what_monai_read(files, tmp_path) -> None:
    """An image of MONAI's loader knows its original affine: `SaveImaged` brings it back there from our grid."""
    loaded = LoadImage(ensure_channel_first=True)(files["label"])
    placed = PlaceOnGridd("label", "t1w_48", mode="nearest")({"label": loaded})
    save = {"output_dir": tmp_path, "separate_folder": False, "output_postfix": "back"}
    SaveImaged("label", resample=True, mode="nearest", **save)(placed)
    back, own = nib.load(tmp_path / "label_back.nii.gz"), nib.load(files["label"])
    assert back.shape == own.shape
    np.testing.assert_allclose(back.affine, own.affine, atol=1e-5)
    assert (np.asarray(back.dataobj) == np.asarray(own.dataobj)).mean() > 0.9


def test_lazily_or_not_a_chain_gives_the_same(files) -> None:
    """Foreign lazy steps before ours: resampled once, before ours need the voxels."""
    steps = [Orientationd("image", "LPS", labels=None), *t1w_chain(GRID, track_meta=True).transforms]
    image = LoadImage(ensure_channel_first=True)(files["image"])
    eager, lazy = (Compose(steps, lazy=lazy)({"image": image})["image"] for lazy in (False, True))
    torch.testing.assert_close(lazy.as_tensor(), eager.as_tensor(), atol=1e-3, rtol=0)


@pytest.mark.parametrize("seed", range(3))
def test_lazy_augmentation_gives_what_the_eager_gives(files, seed) -> None:
    item = t1w_chain(GRID, labels="label", track_meta=True)(files)
    always = Augmentation(flip_prob=1, affine_prob=1, bias_prob=0, gain_prob=0, noise_prob=0)
    eager, lazy = (
        t1w_augmentation(GRID, always, labels="label", lazy=lazy).set_random_state(seed)(item)
        for lazy in (False, True)
    )
    torch.testing.assert_close(lazy["image"].as_tensor(), eager["image"].as_tensor(), atol=1e-3, rtol=0)
    assert (lazy["label"] == eager["label"]).float().mean() > 0.999
    assert set(lazy["label"].unique().tolist()) == {0, 1}


@pytest.mark.parametrize("workers", [0, 2])
def test_a_plain_torch_loader_with_workers(files, workers) -> None:
    chain = t1w_chain(GRID, labels="label")
    data = torch.utils.data.DataLoader(Dataset([files] * 4, chain), batch_size=2, num_workers=workers)
    batches = list(data)
    assert len(batches) == 2
    for batch in batches:
        assert type(batch["image"]) is torch.Tensor and batch["image"].shape == (2, 1, 32, 32, 32)
        assert torch.equal(batch["image"][0], batches[0]["image"][1])
        assert batch["label"].dtype == torch.int32 and batch["head_size"].shape == (2,)


def test_traces_cross_a_worker_and_are_inverted_here(files) -> None:
    chain = t1w_chain(GRID, track_meta=True, steps=ScanSteps(normalize=False))
    items = [{"image": files["image"]}] * 2
    loader = torch.utils.data.DataLoader(
        Dataset(items, chain), batch_size=2, num_workers=1, collate_fn=list_data_collate
    )
    (batch,) = loader
    own = nib.load(files["image"])
    for item in decollate_batch(batch):
        assert chain.inverse(item)["image"].shape == (1, *own.shape)


def test_the_array_chain_has_measures_an_inverse_and_a_pickle(files) -> None:
    chain = pickle.loads(pickle.dumps(t1w_chain_array(GRID, track_meta=True)))
    out = chain(files["image"])
    measures = {name: out.meta[name] for name in ("head_size", "template_dice", "orientation", "intensity_form")}
    assert json.loads(json.dumps(measures)) == measures and measures["template_dice"] > 0.9
    assert chain.inverse(out).shape == (1, *nib.load(files["image"]).shape)


def test_beside_torchio(files) -> None:
    """TorchIO's images are arrays (1, X, Y, Z) with an affine: in by these two, out by these two."""
    tio = pytest.importorskip("torchio", reason="torchio is not installed (the extra `test` has it)")
    subject = tio.Subject(t1w=tio.ScalarImage(files["image"]), seg=tio.LabelMap(files["label"]))
    turned = tio.ToCanonical()(subject)
    images = {name: MetaTensor(image.data, affine=torch.as_tensor(image.affine)) for name, image in turned.items()}
    placed = PlaceOnGridd(["t1w", "seg"], GRID, mode=["bilinear", "nearest"])(images)
    back = tio.Subject(
        t1w=tio.ScalarImage(tensor=placed["t1w"].as_tensor(), affine=placed["t1w"].affine.numpy()),
        seg=tio.LabelMap(tensor=placed["seg"].as_tensor(), affine=placed["seg"].affine.numpy()),
    )
    assert back.spatial_shape == (32, 32, 32) and back.spacing == (6.0, 6.0, 6.0)
    expected = t1w_chain(GRID, labels="label", track_meta=True)(files)
    torch.testing.assert_close(NormalizeOnGrid(GRID)(back.t1w.data), expected["image"].as_tensor())
    assert torch.equal(back.seg.data.int(), expected["label"].as_tensor())


def test_beside_nilearn(files) -> None:
    """Nilearn's images are nibabel's: the chain takes them, and its output is one by array and affine."""
    grid = "t1w_48"  # 1 mm beside the scan's own lattice: no place is halfway between two voxels
    placed = t1w_chain_array(grid, track_meta=True)(nib.load(files["image"]))
    image = nib.Nifti1Image(placed[0].numpy(), placed.affine.numpy())
    mask = nib.Nifti1Image(template_mask(grid).astype(np.uint8), GRIDS[grid].affine)
    np.testing.assert_array_equal(np.sort(apply_mask(image, mask)), np.sort(placed[0][template_mask(grid)]))
    nearest = resample_to_img(
        nib.load(files["label"]), image, interpolation="nearest", force_resample=True, copy_header=True
    )
    ours = PlaceOnGrid(grid, "nearest")(LoadImage(ensure_channel_first=True)(files["label"]))
    np.testing.assert_array_equal(np.asarray(nearest.dataobj), ours[0].numpy())
