#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2086 # options as words
# Images out by save, read by podman, skopeo, umoci and by our own load; and what those write, read by us. Names: tag, untag.
load lib.bash

BUSYBOX=docker.io/library/busybox:latest TINY=docker.io/library/tiny:latest
setup_file() {
	onggi load -q -i "$F/busybox.tar.gz"
	onggi load -q -i "oci:$F/small:tiny:latest"
	onggi load -q -i "oci:$F/busybox.zstd"
	is_sanitized || debian load -q -i "$F/debian.oci.tar"
}
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PEER_RUN=$(mktemp -d /tmp/podman.XXXXXX) # podman takes 50 characters at most
}
teardown_file() {
	store_down
	STORE=$BATS_FILE_TMPDIR/debian/data RUNSTATE=$BATS_FILE_TMPDIR/debian/run store_down
}
# Stores of a test's own, and podman's.
teardown() {
	[ -z "$saver" ] || kill -9 "$saver" 2>/dev/null || true
	for STORE in "$BATS_TEST_TMPDIR"/{other,own}/data; do
		RUNSTATE=${STORE%data}run
		[ ! -d "$STORE" ] || store_down || true
	done
	cd "$BATS_TEST_TMPDIR" || return
	if is_root || [ ! -d p ]; then rm -rf "$PEER_RUN"; else podman unshare rm -rf p "$PEER_RUN"; fi
}
saver=

id_of() { onggi images --no-trunc | sed -n "s/^$1 .*\(sha256:[0-9a-f]\{64\}\).*/\1/p" | head -n 1; }
# The id that skopeo sees: the digest of the config.
skopeo_id() { skopeo inspect --config --raw "$1" | sha256sum | sed 's/^/sha256:/; s/ .*//'; }
peer() { podman --root "$PWD/p" --runroot "$PEER_RUN" --storage-driver vfs --cgroup-manager cgroupfs --log-level error "$@"; }
# podman's own files need ids to belong to, and a kernel that lets it.
need_podman() {
	need_tool podman
	need_ids
	peer images -q >/dev/null 2>&1 || skip "podman does not work here for $(id -un)"
}
peer_ids() { peer images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort; }
debian() { STORE=$BATS_FILE_TMPDIR/debian/data RUNSTATE=$BATS_FILE_TMPDIR/debian/run onggi "$@"; }
# Where files of all ids that trees have can be read.
mapped() {
	if is_root; then
		"$@"
	elif has_subids; then
		unshare --map-auto --map-root-user "$@"
	else
		unshare --map-root-user "$@"
	fi
}
same_trees() { mapped "$BATS_TEST_DIRNAME/compare_trees" --ignore mtime "$@"; }
other() { STORE=$BATS_TEST_TMPDIR/other/data RUNSTATE=$BATS_TEST_TMPDIR/other/run onggi "$@"; }

