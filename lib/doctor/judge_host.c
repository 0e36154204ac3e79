/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel, limits, the clock, devices and libraries. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "base/strv.h"
#include "doctor/judge.h"

#define OLDEST_MAJOR 5
#define OLDEST_MINOR 15
#define FILES_FEW    1024u
#define FILES_HARD   4096u
#define PROCESSES    1024u
#define LOCKED	     65536u		 /* bytes */
#define YEAR_2024    INT64_C(1704067200) /* onggi is younger */
#define DAY	     INT64_C(86400)

void judge_configuration(const struct observations *o, struct doctor_finding *f)
{
	if (!*o->config.error) {
		finding_set(f, DOCTOR_OK, "can be read");
		return;
	}
	finding_set(f, DOCTOR_ERROR, "%s", o->config.error);
	finding_means(f, "other commands refuse to work until it is right; doctor looks at the "
			 "defaults");
	finding_mend(f, "onggi config check");
}

void judge_kernel(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_kernel *k = &o->kernel;

	if (k->major > OLDEST_MAJOR || (k->major == OLDEST_MAJOR && k->minor >= OLDEST_MINOR)) {
		finding_set(f, DOCTOR_OK, "Linux %s, %s", k->release, k->machine);
		return;
	}
	finding_set(f, DOCTOR_WARNING, "Linux %s is older than 5.15", k->release);
	finding_means(f, "onggi is not tested with it; the other findings tell what is missing");
	finding_mend(f, "boot Linux 5.15 or newer");
}

void judge_kernel_features(const struct observations *o, struct doctor_finding *f)
{
	/* In the order of enum observe_call; what onggi can do without has another way. */
	static const struct {
		const char *name;
		bool needed;
	} calls[] = {
		[OBSERVE_OPENAT2] = {"openat2", false},
		[OBSERVE_CLONE3] = {"clone3", false},
		[OBSERVE_PIDFD_OPEN] = {"pidfd_open", false},
		[OBSERVE_CLOSE_RANGE] = {"close_range", false},
		[OBSERVE_FSOPEN] = {"fsopen", true},
		[OBSERVE_FSCONFIG] = {"fsconfig", true},
		[OBSERVE_FSMOUNT] = {"fsmount", true},
		[OBSERVE_OPEN_TREE] = {"open_tree", true},
		[OBSERVE_MOVE_MOUNT] = {"move_mount", true},
		[OBSERVE_MOUNT_SETATTR] = {"mount_setattr", true},
	};
	_cleanup_(buf) struct buf needed = BUF_INIT, other = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int sys = o->kernel.errors[i];

		if (sys)
			buf_addf(calls[i].needed ? &needed : &other, " %s (%s)", calls[i].name,
				 sys == ENOSYS ? "missing" : "forbidden");
	}
	if (!needed.len && !other.len) {
		finding_set(f, DOCTOR_OK, "all that onggi uses are there");
		return;
	}
	if (needed.len) {
		finding_set(f, DOCTOR_ERROR, "needed, but not to be had:%s%s", buf_str(&needed),
			    buf_str(&other));
		finding_means(f, "containers can't be run");
	} else {
		finding_set(f, DOCTOR_NOTE, "not to be had:%s", buf_str(&other));
		finding_means(f, "onggi does the same in older ways");
	}
	if (o->host.container || o->user.seccomp == 2)
		finding_mend(f, "update the outer container tool and libseccomp: older ones refuse "
				"what they don't know; or docker run --security-opt "
				"seccomp=unconfined ...");
	else
		finding_mend(f, "boot Linux 5.15 or newer");
}

void judge_seccomp(const struct observations *o, struct doctor_finding *f)
{
	int sys = o->kernel.errors[OBSERVE_SECCOMP];

	if (!sys) {
		finding_set(f, DOCTOR_OK, "the kernel has them");
		return;
	}
	finding_set(f, DOCTOR_ERROR, "the kernel has none: %s", strerror(sys));
	finding_means(f, "containers start only with --security-opt seccomp=unconfined, with less "
			 "between them and the kernel");
	finding_mend(f, "boot a kernel that was built with CONFIG_SECCOMP_FILTER=y");
}

