"""verger network: a team's own network goes to the lake, once it has been seen to run."""

from __future__ import annotations

from pathlib import Path

from verger.config.blocks import NetworkSettings
from verger.errors import VergerError
from verger.lake import networks
from verger.objects.storage import Storage

SIZE, MEAN, SCALE = 224, 127.0, 128.0


def bring_network(
    lake: Storage, path: Path, size: int = SIZE, mean: float = MEAN, scale: float = SCALE
) -> NetworkSettings:
    """Try a network out, and make it the one that new runs use.

    Raises VergerError, with what to do, if it cannot be read or run.
    """
    from verger.imaging.network import Network

    try:
        content = path.read_bytes()
    except OSError as error:
        raise VergerError(f"{path} cannot be read: {error.strerror}") from error
    settings = networks.prepared(path.name, content, size, mean, scale)
    Network(content, settings).try_out()
    networks.bring(lake, content, settings)
    return settings