# ---------------------------------------------------------------- formats
@test "save: docker-archive is read by podman and skopeo, ids are kept" {
	need_tool skopeo
	onggi save -o one.tar busybox
	onggi save -o two.tar busybox tiny
	equal "$(skopeo_id docker-archive:one.tar)" "$(id_of busybox)"
	equal "$(skopeo_id docker-archive:two.tar:busybox:latest)" "$(id_of busybox)"
	equal "$(skopeo_id docker-archive:two.tar:tiny:latest)" "$(id_of tiny)"
	# It is an OCI layout besides.
	equal "$(skopeo_id oci-archive:two.tar:$TINY)" "$(id_of tiny)"
	need_podman
	peer load -q -i one.tar
	equal "$(peer_ids)" "$BUSYBOX $(id_of busybox)"
	peer rmi -af >/dev/null
	peer load -q -i two.tar
	equal "$(peer_ids)" "$BUSYBOX $(id_of busybox)"$'\n'"$TINY $(id_of tiny)"
}
@test "save: oci-archive is read by podman and skopeo, ids are kept" {
	need_tool skopeo
	onggi save --format oci-archive -o one.tar busybox
	onggi save -o oci-archive:two.tar busybox tiny
	equal "$(skopeo_id oci-archive:one.tar)" "$(id_of busybox)"
	equal "$(skopeo_id oci-archive:two.tar:$BUSYBOX)" "$(id_of busybox)"
	equal "$(skopeo_id oci-archive:two.tar:$TINY)" "$(id_of tiny)"
	# podman takes no more than one image of an oci-archive.
	need_podman
	peer load -q -i one.tar
	equal "$(peer_ids)" "$BUSYBOX $(id_of busybox)"
}
@test "save: oci-dir and oci:DIR are read by podman, skopeo and umoci" {
	need_tool skopeo
	need_tool umoci
	onggi save --format oci-dir -o one busybox
	onggi save -o oci:two busybox tiny
	equal "$(skopeo_id oci:one)" "$(id_of busybox)"
	equal "$(skopeo_id oci:two:$TINY)" "$(id_of tiny)"
	equal "$(umoci ls --layout two)" "$BUSYBOX"$'\n'"$TINY"
	need_podman
	peer load -q -i one
	# podman names what comes from a directory by the directory.
	contains "$(peer_ids)" " $(id_of busybox)"
}
@test "save: layers compressed anew are read by skopeo, ids and diff ids are kept" {
	need_tool skopeo
	for kind in none gzip zstd; do
		for format in docker-archive oci-archive; do
			onggi save --format $format --compression $kind -o $kind.tar busybox
			equal "$(skopeo_id $format:$kind.tar)" "$(id_of busybox)"
			# skopeo compares all digests as it copies.
			skopeo copy -q $format:$kind.tar "dir:$format.$kind"
		done
		contains "$(skopeo inspect --raw oci-archive:$kind.tar)" "image.layer.v1.tar$([ $kind = none ] || echo +$kind)\""
	done
	onggi save --format oci-archive --compress busybox | cmp - gzip.tar
	onggi save --format oci-archive --uncompressed busybox | cmp - none.tar
	# The image with zstd layers is copied when zstd is asked for.
	onggi save --format oci-archive -o as-it-is.tar zstd
	onggi save --format oci-archive --compression zstd zstd | cmp - as-it-is.tar
}
@test "save: what podman and skopeo save of it is read by us, with equal ids" {
	need_tool skopeo
	onggi save -o ours.tar busybox
	skopeo copy -q docker-archive:ours.tar docker-archive:s1.tar:busybox:latest
	# From docker's types to OCI's, skopeo would make another config.
	skopeo copy -q oci-archive:ours.tar oci-archive:s2.tar:$BUSYBOX
	skopeo copy -q oci-archive:ours.tar oci:s3:$BUSYBOX
	for input in s1.tar s2.tar s3; do
		other load -q -i $input
		equal "$(STORE=$PWD/other/data id_of busybox)" "$(id_of busybox)"
		other rmi busybox
	done
	need_podman
	peer load -q -i ours.tar
	for format in docker-archive oci-archive oci-dir; do
		peer save -q --format $format -o p.$format $BUSYBOX
		other load -q -i p.$format
		contains "$(other images --no-trunc)" "$(id_of busybox)"
		other rmi -f "$(id_of busybox)"
	done
}
@test "save: through our own load comes the same tree, whatever the format" {
	for how in "" "--format oci-dir" "--format oci-archive --compression zstd"; do
		onggi save $how -o out busybox
		other load -q -i out
		# Directories that no entry names have the time of unpacking.
		for layer in other/data/layers/sha256/*; do
			same_trees "$STORE/layers/sha256/${layer##*/}" "$layer"
		done
		equal "$(STORE=$PWD/other/data id_of busybox)" "$(id_of busybox)"
		other rmi -f busybox
		rm -rf out
	done
}
@test "save: a Debian image comes through unchanged" {
	is_sanitized && skip "slow under a sanitizer"
	debian save debian:test | other load -q
	same_trees "$BATS_FILE_TMPDIR/debian/data/layers" other/data/layers
	equal "$(STORE=$PWD/other/data id_of debian)" "$(STORE=$BATS_FILE_TMPDIR/debian/data id_of debian)"
}

