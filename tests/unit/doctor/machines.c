/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "os/caps.h"
#include "suites.h"

#define SET(member, text) str_copy(member, sizeof(member), text)

void healthy_user(struct observations *o)
{
	*o = (struct observations){
		.user = {.uid = 1000,
			 .gid = 1000,
			 .local = true,
			 .rootless = true,
			 .bounding = cap_all(),
			 .nofile_soft = 1024,
			 .nofile_hard = 1048576,
			 .nproc_soft = 60000,
			 .memlock_soft = 8388608,
			 .can_fork = true},
		.kernel = {.major = 6, .minor = 1},
		.ids = {.uid = {.exists = true, .count = 65536, .start = 100000, .free = 165536},
			.gid = {.exists = true, .count = 65536, .start = 100000, .free = 165536},
			.newuidmap = {.root_owned = true, .setuid = true},
			.newgidmap = {.root_owned = true, .setuid = true}},
		.userns = {.max = 60000,
			   .debian = OBSERVE_UNKNOWN,
			   .apparmor = OBSERVE_UNKNOWN,
			   .built = true},
		.store = {.home_exists = true,
			  .home_owner = 1000,
			  .existing_owner = 1000,
			  .user_xattrs = true,
			  .d_type = 1,
			  .space = {.known = true,
				    .size = (uint64_t)100 << 30,
				    .free = (uint64_t)50 << 30,
				    .inodes = 6000000,
				    .free_inodes = 5000000}},
		.run = {.xdg_state = OBSERVE_XDG_GOOD, .xdg_owner = 1000, .usual = true},
		.cgroup = {.layout = OBSERVE_CGROUP_V2, .usable = true, .by_systemd = true},
		.bus = {.manager = true, .linger = true},
		.host = {.systemd = true, .grub = true, .now = 1800000000},
	};
	for (size_t i = 0; i < OBSERVE_PARTS; i++)
		o->state[i] = OBSERVE_DONE;
	for (size_t i = 0; i < OBSERVE_LIBRARY_COUNT; i++)
		o->libraries.library[i].found = true;
	SET(o->host.distribution, "debian");
	SET(o->host.program, "/usr/bin/onggi");
	SET(o->user.name, "ada");
	SET(o->user.home, "/home/ada");
	SET(o->kernel.release, "6.1.0-13-amd64");
	SET(o->kernel.machine, "x86_64");
	SET(o->ids.newuidmap.path, "/usr/bin/newuidmap");
	SET(o->ids.newgidmap.path, "/usr/bin/newgidmap");
	SET(o->store.path, "/home/ada/.local/share/onggi");
	SET(o->store.existing, "/home/ada/.local/share");
	SET(o->store.home, "/home/ada");
	SET(o->store.type, "ext4");
	SET(o->store.mount, "/home");
	SET(o->run.path, "/run/user/1000/onggi");
	SET(o->run.xdg, "/run/user/1000");
	SET(o->cgroup.controllers, " cpuset cpu io memory pids ");
	SET(o->bus.address, "unix:path=/run/user/1000/bus");
	SET(o->libraries.pasta, "/usr/bin/pasta");
	SET(o->devices.emulators, "qemu-aarch64");
}

void healthy_root(struct observations *o)
{
	healthy_user(o);
	o->user.uid = o->user.gid = 0;
	o->user.rootless = false;
	o->user.effective = cap_all();
	o->store.user_xattrs = false;
	o->store.home_owner = o->store.existing_owner = 0;
	o->run.xdg_state = OBSERVE_XDG_UNUSED;
	o->cgroup.by_systemd = false;
	o->bus.connect_errno = OBSERVE_NOT_TRIED;
	SET(o->user.name, "root");
	SET(o->user.home, "/root");
	SET(o->store.path, "/var/lib/onggi");
	SET(o->store.existing, "/var/lib");
	SET(o->store.home, "/root");
	SET(o->store.mount, "/");
	SET(o->run.path, "/run/onggi");
}

void judge_machine(const struct machine *m)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	const struct doctor_check *check = NULL;
	struct observations o;
	struct doctor_finding f;
	struct err err = ERR_INIT;

	healthy_user(&o);
	m->change(&o);
	ck_assert_msg(doctor_find(m->id, &check, &err) == 0, "%s", err.text);
	doctor_judge(check, &o, &a, &f);
	ck_assert_str_eq(f.id, m->id);
	ck_assert_str_eq(doctor_severity_name(f.severity), doctor_severity_name(m->severity));
	ck_assert_str_eq(f.seen, m->seen);
	ck_assert_pstr_eq(f.mend, m->mend);
	/* What is wrong says what that means. */
	if (f.severity >= DOCTOR_NOTE)
		ck_assert_ptr_nonnull(f.means);
}
