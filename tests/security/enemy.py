#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Images from an enemy, written byte by byte: no tool would make them.

usage: enemy.py SUBJECT DIR OUTSIDE    write the cases of a subject (paths links duplicates whiteouts metadata bombs
       documents truncation)
       enemy.py entries N              a tar of N directories on standard output
       enemy.py serve DIR STATE        serve DIR/layout as a registry; its port goes to STATE/port

A case is a function below the heading of its subject: it fills one layer or several that lie above a
busybox. DIR gets `layout`, an OCI layout with an image of each case by its name, and NAME.tar, the same
entries as one archive for import. OUTSIDE is a directory that no case may ever reach or change.
"""
import bz2
import gzip
import hashlib
import itertools
import json
import lzma
import os
import struct
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MTIME = 1700000000
REG, HARD, SYM, CHR, BLK, DIR, FIFO = b'0', b'1', b'2', b'3', b'4', b'5', b'6'
OCI = 'application/vnd.oci.image.'
OUTSIDE = b'/nowhere'
SUBJECTS = {}


def case(subject):
    """Register a case. Its name is the function's, with dashes."""
    def register(fn):
        SUBJECTS.setdefault(subject, {})[fn.__name__.replace('_', '-')] = fn
        return fn
    return register


# ---------------------------------------------------------------------- tar

def octal(value, width):
    """A number as it stands in a header: octal, base-256 where that does not hold it, bytes as they are."""
    if isinstance(value, bytes):
        return value.ljust(width, b'\0')[:width]
    if 0 <= value < 8 ** (width - 1):
        return b'%0*o\0' % (width - 1, value)
    return bytes([0xff if value < 0 else 0x80]) + value.to_bytes(width - 1, 'big', signed=True)


def header(name=b'', kind=REG, size=0, *, mode=0o644, uid=0, gid=0, mtime=MTIME, link=b'', prefix=b'', magic=b'ustar\00000',
           device=(0, 0), checksum=None, tail=None):
    """One block of 512 bytes. tail: what stands from byte 345 on, instead of prefix."""
    rest = (tail if tail is not None else prefix).ljust(167, b'\0')[:167]
    block = (name.ljust(100, b'\0')[:100] + octal(mode, 8) + octal(uid, 8) + octal(gid, 8) + octal(size, 12)
             + octal(mtime, 12) + b' ' * 8 + kind + link.ljust(100, b'\0')[:100] + magic + b'\0' * 64
             + octal(device[0], 8) + octal(device[1], 8) + rest)
    assert len(block) == 512
    total = sum(block) if checksum is None else checksum
    return block[:148] + b'%06o\0 ' % total + block[156:]


def padded(data):
    return data + b'\0' * (-len(data) % 512)


def record(key, value):
    """A record of a pax header whose length is right."""
    key, value = (x.encode() if isinstance(x, str) else x for x in (key, value))
    body = b' ' + key + b'=' + value + b'\n'
    size = len(body) + 1
    while len(b'%d' % size) + len(body) != size:
        size = len(b'%d' % size) + len(body)
    return b'%d' % size + body


class Tar:
    """The entries of one layer, in the order in which they are added."""

    def __init__(self):
        self.parts = []

    def raw(self, *parts):
        self.parts += parts

    def add(self, name, kind=REG, data=b'', **more):
        """An entry that says the truth about its size."""
        name = name.encode() if isinstance(name, str) else name
        if isinstance(more.get('link'), str):
            more['link'] = more['link'].encode()
        # The path to OUTSIDE may be a long one.
        if len(name) > 100:
            self.long(b'L', name)
        if len(more.get('link', b'')) > 100:
            self.long(b'K', more['link'])
        self.raw(header(name, kind, len(data), **more), padded(data))

    def dir(self, name, mode=0o755, **more):
        self.add(name, DIR, mode=mode, **more)

    def link(self, name, target):
        self.add(name, SYM, link=target, mode=0o777)

    def pax(self, *records, kind=b'x'):
        """A pax header of records: bytes as they are, pairs well-formed."""
        data = b''.join(r if isinstance(r, bytes) else record(*r) for r in records)
        self.raw(header(b'pax', kind, len(data)), padded(data))

    def long(self, kind, text):
        """GNU's L (name) or K (target of a link)."""
        self.raw(header(b'././@LongLink', kind, len(text) + 1, magic=b'ustar  \0'), padded(text + b'\0'))

    def entries(self):
        return b''.join(self.parts)

    def data(self):
        return self.entries() + b'\0' * 1024


class Image:
    """The layers of a case."""

    def __init__(self):
        self.layers = [Tar()]

    def __getattr__(self, name):
        return getattr(self.layers[-1], name)

    def next_layer(self):
        self.layers.append(Tar())


# -------------------------------------------------------------------- paths

def up(path, depth=40):
    return b'../' * depth + path.lstrip(b'/')


@case('paths')
def absolute_name(i):
    i.add(OUTSIDE + b'/file', data=b'evil')


@case('paths')
def absolute_prefix(i):
    i.add(b'file', prefix=OUTSIDE, data=b'evil')


@case('paths')
def absolute_pax(i):
    i.pax(('path', OUTSIDE + b'/file'))
    i.add('harmless', data=b'evil')


@case('paths')
def absolute_gnu(i):
    i.long(b'L', OUTSIDE + b'/file')
    i.add('harmless', data=b'evil')


@case('paths')
def many_slashes(i):
    i.add(b'//' + OUTSIDE + b'//./file', data=b'evil')


@case('paths')
def dotdot_name(i):
    i.add(up(b'onggi-canary-name', 12), data=b'evil')


@case('paths')
def dotdot_prefix(i):
    i.add(b'onggi-canary-prefix', prefix=up(b'', 12)[:-1], data=b'evil')


@case('paths')
def dotdot_pax(i):
    i.pax(('path', up(OUTSIDE + b'/file')))
    i.add('harmless', data=b'evil')


@case('paths')
def dotdot_gnu(i):
    i.long(b'L', up(OUTSIDE + b'/file'))
    i.add('harmless', data=b'evil')


@case('paths')
def dotdot_middle(i):
    i.dir('a')
    i.add(b'a/b/../../' + up(OUTSIDE + b'/file'), data=b'evil')


@case('paths')
def dotdot_store(i):
    """One level up are the stores' own names."""
    i.add('../stray', data=b'evil')


@case('paths')
def dotdot_directory(i):
    i.dir('..', 0o777)


@case('paths')
def dotdot_directory_deep(i):
    i.dir('a')
    i.dir('a/../..', 0o777)


@case('paths')
def dotdot_inside(i):
    """It stays inside the root, as tar has it."""
    i.dir('a')
    i.add('a/../inside', data=b'here')


@case('paths')
def dotdot_through_link(i):
    """As text it is /inside2; through the link it would be above OUTSIDE."""
    i.link('way', OUTSIDE)
    i.add('way/../inside2', data=b'here')


@case('paths')
def name_empty(i):
    i.add('', data=b'evil')


@case('paths')
def name_slash(i):
    i.add('/', data=b'evil')


@case('paths')
def name_dot(i):
    i.add('.', data=b'evil')


@case('paths')
def name_dotdot(i):
    i.add('..', data=b'evil')


@case('paths')
def root_symlink(i):
    i.link('./', OUTSIDE)
    i.add('file', data=b'evil')


@case('paths')
def root_hardlink(i):
    i.add('.', HARD, link=OUTSIDE + b'/file')


@case('paths')
def root_fifo(i):
    i.add('./.', FIFO)


@case('paths')
def root_directory(i):
    """The root's own entry is honest."""
    i.dir('./', 0o711)
    i.add('inside', data=b'here')


@case('paths')
def name_64k(i):
    i.long(b'L', b'n' * 65536)
    i.add('harmless', data=b'evil')


@case('paths')
def name_64k_parts(i):
    i.pax(('path', b'n/' * 32768 + b'n'))
    i.add('harmless', data=b'evil')


@case('paths')
def name_64k_dots(i):
    """As a path it is short; nobody needs such a name all the same."""
    i.pax(('path', b'./' * 32768 + b'n'))
    i.add('harmless', data=b'evil')


