#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# What isolates the default container, printed and compared with docker's documented defaults (defaults.golden): each
# difference is explained in docs/security.md, or fails here.
load ../e2e/lib.bash

S=$BATS_TEST_DIRNAME
setup_file() {
	store_up
	probe=${ONGGI_TEST_TOOLS:-}/security/probe
	[ ! -x "$probe" ] || install -m 755 "$probe" "$BATS_FILE_TMPDIR/probe"
	chmod 755 "$BATS_FILE_TMPDIR"
}
teardown_file() { store_down; }

PROBE=$BATS_FILE_TMPDIR/probe
need_probe() {
	[ -x "$PROBE" ] || skip "the probe is not built: \$ONGGI_TEST_TOOLS/security/probe (meson builds it on x86_64)"
}
who() { if is_root; then echo root; elif has_subids; then echo user; else echo nosub; fi; }

# A caller from whom a container could inherit something.
odd_caller() { # COMMAND...
	(
		umask 077
		trap '' TERM USR1
		ulimit -Sn 512
		echo 300 >/proc/self/oom_score_adj
		exec 7</etc/passwd 8</ 9>"$BATS_TEST_TMPDIR/open"
		exec env --ignore-signal=USR2,PIPE --block-signal=WINCH SECRET=of-the-host LD_PRELOAD= BASH_ENV=/secret \
			setarch -R nice -n 3 "$@"
	)
}
# What only this side can judge: own or the host's, and what is the odd caller's.
judge() {
	local line key value descriptors=''
	while IFS= read -r line; do
		key=${line%%: *} value=${line#*: }
		case $line in
		[0-9]*)
			descriptors="$descriptors$line "
			continue
			;;
		"namespace "*) if [ "$value" = "$(readlink "/proc/self/ns/${key#namespace }")" ]; then value=host; else value=own; fi ;;
		"nice: $(nice -n 3 nice)" | "oom_score_adj: 300" | "personality: 00040000" | "limit nofile: 512:$(ulimit -Hn)" | "limit core: $(ulimit -Sc)")
			value="the caller's"
			;;
		esac
		printf '%s: %s\n' "$key" "$value"
	done
	printf 'descriptors: %s\n' "$descriptors"
}

