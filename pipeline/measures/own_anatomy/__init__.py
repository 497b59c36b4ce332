"""What one stripped T1w scan shows of its own anatomy: tissue, the inside of the skull, ventricles."""

from brainaging.pipeline.measures.own_anatomy.inside_skull import inside
from brainaging.pipeline.measures.own_anatomy.own_ventricles import ventricles
from brainaging.pipeline.measures.own_anatomy.partial_volume import tissue_shares
from brainaging.pipeline.measures.own_anatomy.scan_anatomy import VOLUMES, OwnAnatomy, own_anatomy, own_volumes
from brainaging.pipeline.measures.own_anatomy.template_tissue import CLASSES

__all__ = [
    "CLASSES",
    "VOLUMES",
    "OwnAnatomy",
    "inside",
    "own_anatomy",
    "own_volumes",
    "tissue_shares",
    "ventricles",
]
