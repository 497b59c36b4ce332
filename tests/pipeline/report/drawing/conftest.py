"""A small scan and a change of it, for the pictures that show one."""

import numpy as np
import pytest


@pytest.fixture
def scan():
    volume = np.zeros((8, 12, 10), dtype=np.float32)
    volume[1:7, 1:11, 1:9] = np.random.default_rng(0).uniform(0.7, 1.0, (6, 10, 8))
    return volume


@pytest.fixture
def change(scan):
    moved = np.zeros_like(scan)
    moved[3:5, 4:8, 4:6] = -0.2
    return moved
