"""Functions that call the task by its name, as far as text goes; the fixtures run such programs."""

import pytest
from rewriting import applied, reason, subject

from picklecheck.fixes import named_call
from picklecheck.fixes.named_call import AWAITED, Form
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


def rewrite(text: str, use: str, variable: str = "", form: Form = named_call.AS_IT_IS) -> Fix | NoFix:
    about = subject(text, use)
    return named_call.rewrite(Tree.read(about.use.path, text), about, variable, form)


def test_the_task_is_called_by_its_name() -> None:
    text = "work = loud(plain)\n\n\ndef main(pool, task):\n    pool.map(task, [1])\n"
    assert applied(text, rewrite(text, "task", "work")) == (
        "work = loud(plain)\n\n\ndef call_work(*args, **kwargs):\n    return work(*args, **kwargs)\n\n\n"
        "def main(pool, task):\n    pool.map(call_work, [1])\n"
    )


def test_a_dotted_name_is_called_as_it_is_written() -> None:
    text = "import tasks\n\n\ndef main(pool):\n    pool.map(tasks.fetch, [1])\n"
    after = applied(text, rewrite(text, "tasks.fetch", form=AWAITED))
    assert "def run_fetch(*args, **kwargs):\n    return asyncio.run(tasks.fetch(*args, **kwargs))\n" in after
    assert after.startswith("import asyncio\n\nimport tasks\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("def main(pool, work):\n    pool.map(work, [1])\n", "no module-level name refers to the value"),
        ("work = 1\nwork = 2\npool.map(work, [1])\n", "`work` is not bound once"),
        ('if __name__ == "__main__":\n    work = 1\n    pool.map(work, [1])\n', "`work` is not bound once"),
        ("pool = Pool()\nwork = f\npool.map(work, [1])\n", "`work` is bound below the first pool"),
    ],
)
def test_it_is_refused(text: str, why: str) -> None:
    assert why in reason(rewrite(text, "work"))
