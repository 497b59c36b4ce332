"""How figures look and how they enter the page: one style, colour-blind-safe colours, data URIs."""

import base64
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.style
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

INK = "#1b2733"
MUTED = "#5b6875"
FAINT = "#d9dfe5"
ACCENT = "#0072B2"
ORIGINAL = "#C04A00"
# Okabe & Ito, "Color Universal Design" (2008): safe for the common colour-vision deficiencies.
SEX_COLOURS = {"F": "#D55E00", "M": "#0072B2", "": "#7a7a7a"}
SEX_MARKERS = {"F": "o", "M": "^", "": "s"}
SEX_NAMES = {"F": "female", "M": "male", "": "sex not given"}
ORDERED = "viridis"
DIVERGING = "RdBu_r"

# A vector figure above this many bytes is embedded as pixels instead: the whole file is to stay under 5 MB.
LARGEST_SVG = 150_000

_STYLE = {
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    # Words come from data: a "$" in them is a dollar, not mathematics.
    "text.parse_math": False,
    # The same figure gives the same bytes.
    "svg.hashsalt": "brain-aging",
}


@dataclass(frozen=True)
class Picture:
    """An image inside the page: a data URI, its text alternative, and its size in CSS pixels."""

    src: str
    alt: str
    width: int
    height: int


@contextmanager
def drawing() -> Iterator[None]:
    """Draw under the report's style, whatever the user's matplotlibrc says; what was set comes back after."""
    with matplotlib.style.context(["default", _STYLE]):
        yield


def data_uri(content: bytes, kind: str) -> str:
    """Return ``content`` as a ``data:`` URI of MIME type ``kind``."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def embed(figure: Figure, alt: str, *, vector: bool = True) -> Picture:
    """Return ``figure`` as a picture: SVG where ``vector`` and small, PNG at twice the pixels otherwise.

    Call it inside :func:`drawing`. The bytes depend on the figure alone (no date, fixed identifiers).
    """
    width, height = (round(float(inches) * 96) for inches in figure.get_size_inches())
    buffer = io.BytesIO()
    kind = "image/svg+xml"
    if vector:
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    if not vector or buffer.tell() > LARGEST_SVG:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=192, metadata={"Software": None})
        kind = "image/png"
    return Picture(data_uri(buffer.getvalue(), kind), alt, width, height)


def pixels(values: np.ndarray, alt: str, *, cmap: str, low: float, high: float) -> Picture:
    """Return an image array (rows, columns) as a PNG picture, from ``low`` to ``high`` on ``cmap``.

    NaN is drawn as the page's light grey. One element is one pixel of the PNG.
    """
    colours = mpl.colormaps[cmap].with_extremes(bad="#e9edf1")
    share = (np.asarray(values, dtype=float) - low) / max(high - low, 1e-12)
    image = colours(np.ma.masked_invalid(np.clip(share, 0, 1)), bytes=True)
    return Picture(data_uri(small_png(image[..., :3]), "image/png"), alt, image.shape[1], image.shape[0])


def small_png(image: np.ndarray) -> bytes:
    """Return colours (rows, columns, 3) uint8 as a PNG in 52 steps a channel, half as large as in 256."""
    # 255 is 51 times 5: white stays white, and greys stay grey, which a palette does not promise
    steps = np.round(np.asarray(image) / 5).astype(np.uint8) * 5
    grey = bool((steps == steps[..., :1]).all())
    buffer = io.BytesIO()
    Image.fromarray(steps[..., 0] if grey else steps).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def ordered_colours(n: int) -> Sequence[str]:
    """Return ``n`` colours for ordered groups: viridis without its palest end, which white paper swallows."""
    places = np.linspace(0.0, 0.88, n) if n > 1 else [0.4]
    return [mpl.colors.to_hex(mpl.colormaps[ORDERED](place)) for place in places]
