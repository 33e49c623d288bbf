"""The page of a run, as its reader sees it."""

import re

import pytest

import verger_plugin
from tests.plans import ESTIMATED as PLAN
from verger.lake.store import Lake
from verger.objects.folder import Folder
from verger_pages import run_page
from verger_pages.run_page import run_html

SUMMARY = {
    "seconds": {"import_images": 12.5},
    "photographs_done": {"import_images": 40},
    "fit": {
        "mean_distance": {"Apple": 61.25},
        "published_mean_distance": 50.0,
        "published_worst_label": 55.0,
        "refit_due_for": ["Apple"],
    },
}


def shown(html):
    """What stands on the page, without markup."""
    body = html.partition("<body>")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_names_are_shown_as_they_are_and_none_of_them_is_markup():
    odd = {**PLAN, "images": "s3://in/<script>", "model": "<i>m</i>"}
    odd["changes"] = {"<b>Apple": PLAN["changes"]["Apple"]}
    html = run_html(odd, None)
    for name in ("s3://in/&lt;script&gt;", "&lt;b&gt;Apple", "&lt;i&gt;m&lt;/i&gt;"):
        assert name in html
    assert "<script>" not in html


def test_facts_of_the_same_number_stand_beside_each_other():
    first_run = shown(run_html(PLAN, None))
    assert "40 photographs 40 new 0 node-hours, estimated" in first_run
    idle = shown(run_html({**PLAN, "changes": {}}, None))
    assert "40 photographs 0 new 0 node-hours, estimated" in idle
    assert "Nothing new, changed or deleted." in idle


def test_settings_that_the_published_model_overrules_are_told():
    told = {"name": "k", "asked": "300", "used": "1000"}
    assert "Not used: k = 300; the published model has 1000." in shown(
        run_html({**PLAN, "unused": [told]}, None)
    )


def test_what_a_new_release_makes_again_is_told():
    told = "this release makes histograms in another way (version 4, was 3): made again"
    said = shown(run_html({**PLAN, "upgrades": [told]}, None))
    assert f"Note: {told}." in said


def test_a_plan_of_an_earlier_release_has_a_page_too():
    assert "Apple" in run_html({k: v for k, v in PLAN.items() if k != "unused"}, None)


def test_once_the_run_is_over_it_shows_what_stages_took_and_how_words_fit():
    said = shown(run_html(PLAN, SUMMARY))
    assert "import_images 50 s $0.010 12.5 s $0.003 40" in said  # 72 cents an hour
    assert "$0.003 for that, without starts and requests" in said
    reused = "extract_descriptors finished before: the same photographs, settings and models reused"
    assert reused in said
    assert "50.0 on average, 55.0 for the label" in said
    assert "Apple 61.2 a refit is due" in said


def test_a_plan_of_an_earlier_release_tells_no_prices():
    earlier = {name: told for name, told in PLAN.items() if name != "dollars_an_hour"}
    said = shown(run_html(earlier, SUMMARY))
    assert "import_images 50 s 12.5 s 40" in said
    assert "$0.003" not in said


def test_what_was_reused_is_told_with_the_reason():
    grown = {**PLAN, "photographs": 1040, "model": "cafe"}
    grown["seconds"] = {"import_images": 50.0, "pivot_histograms": 40.0}
    said = shown(run_html(grown, {**SUMMARY, "reused": ["pivot_histograms"]}))
    assert "import_images the parts of 1,000 other photographs were finished before" in said
    assert "build_vocabulary the words of the published model cafe reused" in said
    assert "pivot_histograms finished by another run or try" in said


def test_what_was_decided_about_its_model_is_told_with_the_reason():
    published = run_html(PLAN, SUMMARY, {"published": True, "model": "cafe"}, "r")
    assert "It published the model cafe" in shown(published)
    assert 'href="../../card?model=cafe"' in published
    worse = {"published": False, "why": "species: right about 3 of 9"}
    assert "not published: species: right about 3 of 9" in shown(run_html(PLAN, SUMMARY, worse))


def test_the_tasks_of_a_run_are_a_link_away_whatever_its_name():
    assert "../../../dags/fruit_features/runs/manual__2026%2B00%3A00" in run_html(
        PLAN, None, None, "manual__2026+00:00"
    )


def test_what_the_model_in_use_thought_of_new_photographs_is_told():
    of = {"photographs": 40, "right_species": 30, "right_label": 20, "not_known": 5}
    said = shown(run_html(PLAN, {**SUMMARY, "first_answers": {"Kumquats": of}}))
    assert "Kumquats 40 30 20 5" in said


@pytest.fixture
def lake(tmp_path, monkeypatch):
    made = Folder(str(tmp_path))
    monkeypatch.setattr(run_page, "lake", lambda: Lake(made))
    return made


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (("vacuum", "r"), "Only runs of fruit_features have a plan."),
        (("fruit_features", "a/b"), "run id 'a/b': use letters"),
        (("fruit_features", "r"), "no plan yet"),
    ],
)
def test_a_run_that_has_nothing_to_show_says_why(lake, run, told):
    assert told in shown(run_page.page(*run)).replace("&#39;", "'")


def test_a_damaged_document_is_named_with_the_remedy(lake):
    lake.write("runs/r/estimate.json", b"{half")
    said = shown(run_page.page("fruit_features", "r"))
    assert "runs/r/estimate.json is damaged" in said
    assert "clear the task plan" in said


def test_the_tab_is_found_below_a_path_prefix_too():
    # Airflow's page has <base href="/prefix/">: what begins with a slash would leave the prefix.
    for view in verger_plugin.VergerPages.external_views:
        assert not view["href"].startswith("/")
