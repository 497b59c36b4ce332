"""What a step is compared with: the original study's recipe, and MONAI's trainers with their defaults.

The original reports few sizes. Its GAN is `pipeline/experiments/synthetic/original_gan.py`; its autoencoder is
here convolutions 4-2-1 with BatchNorm, as many channels as that GAN, to 1,000 codes and back, its classifier
residual blocks of as many channels, halved by strides, and a pooled linear layer: both eager, in single precision,
each batch resized on the CPU. Plain MONAI is what its tutorials write: `GanTrainer` with `Generator` and
`Discriminator`, `SupervisedTrainer` with `AutoEncoder` and `resnet10`, `CacheDataset`, `DataLoader`, random flips
of each scan, Adam.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from monai.data import CacheDataset, DataLoader
from monai.engines import GanTrainer, SupervisedTrainer
from monai.networks.nets import AutoEncoder, Discriminator, Generator, resnet10
from monai.networks.nets.resnet import ResNet, ResNetBlock
from monai.transforms import Compose, EnsureTyped, RandFlipd
from torch import Tensor, nn

from brainaging.pipeline.experiments.synthetic.original_gan import (
    BETAS,
    LATENT,
    RATE,
    WIDTH,
    OriginalGan,
    stretched,
)

CODES = 1000
#: halvings of a grid, as the original's GAN has at 64
HALVINGS = 4


def original_steps(kind: str, volumes: np.ndarray, batch: int, device: str) -> Callable[[], None]:
    """Return what takes a step of the original's recipe on each batch of volumes (n, X, Y, Z)."""
    top, size = float(volumes.max()), volumes.shape[1]
    rows = np.arange(len(volumes))
    batches = [rows[start : start + batch] for start in range(0, len(rows), batch)]

    def resized(chosen: np.ndarray) -> Tensor:
        return torch.from_numpy(stretched(volumes[chosen]) / top)[:, None].to(device)

    if kind == "GAN":
        gan = OriginalGan(size)
        for part in (gan.generator, gan.discriminator):
            part.to(device)

        def train() -> None:
            # the generator's step is skipped at random, half the time: here every second time
            for number, chosen in enumerate(batches):
                latents = torch.rand(len(chosen), LATENT, 1, 1, 1, device=device)
                gan.step(resized(chosen), latents, move_generator=number % 2 == 0)

        return train
    network = (_original_autoencoder(size) if kind == "autoencoder" else _original_classifier()).to(device)
    optimizer = torch.optim.Adam(network.parameters(), RATE, BETAS)

    def train_supervised() -> None:
        for chosen in batches:
            x = resized(chosen)
            labels = torch.from_numpy(chosen % 2).to(device)
            answer = network(x)
            loss = F.mse_loss(answer, x) if kind == "autoencoder" else F.cross_entropy(answer, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return train_supervised


def _original_autoencoder(size: int) -> nn.Sequential:
    channels = [1, *(WIDTH * 2**step for step in range(HALVINGS))]
    low = size >> HALVINGS
    numbers = channels[-1] * low**3
    layers: list[nn.Module] = []
    for narrow, wide in pairwise(channels):
        layers += [nn.Conv3d(narrow, wide, 4, 2, 1), nn.BatchNorm3d(wide), nn.ReLU()]
    layers += [nn.Flatten(), nn.Linear(numbers, CODES), nn.Linear(CODES, numbers)]
    layers += [nn.Unflatten(1, (channels[-1], low, low, low))]
    for wide, narrow in pairwise(channels[::-1]):
        layers.append(nn.ConvTranspose3d(wide, narrow, 4, 2, 1))
        layers += [nn.BatchNorm3d(narrow), nn.ReLU()] if narrow > 1 else []
    return nn.Sequential(*layers)


def _original_classifier() -> nn.Module:
    widths = [WIDTH * 2**step for step in range(4)]
    return ResNet(
        ResNetBlock,
        [1, 1, 1, 1],
        widths,
        n_input_channels=1,
        conv1_t_size=3,
        conv1_t_stride=2,
        no_max_pool=True,
        num_classes=2,
    )


def monai_trainer(kind: str, volumes: np.ndarray, batch: int, device: str) -> Any:
    """Return MONAI's trainer with its defaults on volumes (n, X, Y, Z); one ``run()`` is one epoch.

    ``kind`` may end in "of our size": the classifier's network is then this project's own.
    """
    loader = _loader(kind, volumes, batch)
    if kind == "GAN":
        return _monai_gan(loader, volumes.shape[1], device)
    if kind == "autoencoder":
        network: nn.Module = AutoEncoder(3, 1, 1, channels=(32, 64, 128, 256), strides=(2, 2, 2, 2))
        loss: nn.Module = nn.MSELoss()
    else:
        network, loss = _monai_classifier(kind), nn.CrossEntropyLoss()
    network = network.to(device)
    return SupervisedTrainer(
        device=torch.device(device),
        max_epochs=1,
        train_data_loader=loader,
        network=network,
        optimizer=torch.optim.Adam(network.parameters(), 1e-4),
        loss_function=loss,
    )


def _monai_classifier(kind: str) -> nn.Module:
    if not kind.endswith("of our size"):
        return resnet10(spatial_dims=3, n_input_channels=1, num_classes=2)
    return ResNet(
        ResNetBlock,
        [1, 1, 1, 1],
        [16, 32, 64, 128],
        n_input_channels=1,
        conv1_t_size=3,
        conv1_t_stride=2,
        no_max_pool=True,
        num_classes=2,
    )


def _loader(kind: str, volumes: np.ndarray, batch: int) -> DataLoader:
    scans = [volume[None] for volume in volumes]
    # GanTrainer wants the scans under a key of its own, and no label
    keys = {"GAN": ["reals"], "autoencoder": ["image", "label"]}.get(kind, ["image"])
    items: list[dict[str, Any]] = [dict.fromkeys(keys, scan) for scan in scans]
    if kind.startswith("classifier"):
        items = [{**item, "label": row % 2} for row, item in enumerate(items)]
    chain = Compose([EnsureTyped(keys), RandFlipd(keys, prob=0.5, spatial_axis=0)])
    return DataLoader(CacheDataset(items, chain, progress=False), batch_size=batch, shuffle=True, drop_last=True)


def _monai_gan(loader: DataLoader, size: int, device: str) -> GanTrainer:
    low = size >> HALVINGS
    widths = tuple(WIDTH * 2**step for step in range(HALVINGS))
    generator = Generator((LATENT,), (widths[-1], low, low, low), (*widths[-2::-1], 1), (2,) * HALVINGS).to(device)
    discriminator = Discriminator((1, size, size, size), (*widths, 1), (2,) * HALVINGS + (1,)).to(device)
    bce = nn.BCELoss()

    def d_loss(fakes: Tensor, reals: Tensor) -> Tensor:
        real, fake = discriminator(reals), discriminator(fakes.detach())
        return 0.5 * (bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake)))

    def g_loss(fakes: Tensor) -> Tensor:
        answer = discriminator(fakes)
        return bce(answer, torch.ones_like(answer))

    rates = {"lr": RATE, "betas": BETAS}
    return GanTrainer(
        device=torch.device(device),
        max_epochs=1,
        train_data_loader=loader,
        g_network=generator,
        g_optimizer=torch.optim.Adam(generator.parameters(), **rates),
        g_loss_function=g_loss,
        d_network=discriminator,
        d_optimizer=torch.optim.Adam(discriminator.parameters(), **rates),
        d_loss_function=d_loss,
        latent_shape=LATENT,
    )
