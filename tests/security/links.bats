#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Links and nodes in archives: what they point to is the image's, never the host's.
load ../e2e/lib.bash
load enemy.bash
setup_file() { enemy_up links; }
teardown_file() { enemy_down; }

@test "a symbolic link and a file through it" {
	for name in symlink-absolute symlink-relative symlink-long symlink-chain; do
		CHECK="test \"\$(cat $OUTSIDE/file)\" = evil" try contained $name
	done
	for name in symlink-loop symlink-self; do
		try refused $name "Too many levels of symbolic links"
	done
	CHECK="! test -e /proc/self/root$OUTSIDE/link" try contained symlink-proc
}
@test "a symbolic link in a lower layer, and a file through it in a higher one" {
	CHECK="! test -e $OUTSIDE/file; test \"\$(cat /way/file)\" = evil" try contained symlink-in-lower-layer
	try contained symlink-in-lower-layers
	CHECK="test \"\$(cat /x/sub/deep/file)\" = here" try contained symlink-lower-directory
}
@test "a directory's entry replaces a link, and what is behind it stays" {
	CHECK="! test -e $OUTSIDE/inner; test \"\$(cat /way/inner)\" = here" try contained symlink-directory
	CHECK="test -d /way/sub" try contained symlink-directory-below
}
@test "attributes of a link are its own" {
	try contained symlink-attributes
	CHECK='test "$(cat /file)" = here' try contained symlink-overwritten
	try contained symlink-fifo
}
@test "whiteouts and opaque markers through a link" {
	for name in symlink-whiteout symlink-whiteout-of-it symlink-opaque; do try contained $name; done
}
@test "hard links to files of the host" {
	for name in hardlink-absolute hardlink-dotdot hardlink-pax hardlink-gnu hardlink-below-symlink hardlink-below-proc; do
		try refused $name "entry 'stolen': hard link to "
	done
}
@test "hard links to symbolic links" {
	CHECK='test "$(readlink /second)" = "$(readlink /way)"' try contained hardlink-to-symlink
	CHECK='test "$(cat /second)" = here; test -L /way' try contained hardlink-to-symlink-written
	CHECK="test \"\$(cat $OUTSIDE/file)\" = evil" try contained hardlink-to-symlink-entered
}
@test "hard links to what is no file" {
	for name in hardlink-to-directory hardlink-to-root hardlink-to-nothing hardlink-to-whiteout; do
		try refused $name "entry 'second': hard link to "
	done
	for name in hardlink-empty symlink-empty; do try refused $name "tar entry '"; done
	try either hardlink-to-lower-layer
}
@test "hard links that are honest, if odd" {
	CHECK='test "$(cat /file)" = here' try contained hardlink-to-itself
	CHECK='test "$(cat /second)" = here' try contained hardlink-with-data
	CHECK='test $(ls /links | wc -l) = 2000' try contained hardlink-many
}
@test "devices of the host are left out or can't be opened" {
	CHECK='for d in /dev2/*; do ! head -c 1 $d >/dev/null 2>&1 || exit 1; done; test -d /bin' try contained devices
	try either device-numbers
}
@test "devices and FIFOs are no directories" {
	if is_root; then
		try refused device-with-children "'dev3' in its path is no directory"
	else
		try contained device-with-children
	fi
	try refused fifo-with-children "'pipe' in its path is no directory"
	CHECK='test "$(cat /pipe)" = here' try contained fifo-overwritten
}
