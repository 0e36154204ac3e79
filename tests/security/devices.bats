#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # what containers run is single-quoted
# Nodes of devices that an image brings, with the device cgroup and where there is none.
load ../e2e/lib.bash
setup_file() {
	store_up
	cd "$BATS_FILE_TMPDIR" || return
	python3 - <<-'END'
		import io, tarfile
		with tarfile.open('nodes.tar', 'w') as t:
		    def add(name, **fields):
		        e = tarfile.TarInfo(name)
		        e.mode = 0o755
		        for k, v in fields.items():
		            setattr(e, k, v)
		        t.addfile(e, io.BytesIO(data) if e.size else None)
		    data = open('/bin/busybox', 'rb').read()
		    add('busybox', size=len(data))
		    for name in ('dev', 'proc', 'sys'):
		        add(name, type=tarfile.DIRTYPE)
		    # One that the device cgroup allows to everybody, and one that it allows to nobody.
		    add('zero', type=tarfile.CHRTYPE, devmajor=1, devminor=5)
		    add('loop', type=tarfile.BLKTYPE, devmajor=7, devminor=0)
	END
	onggi import nodes.tar nodes >/dev/null
}
teardown_file() { store_down; }

# Run onggi where no cgroup can be written to.
bare() { unshare -m sh -c 'mount -t tmpfs -o ro none /sys/fs/cgroup && exec "$0" "$@"' "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@"; }

# What opening a node says: the reason, or nothing.
open_node='/busybox head -c 1 "$0" 2>&1 >/dev/null | /busybox sed "s/.*: //"'

@test "a node that an image brings: the device cgroup decides, and without one none can be opened" {
	need_root
	mknod "$BATS_TEST_TMPDIR/node" b 7 0 || skip "this root has no CAP_MKNOD"
	onggi run --rm nodes /busybox test -b /loop
	run -0 bare run --rm nodes /busybox sh -c "$open_node" /zero
	equal "$output" "Permission denied"
	run -0 bare run --rm nodes /busybox sh -c "$open_node" /loop
	equal "$output" "Permission denied"
	run -0 bare run --rm nodes /busybox sh -c "$open_node" /dev/zero
	equal "$output" ""
	bare run --rm nodes /busybox grep -q "CapBnd:.*00000000a00425fb" /proc/self/status
	grep -q devices /proc/self/cgroup || [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || skip "this machine has no device cgroup"
	run -0 onggi run --rm nodes /busybox sh -c "$open_node" /loop
	equal "$output" "Operation not permitted"
}
@test "a device that was asked for can be opened, in /dev and elsewhere, without a device cgroup too" {
	need_root
	for place in /dev/mine /opt/mine; do
		run -0 bare run --rm --device "/dev/zero:$place" nodes /busybox sh -c "$open_node" "$place"
		equal "$output" ""
	done
}
@test "privileged containers open what the image brings" {
	need_root
	run -0 bare run --rm --privileged nodes /busybox sh -c "$open_node" /zero
	equal "$output" ""
}
@test "without root no node comes out of an archive" {
	! is_root || skip "root may make nodes"
	run ! onggi run --rm nodes /busybox test -e /zero
	run ! onggi run --rm nodes /busybox test -e /loop
}
