# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the torture tests share: for each command that changes the store, how to get to where it has
# something to do, what it is, what holds when it claims success, and what must work after it,
# however it ended. Loaded after ../e2e/lib.bash and registry.bash; each test has a store of its own.
#
#   rounds      how many by default, and with ONGGI_TEST_LONG; ONGGI_TEST_ROUNDS is a number for both
#   BEFORE      before_VERB: so that the command has everything to do
#   COMMAND     command_VERB: sets COMMAND
#   DONE        done_VERB: true when what it is for is so
#   AFTER       after_VERB: the same again, which must work

# shellcheck disable=SC2034,SC2154,SC2317 # a report's words become variables; bats files share them
INJECT=${ONGGI_TEST_TOOLS:-}/torture/inject
export BATS_TEST_TIMEOUT=${ONGGI_TEST_TIMEOUT:-600}
[ -z "${ONGGI_TEST_LONG:-}" ] || export BATS_TEST_TIMEOUT=14400

is_long() { [ -n "${ONGGI_TEST_LONG:-}" ]; }
rounds() { # DEFAULT LONG
	if [ -n "${ONGGI_TEST_ROUNDS:-}" ]; then
		printf '%s\n' "$ONGGI_TEST_ROUNDS"
	elif is_long; then
		printf '%s\n' "$2"
	else
		printf '%s\n' "$1"
	fi
}
count() { printf '# count: torture %s\n' "$*" >&3; }

need_inject() {
	[ -n "${ONGGI_TEST_TOOLS:-}" ] || skip "ONGGI_TEST_TOOLS is not set: the injector is not there"
	[ -x "$INJECT" ] || skip "$INJECT is not built"
	"$INJECT" --report /dev/null -- true || skip "seccomp's notifications are not available"
}
need_registry() {
	[ "$1" != pull ] || need_tool docker-registry
	[ "$1" != pull ] || need_tool skopeo
}

# Under the injector an ordinary user has no_new_privs, and so one id: trees are unpacked for that. A
# store in which both took turns would be an odd one, and `check` says so: all commands go that way.
one_id() {
	is_root || onggi() { setpriv --no-new-privs "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@"; }
}

# Each test's own, and its own place for temporary files. In memory where that is as good as a disk
# and there is room, which makes of minutes seconds.
own_store() {
	MEMORY=
	PLACE=$BATS_TEST_TMPDIR
	if [ "$(($(stat -f -c '%a * %S' /dev/shm 2>/dev/null || echo 0)))" -ge $((2 << 30)) ] &&
		MEMORY=$(mktemp -d /dev/shm/onggi-torture.XXXXXX 2>/dev/null) &&
		python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.overlay.test", b"y")' "$MEMORY" 2>/dev/null; then
		PLACE=$MEMORY
	fi
	STORE=$PLACE/data RUNSTATE=$PLACE/run TMPDIR=$PLACE/tmp W=$BATS_TEST_TMPDIR/w
	export STORE RUNSTATE TMPDIR
	mkdir -p "$TMPDIR" "$W"
}
own_store_down() {
	store_down
	[ -z "$MEMORY" ] || rm -rf --one-file-system "$MEMORY"
}
# A registry with busybox in it, for `pull`, where there is one.
registry_with_busybox() {
	REGISTRY_PID=
	if ! command -v docker-registry || ! command -v skopeo; then return; fi >/dev/null
	registry_up
	push "docker-archive:$F/busybox.tar" busybox
}

quiet() { onggi "$@" >"$W/quiet" 2>&1 || broken "onggi $* failed: $(cat "$W/quiet")"; }
has_image() { onggi image exists "$1" 2>/dev/null; }
has_container() { onggi container exists t 2>/dev/null; }

before_load() { ! has_image busybox || quiet rmi busybox; }
command_load() { COMMAND=(load -q -i "$F/busybox.tar"); }
done_load() { has_image busybox; }
after_load() { quiet "${COMMAND[@]}" && done_load; }

before_pull() { ! has_image "$REGISTRY/busybox" || quiet rmi "$REGISTRY/busybox"; }
command_pull() { COMMAND=(pull -q --retry 0 "$REGISTRY/busybox"); }
done_pull() { has_image "$REGISTRY/busybox"; }
after_pull() { quiet "${COMMAND[@]}" && done_pull; }

before_import() { ! has_image imported || quiet rmi imported; }
command_import() { COMMAND=(import -q "$F/rootfs.tar" imported); }
done_import() { has_image imported; }
after_import() { quiet "${COMMAND[@]}" && done_import; }

# In turn one that goes and one that stays; both say that they ran.
before_run() {
	has_image busybox || quiet load -q -i "$F/busybox.tar"
	! has_container || quiet rm -f t
}
command_run() { # ROUND
	COMMAND=(run --rm -u 0 --network none busybox echo works)
	[ $(($1 % 2)) = 0 ] || COMMAND=(run --name t -u 0 --network none busybox sh -c 'echo works | tee /f')
}
done_run() { equal "$(cat "$W/out")" works; }
after_run() {
	! has_container || quiet rm -f t
	quiet "${COMMAND[@]}"
	equal "$(cat "$W/quiet")" works
}

