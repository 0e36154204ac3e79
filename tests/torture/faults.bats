#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each system call of a command fails once, with each error that it may return; and each process of
# the command is killed at any of its calls. By default a few of them, spread over the command;
# ONGGI_TEST_LONG makes it all.
# shellcheck disable=SC2034,SC2154 # lib.bash reads and sets them
load ../e2e/lib
load ../e2e/registry
load lib

setup_file() { registry_with_busybox; }
teardown_file() { registry_down; }
setup() {
	own_store
	one_id
}
teardown() { own_store_down; }

FAULTS=(EIO ENOSPC EMFILE ENOMEM EINTR KILL)
# Sets FAULT_OPTIONS of the injector, and CALLS that the fault can hit.
fault_prepare() { # VERB FAULT ROUND
	if [ "$2" = KILL ]; then FAULT_OPTIONS=(--kill caller); else FAULT_OPTIONS=(--errno "$2"); fi
	"before_$1"
	"command_$1" "$3"
	ROUND="$2, none yet"
	inject "${FAULT_OPTIONS[@]}"
	ended_well "$1"
	[ "$R_status" = 0 ] || broken "without a fault"
	CALLS=$R_calls
}

fault_rounds() { # VERB
	local verb=$1 fault n step each total=0 hits=0 kind kinds
	each=$(rounds 3 100000)
	need_registry "$verb"
	[ "$INJECT" = as_injector ] || need_inject
	kinds=1
	# A container that stays, and one that goes.
	[ "$verb" != run ] || ! is_long || kinds=2
	for ((kind = 0; kind < kinds; kind++)); do
		for fault in "${FAULTS[@]}"; do
			fault_prepare "$verb" "$fault" $kind
			"after_$verb"
			step=$(((CALLS + each - 1) / each))
			# Each fault begins elsewhere.
			for ((n = 1 + total % step; n <= CALLS; n += step)); do
				"before_$verb"
				"command_$verb" $kind
				ROUND="$fault at call $n of $CALLS"
				inject "${FAULT_OPTIONS[@]}" --nth "$n"
				ROUND+=", $R_hit"
				[ "$R_hit" = - ] || hits=$((hits + 1))
				total=$((total + 1))
				# Who is killed may be the command itself.
				if [ "$fault" = KILL ] && [ "$R_signal" = 9 ] && [ "$R_hang" = 0 ]; then R_signal=0 R_status=0 killed "$verb"; else ended_well "$verb"; fi
				next_works "$verb"
			done
		done
	done
	none_left
	count "$verb: $total rounds, $hits faults injected (${FAULTS[*]}), 0 leaks"
}
killed() {
	[ "$R_leaked" = 0 ] || broken "processes stay"
}

# An ordinary user's id maps are written by newuidmap and newgidmap, which give nothing to who has
# no_new_privs: root's injector needs none, and becomes the user.
@test "a system call fails: run, as a user with subordinate ids" {
	local user=${ONGGI_TEST_USER:-onggi-tester} n step
	need_root
	need_inject
	grep -q "^$user:" /etc/subuid || skip "there is no user '$user' with subordinate ids"
	mkdir -p "$PLACE/home"
	chmod 711 "$PLACE"
	chown "$user" "$PLACE/home"
	STORE=$PLACE/home/data RUNSTATE=$PLACE/home/run
	as_user() { env -i HOME="$PLACE/home" PATH="$PATH" "$@"; }
	onggi() { as_user runuser -u "$user" -- "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@"; }
	INJECT=as_injector
	as_injector() { as_user "$ONGGI_TEST_TOOLS/torture/inject" --user "$user" "$@"; }
	fault_rounds run
	onggi run --rm -u 5 busybox id -u
}
@test "a system call fails: load" { fault_rounds load; }
@test "a system call fails: pull" { fault_rounds pull; }
@test "a system call fails: import" { fault_rounds import; }
@test "a system call fails: run" { fault_rounds run; }
@test "a system call fails: rm" { fault_rounds rm; }
@test "a system call fails: rmi" { fault_rounds rmi; }
@test "a system call fails: prune" { fault_rounds prune; }
