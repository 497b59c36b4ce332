"""Which machines compute bf16, by what torch says of them."""

import pytest
import torch

from brainaging.pipeline.engines.arithmetic import computes_bf16


@pytest.mark.parametrize(
    ("found", "able"),
    [
        ({"amx_bf16": True, "avx512_bf16": True}, True),
        ({"amx_bf16": False, "avx512_bf16": True}, True),
        ({"avx2": True, "avx512_f": True}, False),
        ({}, False),  # another make of CPU, of which torch says nothing
    ],
)
def test_a_cpu_needs_instructions_for_it(monkeypatch: pytest.MonkeyPatch, found: dict, able: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)
    assert computes_bf16("cpu") is able


def test_the_answer_is_the_same_again_and_a_device_without_numbers_has_none() -> None:
    assert computes_bf16("cpu") == computes_bf16(torch.device("cpu"))
    assert not computes_bf16("meta")
    if not torch.cuda.is_available():
        assert not computes_bf16("cuda:0")
