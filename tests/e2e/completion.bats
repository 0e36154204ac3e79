#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2154 # scripts for other shells; bats sets stderr
# Completion, asked of bash, zsh and fish themselves.
load lib.bash

setup_file() {
	store_up
	onggi tag busybox tools/box:1
	onggi run --name web busybox true
	mkdir -p "$BATS_FILE_TMPDIR/bin" "$BATS_FILE_TMPDIR/zsh" "$BATS_FILE_TMPDIR/here/sub dir" "$BATS_FILE_TMPDIR/here/other"
	touch "$BATS_FILE_TMPDIR/here/a file.tar" "$BATS_FILE_TMPDIR/here/plain.tar"
	# Found by its name, as a person has it, but on the store of this file.
	printf '#!/bin/sh\nexec "%s" --root "%s" --runroot "%s" "$@"\n' "$ONGGI" "$STORE" "$RUNSTATE" \
		>"$BATS_FILE_TMPDIR/bin/onggi"
	chmod 755 "$BATS_FILE_TMPDIR/bin/onggi"
	onggi completion bash >"$BATS_FILE_TMPDIR/onggi.bash"
	onggi completion zsh >"$BATS_FILE_TMPDIR/zsh/_onggi"
	onggi completion fish >"$BATS_FILE_TMPDIR/onggi.fish"
}
teardown_file() { store_down; }
setup() {
	export PATH=$BATS_FILE_TMPDIR/bin:$PATH
	cd "$BATS_FILE_TMPDIR/here" || return
}

