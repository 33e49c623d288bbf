"""What a block costs: processor time of one photograph on one core, bytes that are kept of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.quality.album import evenly
from benchmarks.quality.engine.blocks import Block, describer, read
from benchmarks.quality.engine.collections import STALL, STUDIO, Collections, network_blocks
from verger.config.blocks import FisherSettings
from verger.config.settings import VocabularySettings
from verger.features.fisher import Mixture
from verger.kernels import euclidean, hamming
from verger.kernels.bits import as_bits
from verger.vocabulary.training import InMemory

_REPEATS = 5
_WORDS = 1000
_SAMPLE = 20_000  # descriptors: any mixture takes the same time


@dataclass(frozen=True)
class Cost:
    """Milliseconds of describing a photograph and of making a row of it; bytes of what is described
    (a block that is described by its row has no other).
    """

    block: str
    side: int  # pixels of the photographs that were measured
    milliseconds: float
    size: int


def measure_all(of: Collections, photographs: int) -> list[Cost]:
    """Every block on photographs that it is for; decoding alone, too."""
    studio = evenly(of.training.paths, photographs)
    stall = evenly(of.shop_training.album.paths, photographs)
    networks = network_blocks(of.network)[:1] if of.network else ()
    costs = [_decoding(studio), *(measure(block, studio, None) for block in STUDIO)]
    costs += [measure(block, studio, of.places.network) for block in networks]
    costs += [_decoding(stall), *(measure(block, stall, None) for block in STALL)]
    return costs


def _decoding(paths: Sequence[Path]) -> Cost:
    size = int(np.mean([path.stat().st_size for path in paths]))
    side = max(read(paths[0]).shape[:2])
    return Cost(
        "decoding", side, _milliseconds(lambda: [read(path) for path in paths], paths), size
    )


def measure(block: Block, paths: Sequence[Path], network: Path | None) -> Cost:
    """The cost of one block on these photographs, which are read before."""
    describe = describer(block.settings, network)
    pixels = [read(path) for path in paths]
    described = [describe(of) for of in pixels]
    size = int(np.mean([of.nbytes for of in described]))
    spent = _milliseconds(lambda: [describe(of) for of in pixels], paths)
    if block.name in ("orb", "colour"):
        nearest = hamming.nearest if block.name == "orb" else euclidean.nearest
        bits = [as_bits(of) for of in described]
        centres = np.concatenate(bits)[:_WORDS]  # any words take the same time
        spent += _milliseconds(lambda: [nearest(of, centres) for of in bits], paths)
    if isinstance(block.settings, FisherSettings):
        width = block.settings.patches.width
        words = VocabularySettings(k=block.words, max_iterations=1)
        sample = as_bits(np.concatenate(described)[:_SAMPLE])
        mixture = Mixture.fit(InMemory(sample, 1), width, words)
        spent += _milliseconds(lambda: [mixture.row(of) for of in described], paths)
    return Cost(block.name, max(pixels[0].shape[:2]), spent, size)


def _milliseconds(work: Callable[[], object], paths: Sequence[Path]) -> float:
    """Processor time for each photograph: the median of several turns after a warm-up."""
    spent = []
    for _ in range(1 + _REPEATS):
        started = time.process_time()
        work()
        spent.append((time.process_time() - started) / len(paths))
    return 1000 * median(spent[1:])
