#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# A Debian image of several layers: mmdebstrap's tree, layers with everything that a layer can hold, and one made by umoci.
load lib.bash
setup_file() {
	onggi load -q -i "$F/debian.docker.tar"
	onggi load -q -i "$F/busybox.tar"
}
teardown_file() { store_down; }

@test "the command of issue 2 works" {
	run -0 onggi run --rm debian:test sh -c 'cat /etc/os-release; dpkg -l | wc -l; id; cat /proc/self/uid_map /proc/self/status'
	contains "$output" 'ID=debian' 'uid=0(root) gid=0(root)' 'Seccomp:'
	[ "$(grep -xE '[0-9]+' <<<"$output" | head -n 1)" -gt 50 ]
}
@test "python3 runs, threads and all" {
	run -0 onggi run --rm debian:test python3 -c 'import threading, sys; t = [threading.Thread(target=lambda: sys.stdout.write("1\n")) for _ in range(3)]; [x.start() for x in t]; [x.join() for x in t]; print(sys.version_info[0])'
	equal "$output" $'1\n1\n1\n3'
}
@test "whiteouts, opaque directories and replacements" {
	run -0 onggi run --rm debian:test sh -c 'cd /features; ls -d removed removed-file 2>/dev/null; ls opaque; ls file-to-dir link-to-dir; cat dir-to-file; readlink dir-to-link; cat added'
	equal "$output" $'c\nfile-to-dir:\ninside\n\nlink-to-dir:\ninside\nnow a filefile\nadded'
}
@test "hard links, modes, times, names" {
	run -0 onggi run --rm debian:test sh -c 'cd /features; stat -c "%h %Y" file; [ file -ef file-link2 ] && echo same; stat -c %a setuid setgid sticky; cat 옹기*; wc -c <big; stat -c %Y private'
	# A file whose group could not be set has no setgid bit either.
	has_ids && setgid=2711 || setgid=711
	equal "$output" $'3 1234567890\nsame\n4755\n'"$setgid"$'\n1777\n그릇\n1048576\n1500000000'
}
@test "owners" {
	need_ids
	run -0 onggi run --rm debian:test stat -c '%u:%g %a' /features/private /features/owned /features/setgid /etc/shadow
	equal "$output" $'1000:1000 700\n65534:65534 604\n0:33 2711\n0:42 640'
}
@test "extended attributes and file capabilities" {
	run -0 onggi run --rm debian:test python3 -c 'import os; print(os.getxattr("/features/xattr", "user.colour").decode())'
	equal "$output" celadon
	need_ids
	run -0 onggi run --rm debian:test python3 -c 'import os; print(os.getxattr("/features/capability", "security.capability")[4:6].hex())'
	equal "$output" 0020
}
@test "device nodes of the image are there for root" {
	need_root
	run -0 onggi run --rm debian:test stat -c '%F %t:%T %a %u:%g' /features/char /features/block
	equal "$output" $'character special file 1:3 660 0:5\nblock special file 7:9 660 0:6'
}
@test "apt, dpkg and user tools work inside" {
	need_ids
	run -0 onggi run --rm debian:test sh -c 'useradd -m somebody && su somebody -c "id -un" && dpkg --verify base-files; apt-get --version | head -n 1'
	contains "$output" somebody "apt "
}
@test "every way of packing gives the same image" {
	# a store of its own: the other tests keep debian:test
	export STORE=$BATS_TEST_TMPDIR/data RUNSTATE=$BATS_TEST_TMPDIR/run
	id=
	for packed in "$F/debian.docker.tar" "$F/debian.oci.tar" "oci:$F/debian:debian"; do
		onggi load -q -i "$packed"
		run -0 onggi images --no-trunc -q
		[ -n "$id" ] || id=$output
		equal "$output" "$id"
		run -0 onggi run --rm "$id" cat /features/added
		equal "$output" added
		onggi rmi "$id"
	done
	store_down
}
@test "the trees are equal to umoci's" {
	need_root
	need_tool umoci
	umoci unpack --image "$F/debian:debian" "$BATS_TEST_TMPDIR/umoci"
	run -0 onggi run --rm -v "$BATS_TEST_TMPDIR:/out" --network none debian:test \
		tar -C / --one-file-system --format=posix --xattrs --xattrs-include='*' --numeric-owner --sort=name --exclude=./out -cf /out/onggi.tar .
	mkdir "$BATS_TEST_TMPDIR/onggi"
	tar -C "$BATS_TEST_TMPDIR/onggi" --xattrs --xattrs-include='*' --numeric-owner -xpf "$BATS_TEST_TMPDIR/onggi.tar"
	# what a container adds: mount points and the three files of its network
	for tree in onggi umoci/rootfs; do
		(cd "$BATS_TEST_TMPDIR/$tree" && rm -rf dev proc sys out etc/hosts etc/hostname etc/resolv.conf && touch -d @1 . etc)
	done
	run -0 "$BATS_TEST_DIRNAME/compare_trees" "$BATS_TEST_TMPDIR/onggi" "$BATS_TEST_TMPDIR/umoci/rootfs"
	rm -rf "$BATS_TEST_TMPDIR/onggi" "$BATS_TEST_TMPDIR/umoci"
}
