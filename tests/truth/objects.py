"""More values: callables that are made in roundabout ways, and objects that say themselves how they are sent."""

from __future__ import annotations

from truth.shapes import LOCKED, PLAIN, shape, task

REGISTRY = """
class Known:
    all = {}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        Known.all[cls.__name__] = cls


class Guarded(Known):
    def __init__(self):
        self.lock = threading.Lock()

    def work(self, number):
        return number


class Free(Known):
    def work(self, number):
        return number
"""
CACHED = """
class Squares:
    def __init__(self, held=None):
        self.held = held

    @functools.lru_cache(maxsize=None)
    def work(self, number):
        return number

    half = functools.partialmethod(work)
"""
DISPATCHED = """
@functools.singledispatch
def shown(value):
    return 1


@shown.register(int)
def _(value):
    return 2


@shown.register(list)
def of_list(value):
    return 3
"""
OBJECT_DECORATOR = """
class Counting:
    def __init__(self, function):
        {dress}
        self.function = function

    def __call__(self, number):
        return self.function(number)


@Counting
def counted(number):
    return number
"""
FACTORY = """
def times(count):
    def decorate(function):
        {dress}
        def wrapper(number):
            return function(number)

        return wrapper

    return decorate


@times(2)
def decorated(number):
    return number
"""


def made(hooks: str, given: str = "lock=None") -> str:
    """A class that holds a lock, with its own hooks."""
    inner = "\n\n    ".join(one.replace("\n", "\n    ") for one in hooks.split("\n\n"))
    return f"class Own:\n    def __init__(self, {given}):\n        self.lock = threading.Lock()\n\n    {inner}"


WAYS = (
    task("registered-subclass", "Known.all['Guarded']().work", REGISTRY),
    task("registered-free", "Known.all['Free']().work", REGISTRY),
    task("cached-method", "Squares().work", CACHED),
    task("cached-method-of-locked", "Squares(threading.Lock()).work", CACHED),
    task("generic", "shown", DISPATCHED),
    task("dispatched-hidden", "shown.dispatch(int)", DISPATCHED.replace("of_list", "_")),
    task("dispatched", "shown.dispatch(list)", DISPATCHED),
    task("object-decorator", "counted", OBJECT_DECORATOR.format(dress="pass")),
    task(
        "object-decorator-dressed", "counted", OBJECT_DECORATOR.format(dress="functools.update_wrapper(self, function)")
    ),
    task("decorator-factory", "decorated", FACTORY.format(dress="pass")),
    task("decorator-factory-dressed", "decorated", FACTORY.format(dress="@functools.wraps(function)")),
    task("renamed", "plain", PLAIN + "\n\n\nplain.__qualname__ = 'other'"),
    task("deleted-name", "kept", PLAIN + "\n\n\nkept = plain\ndel plain"),
    task("in-if", "chosen", "if len('a') == 1:\n    def chosen(number):\n        return number"),
    task(
        "in-try",
        "chosen",
        "try:\n    import nowhere\nexcept ImportError:\n    def chosen(number):\n        return number",
    ),
    task("in-for", "chosen", "for _ in range(2):\n    def chosen(number):\n        return number"),
    task("method-made", "types.MethodType(plain, 3)", PLAIN.replace("number)", "self, number)", 1)),
    task("method-caller", "operator.methodcaller('bit_length')"),
    task("coroutine-function", "make", "async def make(number):\n    return number", returns=False),
    task("returns-view", "make", "def make(number):\n    return {1: number}.keys()", returns=False),
    task(
        "raises-unrebuildable",
        "make",
        "class Bad(Exception):\n    def __init__(self, one, two):\n"
        "        super().__init__(one)\n\n\ndef make(number):\n    raise Bad(1, 2)",
        returns=False,
    ),
)

