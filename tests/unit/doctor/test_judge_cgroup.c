/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/strv.h"
#include "suites.h"

#define SET(member, text) str_copy(member, sizeof(member), text)
#define GRUB                                                                                       \
	"sudo sh -c 'sed -i \"s/^GRUB_CMDLINE_LINUX=\\\"/&systemd.unified_cgroup_hierarchy=1 /\" " \
	"/etc/default/grub && update-grub && reboot'"

static void hybrid_user(struct observations *o)
{
	o->cgroup.layout = OBSERVE_CGROUP_HYBRID;
	o->cgroup.usable = o->cgroup.by_systemd = false;
	SET(o->cgroup.why, "only root may");
}

static void hybrid_without_grub(struct observations *o)
{
	hybrid_user(o);
	o->host.grub = false;
}

static void hybrid_root(struct observations *o)
{
	healthy_root(o);
	o->cgroup.layout = OBSERVE_CGROUP_HYBRID;
	o->host.systemd = false;
}

static void none(struct observations *o)
{
	hybrid_user(o);
	o->cgroup.layout = OBSERVE_CGROUP_NONE;
	SET(o->cgroup.why, "WHY");
}

static void v2_unusable(struct observations *o)
{
	o->cgroup.usable = o->cgroup.by_systemd = false;
	SET(o->cgroup.why, "WHY");
	SET(o->cgroup.mend, "HOW");
}

static void v2_after_su(struct observations *o)
{
	v2_unusable(o);
	o->bus.manager = false;
}

static void v2_without_xdg(struct observations *o)
{
	v2_unusable(o);
	o->run.xdg_state = OBSERVE_XDG_FOREIGN;
}

static void delegated_little(struct observations *o)
{
	SET(o->cgroup.controllers, " memory pids ");
	SET(o->cgroup.why, "the others are not delegated");
	o->cgroup.delegation = true;
}

static void no_memory(struct observations *o)
{
	healthy_root(o);
	SET(o->cgroup.controllers, " cpuset cpu io pids ");
	SET(o->cgroup.why, "disabled");
}

static void after_su(struct observations *o)
{
	o->bus.manager = o->bus.linger = false;
	o->bus.connect_errno = ENOENT;
}

static void no_dbus(struct observations *o)
{
	o->bus.connect_errno = ENOENT;
}

static void no_xdg(struct observations *o)
{
	o->bus.connect_errno = ENOENT;
	o->run.xdg_state = OBSERVE_XDG_UNSET;
}

static void bus_is_stuck(struct observations *o)
{
	o->bus.connect_errno = ETIMEDOUT;
}

static void bus_elsewhere(struct observations *o)
{
	o->bus.connect_errno = OBSERVE_NOT_TRIED;
	SET(o->bus.address, "tcp:host=x");
}

static void no_bus_but_delegated(struct observations *o)
{
	after_su(o);
	o->cgroup.by_systemd = false;
}

static void no_systemd(struct observations *o)
{
	o->host.systemd = false;
}

static const struct machine machines[] = {
	{"cgroups", hybrid_user, DOCTOR_WARNING,
	 "hybrid: v1 controllers beside an empty v2 tree: only root may", GRUB},
	{"cgroups", hybrid_without_grub, DOCTOR_WARNING,
	 "hybrid: v1 controllers beside an empty v2 tree: only root may",
	 "sudo onggi ..., or boot this machine with systemd.unified_cgroup_hierarchy=1"},
	{"cgroups", hybrid_root, DOCTOR_NOTE, "hybrid: v1 controllers beside an empty v2 tree",
	 "boot this machine with systemd.unified_cgroup_hierarchy=1"},
	{"cgroups", none, DOCTOR_WARNING, "no cgroups are mounted on /sys/fs/cgroup: WHY",
	 "sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup"},
	{"cgroups", v2_unusable, DOCTOR_WARNING, "cgroup v2: WHY", "HOW"},
	{"cgroups", v2_after_su, DOCTOR_WARNING, "cgroup v2: WHY",
	 "sudo loginctl enable-linger ada"},
	{"cgroups", v2_without_xdg, DOCTOR_WARNING, "cgroup v2: WHY",
	 "export XDG_RUNTIME_DIR=/run/user/1000"},
	{"cgroups", healthy_user, DOCTOR_OK, "cgroup v2, groups are made by the user's systemd",
	 NULL},
	{"cgroup-controllers", hybrid_user, DOCTOR_SKIPPED, "see cgroups", NULL},
	{"cgroup-controllers", delegated_little, DOCTOR_WARNING,
	 "no controller for cpu cpuset io: the others are not delegated",
	 "sudo sh -c 'mkdir -p /etc/systemd/system/user@.service.d && printf "
	 "\"[Service]\\nDelegate=cpu cpuset io memory pids\\n\" > "
	 "/etc/systemd/system/user@.service.d/delegate.conf && systemctl daemon-reload && "
	 "systemctl "
	 "restart user@1000.service'"},
	{"cgroup-controllers", no_memory, DOCTOR_WARNING, "no controller for memory: disabled",
	 "boot with cgroup_enable=memory, or a kernel with the controllers (cat /proc/cgroups "
	 "shows "
	 "them)"},
	{"cgroup-controllers", healthy_user, DOCTOR_OK, "cpuset cpu io memory pids", NULL},
	{"systemd-user", after_su, DOCTOR_WARNING, "no systemd of this user runs",
	 "sudo loginctl enable-linger ada"},
	{"systemd-user", no_bus_but_delegated, DOCTOR_NOTE, "no systemd of this user runs",
	 "sudo loginctl enable-linger ada"},
	{"systemd-user", no_dbus, DOCTOR_WARNING,
	 "unix:path=/run/user/1000/bus: No such file or directory",
	 "sudo apt install dbus-user-session"},
	{"systemd-user", no_xdg, DOCTOR_WARNING,
	 "unix:path=/run/user/1000/bus: No such file or directory",
	 "export XDG_RUNTIME_DIR=/run/user/1000"},
	{"systemd-user", bus_is_stuck, DOCTOR_WARNING,
	 "unix:path=/run/user/1000/bus: Connection timed out",
	 "export DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus"},
	{"systemd-user", bus_elsewhere, DOCTOR_OK, "tcp:host=x is no socket, and was not tried",
	 NULL},
	{"systemd-user", no_systemd, DOCTOR_SKIPPED, "systemd does not run here", NULL},
	{"systemd-user", healthy_root, DOCTOR_SKIPPED, "root does not need it", NULL},
	{"lingering", after_su, DOCTOR_NOTE, "off for ada", "loginctl enable-linger"},
	{"lingering", healthy_user, DOCTOR_OK, "on for ada", NULL},
};

START_TEST(machine)
{
	judge_machine(&machines[_i]);
}
END_TEST

Suite *suite_judge_cgroup(void)
{
	Suite *s = suite_create("judge_cgroup");
	TCase *tc = tcase_create("judge_cgroup");

	tcase_add_loop_test(tc, machine, 0, ROWS(machines));
	suite_add_tcase(s, tc);
	return s;
}
