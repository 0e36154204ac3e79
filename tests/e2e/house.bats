#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Keeping the house: what the store takes, removing what nobody needs, verifying and mending.
load lib.bash
setup() {
	mkdir -p "$BATS_TEST_TMPDIR/s"
	STORE=$BATS_TEST_TMPDIR/s/data RUNSTATE=$BATS_TEST_TMPDIR/s/run
	store_up
}
teardown() { store_down; }

# A shell that sees the store's files as root sees a container's.
inside() { onggi unshare sh -c "$@"; }
# Every file of the store, with sizes and times.
listing() { inside 'cd "$ONGGI_ROOT" && find . -printf "%p %y %m %s %T@\n" | sort'; }
blob() { printf '%s/images/blobs/sha256/%s' "$STORE" "${1#sha256:}"; }
digest_in() { grep -o 'sha256:[0-9a-f]*' "$1" | sed -n "${2}p"; }
manifest() { digest_in "$STORE/images/index.json" 1; }
config() { digest_in "$(blob "$(manifest)")" 1; }
layer() { digest_in "$(blob "$(manifest)")" 2; }
# Change a byte, keeping size and time.
flip() { # FILE
	inside 'touch -r "$1" "$2"; b=$(dd if="$1" bs=1 skip=3 count=1 status=none | od -An -tu1)
		chmod u+w "$1"; printf "\\$(printf %o $(((b + 1) % 256)))" | dd of="$1" bs=1 seek=3 conv=notrunc status=none
		touch -r "$2" "$1"' - "$1" "$BATS_TEST_TMPDIR/time"
}
# A check finds something, says so, mends it, and is content then.
# shellcheck disable=SC2154 # bats sets stderr
finds() { # PATTERN...
	run -1 --separate-stderr onggi system check
	for pattern; do
		matches "$output" "$pattern"
	done
	matches "$stderr" "broken"
	matches "$stderr" "hint: onggi system check --repair"
	run -0 --separate-stderr onggi system check --repair
	for pattern; do
		matches "$output" "$pattern"
	done
	contains "$output" "(mended: "
	run -0 --separate-stderr onggi system check
	matches "$output" "^Looked at [^"$'\n'"]*$"
}

# ---------------------------------------------------------------- df
@test "df: the sizes add up to what du says" {
	onggi run --name web -v vol:/v busybox sh -c 'echo x >/v/a; ln /v/a /v/b; mkdir -m 700 /d; dd if=/dev/zero of=/d/f bs=1M count=2 2>/dev/null; ln /d/f /d/g'
	! has_ids || onggi run --name other busybox sh -c 'mkdir -m 700 /o; touch /o/f; chown -R 55:66 /o'
	sync -f "$STORE" # some file systems know what a file takes when it is on the disk
	run -0 --separate-stderr onggi system df --format '{{.RawSize}}'
	sum=0
	for n in $output; do sum=$((sum + n)); done
	equal "$sum" "$(inside 'du -s -B1 "$ONGGI_ROOT"' | cut -f1)"
}
@test "df: docker's fields and columns" {
	onggi run --name web -v vol:/v busybox true
	run -0 --separate-stderr onggi system df
	matches "${lines[0]}" '^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$'
	run -0 --separate-stderr onggi system df --format '{{.Type}}|{{.TotalCount}}|{{.Active}}'
	equal "$output" $'Images|1|1\nContainers|1|0\nLocal Volumes|1|1\nBuild Cache|0|0\nOther|'"${output##*Other|}"
	run -0 --separate-stderr onggi system df --format json
	matches "${lines[0]}" '^\{"Active":"1","RawReclaimable":[0-9]+,"RawSize":[0-9]+,"Reclaimable":"[0-9.]+k?B \([0-9]+%\)","Size":"[0-9.]+MB","TotalCount":"1","Type":"Images"\}$'
	run -0 --separate-stderr onggi system df -v
	contains "$output" "Images space usage:" "Containers space usage:" "Local Volumes space usage:"
	matches "$output" 'REPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS'
	matches "$output" 'busybox +latest +[0-9a-f]{12} .* 1'
	matches "$output" 'VOLUME NAME +LINKS +SIZE'
	matches "$output" 'vol +1 +'
	run -0 --separate-stderr onggi system df -v --format '{{range .Images}}{{.Repository}}{{end}} {{len .Containers}}'
	equal "$output" "busybox 1"
	run -125 --separate-stderr onggi system df --format '{{.Typ}}'
	contains "$stderr" "Typ" "Type"
}
@test "df: what it calls reclaimable is what prune reclaims" {
	onggi run --name web -v vol:/v busybox sh -c 'echo x >/v/a; echo y >/f'
	sync -f "$STORE"
	wanted() { onggi system df --format '{{.Type}} {{.Reclaimable}}' | sed -n "s/^$1 \([^ ]*\).*/\1/p"; }
	for kind in Containers:container 'Local Volumes:volume' Images:image; do
		want=$(wanted "${kind%:*}")
		[ "$want" != 0B ]
		# Only containers can't be asked for all.
		all=-a
		[ "${kind#*:}" != container ] || all=
		run -0 --separate-stderr onggi "${kind#*:}" prune -f $all
		equal "${lines[-1]}" "Total reclaimed space: $want"
	done
	run -0 onggi system prune -f -a
	equal "$output" "Total reclaimed space: 0B"
}

