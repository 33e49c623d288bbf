"""What import makes of a file determines all that follows, so it is part of the fingerprints."""

import hashlib
import json
from pathlib import Path

from verger.config.settings import FRUITS, ImageLimits
from verger.imaging.photograph import read_photograph
from verger.planning.recipe import Recipe

FILES = Path(__file__).parents[2] / "data" / "repacked"
LIMITS = ImageLimits(max_pixels=1_000_000, max_bytes=10_000_000)


def test_another_pillow_that_repacks_otherwise_is_another_version_of_images():
    """A release of Pillow that repacks to the same bytes leaves what was imported as it is. Where
    this fails, raise the version in `Recipe.images` and write down what is made now: files that are
    imported later must not be filed under what earlier ones were.
    """
    recorded = json.loads((FILES / "digests.json").read_text())
    version = Recipe(FRUITS, "5.0", "").images("").version
    made = {
        path.name: hashlib.sha256(read_photograph(path.read_bytes(), LIMITS).content).hexdigest()
        for path in FILES.iterdir()
        if path.suffix != ".json"
    }
    assert {"version": version, "sha256": made} == recorded
