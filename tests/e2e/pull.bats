#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images from a registry: docker-registry on loopback, filled by skopeo; a proxy that cuts, holds and counts; and a
# registry that lies.
load lib.bash
load registry.bash

setup_file() {
	local tool
	for tool in docker-registry skopeo python3; do command -v $tool >/dev/null || return 0; done
	registry_up
	cd "$BATS_FILE_TMPDIR" || return
	push "docker-archive:$F/busybox.tar" busybox
	push "oci-archive:$F/configured.oci.tar" configured
	push "oci:$F/busybox.zstd" zstd
	push "oci-archive:$F/debian.oci.tar" debian
	many_layers
	several_platforms
}
teardown_file() {
	registry_down
	store_down
}
setup() {
	[ -n "$REGISTRY" ] || skip "docker-registry, skopeo or python3 is not installed"
}
teardown() {
	servers_down
	# What own_store made may hold files of subordinate ids.
	[ "$STORE" = "$BATS_FILE_TMPDIR/data" ] || store_down || :
}

mkimage() { python3 -B "$BATS_TEST_DIRNAME/mkimage.py" "$@"; }
# four layers that nothing else has
many_layers() {
	local n
	for n in 1 2 3 4; do
		mkdir "layer-$n"
		head -c 1000000 /dev/urandom >"layer-$n/random-$n"
		tar -C "layer-$n" --owner=0 --group=0 -cf "layer-$n.tar" .
	done
	mkimage image layers layers '{}' layer-{1,2,3,4}.tar
	push oci:layers:layers layers
}
# busybox for this machine, and for others with another file; the right one is in the middle
several_platforms() {
	local arch
	for arch in ppc64le amd64 arm64 arm; do
		mkdir "for-$arch"
		echo $arch >"for-$arch/arch"
		tar -C "for-$arch" --owner=0 --group=0 -cf "for-$arch.tar" arch
	done
	mkimage layer base.tar base
	mkimage image multi ppc '{"architecture":"ppc64le"}' for-ppc64le.tar
	mkimage image multi amd64 '{"Cmd":["cat","/arch"]}' base.tar for-amd64.tar
	mkimage image multi arm64 '{"architecture":"arm64"}' for-arm64.tar
	mkimage image multi arm '{"architecture":"arm"}' for-arm.tar
	mkimage index multi multi linux/ppc64le linux/amd64 linux/arm64/v8 linux/arm/v7
	push oci:multi:multi multi --all
}

