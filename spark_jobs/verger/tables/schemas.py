"""The columns of every product, in one place."""

from __future__ import annotations

import pyarrow as pa

_WHO = [(name, pa.string()) for name in ("photo", "label", "split", "img_name")]
# Who a row is about; every table of photographs starts with these.
WHO = tuple(name for name, _ in _WHO)

_FILE = [
    *_WHO,
    ("key", pa.string()),
    ("etag", pa.string()),
    ("width", pa.int32()),
    ("height", pa.int32()),
    ("content", pa.binary()),
]
IMAGES = pa.schema(_FILE)
QUARANTINE = pa.schema([(name, pa.string()) for name in ("path", "label", "reason", "detail")])
# Both outcomes of an import: reason is null for photographs, content for the others.
OUTCOME = pa.schema([*_FILE, ("reason", pa.string()), ("detail", pa.string())])
# keypoints: how many ORB found; descriptors: n x 32 bytes, row after row.
DESCRIPTORS = pa.schema([*_WHO, ("keypoints", pa.int32()), ("descriptors", pa.binary())])
# Colour patches: n x 32 bytes, of which the first 27 are colours and the others zero.
PATCHES = DESCRIPTORS
# The descriptors of a photograph that are in the training sample.
SAMPLE = pa.schema([("photo", pa.string()), ("label", pa.string()), ("descriptors", pa.binary())])
# A row a descriptor, for MLlib: its 32 bytes as numbers.
POINTS = pa.schema(
    [("photo", pa.string()), ("position", pa.int32()), ("point", pa.list_(pa.float32()))]
)
# counts: how often each of the k words occurs, in word order.
# distance: the sum of the distances, in bits, between the photograph's descriptors and their words.
HISTOGRAMS = pa.schema([*_WHO, ("counts", pa.list_(pa.int32())), ("distance", pa.int64())])
# Rows of photographs, summed for each label: so segments add up without being read again.
LABEL_SUMS = pa.schema(
    [("label", pa.string()), ("photographs", pa.int64()), ("total", pa.list_(pa.int64()))]
)
# The same for colour patches, whose words are at squared distances.
COLOUR_HISTOGRAMS = HISTOGRAMS
# numbers: the statistics of the whole fruit, in steps of 1 / 4096.
STATISTICS = pa.schema([*_WHO, ("numbers", pa.list_(pa.int32()))])
# Some of a photograph's patches (n x 32 bytes), for a mixture to be fitted to.
FISHER_SAMPLES = DESCRIPTORS
# numbers: a photograph's row, of length 4096.
FISHER_VECTORS = STATISTICS
NETWORK_FEATURES = STATISTICS
# What the classifier answers: at each level the name and its probability. held_out: by heads that
# had seen neither the photograph nor its neighbours; the others are of the Test split.
# distance: how far the photograph is from what was trained; unseen_species: the answer of heads
# that had not seen its variety, where its species has others.
ANSWERS = pa.schema(
    [
        *_WHO,
        ("held_out", pa.bool_()),
        ("species", pa.string()),
        ("species_probability", pa.float64()),
        ("variety", pa.string()),
        ("variety_probability", pa.float64()),
        ("answer", pa.string()),
        ("answer_probability", pa.float64()),
        ("distance", pa.float64()),
        ("unseen_species", pa.string()),
    ]
)
# How often each member of a level was named, and how often rightly.
CLASSES = pa.schema(
    [
        ("level", pa.string()),
        ("name", pa.string()),
        ("photographs", pa.int64()),
        ("answers", pa.int64()),
        ("right", pa.int64()),
        ("recall", pa.float64()),
        ("precision", pa.float64()),
    ]
)
# How many photographs of a label got which answer, at each level.
CONFUSION = pa.schema(
    [
        ("level", pa.string()),
        ("label", pa.string()),
        ("answer", pa.string()),
        ("photographs", pa.int64()),
    ]
)
# Photographs whose label is contradicted with confidence by heads that had not seen them.
SUSPECTS = pa.schema([*_WHO, ("answer", pa.string()), ("answer_probability", pa.float64())])
# features: the photograph's coordinates on the principal components.
PROJECTIONS = pa.schema([*_WHO, ("features", pa.list_(pa.float64()))])
# What Spark writes into checkpoints, by the name of the table.
TABLES = {
    "images": IMAGES,
    "quarantine": QUARANTINE,
    "descriptors": DESCRIPTORS,
    "histograms": HISTOGRAMS,
    "projections": PROJECTIONS,
    "patches": PATCHES,
    "colour_histograms": COLOUR_HISTOGRAMS,
    "statistics": STATISTICS,
    "fisher_samples": FISHER_SAMPLES,
    "fisher_vectors": FISHER_VECTORS,
    "network_features": NETWORK_FEATURES,
    "answers": ANSWERS,
}
# Rows counted and their vectors summed (float64, little-endian), per key.
SUMS = pa.schema([("key", pa.string()), ("n", pa.int64()), ("total", pa.binary())])

# centre: 32 bytes = 256 bits; size: training descriptors nearest to it.
HAMMING_VOCABULARY = pa.schema(
    [("word", pa.int32()), ("centre", pa.binary(32)), ("size", pa.int64())]
)
# The same for colour patches: the centre is 32 numbers from 0 to 255.
COLOUR_VOCABULARY = HAMMING_VOCABULARY
EUCLIDEAN_VOCABULARY = pa.schema([("word", pa.int32()), ("centre", pa.list_(pa.float64(), 32))])
# Patches of photographs near to words. distance: in bits; picture: a PNG of 24 x 24 pixels, turned
# as the descriptor is.
EXEMPLARS = pa.schema(
    [
        ("word", pa.int32()),
        ("distance", pa.int32()),
        ("photo", pa.string()),
        ("label", pa.string()),
        ("picture", pa.binary()),
    ]
)

# One row a component; loadings has one coefficient a word.
COMPONENTS = pa.schema(
    [
        ("component", pa.int32()),
        ("explained_variance", pa.float64()),
        ("explained_variance_ratio", pa.float64()),
        ("loadings", pa.list_(pa.float64())),
    ]
)
# What a word weighs in a histogram (verger.weighting), and what is subtracted from the weighted
# row before it is projected: zero where MLlib's way is kept.
MEAN = pa.schema([("word", pa.int32()), ("mean", pa.float64()), ("weight", pa.int64())])


def word_column(word: int) -> str:
    """Name of a word's column in the pivot: ``word_0042``."""
    return f"word_{word:04d}"


def component_column(component: int) -> str:
    """Name of a component's column in the features: ``pca_007``."""
    return f"pca_{component:03d}"


LABELS = pa.schema([("label", pa.string()), ("photographs", pa.int64())])


def bovw(k: int) -> pa.Schema:
    """Pivot per label: a count for every word, occurring or not."""
    return pa.schema(
        [("label", pa.string()), *((word_column(word), pa.int64()) for word in range(k))]
    )


def features(k: int) -> pa.Schema:
    """Reduced features per label: the label and a column a component."""
    return pa.schema(
        [("label", pa.string()), *((component_column(c), pa.float64()) for c in range(k))]
    )
