/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/strv.h"
#include "os/caps.h"
#include "suites.h"

#define SET(member, text) str_copy(member, sizeof(member), text)

static void refuse(struct observations *o, int sys)
{
	o->userns.clone_errno = sys;
	o->userns.map_errno = o->userns.spaces_errno = OBSERVE_NOT_TRIED;
	o->userns.mount_errno = o->userns.proc_errno = OBSERVE_NOT_TRIED;
}

static void refuse_mount(struct observations *o, int sys)
{
	o->userns.mount_errno = sys;
	o->userns.proc_errno = sys;
}

static void none_built(struct observations *o)
{
	refuse(o, EINVAL);
}

static void max_zero(struct observations *o)
{
	refuse(o, ENOSPC);
	o->userns.max = 0;
}

static void max_reached(struct observations *o)
{
	refuse(o, ENOSPC);
}

static void debian_switch(struct observations *o)
{
	refuse(o, EPERM);
	o->userns.debian = 0;
}

/* Ubuntu 24.04 lets it be made, and takes its privileges. */
static void apparmor(struct observations *o)
{
	o->userns.apparmor = 1;
	refuse_mount(o, EACCES);
}

static void in_chroot(struct observations *o)
{
	refuse(o, EPERM);
	o->host.chroot = true;
}

static void in_docker(struct observations *o)
{
	refuse(o, EPERM);
	o->host.container = true;
	SET(o->host.container_kind, "docker");
}

static void in_docker_mount(struct observations *o)
{
	o->host.container = true;
	SET(o->host.container_kind, "docker");
	refuse_mount(o, EACCES);
}

static void in_kubernetes(struct observations *o)
{
	in_docker(o);
	SET(o->host.container_kind, "kubernetes");
}

static void in_podman_proc(struct observations *o)
{
	o->host.container = true;
	SET(o->host.container_kind, "podman");
	o->userns.proc_errno = EPERM;
}

static void filter(struct observations *o)
{
	refuse(o, EPERM);
	o->user.seccomp = 2;
}

static void unknown(struct observations *o)
{
	o->userns.map_errno = EPERM;
	o->userns.spaces_errno = o->userns.mount_errno = OBSERVE_NOT_TRIED;
}

static void no_userns(struct observations *o)
{
	refuse(o, EPERM);
}

static void weak_root(struct observations *o)
{
	healthy_root(o);
	o->user.effective &= ~CAP_BIT(cap_number("CAP_SYS_ADMIN"));
	o->host.container = true;
}

static void overlay_fails(struct observations *o, const char *type, int sys, const char *text)
{
	SET(o->store.type, type);
	o->overlay.error = sys;
	SET(o->overlay.step, "mount");
	SET(o->overlay.text, text);
}

static void overlay_on_overlay(struct observations *o)
{
	overlay_fails(o, "overlay", EINVAL, "wrong fs");
}

static void overlay_absent(struct observations *o)
{
	overlay_fails(o, "ext4", ENODEV, "no such device");
}

static void overlay_old(struct observations *o)
{
	overlay_fails(o, "ext4", EPERM, "not permitted");
	o->kernel.major = 5;
	o->kernel.minor = 10;
}

static void overlay_untried(struct observations *o)
{
	o->overlay.error = OBSERVE_NOT_TRIED;
	o->store.write_errno = EROFS;
}

