"""Torch modules and losses: they know tensors, not keys, files or labels."""

if __name__ != "brainaging.networks":
    # The checkout's root is on sys.path: importing by the folder's name would load a second copy of every class.
    raise ImportError("import brainaging.networks, not networks")

from brainaging.networks.alignment import Alignment
from brainaging.networks.appearance import Appearance
from brainaging.networks.autoencoder import T1wAutoencoder
from brainaging.networks.discriminator import T1wDiscriminator, r1_penalty
from brainaging.networks.generator import T1wGenerator
from brainaging.networks.grid_bound import GridBound
from brainaging.networks.latent_encoder import T1wLatentEncoder
from brainaging.networks.morphometry_autoencoder import MorphometryAutoencoder, StandardisedMSE
from brainaging.networks.pca import PrincipalComponents, principal_components
from brainaging.networks.predictor import T1wPredictor
from brainaging.networks.two_kinds import TwoKinds
from brainaging.networks.velocity import VelocityLattice

__all__ = [
    "Alignment",
    "Appearance",
    "GridBound",
    "MorphometryAutoencoder",
    "PrincipalComponents",
    "StandardisedMSE",
    "T1wAutoencoder",
    "T1wDiscriminator",
    "T1wGenerator",
    "T1wLatentEncoder",
    "T1wPredictor",
    "TwoKinds",
    "VelocityLattice",
    "principal_components",
    "r1_penalty",
]
