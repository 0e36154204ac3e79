#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # $1 is for another shell
# Help in all its forms, and what answers a slip of the pen.
load lib.bash

# says CODE TEXT WORD...: onggi WORD... ends with CODE and prints exactly TEXT
says() {
	local code=$1 text=$2
	shift 2
	run "-$code" onggi "$@" </dev/null
	equal "$output" "$text"
}
# The documents, where the tests run from a checkout or a copy of one.
documents() {
	local top=$BATS_TEST_DIRNAME/../..
	find "$top/docs" "$top/README.md" -name '*.md' -not -path '*/adr/*'
}

@test "every command has a description, two examples and lines in style; documents know no other" {
	need_tool python3
	local topic
	local -a files
	onggi __tables >"$BATS_TEST_TMPDIR/tables"
	mkdir "$BATS_TEST_TMPDIR/topics"
	while read -r topic; do
		COLUMNS=100 onggi help "$topic" >"$BATS_TEST_TMPDIR/topics/$topic.txt"
	done < <(awk -F '\t' '$1 == "topic" { print $2 }' "$BATS_TEST_TMPDIR/tables")
	mapfile -t files < <(documents)
	[ ${#files[@]} -gt 5 ]
	python3 -B "$BATS_TEST_DIRNAME/check_tables.py" "$BATS_TEST_TMPDIR/tables" "$BATS_TEST_TMPDIR"/topics/* "${files[@]}"
}
@test "that check can fail" {
	need_tool python3
	onggi __tables >"$BATS_TEST_TMPDIR/tables"
	# shellcheck disable=SC2016 # no expansion is meant
	printf '`onggi rmi --hard x` and `onggi fly`\n    $ onggi run --nope busybox\n' >"$BATS_TEST_TMPDIR/bad.md"
	run -1 python3 -B "$BATS_TEST_DIRNAME/check_tables.py" "$BATS_TEST_TMPDIR/tables" "$BATS_TEST_TMPDIR/bad.md"
	contains "$output" "'onggi rmi' has no option --hard" "'onggi fly' is not a command" "'onggi run' has no option --nope"
	sed -i 's/^\(command\tps\t.*\)\t[^\t]*$/\1\t/; s/\tended containers, too$/\tEnded containers./' "$BATS_TEST_TMPDIR/tables"
	sed -i '/^example\trm\t/d' "$BATS_TEST_TMPDIR/tables"
	run -1 python3 -B "$BATS_TEST_DIRNAME/check_tables.py" "$BATS_TEST_TMPDIR/tables"
	contains "$output" "onggi ps: no description" "onggi ps --all: begins with a capital" "onggi ps --all: ends with a full stop" "onggi rm: 0 examples"
}

@test "the program: commands by subject, options, topics; the same whoever asks" {
	run -0 onggi --help
	contains "$output" "Usage: onggi [OPTIONS] COMMAND [ARG...]" $'\nContainers:\n' $'\nImages:\n' $'\nVolumes:\n' \
		$'\nSystem:\n' $'\nGlobal options:\n' "Topics, with 'onggi help TOPIC':"
	lacks "$output" "__" "container ls" $'\033'
	local text=$output
	equal "$(onggi help)" "$text"
	equal "$("$ONGGI")" "$text"
}
@test "a noun: each command once" {
	run -0 onggi container
	contains "$output" "Usage: onggi container COMMAND [ARG...]" "  ls, list, ps  " "  rm, remove  "
	local text=$output
	equal "$(onggi container --help)" "$text"
	equal "$(onggi container -h)" "$text"
	equal "$(onggi help container)" "$text"
}
@test "a command: both forms, its other names, defaults, choices, groups" {
	run -0 onggi run --help
	contains "$output" "Usage: onggi run [OPTIONS] IMAGE [COMMAND] [ARG...]" $'\nAliases:\n  onggi container run\n' \
		$'\nProcess and terminal:\n' $'\nLimits:\n' "(also --net)" $'\nExamples:\n'
	lacks "$output" "--publish"
	equal "$(onggi help run)" "$output"
	run -0 onggi container ls --help
	contains "$output" "Usage: onggi container ls [OPTIONS]" "onggi ps"
	run -0 onggi help image pull
	contains "$output" "Usage: onggi image pull "
}
@test "lines fit the terminal" {
	local width command
	for width in 60 80 100; do
		for command in run ps pull "image save"; do
			# shellcheck disable=SC2086 # two words
			run -1 grep -E "^.{$((width + 1)),}" < <(COLUMNS=$width onggi $command --help | sed '/^Usage:/d; /^Examples:/,$d')
		done
	done
}
@test "topics" {
	local topic
	for topic in building environment exit-codes formats limits networks references registries rootless volumes; do
		run -0 onggi help "$topic"
		matches "${lines[0]}" "^$topic - "
		[ "$(onggi help "$topic" | wc -l)" -le 50 ]
	done
	# Where a topic and a command are called alike, there is none: each word means one thing.
	says 125 "onggi: 'volums' is neither a command nor a topic
hint: did you mean 'onggi help volumes'?" help volums
	says 125 "onggi: 'iamges' is neither a command nor a topic
hint: did you mean 'onggi images'?" help iamges
	says 125 "onggi: 'frobnicate' is neither a command nor a topic
hint: 'onggi help' lists commands and topics" help frobnicate
}

@test "slips of the pen" {
	says 125 "onggi: 'iamges' is not a command
hint: did you mean 'onggi images'?" iamges
	says 125 "onggi: 'image lss' is not a command
hint: did you mean 'onggi image ls'?" image lss
	says 125 "onggi: 'imag' is not a command
hint: did you mean 'onggi image ls'?" imag ls
	says 125 "onggi: unknown option '--privilged'
hint: did you mean '--privileged'? (see 'onggi run --help')" run --privilged busybox
	says 125 "onggi: unknown option '-r' in '-rm'
hint: did you mean '--rm'? (see 'onggi run --help')" run -rm busybox
	says 125 "onggi: unknown option '-n' in '-name=x'
hint: did you mean '--name'? (see 'onggi run --help')" run -name=x busybox
	run -125 onggi run -privileged busybox
	contains "$output" "hint: did you mean '--privileged'?"
}
@test "options of the program behind the command" {
	says 125 "onggi: unknown option '--root'
hint: it goes before the command: onggi --root DIR run (see 'onggi run --help')" run --root /x busybox
	says 125 "onggi: unknown option '-D'
hint: it goes before the command: onggi -D images (see 'onggi images --help')" images -D
	says 125 "onggi: unknown option '--log-level'
hint: it goes before the command: onggi --log-level LEVEL ps (see 'onggi ps --help')" ps --log-level=debug
}
@test "a full disk is told" {
	run -1 bash -c '"$1" --help >/dev/full' bash "$ONGGI"
	contains "$output" "onggi: write to standard output: No space left on device"
}

# on_terminal COMMAND...: on a terminal of its own, both streams
on_terminal() { python3 -B -c '
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
text = b""
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    text += data
os.waitpid(pid, 0)
sys.stdout.buffer.write(text)' "$@"; }
@test "colour on a terminal, and only there" {
	need_tool python3
	local bold=$'\033[1m' red=$'\033[1;31m' cyan=$'\033[36m' end=$'\033[0m'
	export TERM=xterm
	contains "$(on_terminal "$ONGGI" --help)" "${bold}Usage:$end onggi" "${bold}Images:$end"
	contains "$(on_terminal "$ONGGI" help volumes)" "${bold}A named volume$end"
	contains "$(on_terminal "$ONGGI" rnu)" "${red}onggi:$end 'rnu' is not a command" "${cyan}hint:$end did you mean"
	lacks "$(NO_COLOR=1 on_terminal "$ONGGI" --help)" $'\033'
	lacks "$(NO_COLOR=1 on_terminal "$ONGGI" rnu)" $'\033'
	lacks "$(TERM=dumb on_terminal "$ONGGI" --help)" $'\033'
	contains "$(NO_COLOR='' on_terminal "$ONGGI" rnu)" "$red"
	lacks "$("$ONGGI" --help)" $'\033'
	lacks "$("$ONGGI" rnu 2>&1)" $'\033'
}
