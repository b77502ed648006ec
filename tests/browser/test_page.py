"""The HTML page in a browser: clicked, read, resized, printed, without scripts."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("selenium")

import itertools

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from stacks.report.html.page import render
from tests.profiles import preview_of
from tests.report.made import assessment, full

pytestmark = [pytest.mark.slow, pytest.mark.real_tool("chromium"), pytest.mark.real_tool("chromedriver")]

ACME = "examples/acme-aws.yaml"
EKS = "examples/hooli-eks.yaml"
PAGES = {
    "acme": lambda: [full(preview_of(ACME))],
    "eks": lambda: [full(preview_of(EKS), name="hooli")],
    "several": lambda: [
        full(preview_of(ACME)),
        assessment(preview_of("examples/globex-gcp.yaml"), name="globex"),
        assessment(preview_of("examples/hooli-compose-own-machine.yaml"), name="hooli"),
        assessment(preview_of("examples/umbrella-questions.yaml"), name="umbrella", stage="poc"),
    ],
}


class Page:
    """One page in the browser."""

    def __init__(self, browser: Chrome, folder: Path) -> None:
        self.browser = browser
        self._folder = folder

    def open(self, name: str, *, width: int = 1280, height: int = 900, scheme: str = "light", anchor: str = "") -> None:
        path = self._folder / f"{name}.html"
        if not path.exists():
            path.write_text(render(PAGES[name]()), encoding="utf-8")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})
        self.browser.get("about:blank")
        self.browser.get(f"{path.as_uri()}{anchor}")

    def scripts(self, *, on: bool) -> None:
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not on})

    def run(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def shown(self, selector: str) -> list[WebElement]:
        return [element for element in self.all(selector) if element.is_displayed()]

    def wait(self, condition: str) -> None:
        WebDriverWait(self.browser, 5, 0.05).until(lambda _: self.run(f"return {condition}"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture
def page(browser: Chrome, folder: Path) -> Iterator[Page]:
    made = Page(browser, folder)
    made.scripts(on=True)
    browser.get_log("browser")
    browser.get_log("performance")
    yield made
    assert browser.get_log("browser") == [], "the console holds errors, or the content security policy was violated"


def test_search_narrows_the_list_by_name_type_urn_and_input(page: Page):
    page.open("acme")
    total = len(page.shown(".resource"))
    query = page.one(".query input")
    for wanted, name in (
        ("acme-edge-https", "acme-edge-https"),
        ("aws:ec2:Instance", "acme-machine"),
        ("volume::acme-data", "acme-data"),
        ("m6a.8xlarge", "acme-machine"),
    ):
        query.clear()
        query.send_keys(wanted)
        shown = page.shown(".resource .name")
        assert name in [element.text for element in shown]
        assert len(shown) < total / 4
        assert page.one(".hits").text == f"{len(shown)} of {total}"
    query.clear()
    query.send_keys("no such thing")
    assert page.one(".nothing").is_displayed()


def test_filters_narrow_by_action_kind_and_stack(page: Page):
    page.open("eks")
    action, family, stack = (Select(element) for element in page.all(".finder select"))
    stack.select_by_visible_text("hooli-application")
    assert {row.get_attribute("data-stack") for row in page.shown(".resource")} == {"hooli-application"}
    stack.select_by_visible_text("all")
    action.select_by_visible_text("replace")
    assert len(page.shown(".resource")) == 1
    action.select_by_visible_text("all")
    family.select_by_visible_text("data")
    assert {row.get_attribute("data-family") for row in page.shown(".resource")} == {"data"}


def test_a_resource_opens_to_its_inputs_and_leads_to_what_it_needs(page: Page):
    page.open("acme")
    row = next(row for row in page.all(".resource") if "aws:ec2:Instance" in row.text)
    assert not row.find_element(By.CSS_SELECTOR, "pre").is_displayed()
    row.find_element(By.CSS_SELECTOR, "summary").click()
    assert "instanceType: m6a.8xlarge" in row.find_element(By.CSS_SELECTOR, "pre").text
    link = next(link for link in row.find_elements(By.CSS_SELECTOR, ".links a") if link.text == "acme-firewall-machine")
    link.click()
    target = page.one(":target")
    assert target.get_attribute("open") is not None
    assert "acme-firewall-machine" in target.text


def test_a_node_of_the_diagram_leads_to_its_resource_even_where_the_search_hides_it(page: Page):
    page.open("acme")
    page.one(".query input").send_keys("no such thing")
    name = next(text for text in page.all(".node a text") if text.text == "machine")
    page.run("arguments[0].scrollIntoView({ block: 'center' })", name)
    name.click()
    page.wait("document.querySelector(':target')?.open")
    target = page.one(":target")
    assert "aws:ec2:Instance" in target.text
    assert page.run("const r = arguments[0].getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight", target)
    assert page.run("return document.activeElement.closest('details') === arguments[0]", target)


def test_an_address_with_an_anchor_opens_the_row_and_its_tab(page: Page):
    page.open("several")
    anchor = page.run("return '#' + document.querySelector('#p2 .resource').id")
    page.open("several", anchor=anchor)
    assert page.one("#p2-tab").get_attribute("aria-selected") == "true"
    assert page.one(f"{anchor}").get_attribute("open") is not None


def test_the_copy_button_copies_the_command(page: Page):
    page.open("acme")
    page.browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    page.one(".quota summary").click()
    page.one(".quota .copy").click()
    page.wait("document.querySelector('.toast').textContent === 'Copied'")
    copied = page.browser.execute_async_script("navigator.clipboard.readText().then(arguments[0], arguments[0])")
    assert str(copied).startswith("aws service-quotas get-service-quota")


def test_profiles_are_tabs_that_the_keyboard_moves(page: Page):
    page.open("several")
    assert [panel.get_attribute("id") for panel in page.shown("article")] == ["p1"]
    page.one("#p2-tab").click()
    assert [panel.get_attribute("id") for panel in page.shown("article")] == ["p2"]
    page.one("#p2-tab").send_keys(Keys.ARROW_RIGHT)
    assert [panel.get_attribute("id") for panel in page.shown("article")] == ["p3"]
    assert page.run("return document.activeElement.id") == "p3-tab"
    assert [tab.get_attribute("tabindex") for tab in page.all("[role=tab]")] == ["-1", "-1", "0", "-1"]
    page.one("#p3-tab").send_keys(Keys.END)
    assert "nothing to draw" in page.one("#p4").text


@pytest.mark.parametrize("name", ["acme", "eks", "several"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_never_scrolls_sideways(page: Page, name: str, width: int):
    page.open(name, width=width)
    page.run("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.run("return document.scrollingElement.scrollWidth") <= width
    wide = page.run(
        """return [...document.querySelectorAll('main *')].filter(each => {
          if (!each.checkVisibility() || each.closest('svg') && each.tagName !== 'svg') return false;
          for (let up = each; up; up = up.parentElement)
            if (['auto', 'scroll', 'clip', 'hidden'].includes(getComputedStyle(up).overflowX)) return false;
          return each.getBoundingClientRect().right > innerWidth + 1;
        }).map(each => each.outerHTML.slice(0, 120))"""
    )
    assert wide == []


def test_on_a_phone_targets_are_big_enough_to_touch(page: Page):
    page.open("acme", width=360, height=780)
    small = page.run(
        """return [...document.querySelectorAll('button, select, input, .rows summary, .sections a, .profiles a')]
          .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 43.5)
          .map(each => each.outerHTML.slice(0, 120))"""
    )
    assert small == []


@pytest.mark.parametrize("name", ["acme", "eks"])
def test_no_two_texts_of_the_diagram_overlap_in_the_browsers_font(page: Page, name: str):
    page.open(name)
    found = page.run(
        """const boxes = [...document.querySelectorAll('.diagram text')].map(each => [each.getBBox(), each.textContent]);
        const out = [];
        boxes.forEach(([a, first], index) => boxes.slice(0, index).forEach(([b, second]) => {
          const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
          const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
          if (across > 0.5 && down > 2.5) out.push([first, second]);
        }));
        return out"""
    )
    assert found == []
    outside = page.run(
        """return [...document.querySelectorAll('.diagram .node')].filter(node => {
          const rect = node.querySelector('rect').getBBox();
          return [...node.querySelectorAll('text')].some(text => text.getBBox().x + text.getBBox().width > rect.x + rect.width);
        }).map(node => node.textContent)"""
    )
    assert outside == []


_CONTRAST = """
const channel = value => { value /= 255; return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4 };
const numbers = color => color.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const ground = each => {
  for (let up = each; up; up = up.parentElement) {
    const found = numbers(getComputedStyle(up).backgroundColor);
    if (found.length === 3 || found[3] === 1) return found;
  }
  return [255, 255, 255];
};
const out = new Map();
for (const each of document.querySelectorAll('body *')) {
  if (each.closest('svg, [hidden]') || ![...each.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
  const style = getComputedStyle(each);
  const [a, b] = [light(numbers(style.color)), light(ground(each))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) out.set(each.className + ' ' + each.tagName, ratio);
}
for (const each of document.querySelectorAll('.diagram text')) {
  const behind = each.closest('.node') ? '--raised' : '--panel';
  const probe = document.createElement('i');
  document.body.append(probe);
  probe.style.color = `var(${behind})`;
  const [a, b] = [light(numbers(getComputedStyle(each).fill)), light(numbers(getComputedStyle(probe).color))];
  probe.remove();
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) out.set('svg ' + each.getAttribute('class'), ratio);
}
return [...out]
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(page: Page, scheme: str):
    page.open("acme", scheme=scheme)
    page.run("document.querySelectorAll('details').forEach(each => { each.open = true })")
    dark = page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 24)"
    assert dark == (scheme == "dark")
    assert page.run(_CONTRAST) == []


