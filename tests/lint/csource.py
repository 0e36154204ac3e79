# SPDX-License-Identifier: Apache-2.0
"""What the lints know of C: tokens, includes, functions, prototypes; and how they report.

This is a reader for our own style, not a compiler: macros are not expanded, both sides of an #if are read.
"""
import os
import re
import sys

TOKEN = re.compile(r'''
    (?P<comment> /\*.*?\*/ | //[^\n]* )
  | (?P<pp> ^[ \t]*\#(?: \\\n | /\*.*?\*/ | "(?:\\.|[^"\\\n])*" | [^\n] )* )
  | (?P<str> (?:u8|[uUL])?"(?:\\.|[^"\\\n])*" )
  | (?P<char> [uUL]?'(?:\\.|[^'\\\n])+' )
  | (?P<ident> [A-Za-z_]\w* )
  | (?P<num> \.?\d(?:[eEpP][+-]|[\w.])* )
  | (?P<punct> && | \|\| | -> | \+\+ | -- | \.\.\. | [^\s\w] )
''', re.X | re.S | re.M)

INCLUDE = re.compile(r'[ \t]*#[ \t]*include[ \t]*(?:"([^"]*)"|<([^>]*)>)')
OPEN, CLOSE = '([{', ')]}'


class Token:
    __slots__ = ('kind', 'text', 'line', 'end')

    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line
        self.end = line + text.count('\n')


class Function:
    """A definition (body is a list of tokens) or a prototype (body is None)."""

    def __init__(self, name, head, params, body, end):
        self.name, self.head, self.params, self.body = name, head, params, body
        self.line, self.end = head[0].line, end
        self.static = any(t.text == 'static' for t in head)


class Source:
    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), encoding='utf-8') as f:
            self.text = f.read()
        self.lines = self.text.split('\n')
        self.all = list(self._tokens())
        self.code = [t for t in self.all if t.kind not in ('comment', 'pp')]

    def _tokens(self):
        line, at = 1, 0
        for m in TOKEN.finditer(self.text):
            line += self.text.count('\n', at, m.start())
            at = m.start()
            yield Token(m.lastgroup, m.group(), line)

    def includes(self):
        """(line, name, quoted) of each #include."""
        for t in self.all:
            m = INCLUDE.match(t.text) if t.kind == 'pp' else None
            if m:
                yield t.line, m.group(1) or m.group(2), m.group(1) is not None

    def statements(self):
        """The file-scope statements: (tokens without attributes, the body of a function or None, last line)."""
        code, i = self.code, 0
        while i < len(code):
            head, body = [], None
            while i < len(code):
                t = code[i]
                if t.text == ';':
                    i += 1
                    break
                if t.text == '__attribute__':
                    i = matching(code, i + 1) + 1
                    continue
                if t.text == '{' and is_function_head(head):
                    end = matching(code, i)
                    body, i = code[i + 1:end], end + 1
                    break
                if t.text in OPEN:
                    end = matching(code, i)
                    head += code[i:end + 1]
                    i = end + 1
                    # A macro that stands alone, as DEFINE_CLEANUP(...), needs no semicolon.
                    alone = is_macro_name(head[0]) and head[1:2] == [t]
                    if alone and (i == len(code) or code[i].text not in (';', '{')):
                        break
                    continue
                head.append(t)
                i += 1
            if head:
                yield head, body, code[i - 1].line

    def one_line_declarations(self):
        """Lines that hold a statement of file scope without a body, and nothing else of it."""
        return {head[0].line for head, body, end in self.statements() if body is None and head[0].line == end}

    def functions(self):
        """Definitions, and with body None prototypes."""
        for head, body, end in self.statements():
            at = function_paren(head)
            if at is None or (body is None and (head[0].text == 'typedef' or is_macro_name(head[0]))):
                continue
            name, params = head[at - 1].text, head[at + 1:matching(head, at)]
            if is_macro_name(head[0]):
                # START_TEST(x) { ... }: the test is named x, its parameter is Check's own.
                name, params = (params[0].text if params else name), []
            yield Function(name, head, split_params(params), body, end)


def is_macro_name(t):
    return t.kind == 'ident' and len(t.text) > 1 and t.text.upper() == t.text and not t.text.startswith('__')


def matching(tokens, i):
    """Index of the bracket that closes the one at i; the last token where it is missing."""
    depth = 0
    for j in range(i, len(tokens)):
        if tokens[j].kind == 'punct':
            if tokens[j].text in OPEN:
                depth += 1
            elif tokens[j].text in CLOSE:
                depth -= 1
                if depth == 0:
                    return j
    return len(tokens) - 1


def function_paren(head):
    """Index of the parenthesis with the parameters of a function, None for any other statement."""
    i = 0
    while i < len(head):
        t = head[i]
        if t.text == '=':
            return None
        if t.text == '(':
            named = i > 0 and head[i - 1].kind == 'ident' and head[i - 1].text not in ('__typeof__', '_Static_assert')
            return i if named and (i == 1) <= is_macro_name(head[i - 1]) else None
        i = matching(head, i) + 1 if t.text in OPEN else i + 1
    return None


def is_function_head(head):
    return bool(head) and head[-1].text == ')' and function_paren(head) is not None


def split_params(tokens):
    """Each parameter's tokens; (void) has none."""
    params, current, i = [], [], 0
    while i < len(tokens):
        if tokens[i].text == ',':
            params.append(current)
            current, i = [], i + 1
            continue
        end = matching(tokens, i) if tokens[i].text in OPEN else i
        current += tokens[i:end + 1]
        i = end + 1
    params.append(current)
    return [p for p in params if p and [t.text for t in p] != ['void']]


def files(root, *tops, endings=('.c', '.h')):
    """Sorted paths below some directories of the tree (all of it without tops), relative to its root."""
    found = []
    for top in tops or ('.',):
        for place, dirs, names in os.walk(os.path.join(root, top)):
            here = os.path.relpath(place, root)
            # What .gitignore leaves out: build directories at the top.
            dirs[:] = sorted(d for d in dirs if d[0] != '.' and not (here == '.' and d.startswith('build')))
            found += [os.path.normpath(os.path.join(here, n)) for n in names if not endings or n.endswith(endings)]
    return sorted(found)


def sources(root, *tops):
    for path in files(root, *tops):
        yield Source(root, path)


def first_line(root, path):
    with open(os.path.join(root, path), 'rb') as f:
        return f.readline(200).decode('utf-8', 'replace').rstrip('\n')


def scripts(root, pattern):
    """Files whose #! line matches."""
    for path in files(root, endings=()):
        line = first_line(root, path)
        if line.startswith('#!') and re.search(pattern, line):
            yield path


class Report:
    """Prints "file:line: message" and knows the exit code."""

    def __init__(self):
        self.count = 0

    def __call__(self, path, line, message):
        print(f'{path}:{line}: {message}')
        self.count += 1


def main(check):
    """Run check(root, report) on the tree named by the first argument, or on the one that this file is in."""
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(here))
    report = Report()
    check(root, report)
    sys.exit(1 if report.count else 0)
