/* SPDX-License-Identifier: Apache-2.0 */
/* Control groups as the sandbox would use them, and the systemd that may have to make them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "doctor/parts.h"
#include "os/fd.h"
#include "sandbox/cgroup.h"

#define CGROUP_MOUNT   "/sys/fs/cgroup"
#define BUS_TIMEOUT_MS 2000

static enum observe_layout see_layout(void)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct statfs fs;

	if (statfs(CGROUP_MOUNT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
		return OBSERVE_CGROUP_V2;
	if (file_read_all(AT_FDCWD, "/proc/self/cgroup", (size_t)1 << 20, &text, NULL) < 0 ||
	    !strstr(buf_str(&text), ":/") || access(CGROUP_MOUNT, X_OK) < 0 ||
	    fs.f_type == SYSFS_MAGIC)
		return OBSERVE_CGROUP_NONE;
	if (statfs(CGROUP_MOUNT "/unified", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
		return OBSERVE_CGROUP_HYBRID;
	return OBSERVE_CGROUP_V1;
}

void observe_cgroup(const struct observe_request *r, struct observations *o)
{
	struct observe_cgroup *c = &o->cgroup;
	_cleanup_(cgroup_host) struct cgroup_host h = {.parent = NULL};
	_cleanup_(buf) struct buf names = BUF_INIT_MAX(sizeof(c->controllers) - 1);

	(void)r;
	c->layout = see_layout();
	cgroup_host_probe(&h);
	c->usable = h.mode != CGROUP_NONE;
	c->by_systemd = h.mode == CGROUP_SYSTEMD;
	buf_addc(&names, ' ');
	for (size_t i = 0; i < h.n_controllers; i++)
		buf_addf(&names, "%s ", h.controllers[i]);
	str_copy(c->controllers, sizeof(c->controllers), buf_str(&names));
	str_copy(c->why, sizeof(c->why), h.why_none ? h.why_none : "");
	str_copy(c->mend, sizeof(c->mend), h.hint ? h.hint : "");
	c->delegation = strstr(c->mend, "Delegate=") != NULL;
}

/* Ask for the first step of D-Bus's authentication: a bus that only listens does not answer. */
static int talk(int fd)
{
	char hello[OBSERVE_WORD], digits[OBSERVE_WORD], answer[OBSERVE_WORD];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n = snprintf(digits, sizeof(digits), "%u", geteuid());
	size_t len;

	len = (size_t)snprintf(hello, sizeof(hello), "%cAUTH EXTERNAL ", '\0');
	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(hello + len, sizeof(hello) - len, "%02x",
					(unsigned)digits[i]);
	len += (size_t)snprintf(hello + len, sizeof(hello) - len, "\r\n");
	if (send(fd, hello, len, MSG_NOSIGNAL) < 0)
		return errno;
	if (poll(&p, 1, BUS_TIMEOUT_MS) <= 0)
		return ETIMEDOUT;
	if (recv(fd, answer, 3, 0) != 3)
		return ECONNRESET;
	return memcmp(answer, "OK ", 3) ? EACCES : 0;
}

static int try_bus(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	if (!str_copy(to.sun_path, sizeof(to.sun_path), path))
		return ENAMETOOLONG;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return errno;
	return talk(fd);
}

void observe_bus(const struct observe_request *r, struct observations *o)
{
	struct observe_bus *b = &o->bus;
	const char *run = getenv("XDG_RUNTIME_DIR"), *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	char path[OBSERVE_PATH], dir[OBSERVE_PATH];
	const char *socket_path;

	(void)r;
	b->connect_errno = OBSERVE_NOT_TRIED;
	if (!o->host.systemd || geteuid() == 0)
		return;
	snprintf(path, sizeof(path), "/run/user/%u/systemd/private", geteuid());
	b->manager = access(path, F_OK) == 0;
	snprintf(path, sizeof(path), "/var/lib/systemd/linger/%s", o->user.name);
	b->linger = *o->user.name && access(path, F_OK) == 0;
	if (str_empty(run))
		snprintf(dir, sizeof(dir), "/run/user/%u", geteuid());
	else
		str_copy(dir, sizeof(dir), run);
	snprintf(b->address, sizeof(b->address), "unix:path=%.*s/bus", (int)sizeof(dir) - 32, dir);
	if (!str_empty(address))
		str_copy(b->address, sizeof(b->address), address);
	if (!str_prefix(b->address, "unix:path=", &socket_path))
		return;
	str_copy(path, sizeof(path), socket_path);
	path[strcspn(path, ",;")] = '\0';
	b->connect_errno = try_bus(path);
}
