"""The page in a browser without a network: it says nothing wrong, sorts, fits, prints and can be used by everyone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.conftest import ROOT
from tests.page.conftest import NAME

AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("run", "log", "comparison")
WIDTHS = (1280, 400)


class Opened:
    """A page that is open, and what the browser had to say and to ask for."""

    def __init__(self, browser: Browser, file: Path, width: int) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.context.set_offline(True)
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.on("request", self._note)
        self.page.goto(file.as_uri())

    def _note(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.asked.append(request.url)


@pytest.fixture(
    scope="module", params=[(name, width) for name in NAMES for width in WIDTHS], ids=lambda p: f"{p[0]}-{p[1]}"
)
def opened(request: pytest.FixtureRequest, browser: Browser, pages: dict[str, Path]) -> Iterator[Opened]:
    name, width = request.param
    found = Opened(browser, pages[name], width)
    yield found
    found.page.close()


def test_it_says_nothing_asks_for_nothing_and_fits(opened: Opened) -> None:
    assert opened.said == []
    assert opened.asked == []
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 100)")
    assert page.locator("h1").count() == 1
    cut = (
        "[...document.querySelectorAll('p, h1, h2, h3, dd, figcaption')].filter(e => e.scrollWidth > e.clientWidth + 1)"
    )
    assert page.evaluate(f"{cut}.filter(e => !e.classList.contains('unseen')).length") == 0


def test_everyone_can_use_it(opened: Opened) -> None:
    if opened.page.title() != NAME and opened.page.viewport_size == {"width": 1280, "height": 900}:
        return  # other pages have the same parts: one width does for them
    if not AXE.exists():
        pytest.skip("axe-core is not there: make installs it with npm, which could not be had")
    opened.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    opened.page.evaluate(AXE.read_text("utf-8"))
    found = opened.page.evaluate("axe.run()")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    assert len(found["passes"]) > 20


def test_a_table_that_is_too_wide_scrolls_by_itself(browser: Browser, pages: dict[str, Path]) -> None:
    page = Opened(browser, pages["run"], 400).page
    wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth)"
    assert page.evaluate(f"{wide}.length") > 3
    assert page.evaluate(f"{wide}.every(e => e.tabIndex === 0 && e.getAttribute('aria-labelledby'))")
    page.close()


def column(page: Page, place: int) -> list[str]:
    rows = "document.querySelector('table[data-report=\"tasks_by_time_of_day\"]').tBodies[0].rows"
    found: list[str] = page.evaluate(f"[...{rows}].map(row => row.cells[{place}].dataset.value)")
    return found


def test_tables_sort_by_click_and_by_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    page = Opened(browser, pages["run"], 1280).page
    before = column(page, 1)
    head = page.locator("table[data-report=tasks_by_time_of_day] thead th").nth(1)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert column(page, 1) == sorted(before, key=float) != before
    page.keyboard.press("Enter")  # the button has the focus
    assert head.get_attribute("aria-sort") == "descending"
    assert column(page, 1) == sorted(before, key=float, reverse=True)
    assert "descending" in page.locator("#sorted").inner_text()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert column(page, 0) == sorted(column(page, 0))
    assert page.locator("th[aria-sort]").count() == 1
    page.close()


def test_the_first_tab_leads_to_the_report(browser: Browser, pages: dict[str, Path]) -> None:
    page = Opened(browser, pages["run"], 1280).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.close()


@pytest.mark.parametrize("name", NAMES)
def test_it_prints_on_a_few_whole_pages(name: str, browser: Browser, pages: dict[str, Path]) -> None:
    page = Opened(browser, pages[name], 1280).page
    printed = page.pdf(prefer_css_page_size=True)
    sheets = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 2 <= sheets <= 16
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})  # what A4 has between these margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    wide = "[...document.querySelectorAll('.scroll')].filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1)"
    assert page.evaluate(f"{wide}.map(e => e.innerText.slice(0, 40))") == []
    assert not page.locator("nav").is_visible()
    page.close()