# ---------------------------------------------------------------- prune
@test "prune: asks, and only yes is yes" {
	onggi run --name web busybox true
	for answer in n '' yes x; do
		run -0 --separate-stderr onggi container prune <<<"$answer"
		contains "$output" "WARNING! This will remove all stopped containers." "Are you sure you want to continue? [y/N]"
		onggi ps -a | grep -q web
	done
	run -1 --separate-stderr onggi container prune </dev/null
	contains "$stderr" "nothing is removed" "--force"
	id=$(onggi ps -aq --no-trunc)
	run -0 --separate-stderr onggi container prune <<<y
	contains "$output" $'Deleted Containers:\n'"$id"$'\n\nTotal reclaimed space: '
	equal "$(onggi ps -aq)" ""
}
@test "prune: asks on a terminal" {
	need_tool python3
	onggi run --name web busybox true
	run -0 python3 "$BATS_TEST_DIRNAME/pty_run.py" --expect '[y/N]' --send $'n\n' -- \
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" system prune
	contains "$output" "all stopped containers" "all dangling images"
	onggi ps -a | grep -q web
	run -0 python3 "$BATS_TEST_DIRNAME/pty_run.py" --expect '[y/N]' --send $'y\n' -- \
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" system prune
	contains "$output" "Deleted Containers:" "Total reclaimed space:"
	equal "$(onggi ps -aq)" ""
}
# start_up: a container that runs until stop_up
start_up() {
	"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --name up busybox sleep 1000 3>&- &
	up=$!
	wait_for container_up up
}
stop_up() {
	onggi rm -f up
	wait "$up" || true
}
@test "container prune: what runs stays, and filters choose" {
	start_up
	onggi run --name a --label kind=a busybox true
	onggi run --name b --label kind=b --label keep busybox true
	names() { onggi ps -a | awk 'NR > 1 {print $NF}' | sort | tr '\n' ' '; }
	onggi container prune -f --filter until=1
	onggi container prune -f --filter until=1h
	onggi container prune -f --filter label=other
	onggi container prune -f --filter label=kind=c
	equal "$(names)" "a b up "
	onggi container prune -f --filter 'label!=keep'
	equal "$(names)" "b up "
	onggi container prune -f --filter label=keep --filter label=kind=b --filter "until=$(date -d '+1 hour' +%s)"
	equal "$(names)" "up "
	stop_up
}
@test "image prune: without names, then all that nobody uses" {
	onggi load -q -i "$F/configured.oci.tar"
	onggi untag configured:1
	onggi run --name web busybox true
	before=$(listing)
	run -0 --separate-stderr onggi image prune --dry-run
	matches "$output" $'^Would remove:\n  image [0-9a-f]{12}\n'
	equal "$(listing)" "$before"
	run -0 --separate-stderr onggi image prune -f
	matches "$output" $'^Deleted Images:\ndeleted: sha256:[0-9a-f]{64}\n'
	lacks "$output" untagged
	run -0 --separate-stderr onggi image prune -f -a
	equal "$output" "Total reclaimed space: 0B"
	onggi rm web
	run -0 --separate-stderr onggi image prune -f -a --filter until=1
	equal "$output" "Total reclaimed space: 0B"
	run -0 --separate-stderr onggi image prune -f -a --filter label=nobody
	equal "$output" "Total reclaimed space: 0B"
	run -0 --separate-stderr onggi image prune -f --filter dangling=false
	contains "$output" "untagged: busybox:latest"
	equal "$(find "$STORE/images/blobs" -type f)" ""
	equal "$(inside 'ls "$ONGGI_ROOT/layers/sha256"')" ""
}
@test "image prune: what a stopped pull and killed commands left, unless somebody loads" {
	digest=$(printf orphan | sha256sum | cut -d' ' -f1)
	printf orphan >"$STORE/images/blobs/sha256/$digest"
	mkdir "$STORE/layers/sha256/.tmp-dead" "$STORE/layers/sha256/$digest"
	run -0 --separate-stderr flock -s "$STORE/images/blobs" "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" image prune -f
	[ -e "$STORE/images/blobs/sha256/$digest" ]
	[ -e "$STORE/layers/sha256/$digest" ]
	[ ! -e "$STORE/layers/sha256/.tmp-dead" ]
	mkdir "$STORE/layers/sha256/.tmp-dead" "$STORE/layers/sha256/.tmp-busy"
	run -0 --separate-stderr flock -s "$STORE/layers/sha256/.tmp-busy" "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" image prune -f
	contains "$output" "deleted: sha256:$digest" "layers/sha256/.tmp-dead"
	[ ! -e "$STORE/images/blobs/sha256/$digest" ]
	[ ! -e "$STORE/layers/sha256/$digest" ]
	[ ! -e "$STORE/layers/sha256/.tmp-dead" ]
	[ -e "$STORE/layers/sha256/.tmp-busy" ]
	onggi run --rm busybox true
}
@test "volume prune: nameless ones, then all, but none in use" {
	onggi run --name web -v used:/a -v /b busybox true
	onggi run --name gone -v unused:/a -v /b busybox true
	onggi rm gone
	run -0 --separate-stderr onggi volume prune --dry-run -a
	contains "$output" "volume unused"
	lacks "$output" "volume used"
	run -0 --separate-stderr onggi volume prune -f --filter label=x
	equal "$output" "Total reclaimed space: 0B"
	run -0 --separate-stderr onggi volume prune -f
	matches "$output" $'^Deleted Volumes:\n[0-9a-f]{64}\n\nTotal'
	[ -e "$STORE/volumes/unused" ]
	run -0 --separate-stderr onggi volume prune -f -a
	contains "$output" $'Deleted Volumes:\nunused\n'
	equal "$(find "$STORE/volumes" -mindepth 1 -maxdepth 1 | wc -l)" 2
	onggi rm web
	onggi volume prune -f -a
	equal "$(ls "$STORE/volumes")" ""
}
@test "system prune: containers first, so that their images go" {
	onggi run --name web -v named:/a -v /b busybox true
	before=$(listing)
	run -0 --separate-stderr onggi system prune --dry-run -a --volumes
	contains "$output" "container " "image " "busybox:latest" "volume " "Total reclaimable space:"
	lacks "$output" "volume named"
	equal "$(listing)" "$before"
	run -125 --separate-stderr onggi system prune -f --volumes --filter until=1h
	contains "$stderr" "until" "--volumes"
	run -125 --separate-stderr onggi system prune -f --filter foo=1
	contains "$stderr" "foo=1" "until=TIME"
	run -0 --separate-stderr onggi system prune -f
	lacks "$output" "Deleted Images" "Deleted Volumes"
	run -0 --separate-stderr onggi system prune -f -a --volumes
	contains "$output" "untagged: busybox:latest" "Deleted Volumes:"
	equal "$(ls "$STORE/volumes")" named
	equal "$(find "$STORE/images/blobs" -type f)" ""
}

