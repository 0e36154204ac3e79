#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # templates are single-quoted
# Looking and asking: inspect, filters and orders of ps and images, history, exists.
load lib.bash
setup_file() {
	store_up
	onggi load -q -i "$F/configured.oci.tar"
	onggi tag busybox other/thing:2
	onggi tag busybox localhost:5000/team/app:v1
	onggi run --name first -l tier=db busybox true
	onggi run --name second -l tier=web -l extra busybox sh -c 'exit 3' || true
	onggi run --name third -u 0:0 --entrypoint /bin/sh -v vol:/data configured:1 -c 'exit 0'
}
teardown_file() { store_down; }
names() { onggi ps -a --format '{{.Names}}' "$@" | sort | tr '\n' ' '; }
refs() { onggi images --format '{{.Repository}}:{{.Tag}}' "$@" | sort | tr '\n' ' '; }

# ---------------------------------------------------------------- inspect
@test "times are docker's text, and have podman's methods" {
	onggi run --name timed busybox true
	run -0 onggi inspect --format '{{slice .Created 0 2}} {{(index (split .State.StartedAt "T") 1) | len}} {{.State.StartedAt.Before .State.FinishedAt}}' timed
	matches "$output" '^20 [0-9]+ true$'
	# What scripts do with it.
	date -d "$(onggi inspect --format '{{.State.StartedAt}}' timed)" >/dev/null
	run -0 onggi inspect --format '{{.Created}} {{json .Created}}' busybox
	matches "$output" '^([0-9T:.-]+Z) "([0-9T:.-]+Z)"$'
	equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
	onggi rm timed
}
@test "inspect: containers first, then images, then volumes; several are one array" {
	run -0 onggi inspect --format json first busybox vol
	python3 - "$output" <<'PY'
import json, sys
c, i, v = json.loads(sys.argv[1])
assert c["Name"] == "/first" and i["RepoTags"] and v["Mountpoint"], (c, i, v)
PY
	run -0 onggi inspect first
	contains "$output" $'[\n    {\n        "Id": "'
	run -0 onggi inspect --format '{{.Name}}' first second
	equal "$output" $'/first\n/second'
}
@test "inspect: what is missing is told behind what was found, and the code is 1" {
	run -1 --separate-stderr onggi inspect --format '{{.Name}}' nothing first
	equal "$output" /first
	# shellcheck disable=SC2154 # run sets it
	contains "$stderr" "no such object: nothing"
	run -1 --separate-stderr onggi inspect nothing
	equal "$output" "[]"
	run -1 onggi inspect --type image first
	contains "$output" "no such image: first"
	run -1 onggi inspect --type container busybox
	contains "$output" "no such container"
	run -1 onggi container inspect frist
	contains "$output" "did you mean 'first'?"
	run -125 onggi inspect --type pod first
	contains "$output" container image volume
}
@test "inspect: an ambiguous prefix is told, an id and its prefix are found" {
	id=$(onggi ps -aq --no-trunc | head -n 1)
	equal "$(onggi inspect --format '{{.Id}}' "$id")" "$id"
	equal "$(onggi inspect --format '{{.Id}}' "${id:0:12}")" "$id"
	image=$(onggi images -q busybox)
	contains "$(onggi inspect --format '{{.Id}}' "$image")" "sha256:$image"
	contains "$(onggi inspect --format '{{.Id}}' "sha256:$image")" "sha256:$image"
}
@test "inspect: what was asked of a container is shown" {
	need_ids
	onggi run --name asked --read-only --cap-drop CHOWN --cap-add NET_RAW --security-opt no-new-privileges \
		--dns 192.0.2.1 --dns-search example.org --dns-option ndots:2 --add-host box:192.0.2.7 --tmpfs /scratch:size=1m \
		--ulimit nofile=100:200 --device /dev/null:/dev/nothing:r --group-add 7 -u 5:6 -w /tmp -h box --domainname d \
		-v "$BATS_TEST_TMPDIR:/host:ro" -e A=b --annotation x=y --stop-signal SIGINT --init busybox true
	ask() { onggi inspect --format "{{json $1}}" asked; }
	equal "$(ask .HostConfig.ReadonlyRootfs)" true
	equal "$(ask .HostConfig.CapDrop)" '["CHOWN"]'
	equal "$(ask .HostConfig.CapAdd)" '["NET_RAW"]'
	equal "$(ask .HostConfig.SecurityOpt)" '["no-new-privileges"]'
	equal "$(ask .HostConfig.Dns)" '["192.0.2.1"]'
	equal "$(ask .HostConfig.DnsSearch)" '["example.org"]'
	equal "$(ask .HostConfig.DnsOptions)" '["ndots:2"]'
	equal "$(ask .HostConfig.ExtraHosts)" '["box:192.0.2.7"]'
	equal "$(ask .HostConfig.Tmpfs)" '{"/scratch":"size=1m"}'
	equal "$(ask .HostConfig.Ulimits)" '[{"Name":"nofile","Hard":200,"Soft":100}]'
	equal "$(ask .HostConfig.Devices)" \
		'[{"PathOnHost":"/dev/null","PathInContainer":"/dev/nothing","CgroupPermissions":"r"}]'
	equal "$(ask .HostConfig.GroupAdd)" '["7"]'
	equal "$(ask .HostConfig.Binds)" "[\"$BATS_TEST_TMPDIR:/host:ro\"]"
	equal "$(ask .HostConfig.Annotations)" '{"x":"y"}'
	equal "$(ask .HostConfig.Init)" true
	equal "$(ask .HostConfig.ShmSize)" 67108864
	equal "$(ask .HostConfig.NetworkMode)" '"none"'
	equal "$(ask .Config.User)" '"5:6"'
	equal "$(ask .Config.WorkingDir)" '"/tmp"'
	equal "$(ask .Config.Hostname)" '"box"'
	equal "$(ask .Config.Domainname)" '"d"'
	equal "$(ask .Config.StopSignal)" '"SIGINT"'
	contains "$(ask .Config.Env)" '"A=b"'
	equal "$(ask .Mounts)" "[{\"Type\":\"bind\",\"Name\":\"\",\"Source\":\"$BATS_TEST_TMPDIR\",\"Destination\":\"/host\",\"Driver\":\"\",\"Mode\":\"\",\"RW\":false,\"Propagation\":\"rprivate\"},{\"Type\":\"tmpfs\",\"Name\":\"\",\"Source\":\"\",\"Destination\":\"/scratch\",\"Driver\":\"\",\"Mode\":\"\",\"RW\":true,\"Propagation\":\"\"}]"
	onggi rm asked
}
@test "inspect: limits are shown as numbers" {
	need_controller memory
	need_controller pids
	onggi run --name limited -m 64m --pids-limit 50 --memory-reservation 32m busybox true
	equal "$(onggi inspect --format '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.PidsLimit}} {{.HostConfig.MemoryReservation}}' limited)" \
		"67108864 134217728 50 33554432"
	onggi rm limited
}
@test "inspect: a running container has a pid, files and a root that can be reached" {
	onggi run --rm --name up busybox sleep 1000 3>&- &
	wait_for container_up up
	run -0 onggi inspect --format '{{.State.Running}} {{.State.Status}} {{.State.FinishedAt.IsZero}}' up
	equal "$output" "true running true"
	pid=$(onggi inspect --format '{{.State.Pid}}' up)
	# "running" is told a moment before the kernel has its words in place
	wait_for eval '[ "$(tr "\0" " " <"/proc/$pid/cmdline")" = "sleep 1000 " ]'
	[ -e "$(onggi inspect --format '{{.ResolvConfPath}}' up)" ]
	[ -e "$(onggi inspect --format '{{.HostnamePath}}' up)" ]
	equal "$(onggi inspect --format '{{.GraphDriver.Data.MergedDir}}' up)" "/proc/$pid/root"
	onggi rm -f up
	wait $! || true
}
@test "inspect: the layers that it names are there" {
	IFS=: read -ra dirs <<<"$(onggi inspect --format '{{.GraphDriver.Data.LowerDir}}' first)"
	equal "${#dirs[@]}" "$(onggi inspect --format '{{len .RootFS.Layers}}' busybox)"
	for dir in "${dirs[@]}"; do [ -d "$dir" ]; done
	[ -d "$(onggi inspect --format '{{.GraphDriver.Data.UpperDir}}' first)" ]
}
@test "inspect --size measures what a container has written" {
	onggi run --name writer busybox dd if=/dev/zero of=/big bs=1024 count=300
	run -0 onggi inspect --size --format '{{.SizeRw}} {{.SizeRootFs}}' writer
	read -r changes all <<<"$output"
	[ "$changes" -ge 300000 ] && [ "$changes" -lt 600000 ]
	[ "$all" -gt "$changes" ]
	run -1 onggi inspect --format '{{.SizeRw}}' writer
	run -0 onggi ps -a --size --filter name=writer
	matches "$output" '[0-9.]+kB \(virtual [0-9.]+MB\)'
	onggi rm writer
}
@test "inspect of an image: its tags, digests, and when it was named" {
	equal "$(onggi image inspect --format '{{join .RepoTags " "}}' busybox)" \
		"busybox:latest other/thing:2 localhost:5000/team/app:v1"
	run -0 onggi image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' busybox
	contains "$output" busybox@sha256: other/thing@sha256: localhost:5000/team/app@sha256:
	equal "$(onggi image inspect --format '{{.Metadata.LastTagTime.IsZero}}' busybox)" false
	run -1 onggi image inspect --platform linux/s390x busybox
	contains "$output" "not for linux/s390x"
	run -0 onggi image inspect --platform "linux/$(onggi info --format '{{.Host.Arch}}')" busybox
}

