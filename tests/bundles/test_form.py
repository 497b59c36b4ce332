"""Every folder in bundles/ has the model zoo's form and passes MONAI's own checks."""

import json
import re
import shutil
from functools import partial
from importlib.metadata import version
from pathlib import Path
from pydoc import locate
from types import SimpleNamespace
from typing import Any

import pytest
from monai.bundle import ComponentLocator, ConfigParser, ConfigWorkflow, verify_metadata, verify_net_in_out

from brainaging.bundles import bundle_names, bundle_path, model_names

BUNDLES = bundle_names()
OVERLAYS = {
    "evaluate": ["train"],
    "multi_gpu_train": ["train"],
    "sharded_train": ["train", "multi_gpu_train"],
}
#: configs of several processes, which `torchrun` starts
SEVERAL = ("multi_gpu_train", "sharded_train")
CONFIGS = [
    (name, path.stem)
    for name in BUNDLES
    for path in sorted((bundle_path(name) / "configs").glob("*.json"))
    if path.stem != "metadata"
]


def _config(bundle: str, name: str) -> dict[str, Any]:
    return json.loads((bundle_path(bundle) / "configs" / f"{name}.json").read_text(encoding="utf-8"))


def _files(bundle: str, name: str) -> list[str]:
    names = [*OVERLAYS.get(name, []), name]
    return [str(bundle_path(bundle) / "configs" / f"{each}.json") for each in names]


def _targets(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["_target_"]] if "_target_" in value else []
        return own + [target for child in value.values() for target in _targets(child)]
    return [target for child in value for target in _targets(child)] if isinstance(value, list) else []


#: rooms of the pipeline that a config may name: handlers and metrics, and what stands below them
ROOMS = {"data", "measures", "engines", "handlers", "metrics"}


def _named(bundle: str, name: str) -> set[str]:
    """Return every path of this package in a config: targets, and what expressions name."""
    return set(re.findall(r"brainaging(?:\.\w+)+", json.dumps(_config(bundle, name))))


def test_every_folder_is_a_bundle() -> None:
    folders = {p.name for p in bundle_path(BUNDLES[0]).parent.iterdir() if p.is_dir() and p.name[0] not in "._"}
    assert folders == {*model_names(), "sources"}


def test_an_unknown_bundle_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=rf"'nothing'.*{BUNDLES[0]}"):
        bundle_path("nothing")


@pytest.mark.parametrize("bundle", BUNDLES)
def test_model_zoo_form(bundle: str) -> None:
    folder = bundle_path(bundle)
    assert "Apache License" in (folder / "LICENSE").read_text(encoding="utf-8")
    metadata = _config(bundle, "metadata")
    assert metadata["version"] in metadata["changelog"]
    assert metadata["required_packages_version"]["brain-aging"] == version("brain-aging")
    readme = (folder / "docs" / "README.md").read_text(encoding="utf-8")
    assert "run only configs that you trust" in readme
    assert (folder / "configs" / "logging.conf").is_file()
    assert not list(folder.rglob("*.py"))  # custom code comes from the installed package alone


@pytest.mark.parametrize("bundle", BUNDLES)
def test_documented_commands_are_all_configs(bundle: str, documented) -> None:
    assert set(documented(bundle)) == {name for owner, name in CONFIGS if owner == bundle} | {"export"}


@pytest.mark.parametrize("bundle", BUNDLES)
def test_metadata_fits_monais_schema(bundle: str, shared_data: Path, tmp_path: Path) -> None:
    schema = tmp_path / "meta_schema_20240725.json"
    shutil.copy(shared_data / schema.name, schema)
    verify_metadata(meta_file=str(bundle_path(bundle) / "configs" / "metadata.json"), filepath=str(schema))


@pytest.mark.parametrize("bundle", BUNDLES)
def test_network_maps_input_to_output_as_its_metadata_says(bundle: str) -> None:
    folder = bundle_path(bundle) / "configs"
    verify_net_in_out(
        net_id="network_def",
        meta_file=str(folder / "metadata.json"),
        config_file=str(folder / "inference.json"),
        device="cpu",
        bundle_root=str(bundle_path(bundle)),
    )


@pytest.mark.parametrize(("bundle", "name"), CONFIGS)
def test_targets_are_importable_and_from_installed_packages(bundle: str, name: str) -> None:
    locator = ComponentLocator()
    for target in _targets(_config(bundle, name)):
        if "." in target:
            assert target.split(".")[0] in {"brainaging", "monai", "torch", "ignite"}, target
            assert callable(locate(target)), target
        else:
            assert locator.get_component_module_name(target), target


