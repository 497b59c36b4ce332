import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.data import CacheDataset
from monai.transforms import Compose, EnsureTyped, MapTransform, RandGaussianNoised, ScaleIntensityRanged

from brainaging.pipeline.data import DiskFullError, cached_dataset, loader, stacked_images
from brainaging.pipeline.data.datasets import DiskCacheDataset, cache_bytes, fits_on_gpu, hash_transforms
from brainaging.pipeline.runtime import UserError


class CountedLoad(MapTransform):
    """Read a .npy file and count how often."""

    loaded: list[str] = []  # noqa: RUF012 - shared on purpose: a dataset copies its transforms

    def __call__(self, data):
        self.loaded.append(data["image"])
        return dict(data) | {"image": np.load(data["image"])[None]}


@pytest.fixture(autouse=True)
def _none_loaded():
    CountedLoad.loaded.clear()


@pytest.fixture
def files(tmp_path):
    out = []
    for number in range(4):
        np.save(tmp_path / f"{number}.npy", np.full((4, 4, 4), number, dtype=np.float32))
        out.append({"image": str(tmp_path / f"{number}.npy"), "subject": f"s{number}"})
    return out


def _chain(scale=1.0, noise=False):
    steps = [CountedLoad("image"), ScaleIntensityRanged("image", 0, 1, 0, scale), EnsureTyped("image")]
    return Compose([*steps, RandGaussianNoised("image", prob=1.0)] if noise else steps)


def _means(dataset):
    return [round(float(dataset[row]["image"].mean()), 5) for row in range(len(dataset))]


@pytest.mark.parametrize("cache", ["auto", "memory", "disk"])
def test_deterministic_work_is_done_once(files, tmp_path, cache):
    dataset = cached_dataset(files, _chain(2.0), cache, device="cpu", cache_dir=tmp_path / "cache")
    assert _means(dataset) == _means(dataset) == [0, 2, 4, 6]
    assert sorted(CountedLoad.loaded) == sorted(item["image"] for item in files)
    assert dataset[1]["subject"] == "s1"


@pytest.mark.parametrize("cache", ["memory", "disk"])
def test_random_work_is_done_each_time_and_never_kept(files, tmp_path, cache):
    dataset = cached_dataset(files, _chain(noise=True), cache, cache_dir=tmp_path / "cache")
    first, second = dataset[0]["image"].clone(), dataset[0]["image"].clone()
    assert not torch.equal(first, second) and first.abs().max() < 2
    assert len(CountedLoad.loaded) == len(set(CountedLoad.loaded))


def test_a_disk_cache_survives_and_is_not_stale_for_another_transform(files, tmp_path):
    cache = tmp_path / "cache"
    assert _means(cached_dataset(files, _chain(2.0), "disk", cache_dir=cache)) == [0, 2, 4, 6]
    assert _means(cached_dataset(files, _chain(2.0), "disk", cache_dir=cache)) == [0, 2, 4, 6]
    assert len(CountedLoad.loaded) == 4
    assert _means(cached_dataset(files, _chain(3.0), "disk", cache_dir=cache)) == [0, 3, 6, 9]


def test_a_disk_cache_is_not_stale_for_a_changed_file(files, tmp_path):
    dataset = cached_dataset(files, _chain(), "disk", cache_dir=tmp_path / "cache")
    assert _means(dataset) == [0, 1, 2, 3]
    np.save(files[2]["image"], np.full((4, 4, 4), 7, dtype=np.float32))
    assert _means(cached_dataset(files, _chain(), "disk", cache_dir=tmp_path / "cache")) == [0, 1, 7, 3]
    assert len(CountedLoad.loaded) == 5


def test_transform_hashes_repeat_and_tell_parameters_apart():
    assert hash_transforms(_chain(2.0).transforms) == hash_transforms(_chain(2.0).transforms)
    assert hash_transforms(_chain(2.0).transforms) != hash_transforms(_chain(3.0).transforms)


