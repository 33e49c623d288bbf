"""The locked Python packages as an archive that Spark unpacks beside a job (`spark.archives`).

A virtual environment as venv-pack writes it, made from wheels on any machine: serverless jobs have
no bootstrap actions. Its interpreter is the one of EMR's image, to which `bin/python` points.
https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/using-python-libraries.html
"""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

PYTHON = "3.11"
# gzip's most takes three times as long for half a percent less.
COMPRESSION = 6
INTERPRETER = f"/usr/bin/python{PYTHON}"
SITE_PACKAGES = f"lib/python{PYTHON}/site-packages"


def archive(packages: Path, interpreter: str = INTERPRETER) -> bytes:
    """A tar.gz of an environment with the packages of a folder; same content, same bytes."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=COMPRESSION, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in ("python", "python3", f"python{PYTHON}"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, interpreter
            tar.addfile(link)
        home = f"home = {Path(interpreter).parent}\ninclude-system-site-packages = false\n"
        _add(tar, "pyvenv.cfg", home.encode(), 0o644)
        for path in sorted(packages.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                name = f"{SITE_PACKAGES}/{path.relative_to(packages).as_posix()}"
                _add(tar, name, path.read_bytes(), 0o755 if path.suffix == ".so" else 0o644)
    return packed.getvalue()


def install(uv: str, wheels: Path, requirements: Path, platform: str, into: Path) -> None:
    """Unpack the wheels of a folder that these requirements name, with their hashes checked."""
    subprocess.run(
        [
            *(uv, "pip", "install", "--quiet", "--no-index", "--find-links", str(wheels)),
            *("--require-hashes", "--requirement", str(requirements), "--target", str(into)),
            *("--python-version", PYTHON, "--python-platform", platform, "--link-mode=copy"),
        ],
        check=True,
    )


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
