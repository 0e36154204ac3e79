/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/strv.h"
#include "os/caps.h"
#include "suites.h"

#define SET(member, text) str_copy(member, sizeof(member), text)

static void none(struct observations *o)
{
	o->ids.uid.count = o->ids.gid.count = 0;
	o->ids.map_errno = OBSERVE_NOT_TRIED;
}

static void no_gids(struct observations *o)
{
	o->ids.gid.count = 0;
}

static void few(struct observations *o)
{
	o->ids.uid.count = 1000;
}

static void of_a_service(struct observations *o)
{
	none(o);
	o->user.local = false;
}

static void nobody_left(struct observations *o)
{
	none(o);
	o->ids.uid.free = o->ids.gid.free = 0;
}

static void nameless(struct observations *o)
{
	none(o);
	o->user.local = false;
	*o->user.name = '\0';
}

static void other_source(struct observations *o)
{
	SET(o->ids.name_service, "sss");
}

static void mapped_root(struct observations *o)
{
	none(o);
	o->user.uid = 0;
}

static void overlap(struct observations *o)
{
	SET(o->ids.gid.other, "bob");
	o->ids.gid.other_start = 150000;
	o->ids.gid.other_count = 65536;
	o->ids.gid.shared_start = 100000;
	o->ids.gid.shared_count = 65536;
	o->ids.uid.free = o->ids.gid.free = 215536;
}

static void not_installed(struct observations *o)
{
	*o->ids.newuidmap.path = *o->ids.newgidmap.path = '\0';
	o->ids.map_errno = OBSERVE_NOT_TRIED;
}

static void one_not_installed(struct observations *o)
{
	*o->ids.newgidmap.path = '\0';
}

static void not_setuid(struct observations *o)
{
	o->ids.newuidmap.setuid = false;
}

static void not_roots(struct observations *o)
{
	o->ids.newuidmap.root_owned = o->ids.newgidmap.root_owned = false;
}

static void by_file_caps(struct observations *o)
{
	o->ids.newuidmap.setuid = o->ids.newgidmap.setuid = false;
	o->ids.newuidmap.file_caps = o->ids.newgidmap.file_caps = true;
}

static void nosuid(struct observations *o)
{
	o->ids.newgidmap.nosuid = true;
	SET(o->ids.newgidmap.mount, "/usr");
}

static void no_new_privs(struct observations *o)
{
	o->user.no_new_privs = true;
}

static void no_new_privs_in_container(struct observations *o)
{
	o->user.no_new_privs = o->host.container = true;
}

static void bounded(struct observations *o)
{
	o->user.bounding &= ~CAP_BIT(cap_number("CAP_SETUID"));
}

static void map_fails(struct observations *o)
{
	o->ids.map_errno = EPERM;
	SET(o->ids.map_error, "newuidmap: write failed");
}