def test_half_a_cache_file_is_made_again(files, tmp_path):
    cache = tmp_path / "cache"
    assert _means(cached_dataset(files, _chain(), "disk", cache_dir=cache)) == [0, 1, 2, 3]
    for number, path in enumerate(sorted(cache.glob("*.pt"))):
        path.write_bytes(path.read_bytes()[: [0, 10, 400, 900][number]])
    assert _means(cached_dataset(files, _chain(), "disk", cache_dir=cache)) == [0, 1, 2, 3]
    assert len(CountedLoad.loaded) == 8


def test_a_full_disk_while_caching(files, tmp_path):
    disk = tmp_path / "small"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    command = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no small tmpfs can be mounted here")
    try:
        dataset = cached_dataset(files, _chain(), "disk", cache_dir=disk)
        with pytest.raises(DiskFullError, match="no space left for the cache") as caught:
            _means(dataset)
        assert len(str(caught.value).splitlines()) == 1
        kept = len(list(disk.glob("*.pt")))
        assert kept > 0 and not list(disk.glob(".tmp-*"))
        subprocess.run(["mount", "-o", "remount,size=1m", str(disk)], check=True)
        CountedLoad.loaded.clear()
        assert _means(dataset) == [0, 1, 2, 3] and len(CountedLoad.loaded) == 4 - kept
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_bytes_are_known_before_the_cache_is_filled(files):
    assert cache_bytes(files, _chain(noise=True)) == 4 * 4**3 * 4
    assert len(CountedLoad.loaded) == 1


def test_choices_that_cannot_be_met(files):
    with pytest.raises(UserError, match="expected auto, gpu, memory, disk"):
        cached_dataset(files, _chain(), "ram")
    with pytest.raises(UserError, match="cache_type: expected float32, float16, uint8, found 'int8'"):
        cached_dataset(files, _chain(), "memory", cache_type="int8")
    with pytest.raises(UserError, match="expected cache_dir"):
        cached_dataset(files, _chain(), "disk")
    with pytest.raises(UserError, match="expected a CUDA device, found cpu"):
        cached_dataset(files, _chain(), "gpu", device="cpu")


@pytest.mark.parametrize(("free", "fits"), [(1024, False), (2047, False), (2048, True)])
def test_the_gpu_cache_takes_half_of_what_is_free_at_most(monkeypatch, free, fits):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 10**12))
    assert fits_on_gpu(1024, torch.device("cuda")) is fits


