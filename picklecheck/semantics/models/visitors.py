"""Classes of the standard library whose methods call those that a subclass defines: `visit` calls `visit_Lambda`."""

from __future__ import annotations

from picklecheck.semantics.domain.mro import resolution_order
from picklecheck.semantics.domain.values import (
    Arguments,
    Class,
    ExternalMethod,
    Function,
    Here,
    Instance,
    Values,
)
from picklecheck.semantics.kinds.following import havoc
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import MethodModel, methods


def calling(prefix: str) -> MethodModel:
    """A method that calls those of its object with this prefix, as often as it wants: what they set is not sure."""

    def model(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
        if isinstance(method.receiver, Instance):
            for owner in resolution_order(method.receiver.cls):
                for name, values in run.store.names(owner).items() if isinstance(owner, Class) else ():
                    for value in values if name.startswith(prefix) else ():
                        if isinstance(value, Function):
                            havoc(run, method.receiver, value.module.changed_by(value.node))
        return None

    return model


methods("ast.NodeVisitor", "visit", "generic_visit")(calling("visit_"))
methods("ast.NodeTransformer", "visit", "generic_visit")(calling("visit_"))
methods("html.parser.HTMLParser", "feed", "close")(calling("handle_"))
methods("cmd.Cmd", "cmdloop", "onecmd")(calling("do_"))
