"""The sandbox of templates: they call their own macros only, compute nothing, reach no file, and come to an end."""

from collections.abc import Iterator
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.runtime import BlockReference, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from reportgen.claims.tags import ClaimTags
from reportgen.prose.given import GivenNumbers

MOST_CHARACTERS = 50_000
"""In one template; the longest that comes with the package has 15,000."""

MOST_WORK = 500_000
"""Of all templates together: characters that are printed or read from variables, rounds of loops, calls. Ends what has no end."""

MOST_LOOPS_NESTED = 10

# None of them makes much of little, as `center(10**9)` would.
_FILTERS = (
    "capitalize", "d", "default", "first", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "reverse", "select", "selectattr", "sort", "string", "title", "trim", "truncate", "unique", "upper",
)  # fmt: skip


class Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which a template calls its own macros only, computes nothing, and comes to an end."""

    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._worked = 0
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.filters |= {"join": self._join, "counted": self._counted, "item": self._item, "items": self._items}

    def work(self, amount: int) -> None:
        """Count what is printed, repeated or read; raises TemplateRuntimeError where it is more than a report can need."""
        self._worked += amount
        if self._worked > MOST_WORK:
            raise jinja2.TemplateRuntimeError(
                f"the templates print or repeat more than {MOST_WORK:,} characters, or never end; shorten them"
            )

    # The filters that `_Counting` puts into templates. A filter that is passed the context is not applied while compiling.

    @jinja2.pass_context
    def _counted(self, _: object, value: Any) -> Any:
        self.work(_length(value))
        return value

    @jinja2.pass_context
    def _item(self, _: object, value: Any) -> Any:
        if isinstance(value, list | tuple | dict):
            raise jinja2.TemplateRuntimeError("a list stands in a list; write one list")
        return value

    @jinja2.pass_context
    def _items(self, _: object, values: Any, amount: int) -> Iterator[Any]:
        for value in values:
            self.work(amount)
            yield value

    @jinja2.pass_context
    def _join(self, _: object, values: Any, d: str = "") -> str:
        texts = [str(value) for value in values]
        self.work(_length(texts) + len(texts) * len(d))
        return d.join(texts)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a macro, a block, `loop.cycle`, a claim, `given`, and nothing else."""
        if not isinstance(obj, Macro | BlockReference | jinja2.Undefined | GivenNumbers) and not isinstance(
            getattr(obj, "__self__", None), LoopContext | ClaimTags
        ):
            raise jinja2.TemplateRuntimeError("a template calls its own macros, and nothing else")
        self.work(1)
        result = super().call(context, obj, *args, **kwargs)
        self.work(_length(result))
        return result

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Add, and refuse what makes much of little."""
        if operator != "+":
            raise jinja2.TemplateRuntimeError(f"{operator!r} makes a bare number or text; print what was measured")
        return super().call_binop(context, operator, left, right)

    def join_path(self, template: str, parent: str) -> str:
        """Count a template that another one includes, each time that it does."""
        self.work(1000)
        return super().join_path(template, parent)


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(_length, value)) + len(value) if isinstance(value, list | tuple) else 0


class _Counting(NodeTransformer):
    """Has a template count, while it is rendered, what it reads from variables and what its loops repeat."""

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - Jinja's name, as below
        return _filtered(node, "counted") if node.ctx == "load" else node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, "counted")

    def __init__(self) -> None:
        self._depth = 0

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        if self._depth == MOST_LOOPS_NESTED:
            raise jinja2.TemplateSyntaxError(f"more than {MOST_LOOPS_NESTED} loops stand in each other", node.lineno)
        texts = (text.data for text in node.find_all(nodes.TemplateData))
        amount = 1 + sum(map(len, texts)) + sum(_length(constant.value) for constant in node.find_all(nodes.Const))
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        node.iter = _filtered(node.iter, "items", nodes.Const(amount))
        return node

    def visit_List(self, node: nodes.List | nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if getattr(node, "ctx", "load") == "load":
            node.items = [_filtered(item, "item") for item in node.items]
        return node

    visit_Tuple = visit_List  # noqa: N815

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.value = _filtered(node.value, "item")
        return node


def _filtered(node: nodes.Node, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    filtered = nodes.Filter(node, name, list(arguments), [], None, None)
    filtered.set_lineno(node.lineno)
    return filtered


def count_work(tree: nodes.Template) -> None:
    """Have a template count, while it is rendered, what it reads from variables and what its loops repeat."""
    _Counting().visit(tree)