def test_auto_stays_in_memory_where_the_gpu_is_too_small(monkeypatch, files):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (0, 10**12))
    dataset = cached_dataset(files, _chain(), "auto", device="cuda")
    assert type(dataset) is CacheDataset and dataset[1]["image"].device.type == "cpu"
    with pytest.raises(UserError, match="do not fit in half"):
        cached_dataset(files, _chain(), "gpu", device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_the_gpu_cache(files):
    dataset = cached_dataset(files, _chain(2.0, noise=True), "auto")
    batch = next(iter(loader(dataset, batch_size=4)))
    assert batch["image"].is_cuda and type(dataset[0]["image"]) is torch.Tensor
    assert (batch["image"].mean(dim=(1, 2, 3, 4)).cpu() - torch.tensor([0.0, 2, 4, 6])).abs().max() < 0.2
    free = torch.cuda.mem_get_info()[0]
    huge = [files[0]] * (free // 256 + 1)
    with pytest.raises(UserError, match="do not fit"):
        cached_dataset(huge, _chain(), "gpu")
    assert CountedLoad.loaded.count(files[0]["image"]) < 10


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize("cache_type", ["float16", "uint8"])
def test_the_gpu_cache_is_packed_on_the_gpu(scans, cache_type):
    exact = cached_dataset(scans, _chain(), "memory")
    dataset = cached_dataset(scans, _chain(), "gpu", cache_type=cache_type)
    held = dataset._cache[1]["image"]
    assert (held if cache_type == "float16" else held["codes"]).is_cuda
    image = dataset[1]["image"]
    assert image.is_cuda and image.dtype == torch.float32
    assert (image.cpu() - exact[1]["image"]).abs().max() < 1 / 400


def test_the_loader_orders_by_its_seed(files):
    dataset = cached_dataset(files, _chain(), "memory")
    runs = [loader(dataset, 2, shuffle=True, seed=seed) for seed in (0, 0, 3)]
    orders = [[subject for batch in run for subject in batch["subject"]] for run in runs]
    assert orders[0] == orders[1] != orders[2] and sorted(orders[2]) == ["s0", "s1", "s2", "s3"]
    assert len(list(loader(dataset, 3, drop_last=True))) == 1


def test_the_disk_cache_is_a_persistent_dataset(files, tmp_path):
    dataset = cached_dataset(files, _chain(), "disk", cache_dir=tmp_path / "c")
    assert isinstance(dataset, DiskCacheDataset) and Path(tmp_path / "c").is_dir()


@pytest.fixture
def scans(tmp_path):
    random, out = np.random.default_rng(0), []
    for number in range(4):
        values = random.random((16, 16, 16), dtype=np.float32) * random.integers(0, 2, (16, 16, 16))
        np.save(tmp_path / f"scan{number}.npy", values.astype(np.float32))
        out.append({"image": str(tmp_path / f"scan{number}.npy"), "age": torch.tensor([31.07, 1.0])})
    return out


def _held(dataset):
    """Return the bytes of all memory that the tensors of a dataset's memory cache hold."""
    held = {}

    def note(value):
        if isinstance(value, torch.Tensor):
            held[value.untyped_storage().data_ptr()] = value.untyped_storage().nbytes()
        for part in value.values() if isinstance(value, dict) else ():
            note(part)

    for item in dataset._cache:
        note(item)
    return sum(held.values())


@pytest.mark.parametrize("cache", ["memory", "disk"])
@pytest.mark.parametrize(("cache_type", "error"), [("float32", 0.0), ("float16", 2**-11), ("uint8", 1 / 508)])
def test_items_are_float32_whatever_their_cache_type(scans, tmp_path, cache, cache_type, error):
    place = {"cache": cache, "cache_dir": tmp_path / "cache"}
    exact = cached_dataset(scans, _chain(), "memory")
    for _ in range(2):  # made, and read back
        dataset = cached_dataset(scans, _chain(), **place, cache_type=cache_type)
        for row in range(4):
            image, expected = dataset[row]["image"], exact[row]["image"]
            assert image.dtype == torch.float32 and torch.equal(image == 0, expected == 0)
            assert (image - expected).abs().max() <= error + 1e-6
            assert torch.equal(dataset[row]["age"], scans[row]["age"])
    assert len(CountedLoad.loaded) == (12 if cache == "memory" else 8)


@pytest.mark.parametrize(("cache_type", "part"), [("float32", 1), ("float16", 2), ("uint8", 4)])
def test_what_is_held_is_all_a_half_or_a_quarter(scans, cache_type, part):
    volumes = 4 * 16**3 * 4
    ages = 4 * 2 * 4
    assert _held(cached_dataset(scans, _chain(), "memory", cache_type=cache_type)) == volumes // part + ages


@pytest.mark.parametrize("cache_type", ["float16", "uint8"])
def test_random_work_follows_on_float32_and_changes_nothing_that_is_held(scans, cache_type):
    plain = cached_dataset(scans, _chain(), "memory", cache_type=cache_type)
    dataset = cached_dataset(scans, _chain(noise=True), "memory", cache_type=cache_type)
    first, second = dataset[0]["image"].clone(), dataset[0]["image"].clone()
    assert first.dtype == torch.float32 and not torch.equal(first, second)
    assert _held(dataset) == _held(plain)
    assert abs(float((first - plain[0]["image"]).mean())) < 0.01


def test_a_disk_cache_of_another_type_is_another(scans, tmp_path):
    sizes = []
    for cache_type in ("float32", "float16", "uint8"):
        before = set((tmp_path / "c").glob("*.pt"))
        dataset = cached_dataset(scans, _chain(), "disk", cache_dir=tmp_path / "c", cache_type=cache_type)
        assert all(dataset[row]["image"].dtype == torch.float32 for row in range(4))
        files = set((tmp_path / "c").glob("*.pt")) - before
        assert len(files) == 4
        sizes.append(sum(path.stat().st_size for path in files))
    assert sizes[1] < 0.7 * sizes[0] and sizes[2] < 0.5 * sizes[0]


def test_the_gpu_is_asked_for_the_bytes_that_are_held(monkeypatch, scans):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2 * (4 * 16**3 + 32) - 1, 10**12))
    with pytest.raises(UserError, match="do not fit in half"):
        cached_dataset(scans, _chain(), "gpu", device="cuda", cache_type="uint8")
    assert cache_bytes(scans, cached_dataset(scans, _chain(), "memory", cache_type="uint8").transform) == (
        4 * (16**3 + 8)
    )


