"""What pickle refuses goes over inside a small class that carries it by `cloudpickle`."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.imports import imported
from picklecheck.fixes.names import choose
from picklecheck.fixes.placement import insertion, joined, site
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

_CARRIER = '''\
class {name}(object):
    """Carries a function to another process."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def __getstate__(self):
        return {dumps}(self.function)

    def __setstate__(self, state):
        self.function = {loads}(state)'''


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Unsafe: it needs `cloudpickle` on both sides, and copies what is captured."""
    use = tree.node_at(subject.use, cst.BaseExpression)
    if use is None:
        raise Refused("the value was not found")
    for capture in subject.captures:
        if capture.refused:
            raise Refused(f"`{capture.name}` cannot cross either: {capture.refused}")
    scopes = Scopes.of(tree)
    dumps, imports = imported(tree, scopes, "cloudpickle", "dumps", [use])
    loads, more = imported(tree, scopes, "cloudpickle", "loads", [use])
    edits = [*{*imports, *more}]
    carrier = _CARRIER if subject.python2 else _CARRIER.replace("(object)", "")
    carrier = carrier.replace("    ", tree.indent)
    name = next(
        (
            part.name.value
            for part in tree.module.body
            if isinstance(part, cst.ClassDef)
            and tree.source(part).rstrip() == carrier.format(name=part.name.value, dumps=dumps, loads=loads)
        ),
        "",
    )
    if not name:
        name = choose(tree, scopes, ["Carried"], tree.module)
        text = carrier.format(name=name, dumps=dumps, loads=loads).replace("\n", tree.newline)
        edits.append(insertion(tree, site(tree, [use]), [text]))
    start, end = tree.whole(use)
    edits.append(tree.edit(start, end, f"{name}({tree.source(use)})"))
    return Fix("unsafe", "carry it by cloudpickle", joined(edits))
