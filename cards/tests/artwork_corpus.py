"""Pictures, good and wicked, each made by code when it is asked for."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from PIL import Image, ImageCms

Refused = tuple[Callable[[], bytes], str]

PNG = b"\x89PNG\r\n\x1a\n"
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **how)
    return written.getvalue()


def four_corners(width: int = 120, height: int = 80) -> Image.Image:
    """Return a picture whose corners tell how it lies: red, green; blue, white."""
    image = Image.new("RGB", (width, height))
    halves = (0, width // 2, width), (0, height // 2, height)
    for place, colour in enumerate((RED, GREEN, BLUE, WHITE)):
        column, row = place % 2, place // 2
        box = (halves[0][column], halves[1][row], halves[0][column + 1], halves[1][row + 1])
        image.paste(colour, box)
    return image


def chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG + chunk(b"IHDR", head) + b"".join(chunks) + chunk(b"IEND", b"")


def png_bomb() -> bytes:
    """Return 50,000 x 50,000 pixels in a few kilobytes, or so it says."""
    return png(50_000, 50_000, chunk(b"IDAT", zlib.compress(bytes(5_000_000), 9)))


def jpeg_bomb() -> bytes:
    """Return a JPEG whose frame claims 50,000 x 50,000 pixels."""
    small = bytearray(encoded(four_corners(), "JPEG"))
    frame = small.index(b"\xff\xc0")
    small[frame + 5 : frame + 9] = struct.pack(">HH", 50_000, 50_000)
    return bytes(small)


def png_of_text_bomb() -> bytes:
    """Return a small picture with a text that unfolds to 50 MB."""
    unfolds = zlib.compressobj(1)
    text = b"".join(unfolds.compress(bytes(1_000_000)) for _ in range(50)) + unfolds.flush()
    picture = zlib.compress(b"\x00\xff\x00\x00", 9)
    return png(1, 1, chunk(b"zTXt", b"Comment\0\0" + text), chunk(b"IDAT", picture))


def animated_png(frames: int = 3) -> bytes:
    stills = [Image.new("RGB", (20, 20), (shade, 0, 0)) for shade in range(0, frames * 20, 20)]
    return encoded(stills[0], "PNG", save_all=True, append_images=stills[1:])


def png_of_ten_thousand_frames() -> bytes:
    """Return an animation by its words alone: 10,000 frames announced, one there."""
    control = chunk(b"acTL", struct.pack(">II", 10_000, 0))
    return png(1, 1, control, chunk(b"IDAT", zlib.compress(b"\x00\xff\x00\x00")))


def zipped(name: str, content: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return written.getvalue()


def cmyk_jpeg() -> bytes:
    """Return pure cyan, magenta, yellow and black inks side by side, as Adobe writes them."""
    image = Image.new("CMYK", (160, 40))
    for place in range(4):
        inks = tuple(255 if ink == place else 0 for ink in range(4))
        image.paste(inks, (place * 40, 0, place * 40 + 40, 40))
    return encoded(image, "JPEG", quality=100, subsampling=0)


def grey_16_bits(*, clear: int | None = None) -> bytes:
    """Return three greys of 16 bits: dark, middle, light."""
    row = struct.pack(">3H", 0x1010, 0x8080, 0xF0F0)
    parts = [] if clear is None else [chunk(b"tRNS", struct.pack(">H", clear))]
    picture = chunk(b"IDAT", zlib.compress(b"\x00" + row))
    return png(3, 1, *parts, picture, depth=16, colour=0)


def colours_16_bits() -> bytes:
    row = struct.pack(">6H", 0xFFFF, 0, 0x8000, 0, 0x4000, 0xFFFF)
    return png(2, 1, chunk(b"IDAT", zlib.compress(b"\x00" + row)), depth=16)


def palette_with_transparency() -> bytes:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    return encoded(image, "PNG", transparency=b"\x80\xff")


def turned(orientation: int) -> bytes:
    """Return the four corners as a camera held otherwise stores them, with its tag."""
    stored = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = "SECRET OF THE CAMERA"
    image = four_corners()
    image = image if stored is None else image.transpose(stored)
    return encoded(image, "JPEG", quality=100, subsampling=0, exif=tags)


def with_profile() -> bytes:
    """Return the four corners in colours of a profile whose red is blue."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace(b"rXYZ", b"____").replace(b"bXYZ", b"rXYZ").replace(b"____", b"bXYZ")
    return encoded(four_corners(), "PNG", icc_profile=profile)


