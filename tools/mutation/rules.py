"""What can go wrong in a line: the kinds of mutants, found in the syntax tree."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["KINDS", "Change", "changes"]

KINDS = {
    "operator": "another operator, a negation lost, branches of a Mux exchanged",
    "constant": "a number one off, True for False",
    "width": "a signal, member or slice one bit narrower or wider, or begun elsewhere",
    "reset": "a register that is not cleared, that starts elsewhere, or that reset does not reach",
    "enable": "a condition that always or never holds, a port that is always enabled",
    "handshake": "valid or ready that is always there, one in the place of the other",
    "assignment": "a statement lost",
    "state": "a transition of a state machine lost",
}
"""Kind -> what it stands for."""

Node = ast.expr | ast.stmt

_BINARY = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "|"), ast.Mult: ("*", "+"), ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"), ast.FloorDiv: ("//", "*"), ast.Mod: ("%", "//"),
}  # fmt: skip
_COMPARE = {
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"),
}  # fmt: skip
_CALLS = {"minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any", "min": "max",
          "max": "min"}  # fmt: skip
_SHAPES = {"Signal", "In", "Out", "unsigned", "signed", "range"}
_PORTS = {"valid": "ready", "ready": "valid"}


class Change(NamedTuple):
    """Characters start..end of the file are to be replaced by `new`."""

    kind: str
    start: int
    end: int
    new: str


class Source:
    """A file's text by syntax node. Columns of nodes are bytes: sources are ASCII."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = [0]
        for line in text.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def start(self, node: Node) -> int:
        """Index of the node's first character, which may stand behind parentheses."""
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: Node) -> int:
        """Index behind its last character."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._lines[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: Node) -> str:
        """The node's text, without parentheses around it."""
        return self.text[self.start(node) : self.end(node)]

    def swap(self, kind: str, node: Node, new: str) -> Change:
        """Another text in the node's place."""
        return Change(kind, self.start(node), self.end(node), new)

    def between(self, kind: str, start: int, end: int, old: str, new: str) -> Iterator[Change]:
        """`old` becomes `new` between two places, as an operator between its operands."""
        at = self.text.find(old, start, end)
        if at >= 0:
            yield Change(kind, at, at + len(old), new)


def changes(text: str) -> Iterator[Change]:
    """All changes of a file, one fault each."""
    source = Source(text)
    for node, domain in _design(ast.parse(text), ""):
        for rule in _RULES:
            yield from rule(node, domain, source)


def _design(node: ast.AST, domain: str) -> Iterator[tuple[ast.AST, str]]:
    """Every node that computes something, with "comb" or "sync" inside such a statement.

    Left out: imports, annotations, messages of errors, `__all__`, decorators, defaults.
    """
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.Raise, ast.JoinedStr, ast.Assert)):
        return
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and not isinstance(node.value, ast.AST):
        return
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
        domain = node.target.attr if node.target.attr in ("comb", "sync") else domain
    yield node, domain
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        children: list[ast.AST] = list(node.body)
    elif isinstance(node, ast.AnnAssign):
        children = [node.value] if node.value else []
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from _design(child, domain)


def _operators(node: ast.AST, domain: str, source: Source) -> Iterator[Change]:
    match node:
        case ast.BinOp(left, op, right) if type(op) in _BINARY:
            old, new = _BINARY[type(op)]
            yield from source.between("operator", source.end(left), source.start(right), old, new)
        case ast.Compare(left, [op], [right]) if type(op) in _COMPARE:
            old, new = _COMPARE[type(op)]
            yield from source.between("operator", source.end(left), source.start(right), old, new)
        case ast.UnaryOp(ast.Invert() | ast.Not() | ast.USub(), operand):
            start, end = source.start(node), source.start(operand)
            old = {ast.Invert: "~", ast.Not: "not ", ast.USub: "-"}[type(node.op)]
            yield from source.between("operator", start, end, old, "")
        case ast.BoolOp(op, [first, second, *_]):
            old, new = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
            start, end = source.end(first), source.start(second)
            yield from source.between("operator", start, end, old, new)
        case ast.Call(ast.Name("Mux"), [condition, yes, no]):
            arguments = ", ".join(map(source.of, (condition, no, yes)))
            yield source.swap("operator", node, f"Mux({arguments})")
        case ast.Attribute(value, name) if name in _CALLS:
            start, end = source.end(value), source.end(node)
            yield from source.between("operator", start, end, name, _CALLS[name])
        case ast.If(test) | ast.IfExp(test) | ast.While(test):
            yield source.swap("operator", test, f"not ({source.of(test)})")


