/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/caps.h"
#include "base/strv.h"
#include "sandbox/sandbox.h"

#define CAP_SYS_RESOURCE_NUMBER 24
#define CAP_SYS_ADMIN_NUMBER	21
#define MAP_LINE_MAX		64

/* First character of a small file, or 0. */
static char first_char(const char *path)
{
	char c = '\0';
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, &c, 1) == 1 ? c : '\0';
}

/* Does "0 0 4294967295" stand in our id map, which is what the initial namespace has? */
static bool has_all_ids(void)
{
	_cleanup_fd_ int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	char text[MAP_LINE_MAX];
	unsigned inside, outside, count;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return true;
	text[n] = '\0';
	return sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == UINT32_MAX;
}

void sandbox_host_probe(struct sandbox_host *ret)
{
	struct sandbox_host h = {.rootless = true};
	struct rlimit nofile;
	struct statfs fs;

	h.caps = cap_current();
	h.cap_all = cap_all();
	h.rootless = geteuid() != 0 || !(h.caps & CAP_BIT(CAP_SYS_ADMIN_NUMBER)) || !has_all_ids();
	h.cgroup_v2 = statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0)
		h.nofile_hard = nofile.rlim_max;
	h.can_raise_rlimits = !h.rootless && (h.caps & CAP_BIT(CAP_SYS_RESOURCE_NUMBER));
	*ret = h;
}

void sandbox_host_probe_labels(const struct runtime_spec *spec, struct sandbox_host *h)
{
	if (!str_empty(spec->process.apparmor_profile))
		h->has_apparmor = first_char("/sys/module/apparmor/parameters/enabled") == 'Y';
	if (!str_empty(spec->process.selinux_label) || !str_empty(spec->linux_.mount_label))
		h->has_selinux = access("/sys/fs/selinux/enforce", F_OK) == 0;
}
