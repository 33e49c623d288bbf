"""What a file is by its bytes, whatever its name says: formats that are read, and why one is not.

Formats are a list, not all that Pillow knows: for some of those it starts other programs.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import pi_heif

# Pillow's names of what it may open.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "JPEG2000", "AVIF", "HEIF")
# MPO: several JPEGs in one file, as some phones write; it opens as JPEG, and the first counts.
JPEGS = ("JPEG", "MPO")
# Photographs in these lost something already: packed without loss they would grow tenfold.
LOSSY = (*JPEGS, "AVIF", "HEIF")

_PNG = b"\x89PNG\r\n\x1a\n"
_BEGINNINGS = (
    (b"\xff\xd8", "a JPEG"),
    (_PNG, "a PNG"),
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
)
_NO_PHOTOGRAPHS = (
    (b"%!PS", "a PostScript document"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript document"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"8BPS", "a Photoshop document"),
    (b"<", "a text such as HTML or SVG"),
)
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

# Once for the process: from here on Pillow reads HEIC by libheif.
pi_heif.register_heif_opener()


def name_of(content: bytes) -> str | None:
    """What kind of photograph the file begins like, such as "a JPEG"; None if like none."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "a WebP"
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        if brand in _HEIC:
            return "a HEIC"
        return "an AVIF" if brand in (b"avif", b"avis") else None
    return next((name for start, name in _BEGINNINGS if content.startswith(start)), None)


def why_unreadable(content: bytes, error: str) -> tuple[str, str]:
    """Reason and detail for a file that no decoder takes; ``error`` is what the decoder said."""
    name = name_of(content)
    if name is None:
        other = next((name for start, name in _NO_PHOTOGRAPHS if content.startswith(start)), None)
        if content[4:8] == b"ftyp":
            other = "a film"
        return "not_an_image", f"it is {other}" if other else "no known image format"
    if name == "a JPEG":
        return _why_no_jpeg(content, error)
    if name == "a PNG":
        return _why_no_png(content, error)
    return "damaged", f"{name} that cannot be read: {error}"


def is_deep_png(content: bytes) -> bool:
    """Whether it is a PNG of 16 bits a sample, which Pillow shows as if it had 8."""
    return content.startswith(_PNG) and content[24:25] == b"\x10"


def has_overlong_part(content: bytes) -> bool:
    """Whether it is a PNG of which a part claims to be longer than all that follows: OpenCV makes
    room for what is claimed, 2 GB for a file of 69 bytes.
    """
    at = len(_PNG)
    while content.startswith(_PNG) and at + 8 <= len(content):
        if content[at + 4 : at + 8] == b"IEND":
            return False
        at += 12 + int.from_bytes(content[at : at + 4], "big")  # length, kind, checksum
        if at > len(content):
            return True
    return False


def _why_no_jpeg(content: bytes, error: str) -> tuple[str, str]:
    bits = _jpeg_bits(content)
    if bits is None:
        return "truncated", "a JPEG that ends in its header"
    if bits != 8:
        return "unsupported", f"a JPEG of {bits} bits a sample: save it with 8"
    return "damaged", f"a JPEG that cannot be read: {error}"


def _jpeg_bits(content: bytes) -> int | None:
    """Bits a sample, as the frame header (SOF) has them; None if the file ends before it."""
    at = 2
    while at + 5 <= len(content):
        marker = content[at + 1]
        if content[at] != 0xFF or marker == 0xFF:
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return content[at + 4]
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


def _why_no_png(content: bytes, error: str) -> tuple[str, str]:
    for kind, checksum_fits in _png_chunks(content):
        if kind is None:
            return "truncated", "a PNG that ends too early"
        if not checksum_fits:
            return "damaged", f"a PNG whose part {kind} does not fit its checksum"
    return "damaged", f"a PNG that cannot be read: {error}"


def _png_chunks(content: bytes) -> Iterator[tuple[str | None, bool]]:
    """Name of each chunk and whether its checksum fits; None where the file ends inside one."""
    at = len(_PNG)
    while True:
        size = int.from_bytes(content[at : at + 4], "big")
        body = content[at + 4 : at + 8 + size]
        checksum = content[at + 8 + size : at + 12 + size]
        if len(checksum) < 4:
            yield None, False
            return
        kind = body[:4].decode("latin-1")
        yield kind, zlib.crc32(body) == int.from_bytes(checksum, "big")
        if kind == "IEND":
            return
        at += 12 + size
