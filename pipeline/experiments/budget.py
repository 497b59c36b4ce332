"""How much a reproduction may cost, as data."""

from dataclasses import dataclass

from brainaging.pipeline.runtime import UserError


@dataclass(frozen=True)
class SyntheticBudget:
    """The size of the synthetic brains' part of a reproduction.

    Attributes:
        classifier_folds: grouped folds on which the first sex classifier is trained.
        noise_folds: those on which the noise-augmented one is.
        age_folds: those on which the age regressor is.
        classifier_epochs: passes of each over a fold's training scans.
        gan_epochs: passes of the GAN, its warm-up included.
        gan_warmup: of those, the ones that fit the generator.
        latent_size: numbers in a latent.
        encoder_epochs: passes of the latent encoder after its fit.
        encoder_brains: generated brains that it is fitted to.
        invert_steps: of descent in the latents of held-out scans.
        autoencoder_epochs: passes of an autoencoder of as many codes beside it; none stands there where 0.
        brains: by every generator.
        baselines: whether a PCA sampler and the original's recipe are measured too.
    """

    classifier_folds: int
    noise_folds: int
    age_folds: int
    classifier_epochs: int
    gan_epochs: int
    gan_warmup: int
    latent_size: int
    encoder_epochs: int
    encoder_brains: int
    invert_steps: int
    autoencoder_epochs: int
    brains: int
    baselines: bool


@dataclass(frozen=True)
class GeneratorsBudget:
    """The size of the comparison of generators: beside the GAN of :class:`SyntheticBudget`.

    Attributes:
        flow_epochs: passes of the conditional flow over its training latents.
        latent_size: numbers in its latent.
    """

    flow_epochs: int
    latent_size: int


@dataclass(frozen=True)
class EditBudget:
    """The size of the edits' part of a reproduction.

    Attributes:
        learned_from: people of the first fold's training part who are learned from, at most.
        held_out: people of its test part who are edited, at most.
        edits: names of the edits.
        knots_mm: distance of the knots of the fields that are learned; what alignment costs grows steeply as it
            shrinks.
        axes: whether every method is scored on the score's axes too, by registering what it edits.
    """

    learned_from: int
    held_out: int
    edits: tuple[str, ...]
    knots_mm: float
    axes: bool


@dataclass(frozen=True)
class Budget:
    """The size of a reproduction.

    Attributes:
        folds: grouped folds; every one trains its own networks.
        epochs: passes over a fold's training subjects.
        latent_sizes: one autoencoder a size; the first stands for "the latents" in figures. With as many codes as
            training scans span, less one, latents are a rotation of the scans and linear models read the same from
            both: the first is a size at which the encoder loses something, for the demo's 133 training scans
            (119 of them fitted) and for the original study's 890.
        random_latent_sizes: those of them that are trained on random folds too, to show what relatives leak.
        random_latent_folds: on how many of the random folds.
        table_latent_size: codes of the morphometry autoencoder.
        table_epochs: passes of the morphometry autoencoder over a fold's training subjects.
        trees: of a random forest.
        permutations: relabellings of a permutation test.
        replicates: bootstrap draws of an interval.
        synthetic: of synthetic brains.
        edits: of moving brains along age and sex.
        generators: of what each generator is worth.
    """

    folds: int
    epochs: int
    latent_sizes: tuple[int, ...]
    random_latent_sizes: tuple[int, ...]
    random_latent_folds: int
    table_latent_size: int
    table_epochs: int
    trees: int
    permutations: int
    replicates: int
    synthetic: SyntheticBudget
    edits: EditBudget
    generators: GeneratorsBudget


BUDGETS = {
    "short": Budget(
        folds=3,
        epochs=6,
        latent_sizes=(50,),
        random_latent_sizes=(50,),
        random_latent_folds=1,
        table_latent_size=80,
        table_epochs=30,
        trees=25,
        permutations=200,
        replicates=300,
        synthetic=SyntheticBudget(
            classifier_folds=1,
            noise_folds=0,
            age_folds=0,
            classifier_epochs=6,
            gan_epochs=5,
            gan_warmup=3,
            latent_size=100,
            encoder_epochs=1,
            encoder_brains=300,
            invert_steps=10,
            autoencoder_epochs=0,
            brains=200,
            baselines=False,
        ),
        edits=EditBudget(learned_from=80, held_out=10, edits=("age+10", "sex"), knots_mm=24.0, axes=False),
        generators=GeneratorsBudget(flow_epochs=5, latent_size=60),
    ),
    "full": Budget(
        folds=5,
        epochs=40,
        # the original study's bottleneck stands second
        latent_sizes=(100, 1000),
        random_latent_sizes=(100, 1000),
        random_latent_folds=5,
        table_latent_size=80,
        table_epochs=60,
        trees=100,
        permutations=1000,
        replicates=2000,
        synthetic=SyntheticBudget(
            classifier_folds=4,
            noise_folds=1,
            age_folds=1,
            classifier_epochs=18,
            gan_epochs=30,
            gan_warmup=10,
            latent_size=100,
            encoder_epochs=3,
            encoder_brains=3000,
            invert_steps=60,
            autoencoder_epochs=20,
            brains=1000,
            baselines=True,
        ),
        edits=EditBudget(
            learned_from=5000,
            held_out=100,
            edits=("age+10", "age+20", "sex", "sex_and_head_size"),
            knots_mm=12.0,
            axes=True,
        ),
        generators=GeneratorsBudget(flow_epochs=12, latent_size=200),
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