def test_nothing_is_requested_but_the_page_itself(page: Page):
    page.open("eks")
    page.run("document.querySelectorAll('details').forEach(each => { each.open = true })")
    messages = [json.loads(entry["message"])["message"] for entry in page.browser.get_log("performance")]
    urls = {
        message["params"]["request"]["url"].partition("#")[0]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    assert {url for url in urls if not url.startswith(("about:", "data:"))} == {
        page.browser.current_url.partition("#")[0]
    }
    assert page.run("return performance.getEntriesByType('resource').length") == 0


def test_the_policy_stops_a_script_that_somebody_puts_in(page: Page):
    page.open("acme")
    page.run("const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)")
    assert page.run("return window.ran") is None
    assert "Content Security Policy" in str(page.browser.get_log("browser"))


def test_without_scripts_everything_is_there_but_the_search(page: Page):
    page.scripts(on=False)
    page.open("several")
    assert [panel.get_attribute("id") for panel in page.shown("article")] == ["p1", "p2", "p3", "p4"]
    assert not page.shown(".finder")
    assert not page.all(".copy")
    row = page.one(".resource")
    row.find_element(By.CSS_SELECTOR, "summary").click()
    assert row.find_element(By.CSS_SELECTOR, "pre").is_displayed()


def test_headings_and_landmarks_tell_the_page_to_a_screen_reader(page: Page):
    page.open("several")
    assert len(page.all("main")) == 1
    levels = page.run(
        "return [...document.querySelectorAll('#p1 h1, #p1 h2, #p1 h3, #p1 h4')].map(each => +each.tagName[1])"
    )
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
    nameless = page.run(
        """return [...document.querySelectorAll('input, select, nav, [role=region], [role=search], section')]
          .filter(each => !(each.labels?.length || each.getAttribute('aria-label') || each.getAttribute('aria-labelledby')))
          .map(each => each.outerHTML.slice(0, 100))"""
    )
    assert nameless == []
    assert page.one(".diagram title").get_attribute("textContent") == "Architecture of acme"


def test_the_first_tab_key_offers_to_skip_to_the_report(page: Page):
    page.open("acme")
    page.one("body").send_keys(Keys.TAB)
    assert page.run("return document.activeElement.className") == "skip"


def test_the_page_prints_without_its_controls(page: Page):
    page.open("several")
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert len(page.shown("article")) == 4
    assert not page.shown(".finder")
    assert not page.shown(".sections")
    printed = page.browser.execute_cdp_cmd("Page.printToPDF", {})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")
