"""Results that are awaited when their pool is gone."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import UseRule
from picklecheck.source.edits import Fix


class ResultAfterTerminate(UseRule):
    code = "PKL405"
    name = "result-after-terminate"
    summary = "A result is awaited after its pool was terminated, as leaving `with Pool()` does: it never arrives"
    kind = "awaited after terminate"
    run_time_effect = "hangs"

    def message(self, use: Use) -> str:
        match use.subject:
            case "__exit__":
                ended = "the end of the `with` block has terminated its pool"
            case "terminate":
                ended = "`terminate()` has stopped its pool"
            case _:
                ended = "its pool was terminated"
        return f"the result never arrives: it is awaited after {ended}"

    def advice(self, use: Use) -> str:
        if use.subject == "terminate":
            return "read the result before `terminate()`, or `close()` and `join()` the pool instead"
        return "read the result inside the `with` block, or `close()` and `join()` the pool there"

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        return remedies.for_late_result(use)
