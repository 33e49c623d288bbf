"""ORB descriptors in memory: 32 bytes each, or the same as four words of 64 bits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

DESCRIPTOR_BYTES = 32
Descriptors = npt.NDArray[np.uint8]  # n x 32
Bits = npt.NDArray[np.uint64]  # n x 4


def as_bits(descriptors: Descriptors) -> Bits:
    """View n x 32 bytes as n x 4 words of 64 bits (little-endian, whatever the machine)."""
    return (
        np.ascontiguousarray(descriptors).view("<u8").reshape(-1, 4).astype(np.uint64, copy=False)
    )


def as_bytes(bits: Bits) -> Descriptors:
    """View n x 4 words of 64 bits as n x 32 bytes."""
    return np.ascontiguousarray(bits.astype("<u8", copy=False)).view(np.uint8).reshape(-1, 32)
