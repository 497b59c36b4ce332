"""What a search varies knows what it could draw."""

from brainaging.pipeline.experiments.tuning.varied import Varied


def test_it_knows_what_it_could_draw():
    whole, choice = Varied("a", 1, 5), Varied("a", choices=("x", "y"))
    assert whole.is_whole and not Varied("a", 1, 5.5).is_whole
    assert whole.holds(5) and not whole.holds(6) and not whole.holds("x")
    assert choice.holds("y") and not choice.holds("z")