@case('paths')
def target_64k(i):
    i.long(b'K', b't' * 65536)
    i.link('link', 'short')


@case('paths')
def target_64k_hard(i):
    i.pax(('linkpath', b't/' * 32768))
    i.add('link', HARD, link='short')


@case('paths')
def component_256(i):
    i.pax(('path', b'a/' + b'n' * 256 + b'/b'))
    i.add('harmless', data=b'evil')


@case('paths')
def component_255(i):
    i.pax(('path', b'a/' + b'n' * 255))
    i.add('harmless', data=b'here')


@case('paths')
def deep_directories(i):
    i.pax(('path', b'd/' * 2000))
    i.add('harmless', DIR, mode=0o755)


@case('paths')
def long_name_reason(i):
    """However long the name, the reason can be read."""
    i.dir('a')
    i.pax(('path', b'a/' + b'name/' * 700 + b'../' * 800 + b'x'))
    i.add('harmless', data=b'evil')


@case('paths')
def terminal_name(i):
    """A name that speaks to the terminal, in an entry that is refused."""
    i.add(b'\x1b]0;owned\x07\x1b[2J\n\r/../../evil', data=b'evil')


@case('paths')
def terminal_name_tar(i):
    """The same where the reader refuses it."""
    i.add(b'\x1b]0;owned\x07\x1b[2J', data=b'evil', uid=-5)


@case('paths')
def bytes_in_names(i):
    i.add(bytes(range(1, 46)), data=b'here')
    i.add(bytes(range(48, 140)), data=b'here')
    i.add(bytes(range(140, 230)), data=b'here')


# -------------------------------------------------------------------- links

@case('links')
def symlink_absolute(i):
    i.link('way', OUTSIDE)
    i.add('way/file', data=b'evil')


@case('links')
def symlink_relative(i):
    i.dir('a')
    i.link('a/way', up(OUTSIDE))
    i.add('a/way/file', data=b'evil')


@case('links')
def symlink_long(i):
    """A target that needs more than a header's field."""
    i.long(b'K', up(OUTSIDE, 200))
    i.link('way', 'short')
    i.add('way/file', data=b'evil')


@case('links')
def symlink_chain(i):
    for n in range(30):
        i.link(f'w{n}', f'w{n + 1}')
    i.link('w30', OUTSIDE)
    i.add('w0/file', data=b'evil')


@case('links')
def symlink_loop(i):
    i.link('a', 'b')
    i.link('b', 'a')
    i.add('a/file', data=b'evil')


@case('links')
def symlink_self(i):
    i.link('self', 'self')
    i.add('self/file', data=b'evil')


@case('links')
def symlink_proc(i):
    i.link('way', b'/proc/self/root' + OUTSIDE)
    i.add('way/file', data=b'evil')
    i.link('way2', '/proc/self/cwd')
    i.add('way2/stray', data=b'evil')
    for fd in range(3, 12):
        i.link(f'fd{fd}', f'/proc/self/fd/{fd}')
        i.add(f'fd{fd}/stray', data=b'evil')


@case('links')
def symlink_directory(i):
    """A directory's entry replaces a link, as everywhere, and nothing behind the link changes."""
    i.link('way', OUTSIDE)
    i.dir('way/', 0o777, uid=7, gid=7, mtime=1)
    i.add('way/inner', data=b'here')


@case('links')
def symlink_directory_below(i):
    i.link('way', OUTSIDE)
    i.dir('way/sub', 0o777, uid=7, mtime=1)


@case('links')
def symlink_attributes(i):
    """Owner, mode, times and attributes of a link are its own."""
    i.pax(('SCHILY.xattr.user.evil', 'yes'), ('SCHILY.xattr.security.capability', '\x01\x00\x00\x02' + '\x7f' * 16))
    i.add('way', SYM, link=OUTSIDE + b'/file', mode=0o6777, uid=7, gid=7, mtime=1)


@case('links')
def symlink_overwritten(i):
    i.link('file', OUTSIDE + b'/file')
    i.add('file', data=b'here')


@case('links')
def symlink_fifo(i):
    i.link('file', OUTSIDE + b'/file')
    i.add('file', FIFO, mode=0o777)


@case('links')
def symlink_whiteout(i):
    i.link('way', OUTSIDE)
    i.add('way/.wh.file')


@case('links')
def symlink_whiteout_of_it(i):
    i.link('way', OUTSIDE)
    i.add('.wh.way')


@case('links')
def symlink_opaque(i):
    i.link('way', OUTSIDE)
    i.add('way/.wh..wh..opq')


@case('links')
def symlink_in_lower_layer(i):
    """The link lies in the first layer, the file in the second."""
    i.link('way', OUTSIDE)
    i.next_layer()
    i.add('way/file', data=b'evil')


@case('links')
def symlink_in_lower_layers(i):
    """The same through a directory, two layers and a whiteout."""
    i.dir('d')
    i.link('d/way', '/proc/1/root')
    i.next_layer()
    i.add('.wh.d')
    i.link('d', OUTSIDE)
    i.next_layer()
    i.dir('d/way', 0o777)
    i.add('d/way/file', data=b'evil')
    i.add('d/file', data=b'evil')


@case('links')
def symlink_lower_directory(i):
    """Below, the parent is a link: what a directory without an entry looks like is looked up in the layers below."""
    i.link('etc2', '/etc')
    i.link('x', OUTSIDE)
    i.next_layer()
    i.add('x/sub/deep/file', data=b'here')
    i.add('etc2/sub/file', data=b'here')


@case('links')
def hardlink_absolute(i):
    i.add('stolen', HARD, link=OUTSIDE + b'/file')


@case('links')
def hardlink_dotdot(i):
    i.add('stolen', HARD, link=up(OUTSIDE + b'/file', 12))


@case('links')
def hardlink_pax(i):
    i.pax(('linkpath', up(OUTSIDE + b'/file', 300)))
    i.add('stolen', HARD, link='harmless')


@case('links')
def hardlink_gnu(i):
    i.long(b'K', OUTSIDE + b'/file')
    i.add('stolen', HARD, link='harmless')


@case('links')
def hardlink_below_symlink(i):
    i.link('way', OUTSIDE)
    i.add('stolen', HARD, link='way/file')


@case('links')
def hardlink_below_proc(i):
    i.link('way', b'/proc/self/root' + OUTSIDE)
    i.add('stolen', HARD, link='way/file')


@case('links')
def hardlink_to_symlink(i):
    """It is the link that gets a second name."""
    i.link('way', OUTSIDE + b'/file')
    i.add('second', HARD, link='way')


@case('links')
def hardlink_to_symlink_written(i):
    i.link('way', OUTSIDE + b'/file')
    i.add('second', HARD, link='way')
    i.add('second', data=b'here')


@case('links')
def hardlink_to_symlink_entered(i):
    i.link('way', OUTSIDE)
    i.add('second', HARD, link='way')
    i.add('second/file', data=b'evil')


@case('links')
def hardlink_with_data(i):
    """Some archives give a hard link a size; its data is no entry."""
    i.add('first', data=b'here')
    i.pax(('size', '4'))
    i.add('second', HARD, link='first')


@case('links')
def hardlink_to_directory(i):
    i.dir('d')
    i.add('second', HARD, link='d')


@case('links')
def hardlink_to_root(i):
    i.add('second', HARD, link='.')


@case('links')
def hardlink_to_itself(i):
    i.add('file', data=b'here')
    i.add('file', HARD, link='file')


@case('links')
def hardlink_to_nothing(i):
    i.add('second', HARD, link='no/such')


@case('links')
def hardlink_to_lower_layer(i):
    """Layers are unpacked apart: a link to what only a lower one has can't be made."""
    i.add('lower', data=b'here')
    i.next_layer()
    i.add('second', HARD, link='lower')


@case('links')
def hardlink_to_whiteout(i):
    i.add('.wh.etc')
    i.add('second', HARD, link='etc')


@case('links')
def hardlink_empty(i):
    i.add('second', HARD, link='')


@case('links')
def symlink_empty(i):
    i.link('link', '')


@case('links')
def hardlink_many(i):
    i.add('file', data=b'here')
    for n in range(2000):
        i.add(f'links/{n}', HARD, link='file')


