#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The main commands under memcheck: no access to memory that is not ours or not set, and nothing lost for good, in
# the command itself and in every child that it forks. The container's own program runs without.
# valgrind 3.19, Debian 12's, does not know open_tree(2) and its kind and refuses them (ENOSYS), without which there is
# no container: there `run` is followed up to that error and back.
load ../e2e/lib.bash
load ../e2e/registry.bash

setup_file() {
	need_tool valgrind
	need_tool docker-registry
	! is_sanitized || skip "a sanitizer and valgrind exclude each other"
	export LOGS=$BATS_FILE_TMPDIR/logs COUNT=$BATS_FILE_TMPDIR/count
	mkdir -p "$LOGS"
	registry_up
	push "docker-archive:$F/busybox.tar" small:1
}
teardown_file() {
	registry_down
	[ ! -e "$COUNT" ] || printf '# count: valgrind %d commands\n' "$(wc -l <"$COUNT")" >&3
	store_down
}

# clean COMMAND...: run it under memcheck; its own end must be success and every process's log without an error
clean() {
	local status=0 bad
	rm -f "$LOGS"/*
	echo "$*" >>"$COUNT"
	valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
		--errors-for-leak-kinds=definite --log-file="$LOGS/%p" \
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	# Lines of valgrind's own warnings (system calls it doesn't know) begin with "--".
	bad=$(grep -h '^==' "$LOGS"/* | head -n 40)
	if [ "$status" = 125 ] && [[ ${CONTAINER:-} && $(cat "$BATS_TEST_TMPDIR/err") == *"Function not implemented"* ]]; then
		status=0
	fi
	[ "$status" = "${WANTED:-0}" ] && [ -z "$bad" ] && return
	printf 'onggi %s\nended with %d\n%s\n%s\n' "$*" "$status" "$(tail -n 5 "$BATS_TEST_TMPDIR/err")" "$bad" >&2
	return 1
}

@test "memcheck sees an error and a loss" {
	# Of a program that has both: the checks above can fail.
	printf '%s\n' '#include <stdlib.h>' 'int main(void) { volatile char *p = malloc(3); int n = p[3]; p = NULL; return n & 0; }' >"$BATS_TEST_TMPDIR/bad.c"
	need_tool gcc
	gcc -O0 -o "$BATS_TEST_TMPDIR/bad" "$BATS_TEST_TMPDIR/bad.c"
	ONGGI=$BATS_TEST_TMPDIR/bad run clean version
	[ "$status" = 1 ]
	contains "$output" "Invalid read" "definitely lost"
}

@test "version, info, doctor, config" {
	clean --version
	clean version
	clean info
	# doctor's status tells what it found.
	clean doctor || WANTED=1 clean doctor
	clean config show
	clean help run
}

@test "load, images, inspect, history" {
	clean load -q -i "$F/busybox.tar.gz"
	clean images
	clean images --format '{{.Repository}}:{{.Tag}} {{json .}}' --filter dangling=false
	# shellcheck disable=SC2016 # a template's own variables
	clean inspect --format '{{range $k, $v := .Config.Env}}{{$k}}={{printf "%q" $v}}{{end}}' busybox
	clean history busybox
}

@test "run, ps, rm" {
	CONTAINER=1 clean run --rm --network none -e A=1 -v /tmp:/mnt:ro --tmpfs /t busybox true
	CONTAINER=1 clean run --name pot --network none busybox true
	onggi rm -f pot
	onggi run --name pot --network none busybox true
	clean ps -a --no-trunc
	clean inspect pot
	clean rm pot
	clean unshare true
	WANTED=125 clean run --rm --memory 1k busybox true
}

@test "tag, untag, rmi, save, import" {
	clean tag busybox copy:1
	clean save -o "$BATS_TEST_TMPDIR/out.tar" busybox
	clean save --format oci-archive -o "$BATS_TEST_TMPDIR/oci.tar" copy:1
	clean untag copy:1
	clean import "$F/rootfs.tar" made:1
	clean rmi made:1
	WANTED=1 clean rmi nothing:1 || WANTED=125 clean rmi nothing:1
}

@test "pull from a registry" {
	clean pull -q "$REGISTRY/small:1"
	clean pull -q "$REGISTRY/small:1"
}

@test "system df, check and prune" {
	clean system df
	clean system check
	clean system prune -f
}
