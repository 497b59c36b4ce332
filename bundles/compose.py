"""Write the bundles' configs from their sources: what bundles share stands once, in a layer, and not in each.

MONAI reads a config on its own: ``python -m monai.bundle run --config_file …/train.json`` must hold whole,
wherever it is typed and installed. A macro (``%file.json::id``) of another file is opened relative to the working
directory, is not followed further, and takes no ``@`` in its path; several ``--config_file`` would be for every
user to type, and the model zoo's checks read ``train.json`` alone. So files are composed before MONAI sees them:

    python -m brainaging.bundles.compose            write every config (also `make bundles`)
    python -m brainaging.bundles.compose --shares   print how much is repeated, in configs and in sources

``sources/layers.json`` names the layers of each bundle. A config is what its layers' files of that name say, one
laid over the other, and the bundle's own last. Dictionaries are merged, everything else is replaced. A layer may
give arguments to a component that a later one names (``_target_``); a component of another name replaces it whole.

The order of arguments matters in one place: MONAI builds them as they stand, and its loaders set torch's generator
back to the seed when they are built. An engine's handlers hold the validation's loader, and so stand after its
networks, whose weights would else be drawn at another place of the stream.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
#: a leaf that stands in as many files counts as repeated
MANY = 3


def overlaid(base: Any, over: Any) -> Any:
    """Return ``over`` laid over ``base``: dictionaries are merged by key, unless they name other components."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    if "_target_" in over and "_target_" in base and over["_target_"] != base["_target_"]:
        return over
    merged = {key: overlaid(base[key], over[key]) if key in base else over[key] for key in over}
    # a component's name stands first, as people read it
    return {**{key: merged[key] for key in ("_target_",) if key in merged}, **base, **merged}


def composed(sources: Path = SOURCES) -> dict[str, str]:
    """Return every file that is composed: path under the bundles' folder to text.

    Args:
        sources: the folder of ``layers.json``, of a folder for every layer and every bundle, and of files that all
            bundles have as they are.

    Raises:
        FileNotFoundError: there are no sources: an installed package has none.
    """
    layers: dict[str, list[str]] = json.loads((sources / "layers.json").read_text(encoding="utf-8"))
    texts = {}
    for bundle, names in layers.items():
        folders = [sources / name for name in (*names, bundle)]
        for name in sorted({path.name for folder in folders for path in folder.glob("*.json")}):
            config: Any = {}
            for path in (folder / name for folder in folders):
                if path.is_file():
                    config = overlaid(config, json.loads(path.read_text(encoding="utf-8")))
            texts[f"{bundle}/configs/{name}"] = json.dumps(config, indent=2) + "\n"
        for path in (*sources.glob("*.conf"), *sources.glob("LICENSE")):
            folder = f"{bundle}/configs" if path.suffix else bundle
            texts[f"{folder}/{path.name}"] = path.read_text(encoding="utf-8")
    return texts


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the leaves of a config: id and value."""
    if isinstance(value, dict | list) and value:
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(child, f"{path}#{key}")
    else:
        yield path, json.dumps(value)


def repeated(files: Sequence[Path]) -> float:
    """Return the share of leaves, ids and values alike, that stand in three of some JSON files or more."""
    contents = [list(leaves(json.loads(path.read_text(encoding="utf-8")))) for path in files]
    files_with = Counter(leaf for content in contents for leaf in set(content))
    many = [files_with[leaf] >= MANY for content in contents for leaf in content]
    return sum(many) / max(len(many), 1)


def shares() -> str:
    """Return a table: the share of repeated leaves by config, as MONAI reads it and as it is written."""
    names = sorted({Path(path).name for path in composed() if path.endswith(".json")})
    rows = [f"{'config':22} {'configs':>8} {'sources':>8}"]
    for name in names:
        both = (sorted(HERE.glob(f"*/configs/{name}")), sorted(SOURCES.glob(f"*/{name}")))
        rows.append(f"{name:22} " + " ".join(f"{repeated(files):8.0%}" for files in both))
    return "\n".join(rows)


def main(arguments: Sequence[str]) -> None:
    """Write the configs, or print the shares."""
    if not (SOURCES / "layers.json").is_file():
        sys.exit(f"{SOURCES}: no sources here; they are in the repository, and no part of an installed package")
    if "--shares" in arguments:
        sys.stdout.write(shares() + "\n")
        return
    for path, text in composed().items():
        (HERE / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
