/* SPDX-License-Identifier: Apache-2.0 */
/* User namespaces, what restricts them, and what is done in them. */
#include <errno.h>
#include <string.h>

#include "base/strv.h"
#include "doctor/judge.h"
#include "os/caps.h"

#define NO_CONTAINER "no container can be run"
#define ENOUGH	     15000

/* errno of the first step that failed; 0. */
static int first_failure(const struct observe_userns *u)
{
	const int steps[] = {u->clone_errno, u->map_errno, u->spaces_errno, u->mount_errno};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i] != 0)
			return steps[i];
	return 0;
}

static bool denied(int sys)
{
	return sys == EPERM || sys == EACCES;
}

/* ---- causes, the surest first ---- */

static bool not_built(const struct observations *o)
{
	return !o->userns.built || o->userns.clone_errno == EINVAL ||
	       o->userns.clone_errno == ENOSYS;
}

static void say_not_built(const struct observations *o, struct doctor_finding *f)
{
	finding_set(f, DOCTOR_ERROR, "the kernel %s has no user namespaces", o->kernel.release);
	finding_mend(f, "boot a kernel that was built with CONFIG_USER_NS=y");
}

static bool used_up(const struct observations *o)
{
	return o->userns.max == 0 || o->userns.clone_errno == ENOSPC ||
	       o->userns.clone_errno == EUSERS;
}

static void say_used_up(const struct observations *o, struct doctor_finding *f)
{
	if (o->userns.max == 0)
		finding_set(f, DOCTOR_ERROR, "user.max_user_namespaces is 0: none may be made");
	else
		finding_set(f, DOCTOR_ERROR,
			    "no more may be made (user.max_user_namespaces is %lld here, and 32 "
			    "may be nested)",
			    (long long)o->userns.max);
	finding_mend_root(f, o, "sysctl -w user.max_user_namespaces=%d",
			  o->userns.max >= ENOUGH ? 4 * ENOUGH : ENOUGH);
}

static bool by_debian(const struct observations *o)
{
	return o->userns.debian == 0 && denied(o->userns.clone_errno);
}

static void say_debian(const struct observations *o, struct doctor_finding *f)
{
	finding_set(f, DOCTOR_ERROR,
		    "kernel.unprivileged_userns_clone is 0: only root may make them");
	finding_mend_root(f, o, "sysctl -w kernel.unprivileged_userns_clone=1");
}

static bool by_apparmor(const struct observations *o)
{
	return o->userns.apparmor == 1 && denied(first_failure(&o->userns));
}

static void say_apparmor(const struct observations *o, struct doctor_finding *f)
{
	finding_set(f, DOCTOR_ERROR,
		    "AppArmor restricts them to programs with a profile "
		    "(kernel.apparmor_restrict_unprivileged_userns is 1), and %s "
		    "has none",
		    o->host.program);
	finding_mend_root(f, o,
			  "sh -c 'printf \"abi <abi/4.0>,\\ninclude <tunables/global>\\n"
			  "profile onggi %s flags=(unconfined) {\\n  userns,\\n}\\n\" "
			  "> /etc/apparmor.d/onggi && apparmor_parser -r "
			  "/etc/apparmor.d/onggi'",
			  o->host.program);
}

static bool by_chroot(const struct observations *o)
{
	return o->host.chroot && denied(o->userns.clone_errno);
}

static void say_chroot(const struct observations *o, struct doctor_finding *f)
{
	(void)o;
	finding_set(f, DOCTOR_ERROR, "this is a chroot, in which the kernel refuses them");
	finding_mend(f,
		     "enter the tree as a mount rather than by chroot: sudo unshare --mount "
		     "sh -c 'mount --bind TREE TREE && cd TREE && pivot_root . . && umount -l .'");
}

static bool by_container(const struct observations *o)
{
	return o->host.container && denied(first_failure(&o->userns));
}

