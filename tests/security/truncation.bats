#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031 # single quotes keep the text for the container's shell
# Archives that end too early, at every block.
load ../e2e/lib.bash
load enemy.bash
setup_file() { enemy_up truncation; }
teardown_file() { enemy_down; }

# Whatever a cut archive gives, it gives no image by accident: refused, or, where the cut is between two entries, an
# image that is a shorter archive's.
cut_at() { # FILE OFFSET
	head -c "$2" "$ENEMY/$1" >"$BATS_TEST_TMPDIR/cut"
}
sound() {
	run onggi system check -q
	equal "$status $output" "0 "
	honest
	untouched
}
@test "a layer's tar, at every block of 512 bytes" {
	size=$(stat -c %s "$ENEMY/small.tar")
	whole=0
	for ((at = 512; at <= size; at += 512)); do
		tried "import small $at"
		cut_at small.tar $at
		run timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" import -q "$BATS_TEST_TMPDIR/cut" imported:1
		[ "$status" -le 1 ]
		if [ "$status" = 1 ]; then
			contains "$output" "import '$BATS_TEST_TMPDIR/cut': root file system: "
			matches "$output" "(entry '|before the first entry: )"
		else
			whole=$((whole + 1))
			onggi rmi imported:1 >/dev/null
		fi
		lacks "$output" "dumped core" "runtime error"
	done
	# Cuts between entries, of which there are twelve, and in what follows the last.
	[ $whole -le 14 ]
	sound
}
@test "a layer's tar, within blocks" {
	size=$(stat -c %s "$ENEMY/small.tar")
	for ((at = 100; at <= size - 2048; at += 1111)); do
		tried "import small $at"
		cut_at small.tar $at
		run -1 timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" import -q "$BATS_TEST_TMPDIR/cut" imported:1
		contains "$output" "import '$BATS_TEST_TMPDIR/cut': root file system: "
	done
	sound
}
@test "a compressed layer, by import and in a layout" {
	size=$(stat -c %s "$ENEMY/small.tar.gz")
	blob=$(find "$ENEMY/cut/blobs/sha256" -size "${size}c")
	for ((at = 1; at < size; at += 331)); do
		tried "import small.gz $at"
		cut_at small.tar.gz $at
		run -1 timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" import -q "$BATS_TEST_TMPDIR/cut" imported:1
		tried "load layout $at"
		cp "$BATS_TEST_TMPDIR/cut" "$blob"
		run -1 timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" load -q -i "oci:$ENEMY/cut"
		matches "$output" "image 'cut:1': layer [0-9a-f]{12}: "
	done
	cp "$ENEMY/small.tar.gz" "$blob"
	onggi load -q -i "oci:$ENEMY/cut"
	onggi rmi cut:1
	sound
}
@test "a docker-archive, at every block and compressed" {
	for file in docker.tar docker.tar.gz docker.tar.zst; do
		size=$(stat -c %s "$ENEMY/$file")
		step=512
		# Behind the last entry are only zeros.
		end=$((size - 1024))
		[ $file = docker.tar ] || step=$((size / 20)) end=$size
		for ((at = step; at < end; at += step)); do
			tried "load $file $at"
			cut_at $file $at
			run timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" load -q -i "$BATS_TEST_TMPDIR/cut"
			equal "$status $file $at" "1 $file $at"
			contains "$output" "$BATS_TEST_TMPDIR/cut"
		done
		onggi load -q -i "$ENEMY/$file"
		onggi rmi docker:1
	done
	equal "$(onggi images -q | wc -l)" 2
	sound
}
@test "from a pipe that ends" {
	for at in 512 5000 10000; do
		tried "load pipe $at"
		run -1 onggi load -q < <(head -c $at "$ENEMY/docker.tar")
	done
	sound
}