# ---------------------------------------------------------------- ps
@test "ps --filter: each key" {
	id=$(onggi inspect --format '{{.Id}}' second)
	equal "$(names)" "first second third "
	equal "$(names -f name=sec)" "second "
	equal "$(names -f 'name=^/first$')" "first "
	equal "$(names -f name=first -f name=third)" "first third "
	equal "$(names -f "id=${id:0:8}")" "second "
	equal "$(names -f label=tier)" "first second "
	equal "$(names -f label=tier=web)" "second "
	equal "$(names -f label=tier -f label=extra)" "second "
	equal "$(names -f status=exited -f exited=3)" "second "
	equal "$(names -f exited=0)" "first third "
	equal "$(names -f status=running)" ""
	equal "$(names -f ancestor=busybox)" "first second "
	equal "$(names -f ancestor=configured:1)" "third "
	equal "$(names -f "ancestor=$(onggi images -q busybox)")" "first second "
	equal "$(names -f before=second)" "first "
	equal "$(names -f since=first)" "second third "
	equal "$(names -f volume=vol)" "third "
	equal "$(names -f volume=/data)" "third "
	equal "$(names -f network=none)" "first second third "
	equal "$(names -f network=host)" ""
	equal "$(names -f publish=80)" ""
	equal "$(names -f health=none -f name=first)" "first "
}
@test "ps --filter: a status shows ended containers without --all" {
	equal "$(onggi ps -q -f status=exited | wc -l)" 3
	equal "$(onggi ps -q | wc -l)" 0
}
@test "ps --filter: refused values are echoed" {
	run -1 onggi ps -f nmae=x
	contains "$output" "'nmae'" "did you mean 'name'?"
	run -1 onggi ps -f name
	contains "$output" "expected KEY=VALUE"
	run -1 onggi ps -f status=stopped
	contains "$output" "'stopped'" "exited"
	run -1 onggi ps -f exited=x
	contains "$output" "'x'"
	run -1 onggi ps -f 'name=['
	contains "$output" "regular expression"
	run -1 onggi ps -f before=nobody
	contains "$output" "no such container: nobody"
}
@test "ps: order and number" {
	order() { onggi ps -a --format '{{.Names}}' "$@" | tr '\n' ' '; }
	equal "$(order)" "third second first "
	equal "$(order --sort created)" "first second third "
	equal "$(order --sort names)" "first second third "
	equal "$(order -n 2)" "third second "
	equal "$(order -l)" "third "
	equal "$(order -n -1)" "third second first "
	run -125 onggi ps --sort nothing
	contains "$output" created names size
}
@test "ps: nothing shortened with --no-trunc, no headings with --noheading" {
	run -0 onggi ps -a --no-trunc --filter name=third
	contains "$output" '"/bin/sh -c exit 0"'
	run -0 onggi ps -a --noheading
	lacks "$output" "CONTAINER ID"
	run -0 onggi ps -a
	contains "$output" "CONTAINER ID"
}

