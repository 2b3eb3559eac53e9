"""The documentation site is built without a warning, with a page for each rule at the address that findings name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from picklecheck.rules.catalogue import RULES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: a link that leads nowhere fails."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_each_rule_has_its_address(site: Path) -> None:
    for rule in RULES:
        page = site / "rules" / rule.name / "index.html"
        assert f'<h1 id="{rule.code.lower()}-{rule.name}"' in page.read_text("utf-8")


def test_the_site_asks_no_other_host_for_anything(site: Path) -> None:
    page = (site / "index.html").read_text("utf-8")
    loaded = [part for part in page.split("<") if part.startswith(("script src=", 'link rel="stylesheet"', "img "))]
    assert loaded and not [part for part in loaded if "://" in part]
