#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Write layers and images for tests, entry by entry, as no tool would.

usage: mkimage.py layer FILE.tar KIND        a layer's tar; KIND is the name of a function below
       mkimage.py numbered DIR NAME N       DIR/NAME-000.tar and so on
       mkimage.py image LAYOUT NAME CONFIG LAYER...   an image in an OCI layout; CONFIG is JSON
       mkimage.py index LAYOUT NAME PLATFORM...       make one index of all its images, in that order
"""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

MTIME = 1700000000


class Layer:
    """A tar of entries in the order in which they are added."""

    def __init__(self, path):
        self.tar = tarfile.open(path, 'w', format=tarfile.PAX_FORMAT)

    def add(self, name, kind=tarfile.REGTYPE, data=b'', mode=0o644, uid=0, gid=0, link='', mtime=MTIME, pax=None,
            device=(0, 0)):
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.uid, info.gid = kind, mode, uid, gid
        info.linkname, info.mtime, info.size = link, mtime, len(data)
        info.devmajor, info.devminor = device
        info.pax_headers = pax or {}
        self.tar.addfile(info, io.BytesIO(data) if data else None)

    def dir(self, name, mode=0o755, **more):
        self.add(name, tarfile.DIRTYPE, mode=mode, **more)

    def link(self, name, target):
        self.add(name, tarfile.SYMTYPE, mode=0o777, link=target)


def base(layer):
    """busybox under every name, and a few users."""
    for name in 'bin dev etc home proc root sys usr usr/bin usr/sbin sbin var var/log'.split():
        layer.dir(name, 0o700 if name == 'root' else 0o755)
    layer.dir('tmp', 0o1777)
    layer.dir('home/app', 0o750, uid=1000, gid=1000)
    with open('/bin/busybox', 'rb') as f:
        layer.add('bin/busybox', data=f.read(), mode=0o755)
    applets = subprocess.run(['/bin/busybox', '--list'], check=True, stdout=subprocess.PIPE, text=True).stdout
    for name in applets.split():
        if name != 'busybox':
            layer.link('bin/' + name, 'busybox')
    layer.add('etc/passwd', data=b'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/usr/sbin:/bin/false\n'
              b'app:x:1000:1000:An app:/home/app:/bin/sh\nsvc:x:33:33::/var/log:/bin/sh\n')
    layer.add('etc/group', data=b'root:x:0:\ndaemon:x:1:\ntty:x:5:\naudio:x:29:app\nwww:x:33:\napp:x:1000:\n')
    layer.add('etc/shadow', data=b'root:*:::::::\n', mode=0o640, gid=5)
    layer.add('etc/hosts', data=b'127.0.0.1 image-hosts\n')
    layer.add('gone', data=b'gone\n')
    layer.dir('opaque')
    layer.add('opaque/lower', data=b'lower\n')
    layer.add('upper', data=b'from below\n')
    layer.dir('implicit', 0o1777, gid=33)


def second(layer):
    """Changes on top of base: a whiteout, an opaque directory, a replaced file, programs."""
    layer.add('.wh.gone')
    layer.dir('opaque')
    layer.add('opaque/.wh..wh..opq')
    layer.add('opaque/new', data=b'new\n')
    layer.add('upper', data=b'from above\n')
    layer.add('implicit/file', data=b'its directory is only below\n')
    layer.dir('opt')
    layer.add('opt/script', data=b'#!/bin/sh\necho "script: $*"\n', mode=0o755)
    layer.add('opt/noshebang', data=b'echo no shebang\n', mode=0o755)
    layer.add('opt/badshebang', data=b'#!/no/such/interpreter\n', mode=0o755)
    layer.add('opt/notexecutable', data=b'#!/bin/sh\n', mode=0o644)
    layer.dir('data', 0o751, uid=1000, gid=33)
    layer.add('data/seed', data=b'seed\n', uid=1000, gid=33, mode=0o640)


def third(layer):
    """One file, so that there is a third layer."""
    layer.add('etc/motd', data=b'three layers\n')


def tiny(layer):
    """Nothing but a file that can't be executed: there is no shell, no /etc."""
    layer.add('readme', data=b'nothing to run here\n')


