#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031 # single quotes keep the text for the container's shell
# Manifests, configs and indexes that lie: each is refused by name, or means what it means to everybody.
load ../e2e/lib.bash
load enemy.bash
setup_file() { enemy_up documents; }
teardown_file() { enemy_down; }

D=$ENEMY/documents
# Refused: nothing has a name afterwards, and the message is one line of ours.
lies() { # NAME...
	local name
	for name; do
		tried "load $name"
		run timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" load -q -i "oci:$D/$name"
		equal "$status $name" "1 $name"
		lacks "$output" root:x:0 "dumped core" "AddressSanitizer" "runtime error"
		matches "$output" "^onggi: load 'oci:?[^']*': (image 'document:1'|index |'?index.json|'$D)|^onggi: load '$D/$name': "
	done
	equal "$(onggi images -q | wc -l)" 2
	run onggi system check -q
	equal "$status $output" "0 "
	honest
	untouched
}
of() { grep "^$1" "$ENEMY/refused"; }
@test "sizes and digests of layers" {
	mapfile -t names < <(of layer)
	[ ${#names[@]} -ge 20 ]
	lies "${names[@]}"
}
@test "sizes and digests of configs, and what they say" {
	mapfile -t names < <(of config)
	[ ${#names[@]} -ge 20 ]
	lies "${names[@]}"
}
@test "diff ids: count, order, text" {
	mapfile -t names < <(of diff)
	[ ${#names[@]} -ge 6 ]
	lies "${names[@]}"
}
@test "manifests: sizes, digests, JSON of all kinds" {
	mapfile -t names < <(of manifest)
	[ ${#names[@]} -ge 25 ]
	lies "${names[@]}"
}
@test "indexes" {
	mapfile -t names < <(of index)
	[ ${#names[@]} -ge 6 ]
	lies "${names[@]}"
}
@test "what is wrong is said" {
	local name part
	while IFS='|' read -r name part; do
		run -1 onggi load -q -i "oci:$D/$name"
		contains "$output" "$part"
	done <<-'EOT'
		layer-size-more|image 'document:1': layer 27578cfb7ccd: it has 2048 bytes, expected 1000000
		layer-digest-path|layers[0].digest: invalid digest 'sha256:../../../../etc/passwd'
		layers-order|its diff id is sha256:
		diff-ids-fewer|the config names 1 layers, the manifest 2
		manifest-deep|nested deeper than 64 levels
		manifest-utf8|invalid UTF-8
		manifest-size-64-bits|number out of range
		config-20m|at most 8388608 are accepted
		manifest-is-index|has the members of both a manifest and an index
	EOT
}
@test "what is odd has the meaning that it has everywhere" {
	for name in honest-document manifest-key-twice manifest-unknown-keys layer-urls layer-type-gzip config-history-lies name-with-escapes; do
		tried "load $name"
		run -0 onggi load -i "oci:$D/$name"
		lacks "$output" $'\x1b'
		honest document:1 "$(onggi images -q --filter dangling=true)"
	done
	untouched
}
@test "a registry with the same lies" {
	mkdir -p "$BATS_TEST_TMPDIR/state"
	python3 -B "$BATS_TEST_DIRNAME/../e2e/liar.py" "$BATS_TEST_TMPDIR/state" >/dev/null 2>&1 3>&- &
	server=$!
	wait_for test -e "$BATS_TEST_TMPDIR/state/port"
	port=$(cat "$BATS_TEST_TMPDIR/state/port")
	for name in layer_bytes layer_other layer_size layer_huge diff_id order count many config config_size child nested ambiguous; do
		tried "pull $name"
		run timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" pull -q "127.0.0.1:$port/$name"
		equal "$status $name" "1 $name"
		contains "$output" "127.0.0.1:$port/$name"
	done
	kill "$server"
	run onggi system check -q
	equal "$status $output" "0 "
	honest
	untouched
}
