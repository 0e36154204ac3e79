# shellcheck shell=bash disable=SC2154 # run sets output, lines and status
# SPDX-License-Identifier: Apache-2.0
# What the files about hostile images share: a store among canaries, and `try`. Loaded after lib.bash.

GROUND=$BATS_FILE_TMPDIR/ground
ENEMY=$BATS_FILE_TMPDIR/enemy
OUTSIDE=$GROUND/outside
STORE=$GROUND/up/up/data
RUNSTATE=$GROUND/up/up/run
export GROUND ENEMY OUTSIDE STORE RUNSTATE

# enemy_up SUBJECT: the cases of enemy.py, a store that holds an honest image, canaries around it
enemy_up() {
	local dir
	mkdir -p "$ENEMY" "$GROUND/up/up"
	python3 -B "$BATS_TEST_DIRNAME/enemy.py" "$1" "$ENEMY" "$OUTSIDE"
	for dir in "$OUTSIDE" "$OUTSIDE/sub" "$GROUND" "$GROUND/up" "$GROUND/up/up"; do
		mkdir -p "$dir"
		echo the-canary-sings >"$dir/file"
		setfattr -n user.canary -v sings "$dir/file" 2>/dev/null || :
		ln -s file "$dir/link"
		mkfifo -m 600 "$dir/fifo"
	done
	onggi load -q -i "oci:$ENEMY/layout:base:1"
	honest
	watch >"$BATS_FILE_TMPDIR/before"
}
enemy_down() {
	local n
	n=$(wc -l <"$BATS_FILE_TMPDIR/count")
	printf '# count: security %d inputs tried (%s)\n' "$n" "${BATS_TEST_FILENAME##*/}" >&3
	store_down
}

# The honest image goes in anew, images NAME... go.
honest() {
	onggi rmi -f honest:1 "$@" >/dev/null 2>&1 || :
	onggi load -q -i "oci:$ENEMY/layout:honest:1"
	[ -n "$(onggi images -q honest:1)" ]
}

# All that there is outside of the store: names, types, modes, owners, sizes, times (a file's ctime can't
# be set back), links, contents, attributes; and the names that may be at the store's top.
watch() {
	local prune=(-path "$STORE" -prune -o -path "$RUNSTATE" -prune -o)
	find "$GROUND" "${prune[@]}" -printf '%p %y %i %n %m %U:%G %s %T@ %C@ %l\n' | sort
	find "$GROUND" "${prune[@]}" -type f -exec md5sum {} + | sort
	getfattr -R -h -d -m - "$OUTSIDE" 2>/dev/null
	find / /etc -maxdepth 1 \( -name 'onggi-*' -o -name 'evil*' -o -name stray \) 2>/dev/null | sort
	stat -c '%n %h' /etc/passwd /etc/hostname
	find "$STORE" -mindepth 1 -maxdepth 1 -printf 'store: %f %y\n' | grep -Ev ': (images|layers|containers|volumes|networks|seccomp-cache) d' | sort
	find "$STORE/layers" "$STORE/images/blobs" -mindepth 1 -maxdepth 2 -printf '%f\n' | grep -Ev '^(sha256|[0-9a-f]{64}(\.[0-9a-f]{64})?)$' | sort
}
untouched() {
	watch >"$BATS_FILE_TMPDIR/after"
	diff "$BATS_FILE_TMPDIR/before" "$BATS_FILE_TMPDIR/after" >&2 || return 1
}
tried() { echo "$1" >>"$BATS_FILE_TMPDIR/count"; }

# What is told of a refusal: the image, its layer and the entry (or the one before), in one line, and PARTs.
says() { # WAY NAME [PART...]
	local way=$1 name=$2
	shift 2
	lacks "$output" "dumped core" "AddressSanitizer" "runtime error" $'\x1b' the-canary-sings
	contains "$output" "$@"
	if [ "$way" = load ]; then
		matches "$output" "image '$name:1': layer [0-9a-f]{12}: "
	else
		contains "$output" "import '$ENEMY/$name.tar': root file system: "
	fi
	[ -n "${NO_ENTRY:-}" ] || matches "$output" "(entry '|before the first entry: )"
	[ "$(printf '%s\n' "${lines[@]}" | grep -vc '^hint: ')" = 1 ]
}
# try VERDICT NAME [PART...]: load and import a case, as root, or as a user.
#   refused    both fail, with an error that holds each PART
#   contained  both work; a container of the image runs `sh -c "$CHECK"`, and nothing of ours is in it
#   loaded     the same without a container
#   either     load fails or works, and so does import (a stack has another meaning than one archive)
# Whatever happens, nothing outside has changed, the store is sound, and an honest image can be loaded: settle looks
# after that, after a few cases together unless ONGGI_TEST_LONG is set.
try() {
	local verdict=$1 name=$2 way
	shift 2
	for way in load import; do
		tried "$way $name"
		if [ $way = load ]; then
			run timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" load -q -i "oci:$ENEMY/layout:$name:1"
		else
			run timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" import -q "$ENEMY/$name.tar" imported:1
		fi
		lacks "$output" "dumped core" "AddressSanitizer" "runtime error"
		case $verdict in
		refused)
			equal "$status" 1
			says $way "$name" "$@"
			;;
		contained | loaded) equal "$status $name" "0 $name" ;;
		*) [ "$status" -le 1 ] ;;
		esac
	done
	if [ "$verdict" = contained ]; then inside "$name" "${CHECK:-true}"; fi
	[ -z "${ATTRS:-}" ] || equal "$(overlay_attributes)" ""
	PENDING+=("$name:1")
	[ ${#PENDING[@]} -lt "$BATCH" ] || settle
}
PENDING=() BATCH=8
[ -z "${ONGGI_TEST_LONG:-}" ] || BATCH=1
settle() {
	[ ${#PENDING[@]} -gt 0 ] || return 0
	printf 'settling after: %s\n' "${PENDING[*]}"
	run onggi system check -q
	equal "$status $output" "0 "
	honest imported:1 "${PENDING[@]}"
	# An import takes the name from the one before it.
	onggi image prune -f >/dev/null
	PENDING=()
	untouched
}
teardown() { settle; }
# A container of the case, in which no file of ours may be.
inside() { # NAME SCRIPT
	run onggi run --rm "$1:1" sh -c "$2; "'echo status $?; find / -xdev -type f -size -64k -exec cat {} + 2>/dev/null'
	contains "$output" "status 0"
	lacks "$output" the-canary-sings
}
# Overlay attributes in unpacked layers.
overlay_attributes() {
	if is_root; then
		getfattr -R -h -d -m overlay "$STORE/layers" 2>/dev/null
	else
		onggi unshare getfattr -R -h -d -m overlay "$STORE/layers" 2>/dev/null
	fi
}
