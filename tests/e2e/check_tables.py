#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_tables.py TABLES [DOCUMENT]...: are the commands' tables (`onggi __tables`) complete and in style, and does what
the documents say of commands and options exist? Prints what is wrong; ends with 1 when something is."""
import re
import shlex
import sys

commands, options, topics, examples = {}, {}, {}, {}
wrong = []


def read_tables(path):
    with open(path, encoding='utf-8') as f:
        for line in f:
            kind, *fields = line.rstrip('\n').split('\t')
            if kind == 'command':
                commands[fields[0]] = dict(zip(('shown', 'stops', 'usage', 'summary', 'description'), fields[1:]))
                options[fields[0]] = []
            elif kind == 'option':
                options[fields[0]].append(dict(zip(('name', 'short', 'value', 'shown', 'alias', 'help'), fields[1:])))
            elif kind == 'topic':
                topics[fields[0]] = fields[1:]
            elif kind == 'example':
                examples.setdefault(fields[0], []).append(fields[1])


def check_line(where, text):
    """One line, lower case but for names, without a full stop."""
    first = text.split(' ')[0]
    name = sum(c.isupper() for c in first) > 1 or first in ('Dockerfile',) or len(first) == 1
    if not text:
        wrong.append(f'{where}: no text')
    elif text[0].isupper() and not name:
        wrong.append(f'{where}: begins with a capital letter: {text}')
    if text.endswith('.') and not text.endswith('...'):
        wrong.append(f'{where}: ends with a full stop: {text}')
    if '\\n' in text or '  ' in text or text != text.strip():
        wrong.append(f'{where}: stray blanks: {text!r}')


def check_command(name, c):
    where = f'onggi {name}'
    check_line(where, c['summary'])
    if len(c['summary']) > 64:
        wrong.append(f'{where}: the summary is too long for a list: {c["summary"]}')
    if not re.search(r'[.):]$', c['description']):
        wrong.append(f'{where}: no description, or one that does not end: {c["description"][-20:]!r}')
    if c['shown'] == name and name and len(examples.get(name, [])) < 2:
        wrong.append(f'{where}: {len(examples.get(name, []))} examples, of two')
    for e in examples.get(name, []):
        if 'onggi ' + name not in e and not any(c['shown'] == name and 'onggi ' + n in e for n, c in commands.items()):
            wrong.append(f'{where}: an example of something else: {e}')
    seen = set()
    for o in options[name]:
        check_line(f'{where} --{o["name"]}', o['help'])
        for n in ('--' + o['name'], o['short'] and '-' + o['short'], o['alias'] and '--' + o['alias']):
            if n and n in seen:
                wrong.append(f'{where}: {n} is there twice')
            seen.add(n)
        if not re.fullmatch(r'[a-z0-9]+(-[a-z0-9]+)*', o['name']):
            wrong.append(f'{where}: a name out of style: {o["name"]}')


def find_option(command, word):
    """The row of "--name", "--name=value" or the last letter of "-it"."""
    for o in options[command]:
        if word.startswith('--'):
            if word[2:].split('=')[0] in (o['name'], o['alias'] or o['name']):
                return o
        elif o['short'] == word[1]:
            return o
    return None


def check_options(where, command, words):
    """Walk the words behind a command; returns those behind its first operand, for the program itself."""
    while words:
        word = words[0]
        if not word.startswith('-') or word == '-':
            if commands[command]['stops'] == 'yes':
                return words
            words = words[1:]
            continue
        if word == '--':
            return []
        words = words[1:]
        if word in ('--help', '-h') or '...' in word or word.endswith('*'):
            continue
        row = find_option(command, word)
        if not row or row['shown'] == 'no':
            wrong.append(f"{where}: 'onggi {command}' has no option {word}")
            return []
        attached = '=' in word if word.startswith('--') else len(word) > 2 and row['value']
        if row['value'] and not attached:
            words = words[1:]
    return []


def check_line_of_commands(where, text):
    """Each `onggi …` in a line of shell."""
    for part in re.split(r'\s*(?:\|\||&&|[|;]|\$\()\s*', text):
        m = re.match(r'(?:[A-Z_]+=\S* )*onggi (.*)', part)
        if not m:
            continue
        try:
            words = shlex.split(re.sub(r'\s#.*', '', m.group(1)))
        except ValueError:
            words = m.group(1).split()
        words = check_options(where, '', words)
        for n in (2, 1):
            name = ' '.join(words[:n])
            if name in commands and name:
                check_options(where, name, words[n:])
                break
        else:
            nouns = {c.split(' ')[0] for c in commands if ' ' in c}
            if words and re.match(r'[a-z]', words[0]) and words[0] not in nouns:
                wrong.append(f"{where}: 'onggi {words[0]}' is not a command")


def check_document(path):
    with open(path, encoding='utf-8') as f:
        lines = f.read().split('\n')
    for n, line in enumerate(lines, 1):
        if 'not run by the tests' in line or '-no-such-' in line:
            continue
        where = f'{path}:{n}'
        m = re.match(r'(?:    )?(?:\$ )?((?:[A-Z_]+=\S+ )*onggi .*)', line)
        if m and (line.startswith(('    ', '$ '))):
            # A column of explanations stands three blanks off.
            check_line_of_commands(where, re.sub(r'\s{3,}.*', '', m.group(1)))
            continue
        for code in re.findall(r'`(onggi [^`]*)`', line):
            check_line_of_commands(where, code)


read_tables(sys.argv[1])
for name, c in commands.items():
    check_command(name, c)
for name, (summary, first) in topics.items():
    check_line(f'onggi help {name}', summary)
    if first != f'{name} - {summary}':
        wrong.append(f'onggi help {name}: begins with {first!r}')
    if name not in examples:
        wrong.append(f'onggi help {name}: no example')
for path in sys.argv[2:]:
    check_document(path)
print('\n'.join(wrong))
sys.exit(1 if wrong else 0)