def features(layer):
    """Whatever a layer can hold: the trees that onggi and umoci make of it are compared."""
    layer.dir('features', mtime=1600000000)
    layer.add('features/file', data=b'plain\n', mtime=1234567890.123456789)
    layer.add('features/file-link', tarfile.LNKTYPE, link='features/file')
    layer.add('features/file-link2', tarfile.LNKTYPE, link='features/file')
    layer.add('features/setuid', data=b'x', mode=0o4755)
    layer.add('features/setgid', data=b'x', mode=0o2711, gid=33)
    layer.dir('features/sticky', 0o1777)
    layer.dir('features/private', 0o700, uid=1000, gid=1000, mtime=1500000000)
    layer.add('features/private/file', data=b'y', mode=0o000, uid=1000, gid=1000)
    layer.add('features/owned', data=b'z', uid=65534, gid=65534, mode=0o604)
    layer.add('features/xattr', data=b'x', pax={'SCHILY.xattr.user.colour': 'celadon',
                                                'SCHILY.xattr.user.empty.no': '1'})
    # cap_net_raw=ep, version 2: no byte of it is above 0x7f, so that it survives as UTF-8
    layer.add('features/capability', data=b'x', mode=0o755,
              pax={'SCHILY.xattr.security.capability': '\x01\x00\x00\x02\x00\x20' + '\x00' * 14})
    layer.link('features/symlink', '/etc/passwd')
    layer.link('features/dangling', '../../../../../../no/where')
    layer.add('features/fifo', tarfile.FIFOTYPE, mode=0o622)
    layer.add('features/char', tarfile.CHRTYPE, mode=0o660, gid=5, device=(1, 3))
    layer.add('features/block', tarfile.BLKTYPE, mode=0o660, gid=6, device=(7, 9))
    layer.add('features/empty')
    layer.dir('features/' + 'long' * 30)
    layer.add('features/' + 'long' * 30 + '/' + 'name' * 40, data=b'long\n')
    layer.add('features/옹기 with blank', data='그릇\n'.encode())
    layer.add('features/big', data=b'0123456789abcdef' * 65536)
    layer.dir('features/removed')
    layer.add('features/removed/a', data=b'a')
    layer.add('features/removed-file', data=b'a')
    layer.dir('features/opaque')
    layer.add('features/opaque/a', data=b'a')
    layer.dir('features/opaque/sub')
    layer.add('features/opaque/sub/b', data=b'b')
    layer.add('features/file-to-dir', data=b'a')
    layer.dir('features/dir-to-file')
    layer.add('features/dir-to-file/a', data=b'a')
    layer.link('features/link-to-dir', '/etc')
    layer.dir('features/dir-to-link')
    layer.add('features/kept-mode', data=b'a', mode=0o600)


def changes(layer):
    """On top of features: every kind of replacement and removal."""
    layer.dir('features', mtime=1650000000)
    layer.add('features/.wh.removed')
    layer.add('features/.wh.removed-file')
    layer.dir('features/opaque', 0o711)
    layer.add('features/opaque/.wh..wh..opq')
    layer.add('features/opaque/c', data=b'c')
    layer.dir('features/file-to-dir')
    layer.add('features/file-to-dir/inside', data=b'inside')
    layer.add('features/dir-to-file', data=b'now a file')
    layer.dir('features/link-to-dir')
    layer.add('features/link-to-dir/inside', data=b'inside')
    layer.add('features/.wh.dir-to-link')
    layer.link('features/dir-to-link', 'file')
    layer.add('features/kept-mode', data=b'b', mode=0o640)
    layer.add('features/added', data=b'added')


def canary_absolute(layer):
    """An entry with an absolute name: it belongs inside the root."""
    layer.add('/onggi-canary-absolute', data=b'escaped\n')


def canary_dotdot(layer):
    """An entry that climbs out."""
    layer.add('../../../../../../../../onggi-canary-dotdot', data=b'escaped\n')


def canary_symlink(layer):
    """An entry that goes through a symbolic link of the same layer."""
    layer.link('way-out', '/')
    layer.add('way-out/onggi-canary-symlink', data=b'escaped\n')


def canary_relative_symlink(layer):
    """The same with a relative link."""
    layer.link('way-out2', '../../../../../../../..')
    layer.add('way-out2/onggi-canary-relative', data=b'escaped\n')


def canary_hardlink(layer):
    """A hard link to a file of the host, then written through."""
    layer.add('stolen', tarfile.LNKTYPE, link='/etc/hostname')


def canary_hardlink_dotdot(layer):
    """A hard link that climbs out."""
    layer.add('stolen', tarfile.LNKTYPE, link='../../../../../../../../etc/hostname')


def canary_whiteout(layer):
    """A whiteout that climbs out: .wh... would remove '..'."""
    layer.dir('sub')
    layer.add('sub/.wh...')


def canary_hardlink_symlink(layer):
    """A hard link through a symbolic link."""
    layer.link('way-out3', '/etc')
    layer.add('stolen', tarfile.LNKTYPE, link='way-out3/hostname')


