#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Terminals: pty.py is the person.
load lib.bash
setup_file() { store_up; }
teardown_file() { store_down; }

pty() { python3 -B "$BATS_TEST_DIRNAME/pty_run.py" "$@"; }
tty_run() { pty "$@" -- "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm -it busybox sh; }

@test "-t: the program has a terminal, and it is its controlling one" {
	run -0 tty_run --send 'tty; test -t 0 && test -t 1 && test -t 2 && echo is-a-tty; echo >/dev/tty && echo controlling; exit 0\n'
	contains "$output" /dev/pts/0 is-a-tty controlling
}
@test "-t: without a terminal on our side the output ends lines with CR LF" {
	run -0 bash -c '"$@" </dev/null | od -c' - "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm -t busybox echo hello
	contains "$output" '\r  \n'
}
@test "without -t there is none" {
	run -0 onggi run --rm busybox sh -c 'test -t 0 || test -t 1 || echo none; echo x >/dev/tty || echo no-tty'
	contains "$output" none no-tty
}
@test "the size is handed on, and changes with the caller's" {
	run -0 tty_run --rows 33 --cols 101 --send 'stty size\n' --expect '33 101' --resize 44x88 \
		--send 'until [ "$(stty size)" = "44 88" ]; do sleep 0.1; done; echo re""sized\n' --expect resized --send 'exit 0\n'
}
@test "control-C interrupts the program, not onggi" {
	run -0 tty_run --send 'trap "echo interrupted" INT; echo re""ady\n' --expect ready --send '\x03' --send '\n' --expect interrupted --send 'exit 0\n'
}
@test "control-D ends the shell; its exit code comes back" {
	run -5 tty_run --send 'sh -c "exit 5"; echo re""ady\n' --expect ready --send 'exit 5\n'
}
@test "the caller's terminal is as it was afterwards" {
	run -0 pty --check-modes -- "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm -it busybox true
}
@test "TERM is set" {
	run -0 tty_run --send 'echo "TERM=$TERM"; exit 0\n'
	contains "$output" TERM=xterm
}
