"""Absence is not deletion: whatever is delivered, marked and run in whatever order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from verger.catalogue.keys import label_of
from verger.catalogue.store import CatalogueStore
from verger.config.settings import FRUITS
from verger.errors import NoPhotographsError
from verger.lake.store import Lake
from verger.objects.storage import StoredObject
from verger.planning.planner import RunRequest, make_plan
from verger_emr.plan import not_delivered

FOLDERS = ("spring/Apple", "spring/Kiwi", "summer/Apple")
KEYS = [f"{folder}/{number}.jpg" for folder in FOLDERS for number in (1, 2)]
MARKERS = ["_READY", *(f"{folder}/_READY" for folder in ("spring", "summer", *FOLDERS))]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

deliveries = st.tuples(st.just("put"), st.sampled_from(KEYS), st.sampled_from("ab"))
deletions = st.tuples(st.just("delete"), st.sampled_from([*KEYS, *MARKERS]), st.none())
markers = st.tuples(st.just("put"), st.sampled_from(MARKERS), st.just(""))
labels = st.sampled_from([(), (), ("Apple",), ("Kiwi",)])
runs = st.tuples(st.just("run"), labels, st.sampled_from(["ends", "ends", "dies"]))


@dataclass
class Orchard:
    """A bucket, a lake, and what runs make of them."""

    lake: Lake
    bucket: dict[str, StoredObject] = field(default_factory=dict)
    minutes: int = 0

    @property
    def catalogues(self):
        return CatalogueStore(self.lake.storage, "s3://in")

    def latest(self):
        return self.catalogues.read(self.catalogues.latest()).photographs

    def put(self, key, content):
        stored = NOON + timedelta(minutes=self.minutes)
        self.bucket[key] = StoredObject(key, len(content), content, stored)

    def delete(self, key, _):
        self.bucket.pop(key, None)

    def run(self, wanted, how):
        before, listing = self.latest(), list(self.bucket.values())
        if not {*wanted} <= {label_of(key) for key in {*before, *self.bucket} - {*MARKERS}}:
            return  # a category that is nowhere is refused
        waiting = not_delivered("_READY", listing)
        request = RunRequest(f"run{self.minutes}", "s3://in", FRUITS, wanted)
        try:
            plan = make_plan(request, self.lake, listing, "5.0", waiting)
        except NoPhotographsError:
            assert not before
            return
        self.check(before, plan, waiting, wanted)
        if how == "ends":
            self.catalogues.make_latest(plan.catalogue, plan.base, plan.run_id)

    def check(self, before, plan, waiting, wanted):
        worked_on = [self.catalogues.photographs(segment.id) for segment in plan.segments]
        products = {item.key: item for segment in worked_on for item in segment}
        assert len(products) == plan.photographs
        # No product loses a photograph that is in the bucket ...
        assert before.keys() & self.bucket.keys() <= products.keys()
        for key in {*before, *self.bucket} - {*MARKERS}:
            if key in waiting or (wanted and label_of(key) not in wanted):
                assert products.get(key) == before.get(key)  # ... nor changes unlooked at ...
            else:
                assert products.get(key) == self.bucket.get(key)  # ... and what is gone is gone.


@settings(max_examples=150, deadline=None)
@given(st.lists(deliveries | deletions | markers | runs, min_size=4, max_size=30))
def test_no_product_loses_a_photograph_that_is_in_the_bucket(tmp_path_factory, events):
    orchard = Orchard(Lake.at(str(tmp_path_factory.mktemp("lake"))))
    for kind, *what in [*events, ("run", (), "ends")]:
        orchard.minutes += 1
        getattr(orchard, kind)(*what)