@test "every property of the default container is docker's, or listed as a difference" {
	need_probe
	run -0 --separate-stderr odd_caller "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm \
		-v "$PROBE:/probe:ro" busybox sh -c "$(cat "$S/defaults.sh")"
	printf '%s\n' "$output" | judge >"$BATS_TEST_TMPDIR/printed"
	run python3 "$S/defaults.py" compare "$(who)" <"$BATS_TEST_TMPDIR/printed"
	printf '# %s\n' "${lines[@]}" >&3
	printf '# count: security %s of the default container compared with docker for %s\n' "${lines[-1]%, 0 wrong}" "$(who)" >&3
	equal "$(grep -e '<--' <<<"$output")" ""
	equal "$status" 0
}
@test "each difference is explained in docs/security.md, and nothing else is" {
	run -0 python3 "$S/defaults.py" documented "$S/../../docs/security.md"
}
@test "the comparison tells: a property that changed, one that is new, one that is gone" {
	local printed=$BATS_TEST_TMPDIR/printed
	printf '%s\n' 'umask: 0077' 'mount /host: ext4 rw' >"$printed"
	run -1 python3 "$S/defaults.py" compare root <"$printed"
	contains "$output" 'umask: 0077 (docker: 0022)   <-- expected 0022' 'mount /host: ext4 rw (docker: -)   <-- expected -' \
		'mask /proc/keys: - (docker: masked)   <-- expected masked'
	sed '/^| `oom_score_adj/d' "$S/../../docs/security.md" >"$BATS_TEST_TMPDIR/security.md"
	run -1 python3 "$S/defaults.py" documented "$BATS_TEST_TMPDIR/security.md"
	contains "$output" "'nice' differs"
}
@test "the caller's keys can't be reached: the session keyring is the container's own" {
	need_probe
	# is there a keyring at all, and does the probe find a key?
	run "$PROBE" with-key onggi-secret "$PROBE" find-key onggi-secret
	[ "$status" = 0 ] || skip "no keyring here: $output"
	equal "$output" found
	outside=$("$PROBE" session)
	inside=(run --rm -v "$PROBE:/probe:ro" --security-opt seccomp=unconfined busybox)
	run -0 "$PROBE" with-key onggi-secret "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "${inside[@]}" /probe find-key onggi-secret
	lacks "$output" found
	run -0 onggi "${inside[@]}" /probe session
	[ "${output%% *}" != "${outside%% *}" ]
}
@test "keys can't be used at all under the default policy" {
	need_probe
	run -1 onggi run --rm -v "$PROBE:/probe:ro" busybox /probe session
	contains "$output" "Operation not permitted"
}
@test "TIOCSTI: a container without a terminal has no terminal of the caller to type into" {
	need_probe
	run -0 python3 "$S/../e2e/pty_run.py" -- bash -c '"$@"; read -r -t 0.3 -n 3 left; echo "left:[$left]"' - \
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm -i -v "$PROBE:/probe:ro" busybox /probe tiocsti
	contains "$output" "left:[]"
	lacks "$output" pushed
	equal "$(grep -c 'Inappropriate ioctl' <<<"$output")" 3
}
@test "TIOCSTI: with -t it types into the container's own terminal, never into the caller's" {
	need_probe
	run -0 python3 "$S/../e2e/pty_run.py" -- bash -c '"$@"; read -r -t 0.3 -n 3 left; echo "left:[$left]"' - \
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm -it -v "$PROBE:/probe:ro" busybox /probe tiocsti
	contains "$output" "left:[]"
}
@test "-t: console and terminals are of the container's own devpts, and it holds no other" {
	run -0 python3 "$S/../e2e/pty_run.py" -- "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm -it busybox \
		sh -c 'echo $(ls /dev/pts); echo $(tty) $(stat -c %t /dev/console) $(stat -c %T /dev/console /dev/pts/0)
			grep -c " /dev/console " /proc/self/mountinfo; (exec 3<>/dev/ptmx) && ls /proc/1/fd'
	output=${output//$'\r'/}
	contains "$output" $'0 ptmx\n' $'\n1\n'
	matches "$output" '/dev/(pts/0|console) 88 0 0'
}
@test "--init: pid 1 shows neither the caller's environment nor its files" {
	run -0 odd_caller "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm --init busybox sh -c \
		'tr "\0" "\n" </proc/1/environ; readlink /proc/1/exe /proc/1/cwd; cat /proc/1/cmdline /proc/1/maps; ls -l /proc/1/fd; true'
	lacks "$output" of-the-host SECRET BASH_ENV "$STORE" /etc/passwd
}
@test "core_pattern, modprobe and their like can't be written, whatever the capabilities" {
	before=$(cat /proc/sys/kernel/core_pattern /proc/sys/kernel/panic)
	run -0 onggi run --rm --cap-add ALL busybox sh -c '
		for name in kernel/core_pattern kernel/panic kernel/modprobe kernel/hotplug kernel/sysrq vm/drop_caches fs/suid_dumpable kernel/yama/ptrace_scope net/core/bpf_jit_enable; do
			[ ! -e /proc/sys/$name ] || { (echo 0 >/proc/sys/$name) 2>/dev/null && echo "wrote $name"; }
		done; (echo h >/proc/sysrq-trigger) 2>/dev/null && echo "wrote sysrq-trigger"; echo tried'
	equal "$output" tried
	equal "$(cat /proc/sys/kernel/core_pattern /proc/sys/kernel/panic)" "$before"
}
@test "the primary group can't be shed (CVE-2022-36109)" {
	need_ids
	for user in 0:0 1000:1000 app; do
		run -0 onggi run --rm -u $user busybox sh -c 'sed -n "s/^Gid:\t\([0-9]*\).*/\1/p; s/^Groups:\t/ /p" /proc/self/status'
		contains "${lines[1]} " " ${lines[0]} "
	done
}
