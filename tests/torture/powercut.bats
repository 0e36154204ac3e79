#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A power cut at each step of a command: powercut.py copies the store as a disk would have it then.
# What must be old or new, whatever was lost: index.json, what names images and containers, and the
# records of containers that stay. What may be broken, and is then found and mended by `system
# check --repair`: blobs and trees of layers (docs/adr/0023).
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
teardown() {
	[ -z "$CUTS" ] || STORE=$CUTS store_down
	own_store_down
}
CUTS=

# What the index and the records say: names of images, and of containers.
images() { onggi images -a --format '{{.Repository}}:{{.Tag}} {{.ID}}' || printf 'failed\n'; }
containers() { onggi ps -a --format '{{.Names}}' || printf 'failed\n'; }
# one_of NOW OLD NEW
one_of() { [ "$1" = "$2" ] || [ "$1" = "$3" ] || broken "neither old nor new: $1"; }

# Read one cut as the store, without what was in $RUN, as after a boot.
cut_survives() { # N VERB LOST
	local STORE=$CUTS/$1 RUNSTATE=$PLACE/boot
	rm -rf "$RUNSTATE"
	ROUND="cut $1 ($3)"
	one_of "$(images 2>&1)" "$OLD_IMAGES" "$NEW_IMAGES"
	one_of "$(containers 2>&1)" "$OLD_CONTAINERS" "$NEW_CONTAINERS"
	onggi system check -q >"$W/check" 2>&1 || {
		TORN=$((TORN + 1))
		# Documents are synced before something names them; a container on its way out may have lost its files.
		! grep -Ev '^(blob |layer |onggi:|hint:|image [^ ]*: blob sha256:[0-9a-f]* is broken|container [0-9a-f]*: (upper|work) can.t be read: it is missing)' "$W/check" >"$W/torn" ||
			broken "torn: $(cat "$W/torn")"
		onggi system check -q --repair >"$W/check" 2>&1 || broken "not mended: $(cat "$W/check")"
		onggi system check -q >"$W/check" 2>&1 || broken "broken when mended: $(cat "$W/check")"
	}
	# Then it is a store like any other.
	onggi system prune -f >"$W/quiet" 2>&1 || broken "prune: $(cat "$W/quiet")"
	[ -z "$(find "$STORE" -name '.tmp-*' 2>/dev/null)" ] || broken "left over: $(find "$STORE" -name '.tmp-*')"
	"before_$2"
	quiet "${COMMAND[@]}"
}

power_cuts() { # VERB STEP
	local verb=$1 step n call lost loss salt salts
	need_registry "$verb"
	need_inject
	TORN=0 TOTAL=0 LOSING=0
	salts=1 step=$2
	! is_long || salts=4 step=1
	for ((salt = 0; salt < salts; salt++)); do
		"before_$verb"
		"command_$verb" 1
		CUTS=$PLACE/cuts$salt
		OLD_IMAGES=$(images) OLD_CONTAINERS=$(containers)
		# shellcheck disable=SC2046 # one word or none
		SALT=$salt $(is_root || echo setpriv --no-new-privs) python3 -B "$BATS_TEST_DIRNAME/powercut.py" \
			"$INJECT" "$STORE" "$CUTS" "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "${COMMAND[@]}" >"$W/quiet" 2>&1 ||
			broken "the recorder failed: $(cat "$W/quiet")"
		NEW_IMAGES=$(images) NEW_CONTAINERS=$(containers)
		[ "$OLD_IMAGES$OLD_CONTAINERS" != "$NEW_IMAGES$NEW_CONTAINERS" ] || broken "nothing changed"
		while read -r n call lost loss; do
			[ $((n % step)) = 0 ] || [ "$call" = end ] || continue
			[ "$lost" = 0 ] || LOSING=$((LOSING + 1))
			cut_survives "$n" "$verb" "before $call, $lost files have lost bytes: $loss is left"
			TOTAL=$((TOTAL + 1))
		done <"$CUTS/list"
		STORE=$CUTS store_down
	done
	[ "$BROKEN" = 0 ]
	count "$verb: $TOTAL power cuts, in $LOSING of which files lost bytes; $TORN stores to be mended, 0 torn records"
}

before_tag() {
	before_rmi
	! has_image other || quiet rmi other
}
command_tag() { COMMAND=(tag busybox other); }

@test "a power cut: tag" { power_cuts tag 1; }
@test "a power cut: run" { power_cuts run 1; }
@test "a power cut: rm" { power_cuts rm 1; }
@test "a power cut: load" { power_cuts load 5; }
@test "a power cut: pull" { power_cuts pull 5; }
@test "a power cut: import" { power_cuts import 4; }
@test "a power cut: rmi" { power_cuts rmi 10; }
@test "a power cut: prune" { power_cuts prune 16; }
