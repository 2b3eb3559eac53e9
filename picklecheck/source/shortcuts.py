"""What is left out because it cannot matter, and how tests turn that off to see that the findings stay the same."""

from __future__ import annotations

import os

# Files whose bytes hold no boundary; files in which nothing that is pickled may be refused; what files and runs have
# in common, made again; module bodies that reach no boundary, and calls that were too long before.
SHORTCUTS = ("sieve", "nomination", "sharing", "slicing")

# The environment reaches the workers too; it is for tests, so nothing is said of names that are none of these.
_refused = frozenset(os.environ.get("PICKLECHECK_WITHOUT", "").split(","))


def taken(shortcut: str) -> bool:
    """Whether one of the `SHORTCUTS` is taken, as it is unless a test has turned it off."""
    return shortcut not in _refused