# ---------------------------------------------------------------- images
@test "images: names, patterns and tags as operands" {
	equal "$(refs busybox)" "busybox:latest "
	equal "$(refs 'busy*')" "busybox:latest "
	equal "$(refs docker.io/library/busybox:latest)" "busybox:latest "
	equal "$(refs other/thing)" "other/thing:2 "
	equal "$(refs other/thing:2)" "other/thing:2 "
	equal "$(refs other/thing:1)" ""
	equal "$(refs localhost:5000/team/app)" "localhost:5000/team/app:v1 "
	equal "$(refs 'other/*')" "other/thing:2 "
	equal "$(refs '*')" "busybox:latest configured:1 "
}
@test "images --filter: each key" {
	equal "$(refs -f reference='*/thing')" "other/thing:2 "
	equal "$(refs -f reference=busybox -f reference='conf*:1')" "busybox:latest configured:1 "
	equal "$(refs -f label=onggi.test=yes)" "configured:1 "
	equal "$(refs -f label=onggi.test=no)" ""
	equal "$(refs -f dangling=true)" ""
	equal "$(refs -f dangling=false -f reference=busybox)" "busybox:latest "
	equal "$(refs -f "id=$(onggi images -q configured)")" "configured:1 "
	equal "$(refs -f before=busybox)$(refs -f since=busybox)" ""
	equal "$(refs -f until=2000-01-01)" ""
	contains "$(refs -f until=1h)" busybox:latest
	run -1 onggi images -f dangling=perhaps
	contains "$output" "'perhaps'"
	run -1 onggi images -f since=nothing
	contains "$output" "no such image: nothing"
	run -1 onggi images -f lable=x
	contains "$output" "did you mean 'label'?"
}
@test "images: newer and older ones, and one without a name" {
	tar cf "$BATS_TEST_TMPDIR/a.tar" -C "$BATS_TEST_DIRNAME" inspect.bats
	onggi import "$BATS_TEST_TMPDIR/a.tar" fresh:1 >/dev/null
	equal "$(refs -f since=busybox)" "fresh:1 "
	contains "$(refs -f before=fresh:1)" busybox:latest configured:1
	equal "$(onggi images --format '{{.Repository}}' | head -n 1)" fresh
	onggi untag fresh:1
	equal "$(refs -f dangling=true)" "<none>:<none> "
	onggi rmi "$(onggi images -q -f dangling=true)"
}
@test "images --sort" {
	order() { onggi images --format '{{.Repository}}' "$@" | tr '\n' ' '; }
	equal "$(order --sort repository)" "busybox configured localhost:5000/team/app other/thing "
	equal "$(order --sort size | awk '{ print $NF }')" configured
	equal "$(onggi images --format '{{.Tag}}' --sort tag | tr '\n' ' ')" "1 2 latest v1 "
	run -125 onggi images --sort nothing
}
@test "images: what another tool wrote is listed, too" {
	cp -r "$STORE/images" "$BATS_TEST_TMPDIR/images"
	mkdir "$BATS_TEST_TMPDIR/store"
	mv "$BATS_TEST_TMPDIR/images" "$BATS_TEST_TMPDIR/store/images"
	python3 - "$BATS_TEST_TMPDIR/store/images/index.json" <<'PY'
import json, sys
index = json.load(open(sys.argv[1]))
for m in index["manifests"]:
    m["annotations"] = {k: v for k, v in m["annotations"].items() if not k.startswith("dev.onggi")}
json.dump(index, open(sys.argv[1], "w"))
PY
	line='{{.Repository}} {{.ID}} {{.Size}} {{.CreatedAt}}'
	equal "$("$ONGGI" --root "$BATS_TEST_TMPDIR/store" --runroot "$BATS_TEST_TMPDIR/r" images --format "$line")" \
		"$(onggi images --format "$line")"
}

