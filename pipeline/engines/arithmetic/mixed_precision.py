"""Convolutions in bf16, everything else in fp32, weights and losses too."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from brainaging.pipeline.engines.arithmetic.bf16_hardware import computes_bf16
from brainaging.pipeline.runtime import UserError

log = logging.getLogger(__name__)
PRECISIONS = ("auto", "fp32", "bf16")


class MixedPrecision:
    """Which part of a network's forward pass, and so of its backward pass, is computed in bf16.

    In bf16 are the convolutional parts of :func:`convolutional`, under torch's autocast: they are where the time
    of a step goes, and gradients alone made their weights. On a CPU their numbers lie with channels last, which
    its convolutions are faster at. What they put out is fp32 again. All else is fp32: dense maps over voxels
    and codes, which start from closed forms and hold coordinates; losses; weights; what an optimiser keeps. bf16
    has the exponents of fp32, so that no gradient needs scaling. Weights are not touched, and a checkpoint does
    not tell in what it was trained.

    MONAI's own ``amp`` is autocast for CUDA, and scales gradients, whatever the device.

    Args:
        precision: ``fp32``; ``bf16``; or ``auto``: bf16 for gradient steps on a device that computes it
            (:func:`computes_bf16`), else fp32. What is measured or written is fp32 unless bf16 is asked for:
            statistics read it.
        device: of the networks.
        training: whether it is for gradient steps.

    Attributes:
        half: whether convolutions are computed in bf16.

    Raises:
        UserError: another word.
    """

    def __init__(self, precision: str = "auto", device: torch.device | str = "cpu", training: bool = True) -> None:
        if precision not in PRECISIONS:
            raise UserError(f"precision: expected {', '.join(PRECISIONS)}, found {precision!r}")
        able = computes_bf16(device)
        self.half = precision == "bf16" or (precision == "auto" and training and able)
        if self.half and not able:
            log.warning("precision bf16: %s has no instructions for it, which takes longer than fp32", device)

    @contextmanager
    def within(self, *networks: nn.Module) -> Iterator[None]:
        """Compute the convolutional parts of networks in bf16, if so decided, until the context ends."""
        with ExitStack() as stack:
            if self.half:
                for part in (part for network in networks for part in convolutional(network)):
                    rounded = _Rounded()
                    stack.callback(part.register_forward_pre_hook(rounded.before, with_kwargs=False).remove)
                    stack.callback(part.register_forward_hook(rounded.after, always_call=True).remove)
                    for inner in (each for each in part.modules() if isinstance(each, _ConvNd)):
                        whole = _Whole()
                        stack.callback(inner.register_forward_pre_hook(whole.before).remove)
                        # what is entered last is left first, where the part itself is the convolution
                        after = inner.register_forward_hook(whole.after, prepend=True, always_call=True)
                        stack.callback(after.remove)
            yield


def convolutional(network: nn.Module) -> list[nn.Module]:
    """Return the outermost modules of a network that are a convolution, or hold one as a part of their own."""
    if isinstance(network, _ConvNd) or any(isinstance(child, _ConvNd) for child in network.children()):
        return [network]
    return [part for child in network.children() for part in convolutional(child)]


def channels_last(x: Tensor) -> Tensor:
    """Return volumes ``(B, C, X, Y, Z)`` laid with their channels last, a single one too.

    torch takes one channel as laid either way and leaves it, so that the convolutions after it lie as it says:
    those of the generator, of 8 channels, took 2.5 times as long for it.
    """
    if x.shape[1] == 1:
        return x.squeeze(1).contiguous().unsqueeze(-1).movedim(-1, 1)
    return x.contiguous(memory_format=torch.channels_last_3d)


class _Rounded:
    """The hooks of one module: autocast from its call to its answer."""

    def __init__(self) -> None:
        self.open: list[torch.autocast] = []

    def before(self, _module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Enter autocast, and lay volumes with their channels last on a CPU."""
        x: Tensor = inputs[0]
        self.open.append(torch.autocast(x.device.type, torch.bfloat16))
        self.open[-1].__enter__()
        if x.ndim == 5 and x.device.type == "cpu":
            x = channels_last(x.to(torch.bfloat16))
        return (x, *inputs[1:])

    def after(self, _module: nn.Module, _inputs: Any, output: Any) -> Any:
        """Leave autocast, after an error too, and return the answer in fp32."""
        self.open.pop().__exit__(None, None, None)
        return output.float() if isinstance(output, Tensor) else output


class _Whole:
    """The hooks of one convolution: fp32 where a CPU's would be wrong in bf16.

    Of an image that is smaller than the kernel on any axis oneDNN's gradient of bf16 weights reads, and writes,
    what is not its own (AVX512-BF16, torch 2.13): numbers that are not finite, or a heap in ruins.
    """

    def __init__(self) -> None:
        self.open: list[torch.autocast | None] = []

    def before(self, module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Leave bf16 for a small image."""
        x: Tensor = inputs[0]
        sizes, kernel = x.shape[2:], cast(_ConvNd, module).kernel_size
        small = x.device.type == "cpu" and any(size < width for size, width in zip(sizes, kernel, strict=False))
        self.open.append(torch.autocast("cpu", enabled=False) if small else None)
        if (entered := self.open[-1]) is None:
            return inputs
        entered.__enter__()
        return (x.float(), *inputs[1:])

    def after(self, _module: nn.Module, _inputs: Any, _output: Any) -> None:
        """Come back to it, after an error too."""
        if self.open and (entered := self.open.pop()) is not None:
            entered.__exit__(None, None, None)
