"""This project's trainers as its bundles' train configs make them, without what stands around the steps."""

from typing import Any

import numpy as np
from monai.bundle import ConfigParser

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import Prepared, with_labels
from brainaging.pipeline.engines.config_values import override, place_value

BUNDLES = {"GAN": "t1w_gan", "autoencoder": "t1w_autoencoder", "classifier": "t1w_sex_classifier"}


def our_trainer(kind: str, prepared: Prepared, batch: int, device: str, cache_type: str = "float32") -> Any:
    """Return the trainer of a bundle's config on all scans of a prepared folder; one ``run()`` is one epoch.

    Validation, pictures, checkpoints and the closed-form start, which cost no part of a step, are left out. The
    GAN has no warm-up: every step is an adversarial one.
    """
    folder = bundle_path(BUNDLES[kind])
    parser = ConfigParser()
    parser.read_config(str(folder / "configs" / "train.json"))
    parser.read_meta(str(folder / "configs" / "metadata.json"))
    items: list[Any] = prepared.datalist()
    if kind == "classifier":
        items = with_labels(items, np.arange(len(items)) % 2)
    values: dict[str, Any] = {
        "bundle_root": place_value(folder),
        "dataset_dir": place_value(prepared.folder),
        "train#data": items,
        "train#handlers": [],
        "batch_size": batch,
        "epochs": 1,
        "cache_type": cache_type,
        "device": f"$torch.device('{device}')",
    }
    override(parser, values, f"{folder}/train.json")
    if kind == "GAN":
        parser["warmup"] = 0  # a user is refused it: a GAN that starts without is worse, and no slower
    return parser.get_parsed_content("train#trainer")