# bash_says LINE: what bash puts in place of the word at the end, sorted. bash itself parts the line
# into words, as readline does.
bash_says() {
	bash --norc -c '
		. "$1"
		COMP_LINE=$2 COMP_POINT=${#2}
		mapfile -t COMP_WORDS < <(python3 - "$2" <<"EOT"
import re, sys
line = sys.argv[1]
words = re.findall(r"[:=]+|(?:\\.|\"[^\"]*\"?|\x27[^\x27]*\x27?|[^\s:=])+", line)
if not line or line[-1].isspace():
    words.append("")
print("\n".join(words))
EOT
		)
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_onggi
		[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}" | sort
	' bash "$BATS_FILE_TMPDIR/onggi.bash" "$1" 2>&1
}
# fish_says LINE: candidates without their descriptions, sorted
fish_says() {
	HOME=$BATS_TEST_TMPDIR XDG_CONFIG_HOME=$BATS_TEST_TMPDIR XDG_DATA_HOME=$BATS_TEST_TMPDIR \
		fish --private --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$BATS_FILE_TMPDIR/onggi.fish" "$1" 2>&1 | cut -f 1 | sort
}
# zsh_says LINE...: what zsh's own completion makes of each line, with | for the cursor
zsh_says() {
	python3 -B "$BATS_TEST_DIRNAME/zsh_complete.py" "$BATS_FILE_TMPDIR/zsh" "$@"
}

@test "bash: commands, in both forms" {
	equal "$(bash_says 'onggi ru')" "run"
	contains "$(bash_says 'onggi ')" "container" "images" "run"
	lacks "$(bash_says 'onggi ')" "__complete"
	equal "$(bash_says 'onggi image l')" "list
load
ls"
	equal "$(bash_says 'onggi completion ')" "bash
fish
zsh"
}
@test "bash: options and their values" {
	equal "$(bash_says 'onggi run --memory-s')" "--memory-swap
--memory-swappiness"
	equal "$(bash_says 'onggi run --pull=ne')" "never
newer"
	equal "$(bash_says 'onggi run --pull ne')" "never
newer"
	equal "$(bash_says 'onggi --log-level d')" "debug"
	contains "$(bash_says 'onggi --')" "--root" "--debug"
	# What is refused is not offered, nor an option behind the image.
	lacks "$(bash_says 'onggi run --')" "--publish"
	equal "$(bash_says 'onggi run busybox --')" ""
}
@test "bash: images, containers, volumes" {
	equal "$(bash_says 'onggi run --rm -it -e A=b bu')" "busybox:latest"
	# Only what stands behind the colon is replaced.
	equal "$(bash_says 'onggi rmi busybox:')" "latest"
	equal "$(bash_says 'onggi rmi busybox:la')" "latest"
	equal "$(bash_says 'onggi rm ')" "web"
	local id
	id=$(onggi ps -aq)
	equal "$(bash_says "onggi rm ${id:0:4}")" "$id"
	equal "$(bash_says 'onggi rm nothing')" ""
}
@test "bash: files and directories, quoted" {
	equal "$(bash_says 'onggi load -i p')" "plain.tar"
	contains "$(bash_says 'onggi load -i ')" "a file.tar" "plain.tar"
	equal "$(bash_says 'onggi --root o')" "other"
	equal "$(bash_says 'onggi load --input=p')" "plain.tar"
}
@test "fish: commands, options and values" {
	need_tool fish
	contains "$(fish_says 'onggi ')" "container" "images" "run"
	equal "$(fish_says 'onggi image l')" "list
load
ls"
	equal "$(fish_says 'onggi run --memory-s')" "--memory-swap
--memory-swappiness"
	equal "$(fish_says 'onggi run --pull=ne')" "--pull=never
--pull=newer"
	equal "$(fish_says 'onggi run --pull ne')" "never
newer"
}
@test "fish: images, containers, files" {
	need_tool fish
	equal "$(fish_says 'onggi run --rm -it -e A=b bu')" "busybox:latest"
	equal "$(fish_says 'onggi run ')" "busybox:latest
tools/box:1"
	equal "$(fish_says 'onggi rm w')" "web"
	equal "$(fish_says 'onggi load -i p')" "plain.tar"
	equal "$(fish_says 'onggi load --input=p')" "--input=plain.tar"
	contains "$(fish_says 'onggi --root ')" "other/"
	lacks "$(fish_says 'onggi --root ')" "plain.tar"
}
@test "fish: descriptions, and none on request" {
	need_tool fish
	run -0 onggi completion --no-desc fish
	contains "$output" "__complete --no-desc --"
	run -0 onggi completion fish
	lacks "$output" "--no-desc" "@"
}
@test "zsh: commands, options and values" {
	need_tool zsh
	equal "$(zsh_says 'onggi vers' \
		'onggi completion z' \
		'onggi run --memory-r' \
		'onggi run --pull=ne' \
		'onggi run --pull=nev' \
		'onggi run --pull nev')" \
		'onggi version |
onggi completion zsh |
onggi run --memory-reservation |
onggi run --pull=ne|
onggi run --pull=never |
onggi run --pull never |'
}
@test "zsh: images, containers, files" {
	need_tool zsh
	equal "$(zsh_says 'onggi run --rm -it -e A=b bu' \
		'onggi rm w' \
		'onggi load -i pl' \
		'onggi load -i a' \
		'onggi load --input=pl' \
		'onggi --root o')" \
		'onggi run --rm -it -e A=b busybox:latest |
onggi rm web |
onggi load -i plain.tar |
onggi load -i a\ file.tar |
onggi load --input=plain.tar |
onggi --root other/|'
}
@test "what a word holds is never evaluated" {
	local evil='onggi rm $(touch "$BATS_FILE_TMPDIR/evil")'
	equal "$(bash_says "$evil")" ""
	! command -v fish >/dev/null || equal "$(fish_says "$evil")" ""
	! command -v zsh >/dev/null || zsh_says "$evil" >/dev/null
	[ ! -e "$BATS_FILE_TMPDIR/evil" ]
}
@test "it makes no store, and is silent where nothing is" {
	run -0 --separate-stderr "$ONGGI" --root "$BATS_TEST_TMPDIR/no" --runroot "$BATS_TEST_TMPDIR/none" __complete -- run ''
	equal "$output" ":0"
	equal "$stderr" ""
	[ ! -e "$BATS_TEST_TMPDIR/no" ] && [ ! -e "$BATS_TEST_TMPDIR/none" ]
	run -0 --separate-stderr onggi __complete -- --root "$BATS_TEST_TMPDIR/no" run ''
	equal "$output" ":0"
	[ ! -e "$BATS_TEST_TMPDIR/no" ]
	# Broken configuration, nonsense, nothing at all.
	printf 'nonsense: [\n' >"$BATS_TEST_TMPDIR/config.yaml"
	ONGGI_CONFIG=$BATS_TEST_TMPDIR/config.yaml run -0 --separate-stderr "$ONGGI" __complete -- run --pull nev
	equal "$output" "never
:0"
	equal "$stderr" ""
	run -0 --separate-stderr onggi __complete -- frobnicate --x ''
	equal "$output$stderr" ":0"
}
@test "a name that would harm a terminal is not offered" {
	mkdir -p "$BATS_TEST_TMPDIR/copy/images"
	cp "$STORE/images/index.json" "$BATS_TEST_TMPDIR/copy/images/"
	sed -i 's/tools\/box:1/tools\/b\\u001b[31mx:1/' "$BATS_TEST_TMPDIR/copy/images/index.json"
	run -0 "$ONGGI" --root "$BATS_TEST_TMPDIR/copy" --runroot "$RUNSTATE" __complete -- run ''
	# The one beside it is.
	equal "$output" "busybox:latest	image
:0"
}
