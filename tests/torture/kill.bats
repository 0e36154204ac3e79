#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# SIGKILL at any moment: after a while of a random length, and, where the injector is there, at a
# random system call, which reaches the moments that are too short for a clock.
# shellcheck disable=SC2034,SC2154 # lib.bash reads and sets them
load ../e2e/lib
load ../e2e/registry
load lib

setup_file() { registry_with_busybox; }
teardown_file() { registry_down; }
setup() { own_store; }
teardown() { own_store_down; }

# The same numbers each time, so that a round can be had again; others in a long run, which tells how it began.
sow() {
	SEED=${ONGGI_TEST_SEED:-1}
	! is_long || SEED=${ONGGI_TEST_SEED:-$SRANDOM}
	RANDOM=$SEED
}

# How long the command takes, in microseconds.
measure() {
	local start=${EPOCHREALTIME/./}
	quiet "${COMMAND[@]}"
	LENGTH=$((${EPOCHREALTIME/./} - start))
}

killed_by_the_clock() {
	local pid delay=$(((RANDOM * 32768 + RANDOM) % (LENGTH + LENGTH / 4)))
	ROUND="seed $SEED, round $1, SIGKILL after $delay us"
	: >"$W/report"
	"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "${COMMAND[@]}" >"$W/out" 2>"$W/err" </dev/null 3>&- &
	pid=$!
	sleep "$(printf '%d.%06d' $((delay / 1000000)) $((delay % 1000000)))"
	kill -9 $pid 2>/dev/null || :
	wait $pid 2>/dev/null || :
}
killed_at_a_call() {
	local nth=$(((RANDOM * 32768 + RANDOM) % CALLS + 1))
	ROUND="seed $SEED, round $1, SIGKILL at call $nth of $CALLS"
	inject --kill command --nth $nth
	[ "$R_hang" = 0 ] || broken "it hangs"
	[ "$R_leaked" = 0 ] || broken "processes stay"
	! grep -Eiq 'sanitizer|runtime error' "$W/err" || broken "something crashed"
}

# The rounds of both kinds, in two stores: see one_id.
rounds_by_the_clock() { # VERB
	local verb=$1 n all
	all=$(rounds 8 100)
	sow
	need_registry "$verb"
	"before_$verb"
	"command_$verb" 0
	measure
	"after_$verb"
	for ((n = 1; n <= all; n++)); do
		"before_$verb"
		"command_$verb" "$n"
		killed_by_the_clock "$n"
		next_works "$verb"
	done
	none_left
	count "$verb: $all rounds of SIGKILL by the clock, 0 leaks"
}
rounds_by_calls() { # VERB
	local verb=$1 n all
	all=$(rounds 8 100)
	sow
	need_registry "$verb"
	need_inject
	one_id
	"before_$verb"
	"command_$verb" 0
	inject
	CALLS=$R_calls
	"after_$verb"
	for ((n = 1; n <= all; n++)); do
		"before_$verb"
		"command_$verb" "$n"
		killed_at_a_call "$n"
		next_works "$verb"
	done
	none_left
	count "$verb: $all rounds of SIGKILL at one of $CALLS system calls, 0 leaks"
}

@test "kill -9 at any moment: load" { rounds_by_the_clock load; }
@test "kill -9 at any moment: pull" { rounds_by_the_clock pull; }
@test "kill -9 at any moment: import" { rounds_by_the_clock import; }
@test "kill -9 at any moment: run" { rounds_by_the_clock run; }
@test "kill -9 at any moment: rm" { rounds_by_the_clock rm; }
@test "kill -9 at any moment: rmi" { rounds_by_the_clock rmi; }
@test "kill -9 at any moment: prune" { rounds_by_the_clock prune; }
@test "kill -9 at any system call: load" { rounds_by_calls load; }
@test "kill -9 at any system call: pull" { rounds_by_calls pull; }
@test "kill -9 at any system call: import" { rounds_by_calls import; }
@test "kill -9 at any system call: run" { rounds_by_calls run; }
@test "kill -9 at any system call: rm" { rounds_by_calls rm; }
@test "kill -9 at any system call: rmi" { rounds_by_calls rmi; }
@test "kill -9 at any system call: prune" { rounds_by_calls prune; }
