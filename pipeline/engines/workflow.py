"""Run a MONAI bundle from Python, as ``python -m monai.bundle run`` does from the shell."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ignite.engine import Engine, Events
from monai.bundle import ConfigParser, ConfigWorkflow
from torch import nn

from brainaging.pipeline.engines.config_values import override, place_value
from brainaging.pipeline.engines.user_faults import users_fault
from brainaging.pipeline.engines.weights import fit, read_checkpoint
from brainaging.pipeline.runtime import UserError, counting

#: configs that stand on others and change a part of them, as in the model zoo
OVERLAYS = {
    "evaluate": ("train",),
    "multi_gpu_train": ("train",),
    "sharded_train": ("train", "multi_gpu_train"),
}


def run_bundle(bundle: Path, config: str, **overrides: Any) -> ConfigWorkflow:
    """Initialise, run and finalise one of a bundle's configs.

    Args:
        bundle: the bundle's folder.
        config: name of the config without its ending: ``"train"``, ``"evaluate"``, ``"inference"``; those of
            :data:`OVERLAYS` are laid over ``train.json``, or others.
        overrides: values by config id, nested ids through a dictionary: ``**{"train#trainer#max_epochs": 3}``.

    Returns:
        The workflow, run; its components can be read with ``workflow.parser.get_parsed_content(id)``.

    Raises:
        UserError: the bundle has no such config, no config has an id that is overridden, or what lies under
            MONAI's error is the user's to mend (as are ScanError and GridMismatchError).
    """
    folder = bundle / "configs"
    if not (folder / f"{config}.json").is_file():
        configs = sorted(p.stem for p in folder.glob("*.json") if p.stem != "metadata")
        raise UserError(f"{folder}: no config {config!r} in this bundle, which has {', '.join(configs) or 'none'}")
    names = [*OVERLAYS.get(config, ()), config]
    with _without("Logging file is set to False"):
        workflow = ConfigWorkflow(
            config_file=[str(folder / f"{name}.json") for name in names],
            meta_file=str(folder / "metadata.json"),
            # A bundle's logging.conf would replace the logging that the pipeline has set up.
            logging_file=False,
            workflow_type="train" if "train" in config else "infer",
        )
    override(workflow.parser, {"bundle_root": place_value(bundle), **overrides}, f"{folder}/{config}.json")
    try:
        workflow.initialize()
        try:
            with ExitStack() as stage:
                if config == "inference":
                    _count_batches(workflow.parser.get_parsed_content("evaluator"), stage)
                workflow.run()
        finally:
            workflow.finalize()
    except Exception as error:
        fault = users_fault(error)
        if fault is None or fault is error:
            raise
        raise fault from error
    return workflow


def _count_batches(evaluator: Engine, stage: ExitStack) -> None:
    """Show how many batches of an inference are done, from its start until ``stage`` is closed."""

    def start(engine: Engine) -> None:
        total = int(engine.state.epoch_length or 0)
        move = stage.enter_context(counting("inference, batches", total))
        evaluator.add_event_handler(Events.ITERATION_COMPLETED, lambda: move())

    evaluator.add_event_handler(Events.STARTED, start)


def train_bundle(
    bundle: Path, folder: Path, scans: list[Any], choosers: list[Any], **settings: Any
) -> ConfigWorkflow:
    """Train a bundle on given items, its epoch chosen on others, into a folder that holds all that comes of it.

    Args:
        bundle: the bundle's folder.
        folder: where weights, curves and log go.
        scans: items of the training data.
        choosers: those of the validation data.
        settings: config values.

    Returns:
        The workflow, run.

    Raises:
        UserError: as :func:`run_bundle`.
    """
    data = {"train#data": scans, "validate#data": choosers}
    return run_bundle(
        bundle, "train", ckpt_dir=place_value(folder), output_dir=place_value(folder), **data, **settings
    )


def load_network(bundle: Path, checkpoint: Path, **overrides: Any) -> nn.Module:
    """Build a bundle's network, load a checkpoint into it and set it to evaluation.

    The network gets the sizes that it was trained with, as the checkpoint's ``settings`` say, and the grid of
    ``dataset_dir`` where that is among ``overrides``, else the checkpoint's own.

    Raises:
        UserError: the checkpoint is missing, is no checkpoint, or was trained for another grid or size.
    """
    state = read_checkpoint(checkpoint)
    parser = ConfigParser()
    parser.read_config(str(bundle / "configs" / "inference.json"))
    typed = {"bundle_root": place_value(bundle), **overrides}
    if "ckpt_name" in parser:
        typed["ckpt_name"] = place_value(checkpoint)
    # What the training alone needs, such as learning_rate, may stand among them.
    for values, whose in ((state.get("settings", {}), f"{checkpoint}: its settings"), (typed, "inference.json")):
        override(parser, {name: value for name, value in values.items() if name in parser}, whose)
    try:
        network: nn.Module = parser.get_parsed_content("network_def")
    except Exception as error:
        fault = users_fault(error)
        if fault is None or fault is error:
            raise
        raise fault from error
    fit(network, state["model"], checkpoint)
    return network.eval()


@contextmanager
def _without(message: str) -> Iterator[None]:
    """Keep one of MONAI's log messages, about what is meant so, from the user."""

    def wanted(record: logging.LogRecord) -> bool:
        return message not in record.getMessage()

    logger = logging.getLogger("monai.bundle.workflows")
    logger.addFilter(wanted)
    try:
        yield
    finally:
        logger.removeFilter(wanted)
