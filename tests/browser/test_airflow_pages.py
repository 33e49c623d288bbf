"""The pages in Airflow, as people use them: by mouse and by keyboard, on a desk and on a phone."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.airflow_site import site
from tests.browser.conftest import DESKTOP, PHONE
from tests.lakes import grow, photographs
from tests.plans import ESTIMATED
from verger.lake.store import Lake
from verger.objects.folder import Folder

LABELS = {"Apple Golden 1": 30, "Apple Golden 2": 20, "Tomato not Ripened": 25, "Plum": 10}
PAGES = (
    "orchard",
    "quarantine",
    "map",
    "words",
    "words?kind=colour",
    "word/3",
    "quality",
    "photographs",
    "suspects",
    "identify",
    "card",
    "models",
    "compare?other=first",
)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """The folder of the photographs that the model in use was learnt from."""
    return photographs(tmp_path_factory.mktemp("in"), LABELS)


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, images, browser, running):
    """The address of a running Airflow whose lake has two models."""
    root = tmp_path_factory.mktemp("site")
    lake = Lake(Folder(str(root / "lake")))
    listing = list(Folder(str(images)).list())
    grow(lake, str(images), listing, "first", seed=1)
    grow(lake, str(images), listing, "second", seed=2)
    lake.storage.write("runs/second/estimate.json", json.dumps(ESTIMATED).encode())
    server, address = site(root / "home", root / "lake", running.address)
    server.start()
    yield address
    server.stop()


@pytest.fixture
def look(visit, airflow):
    """Opens one of our pages."""
    return lambda page, size=DESKTOP, scheme="light": visit(f"{airflow}verger/{page}", size, scheme)


def the_map(page):
    """The map, once it is drawn."""
    canvas = page.locator("#map[data-ready]")
    expect(canvas).to_be_visible(timeout=60_000)
    return canvas


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_a_page_fits_its_screen_and_is_accessible(look, axe, address, size, scheme):
    page = look(address, size, scheme)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []


def test_it_is_found_in_airflows_navigation_and_has_a_menu_of_its_own(visit, airflow):
    page = visit(airflow, DESKTOP)
    page.goto(f"{airflow}plugin/verger")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Orchard")).to_be_visible(timeout=60_000)
    frame.get_by_role("link", name="Quality").click()
    expect(frame.get_by_role("heading", name="Quality", exact=True)).to_be_visible()


def test_a_run_leads_out_of_the_frame_to_its_tasks(visit, airflow):
    page = visit(airflow, DESKTOP)
    below = urlsplit(airflow).path
    page.goto(f"{airflow}plugin/verger{below}verger/run/fruit_features/second")
    page.frame_locator("iframe").get_by_role("link", name="Its tasks and their logs").click()
    expect(page).to_have_url(f"{airflow}dags/fruit_features/runs/second", timeout=60_000)


def test_it_is_dark_where_airflow_is_dark_whatever_the_system_prefers(look):
    page = look("orchard", DESKTOP, "light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_a_cell_of_the_matrix_shows_its_photographs_beside_it(look):
    page = look("quality")
    cell = page.locator(".matrix a").first
    told = cell.get_attribute("aria-label")
    cell.click()
    beside = page.locator("#beside")
    expect(beside).to_contain_text(f"{told.rpartition(' ')[2]} photographs, judged")
    assert beside.locator("img").count() == int(told.rpartition(" ")[2])
    beside.locator("a:has(img)").first.click()
    expect(page.get_by_role("img", name=re.compile("Apple"))).to_be_visible()


def test_the_map_is_pointed_at_turned_and_drawn_around_by_hand(look):
    page = look("map")
    box = the_map(page).bounding_box()
    said = page.locator("#said")
    expect(said).to_have_text("85 photographs")
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.wheel(0, -300)
    expect(page).to_have_url(re.compile("at="))
    page.get_by_role("button", name="All").click()
    page.keyboard.down("Shift")
    corners = [
        (2, 2),
        (box["width"] - 2, 2),
        (box["width"] - 2, box["height"] - 2),
        (2, box["height"] - 2),
    ]
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    for right, down in corners:
        page.mouse.move(box["x"] + right, box["y"] + down, steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.locator("#picked")).to_contain_text("Selected: 85")
    assert page.locator("#grid img").count() == 60


def test_a_colour_shows_what_it_stands_for_and_a_class_alone(look):
    page = look("map")
    the_map(page)
    page.get_by_label("Colour").select_option("right or wrong")
    names = page.locator("#legend button")
    expect(names).to_have_text(["not asked", "right", "wrong"])
    names.nth(2).click()
    expect(names.nth(2)).to_have_attribute("aria-pressed", "true")


def test_a_photograph_is_reached_from_the_map_and_the_view_is_kept_on_the_way_back(look):
    page = look("map")
    canvas = the_map(page)
    canvas.focus()
    for key in ("+", "+", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile("at="))
    kept = page.url
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/verger/photo/[0-9a-f]{32}"))
    page.get_by_role("link", name="On the map").click()
    the_map(page)
    page.go_back()
    page.go_back()
    the_map(page)
    assert page.url == kept


def test_everything_is_reached_by_keyboard_and_the_menu_can_be_skipped(look):
    page = look("quality")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_photograph_that_is_chosen_is_named_with_the_corners_that_spoke(look, taught):
    photograph = taught[1][0]
    page = look("identify")
    page.get_by_label("A photograph of a fruit").set_input_files(str(photograph))
    heading = page.locator("#answer h2")
    expect(heading).to_have_text(photograph.parent.name, timeout=60_000)
    picture = page.locator("#asked img").bounding_box()
    for corner in page.locator("#asked rect").all():
        box = corner.bounding_box()
        for start, side in (("x", "width"), ("y", "height")):
            middle = box[start] + box[side] / 2
            assert picture[start] - 1 <= middle <= picture[start] + picture[side] + 1


def test_a_new_category_is_told_and_a_button_starts_a_run_for_it(look, images):
    kumquat = images / "Training" / "Kumquats" / "1.jpg"
    kumquat.parent.mkdir()
    kumquat.write_bytes(b"later")
    page = look("orchard")
    page.get_by_role("button", name="Run for Kumquats").click()
    expect(page.locator("#started")).to_contain_text("Started as manual__", timeout=60_000)
