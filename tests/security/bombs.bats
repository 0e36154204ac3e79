#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031 # single quotes keep the text for the container's shell
# Bombs: what inflates, multiplies or wants memory without end is stopped at limits with a name, which a user can raise.
load ../e2e/lib.bash
load enemy.bash
setup_file() { enemy_up bombs; }
teardown_file() { enemy_down; }

@test "compressed data: stopped by limits.inflate-*, in all formats" {
	export ONGGI_LIMIT_INFLATE_RATIO=20 ONGGI_LIMIT_INFLATE_FREE=1m
	for name in gzip-bomb zstd-bomb xz-bomb bzip2-bomb padding-bomb; do
		NO_ENTRY=1 try refused $name "it inflates to more than 20 times its size" "hint: set limits.inflate-ratio"
	done
}
@test "headers without an entry" {
	NO_ENTRY=1 try refused pax-bomb
}
@test "the same is accepted where the limits allow it" {
	export ONGGI_LIMIT_INFLATE_RATIO=100000
	for name in gzip-bomb zstd-bomb; do try contained $name; done
	# Layers of images are not compressed with these two, but what is imported may be.
	for name in xz-bomb bzip2-bomb; do onggi import -q "$ENEMY/$name.tar" imported:1 && onggi rmi imported:1; done
}
@test "a compressed archive of images" {
	tar -C "$ENEMY" -cf "$BATS_TEST_TMPDIR/images.tar" gzip-of-gzip.tar
	truncate -s 100M "$BATS_TEST_TMPDIR/images.tar"
	for how in "gzip -1" "zstd -q" "xz -0" bzip2; do
		tried "archive $how"
		ONGGI_LIMIT_INFLATE_FREE=1m ONGGI_LIMIT_INFLATE_RATIO=50 run -1 onggi load -q < <($how <"$BATS_TEST_TMPDIR/images.tar")
		contains "$output" "can't be read as an image archive" "it inflates to more than 50 times its size"
	done
	untouched
}
@test "entries: stopped by limits.layer-entries" {
	ONGGI_LIMIT_LAYER_ENTRIES=1000 try refused entries-bomb "entry 'e/0000000': the layer has more than 1000 entries" "hint: set limits.layer-entries"
	ONGGI_LIMIT_LAYER_ENTRIES=2000 try contained entries-bomb
}
@test "entries: memory does not grow with them" {
	local n=20000
	[ -z "${ONGGI_TEST_LONG:-}" ] || n=10001000 # within the test's time: directories that are there already
	tried "import $n entries"
	python3 -B "$BATS_TEST_DIRNAME/enemy.py" entries $n | python3 -c '
import resource, subprocess, sys
r = subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
print(r.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < (64 << 10), r.stderr)
' "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" import -q - imported:1 >"$BATS_TEST_TMPDIR/result"
	is_sanitized || contains "$(cat "$BATS_TEST_TMPDIR/result")" " True "
	if [ $n -gt 10000000 ]; then
		contains "$(cat "$BATS_TEST_TMPDIR/result")" "1 True" "the layer has more than 10000000 entries"
	else
		matches "$(cat "$BATS_TEST_TMPDIR/result")" "^0 "
		onggi rmi imported:1
	fi
	untouched
}
@test "sizes: stopped by limits.layer-size, holes included" {
	ONGGI_LIMIT_LAYER_SIZE=1g try refused sparse-bomb "files of the layer have more than 1073741824 bytes" "hint: set limits.layer-size"
	ONGGI_LIMIT_LAYER_SIZE=10m try refused gzip-bomb "files of the layer have more than 10485760 bytes"
	try contained sparse-bomb
}
@test "members, frames and streams: all of them are read" {
	CHECK='test "$(cat /last)" = here' try contained gzip-members
	CHECK='test "$(cat /last)" = here' try contained zstd-frames
	for name in xz-streams bzip2-streams; do
		onggi import -q -c 'CMD ["/bin/sh"]' "$ENEMY/$name.tar" imported:1
		run -0 onggi image inspect --format '{{.Size}}' imported:1
		[ "$output" -ge 100000 ]
		onggi rmi imported:1
	done
	CHECK='test "$(cat /file)" = here' try contained gzip-empty-members
	CHECK='test "$(cat /file)" = here' try contained gzip-trailing-zeros
	# A name and a comment of a megabyte each: fine for zlib, too much for ISA-L.
	NO_ENTRY=1 try either gzip-flags
}
@test "compressed data that lies" {
	for name in gzip-trailing-garbage zstd-trailing-garbage gzip-checksum gzip-length; do
		NO_ENTRY=1 try refused $name " data is damaged"
	done
	NO_ENTRY=1 try refused zstd-window "zstd data needs a larger window than 128 MiB"
	NO_ENTRY=1 try refused xz-memory "xz data needs more than"
	NO_ENTRY=1 try refused gzip-of-gzip
}
@test "128 layers" {
	CHECK='test "$(cat /last)" = here; test "$(cat /n0)" = here' try contained layers-127
}
