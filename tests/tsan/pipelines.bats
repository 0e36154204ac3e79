#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The pipelines of threads under ThreadSanitizer, from archives and a registry to files and back. $ONGGI is built with
# -Dsanitize_thread=true. Its shadow memory wants addresses that are less random than some kernels make them: setarch.
load ../e2e/lib.bash
load ../e2e/registry.bash

setup_file() {
	need_tool docker-registry
	grep -q __tsan_init "$ONGGI" || skip "$ONGGI is not built with ThreadSanitizer"
	export FIXED=""
	! setarch -R true 2>/dev/null || FIXED="setarch -R"
	export COUNT=$BATS_FILE_TMPDIR/count
	registry_up
	push "docker-archive:$F/busybox.tar" busybox:1
	push "oci:$F/small:many:latest" small:1
}
teardown_file() {
	registry_down
	[ ! -e "$COUNT" ] || printf '# count: tsan %d commands\n' "$(wc -l <"$COUNT")" >&3
	store_down
}

# quiet COMMAND...: run it; no data race, no lock in the wrong order, and success
quiet() {
	local status=0
	echo "$*" >>"$COUNT"
	# shellcheck disable=SC2086 # two words or none
	TSAN_OPTIONS=exitcode=66:second_deadlock_stack=1 $FIXED \
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ "$status" = 0 ] && ! grep -q ThreadSanitizer "$BATS_TEST_TMPDIR/err" && return
	printf 'onggi %s\nended with %d\n' "$*" "$status" >&2
	head -n 60 "$BATS_TEST_TMPDIR/err" >&2
	return 1
}

@test "ThreadSanitizer sees a race" {
	# Of a program that has one: the checks above can fail.
	need_tool gcc
	printf '%s\n' '#include <pthread.h>' 'static int n;' 'static void *add(void *a) { n++; return a; }' \
		'int main(void) { pthread_t t; pthread_create(&t, 0, add, 0); n++; pthread_join(t, 0); return 0; }' >"$BATS_TEST_TMPDIR/race.c"
	gcc -g -fsanitize=thread -o "$BATS_TEST_TMPDIR/race" "$BATS_TEST_TMPDIR/race.c" -lpthread
	ONGGI=$BATS_TEST_TMPDIR/race run quiet version
	[ "$status" = 1 ]
	contains "$output" "data race"
}

@test "load: layers in parallel, of each compression" {
	local archive
	for archive in busybox.tar busybox.tar.gz busybox.tar.zst busybox.tar.xz busybox.tar.bz2 debian.oci.tar; do
		quiet load -i "$F/$archive"
		quiet system prune -a -f
	done
}

@test "load of what is there" {
	quiet load -i "$F/busybox.tar"
	quiet load -i "$F/busybox.tar.gz"
}

@test "pull: connections, retries and layers at the same time" {
	quiet pull "$REGISTRY/busybox:1"
	quiet pull "$REGISTRY/small:1"
	quiet pull "$REGISTRY/small:1"
	ONGGI_PROGRESS='tty' quiet pull --policy always "$REGISTRY/busybox:1"
}

@test "save: compressors in parallel" {
	local c
	quiet load -q -i "$F/busybox.tar"
	quiet save -o "$BATS_TEST_TMPDIR/a.tar" busybox
	for c in gzip zstd; do
		quiet save --format oci-archive --compression "$c" -o "$BATS_TEST_TMPDIR/$c.tar" busybox
	done
	quiet save --format oci-dir -o "$BATS_TEST_TMPDIR/dir" busybox
}

@test "check: many jobs" {
	quiet load -q -i "$F/debian.oci.tar"
	quiet system check
	quiet system df
}
