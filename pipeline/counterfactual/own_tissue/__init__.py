"""Ageing as it acts on one person's own tissue: ventricles that grow, grey and white matter that shrink."""

from brainaging.pipeline.counterfactual.own_tissue.components import COMPONENTS, OwnTissue, own_tissue

__all__ = ["COMPONENTS", "OwnTissue", "own_tissue"]
