"""The page as people meet it: in Chromium without a window."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

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


@pytest.fixture
def unfolded(opened):
    """With all that is folded away in sight."""
    opened.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    return opened


@pytest.mark.parametrize("width", [360, 768])
def test_a_phone_scrolls_tables_and_not_the_page(unfolded, width):
    unfolded.set_viewport_size({"width": width, "height": 740})
    assert unfolded.evaluate("document.documentElement.scrollWidth") <= width
    assert width > 360 or unfolded.evaluate(
        "[...document.querySelectorAll('.wide')].some(e => e.scrollWidth > e.clientWidth)"
    )


def test_a_plot_unfolds_into_its_numbers_by_keyboard(opened):
    summary = opened.get_by_text("matthews_correlation of each run: the numbers")
    table = opened.get_by_role("region", name="matthews_correlation of each run, cola")
    assert not table.is_visible()
    summary.press("Enter")
    assert table.locator("tbody tr").count() == 12


def test_paper_has_the_page_without_its_controls(opened, tmp_path):
    opened.emulate_media(media="print")
    for control in ("input", "summary", "nav"):
        assert all(not each.is_visible() for each in opened.locator(control).all())
    assert opened.locator(".on-paper").first.is_visible()
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert opened.pdf(format="A4").startswith(b"%PDF")


def test_on_paper_nothing_is_cut_off(opened):
    """A4 between margins of a centimetre is 718 pixels wide."""
    opened.set_viewport_size({"width": 718, "height": 1000})
    opened.emulate_media(media="print")
    assert (
        opened.evaluate(
            "Math.max(...[...document.querySelectorAll('table, svg')].map(e => e.getBoundingClientRect().right))"
        )
        <= 718
    )


def test_search_leaves_what_fits(opened):
    field = opened.get_by_label("Search in “Wrong in every run”")
    field.fill("sentence 3 ")
    rows = opened.locator(f"#{field.get_attribute('data-filters')} tbody tr:visible")
    assert [row.locator("th").inner_text() for row in rows.all()] == ["dev-3"]
    field.fill("")
    assert rows.count() >= 5


@pytest.mark.parametrize("width", [360, 1280])
def test_an_accessibility_checker_finds_nothing(unfolded, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    unfolded.set_viewport_size({"width": width, "height": 800})
    results = axe.Axe().run(unfolded)
    assert results.violations_count == 0, results.generate_report()