/* ---- limits ---- */

static const char *number(struct doctor_finding *f, uint64_t n)
{
	return n == UINT64_MAX ? "unlimited"
			       : arena_printf(f->arena, "%llu", (unsigned long long)n);
}

void judge_open_files(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_user *u = &o->user;

	if (u->nofile_soft >= FILES_FEW && u->nofile_hard >= FILES_HARD) {
		finding_set(f, DOCTOR_OK, "%s, at most %s", number(f, u->nofile_soft),
			    number(f, u->nofile_hard));
		return;
	}
	finding_set(f, DOCTOR_WARNING, "%s, at most %s", number(f, u->nofile_soft),
		    number(f, u->nofile_hard));
	finding_means(f, "images with many layers can't be mounted, and servers in containers run "
			 "out of descriptors");
	if (u->nofile_hard >= FILES_HARD)
		finding_mend(f, "ulimit -n %u", FILES_HARD);
	else
		finding_mend_root(f, o, "prlimit --pid $$ --nofile=1048576:1048576");
}

void judge_processes(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_user *u = &o->user;
	bool seen = o->state[OBSERVE_USER] == OBSERVE_DONE;

	if (!seen || !u->can_fork) {
		finding_set(f, DOCTOR_ERROR, "no process can be started");
		finding_means(f, "no container can be run");
		finding_mend(f, "end some processes of this user, or raise the limit: ulimit -u; "
				"in a container, its --pids-limit");
		return;
	}
	if (u->nproc_soft >= PROCESSES) {
		finding_set(f, DOCTOR_OK, "%s", number(f, u->nproc_soft));
		return;
	}
	finding_set(f, DOCTOR_WARNING,
		    "%s for all processes of this user, those in its containers "
		    "too",
		    number(f, u->nproc_soft));
	finding_means(f, "containers fail with 'resource temporarily unavailable'");
	finding_mend(f, "ulimit -u %u", 4 * PROCESSES);
}

void judge_locked_memory(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_user *u = &o->user;

	if (u->memlock_soft >= LOCKED) {
		finding_set(f, DOCTOR_OK, "%s bytes", number(f, u->memlock_soft));
		return;
	}
	finding_set(f, DOCTOR_NOTE, "%s bytes", number(f, u->memlock_soft));
	finding_means(f,
		      "databases and programs that keep secrets in memory complain in containers");
	finding_mend_root(f, o, "prlimit --pid $$ --memlock=8388608:8388608");
}

/* ---- the clock ---- */

static const char *day(struct doctor_finding *f, int64_t t)
{
	char text[FORMAT_MAX];

	return arena_strdup(f->arena, format_time((struct timespec){.tv_sec = t}, text));
}

void judge_clock(const struct observations *o, struct doctor_finding *f)
{
	int64_t now = o->host.now, newest = o->store.newest;

	if (now < YEAR_2024)
		finding_set(f, DOCTOR_WARNING, "it says %s", day(f, now));
	else if (newest > now + DAY)
		finding_set(f, DOCTOR_WARNING, "it says %s, but the store was changed at %s",
			    day(f, now), day(f, newest));
	else
		finding_set(f, DOCTOR_OK, "%s", day(f, now));
	if (f->severity == DOCTOR_OK)
		return;
	finding_means(f, "certificates of registries look invalid, and ages of images and "
			 "containers are wrong");
	if (o->host.systemd && !o->host.container)
		finding_mend_root(f, o, "timedatectl set-ntp true");
	else
		finding_mend_root(f, o,
				  "date -s \"$(curl -sI http://deb.debian.org | sed -n "
				  "'s/^[Dd]ate: //p')\"");
}

/* ---- devices ---- */

