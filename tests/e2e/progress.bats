#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Progress as a person sees it: bars in a real terminal of several widths, lines and JSON elsewhere.
load lib.bash
load registry.bash

setup_file() {
	local tool n
	for tool in docker-registry skopeo python3 tmux; do command -v $tool >/dev/null || return 0; done
	registry_up
	cd "$BATS_FILE_TMPDIR" || return
	for n in 1 2 3; do
		mkdir "layer-$n"
		head -c 10000000 /dev/urandom >"layer-$n/random-$n"
		tar -C "layer-$n" --owner=0 --group=0 -cf "layer-$n.tar" .
	done
	python3 -B "$BATS_TEST_DIRNAME/mkimage.py" image layers layers '{}' layer-{1,2,3}.tar
	push oci:layers:layers layers
}
teardown_file() {
	registry_down
	store_down
}
setup() {
	[ -n "$REGISTRY" ] || skip "docker-registry, skopeo, python3 or tmux is not installed"
	cd "$BATS_TEST_TMPDIR" || return
	STORE=$BATS_TEST_TMPDIR/data
}
teardown() {
	servers_down
	terminal kill-server 2>/dev/null || :
	store_down || :
}
terminal() { tmux -f /dev/null -S "$BATS_TEST_TMPDIR/tmux" "$@" 3>&-; }
screen() { terminal capture-pane -p -t pull; }
# in_terminal COLUMNS: pull in a terminal that wide, so slowly that it goes on until `finish`
in_terminal() {
	proxy "$BATS_TEST_TMPDIR/proxy" --rate 100000
	printf '#!/bin/sh\n"%s" --root "%s" --runroot "%s" pull %s/layers\necho "ended with $?"\nexec sleep 1000\n' \
		"$ONGGI" "$STORE" "$RUNSTATE" "$SERVER" >script
	chmod +x script
	LC_ALL=C.UTF-8 TERM=screen terminal new-session -d -s pull -x "$1" -y 20 ./script
	wait_for shows 'pulling 0/3'
	wait_for shows '%'
}
finish() {
	touch "$BATS_TEST_TMPDIR/proxy/release"
	wait_for shows 'ended with 0'
}
shows() { screen | grep -Eq -- "$1"; }
# Every line of the block is there once, whatever was drawn before. It may be looked at while it is drawn.
is_tidy() { wait_for looks_tidy || { cat seen >&2; return 1; }; }
looks_tidy() {
	screen >seen
	[ "$(grep -c '^pulling' seen)" = 1 ] && [ "$(grep -c '%' seen)" -le 3 ]
}
# resize COLUMNS: and wait until it is drawn for them
resize() {
	terminal resize-window -t pull -x "$1"
	drawn=$(moment)
	wait_for is_redrawn
}
# What changes with each drawing: all that has come.
moment() { screen | grep '^pulling' | grep -Eo ' [0-9.]+[kMG]?B/' || :; }
is_redrawn() { [ "$(moment)" != "$drawn" ]; }
is_done() {
	finish
	screen >seen
	equal "$(grep -c ': done, ' seen)" 3
	equal "$(grep -c '%\|^pulling' seen)" 0
}

@test "80 columns: bars, bytes, rate" {
	in_terminal 80
	wait_for shows 'layer [0-9a-f]{12} \[=*>? *\] +[0-9]+%'
	is_tidy
	wait_for shows 'kB/s'
	is_tidy
	is_done
}
@test "40 columns: what has room" {
	in_terminal 40
	is_tidy
	wait_for shows 'layer [0-9a-f]{12}.* +[0-9]+%'
	is_done
}
@test "200 columns" {
	in_terminal 200
	is_tidy
	wait_for shows 'layer [0-9a-f]{12} \[[=> ]{40}\] +[0-9]+%'
	is_done
}
@test "a terminal that becomes narrow, and wide again" {
	in_terminal 120
	resize 40
	is_tidy
	resize 100
	is_tidy
	is_done
}
@test "a terminal of five columns does no harm" {
	in_terminal 40
	terminal resize-window -t pull -x 5
	sleep 0.5 # nothing that is drawn there tells anything
	terminal resize-window -t pull -x 80
	finish
}
@test "a dumb terminal, and none: a line for each layer" {
	TERM=dumb run -0 script -qec "$ONGGI --root $STORE --runroot $RUNSTATE pull $REGISTRY/layers" /dev/null
	equal "$(grep -c ': done, ' <<<"$output")" 3
	lacks "$output" $'\033[K' '%'
	onggi rmi "$REGISTRY/layers"
	onggi pull "$REGISTRY/layers" >out 2>err
	equal "$(grep -c '^layer [0-9a-f]*: done, 10MB in ' err)" 3
	lacks "$(cat out)" "done"
	run -0 --separate-stderr onggi pull "$REGISTRY/layers"
	# shellcheck disable=SC2154 # bats sets it
	lacks "$stderr" "done"
}
@test "--progress json is objects, --progress quiet and --quiet are nothing" {
	onggi pull --progress json "$REGISTRY/layers" >out 2>err
	equal "$(jq -r 'select(.event == "end") | .done / 1000000 | floor' err | sort -u)" 10
	equal "$(jq -r 'select(.event == "end") | .name' err | wc -l)" 3
	onggi rmi "$REGISTRY/layers"
	onggi pull --progress quiet "$REGISTRY/layers" >out 2>err
	equal "$(cat err)" ""
	onggi rmi "$REGISTRY/layers"
	onggi pull -q "$REGISTRY/layers" >out 2>err
	equal "$(cat err)" ""
}
@test "load tells on a terminal, and nothing elsewhere" {
	onggi load -i "$F/busybox.tar" >out 2>err
	equal "$(told "$(cat err)")" ""
	onggi rmi busybox
	onggi load --progress plain -i "$F/busybox.tar" >out 2>err
	matches "$(cat err)" 'layer [0-9a-f]{12}: done'
}
@test "another word is refused" {
	run -125 onggi load --progress loud -i "$F/busybox.tar"
	contains "$output" "'loud'" "auto, tty, plain, json"
}
