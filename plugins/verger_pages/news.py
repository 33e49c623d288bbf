"""What lies in the landing bucket and no model has learnt from yet."""

from __future__ import annotations

from collections import Counter

from verger.catalogue.collection import Change, advance
from verger.catalogue.ignored import count_ignored, why_ignored
from verger.catalogue.store import CatalogueStore
from verger_pages.places import place
from verger_pages.shown import Shown
from verger_pages.templating import render


def news(shown: Shown) -> str:
    """A part of a page, as HTML: per label what is new, changed or deleted since the catalogue's
    latest state, and what the latest state has that the model has not learnt from. All objects
    below the address are listed, which takes S3 about a second for 5,000.
    """
    store = CatalogueStore(shown.lake.storage, shown.plan.images)
    listing = list(place(shown.plan.images).list())
    photographs = [item for item in listing if why_ignored(item) is None]
    before = store.read(shown.plan.catalogue)
    ahead = advance(before, photographs)
    fresh = Counter({label: _size(change) for label, change in ahead.changes.items()})
    return render(
        "news.html",
        asked=shown.asked,
        shown=shown,
        changes=ahead.changes,
        known=set(shown.model.distances),
        total=sum(fresh.values()),
        ignored=count_ignored(listing),
    )


def _size(change: Change) -> int:
    return change.new + change.changed + change.deleted
