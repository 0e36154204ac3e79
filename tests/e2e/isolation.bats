#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# What isolates a container equals docker's defaults.
load lib.bash
setup_file() { store_up; }
teardown_file() { store_down; }

status_of() { printf '%s\n' "$output" | sed -n "s/^$1:[[:space:]]*//p"; }

@test "only descriptors 0, 1 and 2 are open, whatever the caller had open" {
	exec 7</etc/passwd 8>"$BATS_TEST_TMPDIR/x" 9</
	run -0 onggi run --rm busybox sh -c 'ls /proc/1/fd; true'
	equal "$output" $'0\n1\n2'
	run -0 onggi run --rm --init busybox sh -c 'ls /proc/self/fd; echo --; ls /proc/1/fd 2>&1; true'
	# ls itself has its directory open as 3
	equal "${output%%--*}" $'0\n1\n2\n3\n'
}
@test "namespaces: all are new but user (root) and time" {
	run -0 onggi run --rm busybox sh -c 'for n in cgroup ipc mnt net pid user uts; do readlink /proc/self/ns/$n; done'
	for name in cgroup ipc mnt net pid uts; do lacks "$output" "$(readlink /proc/self/ns/$name)"; done
	if is_root; then
		contains "$output" "$(readlink /proc/self/ns/user)"
	else
		lacks "$output" "$(readlink /proc/self/ns/user)"
	fi
}
@test "id map: the user is root inside, subordinate ids follow" {
	run -0 onggi run --rm busybox cat /proc/self/uid_map /proc/self/gid_map
	read -r -a words <<<"$(tr '\n' ' ' <<<"$output")"
	if is_root; then
		equal "${words[*]:0:3}" "0 0 4294967295"
	elif has_subids; then
		equal "${words[*]:0:6}" "0 $(id -u) 1 1 $(awk -F: -v u="$(id -un)" '$1 == u { print $2, $3 }' /etc/subuid)"
		equal "${words[*]:6:6}" "0 $(id -g) 1 1 $(awk -F: -v u="$(id -un)" '$1 == u { print $2, $3 }' /etc/subgid)"
	else
		equal "${words[*]}" "0 $(id -u) 1 0 $(id -g) 1"
	fi
}
@test "capabilities: docker's fourteen, none inheritable or ambient" {
	run -0 onggi run --rm busybox cat /proc/self/status
	# without a device policy onggi keeps CAP_MKNOD (bit 27) from root
	matches "$(status_of CapBnd)" '^00000000a[08]0425fb$'
	equal "$(status_of CapPrm)" "$(status_of CapBnd)"
	equal "$(status_of CapEff)" "$(status_of CapBnd)"
	equal "$(status_of CapInh)" 0000000000000000
	equal "$(status_of CapAmb)" 0000000000000000
}
@test "an ordinary user of the image has no capabilities, but the same bounding set" {
	need_ids
	run -0 onggi run --rm -u app busybox cat /proc/self/status
	equal "$(status_of CapEff)" 0000000000000000
	equal "$(status_of CapPrm)" 0000000000000000
	matches "$(status_of CapBnd)" '^00000000a[08]0425fb$'
}
@test "--cap-drop ALL, --cap-add one" {
	run -0 onggi run --rm --cap-drop ALL busybox cat /proc/self/status
	equal "$(status_of CapEff)" 0000000000000000
	equal "$(status_of CapBnd)" 0000000000000000
	run -0 onggi run --rm --cap-drop all --cap-add net_raw --cap-add CAP_CHOWN busybox cat /proc/self/status
	equal "$(status_of CapEff)" 0000000000002001
	run -0 onggi run --rm --cap-drop NET_RAW busybox cat /proc/self/status
	matches "$(status_of CapEff)" '^00000000a[08]0405fb$'
	run -0 onggi run --rm --cap-add SYS_PTRACE busybox cat /proc/self/status
	matches "$(status_of CapEff)" '^00000000a[08]0c25fb$'
	# both: added, but taken from ALL
	run -0 onggi run --rm --cap-add NET_RAW --cap-drop NET_RAW --cap-drop CHOWN busybox cat /proc/self/status
	matches "$(status_of CapEff)" '^00000000a[08]0425fa$'
	run -0 onggi run --rm --cap-add ALL --cap-drop CHOWN busybox cat /proc/self/status
	matches "$(status_of CapEff)" 'e$'
	run -125 onggi run --rm --cap-add ALL --cap-add NONSENSE busybox true
	contains "$output" "--cap-add 'NONSENSE': no such capability"
}
@test "seccomp: a filter is installed; unconfined has none" {
	run -0 onggi run --rm busybox cat /proc/self/status
	equal "$(status_of Seccomp)" 2
	equal "$(status_of NoNewPrivs)" 0
	run -0 onggi run --rm --security-opt seccomp=unconfined busybox cat /proc/self/status
	equal "$(status_of Seccomp)" 0
}
@test "seccomp: what docker forbids is forbidden" {
	run -0 onggi run --rm busybox sh -c 'unshare -U true 2>&1 || true; mount -t tmpfs x /mnt 2>&1 || true; unshare -n true 2>&1 || true'
	equal "$(grep -ic 'not permitted\|denied' <<<"$output")" 3
}
@test "seccomp: a profile of one's own" {
	cat >"$BATS_TEST_TMPDIR/profile.json" <<'EOT'
{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["chmod","fchmodat","fchmodat2"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}
EOT
	run -0 onggi run --rm --security-opt seccomp="$BATS_TEST_TMPDIR/profile.json" busybox sh -c 'chmod 600 /etc/motd 2>&1 || echo refused; echo x >/etc/motd; cat /etc/motd'
	contains "$output" "not implemented" refused x
}
@test "no-new-privileges" {
	run -0 onggi run --rm --security-opt no-new-privileges busybox cat /proc/self/status
	equal "$(status_of NoNewPrivs)" 1
	run -0 onggi run --rm --security-opt no-new-privileges=true busybox cat /proc/self/status
	equal "$(status_of NoNewPrivs)" 1
}
@test "masked paths are empty, read-only paths can't be written" {
	run -0 onggi run --rm busybox sh -c '
		for p in /proc/acpi /proc/scsi /sys/firmware /sys/devices/virtual/powercap; do [ ! -d $p ] || ls -A $p; done
		for p in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts /proc/sched_debug /proc/latency_stats; do
			[ ! -e $p ] || head -c 1 $p | od; done
		for p in bus fs irq sys; do [ ! -e /proc/$p ] || grep " /proc/$p " /proc/mounts | grep -q " ro," || echo "/proc/$p is writable"; done
		echo b 2>/dev/null >/proc/sysrq-trigger && echo sysrq
		echo 1 2>/dev/null >/proc/sys/kernel/panic && echo sys
		true'
	equal "$(grep -v '^0000000$' <<<"$output")" ""
}
@test "/sys is read-only" {
	run -0 onggi run --rm busybox sh -c 'grep -E " /sys " /proc/mounts; mkdir /sys/fs/cgroup/x 2>&1 || true'
	matches "$output" ' ro[, ]'
	lacks "$output" " rw"
}
@test "/dev: docker's devices, links and file systems, nothing of the host's" {
	run -0 onggi run --rm busybox ls /dev
	equal "$(tr '\n' ' ' <<<"$output")" "core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "
	run -0 onggi run --rm busybox sh -c 'echo x >/dev/null; head -c 4 /dev/zero | od -An -tx1; head -c 3 /dev/urandom | wc -c; echo x 2>&1 >/dev/full || true'
	contains "$output" "00 00 00 00" 3 "No space left"
}
@test "network none: a loopback interface that is up, and nothing else" {
	run -0 onggi run --rm busybox sh -c 'ls /sys/class/net; ip addr show lo | grep -c LOOPBACK,UP; ping -c 1 -w 2 127.0.0.1 >/dev/null && echo pong' || true
	contains "$output" lo 1
	lacks "$output" eth0
	# some kernels put an idle tunnel (sit0, tunl0) into every network namespace
	run -0 onggi run --rm --network none busybox sh -c 'ip -o link | grep -v "state DOWN\|NOARP>"'
	matches "$output" '^1: lo: [^'$'\n'']*$'
}
@test "network host: the caller's interfaces and name" {
	run -0 onggi run --rm --network host busybox sh -c 'readlink /proc/self/ns/net; hostname'
	equal "$output" "$(readlink /proc/self/ns/net)"$'\n'"$(uname -n)"
}
@test "the process tree begins with 1, the host's processes are unseen" {
	run -0 onggi run --rm busybox sh -c 'ls -d /proc/[0-9]* | wc -l'
	[ "$output" -le 5 ]
}
@test "keyring and session: none of the caller's" {
	run -0 onggi run --rm busybox sh -c 'cat /proc/self/sessionid 2>/dev/null; cat /proc/self/stat | cut -d" " -f5,6'
	matches "$output" '(1|0) (1|0)'
}
@test "--privileged: all capabilities that there are, no seccomp, /proc/sys writable" {
	run -0 onggi run --rm --privileged busybox sh -c 'cat /proc/self/status; grep " /proc/sys " /proc/mounts; grep " /sys " /proc/mounts'
	equal "$(status_of Seccomp)" 0
	if is_root; then
		equal "$(status_of CapEff)" "$(sed -n 's/^CapEff:\t//p' /proc/self/status)"
	else
		equal "$(status_of CapEff)" "$(printf '%016x' $(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1)))"
	fi
	lacks "$output" " /proc/sys "
}
@test "--sysctl of the container's namespaces; others are refused" {
	run -0 onggi run --rm --sysctl net.ipv4.ip_forward=1 --sysctl kernel.shm_rmid_forced=1 busybox cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced
	equal "$output" $'1\n1'
	run -125 onggi run --rm --sysctl kernel.panic=1 busybox true
	contains "$output" kernel.panic
}
@test "--device" {
	need_root
	run -0 onggi run --rm --device /dev/zero:/dev/mine:r busybox sh -c 'head -c 2 /dev/mine | od -An -tx1'
	equal "$output" " 00 00"
}
@test "--device of a directory gives the devices in it" {
	local dir=$BATS_TEST_TMPDIR/devices
	mkdir -p "$dir/a/b"
	touch "$dir/file"
	run -125 onggi run --rm --device "$dir" busybox true
	contains "$output" "--device '$dir': there is no device in this directory"
	need_root
	mknod "$dir/one" c 1 5
	mknod "$dir/a/b/two" c 1 7
	ln -s one "$dir/link"
	run -0 onggi run --rm --device "$dir:/dev/given:r" busybox sh -c 'cd /dev/given; find . | sort; head -c 2 one | od -An -tx1; stat -c %t:%T a/b/two'
	equal "$output" $'.\n./a\n./a/b\n./a/b/two\n./one\n 00 00\n1:7'
}
@test "the root file system and its mounts don't reach the host: propagation is private" {
	run -0 onggi run --rm busybox cat /proc/self/mountinfo
	lacks "$output" shared: "$STORE/containers"$' '
}
@test "/proc/self/exe of pid 1 is the program of the image, never onggi" {
	run -0 onggi run --rm busybox readlink /proc/1/exe
	equal "$output" /bin/busybox
	run -0 onggi run --rm --init busybox sh -c 'readlink /proc/1/exe; (echo x >/proc/1/exe) 2>&1 || echo refused'
	contains "$output" refused
}
@test "the overlay has the image's layers below, and its paths don't tell the host's" {
	run -0 onggi run --rm busybox sh -c 'grep " / " /proc/mounts'
	matches "$output" '^[^ ]+ / overlay '
}