static void say_container(const struct observations *o, struct doctor_finding *f)
{
	bool clone = o->userns.clone_errno != 0;

	finding_set(f, DOCTOR_ERROR, "the container that we are in (%s) forbids %s: %s",
		    o->host.container_kind, clone ? "them" : "to mount in one",
		    strerror(first_failure(&o->userns)));
	if (str_eq(o->host.container_kind, "kubernetes"))
		finding_mend(f, "securityContext: {seccompProfile: {type: Unconfined}, "
				"appArmorProfile: {type: Unconfined}, "
				"allowPrivilegeEscalation: true}");
	else
		finding_mend(f, "%s run --security-opt seccomp=unconfined --security-opt %s ...",
			     str_eq(o->host.container_kind, "podman") ? "podman" : "docker",
			     str_eq(o->host.container_kind, "podman") ? "label=disable"
								      : "apparmor=unconfined");
}

static bool by_filter(const struct observations *o)
{
	return o->user.seccomp == 2 && denied(first_failure(&o->userns));
}

static void say_filter(const struct observations *o, struct doctor_finding *f)
{
	finding_set(f, DOCTOR_ERROR, "a seccomp filter that we were started with forbids them: %s",
		    strerror(first_failure(&o->userns)));
	finding_mend(f, "start onggi without that filter: of a systemd unit, "
			"RestrictNamespaces=no and SystemCallFilter=");
}

static bool always(const struct observations *o)
{
	(void)o;
	return true;
}

static void say_unknown(const struct observations *o, struct doctor_finding *f)
{
	static const char *const steps[] = {"make one", "map the own id in one",
					    "make a mount namespace in one", "mount in one"};
	const int errors[] = {o->userns.clone_errno, o->userns.map_errno, o->userns.spaces_errno,
			      o->userns.mount_errno};
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(errors) && errors[i] == 0)
		i++;
	finding_set(f, DOCTOR_ERROR, "the kernel refuses to %s: %s", steps[i], strerror(errors[i]));
	finding_mend_root(f, o, "sh -c 'dmesg | grep -iE \"apparmor|selinux|audit\" | tail'");
}

static const struct {
	bool (*applies)(const struct observations *o);
	void (*say)(const struct observations *o, struct doctor_finding *f);
} causes[] = {
	{not_built, say_not_built},  {used_up, say_used_up},  {by_debian, say_debian},
	{by_apparmor, say_apparmor}, {by_chroot, say_chroot}, {by_container, say_container},
	{by_filter, say_filter},     {always, say_unknown},
};

void judge_user_namespaces(const struct observations *o, struct doctor_finding *f)
{
	if (finding_rootless_only(f, o))
		return;
	if (first_failure(&o->userns) == 0) {
		finding_set(f, DOCTOR_OK, "they can be made, and mounted in");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		if (!causes[i].applies(o))
			continue;
		causes[i].say(o, f);
		break;
	}
	finding_means(f, "%s by this user; root can where it has all privileges", NO_CONTAINER);
}

void judge_nesting(const struct observations *o, struct doctor_finding *f)
{
	if (o->host.chroot) {
		finding_set(f, DOCTOR_NOTE, "this is a chroot");
		finding_means(f, "the kernel gives no user namespaces to ordinary users in it");
	} else if (o->host.container) {
		finding_set(f, DOCTOR_NOTE, "this is a container (%s)%s", o->host.container_kind,
			    o->user.seccomp == 2 ? " with a seccomp filter" : "");
		finding_means(f, "what onggi may do is what that container may: the other "
				 "findings tell what is missing");
	} else {
		finding_set(f, DOCTOR_OK, "neither a container nor a chroot");
	}
}

