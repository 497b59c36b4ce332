from pathlib import Path

import pytest

from brainaging.pipeline.runtime.source_code import imported_sources, package_folders, source_sha256

FILES = {
    "__init__.py": "",
    "far.py": "X = 1",
    "room/__init__.py": "from house.room.near import f",
    "room/near.py": "def f():\n    import house.far\n",
    "room/alone.py": "import numpy",
    "start.py": "from house import room",
}


def _house(folder: Path) -> dict[str, Path]:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return {"house": folder}


@pytest.mark.parametrize("name", ["house.start", "house.room.f", "house.room.near"])
def test_what_is_imported_in_turn_or_in_a_function_belongs_to_it_and_nothing_else(tmp_path, name):
    modules = imported_sources([name], _house(tmp_path)).keys()
    assert {"house.far", "house.room", "house.room.near"} <= modules
    assert "house.room.alone" not in modules


def test_a_name_of_no_package_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"found 'torch\.nn'"):
        imported_sources(["torch.nn"], _house(tmp_path))


def test_the_engines_work_depends_on_networks_and_not_on_the_report():
    modules = imported_sources(["brainaging.pipeline.engines"], package_folders())
    assert {"brainaging.networks.generator", "brainaging.transforms.grid"} <= modules.keys()
    assert not [name for name in modules if name.startswith("brainaging.pipeline.report")]


def test_changed_source_changes_the_hash_and_only_where_it_is_imported(tmp_path, monkeypatch):
    folders = _house(tmp_path)
    monkeypatch.setattr("brainaging.pipeline.runtime.source_code.package_folders", lambda: folders)

    def hashes() -> list[str]:
        return [source_sha256.__wrapped__(name) for name in ("house.start", "house.room.alone")]

    before = hashes()
    (tmp_path / "far.py").write_text("X = 2")
    after = hashes()
    assert after[0] != before[0]
    assert after[1] != before[1]  # its package imports what changed
    (tmp_path / "room" / "alone.py").write_text("import scipy")
    assert hashes()[0] == after[0]
    assert hashes()[1] != after[1]
