#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A disk that fills up: the store, its run-time state and temporary files lie on a tmpfs in a mount
# namespace of its own, which other files fill but for so many pages, or inodes, as a round gives;
# from none at all to what the command needs.
# shellcheck disable=SC2034,SC2154 # lib.bash reads and sets them
load ../e2e/lib
load ../e2e/registry
load lib

setup_file() { registry_with_busybox; }
teardown_file() { registry_down; }

setup() {
	local disk=$BATS_TEST_TMPDIR/disk how=(unshare -m)
	W=$BATS_TEST_TMPDIR/w HOLDER=
	mkdir -p "$W" "$disk"
	WITHIN=(nsenter -m)
	if ! is_root; then
		how=(unshare -Urm)
		WITHIN=(nsenter -U --preserve-credentials -m)
	fi
	# The holder of the namespaces tells when the file system is there, and ends with us.
	mkfifo "$W/holder"
	# shellcheck disable=SC2016 # the inner shell's
	"${how[@]}" sh -c 'mount -t tmpfs -o size=32m,nr_inodes=4000,mode=700 tmpfs "$1" && echo mounted >"$2/mounted" && read -r _ <"$2/holder"' \
		- "$disk" "$W" >"$W/holder.log" 2>&1 3>&- &
	HOLDER=$!
	STORE=$disk/data RUNSTATE=$disk/run TMPDIR=$disk/tmp DISK=$disk
	export STORE RUNSTATE TMPDIR
	wait_for mounted_or_not
	[ -s "$W/mounted" ] || skip "no tmpfs in a namespace: $(head -n 1 "$W/holder.log")"
	WITHIN+=(-t "$HOLDER" --)
	within mkdir -p "$TMPDIR"
}
mounted_or_not() { [ -s "$W/mounted" ] || ! kill -0 "$HOLDER" 2>/dev/null; }
teardown() {
	unset TMPDIR
	! kill -0 "$HOLDER" 2>/dev/null || echo end >"$W/holder"
	wait "$HOLDER" || :
}
within() { "${WITHIN[@]}" "$@"; }
onggi() { within "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@"; }

# room PAGES|all FILES|all: what there is beside what is used; all: no limit that is met
room() {
	# shellcheck disable=SC2016 # the inner shell's
	within sh -c '
		rm -rf "$1/fill" && mkdir "$1/fill"
		if [ "$3" != all ]; then
			free=$(($(stat -f -c %d "$1") - $3))
			[ $free -le 0 ] || (cd "$1/fill" && seq $free | xargs touch)
		fi
		if [ "$2" != all ]; then
			: >"$1/fill/pages"
			free=$(($(stat -f -c %f "$1") - $2))
			[ $free -le 0 ] || fallocate -l $((free * 4096)) "$1/fill/pages"
		fi' - "$DISK" "$1" "$2"
}
# used: pages and files
used() { within stat -f -c '%b %f %c %d' "$DISK" | { read -r b f c d && echo "$((b - f)) $((c - d))"; }; }

# Ends in PAGES and FILES, what the command takes while it runs (at most) when nothing is short.
need_of() { # VERB
	local before after
	"before_$1"
	"command_$1" 0
	before=$(used)
	quiet "${COMMAND[@]}"
	after=$(used)
	PAGES=$((${after% *} - ${before% *})) FILES=$((${after#* } - ${before#* }))
	[ $PAGES -gt 16 ] || PAGES=16
	[ $FILES -gt 16 ] || FILES=16
	"after_$1"
}

one_round() { # VERB PAGES FILES
	local status=0
	"before_$1"
	"command_$1" $((TOTAL / 2))
	ROUND="$2 pages and $3 files are free"
	room "$2" "$3"
	onggi "${COMMAND[@]}" >"$W/out" 2>"$W/err" </dev/null 3>&- || status=$?
	R_status=$status R_signal=0 R_loader=0 R_hang=0 R_leaked=0
	[ $status -le 128 ] || R_signal=$((status - 128))
	ended_well "$1"
	[ $status = 0 ] || FAILED=$((FAILED + 1))
	# Who wants room makes it by removing something.
	case $1 in rm | rmi | prune) [ $status = 0 ] || broken "nothing can be removed" ;; esac
	room all all
	next_works "$1"
	TOTAL=$((TOTAL + 1))
}

full_rounds() { # VERB
	local verb=$1 n each left
	TOTAL=0 FAILED=0
	each=$(rounds 4 200)
	need_registry "$verb"
	need_of "$verb"
	for ((n = 0; n < each; n++)); do one_round "$verb" $((n * PAGES / each)) all; done
	for ((n = 0; n < each; n += 2)); do one_round "$verb" all $((n * FILES / each)); done
	! has_container || quiet rm -f t
	quiet system prune -f
	[ -z "$(within find "$DISK" -name '.tmp-*')" ] || broken "left over: $(within find "$DISK" -name '.tmp-*')"
	[ -z "$(within find "$TMPDIR" -mindepth 1)" ] || broken "left over: $(within find "$TMPDIR")"
	[ -z "$(onggi ps -aq)" ] || broken "containers stay"
	left=$(left_below "$BATS_TEST_TMPDIR")
	[ -z "$left" ] || broken "left over: $left"
	[ "$BROKEN" = 0 ]
	# A test in which nothing was short tests nothing.
	case $verb in rm | rmi | prune) ;; *) [ "$FAILED" -gt 0 ] ;; esac
	count "$verb: $TOTAL rounds on a full disk, of which $FAILED could not be done, 0 leaks"
}

@test "the disk is full: load" { full_rounds load; }
@test "the disk is full: pull" { full_rounds pull; }
@test "the disk is full: import" { full_rounds import; }
@test "the disk is full: run" { full_rounds run; }
@test "the disk is full: rm" { full_rounds rm; }
@test "the disk is full: rmi" { full_rounds rmi; }
@test "the disk is full: prune" { full_rounds prune; }
