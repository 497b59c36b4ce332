"""The named chains: from files to tensors on a grid, and random augmentation of what lies there."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from monai.config import KeysCollection
from monai.transforms import Compose, EnsureTyped, MapTransform, Transform
from monai.utils import ensure_tuple

from brainaging.transforms.bias import CorrectBiasd
from brainaging.transforms.checks.orientation_mend import OrientationRule
from brainaging.transforms.grid import GridSpec, get_grid
from brainaging.transforms.scan_errors import ScanError
from brainaging.transforms.steps.check_brain import CheckBraind
from brainaging.transforms.steps.load_label_map import LoadLabelMapd
from brainaging.transforms.steps.load_scan import LoadScand
from brainaging.transforms.steps.normalize_on_grid import NormalizeOnGridd
from brainaging.transforms.steps.place_on_grid import PlaceOnGridd
from brainaging.transforms.steps.register_to_template import RegisterToTemplated
from brainaging.transforms.strip import StripSkulld


class ScanChain(Compose):
    """A `Compose` that lets `ScanError` through: MONAI would bury its one line under a RuntimeError."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the chain.

        Raises:
            ScanError: a scan that cannot be used.
        """
        try:
            return super().__call__(*args, **kwargs)
        except RuntimeError as error:
            cause: BaseException | None = error
            while cause is not None and not isinstance(cause, ScanError):
                cause = cause.__cause__
            if cause is None:
                raise
            raise cause from None


Space = Literal["template", "native"]


@dataclass(frozen=True)
class ScanSteps:
    """What is done to a scan on its way to the grid, besides placing it.

    Attributes:
        strip: None for stripped scans, or the name of a stripper (`brainaging.transforms.strip.STRIPPERS`).
        n4: correct the bias field (N4, some seconds a scan).
        dof: 6, 9 or 12 degrees of freedom of the registration of a scan in native space.
        normalize: apply the grid's intensity rule; otherwise the scan's own intensities stay.
        orientation: "check" refuses a brain that does not lie as its header says, "fix" mends its affine, "trust"
            takes the header's word for it. A pure left-right flip cannot be seen.
        own_size: registered heads keep their own volume, as in AC-PC space, and do not get the template's.
    """

    strip: str | None = None
    n4: bool = False
    dof: int = 12
    normalize: bool = True
    orientation: OrientationRule = "check"
    own_size: bool = False


def t1w_chain(
    grid: str | GridSpec,
    *,
    keys: KeysCollection = "image",
    space: Space = "template",
    steps: ScanSteps | None = None,
    track_meta: bool = False,
    device: torch.device | str | None = None,
    allow_missing_keys: bool = False,
    labels: KeysCollection = (),
) -> Compose:
    """Build the chain from a scan's path to a float32 tensor (1, X, Y, Z) on a grid.

    Load and validate, strip where wanted, check that it is a brain and measure it, correct the bias field and
    register where wanted, place it on the grid at physical scale, normalise. With the image it leaves
    ``head_size`` (mL, in the scan's own scale whatever registration did) and ``template_dice`` (overlap of the
    brain mask with the template's, 0…1), plain floats, ``orientation`` (what was mended, "" for nothing) and
    ``intensity_form`` (what was done to its intensities or is to be known of them, "" for a scan that is 0 outside
    and positive inside); with several keys ``head_size_<key>``, ``template_dice_<key>`` and so on.

    Args:
        grid: the grid, or its name.
        keys: where the paths are; a `MetaTensor` or nibabel image there is taken as it is.
        space: "template" for scans in MNI or AC-PC space, which are only resampled; "native" for scans that are
            to be registered to the template first.
        steps: what else is done to the scan; :class:`ScanSteps`' own values if None.
        track_meta: keep a `MetaTensor`, which the inverse needs; a plain tensor is about twice as fast downstream.
        device: where the tensor ends, for example "cuda" for a cache on the GPU.
        allow_missing_keys: pass dictionaries over that lack a key.
        labels: label maps in the voxels or the space of the first key's scan: they go where it goes, each voxel
            of the grid takes the nearest one's label, and they end as int32.

    Returns:
        A MONAI `Compose`: picklable, for any dataset and any DataLoader worker. With ``track_meta=True`` its
        ``inverse`` brings an image on the grid back to the scan's own voxels.

    Raises:
        ScanError: (when applied) a scan that cannot be used.
        ValueError: an unknown grid, space, stripper or number of degrees of freedom.

    >>> chain = t1w_chain("t1w_32")
    >>> [type(step).__name__ for step in chain.transforms]
    ['LoadScand', 'CheckBraind', 'PlaceOnGridd', 'NormalizeOnGridd', 'EnsureTyped']
    """
    grid = get_grid(grid)
    if space not in ("template", "native"):
        raise ValueError(f"space: expected 'template' or 'native', found {space!r}")
    missing = allow_missing_keys
    chosen = ScanSteps() if steps is None else steps
    target = None if device is None else torch.device(device)
    maps = ensure_tuple(labels)
    chain: list[MapTransform] = [LoadScand(keys, missing)]
    if maps:
        chain.append(LoadLabelMapd(maps, missing))
    if chosen.strip is not None:
        chain.append(StripSkulld(keys, chosen.strip, missing))
    chain.append(CheckBraind(keys, missing, chosen.orientation, followers=maps))
    if chosen.n4:
        # Checked first, as N4 takes seconds; measured again afterwards.
        chain += [CorrectBiasd(keys, missing), CheckBraind(keys, missing, "trust")]
    if space == "native":
        chain.append(RegisterToTemplated(keys, chosen.dof, missing, maps, chosen.own_size))
    scans = ensure_tuple(keys)
    chain.append(PlaceOnGridd(scans + maps, grid, missing, ["bilinear"] * len(scans) + ["nearest"] * len(maps)))
    if chosen.normalize:
        chain.append(NormalizeOnGridd(keys, grid, missing))
    ends: dict[str, Any] = {"device": target, "track_meta": track_meta, "allow_missing_keys": missing}
    chain.append(EnsureTyped(keys, dtype=torch.float32, **ends))
    if maps:
        chain.append(EnsureTyped(maps, dtype=torch.int32, **ends))
    return ScanChain(chain)


def t1w_chain_array(grid: str | GridSpec, **options: Any) -> Compose:
    """Build the same chain for one scan instead of a dictionary.

    What the dictionary's steps leave beside the image stands in ``image.meta`` where meta is tracked.

    Args:
        grid: the grid, or its name.
        options: as `t1w_chain` takes them, but `keys`, `labels` and `allow_missing_keys`.

    Returns:
        A `Compose` from a path, `MetaTensor` or nibabel image to a float32 tensor (1, X, Y, Z); where meta is
        tracked it has an ``inverse``.

    >>> [type(step).__name__ for step in t1w_chain_array("t1w_32").transforms]
    ['LoadScan', 'CheckBrain', 'PlaceOnGrid', 'NormalizeOnGrid', 'EnsureType']
    """
    chain = t1w_chain(grid, keys="image", **options)
    return ScanChain([_array_twin(step) for step in chain.transforms])


def _array_twin(step: Any) -> Transform:
    """Return the array transform inside a dictionary transform: ours have a `step`, MONAI's a `converter`."""
    twin: Transform = step.converter if isinstance(step, EnsureTyped) else step.step
    return twin
