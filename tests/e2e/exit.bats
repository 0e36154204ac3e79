#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Exit codes are docker's; signals reach the program.
load lib.bash
setup_file() { store_up; }
teardown_file() { store_down; }

@test "the program's own code" {
	for code in 0 1 42 124 255; do
		run "-$code" onggi run --rm busybox sh -c "exit $code"
	done
}
@test "125: onggi itself failed" {
	run -125 onggi run --rm no/such:image true
	run -125 onggi run --rm --no-such-option busybox true
	run -125 onggi run --rm -v relative/../path: busybox true
	run -125 onggi run
}
@test "126: found, but can't be executed" {
	run -126 onggi run --rm busybox /opt/notexecutable
	run -126 onggi run --rm busybox /etc
	run -126 onggi run --rm busybox /opt/noshebang
}
@test "127: not found" {
	run -127 onggi run --rm busybox no-such-program
	run -127 onggi run --rm busybox /no/such/program
	run -127 onggi run --rm busybox /opt/badshebang
}
@test "128 + N: ended by a signal" {
	run -137 onggi run --rm busybox sh -c 'sleep 100 & kill -9 $!; wait $!'
	run -137 onggi run --rm --init busybox sh -c 'kill -9 $$'
	run -143 onggi run --rm --init busybox sh -c 'kill -TERM $$'
	run -134 onggi run --rm --init busybox sh -c 'kill -ABRT $$'
}
# start NAME COMMAND...: a container in the background, its onggi process in $pid
start() {
	local name=$1
	shift
	"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm --name "$name" "${options[@]}" busybox "$@" \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	wait_for grep -q ready "$BATS_TEST_TMPDIR/out"
}
# ended_with CODE PID: of a process of this shell
ended_with() {
	local code=0
	wait "$2" || code=$?
	equal "$code" "$1"
}
# A shell that reports each signal by name and ends with 40 + count on TERM.
trapper='trap "echo got USR1" USR1; trap "echo got HUP" HUP; trap "echo got INT; exit 42" INT; trap "echo got TERM; exit 43" TERM; echo ready; while :; do sleep 0.1; done'

@test "signals sent to onggi reach the program" {
	options=()
	start signals sh -c "$trapper"
	kill -USR1 $pid
	wait_for grep -q "got USR1" "$BATS_TEST_TMPDIR/out"
	kill -HUP $pid
	wait_for grep -q "got HUP" "$BATS_TEST_TMPDIR/out"
	kill -TERM $pid
	ended_with 43 $pid
	grep -q "got TERM" "$BATS_TEST_TMPDIR/out"
}
@test "with --init, too" {
	options=(--init)
	start signals-init sh -c "$trapper"
	kill -INT $pid
	ended_with 42 $pid
	grep -q "got INT" "$BATS_TEST_TMPDIR/out"
}
@test "TERM without a handler ends a program under --init with 143" {
	options=(--init)
	start term sh -c 'echo ready; exec sleep 1000'
	kill -TERM $pid
	ended_with 143 $pid
}
asleep() { pgrep -u "$(id -u)" -f "^sleep $naps" >/dev/null; }
@test "killing onggi with -9 ends the container, the next command tidies up" {
	options=()
	naps=1000$$ # nobody else sleeps so long
	start killed sh -c "echo x >/written; sleep $naps & echo ready; wait"
	wait_for asleep
	kill -9 $pid
	wait $pid || true
	wait_for eval '! asleep'
	run -0 onggi ps -a
	run -0 onggi run --rm busybox echo next
	equal "$output" next
	run onggi ps -aq
	equal "$output" ""
	equal "$(leftovers)" ""
}
@test "the name of a killed container can be used again" {
	options=()
	start again sh -c 'echo ready; sleep 1000'
	kill -9 $pid
	wait $pid || true
	run -0 onggi run --rm --name again busybox echo ok
	equal "$output" ok
}
@test "background processes of the container end with its pid 1" {
	naps=2000$$
	run -0 onggi run --rm busybox sh -c "sleep $naps & sleep $naps & echo started"
	run pgrep -u "$(id -u)" -f "sleep $naps"
	equal "$output" ""
}
