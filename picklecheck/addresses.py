"""Where the project can be found: the one place that names its address."""

HOME = ""  # it has no public address yet
_PAGES = {"Documentation": "docs", "Source": "source", "Issues": "issues", "Changelog": "changelog"}
PROJECT = {"Homepage": HOME, **{name: f"{HOME}/{page}" for name, page in _PAGES.items()}} if HOME else {}


def public(rule: str) -> str:
    """The address at which anybody finds the page of a rule; empty where there is none."""
    return f"{HOME}/rules/{rule}" if HOME else ""


def of_rule(rule: str) -> str:
    """The address of the page of a rule for whoever is at this machine: the public one, else the installed page."""
    if HOME:
        return public(rule)
    from pathlib import Path

    return (Path(__file__).absolute().parent / "rules" / "pages" / f"{rule}.md").as_uri()
