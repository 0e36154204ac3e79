/* SPDX-License-Identifier: Apache-2.0 */
#include "container/options.h"

#include "image/image.h"

#define T struct container_options

static const char *const pid_modes[] = {"private", "host", NULL};
static const char *const ipc_modes[] = {"private", "host", "none", "shareable", NULL};
static const char *const uts_modes[] = {"private", "host", NULL};

#define CHOICE(name_, member_, choices_, fallback_, help_)                                         \
	{                                                                                          \
		.kind = OPT_KIND_CHOICE, .name = (name_), .offset = offsetof(T, member_),          \
		.value = "MODE", .choices = (choices_), .fallback = (fallback_), .help = (help_)   \
	}
#define NUMBER(name_, short_, member_, min_, max_, help_)                                          \
	{                                                                                          \
		.kind = OPT_KIND_INT, .name = (name_), .shorthand = (short_),                      \
		.offset = offsetof(T, member_), .value = "N", .min = (min_), .max = (max_),        \
		.help = (help_)                                                                    \
	}
#define SIZE(name_, short_, member_, min_, help_)                                                  \
	{                                                                                          \
		.kind = OPT_KIND_SIZE, .name = (name_), .shorthand = (short_),                     \
		.offset = offsetof(T, member_), .value = "BYTES", .min = (min_), .max = INT64_MAX, \
		.help = (help_)                                                                    \
	}
#define REFUSE(name_, short_, help_)                                                               \
	{                                                                                          \
		.kind = OPT_KIND_REFUSE, .name = (name_), .shorthand = (short_), .help = (help_)   \
	}

const struct opt container_opts_process[] = {
	OPT_HEADING("Process and terminal"),
	OPT_STR("entrypoint", 0, T, entrypoint, "COMMAND", "replace the image's entrypoint"),
	OPT_LIST("env", 'e', T, env, "NAME[=VALUE]", "set an environment variable"),
	OPT_LIST("env-file", 0, T, env_file, "FILE", "read environment variables from a file"),
	OPT_FLAG("env-host", 0, T, env_host, "pass all of the caller's environment"),
	OPT_LIST("group-add", 0, T, group_add, "GROUP", "add a supplementary group"),
	OPT_FLAG("init", 0, T, init, "run an init as pid 1 that reaps and forwards signals"),
	OPT_FLAG("interactive", 'i', T, interactive, "keep standard input open"),
	OPT_STR("stop-signal", 0, T, stop_signal, "SIGNAL", "signal that asks the program to end"),
	OPT_FLAG("tty", 't', T, tty, "give the program a terminal"),
	OPT_STR("umask", 0, T, umask, "MODE", "file mode creation mask, octal"),
	OPT_LIST("unsetenv", 0, T, unset_env, "NAME", "remove a variable that the image sets"),
	OPT_STR("user", 'u', T, user, "USER[:GROUP]", "user in the container, by name or number"),
	OPT_STR("workdir", 'w', T, workdir, "DIR", "working directory in the container"),
	OPT_END,
};

const struct opt container_opts_identity[] = {
	OPT_HEADING("Identity and life"),
	OPT_LIST("annotation", 0, T, annotation, "KEY=VALUE", "annotate the runtime specification"),
	OPT_STR("cidfile", 0, T, cidfile, "FILE", "write the container's id to a new file"),
	{.kind = OPT_KIND_ACCEPT,
	 .name = "disable-content-trust",
	 .help = "signatures have a policy of their own"},
	OPT_LIST("label", 'l', T, label, "KEY=VALUE", "attach a label"),
	OPT_LIST("label-file", 0, T, label_file, "FILE", "read labels from a file"),
	OPT_STR("name", 0, T, name, "NAME", "give the container a name"),
	OPT_STR("platform", 0, T, platform, "OS/ARCH", "which platform of the image to use"),
	{.kind = OPT_KIND_CHOICE,
	 .name = "pull",
	 .offset = offsetof(T, pull),
	 .value = "MODE",
	 .choices = image_pull_policies,
	 .fallback = "missing",
	 .help = "when to fetch the image"},
	OPT_FLAG("quiet", 'q', T, quiet, "tell nothing about fetching the image"),
	OPT_FLAG("replace", 0, T, replace, "remove an ended container of the same name first"),
	OPT_STR("restart", 0, T, restart, "POLICY", "what to do when the program ends: no"),
	OPT_RETRY(T, fetch),
	OPT_FLAG("rm", 0, T, rm, "remove the container when it ends"),
	OPT_TLS_VERIFY(T, fetch),
	OPT_END,
};