before_rm() {
	before_run
	quiet run --name t -u 0 --network none busybox sh -c 'echo x >/f'
}
command_rm() { COMMAND=(rm t); }
done_rm() { ! has_container; }
after_rm() {
	! has_container || quiet rm t
	quiet run --name t -u 0 --network none busybox true
	quiet rm t
}

before_rmi() { has_image busybox || quiet load -q -i "$F/busybox.tar"; }
command_rmi() { COMMAND=(rmi busybox); }
done_rmi() { ! has_image busybox; }
after_rmi() {
	! has_image busybox || quiet rmi busybox
	quiet load -q -i "$F/busybox.tar"
}

before_prune() {
	before_rmi
	has_container || quiet run --name t -u 0 --network none busybox sh -c 'echo x >/f'
}
command_prune() { COMMAND=(system prune -af); }
done_prune() { [ -z "$(onggi images -aq)$(onggi ps -aq)" ]; }
after_prune() { quiet "${COMMAND[@]}" && done_prune; }

# What was done to the command of this round, for whoever reads of a failure.
ROUND=
broken() {
	{
		printf '%s: onggi %s\n  %s\n' "$ROUND" "${COMMAND[*]}" "$1"
		[ ! -s "$W/err" ] || sed 's/^/  stderr: /' "$W/err"
		[ ! -s "$W/report" ] || sed 's/^/  report: /' "$W/report"
	} >&2
	is_long || return 1
	# A long run tells of everything that it finds.
	printf '# %s: %s: %s\n' "$ROUND" "${COMMAND[*]}" "$(printf '%s' "$1" | head -c 600 | tr '\n' '|') $(tr '\n' '|' <"$W/err")" >&3
	BROKEN=$((BROKEN + 1))
}
BROKEN=0

# Run COMMAND under the injector, with its options; the report's words become R_*.
inject() { # OPTION...
	local pair
	: >"$W/report"
	: >"$W/err"
	"$INJECT" --report "$W/report" --hang 120 "$@" -- "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "${COMMAND[@]}" \
		>"$W/out" 2>"$W/err" </dev/null 3>&- || :
	while IFS= read -r -d ' ' pair; do
		printf -v "R_${pair%%=*}" '%s' "${pair#*=}"
	done < <(tr '\n' ' ' <"$W/report")
	[ -s "$W/report" ] || broken "the injector failed"
}

# It ended by itself, and failed with an error in words or did what it is for.
ended_well() { # VERB
	[ "$R_hang" = 0 ] || broken "it hangs"
	[ "$R_leaked" = 0 ] || broken "processes stay"
	# ADR 1: without memory for a small block a command ends so, and says it.
	if [ "$R_loader" = 1 ] && [ "$R_status" != 0 ]; then return; fi
	if [ "$R_signal" = 6 ] && grep -q '^onggi: out of memory' "$W/err"; then return; fi
	[ "$R_signal" = 0 ] || broken "it died of signal $R_signal"
	! grep -Eiq 'signal (11|6)\b|segmentation|abort|sanitizer|runtime error' "$W/err" || broken "something crashed"
	if [ "$R_status" = 0 ]; then
		# Who goes on without a container that can't be read says so.
		"done_$1" 2>/dev/null || grep -q '^onggi: .' "$W/err" || broken "it claims success, and nothing was done"
	elif ! grep -Eq '^onggi: .|error while loading shared libraries' "$W/err"; then
		# The container's own program may have met the error.
		if [ "$1" != run ] || [ "$R_status" -ge 125 ] || [ ! -s "$W/err" ]; then
			broken "it failed with $R_status without a word"
		fi
	fi
}

# The next command works, and the store is whole.
next_works() { # VERB
	"after_$1" || broken "the next one did not do what it is for"
	onggi system check -q >"$W/check" 2>&1 || broken "the store is broken: $(cat "$W/check")"
}

# What is left of a run below a place. Who was killed may still be on its way out: a machine under load takes its time.
left_below() { # PLACE
	local BATS_FILE_TMPDIR=$1 n
	for ((n = 0; n < 100; n++)); do
		[ -n "$(leftovers)" ] || return 0
		sleep 0.1
	done
	leftovers
}

# What neither prune nor the checks may find at the end of all rounds.
# shellcheck disable=SC2010 # names are ours
none_left() {
	local left
	! has_container || quiet rm -f t
	quiet system prune -f
	left=$(left_below "$PLACE")
	left+=$(find "$STORE" "$RUNSTATE" -name '.tmp-*' 2>/dev/null | grep -v /work/work | sed 's/^/temporary: /')
	left+=$(find "$TMPDIR" -mindepth 1 2>/dev/null | sed 's/^/temporary: /')
	[ -z "$left" ] || broken "left over: $left"
	onggi system check >"$W/check" 2>&1 || broken "the store is broken: $(cat "$W/check")"
	[ "$(wc -l <"$W/check")" = 1 ] || broken "check finds: $(cat "$W/check")"
	[ "$BROKEN" = 0 ]
}