@pytest.mark.parametrize(("bundle", "name"), CONFIGS)
def test_configs_name_public_paths_of_rooms_at_or_below_handlers_and_metrics(bundle: str, name: str) -> None:
    for path in _named(bundle, name):
        package, _, attribute = path.rpartition(".")
        _, top, *rooms = package.split(".")
        assert top in {"transforms", "networks", "pipeline"}, path
        assert top != "pipeline" or rooms[0] in ROOMS, f"{path} is above the floor that configs may name"
        room = locate(package)
        assert hasattr(room, "__path__"), f"{path}: {package} is a module, not a room"
        assert attribute in room.__all__, f"{path} is not public"


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        children = value.values() if isinstance(value, dict) else value
        return [text for child in children for text in _texts(child)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("bundle", BUNDLES)
def test_readers_of_bundles_find_their_ids(bundle: str) -> None:
    """What MONAI Label and MONAI Deploy look up in a bundle's inference.json."""
    config = _config(bundle, "inference")
    ids = ("network_def", "device", "bundle_root", "preprocessing", "postprocessing", "inferer", "dataset_dir")
    assert [name for name in (*ids, "output_dir") if name not in config] == []
    assert config["evaluator"]["postprocessing"] == "@postprocessing"
    assert config["dataset"]["transform"] == "@preprocessing"
    assert isinstance(_config(bundle, "metadata")["supported_apps"], dict)


@pytest.mark.parametrize(("bundle", "name"), CONFIGS)
def test_handlers_are_taken_by_name(bundle: str, name: str) -> None:
    config, train = _config(bundle, name), _config(bundle, "train")
    assert not [text for text in [*config, *_texts(config)] if re.search(r"handlers?(\[|#\d)", text)]
    for part, own in (("train#", train["train"]), ("validate#", train["validate"]), ("", config)):
        defined = {*own.get("handler", {})} | {key.rpartition("#")[2] for key in config}
        listed = [text for text in _texts(config) if text.startswith(f"%{part}handler#")]
        assert {text.rpartition("#")[2] for text in listed} <= defined


@pytest.mark.parametrize("bundle", BUNDLES)
def test_of_several_processes_the_first_alone_shows_and_draws(bundle: str) -> None:
    parser = ConfigParser()
    parser.read_config(_files(bundle, "multi_gpu_train"))
    for rank in (0, 1):
        ranked = {"dist": SimpleNamespace(get_rank=partial(int, rank))}
        names = {
            f"{part}#{name}"
            for part in ("train", "validate")
            for name, handler in parser[f"{part}#handler"].items()
            if not eval(handler.get("_disabled_", "$False")[1:], ranked)
        }
        assert {f"train#{name}" for name in ("validation", "finite", "curves", "checkpoints", "start")} <= names
        shown = {"train#progress", "train#pictures", "train#tensorboard", "validate#tensorboard"}
        assert bool(shown & names) == (rank == 0)


@pytest.mark.parametrize("bundle", BUNDLES)
@pytest.mark.parametrize("name", ["train", "inference"])
def test_no_value_that_can_be_overridden_is_dead(bundle: str, name: str) -> None:
    config = _config(bundle, name)
    text = json.dumps(config)
    knobs = [key for key, value in config.items() if not isinstance(value, dict | list)]
    assert [key for key in knobs if not re.search(rf"@{key}\b", text)] == []


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_checkpoint_keeps_every_size_of_its_network(bundle: str) -> None:
    config = _config(bundle, "train")
    used = set(re.findall(r"@(\w+)", json.dumps(config["network_def"])))
    sizes = {key for key, value in config.items() if isinstance(value, int | float | str)} & used
    kept = sizes | ({"classes"} & used)  # an age regressor's are its cohort's
    settings = config["train"]["handler"]["checkpoints"]["settings"]
    assert settings == {name: f"@{name}" for name in kept}
    inference = _config(bundle, "inference")
    said = {name: f"$@trained.size({name!r}, {config[name]!r})" for name in sizes}
    assert {name: inference[name] for name in sizes} == said


@pytest.mark.parametrize(("bundle", "name"), [pair for pair in CONFIGS if pair[1] not in SEVERAL])
def test_no_property_is_missing(bundle: str, name: str, dataset_of, tmp_path: Path) -> None:
    workflow = ConfigWorkflow(
        config_file=_files(bundle, name),
        workflow_type="infer" if name == "inference" else "train",
        bundle_root=str(tmp_path),
        dataset_dir=str(dataset_of(bundle)),
    )
    workflow.initialize()
    assert not workflow.check_properties()
    assert workflow.parser.get("bundle_root") == str(tmp_path)
