# SPDX-License-Identifier: Apache-2.0
"""Compare what defaults.sh printed in a container with docker's defaults, and those with docs/security.md.

usage: defaults.py compare root|user|nosub <PRINTED    a table; fails where a value is neither docker's nor the one listed
       defaults.py documented SECURITY.md              every difference has a row there, and every row is a difference
"""
import os
import re
import sys

TABLE = '## Where the default container differs from docker\'s'


def read_golden():
    rows, key = {}, None
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'defaults.golden')
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            line = line.rstrip('\n')
            if not line or line.startswith('#'):
                continue
            name, _, value = line.strip().partition(': ')
            if line.startswith('\t'):
                rows[key][name] = value
            else:
                key = name
                rows[key] = {'docker': value}
    return rows


def fits(value, wanted):
    return re.fullmatch(wanted[1:], value) if wanted.startswith('~') else value == wanted


def expected(row, who):
    """onggi's value; an ordinary user's holds without subordinate ids too."""
    for name in (who, 'user') if who == 'nosub' else (who,):
        if name in row:
            return row[name]
    return row['docker']


def compare(who):
    rows, seen, wrong = read_golden(), {}, 0
    for line in sys.stdin:
        key, _, value = line.rstrip('\n').partition(': ')
        key = key.rstrip(':') if not value else key
        seen[key] = f'{seen[key]}; {value}' if key in seen else value.strip() or '-'
    for key in [*rows, *(k for k in seen if k not in rows)]:
        row, value = rows.get(key, {'docker': '-'}), seen.get(key, '-')
        text = f'{key}: {value}'
        if not fits(value, row['docker']):
            text += f' (docker: {row["docker"]})'
        if not fits(value, expected(row, who)):
            wrong += 1
            text += f'   <-- expected {expected(row, who)}'
        print(text)
    differ = sum(not fits(seen.get(k, '-'), row['docker']) for k, row in rows.items())
    print(f'{len(rows)} properties, {differ} differ, {wrong} wrong')
    return 1 if wrong else 0


def documented(path):
    with open(path, encoding='utf-8') as text:
        _, _, part = text.read().partition(TABLE + '\n')
    part = part.partition('\n## ')[0]
    listed = set()
    for line in part.splitlines():
        if line.startswith('| `'):
            listed |= set(re.findall('`([^`]+)`', line.split('|')[1]))
    differing = {key for key, row in read_golden().items() if len(row) > 1}
    for key in sorted(differing - listed):
        print(f"'{key}' differs from docker's, and {path} does not say why")
    for key in sorted(listed - differing):
        print(f"{path} has a row for '{key}', which does not differ")
    return 1 if differing != listed else 0


if __name__ == '__main__':
    sys.exit(compare(sys.argv[2]) if sys.argv[1] == 'compare' else documented(sys.argv[2]))
