"""The page as people meet it: in Chromium without a window."""

from __future__ import annotations

import pytest

SCHEMES = ["light", "dark"]


@pytest.fixture(params=SCHEMES)
def opened(request, browser, page):
    """The page on screen, and what the browser complains of."""
    context = browser.new_context(color_scheme=request.param, offline=True)
    tab = context.new_page()
    complaints = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(page.as_uri())
    yield tab
    context.close()
    assert complaints == []


def cells(tab, region, column):
    rows = tab.get_by_role("region", name=region).locator("tbody tr")
    return [row.locator("th,td").nth(column).inner_text() for row in rows.all()]


def test_it_shows_verdict_plots_and_tables(opened):
    assert opened.locator(".verdict.better").inner_text() == "better"
    assert opened.locator("svg").count() == 6
    assert opened.locator("svg circle").count() > 12


def test_a_heading_sorts_its_table_either_way(opened):
    button = opened.get_by_role("region", name="Scores of cola").get_by_role("button", name="mean")
    button.click()
    assert (found := cells(opened, "Scores of cola", 2)) == sorted(found, key=float)
    button.press("Enter")
    assert cells(opened, "Scores of cola", 2) == found[::-1]


def test_times_sort_by_their_length_and_not_their_first_digit(opened):
    button = opened.get_by_role("region", name="Time spent on cola").get_by_role("button", name="a run")
    button.click()
    assert cells(opened, "Time spent on cola", 1) == ["1 min 30 s", "1 h 01 min"]
    button.click()
    assert cells(opened, "Time spent on cola", 1) == ["1 h 01 min", "1 min 30 s"]


def test_a_phone_scrolls_tables_and_not_the_page(opened):
    opened.set_viewport_size({"width": 360, "height": 740})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360


def test_paper_has_the_page_without_its_controls(opened):
    opened.emulate_media(media="print")
    assert not opened.get_by_label("Search in “Wrong in every run”").is_visible()
    assert opened.locator(".on-paper").first.is_visible()


def test_search_leaves_what_fits(opened):
    field = opened.get_by_label("Search in “Wrong in every run”")
    field.fill("sentence 3 ")
    rows = opened.locator(f"#{field.get_attribute('data-filters')} tbody tr:visible")
    assert [row.locator("th").inner_text() for row in rows.all()] == ["dev-3"]
    field.fill("")
    assert rows.count() >= 5


def test_an_accessibility_checker_finds_nothing(opened):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    results = axe.Axe().run(opened)
    assert results.violations_count == 0, results.generate_report()


def test_it_fits_a_phone(opened):
    opened.set_viewport_size({"width": 360, "height": 740})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360


def test_on_paper_nothing_is_cut_off(opened):
    opened.emulate_media(media="print")
    assert not opened.locator("input[type=search]").first.is_visible()
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