void judge_tun_device(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_devices *d = &o->devices;

	if (d->tun_errno == 0) {
		finding_set(f, DOCTOR_OK, "can be opened");
		return;
	}
	finding_means(f, "a private network with a way out (--network private, pasta) needs it; "
			 "--network none and host don't");
	if (!d->tun_exists || d->tun_errno == ENODEV || d->tun_errno == ENXIO) {
		finding_set(f, DOCTOR_NOTE, "/dev/net/tun is missing (%s)", strerror(d->tun_errno));
		if (o->host.container)
			finding_mend(f, "start the outer container with --device /dev/net/tun");
		else
			finding_mend_root(f, o,
					  "sh -c 'modprobe tun; mkdir -p /dev/net; test -c "
					  "/dev/net/tun || mknod -m 666 /dev/net/tun c 10 200'");
		return;
	}
	finding_set(f, DOCTOR_NOTE, "/dev/net/tun can't be opened: %s (mode %04o)",
		    strerror(d->tun_errno), d->tun_mode);
	finding_mend_root(f, o, "chmod 666 /dev/net/tun");
}

void judge_other_platforms(const struct observations *o, struct doctor_finding *f)
{
	if (*o->devices.emulators) {
		finding_set(f, DOCTOR_OK, "%s", o->devices.emulators);
		return;
	}
	finding_set(f, DOCTOR_NOTE, "no emulator is registered (binfmt_misc%s)",
		    o->devices.binfmt ? "" : " is not mounted");
	finding_means(f, "images run that are made for %s, and no others",
		      *o->kernel.machine ? o->kernel.machine : "this machine");
	finding_mend_install(f, o, PACKAGE_QEMU);
}

/* ---- libraries ---- */

struct library_use {
	enum observe_library library;
	enum package package;
	enum doctor_severity without;
	const char *means;
};

static void judge_library(const struct observations *o, const struct library_use *use,
			  struct doctor_finding *f)
{
	if (o->libraries.library[use->library].found) {
		finding_set(f, DOCTOR_OK, "can be loaded");
		return;
	}
	finding_set(f, use->without, "%s", o->libraries.library[use->library].error);
	finding_means(f, "%s", use->means);
	finding_mend_install(f, o, use->package);
}

void judge_libcrypto(const struct observations *o, struct doctor_finding *f)
{
	static const struct library_use use = {
		OBSERVE_LIBCRYPTO, PACKAGE_CRYPTO, DOCTOR_ERROR,
		"images can't be loaded, imported or pulled: their digests are computed with it"};

	judge_library(o, &use, f);
}

void judge_libcurl(const struct observations *o, struct doctor_finding *f)
{
	static const struct library_use use = {
		OBSERVE_LIBCURL, PACKAGE_CURL, DOCTOR_WARNING,
		"images can't be pulled from registries; load and import work without it"};

	judge_library(o, &use, f);
}

void judge_libisal(const struct observations *o, struct doctor_finding *f)
{
	static const struct library_use use = {OBSERVE_LIBISAL, PACKAGE_ISAL, DOCTOR_NOTE,
					       "gzip layers are unpacked at half the speed"};

	judge_library(o, &use, f);
}

void judge_libslirp(const struct observations *o, struct doctor_finding *f)
{
	static const struct library_use use = {
		OBSERVE_LIBSLIRP, PACKAGE_SLIRP, DOCTOR_NOTE,
		"a private network with a way out needs it; --network none and host don't"};

	judge_library(o, &use, f);
}

void judge_libsystemd(const struct observations *o, struct doctor_finding *f)
{
	struct library_use use = {
		OBSERVE_LIBSYSTEMD, PACKAGE_SYSTEMD, DOCTOR_WARNING,
		"limits are refused: groups of this user are made by systemd, which is asked "
		"through it"};

	if (!o->cgroup.by_systemd) {
		finding_set(f,
			    o->libraries.library[OBSERVE_LIBSYSTEMD].found ? DOCTOR_OK
									   : DOCTOR_SKIPPED,
			    "not needed here");
		return;
	}
	judge_library(o, &use, f);
}

void judge_pasta(const struct observations *o, struct doctor_finding *f)
{
	if (*o->libraries.pasta) {
		finding_set(f, DOCTOR_OK, "%s", o->libraries.pasta);
		return;
	}
	finding_set(f, DOCTOR_SKIPPED, "not installed; only --network pasta needs it");
}