static const struct machine machines[] = {
	{"user-namespaces", none_built, DOCTOR_ERROR,
	 "the kernel 6.1.0-13-amd64 has no user namespaces",
	 "boot a kernel that was built with CONFIG_USER_NS=y"},
	{"user-namespaces", max_zero, DOCTOR_ERROR,
	 "user.max_user_namespaces is 0: none may be made",
	 "sudo sysctl -w user.max_user_namespaces=15000"},
	{"user-namespaces", max_reached, DOCTOR_ERROR,
	 "no more may be made (user.max_user_namespaces is 60000 here, and 32 may be nested)",
	 "sudo sysctl -w user.max_user_namespaces=60000"},
	{"user-namespaces", debian_switch, DOCTOR_ERROR,
	 "kernel.unprivileged_userns_clone is 0: only root may make them",
	 "sudo sysctl -w kernel.unprivileged_userns_clone=1"},
	{"user-namespaces", apparmor, DOCTOR_ERROR,
	 "AppArmor restricts them to programs with a profile "
	 "(kernel.apparmor_restrict_unprivileged_userns is 1), and /usr/bin/onggi has none",
	 "sudo sh -c 'printf \"abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile onggi "
	 "/usr/bin/onggi flags=(unconfined) {\\n  userns,\\n}\\n\" > /etc/apparmor.d/onggi && "
	 "apparmor_parser -r /etc/apparmor.d/onggi'"},
	{"user-namespaces", in_chroot, DOCTOR_ERROR,
	 "this is a chroot, in which the kernel refuses them",
	 "enter the tree as a mount rather than by chroot: sudo unshare --mount sh -c 'mount "
	 "--bind "
	 "TREE TREE && cd TREE && pivot_root . . && umount -l .'"},
	{"user-namespaces", in_docker, DOCTOR_ERROR,
	 "the container that we are in (docker) forbids them: Operation not permitted",
	 "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined ..."},
	{"user-namespaces", in_docker_mount, DOCTOR_ERROR,
	 "the container that we are in (docker) forbids to mount in one: Permission denied",
	 "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined ..."},
	{"user-namespaces", in_kubernetes, DOCTOR_ERROR,
	 "the container that we are in (kubernetes) forbids them: Operation not permitted",
	 "securityContext: {seccompProfile: {type: Unconfined}, appArmorProfile: {type: "
	 "Unconfined}, allowPrivilegeEscalation: true}"},
	{"user-namespaces", filter, DOCTOR_ERROR,
	 "a seccomp filter that we were started with forbids them: Operation not permitted",
	 "start onggi without that filter: of a systemd unit, RestrictNamespaces=no and "
	 "SystemCallFilter="},
	{"user-namespaces", unknown, DOCTOR_ERROR,
	 "the kernel refuses to map the own id in one: Operation not permitted",
	 "sudo sh -c 'dmesg | grep -iE \"apparmor|selinux|audit\" | tail'"},
	{"user-namespaces", healthy_root, DOCTOR_SKIPPED, "root makes containers without it", NULL},
	{"nesting", in_docker, DOCTOR_NOTE, "this is a container (docker)", NULL},
	{"nesting", in_chroot, DOCTOR_NOTE, "this is a chroot", NULL},
	{"capabilities", weak_root, DOCTOR_WARNING, "root lacks CAP_SYS_ADMIN",
	 "start the outer container with --privileged, or with --cap-add for each"},
	{"proc", in_podman_proc, DOCTOR_ERROR,
	 "it can't be mounted in a user namespace: Operation not permitted",
	 "podman run --security-opt unmask=ALL ..."},
	{"proc", no_userns, DOCTOR_SKIPPED, "not tried without user namespaces", NULL},
	{"overlay", overlay_on_overlay, DOCTOR_ERROR,
	 "fails on /home/ada/.local/share (overlay) to mount: wrong fs",
	 "keep the store on ext4, xfs, btrfs or tmpfs: onggi --root DIR"},
	{"overlay", overlay_absent, DOCTOR_ERROR,
	 "fails on /home/ada/.local/share (ext4) to mount: no such device",
	 "sudo modprobe overlay"},
	{"overlay", overlay_old, DOCTOR_ERROR,
	 "fails on /home/ada/.local/share (ext4) to mount: not permitted",
	 "boot Linux 5.15 or newer: before 5.11 only root could mount it"},
	{"overlay", overlay_untried, DOCTOR_SKIPPED, "not tried: see store-writable", NULL},
};

START_TEST(machine)
{
	judge_machine(&machines[_i]);
}
END_TEST

Suite *suite_judge_userns(void)
{
	Suite *s = suite_create("judge_userns");
	TCase *tc = tcase_create("judge_userns");

	tcase_add_loop_test(tc, machine, 0, ROWS(machines));
	suite_add_tcase(s, tc);
	return s;
}