def test_images_of_all_items_are_stacked(scans):
    dataset = cached_dataset(scans, _chain(), "memory", cache_type="uint8")
    images = stacked_images(dataset)
    assert images.shape == (4, 1, 16, 16, 16) and images.dtype == torch.float32
    assert torch.equal(images[2], dataset[2]["image"])
    with pytest.raises(ValueError, match="at least one item"):
        stacked_images([])


#: what a run does that shares its cache: wait for the others, read every item, say what came and what was made
RUN = """
import json, os, sys, time
from pathlib import Path
import numpy as np
from monai.transforms import Compose, EnsureTyped, MapTransform
from brainaging.pipeline.data import cached_dataset

class Made(MapTransform):
    count = 0
    def __call__(self, data):
        Made.count += 1
        return dict(data) | {"image": 3 * np.load(data["image"])[None]}

cache, files = sys.argv[1], sys.argv[2:]
dataset = cached_dataset(
    [{"image": path} for path in files], Compose([Made("image"), EnsureTyped("image")]), "disk", cache_dir=cache
)
Path(os.environ["READY"]).touch()
while len(list(Path(os.environ["READY"]).parent.glob("ready-*"))) < int(os.environ["RUNS"]):
    time.sleep(0.001)
wrong = [path for path, item in zip(files, dataset) if not np.array_equal(item["image"][0], 3 * np.load(path))]
print(json.dumps({"wrong": wrong, "made": Made.count}))
"""


def test_runs_that_share_a_cache_at_once_get_whole_volumes(tmp_path, run_python):
    random, files = np.random.default_rng(0), []
    for number in range(30):
        files.append(str(tmp_path / f"{number}.npy"))
        np.save(files[-1], random.random((24, 24, 24), dtype=np.float32))
    (tmp_path / "run.py").write_text(RUN)
    cache = tmp_path / "cache"

    def run(count, turn):
        places = [{"READY": str(tmp_path / turn / f"ready-{i}"), "RUNS": str(count)} for i in range(count)]
        (tmp_path / turn).mkdir()
        done = run_python([str(tmp_path / "run.py"), str(cache), *files], tmp_path, places)
        assert [one.returncode for one in done] == [0] * count, done[0].stderr[-2000:]
        said = [json.loads(one.stdout) for one in done]
        assert all(one["wrong"] == [] for one in said)
        assert len(list(cache.glob("*.pt"))) == 30 and not list(cache.glob(".tmp-*"))
        return [one["made"] for one in said]

    assert 30 <= sum(run(2, "empty")) <= 60
    for number, path in enumerate(sorted(cache.glob("*.pt"))):
        path.write_bytes(path.read_bytes()[: number * 1000])
    assert 30 <= sum(run(2, "torn")) <= 60
    assert run(2, "filled") == [0, 0]


def test_a_file_that_is_lost_as_it_is_read_is_made_again(files, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    dataset = cached_dataset(files, _chain(), "disk", cache_dir=cache)
    assert _means(dataset) == [0, 1, 2, 3]
    kept = sorted(cache.glob("*.pt"))
    whole, load = [path.read_bytes() for path in kept], torch.load
    errors = iter([EOFError, FileNotFoundError, RuntimeError, OSError])

    def load_and_lose(path, **options):
        path.unlink()
        raise next(errors)

    monkeypatch.setattr(torch, "load", load_and_lose)
    assert _means(dataset) == [0, 1, 2, 3]
    monkeypatch.setattr(torch, "load", load)
    assert sorted(cache.glob("*.pt")) == kept and [path.read_bytes() for path in kept] == whole
