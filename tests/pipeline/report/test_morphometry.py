"""The morphometry section and its files: complete, escaped, repeatable, and readable with and without scans."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.image import imread

from brainaging.pipeline.report import render_report, summary_picture
from brainaging.pipeline.report.chapters.importance import strongest
from brainaging.pipeline.report.chapters.model_grid import split_model
from brainaging.pipeline.report.chapters.morphometry import morphometry_content
from brainaging.pipeline.report.chapters.results import at_a_glance
from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.report.painted.files import file_name, write_maps
from brainaging.pipeline.report.painted.maps import comparison_maps, comparisons
from brainaging.pipeline.report.phrases import metric, source, word
from brainaging.pipeline.report.selection import parse_rows
from brainaging.pipeline.report.sentences import findings

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
def table_run(tmp_path_factory, writer, table_writer, made_run) -> Path:
    """Return the folder of a run of a table alone, with every file that its analysis leaves."""
    folder = tmp_path_factory.mktemp("table")
    table_writer[0](
        folder, ("mean_F", "mean_M", "mean_22-25", "sex", "sex_given_head_size"), ("thickness", "volume")
    )
    head = (made_run / "results.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "results.csv").write_text(f"{head}\n{table_writer[1]()}", encoding="utf-8")
    shutil.copy(made_run / "cohort.json", folder)
    return folder


@pytest.fixture(scope="module")
def html(table_run) -> str:
    return render_report(table_run).read_text(encoding="utf-8")


def rows(run: Path):
    return parse_rows(pd.read_csv(run / "results.csv", dtype=str, keep_default_na=False))


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
        "What tells sex",
        "Age bracket by twelve models",
        "Sites that no model has seen",
        "Each site for itself",
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


def test_the_same_run_gives_the_same_page_and_files(html, table_run, tmp_path):
    run = Path(shutil.copytree(table_run, tmp_path / "copy"))
    before = {path.name: path.read_bytes() for path in (run / "painted").iterdir()}
    assert render_report(run).read_text(encoding="utf-8") == html
    assert {path.name: path.read_bytes() for path in (run / "painted").iterdir()} == before


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
    table_writer[0](tmp_path, ("mean_F", "sex"), ("thickness",), ("sex",), ("table",))
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


def test_all_maps_of_a_kind_share_one_scale(table_run):
    table = read_run(table_run).regions
    raw, given = (comparison_maps(table, name) for name in ("sex", "sex_given_head_size"))
    assert len({one.scale for one in [*raw, *given]}) == 1
    women, men = (comparison_maps(table, name) for name in ("mean_F", "mean_M"))
    assert [one.scale for one in women] == [one.scale for one in men]
    assert raw[0].scale.low == -raw[0].scale.high
    assert not women[0].scale.logarithmic and women[-1].scale.logarithmic


def test_comparisons_come_in_reading_order(table_run):
    table = read_run(table_run).regions
    assert comparisons(table) == ["mean_F", "mean_M", "mean_22-25", "sex", "sex_given_head_size"]
    assert comparisons(table.sample(frac=1, random_state=1)) == comparisons(table)


def test_what_cannot_be_painted_is_left_out():
    table = pd.DataFrame(
        [
            ("eTIV", "", "volume", "global", "sex", 1.0, np.nan),
            ("insula", "left", "meancurv", "desikan-killiany", "sex", 1.0, np.nan),
        ],
        columns=["structure", "hemisphere", "measure", "atlas", "comparison", "value", "p_fwe"],
    )
    assert comparisons(table) == [] and comparison_maps(table, "sex") == []


def test_files_of_equal_names_do_not_overwrite_each_other(table_run, tmp_path):
    maps = comparison_maps(read_run(table_run).regions, "sex")[:1]
    written = write_maps(tmp_path, {"a/b": maps, "a b": maps, "empty": []})
    assert [name for name, _ in written] == ["painted/a_b.png", "painted/a_b_.png"]
    assert file_name("../../etc/passwd") == ".._.._etc_passwd" and file_name("/") == "map"


def test_one_model_stands_at_a_glance_and_both_modalities_are_told_apart(table_run, made_run):
    everything = [*rows(made_run), *rows(table_run)]
    shown = at_a_glance(everything)
    things = [(row.text["modality"], row.text["target"], row.text["features"]) for row in shown]
    assert len(things) == len(set(things))
    assert {row.text["model"] for row in shown if row.text["target"] == "age_bracket"} == {"logistic_regression"}
    texts = [sentence.text for sentence in findings(everything)]
    assert any(text.startswith("Sex from T1w voxels: ") for text in texts)
    assert any(text.startswith("Sex from the table's latents: ") for text in texts)
    assert any("the table's latents minus the table" in text for text in texts)
    assert len(texts) == len(set(texts))


def test_unseen_sites_stand_beside_the_headline(table_run):
    found = [sentence for sentence in findings(rows(table_run)) if "has not seen" in sentence.text]
    assert found[0].text.startswith("Age in years from the table, at sites that the model has not seen:")
    assert "3.40 (95 % interval 3.25 to 3.55) instead of 2.90, above mean" in found[0].text.replace(" years", "")
    assert found[0].verdict == "worse"


def test_a_site_is_no_headline(table_run):
    assert all(not row.site for row in at_a_glance(rows(table_run)))
    assert {row.site for row in rows(table_run)} == {"", "Beijing_Zang", "Oulu", "<b>Leiden</b>"}


def test_models_of_the_grid_are_known_by_learner_and_scheme(table_run):
    found = {split_model(row) for row in rows(table_run)} - {None}
    assert len(found) == 12 and ("random_forest", "_ovo") in found


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("random_forest", "random forest"),
        ("knn_ovo", "nearest neighbours, one against one"),
        ("decision_tree_ovr", "decision tree, one against the rest"),
        ("gradient_boosting_bias_corrected", "gradient boosting, corrected for age bias"),
        ("table_head_size_proportional", "the table, as shares of head size"),
        ("table_combat", "the table, sites aligned by ComBat"),
        ("latents_minus_table", "latents minus the table"),
        ("morphometry-autoencoder-80", "autoencoder, 80 codes"),
        ("leave_one_site_out", "leaving one site out"),
        ("importance_truth", "importance beside the planted truth"),
    ],
)
def test_new_codes_have_words(code, words):
    assert word(code) == words


def test_metrics_of_the_table_have_names_and_axes():
    found = metric("precision_at_12_structures")
    assert (found.name, found.higher, found.family) == ("precision at 12 (structures)", True, "precision")
    assert source("latents", "table") == "the table's latents" and source("voxels", "T1w") == "T1w voxels"


def test_the_summary_picture_of_a_table_shows_a_painted_brain(table_run, tmp_path):
    summary_picture(table_run, tmp_path / "one.png")
    summary_picture(table_run, tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    picture = imread(tmp_path / "one.png")
    assert picture.shape[:2] == (820, 1800)
    # the left half holds more than words
    assert (picture[:, :900, :3].min(axis=2) < 0.97).mean() > 0.25


@pytest.mark.parametrize(
    ("states", "labels"),
    [
        (["yes", "no", ""], ["planted", "not planted", "measured in the images"]),
        (["yes", "yes", ""], ["planted", "measured in the images"]),
        (["", "", ""], []),
    ],
)
def test_a_structure_whose_truth_was_not_drawn_is_not_called_unplanted(monkeypatch, states, labels):
    table = pd.DataFrame(
        {
            "name": ["a", "b", "c"],
            "structure": ["a", "b", "c"],
            "value": [3.0, 2, 1],
            "ci_low": 0.0,
            "ci_high": 4.0,
        }
    ).assign(hemisphere="", measure="", level="structure", p_fwe=0.01, planted=states)
    named: list[str] = []
    plot = Axes.plot

    def listen(self, *args, **options):
        named.extend([options["label"]] if "label" in options else [])
        return plot(self, *args, **options)

    monkeypatch.setattr(Axes, "plot", listen)
    strongest(table, "sex", "permutation")
    assert named == labels