@case('links')
def devices(i):
    """Memory and disks of the host, and what overlayfs takes for a whiteout."""
    i.add('dev2/mem', CHR, mode=0o666, device=(1, 1))
    i.add('dev2/kmsg', CHR, mode=0o666, device=(1, 11))
    i.add('dev2/disk', BLK, mode=0o666, device=(8, 0))
    i.add('dev2/loop', BLK, mode=0o666, device=(7, 0))
    i.add('dev2/fuse', CHR, mode=0o666, device=(10, 229))
    i.add('bin', CHR, mode=0o666, device=(0, 0))


@case('links')
def device_numbers(i):
    i.add('huge', CHR, device=(2 ** 40, 2 ** 40))
    i.add('negative', BLK, device=(-1, -1))


@case('links')
def device_with_children(i):
    i.add('dev3', CHR, device=(1, 3))
    i.add('dev3/file', data=b'evil')


@case('links')
def fifo_with_children(i):
    i.add('pipe', FIFO)
    i.add('pipe/file', data=b'evil')


@case('links')
def fifo_overwritten(i):
    """Nobody opens the FIFO, which would wait."""
    i.add('pipe', FIFO)
    i.add('pipe', data=b'here')
    i.add('pipe2', FIFO)
    i.add('pipe2', HARD, link='pipe')


# --------------------------------------------------------------- duplicates

def put(i, kind, name):
    """One entry of a kind that a later one replaces."""
    if kind == 'file':
        i.add(name, data=b'here')
    elif kind == 'dir':
        i.dir(name)
        i.add(name + '/leaf', data=b'leaf')
    elif kind == 'symlink':
        i.link(name, OUTSIDE)
    elif kind == 'fifo':
        i.add(name, FIFO)
    elif kind == 'hard':
        i.add(name, HARD, link='anchor')
    elif kind == 'whiteout':
        i.add(os.path.join(os.path.dirname(name), '.wh.' + os.path.basename(name)))
    elif kind == 'char':
        i.add(name, CHR, device=(1, 3))


@case('duplicates')
def replaced_in_all_orders(i):
    """Of file, directory, link and FIFO at one name the last one stays."""
    for order in itertools.permutations(('file', 'dir', 'symlink', 'fifo')):
        for kind in order:
            put(i, kind, f'all/{"-".join(order)}')


def replaced(first, second):
    def fn(i):
        i.add('anchor', data=b'anchor')
        put(i, first, 'pair/x')
        put(i, second, 'pair/x')
        i.add('pair/x-leaf', data=b'here')
    fn.__name__ = f'{first}_then_{second}'
    return fn


def entered(kind):
    def fn(i):
        i.add('anchor', data=b'anchor')
        put(i, 'dir', 'pair/x')
        put(i, kind, 'pair/x')
        i.add('pair/x/leaf', data=b'here')
    fn.__name__ = f'dir_then_{kind}_entered'
    return fn


KINDS = ('file', 'dir', 'symlink', 'fifo', 'hard', 'whiteout', 'char')
for one, two in itertools.product(KINDS, KINDS):
    case('duplicates')(replaced(one, two))
for one in KINDS:
    case('duplicates')(entered(one))


@case('duplicates')
def thousand_times(i):
    for n in range(1000):
        put(i, ('file', 'symlink', 'fifo', 'dir')[n % 4], 'same')
    i.add('same', data=b'last')


@case('duplicates')
def directory_over_open_directory(i):
    """The directory in which we are is replaced."""
    i.add('a/b/c/file', data=b'x')
    i.add('a/b', data=b'file')
    i.add('a/b', SYM, link=OUTSIDE)
    i.dir('a/b')
    i.add('a/b/c/file2', data=b'here')


@case('duplicates')
def parent_becomes_link(i):
    """Between two files of one directory the directory becomes a link."""
    i.add('a/b/file', data=b'x')
    i.link('a/b', OUTSIDE)
    i.add('a/b/file', data=b'evil')


@case('duplicates')
def grandparent_becomes_link(i):
    i.add('a/b/c/one', data=b'x')
    i.link('a', OUTSIDE)
    i.add('a/b/c/two', data=b'evil')


# ---------------------------------------------------------------- whiteouts

def whiteout(name, spelling, kind=REG, **more):
    def fn(i):
        i.dir('sub')
        i.add(spelling, kind, **more)
    fn.__name__ = name
    case('whiteouts')(fn)


whiteout('of_dotdot', 'sub/.wh...')
whiteout('of_dotdot_at_top', '.wh...')
whiteout('of_dot', 'sub/.wh..')
whiteout('of_dot_at_top', '.wh..')
whiteout('of_nothing', 'sub/.wh.')
whiteout('of_nothing_at_top', '.wh.')
whiteout('of_slash', '/.wh./')
whiteout('as_dir_of_nothing', '.wh./etc/passwd', data=b'evil')
whiteout('as_dir_of_dotdot', 'sub/.wh.../evil', data=b'evil')
whiteout('as_dir', 'sub/.wh.x/evil', data=b'evil')
whiteout('meta', '.wh..wh.')
whiteout('meta_plnk', '.wh..wh.plnk/1.2', data=b'evil')
whiteout('meta_orph_dir', '.wh..wh.orph', DIR)
whiteout('meta_aufs', '.wh..wh.aufs', data=b'evil')
whiteout('meta_with_dotdot', '.wh..wh.x/../../../evil', data=b'evil')
whiteout('with_payload', 'sub/.wh.gone', data=b'evil' * 100000)
whiteout('opaque_with_payload', 'sub/.wh..wh..opq', data=b'evil' * 100000)
whiteout('opaque_as_directory', 'sub/.wh..wh..opq', DIR, mode=0o777)
whiteout('opaque_as_directory_with_file', 'sub/.wh..wh..opq/file', data=b'evil')
whiteout('opaque_as_symlink', 'sub/.wh..wh..opq', SYM, link='/etc')
whiteout('opaque_as_device', 'sub/.wh..wh..opq', BLK, device=(8, 0))
whiteout('as_symlink', '.wh.gone', SYM, link='/etc/passwd')
whiteout('as_fifo', '.wh.gone', FIFO)
whiteout('as_hardlink', '.wh.gone', HARD, link='/etc/passwd')
whiteout('as_directory', '.wh.gone', DIR)
whiteout('of_etc', '.wh.etc')
whiteout('of_missing', 'no/such/.wh.file')
whiteout('of_long', b'.wh.' + b'n' * 96)
whiteout('through_file', 'etc/passwd/.wh.x')


@case('whiteouts')
def of_256(i):
    """With the prefix it is a name that no file system has."""
    i.pax(('path', b'.wh.' + b'n' * 252))
    i.add('harmless')


@case('whiteouts')
def of_whiteout(i):
    i.add('sub/.wh..wh..wh.x')
    i.add('sub/.wh..wh.x')


@case('whiteouts')
def before_and_after(i):
    """A marker hides what is below, never what this layer itself has."""
    i.add('kept', data=b'here')
    i.add('.wh.kept')
    i.add('.wh.kept2')
    i.add('kept2', data=b'here')
    i.dir('kept3')
    i.add('kept3/file', data=b'here')
    i.add('.wh.kept3')


@case('whiteouts')
def device_is_none(i):
    """A device 0:0 is a whiteout to overlayfs, and must not become one."""
    i.add('bin', CHR, device=(0, 0))
    i.add('etc/passwd', CHR, device=(0, 0))


@case('whiteouts')
def opaque_through_link(i):
    i.link('sub', OUTSIDE)
    i.add('sub/.wh..wh..opq')
    i.add('sub/.wh.file')


@case('whiteouts')
def opaque_everywhere(i):
    for n in range(300):
        i.add(f'd{n % 7}/e{n % 3}/.wh..wh..opq')
        i.add(f'd{n % 5}/.wh.e{n % 3}')


@case('whiteouts')
def opaque_root(i):
    i.add('.wh..wh..opq')
    i.add('only', data=b'here')


@case('whiteouts')
def name_is_whiteout_by_pax(i):
    i.pax(('path', 'sub/.wh...'))
    i.add('harmless')


