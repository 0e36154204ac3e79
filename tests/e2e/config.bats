#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Configuration: where it comes from, what it changes, how it is refused.
# shellcheck disable=SC2016 # single quotes keep the text for another shell
load lib.bash

setup_file() { store_up; }
teardown_file() { store_down; }
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
	mkdir -p "$XDG_CONFIG_HOME/onggi"
}
configure() { cat >"$XDG_CONFIG_HOME/onggi/config.yaml"; }

@test "nothing is configured" {
	[ ! -e /etc/onggi/config.yaml ] || skip "this machine has /etc/onggi/config.yaml"
	run -0 onggi config show --origin
	equal "$output" "KEY   VALUE   ORIGIN"
	run -0 onggi config check
	equal "$output" "there is no configuration; all is as by default"
}
@test "the user's file, ONGGI_CONFIG, and the environment, in this order" {
	printf 'log-level: info\nprogress: plain\npull: {retries: 7}\n' | configure
	printf 'progress: json\n' >project.yaml
	export ONGGI_CONFIG=$PWD/project.yaml ONGGI_LOG_LEVEL=error
	run -0 onggi config show --origin
	matches "$output" 'log-level +error +\$ONGGI_LOG_LEVEL'
	matches "$output" "progress +json +$PWD/project.yaml:1"
	matches "$output" "pull.retries +7 +$XDG_CONFIG_HOME/onggi/config.yaml:3"
}
@test "--all shows defaults" {
	run -0 onggi config show --all --origin
	matches "$output" 'run.shm-size +64m +default'
}
@test "a mistake stops commands, with file, line, column and the line; help works on" {
	printf 'pull:\n  polcy: never\n' | configure
	run -125 onggi images
	equal "$output" "onggi: $XDG_CONFIG_HOME/onggi/config.yaml:2:3: there is no key 'polcy' in pull
      polcy: never
      ^
hint: did you mean 'policy'? onggi config keys lists all"
	run -0 onggi images --help
	run -1 onggi config check
	contains "$output" ":2:3:"
}
@test "a file that ONGGI_CONFIG names must be there" {
	ONGGI_CONFIG=/nowhere run -125 onggi images
	contains "$output" "'/nowhere'" "unset ONGGI_CONFIG"
}
@test "the store's place" {
	printf 'data-root: %s\nrun-root: %s\n' "$STORE" "$RUNSTATE" | configure
	run -0 "$ONGGI" images -q
	matches "$output" '^[0-9a-f]{12}$'
	run -0 env ONGGI_ROOT="$PWD/other" ONGGI_RUNROOT="$PWD/other-run" "$ONGGI" images -q
	equal "$output" ""
	run -0 env ONGGI_ROOT="$PWD/other" "$ONGGI" --root "$STORE" images -q
	matches "$output" '^[0-9a-f]{12}$'
}
@test "defaults of run, and what the command line says wins" {
	printf 'run:\n  env: [COLOUR=celadon, SHAPE=round]\n  init: true\n  shm-size: 1m\n' | configure
	run -0 onggi run --rm -e SHAPE=tall busybox sh -c 'echo $COLOUR $SHAPE $$; df -k /dev/shm | tail -n 1'
	matches "$output" '^celadon tall [2-9]'
	matches "$output" ' 1024 '
	run -0 onggi run --rm --shm-size 2m busybox sh -c 'df -k /dev/shm | tail -n 1'
	matches "$output" ' 2048 '
}
@test "a network that is not none" {
	printf 'run: {network: host}\n' | configure
	run -0 onggi run --rm busybox readlink /proc/self/ns/net
	equal "$output" "$(readlink /proc/self/ns/net)"
	run -0 onggi run --rm --network none busybox readlink /proc/self/ns/net
	[ "$output" != "$(readlink /proc/self/ns/net)" ]
}
@test "formats of ps and images" {
	printf 'formats:\n  images: "{{.Repository}} is here"\n  ps: "{{.Names}}!"\n' | configure
	run -0 onggi images
	equal "$output" "busybox is here"
	run -0 onggi images --format '{{.Tag}}'
	equal "$output" "latest"
	onggi run --name formatted busybox true
	run -0 onggi ps -a
	equal "$output" "formatted!"
	onggi rm formatted
}
@test "the guide lists every key" {
	guide=$BATS_TEST_DIRNAME/../../docs/guide/configuration.md
	onggi config keys | grep -v '^ ' | cut -d: -f1 | while read -r key; do
		grep -q "^| \`$key\` |" "$guide" || { echo "$key is not in the guide" >&2; exit 1; }
	done
}
