# SPDX-License-Identifier: Apache-2.0
"""Cases: names, links and nodes, duplicates, whiteouts."""
import itertools
import os

from enemy_tar import *


# -------------------------------------------------------------------- paths

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
