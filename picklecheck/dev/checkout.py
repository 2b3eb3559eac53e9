"""The checkout that the tools of this package work on, and what they write into it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "picklecheck"
FIXTURES = ROOT / "fixtures"


class Refused(Exception):
    """A request that cannot be met; its text is one line for whoever asked."""


def require() -> None:
    """Raises `Refused` where the package does not stand in a checkout."""
    missing = [name for name in ("pyproject.toml", "fixtures", "tests") if not (ROOT / name).exists()]
    if missing:
        raise Refused(f"works only in a checkout of picklecheck, and {ROOT} has no {missing[0]}")


def shown(path: Path) -> str:
    """A path of the checkout as messages name it."""
    return path.relative_to(ROOT).as_posix()


def create(texts: dict[Path, str]) -> None:
    """Write new files, with their folders. Raises `Refused`, before anything is written, where one is there."""
    for path in texts:
        if path.exists() or path.is_symlink():
            raise Refused(f"{shown(path)} is there already; nothing was written")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def between(text: str, mark: str, name: str) -> tuple[str, str, str]:
    """A text before, between and behind the marks of a generated part. Raises `Refused` where they are missing."""
    start, end = mark.format(name), mark.format(f"/{name}")
    before, found, rest = text.partition(f"{start}\n")
    inside, closed, behind = rest.partition(end)
    if not (found and closed):
        raise Refused(f"the marks `{start}` and `{end}` are not there")
    return before + found, inside, closed + behind
