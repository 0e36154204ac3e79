#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2030,SC2031 # single quotes keep the text for the container's shell
# Archives and manifests made to hurt: whatever happens, nothing outside of the store changes.
load ../e2e/lib.bash
setup() {
	mkdir "$BATS_TEST_TMPDIR/s"
	STORE=$BATS_TEST_TMPDIR/s/data RUNSTATE=$BATS_TEST_TMPDIR/s/run
	links=$(stat -c '%h %Y %s' /etc/hostname /etc/passwd /etc)
}
teardown() { store_down; }

untouched() {
	equal "$(find / -maxdepth 1 -name 'onggi-canary*'; find "$BATS_TEST_TMPDIR" -name 'onggi-canary*' -not -path '*/layers/*' 2>/dev/null)" ""
	equal "$(stat -c '%h %Y %s' /etc/hostname /etc/passwd /etc)" "$links"
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
		run -1 timeout 60 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" load -q -i "oci:$BATS_TEST_TMPDIR/layout"
		lacks "$output" root:x:0
	done
	rm "$BATS_TEST_TMPDIR/layout/blobs/sha256/${digest#sha256:}"
	mkfifo "$BATS_TEST_TMPDIR/layout/blobs/sha256/${digest#sha256:}"
	run -1 timeout 60 "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" load -q -i "oci:$BATS_TEST_TMPDIR/layout"
}
@test "OCI layout: a descriptor's size is a lie" {
	cp -r "$F/small" "$BATS_TEST_TMPDIR/layout"
	sed -i -E '0,/"size": [0-9]+/s//"size": 9223372036854775807/' "$BATS_TEST_TMPDIR/layout/index.json"
	run -1 onggi load -q -i "oci:$BATS_TEST_TMPDIR/layout:busybox:latest"
	sed -i -E '0,/"size": [0-9]+/s//"size": 1/' "$BATS_TEST_TMPDIR/layout/index.json"
	run -1 onggi load -q -i "oci:$BATS_TEST_TMPDIR/layout:busybox:latest"
	equal "$(onggi images -q)" ""
}
