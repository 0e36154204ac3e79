#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # templates are single-quoted
# --format of the commands that show things: docker's and podman's field names, and what comes out of them.
load lib.bash
G=$BATS_TEST_DIRNAME/golden
setup_file() {
	store_up
	onggi load -q -i "$F/configured.oci.tar"
	onggi run --name web -l a.b=c -l com.example.some-name=x -v data:/data -v /tmp:/host:ro busybox \
		sh -c 'exit 3' || true
	onggi volume create --label tier=db labelled >/dev/null
}
teardown_file() { store_down; }

# ask COMMAND TEMPLATE
ask() {
	case $1 in
	ps) onggi ps -a --format "$2" ;;
	images) onggi images --format "$2" ;;
	history) onggi history --format "$2" busybox ;;
	volume) onggi volume ls --format "$2" ;;
	info) onggi info --format "$2" ;;
	version) onggi version --format "$2" ;;
	container) onggi container inspect --format "$2" web ;;
	image) onggi image inspect --format "$2" busybox ;;
	volume-inspect) onggi volume inspect --format "$2" data ;;
	esac
}
commands() { awk '!/^#/ && !seen[$1]++ { print $1 }' "$G/fields"; }

# What differs from run to run and from machine to machine.
settle() {
	sed -E -e "s#$STORE#DATA#g" -e "s#$RUNSTATE#RUN#g" -e 's/sha256:[0-9a-f]{64}/sha256:HASH/g' -e 's/[0-9a-f]{64}/ID/g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z/TIME/g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}(\.[0-9]+)? [+-][0-9]{4} [A-Z+-]?[A-Z0-9]*/TIME/g' \
		-e 's/(Less than a second|About a minute|About an hour|[0-9]+ (second|minute|hour|day|week|month|year)s?) ago/AGO/g' \
		-e 's/\b[0-9a-f]{12}\b/SHORTID/g' -e 's/ +$//'
}
# golden NAME: standard input against golden/NAME; GOLDEN_WRITE=1 writes it instead
golden() {
	local got
	got=$(settle)
	if [ -n "${GOLDEN_WRITE:-}" ]; then
		printf '%s\n' "$got" >"$G/$1"
		return
	fi
	printf '%s\n' "$got" | diff -u "$G/$1" - >&2
}