def overlay_xattr(name, attr, value='y', on='bin/onggi-mark'):
    def fn(i):
        i.pax(*[(f'{key}.{prefix}.overlay.{attr}', value) for key in ('SCHILY.xattr', 'LIBARCHIVE.xattr')
                for prefix in ('trusted', 'user')])
        if on.endswith('/'):
            i.dir(on)
        else:
            i.add(on, data=b'mark')
    fn.__name__ = 'xattr_' + name
    case('whiteouts')(fn)


overlay_xattr('opaque', 'opaque', on='etc/')
overlay_xattr('opaque_x', 'opaque', 'x', on='etc/')
overlay_xattr('whiteout', 'whiteout')
overlay_xattr('redirect', 'redirect', '/etc', on='sub/')
overlay_xattr('redirect_dotdot', 'redirect', '../../../..', on='sub/')
overlay_xattr('metacopy', 'metacopy', '')
overlay_xattr('origin', 'origin', 'x' * 20)
overlay_xattr('nested', 'overlay.opaque', on='etc/')
overlay_xattr('on_root', 'opaque', on='./')


# ----------------------------------------------------------------- metadata

def pax_case(name, *records, kind=b'x', data=b'here', entry='file', before=None):
    def fn(i):
        if before:
            before(i)
        i.pax(*records, kind=kind)
        i.add(entry, data=data)
        i.add('behind', data=b'here')
    fn.__name__ = 'pax_' + name
    case('metadata')(fn)


pax_case('size_negative', ('size', '-1'))
pax_case('size_huge', ('size', str(2 ** 63 - 1)))
pax_case('size_64_bits', ('size', str(2 ** 64)))
pax_case('size_wraps', ('size', str(2 ** 64 + 4)))
pax_case('size_no_number', ('size', 'four'))
pax_case('size_empty', ('size', ''))
pax_case('size_zero', ('size', '0'))
pax_case('size_less', ('size', '1'), data=b'x' * 2000)
pax_case('size_more', ('size', '1200'), data=b'x')
pax_case('size_fraction', ('size', '4.5'))
pax_case('record_short', b'10 path=evil\n')
pax_case('record_long', b'99 path=evil\n')
pax_case('record_zero', b'0 path=evil\n')
pax_case('record_negative', b'-13 path=evil\n')
pax_case('record_huge', b'99999999999999999999999 path=evil\n')
pax_case('record_no_length', b'path=evil\n')
pax_case('record_no_newline', b'12 path=evil')
pax_case('record_no_equals', b'12 patheevil\n')
pax_case('record_no_key', b'8 =evil\n')
pax_case('record_garbage', bytes(range(256)) * 4)
pax_case('records_empty')
pax_case('nul_in_path', ('path', b'file\0/../../evil'))
pax_case('nul_in_linkpath', ('linkpath', b'x\0y'))
pax_case('nul_in_key', (b'pa\0th', b'evil'))
pax_case('path_empty', ('path', ''))
pax_case('path_twice', ('path', 'harmless'), ('path', up(b'evil', 3)))
pax_case('path_twice_harmless', ('path', up(b'evil', 3)), ('path', 'harmless'))
pax_case('path_invalid_utf8', ('path', b'file\xff\xfe'))
pax_case('charset_binary', ('hdrcharset', 'BINARY'), ('path', b'file\xff\xfe'))
pax_case('charset_unknown', ('hdrcharset', 'EBCDIC'), ('path', b'file'))
pax_case('mtime_garbage', ('mtime', 'yesterday'))
pax_case('mtime_empty', ('mtime', ''))
pax_case('mtime_nan', ('mtime', 'nan'))
pax_case('mtime_huge', ('mtime', '9' * 40))
pax_case('mtime_max', ('mtime', str(2 ** 63 - 1)))
pax_case('mtime_min', ('mtime', str(-2 ** 63)))
pax_case('mtime_fraction', ('mtime', '1.' + '9' * 40))
pax_case('mtime_negative_fraction', ('mtime', '-0.5'))
pax_case('mtime_1950', ('mtime', '-631152000'))
pax_case('mtime_2150', ('mtime', '5680281600'))
pax_case('uid_negative', ('uid', '-1'))
pax_case('uid_leave_alone', ('uid', str(2 ** 32 - 1)))
pax_case('uid_wraps', ('uid', str(2 ** 32)))
pax_case('uid_huge', ('uid', '9' * 30))
pax_case('gid_negative', ('gid', '-1'))
pax_case('uid_garbage', ('uid', 'root'))
pax_case('uname', ('uname', 'root\n\x1b[2J'), ('gname', '../../x'))
pax_case('global', ('path', up(b'evil', 3)), ('size', '0'), ('linkpath', '/etc/passwd'), kind=b'g')
pax_case('global_mtime', ('mtime', '1'), ('SCHILY.xattr.user.overlay.opaque', 'y'), kind=b'g')
pax_case('comment_1m', ('comment', 'x' * (1 << 20)))
pax_case('keys_many', *[(f'KEY.{n}', 'x') for n in range(20000)])
pax_case('realsize', ('SCHILY.realsize', str(2 ** 62)))
pax_case('flags', ('SCHILY.fflags', 'uappnd,uchg,schg,nodump'))
pax_case('acl_garbage', ('SCHILY.acl.access', 'user::rwx,group::r-x,other::r-x,user:nobody:rwx,,,:::,mask::'))
pax_case('dev', ('SCHILY.dev', '-1'), ('SCHILY.ino', '99999999999999999999'), ('SCHILY.nlink', '-5'))
pax_case('type_lies', ('RHT.security.selinux', 'evil'), ('LIBARCHIVE.symlinktype', 'dir'), ('SCHILY.filetype', 'dir'))


@case('metadata')
def pax_header_huge(i):
    i.raw(header(b'pax', b'x', 2 ** 62))
    i.add('file', data=b'here')


@case('metadata')
def pax_header_negative(i):
    i.raw(header(b'pax', b'x', -512))
    i.add('file', data=b'here')


@case('metadata')
def pax_header_8m(i):
    i.raw(header(b'pax', b'x', 8 << 20))
    i.raw(record('comment', 'x' * 1000) * 8192)
    i.add('file', data=b'here')


@case('metadata')
def pax_headers_without_end(i):
    for _ in range(3000):
        i.pax(('comment', 'x'))


@case('metadata')
def gnu_long_without_end(i):
    for _ in range(3000):
        i.long(b'L', b'file')


@case('metadata')
def gnu_long_huge(i):
    i.raw(header(b'././@LongLink', b'L', 2 ** 40, magic=b'ustar  \0'))
    i.add('file', data=b'here')


@case('metadata')
def gnu_long_empty(i):
    i.raw(header(b'././@LongLink', b'L', 0, magic=b'ustar  \0'))
    i.add('file', data=b'here')


@case('metadata')
def gnu_long_alone(i):
    i.long(b'L', b'file')


def header_case(label, /, *, data=b'here', **fields):
    def fn(i):
        i.add('before', data=b'here')
        i.raw(header(**{'name': b'file', 'size': len(data), **fields}), padded(data))
        i.add('behind', data=b'here')
    fn.__name__ = 'header_' + label
    case('metadata')(fn)


header_case('size_negative', size=-4)
header_case('size_huge', size=2 ** 62)
header_case('size_max', size=2 ** 63 - 1)
header_case('size_8t', size=8 << 40)
header_case('size_garbage', size=b'four')
header_case('size_base256_max', size=b'\x80' + b'\xff' * 11)
header_case('checksum', checksum=0)
header_case('mode_all', mode=0o7777777)
header_case('mode_garbage', mode=b'rwxrwxrw')
header_case('uid_negative', uid=-1)
header_case('uid_huge', uid=2 ** 50)
header_case('mtime_negative', mtime=-2 ** 40)
header_case('mtime_huge', mtime=2 ** 60)
header_case('mtime_garbage', mtime=b'never')
header_case('type_unknown', kind=b'Z')
header_case('type_contiguous', kind=b'7')
header_case('type_nul', kind=b'\0')
header_case('type_slash', name=b'file/', kind=b'0')
header_case('type_volume', kind=b'V')
header_case('type_multivolume', kind=b'M')
header_case('type_dumpdir', kind=b'D')
header_case('type_solaris', kind=b'X')
header_case('type_inode', kind=b'I')
header_case('magic_none', magic=b'\0' * 8)
header_case('directory_with_data', kind=DIR, name=b'd')
header_case('symlink_with_data', kind=SYM, link=b'x')
header_case('fifo_with_data', kind=FIFO)