void judge_capabilities(const struct observations *o, struct doctor_finding *f)
{
	/* Those that a container of root's needs: of capabilities(7). */
	static const char *const needed[] = {
		"CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FOWNER",     "CAP_SETGID",    "CAP_SETUID",
		"CAP_SETPCAP", "CAP_NET_ADMIN",	   "CAP_SYS_CHROOT", "CAP_SYS_ADMIN", "CAP_MKNOD",
	};
	_cleanup_(buf) struct buf missing = BUF_INIT;

	if (o->user.uid != 0) {
		finding_set(f, DOCTOR_SKIPPED, "an ordinary user needs none");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!(o->user.effective & CAP_BIT(cap_number(needed[i]))))
			buf_addf(&missing, " %s", needed[i]);
	if (!missing.len) {
		finding_set(f, DOCTOR_OK, "root has what containers need");
		return;
	}
	finding_set(f, DOCTOR_WARNING, "root lacks%s", buf_str(&missing));
	finding_means(f, "this root is treated like an ordinary user, or parts of a container's "
			 "set-up fail");
	finding_mend(f, o->host.container ? "start the outer container with --privileged, or with "
					    "--cap-add for each"
					  : "start onggi from a shell that has them: capsh --print "
					    "shows what it has");
}

void judge_proc(const struct observations *o, struct doctor_finding *f)
{
	if (finding_rootless_only(f, o))
		return;
	if (o->userns.proc_errno == OBSERVE_NOT_TRIED || o->userns.mount_errno) {
		finding_set(f, DOCTOR_SKIPPED, "not tried without user namespaces");
		return;
	}
	if (o->userns.proc_errno == 0) {
		finding_set(f, DOCTOR_OK, "it can be mounted");
		return;
	}
	finding_set(f, DOCTOR_ERROR, "it can't be mounted in a user namespace: %s",
		    strerror(o->userns.proc_errno));
	finding_means(f,
		      "%s: a part of /proc is covered here, as in most containers, and the "
		      "kernel shows no fresh one then",
		      NO_CONTAINER);
	finding_mend(f, str_eq(o->host.container_kind, "podman")
				? "podman run --security-opt unmask=ALL ..."
				: "docker run --security-opt systempaths=unconfined ...");
}

/* File systems that can't be the upper layer of an overlay. */
static bool unfit(const char *type)
{
	static const char *const types[] = {"overlay", "nfs",  "nfs4",	  "ecryptfs", "cifs",
					    "smb3",    "vfat", "exfat",	  "ntfs3",    "9p",
					    "fuseblk", "aufs", "squashfs"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (str_eq(type, types[i]))
			return true;
	return str_prefix(type, "fuse.", NULL);
}

static void mend_overlay(const struct observations *o, struct doctor_finding *f)
{
	const struct observe_kernel *k = &o->kernel;

	if (o->overlay.error == ENODEV)
		finding_mend_root(f, o, "modprobe overlay");
	else if (o->user.rootless && k->major && (k->major < 5 || (k->major == 5 && k->minor < 11)))
		finding_mend(f, "boot Linux 5.15 or newer: before 5.11 only root could mount it");
	else if (unfit(o->store.type))
		finding_mend(f, "keep the store on ext4, xfs, btrfs or tmpfs: onggi --root DIR");
	else
		finding_mend_root(f, o, "sh -c 'dmesg | grep overlayfs | tail'");
}

void judge_overlay(const struct observations *o, struct doctor_finding *f)
{
	if (o->overlay.error == OBSERVE_NOT_TRIED) {
		finding_set(f, DOCTOR_SKIPPED, "not tried: see %s",
			    o->store.write_errno ? "store-writable" : "user-namespaces");
		return;
	}
	if (o->overlay.error == 0) {
		finding_set(f, DOCTOR_OK, "works on %s (%s)", o->store.existing,
			    *o->store.type ? o->store.type : "unknown");
		return;
	}
	finding_set(f, DOCTOR_ERROR, "fails on %s (%s) to %s: %s", o->store.existing,
		    *o->store.type ? o->store.type : "unknown", o->overlay.step, o->overlay.text);
	finding_means(f, "%s from this store: its layers are stacked by overlayfs", NO_CONTAINER);
	mend_overlay(o, f);
}