OBJECTS = (
    shape("reduce-raises", "Own()", made("def __reduce__(self):\n    raise TypeError('no')")),
    shape("reduce-of-lambda", "Own()", made("def __reduce__(self):\n    return (lambda: 1), ()")),
    shape("reduce-too-few", "Own(1)", made("def __reduce__(self):\n    return Own, ()", "lock")),
    shape("reduce-ex", "Own()", made("def __reduce_ex__(self, protocol):\n    return Own, ()")),
    shape("reduce-with-state", "Own()", made("def __reduce__(self):\n    return Own, (), {'lock': self.lock}")),
    shape("getstate-none", "Own()", made("def __getstate__(self):\n    return None")),
    shape("getstate-raises", "Own()", made("def __getstate__(self):\n    return self.missing")),
    shape("getstate-keeps", "Own()", made("def __getstate__(self):\n    return dict(self.__dict__)")),
    shape(
        "getstate-tuple",
        "Own()",
        made(
            "def __getstate__(self):\n    return (1, 2)\n\n"
            "def __setstate__(self, state):\n    self.one, self.two = state"
        ),
    ),
    shape(
        "setstate-incomplete",
        "Own()",
        made("def __getstate__(self):\n    return {'a': 1}\n\ndef __setstate__(self, state):\n    self.b = state['b']"),
    ),
    shape("new-needs", "Needs(1)", "class Needs:\n    def __new__(cls, one):\n        return super().__new__(cls)"),
    shape(
        "new-gets",
        "Needs(1)",
        "class Needs:\n    def __new__(cls, one):\n        return super().__new__(cls)"
        "\n\n    def __getnewargs__(self):\n        return (1,)",
    ),
    shape("registered-way", "Locked()", LOCKED + "\n\n\ncopyreg.pickle(Locked, lambda locked: (int, (1,)))"),
    shape(
        "registered-way-wrong",
        "Locked()",
        LOCKED + "\n\n\ncopyreg.pickle(Locked, lambda locked: (str, (locked.lock,)))",
    ),
    shape(
        "slots-empty",
        "Slots()",
        "class Slots:\n    __slots__ = ('lock', 'size')\n\n    def __init__(self):\n        self.size = 1",
    ),
    shape(
        "own-ordered",
        "Recent(2)",
        "class Recent(collections.OrderedDict):\n    def __init__(self, most):\n        super().__init__()",
    ),
    shape(
        "own-default",
        "Scores()",
        "class Scores(collections.defaultdict):\n    def __init__(self, *given):\n        super().__init__(lambda: 0)",
    ),
    shape("own-dict", "Bag(a=threading.Lock())", "class Bag(dict):\n    pass"),
    shape("own-list", "Row([1])", "class Row(list):\n    def total(self):\n        return 1"),
    shape(
        "own-setattr",
        "Texts()",
        "class Texts:\n    def __init__(self):\n        self.lock = threading.Lock()"
        "\n\n    def __setattr__(self, name, value):\n        self.__dict__[name] = name",
    ),
    shape("typed-dict", "Typed(a=1)", "class Typed(typing.TypedDict):\n    a: int"),
    shape("new-type", "Number(threading.Lock())", "Number = typing.NewType('Number', object)"),
    shape(
        "enum-of-lambda",
        "Colour.RED",
        "class Colour(enum.Enum):\n    RED = 1\n\n    def __init__(self, number):\n        self.key = lambda: number",
    ),
    shape(
        "dataclass-post",
        "Row(1)",
        "@dataclasses.dataclass\nclass Row:\n    size: int"
        "\n\n    def __post_init__(self):\n        self.lock = threading.Lock()",
    ),
    shape(
        "dataclass-unset",
        "Row(1)",
        "@dataclasses.dataclass\nclass Row:\n    size: int"
        "\n    lock: object = dataclasses.field(init=False, default=None)",
    ),
    shape("coroutine", "make()", "async def make():\n    return 1"),
    shape("zip", "zip([1], [2])"),
    shape("filter-of-lambda", "filter(lambda one: one, [1])"),
    shape("chain", "itertools.chain([1], [2])"),
    shape("values", "{1: 2}.values()"),
    shape("reversed", "reversed([1])"),
    shape("text-stream", "io.StringIO('a')"),
    shape("chain-map", "collections.ChainMap({'a': 1})"),
    shape("weak-set", "weakref.WeakSet()"),
    shape("exception-of-lock", "ValueError(threading.Lock())"),
    shape("partial-of-lock", "functools.partial(print, threading.Lock())"),
)
