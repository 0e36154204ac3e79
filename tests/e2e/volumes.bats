#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # templates are single-quoted
# Volumes as objects of their own: create, ls, inspect, rm, exists.
load lib.bash
setup_file() { store_up; }
teardown_file() { store_down; }
teardown() {
	onggi rm -f -a >/dev/null 2>&1 || true
	onggi volume ls -q | while read -r name; do onggi volume rm "$name" >/dev/null || true; done
}

@test "create prints the name, and a container finds what is in it" {
	run -0 onggi volume create data
	equal "$output" data
	onggi run --rm -v data:/d busybox sh -c 'echo kept > /d/file'
	equal "$(cat "$(onggi volume inspect --format '{{.Mountpoint}}' data)/file")" kept
	run -0 onggi volume create data
	equal "$output" data
	equal "$(onggi run --rm -v data:/d busybox cat /d/file)" kept
}
@test "create without a name makes one up; names and options that can't be are refused" {
	run -0 onggi volume create
	matches "$output" '^[0-9a-f]{64}$'
	run -0 onggi volume exists "$output"
	run -1 onggi volume create ../x
	contains "$output" "'../x'"
	run -125 onggi volume create -o type=nfs x
	contains "$output" "a volume is a directory"
	run -125 onggi volume create -d nfs x
	contains "$output" "local"
	run -1 onggi volume create -l =x y
	contains "$output" "KEY=VALUE"
}
@test "labels are kept, shown and asked for" {
	onggi volume create -l tier=db --label empty a >/dev/null
	onggi volume create -l tier=web b >/dev/null
	onggi volume create c >/dev/null
	equal "$(onggi volume ls -q -f label=tier | tr '\n' ' ')" "a b "
	equal "$(onggi volume ls -q -f label=tier=db)" a
	equal "$(onggi volume ls -q -f label=tier -f label=empty)" a
	equal "$(onggi volume inspect --format '{{json .Labels}}' a)" '{"empty":"","tier":"db"}'
	equal "$(onggi volume inspect --format '{{json .Labels}}' c)" null
}
@test "ls: filters, quiet, no headings" {
	onggi volume create used >/dev/null
	onggi volume create free >/dev/null
	onggi run --name user -v used:/d busybox true
	equal "$(onggi volume ls -q | tr '\n' ' ')" "free used "
	equal "$(onggi volume ls -q -f dangling=true)" free
	equal "$(onggi volume ls -q -f dangling=false)" used
	equal "$(onggi volume ls -q -f name=se)" used
	equal "$(onggi volume ls -q -f driver=local | wc -l)" 2
	equal "$(onggi volume ls -q -f driver=nfs)" ""
	equal "$(onggi volume ls --noheading | wc -l)" 2
	run -1 onggi volume ls -f dangling=x
	run -1 onggi volume ls -f nmae=x
	contains "$output" "did you mean 'name'?"
}
@test "rm: not while a container has it, and all that can be of several" {
	onggi run --name user -v used:/d busybox true
	onggi volume create free >/dev/null
	run -1 onggi volume rm used free nothing
	contains "$output" free "volume 'used' is in use by container user" "onggi rm user" "no such volume: nothing"
	equal "$(onggi volume ls -q)" used
	run -1 onggi volume rm -f used
	run -0 onggi volume rm -f nothing
	onggi rm user
	run -0 onggi volume rm used
	equal "$output" used
	equal "$(onggi volume ls -q)" ""
}
@test "inspect: one that is missing names the nearest" {
	onggi volume create database >/dev/null
	run -1 onggi volume inspect databse
	contains "$output" "no such volume: databse" "did you mean 'database'?"
	run -0 onggi inspect --type volume --format '{{.Name}} {{.Driver}} {{.Scope}} {{.CreatedAt.IsZero}}' database
	equal "$output" "database local local false"
}
@test "a new volume is filled from the image, whoever made it, and only once" {
	local box
	box=$(command -v busybox)
	onggi volume create made >/dev/null
	run -0 onggi run --rm -v made:/etc busybox cat /etc/passwd
	contains "$output" root
	# A run that fails before it has a container leaves its volumes.
	: >"$BATS_TEST_TMPDIR/cid"
	run -125 onggi run --rm --cidfile "$BATS_TEST_TMPDIR/cid" -v left:/etc busybox true
	run -0 onggi volume exists left
	run -0 onggi run --rm -v left:/etc busybox cat /etc/passwd
	contains "$output" root
	# Once it was used, it is as its user left it.
	onggi run --rm -v left:/d busybox sh -c 'rm -r /d/*'
	run onggi run --rm -v left:/etc busybox ls /etc/passwd
	contains "$output" "No such file"
	onggi volume create bare >/dev/null
	equal "$(onggi run --rm -v bare:/bin:nocopy -v "$box:/b:ro" busybox /b ls /bin)" ""
	equal "$(onggi run --rm -v bare:/bin -v "$box:/b:ro" busybox /b ls /bin)" ""
}
@test "rm: waits for a container that begins with the volume, and leaves it that" {
	need_root
	local fifo=$BATS_TEST_TMPDIR/resolv.conf run rm
	mkfifo "$fifo"
	# It stops where it reads the host's resolv.conf: it has opened the volume, and its record is not written.
	unshare -m sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$fifo" \
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --name beginning -v wanted:/d busybox touch /d/kept >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	run=$!
	# A FIFO that is opened for writing has a reader.
	exec 9>"$fifo"
	"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" volume rm wanted >"$BATS_TEST_TMPDIR/rm" 2>&1 3>&- 9>&- &
	rm=$!
	until ! kill -0 $rm 2>/dev/null || grep -q -- "-> FLOCK .* $rm " /proc/locks; do sleep 0.01; done
	exec 9>&-
	wait $run || { cat "$BATS_TEST_TMPDIR/out"; return 1; }
	wait $rm && return 1
	contains "$(cat "$BATS_TEST_TMPDIR/rm")" "volume 'wanted' is in use by container beginning"
	[ -e "$STORE/volumes/wanted/_data/kept" ]
}
@test "a run that is killed before its record is written leaves no volume of its own" {
	need_root
	local fifo=$BATS_TEST_TMPDIR/resolv.conf run
	mkfifo "$fifo"
	unshare -m sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$fifo" \
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm -v /own -v named:/d busybox true 3>&- &
	run=$!
	exec 9>"$fifo"
	equal "$(onggi volume ls -q | wc -l)" 2
	kill -9 $run
	exec 9>&-
	wait $run || true
	onggi run --rm busybox true
	equal "$(onggi volume ls -q)" named
}
