"""The one line at the end of a run, and the table that counts findings by rule."""

from __future__ import annotations

from picklecheck.options import CHOICES
from picklecheck.output import counted

CLEAN = "All checks passed!"
PARTLY_CLEAN = "Nothing found in what could be checked."

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from picklecheck.findings import Finding, Judged, Report


def summary(report: Report) -> str:
    """What the run came to, such as `Found 2 errors and 1 note in 1 file (3 files checked).`"""
    fixed = f"Fixed {counted(len(report.fixed), 'finding')}. " if report.fixed else ""
    accepted = f" The baseline accepts {counted(report.accepted, 'finding')}." if report.accepted else ""
    if not report.findings and report.stale:
        return f"{fixed}Nothing new found, but {counted(report.stale, 'finding')} of the baseline no longer.{accepted}"
    if not report.findings and report.of_error:
        return f"{fixed}Nothing found that ends in this error.{accepted}"
    if not report.findings:
        return fixed + (CLEAN if report.is_whole else PARTLY_CLEAN) + accepted
    levels = [finding.level for finding in report.findings]
    counts = [counted(levels.count(level), level) for level in CHOICES["level"] if level in levels]
    listed = " and ".join(filter(None, (", ".join(counts[:-1]), counts[-1])))
    files = counted(len({finding.place.path for finding in report.findings}), "file")
    checked = counted(report.files_checked, "file")
    excluded = f", {report.excluded} excluded" if report.excluded else ""
    return f"{fixed}Found {listed} in {files} ({checked} checked{excluded}).{accepted}"


def crossings(judged: Sequence[Judged]) -> dict[str, int]:
    """How many values cross, and what was judged of them."""
    verdicts = [one.verdict for one in judged]
    return {"total": len(verdicts), **{name: verdicts.count(name) for name in ("fine", "refused", "undecided")}}


def crossings_told(judged: Sequence[Judged]) -> str:
    """The count in words: `214 crossings: 171 fine, 4 refused, 39 undecided`."""
    counts = crossings(judged)
    total = counts.pop("total")
    return f"{counted(total, 'crossing')}: {', '.join(f'{count} {name}' for name, count in counts.items())}"


def undecided(judged: Sequence[Judged]) -> str:
    """A line for each crossing of which nothing was decided, with the reason."""
    return "".join(
        f"{one.path}:{one.line}:{one.column}: undecided: `{one.slot}` of `{one.boundary}`: {one.reason}\n"
        for one in judged
        if one.verdict == "undecided"
    )


def statistics(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """One row per rule, most frequent first: count, code, name and how many `--fix` fixes safely."""
    rows: list[tuple[int, str, str, int]] = []
    for code, name in {(finding.code, finding.name) for finding in findings}:
        of_rule = [finding for finding in findings if finding.code == code]
        safe = sum(any(fix.applicability == "safe" for fix in finding.fixes) for finding in of_rule)
        rows.append((-len(of_rule), code, name, safe))
    return [{"code": code, "name": name, "count": -less, "fixable": safe} for less, code, name, safe in sorted(rows)]


def table(findings: Sequence[Finding]) -> str:
    """The statistics as lines: count, code, `[*]` where all or `[-]` where some are fixable, name."""
    lines = []
    for row in statistics(findings):
        mark = "[*]" if row["fixable"] == row["count"] else "[-]" if row["fixable"] else "[ ]"
        lines.append(f"{row['count']:>5}  {row['code']}  {mark}  {row['name']}")
    return "".join(f"{line}\n" for line in lines)
