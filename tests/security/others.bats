#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What other users of the machine lay in the way.
load ../e2e/lib.bash
setup_file() { store_up; }
teardown_file() { store_down; }

# A directory as /tmp is, in which another user has put a link to a file of ours.
trap_up() { # LINK
	need_root
	[ "$(cat /proc/sys/fs/protected_symlinks)" = 1 ] || skip "fs.protected_symlinks is off on this machine"
	mkdir -p "$BATS_FILE_TMPDIR/tmp"
	chmod 1777 "$BATS_FILE_TMPDIR/tmp"
	echo ours >"$BATS_FILE_TMPDIR/ours"
	(cd "$BATS_FILE_TMPDIR/tmp" && setpriv --reuid 65534 --regid 65534 --clear-groups ln -s "$BATS_FILE_TMPDIR/ours" "$1")
}

@test "save follows no link that another user put into /tmp" {
	trap_up x.tar
	run -1 onggi save -o "$BATS_FILE_TMPDIR/tmp/x.tar" busybox
	contains "$output" "tmp/x.tar': Permission denied"
	equal "$(cat "$BATS_FILE_TMPDIR/ours")" ours
	run ! onggi save -o "oci:$BATS_FILE_TMPDIR/tmp/x.tar" busybox
	equal "$(cat "$BATS_FILE_TMPDIR/ours")" ours
}
@test "a cidfile is never another user's" {
	trap_up cid
	run ! onggi run --rm --cidfile "$BATS_FILE_TMPDIR/tmp/cid" busybox true
	equal "$(cat "$BATS_FILE_TMPDIR/ours")" ours
}
@test "save replaces what a link of one's own leads to, and keeps the link" {
	cd "$BATS_TEST_TMPDIR"
	mkdir d
	ln -s d/real.tar link.tar
	echo old >d/real.tar
	onggi save -o link.tar busybox
	[ -L link.tar ]
	run -0 tar -tf d/real.tar
	contains "$output" index.json
	ln -s d/none.tar dangling.tar
	onggi save -o dangling.tar busybox
	run -0 tar -tf dangling.tar
}
