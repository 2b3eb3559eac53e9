"""Every key of a configuration file: which values it takes, where it may be, and what it means."""

from __future__ import annotations

from typing import Literal, NamedTuple

from picklecheck.options import CHOICES

Kind = Literal["flag", "number", "word", "words", "rules", "levels", "ignores", "overrides", "table"]


class Key(NamedTuple):
    """One key; `choices` are the only words it takes, none: any.

    One that goes `by_path` may also be in `[[overrides]]`, next to `paths`.
    """

    name: str
    kind: Kind
    meaning: str
    choices: tuple[str, ...] = ()
    by_path: bool = False


KEYS: tuple[Key, ...] = (
    Key("extend", "word", "Another configuration file, relative to this one: what it says holds unless said here."),
    Key("target-version", "words", "Python versions to check for, such as `3.9`, `>=3.8` or `py310`.", by_path=True),
    Key("platform", "words", "Platforms to check for; their start methods count.", CHOICES["platform"], True),
    Key("start-method", "words", "Start methods to check for.", CHOICES["start_method"], True),
    Key("select", "rules", "Rules to run: codes, names, prefixes of codes or ALL.", by_path=True),
    Key("extend-select", "rules", "Rules to run in addition.", by_path=True),
    Key("ignore", "rules", "Rules not to run.", by_path=True),
    Key("levels", "levels", "Levels that rules get instead of their own; `off` ignores a rule.", by_path=True),
    Key("level", "word", "The lowest level shown.", CHOICES["level"], True),
    Key("min-certainty", "word", "The lowest certainty shown.", CHOICES["min_certainty"], True),
    Key("exclude", "words", "Files and folders to leave out, in the form of .gitignore."),
    Key("force-exclude", "flag", "Leave excluded files out even where they are named on the command line."),
    Key("max-file-size", "number", "Leave out files that have more bytes; 1000000 by default.", by_path=True),
    Key("per-file-ignores", "ignores", "Rules not to run in some files: pattern, in the form of .gitignore, to rules."),
    Key("overrides", "overrides", "Settings of some files: `paths`, patterns in the form of .gitignore, and keys."),
    Key("unsafe-fixes", "flag", "Also apply fixes that may change behaviour.", by_path=True),
    Key("baseline", "word", "The findings that are accepted for now, relative to this file; see --update-baseline."),
    Key("output-format", "word", "The format of the findings.", CHOICES["output_format"]),
    Key("knowledge", "table", "What other libraries send to processes, and which of their objects do not pickle."),
)
BY_NAME = {key.name: key for key in KEYS}
LEVELS = (*CHOICES["level"], "off")
PATHS = Key("paths", "words", "The files that these settings are for: patterns in the form of .gitignore.", (), True)
