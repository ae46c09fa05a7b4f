"""An explorer on a computer that is slow: it says that it is late, and then works, whatever anywidget has given up."""

import pytest

lab = pytest.importorskip(
    "tests.browser.lab", reason="playwright is not installed: uv sync --inexact --group dev", exc_type=ImportError
)

pytestmark = pytest.mark.browser

# anywidget finds every module late, and Vega is not there before the test lets it come.
SLOW = """
const { timeout } = AbortSignal;
AbortSignal.timeout = () => timeout.call(AbortSignal, 0);
window.courseVegaMayCome = new Promise(resolve => { window.courseLetVegaCome = resolve; });
const { createObjectURL } = URL;
URL.createObjectURL = thing => createObjectURL.call(
  URL, thing.size > 500_000 ? new Blob(["await window.courseVegaMayCome;", thing], { type: thing.type }) : thing);
"""


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_an_explorer_that_is_late_says_so_and_then_follows_its_controls(browser, jupyterlab, artefacts, theme):
    address, folder = jupyterlab
    page = lab.new_page(browser, viewport={"width": 1280, "height": 1000})
    page.add_init_script(SLOW)
    lab.load(page, address)
    lab.write_notebook(folder / "late.ipynb", "from course import explore\nexplore.shrinkage()")
    lab.open_and_run(page, "late.ipynb", theme=theme)

    sentence = lab.appears(page.get_by_role("status").get_by_text("The picture is still on its way"))
    ink, ground = sentence.evaluate(
        """sentence => {
            const light = color => color.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
            return [light(getComputedStyle(sentence).color), light(getComputedStyle(document.body).backgroundColor)];
        }"""
    )
    assert (ground > ink) == (theme == "Light")
    assert abs(ground - ink) > 400  # of 765
    box = page.locator(".course-explorer")
    box.screenshot(path=artefacts / f"late-{theme.lower()}.png")
    assert box.locator(".course-picture svg").count() == 0

    summary = box.locator(".course-summary")
    before = summary.text_content()
    slider = lab.appears(box.get_by_role("slider", name="tau (points)").first)
    lab.step(page, slider)  # the controls are there and count
    lab.until(page, "([line, before]) => line.textContent !== before", [summary.element_handle(), before])

    page.evaluate("courseLetVegaCome()")
    lab.explorer(page)
    assert page.get_by_text("The picture is still on its way").count() == 0
    tau = slider.evaluate("slider => slider.getAttribute('aria-valuetext')")
    assert f"tau = {float(tau):.1f}" in box.locator(".vega-embed").get_attribute("aria-label")
    for handle in box.get_by_role("slider").all():
        shown = lab.picture(box)
        lab.step(page, handle)
        lab.moves(page, box, shown)
    assert any(lab.HARMLESS in text for text in page.said)  # anywidget has given its models up, all this time
    lab.close(page)
    page.close()
