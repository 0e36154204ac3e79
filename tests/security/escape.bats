#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Ways out of a container that others' containers had. The image is the attacker's, and so is the program.
load ../e2e/lib.bash
setup_file() {
	store_up
	onggi load -q -i "oci:$F/small"
}
teardown_file() { store_down; }
# No image has this file, the host does.
HOST_FILE=/etc/debian_version

no_canaries() {
	equal "$(find / -maxdepth 1 -name 'onggi-canary*'; find /tmp /etc -maxdepth 1 -name 'onggi-canary*' 2>/dev/null)" ""
}

@test "CVE-2024-21626: a working directory that is a descriptor leads nowhere outside" {
	for n in {3..20}; do
		run -125 onggi run --rm -w "/proc/self/fd/$n" busybox cat "../../../../../../../../..$HOST_FILE"
		equal "$output" "onggi: working directory: make directory '/proc/self/fd/$n': Too many levels of symbolic links"
	done
}
@test "CVE-2024-21626: the same in the image's configuration, and through a link" {
	run -125 onggi run --rm hostile-cwd cat "../../../../../../../..$HOST_FILE"
	equal "$output" "onggi: working directory: make directory '/proc/self/fd/8': Too many levels of symbolic links"
	run -125 onggi run --rm -w /cwd-link hostile-mounts cat "../../../../../../../..$HOST_FILE"
	equal "$output" "onggi: working directory: make directory '/cwd-link': Too many levels of symbolic links"
}
@test "descriptors: none of onggi's is open in the program, its children or pid 1" {
	exec 11</ 12<"$F"
	# No pipe: until its last process is started the shell, pid 1, holds an end of it.
	run -0 onggi run --rm busybox sh -c 'ls /proc/1/fd; true'
	equal "$output" $'0\n1\n2'
	run -0 onggi run --rm --init busybox sh -c 'for f in /proc/1/fd/*; do readlink $f; done; true'
	lacks "$output" "$STORE" "$RUNSTATE" "$F"
}
@test "--init: directories of the host can't be reached through pid 1's descriptors" {
	run onggi run --rm --init busybox sh -c "for n in 0 1 2 3 4 5 6 7 8 9 10 11 12; do cat /proc/1/fd/\$n/..$HOST_FILE /proc/1/cwd/../../../..$HOST_FILE /proc/1/root$HOST_FILE; done 2>/dev/null </dev/null; echo tried"
	contains "$output" tried
	lacks "$output" "$(cat $HOST_FILE)"
}
@test "CVE-2019-5736: the binary can't be written, truncated or changed through /proc/*/exe" {
	before=$(stat -c '%a %u %g %s %Y %Z' "$ONGGI"; sha256sum <"$ONGGI")
	for init in --init ''; do
		# shellcheck disable=SC2086 # no word at all without --init
		run onggi run --rm $init --cap-add SYS_PTRACE busybox sh -c '
			for exe in /proc/1/exe /proc/self/exe; do
				[ "$(readlink $exe)" = /bin/busybox ] && continue
				(exec 3<$exe; echo x >/proc/self/fd/3)
				(echo x >$exe); (: >$exe)
				chmod 4777 $exe; chown 1:1 $exe; touch $exe; setfattr -n user.x -v y $exe
			done 2>/dev/null; echo tried'
		contains "$output" tried
	done
	equal "$(stat -c '%a %u %g %s %Y %Z' "$ONGGI"; sha256sum <"$ONGGI")" "$before"
}
@test "CVE-2019-5736: a program that is a link to /proc/self/exe does not run onggi in the container" {
	before=$(sha256sum <"$ONGGI")
	run -125 onggi run --rm --entrypoint /exe-link hostile-mounts --version
	lacks "$output" "onggi version"
	equal "$(sha256sum <"$ONGGI")" "$before"
}
@test "CVE-2021-30465: a mount target that is a link stays in the root" {
	mkdir "$BATS_TEST_TMPDIR/host"
	for option in "-v $BATS_TEST_TMPDIR/host:/mnt-link" "--tmpfs /mnt-link" "-v named:/mnt-link/deeper" "--tmpfs /dev-link" "-v $BATS_TEST_TMPDIR/host:/volume-link"; do
		# shellcheck disable=SC2086 # an option and its value
		run -0 onggi run --rm $option hostile-mounts echo tried
		equal "$output" tried
		no_canaries
	done
}
@test "volumes of the image that are links stay in the root" {
	run -0 onggi run --rm hostile-volume echo tried
	equal "$output" tried
	no_canaries
}
@test "a named volume is filled from the image, also when the place is a link to /etc" {
	run -0 onggi run --rm -v filled:/onggi-etc busybox true
	run -0 onggi run --name linked busybox ln -s /etc /etc-link
	run -0 onggi run --rm -v fromlink:/mnt-link hostile-mounts true
	onggi rm -v linked
	equal "$(find "$STORE/volumes" -name "$(basename $HOST_FILE)")" ""
}
@test "/etc/resolv.conf, hosts and hostname that are links write nothing outside" {
	run -0 onggi run --rm hostile-mounts sh -c 'echo x >/etc/resolv.conf; echo x >/etc/hosts; echo x >/etc/hostname; echo tried'
	contains "$output" tried
	no_canaries
	lacks "$(cat /etc/hosts /etc/hostname)" $'\nx'
}
@test "a /proc that is a link is refused" {
	run -125 onggi run --rm hostile-proc true
	equal "$output" "onggi: '/proc' in the image is not a directory: it must be one to be mounted on"
	no_canaries
}
@test "masks can't be taken off, nor read-only paths remounted" {
	run -0 onggi run --rm busybox sh -c 'umount /proc/keys; umount /proc/kcore; umount -l /proc/sys; mount -o remount,rw /proc/sys; mount -t proc proc /tmp; echo x >/proc/sys/kernel/domainname; echo finished'
	contains "$output" finished
	[ "$(grep -c 'not permitted\|denied\|Read-only\|Invalid\|must be superuser' <<<"$output")" -ge 5 ]
}
@test "masks stay when the container is allowed to mount" {
	run onggi run --rm --cap-add SYS_ADMIN --security-opt seccomp=unconfined busybox sh -c '
		mkdir /p; mount -t proc proc /p 2>/dev/null && [ -s /p/keys ] && ! [ -s /proc/keys ] && echo unmasked; echo tried'
	contains "$output" tried
	# a new proc needs an unmasked one in view: in a user namespace it is refused; root with SYS_ADMIN may
	is_root || lacks "$output" unmasked
}
@test "devices: a node made in the container does not open the host's disk" {
	need_root
	read -r major minor < <(lsblk -dnro MAJ:MIN 2>/dev/null | head -n 1 | tr : ' ')
	[ -n "$major" ] || skip "there is no disk to try"
	run onggi run --rm busybox sh -c "mknod /disk b $major $minor; dd if=/disk bs=512 count=1 of=/dev/null && echo opened"
	lacks "$output" opened
	contains "$output" "not permitted"
}
@test "devices: kernel memory can't be opened" {
	need_root
	run onggi run --rm busybox sh -c 'mknod /mem c 1 1; mknod /kmsg c 1 11; head -c 1 /mem && echo opened; head -c 1 /kmsg && echo opened; echo tried'
	contains "$output" tried
	lacks "$output" opened
}
@test "root's cgroups can't be left or written" {
	run onggi run --rm busybox sh -c 'for f in $(find /sys/fs/cgroup -name cgroup.procs -o -name release_agent -o -name notify_on_release 2>/dev/null); do echo 1 >$f && echo "wrote $f"; done 2>/dev/null; echo tried'
	contains "$output" tried
	lacks "$output" wrote
}
@test "host processes can't be signalled, seen or traced" {
	# Of a failed test it would hold bats' pipes open.
	sleep 98764 >/dev/null 2>&1 3>&- &
	run onggi run --rm busybox sh -c 'ps; kill -9 -1; killall sleep; echo tried'
	contains "$output" tried
	lacks "$output" 98764
	kill -0 $!
	kill $!
}
@test "the store is the user's alone" {
	if is_root; then
		equal "$(stat -c %a "$STORE")" 711
		[ ! -r "$STORE/containers" ] || equal "$(stat -c %a "$STORE/containers" | tail -c 2)" 0
	else
		equal "$(stat -c %a "$STORE" "$RUNSTATE" | sort -u)" 700
	fi
}
@test "setuid files of an image serve nobody outside" {
	# the layers lie below a directory that others can't enter
	is_root || equal "$(stat -c %a "$STORE")" 700
	! is_root || [[ $(stat -c %a "$STORE/layers") =~ 0$ ]] || [[ $(stat -c %a "$STORE/layers/sha256") =~ 0$ ]]
}
@test "text that reaches files is one line: hostname, hosts, names" {
	run -125 onggi run --rm --hostname $'a\n1.2.3.4 b' busybox true
	run -125 onggi run --rm --add-host $'a:1.2.3.4\n5.6.7.8 b' busybox true
	run -125 onggi run --rm --name $'a\nb' busybox true
	run -125 onggi run --rm --name ../../x busybox true
}
@test "a user's name of the image can't be more than it says" {
	run -125 onggi run --rm -u 'root:x:0' busybox id
	run -125 onggi run --rm -u '4294967295' busybox id
	run -125 onggi run --rm -u '-1' busybox id
}
