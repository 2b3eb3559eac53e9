"""The command `check`: options in, findings out, exit code back."""

# What costs time to import is imported where it is needed: with no file to parse, no configuration and no cache, that
# is next to nothing.

from __future__ import annotations

import os
import sys
from contextlib import suppress

from picklecheck.configuration.files import Files, start_of
from picklecheck.options import Misuse, Options
from picklecheck.output import counted, is_harmless, line_of, note, warn
from picklecheck.report.paint import look
from picklecheck.report.summary import CLEAN, PARTLY_CLEAN
from picklecheck.source.discovery import MOST_BYTES, Found, discover, is_excluded
from picklecheck.source.observed import digest, forget
from picklecheck.source.sieve import by_folder, sift, sifted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from picklecheck.caching.cache import Cache
    from picklecheck.findings import Finding
    from picklecheck.mending import Done, Mended
    from picklecheck.narrowing import Narrowed
    from picklecheck.projects import Projects
    from picklecheck.session import Outcome
    from picklecheck.source.discovery import Excluding
    from picklecheck.source.observed import Asked
    from picklecheck.source.text import Source

# The options that settle nothing about a run in which no file needs to be parsed.
_HARMLESS = frozenset(
    {
        "paths",
        "fix",
        "exit_zero",
        "jobs",
        "max_file_size",
        "no_progress",
        "no_cache",
        "cache_dir",
        "isolated",
        "quiet",
        "verbose",
        "color",
    }
)
# Options that may decide which files there are, and those with which more is done, or told, than what is found.
_CHOOSING = ("exclude", "force_exclude", "config")
_DOING = ("fix", "diff", "add_ignore", "baseline", "update_baseline", "diff_base", "output_file", "verbose", "config")


def check(options: Options) -> int:
    """Look for findings as `options` ask, print them, and return the exit code."""
    _demand_sense(options)
    if "-" in options.paths:
        return _check_input(options)
    paths = options.paths or (".",)
    start = start_of(paths)
    configured = _Configured(options, start)
    found = discover(paths, configured.excluding, warn)
    if found.journals:
        from picklecheck.source.replacing import recover

        for text in recover(found.journals):
            note(text)
    found.leave_out(configured.most_bytes)
    _warn_of_gaps(found)
    if options.output_file:
        _demand_other_file(options.output_file, found)
    if options.show_files:
        sys.stdout.write("".join(f"{path}\n" for path in sorted(found.files)))
        return 0
    cache = _cache(options, start) if found.files else None
    if cache and (printed := cache.printed(_question(options, found))) and all(map(is_harmless, printed[:2])):
        sys.stderr.write(printed[0])
        sys.stdout.write(printed[1])
        cache.save()
        return printed[2]
    projects = configured.load() if configured.counts else None
    own_names = projects.own_names() if projects else frozenset[bytes]()
    wanted = _wanted(found.files, options.jobs or _processors(), own_names, cache)
    if options.verbose:
        note(f"{counted(len(found.files), 'file')} found, {len(wanted)} to parse")
    if wanted or projects:
        try:
            return _check_sources(options, configured, wanted, found, {}, cache)
        finally:
            if cache:
                cache.save()
    if cache:
        cache.save()
    if found.files and not options.quiet:
        print(PARTLY_CLEAN if found.unreadable or found.too_large else CLEAN)
    return int(found.unreadable > 0 and not options.exit_zero)


def _demand_other_file(path: str, found: Found) -> None:
    """Refuse to write a report over a file that is checked, by whatever name."""
    with suppress(OSError):
        written = os.stat(path)
        if any(os.path.samestat(written, os.stat(file)) for file in found.files):
            raise Misuse(f"cannot write {path}: it is one of the files that are checked")


def _warn_of_gaps(found: Found) -> None:
    """Say which files are too large, or that there are none."""
    if found.too_large:
        told, more = sorted(found.too_large)[:3], len(found.too_large) - 3
        listed = ", ".join(told) + (f" and {more} more" if more > 0 else "")
        warn(f"too large to be checked (max-file-size sets the limit): {listed}")
    elif not found.files:
        warn(f"no Python files to check{f' ({found.excluded} excluded)' if found.excluded else ''}")


def _cache(options: Options, start: str) -> Cache | None:
    if options.no_cache or os.environ.get("PICKLECHECK_NO_CACHE"):
        return None
    from picklecheck.caching.cache import Cache
    from picklecheck.caching.folder import folder_for

    return Cache(options.cache_dir or folder_for(start), for_fixing=options.fix or options.diff)


def _wanted(files: Mapping[str, bool], jobs: int, own_names: frozenset[bytes], cache: Cache | None) -> list[str]:
    """Those of the files that must be parsed, from the cache where it knows them."""
    forget()  # files may have been changed since another run of this process
    wanted = sift(files, jobs, own_names) if cache is None else _sifted(files, jobs, own_names, cache)
    if not wanted or len(wanted) == len(files):
        return wanted
    asked = _digest_of(["importers", *files], wanted)
    known = cache.wanted(asked) if cache else None
    if known is None:
        from picklecheck.source.importers import importers
        from picklecheck.source.observed import Grounds, told

        with Grounds() as grounds:
            known = importers(files, wanted)
        if cache:
            cache.take([found := told(grounds)])
            cache.keep_wanted(asked, found, known)
    return wanted + known


