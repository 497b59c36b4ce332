"""Steps in fp32 and in bf16, by turns in one process: `python benchmarks/precision.py [--threads 2]`.

For the GAN, the autoencoder and the classifier at their configs' sizes, on volumes of noise and without anything
around a step. `auto` takes bf16 where the hardware has it, and must nowhere be slower for it. Seconds are the
least of some turns, of the process's own time, which neighbours disturb least; every ratio stands beside them.
`ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16` before it leaves out AMX.

    python benchmarks/precision.py --only GAN --grids t1w_64
"""

import argparse
import time
from collections.abc import Callable

import torch
from monai.engines import SupervisedTrainer
from rich.console import Console
from rich.table import Table

from brainaging.networks import T1wAutoencoder, T1wDiscriminator, T1wGenerator, T1wPredictor
from brainaging.pipeline.engines import GanObjective, GanParts, GanTrainer
from brainaging.pipeline.engines.arithmetic import MixedInferer, computes_bf16
from brainaging.transforms import get_grid, template_mask

#: scans a step by grid, and steps a turn: as often as the GAN takes its penalty
BATCHES, STEPS = {"t1w_32": 32, "t1w_64": 10, "t1w_96": 4}, 4
KINDS = ("GAN", "autoencoder", "classifier")
PRECISIONS = ("fp32", "bf16")


def step_of(kind: str, grid: str) -> Callable[[str], None]:
    """Return what takes a turn of steps in a precision; networks and their weights serve all precisions."""
    spec, batch = get_grid(grid), BATCHES[grid]
    mask = torch.as_tensor(template_mask(spec, dilate_mm=12.0))
    image = torch.rand(batch, 1, *spec.shape) * mask
    if kind == "GAN":
        return _gan_step(mask, list(spec.shape), image)
    autoencoder = kind == "autoencoder"
    network = T1wAutoencoder(mask) if autoencoder else T1wPredictor(mask)
    loss = torch.nn.MSELoss() if autoencoder else torch.nn.CrossEntropyLoss()
    label = image if autoencoder else torch.arange(batch) % 2
    optimizer = torch.optim.Adam(network.parameters(), 1e-4, fused=True)

    def turn(precision: str) -> None:
        SupervisedTrainer(
            device=torch.device("cpu"),
            max_epochs=1,
            train_data_loader=[{"image": image, "label": label}] * STEPS,
            network=network,
            optimizer=optimizer,
            loss_function=loss,
            inferer=MixedInferer(precision=precision),
            decollate=False,
        ).run()

    return turn


def _gan_step(mask: torch.Tensor, shape: list[int], image: torch.Tensor) -> Callable[[str], None]:
    generator, discriminator = T1wGenerator(mask), T1wDiscriminator(shape)
    optimizer, fit, critic = (
        torch.optim.Adam(weights, lr=1e-5)
        for weights in (generator.rates(1e-5), generator.rates(1e-5), discriminator.parameters())
    )
    parts = GanParts(generator, discriminator, generator.follower(), optimizer, critic, fit)
    loop = {"device": "cpu", "max_epochs": 1, "train_data_loader": [{"image": image}] * STEPS}
    return lambda precision: GanTrainer(parts, GanObjective(warmup=0), precision=precision, **loop).run()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--grids", nargs="+", choices=BATCHES, default=tuple(BATCHES))
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    title = f"seconds a step, {arguments.threads} thread(s); this CPU computes bf16: {computes_bf16('cpu')}"
    table = Table(title=title, title_justify="left")
    for column in ("network", "grid", "batch", *PRECISIONS, "fp32 by bf16, each turn"):
        table.add_column(column, justify="right")
    for kind in arguments.only:
        for grid in arguments.grids:
            turn, seconds = step_of(kind, grid), {precision: [] for precision in PRECISIONS}
            for number in range(arguments.turns + 1):
                for precision in PRECISIONS:
                    begun = time.process_time()
                    turn(precision)
                    if number:  # the first warms up
                        seconds[precision].append((time.process_time() - begun) / STEPS)
            pairs = zip(*seconds.values(), strict=True)
            ratios = " ".join(f"{exact / rounded:.2f}" for exact, rounded in pairs)
            least = (f"{min(values):.3f}" for values in seconds.values())
            table.add_row(kind, grid, str(BATCHES[grid]), *least, ratios)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
