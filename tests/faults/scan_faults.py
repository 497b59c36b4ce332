"""Broken scans: header, voxels, file. Each is one real scan in company of three good ones."""

import bz2
import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
from judging import Case
from material import SHARED, Material, compare_prepared, paths_csv

COHORT = ("cohort", "source.csv")
PREPARE = ("prepare", "cohort.csv", "--grid", "t1w_32", "--workers", "1")
Volume = np.ndarray
Header = nib.Nifti1Header


def _same(folder: Path, material: Material) -> str:
    return compare_prepared(folder / "prepared", material.made / "one")


def _case(kind: str, name: str, expects: str, make: Callable[[Path, Material], str]) -> Case:
    def whole(folder: Path, material: Material) -> None:
        paths_csv(folder / "source.csv", folder / make(folder, material), material)

    products = ("prepared/prepared.csv",)
    return Case(kind, name, expects, whole, (COHORT, PREPARE), _same, ("tried",), products)


def _tried(name: str) -> str:
    return name


def _image(change: Callable[[Volume, np.ndarray], tuple[Volume, np.ndarray]]) -> Callable[[Path, Material], str]:
    """Write the scan with other voxels or affine, its header in accordance."""

    def make(folder: Path, material: Material) -> str:
        volume, affine = change(*material.image())
        image = nib.Nifti1Image(volume, affine)
        image.header.set_xyzt_units("mm")
        nib.save(image, folder / "tried.nii.gz")
        return "tried.nii.gz"

    return make


def _voxels(change: Callable[[Volume], Volume]) -> Callable[[Path, Material], str]:
    return _image(lambda volume, affine: (change(volume.copy()), affine))


def _affine(matrix: list[list[float]]) -> Callable[[Path, Material], str]:
    return _image(lambda volume, affine: (volume, affine @ np.asarray(matrix, dtype=float)))


def _raw(
    change: Callable[[bytearray, Header], None], name: str = "tried.nii.gz"
) -> Callable[[Path, Material], str]:
    """Write the scan with its header's bytes changed, unchecked."""

    def make(folder: Path, material: Material) -> str:
        raw = bytearray(gzip.decompress(material.scan.read_bytes()))
        header = nib.Nifti1Header(bytes(raw[:348]), check=False)
        change(raw, header)
        raw[:348] = header.binaryblock
        (folder / name).write_bytes(gzip.compress(bytes(raw), 1) if name.endswith("gz") else bytes(raw))
        return name

    return make


def _field(name: str, value: object, at: object = ...) -> Callable[[Path, Material], str]:
    def change(raw: bytearray, header: Header) -> None:
        with np.errstate(all="ignore"):
            header[name][at] = value

    return _raw(change)


def _file(name: str, content: Callable[[bytes], bytes]) -> Callable[[Path, Material], str]:
    """Write other bytes in place of the scan's file."""

    def make(folder: Path, material: Material) -> str:
        (folder / name).write_bytes(content(material.scan.read_bytes()))
        return name

    return make


def _flip(*axes: int) -> list[list[float]]:
    return np.diag([-1.0 if axis in axes else 1.0 for axis in range(4)]).tolist()


