"""What statements of a module do to it that its workers may need, so that each of them has to do it again."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field

import libcst as cst

from picklecheck.fixes.captures import mutated
from picklecheck.fixes.imports import qualified
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.tree import Tree

# Calls whose result is dropped, and that leave nothing in the process: what they do is done once for all.
_DONE_ONCE = {"time.sleep", "os.makedirs", "os.mkdir", "os.remove", "os.unlink", "os.rename", "os.replace", "os.rmdir"}
_DONE_ONCE |= {"os.system", "json.dump", "pickle.dump", "random.shuffle", "numpy.random.shuffle", "pprint.pprint"}
_DONE_ONCE |= {"sys.stdout.write", "sys.stdout.flush", "sys.stderr.write", "warnings.warn", "traceback.print_exc"}
_DONE_ONCE |= {"sys.exit", "gc.collect", "matplotlib.pyplot.show", "matplotlib.pyplot.savefig"}
_FAMILIES = ("shutil.", "subprocess.")


@dataclass(slots=True)
class Preparation:
    """Asks of the statements of one file; `needed` are the names of the module that functions and classes read."""

    tree: Tree
    scopes: Scopes
    needed: set[str]
    _asked: set[cst.FunctionDef] = field(default_factory=set)

    def is_in(self, statement: cst.CSTNode) -> bool:
        """Whether a call without a result, or an assignment, may change what a worker needs: the state of a module.

        `random.seed(1)`, `sys.path.append(…)`, `os.environ["A"] = "1"` do, and so does a function of the file with such
        a statement; what is done to objects that no function reads, and builtins such as `print`, do not.
        """
        return any(self._does(node) for node in self.tree.under(statement))

    def _does(self, node: cst.CSTNode) -> bool:
        match node:
            case cst.Expr(value=cst.Call(func=root)):
                called = True
            case cst.AssignTarget(target=root) | cst.AugAssign(target=root):
                called = False
            case _:
                return False
        name = qualified(self.tree, self.scopes, root)
        if name in _DONE_ONCE or name.startswith(_FAMILIES):
            return False
        first = root
        while isinstance(first, cst.Attribute | cst.Subscript | cst.Call):
            first = first.func if isinstance(first, cst.Call) else first.value
        if not isinstance(first, cst.Name):
            return False
        scope = self.scopes.around(self.tree, first)
        owner = scope.owner(first.value)
        if owner is None:
            return not hasattr(builtins, first.value)
        if owner is not self.scopes.module:
            return False
        bindings = self.scopes.module.bindings[first.value]
        if any(isinstance(one, cst.ImportAlias | cst.ClassDef) for one in bindings):
            return True
        functions = [one for one in bindings if isinstance(one, cst.FunctionDef)]
        if functions:
            return not called or first is not root or any(self._is_in_body(one) for one in functions)
        inside = scope is not self.scopes.module
        return (inside or first.value in self.needed) and (mutated(self.tree, first) or (inside and not called))

    def _is_in_body(self, function: cst.FunctionDef) -> bool:
        if function in self._asked:
            return False
        self._asked.add(function)
        if function.decorators or self.scopes.by_node[function].globals:
            return True
        return any(self._does(node) for node in self.tree.under(function.body))
