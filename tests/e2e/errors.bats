#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # $PATH is part of the message
# What a beginner does wrong, and the exact words that answer: subject, refused value, mend.
load lib.bash
setup_file() { store_up; }
teardown_file() { store_down; }

# says CODE TEXT WORD...: onggi WORD... ends with CODE and prints exactly TEXT
says() {
	local code=$1 text=$2
	shift 2
	run "-$code" onggi "$@" </dev/null
	equal "$output" "$text"
}

@test "a command that doesn't exist, with the nearest one" {
	says 125 "onggi: 'rnu' is not a command
hint: did you mean 'onggi run'?" rnu busybox
	says 125 "onggi: 'frobnicate' is not a command
hint: see 'onggi --help'" frobnicate
	says 125 "onggi: 'container foo' is not a command
hint: see 'onggi container --help'" container foo
}
@test "an option that doesn't exist, with the nearest one" {
	says 125 "onggi: unknown option '--rmm'
hint: did you mean '--rm'? (see 'onggi run --help')" run --rmm busybox
	says 125 "onggi: unknown option '--nmae'
hint: did you mean '--name'? (see 'onggi run --help')" run --nmae x busybox
	says 125 "onggi: unknown option '--foo'
hint: see 'onggi ps --help'" ps --foo
	says 125 "onggi: unknown option '--foo'
hint: see 'onggi --help'" --foo
}
@test "too few or too many words" {
	says 125 "onggi: 'onggi run' needs at least 1 argument, 0 given
hint: onggi run [OPTIONS] IMAGE [COMMAND] [ARG...] (see 'onggi run --help')" run
	says 125 "onggi: 'onggi rmi' needs at least 1 argument, 0 given
hint: onggi rmi [OPTIONS] IMAGE [IMAGE...] (see 'onggi rmi --help')" rmi
	says 125 "onggi: 'onggi images' takes at most 1 argument, 'b' is one too many
hint: onggi images [OPTIONS] [REPOSITORY[:TAG]] (see 'onggi images --help')" images a b
	says 125 "onggi: the name of a container is missing
hint: onggi ps -a lists them" rm
}
@test "no such image" {
	says 125 "onggi: no such image: no-such-image
hint: \`onggi images\` lists what is here; \`onggi pull no-such-image\` asks its registry" run --rm --pull never no-such-image
	says 125 "onggi: no such image: busybx
hint: did you mean 'busybox'? \`onggi images\` lists what is there" run --rm --pull never busybx
	says 1 "onggi: no such image: nothere
hint: \`onggi images\` lists what is here; \`onggi pull nothere\` asks its registry" rmi nothere
	says 125 "onggi: image 'busybox:latest' is for linux/amd64, not for linux/arm64" run --rm --pull never --platform linux/arm64 busybox
}
@test "no such container" {
	says 1 "onggi: no such container: nothere
hint: \`onggi ps -a\` lists all containers" rm nothere
}
@test "no such command in the image" {
	says 127 'onggi: exec "no-such-command": executable file not found in $PATH' run --rm busybox no-such-command
	says 127 'onggi: exec "./no/such": no such file or directory' run --rm busybox ./no/such
	says 127 'onggi: exec "/opt/badshebang": no such file or directory
hint: the file is there, but not the program that its first line (#!) names, or the loader that it is linked for' run --rm busybox /opt/badshebang
	says 127 'onggi: exec "badshebang": no such file or directory
hint: the file is there, but not the program that its first line (#!) names, or the loader that it is linked for' run --rm -e PATH=/opt busybox badshebang
}
@test "a command that can't be executed" {
	says 126 'onggi: exec "/etc": is a directory' run --rm busybox /etc
	says 126 'onggi: exec "/opt/notexecutable": permission denied' run --rm busybox /opt/notexecutable
}
@test "no such user in the image" {
	says 125 "onggi: unable to find user 'nobody2': no matching entry in the container's /etc/passwd
hint: give a number, or add the user in the image" run --rm -u nobody2 busybox
}
@test "no subordinate ids" {
	! has_ids || skip "$(id -un) has every id that is needed"
	says 125 "onggi: group 1000 does not exist in the container's user namespace
hint: subordinate ids make more ids: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER (onggi doctor subordinate-ids)" run --rm -u app busybox true
	run -0 onggi info
	contains "$output" " Missing:         the user has no subordinate ids in /etc/subuid"
}
@test "no permission to the store" {
	! is_root || skip "root may"
	says 1 "onggi: make directory '/proc/nope': No such file or directory
hint: give another directory with --root DIR (onggi doctor store-writable)" --root /proc/nope images
	says 1 "onggi: open directory '/root/onggi': Permission denied
hint: give another directory with --root DIR (onggi doctor store-writable)" --root /root/onggi images
}
@test "the network's files" {
	says 125 "onggi: --dns 'foo': expected an IP address
hint: --dns 10.0.0.53" run --rm --dns foo busybox
	says 125 "onggi: --dns-search 'a b': expected one word without blanks" run --rm --dns-search 'a b' busybox
	equal "$(leftovers)" ""
}
@test "names that are empty, and archives that are elsewhere" {
	says 125 "onggi: the name of an image is empty
hint: \`onggi images\` lists what is there" run --rm ''
	says 125 "onggi: 'https://example.org/x.tar': this version fetches no archives
hint: curl -fL https://example.org/x.tar | onggi import - NAME" import https://example.org/x.tar name
}
@test "volumes" {
	says 125 "onggi: --volume: invalid volume 'x': the path in the container, 'x', must be absolute" run --rm -v x busybox
	says 125 "onggi: --volume: invalid volume '/no/x:y': the path in the container, 'y', must be absolute" run --rm -v /no/x:y busybox
	says 125 "onggi: --volume: invalid volume 'rel/ative:/x': 'rel/ative' is no volume name, expected letters, digits, '_', '.' and '-'; a host path begins with '/', './', '../' or '~'
hint: use './rel/ative' for a path below the current directory" run --rm -v rel/ative:/x busybox
	says 125 "onggi: --mount: invalid mount 'type=foo,target=/x': unknown type 'foo', accepted: bind, volume, tmpfs" run --rm --mount type=foo,target=/x busybox
}
@test "what this version has not" {
	says 125 "onggi: option '-p': not available: it needs a private network, which this version has not; --network host shares the host's
hint: see 'onggi run --help'" run --rm -p 80:80 busybox
	says 125 "onggi: option '-d': not available: containers run in the foreground in this version; the shell's & puts onggi run into the background
hint: see 'onggi run --help'" run -d busybox
	says 125 "onggi: --network 'bridge': this version knows 'none' and 'host'
hint: --network host shares the host's network; without --network there is only a loopback interface" run --network bridge busybox
	says 125 "onggi: --restart 'always': this version knows 'no' only
hint: containers run in the foreground: a shell's loop, or a systemd unit with Restart=, starts them again" run --restart always busybox
	says 127 "onggi: exec \"-it\": executable file not found in \$PATH
hint: options go before the image: onggi run -it busybox" run --rm busybox -it sh
}
@test "commands that this version has not, and where docker keeps its service" {
	says 125 "onggi: 'logs' is not in this version
hint: the output of onggi run is the program's own" logs web
	says 125 "onggi: 'container logs' is not in this version
hint: the output of onggi run is the program's own" container logs web
	says 125 "onggi: 'port' is not in this version
hint: onggi run --network host shares the host's ports" port web
	says 125 "onggi: 'builder' is not in this version" builder prune
	says 125 "onggi: option '-H': not available: there is no service to talk to; --root names another store
hint: see 'onggi --help'" -H tcp://host ps
	says 125 "onggi: --add-host 'x:host-gateway': host-gateway needs a private network, which this version has not
hint: with --network host, --add-host x:127.0.0.1" run --rm --add-host x:host-gateway busybox
}
@test "values of limits" {
	says 125 "onggi: option '--memory': '3x' is not a size: a number with an optional unit b, k, m, g, t or p, such as 512m or 1.5g, is accepted
hint: see 'onggi run --help'" run --memory 3x busybox
	says 125 "onggi: --memory 1024: less than 6m can't start a process" run -m 1k busybox
	says 125 "onggi: option '--pids-limit': 'x' is not a valid number: a whole number from -1 to 4194304 is accepted
hint: see 'onggi run --help'" run --pids-limit x busybox
	says 125 "onggi: --ulimit: invalid ulimit 'foo=1': unknown limit 'foo', accepted: as, core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack" run --ulimit foo=1 busybox
}
# cgroup_line FIELD: from the part about cgroups of onggi info
cgroup_line() { onggi info | sed -n '/^Cgroups:/,/^[^ C]/'"s/^ $1: *//p"; }

@test "limits without a cgroup" {
	! onggi info | grep -Eq 'Controllers:.*\bmemory\b' || skip "limits can be set here"
	# why differs from machine to machine: what onggi info tells
	says 125 "onggi: memory limit 64m: no cgroup is writable here ($(cgroup_line Missing))
hint: $(cgroup_line Mend) (onggi doctor cgroups)" run --rm -m 64m busybox true
}
@test "isolation" {
	says 125 "onggi: --cap-add 'FOO': no such capability
hint: ALL, or one of capabilities(7), with or without CAP_: --cap-add NET_ADMIN" run --rm --cap-add FOO busybox
	says 125 "onggi: seccomp profile: open '/no/file': No such file or directory
hint: --security-opt seccomp=unconfined, or the path of a JSON profile" run --rm --security-opt seccomp=/no/file busybox
	says 125 "onggi: sysctl 'kernel.panic' belongs to the whole machine, not to a container
hint: allowed are net.*, fs.mqueue.*, kernel.shm*, kernel.msg*, kernel.sem and kernel.domainname; set others on the host with sysctl" run --rm --sysctl kernel.panic=1 busybox
	says 125 "onggi: --userns 'foo': expected host or keep-id[:uid=N,gid=N]" run --rm --userns foo busybox
}
@test "an id of one's own inside, where there is but one" {
	is_root && skip "root keeps its ids anyway"
	has_subids && skip "$(id -un) has subordinate ids"
	run -125 onggi run --rm --userns keep-id busybox true
	contains "$output" "onggi: --userns 'keep-id': only one id is mapped (" "onggi doctor subordinate-ids"
	run -0 --separate-stderr onggi run --rm --userns keep-id:uid=0,gid=0 busybox id -u
	equal "$output" 0
}
@test "names, environment, places" {
	says 125 "onggi: --name 'a b': not a container name
hint: letters, digits, '_', '.' and '-', beginning with a letter or digit" run --rm --name 'a b' busybox
	says 125 "onggi: --env '=x': expected NAME=VALUE or NAME" run --rm -e =x busybox
	says 125 "onggi: --env-file /no/such: open '/no/such': No such file or directory" run --rm --env-file /no/such busybox
	says 125 "onggi: --workdir 'rel': expected an absolute path in the container
hint: --workdir /rel" run --rm --workdir rel busybox
	says 125 "onggi: --add-host 'foo': expected NAME:IP
hint: --add-host db:10.0.0.5" run --rm --add-host foo busybox
	says 125 "onggi: --device '/no/such': No such file or directory" run --rm --device /no/such busybox
}
@test "a terminal without one" {
	says 125 "onggi: --interactive --tty: standard input is not a terminal
hint: leave --tty out: onggi run -i ..." run --rm -it busybox
}
@test "a name in use" {
	onggi run --name taken busybox true
	run -125 onggi run --rm --name taken busybox true
	id=$(onggi ps -aq)
	equal "$output" "onggi: create container: container name 'taken' is in use by container $id
hint: onggi rm taken, or choose another --name"
	onggi rm taken
}
@test "an image in use" {
	onggi run --name user busybox true
	id=$(onggi ps -aq)
	run -1 onggi rmi busybox
	onggi rm user
	equal "$output" "onggi: image 'busybox' is used by container $id (user)
hint: onggi rm user"
}
@test "archives" {
	says 1 "onggi: open '/no/such': No such file or directory" load -i /no/such
	says 1 "onggi: open '/no/such': No such file or directory" import /no/such
	says 1 "onggi: '/etc/passwd' can't be read as an image archive: tar archive is damaged: Unrecognized archive format
hint: \`onggi load -i FILE\` takes what \`docker save\`, \`podman save\` or \`skopeo copy\` wrote" load -i /etc/passwd
}
