"""Where the project can be found: the one place that names its address."""

HOME = "https://example.org/picklecheck"
PROJECT = {
    "Homepage": HOME,
    "Documentation": f"{HOME}/docs",
    "Source": f"{HOME}/source",
    "Issues": f"{HOME}/issues",
    "Changelog": f"{HOME}/changelog",
}


def of_rule(name: str) -> str:
    """The address of the page of a rule."""
    return f"{HOME}/rules/{name}"
