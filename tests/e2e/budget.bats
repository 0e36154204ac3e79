#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a container may cost, in measures that other load on the machine does not change. tests/bench/run has the times.
load lib.bash
setup_file() { store_up; }
teardown_file() { store_down; }

MAX_INSTRUCTIONS=3000000 # in user space: of the command and of the container's process until it is the program
MAX_MORE_IMAGES=1000000
MAX_PSS=2048             # kB

count() { # ARGUMENT...: instructions of an onggi command
	"$ONGGI_TEST_TOOLS/bench/instructions" "$BATS_TEST_TMPDIR/count" "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@" >&2
	cat "$BATS_TEST_TMPDIR/count"
}
setup() {
	! is_sanitized || skip "with sanitizers other things cost"
}
need_counter() {
	[ -x "${ONGGI_TEST_TOOLS:-}/bench/instructions" ] || skip "\$ONGGI_TEST_TOOLS/bench/instructions is not built"
}

@test "a start takes at most $MAX_INSTRUCTIONS instructions in user space" {
	need_counter
	# Its layers' trees belong to their stack: no library may be loaded to tell which.
	grep -q dev.onggi.image.chains "$STORE/images/index.json"
	n=$(count run --rm --network none busybox /bin/true)
	printf '# count: %s instructions in user space for run --rm --network none IMAGE /bin/true\n' "$n" >&3
	[ "$n" -gt 100000 ]
	[ "$n" -le "$MAX_INSTRUCTIONS" ]
}

@test "a hundred images more cost a start at most $MAX_MORE_IMAGES instructions" {
	need_counter
	n=$(count run --rm --network none busybox /bin/true)
	cp -p "$STORE/images/index.json" "$BATS_TEST_TMPDIR/"
	python3 - "$STORE/images/index.json" <<-'END'
		import json, sys
		index = json.load(open(sys.argv[1]))
		name = 'org.opencontainers.image.ref.name'
		old = [m for m in index['manifests'] if 'busybox' in m['annotations'][name]][0]
		for i in range(100):
		    more = dict(old, annotations=dict(old['annotations']))
		    more['annotations'][name] = 'example.com/more-%d:latest' % i
		    index['manifests'].insert(0, more)
		json.dump(index, open(sys.argv[1], 'w'), separators=(',', ':'))
	END
	more=$(($(count run --rm --network none busybox /bin/true) - n))
	printf '# count: %s instructions more in user space with a hundred images more\n' "$more" >&3
	[ "$more" -gt 10000 ]
	[ "$more" -le "$MAX_MORE_IMAGES" ]
	run -0 onggi run --rm example.com/more-99 echo ran
	equal "$output" ran
	mv "$BATS_TEST_TMPDIR/index.json" "$STORE/images/"
}

@test "where the entry of an image names no chain ids they are computed" {
	sed -i 's/"dev.onggi.image.chains":"[^"]*",//' "$STORE/images/index.json"
	run -1 grep -q dev.onggi.image.chains "$STORE/images/index.json"
	onggi run --rm --network none busybox true
	onggi tag busybox again:1
	onggi run --rm --network none again:1 true
	onggi untag again:1
	store_up # names them again
	grep -q dev.onggi.image.chains "$STORE/images/index.json"
	onggi tag busybox again:1
	[ "$(grep -o dev.onggi.image.chains "$STORE/images/index.json" | wc -l)" = 2 ]
	sed -i 's/"dev.onggi.image.chains":"[^"]*",/"dev.onggi.image.chains":"nonsense,,sha256:1",/' "$STORE/images/index.json"
	onggi run --rm --network none busybox true
	onggi untag again:1
	store_up
}

@test "what waits for a container has at most $MAX_PSS kB" {
	"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm --name waits --network none busybox \
		sh -c 'echo ready; sleep 1000' >"$BATS_TEST_TMPDIR/out" 3>&- &
	pid=$!
	until grep -q ready "$BATS_TEST_TMPDIR/out"; do
		kill -0 "$pid"
		sleep 0.05
	done
	contains "$(tr '\0' ' ' <"/proc/$pid/cmdline")" ' run --rm --name waits '
	pss=$(awk '$1 == "Pss:" { print $2 }' "/proc/$pid/smaps_rollup")
	onggi rm -f waits
	wait "$pid" || true
	printf '# count: %s kB of memory in what waits for a container\n' "$pss" >&3
	[ "$pss" -gt 0 ]
	[ "$pss" -le "$MAX_PSS" ]
}
