/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of containers, and the systemd that may be needed for them. */
#include <errno.h>
#include <string.h>

#include "base/strv.h"
#include "doctor/judge.h"

#define UNIFIED "systemd.unified_cgroup_hierarchy=1"

static const char *layout_name(enum observe_layout l)
{
	static const char *const names[] = {
		[OBSERVE_CGROUP_NONE] = "no cgroups are mounted on /sys/fs/cgroup",
		[OBSERVE_CGROUP_V1] = "cgroup v1",
		[OBSERVE_CGROUP_HYBRID] = "hybrid: v1 controllers beside an empty v2 tree",
		[OBSERVE_CGROUP_V2] = "cgroup v2",
	};

	return names[l];
}

/* To change the layout takes a boot. */
static void mend_layout(const struct observations *o, struct doctor_finding *f)
{
	if (o->cgroup.layout == OBSERVE_CGROUP_NONE && !o->host.container)
		finding_mend_root(f, o, "mount -t cgroup2 cgroup2 /sys/fs/cgroup");
	else if (o->host.grub && o->host.systemd)
		finding_mend_root(f, o,
				  "sh -c 'sed -i \"s/^GRUB_CMDLINE_LINUX=\\\"/&" UNIFIED
				  " /\" /etc/default/grub && update-grub && reboot'");
	else if (o->user.uid != 0)
		finding_mend(f, "sudo onggi ..., or boot this machine with " UNIFIED);
	else
		finding_mend(f, "boot this machine with " UNIFIED);
}

/* On v2 a group comes from the user's systemd: mend that. */
static void mend_v2(const struct observations *o, struct doctor_finding *f)
{
	if (!o->host.systemd || o->user.uid == 0)
		finding_mend(f, "%s", o->cgroup.mend);
	else if (!o->bus.manager)
		finding_mend_root(f, o, "loginctl enable-linger %s", finding_user(f, o));
	else if (o->run.xdg_state != OBSERVE_XDG_GOOD)
		finding_mend_xdg(f, o);
	else
		finding_mend(f, "%s", o->cgroup.mend);
}

void judge_cgroups(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_cgroup *c = &o->cgroup;
	const char *layout = layout_name(c->layout);

	if (c->usable && c->layout == OBSERVE_CGROUP_V2) {
		finding_set(f, DOCTOR_OK, "%s%s", layout,
			    c->by_systemd ? ", groups are made by the user's systemd" : "");
		return;
	}
	if (c->usable) {
		finding_set(f, DOCTOR_NOTE, "%s", layout);
		finding_means(f, "limits work for root alone, and not all of them: what is new in "
				 "v2 is missing");
		mend_layout(o, f);
		return;
	}
	finding_set(f, DOCTOR_WARNING, "%s: %s", layout, c->why);
	finding_means(f, "containers run, but without limits: --memory, --cpus and --pids-limit "
			 "are refused");
	if (c->layout == OBSERVE_CGROUP_V2)
		mend_v2(o, f);
	else
		mend_layout(o, f);
}

void judge_cgroup_controllers(const struct observations *o, struct doctor_finding *f)
{
	static const struct {
		const char *name, *options;
	} wanted[] = {
		{"memory", "--memory"},
		{"pids", "--pids-limit"},
		{"cpu", "--cpus, --cpu-shares"},
		{"cpuset", "--cpuset-cpus"},
		{"io", "--blkio-weight, --device-read-bps and their like"},
	};
	const struct observe_cgroup *c = &o->cgroup;
	_cleanup_(buf) struct buf missing = BUF_INIT, options = BUF_INIT;

	if (!c->usable) {
		finding_set(f, DOCTOR_SKIPPED, "see cgroups");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		const char *word = arena_printf(f->arena, " %s ", wanted[i].name);

		if (strstr(c->controllers, word))
			continue;
		buf_addf(&missing, " %s", wanted[i].name);
		buf_addf(&options, "%s%s", options.len ? ", " : "", wanted[i].options);
	}
	if (!missing.len) {
		finding_set(f, DOCTOR_OK, "%.*s", (int)strlen(c->controllers) - 2,
			    c->controllers + 1);
		return;
	}
	finding_set(f, DOCTOR_WARNING, "no controller for%s: %s", buf_str(&missing), c->why);
	finding_means(f, "these options are refused: %s", buf_str(&options));
	if (c->delegation)
		finding_mend_root(f, o,
				  "sh -c 'mkdir -p /etc/systemd/system/user@.service.d && printf "
				  "\"[Service]\\nDelegate=cpu cpuset io memory pids\\n\" > "
				  "/etc/systemd/system/user@.service.d/delegate.conf && systemctl "
				  "daemon-reload && systemctl restart user@%u.service'",
				  o->user.uid);
	else if (*c->mend)
		finding_mend(f, "%s", c->mend);
	else
		finding_mend(f, "boot with cgroup_enable=memory, or a kernel with the controllers "
				"(cat /proc/cgroups shows them)");
}

/* Is the user's systemd of no concern? */
static bool without_systemd(const struct observations *o, struct doctor_finding *f)
{
	if (o->host.systemd && o->user.uid != 0)
		return false;
	finding_set(f, DOCTOR_SKIPPED,
		    o->host.systemd ? "root does not need it" : "systemd does not run here");
	return true;
}

void judge_systemd_user(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_bus *b = &o->bus;
	/* Where a group can be made without it, limits don't depend on it. */
	enum doctor_severity bad =
		o->cgroup.usable && !o->cgroup.by_systemd ? DOCTOR_NOTE : DOCTOR_WARNING;

	if (without_systemd(o, f))
		return;
	if (b->connect_errno == 0) {
		finding_set(f, DOCTOR_OK, "%s answers", b->address);
		return;
	}
	if (!b->manager) {
		finding_set(f, bad, "no systemd of this user runs");
		finding_mend_root(f, o, "loginctl enable-linger %s", finding_user(f, o));
	} else if (b->connect_errno == OBSERVE_NOT_TRIED) {
		finding_set(f, DOCTOR_OK, "%s is no socket, and was not tried", b->address);
		return;
	} else {
		finding_set(f, bad, "%s: %s", b->address, strerror(b->connect_errno));
		if (o->run.xdg_state != OBSERVE_XDG_GOOD)
			finding_mend_xdg(f, o);
		else if (b->connect_errno == ENOENT)
			finding_mend_install(f, o, PACKAGE_DBUS);
		else
			finding_mend(f,
				     "export DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/%u/bus",
				     o->user.uid);
	}
	finding_means(f, "limits for containers come from it: without it they are refused (after "
			 "su or sudo the user has no session of its own)");
}

void judge_lingering(const struct observations *o, struct doctor_finding *f)
{
	if (without_systemd(o, f))
		return;
	if (o->bus.linger) {
		finding_set(f, DOCTOR_OK, "on for %s", finding_user(f, o));
		return;
	}
	finding_set(f, DOCTOR_NOTE, "off for %s", finding_user(f, o));
	finding_means(f, "containers that run under the user's systemd end when the last session "
			 "does");
	finding_mend(f, "loginctl enable-linger");
}
