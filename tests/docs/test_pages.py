"""The documentation site: its commands parse, every block runs in the order of its page, and it builds offline."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
import typer
import yaml

from brainaging.bundles import bundle_names, bundle_path
from brainaging.pipeline.cli.app import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md") if path.name not in ("evidence.md", "glossary.md"))
#: pages whose blocks take seconds
QUICK = ("handlers.md",)


def blocks(page: str) -> list[tuple[str, str]]:
    """Return (language, text) of every fenced block of a page."""
    return re.findall(r"^```(\w*)\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL | re.M)


def commands(text: str) -> list[list[str]]:
    """Return the words of every command of a block; a backslash goes on with it in the next line."""
    lines = text.replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line.strip() and not line.startswith("#")]


TYPED = [
    (page, words)
    for page in PAGES
    for language, text in blocks(page)
    if language == "bash"
    for words in commands(text)
]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_what_it_is(page: str) -> None:
    assert {language for language, _ in blocks(page)} <= {"bash", "python", "text"}


@pytest.mark.parametrize(("page", "words"), [pair for pair in TYPED if pair[1][0] == "brainaging"])
def test_each_command_parses(page: str, words: list[str]) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    command = group.commands[words[1]]  # type: ignore[attr-defined]
    with command.make_context(words[1], words[2:]) as context:
        assert not context.args, f"{page}: left over are {context.args}"


def test_other_commands_are_of_make_and_monai() -> None:
    for page, words in TYPED:
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), flags=re.M), (page, words)
        else:
            assert words[0] == "brainaging" or words[:4] == ["python", "-m", "monai.bundle", "run"], (page, words)


def test_what_pages_name_is_there() -> None:
    for page in PAGES:
        text = (DOCS / page).read_text(encoding="utf-8")
        for name in re.findall(r"benchmarks/\w+\.py", text):
            assert (ROOT / name).is_file(), (page, name)
        for name in re.findall(r"`brainaging (\w+)", text):
            assert name in typer.main.get_command(app).commands, (page, name)  # type: ignore[attr-defined]


def test_every_page_is_reached() -> None:
    nav = str(yaml.load((ROOT / "mkdocs.yml").read_text(), yaml.BaseLoader)["nav"])
    assert [page for page in PAGES if page not in nav] == []


@pytest.mark.parametrize(
    "page", [page if page in QUICK else pytest.param(page, marks=pytest.mark.slow) for page in PAGES]
)
def test_a_page_s_blocks_run_in_order(
    page: str, tmp_path: Path, run_python: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed as they stand, in one folder, but for `make`, which sets up the environment that this runs in."""
    monkeypatch.chdir(tmp_path)
    bundles = str(bundle_path(bundle_names()[0]).parent)
    names: dict[str, object] = {}
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, page, "exec"), names)
        for words in commands(text) if language == "bash" else []:
            if words[0] == "make":
                continue
            words = [word.replace("$BUNDLES", bundles) for word in words]
            program = [str(Path(sys.executable).with_name("brainaging"))] if words[0] == "brainaging" else []
            done = run_python([*program, *words[1:]], tmp_path, [{"COLUMNS": "200"}])[0]
            assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("mkdocs") is None or find_spec("material") is None:
        pytest.skip("the site's tools are not installed (extra `docs`)")
    folder = tmp_path_factory.mktemp("site")
    links = ROOT / "build" / "types" / "brainaging"
    if not links.is_dir():
        pytest.skip("`make types` has not been run")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = os.environ | {
        "NO_MKDOCS_2_WARNING": "1",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.slow
def test_the_site_builds_offline_and_fetches_nothing(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        text = page.read_text(encoding="utf-8")
        fetched = re.findall(
            r'(?:<script[^>]*src|<link[^>]*rel="(?:stylesheet|preconnect)"[^>]*href|<img[^>]*src)="(http[^"]+)"',
            text,
        )
        assert fetched == [], page


@pytest.mark.slow
def test_every_bundle_has_its_card_and_the_api_its_functions(site: Path) -> None:
    overview = (site / "bundles" / "index.html").read_text(encoding="utf-8")
    for card in (ROOT / "bundles").glob("*/docs/README.md"):
        name = card.parents[1].name
        assert f'href="{name}.html"' in overview
        heading = re.search(r"^# (.+)", card.read_text(encoding="utf-8"), flags=re.M)
        assert heading is not None and heading[1] in (site / "bundles" / f"{name}.html").read_text(
            encoding="utf-8"
        )
    for page, name in (("transforms", "t1w_chain"), ("handlers", "Checkpoints"), ("metrics", "FrechetDistance")):
        assert f'id="brainaging.{"" if page == "transforms" else "pipeline."}{page}.{name}"' in (
            site / "api" / f"{page}.html"
        ).read_text(encoding="utf-8")
