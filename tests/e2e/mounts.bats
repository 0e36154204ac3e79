#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Volumes, bind mounts, tmpfs.
load lib.bash
setup_file() {
	store_up
	onggi load -q -i "$F/configured.oci.tar"
}
teardown_file() { store_down; }
volumes() { find "$STORE/volumes" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }
setup() {
	host=$BATS_TEST_TMPDIR/host
	mkdir "$host"
	echo from-host >"$host/file"
}

@test "-v HOST:DIR is seen, written and owned as outside" {
	run -0 onggi run --rm -v "$host:/mnt" busybox sh -c 'cat /mnt/file; echo from-container >/mnt/new; stat -c %u /mnt/file'
	equal "$output" $'from-host\n0'
	equal "$(cat "$host/new")" from-container
	equal "$(stat -c %u "$host/new")" "$(id -u)"
}
@test "-v HOST:DIR:ro can't be written, nor remounted" {
	run -0 onggi run --rm -v "$host:/mnt:ro" busybox sh -c 'touch /mnt/x 2>&1; mount -o remount,rw /mnt 2>&1; touch /mnt/x 2>&1; cat /mnt/file'
	contains "$output" "Read-only file system" from-host
	[ ! -e "$host/x" ]
}
@test "-v of a single file" {
	run -0 onggi run --rm -v "$host/file:/etc/motd" busybox cat /etc/motd
	equal "$output" from-host
}
@test "-v makes a missing directory of the host, as docker does" {
	run -0 onggi run --rm -v "$host/made:/mnt" busybox touch /mnt/x
	[ -e "$host/made/x" ]
}
@test "-v with a relative path" {
	cd "$host"
	run -0 onggi run --rm -v ./:/mnt busybox cat /mnt/file
	equal "$output" from-host
}
@test "--mount type=bind refuses a missing source" {
	run -125 onggi run --rm --mount "type=bind,source=$host/missing,target=/mnt" busybox true
	contains "$output" "$host/missing"
}
@test "--mount type=bind, readonly" {
	run -0 onggi run --rm --mount "type=bind,src=$host,dst=/mnt,readonly" busybox sh -c 'cat /mnt/file; touch /mnt/x 2>&1 || true'
	contains "$output" from-host "Read-only file system"
}
@test "a mount inside a read-only mount of the host stays read-only" {
	need_root
	mkdir "$host/inner"
	mount -t tmpfs tmpfs "$host/inner"
	run onggi run --rm -v "$host:/mnt:ro" busybox sh -c 'touch /mnt/inner/x 2>&1 || true'
	umount "$host/inner"
	contains "$output" "Read-only file system"
}
@test "named volume: kept between containers" {
	run -0 onggi run --rm -v data:/mnt busybox sh -c 'echo kept >/mnt/file'
	run -0 onggi run --rm -v data:/other busybox cat /other/file
	equal "$output" kept
}
@test "named volume: filled from the image at first use, with owner and mode" {
	need_ids
	run -0 onggi run --rm -v seeded:/data busybox stat -c '%n %u %g %a' /data /data/seed
	equal "$output" $'/data 1000 33 751\n/data/seed 1000 33 640'
	run -0 onggi run --rm -v seeded:/data busybox rm /data/seed
	run -0 onggi run --rm -v seeded:/data busybox ls /data
	equal "$output" ""
}
@test "anonymous volume: of the image, and gone with --rm" {
	need_ids
	run -0 onggi run --rm --entrypoint sh configured:1 -c 'grep -c " /data " /proc/mounts; cat /data/seed; echo >/data/x'
	equal "$output" $'1\nseed'
	before=$(volumes)
	run -0 onggi run --rm -v /anonymous busybox sh -c 'grep -c " /anonymous " /proc/mounts'
	equal "$output" 1
	equal "$(volumes)" "$before"
}
@test "anonymous volume: rm -v removes it, rm does not" {
	before=$(volumes)
	onggi run --name one -v /anonymous busybox true
	onggi run --name two -v /anonymous busybox true
	onggi rm one
	equal "$(volumes)" "$((before + 2))"
	onggi rm -v two
	equal "$(volumes)" "$((before + 1))"
}
@test "--tmpfs: options, size, mode" {
	run -0 onggi run --rm --tmpfs /scratch:size=1m,mode=700,noexec busybox sh -c 'grep " /scratch " /proc/mounts; stat -c %a /scratch; dd if=/dev/zero of=/scratch/x bs=64k count=32 2>&1'' || true'
	contains "$output" tmpfs size=1024k noexec 700 "No space left"
}
@test "--mount type=tmpfs and type=volume" {
	run -0 onggi run --rm --mount type=tmpfs,target=/scratch,tmpfs-size=1m --mount type=volume,source=data2,target=/vol busybox \
		sh -c 'grep -E " /(scratch|vol) " /proc/mounts | wc -l; touch /vol/x /scratch/x'
	equal "$output" 2
}
@test "/dev/shm: 64 MiB, or --shm-size" {
	run -0 onggi run --rm busybox sh -c 'grep " /dev/shm " /proc/mounts'
	contains "$output" size=65536k
	run -0 onggi run --rm --shm-size 1m busybox sh -c 'grep " /dev/shm " /proc/mounts'
	contains "$output" size=1024k
}
@test "nested targets are mounted in the right order" {
	run -0 onggi run --rm -v data:/a/b/c --tmpfs /a -v "$host:/a/b" busybox sh -c 'cat /a/b/file; ls -d /a/b/c'
	equal "$output" $'from-host\n/a/b/c'
}
@test "the host's mount table does not change" {
	all=("$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm -v "$host:/mnt" --tmpfs /scratch -v data:/vol busybox echo ran)
	if is_root; then
		# A copy of it, in which nobody else mounts, but what is mounted below would come up.
		run -0 unshare --mount --propagation private bash -c 'mount --make-rshared /
			before=$(cat /proc/self/mountinfo); "$@"; diff <(printf "%s\n" "$before") /proc/self/mountinfo' - "${all[@]}"
	else
		run -0 "${all[@]}"
		lacks "$(cat /proc/self/mountinfo)" "$BATS_FILE_TMPDIR"
	fi
	equal "$output" ran
}
