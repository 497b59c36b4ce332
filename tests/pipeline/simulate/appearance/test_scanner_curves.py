"""A scanner's curve rises, moves the classes as asked, and leaves white matter and air alone."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.appearance.scanner_curves import scanner_curve


@pytest.mark.parametrize("shifts", [(0.05, -0.04), (0.0, 0.0), (9.0, 9.0), (-9.0, -9.0)])
def test_it_rises_and_holds_air_and_white_matter(shifts):
    curve = scanner_curve(0.3, 0.7, shifts)
    values = curve(np.linspace(0, 2, 200))
    assert (np.diff(values) > 0).all()
    assert curve(0.0) == 0
    assert curve(1.0) == pytest.approx(1)


def test_classes_lie_where_they_were_moved():
    curve = scanner_curve(0.3, 0.7, (0.05, -0.04))
    assert curve(0.3) == pytest.approx(0.35)
    assert curve(0.7) == pytest.approx(0.66)


def test_classes_in_another_order_are_refused():
    with pytest.raises(ValueError, match=r"expected 0 < fluid < grey < 1, got 0\.8 and 0\.7"):
        scanner_curve(0.8, 0.7, (0.0, 0.0))
