#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Entries that replace one another at one name: the last one counts, whatever it is.
load ../e2e/lib.bash
load enemy.bash
setup_file() { enemy_up duplicates; }
teardown_file() { enemy_down; }

@test "file, directory, link and FIFO in all orders" {
	CHECK='for p in /all/*; do case $p in
		*-file) test -f $p && test ! -L $p ;; *-dir) test -d $p && test ! -L $p ;; *-symlink) test -L $p ;; *-fifo) test -p $p ;; esac || exit 1
		done; test $(ls /all | wc -l) = 24' try contained replaced-in-all-orders
	CHECK='test "$(cat /same)" = last' try contained thousand-times
}
@test "each kind behind each kind" {
	local kinds="file dir symlink whiteout"
	[ -z "${ONGGI_TEST_LONG:-}" ] || kinds="$kinds fifo hard char"
	for first in $kinds; do
		for second in $kinds; do
			CHECK='test "$(cat /pair/x-leaf)" = here' try contained "$first-then-$second"
		done
	done
}
@test "what replaced a directory is not entered" {
	for kind in file fifo hard; do
		try refused dir-then-$kind-entered "'x' in its path is no directory"
	done
	for kind in dir symlink whiteout; do try contained dir-then-$kind-entered; done
	try either dir-then-char-entered
}
@test "a directory is replaced while its entries are being made" {
	CHECK='test "$(cat /a/b/c/file2)" = here; test ! -e /a/b/c/file' try contained directory-over-open-directory
	CHECK="test \"\$(cat $OUTSIDE/file)\" = evil" try contained parent-becomes-link
	CHECK="test \"\$(cat $OUTSIDE/b/c/two)\" = evil" try contained grandparent-becomes-link
}
