"""`course playground` in a real browser: no barrier, no code, nothing from outside, nothing left behind."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from course.app import playground, ports
from course.syllabus import explorers
from tests.serving import served, wait_for

lab = pytest.importorskip(
    "tests.browser.lab", reason="playwright is not installed: uv sync --inexact --group dev", exc_type=ImportError
)
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed: uv sync --inexact --group dev"
)

EXPLORERS = {name: about for name, (about, _) in explorers().items()}
NAMES = tuple(EXPLORERS)
# Served as learners get it, but for three things: an error is shown, a look at the kernels is taken each second, and at
# a signal their patience ends. A computer that is busy enough may leave a page without its kernel for any fixed time.
PROGRAM = """
import signal
from voila.app import Voila
from course.app import playground

def arguments(*given, **named):
    plain = [option for option in learners(*given, **named) if "cull_interval" not in option]
    return [*plain, "--MappingKernelManager.cull_interval=1", "--VoilaConfiguration.show_tracebacks=True"]

def lose_patience(*_):
    Voila.instance().kernel_manager.cull_idle_timeout = 1

learners, playground.arguments = playground.arguments, arguments
signal.signal(signal.SIGUSR1, lose_patience)
"""

pytestmark = pytest.mark.browser


class Playground(NamedTuple):
    """Where it is served, and by which process."""

    address: str
    server: subprocess.Popen[bytes]


both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


@contextmanager
def playing(folder: Path, change: str = "") -> Iterator[Playground]:
    """The playground, for as long as the block lasts."""
    port, log = ports.find_free(), folder / "log"
    program = f"{PROGRAM}{change}\nplayground.run(port={port}, browser=False)"
    with served([sys.executable, "-c", program], log) as server:
        wait_for(f"http://127.0.0.1:{port}/voila/static/voila.js", server, log)
        yield Playground(f"http://127.0.0.1:{port}", server)


@pytest.fixture(scope="module")
def playground_served(tmp_path_factory) -> Iterator[Playground]:
    with playing(tmp_path_factory.mktemp("playground")) as found:
        yield found


@pytest.fixture(scope="module")
def address(playground_served) -> str:
    return playground_served.address


def opened(browser, address):
    """A tab with the playground, and what it asked for and complained of."""
    page = lab.new_page(browser, viewport={"width": 1280, "height": 900}, color_scheme="light")
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("websocket", lambda socket: page.asked.append(socket.url))
    page.goto(address, wait_until="commit")
    lab.appears(page.locator(".course-explorer").first)  # by then it has its kernel
    return page


@pytest.fixture(scope="module")
def page(browser, address):
    page = opened(browser, address)
    for number in range(len(NAMES)):
        lab.explorer(page, number)
    yield page
    page.close()


@both_themes
def test_axe_finds_no_barrier(page, artefacts, theme):
    page.emulate_media(color_scheme=theme)
    page.mouse.move(0, 0)
    page.screenshot(path=artefacts / f"playground-{theme}.png", full_page=True)
    found = axe.Axe().run(page).response["violations"]
    assert [(rule["impact"], rule["help"], rule["nodes"][0]["html"]) for rule in found] == []


@both_themes
def test_the_page_is_as_light_or_dark_as_the_reader_wants(page, theme):
    page.emulate_media(color_scheme=theme)
    style = "body => [getComputedStyle(body).backgroundColor, getComputedStyle(body).color]"
    ground, ink = (
        sum(map(float, color.partition("(")[2].strip(")").split(",")[:3]))
        for color in page.locator("body").evaluate(style)
    )
    assert (ground > ink) == (theme == "light")
    assert abs(ground - ink) > 400  # of 765
    assert page.locator("body").get_attribute("data-jp-theme-light") == str(theme == "light").lower()


def test_it_has_a_language_a_title_headings_and_one_main_part_that_holds_everything(page):
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title() == playground.TITLE
    headings = page.locator("h1, h2, h3, h4").all()
    assert [heading.evaluate("h => h.tagName") for heading in headings] == ["H1", *["H2"] * len(NAMES)]
    assert [heading.inner_text() for heading in headings[1:]] == [about.question for about in EXPLORERS.values()]
    assert page.locator("main").count() == 1
    assert page.locator("main .course-explorer").count() == len(NAMES)


def test_a_link_at_the_top_leads_to_each_explorer_and_the_page_scrolls(page):
    page.get_by_role("link", name=EXPLORERS[NAMES[-1]].title).click()
    assert page.evaluate("scrollY") > 0
    assert page.locator(f"#{NAMES[-1]}").bounding_box()["y"] < 900


def test_no_code_is_shown(page):
    assert page.locator(".jp-InputArea-editor, .cm-editor").count() == 0
    assert "import" not in page.locator("body").inner_text()


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_the_first_slider_moves_the_picture_by_keyboard(page, number):
    box = lab.explorer(page, number)
    handle = box.locator(".course-controls [role=slider]").first
    before = lab.picture(box)
    lab.step(page, handle)
    lab.moves(page, box, before)


def test_a_control_without_effect_says_so_and_moves_nothing(page, artefacts):
    box = lab.explorer(page, NAMES.index("schools"))
    handle = box.get_by_role("slider", name="Prior sd of the mean mu (points)").first
    flat = box.get_by_label("Flat prior on mu instead")
    flat.check()
    lab.until(page, "handle => handle.ariaDisabled === 'true'", handle.element_handle())
    page.screenshot(path=artefacts / "playground-disabled.png", full_page=True)
    value = handle.get_attribute("aria-valuenow")
    lab.step(page, handle)
    assert handle.get_attribute("aria-valuenow") == value
    flat.uncheck()
    lab.until(page, "handle => handle.ariaDisabled === 'false'", handle.element_handle())
    lab.step(page, handle)
    assert handle.get_attribute("aria-valuenow") != value


def test_nothing_is_asked_for_outside_this_computer_and_nothing_complains(page, address):
    hosts = {urlsplit(url).netloc for url in page.asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(address).netloc}
    assert [text for text in page.said if lab.HARMLESS not in text] == []


def kernel_of(page) -> str:
    return str(json.loads(page.locator("#jupyter-config-data").text_content())["kernelId"])


def is_alive(address: str, kernel: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/api/kernels/{kernel}", timeout=lab.LIMIT).close()
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return False
        raise
    return True


def ends(address: str, kernel: str) -> bool:
    deadline = time.monotonic() + lab.LIMIT
    while is_alive(address, kernel) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not is_alive(address, kernel)


def test_a_closed_tab_ends_its_kernel_and_no_other(page, browser, address):
    tab = opened(browser, address)
    kernel = kernel_of(tab)
    assert is_alive(address, kernel)
    tab.goto("about:blank")  # as when it is closed, the page is told that it goes
    assert ends(address, kernel)
    tab.close()
    assert is_alive(address, kernel_of(page))


def test_the_kernel_of_a_crashed_tab_is_ended_and_that_of_an_open_one_is_not(page, browser, playground_served):
    address, server = playground_served
    tab = opened(browser, address)
    kernel = kernel_of(tab)
    tab.close(run_before_unload=False)  # it is gone without a word
    server.send_signal(signal.SIGUSR1)
    assert ends(address, kernel)
    assert is_alive(address, kernel_of(page))


def test_a_cell_that_fails_ends_the_wait_and_is_named(browser, tmp_path):
    change = """
found = playground.explorers()
playground.explorers = lambda: {"no_such_explorer": found["schools"]}
"""
    with playing(tmp_path, change) as found:
        begin = time.monotonic()
        with pytest.raises(lab.Trouble, match=r"Playground.*, cell \w+: .*no_such_explorer") as said:
            opened(browser, found.address)
        assert "AttributeError" in str(said.value)
        assert time.monotonic() - begin < lab.LIMIT / 2
