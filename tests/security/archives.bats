#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031 # single quotes keep the text for the container's shell
# Archives and manifests made to hurt: whatever happens, nothing outside of the store changes.
load ../e2e/lib.bash
setup() {
	mkdir "$BATS_TEST_TMPDIR/s"
	STORE=$BATS_TEST_TMPDIR/s/data RUNSTATE=$BATS_TEST_TMPDIR/s/run
	links=$(host_files)
}
teardown() { store_down; }
# What the archives reach for. Others may work in /etc: of it only names of ours, and users come and go.
host_files() {
	stat -c '%n %h %Y %s' /etc/hostname
	stat -c '%n %h' /etc/passwd
	stat -c '%n %F %a %u:%g' /etc
	find /etc -maxdepth 1 -name 'onggi-canary*'
}

untouched() {
	equal "$(find / -maxdepth 1 -name 'onggi-canary*'; find "$BATS_TEST_TMPDIR" -name 'onggi-canary*' -not -path '*/layers/*' 2>/dev/null)" ""
	equal "$(host_files)" "$links"
}
# Both ways in; where the archive is accepted, its tree holds nothing of the host's.
try() { # KIND
	run onggi load -q -i "oci:$F/canary-$1"
	untouched
	if [ "$status" = 0 ]; then
		run onggi run --rm "canary-$1" sh -c 'cat /stolen 2>/dev/null; ls -d /bin >/dev/null && echo whole'
		lacks "$output" "$(cat /etc/hostname)"
		contains "$output" whole
		untouched
	fi
	run onggi import "$F/canary-$1.tar" imported
	untouched
}

@test "an absolute name" { try absolute; }
@test "a name with .." { try dotdot; }
@test "through a symbolic link of the same layer" { try symlink; }
@test "through a relative one" { try relative_symlink; }
@test "a hard link to the host's file" { try hardlink; }
@test "a hard link with .." { try hardlink_dotdot; }
@test "a hard link through a symbolic link" { try hardlink_symlink; }
@test "a whiteout of .." { try whiteout; }
@test "an absolute name lands inside the root, as everywhere" {
	onggi load -q -i "oci:$F/canary-absolute"
	run -0 onggi run --rm canary-absolute cat /onggi-canary-absolute
	equal "$output" escaped
}

