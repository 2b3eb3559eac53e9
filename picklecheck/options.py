"""What a command line may ask of `check`, and how the plain ones are read without typer."""

from __future__ import annotations

VERBS = ("check", "rule", "config", "clean", "server")
COMPLETING = "_PICKLECHECK_COMPLETE"  # set where a shell asks how a line goes on: nothing is checked
FOR_PROGRAMS = ("json", "jsonl", "sarif", "github", "gitlab", "junit", "rdjson")  # formats without a summary of ours
CHOICES = {
    "level": ("error", "warning", "note"),
    "min_certainty": ("certain", "likely"),
    "platform": ("linux", "macos", "windows"),
    "start_method": ("fork", "spawn", "forkserver"),
    "output_format": ("full", "concise", "grouped", *FOR_PROGRAMS),
    "color": ("auto", "always", "never"),
}


# Other short options end the program or are joined (`-qv`): typer reads them.
SHORT = {"-q": "--quiet", "-v": "--verbose"}


class Misuse(Exception):
    """A request that cannot be met; its text is one line for the user."""


class Options:
    """The options of `check`: a plain class, since `dataclasses` would cost a third of the start-up time.

    The default tells how an option is written: False a flag, a tuple repeatable, anything else one value.
    """

    paths: tuple[str, ...] = ()
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    error: str = ""
    level: str = ""
    min_certainty: str = ""
    platform: tuple[str, ...] = ()
    target_version: tuple[str, ...] = ()
    start_method: tuple[str, ...] = ()
    output_format: str = ""
    output_file: str = ""
    no_show_fixes: bool = False
    statistics: bool = False
    show_undecided: bool = False
    baseline: str = ""
    update_baseline: bool = False
    diff_base: str = ""
    add_ignore: str = ""
    exit_zero: bool = False
    exit_non_zero_on_fix: bool = False
    jobs: int = 0
    max_file_size: int = 0
    no_progress: bool = False
    no_cache: bool = False
    cache_dir: str = ""
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    stdin_filename: str = ""
    config: str = ""
    isolated: bool = False
    show_files: bool = False
    quiet: bool = False
    verbose: bool = False
    color: str = ""

    def __init__(self, **given: object) -> None:
        for name, value in given.items():
            if not hasattr(Options, name):
                raise TypeError(f"no option is named {name!r}")
            setattr(self, name, tuple(value) if isinstance(value, list) else value)


def spelled(argv: list[str]) -> list[str]:
    """The command line with a blank as the value of a bare `--add-ignore`; an empty one would count as not given."""
    return ["--add-ignore= " if word == "--add-ignore" else word for word in argv]


def plain(argv: list[str]) -> Options | None:
    """The options of a command line without surprises; None where typer must read it (or refuse it)."""
    if argv and argv[0] in VERBS[1:]:
        return None
    given: dict[str, object] = {}
    words = iter(spelled(argv[1:] if argv[:1] == ["check"] else argv))
    paths: list[str] = []
    for word in words:
        if word == "-" or not word.startswith("-"):
            paths.append(word)
            continue
        option, equals, value = SHORT.get(word, word).partition("=")
        name = option.removeprefix("--").replace("-", "_")
        default = getattr(Options, name, None)
        if name == "paths" or default is None or option != "--" + name.replace("_", "-"):
            return None
        if isinstance(default, bool):
            if equals:
                return None
            given[name] = True
            continue
        value = value if equals else next(words, "-")
        if value.startswith("-") or value not in CHOICES.get(name, (value,)):
            return None
        if isinstance(default, int):
            if not is_number(value):
                return None
            given[name] = int(value)
        elif isinstance(default, tuple):
            given[name] = (*_given(given, name), value)
        else:
            given[name] = value
    return Options(paths=tuple(paths), **given)


def _given(given: dict[str, object], name: str) -> tuple[str, ...]:
    values = given.get(name, ())
    assert isinstance(values, tuple)
    return values


def is_number(text: str) -> bool:
    """Whether an option that needs a number from 1 can have this; one with thousands of digits no `int` can read."""
    return text.isascii() and text.isdecimal() and len(text) < 20 and int(text) > 0
