"""Torch modules and losses: they know tensors, not keys, files or labels.

Names are loaded where they are first used: who wants the geometry alone does not wait for MONAI.
"""

if __name__ != "brainaging.networks":
    # The checkout's root is on sys.path: importing by the folder's name would load a second copy of every class.
    raise ImportError("import brainaging.networks, not networks")

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainaging.networks.alignment import Alignment
    from brainaging.networks.appearance import Appearance
    from brainaging.networks.autoencoder import T1wAutoencoder
    from brainaging.networks.batch_norm import shared_batch_norm
    from brainaging.networks.conditional.conditional_flow import ConditionalFlow
    from brainaging.networks.conditional.conditional_generator import T1wConditionalGenerator
    from brainaging.networks.diffeomorphism import FoldedWarpError, exponential, jacobian_determinant
    from brainaging.networks.discriminator import T1wDiscriminator, r1_penalty
    from brainaging.networks.generator import T1wGenerator
    from brainaging.networks.grid_bound import GridBound
    from brainaging.networks.latent_encoder import T1wLatentEncoder
    from brainaging.networks.lattice import Lattice
    from brainaging.networks.lattice_detail.lattice_noise import LatticeNoise
    from brainaging.networks.lattice_detail.local_detail import LocalDetail, coarse_factor
    from brainaging.networks.linear.pca import NoVarianceError, PrincipalComponents, principal_components
    from brainaging.networks.morphometry_autoencoder import MorphometryAutoencoder, StandardisedMSE
    from brainaging.networks.predictor import T1wPredictor
    from brainaging.networks.splines import cubic_splines, spline_field
    from brainaging.networks.two_kinds import TwoKinds
    from brainaging.networks.velocity import VelocityLattice

_MODULES = {
    "alignment": ("Alignment",),
    "appearance": ("Appearance",),
    "batch_norm": ("shared_batch_norm",),
    "autoencoder": ("T1wAutoencoder",),
    "conditional.conditional_flow": ("ConditionalFlow",),
    "conditional.conditional_generator": ("T1wConditionalGenerator",),
    "diffeomorphism": ("FoldedWarpError", "exponential", "jacobian_determinant"),
    "discriminator": ("T1wDiscriminator", "r1_penalty"),
    "generator": ("T1wGenerator",),
    "grid_bound": ("GridBound",),
    "lattice": ("Lattice",),
    "lattice_detail.lattice_noise": ("LatticeNoise",),
    "lattice_detail.local_detail": ("LocalDetail", "coarse_factor"),
    "latent_encoder": ("T1wLatentEncoder",),
    "morphometry_autoencoder": ("MorphometryAutoencoder", "StandardisedMSE"),
    "linear.pca": ("NoVarianceError", "PrincipalComponents", "principal_components"),
    "predictor": ("T1wPredictor",),
    "splines": ("cubic_splines", "spline_field"),
    "two_kinds": ("TwoKinds",),
    "velocity": ("VelocityLattice",),
}

__all__ = [
    "Alignment",
    "Appearance",
    "ConditionalFlow",
    "FoldedWarpError",
    "GridBound",
    "Lattice",
    "LatticeNoise",
    "LocalDetail",
    "MorphometryAutoencoder",
    "NoVarianceError",
    "PrincipalComponents",
    "StandardisedMSE",
    "T1wAutoencoder",
    "T1wConditionalGenerator",
    "T1wDiscriminator",
    "T1wGenerator",
    "T1wLatentEncoder",
    "T1wPredictor",
    "TwoKinds",
    "VelocityLattice",
    "coarse_factor",
    "cubic_splines",
    "exponential",
    "jacobian_determinant",
    "principal_components",
    "r1_penalty",
    "shared_batch_norm",
    "spline_field",
]


def __getattr__(name: str) -> Any:
    """Return a public name from the module that defines it."""
    for module, names in _MODULES.items():
        if name in names:
            value = getattr(import_module(f"brainaging.networks.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
