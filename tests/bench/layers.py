#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layers.py ROOTFS.tar IMAGE.oci.tar NAME - make an oci-archive of four gzip layers from Debian's root file system.

The layers are what four steps of a Dockerfile would leave: the base, perl, python3 and the compiler, by the lists of files that
dpkg keeps, each entry in the layer of the last package group that has it, with its parent directories.
"""
import gzip
import hashlib
import io
import json
import os
import re
import sys
import tarfile

GROUPS = [
    re.compile(r"perl|libgdbm"),
    re.compile(r"python|libpython|media-types|libexpat|libsqlite|libreadline|readline|libnsl|libtirpc|krb5|libk|libgssapi|libssl|libcom-err"),
    re.compile(r"cpp|lib(isl|mpc|mpfr|gmp)"),
]


def owners(tar):
    """Which group a path belongs to, by name; those of the base are not in it."""
    table = {}
    for member in tar:
        found = re.fullmatch(r"\.?/?var/lib/dpkg/info/([^:]+)(:.*)?\.list", member.name)
        if not found:
            continue
        for group, pattern in enumerate(GROUPS, 1):
            if pattern.match(found[1]) and not found[1].startswith(("perl-base", "gcc-12-base", "libgcc-s1")):
                for line in tar.extractfile(member).read().decode().splitlines():
                    table[line.lstrip("/")] = group
    return table


def split(rootfs):
    """Write the layers' tars; their bytes."""
    with tarfile.open(rootfs) as tar:
        table = owners(tar)
    layers = [io.BytesIO() for _ in range(len(GROUPS) + 1)]
    out = [tarfile.open(fileobj=f, mode="w", format=tarfile.PAX_FORMAT) for f in layers]
    directories, made = {}, [set() for _ in layers]
    where = {}

    def add_parents(group, name):
        parent = os.path.dirname(name)
        if parent and parent not in made[group]:
            add_parents(group, parent)
            made[group].add(parent)
            out[group].addfile(directories[parent])

    with tarfile.open(rootfs) as tar:
        for member in tar:
            name = os.path.normpath(member.name).lstrip("/")
            if member.isdir():
                directories[name] = member
            group = table.get(name, 0)
            if member.islnk():  # in the layer of what it links to
                group = where[os.path.normpath(member.linkname)]
            where[name] = group
            add_parents(group, name)
            if member.isdir():
                if name in made[group]:
                    continue
                made[group].add(name)
            out[group].addfile(member, tar.extractfile(member) if member.isreg() else None)
    for tar in out:
        tar.close()
    return [f.getvalue() for f in layers]


def write(path, name, tars):
    blobs, descriptors = {}, []

    def blob(data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data)}

    for data in tars:
        descriptors.append(blob(gzip.compress(data, 6, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip"))
    config = {
        "architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z", "config": {"Cmd": ["bash"]},
        "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "bench"} for _ in tars],
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(t).hexdigest() for t in tars]},
    }
    manifest = {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"), "layers": descriptors,
    }
    top = blob(json.dumps(manifest).encode(), manifest["mediaType"])
    top["annotations"] = {"org.opencontainers.image.ref.name": name}
    with tarfile.open(path, "w") as tar:
        def put(member, data):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        put("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        for digest, data in blobs.items():
            put("blobs/sha256/" + digest, data)
        put("index.json", json.dumps({"schemaVersion": 2, "manifests": [top]}).encode())


write(sys.argv[2], sys.argv[3], split(sys.argv[1]))
