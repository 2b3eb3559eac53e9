"""Values that programs send, and the ways in which they hold them: expressions with what these need."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """A value: an expression that can be anywhere, and the definitions at module level that it needs.

    One that is `callable` takes a number. `returns` says that its result is plain.
    """

    name: str
    value: str
    definitions: str = ""
    callable: bool = False
    returns: bool = True


@dataclass(frozen=True, slots=True)
class Holding:
    """How a value is held: `$value` means its expression; `given` is what is sent.

    `definitions` come at module level after those of the value, `before` just before the boundary.
    """

    name: str
    given: str
    before: str = ""
    definitions: str = ""


def shape(name: str, value: str, definitions: str = "") -> Shape:
    return Shape(name, value, textwrap.dedent(definitions).strip())


def task(name: str, value: str, definitions: str = "", returns: bool = True) -> Shape:
    return Shape(name, value, textwrap.dedent(definitions).strip(), callable=True, returns=returns)


def holding(name: str, given: str, before: str = "", definitions: str = "") -> Holding:
    return Holding(name, given, before, textwrap.dedent(definitions).strip())


def worker(name: str, body: str) -> str:
    """A class with a method `work`, and `body` before that."""
    inner = f"{textwrap.dedent(body).strip()}\n\ndef work(self, number):\n    return number\n"
    return f"class {name}:\n{textwrap.indent(inner, '    ')}"


PLAIN = "def plain(number):\n    return number"
LOCKED = worker("Locked", "def __init__(self):\n    self.lock = threading.Lock()")
DROPPING = worker(
    "Dropping",
    """
    def __init__(self):
        self.lock = threading.Lock()

    def __getstate__(self):
        state = self.__dict__.copy()
        del state["lock"]
        return state
    """,
)
PICKY = worker(
    "Picky",
    """
    def __init__(self):
        self.lock = threading.Lock()

    def __reduce__(self):
        return Picky, ()
    """,
)
LAZY = worker(
    "Lazy",
    """
    lock = None

    def open(self):
        self.lock = threading.Lock()
        return self

    def close(self):
        self.lock = None
        return self
    """,
)
CLOSING = worker(
    "Closing",
    """
    def __init__(self):
        self.lock = threading.Lock()
        with self.lock:
            pass
        del self.lock
    """,
)
SHARED = worker("Shared", "lock = threading.Lock()")
NESTED = "class Outer:\n" + textwrap.indent(worker("Inner", "level = 1"), "    ")
LOCAL_CLASS = """
def make_class():
    class Local:
        def work(self, number):
            return number

    return Local
"""
INHERITING = (
    LOCKED + "\n\nclass Inheriting(Locked):\n    def __init__(self):\n        super().__init__()\n        self.size = 1"
)
MANGLED = """
class Mangled:
    def __work(self, number):
        return number

    def give(self):
        return self.__work
