#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Headers that lie: sizes, pax records, sparse maps, attributes, modes and times.
load ../e2e/lib.bash
load enemy.bash
setup_file() { enemy_up metadata; }
teardown_file() { enemy_down; }

# What is behind the lie is whole wherever the archive is accepted: nobody lost his place.
@test "pax: sizes" {
	for name in pax-size-negative pax-size-huge pax-size-64-bits pax-size-wraps pax-size-no-number pax-size-empty pax-size-zero pax-size-less; do
		try refused $name "tar archive is damaged"
	done
	try refused pax-realsize "files of the layer have more than"
	for name in pax-size-more pax-size-fraction; do try either $name; done
}
@test "pax: records" {
	for name in pax-record-short pax-record-long pax-record-zero pax-record-negative pax-record-huge pax-record-no-length pax-record-no-newline \
		pax-record-no-equals pax-record-no-key pax-record-garbage pax-records-empty pax-keys-many; do
		try either $name
	done
}
@test "pax: names" {
	for name in pax-nul-in-path pax-nul-in-linkpath pax-nul-in-key pax-path-empty pax-path-twice-harmless pax-path-invalid-utf8 \
		pax-charset-binary pax-charset-unknown; do
		CHECK='test "$(cat /behind)" = here' try contained $name
	done
	try refused pax-path-twice "its name leaves the root"
	try either pax-global
}
@test "pax: times" {
	for name in pax-mtime-garbage pax-mtime-empty pax-mtime-nan pax-mtime-huge pax-mtime-max pax-mtime-min pax-mtime-fraction \
		pax-mtime-negative-fraction pax-mtime-1950 pax-mtime-2150 pax-global-mtime; do
		CHECK='test "$(cat /behind)" = here' try contained $name
	done
}
@test "pax: owners" {
	for name in pax-uid-negative pax-uid-leave-alone pax-uid-wraps pax-uid-huge pax-gid-negative; do
		try refused $name "expected 0 to 4294967294"
	done
	for name in pax-uid-garbage pax-uname pax-flags pax-acl-garbage pax-dev pax-type-lies; do
		CHECK='test "$(cat /behind)" = here' try contained $name
	done
}
@test "headers without end, and larger than memory" {
	for name in pax-header-huge pax-header-negative pax-header-8m pax-comment-1m gnu-long-huge; do
		try refused $name "Special header too large"
	done
	for name in pax-headers-without-end gnu-long-without-end gnu-long-empty gnu-long-alone; do NO_ENTRY=1 try refused $name; done
}
@test "the header's own fields" {
	for name in header-size-negative header-size-max header-size-garbage header-size-base256-max header-checksum header-directory-with-data \
		header-fifo-with-data header-symlink-with-data header-type-slash header-type-volume; do
		try refused $name "tar archive is damaged"
	done
	for name in header-size-huge header-size-8t; do try refused $name "files of the layer have more than"; done
	for name in header-uid-negative header-uid-huge; do try refused $name "tar entry 'file' has the owner"; done
	for name in header-mode-all header-mode-garbage header-mtime-negative header-mtime-huge header-mtime-garbage header-type-contiguous \
		header-type-nul header-magic-none; do
		CHECK='test "$(cat /behind)" = here' try contained $name
	done
	for name in header-type-unknown header-type-solaris header-type-inode header-type-dumpdir header-type-multivolume; do try either $name; done
}
@test "what stands behind the end is not read" {
	CHECK='test ! -e /evil' try contained garbage-behind-the-end
	try contained one-zero-block
	try contained no-entries
}
@test "sparse files of old GNU tars" {
	CHECK='test $(stat -c %s /sparse) = 1048576; test "$(cat /behind)" = here' try contained sparse-old-honest
	CHECK='test $(stat -c %s /sparse) = 3298534883328' try contained sparse-old-realsize-3t
	for name in sparse-old-realsize-huge sparse-old-offset-huge; do try refused $name "files of the layer have more than"; done
	for name in sparse-old-overlap sparse-old-unordered; do try refused $name "overlap or are out of order"; done
	for name in sparse-old-realsize-less sparse-old-realsize-negative sparse-old-offset-negative sparse-old-piece-negative sparse-old-sum-wraps \
		sparse-old-extended-cut; do
		try refused $name
	done
	for name in sparse-old-piece-huge sparse-old-extended-without-end; do try either $name; done
}
@test "sparse files of pax archives" {
	CHECK='test $(stat -c %s /sparse) = 1048576' try contained sparse-one-honest
	try refused sparse-one-name-dotdot "its name leaves the root"
	CHECK='test -e /etc/onggi-evil' try contained sparse-one-name-absolute
	for name in sparse-one-count-negative sparse-one-count-lies sparse-one-no-number sparse-one-endless-number sparse-one-offset-huge \
		sparse-one-offset-overflow sparse-one-no-map sparse-one-overlap sparse-one-realsize-huge; do
		try refused $name
	done
	for name in sparse-one-count-huge sparse-one-piece-huge sparse-one-realsize-less sparse-one-realsize-negative sparse-one-realsize-garbage \
		sparse-version-unknown sparse-zero-map sparse-zero-map-lies sparse-zero-map-odd sparse-zero-map-garbage sparse-zero-offsets sparse-holes; do
		try either $name
	done
}
@test "attributes: what an image may have" {
	try contained xattr-capability
	for name in xattr-capability-garbage xattr-base64-garbage xattr-system xattr-name-empty xattr-name-long xattr-no-namespace xattr-value-large \
		xattr-on-symlink xattr-on-fifo xattr-whiteout-entry; do
		ATTRS=1 CHECK='test "$(cat /behind)" = here' try contained $name
	done
	try refused xattr-many "at most 256 are accepted"
	try refused xattr-value-too-large "at most 65536 are accepted"
}
@test "attributes: of security.*, trusted.* and overlayfs's nothing but capabilities" {
	for name in xattr-security xattr-trusted xattr-overlay xattr-overlay-libarchive xattr-overlay-escaped; do
		ATTRS=1 try contained $name
		is_root || continue
		onggi load -q -i "oci:$ENEMY/layout:$name:1"
		equal "$(getfattr -R -h -d -m '^(security|trusted)\.' "$STORE/layers" 2>/dev/null)" ""
		onggi rmi -f $name:1
	done
}
@test "setuid bits hold inside, and nobody outside can reach them" {
	try contained setuid
	onggi load -q -i "oci:$ENEMY/layout:setuid:1"
	run -0 onggi run --rm setuid:1 stat -c '%a' /setuid /setgid /setgid-dir
	if has_ids; then equal "$output" $'4755\n2755\n2775'; fi
	if is_root; then
		chmod a+x "$BATS_FILE_TMPDIR"
		program=$(find "$STORE/layers" -name setuid -type f)
		run -127 setpriv --reuid=65534 --regid=65534 --clear-groups "$program" id -u
	fi
	equal "$(stat -c %a "$STORE/layers")" 700
	onggi rmi setuid:1
}
@test "times before 1970 and after 2100" {
	CHECK='for n in 0 1 2 3 4 5 6 7; do test -f /t$n && test -d /d$n && test -L /l$n || exit 1; done; test $(stat -c %Y /t7) = 0; test $(stat -c %Y /d3) = 2147483648' try contained times
}
@test "directories that nobody may enter" {
	try contained unreadable-root
}
