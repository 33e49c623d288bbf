"""The archive of Spark's classes is used where it is, and only by what it was made for."""

import os
from pathlib import Path

import pytest

from verger.machine import classes
from verger.machine.jars import kept_jars


@pytest.fixture
def java(tmp_path, monkeypatch) -> Path:
    """A Java and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = tmp_path / "java"
    home.mkdir()
    (home / "release").write_text('JAVA_VERSION="17.0.1"\n')
    return home


def made(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_without_an_archive_nothing_is_asked_of_the_jvm(java):
    assert classes.java_options(java, kept_jars()) == ""
    assert classes.as_settings(java) == {}


def test_an_archive_is_used_with_the_jars_that_it_was_made_with(java):
    jars = kept_jars()
    for jar in jars:
        made(jar)
    made(classes.archive(java, jars))
    assert str(classes.archive(java, jars)) in classes.java_options(java, jars)
    there = classes.as_settings(java)["spark.driver.extraClassPath"]
    assert there.split(":") == list(map(str, jars))


def test_jars_that_are_not_there_are_on_no_class_path(java):
    made(classes.archive(java, kept_jars()))
    assert classes.as_settings(java) == {}


def test_jars_that_were_installed_anew_have_an_archive_of_their_own(java):
    jars = kept_jars()
    for jar in jars:
        made(jar)
    made(classes.archive(java, jars))
    os.utime(jars[0], (1, 1))
    assert classes.java_options(java, jars) == ""


def test_another_java_and_other_jars_have_an_archive_of_their_own(java):
    jars = kept_jars()
    before = classes.archive(java, jars)
    assert classes.archive(java, jars[1:]) != before
    (java / "release").write_text('JAVA_VERSION="17.0.2"\n')
    assert classes.archive(java, jars) != before
