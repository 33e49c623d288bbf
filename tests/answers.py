"""A published model that answers, learnt from drawn photographs without Spark."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.plans import published_model
from verger.catalogue.facts import Facts, known_facts, team_facts
from verger.catalogue.labels import read_overrides
from verger.classification.classifier import Classifier
from verger.classification.gallery import Gallery, Known
from verger.classification.groups import FOLDS
from verger.classification.training import Course, Examples, train
from verger.classification.tree import Tree
from verger.config.heads import COLOUR, ORB, STATISTICS, heads_for
from verger.config.settings import FRUITS
from verger.features.rows import word_rows
from verger.imaging.looking import look, numbers, patches
from verger.imaging.orb import Extractor
from verger.kernels.bits import as_bits, as_bytes
from verger.kernels.few import nearest_bits, nearest_bytes
from verger.lake import bundle
from verger.lake.registry import Published
from verger.objects.addresses import open_storage
from verger.vocabulary import integer_kmeans, kmajority
from verger.vocabulary.training import InMemory

PRESET = FRUITS.sized(k=40, pca_k=4)
BLOCKS = (ORB, COLOUR, STATISTICS)


def teach(lake: Path, photographs: Path) -> Classifier:
    """Learn from <Label>/*.jpg and facts.csv below a folder, and publish that in a lake."""
    paths = sorted(photographs.glob("*/*.jpg"))
    contents = [path.read_bytes() for path in paths]
    extractor = Extractor(PRESET.extractor)
    described = {
        ORB: [extractor.describe(content) for content in contents],
        COLOUR: [patches(look(content, PRESET), PRESET) for content in contents],
    }
    fits = {
        ORB: kmajority.fit(InMemory(as_bits(np.vstack(described[ORB]))), PRESET.words),
        COLOUR: integer_kmeans.fit(InMemory(as_bits(np.vstack(described[COLOUR]))), PRESET.words),
    }
    words = {block: as_bytes(fit.best.centres) for block, fit in fits.items()}
    nearest = {ORB: nearest_bits, COLOUR: nearest_bytes}
    rows = {
        block: word_rows(
            np.array(
                [
                    np.bincount(nearest[block](of, words[block]), minlength=PRESET.words.k)
                    for of in described[block]
                ],
                np.int32,
            )
        )
        for block in words
    }
    rows[STATISTICS] = np.array([numbers(look(content, PRESET), PRESET) for content in contents])
    labels = [path.parent.name for path in paths]
    tree = Tree.of(labels, read_overrides(b"label,species,variety,maturity\n"))
    folds = np.arange(len(paths)) % FOLDS
    classifier, _ = train(
        Course(heads_for(BLOCKS), tree), Examples(rows, tree.positions(labels), folds)
    )
    known = [Known(f"{i:032x}", path.parent.name, path.name) for i, path in enumerate(paths)]
    gallery = Gallery.of(known, {block: rows[block] for block in words})
    facts = Facts(known_facts(team_facts(open_storage(str(photographs)))))
    _publish(lake, classifier, gallery, words, facts)
    return classifier


def _publish(
    lake: Path, classifier: Classifier, gallery: Gallery, words: object, facts: Facts
) -> None:
    packed = io.BytesIO()
    np.savez(packed, **words)
    content = bundle.pack(
        {
            bundle.SETTINGS: bundle.Settings("m", PRESET, "of the tests", BLOCKS).to_json(),
            bundle.CLASSIFIER_FILE: classifier.to_bytes(),
            bundle.GALLERY_FILE: gallery.to_bytes(),
            bundle.WORDS_FILE: packed.getvalue(),
            bundle.FACTS_FILE: facts.to_json(),
        }
    )
    storage = open_storage(str(lake))
    model = replace(published_model(), bundle=bundle.digest(content))
    storage.write(bundle.key_of(model.preset, model.bundle), content)
    Published.change(storage, model.preset, lambda before: before.promoted(model, by="r"))
