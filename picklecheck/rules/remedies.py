"""Which rewrites are tried for a finding, and what each needs to know of it."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing, Use
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.source.edits import Fix

Remedies = list[Fix | NoFix]


def for_function(crossing: Crossing, refusal: Refusal) -> Remedies:
    return []


for_method = for_attribute = for_class = for_hidden = for_misnamed = for_mangled = for_function
for_super = for_resource = for_exception = for_temporary = for_function


def for_guard(use: Use) -> Remedies:
    return []


for_join = for_guard
