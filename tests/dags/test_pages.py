"""The pages as people ask for them: through Airflow's own web server."""

import html
import os
import re
import subprocess
import sys

import pytest

from tests.dags.airflow_app import client, login
from tests.lakes import grow, photographs
from tests.places import REPOSITORY
from verger.lake.store import Lake
from verger.objects.folder import Folder
from verger_pages.drawn_routes import STATIC
from verger_runs.one_writer import OneWriter

LABELS = {"Apple Golden 1": 30, "Apple Golden 2": 20, "Tomato not Ripened": 25, "<b>Plum": 10}
HEAVY = {"numpy", "pandas", "pyarrow", "PIL", "cv2"}
PAGES = (
    "orchard",
    "news",
    "quarantine",
    "quality",
    "photographs",
    "suspects",
    "map",
    "words",
    "words?kind=colour",
    "identify",
    "card",
    "models",
)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A lake with two published models, and the photographs that they were learnt from."""
    root = tmp_path_factory.mktemp("pages")
    images = photographs(root / "in", LABELS)
    lake = Lake(Folder(str(root / "lake")))
    listing = list(Folder(str(images)).list())
    fewer = [item for item in listing if "Plum" not in item.key]
    grow(lake, str(images), fewer, "first", seed=1)
    grow(lake, str(images), listing, "second", seed=2)
    return root


@pytest.fixture(scope="module")
def airflow(places):
    """Airflow's web server, asked by strangers."""
    return client(str(places / "lake"))


@pytest.fixture(scope="module")
def see(airflow):
    """What a viewer sees under an address below /verger."""
    cookie = login("vera")

    def get(address, **headers):
        return airflow.get(f"/verger/{address}", headers={**cookie, **headers})

    return get


def shown(page):
    """What stands on a page, without markup."""
    body = page.text.partition("<main")[2] or page.text
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def paths(app):
    """The paths of an app's routes, those of its routers, too."""
    for route in app.routes:
        yield from [route.path] if hasattr(route, "path") else paths(route.original_router)


def links(page):
    """The addresses that a page links to."""
    found = [html.unescape(link) for link in re.findall(r'(?:href|src)="([^"#]+)"', page.text)]
    return [link for link in found if not link.startswith("data:")]


def test_no_route_is_for_strangers_old_logins_or_those_who_may_not_see_the_dag(
    airflow,
):
    (ours,) = (route.app for route in airflow.app.routes if route.path == "/verger")
    addresses = [re.sub(r"\{[^}]+\}", "x", path) for path in paths(ours)]
    assert {f"/{page.partition('?')[0]}" for page in PAGES} <= set(addresses)
    for address in addresses:
        assert airflow.get(f"/verger{address}").status_code == 401, address
        over = airflow.get(f"/verger{address}", headers=login("vera", seconds=-60))
        assert over.status_code == 401, address
        answer = airflow.get(f"/verger{address}", headers=login("noel"))
        assert answer.status_code == 403, address


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_there_for_a_viewer_and_so_is_all_that_it_links_to(see, address):
    page = see(address)
    assert page.status_code == 200
    assert "&lt;b&gt;Plum" in page.text or "<b>Plum" not in page.text
    for link in links(page):
        assert not link.startswith("/"), "it would leave a base path"
        assert see(link).status_code in (200, 304), link


def test_the_orchard_tells_the_model_in_use_and_every_category(see):
    said = shown(see("orchard"))
    assert "second model in use" in said
    assert "85 photographs of 4 categories" in said
    assert "Apple Golden 1 Apple Golden 30 6" in said
    assert "unripe" in said
    assert "1: no image" in said


