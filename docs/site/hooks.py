"""Pages of the site that are made, when built, of files elsewhere in the repository; nothing is copied by hand.

Bundles' cards (``bundles/*/docs/README.md``) become pages of their own, with a table of all of them in front; the
guide for contributors and the changelog are pages; pictures of the README go with the page that shows them.
"""

import json
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation

ROOT = Path(__file__).parents[2]
#: the page of each file that is shown on one, and of each picture
PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
PICTURES = ("demo.png", "film.png", "change.png")
#: where links in such files lead on the site, by what they lead to from the root
TARGETS = {"docs/evidence.md": "evidence.md", "docs/glossary.md": "glossary.md", "CHANGELOG.md": "changelog.md"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and pictures."""
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=_linked((ROOT / source).read_text(encoding="utf-8"))))
    for name in PICTURES:
        files.append(File.generated(config, f"pictures/{name}", abs_src_path=str(ROOT / ".github" / name)))
    cards = sorted(path for path in (ROOT / "bundles").glob("*/docs/README.md"))
    for card in cards:
        page = f"bundles/{card.parents[1].name}.md"
        files.append(File.generated(config, page, content=_unmatter(card.read_text(encoding="utf-8"))))
    files.append(File.generated(config, "bundles/index.md", content=_overview(cards)))
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Leave the navigation as it is: bundles' pages are reached from their table."""
    return nav


def _overview(cards: list[Path]) -> str:
    """Return the page that lists the bundles, from their metadata."""
    lines = ["# Bundles", "", "Each is a MONAI bundle in the model zoo's form; its page is its card.", ""]
    lines += ["| bundle | version | what it is |", "| --- | --- | --- |"]
    for card in cards:
        metadata = json.loads((card.parents[1] / "configs" / "metadata.json").read_text(encoding="utf-8"))
        name = card.parents[1].name
        lines.append(f"| [{name}]({name}.md) | {metadata['version']} | {metadata['description']} |")
    return "\n".join([*lines, ""])


def _unmatter(text: str) -> str:
    """Return a card without the front matter that a model hub reads."""
    return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)


def _linked(text: str) -> str:
    """Return a text whose links to files of the repository lead to their pages, or are plain words."""

    def link(found: re.Match[str]) -> str:
        words, target = found.groups()
        return f"[{words}]({TARGETS[target]})" if target in TARGETS else words

    return re.sub(r"\[([^\]]+)\]\((?!http|#)([^)]+)\)", link, text)
