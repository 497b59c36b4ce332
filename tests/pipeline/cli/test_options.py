import pytest

from brainaging.pipeline.cli.options import orientation_rule


@pytest.mark.parametrize(("fix", "rule"), [(None, "check"), (True, "fix"), (False, "trust")])
def test_fix_and_trust_are_two_words_of_one_option(fix, rule):
    assert orientation_rule(fix) == rule