# A docker-archive whose manifest.json is given.
docker_archive() { # MANIFEST [FILE NAME]...
	local dir=$BATS_TEST_TMPDIR/archive
	rm -rf "$dir"
	mkdir "$dir"
	printf '%s' "$1" >"$dir/manifest.json"
	printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
		"$(sha256sum <"$F/rootfs.tar" | cut -d' ' -f1)" >"$dir/config.json"
	cp "$F/rootfs.tar" "$dir/layer.tar"
	ln -s /etc/passwd "$dir/link"
	tar -C "$dir" -cf "$BATS_TEST_TMPDIR/archive.tar" .
}
refused() {
	run -1 onggi load -q -i "$BATS_TEST_TMPDIR/archive.tar"
	lacks "$output" root:x:0 "dumped core"
	equal "$(onggi images -q)" ""
	untouched
}
@test "docker-archive: the honest one is accepted" {
	docker_archive '[{"Config":"config.json","RepoTags":["honest:1"],"Layers":["layer.tar"]}]'
	run -0 onggi load -i "$BATS_TEST_TMPDIR/archive.tar"
	contains "$output" honest:1
}
@test "docker-archive: files of the host as config or layer" {
	for name in /etc/passwd ../../../../../../../../etc/passwd link ./link; do
		docker_archive "[{\"Config\":\"$name\",\"RepoTags\":[\"x:1\"],\"Layers\":[\"layer.tar\"]}]"
		refused
		docker_archive "[{\"Config\":\"config.json\",\"RepoTags\":[\"x:1\"],\"Layers\":[\"$name\"]}]"
		refused
	done
}
@test "docker-archive: a layer that isn't what the config says" {
	docker_archive '[{"Config":"config.json","RepoTags":["x:1"],"Layers":["config.json"]}]'
	refused
	docker_archive '[{"Config":"config.json","RepoTags":["x:1"],"Layers":["layer.tar","layer.tar"]}]'
	refused
	docker_archive '[{"Config":"config.json","RepoTags":["x:1"],"Layers":[]}]'
	refused
}
@test "docker-archive: names that are none" {
	for name in ../../x '/etc/x' 'a b' 'x:..' $'x\\ny' ''; do
		docker_archive "[{\"Config\":\"config.json\",\"RepoTags\":[\"$name\"],\"Layers\":[\"layer.tar\"]}]"
		run onggi load -q -i "$BATS_TEST_TMPDIR/archive.tar"
		untouched
		lacks "$(onggi images)" ..
	done
}
@test "JSON that is deep, endless or wrong" {
	for text in "$(printf '[%.0s' {1..100000})" '[{"Config":' '{}' 'null' '[null]' '[{"Config":1,"Layers":2}]' '' '[{"Config":"config.json","Layers":[["layer.tar"]]}]'; do
		docker_archive "$text"
		refused
	done
}
@test "OCI layout: digests that are paths" {
	mkdir -p "$BATS_TEST_TMPDIR/layout/blobs/sha256"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$BATS_TEST_TMPDIR/layout/oci-layout"
	for digest in 'sha256:../../../../../../../../etc/passwd' '../../etc:passwd' 'sha256:/etc/passwd' 'sha256:' 'md5:00'; do
		printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":100,"annotations":{"org.opencontainers.image.ref.name":"x"}}]}' \
			"$digest" >"$BATS_TEST_TMPDIR/layout/index.json"
		run -1 onggi load -q -i "oci:$BATS_TEST_TMPDIR/layout"
		lacks "$output" root:x:0
		untouched
	done
}
@test "OCI layout: a blob that is a link to a device or a FIFO does not hang" {
	cp -r "$F/small" "$BATS_TEST_TMPDIR/layout"
	digest=$(jq -r '.manifests[0].digest' "$BATS_TEST_TMPDIR/layout/index.json")
	for place in /dev/zero /etc/passwd; do
		ln -sf $place "$BATS_TEST_TMPDIR/layout/blobs/sha256/${digest#sha256:}"
		run -1 timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" load -q -i "oci:$BATS_TEST_TMPDIR/layout"
		lacks "$output" root:x:0
	done
	rm "$BATS_TEST_TMPDIR/layout/blobs/sha256/${digest#sha256:}"
	mkfifo "$BATS_TEST_TMPDIR/layout/blobs/sha256/${digest#sha256:}"
	run -1 timeout 300 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" load -q -i "oci:$BATS_TEST_TMPDIR/layout"
}
@test "OCI layout: a descriptor's size is a lie" {
	cp -r "$F/small" "$BATS_TEST_TMPDIR/layout"
	sed -i -E '0,/"size": [0-9]+/s//"size": 9223372036854775807/' "$BATS_TEST_TMPDIR/layout/index.json"
	run -1 onggi load -q -i "oci:$BATS_TEST_TMPDIR/layout:busybox:latest"
	sed -i -E '0,/"size": [0-9]+/s//"size": 1/' "$BATS_TEST_TMPDIR/layout/index.json"
	run -1 onggi load -q -i "oci:$BATS_TEST_TMPDIR/layout:busybox:latest"
	equal "$(onggi images -q)" ""
}

