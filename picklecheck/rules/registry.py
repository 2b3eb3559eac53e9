"""The rules themselves, as the objects that claim refusals and uses; the table of all is `catalogue`."""

from __future__ import annotations

from picklecheck.rules.bound_method_crosses import BoundMethodCrosses
from picklecheck.rules.closed_pool_used import ClosedPoolUsed
from picklecheck.rules.defined_after_pool import DefinedAfterPool
from picklecheck.rules.dropped_result import DroppedResult
from picklecheck.rules.dropped_state_used import DroppedStateUsed
from picklecheck.rules.function_under_main_guard import FunctionUnderMainGuard
from picklecheck.rules.held_resource_crosses import HeldResourceCrosses
from picklecheck.rules.hidden_original_crosses import HiddenOriginalCrosses
from picklecheck.rules.join_before_close import JoinBeforeClose
from picklecheck.rules.lambda_crosses import LambdaCrosses
from picklecheck.rules.local_class_crosses import LocalClassCrosses
from picklecheck.rules.local_function_crosses import LocalFunctionCrosses
from picklecheck.rules.mangled_method_crosses import MangledMethodCrosses
from picklecheck.rules.misnamed_class_crosses import MisnamedClassCrosses
from picklecheck.rules.missing_main_guard import MissingMainGuard
from picklecheck.rules.mixed_contexts import MixedContexts
from picklecheck.rules.nested_pool import NestedPool
from picklecheck.rules.resource_crosses import ResourceCrosses
from picklecheck.rules.result_after_terminate import ResultAfterTerminate
from picklecheck.rules.result_awaited_at_once import ResultAwaitedAtOnce
from picklecheck.rules.rule import CrossingRule, Rule, UseRule
from picklecheck.rules.set_in_parent_only import SetInParentOnly
from picklecheck.rules.started_process_held import StartedProcessHeld
from picklecheck.rules.super_method_crosses import SuperMethodCrosses
from picklecheck.rules.sync_primitive_in_task import SyncPrimitiveInTask
from picklecheck.rules.temporary_primitive import TemporaryPrimitive
from picklecheck.rules.unpicklable_result import UnpicklableResult
from picklecheck.rules.unrebuildable_exception import UnrebuildableException
from picklecheck.rules.unrebuildable_value import UnrebuildableValue

_RULES: tuple[Rule, ...] = (
    LambdaCrosses(),
    LocalFunctionCrosses(),
    BoundMethodCrosses(),
    HeldResourceCrosses(),
    LocalClassCrosses(),
    HiddenOriginalCrosses(),
    MisnamedClassCrosses(),
    MangledMethodCrosses(),
    SuperMethodCrosses(),
    ResourceCrosses(),
    SyncPrimitiveInTask(),
    UnpicklableResult(),
    UnrebuildableException(),
    TemporaryPrimitive(),
    MixedContexts(),
    UnrebuildableValue(),
    DroppedStateUsed(),
    MissingMainGuard(),
    FunctionUnderMainGuard(),
    DefinedAfterPool(),
    StartedProcessHeld(),
    NestedPool(),
    SetInParentOnly(),
    ResultAwaitedAtOnce(),
    JoinBeforeClose(),
    DroppedResult(),
    ClosedPoolUsed(),
    ResultAfterTerminate(),
)

CROSSING_RULES: tuple[CrossingRule, ...] = tuple(rule for rule in _RULES if isinstance(rule, CrossingRule))
USE_RULES: tuple[UseRule, ...] = tuple(rule for rule in _RULES if isinstance(rule, UseRule))
