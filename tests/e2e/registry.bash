# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A registry on loopback for a file of tests, and a proxy before it. Loaded after lib.bash.

# registry_up: docker-registry on a free port, $REGISTRY; its files go with the test file
registry_up() {
	REGISTRY_STATE=$BATS_FILE_TMPDIR/registry
	mkdir -p "$REGISTRY_STATE"
	echo '{}' >"$REGISTRY_STATE/auth.json"
	# Between asking for a free port and using it another may take it.
	for _ in 1 2 3; do
		REGISTRY_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
		printf '%s\n' 'version: 0.1' 'log: {level: error, accesslog: {disabled: true}}' \
			"storage: {filesystem: {rootdirectory: '$REGISTRY_STATE/data'}, delete: {enabled: true}, maintenance: {uploadpurging: {enabled: false}}}" \
			"http: {addr: '127.0.0.1:$REGISTRY_PORT', headers: {X-Test: ['$REGISTRY_STATE']}}" >"$REGISTRY_STATE/config.yml"
		docker-registry serve "$REGISTRY_STATE/config.yml" >"$REGISTRY_STATE/log" 2>&1 3>&- &
		REGISTRY_PID=$!
		REGISTRY=127.0.0.1:$REGISTRY_PORT
		export REGISTRY REGISTRY_PORT REGISTRY_PID REGISTRY_STATE
		wait_for registry_answers && kill -0 "$REGISTRY_PID" 2>/dev/null && return
	done
	cat "$REGISTRY_STATE/log" >&2
	return 1
}
# Ours, and not one that another test started on that port.
registry_answers() {
	kill -0 "$REGISTRY_PID" 2>/dev/null || return 0
	python3 -c 'import sys, urllib.request as u
sys.exit(u.urlopen(f"http://{sys.argv[1]}/v2/", timeout=60).headers["X-Test"] != sys.argv[2])' "$REGISTRY" "$REGISTRY_STATE" 2>/dev/null
}
registry_down() {
	[ -n "$REGISTRY_PID" ] || return 0
	kill "$REGISTRY_PID" 2>/dev/null || :
	wait_for are_gone "$REGISTRY_PID" || :
}

# skopeo without a policy and credentials of the user's, whose place may not even be readable
skopeo() {
	REGISTRY_AUTH_FILE=$REGISTRY_STATE/auth.json command skopeo --insecure-policy --tmpdir "$BATS_FILE_TMPDIR" "$@"
}
# push SOURCE NAME [OPTION...]
push() {
	local source=$1 name=$2
	shift 2
	skopeo copy -q --dest-tls-verify=false "$@" "$source" "docker://$REGISTRY/$name"
}

SERVERS=
# behind STATE COMMAND...: start a server that writes its port to STATE/port; $SERVER is where it is, $SERVERS who
behind() {
	local state=$1
	shift
	mkdir -p "$state"
	: >"$state/requests"
	: >"$state/cuts"
	"$@" >"$state/log" 2>&1 3>&- &
	SERVERS="$SERVERS $!"
	wait_for test -e "$state/port"
	export SERVER
	SERVER=127.0.0.1:$(cat "$state/port")
}
# proxy STATE [OPTION...]: cutproxy.py before the registry
proxy() {
	local state=$1
	shift
	behind "$state" python3 -B "$BATS_TEST_DIRNAME/cutproxy.py" --to "$REGISTRY_PORT" --state "$state" "$@"
}
servers_down() {
	local pid
	for pid in $SERVERS; do kill "$pid" 2>/dev/null || :; done
	# Until then they may still answer.
	# shellcheck disable=SC2086 # numbers
	wait_for are_gone $SERVERS || :
	SERVERS=
}
# requests STATE: what a proxy was asked for, without what is asked each time
requests() { grep -v '^[A-Z]* /v2/$' "$1/requests" || :; }
blobs_asked() { grep -c '^GET .*/blobs/' "$1/requests" || :; }