"""

TASKS = (
    task("lambda", "(lambda number: number)"),
    task("named-lambda", "double", "double = lambda number: number"),
    task("well-named-lambda", "named", 'named = lambda number: number\nnamed.__qualname__ = "named"'),
    task(
        "local", "make_local()", "def make_local():\n    def local(number):\n        return number\n\n    return local"
    ),
    task(
        "closure",
        "make_adder(1)",
        "def make_adder(more):\n    def adder(number):\n        return number + more\n\n    return adder",
    ),
    task("function", "plain", PLAIN),
    task("alias", "other", PLAIN + "\n\n\nother = plain"),
    task("hidden", "first", "def plain(number):\n    return 1\n\n\nfirst = plain\n\n\n" + PLAIN),
    task("builtin", "abs"),
    task("operator", "operator.attrgetter('real')"),
    task("type", "int"),
    task("partial", "functools.partial(add, 1)", "def add(one, two):\n    return one + two"),
    task("partial-of-lambda", "functools.partial(lambda one, two: one + two, 1)"),
    task("method", "Plain().work", worker("Plain", "size = 1")),
    task("method-of-locked", "Locked().work", LOCKED),
    task("method-of-dropping", "Dropping().work", DROPPING),
    task("method-of-picky", "Picky().work", PICKY),
    task("method-of-shared", "Shared().work", SHARED),
    task("method-of-lazy", "Lazy().work", LAZY),
    task("method-of-opened", "Lazy().open().work", LAZY),
    task("method-of-closed", "Lazy().open().close().work", LAZY),
    task("method-of-nested", "Outer.Inner().work", NESTED),
    task("method-of-local-class", "make_class()().work", LOCAL_CLASS),
    task("method-of-inheriting", "Inheriting().work", INHERITING),
    task("mangled-method", "Mangled().give()", MANGLED),
    task(
        "static-method",
        "Static.work",
        "class Static:\n    lock = threading.Lock()\n\n    @staticmethod\n    def work(number):\n        return number",
    ),
    task(
        "class-method",
        "Classy.work",
        """
        class Classy:
            lock = threading.Lock()

            @classmethod
            def work(cls, number):
                return number
        """,
    ),
    task("callable", "Caller()", "class Caller:\n    def __call__(self, number):\n        return number"),
    task(
        "callable-with-file",
        "Reader()",
        """
        class Reader:
            def __init__(self):
                self.file = open(__file__)

            def __call__(self, number):
                return number
        """,
    ),
    task(
        "decorated",
        "decorated",
        """
        def loud(function):
            def wrapper(number):
                return function(number)

            return wrapper


        @loud
        def decorated(number):
            return number
        """,
    ),
    task(
        "decorated-with-wraps",
        "decorated",
        """
        def loud(function):
            @functools.wraps(function)
            def wrapper(number):
                return function(number)

            return wrapper


        @loud
        def decorated(number):
            return number
        """,
    ),
    task(
        "original-of-decorated",
        "decorated.__wrapped__",
        """
        def loud(function):
            @functools.wraps(function)
            def wrapper(number):
                return function(number)

            return wrapper


        @loud
        def decorated(number):
            return number
        """,
    ),
    task("cached", "cached", "@functools.lru_cache\ndef cached(number):\n    return number"),
    task("class", "Point", "Point = collections.namedtuple('Point', 'x')"),
    task("misnamed-class", "Point", "Point = collections.namedtuple('Pt', 'x')"),
    task("returns-lambda", "make", "def make(number):\n    return lambda: number", returns=False),
    task("returns-lock", "make", "def make(number):\n    return [threading.Lock()]", returns=False),
    task("returns-locked", "make", LOCKED + "\n\ndef make(number):\n    return Locked()", returns=False),
    task("returns-generator", "make", "def make(number):\n    yield number", returns=False),
    task("raises-nothing", "make", "def make(number):\n    if number < 0:\n        raise ValueError(number)"),
)

DATA = (
    shape("number", "1"),
    shape("text", "'text'"),
    shape("lock", "threading.Lock()"),
    shape("event", "threading.Event()"),
    shape("thread", "threading.Thread(target=print)"),
    shape("thread-local", "threading.local()"),
    shape("file", "open(__file__)"),
    shape("connection", "sqlite3.connect(':memory:')"),
    shape("generator", "(number for number in [1])"),
    shape("map-of-lambda", "map(lambda one: one, [1])"),
    shape("list-iterator", "iter([1])"),
    shape("keys", "{1: 2}.keys()"),
    shape("module", "functools"),
    shape("pattern", "re.compile('a')"),
    shape("weak-reference", "weakref.ref(threading)"),
    shape("thread-pool", "ThreadPoolExecutor(1)"),
    shape("context-variable", "contextvars.ContextVar('v')"),
    shape("logger", "logging.getLogger('a')"),
    shape("path", "pathlib.Path('a')"),
    shape("memoryview", "memoryview(b'a')"),
    shape("view-of-a-class", "types.MappingProxyType({})"),
    shape("counter", "collections.Counter('a')"),
    shape("default-of-type", "collections.defaultdict(int)"),
    shape("default-of-lambda", "collections.defaultdict(lambda: 0)"),
    shape("dict-of-lambda", "{'a': lambda: 1}"),
    shape("dict-of-lock", "{'a': threading.Lock()}"),
    shape("namespace-of-lock", "types.SimpleNamespace(lock=threading.Lock())"),
    shape("exception", "ValueError(1)"),
    shape(
        "unrebuildable-exception",
        "Broken(1, 2)",
        "class Broken(Exception):\n    def __init__(self, one, two):\n        super().__init__(one)",
    ),
    shape(
        "rebuildable-exception",
        "Fine(1, 2)",
        "class Fine(Exception):\n    def __init__(self, one, two):\n        super().__init__(one, two)",
    ),
    shape("locked", "Locked()", LOCKED),
    shape("dropping", "Dropping()", DROPPING),
    shape("picky", "Picky()", PICKY),
    shape("shared", "Shared()", SHARED),
    shape("lazy", "Lazy()", LAZY),
    shape("opened", "Lazy().open()", LAZY),
    shape("closing", "Closing()", CLOSING),
    shape("inheriting", "Inheriting()", INHERITING),
    shape("nested", "Outer.Inner()", NESTED),
    shape("local-class", "make_class()", LOCAL_CLASS),
    shape("of-local-class", "make_class()()", LOCAL_CLASS),
    shape("named-tuple", "Point(1)", "Point = collections.namedtuple('Point', 'x')"),
    shape("misnamed-tuple", "Point(1)", "Point = collections.namedtuple('Pt', 'x')"),
    shape("tuple-of-lock", "Point(threading.Lock())", "Point = collections.namedtuple('Point', 'x')"),
    shape("made-class", "Made()", "Made = type('Made', (), {})"),
    shape("misnamed-made-class", "Made()", "Made = type('Other', (), {})"),
    shape("enum", "Colour.RED", "class Colour(enum.Enum):\n    RED = 1"),
    shape("enum-call", "Colour.RED", "Colour = enum.Enum('Colour', 'RED')"),
    shape("misnamed-enum", "Colour.RED", "Colour = enum.Enum('Color', 'RED')"),
    shape(
        "dataclass",
        "Row()",
        "@dataclasses.dataclass\nclass Row:\n    lock: object = dataclasses.field(default_factory=threading.Lock)",
    ),
    shape("dataclass-of-data", "Row(1)", "@dataclasses.dataclass(frozen=True)\nclass Row:\n    size: int"),
    shape("dataclass-of-lock", "Row(threading.Lock())", "@dataclasses.dataclass\nclass Row:\n    lock: object"),
    shape(
        "slots",
        "Slots()",
        "class Slots:\n    __slots__ = ('lock',)\n\n    def __init__(self):\n        self.lock = threading.Lock()",
    ),
    shape(
        "cached-property",
        "Cached().read()",
        """
        class Cached:
            @functools.cached_property
            def lock(self):
                return threading.Lock()

            def read(self):
                self.lock
                return self
        """,
    ),
    shape(
        "cached-property-unread",
        "Cached()",
        "class Cached:\n    @functools.cached_property\n    def lock(self):\n        return threading.Lock()",
    ),
    shape("shared-lock", "multiprocessing.Lock()"),
    shape("shared-queue", "multiprocessing.Queue()"),
    shape("shared-value", "multiprocessing.Value('i', 1)"),
)

BOX = worker("Box", "def __init__(self, held):\n    self.held = held")

YIELD_FROM = "def inner():\n    yield $value\n\n\ndef outer():\n    yield from inner()"
GETTER = "def make():\n    def get():\n        return held\n\n    held = $value\n    return get"
NONLOCAL = """
def make():
    def bind():
        nonlocal held
        held = $value

    held = abs
    bind()
    return held
