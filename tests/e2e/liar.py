#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that lies, each of its repositories in another way.

usage: liar.py STATE_DIR

It listens on a free port of loopback, which it writes to STATE_DIR/port. "honest" tells the truth; the
functions named lie_* say what the others do, and their names are the repositories'.
"""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OCI = 'application/vnd.oci.image.'
MANIFEST, INDEX, CONFIG, LAYER = (OCI + t for t in ('manifest.v1+json', 'index.v1+json', 'config.v1+json',
                                                    'layer.v1.tar+gzip'))


def digest(data):
    return 'sha256:' + hashlib.sha256(data).hexdigest()


def document(value):
    return json.dumps(value).encode()


def tar_of(name, content):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def described(media_type, data, **more):
    return {'mediaType': media_type, 'digest': digest(data), 'size': len(data), **more}


class Image:
    """What one repository serves; a lie changes it."""

    def __init__(self):
        tars = [tar_of('first', b'1' * 100000), tar_of('second', os.urandom(300000))]
        self.blobs = {}
        self.heads = {}
        self.layers = [described(LAYER, self.add(gzip.compress(t, 1, mtime=0))) for t in tars]
        self.config = {'architecture': 'amd64', 'os': 'linux', 'config': {'Cmd': ['/first']},
                       'rootfs': {'type': 'layers', 'diff_ids': [digest(t) for t in tars]}}
        self.media_type = MANIFEST
        self.build()

    def add(self, data):
        self.blobs[digest(data)] = data
        return data

    def build(self):
        self.top = document({'schemaVersion': 2, 'mediaType': MANIFEST, 'layers': self.layers,
                             'config': described(CONFIG, self.add(document(self.config)))})
        self.blobs[digest(self.top)] = self.top

    def replace_top(self, value, media_type):
        self.top, self.media_type = document(value), media_type
        self.blobs[digest(self.top)] = self.top


def lie_honest(_):
    """Nothing."""


def lie_plain(i):
    """Layers that are not compressed, which is no lie."""
    tars = [gzip.decompress(i.blobs[d['digest']]) for d in i.layers]
    i.layers = [described(OCI + 'layer.v1.tar', i.add(t)) for t in tars]
    i.build()


def lie_layer_bytes(i):
    """A layer of the right size with other bytes."""
    name = i.layers[1]['digest']
    i.blobs[name] = bytes(reversed(i.blobs[name]))


def lie_layer_other(i):
    """Another layer, well-formed, where one was promised."""
    i.blobs[i.layers[1]['digest']] = gzip.compress(tar_of('evil', b'evil'), 1, mtime=0)


def lie_layer_short(i):
    """Less than the manifest says, and says so."""
    name = i.layers[1]['digest']
    i.blobs[name] = i.blobs[name][:-10]


def lie_layer_long(i):
    """More than the manifest says."""
    name = i.layers[1]['digest']
    i.blobs[name] += b'x' * 10


def lie_layer_size(i):
    """A manifest whose size of a layer is wrong."""
    i.layers[1]['size'] += 1
    i.build()


def lie_layer_huge(i):
    """A manifest that promises more than any disk has."""
    i.layers[1]['size'] = 1 << 62
    i.build()


def lie_diff_id(i):
    """A config that names another diff id."""
    i.config['rootfs']['diff_ids'][1] = digest(b'other')
    i.build()


def lie_order(i):
    """Layers in another order than the config's."""
    i.layers.reverse()
    i.build()


def lie_count(i):
    """A config with one layer less."""
    i.config['rootfs']['diff_ids'].pop()
    i.build()


def lie_many(i):
    """More layers than anybody needs."""
    i.layers = i.layers[:1] * 5000
    i.config['rootfs']['diff_ids'] = i.config['rootfs']['diff_ids'][:1] * 5000
    i.build()


def lie_config(i):
    """Another config than the manifest names."""
    name = json.loads(i.top)['config']['digest']
    i.blobs[name] = i.blobs[name].replace(b'/first', b'/other')


