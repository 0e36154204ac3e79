#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The system calls of a container, each asked of the kernel by a static program in it (probe.c), are docker's
# (syscalls.golden): every number of x86_64, of the 32-bit entry (int 0x80) and of x32, with no and with all bits of
# the arguments set, and the calls that are decided by their arguments.
load ../e2e/lib.bash

S=$BATS_TEST_DIRNAME
SYSCALLS=$S/syscalls.py
REQUESTS=$BATS_FILE_TMPDIR/requests
COUNT=$BATS_FILE_TMPDIR/count

setup_file() {
	store_up
	probe=${ONGGI_TEST_TOOLS:-}/security/probe
	[ ! -x "$probe" ] || install -m 755 "$probe" "$BATS_FILE_TMPDIR/probe"
	chmod 755 "$BATS_FILE_TMPDIR"
	# getpid; a kernel without the entry ends the process, a User-Mode Linux guest takes it for another call
	if [ -x "$BATS_FILE_TMPDIR/probe" ] && ! "$BATS_FILE_TMPDIR/probe" real <<<"i386 20" | grep -q ' [1-9][0-9]*$'; then
		export PROBE_WITHOUT=i386
	fi
	python3 "$SYSCALLS" requests >"$REQUESTS"
}
teardown_file() {
	[ ! -s "$COUNT" ] || awk '{ n += $1 } END { printf "# count: security %d system calls probed in %d ways\n", n, NR }' "$COUNT" >&3
	store_down
}
setup() {
	[ -x "$BATS_FILE_TMPDIR/probe" ] ||
		skip "the probe is not built: \$ONGGI_TEST_TOOLS/security/probe (meson builds it on x86_64)"
}

# The first line of the output is the bounding set.
in_container() { # OPTION... -- PROBE-ARGUMENT...
	local -a options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	onggi run --rm -i -v "$BATS_FILE_TMPDIR/probe:/probe:ro" "${options[@]}" busybox \
		sh -c 'sed -n "s/^CapBnd:[[:space:]]*//p" /proc/self/status; exec /probe "$@"' - "$@"
}
# Probe every call in a container with these options, and compare.
probe() { # OPTION...
	run -0 --separate-stderr in_container "$@" -- calls <"$REQUESTS"
	compare "${lines[0]}"
}
compare() { # MASK|all
	printf '%s\n' "${lines[@]:1}" >"$BATS_TEST_TMPDIR/answers"
	run -0 python3 "$SYSCALLS" check "$1" <"$BATS_TEST_TMPDIR/answers"
	printf '%s\n' "$output" >>"$COUNT"
}

@test "without a filter the probe finds every call allowed: what it finds refused is the filter's" {
	run -0 --separate-stderr in_container --security-opt seccomp=unconfined -- calls <"$REQUESTS"
	compare all
}
@test "--privileged has no filter" {
	run -0 --separate-stderr in_container --privileged -- calls <"$REQUESTS"
	compare all
}
@test "the default container: every call is docker's" { probe; }
@test "a container without capabilities" { probe --cap-drop ALL; }
@test "an ordinary user of the image has the container's filter" {
	need_ids
	probe -u 1000:1000
}
@test "no-new-privileges changes nothing" { probe --security-opt no-new-privileges; }
@test "what SYS_ADMIN opens, and nothing else" { probe --cap-add SYS_ADMIN; }
@test "what SYS_PTRACE opens, and nothing else" { probe --cap-add SYS_PTRACE; }
@test "all capabilities" { probe --cap-add ALL; }
@test "each other capability that the policy knows opens its own calls, and nothing else" {
	local -a caps=(BPF DAC_READ_SEARCH PERFMON SYSLOG SYS_BOOT SYS_MODULE SYS_NICE SYS_PACCT SYS_RAWIO SYS_TIME SYS_TTY_CONFIG)
	local bit n
	# Each is in another selection of four containers: what it opens is seen in these, and in no other.
	for bit in 0 1 2 3; do
		local -a options=(--cap-drop ALL)
		for n in "${!caps[@]}"; do
			(((n + 1) >> bit & 1)) && options+=(--cap-add "${caps[n]}")
		done
		probe "${options[@]}"
	done
	[ -n "${ONGGI_TEST_LONG:-}" ] || return 0
	for n in "${caps[@]}"; do
		probe --cap-add "$n"
		probe --cap-drop ALL --cap-add "$n"
	done
}
@test "a capability that the policy doesn't know opens nothing" {
	probe --cap-add NET_ADMIN --cap-add IPC_LOCK
}
@test "SYS_ADMIN without any other" { probe --cap-drop ALL --cap-add SYS_ADMIN; }
@test "what is refused is refused when it is really called, with all bits of the arguments set" {
	run -0 --separate-stderr in_container -- calls </dev/null
	python3 "$SYSCALLS" real "$output" >"$BATS_TEST_TMPDIR/real"
	run -0 --separate-stderr in_container -- real <"$BATS_TEST_TMPDIR/real"
	printf '%s\n' "${lines[@]:1}" >"$BATS_TEST_TMPDIR/answers"
	equal "$(awk '{ print $NF }' "$BATS_TEST_TMPDIR/answers" | sort -u)" $'ENOSYS\nEPERM'
	equal "$(wc -l <"$BATS_TEST_TMPDIR/answers")" "$(wc -l <"$BATS_TEST_TMPDIR/real")"
	printf '%s\n' "$(wc -l <"$BATS_TEST_TMPDIR/real")" >>"$COUNT"
}
@test "the comparison tells: a call that is let through, one that is refused" {
	local answers=$BATS_TEST_TMPDIR/changed
	run -0 --separate-stderr in_container -- calls <"$REQUESTS"
	printf '%s\n' "${lines[@]:1}" | sed 's/^x86_64 165 EPERM$/x86_64 165 pass/; s/^x32 3 pass$/x32 3 ENOSYS/' >"$answers"
	run -1 python3 "$SYSCALLS" check "${lines[0]}" <"$answers"
	contains "$output" "x86_64 165 (mount): pass, docker: EPERM" "x32 3 (close): ENOSYS, docker: pass" ", 2 differ"
}
@test "the 32-bit entry is filtered: mount by its number there" {
	[ -z "${PROBE_WITHOUT:-}" ] || skip "this kernel has no 32-bit entry"
	run -0 --separate-stderr in_container -- real <<<"i386 21 0 0 0 0 0"
	matches "${lines[1]}" ' EPERM$'
}