"""

# Ways of holding after which the value itself is sent again.
PLAIN_HOLDINGS = (
    holding("direct", "$value"),
    holding("name", "held", "held = $value"),
    holding("constant-true", "$value if FLAG else abs", definitions="FLAG = True"),
    holding("constant-false", "$value if FLAG else abs", definitions="FLAG = False"),
    holding("branch-false", "held", "held = abs\nif FLAG:\n    held = $value", definitions="FLAG = False"),
    holding("returned", "give()", definitions="def give():\n    return $value"),
    holding("through-a-function", "same($value)", definitions="def same(value):\n    return value"),
    holding("through-keywords", "same(value=$value)", definitions="def same(**more):\n    return more['value']"),
    holding("through-stars", "same(1, $value)", definitions="def same(*values):\n    return values[1]"),
    holding("unpacked", "held", "_, held = 1, $value"),
    holding("unpacked-star", "held[0]", "_, *held = 1, $value"),
    holding("item-of-list", "held[0]", "held = [$value]"),
    holding("item-of-dict", "held['a']", "held = {'b': abs}\nheld['a'] = $value"),
    holding("attribute-read", "box.held", "box = Box($value)", BOX),
    holding("overwritten", "held", "held = $value\nheld = abs"),
    holding("tried", "held", "try:\n    held = $value\nexcept ValueError:\n    held = abs"),
    holding("looped", "held", "for held in [abs, $value]:\n    pass"),
    holding("walrus", "(held := $value)"),
    holding("or", "None or $value"),
    holding("global", "HELD", definitions="HELD = $value"),
    holding("global-in-function", "give()", definitions="HELD = $value\n\n\ndef give():\n    return HELD"),
    holding("default", "give()", definitions="def give(held=$value):\n    return held"),
    holding(
        "property",
        "box.held",
        "box = Giver()",
        "class Giver:\n    @property\n    def held(self):\n        return $value",
    ),
    holding("next", "next(gen())", definitions="def gen():\n    yield $value"),
    holding("yield-from", "next(outer())", definitions=YIELD_FROM),
    holding("matched", "held", "match [1, $value]:\n    case [_, held]:\n        pass"),
    holding("matched-other", "held", "held = abs\nmatch 2:\n    case 1:\n        held = $value"),
    holding("sliced", "[abs, $value, max][1:2][0]"),
    holding("sliced-away", "[$value, abs][1:][0]"),
    holding("got", "held.get('a')", "held = {'a': $value}"),
    holding("set-default", "held.setdefault('a', $value)", "held = {}"),
    holding("popped-out", "held.pop()", "held = [1, $value]"),
    holding("nested-targets", "held", "(_, [held, *_]), _ = (1, [$value, 2]), 3"),
    holding("zipped", "held", "for _, held in zip([1], [$value]):\n    pass"),
    holding("enumerated", "held", "for _, held in enumerate([$value]):\n    pass"),
    holding("while", "held", "while True:\n    held = $value\n    break"),
    holding("for-else", "held", "for held in []:\n    pass\nelse:\n    held = $value"),
    holding("tried-else", "held", "try:\n    pass\nexcept ValueError:\n    held = abs\nelse:\n    held = $value"),
    holding("raised", "held", "try:\n    raise ValueError\nexcept ValueError:\n    held = $value"),
    holding("entered", "held", "with contextlib.nullcontext($value) as held:\n    pass"),
    holding("called-at-once", "(lambda: $value)()"),
    holding("closure-getter", "make()()", definitions=GETTER),
    holding("nonlocal", "make()", definitions=NONLOCAL),
    holding("rebound-global", "HELD", "bind()", "HELD = None\n\n\ndef bind():\n    global HELD\n    HELD = $value"),
    holding("class-attribute-read", "Shelf.held[0]", definitions="class Shelf:\n    held = [$value]"),
    holding("attribute-by-name", "getattr(box, 'held', abs)", "box = Box($value)", BOX),
    holding("from-namespace", "vars(box)['held']", "box = Box($value)", BOX),
    holding("registered", "TABLE['a']", definitions="TABLE = {}\nTABLE['b'] = abs\nTABLE['a'] = $value"),
    holding("and", "1 and $value"),
    holding("partial-called", "functools.partial(same, $value)()", definitions="def same(value):\n    return value"),
)

# Ways of holding after which a callable takes a number again.
TASK_HOLDINGS = (
    *PLAIN_HOLDINGS,
    holding("partial", "functools.partial($value)"),
    holding("method-of-holder", "Box($value).work", definitions=BOX),
    holding("method-of-emptied", "box.work", "box = Box($value)\nbox.held = None", BOX),
    holding("called-in-lambda", "lambda number: held(number)", "held = $value"),
    holding("called-by-function", "call", definitions="HELD = $value\n\n\ndef call(number):\n    return HELD(number)"),
    holding("default-of-task", "call", definitions="def call(number, held=$value):\n    return held(number)"),
)

PAIR = "Pair = collections.namedtuple('Pair', 'one two')"

DATA_HOLDINGS = (
    *PLAIN_HOLDINGS,
    holding("list", "[$value]"),
    holding("tuple", "(1, $value)"),
    holding("dict", "{'a': $value}"),
    holding("deep", "{'a': [(1, {'b': $value})]}"),
    holding("appended", "held", "held = []\nheld.append($value)"),
    holding("appended-and-cleared", "held", "held = []\nheld.append($value)\nheld.clear()"),
    holding("popped", "held", "held = {'a': $value, 'b': 1}\nheld.pop('a')"),
    holding("comprehension", "[$value for _ in range(2)]"),
    holding("dict-comprehension", "{number: $value for number in range(2)}"),
    holding("keywords-of-dict", "dict(a=$value)"),
    holding("deque", "collections.deque([$value])"),
    holding("attribute", "Box($value)", definitions=BOX),
    holding("attribute-set", "box", "box = Box(1)\nbox.more = $value", BOX),
    holding("attribute-setattr", "box", "box = Box(1)\nsetattr(box, 'more', $value)", BOX),
    holding("attribute-deleted", "box", "box = Box($value)\ndel box.held", BOX),
    holding("class-attribute", "Shelf()", definitions="class Shelf:\n    held = $value"),
    holding("partial-argument", "functools.partial(print, $value)"),
    holding("namespace", "types.SimpleNamespace(a=$value)"),
    holding("concatenated", "[1] + [$value]"),
    holding("starred", "[1, *held]", "held = [$value]"),
    holding("merged", "{**held, 'b': 1}", "held = {'a': $value}"),
    holding("removed", "held", "item = $value\nheld = [1, item]\nheld.remove(item)"),
    holding("deleted-item", "held", "held = {'a': $value, 'b': 1}\ndel held['a']"),
    holding("filtered", "{name: one for name, one in held.items() if name != 'a'}", "held = {'a': $value, 'b': 1}"),
    holding("copied", "copy.copy(box)", "box = Box($value)", BOX),
    holding("emptied-copy", "light", "box = Box($value)\nlight = copy.copy(box)\nlight.held = None", BOX),
    holding("original-of-emptied", "box", "box = Box($value)\nlight = copy.copy(box)\nlight.held = None", BOX),
    holding("emptied", "box", "box = Box($value)\nbox.held = None", BOX),
    holding("replaced-field", "Pair(1, $value)._replace(two=2)", definitions=PAIR),
    holding("field", "Pair(1, 2)._replace(two=$value)", definitions=PAIR),
    holding("updated-namespace", "box", "box = Box(1)\nbox.__dict__.update(more=$value)", BOX),
    holding("chained", "list(itertools.chain([1], [$value]))"),
    holding("extended", "held", "held = [1]\nheld += [$value]"),
    holding("item-of-box", "[Box(1), Box($value)]", definitions=BOX),
    holding("ordered", "collections.OrderedDict(a=$value)"),
    holding("frozen-set-of-tuple", "{'a': (Box($value),)}", definitions=BOX),
)
