"""The program with a short budget that is smaller: where it does not matter how well networks are trained."""

from dataclasses import replace

from brainaging.pipeline.cli import main
from brainaging.pipeline.experiments.budget import BUDGETS

if __name__ == "__main__":
    short = BUDGETS["short"]
    BUDGETS["short"] = replace(
        short,
        epochs=2,
        table_epochs=4,
        trees=5,
        permutations=40,
        replicates=100,
        synthetic=replace(
            short.synthetic,
            classifier_epochs=1,
            gan_epochs=2,
            gan_warmup=1,
            latent_size=12,
            encoder_brains=60,
            invert_steps=2,
            brains=20,
        ),
        edits=replace(short.edits, knots_mm=48),
        generators=replace(short.generators, flow_epochs=1, latent_size=12),
    )
    main()
