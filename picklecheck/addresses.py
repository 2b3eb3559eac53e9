"""Where the project can be found: the one place that names its address."""

HOME = "https://example.org/picklecheck"
ISSUES = f"{HOME}/issues"


def of_rule(name: str) -> str:
    """The address of the page of a rule."""
    return f"{HOME}/rules/{name}"
