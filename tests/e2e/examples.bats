#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # $1 is for another shell
# Every documented example runs: of each command and topic (onggi __tables), of the guide and of README.md, where lines
# that begin with "$ " are examples unless a comment says "not run by the tests". Each finds the images busybox and
# onggi/hello, an ended container web, and image.tar, rootfs.tar and the layout oci:layout in the working directory.
load lib.bash

setup_file() {
	store_up
	onggi run --rm onggi/hello >/dev/null
	mkdir "$BATS_FILE_TMPDIR/home" "$BATS_FILE_TMPDIR/files"
	cp "$F/busybox.tar" "$BATS_FILE_TMPDIR/files/image.tar"
	cp "$F/rootfs.tar" "$BATS_FILE_TMPDIR/files/rootfs.tar"
	onggi save -q --format oci-dir -o "$BATS_FILE_TMPDIR/files/layout" busybox
}
teardown_file() { store_down; }

# prepare: what an example took away is there again
prepare() {
	onggi image exists busybox || store_up
	onggi image exists onggi/hello || onggi run --rm onggi/hello >/dev/null
	onggi container exists web || onggi run --name web busybox true
}
# wants LINE: why an example can't run here, if so
wants() {
	case $1 in
	*"-m "* | *--cpus* | *--pids-limit*)
		onggi info | grep -Eq 'Controllers:.*\bmemory\b.*\bpids\b' || printf 'limits can not be set here'
		;;
	*keep-id*) ! is_root && has_subids || printf 'needs an ordinary user with subordinate ids' ;;
	esac
}
# try PAGE LINE: run one; prints what went wrong
try() {
	local output why status=0
	why=$(wants "$2")
	if [ -n "$why" ]; then
		printf '# %s: %s: %s\n' "$1" "$2" "$why" >&3
		return 0
	fi
	prepare >/dev/null 2>&1
	output=$(HOME=$BATS_FILE_TMPDIR/home bash -c 'onggi() { "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@"; }
		set -o pipefail
		eval "$1"' bash "$2" </dev/null 2>&1) || status=$?
	[ $status = 0 ] && return
	printf '%s: %s\nended with %s:\n%s\n\n' "$1" "$2" "$status" "$output"
	return 1
}
# try_all: each "PAGE<tab>LINE" of standard input; those of a page share a directory
try_all() {
	local page line last='' n=0 failed=0 dir
	while IFS=$'\t' read -r page line; do
		if [ "$page" != "$last" ]; then
			dir=$(mktemp -d "$BATS_TEST_TMPDIR/page.XXXXXX")
			cp -r "$BATS_FILE_TMPDIR/files/." "$dir"
			cd "$dir" || return
			last=$page
		fi
		n=$((n + 1))
		try "$page" "$line" || failed=$((failed + 1))
	done
	[ $n -ge "$1" ] || printf 'only %d examples were found\n' "$n"
	[ $failed = 0 ] && [ $n -ge "$1" ]
}
tables() { onggi __tables | awk -F '\t' "\$1 == \"topic\" { t[\$2] = 1 } { all[NR] = \$0 }
	END { for (i = 1; i <= NR; i++) { split(all[i], f, FS); if (f[1] == \"example\" && $1) print f[2] FS f[3] } }"; }
documents() {
	local top=$BATS_TEST_DIRNAME/../.. file
	while read -r file; do
		sed -n '/not run by the tests/d; s/^\(    \)\?\$ //p' "$file" | sed "s|^|${file##*/}\t|"
	done < <(find "$top/README.md" "$top/docs/guide" -maxdepth 1 -name '*.md' | sort)
}

@test "the examples of every command" { try_all 50 < <(tables '!(f[2] in t)'); }
@test "the examples of every topic" { try_all 30 < <(tables 'f[2] in t'); }
@test "the examples of README.md and the guide" { try_all 20 < <(documents); }
@test "in Korean they are the same" {
	local top=$BATS_TEST_DIRNAME/../.. file
	[ -d "$top/docs/guide/ko" ]
	for file in "$top"/docs/guide/ko/*.md; do
		[ -f "$top/docs/guide/${file##*/}" ]
		# Each is one that the English page has.
		run -1 grep -vxFf <(grep '^\$ ' "$top/docs/guide/${file##*/}") <(grep '^\$ ' "$file")
	done
}