@case('metadata')
def garbage_behind_the_end(i):
    i.add('file', data=b'here')
    i.raw(b'\0' * 1024)
    i.add(up(b'evil', 3), data=b'evil')
    i.raw(os.urandom(3000))


@case('metadata')
def one_zero_block(i):
    i.add('file', data=b'here')
    i.raw(b'\0' * 512)
    i.add('second', data=b'here')


# GNU's old sparse files: four pieces in the header, more in blocks behind it.
def old_sparse(pieces, realsize, extended=0):
    body = b''.join(octal(a, 12) + octal(b, 12) for a, b in pieces).ljust(96, b'\0')[:96]
    return b'\0' * 41 + body + bytes([extended]) + octal(realsize, 12)


def sparse_case(name, pieces, realsize, data=b'x' * 512, extended=0, more=b''):
    def fn(i):
        i.raw(header(b'sparse', b'S', len(data), magic=b'ustar  \0', tail=old_sparse(pieces, realsize, extended)), more, padded(data))
        i.add('behind', data=b'here')
    fn.__name__ = 'sparse_old_' + name
    case('metadata')(fn)


sparse_case('honest', [(0, 512), (1 << 20, 0)], 1 << 20)
sparse_case('realsize_less', [(0, 512), (4096, 0)], 100)
sparse_case('realsize_huge', [(0, 512)], 2 ** 62)
sparse_case('realsize_negative', [(0, 512)], -1)
sparse_case('realsize_3t', [(0, 512)], 3 << 40)
sparse_case('offset_huge', [(2 ** 62, 512)], 2 ** 62 + 512)
sparse_case('offset_negative', [(-512, 512)], 512)
sparse_case('overlap', [(0, 300), (100, 212)], 512)
sparse_case('unordered', [(1000, 256), (0, 256)], 2000)
sparse_case('piece_huge', [(0, 2 ** 62)], 512)
sparse_case('piece_negative', [(0, -1), (0, 513)], 512)
sparse_case('sum_wraps', [(2 ** 62, 2 ** 62), (0, 512)], 512)
sparse_case('extended_without_end', [(0, 512)], 512, extended=1,
            more=(octal(0, 12) * 42 + b'\1').ljust(512, b'\0') * 2000)
sparse_case('extended_cut', [(0, 512)], 512, extended=1, data=b'')


def gnu_sparse(name, *records, data=b'', kind=REG):
    def fn(i):
        i.pax(*records)
        i.add('GNUSparseFile.1/sparse', kind, data=data)
        i.add('behind', data=b'here')
    fn.__name__ = 'sparse_' + name
    case('metadata')(fn)


def sparse_map(*numbers):
    return padded(b''.join(b'%d\n' % n if isinstance(n, int) else n for n in numbers))


def one(realsize, *more):
    return (('GNU.sparse.major', '1'), ('GNU.sparse.minor', '0'), ('GNU.sparse.name', 'sparse'),
            ('GNU.sparse.realsize', str(realsize)), *more)


gnu_sparse('one_honest', *one(1 << 20), data=sparse_map(1, 4096, 512) + b'x' * 512)
gnu_sparse('one_name_dotdot', *one(512, ('GNU.sparse.name', up(b'evil', 3))), data=sparse_map(1, 0, 512) + b'x' * 512)
gnu_sparse('one_name_absolute', *one(512, ('GNU.sparse.name', '/etc/onggi-evil')), data=sparse_map(1, 0, 512) + b'x' * 512)
gnu_sparse('one_count_huge', *one(512), data=sparse_map(2 ** 62) + b'x' * 512)
gnu_sparse('one_count_negative', *one(512), data=sparse_map(-1) + b'x' * 512)
gnu_sparse('one_count_lies', *one(512), data=sparse_map(4000, 0, 512) + b'x' * 512)
gnu_sparse('one_no_number', *one(512), data=sparse_map(b'one\n', b'two\n', b'three\n') + b'x' * 512)
gnu_sparse('one_endless_number', *one(512), data=b'9' * 5000)
gnu_sparse('one_offset_huge', *one(512), data=sparse_map(1, 2 ** 62, 512) + b'x' * 512)
gnu_sparse('one_offset_overflow', *one(512), data=sparse_map(1, 2 ** 63 - 1, 512) + b'x' * 512)
gnu_sparse('one_piece_huge', *one(512), data=sparse_map(1, 0, 2 ** 62) + b'x' * 512)
gnu_sparse('one_overlap', *one(512), data=sparse_map(2, 0, 512, 100, 412) + b'x' * 924)
gnu_sparse('one_realsize_less', *one(10), data=sparse_map(1, 0, 512) + b'x' * 512)
gnu_sparse('one_realsize_huge', *one(2 ** 62), data=sparse_map(1, 0, 512) + b'x' * 512)
gnu_sparse('one_realsize_negative', *one(-1), data=sparse_map(1, 0, 512) + b'x' * 512)
gnu_sparse('one_realsize_garbage', *one('big'), data=sparse_map(1, 0, 512) + b'x' * 512)
gnu_sparse('one_no_map', *one(512))
gnu_sparse('version_unknown', ('GNU.sparse.major', '9'), ('GNU.sparse.minor', '9'), ('GNU.sparse.name', 'sparse'), data=b'here')
gnu_sparse('zero_map', ('GNU.sparse.size', '4096'), ('GNU.sparse.numblocks', '1'), ('GNU.sparse.map', '2048,512'), data=b'x' * 512)
gnu_sparse('zero_map_lies', ('GNU.sparse.size', '512'), ('GNU.sparse.numblocks', '9'), ('GNU.sparse.map', '9999999999999,512'), data=b'x' * 512)
gnu_sparse('zero_map_odd', ('GNU.sparse.size', '512'), ('GNU.sparse.numblocks', '1'), ('GNU.sparse.map', '0,512,1'), data=b'x' * 512)
gnu_sparse('zero_map_garbage', ('GNU.sparse.size', '512'), ('GNU.sparse.map', 'a,b,,,-'), data=b'x' * 512)
gnu_sparse('zero_offsets', ('GNU.sparse.size', '512'), ('GNU.sparse.offset', '-1'), ('GNU.sparse.numbytes', '99999999999999999999'), data=b'x' * 512)
gnu_sparse('holes', ('SUN.holesdata', ' 0 999999999999999 -5'), data=b'x' * 512)


def xattr_case(name, *attrs, entry='file', kind=REG, **more):
    def fn(i):
        i.pax(*[(k if k.startswith(('SCHILY', 'LIBARCHIVE')) else 'SCHILY.xattr.' + k, v) for k, v in attrs])
        i.add(entry, kind, data=b'here' if kind == REG else b'', **more)
        i.add('behind', data=b'here')
    fn.__name__ = 'xattr_' + name
    case('metadata')(fn)


CAPABILITY = '\x01\x00\x00\x02\x00\x20' + '\x00' * 14
xattr_case('capability', ('security.capability', CAPABILITY), mode=0o755)
xattr_case('capability_garbage', ('security.capability', 'x' * 7), mode=0o755)
xattr_case('security', *[('security.' + n, 'evil') for n in ('selinux', 'ima', 'evm', 'SMACK64', 'SMACK64EXEC', 'apparmor', 'evil')])
xattr_case('trusted', *[('trusted.' + n, 'evil') for n in ('evil', 'gfid', 'lov', 'md5sum')])
xattr_case('overlay', *[(p + '.overlay.' + n, 'y') for p in ('user', 'trusted') for n in
                        ('opaque', 'redirect', 'metacopy', 'whiteout', 'whiteouts', 'origin', 'upper', 'impure', 'nlink', 'protattr', 'overlay.opaque')])
