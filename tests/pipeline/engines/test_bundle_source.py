import shutil

from brainaging.bundles import bundle_path
from brainaging.pipeline.engines import bundle_code, bundle_recipe

GAN = bundle_path("t1w_gan")


def test_a_changed_config_is_another_recipe_and_changed_metadata_is_not(tmp_path):
    copy = tmp_path / "t1w_gan"
    shutil.copytree(GAN, copy)
    assert bundle_recipe(copy) == bundle_recipe(GAN)
    metadata = copy / "configs" / "metadata.json"
    metadata.write_text(metadata.read_text().replace("Research only", "Only research"))
    assert bundle_recipe(copy) == bundle_recipe(GAN)
    train = copy / "configs" / "train.json"
    train.write_text(train.read_text().replace('"anchor": 100.0', '"anchor": 10.0'))
    changed, kept = bundle_recipe(copy), bundle_recipe(GAN)
    assert [name for name in kept if changed[name] != kept[name]] == ["configs"]


def test_code_that_configs_alone_name_belongs_to_a_bundles_work():
    code = bundle_code(GAN)
    assert "brainaging.networks.T1wGenerator" in code
    assert "brainaging.pipeline.metrics.FrechetDistance" in code
