"""Results that are kept and read: exact text and refusals."""

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import kept_result
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


def rewrite(text: str, boundary: str = "multiprocessing.pool.Pool.apply_async") -> Fix | NoFix:
    return kept_result.rewrite(Tree.read(PATH, text), subject(text, "work", boundary=boundary))


def test_one_result_is_read_below_the_join() -> None:
    text = "pool.apply_async(work)\npool.close()\npool.join()\nprint(1)\n"
    after = "result = pool.apply_async(work)\npool.close()\npool.join()\nresult.get()\nprint(1)\n"
    assert applied(text, rewrite(text)) == after


def test_those_of_a_loop_are_kept_in_a_list() -> None:
    text = "names = load()\n# all\nfor n in names:\n    pool.apply_async(work, (n,))\npool.close()\npool.join()\n"
    after = (
        "names = load()\nresults = []\n# all\nfor n in names:\n    results.append(pool.apply_async(work, (n,)))\n"
        "pool.close()\npool.join()\nfor result in results:\n    result.get()\n"
    )
    assert applied(text, rewrite(text)) == after


def test_a_future_is_read_at_the_end_of_the_block() -> None:
    text = "with Executor() as executor:\n    executor.submit(work, 1)\n    print(1)\n"
    after = "with Executor() as executor:\n    future = executor.submit(work, 1)\n    print(1)\n    future.result()\n"
    assert applied(text, rewrite(text, "concurrent.futures.ProcessPoolExecutor.submit")) == after


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("pool.apply_async(work)\nprint(1)\n", "nothing awaits the tasks below, in the same block"),
        (
            "jobs = [pool.apply_async(work) for n in names]\npool.join()\n",
            "the call is part of an assignment or a larger expression",
        ),
        ("print(1); pool.apply_async(work)\npool.join()\n", "the call is not a line of its own"),
    ],
)
def test_it_is_refused(text: str, why: str) -> None:
    assert reason(rewrite(text)) == why


def test_a_second_result_is_read_below_the_first() -> None:
    text = "result = pool.apply_async(work)\npool.apply_async(work, (1,))\npool.join()\nresult.get()\nprint(1)\n"
    fix = kept_result.rewrite(
        Tree.read(PATH, text), subject(text, "work", occurrence=2, boundary="multiprocessing.pool.Pool.apply_async")
    )
    assert "pool.join()\nresult.get()\nwork_result.get()\nprint(1)\n" in applied(text, fix)


@pytest.mark.parametrize("loop", ["while True:", "for row in iter(queue.get, None):"])
def test_a_task_that_listens_is_not_awaited_at_the_end_of_the_block(loop: str) -> None:
    text = f"def work(queue):\n    {loop}\n        use(queue)\n\n\nwith Pool() as pool:\n    pool.apply_async(work)\n"
    assert "the task waits for others" in reason(rewrite(text))
