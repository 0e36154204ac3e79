#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Whiteouts and overlayfs's own metadata: an image says what is hidden by names, in its own tree, and in no other way.
load ../e2e/lib.bash
load enemy.bash
setup_file() { enemy_up whiteouts; }
teardown_file() { enemy_down; }

@test "whiteouts of .., . and nothing" {
	for name in of-dotdot of-dotdot-at-top of-dot of-dot-at-top of-nothing of-nothing-at-top of-slash name-is-whiteout-by-pax; do
		try refused $name "which is no name"
	done
}
@test "whiteouts as directories" {
	for name in as-dir as-dir-of-nothing as-dir-of-dotdot; do
		try refused $name "a whiteout is used as a directory"
	done
}
@test "AUFS's own names mean nothing" {
	for name in meta meta-plnk meta-orph-dir meta-aufs; do
		CHECK='test -z "$(find / -xdev -name ".wh.*")"' try contained $name
	done
	try refused meta-with-dotdot "its name leaves the root"
	CHECK='test -z "$(find / -xdev -name ".wh.*")"' try contained of-whiteout
}
@test "a marker of any type with any payload is a marker" {
	for name in with-payload opaque-with-payload opaque-as-directory opaque-as-symlink opaque-as-device as-symlink as-fifo as-hardlink as-directory opaque-as-directory-with-file; do
		CHECK='test -z "$(find / -xdev -name ".wh.*")"; test -d /sub' try contained $name
	done
}
@test "what is hidden, and what isn't" {
	CHECK='test ! -e /etc/passwd' try contained of-etc
	CHECK='test -d /bin' try contained of-missing
	try contained of-long
	try refused of-256 "at most 255 are accepted"
	CHECK='test "$(cat /kept /kept2 /kept3/file)" = hereherehere' try contained before-and-after
	try contained through-file
	try contained opaque-everywhere
}
@test "an opaque root hides all" {
	try loaded opaque-root
	onggi load -q -i "oci:$ENEMY/layout:opaque-root:1"
	run -127 onggi run --rm opaque-root:1 true
	onggi rmi opaque-root:1
}
@test "through links" {
	try contained opaque-through-link
}
@test "a device 0:0 is no whiteout" {
	CHECK='test -d /bin; test -e /etc/passwd' try contained device-is-none
}
@test "overlay metadata of an image is dropped" {
	for name in xattr-opaque xattr-opaque-x xattr-whiteout xattr-redirect xattr-redirect-dotdot xattr-metacopy xattr-origin xattr-nested xattr-on-root; do
		ATTRS=1 CHECK='test -e /etc/passwd; test -z "$(find /sub -name passwd 2>/dev/null)"' try contained $name
	done
}
