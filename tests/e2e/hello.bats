#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2154 # single quotes keep the text for the container's shell
# The image in the binary: no registry, no network.
load lib.bash
teardown_file() { store_down; }

@test "run --rm onggi/hello in an empty store, without a network" {
	run -0 --separate-stderr onggi run --rm onggi/hello
	contains "$output" "Hello from onggi!" "pid 1, uid 0, gid 0"
	equal "$stderr" ""
	equal "$(onggi ps -aq)" ""
	equal "$(leftovers)" ""
}
@test "it knows its host name, and limits" {
	run -0 onggi run --rm --hostname jar onggi/hello
	contains "$output" jar
}
@test "with no network namespace of any use" {
	! is_root || {
		run -0 unshare -n "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm docker.io/onggi/hello:latest
		return
	}
	run -0 onggi run --rm docker.io/onggi/hello:latest
}
@test "the binary is a small one, and links libc only" {
	is_sanitized && skip "the sanitizers' runtime is linked in this build"
	cp "$ONGGI" "$BATS_TEST_TMPDIR/onggi"
	strip "$BATS_TEST_TMPDIR/onggi"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/onggi")" -lt 4000000 ]
	run -0 ldd "$ONGGI"
	equal "$(awk '{ print $1 }' <<<"$output" | grep -vE '^(linux-vdso|libc\.so|libm\.so|/lib64/ld-)' || true)" ""
}