def _turned(degrees: float, axis: int) -> Callable[[Volume, np.ndarray], tuple[Volume, np.ndarray]]:
    def turn(volume: Volume, affine: np.ndarray) -> tuple[Volume, np.ndarray]:
        angle = np.deg2rad(degrees)
        a, b = [other for other in range(3) if other != axis]
        rotation = np.eye(4)
        rotation[[a, a, b, b], [a, b, a, b]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
        return volume, rotation @ affine

    return turn


def orientation() -> list[Case]:
    """Heads that do not lie as their header says, and heads in any true orientation."""
    kind = "scan: orientation"
    cases = [
        _case(
            kind,
            f"data flipped along {'xyz'[axes[0]]}{''.join('xyz'[a] for a in axes[1:])}",
            "refused",
            _affine(_flip(*axes)),
        )
        for axes in ((1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))
    ]
    cases += [
        _case(
            kind,
            f"axes permuted {''.join('xyz'[a] for a in order)}, affine as it was",
            "refused",
            _image(lambda v, a, order=order: (np.ascontiguousarray(v.transpose(order)), a)),
        )
        for order in ((1, 0, 2), (0, 2, 1), (2, 1, 0), (1, 2, 0), (2, 0, 1))
    ]
    cases += [
        _case(kind, "array saved with an identity affine", "refused", _image(lambda v, a: (v, np.eye(4)))),
        _case(
            kind,
            "array saved (z, y, x) with a diagonal affine",
            "refused",
            _image(lambda v, a: (np.ascontiguousarray(v.transpose(2, 1, 0)), np.diag([3.0, 3, 3, 1]))),
        ),
        _case(
            kind,
            "rotated array saved without its rotation",
            "refused",
            _image(lambda v, a: (np.ascontiguousarray(np.rot90(v, 1, (1, 2))), a)),
        ),
    ]
    for codes in ("RAS", "LPS", "PSR", "LIA", "SRA", "AIL"):

        def reoriented(volume: Volume, affine: np.ndarray, codes: str = codes) -> tuple[Volume, np.ndarray]:
            image = nib.Nifti1Image(volume, affine)
            wanted = nib.orientations.axcodes2ornt(tuple(codes))
            turn = nib.orientations.ornt_transform(nib.orientations.io_orientation(affine), wanted)
            image = image.as_reoriented(turn)
            return np.asarray(image.dataobj), image.affine

        cases.append(_case(kind, f"stored {codes}, header true", "same", _image(reoriented)))
    cases += [
        _case(kind, "head turned by 12 degrees", "same", _image(_turned(12, 0))),
        _case(kind, "head tilted by 20 degrees", "either", _image(_turned(20, 1))),
        _case(
            kind,
            "origin 90 mm off",
            "same",
            _image(lambda v, a: (v, np.array([[1, 0, 0, 90], [0, 1, 0, -40], [0, 0, 1, 60], [0, 0, 0, 1]]) @ a)),
        ),
        _case(
            kind,
            "origin 5 m off",
            "either",
            _image(lambda v, a: (v, np.array([[1, 0, 0, 5000], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) @ a)),
        ),
    ]
    return cases


def header() -> list[Case]:
    """Fields of the header that lie, or say what few files say."""
    kind = "scan: header"
    one_form = {
        "only a qform": ("sform_code", 0),
        "only an sform": ("qform_code", 0),
    }
    cases = [_case(kind, name, "same", _both(code, value)) for name, (code, value) in one_form.items()]

    def neither(raw: bytearray, header: Header) -> None:
        header["sform_code"] = header["qform_code"] = 0

    def micrometres(raw: bytearray, header: Header) -> None:
        for row in ("srow_x", "srow_y", "srow_z"):
            header[row] *= 1000
        header["pixdim"][1:4] *= 1000
        header["qform_code"] = 0
        header.set_xyzt_units("micron")

    def metres(raw: bytearray, header: Header) -> None:
        for row in ("srow_x", "srow_y", "srow_z"):
            header[row] /= 1000
        header["pixdim"][1:4] /= 1000
        header["qform_code"] = 0
        header.set_xyzt_units("meter")

    def zero_sform(raw: bytearray, header: Header) -> None:
        header["srow_x"] = 0

    def flat(raw: bytearray, header: Header) -> None:
        header["srow_z"] = header["srow_y"]

    def halved(raw: bytearray, header: Header) -> None:
        header["dim"][3] //= 2

    cases += [
        _case(kind, "no orientation at all", "refused", _raw(neither)),
        _case(kind, "units micrometres", "either", _raw(micrometres)),
        _case(kind, "units metres", "either", _raw(metres)),
        _case(kind, "units unknown", "same", _field("xyzt_units", 0)),
        _case(kind, "sform of zeros in a row", "refused", _raw(zero_sform)),
        _case(kind, "sform singular", "refused", _raw(flat)),
        _case(kind, "sform with NaN", "refused", _field("srow_x", np.nan, 0)),
        _case(kind, "sform with infinity", "refused", _field("srow_y", np.inf, 3)),
        _case(kind, "pixdim of zeros beside a good sform", "either", _field("pixdim", 0)),
        _case(kind, "pixdim negative", "either", _field("pixdim", -3, slice(1, 4))),
        _case(kind, "pixdim NaN", "either", _field("pixdim", np.nan, slice(1, 4))),
        _case(kind, "dim[0] = 0", "refused", _field("dim", 0, 0)),
        _case(kind, "dim[0] = 2", "refused", _field("dim", 2, 0)),
        _case(kind, "dim[0] = 9", "refused", _field("dim", 9, 0)),
        _case(kind, "a dimension of 0", "refused", _field("dim", 0, 2)),
        _case(kind, "a dimension negative", "refused", _field("dim", -64, 1)),
        _case(kind, "a dimension of 1", "refused", _field("dim", 1, 3)),
        _case(kind, "dimensions promise 30 GB", "refused", _field("dim", 2000, slice(1, 4))),
        _case(
            kind,
            "dimensions promise one slice more",
            "refused",
            _raw(lambda r, h: h["dim"].__setitem__(3, h["dim"][3] + 1)),
        ),
        _case(kind, "dimensions promise half of the data", "refused", _raw(halved)),
        _case(kind, "fourth axis of length 1", "same", _field("dim", [4, 1], [0, 4])),
        _case(kind, "datatype RGB24", "refused", _field("datatype", 128)),
        _case(kind, "datatype 9999", "refused", _field("datatype", 9999)),
        _case(kind, "datatype 0", "refused", _field("datatype", 0)),
        _case(kind, "datatype int16 over float data", "refused", _field("datatype", 4)),
        _case(kind, "bitpix of another type", "either", _field("bitpix", 16)),
        _case(kind, "vox_offset 0", "either", _field("vox_offset", 0)),
        _case(kind, "vox_offset beyond the end", "refused", _field("vox_offset", 1e9)),
        _case(kind, "vox_offset NaN", "either", _field("vox_offset", np.nan)),
        _case(kind, "vox_offset negative", "either", _field("vox_offset", -352)),
        _case(kind, "magic of nothing", "refused", _field("magic", b"xyz")),
        _case(kind, "magic of a pair in one file", "either", _field("magic", b"ni1")),
        _case(kind, "sizeof_hdr wrong", "refused", _field("sizeof_hdr", 7)),
        _case(kind, "scl_slope NaN", "same", _field("scl_slope", np.nan)),
        _case(kind, "scl_slope 0", "same", _field("scl_slope", 0)),
        _case(kind, "scl_slope infinite", "either", _field("scl_slope", np.inf)),
        _case(kind, "scl_slope negative", "refused", _field("scl_slope", -1)),
        _case(kind, "scl_slope of 1e-6", "same", _field("scl_slope", 1e-6)),
        _case(kind, "scl_inter offsets the whole", "either", _scaled_offset),
        _case(kind, "intent of a vector", "either", _field("intent_code", 1007)),
        _case(kind, "intent of labels", "either", _field("intent_code", 1002)),
        _case(kind, "header of zeros", "refused", _raw_bytes(lambda raw: bytes(348) + raw[348:])),
        _case(kind, "header alone", "refused", _raw_bytes(lambda raw: raw[:348])),
    ]
    return cases


def _scaled_offset(folder: Path, material: Material) -> str:
    def change(raw: bytearray, header: Header) -> None:
        header["scl_slope"], header["scl_inter"] = 1, 700

    return _raw(change)(folder, material)


def _both(code: str, value: int) -> Callable[[Path, Material], str]:
    def make(folder: Path, material: Material) -> str:
        image = nib.load(material.scan)
        image.set_qform(image.affine, 1)
        image.set_sform(image.affine, 1)
        image.header[code] = value
        volume = np.asarray(image.dataobj)
        copy = nib.Nifti1Image(volume, None, image.header)
        nib.save(copy, folder / "tried.nii.gz")
        return "tried.nii.gz"

    return make


def _raw_bytes(change: Callable[[bytes], bytes]) -> Callable[[Path, Material], str]:
    return _file("tried.nii.gz", lambda content: gzip.compress(change(gzip.decompress(content)), 1))


def intensities() -> list[Case]:
    """Voxels that are no T1w intensities, or those of other tools."""
    kind = "scan: intensities"

    def inside(volume: Volume, change: Callable[[Volume], Volume]) -> Volume:
        out = volume.copy()
        out[volume > 0] = change(volume[volume > 0])
        return out.astype(np.float32)

    def put(value: float) -> Callable[[Volume], Volume]:
        def change(volume: Volume) -> Volume:
            volume[tuple(n // 2 for n in volume.shape)] = value
            return volume

        return change

    def z(values: Volume) -> Volume:
        return (values - values.mean()) / values.std()

    rng = np.random.default_rng(20)
    top = 1.0

    def inverted(volume: Volume) -> Volume:
        return inside(volume, lambda values: values.max() * 1.02 - values)

    changes: list[tuple[str, str, Callable[[Volume], Volume]]] = [
        ("one voxel NaN", "refused", put(np.nan)),
        ("one voxel infinite", "refused", put(np.inf)),
        ("background NaN", "either", lambda v: np.where(v > 0, v, np.nan).astype(np.float32)),
        ("all zero", "refused", lambda v: v * 0),
        ("constant", "refused", lambda v: v * 0 + 7),
        ("all NaN", "refused", lambda v: v * np.nan),
        ("negative throughout", "refused", lambda v: -v),
        ("background -1", "either", lambda v: np.where(v > 0, v, -1).astype(np.float32)),
        ("background -1000, as CT has it", "either", lambda v: np.where(v > 0, v, -1000).astype(np.float32)),
        ("z-scored inside the mask", "either", lambda v: inside(v, z)),
        ("z-scored over the volume", "either", z),
        ("scaled to [-1, 1]", "either", lambda v: (2 * (v - v.min()) / np.ptp(v) - 1).astype(np.float32)),
        ("scaled to [-1, 1] inside", "either", lambda v: inside(v, lambda x: 2 * (x - x.min()) / np.ptp(x) - 1)),
        ("offset by 100", "either", lambda v: v + 100),
        ("offset by 1000", "either", lambda v: v + 1000),
        ("offset by -200", "either", lambda v: v - 200),
        (
            "whitened by median and IQR inside",
            "either",
            lambda v: inside(v, lambda x: (x - np.median(x)) / np.subtract(*np.percentile(x, [75, 25]))),
        ),
        ("min-max over [0, 1]", "same", lambda v: v / v.max()),
        (
            "min-max over [0, 255] as uint8",
            "same",
            lambda v: np.round(255 * (v / np.percentile(v, 99.9)).clip(0, 1)).astype(np.uint8),
        ),
        ("int16", "same", lambda v: np.round(4000 * v / v.max()).astype(np.int16)),
        ("float64", "same", lambda v: v.astype(np.float64)),
        ("uint16 big", "same", lambda v: np.round(60000 * v / v.max()).astype(np.uint16)),
        ("a factor of 1e-6", "same", lambda v: v * np.float32(1e-6)),
        ("a factor of 1e6", "same", lambda v: v * np.float32(1e6)),
        ("one voxel of 1e9", "either", put(1e9)),
        ("one voxel of -1e9", "either", put(-1e9)),
        ("one voxel of -1", "same", put(-top)),
        ("contrast inverted inside", "refused", inverted),
        ("contrast inverted over the volume", "refused", lambda v: v.max() - v),
        ("a mask of ones", "refused", lambda v: (v > 0).astype(np.float32)),
        ("noise everywhere", "refused", lambda v: rng.random(v.shape, dtype=np.float32)),
        (
            "noise inside the mask",
            "refused",
            lambda v: inside(v, lambda x: rng.random(len(x)).astype(np.float32) + 0.01),
        ),
        (
            "noise of 2 per cent",
            "same",
            lambda v: inside(v, lambda x: x + 0.02 * x.mean() * rng.standard_normal(len(x)).astype(np.float32)),
        ),
        ("complex", "refused", lambda v: v.astype(np.complex64)),
        ("complex with an imaginary part", "refused", lambda v: (v + 0.2j * v).astype(np.complex64)),
        ("four volumes", "refused", lambda v: np.stack([v] * 4, -1)),
        ("two channels on the fifth axis", "refused", lambda v: np.stack([v] * 2, -1)[:, :, :, None]),
        ("RGB", "refused", lambda v: _rgb(v)),
        ("one slice", "refused", lambda v: v[:, :, 30:31]),
        ("booleans as uint8", "refused", lambda v: (v > v.mean()).astype(np.uint8)),
    ]
    return [_case(kind, name, expects, _voxels(change)) for name, expects, change in changes]


def _rgb(volume: Volume) -> Volume:
    grey = np.round(255 * volume / volume.max()).astype(np.uint8)
    out = np.zeros(volume.shape, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    for name in "RGB":
        out[name] = grey
    return out


def files() -> list[Case]:
    """Files that are no scans, not whole, or scans under another name."""
    kind = "scan: file"
    half = _file("tried.nii.gz", lambda content: content[: len(content) // 2])

    def corrupt(content: bytes) -> bytes:
        middle = len(content) // 2
        return content[:middle] + bytes(64) + content[middle + 64 :]

    def bad_sum(content: bytes) -> bytes:
        return content[:-8] + b"\0\0\0\0" + content[-4:]

    def folder_of(folder: Path, material: Material) -> str:
        (folder / "tried.nii.gz").mkdir()
        return "tried.nii.gz"

    def link(target: str) -> Callable[[Path, Material], str]:
        def make(folder: Path, material: Material) -> str:
            (folder / "tried.nii.gz").symlink_to(target or material.scan)
            return "tried.nii.gz"

        return make

    def pipe(folder: Path, material: Material) -> str:
        os.mkfifo(folder / "tried.nii.gz")
        return "tried.nii.gz"

    def pair(folder: Path, material: Material) -> str:
        volume, affine = material.image()
        nib.save(nib.Nifti1Pair(volume, affine), folder / "tried.img")
        return "tried.img"

    def mgh(name: str) -> Callable[[Path, Material], str]:
        def make(folder: Path, material: Material) -> str:
            volume, affine = material.image()
            suffix = ".mgh" if name.endswith(".mgh") else ".mgz"
            nib.save(nib.MGHImage(volume, affine), folder / f"written{suffix}")
            (folder / f"written{suffix}").rename(folder / name)
            return name

        return make

    def nifti2(folder: Path, material: Material) -> str:
        nib.save(nib.Nifti2Image(*material.image()), folder / "tried.nii.gz")
        return "tried.nii.gz"

    def swapped(folder: Path, material: Material) -> str:
        image = nib.load(material.scan)
        header = image.header.as_byteswapped(">")
        raw = header.binaryblock + bytes(4) + np.asarray(image.dataobj).astype(">f4").tobytes(order="F")
        (folder / "tried.nii").write_bytes(raw)
        return "tried.nii"

    def extended(folder: Path, material: Material) -> str:
        image = nib.load(material.scan)
        image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"x" * 5000))
        nib.save(nib.Nifti1Image(np.asarray(image.dataobj), image.affine, image.header), folder / "tried.nii.gz")
        return "tried.nii.gz"

    def nested(name: str) -> Callable[[Path, Material], str]:
        def make(folder: Path, material: Material) -> str:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(material.scan, folder / name)
            return name

        return make

    lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
    annex = b"/annex/objects/MD5E-s3452349--0123456789abcdef0123456789abcdef.nii.gz\n"
    annex_link = ".git/annex/objects/Xz/9k/MD5E-s34--01.nii.gz/MD5E-s34--01.nii.gz"
    unzip = gzip.decompress
    return [
        _case(kind, "gzip cut in half", "refused", half),
        _case(kind, "gzip cut by 10 bytes", "refused", _file("tried.nii.gz", lambda c: c[:-10])),
        _case(kind, "gzip damaged in the middle", "refused", _file("tried.nii.gz", corrupt)),
        _case(kind, "gzip checksum wrong", "refused", _file("tried.nii.gz", bad_sum)),
        _case(kind, "trailing garbage after gzip", "same", _file("tried.nii.gz", lambda c: c + b"garbage" * 9)),
        _case(kind, "trailing zeros after gzip", "same", _file("tried.nii.gz", lambda c: c + bytes(512))),
        _case(
            kind,
            "gzip of several members",
            "same",
            _file("tried.nii.gz", lambda c: gzip.compress(unzip(c)[:9999]) + gzip.compress(unzip(c)[9999:])),
        ),
        _case(kind, "gzipped twice", "refused", _file("tried.nii.gz", lambda c: gzip.compress(c))),
        _case(kind, "uncompressed under .nii.gz", "either", _file("tried.nii.gz", unzip)),
        _case(kind, "compressed under .nii", "either", _file("tried.nii", lambda c: c)),
        _case(kind, "uncompressed .nii", "same", _file("tried.nii", unzip)),
        _case(kind, "uncompressed .nii cut", "refused", _file("tried.nii", lambda c: unzip(c)[:-5000])),
        _case(
            kind,
            "uncompressed .nii with trailing bytes",
            "same",
            _file("tried.nii", lambda c: unzip(c) + b"x" * 100),
        ),
        _case(kind, "empty file", "refused", _file("tried.nii.gz", lambda c: b"")),
        _case(kind, "gzip of nothing", "refused", _file("tried.nii.gz", lambda c: gzip.compress(b""))),
        _case(kind, "text", "refused", _file("tried.nii.gz", lambda c: b"this is no image\n")),
        _case(
            kind,
            "HTML of a login page",
            "refused",
            _file("tried.nii.gz", lambda c: b"<!DOCTYPE html><html>Sign in</html>"),
        ),
        _case(kind, "git-lfs pointer", "refused", _file("tried.nii.gz", lambda c: lfs)),
        _case(kind, "git-annex pointer", "refused", _file("tried.nii.gz", lambda c: annex)),
        _case(kind, "git-annex link without content", "refused", link(annex_link)),
        _case(kind, "git-lfs pointer .nii", "refused", _file("tried.nii", lambda c: lfs)),
        _case(kind, "link to itself", "refused", link("tried.nii.gz")),
        _case(kind, "link to the scan", "same", link("")),
        _case(kind, "a folder of that name", "refused", folder_of),
        _case(kind, "a named pipe", "refused", pipe),
        _case(kind, "no such file", "refused", lambda folder, material: "nowhere.nii.gz"),
        _case(kind, "upper-case .NII.GZ", "same", _file("TRIED.NII.GZ", lambda c: c)),
        _case(kind, "mixed-case .Nii.gz", "same", _file("tried.Nii.gz", lambda c: c)),
        _case(kind, "upper-case .NII", "same", _file("tried.NII", unzip)),
        _case(kind, "bzip2", "refused", _file("tried.nii.bz2", lambda c: bz2.compress(unzip(c)))),
        _case(kind, "suffix .img", "either", pair),
        _case(kind, "suffix .dcm", "refused", _file("tried.dcm", lambda c: b"DICM" + bytes(500))),
        _case(kind, "no suffix", "refused", _file("tried", lambda c: c)),
        _case(kind, "FreeSurfer's .mgz", "same", mgh("tried.mgz")),
        _case(kind, "FreeSurfer's .MGZ", "same", mgh("tried.MGZ")),
        _case(kind, "FreeSurfer's .mgh", "either", mgh("tried.mgh")),
        _case(kind, ".mgz called .nii.gz", "either", mgh("tried.nii.gz")),
        _case(kind, ".nii.gz called .mgz", "either", _file("tried.mgz", lambda c: c)),
        _case(kind, ".mgz cut in half", "refused", lambda f, m: _cut(f / mgh("tried.mgz")(f, m))),
        _case(kind, "NIfTI-2", "same", nifti2),
        _case(kind, "big-endian", "same", swapped),
        _case(kind, "header extension of 5 kB", "same", extended),
        _case(kind, "blanks and umlauts in the name", "same", nested("tried Hänsel größe.nii.gz")),
        _case(kind, "brackets and percent in the name", "same", nested("tried [1] 100% {x}.nii.gz")),
        _case(kind, "a name of 240 characters", "same", nested("tried" + "a" * 228 + ".nii.gz")),
        _case(
            kind,
            "a path of 1,000 characters",
            "same",
            nested("/".join(["tried" + "d" * 95] * 9) + "/tried.nii.gz"),
        ),
    ]


def _cut(path: Path) -> str:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path.name


def whole_heads() -> list[Case]:
    """A head that is not stripped."""

    def head(folder: Path, material: Material) -> str:
        source = next(iter(sorted((SHARED / "ixi_2mm").rglob("*.nii.gz"))))
        shutil.copy(source, folder / "tried.nii.gz")
        return "tried.nii.gz"

    return [_case("scan: intensities", "a whole head", "refused", head)]


def cases() -> list[Case]:
    """Return every broken scan."""
    return [*orientation(), *header(), *intensities(), *files(), *whole_heads()]
