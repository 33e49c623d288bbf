"""What a step asks for, as a command for this machine."""

from pathlib import Path

import pytest

from local_cloud.emr.command import UnusableStepError, local_command, parse_step

BEGINNING = ["/bin/spark-submit", "--master", "local[2]", "--deploy-mode", "client"]


def command_of(
    *args: str, settings: dict[str, str] | None = None, defaults: Path | None = None
) -> list[str]:
    """The local command of a spark-submit step; S3 files are "fetched" to /inputs/<name>."""
    step = parse_step("command-runner.jar", ["spark-submit", *args])

    def fetch(uri: str) -> Path:
        return Path("/inputs") / Path(uri).name

    submit = Path("/bin/spark-submit")
    return local_command(step, submit, "local[2]", defaults, fetch, settings or {})


@pytest.mark.parametrize(
    "cluster_options",
    [
        ["--master", "yarn", "--deploy-mode", "cluster"],
        ["--master=yarn", "--deploy-mode=cluster"],
        ["--deploy-mode", "client"],
        [],
    ],
)
def test_the_local_master_replaces_the_cluster_a_step_asks_for(cluster_options: list[str]) -> None:
    assert command_of(*cluster_options, "job.py", "--k", "5") == [*BEGINNING, "job.py", "--k", "5"]


def test_other_options_pass_untouched_in_their_order() -> None:
    options = ["--conf", "spark.a=b=c", "--verbose", "--name=fruit pie", "--conf=spark.d=e"]
    assert command_of(*options, "job.py") == [*BEGINNING, *options, "job.py"]


def test_an_option_value_that_looks_like_an_application_is_not_taken_for_one() -> None:
    assert command_of("--name", "first.py", "job.py")[-1] == "job.py"
    assert command_of("--verbose", "job.py", "x")[-2:] == ["job.py", "x"]


def test_the_application_and_its_companions_are_fetched_from_s3() -> None:
    assert command_of(
        "--py-files", "s3://b/lib.zip,local.egg", "--jars=s3a://b/x.jar", "s3://b/code/job.py"
    ) == [
        *BEGINNING,
        *("--py-files", "/inputs/lib.zip,local.egg"),
        *("--jars", "/inputs/x.jar"),
        "/inputs/job.py",
    ]


def test_an_alias_of_a_file_or_an_archive_survives_the_fetching() -> None:
    command = command_of("--files", "s3://b/a.json#b.json", "--archives", "s3n://b/e.zip#e", "j.py")
    assert command[-5:] == [
        "--files",
        "/inputs/a.json#b.json",
        "--archives",
        "/inputs/e.zip#e",
        "j.py",
    ]


def test_arguments_of_the_application_are_its_own_even_if_they_name_files_in_s3() -> None:
    arguments = [
        "s3://b/other.py",
        "--master",
        "me",
        "--py-files",
        "s3://b/lib.zip",
        "--deploy-mode=x",
    ]
    assert command_of("s3://b/job.py", *arguments) == [*BEGINNING, "/inputs/job.py", *arguments]


@pytest.mark.parametrize(
    ("jar", "args", "advice"),
    [
        ("s3://b/my.jar", ["spark-submit", "job.py"], "Jar='command-runner.jar'"),
        ("command-runner.jar", ["hive", "-f", "x"], "runs spark-submit only, not 'hive'"),
        ("command-runner.jar", [], "begin the step's Args with 'spark-submit'"),
        ("command-runner.jar", ["spark-submit", "--name", "x"], "add the .py or .jar file"),
        ("command-runner.jar", ["spark-submit", "--conf"], "--conf has no value"),
    ],
)
def test_a_step_that_cannot_run_here_says_why(jar: str, args: list[str], advice: str) -> None:
    with pytest.raises(UnusableStepError) as refusal:
        parse_step(jar, args)
    assert advice in str(refusal.value)


def test_the_clusters_settings_come_before_the_steps_own_which_win() -> None:
    command = command_of("--conf", "x=step", "job.py", settings={"x": "cluster"})
    assert command[len(BEGINNING) :] == ["--conf", "x=cluster", "--conf", "x=step", "job.py"]


def test_spark_is_told_its_file_of_settings_unless_the_step_names_another() -> None:
    defaults = Path("/conf/spark-defaults.conf")
    told = ["--properties-file", str(defaults)]
    assert command_of("job.py", defaults=defaults) == [*BEGINNING, *told, "job.py"]
    own = ["--properties-file=own.conf"]
    assert command_of(*own, "job.py", defaults=defaults) == [*BEGINNING, *own, "job.py"]
