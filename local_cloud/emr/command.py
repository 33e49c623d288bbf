"""What a step asks for, as a spark-submit command for this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# spark-submit's options without a value; every other option takes one.
# https://github.com/apache/spark/blob/v4.0.2/launcher/src/main/java/org/apache/spark/launcher/SparkSubmitOptionParser.java
SWITCHES = frozenset(
    {"--help", "-h", "--supervise", "--usage-error", "--verbose", "-v", "--version"}
)
# There is no YARN here: the local master stands in for whatever the step names.
REPLACED = frozenset({"--master", "--deploy-mode"})
PROPERTIES = "--properties-file"
FILE_LISTS = frozenset({"--py-files", "--files", "--archives", "--jars"})
S3_SCHEMES = ("s3://", "s3a://", "s3n://")


class UnusableStepError(Exception):
    """A step that cannot be run here; the message says why and what to do."""


@dataclass(frozen=True)
class Option:
    """One option as it was written: `words` is ("--x", "y"), ("--x=y",) or ("--switch",)."""

    name: str
    value: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class SparkSubmit:
    """A spark-submit command line; `arguments` belong to the application alone."""

    options: tuple[Option, ...]
    application: str
    arguments: tuple[str, ...]


def parse_step(jar: str, args: Sequence[str]) -> SparkSubmit:
    """The spark-submit in a step's HadoopJarStep.

    Raises UnusableStepError for any other jar or command, or without an application file.
    """
    if jar != "command-runner.jar":
        raise UnusableStepError(
            f"This local EMR runs command-runner.jar only, not {jar!r}: "
            "give the step Jar='command-runner.jar' and Args=['spark-submit', ...]."
        )
    if not args or args[0] != "spark-submit":
        command = args[0] if args else "nothing"
        raise UnusableStepError(
            f"This local EMR runs spark-submit only, not {command!r}: "
            "begin the step's Args with 'spark-submit'."
        )
    words = iter(args[1:])
    options: list[Option] = []
    for word in words:
        if not word.startswith("-"):
            return SparkSubmit(tuple(options), word, tuple(words))
        options.append(_option(word, words))
    raise UnusableStepError(
        "The step's spark-submit names no application: add the .py or .jar file after the options."
    )


def local_command(
    step: SparkSubmit,
    spark_submit: Path,
    master: str,
    defaults: Path | None,
    fetch: Callable[[str], Path],
    settings: Mapping[str, str],
) -> list[str]:
    """The command to execute: local master, the cluster's settings, then the step's own, and every
    S3 file it needs `fetch`ed to a path. ``defaults`` is the file of Spark's settings, where it is
    to be told one; a step's own takes its place.
    """
    # Both named explicitly, so that no --conf spark.master=yarn of the step can win.
    command = [str(spark_submit), "--master", master, "--deploy-mode", "client"]
    if defaults and PROPERTIES not in {option.name for option in step.options}:
        command += [PROPERTIES, str(defaults)]
    for name, value in settings.items():
        command += ["--conf", f"{name}={value}"]
    for option in step.options:
        if option.name in REPLACED:
            continue
        if option.name in FILE_LISTS:
            files = (_local(uri, fetch) for uri in option.value.split(","))
            command += [option.name, ",".join(files)]
        else:
            command += option.words
    return [*command, _local(step.application, fetch), *step.arguments]


def _option(word: str, following: Iterator[str]) -> Option:
    if word in SWITCHES:
        return Option(word, "", (word,))
    name, joined, value = word.partition("=")
    if joined:
        return Option(name, value, (word,))
    next_word = next(following, None)
    if next_word is None:
        raise UnusableStepError(f"The step's spark-submit option {word} has no value: add one.")
    return Option(word, next_word, (word, next_word))


def _local(uri: str, fetch: Callable[[str], Path]) -> str:
    """`uri`, or where it was fetched to; an `#alias` (of --files and --archives) stays."""
    if not uri.startswith(S3_SCHEMES):
        return uri
    location, hash_mark, alias = uri.partition("#")
    return f"{fetch(location)}{hash_mark}{alias}"
