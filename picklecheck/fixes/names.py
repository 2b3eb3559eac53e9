"""Free and readable names for what a rewrite moves to module level."""

from __future__ import annotations

import builtins
import itertools
import keyword
import re
from collections.abc import Iterable, Iterator

import libcst as cst

from picklecheck.fixes.scopes import Scope, Scopes
from picklecheck.fixes.tree import Tree
from picklecheck.fixes.verbs import product, verbs

# What names of tests have between the words for what they are about.
_LINKING = {"a", "an", "and", "be", "can", "does", "for", "if", "in", "is", "it", "its", "of", "on", "should", "that"}
_LINKING |= {"the", "then", "to", "when", "will", "with"}
_MOST_WORDS = 3


def unused(tree: Tree, scopes: Scopes, name: str, node: cst.CSTNode, within: Scope | None = None) -> bool:
    """Whether nothing in the file, or `within` a function, uses the name yet, and no other rewrite has taken it."""
    if keyword.iskeyword(name) or hasattr(builtins, name):
        return False
    if any(tree.claimed.get(claim, node) is not node for claim in (name, _claim(tree, scopes, name, within))):
        return False
    using = scopes.using.get(name, ())
    if within is scopes.module:  # a variable of a function may have the name of one of the module
        return not any(scope is within or name in scope.globals or not scope.owner(name) for scope in using)
    return not any(within is None or tree.contains(within.node, scope.node) for scope in using)


def can_rise(tree: Tree, scopes: Scopes, name: str, owner: Scope, node: cst.CSTNode) -> bool:
    """Whether a name of a function may become one of the module with all its uses still leading to it."""
    if owner is scopes.module:
        return True
    if name in scopes.module.bindings or tree.claimed.get(name, node) is not node:
        return False
    outer = [scope for scope in owner.chain() if scope not in (owner, scopes.module)]
    if any(name in scope.bindings for scope in outer):
        return False
    using = scopes.using.get(name, ())
    return not any(name in scope.globals or (name in scope.reads and not scope.owner(name)) for scope in using)


def _is_plain(tree: Tree, scopes: Scopes, name: str, node: cst.CSTNode) -> bool:
    """Whether a name of the module would be seen where `node` is, though other functions have variables so called."""
    if name in scopes.module.bindings or keyword.iskeyword(name) or hasattr(builtins, name):
        return False
    if tree.claimed.get(name, node) is not node or scopes.around(tree, node).owner(name) is not None:
        return False
    return not any(name in scope.globals or not scope.owner(name) for scope in scopes.using.get(name, ()))


def choose_global(tree: Tree, scopes: Scopes, purpose: str, wishes: Iterable[str], node: cst.CSTNode) -> str:
    """What the definition is for, where that is free; else the first other wish that is."""
    if purpose and _is_plain(tree, scopes, purpose, node):
        tree.claimed[purpose] = node
        return purpose
    return choose(tree, scopes, wishes, node)


def choose(tree: Tree, scopes: Scopes, wishes: Iterable[str], node: cst.CSTNode, within: Scope | None = None) -> str:
    """The first wish that is free, else the last one with a number; taken for `node` from now on."""
    wishes = list(wishes)
    numbered = (f"{wishes[-1]}_{number}" for number in _numbers(tree, wishes[-1], node, within))
    name = next(wish for wish in itertools.chain(wishes, numbered) if unused(tree, scopes, wish, node, within))
    tree.claimed[_claim(tree, scopes, name, within)] = node
    return name


def _claim(tree: Tree, scopes: Scopes, name: str, within: Scope | None) -> str:
    """What a name is claimed by: a function's variable together with its function, as others may have it too."""
    if within is None or within is scopes.module:
        return name
    return f"{name} in {tree.spans[within.node]}"


def _numbers(tree: Tree, wish: str, node: cst.CSTNode, within: Scope | None) -> Iterator[int]:
    """The numbers from 2, without those at which a name of the module was found to be taken before."""
    if within is not None:
        yield from itertools.count(2)
    tried = tree.numbered.setdefault(wish, {})
    for number in itertools.count(tried.get(node) or tried.get(tree.module, 1) + 1):
        tried[node] = number
        tried[tree.module] = max(number, tried.get(tree.module, 1))
        yield number


def wishes_for(tree: Tree, node: cst.CSTNode, slot: str, bound_to: str = "", word: str = "") -> list[str]:
    """Names for a definition: what it is bound to, else what it does, then its function and what it does there.

    `word` is said beside it, and tells it from others that do the same.
    """
    does = list(verbs(node, word)) if isinstance(node, cst.Lambda) and not bound_to else []
    match tree.nearest(node, (cst.FunctionDef, cst.ClassDef)):
        case cst.FunctionDef(name=name):
            around = name.value.strip("_")
        case cst.ClassDef(name=name) if bound_to:
            around = snake(name.value.strip("_"))
        case _:
            around = ""
    if isinstance(tree.parents.get(node), cst.Return) and around:
        plain = not does or does[0].startswith("constant")
        does = [*filter(None, [product(around) or (f"apply_{around}" if plain else "")]), *does]
    around, bound_to, does = _topic(product(around) or around), _no_test(bound_to), [_no_test(one) for one in does]
    purpose = slot if slot in ("target", "initializer") else "task"
    told = bound_to.strip("_") or (does[-1] if does else purpose)
    return [*filter(None, (bound_to, *does)), f"{around}_{told}" if around else told]


def snake(name: str) -> str:
    """A name of a class as one of a variable: `JobList`, `job_list`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def is_test(name: str) -> bool:
    """Whether test runners would take a function of this name at module level for a test, and call it."""
    return name.startswith("test")


def _topic(name: str) -> str:
    """What a test is about, in few words: `pass_all_logs` of `test_then_it_should_pass_all_logs`."""
    if not is_test(name):
        return name
    words = [word for word in name.removeprefix("test").strip("_").split("_") if word and word not in _LINKING]
    return _no_test("_".join(words[:_MOST_WORDS])) if words and words[0].isidentifier() else _no_test(name)


def _no_test(name: str) -> str:
    return f"_{name}" if is_test(name) else name
