"""A host's backup brings everything back on another host, even what came while it was made."""

import sys
from pathlib import Path

import pytest

from local_cloud.team import backup

# Stands in for `docker compose`: services' commands run here, on the folders of a host.
COMPOSE = """
import pathlib, subprocess, sys, time
host = pathlib.Path(sys.argv[1])
objects, database, log = host / "objects", host / "database", host / "log"
words = sys.argv[2:]
with log.open("a") as out:
    out.write(" ".join(words) + "\\n")
paused = host / "paused"
preparing = host / "preparing"  # a database's first start: its server answers on the socket alone
if words[0] == "pause":
    paused.touch()
elif words[0] == "unpause":
    paused.unlink()
elif "tar" in words:
    tar = [word.replace("/srv/objects", str(objects)) for word in words[words.index("tar"):]]
    status = subprocess.run(tar).returncode
    late = host / "late"  # what a run writes between the two copies
    if "--create" in words and late.exists():
        late.rename(objects / "bucket" / "late")
        (objects / "bucket" / "current.json").write_text("late")
    sys.exit(status)
elif preparing.exists() and ("--host=127.0.0.1" in words or "pg_restore" in words):
    preparing.unlink()  # asked once, it is done
    sys.exit("psql: Connection refused")
elif "pg_dump" in words:
    sys.stdout.write(database.read_text())
elif "pg_restore" in words:
    database.write_text(sys.stdin.read())
elif "psql" in words:
    sys.stdout.write("9\\n" if database.exists() else "0\\n")
"""


@pytest.fixture
def hosts(tmp_path, monkeypatch):
    """Two hosts, of which the first has something to lose; each with the words of its Compose."""
    script = tmp_path / "compose.py"
    script.write_text(COMPOSE)
    for name in ("one", "other"):
        (tmp_path / name / "objects").mkdir(parents=True)
    one = tmp_path / "one"
    (one / "objects" / "bucket").mkdir()
    (one / "objects" / "bucket" / "Ä b.jpg").write_bytes(b"photograph")
    (one / "objects" / "bucket" / "current.json").write_text("early")
    (one / "database").write_text("people and runs")
    (one / ".env").write_text("SECRET=1\n")
    (one / "late").write_bytes(b"late")
    monkeypatch.chdir(one)
    return {name: [sys.executable, str(script), str(tmp_path / name)] for name in ("one", "other")}


def save(hosts, to):
    assert backup.main(["save", str(to), "--", *hosts["one"]]) == 0
    (made,) = to.iterdir()
    return made


def test_a_backup_brings_everything_to_another_host(hosts, tmp_path, monkeypatch):
    made = save(hosts, tmp_path / "to")
    other = tmp_path / "other"
    monkeypatch.chdir(other)
    assert backup.main(["restore", str(made), "--", *hosts["other"]]) == 0
    there = {path.name: path.read_bytes() for path in (other / "objects").rglob("*.*")}
    assert there == {"Ä b.jpg": b"photograph", "current.json": b"late"}
    assert (other / "objects" / "bucket" / "late").read_bytes() == b"late"
    assert (other / "database").read_text() == "people and runs"
    assert (other / ".env").read_text() == "SECRET=1\n"


def test_a_database_that_prepares_itself_is_waited_for(hosts, tmp_path, monkeypatch):
    made = save(hosts, tmp_path / "to")
    other = tmp_path / "other"
    (other / "preparing").touch()
    monkeypatch.chdir(other)
    assert backup.main(["restore", str(made), "--", *hosts["other"]]) == 0
    assert (other / "database").read_text() == "people and runs"


def test_a_backup_is_for_its_owner_and_s3_goes_on_afterwards(hosts, tmp_path):
    made = save(hosts, tmp_path / "to")
    assert made.stat().st_mode & 0o077 == 0
    assert not Path("paused").exists()
    calls = Path("log").read_text().splitlines()
    still = [calls.index(word) for word in ("pause s3", "unpause s3")]
    assert still[1] - still[0] == 2, "more than one command while S3 stood still"


def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(hosts, tmp_path, capsys):
    Path("database").unlink()
    assert backup.main(["save", str(tmp_path / "to"), "--", *hosts["one"]]) == 1
    assert not [path for path in (tmp_path / "to").iterdir() if not path.name.startswith(".")]
    assert "airflow.dump is not complete" in capsys.readouterr().err


@pytest.mark.parametrize("lost", [backup.DATABASE, backup.OBJECTS, backup.CHANGED, ".env"])
def test_half_a_backup_is_refused_before_anything_is_touched(hosts, tmp_path, monkeypatch, lost):
    made = save(hosts, tmp_path / "to")
    (made / lost).unlink()
    monkeypatch.chdir(tmp_path / "other")
    assert backup.main(["restore", str(made), "--", *hosts["other"]]) == 1
    assert not (tmp_path / "other" / "log").exists()


def test_a_host_that_holds_something_is_not_overwritten(hosts, tmp_path, monkeypatch, capsys):
    made = save(hosts, tmp_path / "to")
    other = tmp_path / "other"
    monkeypatch.chdir(other)
    (other / ".env").write_text("SECRET=2\n")
    assert backup.main(["restore", str(made), "--", *hosts["other"]]) == 1
    assert "another .env" in capsys.readouterr().err
    (other / ".env").unlink()
    (other / "database").write_text("theirs")
    assert backup.main(["restore", str(made), "--", *hosts["other"]]) == 1
    assert "holds something already" in capsys.readouterr().err
    assert (other / "database").read_text() == "theirs"