# own_store: what this test pulls, no other test has
own_store() { export STORE=$BATS_TEST_TMPDIR/data RUNSTATE=$BATS_TEST_TMPDIR/run; }
# raw NAME: the document that a name points to in the registry
raw() { skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/$1"; }
raw_digest() { printf 'sha256:%s' "$(raw "$1" | sha256sum | cut -d ' ' -f 1)"; }
config_digest() { raw "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["config"]["digest"])'; }
# image NAME FIELD: id or digest, as `images` tells
image_id() { onggi images -q --no-trunc "$1"; }
image_digest() { onggi images --digests --no-trunc "$1" | awk 'NR == 2 { print $3 }'; }
# diff_ids CONFIG: of the layers
diff_ids() {
	python3 -c 'import json, sys; print("\n".join(d[7:] for d in json.load(sys.stdin)["rootfs"]["diff_ids"]))' \
		<"$STORE/images/blobs/sha256/${1#sha256:}"
}
temporary() { find "$STORE" -name '.tmp-*' -prune -print 2>/dev/null | grep .; }
# verified: every blob in the store is what its name says, and nothing is half done
verified() {
	run temporary
	equal "$output" ""
	for blob in "$STORE"/images/blobs/sha256/*; do
		[ ! -e "$blob" ] || printf '%s  %s\n' "${blob##*/}" "$blob"
	done >"$BATS_TEST_TMPDIR/sums"
	[ ! -s "$BATS_TEST_TMPDIR/sums" ] || sha256sum -c --quiet "$BATS_TEST_TMPDIR/sums"
}

@test "pull: schema 2, in docker's words, with the ids that the registry has" {
	onggi pull "$REGISTRY/busybox" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
	equal "$(cat "$BATS_TEST_TMPDIR/out")" "Using default tag: latest
latest: Pulling from busybox
Digest: $(raw_digest busybox)
Status: Downloaded newer image for $REGISTRY/busybox:latest
$REGISTRY/busybox:latest"
	equal "$(image_id "$REGISTRY/busybox")" "$(config_digest busybox)"
	equal "$(image_digest "$REGISTRY/busybox")" "$(raw_digest busybox)"
	run -0 --separate-stderr onggi pull "$REGISTRY/busybox:latest"
	equal "$output" "latest: Pulling from busybox
Digest: $(raw_digest busybox)
Status: Image is up to date for $REGISTRY/busybox:latest
$REGISTRY/busybox:latest"
	run -0 onggi run --rm "$REGISTRY/busybox" echo works
	equal "$output" works
	verified
}
@test "pull: OCI, zstd and plain layers, several at once, quietly" {
	behind "$BATS_TEST_TMPDIR/liar" python3 -B "$BATS_TEST_DIRNAME/liar.py" "$BATS_TEST_TMPDIR/liar"
	run -0 --separate-stderr onggi image pull -q "$REGISTRY/configured" "$REGISTRY/zstd" "${SERVER:?}/plain"
	equal "$output" "$REGISTRY/configured:latest
$REGISTRY/zstd:latest
$SERVER/plain:latest"
	# shellcheck disable=SC2154 # bats sets it
	equal "$(told "$stderr")" ""
	contains "$(raw zstd)" "tar+zstd"
	equal "$(image_id "$REGISTRY/zstd")" "$(config_digest zstd)"
	run -0 onggi run --rm "$REGISTRY/zstd" echo works
	equal "$output" works
	verified
}
@test "pull: a Debian image over a connection that is cut 30 times" {
	own_store
	seed=${ONGGI_TEST_SEED:-$RANDOM}
	echo "ONGGI_TEST_SEED=$seed"
	size=$(raw debian | python3 -c 'import json, sys; print(sum(l["size"] for l in json.load(sys.stdin)["layers"]))')
	[ "$size" -gt 50000000 ]
	proxy "$BATS_TEST_TMPDIR/proxy" --cuts 30 --total "$size" --seed "$seed"
	onggi pull --retry 3 --retry-delay 10ms "$SERVER/debian"
	equal "$(wc -l <"$BATS_TEST_TMPDIR/proxy/cuts")" 30
	# Taken up where it was cut: nothing was fetched twice.
	grep -q 'GET .*/blobs/.* bytes=' "$BATS_TEST_TMPDIR/proxy/requests"
	equal "$(image_id "$SERVER/debian")" "$(config_digest debian)"
	verified
	# Each layer under the id that the config demands, and the files in them as Debian packed them.
	equal "$(cd "$STORE/layers/sha256" && printf '%.64s\n' * | sort)" "$(diff_ids "$(config_digest debian)" | sort)"
	run -0 onggi run --rm "$SERVER/debian" cat /etc/os-release
	contains "$output" "ID=debian"
	run onggi run --rm "$SERVER/debian" sh -c 'dpkg --verify; echo verified'
	equal "$(grep -v ^missing <<<"$output")" verified
}
@test "pull: of an index the manifest for this machine, or for another" {
	own_store
	onggi pull -q "$REGISTRY/multi"
	run -0 onggi run --rm "$REGISTRY/multi"
	equal "$output" amd64
	# What the tag points to, as docker shows it, is the index.
	equal "$(image_digest "$REGISTRY/multi")" "$(raw_digest multi)"
	run -0 onggi pull "$REGISTRY/multi"
	contains "$output" "Status: Image is up to date"
	amd64=$(image_id "$REGISTRY/multi")
	run -0 onggi pull --platform linux/arm64 "$REGISTRY/multi"
	contains "$output" "Status: Downloaded newer image"
	[ "$(image_id "$REGISTRY/multi")" != "$amd64" ]
	onggi pull -q --arch arm --variant v7 "$REGISTRY/multi"
	run -1 onggi pull -q --platform linux/riscv64 "$REGISTRY/multi"
	contains "$output" "no image for platform linux/riscv64, there are: linux/ppc64le, linux/amd64, linux/arm64/v8, linux/arm/v7"
	run -1 onggi pull -q --platform linux/arm64 "$REGISTRY/busybox"
	contains "$output" "is for linux/amd64, not for linux/arm64"
	run -125 onggi pull --platform no/such/plat/form "$REGISTRY/multi"
}
@test "pull: a digest, of an index and of a manifest" {
	own_store
	name=$REGISTRY/multi@$(raw_digest multi)
	run -0 --separate-stderr onggi pull -q "$name"
	equal "$output" "$name"
	run -0 onggi run --rm --pull never "$name"
	equal "$output" amd64
	name=$REGISTRY/busybox@$(raw_digest busybox)
	onggi pull -q "$name"
	run -0 onggi run --rm --pull never "$name" echo works
	equal "$output" works
	run -1 onggi pull -q "$REGISTRY/busybox@sha256:$(printf '0%.0s' {1..64})"
	contains "$output" "no such image"
}
@test "a digest beside a tag: the tag names nothing, and removing the one leaves the other" {
	own_store
	digest=$(raw_digest busybox)
	onggi pull -q "$REGISTRY/busybox"
	run -0 --separate-stderr onggi pull -q "$REGISTRY/busybox:other@$digest"
	equal "$output" "$REGISTRY/busybox:other@$digest"
	run -0 onggi images --format '{{.Repository}}:{{.Tag}}'
	equal "$output" "$REGISTRY/busybox:<none>
$REGISTRY/busybox:latest"
	run -0 onggi system df -v
	matches "$output" "$REGISTRY/busybox +<none> "
	run -0 onggi run --rm --pull never "$REGISTRY/busybox:other@$digest" echo works
	equal "$output" works
	run -0 onggi rmi "$REGISTRY/busybox@$digest"
	equal "$output" "Untagged: $REGISTRY/busybox@$digest"
	run -0 onggi images --format '{{.Repository}}:{{.Tag}}'
	equal "$output" "$REGISTRY/busybox:latest"
}
@test "pull: what there is not" {
	run -1 onggi pull "$REGISTRY/nothing"
	contains "$output" "no such image: $REGISTRY/nothing"
	run -1 onggi pull "$REGISTRY/busybox:nothing"
	contains "$output" "no such image: $REGISTRY/busybox:nothing"
	run -1 onggi pull "$REGISTRY/Upper"
	contains "$output" "lower"
	run -1 onggi pull --retry 0 127.0.0.1:9/nobody
	contains "$output" "127.0.0.1:9"
	# One of several: the others are pulled.
	run -1 --separate-stderr onggi pull -q "$REGISTRY/nothing" "$REGISTRY/busybox"
	equal "$output" "$REGISTRY/busybox:latest"
}
@test "pull: all tags" {
	own_store
	push "docker-archive:$F/busybox.tar" tags:1
	push "oci-archive:$F/configured.oci.tar" tags:2
	run -0 --separate-stderr onggi pull -q -a "$REGISTRY/tags"
	equal "$(sort <<<"$output")" "$REGISTRY/tags:1
$REGISTRY/tags:2"
	run -1 onggi pull -a "$REGISTRY/tags:1"
	contains "$output" "without a tag"
}
@test "pull: layers that the store has are not fetched" {
	own_store
	proxy "$BATS_TEST_TMPDIR/proxy"
	onggi pull -q "$SERVER/layers"
	equal "$(blobs_asked "$BATS_TEST_TMPDIR/proxy")" 5
	# Another image of two of these layers.
	(cd "$BATS_FILE_TMPDIR" && mkimage image two two '{}' layer-{1,2}.tar && push oci:two:two two)
	: >"$BATS_TEST_TMPDIR/proxy/requests"
	run -0 onggi pull "$SERVER/two"
	equal "$(blobs_asked "$BATS_TEST_TMPDIR/proxy")" 1
	equal "$(grep -c 'already here' <<<"$output")" 2
	# Blobs without trees are unpacked, not fetched.
	: >"$BATS_TEST_TMPDIR/proxy/requests"
	rm -rf "$STORE"/layers/sha256/*
	onggi pull -q "$SERVER/layers"
	equal "$(blobs_asked "$BATS_TEST_TMPDIR/proxy")" 0
	equal "$(find "$STORE"/layers/sha256 -name 'random-*' | wc -l)" 4
	verified
}

# held_pull WORD...: onggi WORD... NAME in the background, where the last layer does not come; the others are there
held_pull() {
	local last
	last=$(raw layers | python3 -c 'import json, sys; print(json.load(sys.stdin)["layers"][3]["digest"])')
	proxy "$BATS_TEST_TMPDIR/proxy" --hold "$last"
	# A shell has its background commands ignore ^C.
	setsid env --default-signal=INT "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "$@" "$SERVER/layers" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	wait_for three_layers
	wait_for grep -q "$last" "$BATS_TEST_TMPDIR/proxy/requests"
}
three_layers() { [ "$(find "$STORE/layers/sha256" -mindepth 1 -maxdepth 1 ! -name '.tmp-*' 2>/dev/null | wc -l)" = 3 ]; }
# ended CODE: the background pull ended with it
ended() {
	local code=0
	wait "$pid" || code=$?
	equal "$code" "$1"
}
# the_rest: the next pull fetches only what is missing
the_rest() {
	touch "$BATS_TEST_TMPDIR/proxy/release"
	: >"$BATS_TEST_TMPDIR/proxy/requests"
	onggi pull -q "$SERVER/layers"
	# the config, which an interrupted pull does not keep, and one layer
	equal "$(grep '^GET .*/blobs/' "$BATS_TEST_TMPDIR/proxy/requests" | sort -u | wc -l)" 2
	equal "$(find "$STORE"/layers/sha256 -name 'random-*' | wc -l)" 4
	verified
}
@test "pull: ^C leaves whole layers and nothing else, and the next fetches the rest" {
	own_store
	held_pull pull
	kill -INT -- "-$pid"
	ended 130
	contains "$(cat "$BATS_TEST_TMPDIR/out")" "pulling '$SERVER/layers:latest' was interrupted" "fetches the rest"
	equal "$(onggi images -q)" ""
	verified
	the_rest
}
@test "pull: SIGTERM to the command alone" {
	own_store
	held_pull pull -q
	kill -TERM "$pid"
	ended 143
	verified
	the_rest
}
@test "pull: kill -9, and the next command sweeps" {
	own_store
	held_pull pull -q
	kill_hard "$pid"
	ended 137
	onggi images
	the_rest
}
@test "run: ^C while it pulls leaves no container" {
	own_store
	held_pull run --rm
	kill -INT -- "-$pid"
	ended 130
	contains "$(cat "$BATS_TEST_TMPDIR/out")" "interrupted"
	equal "$(onggi ps -aq)" ""
	verified
	the_rest
}
@test "pull: removals meanwhile keep what it has" {
	own_store
	onggi load -q -i "$F/busybox.tar"
	held_pull pull -q
	onggi rmi busybox
	three_layers
	touch "$BATS_TEST_TMPDIR/proxy/release"
	ended 0
	equal "$(image_id "$SERVER/layers")" "$(config_digest layers)"
	verified
}
@test "pull: a removal after an interrupted one takes what nobody needs" {
	own_store
	onggi load -q -i "$F/busybox.tar"
	held_pull pull -q
	kill -INT -- "-$pid"
	ended 130
	onggi rmi busybox
	equal "$(find "$STORE"/images/blobs/sha256 "$STORE"/layers/sha256 -mindepth 1 -maxdepth 1)" ""
}
@test "pull: the same image by four at once" {
	own_store
	pids=()
	for n in 1 2 3 4; do
		onggi pull "$REGISTRY/layers" >"$BATS_TEST_TMPDIR/$n" 2>&1 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid"; done
	equal "$(image_id "$REGISTRY/layers")" "$(config_digest layers)"
	equal "$(find "$STORE"/layers/sha256 -name 'random-*' | wc -l)" 4
	verified
}
@test "pull: --policy" {
	own_store
	push "docker-archive:$F/busybox.tar" policy
	old=$(config_digest policy)
	run -1 onggi pull -q --policy never "$REGISTRY/policy"
	contains "$output" "no such image"
	proxy "$BATS_TEST_TMPDIR/proxy"
	onggi pull -q --policy missing "$SERVER/policy"
	: >"$BATS_TEST_TMPDIR/proxy/requests"
	onggi pull -q --policy missing "$SERVER/policy"
	onggi pull -q --policy never "$SERVER/policy"
	equal "$(requests "$BATS_TEST_TMPDIR/proxy")" ""
	onggi pull -q --policy newer "$SERVER/policy"
	equal "$(requests "$BATS_TEST_TMPDIR/proxy")" "HEAD /v2/policy/manifests/latest"
	# The tag moves.
	push "oci-archive:$F/configured.oci.tar" policy
	onggi pull -q --policy missing "$SERVER/policy"
	equal "$(image_id "$SERVER/policy")" "$old"
	run -0 onggi pull --policy newer "$SERVER/policy"
	contains "$output" "Status: Downloaded newer image"
	equal "$(image_id "$SERVER/policy")" "$(config_digest policy)"
	# Without a registry, what is there.
	servers_down
	onggi pull -q --retry 0 --policy newer "$SERVER/policy"
	run -1 onggi pull -q --retry 0 "$SERVER/policy"
}
@test "run: --pull" {
	own_store
	push "docker-archive:$F/busybox.tar" moving
	proxy "$BATS_TEST_TMPDIR/proxy"
	run -125 onggi run --rm -u 0 --pull never "$SERVER/moving" true
	contains "$output" "no such image: $SERVER/moving"
	run -0 --separate-stderr onggi run --rm -u 0 "$SERVER/moving" echo works
	equal "$output" works
	equal "$(told "$stderr")" "onggi: image '$SERVER/moving:latest' is not here yet, pulling it from $SERVER/moving"
	old=$(image_id "$SERVER/moving")
	: >"$BATS_TEST_TMPDIR/proxy/requests"
	for policy in missing never; do onggi run --rm -u 0 --pull $policy "$SERVER/moving" true; done
	equal "$(requests "$BATS_TEST_TMPDIR/proxy")" ""
	push "oci-archive:$F/configured.oci.tar" moving
	onggi run --rm -u 0 "$SERVER/moving" true
	equal "$(image_id "$SERVER/moving")" "$old"
	onggi run --rm -u 0 --pull always "$SERVER/moving" true
	[ "$(image_id "$SERVER/moving")" != "$old" ]
	push "docker-archive:$F/busybox.tar" moving
	onggi run --rm -u 0 --pull newer "$SERVER/moving" true
	equal "$(image_id "$SERVER/moving")" "$old"
	onggi rmi "$SERVER/moving"
	run -0 onggi run --rm -u 0 --quiet "$SERVER/moving" true
	equal "$(told "$output")" ""
	# By its id it is nobody's to pull.
	: >"$BATS_TEST_TMPDIR/proxy/requests"
	onggi run --rm -u 0 --pull always "${old#sha256:}" true
	equal "$(requests "$BATS_TEST_TMPDIR/proxy")" ""
	run -125 onggi run --rm -u 0 "$SERVER/movin" true
	contains "$output" "no such image: $SERVER/movin" "did you mean '$SERVER/moving:latest'?"
	run -125 onggi run --rm -u 0 --platform linux/arm64 "$SERVER/moving" true
	contains "$output" "is for linux/amd64, not for linux/arm64"
}
@test "pull: what a registry says is not believed" {
	own_store
	behind "$BATS_TEST_TMPDIR/liar" python3 -B "$BATS_TEST_DIRNAME/liar.py" "$BATS_TEST_TMPDIR/liar"
	while read -r lie words; do
		run -1 onggi pull -q --retry 1 --retry-delay 1ms "$SERVER/$lie"
		contains "$output" "$lie" "$words"
	done <<-'END'
		layer_bytes is damaged
		layer_other bytes on the registry
		layer_short bytes on the registry
		layer_long bytes on the registry
		layer_size bytes on the registry
		layer_huge 4611686018427387904 are expected
		diff_id its diff id is
		order its diff id is
		count the config names 1 layers, the manifest 2
		many at most 1000 are accepted
		config has the digest
		config_size at most 8388608 are accepted
		child is damaged: its digest is
		nested more than 3 indexes below one another
		ambiguous index as well as a manifest
		type the registry calls it
		foreign it is a foreign layer
		schema1 schema 1 is not supported
		endless too large
		header is damaged: its digest is
		text something that is no manifest
		bomb
	END
	equal "$(onggi images -q)" ""
	verified
	onggi pull -q "$SERVER/honest"
}