# ---------------------------------------------------------------- history, exists
@test "history: layers with their sizes, the newest first" {
	run -0 onggi history --format '{{.CreatedBy}}' busybox
	equal "$output" $'layer 2\nlayer 1\nlayer 0'
	run -0 onggi history -q --no-trunc busybox
	equal "${lines[0]}" "$(onggi images -q --no-trunc busybox)"
	equal "${lines[1]}" "<missing>"
	total=$(onggi history --human=false --format '{{.Size}}' busybox | awk '{ n += $1 } END { print n }')
	equal "$total" "$(onggi inspect --format '{{.Size}}' busybox)"
	run -1 onggi history nothing
	contains "$output" "no such image"
	run -1 onggi history --platform linux/s390x busybox
}
@test "exists: by exit code alone" {
	run -0 onggi container exists first
	equal "$output" ""
	run -1 onggi container exists nobody
	equal "$output" ""
	run -0 onggi image exists busybox
	run -1 onggi image exists nothing
	equal "$output" ""
	run -0 onggi volume exists vol
	run -1 onggi volume exists nothing
	equal "$output" ""
}
# The last: it moves names.
@test "a container's image has one size, however else it is stored" {
	onggi run --name sized busybox true
	onggi save --compress -o "$BATS_TEST_TMPDIR/packed.tar" busybox
	onggi tag busybox kept
	onggi load -q -i "$BATS_TEST_TMPDIR/packed.tar"
	run -0 onggi ps -a --format '{{.Size}}' --filter name=sized
	virtual=$(onggi images --format '{{.Size}}' kept)
	contains "$output" "(virtual 2.1"
	equal "$virtual" 2.17MB
	size=$(onggi inspect -s --format '{{.SizeRootFs}}' sized)
	[ "$size" -gt 2000000 ]
	onggi rm sized
}
