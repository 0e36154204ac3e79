/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be asked of a container on a command line: one struct and the rows that fill it, shared
 * by every command that makes containers, so that they can't drift apart.
 */
#ifndef ONGGI_CONTAINER_OPTIONS_H
#define ONGGI_CONTAINER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/option.h"
#include "cli/progress.h"
#include "image/options.h"
#include "registry/registry.h"

struct container_options {
	/* process and terminal */
	bool interactive, tty, init, env_host;
	const char *entrypoint; /* NULL: the image's; "": none */
	char **env, **env_file, **unset_env;
	const char *workdir, *user, *umask;
	char **group_add;
	const char *stop_signal;
	/* identity */
	const char *name, *cidfile, *restart, *pull, *platform;
	char **label, **label_file, **annotation;
	bool rm, replace;
	/* file systems */
	char **volume, **mount, **tmpfs, **device;
	bool read_only;
	int64_t shm_size; /* bytes; 0: the default */
	/* network */
	const char *network, *hostname, *domainname;
	char **add_host, **dns, **dns_search, **dns_option;
	bool no_hosts;
	/* isolation */
	bool privileged;
	char **cap_add, **cap_drop, **security_opt, **sysctl;
	const char *userns, *pid, *ipc, *uts, *cgroupns;
	/* limits; 0: not asked for */
	int64_t memory, memory_swap, memory_reservation, nano_cpus, cpu_shares, cpu_period,
		cpu_quota;
	int64_t pids_limit, oom_score_adj, memory_swappiness;
	const char *cpuset_cpus, *cpuset_mems;
	char **ulimit;
	bool oom_kill_disable;
	bool quiet;
	/* pulling */
	struct image_fetch_args fetch;
	struct registry_options registry; /* made of fetch and of the configuration by the caller */
	struct progress *progress;	  /* may be NULL */
};

#define MEMORY_SWAPPINESS_UNSET (-1)

/* The rows, by subject; each stores into a struct container_options. */
extern const struct opt container_opts_process[];
extern const struct opt container_opts_identity[];
extern const struct opt container_opts_filesystem[];
extern const struct opt container_opts_network[];
extern const struct opt container_opts_security[];
extern const struct opt container_opts_limits[];
/* Known to docker or podman, and not to this version: refused by name, with the reason. */
extern const struct opt container_opts_refused[];

/* Set the defaults that are not zero. */
void container_options_defaults(struct container_options *o);

#endif
