"""The command line with typer: arguments in, exit code out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

import typer

from picklecheck import __version__
from picklecheck.options import CHOICES, VERBS, Misuse, Options, spelled

Words = TypeVar("Words", str, list[str])

app = typer.Typer(
    help="Tells which values cannot cross a process boundary, and why.",
    epilog="`picklecheck src` is short for `picklecheck check src`.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_OF_PROGRAM = ("-h", "--help", "--version", "--install-completion", "--show-completion")


def run(argv: list[str]) -> int:
    """Run one command line; the verb `check` may be left out."""
    if not argv or argv[0] not in (*VERBS, *_OF_PROGRAM):
        argv = ["check", *argv]
    try:
        app(spelled(argv), prog_name="picklecheck")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    return 0


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"picklecheck {__version__}")
        raise typer.Exit


def _known(option: str) -> Callable[[Words], Words]:
    """Refuses what is none of the choices of `option`: typer has no lists of literals."""

    def check(words: Words) -> Words:
        for word in filter(None, [words] if isinstance(words, str) else words):
            if word not in CHOICES[option]:
                raise typer.BadParameter(f"{word!r} is not one of {', '.join(CHOICES[option])}.")
        return words

    return check


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def check(
    paths: Annotated[
        list[str],
        typer.Argument(help="Files and folders; `-` is standard input.", show_default="."),
    ] = [],  # noqa: B006
    fix: Annotated[bool, typer.Option("--fix", help="Rewrite the code where that is safe.")] = False,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="Count the fixes that need a look afterwards as well.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what --fix would change; write nothing.")] = False,
    select: Annotated[
        list[str], typer.Option(help="Rules to run: codes, names, prefixes or ALL; commas allowed.")
    ] = [],  # noqa: B006
    extend_select: Annotated[list[str], typer.Option(help="Rules to run besides those selected.")] = [],  # noqa: B006
    ignore: Annotated[list[str], typer.Option(help="Rules not to run.")] = [],  # noqa: B006
    level: Annotated[Literal["error", "warning", "note"] | None, typer.Option(help="The lowest level shown.")] = None,
    min_certainty: Annotated[
        Literal["certain", "likely"] | None, typer.Option(help="The lowest certainty shown. [default: likely]")
    ] = None,
    platform: Annotated[
        list[str],
        typer.Option(
            help="Platforms to check for. [default: all]",
            metavar="[linux|macos|windows]",
            callback=_known("platform"),
        ),
    ] = [],  # noqa: B006
    target_version: Annotated[
        list[str], typer.Option(help="Python versions meant: `3.9`, `>=3.8`. [default: requires-python]")
    ] = [],  # noqa: B006
    start_method: Annotated[
        list[str],
        typer.Option(
            help="Start methods meant. [default: all]",
            metavar="[fork|spawn|forkserver]",
            callback=_known("start_method"),
        ),
    ] = [],  # noqa: B006
    output_format: Annotated[
        str,
        typer.Option(
            help="Output format. [default: full]",
            metavar="FORMAT",
            callback=_known("output_format"),
        ),
    ] = "",
    output_file: Annotated[str, typer.Option(help="Write the findings there.")] = "",
    statistics: Annotated[bool, typer.Option("--statistics", help="Count findings by rule.")] = False,
    baseline: Annotated[str, typer.Option(metavar="FILE", help="Leave out the findings that this file accepts.")] = "",
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Accept all that is found now, and nothing else.")
    ] = False,
    diff_base: Annotated[
        str, typer.Option(metavar="REV", help="Only findings on lines that differ from where the branch left REV.")
    ] = "",
    add_ignore: Annotated[
        str, typer.Option(metavar="[REASON]", help="Silence what is found by comments, with `=REASON` in each.")
    ] = "",
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 whatever is found.")] = False,
    exit_non_zero_on_fix: Annotated[
        bool, typer.Option("--exit-non-zero-on-fix", help="Exit 1 where something was fixed.")
    ] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes to use. [default: one per processor]")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Accepted for scripts; nothing is cached yet.")] = False,
    exclude: Annotated[list[str], typer.Option(help="Files and folders to leave out, in the form of .gitignore.")] = [],  # noqa: B006
    force_exclude: Annotated[
        bool, typer.Option("--force-exclude", help="Leave excluded files out even where they are named.")
    ] = False,
    stdin_filename: Annotated[str, typer.Option(help="The name of what comes on standard input.")] = "",
    config: Annotated[str, typer.Option(help="Read this configuration file.")] = "",
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no configuration file.")] = False,
    show_files: Annotated[
        bool, typer.Option("--show-files", help="Print the files that would be checked, and check none.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print findings only.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is done, on stderr.")] = False,
    color: Annotated[Literal["auto", "always", "never"] | None, typer.Option(help="When to colour.")] = None,
) -> None:
    """Check files and folders (default: the working directory)."""
    given = {name: value for name, value in locals().items() if value is not None}
    from picklecheck.check import check

    raise typer.Exit(check(Options(**given)))


@app.command()
def rule(
    name: Annotated[str, typer.Argument(help="A code, a name or a prefix of codes.")] = "",
    all_rules: Annotated[bool, typer.Option("--all", help="Print the pages of all rules.")] = False,
) -> None:
    """Explain rules: what they find, why, and what to do."""
    from picklecheck.rules.catalogue import RULES
    from picklecheck.rules.selectors import codes

    if bool(name) == all_rules:
        raise Misuse("name one rule, or ask for --all")
    wanted = codes("ALL" if all_rules else name)
    pages = [_page(one.code, one.name, one.summary) for one in RULES if one.code in wanted]
    typer.echo("\n\n".join(pages))


def _page(code: str, name: str, summary: str) -> str:
    path = os.path.join(os.path.dirname(__file__), "rules", "pages", f"{name}.md")
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return f"# {name} ({code})\n\n{summary}.\n\n(This rule has no page yet.)"


@app.command()
def config(
    path: Annotated[str, typer.Argument(help="The file or folder to be checked.")] = ".",
    config: Annotated[str, typer.Option(help="Read this configuration file.")] = "",
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no configuration file.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of configuration files.")] = False,
) -> None:
    """Print the settings that hold for a file or folder, and where each comes from."""
    if schema:
        from picklecheck.configuration.schema import schema as schema_text

        typer.echo(schema_text(), nl=False)
        return
    from picklecheck.check import warn
    from picklecheck.configuration.files import Files
    from picklecheck.projects import Projects
    from picklecheck.report.settings import describe

    if not os.path.exists(path):
        raise Misuse(f"no such file or folder: {path}")
    projects = Projects(Options(isolated=isolated, config=config), Files(), ".", warn)
    typer.echo(describe(projects, path.replace(os.sep, "/"), folder=os.path.isdir(path)))


@app.command()
def clean(path: Annotated[str, typer.Argument(help="The folder to clean.")] = ".") -> None:
    """Remove the cache."""
    cache = os.path.join(path, ".picklecheck_cache")
    if os.path.isdir(cache):
        shutil.rmtree(cache)
        typer.echo(f"removed {cache}")
