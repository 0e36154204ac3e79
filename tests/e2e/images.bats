#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for the container's shell
# Images: in by load and import, listed, removed, read by other tools.
load lib.bash
setup() { mkdir -p "$BATS_TEST_TMPDIR/s"; STORE=$BATS_TEST_TMPDIR/s/data RUNSTATE=$BATS_TEST_TMPDIR/s/run; }
teardown() { store_down; }

works() { # IMAGE
	run -0 --separate-stderr onggi run --rm "$1" sh -c 'cat /etc/motd /upper; ls /opaque; [ ! -e /gone ] && echo whiteout'
	equal "$output" $'three layers\nfrom above\nnew\nwhiteout'
}

@test "load: docker-archive, plain" {
	run -0 --separate-stderr onggi load -i "$F/busybox.tar"
	equal "$output" "Loaded image: busybox:latest"
	works busybox
}
@test "load: docker-archive, gzip, zstd, xz, bzip2" {
	for kind in gz zst xz bz2; do
		run -0 --separate-stderr onggi load -i "$F/busybox.tar.$kind"
		equal "$output" "Loaded image: busybox:latest"
		works busybox
		onggi rmi busybox
	done
}
@test "load -q: only the names" {
	run -0 --separate-stderr onggi load -q -i "$F/busybox.tar"
	equal "$output" "Loaded image: busybox:latest"
}
@test "load: from standard input, a pipe and a file" {
	run -0 --separate-stderr onggi load <"$F/busybox.tar"
	equal "$output" "Loaded image: busybox:latest"
	onggi rmi busybox
	run -0 bash -c 'cat "$F/busybox.tar.gz" | "$@"' - "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" load
	works busybox
}
@test "load: oci-archive" {
	run -0 --separate-stderr onggi load -i "$F/configured.oci.tar"
	matches "$output" '^Loaded image: (localhost/)?configured:1$'
}
@test "load: oci:DIR, one name of it, and all" {
	run -0 --separate-stderr onggi load -i "oci:$F/small:busybox:latest"
	works busybox
	run -0 --separate-stderr onggi load -i "oci:$F/small"
	contains "$output" many:latest configured:1 tiny:latest
}
@test "load: layers compressed with zstd" {
	run -0 --separate-stderr onggi load -i "oci:$F/busybox.zstd"
	contains "$output" "zstd:latest"
	works zstd
}
@test "load: twice is no error and changes nothing" {
	onggi load -q -i "$F/busybox.tar"
	before=$(find "$STORE" -type f | sort | sha256sum)
	onggi load -q -i "$F/busybox.tar"
	equal "$(find "$STORE" -type f | sort | sha256sum)" "$before"
	equal "$(onggi images -q | wc -l)" 1
}
@test "load: at the same time by ten" {
	seq 10 | xargs -P10 -I{} "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" load -q -i "$F/busybox.tar.gz"
	works busybox
	equal "$(onggi images -q | wc -l)" 1
}
@test "rmi by id: all manifests of the image; by name: that one" {
	onggi load -i "$F/busybox.tar"
	onggi load -i "oci:$F/busybox.zstd"
	id=$(onggi images --no-trunc -q busybox)
	[ "$id" = "$(onggi images --no-trunc -q zstd)" ]
	run -0 onggi rmi zstd
	equal "$output" "Untagged: zstd:latest"
	onggi load -i "oci:$F/busybox.zstd"
	onggi untag zstd
	run -0 onggi rmi "$id"
	contains "$output" "Untagged: busybox:latest" "Deleted: $id"
	equal "$(onggi images -aq; find "$STORE"/images/blobs "$STORE"/layers -name '????????????*')" ""
	onggi load -i "$F/busybox.tar"
	onggi load -i "oci:$F/busybox.zstd"
	run -1 onggi rmi "$id"
	contains "$output" "has 2 names: busybox:latest, zstd:latest"
	onggi run --name user busybox true
	run -1 onggi rmi busybox
	contains "$output" "is used by container"
	run -0 onggi rmi -f "$id"
	equal "$output" "Untagged: busybox:latest
Untagged: zstd:latest"
	equal "$(onggi images -a --format '{{.Repository}} {{.Size}}')" "<none> $(onggi images -a --format '{{.Size}}')"
	run -1 onggi rmi -f "$id"
	contains "$output" "is used by container"
	onggi rm user
	onggi rmi "$id"
	equal "$(onggi images -aq; find "$STORE"/images/blobs "$STORE"/layers -name '????????????*')" ""
	onggi load -i "$F/busybox.tar"
}
@test "load: a wrong byte in a layer is found, and nothing gets its name" {
	cp -r "$F/small" "$BATS_TEST_TMPDIR/bad"
	python3 - "$BATS_TEST_TMPDIR/bad" <<'EOT'
import json, sys
root = sys.argv[1]
read = lambda d: json.load(open(f'{root}/blobs/sha256/{d[7:]}'))
index = json.load(open(f'{root}/index.json'))
entry = [m for m in index['manifests'] if m['annotations']['org.opencontainers.image.ref.name'] == 'busybox:latest'][0]
layer = read(entry['digest'])['layers'][0]
with open(f"{root}/blobs/sha256/{layer['digest'][7:]}", 'r+b') as f:
    f.seek(layer['size'] // 2)
    byte = f.read(1)
    f.seek(layer['size'] // 2)
    f.write(bytes([byte[0] ^ 1]))
EOT
	run -1 onggi load -i "oci:$BATS_TEST_TMPDIR/bad:busybox:latest"
	run -0 onggi images -q
	equal "$output" ""
	run -125 onggi run --rm busybox true
}
@test "load: a truncated archive" {
	for part in 100 5000 300000 900000; do
		head -c $part "$F/busybox.tar.gz" >"$BATS_TEST_TMPDIR/part"
		run -1 onggi load -i "$BATS_TEST_TMPDIR/part"
		equal "$(onggi images -q)" ""
	done
}
@test "load: what is no image is refused by name" {
	echo "this is no image" >"$BATS_TEST_TMPDIR/text"
	run -1 onggi load -i "$BATS_TEST_TMPDIR/text"
	contains "$output" "$BATS_TEST_TMPDIR/text"
	run -1 onggi load -i "$BATS_TEST_TMPDIR/missing"
	contains "$output" "$BATS_TEST_TMPDIR/missing" "No such file"
	run -1 onggi load -i "$F/rootfs.tar"
	contains "$output" "onggi import"
	run -1 onggi load -i /dev/null
}
# half_of FILE COMMAND...: in the background, its process in $pid, waiting for more after half of the file, which
# it has read but for what a pipe holds
half_of() {
	local file=$1
	shift
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@" <"$BATS_TEST_TMPDIR/fifo" 3>&- &
	pid=$!
	exec {fd}>"$BATS_TEST_TMPDIR/fifo"
	head -c "$(($(stat -c %s "$file") / 2))" "$file" >&"$fd"
}
temporary() { find "$STORE" -name '.tmp-*' -prune -print 2>/dev/null | grep .; }
killed() { # PID
	local code=0
	kill_hard "$1"
	wait "$1" || code=$?
	exec {fd}>&-
	equal "$code" 137
	equal "$(onggi images -q)" ""
}
# only_busybox: what is in the store is what busybox.tar brings to an empty one
only_busybox() {
	onggi load -q -i "$F/busybox.tar"
	works busybox
	"$ONGGI" --root "$BATS_TEST_TMPDIR/fresh" --runroot "$RUNSTATE" load -q -i "$F/busybox.tar"
	equal "$(cd "$STORE" && find images layers -maxdepth 3 2>/dev/null | sort)" \
		"$(cd "$BATS_TEST_TMPDIR/fresh" && find images layers -maxdepth 3 2>/dev/null | sort)"
	STORE=$BATS_TEST_TMPDIR/fresh store_down
}
@test "load killed with -9: the next one works and nothing of it stays" {
	half_of "$F/debian.docker.tar" load -q
	killed "$pid"
	only_busybox
}
@test "import killed with -9 over half a tree: the next command removes it" {
	half_of "$F/debian-rootfs.tar" import - half:1
	wait_for temporary
	killed "$pid"
	only_busybox
	run temporary
	equal "$output" ""
}
@test "import: a root file system, with changes" {
	run -0 --separate-stderr onggi import -c 'CMD ["sh","-c","echo imported as $A"]' -c 'ENV A=b' -c 'WORKDIR /tmp' -c 'LABEL x=y' "$F/rootfs.tar" imported:1
	matches "$output" '^sha256:[0-9a-f]{64}$'
	run -0 onggi run --rm imported:1
	equal "$output" "imported as b"
	run -0 onggi run --rm imported:1 pwd
	equal "$output" /tmp
}
@test "import: from standard input, compressed, without a name" {
	run -0 --separate-stderr bash -c 'gzip -1 <"$F/rootfs.tar" | "$@"' - "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" import -
	id=$output
	run -0 onggi run --rm "$id" echo ok
	equal "$output" ok
	run -0 onggi images
	contains "$output" "<none>"
}
@test "import: a change that isn't one is refused" {
	run onggi import -c 'FROM x' "$F/rootfs.tar" imported:1
	[ "$status" -ne 0 ]
	contains "$output" FROM
	equal "$(onggi images -q)" ""
}
@test "images: names, tags, ids, digests, filter by name" {
	onggi load -q -i "oci:$F/small"
	run -0 onggi images
	contains "${lines[0]}" REPOSITORY TAG "IMAGE ID" CREATED SIZE
	contains "$output" busybox configured many tiny
	run -0 onggi images busybox
	equal "${#lines[@]}" 2
	run -0 onggi images --digests --no-trunc busybox
	matches "$output" 'sha256:[0-9a-f]{64} .*sha256:[0-9a-f]{64}'
	run -0 onggi image ls -q
	matches "${lines[0]}" '^[0-9a-f]{12}$'
}
@test "rmi: by name, by id, with its layers" {
	onggi load -q -i "$F/busybox.tar"
	onggi load -q -i "oci:$F/small:many:latest"
	run -0 onggi rmi many
	contains "$output" Untagged: Deleted:
	works busybox
	run -0 onggi rmi "$(onggi images -q busybox)"
	equal "$(onggi images -q)" ""
	equal "$(find "$STORE/layers/sha256" -mindepth 1 -maxdepth 1 | wc -l)" 0
	equal "$(find "$STORE/images/blobs" -type f | wc -l)" 0
}
@test "rmi: an image in use is refused, --force takes its name" {
	onggi load -q -i "$F/busybox.tar"
	onggi run --name user busybox true
	run -1 onggi rmi busybox
	contains "$output" "user"
	onggi rm user
	run -0 onggi rmi busybox
}
@test "rmi: one that isn't there" {
	run -1 onggi rmi no-such-image
	contains "$output" "no such image" no-such-image
	run -0 onggi rmi -i no-such-image
}
@test "skopeo reads the store as it lies: inspect, copy to a docker-archive" {
	need_tool skopeo
	onggi load -q -i "$F/busybox.tar"
	name=$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$STORE/images/index.json")
	run -0 skopeo inspect "oci:$STORE/images:$name"
	contains "$output" '"Layers"' '"linux"'
	run -0 skopeo copy -q "oci:$STORE/images:$name" "docker-archive:$BATS_TEST_TMPDIR/out.tar:again:1"
	run -0 --separate-stderr onggi load -i "$BATS_TEST_TMPDIR/out.tar"
	contains "$output" again:1
	works again:1
}
@test "umoci reads the store as it lies, too" {
	need_tool umoci
	onggi load -q -i "$F/busybox.tar"
	run -0 umoci ls --layout "$STORE/images"
	contains "$output" busybox
}
@test "an image that another tool put into the store can be run" {
	need_tool skopeo
	onggi load -q -i "oci:$F/small:tiny:latest"
	skopeo copy -q "oci:$F/small:busybox:latest" "oci:$STORE/images:docker.io/library/guest:1"
	works guest:1
}
