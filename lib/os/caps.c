/* SPDX-License-Identifier: Apache-2.0 */
#include "os/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/strv.h"

#define CAP_MAX_BITS 64

static const char *const names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

int cap_number(const char *name)
{
	const size_t prefix = strlen("CAP_");

	if (strncasecmp(name, "CAP_", prefix) == 0)
		name += prefix;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i] + prefix, name) == 0)
			return (int)i;
	return -1;
}

const char *cap_name(int cap)
{
	return cap >= 0 && (size_t)cap < ARRAY_SIZE(names) ? names[cap] : NULL;
}

int cap_last(void)
{
	int cap = CAP_LAST_CAP;

	/* The bounding set answers for every capability that exists, and needs no /proc. */
	while (cap > 0 && prctl(PR_CAPBSET_READ, (unsigned long)cap, 0, 0, 0) < 0)
		cap--;
	while (cap + 1 < CAP_MAX_BITS &&
	       prctl(PR_CAPBSET_READ, (unsigned long)cap + 1, 0, 0, 0) >= 0)
		cap++;
	return cap;
}

uint64_t cap_all(void)
{
	int last = cap_last();

	return last + 1 >= CAP_MAX_BITS ? ~UINT64_C(0) : CAP_BIT(last + 1) - 1;
}

uint64_t cap_current(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

int cap_limit_bounding(uint64_t keep, struct err *err)
{
	for (int cap = 0; cap < CAP_MAX_BITS; cap++) {
		int saved;

		if ((keep & CAP_BIT(cap)) ||
		    prctl(PR_CAPBSET_DROP, (unsigned long)cap, 0, 0, 0) == 0)
			continue;
		saved = errno;
		if (saved == EINVAL) /* beyond the last one */
			return 0;
		/* Without CAP_SETPCAP also to drop what is not there is refused. */
		if (prctl(PR_CAPBSET_READ, (unsigned long)cap, 0, 0, 0) == 0)
			continue;
		errno = saved;
		return err_sys(err, "drop capability %s (number %d) from the bounding set",
			       cap_name(cap) ? cap_name(cap) : "unknown to onggi", cap);
	}
	return 0;
}

int cap_apply_sets(const struct cap_sets *sets, struct err *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].effective = (uint32_t)(sets->effective >> (32 * i));
		data[i].permitted = (uint32_t)(sets->permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(sets->inheritable >> (32 * i));
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return err_sys(err, "set capabilities (permitted %#llx)",
			       (unsigned long long)sets->permitted);
	return 0;
}

int cap_apply(const struct cap_sets *sets, struct err *err)
{
	if (cap_apply_sets(sets, err) < 0)
		return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys(err, "clear the ambient capabilities");
	for (int cap = 0; cap < CAP_MAX_BITS; cap++) {
		if (!(sets->ambient & CAP_BIT(cap)))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long)cap, 0, 0) < 0)
			return err_sys(err, "raise ambient capability %s (number %d)",
				       cap_name(cap) ? cap_name(cap) : "unknown to onggi", cap);
	}
	return 0;
}