# A docker-archive of one image, NAME, of these tars.
stack() { # NAME TAR...
	local dir=$BATS_TEST_TMPDIR/stack name=$1 ids="" layers="" n=0 tar
	rm -rf "$dir"
	mkdir "$dir"
	shift
	for tar in "$@"; do
		cp "$tar" "$dir/$n.tar"
		ids+=",\"sha256:$(sha256sum <"$tar" | cut -d' ' -f1)\""
		layers+=",\"$n.tar\""
		n=$((n + 1))
	done
	printf '[{"Config":"c.json","RepoTags":["%s"],"Layers":[%s]}]' "$name" "${layers#,}" >"$dir/manifest.json"
	printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[%s]}}' "${ids#,}" >"$dir/c.json"
	tar -C "$dir" -cf "$BATS_TEST_TMPDIR/$name.tar" .
}
@test "one image does not decide how another's directories look" {
	mkdir -p "$BATS_TEST_TMPDIR/l/shared/deep"
	echo x >"$BATS_TEST_TMPDIR/l/shared/deep/file"
	tar --owner=0 --group=0 -C "$BATS_TEST_TMPDIR/l" -cf "$BATS_TEST_TMPDIR/top.tar" shared/deep/file
	for mode in 777 700; do
		chmod $mode "$BATS_TEST_TMPDIR/l/shared"
		tar --owner=0 --group=0 --no-recursion -C "$BATS_TEST_TMPDIR/l" -cf "$BATS_TEST_TMPDIR/$mode.tar" shared
		stack "m$mode" "$F/rootfs.tar" "$BATS_TEST_TMPDIR/$mode.tar" "$BATS_TEST_TMPDIR/top.tar"
		onggi load -q -i "$BATS_TEST_TMPDIR/m$mode.tar"
	done
	for mode in 777 700; do
		run -0 onggi run --rm "m$mode" stat -c '%a' /shared
		equal "$output" $mode
		run -0 onggi run --rm "m$mode" cat /shared/deep/file
	done
	onggi rmi m777
	run -0 onggi run --rm m700 stat -c '%a' /shared
	equal "$output" 700
	onggi rmi m700
	equal "$(find "$STORE"/layers "$STORE"/images/blobs -mindepth 2 | wc -l)" 0
}
@test "an opaque root hides all layers below" {
	mkdir "$BATS_TEST_TMPDIR/l"
	echo x >"$BATS_TEST_TMPDIR/l/below"
	: >"$BATS_TEST_TMPDIR/l/.wh..wh..opq"
	tar -C "$BATS_TEST_TMPDIR/l" -cf "$BATS_TEST_TMPDIR/below.tar" below
	tar -C "$BATS_TEST_TMPDIR/l" -cf "$BATS_TEST_TMPDIR/opq.tar" .wh..wh..opq
	tar -C "$BATS_TEST_TMPDIR/l" -cf "$BATS_TEST_TMPDIR/same.tar" --transform 's/below/etc/' below
	stack opq "$BATS_TEST_TMPDIR/below.tar" "$BATS_TEST_TMPDIR/same.tar" "$BATS_TEST_TMPDIR/opq.tar" "$F/rootfs.tar"
	onggi load -q -i "$BATS_TEST_TMPDIR/opq.tar"
	run -0 onggi run --rm opq sh -c 'ls -d /below 2>&1; test -d /etc && echo whole'
	contains "$output" whole "No such file"
}
@test "other users don't reach what root's images bring" {
	is_root || skip "about root's store"
	onggi load -q -i "$F/busybox.tar"
	onggi run -v vol:/v --name held busybox true
	chmod a+x "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/s"
	for dir in layers images containers volumes; do
		run -1 setpriv --reuid=65534 --regid=65534 --clear-groups test -e "$STORE/$dir/."
		equal "$(stat -c %a "$STORE/$dir")" 700
	done
	onggi rm -v held
}
@test "an archive that inflates without end is stopped" {
	truncate -s 3G "$BATS_TEST_TMPDIR/junk"
	tar -C "$BATS_TEST_TMPDIR" -cf - junk | zstd -q -1 -o "$BATS_TEST_TMPDIR/bomb.tar.zst"
	run -1 onggi load -q -i "$BATS_TEST_TMPDIR/bomb.tar.zst"
	contains "$output" "inflates to more than"
	equal "$(onggi images -q)" ""
}
