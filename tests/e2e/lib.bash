# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What every end-to-end test file begins with. tests/run sets ONGGI (the binary) and
# ONGGI_TEST_FIXTURES (images); a file gets a store of its own, so files don't see one another.
bats_require_minimum_version 1.5.0

: "${ONGGI:?the binary to test: tests/run sets it}"
: "${ONGGI_TEST_FIXTURES:?the images for tests: tests/run sets it}"
F=$ONGGI_TEST_FIXTURES
STORE=$BATS_FILE_TMPDIR/data
RUNSTATE=$BATS_FILE_TMPDIR/run
export F STORE RUNSTATE

onggi() { "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@"; }

# No test may take longer, whatever hangs: bats ends it and tells.
export BATS_TEST_TIMEOUT=${ONGGI_TEST_TIMEOUT:-600}

# A store with busybox:latest in it.
store_up() { onggi load -q -i "$F/busybox.tar" >/dev/null; }
# Files in it may belong to subordinate ids, and directories may be unwritable.
store_down() {
	cd / || return
	# What a failed test left running would hold bats' own pipes open for ever.
	if pkill -9 -u "$(id -u)" -f -- "--root $STORE"; then wait_for nobody_at_work || true; fi
	rm -rf --one-file-system "$STORE" "$RUNSTATE" 2>/dev/null && return
	unshare --map-auto --map-root-user rm -rf --one-file-system "$STORE" "$RUNSTATE" 2>/dev/null && return
	find "$STORE" "$RUNSTATE" -type d -exec chmod u+rwx {} + 2>/dev/null
	rm -rf --one-file-system "$STORE" "$RUNSTATE"
}

# ---------------------------------------------------------------- who we are
is_root() { [ "$(id -u)" = 0 ]; }
has_subids() { grep -q "^$(id -un):" /etc/subuid 2>/dev/null && [ -u /usr/bin/newuidmap ]; }
# Every id of an image can be had: by root or with subordinate ids.
has_ids() { is_root || has_subids; }
is_sanitized() { grep -q __asan_init "$ONGGI"; }
need_ids() { has_ids || skip "$(id -un) has no subordinate ids"; }
# What was told, without the line that a user without subordinate ids gets when an image is unpacked.
told() { # TEXT
	if has_ids; then
		printf '%s' "$1"
	else
		printf '%s' "$1" | grep -vxF "onggi: warning: owners that are not mapped could not be set: their files belong to you (onggi doctor subordinate-ids)" || :
	fi
}
need_root() { is_root || skip "needs root"; }
need_tool() { command -v "$1" >/dev/null || skip "$1 is not installed"; }
# Can limits of this kind (memory, pids, cpu) be set here by this user? onggi info tells.
need_controller() {
	onggi info | grep -Eq "Controllers:.*\b$1\b" ||
		skip "no $1 controller for $(id -un): $(onggi info | sed -n 's/^ Missing: *//p' | head -n 1)"
}

# ---------------------------------------------------------------- assertions
# Each says what it saw when it fails.
equal() { # GOT WANTED
	[ "$1" = "$2" ] && return
	printf 'got:\n%s\nexpected:\n%s\n' "$1" "$2" >&2
	return 1
}
contains() { # TEXT PART...
	local text=$1 part
	shift
	for part; do
		[[ $text == *"$part"* ]] && continue
		printf 'got:\n%s\nexpected it to contain: %s\n' "$text" "$part" >&2
		return 1
	done
}
lacks() { # TEXT PART...
	local text=$1 part
	shift
	for part; do
		[[ $text != *"$part"* ]] && continue
		printf 'got:\n%s\nexpected it not to contain: %s\n' "$text" "$part" >&2
		return 1
	done
}
matches() { # TEXT REGEX
	[[ $1 =~ $2 ]] && return
	printf 'got:\n%s\nexpected it to match: %s\n' "$1" "$2" >&2
	return 1
}

# A line of `run`'s output that begins with a word, without it.
# shellcheck disable=SC2154 # bats sets it
field() { printf '%s\n' "$output" | sed -n "s/^$1[[:space:]]*//p" | head -n 1; }

# Wait until a condition holds; the bound only ends a test that has failed already.
wait_for() { # COMMAND...
	local end=$((SECONDS + 120))
	while [ $SECONDS -lt $end ]; do
		"$@" && return
		sleep 0.05
	done
	printf 'this never became true: %s\n' "$*" >&2
	return 1
}
container_up() { onggi ps | grep -q " $1\$"; }
nobody_at_work() { ! pgrep -u "$(id -u)" -f -- "--root $STORE" >/dev/null; }

# A process and all below it: who is killed leaves children that notice a moment later.
family() { # PID
	local child
	printf '%s\n' "$1"
	for child in $(pgrep -P "$1"); do family "$child"; done
}
# No thread of these runs any more, so that they hold neither files nor locks, though nobody may have waited for them.
are_gone() { # PID...
	local pid file stat
	for pid; do
		for file in /proc/"$pid"/task/*/stat; do
			{ read -r stat <"$file"; } 2>/dev/null || continue
			[[ ${stat##*) } == [ZXx]* ]] || return 1
		done
	done
}
# kill_hard PID: a child of this shell, and wait until nothing of it is left
kill_hard() {
	local family
	mapfile -t family < <(family "$1")
	kill -9 "$1"
	wait_for are_gone "${family[@]}"
}

# What a run could leave behind: records, run-time state, mounts, cgroups, processes.
leftovers() {
	local path
	for path in "$STORE"/containers/* "$RUNSTATE"/containers/*; do
		case $path in
		*/by-name | *'/*') ;;
		*) printf 'record: %s\n' "$path" ;;
		esac
	done
	for path in "$STORE"/containers/by-name/*; do
		[ ! -L "$path" ] || printf 'name: %s\n' "$path"
	done
	grep -F " $BATS_FILE_TMPDIR" /proc/self/mountinfo | sed 's/^/mount: /'
	pgrep -u "$(id -u)" -f -- "--root $STORE" | sed 's/^/process: /'
	find /sys/fs/cgroup -type d -name '*onggi*' -user "$(id -un)" 2>/dev/null | grep -v '/onggi$' | while read -r path; do
		[ -z "$(cat "$path/cgroup.procs" 2>/dev/null)" ] || continue
		printf 'cgroup: %s\n' "$path"
	done
}
