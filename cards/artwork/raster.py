"""PNG and JPEG: decoded, set upright, brought to plain 8-bit channels and encoded anew.

Only pixels go on. Metadata, profiles, text and whatever hangs behind the picture stay here.
"""

import io
import struct
import warnings
from typing import Any, Final

from PIL import Image, ImageChops, ImageCms, JpegImagePlugin, MpoImagePlugin, PngImagePlugin

from cards.artwork.artwork import (
    PIXELS_MAX,
    PREVIEW_SIDE_PX,
    Animated,
    Artwork,
    Broken,
    TooHeavy,
    TooManyPixels,
)

_ROOM_MAX: Final = 128 * 1024 * 1024
_PNG_LEVEL: Final = 3
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PROFILE_BYTES_MAX: Final = 4 * 1024 * 1024

# Two formats are known, and no third can be asked for by a file.
assert JpegImagePlugin
assert MpoImagePlugin
assert PngImagePlugin
Image.MAX_IMAGE_PIXELS = PIXELS_MAX


def read_raster(content: bytes) -> Artwork:
    """Return a picture as an artwork, or refuse it before its pixels are unfolded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            image = _opened(content)
            manner, image = _manner(image), _upright(image)
            return _artwork(image, manner)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels from None
    except (OSError, ValueError, SyntaxError, IndexError, KeyError, TypeError, Warning, EOFError):
        # Pillow tells of broken files by all of these.
        raise Broken from None


def _opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=["PNG", "JPEG"])
    if image.width * image.height > PIXELS_MAX:
        raise TooManyPixels
    if image.format == "PNG" and getattr(image, "n_frames", 1) > 1:
        raise Animated
    if image.info.get("progressive") and _room_of_a_progressive(image) > _ROOM_MAX:
        raise TooHeavy
    return image


def _room_of_a_progressive(image: Image.Image) -> int:
    """Return how many bytes a progressive JPEG takes while it is read: all its coefficients."""
    return image.width * image.height * (4 + 2 * len(image.getbands()))


def _upright(image: Image.Image) -> Image.Image:
    """Return the picture's pixels as a viewer shows them, and nothing else of it."""
    turn, profile = _turn(image), image.info.get("icc_profile", b"")
    image.load()
    plain = _in_srgb(_plain(image), profile)
    if turn is not None:
        plain = plain.transpose(turn)
    return plain


def _turn(image: Image.Image) -> Image.Transpose | None:
    """Return how a camera was held; like a viewer, heed no tag that is broken."""
    try:
        told = image.getexif().get(_ORIENTATION)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, struct.error, Warning):
        return None
    return _TURNS.get(told) if isinstance(told, int) else None


def _plain(image: Image.Image) -> Image.Image:
    """Return the picture in grey, RGB, RGBA or CMYK of 8 bits; alpha only where it is used."""
    if image.mode == "I;16":
        return _of_8_bits(image)
    if image.has_transparency_data:
        plain = image if image.mode == "RGBA" else image.convert("RGBA")
        is_opaque = plain.getchannel("A").getextrema() == (255, 255)
        return plain.convert("RGB") if is_opaque else plain
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _of_8_bits(image: Image.Image) -> Image.Image:
    """Return a 16-bit grey picture's upper bytes; a plain conversion would cut all to white."""
    greys = image.tobytes()
    lower, upper = (Image.frombytes("L", image.size, greys[half::2]) for half in (0, 1))
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return upper
    is_other = [[255 * (value != half) for value in range(256)] for half in divmod(clear, 256)]
    alpha = ImageChops.lighter(upper.point(is_other[0]), lower.point(is_other[1]))
    return Image.merge("RGBA", (upper, upper, upper, alpha))


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in the colours that everything here speaks.

    A CMYK picture keeps its inks: the press has a profile of its own. A profile that cannot be
    read is left out, as viewers do.
    """
    if image.mode not in ("RGB", "RGBA") or not 0 < len(profile) <= _PROFILE_BYTES_MAX:
        return image
    try:
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        ImageCms.profileToProfile(image, theirs, ImageCms.createProfile("sRGB"), inPlace=True)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return image


def _manner(image: Image.Image) -> dict[str, Any]:
    """Return how to write a picture again: a JPEG as finely as it came, not coarser nor larger."""
    if image.format == "PNG":
        return {"format": "PNG", "compress_level": _PNG_LEVEL}
    assert isinstance(image, JpegImagePlugin.JpegImageFile)
    sampling = JpegImagePlugin.get_sampling(image)
    finest = 0
    return {
        "format": "JPEG",
        "qtables": image.quantization,
        "subsampling": finest if sampling < 0 else sampling,
    }


def _artwork(image: Image.Image, manner: dict[str, Any]) -> Artwork:
    preview = _preview(image)
    return Artwork(
        kind="png" if manner["format"] == "PNG" else "jpeg",
        content=_encoded(image, manner),
        sha256="",
        preview=preview,
        width_px=image.width,
        height_px=image.height,
        mode=image.mode,  # type: ignore[arg-type]
    )


def _preview(image: Image.Image) -> bytes:
    longest = max(image.size)
    width, height = (
        max(1, side * PREVIEW_SIDE_PX // max(longest, PREVIEW_SIDE_PX)) for side in image.size
    )
    small = image.resize((width, height), Image.Resampling.BOX)
    shown = small.convert("RGB") if small.mode == "CMYK" else small
    return _encoded(shown, {"format": "PNG"})


def _encoded(image: Image.Image, manner: dict[str, Any]) -> bytes:
    """Return a picture's file; nothing of its metadata is written along."""
    image.info = {}
    written = io.BytesIO()
    image.save(written, **manner)
    return written.getvalue()