const struct opt container_opts_filesystem[] = {
	OPT_HEADING("File systems"),
	OPT_LIST("device", 0, T, device, "HOST[:PATH[:rwm]]",
		 "give access to a device of the host"),
	OPT_LIST("mount", 0, T, mount, "type=TYPE,KEY=VALUE",
		 "mount a bind, volume or tmpfs, long form"),
	OPT_FLAG("read-only", 0, T, read_only, "make the root file system read-only"),
	SIZE("shm-size", 0, shm_size, 0, "size of /dev/shm (64m)"),
	OPT_LIST("tmpfs", 0, T, tmpfs, "DIR[:OPTIONS]", "mount a tmpfs"),
	OPT_LIST("volume", 'v', T, volume, "[SOURCE:]DIR[:OPTIONS]",
		 "mount a host path or a volume"),
	OPT_END,
};

const struct opt container_opts_network[] = {
	OPT_HEADING("Network"),
	OPT_LIST("add-host", 0, T, add_host, "NAME:IP", "add a line to /etc/hosts"),
	OPT_LIST("dns", 0, T, dns, "IP", "name server for /etc/resolv.conf"),
	{.kind = OPT_KIND_LIST,
	 .name = "dns-option",
	 .alias = "dns-opt",
	 .offset = offsetof(T, dns_option),
	 .value = "OPTION",
	 .help = "option for /etc/resolv.conf"},
	OPT_LIST("dns-search", 0, T, dns_search, "DOMAIN", "search domain for /etc/resolv.conf"),
	OPT_STR("domainname", 0, T, domainname, "NAME", "NIS domain name"),
	OPT_STR("hostname", 'h', T, hostname, "NAME", "host name in the container"),
	{.kind = OPT_KIND_STRING,
	 .name = "network",
	 .alias = "net",
	 .offset = offsetof(T, network),
	 .value = "MODE",
	 .fallback = "none",
	 .help = "none (only a loopback interface) or host (the host's network)"},
	OPT_FLAG("no-hosts", 0, T, no_hosts, "leave the image's /etc/hosts alone"),
	OPT_END,
};

const struct opt container_opts_security[] = {
	OPT_HEADING("Isolation"),
	OPT_LIST("cap-add", 0, T, cap_add, "CAP", "add a capability, or ALL"),
	OPT_LIST("cap-drop", 0, T, cap_drop, "CAP", "drop a capability, or ALL"),
	CHOICE("cgroupns", cgroupns, pid_modes, "private", "cgroup namespace"),
	CHOICE("ipc", ipc, ipc_modes, "private", "IPC namespace"),
	CHOICE("pid", pid, pid_modes, "private", "process id namespace"),
	OPT_FLAG("privileged", 0, T, privileged,
		 "all capabilities and devices, nothing masked, no seccomp"),
	OPT_LIST("security-opt", 0, T, security_opt, "OPTION",
		 "no-new-privileges, seccomp=FILE|unconfined, mask=, unmask=, ..."),
	OPT_LIST("sysctl", 0, T, sysctl, "NAME=VALUE", "set a namespaced kernel parameter"),
	OPT_STR("userns", 0, T, userns, "MODE", "host or keep-id[:uid=,gid=]"),
	CHOICE("uts", uts, uts_modes, "private", "host name namespace"),
	OPT_END,
};

const struct opt container_opts_limits[] = {
	OPT_HEADING("Limits"),
	NUMBER("cpu-period", 0, cpu_period, 0, 1000000,
	       "length of a scheduling period, microseconds"),
	NUMBER("cpu-quota", 0, cpu_quota, -1, INT64_MAX, "CPU time in a period, microseconds"),
	NUMBER("cpu-shares", 'c', cpu_shares, 0, 262144, "relative weight of CPU time"),
	{.kind = OPT_KIND_NANO,
	 .name = "cpus",
	 .offset = offsetof(T, nano_cpus),
	 .value = "N",
	 .help = "number of CPUs, a fraction is allowed"},
	OPT_STR("cpuset-cpus", 0, T, cpuset_cpus, "LIST", "CPUs to run on: 0-2,5"),
	OPT_STR("cpuset-mems", 0, T, cpuset_mems, "LIST", "memory nodes to allocate from"),
	{.kind = OPT_KIND_ACCEPT,
	 .name = "kernel-memory",
	 .value = "BYTES",
	 .help = "kernels no longer know such a limit"},
	SIZE("memory", 'm', memory, 0, "most memory that the container may use"),
	SIZE("memory-reservation", 0, memory_reservation, 0, "memory that is kept under pressure"),
	SIZE("memory-swap", 0, memory_swap, -1, "memory and swap together; -1: unlimited swap"),
	NUMBER("memory-swappiness", 0, memory_swappiness, -1, 100, "readiness to swap, 0 to 100"),
	OPT_FLAG("oom-kill-disable", 0, T, oom_kill_disable,
		 "do not kill when memory runs out (cgroup v1)"),
	NUMBER("oom-score-adj", 0, oom_score_adj, -1000, 1000, "preference of the OOM killer"),
	NUMBER("pids-limit", 0, pids_limit, -1, 4194304,
	       "most processes and threads; -1: unlimited"),
	OPT_LIST("ulimit", 0, T, ulimit, "NAME=SOFT[:HARD]", "set a resource limit"),
	OPT_END,
};

