"""ORB descriptors of one photograph.

Rublee et al., "ORB: an efficient alternative to SIFT or SURF", ICCV 2011; OpenCV's implementation.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from verger.config.settings import ExtractorSettings
from verger.kernels.bits import DESCRIPTOR_BYTES, Descriptors


@dataclass(frozen=True)
class Detected:
    """Descriptors (n x 32 bytes) and where they are: middle (x, y) and side of each square
    (n x 3), in pixels of the image; and how far each is turned (n), in degrees, clockwise.
    """

    descriptors: Descriptors
    squares: npt.NDArray[np.float32]
    angles: npt.NDArray[np.float32]


class Extractor:
    """Detectors made once for many photographs; not for several threads at a time."""

    def __init__(self, settings: ExtractorSettings) -> None:
        cv2.setNumThreads(1)  # a task has one core: the partitions are the parallelism
        self._settings = settings
        self._detectors = [_orb(settings, threshold) for threshold in settings.fast_thresholds]

    def describe(self, content: bytes) -> Descriptors:
        """Descriptors of an encoded photograph: n x 32 bytes, n = 0 where it has no texture.

        Raises ValueError if the bytes are no image.
        """
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
        if pixels is None:
            raise ValueError("not an image; import_images lets none of these through")
        return self.describe_pixels(pixels.astype(np.uint8, copy=False))

    def describe_pixels(self, gray: npt.NDArray[np.uint8]) -> Descriptors:
        """Descriptors of a grayscale image (height x width)."""
        return self.detect(gray).descriptors

    def detect(self, gray: npt.NDArray[np.uint8]) -> Detected:
        """Descriptors of a grayscale image (height x width), and the squares they describe."""
        scaled = _rescale(gray, self._settings.side)
        best = Detected(
            np.empty((0, DESCRIPTOR_BYTES), np.uint8),
            np.empty((0, 3), np.float32),
            np.empty(0, np.float32),
        )
        if min(scaled.shape) <= 2 * self._settings.edge_threshold:
            return best  # no pixel is far enough from the edge (and OpenCV fails on slivers)
        for detector in self._detectors:
            keypoints, descriptors = detector.detectAndCompute(scaled, None)
            if descriptors is not None and len(descriptors) > len(best.descriptors):
                squares = [(*point.pt, point.size) for point in keypoints]
                back = max(gray.shape) / max(scaled.shape)
                best = Detected(
                    descriptors.astype(np.uint8, copy=False),
                    np.array(squares, np.float32) * back,
                    np.array([point.angle for point in keypoints], np.float32),
                )
            if len(best.descriptors) >= self._settings.enough:
                break
        return best


def _orb(settings: ExtractorSettings, fast_threshold: int) -> cv2.ORB:
    return cv2.ORB.create(
        nfeatures=settings.n_features,
        scaleFactor=settings.scale_factor,
        nlevels=settings.n_levels,
        edgeThreshold=settings.edge_threshold,
        patchSize=settings.patch_size,
        fastThreshold=fast_threshold,
    )


def _rescale(gray: npt.NDArray[np.uint8], side: int | None) -> npt.NDArray[np.uint8]:
    height, width = gray.shape
    if side is None or max(height, width) == side:
        return gray
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(gray, size, interpolation=method).astype(np.uint8, copy=False)
