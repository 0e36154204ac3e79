#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Records: ps, rm, names, and that nothing is left behind.
load lib.bash
setup_file() { store_up; }
teardown_file() { store_down; }
teardown() { onggi rm -f -a >/dev/null 2>&1 || true; }

@test "without --rm the container is kept: ps -a, rm" {
	run -3 onggi run --name kept -l a=b busybox sh -c 'exit 3'
	run -0 onggi ps
	lacks "$output" kept
	run -0 onggi ps -a
	contains "$output" "CONTAINER ID" IMAGE COMMAND CREATED STATUS NAMES kept busybox "Exited (3)"
	run -0 onggi rm kept
	equal "$output" kept
	run -0 onggi ps -aq
	equal "$output" ""
	equal "$(leftovers)" ""
}
@test "ps shows a running container, --no-trunc its whole id" {
	onggi run --rm --name runner busybox sleep 1000 3>&- &
	wait_for container_up runner
	run -0 onggi ps
	contains "$output" "Up " '"sleep 1000"'
	run -0 onggi ps -q --no-trunc
	matches "$output" '^[0-9a-f]{64}$'
	run -1 onggi rm runner
	contains "$output" running
	run -0 onggi rm -f runner
	code=0
	wait $! || code=$?
	equal $code 137
	equal "$(leftovers)" ""
}
@test "names: given, unique, free again after rm" {
	onggi run --name one busybox true
	run -125 onggi run --name one busybox true
	contains "$output" "'one'" "in use" "onggi rm one"
	run -0 onggi run --name one --replace busybox echo replaced
	equal "$output" replaced
	onggi rm one
	run -0 onggi run --rm --name one busybox true
}
@test "names: made up when none is given, and they work" {
	onggi run busybox true
	name=$(onggi ps -a | awk 'NR == 2 { print $NF }')
	matches "$name" '^[a-z0-9][a-z0-9_.-]+$'
	onggi rm "$name"
}
@test "names: what is not one is refused" {
	for name in -x a/b '..' 'a b'; do
		run -125 onggi run --rm --name="$name" busybox true
	done
}
@test "rm by id and by a prefix of it" {
	onggi run busybox true
	id=$(onggi ps -aq --no-trunc)
	run -0 onggi rm "${id:0:6}"
	run -1 onggi rm "$id"
	contains "$output" "no such container"
}
@test "rm of several goes on after one that isn't there" {
	onggi run --name a busybox true
	onggi run --name b busybox true
	run -1 onggi rm a nothere b
	contains "$output" nothere
	equal "$(onggi ps -aq)" ""
}
@test "what is removed by force and not there is told, and no failure" {
	for what in "rm:container" "rmi:image"; do
		run -0 onggi "${what%:*}" -f nothere
		contains "$output" "no such ${what#*:}: nothere"
		run -0 onggi "${what%:*}" -f --ignore nothere
		equal "$output" ""
		run -1 onggi "${what%:*}" nothere
	done
}
@test "rm removes files of every owner and mode" {
	need_ids
	onggi run --name owned busybox sh -c 'mkdir -m 000 /locked; mkdir /d; echo x >/d/f; chown -R 1000:33 /d; chmod 000 /d'
	run -0 onggi rm owned
	equal "$(leftovers)" ""
}
@test "rm removes what an ordinary user's directory without permissions holds" {
	onggi run --name locked busybox sh -c 'mkdir -p /locked/a/b; echo x >/locked/a/b/c; chmod 000 /locked/a/b /locked/a /locked'
	run -0 onggi rm locked
	equal "$(leftovers)" ""
}
@test "labels, environment and arguments are in the record" {
	onggi run --name labelled -l onggi.test=yes --label empty -e A=B busybox true
	record=$(cat "$STORE"/containers/*/container.json)
	contains "$record" onggi.test yes A=B '"empty"'
}
@test "ps: the newest first, also where one time is the other's beginning" {
	for name in earlier later; do onggi run --name $name busybox true; done
	sed -i 's/"created": *"[^"]*"/"created":"2026-01-02T03:04:05.12Z"/' "$(grep -l '"earlier"' "$STORE"/containers/*/container.json)"
	sed -i 's/"created": *"[^"]*"/"created":"2026-01-02T03:04:05.123Z"/' "$(grep -l '"later"' "$STORE"/containers/*/container.json)"
	run -0 onggi ps -a --format '{{.Names}}'
	equal "$output" $'later\nearlier'
	run -0 onggi ps -aq --filter before=later --format '{{.Names}}'
	equal "$output" earlier
}
@test "fifty at once leave nothing behind" {
	is_sanitized && count=10 || count=50
	seq "$count" | xargs -P"$count" -I{} "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm busybox true
	equal "$(leftovers)" ""
	run -0 onggi ps -aq
	equal "$output" ""
	equal "$(find "$STORE" -maxdepth 1 -name '.*' -o -maxdepth 1 -name 'tmp*')" ""
}
@test "twenty at once that want the same name: one has it at a time, nothing is left" {
	seq 20 | xargs -P20 -I{} sh -c '"$@" 2>/dev/null || [ $? = 125 ]' - "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm --name same busybox true
	equal "$(leftovers)" ""
}
@test "a run that fails before its program leaves nothing behind" {
	run -127 onggi run busybox no-such-program
	run -125 onggi run --rm -v /proc/self/no/such:/mnt:ro --mount type=bind,src=/no/such/place,dst=/x busybox true
	run -125 onggi run --rm --user no-such-user busybox true
	onggi rm -a >/dev/null
	equal "$(leftovers)" ""
}
@test "a pile of killed runs is tidied up by the next command" {
	pids=()
	for i in 1 2 3 4 5; do
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm --name "pile$i" busybox sleep 1000 3>&- >/dev/null 2>&1 &
		pids+=($!)
	done
	for i in 1 2 3 4 5; do wait_for container_up "pile$i"; done
	kill -9 "${pids[@]}"
	wait "${pids[@]}" || true
	run -0 onggi ps -a
	run -0 onggi run --rm busybox true
	wait_for eval '[ -z "$(onggi ps -q)" ]'
	onggi rm -a >/dev/null
	equal "$(leftovers)" ""
}
@test "info and version" {
	run -0 onggi info
	contains "$output" "Cgroups:" "Images:" "$STORE"
	run -0 onggi version
	matches "$output" 'Version: +[0-9]+\.[0-9]+'
	run -0 onggi --version
	matches "$output" '^onggi (version )?[0-9]+\.[0-9]+\.[0-9]+'
}
@test "--help of every command exits with 0 and shows its options" {
	run -0 onggi --help
	contains "$output" run ps rm images rmi load import info version
	for command in run ps rm images rmi load import info version; do
		run -0 onggi "$command" --help
		contains "$output" "onggi $command"
	done
}
@test "reading commands leave an empty store empty" {
	dir=$BATS_TEST_TMPDIR/empty
	for command in "ps -a" images info; do
		# shellcheck disable=SC2086 # a command and its options
		run -0 "$ONGGI" --root "$dir/data" --runroot "$dir/run" $command
	done
	equal "$(find "$dir" -type f)" ""
}
