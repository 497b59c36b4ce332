"""A user's mistake in a bundle's command, typed into MONAI's program, is one line and exit code 3."""

import pytest

from brainaging.bundles import bundle_names


def _refused(done, message: str) -> None:
    said = done.stdout + done.stderr
    assert done.returncode == 3, said[-3000:]
    assert "Traceback" not in said
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert done.stderr.rstrip().endswith(errors[0])


@pytest.mark.parametrize("bundle", bundle_names())
def test_a_wrong_folder_of_data(bundle, command_line, tmp_path) -> None:
    done = command_line(bundle, "train", tmp_path, "--dataset_dir nowhere")
    _refused(done, "nowhere: not a prepared")


@pytest.mark.parametrize(
    ("bundle", "words", "message"),
    [
        ("t1w_autoencoder", "--device cuda:99", "device: expected cpu"),
        ("t1w_autoencoder", "--latnt_size 4", "no value is called 'latnt_size'; did you mean latent_size?"),
        ("t1w_autoencoder", "--flip 2", "flip: expected a probability from 0 to 1, found 2"),
        ("t1w_sex_classifier", "--architecture vgg", "architecture"),
        ("t1w_gan", "--latent_size 4", "latent_size must be more than 9, got 4"),
        ("t1w_latent_encoder", "--generator gone.pt", "gone.pt: no such checkpoint"),
    ],
)
def test_a_value_that_cannot_be(bundle, words, message, command_line, tmp_path) -> None:
    _refused(command_line(bundle, "train", tmp_path, words), message)


@pytest.mark.parametrize("kind", ["evaluate", "inference"])
def test_weights_that_are_not_there(kind, command_line, tmp_path) -> None:
    _refused(command_line("t1w_autoencoder", kind, tmp_path), "best.pt: no such checkpoint")
