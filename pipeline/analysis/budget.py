"""How much a reproduction may cost, as data."""

from dataclasses import dataclass

from brainaging.pipeline.runtime import UserError


@dataclass(frozen=True)
class Budget:
    """The size of a reproduction.

    Attributes:
        folds: grouped folds; every one trains its own networks.
        epochs: passes over a fold's training subjects.
        latent_sizes: one autoencoder a size; the first stands for "the latents" in figures.
        random_latent_sizes: those of them that are trained on random folds too, to show what relatives leak.
        random_latent_folds: on how many of the random folds.
        table_latent_size: codes of the morphometry autoencoder.
        table_epochs: passes of the morphometry autoencoder over a fold's training subjects.
        permutations: relabellings of a permutation test.
        replicates: bootstrap draws of an interval.
    """

    folds: int
    epochs: int
    latent_sizes: tuple[int, ...]
    random_latent_sizes: tuple[int, ...]
    random_latent_folds: int
    table_latent_size: int
    table_epochs: int
    permutations: int
    replicates: int


BUDGETS = {
    "short": Budget(
        folds=3,
        epochs=15,
        latent_sizes=(1000, 100),
        random_latent_sizes=(1000,),
        random_latent_folds=1,
        table_latent_size=80,
        table_epochs=30,
        permutations=200,
        replicates=500,
    ),
    "full": Budget(
        folds=5,
        epochs=40,
        latent_sizes=(1000, 100),
        random_latent_sizes=(1000, 100),
        random_latent_folds=5,
        table_latent_size=80,
        table_epochs=60,
        permutations=1000,
        replicates=2000,
    ),
}


def get_budget(name: str) -> Budget:
    """Return the budget called ``name``.

    Raises:
        UserError: there is none; the message lists those that are.
    """
    if name not in BUDGETS:
        raise UserError(f"--budget {name}: expected {' or '.join(BUDGETS)}")
    return BUDGETS[name]
