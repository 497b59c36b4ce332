"""Learning curves have numbers on their axes, of whole epochs, whatever the losses span."""

import base64

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.report.chapters.learning_curves import curves_content


@pytest.mark.parametrize("losses", [(0.5, 0.02), (1.0, 0.001), (0.7, 0.5)])
def test_axes_are_labelled_with_numbers_of_whole_epochs(losses: tuple[float, float]) -> None:
    values = np.geomspace(*losses, 3)
    table = pd.DataFrame(
        {"experiment": "gan", "fold": 0, "epoch": [5, 6, 7], "metric": "train_loss", "value": values}
    )
    picture = curves_content(table).figures[0].panels[0].picture
    drawn = base64.b64decode(picture.src.split(",", 1)[1]).decode()
    # every text stands as a comment above its outlines
    texts = [part.split("-->")[0].strip() for part in drawn.split("<!--")[1:]]
    assert {"5", "6", "7", "epoch"} <= set(texts)
    assert not [text for text in texts if "$" in text or text.startswith(("5.", "6."))]
    numbers = [float(text) for text in texts if text.replace(".", "", 1).isdigit()]
    assert sum(min(losses) / 3 <= number <= 3 * max(losses) for number in numbers) >= 2
