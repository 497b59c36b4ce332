"""What array transforms and their dictionary twins share."""

from abc import abstractmethod
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, ClassVar

from monai.config import KeysCollection
from monai.transforms import MapTransform, Transform
from monai.utils import ensure_tuple

from brainaging.transforms.steps.images import settled


class ImageStep(Transform):
    """A transform of one image; what it measures is left in ``image.meta`` under the names in `measures`."""

    #: entries of ``image.meta`` that a dictionary twin copies into the dictionary
    measures: ClassVar[tuple[str, ...]] = ()

    def __call__(self, image: Any, what: str = "image") -> Any:
        """Apply the step; what is pending on the image (MONAI's lazy resampling) is done first.

        Args:
            image: what the step takes.
            what: what it is called in messages where it was read from no file: of a dictionary, its key.

        Raises:
            ScanError: an image that cannot be used.
        """
        return self.apply(settled(image), what)

    @abstractmethod
    def apply(self, image: Any, what: str) -> Any:
        """Return the image that comes of one on which nothing is pending."""


class ScanTransform(MapTransform):
    """The dictionary twin of an `ImageStep`: the step on each key.

    Measures stand in the dictionary, named after the key where there are several.

    Args:
        keys: the entries that it works on.
        step: what is done to each.
        allow_missing_keys: whether entries may lack.
    """

    def __init__(self, keys: KeysCollection, step: ImageStep, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)
        self.step = step

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Apply the step to each key.

        Raises:
            ScanError: an image that cannot be used.
            KeyError: a key is missing, and none may.
        """
        result = dict(data)
        for key in self.key_iterator(result):
            self.change(result, key, self.step)
        return result

    def change(self, data: dict[Hashable, Any], key: Hashable, step: ImageStep) -> None:
        """Replace one entry by what a step makes of it, and take its measures out."""
        data[key] = step(data[key], str(key))
        for name in step.measures:
            if name in getattr(data[key], "meta", {}):
                data[self.covariate(name, key)] = data[key].meta[name]

    @property
    def measured_keys(self) -> tuple[Hashable, ...]:
        """The entries that are measured."""
        return self.keys

    def covariate(self, name: str, key: Hashable) -> Hashable:
        """Return what a measure of a key is called."""
        return name if len(self.measured_keys) == 1 else f"{name}_{key}"


class LeadingTransform(ScanTransform):
    """A dictionary transform after which some entries lie elsewhere, and others with them.

    Args:
        keys: the entries that it works on.
        step: what is done to each.
        allow_missing_keys: whether entries may lack.
        followers: entries in the space of the first key's scan, such as its label map: they are moved as it is.
    """

    def __init__(
        self, keys: KeysCollection, step: ImageStep, allow_missing_keys: bool, followers: KeysCollection
    ) -> None:
        super().__init__(keys, step, allow_missing_keys)
        self.followers: tuple[Hashable, ...] = ensure_tuple(followers)
        if both := set(self.followers) & set(self.keys):
            raise ValueError(f"followers: expected other keys than keys, found {sorted(map(str, both))}")

    def following(self, data: Mapping[Hashable, Any]) -> Iterator[Hashable]:
        """Give the followers that are there.

        Raises:
            KeyError: one is missing, and none may.
        """
        for key in self.followers:
            if key in data:
                yield key
            elif not self.allow_missing_keys:
                raise KeyError(
                    f"Key `{key}` of transform `{type(self).__name__}` was missing in the data and "
                    "allow_missing_keys==False."
                )
