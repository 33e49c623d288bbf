"""Debian's Chromium over the real service, driven by Playwright."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.unit.serving.conftest import running, taught  # noqa: F401  fixtures

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
TOOLS = "`make test-browser` installs it with apt and npm"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip(f"there is no Chromium: {TOOLS}")
    # As root, which builds run as, Chromium has no sandbox; the pages are our own.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        started = playwright.chromium.launch(
            executable_path=program, args=flags, downloads_path=folder
        )
        yield started
        started.close()


@pytest.fixture
def visit(browser):
    """Opens pages, each as a visitor of its own; at the end none has complained to the console."""
    visitors, complaints = [], []

    def open_page(address: str, size: dict = PHONE, scheme: str = "light", locale: str = "en-GB"):
        visitor = browser.new_context(viewport=size, color_scheme=scheme, locale=locale)
        visitors.append(visitor)
        page = visitor.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Security Policy" in said.text else None,
        )
        page.goto(address)
        return page

    yield open_page
    for visitor in visitors:
        visitor.close()
    assert not complaints


@pytest.fixture
def axe():
    """What axe-core finds on a page that is serious or worse."""
    if not AXE.exists():
        pytest.skip(f"there is no axe-core: {TOOLS}")

    def serious(page) -> list[str]:
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run()")["violations"]
        return [
            f"{one['id']}: {one['nodes'][0]['html']}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    return serious
