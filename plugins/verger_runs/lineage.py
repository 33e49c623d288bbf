"""What a stage has read and made, as OpenLineage tells it: from photographs to the model, counted.

Airflow's provider asks operators for it and sends it where `[openlineage] transport` says; without
that setting nobody asks. A product is one dataset over all runs: `s3://lake-bucket` and
`prefix/histograms`, whatever fingerprints it has had; its version is told with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from verger.config.heads import STATISTICS
from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    REDUCE_PCA,
    STAGES,
    TRAIN_CLASSIFIER,
    StageRecord,
)
from verger.lake.registry import Model
from verger.lake.store import Lake
from verger.planning.plan import Plan, read_plan
from verger.planning.recipe import (
    BOVW,
    COLOUR_HISTOGRAMS,
    COLOUR_VOCABULARY,
    DESCRIPTORS,
    FISHER_SAMPLES,
    FISHER_VECTORS,
    HISTOGRAMS,
    IMAGES,
    MIXTURE,
    NETWORK_FEATURES,
    PATCHES,
    VOCABULARY,
)

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.generated.base import (
        DatasetFacet,
        InputDatasetFacet,
        OutputDatasetFacet,
    )

# The products of earlier stages that each reads, where the run has them.
READS: Mapping[str, Sequence[str]] = {
    IMPORT_IMAGES: (),
    EXTRACT_DESCRIPTORS: (IMAGES,),
    BUILD_VOCABULARY: (DESCRIPTORS, PATCHES, FISHER_SAMPLES, IMAGES),
    PIVOT_HISTOGRAMS: (DESCRIPTORS, VOCABULARY, PATCHES, COLOUR_VOCABULARY, MIXTURE),
    REDUCE_PCA: (HISTOGRAMS, BOVW),
    TRAIN_CLASSIFIER: (
        HISTOGRAMS,
        COLOUR_HISTOGRAMS,
        STATISTICS,
        FISHER_VECTORS,
        NETWORK_FEATURES,
    ),
}
# What counts the rows of a table, among the numbers of a run's stages.
ROWS = {
    "images": "images",
    "quarantine": "quarantined",
    "vocabulary": "k",
    "bovw": "labels",
    "labels": "labels",
    "components": "pca_k",
    "features": "labels",
    **dict.fromkeys((DESCRIPTORS, PATCHES, STATISTICS, HISTOGRAMS), "images"),
    **dict.fromkeys((COLOUR_HISTOGRAMS, "projections", "answers"), "images"),
    **dict.fromkeys((FISHER_VECTORS, NETWORK_FEATURES, FISHER_SAMPLES), "images"),
}
# What a model is made of.
LEARNT = (VOCABULARY, COLOUR_VOCABULARY, MIXTURE, "components", "answers")
# <place>/<kind>/<fingerprint>/<attempt>/<table>
_TABLE = re.compile(r"(?P<kind>.+)/(?P<fingerprint>[0-9a-f]{16})/[0-9a-f]+/(?P<table>[^/]+)")


def of_stage(lake: Lake, run_id: str, stage: str) -> OperatorLineage[Any, Any]:
    """What a finished stage of a run has read and made; nothing where it has left no record."""
    from airflow.providers.openlineage.extractors import OperatorLineage

    records = {name: record for name in STAGES if (record := lake.noted(run_id, name))}
    if stage not in records:
        return OperatorLineage()
    plan = read_plan(lake.storage, run_id)
    counts = {name: n for record in records.values() for name, n in record.metrics.items()}
    made = {name: dict(_datasets(record, plan)) for name, record in records.items()}
    earlier = {key: of for name in STAGES[: STAGES.index(stage)] for key, of in made[name].items()}
    kinds = [kind for kind in READS[stage] if kind in earlier]
    if stage == PIVOT_HISTOGRAMS and MIXTURE in kinds:  # Fisher vectors look at photographs again
        kinds.append(IMAGES)
    inputs = [_read(*earlier[kind], counts.get(ROWS.get(kind, ""))) for kind in kinds]
    if stage == IMPORT_IMAGES:
        inputs = [_read(plan.images, plan.collection, plan.photographs)]
    outputs = [
        _made(address, version, counts.get(ROWS.get(table, "")))
        for table, (address, version) in made[stage].items()
    ]
    return OperatorLineage(inputs=inputs, outputs=outputs)


def tell_model(s3: S3Hook, lake: Lake, run_id: str, model: Model) -> None:
    """Note for this task that the model was made of its run's words, components and answers."""
    from airflow.sdk.lineage import get_hook_lineage_collector

    plan, told = read_plan(lake.storage, run_id), get_hook_lineage_collector()
    for stage in (BUILD_VOCABULARY, REDUCE_PCA, TRAIN_CLASSIFIER):
        record = lake.noted(run_id, stage)
        for table, (address, _) in _datasets(record, plan) if record else ():
            if table in LEARNT:
                told.add_input_asset(context=s3, uri=address)
    told.add_output_asset(context=s3, uri=f"{lake.storage.root}/models/{model.preset}")


def _datasets(record: StageRecord, plan: Plan) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each table of a stage: its name, with its address without fingerprints, and its version; that
    of a table of several segments is the collection's.
    """
    for table, addresses in record.tables.items():
        found = [place for address in addresses if (place := _TABLE.fullmatch(address))]
        if not found:
            continue
        kind = found[0]["kind"]
        name = kind if kind.rpartition("/")[2] == table else f"{kind}/{table}"
        version = found[0]["fingerprint"] if len(found) == 1 else plan.collection
        yield table, (name, version)


def _read(address: str, version: str, rows: float | None) -> InputDataset:
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.generated.input_statistics_input_dataset import (
        InputStatisticsInputDatasetFacet as Statistics,
    )

    counted: dict[str, InputDatasetFacet] = {}
    if rows is not None:
        counted["inputStatistics"] = Statistics(rowCount=int(rows))
    return InputDataset(**_name(address), facets=_version(version), inputFacets=counted)


def _made(address: str, version: str, rows: float | None) -> OutputDataset:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.generated.output_statistics_output_dataset import (
        OutputStatisticsOutputDatasetFacet as Statistics,
    )

    counted: dict[str, OutputDatasetFacet] = {}
    if rows is not None:
        counted["outputStatistics"] = Statistics(rowCount=int(rows))
    return OutputDataset(**_name(address), facets=_version(version), outputFacets=counted)


def _version(version: str) -> dict[str, DatasetFacet]:
    from openlineage.client.generated.dataset_version_dataset import DatasetVersionDatasetFacet

    return {"version": DatasetVersionDatasetFacet(datasetVersion=version)}


def _name(address: str) -> dict[str, str]:
    """Namespace and name as OpenLineage has them: s3://bucket and key, or `file` and path
    (https://openlineage.io/docs/spec/naming).
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return {"namespace": "file", "name": address}
    bucket, _, key = rest.partition("/")
    return {"namespace": f"{scheme.replace('s3a', 's3')}://{bucket}", "name": key or "/"}
