"""What a cluster's nodes run when they start, run here: real scripts, real pip, a real process.

Of a node there are stand-ins for what this machine is not: `sudo` (who runs the tests), `aws s3 cp`
(copies folders), `systemd-run` (says what it was to start).
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.publish import BOOTSTRAP, WATCHDOG, pack

STAND_INS = {
    "sudo": 'exec "$@"',
    "aws": 'mkdir -p "$6" && cp -r "$5"/. "$6"',
    "systemd-run": 'echo "$@" > "$STARTED"',
    "python3.11": f'exec {sys.executable} "$@"',
}
# The tests' own packages stand in for the wheels.
SITE = Path(os.__file__).parent / "site-packages"
# Spark's own name would find the Sparks of everybody on this machine.
DRIVER = f"driver-of-{os.getpid()}"


@pytest.fixture
def node(tmp_path):
    """Runs the bootstrap action on a node, primary or not; what the watchdog was started with."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name, line in STAND_INS.items():
        (bin_folder / name).write_text(f"#!/bin/bash\n{line}\n")
        (bin_folder / name).chmod(0o755)
    code, wheels = tmp_path / "code", tmp_path / "wheels"
    for folder in (code, wheels):
        folder.mkdir()
    (code / "verger.zip").write_bytes(pack())
    (code / WATCHDOG.name).write_bytes(WATCHDOG.read_bytes())
    (wheels / "requirements.txt").write_text("")

    def start(is_primary):
        info = tmp_path / "instance.json"
        info.write_text(f'{{"isMaster": {str(is_primary).lower()}}}')
        started = tmp_path / "started"
        environment = {
            **os.environ,
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if "site-packages" in path),
            "STARTED": str(started),
            "VERGER_PLACE": str(tmp_path / "place"),
            "VERGER_INSTANCE_INFO": str(info),
        }
        done = subprocess.run(
            ["bash", BOOTSTRAP, wheels, code, "900", "7200", "eu-west-3"],
            env=environment,
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        return started.read_text().split() if started.exists() else None

    return start


def test_every_node_has_the_code_and_its_kernels_compiled_and_the_primary_a_watchdog(
    node, tmp_path
):
    place = tmp_path / "place"
    started = node(is_primary=True)
    assert started[-3:] == [str(place / "bin" / "watchdog"), "900", "7200"]
    assert os.access(place / "bin" / "watchdog", os.X_OK)
    names = {
        Path(name).parts[0] for name in zipfile.ZipFile(tmp_path / "code/verger.zip").namelist()
    }
    assert {path.name for path in (place / "lib/python3.11/site-packages").iterdir()} >= names
    assert list((place / "numba").rglob("*.nbc"))


def test_a_node_that_is_not_the_primary_has_no_watchdog(node):
    assert node(is_primary=False) is None


COMPILED = """
import sys
import numpy as np
from verger.kernels import euclidean, hamming, lookup
from verger.vocabulary.words import HammingVocabulary
drawn = np.random.default_rng(1).integers(0, 256, (500, 32), np.uint8)
read = np.frombuffer(drawn.tobytes(), np.uint8).reshape(-1, 32)
HammingVocabulary(drawn[:20].copy()).quantise(read)
used = lookup._assign if lookup.is_fastest() else hamming._assign
print(sum(used._cache_misses.values()), sum(used._cache_hits.values()))
"""


def test_a_workers_first_batch_on_such_a_node_compiles_nothing(tmp_path):
    (tmp_path / "verger.zip").write_bytes(pack())
    zipfile.ZipFile(tmp_path / "verger.zip").extractall(tmp_path / "site")
    packages = os.pathsep.join(path for path in sys.path if "site-packages" in path)
    environment = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{packages}",
        "NUMBA_CACHE_DIR": str(tmp_path / "numba"),
    }

    def run(*words):
        return subprocess.run(
            [sys.executable, *words], env=environment, capture_output=True, text=True, check=True
        ).stdout.split()

    assert run("-c", COMPILED) == ["1", "0"]
    for kept in (tmp_path / "numba").rglob("*.nb?"):
        kept.unlink()
    run("-m", "verger.vocabulary.warm_up")
    assert run("-c", COMPILED) == ["0", "1"]


def watchdog(idle, most, *command):
    return subprocess.Popen(
        ["bash", WATCHDOG, str(idle), str(most), "0.2", *map(str, command)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "VERGER_DRIVER": DRIVER},
    )


@pytest.fixture
def step():
    """A process by the name of Spark's driver."""
    code = "import time; time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code, DRIVER]) as process:
        yield process
        process.kill()


def test_a_cluster_that_nobody_uses_is_powered_off(tmp_path):
    with watchdog(1, 3600, "touch", tmp_path / "off") as dog:
        said, _ = dog.communicate()
    assert (tmp_path / "off").exists()
    assert "nobody needs this cluster" in said


def test_a_cluster_at_work_stays_and_its_idle_time_begins_when_the_step_has_ended(tmp_path, step):
    off = tmp_path / "off"
    with watchdog(2, 3600, "touch", off) as dog:
        with pytest.raises(subprocess.TimeoutExpired):
            dog.wait(5)
        assert not off.exists()
        step.kill()
        dog.communicate()
        assert off.exists()


def test_a_cluster_that_is_too_old_is_powered_off_though_it_works(tmp_path, step):
    with watchdog(3600, 2, "touch", tmp_path / "off") as dog:
        dog.communicate()
    assert (tmp_path / "off").exists()
    assert step.poll() is None