static const struct machine machines[] = {
	{"subordinate-ids", none, DOCTOR_WARNING,
	 "user 'ada' has no ids in /etc/subuid and /etc/subgid",
	 "sudo usermod --add-subuids 165536-231071 --add-subgids 165536-231071 ada"},
	{"subordinate-ids", no_gids, DOCTOR_WARNING, "user 'ada' has no ids in /etc/subgid",
	 "sudo usermod --add-subgids 165536-231071 ada"},
	{"subordinate-ids", few, DOCTOR_WARNING, "user 'ada' has only 1000 ids in /etc/subuid",
	 "sudo usermod --add-subuids 165536-231071 ada"},
	{"subordinate-ids", of_a_service, DOCTOR_WARNING,
	 "user 'ada' has no ids in /etc/subuid and /etc/subgid",
	 "sudo sh -c 'echo ada:165536:65536 | tee -a /etc/subuid /etc/subgid'"},
	{"subordinate-ids", nameless, DOCTOR_WARNING,
	 "user '1000' has no ids in /etc/subuid and /etc/subgid",
	 "sudo sh -c 'echo 1000:165536:65536 | tee -a /etc/subuid /etc/subgid'"},
	{"subordinate-ids", nobody_left, DOCTOR_WARNING,
	 "user 'ada' has no ids in /etc/subuid and /etc/subgid",
	 "free a range of 65536 ids in /etc/subuid and /etc/subgid: they are all given away"},
	{"subordinate-ids", other_source, DOCTOR_WARNING,
	 "nsswitch.conf takes subordinate ids from 'sss'; onggi reads the files alone",
	 "let both say the same: getsubids ada shows the service's"},
	{"subordinate-ids", mapped_root, DOCTOR_NOTE,
	 "this root is one of a user namespace, without ids of its own in /etc/subuid", NULL},
	{"subordinate-ids", healthy_user, DOCTOR_OK,
	 "65536 user and 65536 group ids, from 100000 and 100000", NULL},
	{"subordinate-ids", healthy_root, DOCTOR_SKIPPED, "root makes containers without it", NULL},
	{"subordinate-overlap", overlap, DOCTOR_WARNING,
	 "/etc/subgid gives ids 100000 to 165535 to 'ada' and ids of them to 'bob' (150000 to "
	 "215535)",
	 "sudo usermod --del-subgids 100000-165535 --add-subgids 215536-281071 ada"},
	{"subordinate-overlap", none, DOCTOR_SKIPPED, "no subordinate ids", NULL},
	{"setuid-helpers", not_installed, DOCTOR_WARNING,
	 "newuidmap and newgidmap not installed, or not executable", "sudo apt install uidmap"},
	{"setuid-helpers", one_not_installed, DOCTOR_WARNING,
	 "newgidmap not installed, or not executable", "sudo apt install uidmap"},
	{"setuid-helpers", not_setuid, DOCTOR_WARNING,
	 "/usr/bin/newuidmap not setuid root, and without file capabilities",
	 "sudo chmod 4755 /usr/bin/newuidmap /usr/bin/newgidmap"},
	{"setuid-helpers", not_roots, DOCTOR_WARNING,
	 "/usr/bin/newuidmap and /usr/bin/newgidmap not setuid root, and without file capabilities",
	 "sudo sh -c 'chown root:root /usr/bin/newuidmap /usr/bin/newgidmap && chmod 4755 "
	 "/usr/bin/newuidmap /usr/bin/newgidmap'"},
	{"setuid-helpers", by_file_caps, DOCTOR_OK,
	 "/usr/bin/newuidmap and /usr/bin/newgidmap have their privilege", NULL},
	{"setuid-helpers", nosuid, DOCTOR_WARNING,
	 "/usr/bin/newgidmap lies on a file system that is mounted nosuid (/usr)",
	 "sudo mount -o remount,bind,suid /usr"},
	{"setuid-helpers", no_new_privs, DOCTOR_WARNING,
	 "this process was started with no_new_privs, so that setuid programs have no privilege",
	 "start onggi without it: of a systemd unit, NoNewPrivileges=no"},
	{"setuid-helpers", no_new_privs_in_container, DOCTOR_WARNING,
	 "this process was started with no_new_privs, so that setuid programs have no privilege",
	 "start the outer container without --security-opt no-new-privileges (kubernetes: "
	 "allowPrivilegeEscalation: true)"},
	{"setuid-helpers", bounded, DOCTOR_WARNING,
	 "CAP_SETUID or CAP_SETGID was taken from this process and all its children",
	 "start the outer container with --cap-add SETUID --cap-add SETGID"},
	{"setuid-helpers", mapped_root, DOCTOR_SKIPPED, "the root of a user namespace needs none",
	 NULL},
	{"id-mapping", map_fails, DOCTOR_ERROR, "fails: newuidmap: write failed",
	 "see the findings setuid-helpers and subordinate-ids; both helpers say more in the "
	 "system's "
	 "log: journalctl -t newuidmap"},
	{"id-mapping", none, DOCTOR_SKIPPED, "not tried: see subordinate-ids", NULL},
	{"id-mapping", not_installed, DOCTOR_SKIPPED, "not tried: see setuid-helpers", NULL},
};

START_TEST(machine)
{
	judge_machine(&machines[_i]);
}
END_TEST

Suite *suite_judge_ids(void)
{
	Suite *s = suite_create("judge_ids");
	TCase *tc = tcase_create("judge_ids");

	tcase_add_loop_test(tc, machine, 0, ROWS(machines));
	suite_add_tcase(s, tc);
	return s;
}