#define LATER_DETACHED "containers run in the foreground in this version"
#define LATER_NETWORK                                                                              \
	"it needs a private network, which this version has not; --network host shares the host's"
#define LATER_LOGS   "this version keeps no logs: output goes where onggi's goes"
#define LATER_HEALTH "this version runs no health checks"
#define LATER_LIMIT  "this version does not set it"
#define WINDOWS_ONLY "it is for containers of Windows"

const struct opt container_opts_refused[] = {
	REFUSE("attach", 'a', LATER_DETACHED),
	REFUSE("detach", 'd', LATER_DETACHED "; the shell's & puts onggi run into the background"),
	REFUSE("detach-keys", 0, LATER_DETACHED),
	REFUSE("sig-proxy", 0, LATER_DETACHED),
	REFUSE("stop-timeout", 0, LATER_DETACHED),
	REFUSE("expose", 0, LATER_NETWORK),
	REFUSE("ip", 0, LATER_NETWORK),
	REFUSE("ip6", 0, LATER_NETWORK),
	REFUSE("mac-address", 0, LATER_NETWORK),
	REFUSE("network-alias", 0, LATER_NETWORK),
	REFUSE("publish", 'p', LATER_NETWORK),
	REFUSE("publish-all", 'P', LATER_NETWORK),
	REFUSE("log-driver", 0, LATER_LOGS),
	REFUSE("log-opt", 0, LATER_LOGS),
	REFUSE("health-cmd", 0, LATER_HEALTH),
	REFUSE("health-interval", 0, LATER_HEALTH),
	REFUSE("health-retries", 0, LATER_HEALTH),
	REFUSE("health-start-interval", 0, LATER_HEALTH),
	REFUSE("health-start-period", 0, LATER_HEALTH),
	REFUSE("health-timeout", 0, LATER_HEALTH),
	{.kind = OPT_KIND_ACCEPT, .name = "no-healthcheck", .help = "there are no health checks"},
	{.kind = OPT_KIND_ACCEPT,
	 .name = "link",
	 .value = "CONTAINER",
	 .help = "containers find each other by name once there are networks"},
	REFUSE("gpus", 0, "this version gives devices by --device only"),
	REFUSE("blkio-weight", 0, LATER_LIMIT),
	REFUSE("cgroup-parent", 0, LATER_LIMIT),
	REFUSE("cpu-rt-period", 0, LATER_LIMIT),
	REFUSE("cpu-rt-runtime", 0, LATER_LIMIT),
	REFUSE("device-cgroup-rule", 0, LATER_LIMIT),
	REFUSE("device-read-bps", 0, LATER_LIMIT),
	REFUSE("device-read-iops", 0, LATER_LIMIT),
	REFUSE("device-write-bps", 0, LATER_LIMIT),
	REFUSE("device-write-iops", 0, LATER_LIMIT),
	REFUSE("runtime", 0, "onggi is the runtime"),
	REFUSE("secret", 0, "this version keeps no secrets; --volume FILE:/run/secrets/NAME:ro"),
	REFUSE("storage-opt", 0, "this version sets no size of the root file system"),
	REFUSE("systemd", 0, "this version prepares nothing for systemd in the container"),
	REFUSE("tz", 0, "-e TZ=... sets the time zone"),
	REFUSE("pod", 0, "this version has no pods"),
	REFUSE("rmi", 0, "onggi rmi removes the image afterwards"),
	REFUSE("use-api-socket", 0, "there is no service whose socket could be given"),
	REFUSE("volume-driver", 0, "volumes are directories of the store"),
	REFUSE("volumes-from", 0, "name the volumes with --volume"),
	REFUSE("cpu-count", 0, WINDOWS_ONLY),
	REFUSE("cpu-percent", 0, WINDOWS_ONLY),
	REFUSE("io-maxbandwidth", 0, WINDOWS_ONLY),
	REFUSE("io-maxiops", 0, WINDOWS_ONLY),
	REFUSE("isolation", 0, WINDOWS_ONLY),
	OPT_END,
};

void container_options_defaults(struct container_options *o)
{
	o->memory_swappiness = MEMORY_SWAPPINESS_UNSET;
	o->fetch = IMAGE_FETCH_ARGS_INIT;
}
