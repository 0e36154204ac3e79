# SPDX-License-Identifier: Apache-2.0
"""Cases: headers that lie, and bombs."""
import binascii
import bz2
import lzma
import os
import struct

from enemy_tar import *


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


def many_entries(i, count):
    one_block = [header(b'e/%07d' % n) for n in range(min(count, 1000))]
    blocks = b''.join(one_block)
    for _ in range(count // len(one_block)):
        i.raw(blocks)


def files_of(i, size, pieces=1):
    for n in range(pieces):
        i.add(f'zeros{n}', data=b'\0' * (size // pieces))


ZEROS = 16 << 20


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
