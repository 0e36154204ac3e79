#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Names in archives: whatever they are, nothing outside of the layer is made, changed or linked.
load ../e2e/lib.bash
load enemy.bash
setup_file() { enemy_up paths; }
teardown_file() { enemy_down; }

@test "absolute names land inside the root, in every field that has a name" {
	for name in absolute-name absolute-prefix absolute-pax absolute-gnu many-slashes; do
		CHECK="test \"\$(cat $OUTSIDE/file)\" = evil" try contained $name
	done
}
@test "names that leave the root are refused, in every field that has a name" {
	for name in dotdot-name dotdot-prefix dotdot-pax dotdot-gnu dotdot-middle dotdot-store dotdot-directory dotdot-directory-deep name-dotdot; do
		try refused $name "its name leaves the root"
	done
}
@test ".. that stays inside is a way inside" {
	CHECK='test "$(cat /inside)" = here' try contained dotdot-inside
	CHECK='test "$(cat /inside2)" = here' try contained dotdot-through-link
}
@test "the root is a directory and stays one" {
	for name in name-empty name-dot root-symlink root-hardlink root-fifo; do
		try refused $name "the root must be a directory"
	done
	try refused name-slash "tar archive is damaged"
	try contained root-directory
}
@test "names of 64 kB, in every field that has a name" {
	for name in name-64k name-64k-parts name-64k-dots target-64k target-64k-hard; do
		try refused $name "less than 4096 are accepted"
	done
	try refused component-256 "at most 255 are accepted"
	CHECK='test "$(cat /a/n*)" = here' try contained component-255
	try refused deep-directories "more than 256 directories below one another"
}
@test "the reason stands behind the longest name" {
	try refused long-name-reason "less than 4096 are accepted"
	try refused deep-directories "more than 256 directories"
}
@test "a name does not speak to the terminal, and does not pretend to be a line of ours" {
	try refused terminal-name "its name leaves the root"
	try refused terminal-name-tar "has the owner -5"
	CHECK='test $(find / -xdev -type f -size 4c | wc -l) -ge 3 || find / -xdev -type f | wc -l' try contained bytes-in-names
}
@test "from a registry" {
	mkdir -p "$BATS_TEST_TMPDIR/state"
	python3 -B "$BATS_TEST_DIRNAME/enemy.py" serve "$ENEMY" "$BATS_TEST_TMPDIR/state" >/dev/null 2>&1 3>&- &
	server=$!
	wait_for test -e "$BATS_TEST_TMPDIR/state/port"
	registry=127.0.0.1:$(cat "$BATS_TEST_TMPDIR/state/port")
	for name in dotdot-name dotdot-prefix dotdot-pax dotdot-gnu root-symlink name-64k deep-directories; do
		tried "pull $name"
		run -1 onggi pull -q "$registry/$name:1"
		matches "$output" "$name:1'?: .*layer [0-9a-f]{12}: "
		contains "$output" "entry '"
	done
	tried "pull absolute-name"
	run -0 onggi pull -q "$registry/absolute-name:1"
	run -0 onggi run --rm "$registry/absolute-name:1" cat "$OUTSIDE/file"
	equal "$output" evil
	onggi rmi "$registry/absolute-name:1"
	kill "$server"
	run onggi system check -q
	equal "$status $output" "0 "
	untouched
}