def _sifted(files: Mapping[str, bool], jobs: int, own_names: frozenset[bytes], cache: Cache) -> list[str]:
    """What `sift` leaves of the files, where only folders in which something was changed are gone through again."""
    left: set[str] = set()
    new: dict[str, list[str]] = {}
    for paths in by_folder(files):
        asked = _digest_of(paths, sorted(own_names))
        known = cache.wanted(asked)
        if known is None:
            new[asked] = paths
        else:
            left.update(known)
    sifts = sifted([*new.values()], jobs, own_names, noting=True)
    cache.take(told for _, told in sifts if told)
    for asked, (survivors, told) in zip(new, sifts, strict=True):
        left.update(survivors)
        if told:
            cache.keep_wanted(asked, told, [*survivors])
    return [path for path, named in files.items() if named or path in left]


def _digest_of(*lists: Sequence[object]) -> str:
    return digest(repr(lists).encode(errors="surrogateescape"))


def _demand_sense(options: Options) -> None:
    """Refuse options that contradict one another."""
    rewriting = [name for name in ("fix", "diff", "add_ignore") if getattr(options, name)]
    if options.diff_base and rewriting[:1] in (["fix"], ["diff"]):
        raise Misuse(f"--diff-base cannot be combined with --{rewriting[0]}, which is not limited to a branch")
    if len(rewriting) > 1 and "add_ignore" in rewriting:
        raise Misuse(f"--add-ignore cannot be combined with --{rewriting[0]}")
    if options.update_baseline and (options.diff_base or options.add_ignore):
        raise Misuse("--update-baseline cannot be combined with --diff-base or --add-ignore")
    if options.stdin_filename and "-" not in options.paths:
        raise Misuse("--stdin-filename names standard input, which is checked where `-` is the path")


class _Configured:
    """The projects of a run, loaded when they are needed; whether one `counts` also where nothing is found."""

    __slots__ = ("_files", "_options", "_projects", "_start", "_warned", "counts")

    def __init__(self, options: Options, start: str) -> None:
        self._options, self._start, self._files = options, start, Files()
        self._projects: Projects | None = None
        self._warned = False
        asked = {name for name, value in vars(options).items() if value != getattr(Options, name)}
        self.counts = not asked <= _HARMLESS
        if any(getattr(options, name) for name in _CHOOSING):
            self.load()

    def load(self) -> Projects:
        """The projects, which count from now on."""
        if self._projects is None:
            from picklecheck.projects import Projects

            self.counts = True
            self._projects = Projects(self._options, self._files, self._start, self._warn)
            if self._options.verbose:
                note(f"settings from {self._projects.whole.file or 'defaults alone'}")
        return self._projects

    def _warn(self, text: str) -> None:
        self._warned = True
        warn(text)

    def excluding(self, folder: str) -> Excluding:
        """What the configuration of a folder leaves out there, and whether also where it is named."""
        if self._projects is None and not self._options.isolated and self._files.above(folder, b"picklecheck"):
            self.load()
        return self._projects.excluded(folder) if self._projects else ((), False)

    def most_bytes(self, path: str) -> int:
        """How large the file at `path` may be."""
        if self._projects and not self._options.max_file_size:
            return self._projects.of(path).max_file_size
        return self._options.max_file_size or MOST_BYTES

    def rests_on(self) -> list[Asked] | None:
        """What the settings rest on: which configuration files there are and are not; None where that is not all."""
        projects = self.load()
        if self._warned or projects.use_baselines:
            return None
        if self._options.isolated:
            return []
        from picklecheck.source.questions import answer

        looked_for = dict(self._files.looked_for())
        asked = [("text", path, digest(data)) for path, data in looked_for.items() if data is not None]
        asked += [("kind", path, "") for path, data in looked_for.items() if data is None]
        return asked + [("text", path, answer("text", path)) for path in sorted(projects.files() - set(looked_for))]


def _question(options: Options, found: Found) -> str:
    """What the answer to is printed, as a digest; nothing where a run does more than print."""
    if any(getattr(options, name) for name in _DOING):
        return ""
    real = [os.path.expanduser("~"), *map(os.path.realpath, options.paths)]
    left_out = found.excluded, found.unreadable, found.too_large
    asked = sorted(vars(options).items()), real, list(found.files.items()), left_out, look(options.color, sys.stdout)
    return digest(repr(asked).encode(errors="surrogateescape"))


def _check_input(options: Options) -> int:
    """Check what comes on standard input, as if it was in `--stdin-filename`."""
    from picklecheck.findings import unreadable
    from picklecheck.source.text import Source, decode

    if len(options.paths) > 1:
        raise Misuse("`-` (standard input) cannot be checked together with other paths")
    path = (options.stdin_filename or "-").replace(os.sep, "/")
    configured = _Configured(options, os.path.dirname(path) or ".")
    projects = configured.load()
    data = _input()
    exclude, force = projects.excluded(os.path.dirname(path))
    if force and is_excluded(path, exclude):
        if options.fix:
            sys.stdout.buffer.write(data)
        return 0
    text = decode(path, data)
    asked = Found()
    asked.files[path] = True
    if isinstance(text, Source):
        return _check_sources(options, configured, [text], asked, {path: text})
    if options.fix:
        sys.stdout.buffer.write(data)
    return _check_sources(options, configured, [unreadable(path, text)], asked, {})


