#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Limits: what can be limited here is, what can't is refused by name.
load lib.bash
setup_file() { store_up; }
teardown_file() { store_down; }

@test "a fork bomb stops at --pids-limit" {
	need_controller pids
	run onggi run --rm --pids-limit 20 busybox sh -c 'n=0; while [ $n -lt 60 ]; do sleep 1000 & n=$((n + 1)); done 2>&1; echo unstopped'
	contains "$output" "fork"
	lacks "$output" unstopped
	run -0 onggi run --rm --pids-limit 20 busybox sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 0.1 & done; wait; echo few'
	equal "$output" few
}
@test "a memory hog stops at -m: 137, OOMKilled, and the host's memory is left alone" {
	need_controller memory
	# a tmpfs counts as memory; `tail` of a line without end is memory of the process
	run -137 onggi run --name hog -m 32m --memory-swap 32m busybox sh -c 'tail /dev/zero'
	state=$(cat "$STORE"/containers/*/state.json)
	onggi rm hog
	matches "$state" '"(OOMKilled|oomKilled|oom_killed)": ?true'
}
@test "the hog's neighbour in the container: pid 1 survives a killed child" {
	need_controller memory
	run -0 onggi run --rm -m 32m --memory-swap 32m busybox sh -c 'tail /dev/zero; echo code $?'
	contains "$output" "code 137"
}
@test "-m: within the limit nothing happens, and the container can read its limit" {
	need_controller memory
	run -0 onggi run --rm -m 64m busybox sh -c 'cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes'
	equal "$output" 67108864
}
@test "--cpus" {
	need_controller cpu
	run -0 onggi run --rm --cpus 0.5 busybox sh -c 'cat /sys/fs/cgroup/cpu.max 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us'
	equal "$(tr '\n' ' ' <<<"$output")" "50000 100000 "
}
@test "limits that can't be set are an error that names the reason and the mend" {
	! onggi info | grep -Eq 'Controllers:.*\bmemory\b' || skip "limits can be set here"
	run -125 onggi run --rm -m 64m busybox true
	contains "$output" memory hint:
	run -125 onggi run --rm --pids-limit 10 busybox true
	contains "$output" pids hint:
	run -0 onggi run --rm busybox echo "no limit, no error"
}
@test "--ulimit: soft and hard" {
	run -0 onggi run --rm --ulimit nofile=100:200 --ulimit core=0 busybox sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
	equal "$output" $'100\n200\n0'
}
@test "a container's nofile is the caller's where it can't be raised" {
	run -0 bash -c 'ulimit -n 512; "$@"' - "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm busybox sh -c 'ulimit -Hn'
	equal "$output" 512
}
@test "--ulimit above what can be set names the limit" {
	[ "$(id -u)" != 0 ] || ! capsh --has-p=cap_sys_resource 2>/dev/null || skip "root may raise any limit here"
	run -125 bash -c 'ulimit -n 512; "$@"' - "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm --ulimit nofile=1024 busybox true
	contains "$output" NOFILE 512 hint:
}
@test "--oom-score-adj" {
	run -0 onggi run --rm --oom-score-adj 500 busybox cat /proc/self/oom_score_adj
	equal "$output" 500
}
