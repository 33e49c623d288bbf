"""Lineage: from photographs to what was made of them, with counts, by Airflow's own provider."""

from types import SimpleNamespace

import pytest
from airflow.providers.openlineage.extractors.manager import ExtractorManager
from airflow.utils.state import TaskInstanceState

from tests.places import REPOSITORY
from verger.contract import STAGES
from verger.lake.store import Lake
from verger.objects.folder import Folder
from verger_runs.lineage import of_stage

# Documents of a run of an earlier release, as they lie in a lake.
KEPT = REPOSITORY / "tests" / "data" / "documents-2026-11" / "lake"


@pytest.fixture(scope="module")
def lake():
    return Lake(Folder(str(KEPT)))


def told(datasets):
    return {f"{of.namespace}/{of.name}": of for of in datasets}


def test_each_stage_reads_what_an_earlier_one_has_made_down_to_the_photographs(lake):
    made = {}
    for stage in STAGES[:5]:
        lineage = of_stage(lake, "first", stage)
        for name, of in told(lineage.inputs).items():
            if stage == STAGES[0]:
                assert name.startswith("s3://")
            else:
                assert name in made, f"{stage} reads {name}"
                assert of.facets["version"].datasetVersion == made[name]
        outputs = told(lineage.outputs)
        assert outputs, stage
        made |= {name: of.facets["version"].datasetVersion for name, of in outputs.items()}
    assert {"s3://orchard/lake/images", "s3://orchard/lake/vocabulary"} <= made.keys()


def test_rows_are_counted_where_a_run_knows_them(lake):
    outputs = told(of_stage(lake, "first", "import_images").outputs)
    metrics = lake.noted("first", "import_images").metrics
    counted = outputs["s3://orchard/lake/images"].outputFacets["outputStatistics"].rowCount
    assert counted == metrics["images"] > 0
    aside = outputs["s3://orchard/lake/images/quarantine"]
    assert aside.outputFacets["outputStatistics"].rowCount == metrics["quarantined"]


def test_a_stage_without_a_record_has_no_lineage(lake):
    nothing = of_stage(lake, "first", STAGES[-1])
    assert (nothing.inputs, nothing.outputs) == ([], [])


def test_airflows_provider_asks_our_operator_for_it(bag, monkeypatch):
    monkeypatch.setattr("verger_emr.operators.S3Hook", lambda **_: SimpleNamespace(get_conn=str))
    task = bag.dags["fruit_features"].get_task("extract_descriptors")
    monkeypatch.setattr(task, "lake", str(KEPT))
    run = SimpleNamespace(run_id="first")
    lineage = ExtractorManager().extract_metadata(run, task, TaskInstanceState.SUCCESS, run)
    assert "lake/descriptors" in {of.name for of in lineage.outputs}