def hostile_mounts(layer):
    """Mount targets and files to be mounted over that are symbolic links out of the root."""
    layer.link('mnt-link', '/../../../../../../onggi-canary-mount')
    layer.link('etc/resolv.conf', '/onggi-canary-resolv')
    layer.link('volume-link', '../../../../../../../../onggi-canary-volume')
    layer.link('cwd-link', '/proc/self/fd/7')
    layer.link('exe-link', '/proc/self/exe')
    layer.link('dev-link', '/dev/pts')


def hostile_proc(layer):
    """/proc and /sys are symbolic links, to have masks put elsewhere."""
    layer.dir('bin')
    with open('/bin/busybox', 'rb') as f:
        layer.add('bin/busybox', data=f.read(), mode=0o755)
    layer.link('bin/sh', 'busybox')
    layer.link('bin/cat', 'busybox')
    layer.link('bin/mount', 'busybox')
    layer.dir('elsewhere')
    layer.link('proc', 'elsewhere')
    layer.link('sys', 'elsewhere')


def write_blob(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    path = os.path.join(layout, 'blobs/sha256', digest)
    if not os.path.exists(path):
        with open(path, 'wb') as f:
            f.write(data)
    return {'digest': 'sha256:' + digest, 'size': len(data)}


def write_image(layout, name, config, layers):
    """Add an image to a layout (made where it is missing), every layer compressed with gzip.

    config's member "architecture", if any, goes where an image's architecture belongs.
    """
    os.makedirs(os.path.join(layout, 'blobs/sha256'), exist_ok=True)
    with open(os.path.join(layout, 'oci-layout'), 'w', encoding='utf-8') as f:
        json.dump({'imageLayoutVersion': '1.0.0'}, f)
    descriptors, diff_ids = [], []
    for path in layers:
        with open(path, 'rb') as f:
            data = f.read()
        diff_ids.append('sha256:' + hashlib.sha256(data).hexdigest())
        descriptors.append({'mediaType': 'application/vnd.oci.image.layer.v1.tar+gzip',
                            **write_blob(layout, gzip.compress(data, 1, mtime=0))})
    document = {'architecture': config.pop('architecture', 'amd64'), 'os': 'linux',
                'created': '2024-01-01T00:00:00Z', 'config': config,
                'rootfs': {'type': 'layers', 'diff_ids': diff_ids},
                'history': [{'created': '2024-01-01T00:00:00Z', 'created_by': f'layer {n}'}
                            for n in range(len(layers))]}
    manifest = {'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json',
                'config': {'mediaType': 'application/vnd.oci.image.config.v1+json',
                           **write_blob(layout, json.dumps(document).encode())},
                'layers': descriptors}
    entry = {'mediaType': 'application/vnd.oci.image.manifest.v1+json',
             **write_blob(layout, json.dumps(manifest).encode()),
             'annotations': {'org.opencontainers.image.ref.name': name}}
    path = os.path.join(layout, 'index.json')
    index = {'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'manifests': []}
    if os.path.exists(path):
        with open(path, encoding='utf-8') as f:
            index = json.load(f)
    index['manifests'].append(entry)
    with open(path, 'w', encoding='utf-8') as f:
        json.dump(index, f)


def write_index(layout, name, platforms):
    """Put the images of a layout, each for a platform "os/arch[/variant]", below one index of that name."""
    path = os.path.join(layout, 'index.json')
    with open(path, encoding='utf-8') as f:
        index = json.load(f)
    for entry, platform in zip(index['manifests'], platforms, strict=True):
        entry.pop('annotations')
        entry['platform'] = dict(zip(('os', 'architecture', 'variant'), platform.split('/')))
    data = json.dumps(index).encode()
    index['manifests'] = [{'mediaType': index['mediaType'], **write_blob(layout, data),
                           'annotations': {'org.opencontainers.image.ref.name': name}}]
    with open(path, 'w', encoding='utf-8') as f:
        json.dump(index, f)


def main(argv):
    if len(argv) == 4 and argv[1] == 'layer':
        layer = Layer(argv[2])
        globals()[argv[3]](layer)
        layer.tar.close()
    elif len(argv) == 5 and argv[1] == 'numbered':
        for n in range(int(argv[4])):
            layer = Layer(f'{argv[2]}/{argv[3]}-{n:03}.tar')
            layer.dir('numbered')
            layer.add(f'numbered/{n}', data=f'{n}\n'.encode())
            layer.add('numbered/last', data=f'{n}\n'.encode())
            layer.tar.close()
    elif len(argv) > 5 and argv[1] == 'image':
        write_image(argv[2], argv[3], json.loads(argv[4]), argv[5:])
    elif len(argv) > 4 and argv[1] == 'index':
        write_index(argv[2], argv[3], argv[4:])
    else:
        sys.exit(__doc__)


main(sys.argv)
