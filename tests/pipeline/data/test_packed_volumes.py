"""Volumes kept in fewer bits come back within what is promised, and background to the bit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.data import MetaTensor
from monai.transforms import Compose

from brainaging.pipeline.data.packed_volumes import (
    CACHE_TYPES,
    STEPS,
    PackedCacheDataset,
    PackVolumes,
    packed,
    unpack_volumes,
    unpacked,
)
from brainaging.pipeline.runtime import UserError

SEEDS = st.integers(0, 10**6)
#: of numbers that a volume may have: normalised ones are about 1, raw ones up to thousands
SIZES = st.sampled_from([1e-3, 1.0, 30.0, 5000.0])


def _volume(seed: int, size: float, signed: bool = False) -> torch.Tensor:
    """Return numbers ``(1, 6, 7, 8)`` of which half are background."""
    random = np.random.default_rng(seed)
    values = random.normal(0, size, (1, 6, 7, 8)) if signed else random.gamma(2, size, (1, 6, 7, 8))
    return torch.from_numpy((values * random.integers(0, 2, values.shape)).astype(np.float32))


@settings(max_examples=60, deadline=None)
@given(SEEDS, SIZES, st.booleans())
def test_half_precision_moves_a_number_by_a_2048th_of_itself_at_most(seed, size, signed) -> None:
    volume = _volume(seed, size, signed)
    error = (unpacked(packed(volume, "float16")).double() - volume.double()).abs()
    assert (error <= (volume.double().abs() * 2**-11).clamp_min(2**-25)).all()


@settings(max_examples=60, deadline=None)
@given(SEEDS, SIZES, st.booleans())
def test_codes_move_a_number_by_half_a_step_at_most(seed, size, signed) -> None:
    volume = _volume(seed, size, signed)
    error = (unpacked(packed(volume, "uint8")).double() - volume.double()).abs().max()
    numbers = volume[volume != 0].double()
    half_a_step = (numbers.max() - numbers.min()) / STEPS / 2
    assert error <= half_a_step + 4 * np.finfo(np.float32).eps * numbers.abs().max()  # of float32's own sums


@settings(max_examples=30, deadline=None)
@given(SEEDS, SIZES, st.sampled_from(CACHE_TYPES))
def test_background_is_0_and_a_brain_is_not(seed, size, cache_type) -> None:
    volume = _volume(seed, size)
    back = unpacked(packed(volume, cache_type))
    assert back.dtype == torch.float32 and torch.equal(back == 0, volume == 0)


@settings(max_examples=30, deadline=None)
@given(SEEDS, SIZES, st.sampled_from(CACHE_TYPES))
def test_what_came_back_once_comes_back_again(seed, size, cache_type) -> None:
    once = unpacked(packed(_volume(seed, size), cache_type))
    twice = unpacked(packed(once, cache_type))
    assert torch.allclose(once, twice, rtol=1e-6, atol=0)
    assert cache_type == "uint8" or torch.equal(once, twice)


@pytest.mark.parametrize("cache_type", CACHE_TYPES)
@pytest.mark.parametrize(
    "volume", [torch.zeros(1, 2, 2, 2), torch.full((1, 2, 2, 2), 0.7), torch.eye(2)[None, None]]
)
def test_volumes_of_one_number(volume, cache_type) -> None:
    assert torch.allclose(unpacked(packed(volume, cache_type)), volume, rtol=2**-11, atol=0)
    assert cache_type == "float16" or torch.equal(unpacked(packed(volume, cache_type)), volume)


def test_float32_is_the_volume_itself() -> None:
    volume = _volume(0, 1.0)
    assert packed(volume, "float32") is volume and unpacked(volume) is volume


@pytest.mark.parametrize("cache_type", ["float16", "uint8"])
@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), 3e38])
def test_numbers_that_no_code_has_are_refused(cache_type, wrong) -> None:
    volume = _volume(0, 1.0)
    volume[0, 0, 0, 0] = wrong
    with pytest.raises(UserError, match=f"cache_type {cache_type}: expected numbers from .*, found others"):
        packed(volume, cache_type)


def test_raw_numbers_above_half_precisions_greatest() -> None:
    volume = torch.tensor([0.0, 1.0, 70000.0]).reshape(1, 1, 1, 3)
    with pytest.raises(UserError, match=r"from -65504 to 65504"):
        packed(volume, "float16")
    assert unpacked(packed(volume, "uint8")).max() == 70000


@pytest.mark.parametrize("cache_type", ["float16", "uint8"])
def test_only_volumes_of_an_item_are_packed(cache_type) -> None:
    covariates, labels = torch.tensor([31.07, 1.0, 0.913]), torch.ones(1, 2, 2, 2, dtype=torch.int32)
    item = {"image": _volume(0, 1.0), "covariates": covariates, "map": labels, "subject": "s", "label": 1}
    kept = PackVolumes(cache_type)(item)
    assert kept["covariates"] is covariates and kept["map"] is labels
    read = unpack_volumes(kept)
    assert {key: read[key] for key in ("subject", "label")} == {"subject": "s", "label": 1}
    assert read["covariates"] is covariates and read["map"] is labels and read["image"].dtype == torch.float32


@pytest.mark.parametrize("cache_type", ["float16", "uint8"])
def test_an_array_or_a_scan_with_its_place(cache_type) -> None:
    volume = _volume(0, 1.0)
    plain = unpack_volumes(PackVolumes(cache_type)({"image": volume}))["image"]
    array = unpack_volumes(PackVolumes(cache_type)({"image": volume.numpy()}))["image"]
    placed = unpack_volumes(PackVolumes(cache_type)({"image": MetaTensor(volume, torch.eye(4) * 3)}))["image"]
    assert torch.equal(array, plain) and torch.equal(placed.as_tensor(), plain)
    assert isinstance(placed, MetaTensor) and placed.affine[0, 0] == 3


def test_what_is_no_dictionary_is_refused() -> None:
    with pytest.raises(UserError, match="cache_type uint8: expected dictionary items, found Tensor"):
        PackVolumes("uint8")(torch.zeros(1, 2, 2, 2))


def _dataset(items: list[dict[str, object]], cache_type: str = "uint8") -> PackedCacheDataset:
    return PackedCacheDataset(items, Compose([PackVolumes(cache_type), unpack_volumes]))


@pytest.mark.parametrize("cache_type", ["float16", "uint8"])
def test_volumes_of_a_cache_lie_in_one_block_and_each_is_its_own(cache_type) -> None:
    volumes = [_volume(seed, 1.0) for seed in range(5)]
    dataset = _dataset(
        [{"image": volume, "again": volume + 1, "number": n} for n, volume in enumerate(volumes)], cache_type
    )
    assert sorted(dataset.blocks) == ["again", "image"] and dataset.blocks["image"].shape[0] == 5
    for number, volume in enumerate(volumes):
        assert dataset[number]["number"] == number
        assert torch.equal(dataset[number]["image"], unpacked(packed(volume, cache_type)))
        assert torch.equal(dataset[number]["again"], unpacked(packed(volume + 1, cache_type)))
    dataset[0]["image"].add_(100)  # what is read is nobody else's
    assert torch.equal(dataset[0]["image"], unpacked(packed(volumes[0], cache_type)))


def test_volumes_of_other_sizes_lie_elsewhere() -> None:
    volumes = [torch.rand(1, size, 4, 4) for size in (3, 5, 3)]
    dataset = _dataset([{"image": volume} for volume in volumes], "float16")
    assert all(torch.equal(dataset[n]["image"], volume.half().float()) for n, volume in enumerate(volumes))


def test_other_data_takes_the_place_of_what_was_held() -> None:
    dataset = _dataset([{"image": _volume(0, 1.0)}])
    dataset.set_data([{"image": _volume(1, 1.0)}, {"image": _volume(2, 1.0)}])
    assert len(dataset) == 2 and torch.equal(dataset[1]["image"], unpacked(packed(_volume(2, 1.0), "uint8")))


def test_a_scan_with_its_place_keeps_it_in_a_cache() -> None:
    image = _dataset([{"image": MetaTensor(_volume(0, 1.0), torch.eye(4) * 3)}])[0]["image"]
    assert isinstance(image, MetaTensor) and image.affine[0, 0] == 3
