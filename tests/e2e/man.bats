#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # $1 is for another shell
# The manual pages that `onggi __man` writes for the build.
load lib.bash

setup_file() {
	mkdir "$BATS_FILE_TMPDIR/man"
	onggi __man "$BATS_FILE_TMPDIR/man"
}

@test "a page for each command and each topic" {
	cd "$BATS_FILE_TMPDIR/man"
	local page n=0
	while read -r page; do
		[ -s "$page" ]
		n=$((n + 1))
	done < <(onggi __tables | awk -F '\t' '
		$1 == "command" { gsub(" ", "-", $2); print "man1/onggi" ($2 ? "-" : "") $2 ".1" }
		$1 == "topic" { print "man7/onggi-" $2 ".7" }')
	[ $n -gt 40 ]
	# Written again, they are the same.
	cp -a "$BATS_FILE_TMPDIR/man" "$BATS_TEST_TMPDIR/before"
	onggi __man .
	diff -r . "$BATS_TEST_TMPDIR/before"
	[ "$(readlink man1/onggi-container-ls.1)" = onggi-ps.1 ]
}
@test "mandoc finds nothing" {
	need_tool mandoc
	cd "$BATS_FILE_TMPDIR/man"
	run -0 mandoc -T lint -W warning man1/*.1 man7/*.7
	equal "$output" ""
}
@test "groff finds nothing" {
	need_tool man
	need_tool groff
	cd "$BATS_FILE_TMPDIR/man"
	local page
	for page in man1/onggi.1 man1/onggi-run.1 man1/onggi-ps.1 man1/onggi-import.1 man7/*.7; do
		run -0 bash -c 'MANROFFSEQ="" LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$1" 2>&1 >/dev/null' bash "$page"
		equal "$output" ""
	done
}
@test "what a page shows is what the tables say" {
	need_tool mandoc
	cd "$BATS_FILE_TMPDIR/man"
	local text
	text=$(mandoc -T utf8 -O width=500 man1/onggi-run.1 | sed 's/.\x08//g')
	contains "$text" "onggi-run - run a program in a new container" "onggi run" "-m, --memory BYTES" \
		"unmask=" "Process and terminal" "onggi run --rm onggi/hello"
	text=$(mandoc -T utf8 -O width=500 man1/onggi-import.1 | sed 's/.\x08//g')
	contains "$text" "onggi import -c 'CMD [\"/bin/sh\"]' rootfs.tar base:sh"
	text=$(mandoc -T utf8 -O width=500 man7/onggi-formats.7 | sed 's/.\x08//g')
	contains "$text" "\$ onggi ps -a --format 'table {{.Names}}\\t{{.Status}}'"
}
@test "a directory that is not there" {
	run -1 onggi __man /nowhere/at/all
	contains "$output" "onggi: make directory '/nowhere/at/all/man1': No such file or directory"
}
