"""Whether a machine multiplies numbers of bf16 faster than those of single precision."""

import torch

#: instructions of x86 that multiply bf16, by torch's names: tiles, or dot products of vectors
_CPU = ("amx_bf16", "avx512_bf16")


def computes_bf16(device: torch.device | str) -> bool:
    """Say whether a device has instructions for bf16, by torch's own queries: the same on every call.

    On a CPU those are AMX-BF16 or AVX512-BF16; torch computes bf16 without them too, in more time than fp32.
    """
    kind = torch.device(device).type
    if kind == "cuda":
        return bool(torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False))
    if kind != "cpu":
        return False
    found = torch.cpu.get_capabilities()
    return any(bool(found.get(name, False)) for name in _CPU)
