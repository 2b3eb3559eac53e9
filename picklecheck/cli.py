"""The command line with typer: arguments in, exit code out."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from shutil import get_terminal_size
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from picklecheck import __version__
from picklecheck.options import CHOICES, COMPLETING, VERBS, Misuse, Options, is_number, spelled
from picklecheck.rules.selectors import did_you_mean

Words = TypeVar("Words", str, list[str])


class _FlagsWithoutType:
    """A command whose help does not say that a flag is a `<bool>`."""

    def get_params(self, ctx: Any) -> Any:
        params = super().get_params(ctx)  # type: ignore[misc]
        for option in params:
            if getattr(option, "is_flag", False):
                option.metavar = " "
        return params


class _Command(_FlagsWithoutType, TyperCommand):
    pass


class _Group(_FlagsWithoutType, TyperGroup):
    pass


app = typer.Typer(
    cls=_Group,
    help="Find values that cannot be sent to another process, explain why, and fix them.",
    epilog="`picklecheck src` is short for `picklecheck check src`.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_OF_PROGRAM = ("-h", "--help", "-V", "--version", "--install-completion", "--show-completion")


def run(argv: list[str]) -> int:
    """Run one command line; the verb `check` may be left out."""
    if COMPLETING in os.environ:
        _complete_check()
    elif not argv or argv[0] not in (*VERBS, *_OF_PROGRAM):
        argv = ["check", *argv]
    try:
        return int(app(spelled(argv), prog_name="picklecheck", standalone_mode=False) or 0)
    except typer.Exit as done:
        return done.exit_code
    except TyperException as error:
        _refuse(error)


def _refuse(error: TyperException) -> NoReturn:
    """Say in our own words what is wrong with a command line; raises Misuse."""
    text, option = error.format_message(), getattr(error, "option_name", "")
    if "requires an argument" in text:
        raise Misuse(f"`{option}` needs a value") from None
    if "does not take a value" in text:
        raise Misuse(f"`{option}` takes no value") from None
    if option:
        raise Misuse(f"unknown option `{option}`{did_you_mean(option, _options(error))}") from None
    if extra := re.search(r"extra argument\(s\) \((.*)\)", text):
        raise Misuse(f"too many arguments: {extra[1]}") from None
    raise Misuse(getattr(error, "message", text).rstrip(".")) from None


def _options(error: TyperException) -> list[str]:
    context = getattr(error, "ctx", None)
    return [name for one in context.command.params for name in one.opts if name[0] == "-"] if context else []


def _complete_check() -> None:
    """Let a line without a verb be completed as one with `check`."""
    words = os.environ.get("COMP_WORDS", "").split()  # of bash; other shells give the line
    at = int(os.environ.get("COMP_CWORD", "1"))
    at -= words[:at].count("=")  # bash takes it for a word
    words = [word for word in words if word != "="]
    if len(words) > 1 and words[1] not in (*VERBS, *_OF_PROGRAM) and (at > 1 or words[1].startswith("-")):
        words, at = [words[0], "check", *words[1:]], at + 1
    if words:
        os.environ |= {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(at)}
    program, _, rest = os.environ.get("_TYPER_COMPLETE_ARGS", "").partition(" ")
    first, blank, _ = rest.partition(" ")
    if (blank or first.startswith("-")) and first not in (*VERBS, *_OF_PROGRAM):
        os.environ["_TYPER_COMPLETE_ARGS"] = f"{program} check {rest}"


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"picklecheck {__version__}")
        raise typer.Exit


# --- options --------------------------------------------------------------------------------------

_FIXES, _RULES, _TARGETS = "Fixes", "Rules", "What to check for"
_OUTPUT, _OLD_CODE, _FILES = "Output", "Old code", "Files and settings"


def _flag(spelling: str, meaning: str, group: str, *others: str) -> Any:
    return typer.Option(spelling, *others, help=meaning, rich_help_panel=group)


def _value(meaning: str, group: str, metavar: str) -> Any:
    return typer.Option(help=meaning, rich_help_panel=group, metavar=metavar, show_default=False)


def _choice(name: str, meaning: str, group: str) -> Any:
    """An option that takes one of its choices, which are completed; a wrong one is refused with the nearest."""
    choices = CHOICES[name]
    return typer.Option(
        help=f"{meaning} One of {', '.join(choices)}.",
        rich_help_panel=group,
        metavar=name.rpartition("_")[2].upper(),
        show_default=False,
        callback=_known(f"--{name.replace('_', '-')}", choices),
        autocompletion=lambda incomplete: _starting(choices, incomplete),
    )


def _rules(meaning: str) -> Any:
    return typer.Option(
        help=meaning, rich_help_panel=_RULES, metavar="RULE", show_default=False, autocompletion=_complete_rules
    )


def _complete_rules(incomplete: str) -> list[str]:
    from picklecheck.rules.catalogue import RULES

    before, comma, last = incomplete.rpartition(",")
    found = _starting((name for rule in RULES for name in (rule.code, rule.name)), last)
    return [f"{before}{comma}{name}" for name in found]


def _starting(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def _known(option: str, choices: Iterable[str]) -> Callable[[Words], Words]:
    def check(words: Words) -> Words:
        for word in filter(None, [words] if isinstance(words, str) else words):
            if word not in choices:
                near = did_you_mean(word, choices) or f"; known are {', '.join(choices)}"
                raise Misuse(f"unknown value `{word}` of `{option}`{near}")
        return words

    return check


def _number(option: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not is_number(text):
            raise Misuse(f"`{option}` needs a number from 1, not `{text}`")
        return int(text)

    return read


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command(cls=_Command)
def check(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            hidden=True,  # typer would show its type
        ),
    ] = [],  # noqa: B006
    fix: Annotated[bool, _flag("--fix", "Rewrite the code where that is safe.", _FIXES)] = False,
    unsafe_fixes: Annotated[
        bool, _flag("--unsafe-fixes", "Also apply fixes that may change behaviour.", _FIXES)
    ] = False,
    diff: Annotated[bool, _flag("--diff", "Show what --fix would change; write nothing.", _FIXES)] = False,
    select: Annotated[list[str], _rules("Rules to run: codes, names, prefixes of codes or ALL. Default: ALL.")] = [],  # noqa: B006
    extend_select: Annotated[list[str], _rules("Rules to add to the selection.")] = [],  # noqa: B006
    ignore: Annotated[list[str], _rules("Rules to skip.")] = [],  # noqa: B006
    error: Annotated[str, _value("Only findings of rules that predict an error with this text.", _RULES, "TEXT")] = "",
    level: Annotated[str, _choice("level", "Lowest level shown. Default: note.", _RULES)] = "",
    min_certainty: Annotated[str, _choice("min_certainty", "Lowest certainty shown. Default: likely.", _RULES)] = "",
    platform: Annotated[list[str], _choice("platform", "Platforms. Default: all.", _TARGETS)] = [],  # noqa: B006
    target_version: Annotated[
        list[str], _value("Python versions, such as 3.9, py39 or >=3.8. Default: requires-python.", _TARGETS, "VERSION")
    ] = [],  # noqa: B006
    start_method: Annotated[list[str], _choice("start_method", "Start methods. Default: all.", _TARGETS)] = [],  # noqa: B006
    output_format: Annotated[str, _choice("output_format", "Output format. Default: full.", _OUTPUT)] = "",
    output_file: Annotated[str, _value("Write the findings to this file.", _OUTPUT, "FILE")] = "",
    no_show_fixes: Annotated[
        bool, _flag("--no-show-fixes", "Do not show what the fixes would change.", _OUTPUT)
    ] = False,
    statistics: Annotated[
        bool, _flag("--statistics", "Count findings by rule, and what was judged of all that crosses.", _OUTPUT)
    ] = False,
    show_undecided: Annotated[
        bool, _flag("--show-undecided", "List what could not be decided, and why.", _OUTPUT)
    ] = False,
    baseline: Annotated[str, _value("Leave out the findings that this file accepts.", _OLD_CODE, "FILE")] = "",
    update_baseline: Annotated[
        bool, _flag("--update-baseline", "Accept all that is found now, and nothing else.", _OLD_CODE)
    ] = False,
    diff_base: Annotated[
        str, _value("Only findings on lines changed since the branch left REV.", _OLD_CODE, "REV")
    ] = "",
    add_ignore: Annotated[
        str, _value("Silence what is found by comments; `=REASON` puts a reason in each.", _OLD_CODE, "[=REASON]")
    ] = "",
    exit_zero: Annotated[bool, _flag("--exit-zero", "Return exit code 0 even if there are findings.", _OUTPUT)] = False,
    exit_non_zero_on_fix: Annotated[
        bool, _flag("--exit-non-zero-on-fix", "Return exit code 1 if something was fixed.", _FIXES)
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            parser=_number("--jobs"),
            help="Processes to use. Default: one per processor.",
            rich_help_panel=_FILES,
            metavar="N",
            show_default=False,
        ),
    ] = None,
    max_file_size: Annotated[
        int | None,
        typer.Option(
            parser=_number("--max-file-size"),
            help="Leave out files that are larger. Default: 1000000.",
            rich_help_panel=_FILES,
            metavar="BYTES",
            show_default=False,
        ),
    ] = None,
    no_progress: Annotated[bool, _flag("--no-progress", "Do not show how far a long run is.", _OUTPUT)] = False,
    no_cache: Annotated[bool, _flag("--no-cache", "Neither read nor write the cache.", _FILES)] = False,
    cache_dir: Annotated[
        str, _value("Where to keep results. Default: .picklecheck_cache of the project.", _FILES, "FOLDER")
    ] = "",
    exclude: Annotated[
        list[str], _value("Files and folders to leave out, in the form of .gitignore.", _FILES, "PATTERN")
    ] = [],  # noqa: B006
    force_exclude: Annotated[
        bool, _flag("--force-exclude", "Apply excludes even to files named on the command line.", _FILES)
    ] = False,
    stdin_filename: Annotated[str, _value("File name to assume for standard input.", _FILES, "NAME")] = "",
    config: Annotated[str, _value("Read this configuration file for all files.", _FILES, "FILE")] = "",
    isolated: Annotated[bool, _flag("--isolated", "Read no configuration file.", _FILES)] = False,
    show_files: Annotated[
        bool, _flag("--show-files", "Print the files that would be checked, and check none.", _FILES)
    ] = False,
    quiet: Annotated[bool, _flag("--quiet", "Print findings only.", _OUTPUT, "-q")] = False,
    verbose: Annotated[bool, _flag("--verbose", "Say what is done, on standard error.", _OUTPUT, "-v")] = False,
    color: Annotated[str, _choice("color", "Use colour. Default: auto.", _OUTPUT)] = "",
) -> None:
    """Check files and folders; `-` is standard input. Default: the working directory."""
    given = {name: value for name, value in locals().items() if value is not None}
    from picklecheck.check import check

    raise typer.Exit(check(Options(**given)))


# --- other verbs ----------------------------------------------------------------------------------


@app.command(cls=_Command)
def rule(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="RULE|ERROR",
            hidden=True,
            autocompletion=_complete_rules,
        ),
    ] = [],  # noqa: B006
    all_rules: Annotated[bool, typer.Option("--all", help="Print the pages of all rules.")] = False,
    output_format: Annotated[
        str,
        typer.Option(
            help="Print `text` or `json`. Default: text.",
            metavar="FORMAT",
            show_default=False,
            callback=_known("--output-format", ("text", "json")),
            autocompletion=lambda incomplete: _starting(("text", "json"), incomplete),
        ),
    ] = "text",
) -> None:
    """Explain rules, by code, name, prefix of codes, or the text of an error. Default: list all."""
    from picklecheck.rules import explained

    if names and all_rules:
        raise Misuse("name rules, or ask for --all")
    rules = explained.chosen(["ALL"] if all_rules else names)
    if output_format == "json":
        typer.echo(explained.as_json(rules), nl=False)
    elif names or all_rules:
        typer.echo("\n\n".join(map(explained.page, rules)))
    else:
        columns = get_terminal_size().columns if sys.stdout.isatty() else 0
        typer.echo(explained.listed(rules, columns) if columns else explained.table(rules))


@app.command(cls=_Command)
def config(
    path: Annotated[str, typer.Argument(metavar="PATH", hidden=True)] = ".",
    config: Annotated[str, typer.Option(help="Read this configuration file.", show_default=False, metavar="FILE")] = "",
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no configuration file.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of configuration files.")] = False,
) -> None:
    """Print the settings that hold for a file or folder, and where each comes from."""
    if schema:
        from picklecheck.configuration.schema import schema as schema_text

        typer.echo(schema_text(), nl=False)
        return
    from picklecheck.configuration.files import Files
    from picklecheck.output import warn
    from picklecheck.projects import Projects
    from picklecheck.report.settings import describe

    if not os.path.exists(path):
        raise Misuse(f"no such file or folder: {path}")
    projects = Projects(Options(isolated=isolated, config=config), Files(), ".", warn)
    typer.echo(describe(projects, path.replace(os.sep, "/"), folder=os.path.isdir(path)))


@app.command(cls=_Command)
def clean(
    path: Annotated[str, typer.Argument(metavar="FOLDER", hidden=True)] = ".",
    cache_dir: Annotated[
        str, typer.Option(metavar="FOLDER", help="Where the cache is, if not in the project.", show_default=False)
    ] = "",
) -> None:
    """Remove the cache of a project."""
    from picklecheck.caching.folder import clean, folder_for
    from picklecheck.configuration.files import start_of
    from picklecheck.source.discovery import display

    cache = cache_dir or folder_for(start_of((path,)))
    try:
        if clean(cache):
            typer.echo(f"removed {display(cache)}")
    except OSError as error:
        raise Misuse(f"cannot remove {display(cache)}: {error.strerror}") from None


@app.command(cls=_Command)
def server() -> None:
    """Serve an editor by the language server protocol, on standard input and output."""
    try:
        from picklecheck.server.serving import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise Misuse("the server needs two more libraries; install `picklecheck[server]`") from None
    serve()
