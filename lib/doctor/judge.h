/* SPDX-License-Identifier: Apache-2.0 */
/* What the judgements share, and all of them. Private to doctor. */
#ifndef ONGGI_DOCTOR_JUDGE_H
#define ONGGI_DOCTOR_JUDGE_H

#include "doctor/doctor.h"

/* Packages that mends install; their names differ between distributions. */
enum package {
	PACKAGE_CURL,
	PACKAGE_CRYPTO,
	PACKAGE_DBUS,
	PACKAGE_ISAL,
	PACKAGE_PASTA,
	PACKAGE_QEMU,
	PACKAGE_SLIRP,
	PACKAGE_SYSTEMD,
	PACKAGE_UIDMAP,
	PACKAGE_COUNT,
};

/* Say how bad it is and what was seen. */
void finding_set(struct doctor_finding *f, enum doctor_severity s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Say what it means for the user. */
void finding_means(struct doctor_finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Give a command that the user runs as it is, or a sentence. */
void finding_mend(struct doctor_finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Give a command for root: with sudo for everybody else. */
void finding_mend_root(struct doctor_finding *f, const struct observations *o, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Give the command of this distribution that installs a package. */
void finding_mend_install(struct doctor_finding *f, const struct observations *o, enum package p);
/* Skip when this user makes containers as root; returns whether. */
bool finding_rootless_only(struct doctor_finding *f, const struct observations *o);
/* A path as a word of a shell command. */
const char *finding_quote(const struct doctor_finding *f, const char *path);
/* The user's name, or its number. */
const char *finding_user(const struct doctor_finding *f, const struct observations *o);
/* The directory of new user settings: /run/user/UID made and named, as one command. */
void finding_mend_xdg(struct doctor_finding *f, const struct observations *o);

/* judge_userns.c */
void judge_user_namespaces(const struct observations *o, struct doctor_finding *f);
void judge_nesting(const struct observations *o, struct doctor_finding *f);
void judge_capabilities(const struct observations *o, struct doctor_finding *f);
void judge_proc(const struct observations *o, struct doctor_finding *f);
void judge_overlay(const struct observations *o, struct doctor_finding *f);

/* judge_ids.c */
void judge_subordinate_ids(const struct observations *o, struct doctor_finding *f);
void judge_subordinate_overlap(const struct observations *o, struct doctor_finding *f);
void judge_setuid_helpers(const struct observations *o, struct doctor_finding *f);
void judge_id_mapping(const struct observations *o, struct doctor_finding *f);

/* judge_store.c */
void judge_home(const struct observations *o, struct doctor_finding *f);
void judge_store_writable(const struct observations *o, struct doctor_finding *f);
void judge_store_filesystem(const struct observations *o, struct doctor_finding *f);
void judge_store_mount(const struct observations *o, struct doctor_finding *f);
void judge_disk_space(const struct observations *o, struct doctor_finding *f);
void judge_disk_inodes(const struct observations *o, struct doctor_finding *f);
void judge_store_consistency(const struct observations *o, struct doctor_finding *f);
void judge_runtime_directory(const struct observations *o, struct doctor_finding *f);

/* judge_cgroup.c */
void judge_cgroups(const struct observations *o, struct doctor_finding *f);
void judge_cgroup_controllers(const struct observations *o, struct doctor_finding *f);
void judge_systemd_user(const struct observations *o, struct doctor_finding *f);
void judge_lingering(const struct observations *o, struct doctor_finding *f);

/* judge_host.c */
void judge_configuration(const struct observations *o, struct doctor_finding *f);
void judge_kernel(const struct observations *o, struct doctor_finding *f);
void judge_kernel_features(const struct observations *o, struct doctor_finding *f);
void judge_seccomp(const struct observations *o, struct doctor_finding *f);
void judge_open_files(const struct observations *o, struct doctor_finding *f);
void judge_processes(const struct observations *o, struct doctor_finding *f);
void judge_locked_memory(const struct observations *o, struct doctor_finding *f);
void judge_clock(const struct observations *o, struct doctor_finding *f);
void judge_tun_device(const struct observations *o, struct doctor_finding *f);
void judge_other_platforms(const struct observations *o, struct doctor_finding *f);
void judge_libcrypto(const struct observations *o, struct doctor_finding *f);
void judge_libcurl(const struct observations *o, struct doctor_finding *f);
void judge_libisal(const struct observations *o, struct doctor_finding *f);
void judge_libslirp(const struct observations *o, struct doctor_finding *f);
void judge_libsystemd(const struct observations *o, struct doctor_finding *f);
void judge_pasta(const struct observations *o, struct doctor_finding *f);

#endif
