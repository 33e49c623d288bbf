"""What the model in use says of new labelled photographs, before anything learns from them.

The honest accuracy over time: nobody has chosen anything by these photographs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from verger.catalogue.labels import Names, names_of
from verger.classification.classifier import Classifier
from verger.classification.verdict import judge
from verger.lake.address import Address
from verger.lake.bundle import CLASSIFIER_FILE
from verger.lake.draft import Metrics
from verger.planning.recipe import CLASSIFIER, FIRST_ANSWERS_FILE
from verger.spark.lessons import block_rows, join
from verger.spark.sums import Vector, sum_by_key
from verger.stages.result import StageResult
from verger.stages.stage_run import StageRun

COUNTED = ("right_species", "right_label", "not_known")


def first_answers(run: StageRun) -> StageResult:
    """The checkpoint `first_answers`: counts for each label of what the published model has not
    learnt from yet; none where there is no such model, or nothing new.
    """
    address = run.plan.first_answers
    if address is None:
        return StageResult.of(())
    return run.find(address) or _ask(run, address)


def _ask(run: StageRun, address: Address) -> StageResult:
    draft = run.begin(address)
    in_use = run.need(CLASSIFIER, address.inputs[CLASSIFIER])
    classifier = Classifier.from_bytes(in_use.read_file(CLASSIFIER_FILE))
    blocks, names = run.recipe.blocks, run.plan.names
    tables = {}
    for block in blocks:
        made = [run.need(*run.recipe.block(block, of).id) for of in run.plan.unlearnt]
        tables[block] = run.rows(made, made[0].manifest.kind)

    def per_label(batch: pa.RecordBatch) -> dict[str, tuple[int, Vector]]:
        return count_answers(batch, classifier, blocks, names) if len(batch) else {}

    labels = {
        label: {
            "photographs": of.n,
            **dict(zip(COUNTED, of.total.astype(int).tolist(), strict=True)),
        }
        for label, of in sorted(sum_by_key(join(tables), per_label).items())
    }
    draft.write_file(FIRST_ANSWERS_FILE, json.dumps(labels, ensure_ascii=False).encode())
    return StageResult.made(draft.commit(Metrics({})))


def count_answers(
    batch: pa.RecordBatch, classifier: Classifier, blocks: Sequence[str], names: Names
) -> dict[str, tuple[int, Vector]]:
    """For each label its photographs, and how often its species was named, its own name, and
    neither because the model said that it does not know.
    """
    tree, scores = classifier.tree, classifier.score(block_rows(batch, blocks))
    labels = np.array(batch.column("label").to_pylist(), object)
    species = names_of(sorted(set(labels)), names)
    rows = np.zeros((len(labels), len(COUNTED)))
    for row, label in enumerate(labels):
        probabilities = scores.probabilities[row]
        said = judge(tree, probabilities, float(scores.distances[row]), classifier.limit)
        if said.status != "ok":
            rows[row] = 0, 0, 1
            continue
        best = int(tree.summed(probabilities[None], "species").argmax())
        rows[row, 0] = tree.species[best] == species[label].species
        rows[row, 1] = tree.labels[int(probabilities.argmax())] == label
    return {
        label: (int(np.sum(labels == label)), rows[labels == label].sum(axis=0))
        for label in species
    }
