"""The trace before the run: it may only drop files in which the run finds nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from picklecheck.knowledge import loading
from picklecheck.source import nominate
from picklecheck.source.sieve import only_copies, survives

ROOT = Path(__file__).resolve().parents[2]

LEFT_TO_THE_RUN = {
    "lambda": "pickle.dumps(lambda: 1)",
    "local function": "def outer():\n    def inner():\n        pass\n    return pickle.dumps(inner)",
    "through a name": "task = [lambda: 1]\npickle.dumps(task)",
    "through a call": "def make():\n    return lambda: 1\npickle.dumps(make())",
    "generator function": "def rows():\n    yield 1\nheld = rows()\npickle.dumps(held)",
    "given by a caller": "def save(value):\n    pickle.dumps(value)\nsave(lambda: 1)",
    "given under another name": "def save(value):\n    pickle.dumps(value)\nkeep = save\nkeep(lambda: 1)",
    "dumps itself handed on": "list(map(pickle.dumps, [lambda: 1]))",
    "lambda that pickles": "keep = lambda x: pickle.dumps(x)\nkeep(open('a'))",
    "field": "import dataclasses as d\n@d.dataclass\nclass A:\n    x: int\n"
    "    def f(self): d.asdict(self)\nA(open(0)).f()",
    "item added": "held = []\nheld.append(lambda: 1)\npickle.dumps(held)",
    "item added by a function": "held = {}\ndef fill():\n    held['f'] = lambda: 1\nfill()\npickle.dumps(held)",
    "attribute set": "held = thing()\nheld.task = lambda: 1\npickle.dumps(held)",
    "standard library": "import threading\npickle.dumps(threading.Lock())",
    "from the standard library": "from threading import Lock\nlock = Lock()\npickle.dumps([lock])",
    "builtin": "pickle.dumps(open('a'))",
    "attribute of a class": "class A:\n    def __init__(self):\n        self.task = lambda: 1\npickle.dumps(A())",
    "argument of a class": "class A:\n    def __init__(self, x):\n        self.x = x\npickle.dumps(A(lambda: 1))",
    "class handed on": "class A:\n    def __init__(self, x): self.x = x\nmap(A, [open('a')])\npickle.dumps(A(1))",
    "attribute set by a method": "class A:\n    def set(self, x): self.x = x\na = A()\na.set(open)\npickle.dumps(a)",
    "module": "import math\npickle.dumps([math])",
    "module kept": "import math\nclass A:\n    def __init__(self):\n        self.lib = math\npickle.dumps(A())",
    "base class": "class B(Exception):\n    pass\npickle.dumps(B())",
    "own reduction": "class A:\n    def __reduce__(self):\n        return 1\npickle.dumps(A())",
    "reduction given": "class A:\n    pass\nA.__reduce__ = lambda self: 1\npickle.dumps(A())",
    "registered": "import copyreg\nclass A:\n    pass\ncopyreg.pickle(A, len)\npickle.dumps(A())",
    "two classes of a name": "class A:\n    pass\na = A()\nclass A:\n    pass\npickle.dumps(a)",
    "metaclass": "class A(metaclass=M):\n    pass\npickle.dumps(A())",
    "local class": "def make():\n    class A:\n        pass\n    return A()\npickle.dumps(make())",
    "method": "class A:\n    def __init__(self): self.f = open('a')\n    def save(self): pickle.dumps(self)",
    "method of a subclass": "class A:\n    def save(self): pickle.dumps(self)\nclass B(A):\n    x = lambda: 1",
    "method by a hidden name": "class A:\n    def __f(self): pass\n    def save(self): pickle.dumps(self.__f)",
    "attribute of its class": "class A:\n    f = lambda self: 1\n    def save(self): pickle.dumps(self.f)",
    "property": "class A:\n    @property\n    def f(self): return open(0)\n    def save(self): pickle.dumps(self.f)",
    "given to a method": "class A:\n    def save(self, x): pickle.dumps(x)\nA().save(open('a'))",
    "method handed on": "class A:\n    def save(self, x): pickle.dumps(x)\nmap(A().save, [open('a')])",
    "given by Python": "class A:\n    def __call__(self, x): pickle.dumps(x)\nA()(open('a'))",
    "annotated": "from threading import Lock\ndef save(lock: Lock):\n    pickle.dumps(lock)",
    "renamed": "from pickle import dumps as freeze\nfreeze(lambda: 1)",
    "decorated": "@thing\ndef task():\n    pass\npickle.dumps(task)",
    "walrus": "if (task := lambda: 1):\n    pickle.dumps(task)",
    "loop": "for task in (1, lambda: 2):\n    pickle.dumps(task)",
    "global": "task = 1\ndef change():\n    global task\n    task = lambda: 1\nchange()\npickle.dumps(task)",
    "exception": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    pickle.dumps(error)",
    "match": "match thing():\n    case [first]:\n        pickle.dumps(first)",
}

SETTLED = {
    "constant": "pickle.dumps([1, 'two', {3: None}])",
    "text with a statement in it": '"""\nimport pickle\n"""\npickle.dumps(f"{1}")',
    "of an unknown library": "from elsewhere import Thing\nheld = Thing(1)\npickle.dumps(held)",
    "given by nobody": "def save(value):\n    return pickle.dumps(value)",
    "given by harmless callers": "def save(value):\n    return pickle.dumps(value)\nsave(1)\nsave([2])",
    "what was read": "held = pickle.loads(b'')\npickle.dumps(held)",
    "instance of a plain class": "class A:\n    def __init__(self, x):\n        self.x = [x]\npickle.dumps(A(1))",
    "function of a module": "import math\npickle.dumps([math.pi, math.sin])",
    "argument of a builtin": "def save(value):\n    isinstance(value, type)\n    return pickle.dumps(value)\nsave(1)",
    "own object": "class A:\n    def __init__(self, x): self.x = x\n    def save(self): pickle.dumps(self.x)\nA(1)",
    "attribute set by a method": "class A:\n    def set(self, x): self.x = x\na = A()\na.set(1)\npickle.dumps(a)",
    "given to a method": "class A:\n    def save(self, x): pickle.dumps(x)\nisinstance(1, A)\nA().save([1])",
    "annotated": "from typing import Optional\ndef save(x: Optional[int]):\n    pickle.dumps(x)",
    "lambda beside": "from elsewhere import raises\ndef test():\n    raises(lambda: 1)\n    pickle.dumps((1, 2))",
}


def trace(tmp_path: Path, text: str) -> bool:
    path = tmp_path / "program.py"
    path.write_text(f"import pickle\n{text}\n")
    assert survives(path.read_bytes())
    return nominate.nominated(str(path), path.read_bytes())


@pytest.mark.parametrize("text", LEFT_TO_THE_RUN.values(), ids=LEFT_TO_THE_RUN)
def test_what_may_refuse_is_left_to_the_run(text: str, tmp_path: Path) -> None:
    assert trace(tmp_path, text)


@pytest.mark.parametrize("text", SETTLED.values(), ids=SETTLED)
def test_what_cannot_refuse_is_settled(text: str, tmp_path: Path) -> None:
    assert not trace(tmp_path, text)


@pytest.mark.parametrize(
    ("other", "left"),
    [
        ("def make():\n    return lambda: 1\n", True),
        ("def make():\n    def inner():\n        pass\n    return inner\n", True),
        ("def build():\n    return lambda: 1\nmake = build()\n", True),
        ("import threading\nclass make:\n    def __init__(self):\n        self.lock = threading.Lock()\n", True),
        ("class make:\n    def __init__(self):\n        self.task = lambda: 1\n", True),
        ("from inner import make\n", True),
        ("from inner import build as make\n", False),
        ("def make():\n    return 1\n", False),
        ("class make:\n    def __init__(self):\n        self.task = sorted\n", False),
    ],
)
def test_imports_are_followed(other: str, left: bool, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(other)
    (tmp_path / "inner.py").write_text("def build():\n    return 1\nmake = lambda: build\n")
    assert trace(tmp_path, "from other import make\npickle.dumps(make())") is left


def test_statements_make_up_the_text() -> None:
    decorated = "@thing(\n    1,\n)\n@other\ndef f():\n    '''\ntext\n    '''\n"
    text = f"# first\nimport pickle\n\n{decorated}if f:\n    1\nelse:\n    2\n"
    found = nominate.statements(text)
    assert "# first\n" + "".join(found) == text
    assert [one.split()[0] for one in found] == ["import", "@thing(", "if"]


def test_what_is_called_harmless_refuses_nowhere() -> None:
    known = loading.load().types
    for name in nominate._MODULES:
        inner = [entry for one, entry in known.items() if one.startswith(f"{name}.") and entry.refused]
        assert [entry.name for entry in inner if only_copies(entry.name.encode())] == []


def test_the_run_finds_nothing_in_what_is_dropped(tmp_path: Path) -> None:
    places = [ROOT / "fixtures", ROOT / "picklecheck", ROOT.parent / "shared" / "corpus" / "cases"]
    files = [file for place in places if place.is_dir() for file in sorted(place.rglob("*.py"))]
    copying = [file for file in files if survives(data := file.read_bytes()) and only_copies(data)]
    dropped = [str(file) for file in copying if not nominate.nominated(str(file), file.read_bytes())]
    assert dropped, "the programs here show nothing of this step"
    command = [sys.executable, "-m", "picklecheck", "--isolated", "--no-cache", "--output-format", "json", *dropped]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["findings"]
    assert [one for one in found if one["level"] != "note"] == []