def _constants(node: ast.AST, domain: str, source: Source) -> Iterator[Change]:
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield source.swap("constant", node, str(not node.value))
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield source.swap("constant", node, "0" if node.value == 1 else str(node.value + 1))


def _widths(node: ast.AST, domain: str, source: Source) -> Iterator[Change]:
    match node:
        case ast.Call(ast.Name(name), [first, *_]) if name in _SHAPES and not _is_struct(first):
            yield source.swap("width", first, f"({source.of(first)}) - 1")
        case ast.Subscript(_, ast.Slice(lower, upper, None)):
            for bound in (lower, upper):
                if bound is not None:
                    yield source.swap("width", bound, f"({source.of(bound)}) + 1")


def _is_struct(node: ast.expr) -> bool:
    """Shapes that are no number: range(n) is mutated at its own node."""
    return not isinstance(node, (ast.Name, ast.BinOp, ast.Constant)) and not (
        isinstance(node, ast.Attribute) and node.attr.endswith(("_bits", "lanes", "BITS"))
    )


def _resets(node: ast.AST, domain: str, source: Source) -> Iterator[Change]:
    match node:
        case ast.keyword("init", ast.expr() as value) if source.of(value) != "[]":
            yield source.swap("reset", value, f"({source.of(value)}) ^ 1")
        case ast.Call(ast.Attribute(_, "eq"), [ast.Constant(0)]) if domain == "sync":
            yield source.swap("reset", node, "[]")
        case ast.Call(ast.Name("Signal"), arguments, keywords) if not keywords:
            more = ", ".join([*map(source.of, arguments), "reset_less=True"])
            yield source.swap("reset", node, f"Signal({more})")


def _enables(node: ast.AST, domain: str, source: Source) -> Iterator[Change]:
    match node:
        case ast.Call(ast.Attribute(ast.Name("m"), "If" | "Elif"), [test]):
            yield source.swap("enable", test, "1")
            yield source.swap("enable", test, "0")
        case ast.Call(ast.Attribute(ast.Attribute(_, "en"), "eq"), [value]):
            yield source.swap("enable", value, "1")


def _handshakes(node: ast.AST, domain: str, source: Source) -> Iterator[Change]:
    match node:
        case ast.Call(ast.Attribute(ast.Attribute(_, "valid" | "ready"), "eq"), [value]):
            if source.of(value) != "1":
                yield source.swap("handshake", value, "1")
        case ast.BinOp() | ast.UnaryOp() | ast.Call():
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.Attribute) and child.attr in _PORTS:
                    yield source.swap("handshake", child, "1")
                    swapped = f"{source.of(child.value)}.{_PORTS[child.attr]}"
                    yield source.swap("handshake", child, swapped)


def _assignments(node: ast.AST, domain: str, source: Source) -> Iterator[Change]:
    match node:
        case ast.Call(ast.Attribute(_, "eq"), [value]) if domain and source.of(value) != "0":
            yield source.swap("assignment", node, "[]")
        case ast.AugAssign() if not domain:
            yield source.swap("assignment", node, "pass")
        case ast.Assign([ast.Attribute(ast.Name("m"), "next")]):
            yield source.swap("state", node, "pass")
        case ast.Assign([ast.Subscript()]):
            yield source.swap("assignment", node, "pass")


_RULES = (
    _operators, _constants, _widths, _resets, _enables, _handshakes, _assignments,
)  # fmt: skip