xattr_case('overlay_libarchive', ('LIBARCHIVE.xattr.user.overlay.opaque', 'eQ=='), ('LIBARCHIVE.xattr.trusted.overlay.opaque', 'eQ=='))
xattr_case('overlay_escaped', ('LIBARCHIVE.xattr.user%2Eoverlay%2Eopaque', 'eQ=='), ('LIBARCHIVE.xattr.trusted%2eoverlay%2eopaque', 'eQ=='))
xattr_case('base64_garbage', ('LIBARCHIVE.xattr.user.evil', '!!!!==='))
xattr_case('system', ('system.posix_acl_access', 'garbage'), ('system.nfs4_acl', 'x'), ('system.evil', 'x'))
xattr_case('name_empty', ('SCHILY.xattr.', 'x'))
xattr_case('name_long', ('user.' + 'n' * 300, 'x'))
xattr_case('no_namespace', ('evil', 'x'), ('../../evil', 'x'))
xattr_case('many', *[(f'user.n{n}', 'x') for n in range(300)])
xattr_case('value_large', ('user.big', 'x' * 60000))
xattr_case('value_too_large', ('user.big', 'x' * 70000))
xattr_case('on_symlink', ('security.capability', CAPABILITY), ('user.x', 'y'), ('trusted.overlay.opaque', 'y'), entry='link', kind=SYM, link=b'/etc/passwd')
xattr_case('on_fifo', ('user.x', 'y'), ('user.overlay.whiteout', ''), entry='pipe', kind=FIFO)
xattr_case('whiteout_entry', ('user.overlay.opaque', 'y'), ('trusted.overlay.redirect', '/etc'), entry='.wh.gone')


@case('metadata')
def setuid(i):
    with open('/bin/busybox', 'rb') as f:
        program = f.read()
    i.add('setuid', data=program, mode=0o4755)
    i.add('setgid', data=program, mode=0o2755)
    i.add('setuid-other', data=b'#!/bin/sh\n', mode=0o6755, uid=1000, gid=1000)
    i.dir('setgid-dir', 0o2775, gid=33)
    i.add('setgid-dir/file', data=b'here')
    i.add('setuid-fifo', FIFO, mode=0o6777)


@case('metadata')
def times(i):
    for n, t in enumerate((-1, -2 ** 31, -2 ** 33, 2 ** 31, 2 ** 32, 2 ** 35, 2 ** 62, 0)):
        i.add(f't{n}', data=b'here', mtime=t)
        i.dir(f'd{n}', mtime=t)
        i.add(f'l{n}', SYM, link=b'x', mtime=t)


@case('metadata')
def no_entries(i):
    """Only the end marker."""


@case('metadata')
def unreadable_root(i):
    """A root that nobody may enter, and one with a setgid bit."""
    i.dir('./', 0o2000, uid=1, gid=1)
    i.dir('closed', 0o000)
    i.add('closed/file', data=b'here', mode=0o000)


# -------------------------------------------------------------------- bombs

def compress_with(i, how, media='layer.v1.tar'):
    i.layers[-1].compress = (how, media)


