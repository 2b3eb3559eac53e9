"""Models of `platform`: the Python version as a text, and as texts."""

from __future__ import annotations

from picklecheck.semantics.domain.values import UNKNOWN, Arguments, Here, Values
from picklecheck.semantics.kinds import version_info
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import models


@models("platform.python_version")
def _version(run: Machine, arguments: Arguments, here: Here) -> Values:
    return version_info.text(here.site)


@models("platform.python_version_tuple")
def _version_tuple(run: Machine, arguments: Arguments, here: Here) -> Values:
    major, minor = (version_info.text_part(index, here.site) for index in range(2))
    return (run.tuple_of([major, minor, UNKNOWN], here.site),)
