"""`brainaging directions`: what does not go together is refused."""

import pytest

from brainaging.pipeline.cli.directing import directions_command
from brainaging.pipeline.runtime import UserError


def test_a_bundle_without_weights_is_refused(tmp_path):
    with pytest.raises(UserError, match="give its checkpoint as --weights"):
        directions_command(tmp_path, bundle="t1w_autoencoder")