# ---------------------------------------------------------------- check
@test "check: a sound store" {
	onggi load -q -i "$F/configured.oci.tar"
	onggi run --name web -v vol:/v busybox sh -c 'echo x >/etc/motd'
	run -0 --separate-stderr onggi system check
	matches "$output" '^Looked at 2 images, [0-9]+ blobs \([0-9.]+MB hashed\), [0-9]+ layers, 1 container, 1 volume$'
	equal "$stderr" ""
	run -0 --separate-stderr onggi system check --quiet
	equal "$output" ""
}
@test "check: a byte of a manifest, a config, a layer" {
	onggi load -q -i "$F/configured.oci.tar"
	for kind in manifest config layer; do
		digest=$($kind)
		names=$(onggi images | wc -l)
		flip "$(blob "$digest")"
		finds "blob ${digest:0:19}: its content has the digest" "image .*: blob ${digest:0:19} is broken"
		[ ! -e "$(blob "$digest")" ]
		[ "$(onggi images | wc -l)" -lt "$names" ]
		onggi load -q -i "$F/configured.oci.tar"
		onggi load -q -i "$F/busybox.tar"
		onggi run --rm busybox true
	done
}
@test "check: a layer that is short, one that is gone" {
	truncate -s -1 "$(blob "$(layer)")"
	run -1 onggi system check --quick
	contains "$output" "bytes, not"
	finds "image busybox:latest: blob "
	equal "$(onggi images -q)" ""
	store_up
	rm "$(blob "$(layer)")"
	finds 'image busybox:latest: blob sha256:[0-9a-f]+ is missing'
	store_up
	# A quick check doesn't read layers.
	flip "$(blob "$(layer)")"
	onggi system check --quick
	finds "its content has the digest"
}
@test "check: a tree that was changed" {
	tree=$(inside 'cd "$ONGGI_ROOT/layers/sha256"; for t in *; do [ ! -e "$t/bin/busybox" ] || echo "$t"; done')
	path=$STORE/layers/sha256/$tree
	flip "$path/bin/busybox"
	finds "layer ${tree:0:12}: its tree is not what its blob says: 'bin/busybox' has another content"
	# It is unpacked again when it is needed.
	onggi run --rm busybox true
	onggi system check
	while IFS='|' read -r command pattern; do
		inside "cd '$path' && $command"
		finds "$pattern"
		onggi run --rm busybox true
	done <<-'EOF'
		chmod 700 bin|'bin' has mode 0700, not
		touch bin/foreign|'foreign' is in it, which is not in the layer
		mkdir -p new/dir|'new' is in it, which is not in the layer
		rm bin/sh|'bin/sh' is missing
		truncate -s 5 bin/busybox|'bin/busybox' has 5 bytes, not
		touch -d 2001-01-01 bin/busybox|'bin/busybox' was changed at
		rm bin/sh; mkdir bin/sh|'bin/sh' is no
	EOF
}
@test "check: the owner of a file" {
	need_ids
	tree=$(inside 'cd "$ONGGI_ROOT/layers/sha256"; for t in *; do [ ! -e "$t/bin/busybox" ] || echo "$t"; done')
	inside 'chown 77:88 "$ONGGI_ROOT/layers/sha256/$1/bin"' - "$tree"
	finds "'bin' belongs to 77:88, not 0:0"
}
@test "check: a tree that a running container has is not taken away" {
	start_up
	inside 'cd "$ONGGI_ROOT/layers/sha256"; for t in *; do [ ! -e "$t/bin/busybox" ] || touch "$t/foreign"; done'
	run -1 --separate-stderr onggi system check --repair
	contains "$stderr" "a running container has it mounted" "not mended"
	stop_up
	run -0 onggi system check --repair
	run -125 --separate-stderr onggi system check --force
}
@test "check: records and names of containers" {
	onggi run --name web busybox true
	onggi run --name two busybox true
	id=$(readlink "$STORE/containers/by-name/web")
	id=${id#../}
	printf '{' >"$STORE/containers/$id/state.json"
	finds "container ${id:0:12}: how it ended can't be read"
	rm "$STORE/containers/by-name/web"
	finds "container ${id:0:12}: its name 'web' doesn't lead to it"
	equal "$(readlink "$STORE/containers/by-name/web")" "../$id"
	ln -s "../$id" "$STORE/containers/by-name/alias"
	finds "containers/by-name/alias: leads to container ${id:0:12}, whose name is 'web'"
	touch "$STORE/containers/by-name/file"
	finds "containers/by-name/file: is no name of a container"
	printf '{"id":' >"$STORE/containers/$id/container.json"
	finds "container ${id:0:12}: container.json can't be read"
	[ ! -e "$STORE/containers/$id" ]
	[ ! -L "$STORE/containers/by-name/web" ]
	ln -s "../$id" "$STORE/containers/by-name/dangling"
	finds "containers/by-name/dangling: leads to container ${id:0:12}, which does not exist"
	equal "$(onggi ps -a | awk 'NR > 1 {print $NF}')" two
	onggi rm two
}
@test "check: an index that can't be read is written anew" {
	onggi load -q -i "$F/configured.oci.tar"
	onggi tag busybox other:1
	images=$(onggi images | sort)
	printf '{"manifests": [' >"$STORE/images/index.json"
	finds "images/index.json: can't be read"
	equal "$(onggi images | sort)" "$images"
	onggi run --rm other:1 true
}
@test "check: foreign files, modes, volumes" {
	onggi run --rm -v vol:/v busybox true
	for path in images/note layers/note layers/sha256/note images/blobs/sha256/note containers/note; do
		touch "$STORE/$path"
		finds "$path: is no file of onggi's"
		[ ! -e "$STORE/$path" ]
	done
	chmod 755 "$STORE/layers" "$STORE/images/blobs"
	finds "layers: has mode 0755" "images/blobs: has mode 0755"
	equal "$(stat -c %a "$STORE/layers")" 700
	rm -r "$STORE/volumes/vol/_data"
	finds "volume vol: has no directory '_data'"
}
@test "check: leftovers are told, and break nothing" {
	mkdir -m 700 "$STORE/layers/sha256/.tmp-dead" "$STORE/volumes" "$STORE/volumes/.tmp-dead"
	run -0 --separate-stderr onggi system check
	contains "$output" "layers/sha256/.tmp-dead: was left by a command that was killed" "volumes/.tmp-dead: was"
	run -0 --separate-stderr onggi system check --repair
	contains "$output" "(mended: it is removed)"
	run -0 --separate-stderr onggi system check
	lacks "$output" .tmp-dead
}

# ---------------------------------------------------------------- unshare
@test "unshare: owners as containers see them, the same store, the program's exit code" {
	need_ids
	onggi run --name web -v vol:/v busybox sh -c 'touch /v/f; chown 33:44 /v/f'
	run -0 --separate-stderr onggi unshare ls -ln "$STORE/volumes/vol/_data/f"
	matches "$output" '^-rw-r--r-- +1 33 44 '
	equal "$(onggi unshare id -u)" 0
	run -0 --separate-stderr onggi unshare sh -c 'echo "$ONGGI_ROOT $ONGGI_RUNROOT"; "$0" images -q' "$ONGGI"
	equal "${lines[0]}" "$STORE $RUNSTATE"
	equal "${lines[1]}" "$(onggi images -q)"
	run -7 onggi unshare sh -c 'exit 7'
	run -143 onggi unshare sh -c 'kill -TERM $$'
}
@test "unshare: what can't be executed, and a shell" {
	run -127 --separate-stderr onggi unshare no-such-program
	contains "$stderr" "'no-such-program'"
	touch "$BATS_TEST_TMPDIR/plain"
	run -126 --separate-stderr onggi unshare "$BATS_TEST_TMPDIR/plain"
	run -0 --separate-stderr env SHELL=/bin/sh "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" unshare <<<'echo "shell $(id -u)"'
	equal "$output" "shell 0"
}
