"""The phone page, as people use it."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.service import service
from tests.unit.serving.conftest import SEASON
from verger.serving.keys import add_key
from verger.serving.pages import PAGE

SIZES, SCHEMES = {"phone": PHONE, "desktop": DESKTOP}, ("light", "dark")


def ask(page, *photographs) -> None:
    page.locator("#choose").set_input_files([str(path) for path in photographs])


def answered(page):
    heading = page.locator("#match")
    expect(heading).to_be_visible(timeout=60_000)
    return heading


def test_a_photograph_gets_its_fruit_with_the_keypoints_that_spoke(visit, running, taught):
    page = visit(running.address)
    ask(page, taught[1][0])
    expect(answered(page)).to_contain_text(taught[1][0].parent.name)
    assert page.locator(".results li").count() == 5
    boxes = page.locator(".frame rect")
    assert boxes.count() > 0
    sides = page.locator(".frame").bounding_box()
    box = boxes.first.bounding_box()
    assert sides["x"] - 50 < box["x"] < sides["x"] + sides["width"]
    assert page.evaluate("document.activeElement.id") == "match"
    page.get_by_role("button", name="Show the keypoints").click()
    expect(page.locator(".frame svg")).to_be_hidden()


def test_large_photographs_are_shrunk_before_they_travel(visit, running, taught, tmp_path):
    large = tmp_path / "large.png"
    Image.open(taught[1][0]).resize((3000, 3000), Image.Resampling.BICUBIC).save(large)
    page = visit(running.address)
    with page.expect_response("**/v1/identify") as told:
        ask(page, large)
    assert told.value.json()["photo"]["width"] == 1600
    expect(answered(page)).to_contain_text(taught[1][0].parent.name)


def test_what_it_does_not_know_it_says(visit, running, tmp_path):
    noise = tmp_path / "noise.png"
    pixels = np.random.default_rng(0).integers(0, 256, (100, 100, 3), np.uint8)
    Image.fromarray(pixels).save(noise)
    page = visit(running.address)
    ask(page, noise)
    expect(answered(page)).to_have_text("I don't know")
    expect(page.locator("#said")).to_contain_text("nothing I have learnt")


def test_a_file_that_is_no_photograph_is_told_so(visit, running, tmp_path):
    text = tmp_path / "text.jpg"
    text.write_text("no photograph")
    page = visit(running.address)
    ask(page, text)
    expect(page.locator("#status")).to_contain_text("cannot be used", timeout=60_000)


def test_it_works_by_keyboard_alone(visit, running, taught):
    page = visit(running.address)
    reached = []
    # Listening begins before the walk: Chromium's page learns of it and of a key on two ways, and
    # told of both at once may have opened a chooser of its own by the time it hears of ours.
    with page.expect_file_chooser() as opened:
        for _ in range(4):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate("document.activeElement.id || document.activeElement.lang")
            )
        assert reached == ["en", "fr", "take", "choose"]
        page.keyboard.press("Space")
    opened.value.set_files(str(taught[1][0]))
    answered(page)
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.textContent") == "Show the keypoints"
    page.keyboard.press("Space")
    expect(page.locator(".frame svg")).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_serious(visit, running, taught, axe, size, scheme):
    page = visit(running.address, SIZES[size], scheme)
    assert axe(page) == []
    ask(page, taught[1][0])
    answered(page)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]


def test_it_speaks_french_and_remembers_it(visit, running, taught):
    page = visit(running.address, locale="fr-FR")
    expect(page.locator("#question")).to_have_text("Quel est ce fruit ?")
    page.get_by_role("button", name="English").click()
    expect(page.locator("#question")).to_have_text("What fruit is this?")
    ask(page, taught[1][0])
    answered(page)
    page.get_by_role("button", name="Français").click()
    expect(page.locator("#said")).to_contain_text("Ce que cela peut être")
    page.reload()
    expect(page.locator("#question")).to_have_text("Quel est ce fruit ?")
    assert page.locator("html").get_attribute("lang") == "fr"


def test_it_can_be_installed_and_opens_without_a_network(visit, running, taught):
    page = visit(running.address)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # from here on the service worker is in between
    errors = page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")
    assert [one["errorId"] for one in errors["installabilityErrors"]] in ([], ["in-incognito"])
    page.context.set_offline(True)
    page.reload()
    ask(page, taught[1][0])
    expect(page.locator("#status")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(answered(page)).to_contain_text(taught[1][0].parent.name)


def test_a_service_with_keys_asks_for_one_once(visit, taught, tmp_path):
    keys = tmp_path / "keys.json"
    key = add_key(keys, "phone")
    with service(taught[0], "--keys", str(keys)) as guarded:
        page = visit(guarded.address)
        ask(page, taught[1][0])
        page.get_by_label("API key of this service").fill(key)
        page.get_by_role("button", name="Use it").click()
        answered(page)
        page.reload()
        ask(page, taught[1][0])
        answered(page)


def test_an_answer_of_ones_own_is_kept_with_consent_only(visit, taught, tmp_path):
    photograph = Image.open(taught[1][0])
    place = photograph.getexif()
    place[0x010F] = "a camera that must not be told"
    sent = io.BytesIO()
    photograph.save(sent, "JPEG", exif=place)
    (tmp_path / "photo.jpg").write_bytes(sent.getvalue())
    with service(taught[0], "--feedback", str(tmp_path / "landing")) as running:
        page = visit(running.address)
        ask(page, tmp_path / "photo.jpg")
        answered(page)
        page.get_by_label("What it is").fill("Quince")
        page.get_by_role("button", name="Send").click()
        assert not (tmp_path / "landing").exists()  # the browser asks for the tick first
        page.get_by_label("Keep my photograph").check()
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#kept")).to_contain_text("Thank you")
    (kept,) = (tmp_path / "landing" / "feedback").glob("*/*.jpg")
    told = json.loads(kept.with_suffix(".json").read_text())
    assert (told["label"], told["answered"]) == ("Quince", taught[1][0].parent.name)
    assert b"camera" not in kept.read_bytes()


def test_without_a_photograph_nothing_is_said(visit, running):
    page = visit(running.address)
    expect(page.locator("#answer")).to_be_hidden()
    expect(page.locator("#feedback")).to_be_hidden()


def test_names_and_facts_come_with_their_sources_the_teams_own_among_them(visit, running, taught):
    told = running.identify(taught[1][0].read_bytes()).json()
    page = visit(running.address, locale="fr-FR")
    ask(page, taught[1][0])
    answered(page)
    said = page.locator("#said")
    for words in (
        told["names"]["scientific"],
        told["names"]["french"],
        f"{told['facts']['energy']['value']} kcal pour 100 g",
        SEASON,
        "the team's facts.csv",
    ):
        expect(said).to_contain_text(words)
    leads = [link.get_attribute("href") for link in said.get_by_role("link").all()]
    assert f"https://www.wikidata.org/wiki/{told['facts']['wikidata']['value']}" in leads


@pytest.mark.parametrize("language", ["English", "Français"])
def test_whatever_the_page_says_it_says_in_both_languages(visit, running, language):
    texts = [path.read_text() for path in [*sorted(PAGE.glob("*.js")), PAGE / "index.html"]]
    names = {name for text in texts for name in re.findall(r'(?:\bsay\(|data-say=)"(\w+)"', text)}
    assert len(names) > 25
    page = visit(running.address)
    page.get_by_role("button", name=language).click()
    told = page.evaluate(
        "async (names) => { const { say } = await import('/page/words.js');"
        " return Object.fromEntries(names.map((name) => [name, say(name, {})])); }",
        sorted(names),
    )
    assert [name for name, words in told.items() if words == name] == []
