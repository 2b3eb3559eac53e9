"""What a fix makes longer or shorter is laid out as ruff lays it out, where the file was so before."""

import subprocess
import sys

import pytest

from picklecheck.fixes.layout import laid_out
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix, apply

PATH = "program.py"
SHORTER = [
    "for seed in seeds:\n    jobs.append(pool.apply_async(simulate, (seed, OLD)))\n",
    "futures = [executor.submit(OLD, report, template) for report in reports]\n",
    "self.scorer = scorer if scorer is not None else OLD\n",
    "def main():\n    return scorer if scorer is not None else OLD\n",
]
LONGER = [
    "with Pool(number_of_workers, initializer=NEW, initargs=(x,)) as pool:\n    pass\n",
    "for product, price in pool.map(NEW, products, chunksize=16):\n    print(product)\n",
    "    \nif x:\n    results = pool.map(NEW, numbers_that_are_sent, chunksize=10)\n",
    "process = Process(target=work, args=(NEW, numbers_that_are_sent, 10), daemon=True)\n",
    "def work(NEW, numbers_that_are_sent, chunksize=10) -> dict[str, list[int]]:\n    pass\n",
    "results = [\n    pool.apply_async(NEW, (number, text), callback=self.collect_all) for number in rows\n]\n",
]
LONGER.append("steps = [first_of_all_the_steps, NEW(rotate), last_of_all_the_steps_of_it]\n")
LEFT = [
    # a comma, a comment or a layout of its own keeps the lines
    "run(\n    OLD,\n)\n",
    "run(\n    OLD  # first\n)\n",
    "run(OLD,\n    other)\n",
    "data = load(train=True, transform=Compose([\n                                      to_tensor,\n"
    "                                      OLD,\n                                  ]))\n",
    "run(first,OLD,third)\n",
    "x = first + OLD + run(second) and third + run(fourth, fifth) + another_name_of_a_value\n",
]
LONG = "lambda row: row.strip().lower().replace(one)"


def changed(text: str, old: str, new: str) -> str:
    tree = Tree.read(PATH, text)
    at = text.index(old)
    fix = laid_out(tree, Fix("safe", "", (tree.edit(at, at + len(old), new),)))
    return apply(text, fix.edits)


def formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-q", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("text", SHORTER)
def test_what_fits_into_one_line_is_put_into_one(text: str) -> None:
    before = formatted(text.replace("OLD", LONG))
    after = changed(before, LONG, "work")
    assert formatted(after) == after != before.replace(LONG, "work")


@pytest.mark.parametrize("text", LONGER)
def test_what_does_not_fit_any_more_is_broken_at_its_brackets(text: str) -> None:
    before, name = formatted(text), "a_new_name_of_a_function_that_is_long"
    assert max(map(len, before.splitlines())) <= 88
    after = changed(before, "NEW", name)
    assert formatted(after) == after
    assert after != before.replace("NEW", name)


@pytest.mark.parametrize("text", LEFT)
def test_other_layouts_are_left(text: str) -> None:
    long = "a_new_name_of_a_function_that_is_long"
    assert changed(text, "OLD", "f") == text.replace("OLD", "f")
    assert changed(text, "OLD", long) == text.replace("OLD", long)


def test_a_line_that_was_long_before_stays_one_where_nothing_is_formatted() -> None:
    line = f"run({', '.join(['name_of_something'] * 5)})\n"
    for text, same in ((f"x = 1\n{line}", False), (f"x = f(1,2)\n{line}", True)):
        tree = Tree.read(PATH, text)
        at = text.index("run")
        block = "if x:\n    " + line
        after = apply(text, laid_out(tree, Fix("safe", "", (tree.edit(at, len(text), block),))).edits)
        assert after.endswith(block) is same


def test_a_file_with_longer_lines_is_laid_out_for_them() -> None:
    text = "x = " + " + ".join(["name_of_something"] * 5) + "\nwork(OLD, name_of_something)\n"
    new = "another_name_of_something_that_is_longer_than_most_names_are"
    assert changed(text, "OLD", new) == text.replace("OLD", new)
