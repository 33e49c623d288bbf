"""Publish the Spark code so that new runs use it:  python -m infra.publish s3://bucket/prefix

Everything goes under an address made of its content, so a run that has started keeps its code;
`current.json`, written last, names what new runs use. With --wheels the locked Python packages of
a cluster node go there too, so that nodes need no way to the internet; and once more as the archive
that serverless jobs unpack.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from infra.environment import PYTHON, archive, install
from verger.contract import CURRENT_RELEASE, OPENCV, Release
from verger.objects.addresses import open_storage
from verger.objects.storage import Storage, address_of

REPOSITORY = Path(__file__).parents[1]
SPARK_JOBS = REPOSITORY / "spark_jobs"
SCRIPT = SPARK_JOBS / "step.py"
# What a cluster's nodes run when they start; the watchdog is fetched by the other.
BOOTSTRAP, WATCHDOG = (Path(__file__).with_name(f"{name}.sh") for name in ("bootstrap", "watchdog"))
# EMR's nodes: Amazon Linux 2023 on x86-64, Python 3.11.
PLATFORM = "manylinux_2_28_x86_64"
UV_PLATFORM = "x86_64-manylinux_2_28"
REQUIREMENTS = "requirements.txt"


def publish(address: str, *, wheels: bool) -> Release:
    """Upload the code (and the wheels) and make them current; returns the release."""
    storage = open_storage(address)
    package = pack()
    script = SCRIPT.read_bytes()
    nodes = {of.name: of.read_bytes() for of in (BOOTSTRAP, WATCHDOG)}
    folder = f"code/{_digest(package, script, *nodes.values())}"
    packages, archived = _publish_packages(storage) if wheels else (None, None)
    storage.write(f"{folder}/verger.zip", package)
    storage.write(f"{folder}/{SCRIPT.name}", script)
    for name, content in nodes.items():
        storage.write(f"{folder}/{name}", content)
    release = Release(
        package=address_of(storage, f"{folder}/verger.zip"),
        script=address_of(storage, f"{folder}/{SCRIPT.name}"),
        wheels=packages,
        bootstrap=address_of(storage, f"{folder}/{BOOTSTRAP.name}") if wheels else None,
        opencv=version(OPENCV),
        archive=archived,
    )
    storage.write(CURRENT_RELEASE, release.to_json())
    return release


def pack() -> bytes:
    """The package as a zip, to be shipped or installed; the same sources give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in library_files(SPARK_JOBS / "verger"):
            name = path.relative_to(SPARK_JOBS).as_posix()
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def library_files(folder: Path) -> list[Path]:
    """The modules below a folder of the library, and the tables that travel with them."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".csv"))


def _publish_packages(storage: Storage) -> tuple[str, str]:
    """The addresses of the folder of wheels and of the archive that is made from them."""
    digest = _digest((REPOSITORY / "uv.lock").read_bytes())
    folder, archived = f"wheels/{digest}", f"environments/{digest}/environment.tar.gz"
    there = {**storage.sizes(folder), **storage.sizes(f"environments/{digest}")}
    with tempfile.TemporaryDirectory() as temporary:
        wheels, unpacked = Path(temporary) / "wheels", Path(temporary) / "unpacked"
        _download(wheels)
        for path in sorted(wheels.iterdir()):
            if there.get(f"{folder}/{path.name}") != path.stat().st_size:
                storage.write(f"{folder}/{path.name}", path.read_bytes())
        if archived not in there:
            install(uv(), wheels, wheels / REQUIREMENTS, UV_PLATFORM, unpacked)
            storage.write(archived, archive(unpacked))
    return address_of(storage, folder), address_of(storage, archived)


def requirements() -> bytes:
    """The packages of a node with their versions and hashes, as pip reads them."""
    return subprocess.run(
        [uv(), "export", "--quiet", "--locked", "--no-default-groups", "--no-emit-project"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout


def _download(folder: Path) -> None:
    """The locked packages that a node needs, as wheels for its platform, and their list."""
    folder.mkdir()
    wanted = folder / REQUIREMENTS
    wanted.write_bytes(requirements())
    subprocess.run(
        [
            *(uv(), "run", "--no-project", "--with", "pip", "python", "-m", "pip", "download"),
            *("--quiet", "--require-hashes", "--only-binary=:all:", f"--platform={PLATFORM}"),
            *("--platform=manylinux2014_x86_64", f"--python-version={PYTHON}"),
            *("--requirement", str(wanted), "--dest", str(folder)),
        ],
        check=True,
    )


def uv() -> str:
    """uv: as it is found, else the one that `make` installs."""
    return shutil.which("uv") or str(REPOSITORY / ".tools" / "bin" / "uv")


def _digest(*contents: bytes) -> str:
    digest = hashlib.sha256()
    for content in contents:
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.publish", description=__doc__)
    parser.add_argument("address", help="where the Airflow variable verger_code points")
    parser.add_argument("--wheels", action="store_true", help="also the nodes' Python packages")
    options = parser.parse_args(argv)
    release = publish(options.address, wheels=options.wheels)
    sys.stdout.write(release.to_json().decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
