"""Features of a neural network that the team brings, run by OpenCV itself: no further library."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import numpy.typing as npt

from verger.config.blocks import NetworkSettings
from verger.errors import VergerError
from verger.imaging.mask import View, whole

Row = npt.NDArray[np.int32]

UNIT = 1 << 12  # a row has this length


class Network:
    """A network made ready once for many photographs; not for several threads at a time."""

    def __init__(self, content: bytes, settings: NetworkSettings) -> None:
        """From the bytes of the ONNX file.

        Raises VergerError if it is not the file that the settings name, or if OpenCV cannot run it.
        """
        found = hashlib.sha256(content).hexdigest()
        if found != settings.sha256:
            raise VergerError(
                f"{settings.address} has the SHA-256 {found}, not {settings.sha256}; bring the "
                "file that was named, or name this one"
            )
        cv2.setNumThreads(1)  # a task has one core: the partitions are the parallelism
        try:
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        except cv2.error as error:
            raise VergerError(
                f"OpenCV cannot run {settings.address}; bring an ONNX file of 32-bit floats with "
                "fixed sizes"
            ) from error
        self._settings = settings

    def try_out(self) -> int:
        """How many features it gives. Raises VergerError if it cannot take such photographs."""
        try:
            return len(self.describe(whole(np.zeros((8, 8, 3), np.uint8))))
        except cv2.error as error:
            raise VergerError(
                f"{self._settings.address} does not take {self._settings.size} x "
                f"{self._settings.size} pixels: say its own with --size"
            ) from error

    def describe(self, view: View) -> Row:
        """Signed square roots of each feature's share, in steps of 1 / UNIT."""
        self._net.setInput(_input(view, self._settings))
        features = np.asarray(self._net.forward(), np.float64).reshape(-1)
        total = float(np.abs(features).sum()) or 1.0
        return np.asarray(
            np.rint(UNIT * np.sign(features) * np.sqrt(np.abs(features) / total)), np.int32
        )


def _input(view: View, settings: NetworkSettings) -> npt.NDArray[np.float32]:
    """What the network is given: 1 x 3 x size x size."""
    size = (settings.size, settings.size)
    larger = max(view.pixels.shape[:2]) > settings.size
    method = cv2.INTER_AREA if larger else cv2.INTER_CUBIC
    squashed = cv2.resize(view.pixels, size, interpolation=method)
    mean = (settings.mean,) * 3
    blob = cv2.dnn.blobFromImage(squashed, 1 / settings.scale, size, mean, swapRB=True)
    return np.asarray(blob, np.float32)