def zstd(data, *options):
    return subprocess.run(['zstd', '-q', '-c', '-1', *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def gz(data, level=9):
    return gzip.compress(data, level, mtime=0)


def many_entries(i, count):
    one_block = [header(b'e/%07d' % n) for n in range(min(count, 1000))]
    blocks = b''.join(one_block)
    for _ in range(count // len(one_block)):
        i.raw(blocks)


def files_of(i, size, pieces=1):
    for n in range(pieces):
        i.add(f'zeros{n}', data=b'\0' * (size // pieces))


ZEROS = 64 << 20


@case('bombs')
def gzip_bomb(i):
    files_of(i, ZEROS)
    compress_with(i, gz, 'layer.v1.tar+gzip')


@case('bombs')
def zstd_bomb(i):
    files_of(i, ZEROS)
    compress_with(i, zstd, 'layer.v1.tar+zstd')


@case('bombs')
def xz_bomb(i):
    files_of(i, ZEROS)
    compress_with(i, lambda d: lzma.compress(d, preset=0))


@case('bombs')
def bzip2_bomb(i):
    files_of(i, ZEROS)
    compress_with(i, bz2.compress)


@case('bombs')
def padding_bomb(i):
    """Nothing in it but what follows the end."""
    i.add('file', data=b'here')
    i.raw(b'\0' * ZEROS)
    compress_with(i, gz, 'layer.v1.tar+gzip')


@case('bombs')
def pax_bomb(i):
    """Headers only."""
    i.raw((header(b'pax', b'x', 512) + padded(record('comment', 'x' * 480))) * 60000)
    i.add('file', data=b'here')
    compress_with(i, gz, 'layer.v1.tar+gzip')


@case('bombs')
def entries_bomb(i):
    many_entries(i, 2000)
    compress_with(i, lambda d: gz(d, 6), 'layer.v1.tar+gzip')


@case('bombs')
def sparse_bomb(i):
    for n in range(40):
        i.raw(header(b'sparse%d' % n, b'S', 0, magic=b'ustar  \0', tail=old_sparse([(1 << 36, 0)], 1 << 36)))


@case('bombs')
def gzip_of_gzip(i):
    files_of(i, 1 << 20)
    compress_with(i, lambda d: gz(gz(gz(d))), 'layer.v1.tar+gzip')


@case('bombs')
def gzip_members(i):
    """A member for every 100 bytes and empty ones between: all are read."""
    files_of(i, 100000, 10)
    i.add('last', data=b'here')
    compress_with(i, lambda d: b''.join(gz(d[n:n + 100], 1) + gz(b'', 1) for n in range(0, len(d), 100)), 'layer.v1.tar+gzip')


@case('bombs')
def zstd_frames(i):
    """Frames, skippable ones between."""
    files_of(i, 100000, 10)
    i.add('last', data=b'here')
    skip = b'\x50\x2a\x4d\x18' + struct.pack('<I', 5) + b'skip!'

    def frames(d):
        step = len(d) // 20 + 1
        return b''.join(zstd(d[n:n + step]) + skip for n in range(0, len(d), step))
    compress_with(i, frames, 'layer.v1.tar+zstd')


@case('bombs')
def xz_streams(i):
    files_of(i, 100000, 10)
    i.add('last', data=b'here')
    compress_with(i, lambda d: b''.join(lzma.compress(d[n:n + 5120], preset=0) + b'\0' * 8 for n in range(0, len(d), 5120)))


@case('bombs')
def bzip2_streams(i):
    files_of(i, 100000, 10)
    i.add('last', data=b'here')
    compress_with(i, lambda d: b''.join(bz2.compress(d[n:n + 5120]) for n in range(0, len(d), 5120)))


@case('bombs')
def gzip_empty_members(i):
    i.add('file', data=b'here')
    compress_with(i, lambda d: gz(b'') * 100000 + gz(d) + gz(b'') * 100000, 'layer.v1.tar+gzip')


@case('bombs')
def gzip_trailing_zeros(i):
    i.add('file', data=b'here')
    compress_with(i, lambda d: gz(d) + b'\0' * 5000, 'layer.v1.tar+gzip')


@case('bombs')
def gzip_trailing_garbage(i):
    i.add('file', data=b'here')
    compress_with(i, lambda d: gz(d) + b'garbage' * 100, 'layer.v1.tar+gzip')


@case('bombs')
def zstd_trailing_garbage(i):
    i.add('file', data=b'here')
    compress_with(i, lambda d: zstd(d) + b'garbage' * 100, 'layer.v1.tar+zstd')


@case('bombs')
def gzip_checksum(i):
    i.add('file', data=b'here')
    compress_with(i, lambda d: gz(d)[:-8] + b'\1\2\3\4' + gz(d)[-4:], 'layer.v1.tar+gzip')


@case('bombs')
def gzip_length(i):
    i.add('file', data=b'here')
    compress_with(i, lambda d: gz(d)[:-4] + b'\1\2\3\4', 'layer.v1.tar+gzip')


@case('bombs')
def zstd_window(i):
    """A frame that wants 2 GiB of memory."""
    i.add('file', data=b'here')
    # magic, descriptor (no checksum, no content size), window descriptor 2^31, last raw block
    compress_with(i, lambda d: b'\x28\xb5\x2f\xfd\x00' + bytes([21 << 3]) + struct.pack('<I', 1 | len(d) << 3)[:3] + d, 'layer.v1.tar+zstd')


@case('bombs')
def xz_memory(i):
    """A stream whose dictionary is 1.5 GiB."""
    i.add('file', data=b'here')
    filters = [{'id': lzma.FILTER_LZMA2, 'preset': 0, 'dict_size': 1 << 16}]

    def lying(d):
        good = bytearray(lzma.compress(d, check=lzma.CHECK_CRC32, filters=filters))
        size = (good[12] + 1) * 4
        at = good.index(b'\x21\x01', 12) + 2
        good[at] = 40 - 1  # 3 GiB
        import binascii
        good[12 + size - 4:12 + size] = struct.pack('<I', binascii.crc32(bytes(good[12:12 + size - 4])))
        return bytes(good)
    compress_with(i, lying)


@case('bombs')
def gzip_flags(i):
    """A header with a name and comment of a megabyte each."""
    i.add('file', data=b'here')
    compress_with(i, lambda d: b'\x1f\x8b\x08\x18' + b'\0' * 6 + (b'n' * (1 << 20) + b'\0') * 2 + gz(d)[10:], 'layer.v1.tar+gzip')


@case('bombs')
def layers_127(i):
    for n in range(127):
        i.add(f'n{n}', data=b'here')
        i.next_layer()
    i.add('last', data=b'here')


# --------------------------------------------------------------------- text

def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


class Layout:
    """An OCI layout, to which images are added."""

    def __init__(self, path):
        self.path, self.manifests = path, []
        os.makedirs(os.path.join(path, 'blobs/sha256'))
        with open(os.path.join(path, 'oci-layout'), 'w', encoding='utf-8') as f:
            f.write('{"imageLayoutVersion":"1.0.0"}')

    def blob(self, data, media, **more):
        with open(os.path.join(self.path, 'blobs/sha256', digest(data)[7:]), 'wb') as f:
            f.write(data)
        return {'mediaType': OCI + media, 'digest': digest(data), 'size': len(data), **more}

    def image(self, name, tars, change=None):
        """tars: (descriptor, diff id). change(config, manifest, entry) may replace the documents before each is written."""
        config = {'architecture': 'amd64', 'os': 'linux', 'config': {'Cmd': ['/bin/sh'], 'Env': ['PATH=/bin']},
                  'rootfs': {'type': 'layers', 'diff_ids': [d for _, d in tars]}}
        config = self.written('config', config, change)
        manifest = {'schemaVersion': 2, 'mediaType': OCI + 'manifest.v1+json', 'config': self.blob(config, 'config.v1+json'),
                    'layers': [d for d, _ in tars]}
        manifest = self.written('manifest', manifest, change)
        entry = self.blob(manifest, 'manifest.v1+json', annotations={'org.opencontainers.image.ref.name': name})
        if change:
            change('entry', entry)
        self.manifests.append(entry)

    @staticmethod
    def written(what, value, change):
        changed = change(what, value) if change else None
        return changed if isinstance(changed, bytes) else json.dumps(value).encode()

    def finish(self, change=None):
        with open(os.path.join(self.path, 'index.json'), 'wb') as f:
            f.write(self.written('index', {'schemaVersion': 2, 'manifests': self.manifests}, change))


def base_layer(layout):
    """A busybox that a container can be run from."""
    t = Tar()
    for name in ('bin', 'dev', 'etc', 'proc', 'sys', 'tmp'):
        t.dir(name)
    with open('/bin/busybox', 'rb') as f:
        t.add('bin/busybox', data=f.read(), mode=0o755)
    for name in ('sh', 'cat', 'ls', 'stat', 'test', 'head', 'find', 'true', 'id', 'wc', 'readlink', 'mount'):
        t.link('bin/' + name, 'busybox')
    t.add('etc/passwd', data=b'root:x:0:0:root:/root:/bin/sh\n')
    data = t.data()
    return layout.blob(data, 'layer.v1.tar'), digest(data)


def write_subject(subject, directory):
    layout = Layout(os.path.join(directory, 'layout'))
    base = base_layer(layout)
    honest = Tar()
    honest.add('honest', data=b'honest\n')
    layout.image('base:1', [base])
    layout.image('honest:1', [base, (layout.blob(honest.data(), 'layer.v1.tar'), digest(honest.data()))])
    for name, fn in SUBJECTS.get(subject, {}).items():
        image = Image()
        fn(image)
        tars, whole = [base], []
        for t in image.layers:
            data = t.data()
            how, media = getattr(t, 'compress', (None, 'layer.v1.tar'))
            blob = how(data) if how else data
            tars.append((layout.blob(blob, media), digest(data)))
            whole.append(t.entries() if len(image.layers) > 1 else blob)
        layout.image(name + ':1', tars)
        with open(os.path.join(directory, name + '.tar'), 'wb') as f:
            f.write(b''.join(whole) + (b'\0' * 1024 if len(whole) > 1 else b''))
    layout.finish()
    if subject in OTHERS:
        OTHERS[subject](directory)


# ---------------------------------------------------------------- documents

INDEX, MANIFEST, CONFIG, LAYER = (OCI + t + '.v1+json' for t in ('index', 'manifest', 'config', 'layer'))
DOCUMENTS = {}


def document(fn):
    """A layout of its own. fn(what, value) changes "config", "manifest", "entry" or "index": a dict, or bytes instead."""
    DOCUMENTS[fn.__name__.replace('_', '-')] = fn
    return fn


def lie(name, what, change):
    def fn(where, value):
        return change(value) if where == what else None
    fn.__name__ = name
    document(fn)


def put_in(*path, value):
    """A change that sets a member, however deep."""
    def change(top):
        at = top
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
    return change


def text(old, new):
    """A change of the text: what json.dumps would never write."""
    def change(top):
        data = json.dumps(top).encode()
        assert old in data, (old, data)
        return data.replace(old, new, 1)
    return change


ZERO = 'sha256:' + '0' * 64
for doc, place in (('manifest', ('layers', 0)), ('manifest', ('config',)), ('entry', ())):
    short = place[0].rstrip('s') if place else 'manifest'
    for label, value in (('size_more', 10 ** 6), ('size_less', 1), ('size_zero', 0), ('size_negative', -1), ('size_huge', 2 ** 63 - 1),
                         ('size_64_bits', 2 ** 64), ('size_text', '512'), ('size_null', None)):
        lie(f'{short}_{label}', doc, put_in(*place, 'size', value=value))
    for label, value in (('other', ZERO), ('path', 'sha256:../../../../etc/passwd'), ('upper', 'SHA256:' + '0' * 64), ('short', 'sha256:00'),
                         ('md5', 'md5:' + '0' * 32), ('empty', ''), ('number', 7), ('null', None)):
        lie(f'{short}_digest_{label}', doc, put_in(*place, 'digest', value=value))
lie('layer_type_config', 'manifest', put_in('layers', 0, 'mediaType', value=OCI + 'config.v1+json'))
lie('layer_type_unknown', 'manifest', put_in('layers', 0, 'mediaType', value='application/x-evil'))
lie('layer_none', 'manifest', put_in('layers', value=[]))
lie('layer_twice', 'manifest', lambda m: m['layers'].append(m['layers'][0]))
lie('layers_100000', 'manifest', lambda m: m.update(layers=m['layers'] * 30000))
lie('layers_number', 'manifest', put_in('layers', value=7))
lie('layers_order', 'manifest', lambda m: m['layers'].reverse())
lie('manifest_is_index', 'manifest', put_in('manifests', value=[]))
lie('manifest_schema1', 'manifest', put_in('schemaVersion', value=1))
lie('manifest_array', 'manifest', lambda m: b'[' + json.dumps(m).encode() + b']')
lie('manifest_empty', 'manifest', lambda m: b'')
lie('manifest_5m', 'manifest', lambda m: json.dumps(m).encode() + b' ' * (5 << 20))
lie('manifest_deep', 'manifest', text(b'"schemaVersion"', b'"x": ' + b'[' * 5000 + b']' * 5000 + b', "schemaVersion"'))
lie('manifest_twice', 'manifest', lambda m: json.dumps(m).encode() * 2)
lie('manifest_utf8', 'manifest', text(b'"schemaVersion"', b'"\xff\xfe": 1, "schemaVersion"'))
lie('manifest_nul', 'manifest', text(b'"schemaVersion"', b'"a\0b": 1, "schemaVersion"'))
lie('manifest_nan', 'manifest', text(b'"schemaVersion": 2', b'"schemaVersion": NaN'))
lie('manifest_number_endless', 'manifest', text(b'"schemaVersion": 2', b'"schemaVersion": 2' + b'0' * 100000))
lie('manifest_exponent', 'manifest', text(b'"schemaVersion": 2', b'"schemaVersion": 2e999999999'))
lie('manifest_comment', 'manifest', text(b'"schemaVersion"', b'/* evil */ "schemaVersion"'))
lie('diff_ids_fewer', 'config', lambda c: c['rootfs']['diff_ids'].pop())
lie('diff_ids_more', 'config', lambda c: c['rootfs']['diff_ids'].append(ZERO))
lie('diff_ids_order', 'config', lambda c: c['rootfs']['diff_ids'].reverse())
lie('diff_ids_other', 'config', put_in('rootfs', 'diff_ids', 0, value=ZERO))
lie('diff_ids_path', 'config', put_in('rootfs', 'diff_ids', 0, value='../../../etc/passwd'))
lie('diff_ids_none', 'config', put_in('rootfs', value={}))
lie('diff_ids_100000', 'config', lambda c: c['rootfs'].update(diff_ids=c['rootfs']['diff_ids'] * 30000))
lie('config_array', 'config', lambda c: b'[]')
lie('config_deep', 'config', text(b'"os"', b'"x": ' + b'{"a":' * 5000 + b'1' + b'}' * 5000 + b', "os"'))
lie('config_20m', 'config', lambda c: json.dumps(c).encode() + b' ' * (20 << 20))
lie('config_utf8', 'config', text(b'"/bin/sh"', b'"\xc0\x80"'))
lie('config_env_number', 'config', put_in('config', 'Env', value=[1, 2]))
lie('config_cmd_text', 'config', put_in('config', 'Cmd', value='/bin/sh'))
lie('config_os', 'config', put_in('os', value={}))
lie('index_deep', 'index', lambda i: b'[' * 100000)
lie('index_none', 'index', put_in('manifests', value=[]))
lie('index_number', 'index', put_in('manifests', value=7))
lie('index_5000', 'index', lambda i: i.update(manifests=i['manifests'] * 5000))
lie('index_20m', 'index', lambda i: json.dumps(i).encode() + b' ' * (20 << 20))
lie('index_type', 'entry', put_in('mediaType', value=INDEX))
lie('index_null', 'index', lambda i: b'null')


# What is odd and yet has a meaning: Go's, in which everybody else reads it.
HONEST = {}
for doc, key, change in (
        ('manifest_key_twice', 'manifest', text(b'"schemaVersion": 2', b'"schemaVersion": 7, "schemaVersion": 2')),
        ('manifest_unknown_keys', 'manifest', put_in('evil', value={'a': [1, 2, None]})),
        ('layer_type_gzip', 'manifest', put_in('layers', 0, 'mediaType', value=OCI + 'layer.v1.tar+gzip')),
        ('layer_urls', 'manifest', put_in('layers', 0, 'urls', value=['http://127.0.0.1:9/evil', 'file:///etc/passwd'])),
        ('config_history_lies', 'config', put_in('history', value=[{'created_by': 'x', 'empty_layer': True}] * 50)),
        ('name_with_escapes', 'entry', put_in('annotations', 'org.opencontainers.image.ref.name', value='\x1b[2J../../x:1'))):
    lie(doc, key, change)
    HONEST[doc.replace('_', '-')] = True


def write_documents(directory):
    tars = []
    for n in range(2):
        t = Tar()
        t.add(f'file{n}', data=b'here')
        tars.append(t.data())
    for name, fn in {**DOCUMENTS, 'honest-document': lambda *_: None}.items():
        layout = Layout(os.path.join(directory, 'documents', name))
        layers = [(layout.blob(data, 'layer.v1.tar'), digest(data)) for data in tars]
        layout.image('document:1', layers, fn)
        layout.finish(fn)
    with open(os.path.join(directory, 'refused'), 'w', encoding='utf-8') as f:
        f.write(''.join(name + '\n' for name in DOCUMENTS if name not in HONEST))


# --------------------------------------------------------------- truncation

def write_truncation(directory):
    """small.tar, a layer with one entry of each kind; small.gz; docker.tar, which holds it; layout, too."""
    t = Tar()
    t.dir('d')
    t.add('d/file', data=b'0123456789' * 200)
    t.pax(('path', 'd/' + 'long' * 40), ('SCHILY.xattr.user.x', 'y'), ('mtime', '1700000000.5'))
    t.add('d/short', data=b'x' * 600)
    t.long(b'L', b'd/' + b'gnu' * 50)
    t.add('d/gnu', data=b'x' * 10)
    t.link('d/link', 'file')
    t.add('d/hard', HARD, link='d/file')
    t.raw(header(b'd/sparse', b'S', 512, magic=b'ustar  \0', tail=old_sparse([(4096, 512)], 8192)), b's' * 512)
    t.add('d/.wh.gone')
    t.add('d/fifo', FIFO)
    t.add('d/last', data=os.urandom(3000))
    small = t.data()
    config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'rootfs': {'type': 'layers', 'diff_ids': [digest(small)]}}).encode()
    docker = Tar()
    docker.add('config.json', data=config)
    docker.add('layer.tar', data=small)
    docker.add('manifest.json', data=json.dumps([{'Config': 'config.json', 'RepoTags': ['docker:1'], 'Layers': ['layer.tar']}]).encode())
    for name, data in (('small.tar', small), ('docker.tar', docker.data()), ('small.tar.gz', gz(small)), ('docker.tar.gz', gz(docker.data())),
                       ('docker.tar.zst', zstd(docker.data()))):
        with open(os.path.join(directory, name), 'wb') as f:
            f.write(data)
    layout = Layout(os.path.join(directory, 'cut'))
    layout.image('cut:1', [(layout.blob(gz(small), 'layer.v1.tar+gzip'), digest(small))])
    layout.finish()


OTHERS = {'documents': write_documents, 'truncation': write_truncation}


# ------------------------------------------------------------------ serving

class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    layout = ''

    def log_message(self, *_):
        pass

    def answer(self, code, data, kind='application/octet-stream'):
        self.send_response(code)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        if self.command != 'HEAD':
            try:
                self.wfile.write(data)
            except OSError:
                self.close_connection = True

    def do_GET(self):
        parts = self.path.split('/')
        if self.path == '/v2/':
            return self.answer(200, b'{}')
        with open(os.path.join(self.layout, 'index.json'), encoding='utf-8') as f:
            entries = json.load(f)['manifests']
        wanted, kind = parts[-1], 'application/octet-stream'
        for entry in entries:
            if wanted == entry['digest'] or f'{parts[2]}:{wanted}' == entry['annotations']['org.opencontainers.image.ref.name']:
                wanted, kind = entry['digest'], entry['mediaType']
        try:
            with open(os.path.join(self.layout, 'blobs/sha256', wanted[7:]), 'rb') as f:
                return self.answer(200, f.read(), kind)
        except OSError:
            return self.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')

    do_HEAD = do_GET


def serve(directory, state):
    Handler.layout = os.path.join(directory, 'layout')
    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    with open(os.path.join(state, 'port.new'), 'w', encoding='utf-8') as f:
        f.write(str(server.server_address[1]))
    os.rename(os.path.join(state, 'port.new'), os.path.join(state, 'port'))
    server.serve_forever()


def main(argv):
    global OUTSIDE
    if len(argv) == 3 and argv[1] == 'entries':
        block = b''.join(header(b'e/%07d' % n, DIR) for n in range(1000))
        for _ in range(int(argv[2]) // 1000):
            sys.stdout.buffer.write(block)
        sys.stdout.buffer.write(b'\0' * 1024)
    elif len(argv) == 4 and argv[1] == 'serve':
        serve(argv[2], argv[3])
    elif len(argv) == 4 and argv[1] in {**SUBJECTS, **OTHERS}:
        OUTSIDE = argv[3].encode()
        write_subject(argv[1], argv[2])
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main(sys.argv)
