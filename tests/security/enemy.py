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
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import enemy_headers  # noqa: F401 - cases register themselves
import enemy_paths  # noqa: F401
from enemy_documents import OTHERS, Layout
from enemy_tar import DIR, SUBJECTS, Image, Tar, digest, header


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
    if len(argv) == 3 and argv[1] == 'entries':
        block = b''.join(header(b'e/%07d' % n, DIR) for n in range(1000))
        for _ in range(int(argv[2]) // 1000):
            sys.stdout.buffer.write(block)
        sys.stdout.buffer.write(b'\0' * 1024)
    elif len(argv) == 4 and argv[1] == 'serve':
        serve(argv[2], argv[3])
    elif len(argv) == 4 and argv[1] in {**SUBJECTS, **OTHERS}:
        write_subject(argv[1], argv[2])
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main(sys.argv)
