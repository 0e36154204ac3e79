# SPDX-License-Identifier: Apache-2.0
"""OCI layouts, documents that lie, and archives to be cut."""
import json
import os

from enemy_tar import *


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
