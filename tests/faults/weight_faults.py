"""Broken weights, configs and prepared folders."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import torch
from judging import Case
from material import Material

ENCODE = ("encode", "prepared", "--weights", "weights.pt", "--out", "latents.csv")


class _Runs:
    """What a pickle must not be let do."""

    def __reduce__(self):
        return os.system, ("touch ran",)


def _latents_as_clean(folder: Path, material: Material) -> str:
    if (folder / "ran").exists():
        return "code in the checkpoint was run"
    mine, theirs = (
        pd.read_csv(path, comment="#", dtype={"subject": str})
        for path in (folder / "latents.csv", material.made / "latents.csv")
    )
    mine, theirs = (frame[[name for name in frame if name[:1] == "z"]] for frame in (mine, theirs))
    if mine.shape != theirs.shape or mine.isna().to_numpy().any():
        return f"latents of shape {mine.shape} with {int(mine.isna().sum().sum())} empty cells"
    numbers = [frame.to_numpy() for frame in (mine, theirs)]
    return "" if np.allclose(*numbers, atol=1e-4) else "latents differ"


def _weights(
    name: str,
    expects: str,
    write: Callable[[Path, Material], None],
    *words: str,
    says: Sequence[str] = ("weights.pt",),
) -> Case:
    def make(folder: Path, material: Material) -> None:
        (folder / "prepared").symlink_to(material.made / "prepared")
        write(folder / "weights.pt", material)

    def compare(folder: Path, material: Material) -> str:
        return _latents_as_clean(folder, material)

    return Case(
        "weights", f"weights: {name}", expects, make, (words or ENCODE,), compare, says, ("latents.csv", "ran")
    )


def _edited(change: Callable[[dict], object]) -> Callable[[Path, Material], None]:
    def write(path: Path, material: Material) -> None:
        state = torch.load(material.made / "models" / "best.pt", weights_only=True)
        changed = change(state)
        torch.save(state if changed is None else changed, path)

    return write


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[Path, Material], None]:
    return lambda path, material: path.write_bytes(change((material.made / "models" / "best.pt").read_bytes()))


def _copied(name: str) -> Callable[[Path, Material], None]:
    return lambda path, material: shutil.copy(material.made / name, path)


def _less(state: dict) -> None:
    state["model"].pop(next(name for name, value in state["model"].items() if torch.is_tensor(value)))


def _shapes(state: dict) -> None:
    model = state["model"]
    model.update({name: value.reshape(-1)[:1] for name, value in model.items() if torch.is_tensor(value)})


def weights() -> list[Case]:
    """Checkpoints that are cut, foreign, hostile or not finite."""

    def filled(value: float, share: int = 1) -> Callable[[dict], None]:
        def change(state: dict) -> None:
            for tensor in list(state["model"].values())[::share]:
                if torch.is_tensor(tensor) and tensor.is_floating_point():
                    tensor.reshape(-1)[:1] = value

        return change

    def settings(**new: object) -> Callable[[dict], None]:
        return lambda state: state["settings"].update(new)

    hostile = "$__import__('os').system('touch ran')"
    cut = {
        "cut in half": lambda b: b[: len(b) // 2],
        "cut by 20 bytes": lambda b: b[:-20],
        "empty": lambda b: b"",
        "text": lambda b: b"no weights\n",
        "git-lfs pointer": lambda b: b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n",
        "zeros in the middle": lambda b: b[: len(b) // 2] + bytes(500) + b[len(b) // 2 + 500 :],
        "HTML": lambda b: b"<!DOCTYPE html><html>Sign in</html>",
    }
    out = [_weights(name, "refused", _bytes(change)) for name, change in cut.items()]
    out += [
        _weights("trailing bytes", "either", _bytes(lambda b: b + b"x" * 50)),
        _weights("as they are", "same", _bytes(lambda b: b)),
        _weights("last.pt", "either", _copied("models/last.pt")),
        _weights("NaN throughout", "refused", _edited(filled(np.nan))),
        _weights("one NaN", "refused", _edited(filled(np.nan, 7))),
        _weights("infinite", "refused", _edited(filled(np.inf))),
        _weights("of another bundle", "refused", _copied("gan/best.pt")),
        _weights("of the classifier", "refused", _copied("sex/best.pt")),
        _weights("of the table", "refused", _copied("table_models/best.pt")),
        _weights("of edits", "refused", _copied("directions/edits.pt")),
        _weights("state dict alone", "refused", _edited(lambda s: s["model"])),
        _weights("a list", "refused", _edited(lambda s: [1, 2, 3])),
        _weights("a tensor", "refused", _edited(lambda s: torch.zeros(3))),
        _weights("no settings", "either", _edited(lambda s: {"model": s["model"]})),
        _weights("a tensor less", "refused", _edited(_less)),
        _weights("a tensor more", "refused", _edited(lambda s: s["model"].update(extra=torch.zeros(3)))),
        _weights(
            "tensors of another shape",
            "refused",
            _edited(_shapes),
        ),
        _weights("settings of another size", "refused", _edited(settings(latent_size=9))),
        _weights("settings that are unknown", "refused", _edited(settings(no_such=9))),
        _weights("settings that are text", "refused", _edited(settings(latent_size="many"))),
        _weights("settings that are code", "refused", _edited(settings(latent_size=hostile)), says=()),
        _weights(
            "settings that name a target",
            "refused",
            _edited(settings(network_def={"_target_": "os.system", "command": "touch ran"})),
            says=(),
        ),
        _weights("code in a pickle", "refused", lambda path, m: torch.save({"model": _Runs()}, path)),
        _weights(
            "code in a pickle of old form",
            "refused",
            lambda path, m: torch.save({"model": _Runs()}, path, _use_new_zipfile_serialization=False),
        ),
        _weights("a folder", "refused", lambda path, m: path.mkdir()),
        _weights("nowhere", "refused", lambda path, m: None),
        _weights(
            "half precision",
            "either",
            _edited(
                lambda s: {
                    **s,
                    "model": {
                        k: v.half() if torch.is_tensor(v) and v.is_floating_point() else v
                        for k, v in s["model"].items()
                    },
                }
            ),
        ),
    ]
    return out + _other_commands()


def _other_commands() -> list[Case]:
    def nan(path: Path, material: Material, source: str = "gan/best.pt") -> None:
        state = torch.load(material.made / source, weights_only=True)
        for tensor in state["model"].values():
            if torch.is_tensor(tensor) and tensor.is_floating_point():
                tensor.reshape(-1)[:1] = np.nan
        torch.save(state, path)

    def cut(source: str) -> Callable[[Path, Material], None]:
        return lambda path, material: path.write_bytes((material.made / source).read_bytes()[:3000])

    scan = Case
    edit = (
        "edit",
        "scan.nii.gz",
        "--model",
        "weights.pt",
        "--age",
        "+10",
        "--age-now",
        "30",
        "--sex-now",
        "F",
        "--space",
        "template",
    )

    def edited(name: str, write: Callable[[Path, Material], None]) -> Case:
        def make(folder: Path, material: Material) -> None:
            shutil.copy(material.fillers()[0], folder / "scan.nii.gz")
            write(folder / "weights.pt", material)

        return scan(
            "weights",
            f"weights: {name}",
            "refused",
            make,
            (edit,),
            None,
            ("weights.pt",),
            ("edited/edited.nii.gz",),
        )

    generate = ("generate", "prepared", "--weights", "weights.pt", "--count", "2")
    predict = ("predict", "prepared", "--bundle", "t1w_sex_classifier", "--weights", "weights.pt")
    invert = ("invert", "prepared", "--weights", "weights.pt", "--steps", "1")
    return [
        _nothing("generate by NaN weights", nan, generate),
        _nothing("generate by a cut file", cut("gan/best.pt"), generate),
        _nothing("generate by the autoencoder's", _copied("models/best.pt"), generate),
        _nothing("predict by NaN weights", lambda p, m: nan(p, m, "sex/best.pt"), predict),
        _nothing("predict by the GAN's", _copied("gan/best.pt"), predict),
        _nothing("invert by the GAN's", _copied("gan/best.pt"), invert),
        _nothing("invert by a cut file", cut("gan/best.pt"), invert),
        edited("edit by a cut file", cut("directions/edits.pt")),
        edited("edit by the autoencoder's", _copied("models/best.pt")),
        edited("edit by text", lambda p, m: p.write_text("no model")),
        edited("edit by code", lambda p, m: torch.save({"format": _Runs()}, p)),
    ]


def _nothing(name: str, write: Callable[[Path, Material], None], words: Sequence[str]) -> Case:
    case = _weights(name, "refused", write, *words)
    return Case(
        case.kind,
        case.name,
        case.expects,
        case.make,
        case.commands,
        None,
        case.says,
        ("latents.csv", "ran", "predictions/predictions.csv", "synthetic/latents.csv", "inverted/latents.csv"),
    )


def configs() -> list[Case]:
    """Values that a user may set wrongly, and bundles that are none."""
    ran = "$__import__('os').system('touch ran')"
    table = ("train", "morphometry_autoencoder", "--dataset-dir", "table", "--epochs", "1")
    scans = ("train", "t1w_autoencoder", "--dataset-dir", "prepared", "--epochs", "1", "--set", "components=10")
    gan = (
        "train",
        "t1w_gan",
        "--dataset-dir",
        "prepared",
        "--epochs",
        "2",
        "--set",
        "warmup=1",
        "--set",
        "width=4",
    )
    classifier = ("train", "t1w_sex_classifier", "--dataset-dir", "prepared", "--epochs", "1")
    bad = [
        *(
            (scans, f"latent_size={value}")
            for value in ("0", "-5", "abc", "1.5", "null", "[1, 2]", "{a: 1}", "true", "nan", "1e9")
        ),
        *((scans, f"device={value}") for value in ("cuda:0", "nonsense", "0", "tpu")),
        *((scans, f"learning_rate={value}") for value in ("nan", "inf", "-1", "fast", "0")),
        *((scans, f"batch_size={value}") for value in ("0", "-1", "2.5", "many")),
        *(
            (scans, word)
            for word in (
                "no_such=1",
                "latent_sise=8",
                "epochs=0",
                "epochs=1.5",
                "components=0",
                "components=100000",
                "seed=x",
            )
        ),
        *(
            (scans, word)
            for word in (
                "network_def=3",
                "train=1",
                "optimizer=sgd",
                "dataset_dir=nowhere",
                "amp=maybe",
                "resume=false",
            )
        ),
        *((gan, word) for word in ("latent_size=4", "latent_size=0", "detail=0", "warmup=9", "width=0")),
        *((classifier, word) for word in ("architecture=vgg", "width=0", "width=-4", "classes=7")),
        *((table, word) for word in ("latent_size=0", "latent_size=100000", "hidden=none", "learning_rate=nan")),
        (scans, f"latent_size={ran}"),
        (scans, "latent_size=@no_such"),
        (scans, "latent_size=%no_such.json"),
        (scans, "=5"),
        (scans, "latent_size"),
        (scans, "latent_size=[1, 2"),
        (scans, "train#no_such=1"),
        (scans, "latent_size={_target_: os.system, command: touch ran}"),
        (scans, "$import os=1"),
    ]
    out = []
    for words, value in bad:
        key = value.partition("=")[0]
        bundle = words[1]
        expects = (
            "either"
            if value
            in ("resume=false", "learning_rate=0", "components=100000", "latent_size=100000", "batch_size=many")
            else "refused"
        )
        says = (key,) if key and "#" not in key and "$" not in key else ()
        out.append(
            Case(
                "configs",
                f"{bundle} --set {value}",
                expects,
                _folders,
                ((*words, "--set", value),),
                _nothing_ran,
                says,
                ("models/best.pt", "ran"),
            )
        )
    return [*out, *_bundles()]


def _nothing_ran(folder: Path, material: Material) -> str:
    if (folder / "ran").exists():
        return "code in the value was run"
    return "" if (folder / "models" / "best.pt").is_file() else "rc 0 without weights"


def _folders(folder: Path, material: Material) -> None:
    for name in ("prepared", "table"):
        (folder / name).symlink_to(material.made / name)


def _bundles() -> list[Case]:
    def bundle(name: str, change: Callable[[Path], None]) -> Case:
        def make(folder: Path, material: Material) -> None:
            _folders(folder, material)
            configs = folder / "bundle" / "configs"
            configs.mkdir(parents=True)
            (configs / "metadata.json").write_text('{"version": "0.1"}')
            (configs / "train.json").write_text('{"epochs": 1}')
            change(folder / "bundle" / "configs")

        return Case(
            "configs",
            name,
            "refused",
            make,
            (("train", "bundle", "--dataset-dir", "prepared"),),
            None,
            (),
            ("models/best.pt",),
        )

    def fails(words: Sequence[str], name: str, *says: str) -> Case:
        return Case("configs", name, "refused", _folders, (words,), None, says, ("models/best.pt",))

    return [
        bundle("a bundle whose train.json is no JSON", lambda c: (c / "train.json").write_text("{")),
        bundle("a bundle whose metadata.json is no JSON", lambda c: (c / "metadata.json").write_text("{")),
        bundle("a bundle without train.json", lambda c: (c / "train.json").unlink()),
        bundle("a bundle whose train.json is a list", lambda c: (c / "train.json").write_text("[1]")),
        bundle("a bundle without a trainer", lambda c: None),
        fails(("train", "no_such", "--dataset-dir", "prepared"), "a bundle that is not there", "no_such"),
        fails(("train", "../../etc", "--dataset-dir", "prepared"), "a bundle that is a path", "etc"),
        fails(("train", "t1w_autoencoder", "--dataset-dir", "table"), "a bundle of scans on a table", "table"),
        fails(
            ("train", "morphometry_autoencoder", "--dataset-dir", "prepared"),
            "a bundle of tables on scans",
            "prepared",
        ),
        fails(
            ("train", "t1w_latent_encoder", "--dataset-dir", "prepared"),
            "an encoder without a generator",
            "generator",
        ),
        fails(
            ("train", "t1w_latent_encoder", "--dataset-dir", "prepared", "--generator", "nowhere.pt"),
            "an encoder of a generator that is not there",
            "nowhere.pt",
        ),
        fails(
            ("train", "t1w_autoencoder", "--dataset-dir", "nowhere"),
            "a prepared folder that is not there",
            "nowhere",
        ),
        fails(("train", "t1w_autoencoder", "--dataset-dir", "prepared", "--epochs", "0"), "no epochs", "epochs"),
    ]


def prepared_folders() -> list[Case]:
    """Prepared folders that were changed since."""
    kind = "prepared folders"
    train = (
        "train",
        "t1w_autoencoder",
        "--dataset-dir",
        "prepared",
        "--epochs",
        "1",
        "--set",
        "components=10",
        "--set",
        "latent_size=8",
    )
    encode = ("encode", "prepared", "--weights", "best.pt", "--out", "latents.csv")

    def case(
        name: str, expects: str, change: Callable[[Path], None], words: Sequence[str] = train, table: bool = False
    ) -> Case:
        def make(folder: Path, material: Material) -> None:
            source = "table" if table else "prepared"
            shutil.copytree(material.made / source, folder / "prepared")
            shutil.copy(material.made / "models" / "best.pt", folder / "best.pt")
            shutil.copy(material.made / "cohort.csv", folder)
            shutil.copy(material.made / "cohort.json", folder)
            change(folder / "prepared")

        says = () if expects == "same" else ("prepared",)
        return Case(
            kind, f"{words[0]}: {name}", expects, make, (words,), None, says, ("models/best.pt", "latents.csv")
        )

    def marker(**new: object) -> Callable[[Path], None]:
        def change(folder: Path) -> None:
            path = folder / "prepared.json"
            path.write_text(json.dumps({**json.loads(path.read_text()), **new}))

        return change

    def text(name: str, content: str) -> Callable[[Path], None]:
        return lambda folder: (folder / name).write_text(content) and None

    def cohort(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
        def edit(folder: Path) -> None:
            table = pd.read_csv(folder / "cohort.csv", dtype=str, keep_default_na=False)
            change(table).to_csv(folder / "cohort.csv", index=False)

        return edit

    def volume(change: Callable[[Path], None]) -> Callable[[Path], None]:
        return lambda folder: change(sorted((folder / "images").glob("*.nii.gz"))[0])

    def other_grid(path: Path) -> None:
        nib.save(nib.Nifti1Image(np.ones((20, 20, 20), np.float32), np.eye(4)), path)

    def values(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
        def edit(path: Path) -> None:
            image = nib.load(path)
            nib.save(
                nib.Nifti1Image(change(np.array(image.dataobj, np.float32)), image.affine, image.header), path
            )

        return edit

    def nan(array: np.ndarray) -> np.ndarray:
        array[16, 16, 16] = np.nan
        return array

    prepare = ("prepare", "cohort.csv", "--grid", "t1w_32", "--workers", "1", "--out", "prepared")
    coarse = ("prepare", "cohort.csv", "--grid", "t1w_48", "--workers", "1", "--out", "prepared")
    cut = volume(lambda path: path.write_bytes(path.read_bytes()[:900]) and None)
    return [
        case("marker is no JSON", "refused", text("prepared.json", "{")),
        case("marker is a list", "refused", text("prepared.json", "[]")),
        case("marker is empty", "refused", text("prepared.json", "{}")),
        case("marker of another format", "refused", marker(format="other 2")),
        case("marker without end", "refused", marker(complete=False)),
        case("marker of another grid", "refused", marker(fingerprint="t1w_48-00000000")),
        case("marker with a grid of nonsense", "refused", marker(grid={"name": "x"})),
        case("marker with a grid that is null", "refused", marker(grid=None)),
        case(
            "marker is binary", "refused", lambda f: (f / "prepared.json").write_bytes(bytes(range(256))) and None
        ),
        case("cohort.csv gone", "refused", lambda f: (f / "cohort.csv").unlink()),
        case("cohort.json gone", "refused", lambda f: (f / "cohort.json").unlink()),
        case("a sex changed by hand", "refused", cohort(lambda t: t.assign(sex=["F"] * len(t)))),
        case("a row removed by hand", "refused", cohort(lambda t: t.iloc[1:])),
        case("no column split", "refused", cohort(lambda t: t.drop(columns="split"))),
        case("no column file", "refused", cohort(lambda t: t.drop(columns="file"))),
        case("splits of nonsense", "refused", cohort(lambda t: t.assign(split="holdout"))),
        case("everybody in test", "refused", cohort(lambda t: t.assign(split="test"))),
        case("a file outside the folder", "refused", cohort(lambda t: t.assign(file="../../../etc/hostname"))),
        case("head size in words", "refused", cohort(lambda t: t.assign(head_size="large"))),
        case("head size not there", "refused", cohort(lambda t: t.drop(columns="head_size"))),
        case("a volume gone", "refused", volume(Path.unlink)),
        case("a volume cut", "refused", cut),
        case("a volume of another grid", "refused", volume(other_grid)),
        case("a volume with NaN", "refused", volume(values(nan))),
        case("a volume cut", "refused", cut, encode),
        case("a volume with NaN", "refused", volume(values(nan)), encode),
        case("a volume gone", "refused", volume(Path.unlink), encode),
        case("a volume cut: made anew", "same", cut, prepare),
        case("a volume gone: made anew", "same", volume(Path.unlink), prepare),
        case("a record gone: made anew", "same", lambda f: next((f / "records").glob("*.json")).unlink(), prepare),
        case(
            "a record of nonsense: made anew",
            "same",
            lambda f: next(iter((f / "records").glob("[0-9]*.json"))).write_text("[]") and None,
            prepare,
        ),
        case("marker is a list", "refused", text("prepared.json", "[]"), prepare),
        case("another grid in this folder", "refused", lambda f: None, coarse),
        case(
            "table: marker is no JSON",
            "refused",
            text("morphometry.json", "{"),
            ("train", "morphometry_autoencoder", "--dataset-dir", "prepared"),
            True,
        ),
        case(
            "table: numbers are words",
            "refused",
            lambda f: (
                (f / "morphometry.csv").write_text((f / "morphometry.csv").read_text().replace(".", "x")) and None
            ),
            ("train", "morphometry_autoencoder", "--dataset-dir", "prepared"),
            True,
        ),
        case(
            "table: columns are others",
            "refused",
            lambda f: (
                (f / "morphometry.csv").write_text(
                    (f / "morphometry.csv").read_text().replace("FS_L_Hippo", "FS_L_Hyppo")
                )
                and None
            ),
            ("train", "morphometry_autoencoder", "--dataset-dir", "prepared"),
            True,
        ),
        case(
            "table: a row less",
            "refused",
            lambda f: (
                (f / "morphometry.csv").write_text(
                    "\n".join((f / "morphometry.csv").read_text().splitlines()[:-1]) + "\n"
                )
                and None
            ),
            ("train", "morphometry_autoencoder", "--dataset-dir", "prepared"),
            True,
        ),
    ]


def cases() -> list[Case]:
    """Return every broken checkpoint, config and prepared folder."""
    return [*weights(), *configs(), *prepared_folders()]
