"""Laws of the report: self-contained, escaped, complete, repeatable, and true to the run's files."""

import base64
import json
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest

from brainaging.pipeline.report import render_report
from brainaging.pipeline.report.declared_sections import SECTIONS as ALL
from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.report.page import CONDITIONAL, cautions
from brainaging.pipeline.results import GateCheck, NotComputed, write_results
from brainaging.pipeline.runtime import UserError

#: those that are mentioned where their file is missing
SECTIONS = [declared for declared in ALL if not declared.optional]
VOID = {"meta", "img", "br", "hr", "link", "input"}
SELF_CLOSED = {"line", "circle", "path", "use", "image"}
EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """Collects a page's elements and checks that they nest."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.faults, self.words = [], [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"never closed: {name}" for name in self.open]

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)

    def handle_startendtag(self, name, attributes):
        self.elements.append((name, dict(attributes)))

    def handle_endtag(self, name):
        if not self.open or self.open.pop() != name:
            self.faults.append(f"closed out of turn: {name} at {self.getpos()}")

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))

    def all(self, name):
        return [attributes for found, attributes in self.elements if found == name]


@pytest.fixture(scope="module")
def html(example_run):
    return render_report(example_run).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


@pytest.fixture
def only(example_run, tmp_path):
    """Return what makes a run of some files alone: a whole page takes seconds to draw."""

    def copy(*names):
        (tmp_path / "some").mkdir()
        for name in names:
            shutil.copy(example_run / name, tmp_path / "some")
        return tmp_path / "some"

    return copy


def test_the_page_nests_and_its_ids_are_unique(page):
    assert page.faults == []
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_nothing_is_fetched(html, page):
    for _, attributes in page.elements:
        for name in ("src", "href", "srcset", "action", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:")), attributes
    assert not page.all("script") and not page.all("link") and not page.all("iframe")
    style = re.search(r"<style>(.*?)</style>", html, re.S)[1]
    assert "url(" not in style and "@import" not in style
    for uri in re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html):
        drawing = base64.b64decode(uri).decode()
        assert not re.search(r'(href|src)="(?!#)', drawing)


def test_every_picture_has_a_text_alternative_and_a_size(page):
    pictures = page.all("img")
    assert len(pictures) > 50
    assert all("alt" in one and int(one["width"]) > 0 and int(one["height"]) > 0 for one in pictures)
    # Only the colour bar is empty: the words at its ends say all.
    assert sum(not one["alt"] for one in pictures) == 1
    labelled = [one for one in page.all("svg") if one.get("role") == "img"]
    assert labelled and all(one["aria-label"] for one in labelled)


def test_every_section_stands_under_its_heading_and_in_the_contents(page):
    links = {attributes["href"] for attributes in page.all("a")}
    sections = {attributes["id"]: attributes["aria-labelledby"] for attributes in page.all("section")}
    for declared in SECTIONS:
        assert declared.id in sections and f"#{declared.id}" in links
        assert declared.missing not in page.text
    headings = {attributes.get("id") for attributes in page.all("h2")}
    assert set(sections.values()) <= headings


def test_table_headings_have_a_scope(page):
    assert page.all("th") and all(one.get("scope") in ("col", "row") for one in page.all("th"))


def test_numbers_in_the_table_are_those_of_the_file(page, example_run):
    expected = sorted(repr(one.value) for one in read_run(example_run).results if not isinstance(one, NotComputed))
    assert sorted(attributes["value"] for attributes in page.all("data")) == expected


def test_the_same_run_gives_the_same_bytes(only):
    copied = only("results.csv", "cohort.json", "curves.csv", "pca.csv", "placement.npz", "provenance.json")
    once = render_report(copied).read_bytes()
    assert render_report(copied).read_bytes() == once


def test_the_page_says_what_the_numbers_are_not(page):
    assert "not a person's future" in page.text
    assert "The cohort is simulated" in page.text
    assert "Restricted values" in page.text and "are not in this report" in page.text
    # what intervals hold fixed stands before the first of them, once
    assert page.text.count(CONDITIONAL) == 1
    assert page.text.index(CONDITIONAL) < page.text.index("95 % interval 0.")
    assert "which the simulated effects were set to meet" in page.text
    assert "The simulated effects were set so that the original's numbers are about met." in page.text


@pytest.mark.parametrize(("value", "words"), [(False, "scans of real people"), (None, "was not recorded")])
def test_the_origin_of_the_cohort_is_said(only, value, words):
    copied = only("cohort.json", "provenance.json")
    cohort = json.loads((copied / "cohort.json").read_text())
    cohort["simulated"] = value
    (copied / "cohort.json").write_text(json.dumps(cohort))
    text = Page(render_report(copied).read_text(encoding="utf-8")).text
    assert words in text and "The cohort is simulated" not in text


def test_strings_from_data_stay_text(only, writer, prober):
    copied = only("cohort.json", "provenance.json", "results.csv", "curves.csv", "pca.csv", "pca.json")
    cohort = json.loads((copied / "cohort.json").read_text())
    cohort |= {"name": EVIL, "excluded": [{"subject": EVIL, "reason": EVIL}]}
    cohort["age"] = {EVIL + "$x_$": {"F": 1, "M": 2}}
    cohort["grid"]["intensity"] = EVIL
    (copied / "cohort.json").write_text(json.dumps(cohort))
    (copied / "provenance.json").write_text(
        json.dumps({"command": [EVIL], EVIL: {EVIL: EVIL}, "versions": {EVIL: EVIL}})
    )
    reason = NotComputed(experiment="sex", cohort=EVIL, target="sex", reason=EVIL)
    check = {"model": "gan", "metric": "labels", "value": 1.0, "limit": 0.1, "passed": False, "reason": EVIL}
    findings = [prober(cohort=EVIL, site=EVIL), reason, GateCheck(experiment="gate", cohort=EVIL, **check)]
    write_results(findings, copied / "results.csv")
    writer[1](
        copied / "curves.csv",
        "experiment,fold,epoch,metric,value",
        [[EVIL, EVIL, 1, EVIL, 1], [EVIL, 0, 2, EVIL, 2]],
    )
    writer[1](
        copied / "pca.csv", "space,pc1,pc2,sex,age_group", [[EVIL, 1, 2, EVIL, EVIL], ["voxels", 1, 2, "F", EVIL]]
    )
    text = render_report(copied).read_text(encoding="utf-8")
    page = Page(text)
    assert page.faults == []
    assert "<script" not in text and "onerror" not in {name for _, found in page.elements for name in found}
    assert EVIL in " ".join(page.words)


def test_an_empty_folder_gives_sentences(tmp_path):
    page = Page(render_report(tmp_path).read_text(encoding="utf-8"))
    assert page.faults == []
    for declared in SECTIONS:
        assert f"{declared.missing}: {declared.needs} is not in the output folder." in page.text
    assert not page.all("img")


@pytest.mark.parametrize("name", ["results.csv", "cohort.json"])
def test_one_missing_file_costs_its_section_alone(only, name):
    there = ("results.csv", "cohort.json", "provenance.json", "placement.npz")
    copied = only(*(other for other in there if other != name))
    text = Page(render_report(copied).read_text(encoding="utf-8")).text
    missing = {other.needs for other in SECTIONS if other.missing in text}
    assert missing == {other.needs for other in SECTIONS if other.needs not in there or other.needs == name}


@pytest.mark.parametrize("declared", SECTIONS, ids=lambda declared: declared.id)
def test_a_broken_file_gives_one_sentence(example_run, tmp_path, declared):
    path = tmp_path / declared.needs
    whole = (example_run / declared.needs).read_bytes()
    for broken in (b"", b"\xff\xfe\x00 not a table", whole[: len(whole) // 3], b"[]", b'{"age": 3, "sex": [1]}'):
        path.write_bytes(broken)
        page = Page(render_report(tmp_path).read_text(encoding="utf-8"))
        assert page.faults == []
        assert "Traceback" not in page.text and str(tmp_path) not in page.text
        assert sum(other.missing in page.text for other in SECTIONS) >= len(SECTIONS) - 1


def test_a_broken_row_is_named_and_costs_the_others_nothing(only):
    copied = only("results.csv")
    path = copied / "results.csv"
    path.write_text(path.read_text().replace(",0.93,", ",about nine,", 1))
    text = Page(render_report(copied).read_text(encoding="utf-8")).text
    assert "rows are broken, the first: results.csv, line" in text
    assert "original_value expected a number, found 'about nine'" in text
    assert "results.csv could not be read" not in text
    assert "age in years" in text.lower()


def test_what_could_not_be_computed_is_said_in_place_of_its_section(tmp_path):
    reason = NotComputed(experiment="edits", cohort="c", reason="16 scans, at least 20 needed")
    write_results([reason, reason], tmp_path / "results.csv")
    text = Page(render_report(tmp_path).read_text(encoding="utf-8")).text
    assert "edits.npz is not in the output folder. Not computed: 16 scans, at least 20 needed." in text


@pytest.mark.parametrize(
    ("simulated", "words"), [(True, "put in on purpose"), (False, "real people"), (None, "not recorded")]
)
def test_a_caution_says_whose_brains_these_are(simulated, words):
    assert words in cautions(simulated)[1]
    assert cautions(simulated, scans=False)[0].split()[1] == "measures"


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("reconstructions.npz", {"pca": np.zeros((2, 3, 4, 5))}, "pca expected shape"),
        ("reconstructions.npz", {"mask": np.ones((2, 2, 2))}, "mask expected shape"),
        ("placement.npz", {"axial": np.zeros(3)}, "axial expected (k, rows, columns)"),
        ("placement.npz", {"mask_axial": np.zeros((3, 3))}, "mask_axial expected shape"),
        ("placement.npz", {"dice": np.zeros(1)}, "dice expected"),
    ],
)
def test_arrays_that_do_not_fit_are_named(only, name, change, words):
    copied = only(name)
    with np.load(copied / name) as archive:
        arrays = dict(archive) | change
    np.savez(copied / name, **arrays)
    assert words in Page(render_report(copied).read_text(encoding="utf-8")).text


def test_pickled_arrays_are_refused(only):
    copied = only("placement.npz")
    np.savez(copied / "placement.npz", axial=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert "placement.npz could not be read" in Page(render_report(copied).read_text(encoding="utf-8")).text


def test_one_scan_and_one_method_are_shown(only):
    """No spacing and no Dice either."""
    copied = only("results.csv", "reconstructions.npz", "placement.npz")
    with np.load(copied / "reconstructions.npz") as archive:
        original, mask = archive["original"][:1], archive["mask"]
    np.savez(copied / "reconstructions.npz", original=original, autoencoder=original, mask=mask)
    with np.load(copied / "placement.npz") as archive:
        np.savez(
            copied / "placement.npz", **{name: archive[name][:1] for name in ("axial", "coronal", "sagittal")}
        )
    page = Page(render_report(copied).read_text(encoding="utf-8"))
    assert page.faults == []
    assert "could not be" not in page.text and "not computed" in page.text


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match="nowhere: expected the output folder of a run"):
        render_report(tmp_path / "nowhere")


@pytest.mark.slow
def test_the_largest_run_stays_small(tmp_path, writer):
    writer[0](tmp_path, spacing=1.0, scans=3, placed=40, subjects=1113)
    assert render_report(tmp_path).stat().st_size < 5_000_000
