"""The sieve: no file with a boundary falls through, however its import is spelled; the rest does."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklecheck.source.importers import importers
from picklecheck.source.sieve import sift, survives

SINKS = [
    "Process",
    "Pool",
    "Manager",
    "map",
    "imap_unordered",
    "starmap_async",
    "apply_async",
    "put",
    "send",
    "start",
]
BLANKS = st.sampled_from([" ", "  ", "\t", " \\\n    ", " \\\r\n"])


@st.composite
def imports(draw: st.DrawFn) -> str:
    """An import of multiprocessing or of one of its submodules, in any spelling."""
    blank, other = draw(BLANKS), draw(st.sampled_from(["os", "os.path", "importlib", "from_here"]))
    name = draw(st.sampled_from(["multiprocessing", "multiprocessing.pool", "multiprocessing . managers"]))
    alias = draw(st.sampled_from(["", f"{blank}as m"]))
    form = draw(
        st.sampled_from(
            [
                "import{b}{n}{a}",
                "import{b}{o},{b}{n}{a}",
                "import{b}{o} as p,{n}{a}, sys",
                "from{b}{n}{b}import *",
                "from{b}{n} import (  # noqa (sic)\n    x as y,\n)",
                "try: import {n}{a}\nexcept ImportError: pass",
                "if x: y = 1; import {n}{a}",
                "from torch import (  # any\n    nn,  # kind (of) comment\n    multiprocessing as m\n)",
                "from torch import multiprocessing{a}",
            ]
        )
    )
    indent = draw(st.sampled_from(["", "    ", "\t"]))
    return indent + form.format(b=blank, n=name, a=alias, o=other)


@given(imports(), st.sampled_from(SINKS), st.sampled_from(["\n", "\r\n"]))
def test_an_import_and_a_boundary_survive(statement: str, sink: str, end: str) -> None:
    text = f"'''Words.'''\n{statement}\n\nm.{sink}(f, [1])\n".replace("\r\n", "\n").replace("\n", end)
    assert survives(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "from multiprocessing import Process as P\nP(target=f)",
        "from concurrent import futures as f\nf.ProcessPoolExecutor()",
        "from concurrent.futures import ProcessPoolExecutor as E\nE()",
        "import concurrent.futures.interpreter as i\ni.InterpreterPoolExecutor()",
        "loop.run_in_executor(pool, f)",
        "import pickle as p\np.dumps(1)",
        "from six.moves import cPickle\ncPickle.dump(x, f)",
        "from _pickle import dumps as d\nd(1)",
        "import pickle\nclass P(pickle.Pickler): ...\nP(f).dump(x)",
        "from copy import deepcopy as d\nd(x)",
        "import copy as c\nc.deepcopy(x)",
        "import shelve as s\ns.open('f')['a'] = x",
        "import joblib as j\nj.Parallel(n_jobs=2)(x)",
        "from joblib import (\n    Parallel as P,\n    delayed,\n)\nP(2)(x)",
        "from torch.utils import data as d\nd.DataLoader(x, num_workers=2)",
        "import torch\ntorch.utils.data.DataLoader(x)",
        "import torch.multiprocessing as m\nm.spawn(f)",
        "from tqdm.contrib import concurrent as c\nc.process_map(f, x)",
        "from dask.distributed import (\n    Client as C,\n)\nC().submit(f, x)",
        "import pebble\npebble.ProcessPool().schedule(f)",
        "from joblib import \\\n    Parallel as P, delayed\nP(2)(delayed(f)(x) for x in xs)",
        "from pathos.pools import ProcessPool as P\nP().map(f, x)",
        "from pathos.helpers import mp\nmp.Pool().map(f, x)",
        "import billiard as b\nb.Pool().map(f, x)",
        "import dill as d\nd.dumps(x)",
        "import loky\nloky.get_reusable_executor().submit(f)",
        "x = 1  # picklecheck: ignore[PKL101]",
    ],
)
def test_every_library_with_boundaries_survives(text: str) -> None:
    assert survives(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "import os\nos.system('ls')",
        "import pickle\npickle.load(f)",
        "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor().map(f, x)",
        "'''About multiprocessing, Pool and Process.'''",
        "import multiprocessing\nmultiprocessing.cpu_count()",
        "import copy\ncopy.copy(x)",
        "import json\njson.dumps(x)",
    ],
)
def test_what_has_no_boundary_falls_through(text: str) -> None:
    assert not survives(text.encode())


def test_names_of_the_project_survive_too() -> None:
    assert not survives(b"run_all(lambda: 1)")
    assert survives(b"run_all(lambda: 1)", frozenset({b"run_all"}))


@pytest.mark.parametrize("jobs", [1, 2])
def test_many_files_are_sifted_alike_in_one_process_and_in_two(tmp_path: Path, jobs: int) -> None:
    files = {}
    for number in range(300):
        file = tmp_path / f"{number}.py"
        file.write_text("import copy\ncopy.deepcopy(x)" if number % 7 == 0 else "x = 1")
        files[str(file)] = number == 1
    files[str(tmp_path / "gone.py")] = False
    left = sift(files, jobs)
    assert [Path(path).stem for path in left[:3]] == ["0", "1", "7"]
    assert len(left) == 43 + 1 + 1


PROJECT = {
    "lib/__init__.py": "from .pools import spread as everywhere\n",
    "lib/pools.py": "from multiprocessing import Pool\n\n\ndef spread(f, xs):\n    return Pool().map(f, xs)\n",
    "lib/steps.py": "from . import pools\n\n\ndef each(f, xs):\n    return pools.spread(f, xs)\n",
    "lib/tables.py": "import lib\n\nWAYS = {'far': lib.everywhere}\n",
}


@pytest.mark.parametrize(
    "text",
    [
        "from lib.pools import spread\nspread(f, x)",
        "from lib import (\n    everywhere as there,  # the name (as it is)\n)\nthere(f, x)",
        "import lib as l\nl.everywhere(f, x)",
        "from lib.steps import each\neach(f, x)",
        "from .lib import steps\nsteps.each(f, x)",
        "from lib.steps import *\neach(f, x)",
        "from lib.tables import WAYS\nWAYS['far'](f, x)",
        "def late():\n    from lib import steps as s\n    s.each(f, x)",
    ],
)
def test_who_uses_a_relay_is_found_over_any_number_of_files(tmp_path: Path, text: str) -> None:
    for path, content in {**PROJECT, "use.py": text, "other.py": "from lib.words import each\nimport os"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content)
    files = {str(path): False for path in tmp_path.rglob("*.py")}
    wanted = sift(files, 1)
    assert [Path(path).name for path in wanted] == ["pools.py"]
    found = {Path(path).relative_to(tmp_path).as_posix() for path in importers(files, wanted)}
    assert found == {"lib/__init__.py", "lib/steps.py", "lib/tables.py", "use.py"}


@pytest.mark.parametrize(
    ("text", "is_relay"),
    [
        ("def keep(loop, pool, f):\n    loop.run_in_executor(pool, f)", False),
        ("from pools import POOL\ndef keep(loop, f):\n    loop.run_in_executor(POOL, f)", True),
        ("import joblib\n# ray\ndef keep(array):\n    return array\ndef each(f):\n    joblib.Parallel()(f)", False),
        ("import joblib\ndef keep(f):\n    joblib.Parallel()(f)", True),
    ],
)
def test_what_only_hands_to_a_pool_that_it_is_given_is_no_relay(tmp_path: Path, text: str, is_relay: bool) -> None:
    (tmp_path / "pools.py").write_text("from concurrent.futures import ProcessPoolExecutor as P\n\nPOOL = P()\n")
    (tmp_path / "lib.py").write_text(text)
    (tmp_path / "use.py").write_text("from lib import keep\nkeep(1, 2, 3)")
    files = {str(path): False for path in tmp_path.rglob("*.py")}
    assert (str(tmp_path / "use.py") in importers(files, sift(files, 1))) is is_relay
