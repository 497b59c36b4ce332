"""The morphometry section and its files: complete, escaped, repeatable, and readable with and without scans."""

import re
import shutil
from html.parser import HTMLParser

import pytest
from matplotlib.image import imread

from brainaging.pipeline.report import render_report
from brainaging.pipeline.report.chapters.morphometry_figures import morphometry_content
from brainaging.pipeline.report.inputs import read_run

EVIL = '<script>alert("x")</script>'


class Text(HTMLParser):
    """Collects a page's words and headings."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.words, self.inside = [], []
        self.feed(text)

    def handle_starttag(self, name, attributes):
        if name == "style":
            self.inside.append(name)

    def handle_endtag(self, name):
        if name == "style":
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def html(table_run) -> str:
    return render_report(table_run).read_text(encoding="utf-8")


def test_a_run_of_a_table_alone_speaks_of_people_and_not_of_scans(html):
    text = Text(html).text
    assert "600 people's morphometry tables" in text and "T1-weighted" not in text
    for name in ("reconstructions", "pca", "placement"):
        assert f'id="{name}"' not in html
    assert "The measures were compared between people" in text
    assert "People by age bracket and sex" in text


def test_every_part_of_the_section_is_there(html):
    text = Text(html).text
    for words in (
        "The average female and male brain",
        "The average brain of each age group",
        "Men minus women",
        "Men minus women, at the same age and head size",
        "Structures most important for sex",
        "Age bracket by twelve models",
        "Sites that no model has seen",
        "Each site by itself",
        "Two principal components",
        "painted/sex_given_head_size.png",
    ):
        assert words in text, words
    assert "<b>Leiden</b>" in text and "<b>Leiden</b>" not in html
    # how the brain is drawn is said once
    assert text.count("half-way inflated") == 1


def test_one_file_a_comparison_stands_beside_the_report(html, table_run):
    names = sorted(path.name for path in (table_run / "painted").iterdir())
    assert names == ["mean_22-25.png", "mean_F.png", "mean_M.png", "sex.png", "sex_given_head_size.png"]
    picture = imread(table_run / "painted" / "sex.png")
    assert picture.shape[1] > 1200 and (picture[0, :, :3] == 1).all() and picture.std() > 0.05


def test_the_same_run_gives_the_same_page_and_files(table_writer, tmp_path):
    pages, files = [], []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        table_writer(tmp_path / name, ("sex",), ("thickness",), ("sex",), ("table",))
        pages.append(render_report(tmp_path / name).read_bytes())
        files.append((tmp_path / name / "painted/sex.png").read_bytes())
    assert pages[0] == pages[1] and files[0] == files[1]


def test_a_file_that_is_missing_or_broken_costs_its_figures_alone(table_run, tmp_path):
    shutil.copy(table_run / "importance.csv", tmp_path)
    (tmp_path / "regions.csv").write_text("structure,hemisphere\n")
    (tmp_path / "table_pca.csv").write_text("space,pc1,pc2,sex,age_group\ntable,about one,2,F,22-25\n")
    content = morphometry_content(read_run(tmp_path))
    assert content is not None and len(content.figures) == 3
    notes = " ".join(content.extra["notes"])
    assert "regions.csv could not be read: regions.csv: expected the columns" in notes
    assert "table_pca.csv could not be read" in notes and "found 'about one'" in notes
    assert morphometry_content(read_run(tmp_path / "..")) is None


def test_names_from_data_stay_text(table_writer, tmp_path):
    table_writer(tmp_path, ("mean_F", "sex"), ("thickness",), ("sex",), ("table",))
    for name in ("regions.csv", "importance.csv"):
        path = tmp_path / name
        text = (
            path.read_text().replace("precuneus", '"<script>alert(""x"")</script>"').replace("mean_F", "mean_../x")
        )
        path.write_text(text)
    html = render_report(tmp_path).read_text(encoding="utf-8")
    assert "<script" not in html
    assert [path.name for path in (tmp_path / "painted").iterdir() if "x" in path.name.replace("sex", "")] == [
        "mean_.._x.png"
    ]
    assert not list(tmp_path.parent.glob("x*"))
