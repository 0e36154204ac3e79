#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2154 # single quotes keep the text for the container's shell; bats sets output
# Standard files: what the program can do with them, that all of it arrives, and that nothing waits for ever.
load lib.bash
setup_file() { store_up; }
teardown_file() { store_down; }
setup() { cd "$BATS_TEST_TMPDIR" || return; }

# The command line, for what must be executed and not called.
line=("$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm)
paste() { python3 -B "$BATS_TEST_DIRNAME/relay_paste.py" "$1" -- "${line[@]}" -it busybox sh -c "$2"; }
# status_of PID: how a process of this shell ended
status_of() {
	code=0
	wait "$1" || code=$?
}

# ---------------------------------------------------------------- what they can be used for
@test "a file on standard input can be read, and not be written through /proc" {
	echo precious >file
	run -0 onggi run --rm -i busybox sh -c 'cat; echo evil >/proc/self/fd/0; echo evil >/dev/stdin; true' <file
	contains "$output" precious
	equal "$(cat file)" precious
}
@test "a log on standard output is appended to, and not truncated through /proc" {
	echo old >log
	onggi run --rm busybox sh -c ': >/proc/self/fd/1; : >/proc/self/fd/2; echo new; echo err >&2' >>log 2>&1
	equal "$(cat log)" $'old\nnew\nerr'
}
@test "a file on standard error keeps what was in it, too" {
	echo old >log
	onggi run --rm busybox sh -c ': >/proc/self/fd/2; echo new >&2' 2>>log
	equal "$(cat log)" $'old\nnew'
}
@test "no standard file of the program is a file, a directory or a device of the host" {
	echo x >file
	run -0 onggi run --rm -i busybox sh -c 'for fd in 0 1 2; do stat -Lc %F /proc/self/fd/$fd; done' <file 2>err
	equal "$output" $'fifo\nfifo\nfifo'
}
@test "directories are refused" {
	run -125 onggi run --rm -i busybox ls /proc/self/fd/0/ </
	equal "$output" $'onggi: standard input is a directory, which a container can\'t be given\nhint: onggi run -v DIR:/DIR ... gives a directory to a container'
	run -0 onggi run --rm busybox echo unused </
	equal "$output" unused
}
@test "a directory behind standard output is refused" {
	run -125 bash -c '"$@" 2>&1 1</' - "${line[@]}" busybox true
	contains "$output" "standard output is a directory"
	equal "$(leftovers)" ""
}
@test "block devices are refused" {
	need_root
	mknod block b 7 250
	exec {fd}<block || skip "block devices can't be opened here"
	run -125 onggi run --rm -i busybox true <&"$fd"
	exec {fd}<&-
	contains "$output" "standard input is a block device" "hint: put a pipe between"
}
@test "the host's /dev/null keeps its mode" {
	before=$(stat -c '%a %u %g' /dev/null)
	onggi run --rm -i busybox sh -c 'chmod 600 /proc/self/fd/0; chmod 600 /proc/self/fd/1; true' </dev/null >/dev/null 2>&1
	after=$(stat -c '%a %u %g' /dev/null)
	! is_root || chmod 666 /dev/null
	equal "$after" "$before"
}
@test "a user without rights opens /dev/stdout of a relayed file" {
	need_ids
	onggi run --rm -u 1000 busybox sh -c 'echo opened >/dev/stdout' >out
	equal "$(cat out)" opened
}

# ---------------------------------------------------------------- all of it, in order
@test "2>&1 into a file keeps the order" {
	onggi run --rm busybox sh -c 'n=0; while [ $n -lt 200 ]; do echo "out $n"; echo "err $n" >&2; n=$((n + 1)); done' >both 2>&1
	equal "$(cat both)" "$(for ((n = 0; n < 200; n++)); do printf 'out %d\nerr %d\n' $n $n; done)"
}
@test "files of 20 MB pass in and out whole" {
	head -c 20000000 /dev/urandom >in
	onggi run --rm -i busybox cat <in >out
	cmp in out
}
@test "20 MB through a slow pipe" {
	count=$(onggi run --rm busybox head -c 20000000 /dev/zero | (
		sleep 1
		wc -c
	))
	equal "$count" 20000000
}
@test "5 MB of a terminal through a slow pipe, the end too" {
	sum=$(onggi run --rm -t busybox sh -c 'stty raw; head -c 5000000 /dev/zero; echo the end' </dev/null | (
		sleep 1
		tr '\0' z | wc -c
	))
	equal "$sum" 5000008
}
@test "a shell's loop goes on reading where the program stopped" {
	printf 'one\ntwo\nthree\n' >list
	while read -r word; do
		onggi run --rm -i busybox true
		echo "$word"
	done <list >seen
	equal "$(cat seen)" $'one\ntwo\nthree'
}
@test "the end of standard input is the program's, too" {
	printf 'a\nb\n' >in
	run -0 onggi run --rm -i busybox wc -l <in
	equal "$output" 2
	: >in
	run -0 onggi run --rm -i busybox wc -l <in
	equal "$output" 0
}
@test "a program that closes its standard input goes on" {
	head -c 1000000 /dev/zero >in
	run -0 onggi run --rm -i busybox sh -c 'exec <&-; sleep 0.5; echo on' <in
	equal "$output" on
}
@test "a full disk is told, and is no success" {
	run -125 --separate-stderr bash -c '"$@" >/dev/full' - "${line[@]}" busybox echo hello
	contains "$stderr" "warning: standard output: No space left on device"
}

# ---------------------------------------------------------------- readers that go away
@test "a pipeline's reader goes away: the program gets SIGPIPE" {
	run -0 bash -c '"$@" | head -n 1; exit 0' - "${line[@]}" busybox sh -c 'yes; echo "code $?" >&2'
	contains "$output" y "code 141"
}
@test "with a terminal, it gets SIGHUP" {
	run -0 bash -c '"$@" </dev/null | head -n 1; exit "${PIPESTATUS[0]}"' - "${line[@]}" -t busybox \
		sh -c 'trap "exit 0" HUP; while :; do echo y; done 2>/dev/null'
	contains "$output" y
}
@test "a file that can't grow ends the program" {
	run bash -c 'ulimit -f 8; "$@" >out; echo "code $?"' - "${line[@]}" busybox sh -c 'yes; echo "yes: $?" >&2'
	contains "$output" "yes: 141" "standard output: File too large"
}

# ---------------------------------------------------------------- nothing waits
@test "3 MB pasted into -it come back whole" {
	run -0 paste echo 'stty raw -echo; echo READY; cat'
	equal "$output" $'all came back\nended with 143'
}
@test "a program that never reads its terminal obeys SIGTERM" {
	run -0 paste deaf 'stty raw -echo; echo READY; sleep 1000'
	equal "$output" $'stuck\nended with 143'
}
@test "a program may close its terminal and open it again" {
	run -0 onggi run --rm -t busybox sh -c 'tty=$(tty); echo before; exec <&- >&- 2>&-; sleep 0.5; echo after >"$tty"' </dev/null
	equal "$output" $'before\r\nafter\r'
}
@test "a terminal that goes away ends the container" {
	run -0 paste hangup 'trap "exit 0" HUP; echo READY; while :; do sleep 0.1; done'
	equal "$output" "ended with 0"
}
@test "-t into a pipe that nobody reads obeys SIGTERM" {
	mkfifo pipe
	exec {fd}<>pipe
	"${line[@]}" --name unread -t busybox yes </dev/null >pipe 3>&- &
	pid=$!
	wait_for container_up unread
	kill -TERM "$pid"
	status_of "$pid"
	exec {fd}>&-
	equal "$code" 143
	equal "$(leftovers)" ""
}
@test "-t into a pipe that has room when SIGTERM comes, and no reader, ends too" {
	mkfifo pipe
	exec {fd}<>pipe
	"${line[@]}" -v "$PWD:/here" -t busybox sh -c 'trap "stty raw; head -c 69000 /dev/zero; exit 3" TERM; : >/here/up; while :; do sleep 0.1; done' </dev/null >pipe 3>&- &
	pid=$!
	wait_for test -e up
	kill -TERM "$pid"
	status_of "$pid"
	exec {fd}>&-
	equal "$(leftovers)" ""
}

# ---------------------------------------------------------------- signals
# start COMMAND...: in the background, its process in $pid, its output in ./out
start() {
	"$@" >out 2>err 3>&- &
	pid=$!
	wait_for grep -q ready out
}
@test "every signal that docker relays reaches the program, real-time ones too" {
	names="HUP INT QUIT ABRT USR1 USR2 ALRM STKFLT CONT TSTP VTALRM PROF XCPU XFSZ IO PWR 34 35 50 63 64"
	start "${line[@]}" busybox sh -c 'for s in '"$names"'; do trap "echo got $s" $s; done; trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'
	for name in $names; do
		kill -"$name" "$pid"
		wait_for grep -qx "got $name" out
	done
	kill -TERM "$pid"
	status_of "$pid"
	equal "$code" 7
}
@test "a program that waits for signals by sigwait(3), as tini does, gets them" {
	need_ids
	onggi load -q -i "$F/debian.docker.tar"
	start "${line[@]}" debian:test python3 -uc 'import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
print("ready")
sys.exit(50 + signal.sigwait(signal.valid_signals()))'
	kill -TERM "$pid"
	status_of "$pid"
	equal "$code" 65
}
@test "SIGHUP that nohup ignores is not relayed" {
	start nohup "${line[@]}" busybox sh -c 'trap "echo got HUP" HUP; trap "echo got USR1" USR1; trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'
	kill -HUP "$pid"
	kill -USR1 "$pid"
	wait_for grep -q "got USR1" out
	kill -TERM "$pid"
	status_of "$pid"
	equal "$code" 7
	equal "$(cat out)" $'ready\ngot USR1'
}
@test "a caller that ignores SIGCHLD" {
	run -0 perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' "${line[@]}" busybox echo ok
	equal "$output" ok
}
@test "a caller that ignores SIGPIPE: the program does not" {
	run -0 perl -e '$SIG{PIPE} = "IGNORE"; exec @ARGV' "${line[@]}" busybox grep SigIgn /proc/self/status
	matches "$output" 'SigIgn:.0000000000000000'
}
