/* SPDX-License-Identifier: Apache-2.0 */
/* The table of checks, and their pages. */
#include <string.h>

#include "base/strv.h"
#include "doctor/judge.h"

/* clang-format off */
const struct doctor_check doctor_checks[] = {
	{"configuration", "config.yaml", OBSERVE_CONFIG, judge_configuration},
	{"kernel", "version of the kernel", OBSERVE_KERNEL, judge_kernel},
	{"kernel-features", "system calls", OBSERVE_KERNEL, judge_kernel_features},
	{"seccomp", "filters of system calls", OBSERVE_KERNEL, judge_seccomp},
	{"nesting", "containers inside a container", OBSERVE_HOST, judge_nesting},
	{"capabilities", "privileges of root", OBSERVE_USER, judge_capabilities},
	{"user-namespaces", "user namespaces", OBSERVE_USERNS, judge_user_namespaces},
	{"proc", "/proc of a container", OBSERVE_USERNS, judge_proc},
	{"subordinate-ids", "/etc/subuid and /etc/subgid", OBSERVE_IDS, judge_subordinate_ids},
	{"subordinate-overlap", "ids that belong to two users", OBSERVE_IDS, judge_subordinate_overlap},
	{"setuid-helpers", "newuidmap and newgidmap", OBSERVE_IDS, judge_setuid_helpers},
	{"id-mapping", "mapping ids", OBSERVE_IDS, judge_id_mapping},
	{"home", "the home directory", OBSERVE_STORE, judge_home},
	{"store-writable", "the store's directory", OBSERVE_STORE, judge_store_writable},
	{"store-filesystem", "the store's file system", OBSERVE_STORE, judge_store_filesystem},
	{"store-mount", "mount options below the store", OBSERVE_STORE, judge_store_mount},
	{"disk-space", "free space", OBSERVE_STORE, judge_disk_space},
	{"disk-inodes", "free inodes", OBSERVE_STORE, judge_disk_inodes},
	{"store-consistency", "the list of images", OBSERVE_STORE, judge_store_consistency},
	{"overlay", "overlay mounts in the store", OBSERVE_OVERLAY, judge_overlay},
	{"runtime-directory", "XDG_RUNTIME_DIR", OBSERVE_RUN, judge_runtime_directory},
	{"cgroups", "control groups", OBSERVE_CGROUP, judge_cgroups},
	{"cgroup-controllers", "limits that can be set", OBSERVE_CGROUP, judge_cgroup_controllers},
	{"systemd-user", "the user's systemd and its bus", OBSERVE_BUS, judge_systemd_user},
	{"lingering", "what ends at logout", OBSERVE_BUS, judge_lingering},
	{"open-files", "limit of open files", OBSERVE_USER, judge_open_files},
	{"processes", "limit of processes", OBSERVE_USER, judge_processes},
	{"locked-memory", "limit of locked memory", OBSERVE_USER, judge_locked_memory},
	{"clock", "the clock", OBSERVE_HOST, judge_clock},
	{"libcrypto", "OpenSSL's libcrypto", OBSERVE_LIBRARIES, judge_libcrypto},
	{"libcurl", "libcurl", OBSERVE_LIBRARIES, judge_libcurl},
	{"libisal", "ISA-L", OBSERVE_LIBRARIES, judge_libisal},
	{"libsystemd", "libsystemd", OBSERVE_LIBRARIES, judge_libsystemd},
	{"tun-device", "/dev/net/tun", OBSERVE_DEVICES, judge_tun_device},
	{"libslirp", "libslirp", OBSERVE_LIBRARIES, judge_libslirp},
	{"pasta", "pasta", OBSERVE_LIBRARIES, judge_pasta},
	{"other-platforms", "images for other processors", OBSERVE_DEVICES, judge_other_platforms},
};
/* clang-format on */

const size_t doctor_check_count = ARRAY_SIZE(doctor_checks);

const char *doctor_severity_name(enum doctor_severity s)
{
	static const char *const names[] = {
		[DOCTOR_SKIPPED] = "skipped", [DOCTOR_OK] = "ok",	[DOCTOR_NOTE] = "note",
		[DOCTOR_WARNING] = "warning", [DOCTOR_ERROR] = "error",
	};

	return names[s];
}

int doctor_find(const char *id, const struct doctor_check **ret, struct err *err)
{
	const char *ids[ARRAY_SIZE(doctor_checks)];
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(doctor_checks); i++) {
		ids[i] = doctor_checks[i].id;
		if (!str_eq(id, ids[i]))
			continue;
		*ret = &doctor_checks[i];
		return 0;
	}
	err_set(err, ERR_NOT_FOUND, "no such finding: '%.64s'", id);
	near = str_nearest(id, ids, ARRAY_SIZE(ids));
	if (near)
		return err_hint(err, "did you mean '%s'? `onggi doctor --list` lists them", near);
	return err_hint(err, "`onggi doctor --list` lists them");
}

/* Why a part was not seen; false when it was. */
static bool unseen(enum observe_state state, struct doctor_finding *f)
{
	switch (state) {
	case OBSERVE_TIMED_OUT:
		finding_set(f, DOCTOR_WARNING, "no answer within %d seconds",
			    OBSERVE_TIMEOUT_MS / 1000);
		finding_means(f, "commands that need it may hang as well: a file system of a "
				 "server that is gone, a service that is stuck");
		finding_mend(f, "look at what hangs: grep -E 'nfs|cifs|fuse' /proc/mounts");
		return true;
	case OBSERVE_DIED:
		finding_set(f, DOCTOR_WARNING, "looking at it crashed");
		finding_means(f, "nothing is known of it");
		return true;
	case OBSERVE_NO_FORK:
		finding_set(f, DOCTOR_SKIPPED, "no process could be started to look at it");
		return true;
	case OBSERVE_DONE:
		return false;
	case OBSERVE_MISSING:
	default:
		finding_set(f, DOCTOR_SKIPPED, "not looked at");
		return true;
	}
}

void doctor_judge(const struct doctor_check *check, const struct observations *o, struct arena *a,
		  struct doctor_finding *ret)
{
	struct doctor_finding f = {.id = check->id, .subject = check->subject, .arena = a};
	enum observe_state state = o->state[check->part];

	/* That no process can be made is itself what this one is about. */
	if (!(state == OBSERVE_NO_FORK && check->judge == judge_processes) && unseen(state, &f)) {
		*ret = f;
		return;
	}
	check->judge(o, &f);
	*ret = f;
}

void doctor_page(const char *id, struct buf *out)
{
	const char *text = (const char *)doctor_guide, *end = text + doctor_guide_size;
	size_t len = strlen(id);
	bool inside = false;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline ? newline + 1 : end) - text);

		if (n > 3 && !memcmp(text, "## ", 3))
			inside = n == len + 4 && !memcmp(text + 3, id, len);
		else if (inside)
			buf_add(out, text, n);
		text += n;
	}
}
