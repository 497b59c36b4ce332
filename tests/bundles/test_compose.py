"""Configs are what their sources say, and what bundles share stands once."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.bundles import compose, model_names
from brainaging.bundles.compose import composed, leaves, overlaid, repeated

CONFIG = st.recursive(
    st.integers(0, 3) | st.text("ab", max_size=2) | st.none(),
    lambda child: (
        st.dictionaries(st.sampled_from(["a", "b", "c"]), child, max_size=3) | st.lists(child, max_size=2)
    ),
    max_leaves=8,
)


def test_every_config_is_what_its_sources_say() -> None:
    bundles = Path(compose.__file__).parent
    stale = [path for path, text in composed().items() if (bundles / path).read_text(encoding="utf-8") != text]
    assert not stale, "run `make bundles`"
    written = {str(path.relative_to(bundles)) for path in bundles.glob("*/configs/*")}
    assert written <= composed().keys()
    assert {path.split("/")[0] for path in composed()} == set(model_names())


def test_sources_repeat_little() -> None:
    for name in ("train", "evaluate", "inference", "multi_gpu_train", "metadata"):
        share = repeated(sorted(compose.SOURCES.glob(f"*/{name}.json")))
        assert share < 0.15, f"{name}.json: {share:.0%} of the leaves stand in three sources or more"


@settings(max_examples=50, deadline=None)
@given(CONFIG, CONFIG)
def test_laws_of_overlays(base, over) -> None:
    assert overlaid(base, base) == base
    assert overlaid({}, over) == over
    assert overlaid(overlaid(base, over), over) == overlaid(base, over)


def test_a_layer_gives_arguments_to_a_component_that_a_later_one_names() -> None:
    layer = {"trainer": {"device": "cpu", "steps": [1, 2]}}
    named = overlaid(layer, {"trainer": {"_target_": "A", "steps": [3]}})
    assert named == {"trainer": {"_target_": "A", "device": "cpu", "steps": [3]}}
    assert next(iter(named["trainer"])) == "_target_"
    assert overlaid(named, {"trainer": {"_target_": "B", "epochs": 1}}) == {
        "trainer": {"_target_": "B", "epochs": 1}
    }


def test_leaves_are_counted_where_three_files_have_them(tmp_path: Path) -> None:
    assert list(leaves({"a": [1, {}], "b": {"c": None}})) == [("#a#0", "1"), ("#a#1", "{}"), ("#b#c", "null")]
    files = [tmp_path / f"{number}.json" for number in range(3)]
    for number, path in enumerate(files):
        path.write_text(json.dumps({"same": 1, "own": number, "pair": number // 2}))
    assert repeated(files) == pytest.approx(1 / 3)


def test_a_trainers_handlers_stand_after_its_networks() -> None:
    for path, text in composed().items():
        if path.endswith("/train.json"):
            arguments = list(json.loads(text)["train"]["trainer"])
            network = next(name for name in ("network", "parts") if name in arguments)
            assert arguments.index(network) < arguments.index("train_handlers"), path


def test_an_installed_package_without_sources_says_so(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(compose, "SOURCES", tmp_path / "sources")
    with pytest.raises(SystemExit, match="no sources here"):
        compose.main([])