def _input() -> bytes:
    """All of standard input; raises Misuse where it cannot be read."""
    try:
        return sys.stdin.buffer.read()
    except AttributeError:  # Python has none where it is closed
        raise Misuse("cannot read standard input: it is closed") from None
    except OSError as error:
        raise Misuse(f"cannot read standard input: {error.strerror}") from None


def _check_sources(
    options: Options,
    configured: _Configured,
    wanted: Sequence[str | Source | Finding],
    asked: Found,
    given: Mapping[str, Source],
    cache: Cache | None = None,
) -> int:
    """Find in the `wanted` of the files that are `asked` for, fix and report.

    `given` is standard input, fixed on standard output.
    """
    from picklecheck.findings import Report
    from picklecheck.printing import print_report
    from picklecheck.progress import Progress, on_terminal
    from picklecheck.remarks import remark
    from picklecheck.session import inspect

    jobs, projects = options.jobs or _processors(), configured.load()
    watched = Progress if options.no_progress or options.quiet else on_terminal
    outcome = inspect(wanted, projects, jobs, asked.files, cache, watched)
    remarks = remark(outcome, projects, verbose=options.verbose)
    failed = bool(outcome.problems) or any(one.too_deep for one in outcome.unfinished)
    done: list[Done] = []
    findings, texts = outcome.findings, dict(given)
    if options.fix or options.diff:
        mended = _mended(outcome, projects, given, asked.files)
        if options.diff:
            return _show_diff(options, mended, failed)
        from picklecheck.writing import write

        unwritten = write(mended, given, projects.folder)
        findings, done = mended.findings, [one for one in mended.done if unwritten.isdisjoint(one.changes)]
        texts |= mended.texts
        if unwritten:  # what is told is what is there now
            failed = True
            there = [one for one in wanted if not isinstance(one, str) or os.path.exists(one)]
            findings, texts = inspect(there, projects, jobs, asked.files).findings, dict(given)
    narrowed = _narrowed(options, projects, findings, texts, asked.files)
    if options.add_ignore:
        from picklecheck.narrowing import silence

        narrowed.findings[:], unwritable = silence(narrowed.findings, given, options.add_ignore, projects.folder)
        failed = failed or unwritable
    report = Report(
        tuple(narrowed.findings),
        len(asked.files),
        _told(done),
        narrowed.accepted,
        asked.excluded,
        not (failed or asked.unreadable or asked.too_large or outcome.unfinished),
        tuple(outcome.judged),
        options.show_undecided,
        narrowed.stale,
        bool(options.error),
    )
    aside = bool(given) and bool(options.fix or options.add_ignore)
    text = print_report(options, projects.whole.output_format, report, texts, aside=aside)
    if failed:
        return 2
    left = narrowed.stale or asked.unreadable or any(finding.level != "note" for finding in report.findings)
    code = int((bool(left) and not options.exit_zero) or (bool(done) and options.exit_non_zero_on_fix))
    if cache and (question := _question(options, asked)) and (rests_on := configured.rests_on()) is not None:
        cache.keep_printed(question, rests_on, ("".join(f"{line_of(line)}\n" for line in remarks), text, code))
    return code


def _mended(outcome: Outcome, projects: Projects, given: Mapping[str, Source], files: Collection[str]) -> Mended:
    """What fixing comes to; it says what it did not fix, and writes nothing."""
    from picklecheck.mending import mend
    from picklecheck.remarks import remark_unsafe

    mended = mend(outcome.findings, projects, given, files=files, read=outcome.read)
    for text in mended.notes:
        note(text)
    remark_unsafe(mended.findings, projects)
    return mended


def _show_diff(options: Options, mended: Mended, failed: bool) -> int:
    from picklecheck.printing import print_diff

    print_diff(options, mended.before, mended.texts)
    return 2 if failed else int(bool(mended.texts) and not options.exit_zero)


def _told(done: Sequence[Done]) -> tuple[str, ...]:
    """What was done, a line for each fix, in the order of the text."""
    from picklecheck.report.applied import line

    ordered = sorted(done, key=lambda one: (one.path, one.line))
    return tuple(line(one.path, one.line, one.code, one.title) for one in ordered)


def _narrowed(
    options: Options,
    projects: Projects,
    findings: list[Finding],
    texts: Mapping[str, Source],
    files: Collection[str],
) -> Narrowed:
    """What of the findings is told; nothing is loaded where all of it is."""
    from picklecheck.narrowing import Narrowed, narrow
    from picklecheck.printing import lines_of

    if options.diff_base or options.error or options.baseline or options.update_baseline or projects.use_baselines:
        return narrow(options, projects, findings, lines_of(texts), files)
    return Narrowed(findings)


def _processors() -> int:
    """The number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