# ---------------------------------------------------------------- bytes
@test "save: equal images give equal bytes, to a file, a pipe, standard output, from any store" {
	for how in "" "--format oci-archive" "--compression gzip" "--compression zstd --format oci-archive"; do
		onggi save $how -o file busybox tiny
		onggi save $how busybox tiny | cmp - file
		onggi save $how busybox tiny >stdout
		cmp stdout file
		onggi save $how -o - busybox tiny >>appended
		cmp appended file
		onggi save $how busybox tiny | other load -q
		other save $how -o again busybox tiny
		cmp again file
		rm -f appended
		other rmi busybox tiny
	done
}
@test "save: shared layers once, names together, none by id" {
	onggi tag busybox shared:1
	onggi save -o a.tar busybox shared:1 "$(id_of busybox)"
	equal "$(tar tf a.tar | sort | uniq -d)" ""
	contains "$(tar xOf a.tar manifest.json)" "\"RepoTags\":[\"$BUSYBOX\",\"docker.io/library/shared:1\"]"
	id=$(id_of tiny)
	onggi save -o b.tar "${id:7:12}"
	contains "$(tar xOf b.tar manifest.json)" '"RepoTags":[]'
	lacks "$(tar xOf b.tar index.json)" annotations
	onggi untag shared:1 shared:1
}
@test "save: an existing layout gains images, and keeps what is another's" {
	need_tool umoci
	umoci init --layout lay
	umoci new --image lay:empty
	before=$(umoci stat --image lay:empty --json)
	onggi save -o oci:lay busybox
	onggi save -q -o oci:lay tiny
	onggi save --format oci-dir -o lay busybox
	equal "$(umoci ls --layout lay | sort | tr '\n' ' ')" "$BUSYBOX $TINY empty "
	equal "$(umoci stat --image lay:empty --json)" "$before"
	# A name that belongs to another image now takes its entry's place.
	onggi tag tiny moved:1
	onggi save -o oci:lay moved:1
	onggi tag busybox moved:1
	onggi save -o oci:lay moved:1
	equal "$(grep -o 'ref.name":"docker.io/library/moved:1"' lay/index.json | wc -l)" 1
	equal "$(skopeo_id oci:lay:docker.io/library/moved:1)" "$(id_of busybox)"
	onggi untag moved:1 moved:1
}
@test "save: ten at once into one layout" {
	for n in $(seq 10); do onggi tag busybox "n:$n"; done
	seq 10 | xargs -P10 -I{} "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" save -o oci:lay n:{}
	equal "$(grep -o 'ref.name":"docker.io/library/n:[0-9]*"' lay/index.json | sort -u | wc -l)" 10
	equal "$(find lay -name '.tmp*')" ""
	for n in $(seq 10); do onggi untag "n:$n" "n:$n"; done
}

