/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "os/caps.h"
#include "os/fd.h"
#include "sandbox/sandbox.h"

#define CAP_SYS_RESOURCE_NUMBER 24
#define CAP_SYS_ADMIN_NUMBER	21
#define WORD_MAX		64

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
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(4096);
	unsigned inside, outside, count;

	if (file_read_all(AT_FDCWD, "/proc/self/uid_map", 4096, &text, NULL) < 0)
		return true;
	return sscanf(buf_str(&text), "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == UINT32_MAX;
}

void sandbox_host_probe(struct sandbox_host *ret)
{
	struct sandbox_host h = {.has_userns = true};
	struct rlimit nofile;
	struct statfs fs;
	char c;

	h.caps = cap_current();
	h.cap_all = cap_all();
	h.rootless = geteuid() != 0 || !(h.caps & CAP_BIT(CAP_SYS_ADMIN_NUMBER)) || !has_all_ids();
	c = first_char("/proc/sys/user/max_user_namespaces");
	/* Debian's own switch; where it is absent, ordinary users may. */
	if (c == '0' || access("/proc/self/ns/user", F_OK) < 0 ||
	    (h.rootless && first_char("/proc/sys/kernel/unprivileged_userns_clone") == '0'))
		h.has_userns = false;
	h.cgroup_v2 = statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
	h.has_mqueue = access("/proc/sys/fs/mqueue", F_OK) == 0;
	h.has_apparmor = first_char("/sys/module/apparmor/parameters/enabled") == 'Y';
	h.has_selinux = access("/sys/fs/selinux/enforce", F_OK) == 0;
	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0)
		h.nofile_hard = nofile.rlim_max;
	h.can_raise_rlimits = !h.rootless && (h.caps & CAP_BIT(CAP_SYS_RESOURCE_NUMBER));
	*ret = h;
}
