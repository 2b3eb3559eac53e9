"""The trees that are measured: the Python files of released packages, in versions that stay the same."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

VERSIONS = {
    "sympy": "1.13.3",
    "django": "5.1",
    "pandas": "2.2.3",
    "scikit-learn": "1.5.2",
    "transformers": "4.45.0",
    "homeassistant": "2024.3.3",
    "celery": "5.4.0",
    "distributed": "2024.9.0",
    "dask": "2024.9.0",
    "datasets": "3.0.0",
    "joblib": "1.4.2",
}
QUICK = ("sympy", "celery", "joblib")

# The same wheels on every machine; nothing in them is built, imported or run.
_WHEELS = ("--no-deps", "--only-binary=:all:", "--python-version=3.12", "--platform=manylinux2014_x86_64")


def fetched(name: str, folder: Path) -> Path:
    """The folder with the Python files of a package; it is downloaded where it is not there yet."""
    tree = folder / f"{name}-{VERSIONS[name]}"
    if tree.is_dir():
        return tree
    downloads = folder / "downloads"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *_WHEELS]
    subprocess.run([*pip, f"--dest={downloads / name}", f"{name}=={VERSIONS[name]}"], check=True)
    (wheel,) = (downloads / name).glob("*.whl")
    partly = folder / f"{tree.name}.part"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(partly, [one for one in archive.namelist() if one.endswith(".py")])
    partly.rename(tree)
    return tree
