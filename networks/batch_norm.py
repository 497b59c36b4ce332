"""Batch normalisation over the global batch of several processes, on the CPU too."""

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce
from torch.nn.modules.batchnorm import _BatchNorm


class SharedBatchNorm(_BatchNorm):
    """Batch normalisation whose mean and variance are those of all processes' batches together.

    What torch's ``SyncBatchNorm`` does on a GPU, which refuses a CPU: with it several processes train the network
    that one trains on the same global batch. In evaluation, and where one process is alone, it is plain batch
    normalisation; parameters, buffers and their names are the same.

    Source: Ioffe and Szegedy 2015, ICML; gradients pass through the sums of all processes.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalise ``(B, C, ...)`` by channel; numbers of half precision in single precision.

        Raises:
            ValueError: there is no axis of channels.
        """
        if not self.training or not dist.is_initialized() or dist.get_world_size() == 1:
            return super().forward(input)
        self._check_input_dim(input)
        kind = input.dtype
        # sums of many bf16 would be none; torch's own normalisation works in single precision too
        input = input.to(torch.promote_types(kind, torch.float32))
        others = [axis for axis in range(input.dim()) if axis != 1]
        shape = [1, -1, *(1 for _ in others[1:])]
        size = torch.full((1,), input.numel() / input.shape[1], dtype=input.dtype, device=input.device)
        sums = all_reduce(torch.cat([input.sum(others), size]))
        count, mean = sums[-1].detach(), sums[:-1] / sums[-1].detach()
        centred = input - mean.view(shape)
        variance = all_reduce(centred.square().sum(others)) / count
        self._follow(mean.detach(), variance.detach() * count / (count - 1))
        normal = centred * (variance + self.eps).rsqrt().view(shape)
        normal = normal * self.weight.view(shape) + self.bias.view(shape) if self.affine else normal
        return normal.to(kind)

    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running mean and variance, as torch does."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        part = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, part)
        self.running_var.lerp_(variance, part)

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2:
            raise ValueError(f"expected (B, C, ...), got {list(input.shape)}")


def shared_batch_norm(network: nn.Module, device: torch.device) -> nn.Module:
    """Return the network, its batch normalisations replaced by those that see every process's batch.

    Parameters and buffers are the network's own. On a GPU they are torch's ``SyncBatchNorm``, elsewhere
    :class:`SharedBatchNorm`.
    """
    if device.type == "cuda":
        return nn.SyncBatchNorm.convert_sync_batchnorm(network)
    for name, child in network.named_children():
        if isinstance(child, _BatchNorm) and not isinstance(child, SharedBatchNorm):
            # same parameters, buffers and settings, another forward
            shared = SharedBatchNorm(child.num_features)
            shared.__dict__.update(child.__dict__)
            setattr(network, name, shared)
        else:
            shared_batch_norm(child, device)
    return network
