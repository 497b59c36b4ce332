"""From a coarse lattice to a full grid: voxels by their neighbourhood's means, and noise for the rest."""

from collections.abc import Iterator
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from brainaging.networks.lattice_detail.lattice_noise import LatticeNoise, repeated
from brainaging.networks.lattice_detail.node_blocks import NEIGHBOURS, folded, neighbourhoods, smoothing, unfolded
from brainaging.networks.mask import Mask, checked_mask

#: voxels an axis up to which networks are dense over voxels. Sensitivity: at 64, dense networks have 1,180
#: parameters a voxel and write 2.3 GB a checkpoint
DENSE = 48
#: nodes an axis of the lattice of a finer grid, at most; all named grids but t1w_48 get 32, of 6 mm
NODES = 40
#: penalties that are tried, by the median over nodes of the neighbours' mean square. Sensitivity: of those people
#: 0.03 explains 0.75, 0.3 0.69, 3 0.53; they are chosen by people left out
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
#: channels of the convolutions, which start at nothing: what they learn was not measured
WIDTH = 8
#: batches of eight volumes whose spectrum is taken. Sensitivity: little, 64 brains have millions of voxels
SPECTRUM = 8
_BATCH, _CHUNK = 8, 2048


def coarse_factor(shape: list[int]) -> int:
    """Return how many voxels an axis make one node of the lattice; 1 where a network is dense over voxels.

    Raises:
        ValueError: more than ``DENSE`` voxels an axis that no common factor brings to at most ``NODES``.
    """
    if max(shape) <= DENSE:
        return 1
    for factor in range(2, max(shape) // 8 + 1):
        if max(shape) <= NODES * factor and all(size % factor == 0 for size in shape):
            return factor
    raise ValueError(
        f"networks of more than {DENSE} voxels an axis work on a lattice: expected sizes with a common factor "
        f"that leaves 8 to {NODES} nodes, such as 64 or 96, got {shape}"
    )


class LocalDetail(nn.Module):
    """Volumes x of a full grid from volumes c on a lattice, each of whose nodes is the mean of r³ voxels.

    With ↓ the mean over a node's voxels, ι linear interpolation, c̄ the mean of training volumes on the lattice and
    N(c) the 27 numbers around a node,

        x = x' + (c − ↓x') + s n(ε),    x' = ι(c) + m + Aᵀ N(c − c̄) + d(c − c̄).

    Every node has its own m and A: its r³ voxels regressed on its neighbourhood, a ridge whose one penalty serves
    all nodes and is chosen by volumes left out. That is exact for a sharp template under small motions: where its
    edges lie says, to first order, what each voxel is. d are convolutions at the lattice's resolution that put out
    a node's voxels as channels (Shi et al. 2016, CVPR), and nothing before they are trained. s n(ε) is
    :class:`LatticeNoise`, fitted to what is left. ↓x = c whatever was learned: a Laplacian pyramid (Denton et al.
    2015, NIPS), in which the lattice's numbers stand as they are. Parameters are 27 a voxel, and few beside.

    Where the factor is 1 there is nothing to learn, and x = c.

    Args:
        mask: bool ``(X, Y, Z)`` of the full grid.
        factor: r, of :func:`coarse_factor`.
    """

    support: Tensor
    filled: Tensor
    centre: Tensor
    mean: Tensor
    around: Tensor
    neighbours: Tensor
    places: Tensor
    smoothing: Tensor

    def __init__(self, mask: Mask, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.register_buffer("support", checked_mask(mask)[None, None].float(), persistent=False)
        nodes = list(self.lattice_mask().shape)
        self.register_buffer("filled", self.lattice_mask().flatten().nonzero()[:, 0], persistent=False)
        if factor > 1:
            count, voxels = len(self.filled), factor**3
            self.register_buffer("centre", torch.zeros(1, 1, *nodes))
            self.register_buffer("mean", torch.zeros(count, voxels))
            self.register_buffer("around", torch.zeros(count, NEIGHBOURS, voxels))
            neighbours, places = neighbourhoods(nodes, self.filled)
            self.register_buffer("neighbours", neighbours, persistent=False)
            self.register_buffer("places", places, persistent=False)
            self.register_buffer("smoothing", smoothing(factor), persistent=False)
        self.convolutions = nn.ModuleList([_Convolutions(nodes, factor)] if factor > 1 else [])
        self.noise = nn.ModuleList([LatticeNoise(self.support, factor)] if factor > 1 else [])

    def lattice_mask(self) -> Tensor:
        """Return the mask of the lattice, bool: nodes that hold a voxel of the full grid's."""
        return F.max_pool3d(self.support, self.factor)[0, 0] > 0

    def coarse(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to the means of their nodes ``(B, 1, …)``."""
        return x if self.factor == 1 else F.avg_pool3d(x, self.factor)

    def forward(self, coarse: Tensor, detail: Tensor | None = None) -> Tensor:
        """Map lattices ``(B, 1, …)``, and ε ``(B, D)`` or none for its mean, to volumes ``(B, 1, X, Y, Z)``."""
        x = coarse
        for learned in self.convolutions:  # one, or none where the factor is 1
            x = self._detailed(coarse, learned(coarse - self.centre))
        if detail is not None:
            for noise in self.noise:
                x = x + noise(detail)
        return x

    def _detailed(self, coarse: Tensor, learned: Tensor) -> Tensor:
        """Return x without noise; ``learned`` is d, ``(B, r³, …)``.

        Nodes come first and volumes last: what is gathered and scattered are whole rows of numbers, and products
        by node are of matrices that lie as they are read, where torch would copy each by itself.
        """
        r, nodes, count = self.factor, self.filled, coarse[0].numel()
        # ι is linear in the same neighbours, and is added to A
        by_node = self.around + self.smoothing.index_select(0, self.places)
        own = torch.bmm(by_node.transpose(1, 2), self._near(coarse - self.centre))  # (nodes, r³, B)
        still = F.interpolate(self.centre, scale_factor=float(r), mode="trilinear")
        still = self.mean + folded(still, r).flatten(2)[0].t().index_select(0, nodes)
        support = folded(self.support, r).flatten(2)[0].t().index_select(0, nodes)
        rows = nodes[:, None] + count * torch.arange(r * r * r, device=nodes.device)
        added = learned.flatten(1).t().contiguous().index_select(0, rows.flatten()).view_as(own)
        fine = (own + added + still[:, :, None]) * support[:, :, None]
        # what it adds is of mean 0 in every node, or is made so
        fine = fine - fine.mean(1, keepdim=True)
        whole = torch.zeros(count, fine.shape[1], fine.shape[2], dtype=fine.dtype, device=fine.device)
        whole = whole.index_copy(0, nodes, fine) + coarse.flatten(1).t()[:, None]
        return unfolded(whole, list(coarse.shape[2:]), r)

    def _near(self, x: Tensor) -> Tensor:
        """Return the 3 × 3 × 3 numbers around every node of ``(B, 1, X, Y, Z)`` as ``(nodes, 27, B)``."""
        wide = F.pad(x, [1, 1, 1, 1, 1, 1]).flatten(1).t().contiguous()
        return wide.index_select(0, self.neighbours.flatten()).view(-1, self.neighbours.shape[1], x.shape[0])

    @torch.no_grad()
    def start_from(self, volumes: Tensor, flip: bool = True) -> float:
        """Fit c̄, m, A, s and the spectrum of n to training volumes ``(n, 1, X, Y, Z)``, a few at a time.

        Args:
            volumes: training subjects only.
            flip: add each volume's mirror image; the first spatial axis must run left to right.

        Returns:
            the share that m and A explain, of volumes left out, of what ι leaves; 0 where the factor is 1.
        """
        if self.factor == 1:
            return 0.0
        batches = _Batches(volumes.split(_BATCH), flip, self.support)
        count = len(volumes) * (2 if flip else 1)
        self.centre.zero_()
        self.mean.zero_()
        for batch in batches:
            self.centre += self.coarse(batch).sum(0, keepdim=True) / count
            self.mean += self._beyond(batch).sum(1) / count
        halves = [_Moments(len(self.filled), self.factor**3, self.mean) for _ in range(2)]
        for number, batch in enumerate(batches):
            # a scan and its mirror image fall into one half
            halves[number % 2].add(
                self._near(self.coarse(batch) - self.centre),
                self._beyond(batch) - self.mean[:, None],
            )
        scale = halves[0].scale() + halves[1].scale()
        # where most nodes hold nothing, and their median is 0, a penalty must still be one
        unit = max(float(scale.median()), 1e-3 * float(scale.mean()), 1e-12)
        errors = [_left_out(halves, penalty * unit) for penalty in PENALTIES]
        best = min(range(len(PENALTIES)), key=lambda index: float(errors[index].sum()))
        both = halves[0].joined(halves[1])
        self.around.copy_(both.slopes(PENALTIES[best] * unit))
        left = errors[best] / (count * self.factor**3)
        spread = torch.zeros(self.centre.numel()).to(left).index_copy(0, self.filled, left.clamp_min(0).sqrt())
        for noise in self.noise:
            cast(LatticeNoise, noise).fit(
                spread.view_as(self.centre),
                _Left(self, _Batches(volumes.split(_BATCH)[:SPECTRUM], flip, self.mean)),
            )
        plain = both.square.sum() + count * self.mean.square().sum()
        return float(1 - errors[best].sum() / plain.clamp_min(1e-12))

    def _beyond(self, batch: Tensor) -> Tensor:
        """Return what volumes ``(B, 1, X, Y, Z)`` are more than ι and nodes' means say, ``(nodes, B, r³)``."""
        r, coarse = self.factor, self.coarse(batch)
        smooth = F.interpolate(coarse, scale_factor=float(r), mode="trilinear") * self.support
        error = batch * self.support - smooth - repeated(coarse - F.avg_pool3d(smooth, r), r)
        return folded(error, r).flatten(2).permute(2, 0, 1)[self.filled]


class _Batches:
    """Batches of volumes, each followed by their mirror images, as often as one likes."""

    def __init__(self, batches: tuple[Tensor, ...], flip: bool, like: Tensor) -> None:
        self.batches, self.flip, self.like = batches, flip, like

    def __iter__(self) -> Iterator[Tensor]:
        for batch in self.batches:
            volumes = batch.to(self.like)
            yield torch.cat([volumes, volumes.flip(2)]) if self.flip else volumes


class _Left:
    """What the lattice does not tell of volumes, batch by batch."""

    def __init__(self, local: LocalDetail, batches: _Batches) -> None:
        self.local, self.batches = local, batches

    def __iter__(self) -> Iterator[Tensor]:
        for batch in self.batches:
            yield (batch - self.local(self.local.coarse(batch))) * self.local.support


class _Moments:
    """Sums of products of neighbourhoods and voxels, node by node, that regressions are made of."""

    def __init__(self, nodes: int, voxels: int, like: Tensor) -> None:
        self.near = torch.zeros(nodes, NEIGHBOURS, NEIGHBOURS).to(like)
        self.across = torch.zeros(nodes, NEIGHBOURS, voxels).to(like)
        self.square = torch.zeros(nodes).to(like)

    def add(self, near: Tensor, beyond: Tensor) -> None:
        """Add neighbourhoods ``(nodes, 27, B)`` and voxels ``(nodes, B, r³)``."""
        self.near.baddbmm_(near, near.transpose(1, 2))
        self.across.baddbmm_(near, beyond)
        self.square += beyond.square().sum((1, 2))

    def joined(self, other: "_Moments") -> "_Moments":
        """Return this with another's sums added; this one is changed."""
        self.near += other.near
        self.across += other.across
        self.square += other.square
        return self

    def scale(self) -> Tensor:
        """Return the sum of squares ``(nodes,)`` of a neighbour, the mean over a neighbourhood."""
        return self.near.diagonal(dim1=1, dim2=2).mean(1)

    def slopes(self, penalty: float) -> Tensor:
        """Return the coefficients ``(nodes, 27, r³)`` of a ridge."""
        ridge = penalty * torch.eye(NEIGHBOURS).to(self.near)
        pairs = zip(self.near.split(_CHUNK), self.across.split(_CHUNK), strict=True)
        return torch.cat(
            [torch.linalg.solve((near + ridge).double(), across.double()).float() for near, across in pairs]
        )

    def errors(self, slopes: Tensor) -> Tensor:
        """Return the sums of squared errors ``(nodes,)`` of slopes ``(nodes, 27, r³)``."""
        fitted = torch.bmm(self.near, slopes)
        return self.square + ((fitted - 2 * self.across) * slopes).sum((1, 2))


def _left_out(halves: list[_Moments], penalty: float) -> Tensor:
    """Return the errors ``(nodes,)`` of each half by slopes of the other; half as many need half the penalty."""
    one, other = halves
    return one.errors(other.slopes(penalty / 2)) + other.errors(one.slopes(penalty / 2))


class _Convolutions(nn.Module):
    """d: convolutions over nodes that see where they are, with a node's voxels as channels; 0 until trained."""

    def __init__(self, nodes: list[int], factor: int) -> None:
        super().__init__()
        self.first = nn.Conv3d(1, WIDTH, 3, padding=1)
        self.place = nn.Parameter(torch.zeros(1, WIDTH, *nodes))
        self.second = nn.Conv3d(WIDTH, WIDTH, 3, padding=1)
        self.last = nn.Conv3d(WIDTH, factor**3, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Map deviations ``(B, 1, …)`` to blocks ``(B, r³, …)``."""
        first = self.first(x)
        inner = leaky_relu(first + self.place.to(first.dtype), 0.2)
        blocks: Tensor = self.last(leaky_relu(self.second(inner), 0.2))
        return blocks.to(x.dtype)
