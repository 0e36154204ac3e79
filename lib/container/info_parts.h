/* SPDX-License-Identifier: Apache-2.0 */
/* podman's half of container_info(). For lib/container only. */
#ifndef ONGGI_CONTAINER_INFO_PARTS_H
#define ONGGI_CONTAINER_INFO_PARTS_H

#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "container/info.h"
#include "os/idmap.h"
#include "sandbox/cgroup.h"
#include "sandbox/sandbox.h"

/* What was found out about the machine. */
struct machine {
	struct utsname uts;
	struct sysinfo memory;
	struct sandbox_host host;
	struct cgroup_host cgroup;
	struct id_maps maps;
	struct container_counts counts;
	int64_t cpus;
	char *os_pretty, *os_id, *os_version,
		*os_codename; /* of /etc/os-release; "" where absent */
	char *arch;	      /* as Go names it */
};

/* An object under both names of podman: those of its JSON and those of its templates. */
struct twin {
	struct value *json, *go;
};
/* Put a value into both. */
void twin_put(struct arena *a, const struct twin *t, const char *json, const char *go,
	      const struct value *v);
/* "host" and "store". */
struct twin info_host(const struct machine *m, struct arena *a);
struct twin info_store(struct store *s, const struct machine *m, struct arena *a);

/* "cgroupfs", "systemd" or "none". */
const char *info_cgroup_driver(const struct machine *m);

#endif
