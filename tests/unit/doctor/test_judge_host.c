/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/strv.h"
#include "suites.h"

#define SET(member, text) str_copy(member, sizeof(member), text)

static void wrong_config(struct observations *o)
{
	SET(o->config.error, "/etc/onggi/config.yaml:1:1: unknown key 'x'");
}

static void old_kernel(struct observations *o)
{
	o->kernel.major = 4;
	o->kernel.minor = 19;
	SET(o->kernel.release, "4.19.0");
}

static void oldest_kernel(struct observations *o)
{
	o->kernel.major = 5;
	o->kernel.minor = 15;
	SET(o->kernel.release, "5.15.0");
}

static void old_docker(struct observations *o)
{
	o->host.container = true;
	o->kernel.errors[OBSERVE_FSOPEN] = EPERM;
	o->kernel.errors[OBSERVE_CLONE3] = ENOSYS;
}

static void no_clone3(struct observations *o)
{
	o->kernel.errors[OBSERVE_CLONE3] = ENOSYS;
}

static void no_seccomp(struct observations *o)
{
	o->kernel.errors[OBSERVE_SECCOMP] = EINVAL;
}

static void few_files(struct observations *o)
{
	o->user.nofile_soft = 256;
}

static void hard_files(struct observations *o)
{
	o->user.nofile_soft = o->user.nofile_hard = 1024;
}

static void unlimited(struct observations *o)
{
	o->user.nofile_soft = o->user.nofile_hard = o->user.nproc_soft = o->user.memlock_soft =
		UINT64_MAX;
}

static void few_processes(struct observations *o)
{
	o->user.nproc_soft = 100;
}

static void no_fork(struct observations *o)
{
	o->user.can_fork = false;
}

static void no_memlock(struct observations *o)
{
	o->user.memlock_soft = 0;
}

static void year_1970(struct observations *o)
{
	o->host.now = 86400;
}

static void behind_the_store(struct observations *o)
{
	o->store.newest = o->host.now + INT64_C(2) * 86400;
	o->host.systemd = false;
}

static void a_little_behind(struct observations *o)
{
	o->store.newest = o->host.now + 3600;
}

static void no_tun(struct observations *o)
{
	o->devices.tun_errno = ENOENT;
}

static void no_tun_in_container(struct observations *o)
{
	no_tun(o);
	o->host.container = true;
}

static void closed_tun(struct observations *o)
{
	o->devices.tun_errno = EACCES;
	o->devices.tun_exists = true;
	o->devices.tun_mode = 0600;
}

static void no_emulators(struct observations *o)
{
	*o->devices.emulators = '\0';
	o->devices.binfmt = true;
}

static void no_libraries(struct observations *o)
{
	for (size_t i = 0; i < OBSERVE_LIBRARY_COUNT; i++) {
		o->libraries.library[i].found = false;
		SET(o->libraries.library[i].error, "WHY");
	}
	*o->libraries.pasta = '\0';
}

static void no_libsystemd_needed(struct observations *o)
{
	no_libraries(o);
	o->cgroup.by_systemd = false;
}

static const struct machine machines[] = {
	{"configuration", wrong_config, DOCTOR_ERROR, "/etc/onggi/config.yaml:1:1: unknown key 'x'",
	 "onggi config check"},
	{"kernel", old_kernel, DOCTOR_WARNING, "Linux 4.19.0 is older than 5.15",
	 "boot Linux 5.15 or newer"},
	{"kernel", oldest_kernel, DOCTOR_OK, "Linux 5.15.0, x86_64", NULL},
	{"kernel-features", old_docker, DOCTOR_ERROR,
	 "needed, but not to be had: fsopen (forbidden) clone3 (missing)",
	 "update the outer container tool and libseccomp: older ones refuse what they don't know; "
	 "or docker run --security-opt seccomp=unconfined ..."},
	{"kernel-features", no_clone3, DOCTOR_NOTE, "not to be had: clone3 (missing)",
	 "boot Linux 5.15 or newer"},
	{"seccomp", no_seccomp, DOCTOR_ERROR, "the kernel has none: Invalid argument",
	 "boot a kernel that was built with CONFIG_SECCOMP_FILTER=y"},
	{"open-files", few_files, DOCTOR_WARNING, "256, at most 1048576", "ulimit -n 4096"},
	{"open-files", hard_files, DOCTOR_WARNING, "1024, at most 1024",
	 "sudo prlimit --pid $$ --nofile=1048576:1048576"},
	{"open-files", unlimited, DOCTOR_OK, "unlimited, at most unlimited", NULL},
	{"processes", few_processes, DOCTOR_WARNING,
	 "100 for all processes of this user, those in its containers too", "ulimit -u 4096"},
	{"processes", no_fork, DOCTOR_ERROR, "no process can be started",
	 "end some processes of this user, or raise the limit: ulimit -u; in a container, its "
	 "--pids-limit"},
	{"locked-memory", no_memlock, DOCTOR_NOTE, "0 bytes",
	 "sudo prlimit --pid $$ --memlock=8388608:8388608"},
	{"clock", year_1970, DOCTOR_WARNING, "it says 1970-01-02T00:00:00Z",
	 "sudo timedatectl set-ntp true"},
	{"clock", behind_the_store, DOCTOR_WARNING,
	 "it says 2027-01-15T08:00:00Z, but the store was changed at 2027-01-17T08:00:00Z",
	 "sudo date -s \"$(curl -sI http://deb.debian.org | sed -n 's/^[Dd]ate: //p')\""},
	{"clock", a_little_behind, DOCTOR_OK, "2027-01-15T08:00:00Z", NULL},
	{"tun-device", no_tun, DOCTOR_NOTE, "/dev/net/tun is missing (No such file or directory)",
	 "sudo sh -c 'modprobe tun; mkdir -p /dev/net; test -c /dev/net/tun || mknod -m 666 "
	 "/dev/net/tun c 10 200'"},
	{"tun-device", no_tun_in_container, DOCTOR_NOTE,
	 "/dev/net/tun is missing (No such file or directory)",
	 "start the outer container with --device /dev/net/tun"},
	{"tun-device", closed_tun, DOCTOR_NOTE,
	 "/dev/net/tun can't be opened: Permission denied (mode 0600)",
	 "sudo chmod 666 /dev/net/tun"},
	{"other-platforms", no_emulators, DOCTOR_NOTE, "no emulator is registered (binfmt_misc)",
	 "sudo apt install qemu-user-static binfmt-support"},
	{"libcrypto", no_libraries, DOCTOR_ERROR, "WHY", "sudo apt install libssl3"},
	{"libcurl", no_libraries, DOCTOR_WARNING, "WHY", "sudo apt install libcurl4"},
	{"libisal", no_libraries, DOCTOR_NOTE, "WHY", "sudo apt install libisal2"},
	{"libslirp", no_libraries, DOCTOR_NOTE, "WHY", "sudo apt install libslirp0"},
	{"libsystemd", no_libraries, DOCTOR_WARNING, "WHY", "sudo apt install libsystemd0"},
	{"libsystemd", no_libsystemd_needed, DOCTOR_SKIPPED, "not needed here", NULL},
	{"pasta", no_libraries, DOCTOR_SKIPPED, "not installed; only --network pasta needs it",
	 NULL},
};

START_TEST(machine)
{
	judge_machine(&machines[_i]);
}
END_TEST

Suite *suite_judge_host(void)
{
	Suite *s = suite_create("judge_host");
	TCase *tc = tcase_create("judge_host");

	tcase_add_loop_test(tc, machine, 0, ROWS(machines));
	suite_add_tcase(s, tc);
	return s;
}
