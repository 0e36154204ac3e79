#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What other users of the machine lay in the way.
load ../e2e/lib.bash
PROTECTION=/proc/sys/fs/protected_symlinks
setup_file() {
	store_up
	cat $PROTECTION >"$BATS_FILE_TMPDIR/protection"
}
teardown_file() {
	# As it was found: on, but for machines on which somebody turned it off.
	! is_root || cmp -s $PROTECTION "$BATS_FILE_TMPDIR/protection" || cat "$BATS_FILE_TMPDIR/protection" >$PROTECTION
	store_down
}

# A directory as /tmp is, in which another user has put a link to a file of ours.
trap_up() { # LINK
	need_root
	[ "$(cat $PROTECTION)" = 1 ] || echo 1 2>/dev/null >$PROTECTION || skip "fs.protected_symlinks is off and can't be turned on"
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
@test "root's commands don't obey another user's configuration, wherever HOME points to" {
	need_root
	local home=$BATS_TEST_TMPDIR/home file
	file=$home/.config/onggi/config.yaml
	mkdir -p "${file%/*}"
	echo 'data-root: /nonexistent/theirs' >"$file"
	chown -R 65534 "$home"
	run -0 env -u XDG_CONFIG_HOME HOME="$home" "$ONGGI" --runroot "$RUNSTATE" config show
	contains "$output" "warning: '$file' is not read"
	lacks "$output" theirs
	# One that anybody may write is anybody's.
	chown 0 "$file"
	chmod 666 "$file"
	run -0 env -u XDG_CONFIG_HOME HOME="$home" "$ONGGI" --runroot "$RUNSTATE" config show
	lacks "$output" theirs
	chmod 644 "$file"
	run -0 env -u XDG_CONFIG_HOME HOME="$home" "$ONGGI" --runroot "$RUNSTATE" config show
	contains "$output" /nonexistent/theirs
	# A FIFO keeps nobody waiting, and what is named by hand is meant.
	rm "$file"
	mkfifo "$file"
	run -0 env -u XDG_CONFIG_HOME HOME="$home" "$ONGGI" --runroot "$RUNSTATE" config show
	echo 'data-root: /nonexistent/named' >"$home/named.yaml"
	chown 65534 "$home/named.yaml"
	run -0 env -u XDG_CONFIG_HOME HOME=/nonexistent ONGGI_CONFIG="$home/named.yaml" "$ONGGI" --runroot "$RUNSTATE" config show
	contains "$output" /nonexistent/named
}