SVG = b"""<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><text>&a;</text></svg>"""
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<svg xmlns="http://www.w3.org/2000/svg"><text>&b;</text></svg>"""
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\nshowpage\n"
PSD = b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + bytes(40)
FITS = b"SIMPLE  =                    T".ljust(80) + b"END".ljust(2800)


def refused_rasters() -> dict[str, Refused]:
    """Return files that must be refused, each with the code of its refusal."""
    kinds = ("GIF", "TIFF", "BMP", "WEBP", "PPM", "ICO")
    unknown: dict[str, bytes] = {
        "EPS": EPS, "SVG": SVG, "laughs": LAUGHS, "PSD": PSD, "FITS": FITS,
        "nothing": b"", "text": "会員カード".encode(), "zip": zipped("a.png", b"x"),
        "html first": b"<html><script>alert(1)</script></html>" + encoded(four_corners(), "JPEG"),
    }  # fmt: skip
    makers = {kind: partial(encoded, four_corners(), kind) for kind in kinds} | {
        name: partial(bytes, content) for name, content in unknown.items()
    }
    return {name: (maker, "artwork_unknown_kind") for name, maker in makers.items()} | {
        "png bomb": (png_bomb, "artwork_too_many_pixels"),
        "jpeg bomb": (jpeg_bomb, "artwork_too_many_pixels"),
        "text bomb": (png_of_text_bomb, "artwork_broken"),
        "animated png": (animated_png, "artwork_animated"),
        "10,000 frames": (png_of_ten_thousand_frames, "artwork_animated"),
        "50 MB of zeros": (lambda: bytes(50_000_000), "artwork_too_large"),
        "20 MB of a png": (lambda: PNG + bytes(20_000_000), "artwork_broken"),
        "cut png": (lambda: encoded(four_corners(), "PNG")[:-40], "artwork_broken"),
        "cut jpeg": (lambda: encoded(four_corners(), "JPEG")[:-200], "artwork_broken"),
        "png of noise": (lambda: PNG + _noise(), "artwork_broken"),
        "jpeg of noise": (lambda: b"\xff\xd8\xff\xe0" + _noise(), "artwork_broken"),
        "pdf of noise": (lambda: b"%PDF-1.7\n" + _noise(), "artwork_broken"),
        "noise": (_noise, "artwork_unknown_kind"),
        "large progressive cmyk": (large_progressive_cmyk, "artwork_too_heavy"),
    }


def large_progressive_cmyk() -> bytes:
    return encoded(Image.new("CMYK", (4_000, 3_000)), "JPEG", progressive=True)


def _noise() -> bytes:
    return Random(3).randbytes(200_000)


def damaged(good: list[bytes], count: int) -> list[bytes]:
    """Return good files with some bytes changed, the same each time."""
    chance = Random(7)
    found = []
    for place in range(count):
        content = bytearray(good[place % len(good)])
        for _ in range(chance.randrange(1, 12)):
            content[chance.randrange(8, len(content))] = chance.randrange(256)
        found.append(bytes(content))
    return found


def dear_files() -> list[Callable[[], bytes]]:
    """Return good files that take as much as any may."""
    tags = Image.Exif()
    tags[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    progressive: dict[str, Any] = {"progressive": True, "subsampling": 0, "exif": tags}
    return [
        lambda: encoded(_speckled("RGBA"), "PNG", compress_level=1),
        lambda: encoded(_speckled("RGB"), "JPEG", quality=60, **progressive),
        lambda: encoded(_speckled("CMYK"), "JPEG", quality=85, exif=tags),
        lambda: encoded(_speckled("RGB"), "JPEG", quality=60, icc_profile=profile),
    ]


def _speckled(mode: str) -> Image.Image:
    width, height = 4_160, 3_000
    few_shades = bytes(shade % 2 * 8 for shade in range(256))
    rows = Random(5).randbytes(width * len(mode) * 300).translate(few_shades)
    return Image.frombytes(mode, (width, height), rows * 10)