def lie_config_size(i):
    """A config said to be larger than memory."""
    top = json.loads(i.top)
    top['config']['size'] = 1 << 40
    i.replace_top(top, MANIFEST)


def lie_child(i):
    """An index whose manifest is another one than the digest says."""
    other = document({**json.loads(i.top), 'annotations': {'evil': 'yes'}})
    i.replace_top({'schemaVersion': 2, 'mediaType': INDEX,
                   'manifests': [described(MANIFEST, i.top, platform={'os': 'linux', 'architecture': 'amd64'})]}, INDEX)
    child = json.loads(i.top)['manifests'][0]['digest']
    i.blobs[child] = other


def lie_nested(i):
    """Indexes below indexes below indexes."""
    data, media_type = i.top, MANIFEST
    for _ in range(20):
        i.replace_top({'schemaVersion': 2, 'mediaType': INDEX,
                       'manifests': [described(media_type, data, platform={'os': 'linux', 'architecture': 'amd64'})]}, INDEX)
        data, media_type = i.top, INDEX


def lie_ambiguous(i):
    """A document that is both a manifest and an index."""
    top = json.loads(i.top)
    del top['mediaType']
    i.replace_top({**top, 'manifests': []}, INDEX)


def lie_type(i):
    """An index, called a manifest."""
    i.replace_top({'schemaVersion': 2, 'mediaType': INDEX,
                   'manifests': [described(MANIFEST, i.top, platform={'os': 'linux', 'architecture': 'amd64'})]}, MANIFEST)


def lie_foreign(i):
    """A layer that is somewhere else."""
    i.layers[1]['mediaType'] = OCI + 'layer.nondistributable.v1.tar+gzip'
    i.layers[1]['urls'] = ['http://127.0.0.1:9/evil']
    i.build()


def lie_schema1(i):
    """Docker's first schema."""
    i.replace_top({'schemaVersion': 1, 'name': 'x', 'tag': 'latest', 'fsLayers': [], 'history': []},
                  'application/vnd.docker.distribution.manifest.v1+json')


def lie_endless(i):
    """A manifest without an end."""
    i.top += b' ' * (64 << 20)


def lie_header(i):
    """Docker-Content-Digest is another one."""
    i.heads['Docker-Content-Digest'] = digest(b'evil')


def lie_text(i):
    """A web page."""
    i.top, i.media_type = b'<html>Welcome</html>', 'text/html'


def lie_bomb(i):
    """A layer that inflates to a thousand times its size."""
    bomb = gzip.compress(tar_of('zeros', b'\0' * (200 << 20)), 9, mtime=0)
    i.layers[1] = described(LAYER, i.add(bomb))
    i.build()


IMAGES = {}
MAKING = threading.Lock()  # one that takes long may be asked for again meanwhile


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, code, data, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
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
        if len(parts) != 5 or 'lie_' + parts[2] not in globals():
            return self.answer(404, b'{"errors":[{"code":"NAME_UNKNOWN","message":"no"}]}')
        with MAKING:
            if parts[2] not in IMAGES:
                image = Image()
                globals()['lie_' + parts[2]](image)
                IMAGES[parts[2]] = image
            image = IMAGES[parts[2]]
        if parts[3] == 'manifests' and not parts[4].startswith('sha256:'):
            heads = {'Docker_Content_Digest': digest(image.top), **{k.replace('-', '_'): v for k, v in image.heads.items()}}
            return self.answer(200, image.top, Content_Type=image.media_type, **heads)
        data = image.blobs.get(parts[4])
        if data is None:
            return self.answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN","message":"no"}]}')
        kind = 'application/octet-stream'
        if parts[3] == 'manifests':
            kind = json.loads(data).get('mediaType', MANIFEST)
        return self.answer(200, data, Content_Type=kind)

    do_HEAD = do_GET


def main():
    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    path = os.path.join(sys.argv[1], 'port')
    with open(path + '.new', 'w', encoding='utf-8') as f:
        f.write(str(server.server_address[1]))
    os.rename(path + '.new', path)
    server.serve_forever()


main()
