"""An autoencoder for tables of measures: principal components, refined by perceptrons, scaler included."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from monai.networks.nets import FullyConnectedNet
from torch import Tensor, nn

from brainaging.networks.linear.pca import principal_components

_SHOWN = 5


class MorphometryAutoencoder(nn.Module):
    """Autoencoder for rows of measures in their own units, gaps allowed.

    With x standardised by training mean μ and standard deviation σ (a gap is 0, the training mean), and P the
    leading principal components of the standardised training rows::

        s = (x − μ) / σ                z = P s + f(s)               x̂ = μ + σ (Pᵀ z + g(z))

    f and g are fully connected networks whose last layers start at zero, so that training starts from the linear
    optimum (Baldi and Hornik 1989) instead of working towards it. Mean, scale and the columns' names travel with
    the weights: loading them into a network for other columns is an error that names both.

    A mirrored brain is about as probable as a brain: where ``mirror`` is given, the standardised training rows and
    their mirror images together give P, unless a fifth of the rows, left out, is fitted better by the rows alone
    (a short code spends itself on asymmetries that need not be there).

    Args:
        columns: the columns' names, in the order of the input.
        latent_size: L, the number of codes; where the rows span fewer, the rest start at zero.
        hidden: width of both networks' hidden layer.
        mirror: for every column the position of the same measure in the other hemisphere, or its own; only
            :meth:`start_from` needs it.

    Raises:
        ValueError: no column, or a ``mirror`` that is not undone by mirroring again.
    """

    mirror: list[int]
    mean: Tensor
    scale: Tensor
    components: Tensor

    def __init__(
        self,
        columns: Sequence[str],
        latent_size: int = 80,
        hidden: int = 128,
        mirror: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self.columns = [str(name) for name in columns]
        self.latent_size = latent_size
        count = len(self.columns)
        if count < 1:
            raise ValueError("expected at least one column, got none")
        self.mirror = list(mirror or [])
        pairs = dict(enumerate(self.mirror))
        if mirror is not None and [pairs.get(image) for image in self.mirror] != list(range(count)):
            raise ValueError(f"mirror: expected {count} positions in pairs, got {_some(map(str, self.mirror))}")
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("scale", torch.ones(count))
        self.register_buffer("components", torch.zeros(latent_size, count))
        self.refine = _zero_ended(FullyConnectedNet(count, latent_size, [hidden]))
        self.bend = _zero_ended(FullyConnectedNet(latent_size, count, [hidden]))

    @torch.jit.export
    def standardise(self, x: Tensor) -> Tensor:
        """Return rows ``(B, p)`` in training standard deviations; gaps and columns constant in training are 0."""
        safe = torch.where(self.scale > 0, self.scale, torch.ones_like(self.scale))
        steps = torch.where(self.scale > 0, (x - self.mean) / safe, torch.zeros_like(x))
        return torch.where(torch.isnan(steps), torch.zeros_like(steps), steps)

    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        """Map rows ``(B, p)`` to latents ``(B, L)``."""
        steps = self.standardise(x)
        return steps @ self.components.T + self.refine(steps)

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``(B, L)`` to rows ``(B, p)`` in the measures' own units."""
        return self.mean + self.scale * (z @ self.components + self.bend(z))

    def forward(self, x: Tensor) -> Tensor:
        """Return the reconstruction ``(B, p)`` of rows of that width; gaps are filled."""
        return self.decode(self.encode(x))

    @torch.no_grad()
    def start_from(self, table: Tensor, flip: bool = False) -> int:
        """Set μ, σ and P from training rows.

        Args:
            table: ``(n, p)``, training rows only, NaN for gaps.
            flip: add each row's mirror image where that helps.

        Returns:
            how many components the rows span, of those asked for.

        Raises:
            ValueError: rows of another width, fewer than two, or all alike; or ``flip`` without a ``mirror``.
        """
        if flip and not self.mirror:
            raise ValueError("no mirror image can be added to a network that was built without mirror")
        if table.ndim != 2 or table.shape[1] != len(self.columns):
            raise ValueError(f"expected rows (n, {len(self.columns)}), got {tuple(table.shape)}")
        rows = table.double()
        present = ~rows.isnan()
        count = present.sum(0).clamp(min=1)
        mean = torch.where(present, rows, 0.0).sum(0) / count
        away = torch.where(present, rows - mean, 0.0)
        scale = (away.square().sum(0) / count).sqrt()
        # differences that are rounding, by the column's size, are none
        scale = torch.where(scale > 1e-7 * mean.abs(), scale, 0.0)
        self.mean.copy_(mean)
        self.scale.copy_(scale)
        steps = self.standardise(table.to(self.mean))
        if flip and _helps(steps, self.mirror, self.latent_size):
            steps = torch.cat([steps, steps[:, self.mirror]])
        principal = principal_components(steps, self.latent_size)
        self.components.zero_()
        self.components[: len(principal.components)] = principal.components
        return len(principal.components)

    def get_extra_state(self) -> dict[str, list[str]]:
        """Return what ``state_dict`` keeps with the weights."""
        return {"columns": self.columns}

    def set_extra_state(self, state: Any) -> None:
        """Compare a checkpoint's columns with this network's.

        Raises:
            ValueError: the weights were trained on other columns, and the message names those missing and those
                added; or they carry none.
        """
        if "columns" not in state:
            raise ValueError("these weights carry no columns: they are no table network's")
        trained = [str(name) for name in state["columns"]]
        if trained == self.columns:
            return
        missing = [name for name in trained if name not in set(self.columns)]
        added = [name for name in self.columns if name not in set(trained)]
        differences = [
            f"{len(names)} {what} ({_some(names)})"
            for what, names in (("missing", missing), ("new", added))
            if names
        ]
        raise ValueError(
            f"these weights were trained on {len(trained)} columns, this table has {len(self.columns)}: "
            f"{', '.join(differences) or 'the same in another order'}"
        )


class StandardisedMSE(nn.Module):
    """Mean squared error in training standard deviations over the cells that are present.

    Args:
        network: the network whose scale counts; set when training starts.
    """

    def __init__(self, network: MorphometryAutoencoder) -> None:
        super().__init__()
        # a list keeps the network out of this module's own parameters
        self._network = [network]

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the error of rows ``(B, p)``; NaN in ``target`` is a gap and counts nothing."""
        network = self._network[0]
        error = network.standardise(prediction) - network.standardise(target)
        present = ~torch.isnan(target)
        return torch.where(present, error, torch.zeros_like(error)).square().sum() / present.sum().clamp(min=1)


def _helps(steps: Tensor, mirror: list[int], count: int) -> bool:
    """Say whether a fifth of the rows is fitted better when the others are joined by their mirror images."""
    held_out = torch.arange(len(steps)) % 5 == 0
    fit, left_out = steps[~held_out], steps[held_out]
    if len(fit) < 2:
        return True

    def missed(rows: Tensor) -> Tensor:
        components = principal_components(rows, count).components
        return (left_out - left_out @ components.T @ components).square().sum()

    return bool(missed(torch.cat([fit, fit[:, mirror]])) < missed(fit))


def _zero_ended(network: FullyConnectedNet) -> FullyConnectedNet:
    for weights in network.get_submodule("output").parameters():
        nn.init.zeros_(weights)
    return network


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:_SHOWN]) + (", …" if len(shown) > _SHOWN else "")
