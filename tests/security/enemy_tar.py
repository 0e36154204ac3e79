# SPDX-License-Identifier: Apache-2.0
"""What images from an enemy are written with: tar, block by block, and the register of cases."""
import gzip
import hashlib
import subprocess
import sys

MTIME = 1700000000
REG, HARD, SYM, CHR, BLK, DIR, FIFO = b'0', b'1', b'2', b'3', b'4', b'5', b'6'
OCI = 'application/vnd.oci.image.'
SUBJECTS = {}
# The directory that no case may reach: the last argument of enemy.py SUBJECT DIR OUTSIDE.
OUTSIDE = sys.argv[3].encode() if len(sys.argv) == 4 else b'/nowhere'


def case(subject):
    """Register a case. Its name is the function's, with dashes."""
    def register(fn):
        SUBJECTS.setdefault(subject, {})[fn.__name__.replace('_', '-')] = fn
        return fn
    return register


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


# GNU's old sparse files: four pieces in the header, more in blocks behind it.
def old_sparse(pieces, realsize, extended=0):
    body = b''.join(octal(a, 12) + octal(b, 12) for a, b in pieces).ljust(96, b'\0')[:96]
    return b'\0' * 41 + body + bytes([extended]) + octal(realsize, 12)


def zstd(data, *options):
    return subprocess.run(['zstd', '-q', '-c', '-1', *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def gz(data, level=9):
    return gzip.compress(data, level, mtime=0)


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def up(path, depth=40):
    """A path that climbs out of wherever it is."""
    return b'../' * depth + path.lstrip(b'/')