@test "each field that docker's and podman's users ask for is there, or is refused as the list says" {
	local command template field
	local -a missing
	for command in $(commands); do
		template=$(awk -v c="$command" '$1 == c && $4 != "-" { printf "{{if .%s}}{{end}}", $3 }' "$G/fields")
		run -0 ask "$command" "$template"
		mapfile -t missing < <(awk -v c="$command" '$1 == c && $4 == "-" { print $3 }' "$G/fields")
		for field in "${missing[@]}"; do
			run ask "$command" "{{.$field}}"
			[ "$status" -ne 0 ] || { echo "$command has .$field, and the list says that it has not" >&2; return 1; }
			contains "$output" "no field"
		done
	done
}
@test "a field that is misspelt names the nearest, with a caret below it" {
	run -1 ask ps '{{.Nmaes}}'
	contains "$output" "'.Nmaes'" "did you mean '.Names'?" $'{{.Nmaes}}\n      ^'
	run -1 ask container '{{.State.ExitCod}}'
	contains "$output" "did you mean '.ExitCode'?"
	run -1 ask images '{{.repository}}'
	contains "$output" "did you mean '.Repository'?"
	run -1 ask info '{{.ContainersRuning}}'
	contains "$output" "did you mean '.ContainersRunning'?"
}
@test "a misspelt field is told when there is no row, too" {
	run -1 onggi --root "$BATS_TEST_TMPDIR/none" --runroot "$BATS_TEST_TMPDIR/none-run" ps --format '{{.Nmaes}}'
	contains "$output" "did you mean '.Names'?"
}
@test "ps" {
	{
		onggi ps -a --format '{{.Names}}|{{.Image}}|{{.State}}|{{.Status}}|{{.Networks}}|{{.Ports}}|{{.LocalVolumes}}'
		onggi ps -a --format 'table {{.Names}}\t{{.Label "com.example.some-name"}}\t{{.Mounts}}\t{{.ExitCode}}'
		onggi ps -a --format '{{.ID}} {{.Command}} {{.Labels}} {{.RunningFor}} {{.CreatedAt}}'
		onggi ps -a --no-trunc --format '{{.ID}} {{.Command}} {{.ImageID}}'
		onggi ps -a --format '{{if .Exited}}{{.Names | upper}} ended with {{.ExitCode}}{{end}}'
		onggi ps -a --format json
		onggi ps -a --format '{{json .}}'
		onggi ps -a --format 'table {{.Names}}\t{{.Status}}' --noheading
		onggi ps -aq
		onggi ps
	} | golden ps
}
@test "images" {
	{
		onggi images --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}} {{.CreatedSince}}'
		onggi images --format 'table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.CreatedAt}}'
		onggi images --no-trunc --format '{{.ID}}'
		onggi images --format '{{.Repository}} {{.Labels}}'
		onggi images --format json
		onggi images --digests
		onggi images -q
	} | golden images
}
@test "inspect of a container" {
	{
		onggi inspect --format '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.State.Pid}}' web
		onggi inspect --format '{{index .Config.Labels "a.b"}} {{len .Mounts}}' web
		onggi inspect --format '{{range .Mounts}}{{.Type}} {{.Source}} -> {{.Destination}} {{.RW}}
{{end}}' web
		onggi inspect --format '{{range $i, $e := .Config.Env}}{{$i}}={{$e}};{{end}}' web
		onggi inspect --format '{{range .Config.Env}}{{if slice . 0 5 | eq "PATH="}}{{.}}{{end}}{{end}}' web
		onggi inspect --format '{{json .Config.Cmd}} {{json .Config.Entrypoint}} {{.Config.Entrypoint}}' web
		onggi inspect --format '{{.HostConfig.Binds}} {{.HostConfig.RestartPolicy.Name}}' web
		onggi inspect --format '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}:{{$v.IPAddress}}{{end}}' web
		onggi inspect --format '{{printf "%-10s %q" .Config.Image .Path}}' web
		onggi inspect --format '{{.Created}} {{.State.StartedAt.IsZero}} {{.State.StartedAt.Year}}' web | sed -E 's/[0-9]{4}$/YEAR/'
		onggi inspect web
	} | golden inspect-container
}
@test "inspect of an image" {
	{
		onggi inspect --format '{{.RepoTags}} {{.RepoDigests}} {{.Architecture}}/{{.Os}} {{.Size}}' busybox
		onggi inspect --format '{{join .Config.Cmd " "}} {{.Config.Entrypoint}} {{.Config.Labels}}' busybox
		onggi inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}' busybox
		onggi inspect --format '{{json .Config}}' configured:1
		onggi image inspect busybox
	} | golden inspect-image
}
@test "history" {
	{
		onggi history busybox
		onggi history --no-trunc --human=false busybox
		onggi history -q busybox
		onggi history --format '{{.ID}}|{{.CreatedBy}}|{{.Size}}|{{.Comment}}' busybox
		onggi history --format json busybox
	} | golden history
}
@test "info" {
	local machine='{{.OSType}} {{.LoggingDriver}} {{.Driver}} {{.DefaultRuntime}} {{.Swarm.LocalNodeState}}'
	{
		onggi info --format "$machine"
		onggi info --format '{{.Containers}} {{.ContainersRunning}} {{.ContainersStopped}} {{.Images}} {{.DockerRootDir}}'
		onggi info --format '{{.Store.GraphRoot}} {{.Store.RunRoot}} {{.Store.ContainerStore.Number}} {{.Store.ImageStore.Number}}'
		onggi info --format '{{.host.os}} {{.Host.OCIRuntime.Name}} {{.Version.Version}} {{.ServerVersion}}' |
			sed "s/$(onggi version --format '{{.Version}}')/VERSION/g"
	} | golden info
	equal "$(onggi info --format '{{.KernelVersion}} {{.Architecture}} {{.NCPU}} {{.Name}}')" \
		"$(uname -r) $(uname -m) $(getconf _NPROCESSORS_ONLN) $(uname -n)"
	equal "$(onggi info --format '{{.Host.Kernel}}')" "$(uname -r)"
	if is_root; then
		equal "$(onggi info --format '{{.Host.Security.Rootless}}')" false
	else
		equal "$(onggi info --format '{{.Host.Security.Rootless}}')" true
		contains "$(onggi info --format '{{.SecurityOptions}}')" name=rootless
	fi
	onggi info --format json | python3 -m json.tool >/dev/null
}
@test "version" {
	local version
	version=$(onggi --version | awk '{ print $NF }')
	equal "$(onggi version --format '{{.Client.Version}} {{.Server.Version}} {{.Version}} {{.ServerOK}}')" \
		"$version $version $version true"
	equal "$(onggi version --format '{{.Client.Os}}/{{.Client.Arch}}')" "$(onggi version --format '{{.Client.OsArch}}')"
	onggi version --format json | python3 -c 'import json, sys
v = json.load(sys.stdin)
assert v["Client"]["Version"] == v["Server"]["Version"] == v["Version"]'
}
@test "volume ls and volume inspect" {
	{
		onggi volume ls
		onggi volume ls -q
		onggi volume ls --format '{{.Name}} {{.Driver}} {{.Labels}} {{.Label "tier"}} {{.Mountpoint}}'
		onggi volume ls --format json
		onggi volume inspect --format '{{.Name}} {{index .Labels "tier"}} {{.Mountpoint}}' labelled
		onggi volume inspect labelled
	} | golden volumes
}
@test "--format with an empty value is none" {
	local command
	for command in 'ps -a' images 'history busybox' 'volume ls' 'system df' info version 'inspect busybox' doctor; do
		# shellcheck disable=SC2086 # words
		without=$(onggi $command) || :
		# shellcheck disable=SC2086 # words
		with=$(onggi $command --format '') || :
		[ -n "$without" ]
		equal "$with" "$without"
	done
}
