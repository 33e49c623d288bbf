"""The file of Spark's settings, which spark-submit is told where nothing lies beside it."""

from local_cloud.emr.processes import node_environment
from local_cloud.spark_defaults import defaults_file, write_spark_defaults


def test_a_folder_that_holds_the_settings_alone_is_told_as_a_file(tmp_path, monkeypatch):
    folder = write_spark_defaults(tmp_path / "conf", {"spark.a": "b"})
    (folder / "staging").mkdir()
    monkeypatch.setenv("SPARK_CONF_DIR", str(folder))
    defaults = defaults_file({"SPARK_CONF_DIR": str(folder)})
    assert defaults
    assert defaults.read_text() == "spark.a b\n"
    assert "SPARK_CONF_DIR" not in node_environment({}, defaults)
    assert node_environment({})["SPARK_CONF_DIR"] == str(folder)


def test_a_folder_with_more_in_it_stays_what_spark_is_told(tmp_path):
    folder = write_spark_defaults(tmp_path, {"spark.a": "b"})
    (folder / "log4j2.properties").touch()
    assert defaults_file({"SPARK_CONF_DIR": str(folder)}) is None
    assert defaults_file({}) is None
