"""Predictions are written by subject, from batches and from decollated items."""

import logging

import numpy as np
import pandas as pd
import pytest
import torch
from ignite.engine import Engine

from brainaging.pipeline.handlers import WritePredictions


@pytest.mark.parametrize("decollate", [False, True])
@pytest.mark.parametrize("classes", [["F", "M"], []])
def test_predictions_are_written_by_subject(classes: list[str], decollate: bool, tmp_path, caplog) -> None:
    writer, target = WritePredictions(str(tmp_path), classes, "sex" if classes else "age", "t1w_32-x"), "sex"
    outputs = torch.tensor([[0.0, 2.0], [3.0, 0.0]]) if classes else torch.tensor([[30.5], [40.25]])
    output, batch = {"pred": outputs}, {"subject": ["007", "007"], "session": ["ses-1", "NA"]}
    if decollate:
        output, batch = (
            [dict(zip(whole, row, strict=True)) for row in zip(*whole.values(), strict=True)]
            for whole in (output, batch)
        )
    engine = Engine(lambda _, __: output)
    writer.attach(engine)
    with caplog.at_level(logging.INFO):
        engine.run([batch], max_epochs=1)
    table = pd.read_csv(tmp_path / "predictions.csv", dtype={"subject": str}, keep_default_na=False)
    assert table["subject"].tolist() == ["007", "007"] and table["session"].tolist() == ["ses-1", "NA"]
    assert set(table["grid"]) == {"t1w_32-x"}
    if classes:
        assert table[target].tolist() == ["M", "F"]
        np.testing.assert_allclose(table["p_F"] + table["p_M"], 1, atol=1e-5)
    else:
        assert table["age"].tolist() == [30.5, 40.25]