def test_a_lake_without_a_model_says_what_to_do(airflow, tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_VERGER_LAKE", str(tmp_path))
    page = airflow.get("/verger/orchard", headers=login("vera"))
    assert page.status_code == 404
    assert "Trigger fruit_features" in shown(page)


def test_an_airflow_that_does_not_say_where_its_lake_is_names_the_variable(airflow, monkeypatch):
    monkeypatch.delenv("AIRFLOW_VAR_VERGER_LAKE")
    page = airflow.get("/verger/orchard", headers=login("vera"))
    assert page.status_code == 503
    assert "set the Airflow variable verger_lake" in shown(page)


@pytest.mark.parametrize("level", ["species", "variety", "label"])
def test_every_cell_of_the_matrix_opens_as_many_photographs_as_it_counts(see, level):
    cells = re.findall(
        r'href="(photographs[^"]+)" data-beside aria-label="[^"]+: (\d+)"',
        see(f"quality?level={level}").text,
    )
    assert sum(int(n) for _, n in cells) == 17  # the photographs of the Test split
    for address, n in cells:
        assert f"{n} photographs, judged." in shown(see(html.unescape(address)))


def test_an_earlier_model_can_be_looked_at_and_compared(see):
    said = shown(see("orchard?model=first"))
    assert "earlier model first" in said
    assert "75 photographs of 3 categories" in said
    compared = shown(see("compare?other=first"))
    assert re.search(r"\d+ photographs that both were asked about got different answers", compared)
    assert see("orchard?model=none").status_code == 404


def test_models_are_shown_over_time_with_what_was_put_in_use(see):
    page = see("models")
    assert page.text.count("<polyline") == 3  # species, variety, label
    assert "second by second first by first" in shown(page)


def test_what_was_delivered_since_is_told_with_a_button_to_run_for_it(places, see):
    kiwi = places / "in" / "Training" / "Kiwi's" / "1.jpg"
    kiwi.parent.mkdir()
    kiwi.write_bytes(b"later")
    try:
        page = see("news")
        assert "Kiwi's new category 1 0 0" in shown(page)
        assert r"Kiwi\u0027s" in page.text
    finally:
        kiwi.unlink()
        kiwi.parent.rmdir()
    assert "the model knows every photograph" in shown(see("news"))


def test_pages_and_pictures_are_sent_once_as_long_as_they_do_not_change(see):
    picture = next(link for link in links(see("orchard")) if link.startswith("picture/"))
    for address in ("orchard", "static/verger.css", picture):
        first = see(address)
        assert first.status_code == 200
        again = see(address, **{"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert "immutable" in see(picture).headers["cache-control"]


def test_a_browser_gets_the_very_scripts_that_were_checked(see):
    for script in STATIC.glob("*.js"):
        assert see(f"static/{script.name}").content == script.read_bytes()


def test_a_picture_is_the_photograph_small_and_from_nowhere_else(see):
    picture = next(link for link in links(see("orchard")) if link.startswith("picture/"))
    assert see(picture).headers["content-type"] == "image/jpeg"
    for odd in (
        "picture/..%2f..%2fetc%2fpasswd/small",
        f"picture/{'0' * 32}/small",
        picture[:-5] + "huge",
    ):
        assert see(odd).status_code == 404, odd
    assert see("static/..%2froutes.py").status_code == 404


def test_scripts_come_from_airflow_alone_and_none_stands_in_a_page(see):
    for address in PAGES:
        page = see(address)
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", page.text), address


def test_the_card_is_there_as_markdown_too(see):
    assert see("card.md").text.startswith("# Model second")
    assert "Limits" in shown(see("card"))


def loaded(module):
    """Which heavy libraries a process has loaded that imports a module."""
    code = f"import sys, {module}; print({HEAVY} & set(sys.modules))"
    folders = f"{REPOSITORY / 'plugins'}:{REPOSITORY / 'spark_jobs'}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


def test_components_of_airflow_that_show_no_page_load_nothing_heavy_for_them():
    # Airflow's own web server loads some of them itself: what counts is what we add.
    assert loaded("verger_plugin") == loaded("airflow.api_fastapi.core_api.security")


def test_on_sqlite_requests_that_write_take_turns(airflow):
    assert OneWriter in [added.cls for added in airflow.app.user_middleware]