# ---------------------------------------------------------------- what goes wrong
@test "save: refusals" {
	run -1 onggi save -o x busybx
	contains "$output" "no such image: busybx" "did you mean 'busybox'?"
	run -1 onggi save -o "$BATS_TEST_TMPDIR" busybox
	contains "$output" "is a directory" "hint: onggi save --format oci-dir -o"
	run -125 onggi save --format docker-dir -o x busybox
	contains "$output" "'docker-dir' is not written" "oci-dir"
	run -125 onggi save --format tar -o x busybox
	contains "$output" docker-archive oci-archive oci-dir
	run -125 onggi save -o oci:x:y busybox
	contains "$output" "expected oci:PATH" "onggi tag"
	run -125 onggi save --format oci-archive -o oci:x busybox
	contains "$output" "'oci:x' is oci-dir, but --format says oci-archive"
	run -125 onggi save --compress --uncompressed busybox
	run -1 onggi save --format oci-dir busybox
	contains "$output" "hint: onggi save --format oci-dir -o DIR"
	mkdir full && touch full/file
	run -1 onggi save -o oci:full busybox
	contains "$output" "'full' is neither empty nor an OCI layout"
	run -1 onggi save -o oci:full/file busybox
	contains "$output" "is a file" "oci-archive"
	run -1 onggi save --platform linux/s390x -o x busybox
	contains "$output" "the store has it for linux/" "not for linux/s390x"
	[ ! -e x ]
	onggi save --platform "$(uname -m)" -o x busybox
}
@test "save: no archive to a terminal" {
	run -1 python3 "$BATS_TEST_DIRNAME/pty_run.py" -- "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" save busybox
	contains "$output" "not written to a terminal" "onggi save -o FILE"
	[ "${#output}" -lt 500 ]
}
@test "save: an output that exists is replaced at the end; links lead to what is" {
	echo old >target
	ln -s target link
	run -1 onggi save -o link nothing
	equal "$(cat target)" old
	onggi save -o link busybox
	[ -L link ]
	tar tf target | grep -q manifest.json
	onggi save -o /dev/null busybox
}
@test "save: a damaged blob is named, and no file appears" {
	mkdir damaged
	cp -a "$STORE/images" damaged
	blob=$(find damaged/images/blobs/sha256 -size +100k -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
	name=$(basename "$blob")
	chmod u+w "$blob"
	for where in 5000 20; do
		printf '\377\377\377\377' | dd of="$blob" bs=1 seek=$where conv=notrunc status=none
	done
	saved=0
	for image in busybox zstd; do
		for how in "" "--format oci-archive" "--format oci-dir" "--compression none"; do
				STORE=$PWD/damaged run onggi save $how -o out $image
			[ "$status" = 0 ] && saved=1 && rm -rf out && continue
			equal "$status" 1
			contains "$output" "blob sha256:${name:0:12} is damaged" "onggi system check"
			[ ! -f out ] && [ ! -e out/index.json ]
			rm -rf out
		done
	done
	# One of the two images is whole.
	equal "$saved" 1
	run ! bash -c 'set -o pipefail; "$@" | cat >piped' - "$ONGGI" --root "$PWD/damaged" --runroot "$RUNSTATE" save busybox zstd
	contains "$output" "is damaged"
	lacks "$(tar tf piped 2>/dev/null)" manifest.json oci-layout
	truncate -s -1 "$blob"
	STORE=$PWD/damaged run onggi save -o out busybox zstd
	contains "$output" "${name:0:12} is damaged: it has another size"
}
@test "save: a full disk is told, and nothing is left" {
	need_root
	mkdir small
	mount -t tmpfs -o size=1m tmpfs small
	run onggi save -o small/out.tar busybox
	left=$(ls -A small)
	run2=$(onggi save -o oci:small/lay busybox 2>&1 || true)
	umount small
	equal "$status" 1
	contains "$output" "No space left on device" "hint: free space"
	equal "$left" ""
	contains "$run2" "No space left on device"
}
# end_half_way SIGNAL: while it writes; how it ended is in $code
end_half_way() {
	rm -rf out
	mkdir out
	env --default-signal=INT "$ONGGI" --root "$BATS_FILE_TMPDIR/debian/data" save --compression zstd -o out/f.tar debian:test 3>&- &
	saver=$!
	wait_for eval "ls -l /proc/$saver/fd 2>/dev/null | grep -q '$PWD/out' || are_gone $saver"
	kill -s "$1" "$saver" 2>/dev/null || true
	code=0
	wait "$saver" || code=$?
	saver=
}
@test "save: ended half way leaves no file" {
	is_sanitized && skip "slow under a sanitizer"
	debian save --compression zstd -o whole.tar debian:test
	for signal in INT TERM KILL; do
		for _ in 1 2 3 4 5 6 7 8 9; do
			end_half_way $signal
			# Where a test gets the processor late it was ready before.
			cmp -s out/f.tar whole.tar || break
		done
		equal "$code" $((128 + $(kill -l $signal)))
		equal "$(ls -A out)" ""
	done
}

# ---------------------------------------------------------------- names
@test "tag: several names, one that moves, by id, reflog" {
	STORE=$PWD/own/data RUNSTATE=$PWD/own/run
	store_up
	onggi load -q -i "oci:$F/small:tiny:latest"
	onggi tag busybox localhost/a reg.example:5000/b:2 c
	equal "$(onggi images | grep -c "$(id_of busybox | cut -c8-19)")" 4
	onggi image tag tiny c
	id=$(id_of tiny)
	equal "$(onggi images c --no-trunc | grep -c "$id")" 1
	onggi tag "${id:7:12}" d
	matches "$(cat own/data/images/reflog/docker.io/library/c:latest)" $'tag\n.* tag$'
	[ "$(wc -l <own/data/images/reflog/docker.io/library/c:latest)" = 2 ]
	onggi run --rm localhost/a true
	onggi rmi busybox
	onggi run --rm localhost/a true
}
@test "tag: refusals" {
	run -1 onggi tag busyboxx a
	contains "$output" "no such image: busyboxx" "did you mean 'busybox'?"
	run -1 onggi tag busybox "a@$(id_of busybox)"
	contains "$output" "can't be given as a name" "NAME[:TAG]"
	run -125 onggi tag busybox ok UPPER
	contains "$output" UPPER
	lacks "$(onggi images)" "ok "
	run -125 onggi tag busybox
}
@test "untag: some names, all names; the image stays until it is removed" {
	STORE=$PWD/own/data RUNSTATE=$PWD/own/run
	store_up
	id=$(id_of busybox)
	onggi tag busybox a b
	onggi untag busybox a
	run -1 onggi untag busybox a
	contains "$output" "image 'busybox' has no name 'a:latest'" "its names: busybox:latest, b:latest"
	onggi image untag busybox
	contains "$(onggi images --no-trunc)" "<none>" "$id"
	equal "$(onggi images -q | wc -l)" 1
	matches "$(cat own/data/images/reflog/docker.io/library/busybox:latest)" 'untag$'
	onggi run --rm "$id" true
	onggi rmi "${id:7:12}"
	equal "$(find own/data/images/blobs -type f; ls own/data/layers/sha256)" ""
}
